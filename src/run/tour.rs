//! `layerscope tour`: lessons on the screen, or as text without a terminal.

use std::io::{IsTerminal, Write};

use anyhow::{Context, Result, anyhow};

use crate::cli::TourArgs;
use crate::format::wrap;
use crate::teaching::{Facts, LESSONS, Tour, check_lessons};

use super::output::print_text;
use super::pipeline::{Depth, Pipeline};
use super::{plain, screen};

/// The limit on the size of a file of lessons.
const MOST: u64 = 1 << 20;
/// The columns of text.
const WIDTH: usize = 80;

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
    let tour = Tour::new(&file, &facts, subject.union).map_err(|fault| anyhow!("{name}: {fault}"))?;
    if std::io::stdout().is_terminal() {
        drop(pipeline);
        return screen::show_tour(&image, &args.view, tour);
    }
    print_text(|out| write(&tour, out))
}

fn write(tour: &Tour, out: &mut dyn Write) -> std::io::Result<()> {
    let mut lines = |text: &str, indent: usize| {
        wrap(text, WIDTH - indent, 0).iter().try_for_each(|line| writeln!(out, "{}{line}", " ".repeat(indent)))
    };
    for (at, lesson) in tour.lessons.iter().enumerate() {
        if at > 0 {
            lines(" ", 0)?;
        }
        lines(&format!("{}. {}", at + 1, lesson.title), 0)?;
        lines(&lesson.text, 2)?;
        if let Some(question) = &lesson.question {
            lines(&format!("{} {}", question.text, question.solution), 2)?;
        }
    }
    if !tour.skipped.is_empty() {
        lines(&format!("This image cannot show: {}.", tour.skipped.join("; ")), 0)?;
    }
    Ok(())
}
