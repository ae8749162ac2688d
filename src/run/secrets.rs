//! `layerscope secrets`, and the same search for `check`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::{ListFormat, SecretsArgs};
use crate::report;
use crate::secrets::{self, Detectors, Secrets};

use super::check::{OURS, faulty, read};
use super::output::{page, print, print_text, warn};
use super::pipeline::{Depth, Pipeline, warn_incomplete};
use super::plain;
use super::progress::ProgressLine;

pub(super) fn secrets(args: &SecretsArgs) -> Result<()> {
    let mut pipeline = Pipeline::open(&args.image, Depth::Accounts)?.showing_secrets(args.show_secrets);
    let found = find(&mut pipeline);
    let subject = pipeline.subject();
    let show = args.show_secrets;
    match args.format {
        ListFormat::Text => print_text(|out| report::secrets_text(&subject, &found, show, &page(args.paint), out)),
        ListFormat::Json => print(|out| report::secrets_json(&subject, &found, show, out)),
        ListFormat::Ndjson => {
            warn_incomplete(subject.completeness);
            if !found.findings.is_empty() {
                warn(&format!("{} files could not be read and were not searched", found.findings.len()));
            }
            print(|out| report::secrets_ndjson(&subject, &found, show, out))
        }
    }
}

/// Adds the detectors of the user's file. This comes before an image is opened, since its texts are redacted by format.
pub(super) fn add_detectors(file: Option<&Path>) -> Result<()> {
    let ours = || Some(PathBuf::from(OURS)).filter(|path| plain::is_there(path));
    if let Some(file) = file.map(Path::to_path_buf).or_else(ours) {
        secrets::add_detectors(Detectors::read(&read(&file)?).map_err(|faults| faulty(&file, &faults))?);
    }
    Ok(())
}

/// Searches an image, with progress. What is found is redacted in all later output.
pub(super) fn find(pipeline: &mut Pipeline) -> Secrets {
    let found = search(pipeline);
    pipeline.redact_secrets(found)
}

/// The same, and before it what was found with its places as they are, by which the secrets of two images are compared.
pub(super) fn find_both(pipeline: &mut Pipeline) -> (Secrets, Secrets) {
    let found = search(pipeline);
    let redacted = pipeline.redact_secrets(found.clone());
    (found, redacted)
}

fn search(pipeline: &Pipeline) -> Secrets {
    let line = ProgressLine::on_terminal();
    let subject = pipeline.subject();
    secrets::find(pipeline.image(), subject.union, subject.analysis, pipeline.contents(), &line)
}
