//! `layerscope secrets`, and the same search for `check`.

use anyhow::Result;

use crate::cli::{ListFormat, SecretsArgs};
use crate::report;
use crate::secrets::{self, Secrets};

use super::output::{page, print, print_text};
use super::pipeline::{Depth, Pipeline, warn_incomplete};
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
                eprintln!("layerscope: {} files could not be read and were not searched", found.findings.len());
            }
            print(|out| report::secrets_ndjson(&subject, &found, show, out))
        }
    }
}

/// Searches an image, with progress. What is found is redacted in all later output.
pub(super) fn find(pipeline: &mut Pipeline) -> Secrets {
    let found = search(pipeline);
    pipeline.redact_secrets(found)
}

fn search(pipeline: &Pipeline) -> Secrets {
    let line = ProgressLine::on_terminal();
    let subject = pipeline.subject();
    secrets::find(pipeline.image(), subject.union, subject.analysis, pipeline.contents(), &line)
}
