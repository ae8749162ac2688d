//! What to know without reading further: which secrets can be read, how much junk there is, and what to change first.

use serde::Serialize;

use crate::analysis::Cause;
use crate::format::{bytes, count, fit, safe_str};
use crate::lint::Junk;
use crate::overview::{Saving, SecretsFound};
use crate::report::{Subject, junk, savings, secrets};

use super::page::{INSTRUCTION, WHOLE};
use super::search_results::SearchResults;

/// The number of changes named.
const CHANGES: usize = 3;

/// The first part of the page, as safe text.
#[derive(Serialize)]
pub(super) struct VerdictSection {
    secrets: String,
    secrets_any: bool,
    secrets_said: String,
    junk: String,
    junk_any: bool,
    junk_places: String,
    junk_said: String,
    changes: Vec<SuggestedFix>,
}

/// A change that saves bytes.
#[derive(Serialize)]
struct SuggestedFix {
    size: String,
    fix: String,
    why: String,
}

impl VerdictSection {
    pub(super) fn new(subject: &Subject<'_>, results: &SearchResults<'_>, causes: &[Cause]) -> Self {
        let (found, hits) = (SecretsFound::new(results.secrets, subject.union), &results.junk.hits);
        Self {
            secrets: count(found.count),
            secrets_any: found.count > 0,
            secrets_said: sentence(&secrets_said(subject, results)),
            junk: bytes(junk::total(hits)),
            junk_any: !hits.is_empty(),
            junk_places: places(hits.len()),
            junk_said: sentence(&junk_said(results)),
            changes: changes(subject, causes, results.junk),
        }
    }
}

/// `2 secrets in 3 places that anyone who can pull the image can read, removed or not`.
pub(super) fn secrets_said(subject: &Subject<'_>, results: &SearchResults<'_>) -> String {
    let said = if secrets::total(results.secrets) == 0 {
        "no secret was found".to_owned()
    } else {
        let secrets = secrets::in_words(subject, results.secrets);
        format!("{secrets} that anyone who can pull the image can read, removed or not")
    };
    let by_names = results.secrets.searched_by_names().map_or_else(String::new, |said| format!("; {said}"));
    said + &by_names + &unread(results.secrets.findings.len())
}

/// `12 MB of junk in 3 places, 4 MB of it in the final image`.
pub(super) fn junk_said(results: &SearchResults<'_>) -> String {
    let hits = &results.junk.hits;
    let said = if hits.is_empty() {
        "no junk rule finds anything".to_owned()
    } else {
        match (junk::total(hits), places(hits.len())) {
            (0, places) => format!("junk in {places}"),
            (all, places) => {
                let (all, live) = (bytes(all), bytes(junk::live(hits)));
                format!("{all} of junk in {places}, {live} of it in the final image")
            }
        }
    };
    said + &unread(results.junk.findings.len())
}

fn unread(files: usize) -> String {
    match files {
        0 => String::new(),
        1 => "; 1 file could not be read and was not searched".to_owned(),
        _ => format!("; {} files could not be read and were not searched", count(files)),
    }
}

fn places(all: usize) -> String {
    format!("{} {}", count(all), if all == 1 { "place" } else { "places" })
}

/// With a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map_or_else(String::new, |letter| letter.to_uppercase().to_string());
    format!("{first}{}.", letters.as_str())
}

fn changes(subject: &Subject<'_>, causes: &[Cause], junk: &Junk) -> Vec<SuggestedFix> {
    let cut = |text: &str| fit(text, INSTRUCTION);
    let change = |saving: &Saving| SuggestedFix {
        size: bytes(saving.bytes),
        fix: sentence(&fit(&safe_str(&saving.fix), WHOLE)),
        why: savings::blame(subject, saving, cut, cut),
    };
    savings::savings(subject, causes, junk).iter().take(CHANGES).map(change).collect()
}
