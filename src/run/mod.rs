//! The pipeline: open, merge the layers, analyse; then a report or the screen.
//!
//! Only this module depends on the process: the terminal, the environment and the clock.

mod atomic_write;
mod cache;
mod cat;
mod check;
mod choices;
mod compare;
mod cost;
mod demo;
mod engines;
mod environment;
mod export;
mod extract;
mod find;
mod inert;
mod junk;
mod loading;
mod open;
mod output;
mod pipeline;
mod plain;
mod progress;
mod rebuild;
mod reopen;
mod report;
mod screen;
mod secrets;
mod shared;
mod state;
mod surroundings;
mod tour;
mod verify;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use crate::cli::{self, Cli, Command, DocumentFormat, ExplainFormat, HistoryFormat, ListFormat};
use crate::format::safe_str;
use crate::image::{LayerNumber, ListedImage};
use crate::report::{
    HistoryOptions, ListingReport, dockerfile, explain_markdown, explain_text, history_json, history_text, images_json,
    images_text, layers_json, layers_ndjson, layers_text, listing_json, listing_ndjson, listing_text, summary_json,
    summary_text, waste_json, waste_ndjson, waste_text,
};
use crate::secrets::Redactor;
use crate::source::{Archive, ImageChoice, Selector};
use crate::union::{Scope, Union};

use open::open_archive;
use output::{page, print, print_document, print_text};
use pipeline::{Depth, Pipeline};
use progress::ProgressLine;

/// Images of one archive whose configurations are searched for secrets before the whole archive is described: each may be
/// as long as a document may be, and archives that people make hold a few.
const REDACTED: usize = 32;

/// The outcome of a command that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing more to report.
    Done,
    /// A check failed, or the output is incomplete.
    FaultFound,
}

/// Prints an error on standard error. Errors quote paths and names that strangers wrote.
pub fn print_error(error: &anyhow::Error) {
    output::warn(&safe_str(&format!("{error:#}")));
}

/// Runs a command.
///
/// # Errors
/// Why the command failed: one sentence, with its causes in the chain. A closed pipe on standard output is not an error.
pub fn run(typed: Cli) -> Result<Outcome> {
    let Some(command) = typed.command else { return screen::show(&typed.screen).map(|()| Outcome::Done) };
    match &command {
        Command::Check(args) => secrets::add_detectors(args.rules.as_deref())?,
        Command::Compare(args) => secrets::add_detectors(args.rules.as_deref())?,
        Command::Report(args) => secrets::add_detectors(args.rules.as_deref())?,
        Command::Junk(args) => secrets::add_detectors(args.rules.as_deref())?,
        // The screen opens even if the file is invalid; the others print nothing about an image.
        Command::Demo(_) | Command::Tour(_) | Command::Completions(_) | Command::Man(_) => {}
        _ => secrets::add_detectors(None)?,
    }
    match command {
        Command::Verify(args) => return verify::verify(&args),
        Command::Check(args) => return check::check(&args),
        Command::Compare(args) => return compare::compare(&args),
        Command::Shared(args) => return shared::shared(&args),
        Command::Extract(args) => return extract::extract(&args),
        Command::Export(args) => return export::export(&args),
        Command::Report(args) => return report::report(&args),
        Command::Images(args) => return images(&args),
        Command::Summary(args) => summary(&args),
        Command::Layers(args) => layers(&args),
        Command::History(args) => history(&args),
        Command::Ls(args) => list(&args),
        Command::Waste(args) => waste(&args),
        Command::Junk(args) => junk::junk(&args),
        Command::Explain(args) => explain(&args),
        Command::Rebuild(args) => rebuild::rebuild(&args),
        Command::Cost(args) => cost::cost(&args),
        Command::Secrets(args) => secrets::secrets(&args),
        Command::Cat(args) => cat::cat(&args),
        Command::Tour(args) => tour::tour(&args),
        Command::Demo(args) => screen::show_demo(args),
        Command::Completions(args) => print(|out| out.write_all(&cli::completions(args.shell))),
        Command::Man(args) => {
            let page = match args.command.as_deref() {
                Some("glossary") => crate::teaching::man_page(cli::PAGE_FOOTER).into_bytes(),
                command => cli::man(command)?,
            };
            print(|out| out.write_all(&page))
        }
    }?;
    Ok(Outcome::Done)
}

fn summary(args: &cli::SummaryArgs) -> Result<()> {
    let (pipeline, dive) = Pipeline::with_dive(open::open_image(&args.image)?, Depth::Accounts)?;
    let pipeline = pipeline.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    let junk = junk::for_savings(&pipeline);
    match args.format {
        DocumentFormat::Text => print_text(|out| summary_text(&subject, &junk, &dive, &page(args.paint), out)),
        DocumentFormat::Json => print(|out| summary_json(&subject, &junk, &dive, out)),
    }
}

fn layers(args: &cli::LayersArgs) -> Result<()> {
    let pipeline = Pipeline::open(&args.image, Depth::Accounts)?.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    if args.format != ListFormat::Json {
        pipeline::warn_incomplete(subject.completeness);
    }
    match args.format {
        ListFormat::Text => print_text(|out| layers_text(&subject, &page(args.paint), out)),
        ListFormat::Json => print(|out| layers_json(&subject, out)),
        ListFormat::Ndjson => print(|out| layers_ndjson(&subject, out)),
    }
}

