//! `layerscope tour`: lessons on the screen, or as text without a terminal.

use std::io::IsTerminal;

use anyhow::{Context, Result, anyhow};

use crate::cli::TourArgs;
use crate::teaching::{Facts, LESSONS, Tour, check_lessons};

use super::output::print_text;
use super::pipeline::{Depth, Pipeline};
use super::{plain, screen};

/// The limit on the size of a file of lessons.
const MOST: u64 = 1 << 20;

/// Plays lessons on an image.
pub(super) fn tour(args: &TourArgs) -> Result<()> {
    let (file, name) = match &args.lessons {
        None => (LESSONS.to_owned(), "the lessons".to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            (
                plain::text(path, MOST).with_context(|| format!("cannot read the lessons of `{name}`"))?,
                format!("`{name}`"),
            )
        }
    };
    check_lessons(&file).map_err(|fault| anyhow!("{name}: {fault}"))?;
    let mut image = args.image.clone();
    image.image.get_or_insert_with(|| "demo".into());
    let pipeline = Pipeline::open(&image, Depth::Accounts)?.showing_secrets(args.view.secrets.show_secrets);
    let subject = pipeline.subject();
    let facts = Facts::new(subject.image, subject.union, subject.analysis, subject.redactor);
    // A layer or a path that is not there is refused before the terminal is touched.
    let mut tour = Tour::new(&file, &facts, subject.union).map_err(|fault| anyhow!("{name}: {fault}"))?;
    if !subject.completeness.is_complete() {
        tour.mark_incomplete();
    }
    if std::io::stdout().is_terminal() {
        // Standard input cannot be read a second time.
        return screen::show_tour(pipeline.into_opened(), &image, &args.view, tour);
    }
    print_text(|out| out.write_all(tour.text().as_bytes()))
}
