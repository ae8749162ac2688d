//! `HEALTHCHECK`: as it was written, or as Go prints the structure it is kept in:
//! `&{["CMD-SHELL" "curl -f localhost"] "30s" "0s" "0s" "0s" '\x03'}`, where newer builders have one time more.

use std::fmt::Write;

use super::{lists, one_line, plain};

const OPTIONS: [&str; 5] = ["interval", "timeout", "start-period", "start-interval", "retries"];

pub(super) fn healthcheck(rest: &str) -> Option<String> {
    if let Some(structure) = rest.strip_prefix("&{") {
        return of_structure(structure);
    }
    let mut command = rest;
    while let Some(option) = command.strip_prefix("--") {
        let (option, behind) = option.split_once(char::is_whitespace)?;
        let (name, value) = option.split_once('=')?;
        if !OPTIONS.contains(&name) || value.is_empty() {
            return None;
        }
        command = behind.trim_start();
    }
    let (kind, test) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let is_whole = match kind {
        "NONE" => test.trim().is_empty() && command.len() == rest.len(),
        "CMD" => !test.trim().is_empty() && !lists::is_refused(test.trim()),
        _ => false,
    };
    one_line(rest).filter(|_| is_whole)
}

fn of_structure(structure: &str) -> Option<String> {
    // A `]` may be in a string of the list, so the list ends where its strings do.
    let mut rest = structure.strip_prefix('[')?;
    let mut test = Vec::new();
    while !rest.starts_with(']') {
        let (word, behind) = lists::go_string(rest)?;
        test.push(word);
        rest = behind.trim_start_matches(' ');
    }
    rest = &rest[1..];
    let mut times = Vec::new();
    while let Some(behind) = rest.strip_prefix(' ').filter(|behind| behind.starts_with('"')) {
        let (time, behind) = lists::go_string(behind)?;
        if !time.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
            return None;
        }
        times.push(time);
        rest = behind;
    }
    let (retries, end) = lists::go_char(rest.strip_prefix(" '")?)?;
    let names: &[&str] = match times.len() {
        3 => &OPTIONS[..3],
        4 => &OPTIONS[..4],
        _ => return None,
    };
    if end != "'}" {
        return None;
    }
    let mut written = String::new();
    for (name, time) in names.iter().zip(&times).filter(|(_, time)| *time != "0s") {
        let _ = write!(written, "--{name}={time} ");
    }
    if retries != '\0' {
        let _ = write!(written, "--retries={} ", u32::from(retries));
    }
    let command = match (test.first().map(String::as_str)?, &test[1..]) {
        ("NONE", []) => return Some("NONE".to_owned()),
        ("CMD-SHELL", [command]) if !command.trim().is_empty() && !command.trim_start().starts_with('[') => {
            plain(command)?
        }
        ("CMD", words) if !words.is_empty() => lists::json(words),
        _ => return None,
    };
    Some(format!("{written}CMD {command}"))
}
