//! `layerscope tour`: lessons on the screen, or as text without a terminal.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};

use crate::cli::TourArgs;
use crate::report::Subject;
use crate::secrets::Redactor;
use crate::teaching::{Facts, LESSONS, Tour, check_lessons};

use super::loading::{Requested, TourMaker};
use super::open::open_image;
use super::output::print_text;
use super::pipeline::{self, Depth, Pipeline};
use super::progress::ProgressLine;
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
    let on_terminal = std::io::stdout().is_terminal();
    let opened = if on_terminal {
        let line = ProgressLine::on_terminal();
        match Requested::open(image.clone(), &line, &line)? {
            Requested { image: None, choices: Some(choices) } => {
                let show_secrets = args.view.secrets.show_secrets;
                let begin: TourMaker = Arc::new(move |opened, union, analysis| {
                    let redactor = if show_secrets { Redactor::showing() } else { Redactor::for_image(opened.image()) };
                    let image = &redactor.image(opened.image());
                    let completeness = &mut pipeline::completeness(image, union);
                    completeness.add(&analysis.findings);
                    let subject = Subject { image, union, analysis, completeness, redactor: &redactor };
                    Ok(screen::begin_tour(lessons_for(&subject, &file, &name)?))
                });
                return screen::ask_for_tour(choices, &image, &args.view, begin);
            }
            requested => requested.image,
        }
    } else {
        None
    };
    let opened = opened.map_or_else(|| open_image(&image), Ok)?;
    let pipeline = Pipeline::of_opened(opened, Depth::Accounts)?.showing_secrets(args.view.secrets.show_secrets);
    // A layer or a path that is not there is refused before the terminal is touched.
    let tour = lessons_for(&pipeline.subject(), &file, &name)?;
    if on_terminal {
        // Standard input cannot be read a second time.
        return screen::show_tour(pipeline.into_opened(), &image, &args.view, tour);
    }
    print_text(|out| out.write_all(tour.text().as_bytes()))
}

/// The lessons, with the figures of an image.
fn lessons_for(subject: &Subject<'_>, file: &str, name: &str) -> Result<Tour> {
    let facts = Facts::new(subject.image, subject.union, subject.analysis, subject.redactor);
    let mut tour = Tour::new(file, &facts, subject.union).map_err(|fault| anyhow!("{name}: {fault}"))?;
    if !subject.completeness.is_complete() {
        tour.mark_incomplete();
    }
    Ok(tour)
}
