//! The judgement for a pull request or a step summary.

use std::io::{self, Write};

use crate::check::{Judgement, Measure, Verdict};
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
        of => escaped(&measure(of)),
    }
}

/// Sentences of ours in which backticks quote what comes from an image. Where a name that holds backticks itself makes
/// something else of them, all of it is code.
pub(in crate::report) fn prose(text: &str) -> String {
    prose_as(text, code)
}

/// The same in a cell of a table.
pub(in crate::report) fn prose_in_cell(text: &str) -> String {
    prose_as(text, code_in_cell)
}

fn prose_as(text: &str, code: fn(&str) -> String) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let ours =
        |part: &str| !part.contains(['@', '#', '<']) && !["www", "://", "GH-"].iter().any(|at| part.contains(at));
    if parts.len() % 2 == 0 || !parts.iter().step_by(2).all(|part| ours(part)) {
        return code(text);
    }
    let written = |(at, part): (usize, &&str)| if at % 2 == 1 { code(part) } else { escaped(part) };
    parts.iter().enumerate().map(written).collect()
}

/// Text from an image as code, which is the one place where nothing in it calls people, refers to an issue, becomes a link
/// or begins a list; it is one line already.
pub(in crate::report) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let is_edge = |letter: Option<char>| matches!(letter, Some('`' | ' '));
    let pad = if is_edge(text.chars().next()) || is_edge(text.chars().next_back()) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a cell of a table, which ends at a bar, in code too.
pub(in crate::report) fn code_in_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text that is only text in Markdown and in the HTML it may contain; it is already on one line.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // `@name` would notify people, `#1` and bare addresses become links.
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
    use super::*;

    #[test]
    fn what_backticks_quote_is_code_in_which_nothing_else_means_anything() {
        assert_eq!(prose("use `COPY --chmod=644` in step 2"), "use `COPY --chmod=644` in step 2");
        assert_eq!(prose("keep `/a`<b>`c` out"), "``keep `/a`<b>`c` out``");
        assert_eq!(prose("keep `/a`b` out"), "``keep `/a`b` out``");
        assert_eq!(prose("keep `/a` @b `c` out"), "``keep `/a` @b `c` out``");
        assert_eq!(prose_in_cell("keep `/a|b` (out)"), "keep `/a\\|b` \\(out\\)");
    }

    #[test]
    fn code_holds_every_text_whole() {
        let texts = [
            "@me",
            "#1",
            "www.x.example",
            "- x",
            "---",
            "`",
            "``a`",
            " a ",
            "a`b|c",
            "\\|",
            "<b>",
            "&amp;",
            "a\\",
            "|",
        ];
        for text in texts {
            for markdown in [format!("{}\n", code(text)), format!("| a |\n|---|\n| {} |\n", code_in_cell(text))] {
                let options = pulldown_cmark::Options::ENABLE_TABLES;
                let events = pulldown_cmark::Parser::new_ext(&markdown, options).collect::<Vec<_>>();
                let code = events.iter().filter_map(|event| match event {
                    pulldown_cmark::Event::Code(code) => Some(code.to_string()),
                    _ => None,
                });
                assert_eq!(code.collect::<Vec<_>>(), [text], "{markdown}");
            }
        }
    }
}
