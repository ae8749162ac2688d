//! What to know without reading further: which secrets can be read, how much junk there is, and what to change first.

use serde::Serialize;

use crate::analysis::{Cause, Severity};
use crate::format::{bytes, count, fit, safe_str};
use crate::lint::JunkHit;
use crate::report::{Subject, junk, secrets};

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
    #[serde(skip)]
    bytes: u64,
    size: String,
    fix: String,
    why: String,
}

impl VerdictSection {
    pub(super) fn new(subject: &Subject<'_>, results: &SearchResults<'_>, causes: &[Cause]) -> Self {
        let (all, hits) = (secrets::total(results.secrets), &results.junk.hits);
        Self {
            secrets: count(all),
            secrets_any: all > 0,
            secrets_said: sentence(&secrets_said(results)),
            junk: bytes(junk::total(hits)),
            junk_any: !hits.is_empty(),
            junk_places: places(hits.len()),
            junk_said: sentence(&junk_said(results)),
            changes: changes(subject, causes, hits),
        }
    }
}

/// `2 secrets that anyone who can pull the image can read, removed or not`.
pub(super) fn secrets_said(results: &SearchResults<'_>) -> String {
    let said = match secrets::total(results.secrets) {
        0 => "no secret was found".to_owned(),
        all => format!("{} that anyone who can pull the image can read, removed or not", secrets::counted(all)),
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

/// The largest causes of waste, and junk of more than low severity in the final image; junk that is only stored is
/// waste already, so no byte is counted twice.
fn changes(subject: &Subject<'_>, causes: &[Cause], hits: &[JunkHit]) -> Vec<SuggestedFix> {
    let wasted = causes.iter().take(CHANGES).map(|cause| of_cause(subject, cause));
    let heavy = |hit: &&JunkHit| hit.bytes > 0 && hit.place.is_live() && hit.rule.severity != Severity::Low;
    let mut changes: Vec<_> = wasted.chain(hits.iter().filter(heavy).map(|hit| of_junk(subject, hit))).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.bytes));
    changes.truncate(CHANGES);
    changes
}

fn of_cause(subject: &Subject<'_>, cause: &Cause) -> SuggestedFix {
    let (stored, wasted) =
        (subject.layer_name_with_lines(cause.stored_by), subject.layer_name_with_lines(cause.wasted_by));
    let why = if cause.stored_by == cause.wasted_by {
        format!("{}: stored and wasted by {}", cause.account.name(), fit(&stored, INSTRUCTION))
    } else {
        format!(
            "{}: stored by {}, wasted by {}",
            cause.account.name(),
            fit(&stored, INSTRUCTION),
            fit(&wasted, INSTRUCTION)
        )
    };
    SuggestedFix {
        bytes: cause.bytes,
        size: bytes(cause.bytes),
        fix: sentence(&fit(&safe_str(&cause.fix.text), WHOLE)),
        why,
    }
}

fn of_junk(subject: &Subject<'_>, hit: &JunkHit) -> SuggestedFix {
    let text = &hit.rule.text;
    let by = hit
        .place
        .layer()
        .map_or_else(String::new, |layer| format!(", stored by {}", subject.layer_name_with_lines(layer)));
    SuggestedFix {
        bytes: hit.bytes,
        size: bytes(hit.bytes),
        fix: sentence(&fit(&safe_str(&text.fix), WHOLE)),
        why: format!("junk: {}{}", fit(&safe_str(&text.what), INSTRUCTION), fit(&by, INSTRUCTION)),
    }
}
