//! A judgement: for people, for programs, and in the formats of build servers.

mod document;
mod github;
mod junit;
mod markdown;
mod sarif;
mod text;

pub(super) use document::RuleRecord;
pub use document::check_json;
pub use github::check_github;
pub use junit::check_junit;
pub use markdown::check_markdown;
pub(super) use markdown::rules_markdown;
pub use sarif::check_sarif;
pub use text::check_text;
pub(super) use text::rules_text;

use crate::check::{Measure, RuleResult, Violation};
use crate::format::{bytes, count, percent, safe, safe_str};

use super::{Subject, lines};

/// A measure as people read it; not safe to show where it consists of words of an image.
fn measure(measure: &Measure) -> String {
    match measure {
        Measure::Bytes(size) => bytes(*size),
        Measure::Fraction(fraction) => percent(*fraction),
        Measure::Count(number) => count(usize::try_from(*number).unwrap_or(usize::MAX)),
        Measure::Words(words) => safe_str(words),
    }
}

/// What was seen and what the limit was, as a sentence without its full stop.
fn seen(judged: &RuleResult) -> String {
    format!("{}: saw {}, limit {}", judged.asks, measure(&judged.saw), measure(&judged.limit))
}

/// A violation on one line.
fn place(subject: &Subject<'_>, at: &Violation) -> String {
    place_as(subject, at, str::to_owned, str::to_owned)
}

/// The same, with separate functions for text from the image and text about it.
fn place_as(subject: &Subject<'_>, place: &Violation, image: fn(&str) -> String, said: fn(&str) -> String) -> String {
    let mut parts = Vec::new();
    if let Some(path) = &place.path {
        parts.push(image(&format!("/{}", safe(path.as_bytes()))));
    }
    if let Some(size) = place.bytes {
        parts.push(bytes(size));
    }
    if !place.what.is_empty() {
        parts.push(said(&safe_str(&place.what)));
    }
    if let Some(layer) = place.layer {
        let instruction = subject.instruction(layer);
        let lines = lines::text(subject.image.step_of(layer)).map_or_else(String::new, |lines| format!(", {lines}"));
        parts.push(match (instruction.is_empty(), lines.is_empty()) {
            (true, true) => format!("layer {layer}"),
            (true, false) => image(&format!("layer {layer}{lines}")),
            (false, _) => image(&format!("layer {layer}{lines}: {instruction}")),
        });
    }
    parts.join(" · ")
}