fn history(args: &cli::HistoryArgs) -> Result<()> {
    let pipeline = Pipeline::open(&args.image, Depth::Sizes)?.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    if args.format != HistoryFormat::Json {
        pipeline::warn_incomplete(subject.completeness);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let options = HistoryOptions { no_trunc: args.no_trunc, now: i64::try_from(now).unwrap_or(i64::MAX) };
    match args.format {
        HistoryFormat::Text => print_text(|out| history_text(&subject, options, &page(args.paint), out)),
        HistoryFormat::Json => print(|out| history_json(&subject, out)),
        HistoryFormat::Dockerfile => print_document(|out| dockerfile(&subject, out)),
    }
}

fn list(args: &cli::ListArgs) -> Result<()> {
    let opened = open::open_image(&args.image)?;
    let union = pipeline::merge_layers(&opened)?;
    let scope = match (args.up_to, args.layer) {
        (_, Some(number)) => Scope::layer(numbered(&union, number, "--layer")?),
        (Some(number), None) => Scope::Merged(numbered(&union, number, "--up-to")?),
        (None, None) => match union.layer_numbers().next_back() {
            Some(last) => Scope::Merged(last),
            None => Scope::Merged(LayerNumber::FIRST),
        },
    };
    let top = match &args.path {
        Some(path) => find::listed(&union, scope, &find::typed_path(path))?,
        None => union.root(),
    };
    let redactor = if args.secrets.show_secrets { Redactor::showing() } else { Redactor::for_image(opened.image()) };
    let completeness = pipeline::completeness(&redactor.image(opened.image()), &union);
    if args.format != ListFormat::Json {
        pipeline::warn_incomplete(&completeness);
    }
    let listing = ListingReport::new(&union, &completeness, scope, top, &redactor);
    match args.format {
        ListFormat::Text => print_text(|out| listing_text(&listing, &page(args.paint), out)),
        ListFormat::Json => print(|out| listing_json(&listing, out)),
        ListFormat::Ndjson => print(|out| listing_ndjson(&listing, out)),
    }
}

fn waste(args: &cli::WasteArgs) -> Result<()> {
    let pipeline = Pipeline::open(&args.image, Depth::Accounts)?.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    if args.format != ListFormat::Json {
        pipeline::warn_incomplete(subject.completeness);
    }
    match args.format {
        ListFormat::Text => print_text(|out| waste_text(&subject, args.all, &page(args.paint), out)),
        ListFormat::Json => print(|out| waste_json(&subject, args.all, out)),
        ListFormat::Ndjson => print(|out| waste_ndjson(&subject, args.all, out)),
    }
}

fn explain(args: &cli::ExplainArgs) -> Result<()> {
    let pipeline = Pipeline::open(&args.image, Depth::Accounts)?.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    match args.format {
        ExplainFormat::Text => print_text(|out| explain_text(&subject, &page(args.paint), out)),
        ExplainFormat::Markdown => print_document(|out| explain_markdown(&subject, out)),
    }
}

fn images(args: &cli::ImagesArgs) -> Result<Outcome> {
    let Some(file) = &args.file else { return engines::images(args).map(|()| Outcome::Done) };
    let archive = open_archive(file, &ProgressLine::on_terminal())?;
    let mut rows: Vec<_> = archive.images().to_vec();
    for row in &mut rows {
        redact_row(row, &redactor(&archive, row.index, row.available));
    }
    match args.format {
        DocumentFormat::Text => print_text(|out| images_text(&rows, &page(args.paint), out))?,
        DocumentFormat::Json => print(|out| images_json(archive.kind(), &rows, out))?,
    }
    let is_whole = archive.images().iter().all(|listed| !listed.faulty);
    Ok(if is_whole { Outcome::Done } else { Outcome::FaultFound })
}

/// The redactor for one image of an archive, if the image can be opened.
fn redactor(archive: &Archive, index: usize, available: bool) -> Redactor {
    let choice = ImageChoice { selector: Some(Selector::Index(index)), ..ImageChoice::default() };
    let opened = (available && index < REDACTED).then(|| archive.select(&choice).ok()).flatten();
    opened.map_or_else(Redactor::default, |opened| Redactor::for_image(opened.image()))
}

/// The redactors for all images, for output about the archive as a whole.
fn redactors(archive: &Archive) -> Vec<Redactor> {
    let listed = archive.images().iter().take(REDACTED);
    listed.map(|listed| redactor(archive, listed.index, listed.available)).collect()
}

fn redact_row(row: &mut ListedImage, redactor: &Redactor) {
    let texts = row.names.iter_mut().chain(&mut row.platform).chain(&mut row.created).chain([&mut row.note]);
    for text in texts {
        *text = String::from_utf8_lossy(&redactor.path(text.as_bytes())).into_owned();
    }
}

/// The layer that an option names.
fn numbered(union: &Union, number: usize, option: &str) -> Result<LayerNumber> {
    layer_number(union.layer_count(), number, option)
}

fn layer_number(count: usize, number: usize, option: &str) -> Result<LayerNumber> {
    match LayerNumber::new(number).filter(|number| number.get() <= count) {
        Some(number) => Ok(number),
        None if count == 0 => bail!("`{option} {number}`: the image has no layers"),
        None => bail!("`{option} {number}`: the image has layers 1 to {count}"),
    }
}
