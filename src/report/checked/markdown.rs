//! The judgement for a pull request or a step summary.

use std::io::{self, Write};

use crate::check::{Judgement, Verdict};
use crate::report::{Subject, names};

use super::{measure, place_as};

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
            writeln!(out, "- {}", place_as(subject, at, escaped, prose))?;
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            writeln!(out, "- and {more} more")?;
        }
    }
    Ok(())
}

/// Sentences in which backticks quote code. Every part is escaped, so a name that holds backticks itself changes no more
/// than which words stand in the type of code.
pub(in crate::report) fn prose(text: &str) -> String {
    let parts: Vec<_> = text.split('`').map(escaped).collect();
    if parts.len() % 2 == 0 {
        return escaped(text);
    }
    let code = |(at, part): (usize, &String)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.clone() };
    parts.iter().enumerate().map(code).collect()
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

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn what_backticks_quote_is_code_in_which_nothing_else_means_anything() {
        assert_eq!(prose("use `COPY --chmod=644` in step 2"), "use <code>COPY --chmod=644</code> in step 2");
        assert_eq!(prose("`rm *`"), "<code>rm \\*</code>");
        assert_eq!(prose("keep `/a`<b>`c` out"), "keep <code>/a</code>&lt;b&gt;<code>c</code> out");
        assert_eq!(prose("keep `/a</code>` out"), "keep <code>/a&lt;/code&gt;</code> out");
        assert_eq!(prose("keep `/a`b` out"), "keep \\`/a\\`b\\` out");
    }
}
