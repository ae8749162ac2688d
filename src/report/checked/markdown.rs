//! The judgement for a pull request or a step summary.

use std::io::{self, Write};

use crate::check::{Judgement, Measure, Verdict};
use crate::format::markdown::{code, code_in_cell, escaped, escaped_in_cell, prose};
use crate::report::{Subject, names};

use super::{measure, place_as};

/// The limit on violations listed below a rule.
const PLACES: usize = 20;

/// The judgement as Markdown: a table of the rules, then where the broken ones are broken.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_markdown(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let verdict = if judgement.passed() { "✅ passed" } else { "❌ failed" };
    writeln!(out, "### layerscope: {verdict}\n\n{}\n", names::headline_as(subject, code))?;
    rules_markdown(subject, judgement, out)
}

/// The table of the rules, and where the broken ones are broken.
pub(in crate::report) fn rules_markdown(
    subject: &Subject<'_>,
    judgement: &Judgement,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "| | rule | saw | limit |\n|---|---|--:|--:|")?;
    for judged in &judgement.rules {
        let mark = match judged.verdict {
            Verdict::Pass => "✅",
            Verdict::Fail => "❌",
            Verdict::Skipped => "➖",
        };
        let (saw, limit) = (cell(&judged.saw), cell(&judged.limit));
        writeln!(out, "| {mark} | {} | {saw} | {limit} |", judged.rule)?;
    }
    for judged in judgement.rules.iter().filter(|judged| !judged.note.is_empty()) {
        writeln!(out, "\n**{}**: {}", judged.rule, escaped(&judged.note))?;
    }
    for judged in judgement.rules.iter().filter(|judged| !judged.places.is_empty()) {
        writeln!(out, "\n**{}**: {}\n", judged.rule, escaped(judged.asks))?;
        for at in judged.places.iter().take(PLACES) {
            writeln!(out, "- {}", place_as(subject, at, code, prose))?;
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            writeln!(out, "- and {more} more")?;
        }
    }
    Ok(())
}

/// A measure; words may be the image's.
fn cell(of: &Measure) -> String {
    match of {
        Measure::Words(_) => code_in_cell(&measure(of)),
        of => escaped_in_cell(&measure(of)),
    }
}
