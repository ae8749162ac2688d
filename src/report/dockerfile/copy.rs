//! `COPY` and `ADD`.

use super::{lists, one_line, plain};

/// Options that builders know, of either and of one.
const OPTIONS: [&str; 4] = ["chown", "chmod", "link", "exclude"];
const OF_COPY: [&str; 2] = ["from", "parents"];
const OF_ADD: [&str; 3] = ["checksum", "keep-git-dir", "unpack"];

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
    let of_keyword = if keyword == "COPY" { &OF_COPY[..] } else { &OF_ADD[..] };
    let words = || line.split(' ').filter(|word| !word.is_empty());
    for option in words().map_while(|word| word.strip_prefix("--")) {
        let name = option.split('=').next().unwrap_or_default();
        // Builders take quotes and escapes out of options, so one may run on over blanks.
        if !OPTIONS.contains(&name) && !of_keyword.contains(&name) || option.contains(['"', '\'', '\\']) {
            return None;
        }
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
