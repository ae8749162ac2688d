//! A pattern for paths: part of the path, a glob, or a regular expression. Its spelling says which.

use regex::bytes::{Regex, RegexBuilder};

use super::QuerySubject;
use crate::analysis::glob;

/// The size limit in bytes of a compiled pattern, and of its cache.
const LARGEST: usize = 1 << 20;

/// How a pattern is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum Mode {
    Substring,
    Glob,
    Regex,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Substring => "substring",
            Self::Glob => "glob",
            Self::Regex => "regex",
        }
    }
}

/// Which form of a path a pattern is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MatchedPath {
    /// `/usr/lib/libc.so.6`
    Path,
    /// `usr/lib/libc.so.6`
    PathWithoutSlash,
}

/// A pattern for paths.
#[derive(Debug)]
pub(in crate::tui) struct Pattern {
    mode: Mode,
    held: MatchedPath,
    regex: Regex,
}

impl Pattern {
    /// Parses a word by its spelling: `re:…` and `/…/` are regular expressions, `*`, `?` and `[` make a glob.
    pub fn parse(word: &str) -> Result<Self, String> {
        let between = word.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        if let Some(regex) = word.strip_prefix("re:").or(between).filter(|regex| !regex.is_empty()) {
            return Self::regex(regex);
        }
        if word.contains(['*', '?', '[']) { Self::glob(word) } else { Self::substring(word) }
    }

    /// A literal part of a path.
    pub fn substring(text: &str) -> Result<Self, String> {
        Self::new(Mode::Substring, MatchedPath::Path, &regex::escape(text), any_case(text))
    }

    fn glob(text: &str) -> Result<Self, String> {
        let glob = glob(text).map_err(|why| format!("invalid glob: {why}"))?;
        Self::new(Mode::Glob, MatchedPath::PathWithoutSlash, glob.regex(), any_case(text))
    }

    fn regex(text: &str) -> Result<Self, String> {
        // `^usr` and `^/usr` mean the same.
        let held = if text.starts_with('^') && !text.starts_with("^/") {
            MatchedPath::PathWithoutSlash
        } else {
            MatchedPath::Path
        };
        let mut escaped = false;
        let letters = text.chars().filter(|&letter| {
            let counts = !escaped;
            escaped = letter == '\\' && !escaped;
            counts
        });
        let letters: String = letters.collect();
        Self::new(Mode::Regex, held, text, any_case(&letters))
    }

    fn new(mode: Mode, held: MatchedPath, regex: &str, any_case: bool) -> Result<Self, String> {
        let regex = RegexBuilder::new(regex)
            .case_insensitive(any_case)
            .size_limit(LARGEST)
            .dfa_size_limit(LARGEST)
            .build()
            .map_err(|error| format!("invalid {}: {}", mode.name(), in_words(&error)))?;
        Ok(Self { mode, held, regex })
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub fn matches(&self, subject: &QuerySubject<'_>) -> bool {
        let bare = || subject.path.strip_prefix(b"/").unwrap_or(subject.path);
        match self.held {
            MatchedPath::Path => self.regex.is_match(subject.path),
            MatchedPath::PathWithoutSlash => self.regex.is_match(bare()),
        }
    }
}

/// Whether the match ignores case: it does unless the pattern has a capital letter.
fn any_case(text: &str) -> bool {
    !text.chars().any(char::is_uppercase)
}

/// The library draws a picture of several lines; the last one is the message.
fn in_words(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it would take too much memory".to_owned(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}
