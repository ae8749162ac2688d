//! `COPY` and `ADD`.

use std::collections::HashSet;

use super::{lists, one_line, plain};

/// What an option takes.
enum OptionKind {
    /// A value, once.
    Text,
    /// A value, any number of times.
    List,
    /// Nothing, or `true` or `false`; once.
    Switch,
}

/// The options that builders know, of both instructions or one.
fn option_kind(keyword: &str, name: &str) -> Option<OptionKind> {
    match (keyword, name) {
        (_, "chown" | "chmod") | ("COPY", "from") | ("ADD", "checksum") => Some(OptionKind::Text),
        (_, "exclude") => Some(OptionKind::List),
        (_, "link") | ("COPY", "parents") | ("ADD", "keep-git-dir" | "unpack") => Some(OptionKind::Switch),
        _ => None,
    }
}

/// Whether builders accept these options. They take quotes and escapes out of them, so one may run on over blanks.
fn are_accepted<'a>(keyword: &str, options: impl Iterator<Item = &'a str>) -> bool {
    let mut known = HashSet::new();
    options.into_iter().all(|option| {
        let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        let is_sound = match option_kind(keyword, name) {
            Some(OptionKind::List) => return value.is_some() && !option.contains(QUOTES),
            Some(OptionKind::Text) => value.is_some(),
            Some(OptionKind::Switch) => value.is_none_or(|value| ["true", "false"].contains(&value)),
            None => false,
        };
        is_sound && known.insert(name) && !option.contains(QUOTES)
    })
}

const QUOTES: [char; 3] = ['"', '\'', '\\'];

pub(super) fn copy(keyword: &str, rest: &str) -> Option<String> {
    // The content of a here-document is not in the history.
    if rest.contains("<<") {
        return None;
    }
    // The classic builder and buildah write `file:16e9… in /root/key`.
    if let Some((source, target)) = rest.split_once(" in ").filter(|(source, _)| is_checksum(source)) {
        let target = target.trim();
        let words = [source.to_owned(), target.to_owned()];
        return match target.contains(|letter: char| letter.is_whitespace() || "[\"'\\$".contains(letter)) {
            _ if target.is_empty() => None,
            true => Some(lists::json(&words)),
            false => plain(&words.join(" ")),
        };
    }
    let line = one_line(rest)?;
    let words = || line.split(' ').filter(|word| !word.is_empty());
    if !are_accepted(keyword, words().map_while(|word| word.strip_prefix("--"))) {
        return None;
    }
    let mut operands = words().skip_while(|word| word.starts_with("--"));
    let list =
        operands.clone().next().filter(|word| word.starts_with('[')).and(line.find('[')).map_or("", |at| &line[at..]);
    let is_refused = lists::is_refused(list) || lists::quoted(list).is_some_and(|words| words.len() < 2);
    (!is_refused && operands.nth(1).is_some()).then_some(line)
}

fn is_checksum(source: &str) -> bool {
    let sort = source.split(':').next().unwrap_or_default();
    matches!(sort, "file" | "dir" | "multi") && !source.contains(char::is_whitespace) && source.len() > sort.len()
}
