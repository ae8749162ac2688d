//! Text in Markdown. What comes from an image is code or has its punctuation escaped: it cannot become markup, link to
//! anything or notify anybody, and the source stays readable.

/// Sentences of ours in which backticks quote what comes from an image. Where a name that holds backticks itself makes
/// something else of them, all of it is code.
#[must_use]
pub fn prose(text: &str) -> String {
    prose_as(text, code, escaped)
}

/// The same in a cell of a table.
#[must_use]
pub fn prose_in_cell(text: &str) -> String {
    prose_as(text, code_in_cell, escaped_in_cell)
}

fn prose_as(text: &str, code: fn(&str) -> String, escaped: fn(&str) -> String) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let ours = |part: &str| !part.contains('<') && !part.split_whitespace().any(is_active);
    if parts.len() % 2 == 0 || !parts.iter().step_by(2).all(|part| ours(part)) {
        return code(text);
    }
    let written = |(at, part): (usize, &&str)| if at % 2 == 1 { code(part) } else { escaped(part) };
    parts.iter().enumerate().map(written).collect()
}

/// Text from an image as code, which is the one place where nothing in it calls people, refers to an issue, becomes a link
/// or begins a list; it is one line already.
#[must_use]
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    let is_edge = |letter: Option<char>| matches!(letter, Some('`' | ' '));
    let pad = if is_edge(text.chars().next()) || is_edge(text.chars().next_back()) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a cell of a table, which ends at a bar, in code too.
#[must_use]
pub fn code_in_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A command, in a block of code of its own.
#[must_use]
pub fn command(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}sh\n{text}\n{fence}")
}

/// Text that is only text in Markdown and in the HTML it may contain; it is already on one line.
#[must_use]
pub fn escaped(text: &str) -> String {
    escaped_as(text, code)
}

/// The same in a cell of a table.
#[must_use]
pub fn escaped_in_cell(text: &str) -> String {
    escaped_as(text, code_in_cell)
}

fn escaped_as(text: &str, code: fn(&str) -> String) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            escaped.push(' ');
        }
        if is_active(word) {
            escaped.push_str(&code(word));
            continue;
        }
        let number = word.strip_suffix(['.', ')']);
        // What begins a list, a heading or a line below one.
        let begins_block = at == 0
            && (!word.is_empty() && word.chars().all(|letter| "-+=".contains(letter))
                || number
                    .is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())));
        let last = word.chars().count().saturating_sub(1);
        for (place, letter) in word.chars().enumerate() {
            if "\\`*_[]|~$<>&".contains(letter) || begins_block && place == last {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
    }
    escaped
}

/// Whether a word refers to people, issues, addresses or symbols: escaping does not stop that, code does.
fn is_active(word: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    let last = word.matches(':').count();
    let has_symbol = word.split(':').enumerate().any(|(at, part)| at > 0 && at < last && is_name(part));
    word.contains(['@', '#']) || has_symbol || ["www", "://", "GH-"].iter().any(|at| word.contains(at))
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    fn events(markdown: &str) -> Vec<Event<'_>> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
        Parser::new_ext(markdown, options).collect()
    }

    #[test]
    fn what_backticks_quote_is_code_in_which_nothing_else_means_anything() {
        assert_eq!(prose("use `COPY --chmod=644` in step 2"), "use `COPY --chmod=644` in step 2");
        assert_eq!(prose("keep `/a`<b>`c` out"), "``keep `/a`<b>`c` out``");
        assert_eq!(prose("keep `/a`b` out"), "``keep `/a`b` out``");
        assert_eq!(prose("keep `/a` @b `c` out"), "``keep `/a` @b `c` out``");
        assert_eq!(prose_in_cell("keep `/a|b` (out)"), "keep `/a\\|b` (out)");
        assert_eq!(prose("run `npm i a@1`: it is [new]"), "run `npm i a@1`: it is \\[new\\]");
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
                let events = events(&markdown);
                let code = events.iter().filter_map(|event| match event {
                    Event::Code(code) => Some(code.to_string()),
                    _ => None,
                });
                assert_eq!(code.collect::<Vec<_>>(), [text], "{markdown}");
            }
        }
    }

    #[test]
    fn escaped_text_reads_as_it_is_where_nothing_in_it_is_markup() {
        assert_eq!(escaped("+48 B (<0.1 %): 8 layers rebuilt"), "+48 B (\\<0.1 %): 8 layers rebuilt");
        assert_eq!(escaped("ask @me about #1 at http://x.example"), "ask `@me` about `#1` at `http://x.example`");
        assert_eq!(escaped("shop:1.4 :smile: [x](y)"), "shop:1.4 `:smile:` \\[x\\](y)");
        assert_eq!(
            (escaped("- x"), escaped("1. x"), escaped("---")),
            ("\\- x".into(), "1\\. x".into(), "--\\-".into())
        );
        assert_eq!(escaped_in_cell("a|b @c|d"), "a\\|b `@c\\|d`");
    }

    proptest! {
        #[test]
        fn no_text_is_anything_but_text_and_code(text in "[-+=@#:<>&|~$*_`\\[\\]()!a1. \\\\/]{0,24}") {
            let text = text.trim();
            prop_assume!(!text.is_empty());
            for markdown in [format!("{}\n", escaped(text)), format!("**{}**: {}\n", "x", escaped(text))] {
                let events = events(&markdown);
                let is_plain = |event: &Event<'_>| match event {
                    Event::Start(tag) => matches!(tag, Tag::Paragraph | Tag::Strong),
                    other => matches!(other, Event::End(_) | Event::Text(_) | Event::Code(_)),
                };
                prop_assert!(events.iter().all(is_plain), "{markdown}: {events:?}");
                let shown: String = events.iter().filter_map(|event| match event {
                    Event::Text(text) | Event::Code(text) => Some(text.to_string()),
                    _ => None,
                }).collect();
                prop_assert_eq!(shown.strip_prefix("x: ").unwrap_or(&shown), text, "{}", markdown);
            }
        }
    }
}
