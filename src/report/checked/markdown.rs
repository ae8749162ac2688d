//! The judgement for a pull request or a step summary.

use std::io::{self, Write};

use crate::check::{Judgement, Verdict};
use crate::report::{Subject, names};

use super::{measure, place};

/// Places that are written out below a rule.
const PLACES: usize = 20;

/// The judgement as Markdown: a table of the rules, then where the broken ones are broken.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_markdown(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let verdict = if judgement.passed() { "✅ passed" } else { "❌ failed" };
    writeln!(out, "### layerscope: {verdict}\n\n{}\n", escaped(&names::headline(subject)))?;
    writeln!(out, "| | rule | saw | limit |\n|---|---|--:|--:|")?;
    for judged in &judgement.rules {
        let mark = match judged.verdict {
            Verdict::Pass => "✅",
            Verdict::Fail => "❌",
            Verdict::Skipped => "➖",
        };
        let (saw, limit) = (escaped(&measure(&judged.saw)), escaped(&measure(&judged.limit)));
        writeln!(out, "| {mark} | {} | {saw} | {limit} |", judged.rule)?;
    }
    for judged in judgement.rules.iter().filter(|judged| !judged.places.is_empty()) {
        writeln!(out, "\n**{}**: {}\n", judged.rule, escaped(judged.asks))?;
        for at in judged.places.iter().take(PLACES) {
            writeln!(out, "- {}", escaped(&place(subject, at)))?;
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            writeln!(out, "- and {more} more")?;
        }
    }
    Ok(())
}

/// Text that is nothing but text in Markdown and in the HTML that it may hold; it is one line already.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // `@name` would call people, `#1` and bare addresses make links.
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            ':' => escaped.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}
