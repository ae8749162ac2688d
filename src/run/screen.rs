//! `layerscope IMAGE`: the screen, or the summary where nobody watches.

use anyhow::Result;

use crate::cli::{PaintArgs, ScreenArgs};
use crate::report;
use crate::source::{Choice, OpenedImage};

use super::open::{open_demo, open_image};
use super::output::{page, print};
use super::prepared::Prepared;
use super::progress::Line;

/// Shows the image that was asked for.
pub(super) fn show(args: &ScreenArgs) -> Result<()> {
    shown(open_image(&args.image)?, args.paint)
}

/// Shows the image inside the program.
pub(super) fn demo(paint: PaintArgs) -> Result<()> {
    shown(open_demo(&Line::on_terminal())?.select(&Choice::default())?, paint)
}

fn shown(opened: OpenedImage, paint: PaintArgs) -> Result<()> {
    let (prepared, dive) = Prepared::with_dive(opened);
    print(|out| report::summary_text(&prepared.subject(), &dive, &page(paint), out))
}
