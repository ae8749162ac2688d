//! Lists: as JSON, as Go prints them, and as Go prints them without quotes.

use std::fmt::Write;

use super::plain;
use crate::format::is_unsafe;

/// With more volumes than this, which of them a list names is not looked up: each word would be compared with each.
const MOST_KNOWN: usize = 100;

/// A `CMD` or `ENTRYPOINT`: a list, or a text for the shell.
pub(super) fn command(rest: &str) -> Option<String> {
    match quoted(rest) {
        Some(words) => Some(json(&words)),
        None => plain(rest).filter(|text| !is_refused(text)),
    }
}

pub(super) fn shell(rest: &str) -> Option<String> {
    let words = quoted(rest).or_else(|| unquoted(rest, &[]))?;
    (!words.is_empty()).then(|| json(&words))
}

pub(super) fn volumes(rest: &str, known: &[String]) -> Option<String> {
    let Some(words) = quoted(rest).or_else(|| unquoted(rest, if known.len() > MOST_KNOWN { &[] } else { known }))
    else {
        let is_list = |text: &String| text.split(' ').all(|word| word.is_empty() || !word.trim().is_empty());
        return plain(rest).filter(|text| !text.starts_with('[') && is_list(text));
    };
    let is_plain = |word: &String| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
    };
    match words.as_slice() {
        [] => None,
        words if words.iter().all(is_plain) => Some(words.join(" ")),
        words if words.iter().any(String::is_empty) => None,
        words => Some(json(words)),
    }
}

/// Ports as they were written, or as Go prints a map of them: `map[80/tcp:{} 443/tcp:{}]`.
pub(super) fn ports(rest: &str) -> Option<String> {
    match rest.strip_prefix("map[").and_then(|rest| rest.strip_suffix(']')) {
        Some("") => None,
        Some(map) => plain(&map.split(' ').map(|port| port.trim_end_matches(":{}")).collect::<Vec<_>>().join(" ")),
        None => plain(rest),
    }
}

/// Whether a builder takes a text for JSON and then refuses it: a list of anything but strings.
pub(super) fn is_refused(text: &str) -> bool {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text) else { return false };
    !items.iter().all(serde_json::Value::is_string)
}

/// `["a" "b"]` as Go prints it, or `["a", "b"]`.
pub(super) fn quoted(list: &str) -> Option<Vec<String>> {
    if let Ok(words) = serde_json::from_str(list) {
        return Some(words);
    }
    let mut rest = list.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut words = Vec::new();
    while !rest.is_empty() {
        let (word, behind) = go_string(rest)?;
        words.push(word);
        rest = behind.trim_start_matches([' ', ',']);
    }
    Some(words)
}

/// A string between double quotes as Go writes it, and what follows it.
pub(super) fn go_string(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let letter = rest.chars().next()?;
        if letter == '"' {
            return Some((word, &rest[1..]));
        }
        let (letter, behind) = go_char(rest)?;
        word.push(letter);
        rest = behind;
    }
}

/// A character or an escape for one, and what follows it. An escaped byte above 7f is none.
pub(super) fn go_char(text: &str) -> Option<(char, &str)> {
    let mut letters = text.chars();
    let first = letters.next()?;
    if first != '\\' {
        return Some((first, letters.as_str()));
    }
    let escape = letters.next()?;
    let rest = letters.as_str();
    let digits = |count: usize, radix| -> Option<(char, &str)> {
        let code = u32::from_str_radix(rest.get(..count)?, radix).ok()?;
        let letter = char::from_u32(code).filter(|letter| count > 2 || letter.is_ascii())?;
        Some((letter, &rest[count..]))
    };
    let letter = match escape {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' | '"' | '\'' => escape,
        'x' => return digits(2, 16),
        'u' => return digits(4, 16),
        'U' => return digits(8, 16),
        _ => return None,
    };
    Some((letter, rest))
}

/// `[a b]`, as Go prints a list without quotes: what is known of its words says where they end, else a space does.
fn unquoted(list: &str, known: &[String]) -> Option<Vec<String>> {
    let mut rest = list.strip_prefix('[')?.strip_suffix(']')?;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let is_next = |word: &&String| {
            rest.strip_prefix(word.as_str()).is_some_and(|behind| behind.is_empty() || behind.starts_with(' '))
        };
        let longest = known.iter().filter(|word| !word.is_empty()).filter(is_next).map(String::len).max();
        let end = longest.or_else(|| rest.find(' ')).unwrap_or(rest.len());
        words.push(rest[..end].to_owned());
        rest = rest[end..].strip_prefix(' ').unwrap_or_default();
    }
    let is_word = |word: &String| !word.is_empty() && !word.contains(['"', '\n', '\r']);
    words.iter().all(is_word).then_some(words)
}

/// A list as builders read it, without a character that would steer a terminal.
pub(super) fn json(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let mut text = String::new();
        for letter in serde_json::Value::from(word.as_str()).to_string().chars() {
            if is_unsafe(letter) {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            } else {
                text.push(letter);
            }
        }
        text
    });
    format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
}
