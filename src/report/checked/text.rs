//! A line per rule, and below a failed rule its violations.

use std::io::{self, Write};

use crate::check::{Judgement, Verdict};
use crate::format::{count, fit};
use crate::report::{Page, Subject, TextRole, names};

use super::{measure, place};

/// Violations that are listed below a rule.
const PLACES: usize = 10;

/// The judgement as text, the verdict last.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_text(subject: &Subject<'_>, judgement: &Judgement, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", names::headline(subject))?;
    rules_text(subject, judgement, page, out)
}

/// The results of the rules, the verdict last.
pub(in crate::report) fn rules_text(
    subject: &Subject<'_>,
    judgement: &Judgement,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = judgement.rules.iter().map(|judged| judged.rule.len()).max().unwrap_or(0);
    for judged in &judgement.rules {
        let (role, word) = match judged.verdict {
            Verdict::Pass => (TextRole::Added, "pass"),
            Verdict::Fail => (TextRole::Waste, "FAIL"),
            Verdict::Skipped => (TextRole::Dim, "skip"),
        };
        writeln!(
            out,
            "{}  {:<name$}  saw {}, limit {}",
            page.ink.mark(Some(role), word),
            judged.rule,
            measure(&judged.saw),
            measure(&judged.limit)
        )?;
        if !judged.note.is_empty() {
            writeln!(out, "      {}", judged.note)?;
        }
        for at in judged.places.iter().take(PLACES) {
            let line = format!("      {}", place(subject, at));
            writeln!(out, "{}", page.width.map_or_else(|| line.clone(), |columns| fit(&line, columns)))?;
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            writeln!(out, "      and {} more", count(more))?;
        }
    }
    let failed = judgement.count(Verdict::Fail);
    let verdict = match failed {
        0 => format!("passed: {} passed", rules(judgement.count(Verdict::Pass))),
        failed => format!("FAILED: {} failed, {} passed", rules(failed), judgement.count(Verdict::Pass)),
    };
    writeln!(out, "\n{}", page.ink.mark(Some(if failed > 0 { TextRole::Waste } else { TextRole::Added }), &verdict))
}

fn rules(number: usize) -> String {
    format!("{number} {}", if number == 1 { "rule" } else { "rules" })
}
