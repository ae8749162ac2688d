//! `RUN`: on one line, continued as it was, or in a here-document, in which nothing has a meaning for the builder.

use std::collections::HashSet;

use crate::format::safe_lines;

pub(super) fn run(command: &str) -> Option<String> {
    // The builder gives a script with its own interpreter such a name, and discards its content.
    if command.starts_with("/dev/pipes/") {
        return None;
    }
    let command = safe_lines(command);
    if command.trim().is_empty() {
        return None;
    }
    if is_read_as_written(&command) {
        return Some(format!("RUN {command}"));
    }
    let delimiter = unused_delimiter(&command);
    Some(format!("RUN <<{delimiter}\n{command}\n{delimiter}"))
}

/// Whether a builder reads it as this one command: no list, no option, no here-document, and every line but the last
/// continued.
fn is_read_as_written(command: &str) -> bool {
    let start = command.trim_start();
    if command.contains("<<") || start.starts_with('[') || start.starts_with("--") {
        return false;
    }
    // No other blank than these may follow the backslash that continues a line.
    let mut lines = command.lines().map(|line| line.trim_end_matches([' ', '\t']));
    let last = lines.next_back().unwrap_or_default();
    let is_whole = |line: &str| !line.is_empty() && !line.trim_start().starts_with('#');
    let is_continued =
        |line: &str| line.strip_suffix('\\').is_some_and(|line| !line.is_empty() && !line.ends_with('\\'));
    let has_many = command.contains('\n');
    !last.ends_with('\\') && (!has_many || is_whole(last)) && lines.all(|line| is_continued(line) && is_whole(line))
}

/// `EOF`, or the same with a number, if it is a line of the text.
fn unused_delimiter(text: &str) -> String {
    let lines: HashSet<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("EOF")).collect();
    let numbered = (1..).map(|number| format!("EOF{number}"));
    let unused = std::iter::once("EOF".to_owned()).chain(numbered).find(|name| !lines.contains(name.as_str()));
    unused.unwrap_or_default()
}
