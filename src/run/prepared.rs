//! An image with its layers laid over each other and all accounts settled.

use crate::analysis::{self, Analysis, Dive, Identities};
use crate::cli::ImageArgs;
use crate::format::safe_str;
use crate::image::Image;
use crate::report::Subject;
use crate::source::OpenedImage;
use crate::union::Union;

use super::open::open_image;
use super::progress::Line;

pub(super) struct Prepared {
    opened: OpenedImage,
    union: Union,
    analysis: Analysis,
    dive: Dive,
}

impl Prepared {
    /// Opens and prepares the image that was asked for.
    pub(super) fn open(args: &ImageArgs) -> anyhow::Result<Self> {
        Ok(Self::of(open_image(args)?))
    }

    pub(super) fn of(opened: OpenedImage) -> Self {
        let line = Line::on_terminal();
        let scans = opened.scan(&line);
        // Before the layers are laid over each other, so that both need not be held at once.
        let dive = Dive::of(&scans);
        let union = Union::build(scans);
        let pairs = analysis::pairs(&union);
        let identities = Identities::compare(&union, &opened, &pairs, |done| {
            line.comparing(done, pairs.len());
            true
        });
        let analysis = Analysis::new(&union, Some(&identities));
        Self { opened, union, analysis, dive }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject { image: self.opened.image(), union: &self.union, analysis: &self.analysis }
    }

    pub(super) fn dive(&self) -> &Dive {
        &self.dive
    }
}

/// Reads the layers and lays them over each other: all that a list of files needs.
pub(super) fn lay(opened: &OpenedImage) -> Union {
    let line = Line::on_terminal();
    Union::build(opened.scan(&line))
}

/// Says which layers a list lacks, where the list itself has no place for it.
pub(super) fn warn_incomplete(image: &Image, union: &Union) {
    for number in union.layer_numbers().filter(|&number| !union.entries(number).complete) {
        let note = image.layers.get(number.index()).map_or("", |layer| layer.blob.note());
        let why = if note.is_empty() { String::new() } else { format!(" ({})", safe_str(note)) };
        eprintln!("layerscope: layer {number} could not be read to its end{why}: what it holds beyond is left out");
    }
}
