//! `ENV`, `LABEL` and `ARG`. Builders write `NAME=value NAME=value` with the quotes gone, so a value may hold whatever it
//! likes, also what looks like the next name: the configuration, which has the values, says where one ends.

use std::collections::HashMap;
use std::fmt::Write;

use super::plain;
use crate::format::{is_unsafe, safe_str};

type Values<'a> = HashMap<&'a str, &'a str>;

/// Names with or without a value.
pub(super) fn arg(rest: &str) -> Option<String> {
    let bare = rest.split(' ').take_while(|word| is_name(word)).count();
    let (names, pairs) = rest.split_at(rest.split_inclusive(' ').take(bare).map(str::len).sum());
    let names = names.trim_end();
    if pairs.is_empty() {
        return Some(format!("ARG {names}"));
    }
    let pairs = named("ARG", pairs, &Values::new())?;
    if names.is_empty() {
        return Some(pairs);
    }
    let (comments, pairs) = pairs.split_at(pairs.rfind("ARG ")?);
    (comments.is_empty()).then(|| format!("ARG {names} {}", &pairs["ARG ".len()..]))
}

/// The instruction, after a comment for each value that no line can hold.
pub(super) fn named(keyword: &str, rest: &str, known: &Values<'_>) -> Option<String> {
    let first = rest.split_whitespace().next()?;
    if !first.contains('=') {
        // `ENV NAME value`, as buildah and kaniko keep it.
        let is_old = |text: &String| text.split_once(' ').is_some_and(|(name, _)| keyword != "ARG" && is_name(name));
        return plain(rest).filter(is_old).map(|rest| format!("{keyword} {rest}"));
    }
    if is_source(rest, known) {
        return plain(rest).map(|rest| format!("{keyword} {rest}"));
    }
    let mut comments = String::new();
    let mut written = Vec::new();
    for (name, value) in split(rest, known) {
        if !is_name(name) {
            return None;
        }
        match quoted(value) {
            Some(value) => written.push(format!("{name}={value}")),
            None => {
                let _ = writeln!(comments, "# {keyword} {name}: its value does not fit on a line: {}", safe_str(value));
            }
        }
    }
    (!written.is_empty()).then(|| format!("{comments}{keyword} {}", written.join(" ")))
}

/// Names that no builder expands.
fn is_name(text: &str) -> bool {
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    starts && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
}

/// The pairs, each value up to the next space after which a name and `=` follow.
fn split<'a>(rest: &'a str, known: &Values<'_>) -> Vec<(&'a str, &'a str)> {
    let mut pairs = Vec::new();
    let mut rest = rest;
    while let Some((name, behind)) = rest.split_once('=') {
        let of_config = known.get(name).filter(|value| {
            behind
                .strip_prefix(**value)
                .is_some_and(|next| next.is_empty() || next.strip_prefix(' ').is_some_and(is_pair))
        });
        let end = of_config
            .map(|value| value.len())
            .or_else(|| behind.match_indices(' ').map(|(at, _)| at).find(|at| is_pair(&behind[at + 1..])));
        let (value, next) = behind.split_at(end.unwrap_or(behind.len()));
        pairs.push((name, value));
        rest = next.strip_prefix(' ').unwrap_or_default();
    }
    pairs
}

/// Whether a text begins with a name and `=`.
fn is_pair(text: &str) -> bool {
    let end = text.find(['=', ' ']).unwrap_or(text.len());
    text[end..].starts_with('=') && is_name(&text[..end])
}

/// Whether a text is as a Dockerfile has it, quotes and all, as buildah and kaniko keep it: every word of it is a pair, and
/// the configuration has none of the quotes and variables in a value.
fn is_source(rest: &str, known: &Values<'_>) -> bool {
    const OF_SOURCE: [char; 4] = ['"', '\'', '\\', '$'];
    if !rest.contains(OF_SOURCE) {
        return false;
    }
    let Some(words) = words(rest) else { return false };
    let value = |word: &str| word.split_once('=').map(|(name, value)| (known.get(name).copied(), value.to_owned()));
    let is_literal = |word: &str| {
        value(word).is_some_and(|(known, value)| known == Some(value.as_str()) && value.contains(OF_SOURCE))
    };
    let is_expanded = |word: &&str| {
        value(word).is_some_and(|(known, value)| value.contains('$') && known.is_some_and(|known| known != value))
    };
    let is_quoted = rest.contains(['"', '\'', '\\']);
    words.iter().all(|word| is_pair(word) && !is_literal(word)) && (is_quoted || words.iter().any(is_expanded))
}

/// Words as a builder finds them; none where a quote is not closed or an escape ends the text.
fn words(text: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut start = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() && quote.is_none() {
            words.extend(start.take().map(|start| &text[start..at]));
            continue;
        }
        start.get_or_insert(at);
        match letter {
            '\\' if quote != Some('\'') => {
                letters.next()?;
            }
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ if quote == Some(letter) => quote = None,
            _ => {}
        }
    }
    words.extend(start.map(|start| &text[start..]));
    quote.is_none().then_some(words)
}

/// A value that means itself: as it is, or in double quotes.
fn quoted(value: &str) -> Option<String> {
    if value.chars().any(|letter| is_unsafe(letter) && letter != '\t') {
        return None;
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&byte);
    if !value.is_empty() && value.bytes().all(is_plain) {
        return Some(value.to_owned());
    }
    let mut text = String::from("\"");
    for letter in value.chars() {
        if matches!(letter, '"' | '\\' | '$') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    Some(text)
}
