//! Here-documents: `RUN <<EOT`, `COPY <<-"EOT" /file`.

use serde_json::Value;

use super::words::{plain_words, raw_words};

/// The beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    pub(super) name: String,
    /// Whether tabs at the beginning of its lines are left out (`<<-`).
    pub(super) strips_tabs: bool,
}

/// The here-documents that an instruction begins, or a word that is not a name of one. Only these instructions have any,
/// and lists in JSON have none.
pub(super) fn heredocs(line: &str) -> Result<Vec<Heredoc>, String> {
    let (mut keyword, mut arguments) = split_keyword(line);
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        (keyword, arguments) = split_keyword(without_flags(arguments));
    }
    let has_some = ["ADD", "COPY", "RUN"].iter().any(|known| keyword.eq_ignore_ascii_case(known));
    if !has_some || !line.contains("<<") || is_list(without_flags(arguments)) {
        return Ok(Vec::new());
    }
    // A quote without its end is left to the shell, and here-documents with it.
    let words = raw_words(line).unwrap_or_default();
    words.into_iter().filter_map(|word| heredoc(&word)).collect()
}

/// The first word of an instruction, and the rest.
pub(super) fn split_keyword(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(['\t', '\u{b}', '\u{c}', '\r', ' ']).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn is_list(arguments: &str) -> bool {
    arguments.starts_with('[') && serde_json::from_str::<Vec<Value>>(arguments).is_ok()
}

/// What follows the flags of an instruction, in which quotes and backslashes count.
fn without_flags(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        let mut quote = None;
        let mut is_escaped = false;
        let end = rest.find(|letter: char| {
            match quote {
                _ if is_escaped => is_escaped = false,
                _ if letter == '\\' => is_escaped = true,
                Some(begun) if begun == letter => quote = None,
                None if matches!(letter, '"' | '\'') => quote = Some(letter),
                None => return letter.is_whitespace(),
                Some(_) => {}
            }
            false
        });
        let (flag, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.trim_start();
        if flag == "--" {
            break;
        }
    }
    rest
}

/// `2<<-NAME` as a here-document; `<<<` begins none.
fn heredoc(word: &str) -> Option<Result<Heredoc, String>> {
    let (descriptor, rest) = word.split_once("<<")?;
    if !descriptor.bytes().all(|byte| byte.is_ascii_digit()) || rest.contains('<') {
        return None;
    }
    let (rest, strips_tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if rest.is_empty() {
        return None;
    }
    let Some(mut names) = plain_words(rest) else { return Some(Err(word.to_owned())) };
    let name = names.pop().filter(|_| names.is_empty())?;
    Some(Ok(Heredoc { name, strips_tabs }))
}
