//! A filter line: words separated by blanks, all of which must match. A word can be a pattern for paths: part of the
//! path, a glob, or a regular expression; its spelling says which.
//!
//! Text in double quotes is literal, including blanks: `"my file"`, `"setuid"`.

use regex::bytes::{Regex, RegexBuilder};

use super::words::Word;
use crate::analysis::glob;
use crate::union::{Change, VersionRef};

/// More words than this are an error.
const MOST: usize = 32;

/// What a query is evaluated on.
#[derive(Clone, Copy)]
pub(in crate::tui) struct QuerySubject<'a> {
    /// The absolute path, with its leading slash.
    pub path: &'a [u8],
    /// In bytes; `None` for a folder.
    pub size: Option<u64>,
    pub version: Option<VersionRef<'a>>,
    pub change: Option<Change>,
}

/// A parsed filter line.
#[derive(Debug)]
pub(in crate::tui) struct Query {
    text: String,
    /// Cheaper than patterns, so checked first.
    words: Vec<Word>,
    patterns: Vec<Pattern>,
}

impl Query {
    /// Parses what was typed: `None` if it is blank, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let (mut words, mut patterns) = (Vec::new(), Vec::new());
        for piece in pieces(text).take(MOST) {
            match piece {
                // A regular expression that has just been started matches everything.
                QueryPart::Plain("re:" | "//") => {}
                QueryPart::Quoted(text) => patterns.push(Pattern::substring(text)?),
                QueryPart::Plain(text) => match Word::parse(text) {
                    Some(word) => words.push(word?),
                    None => patterns.push(Pattern::parse(text)?),
                },
            }
        }
        let blank = words.is_empty() && patterns.is_empty();
        Ok((!blank).then(|| Self { text: text.to_owned(), words, patterns }))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn matches(&self, subject: &QuerySubject<'_>) -> bool {
        self.words.iter().all(|word| word.matches(subject))
            && self.patterns.iter().all(|pattern| pattern.matches(subject))
    }

    /// How its patterns are interpreted; empty without patterns.
    pub fn mode(&self) -> String {
        let mut modes: Vec<Mode> = self.patterns.iter().map(Pattern::mode).collect();
        modes.sort_unstable();
        modes.dedup();
        modes.into_iter().map(Mode::name).collect::<Vec<_>>().join(" + ")
    }
}

#[derive(Debug, PartialEq, Eq)]
enum QueryPart<'a> {
    Plain(&'a str),
    Quoted(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = QueryPart<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if let Some(quoted) = rest.strip_prefix('"') {
                let (inside, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
                rest = behind;
                if inside.is_empty() {
                    continue;
                }
                return Some(QueryPart::Quoted(inside));
            }
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            rest = behind;
            return (!word.is_empty()).then_some(QueryPart::Plain(word));
        }
    })
}

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
pub(super) struct Pattern {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(query: &str, path: &str) -> bool {
        let query = Query::parse(query).expect("sound").expect("not blank");
        query.matches(&QuerySubject {
            path: path.as_bytes(),
            size: Some(5_000),
            version: None,
            change: Some(Change::Added),
        })
    }

    fn mode(query: &str) -> String {
        Query::parse(query).expect("sound").expect("not blank").mode()
    }

    fn fault(query: &str) -> String {
        Query::parse(query).err().unwrap_or_default()
    }

    #[test]
    fn capitals_matter_as_soon_as_one_is_typed() {
        assert!(holds("readme", "/usr/README.md") && holds("README", "/usr/README.md"));
        assert!(!holds("Readme", "/usr/README.md") && !holds("README", "/usr/readme"));
        assert!(holds("*.MD", "/a/X.MD") && !holds("*.MD", "/a/x.md") && holds("*.md", "/a/X.MD"));
        assert!(holds("ÄRGER", "/ÄRGER") && holds("ärger", "/ÄRGER"));
        assert!(holds(r"re:\Sx\.md$", "/aX.MD"), "an escape is no capital");
    }

    #[test]
    fn a_substring_is_any_part_of_the_path_and_nothing_in_it_is_special() {
        assert!(holds("lib/libc", "/usr/lib/libc.so") && holds("/usr", "/usr/lib"));
        assert!(!holds("/lib", "/usr/mylib"));
        assert!(holds("a.b(c", "/a.b(c") && !holds("a.b", "/axb"));
    }

    #[test]
    fn a_glob_is_of_the_name_or_of_the_whole_path() {
        assert!(holds("*.so", "/usr/lib/x.so") && !holds("*.so", "/usr/lib/x.so.6"));
        assert!(holds("usr/*/x.so", "/usr/lib/x.so") && !holds("usr/*", "/usr/lib/x.so"));
        assert!(holds("usr/**/x.so", "/usr/a/b/x.so") && holds("**/x.so", "/x.so"));
        assert!(holds("/usr/*", "/usr/lib") && !holds("/lib*", "/usr/lib"), "a slash in front is the root");
        assert!(holds("[a-c]?", "/x/b1") && !holds("[a-c]?", "/x/b"));
    }

    #[test]
    fn a_regex_is_of_the_path_with_or_without_its_slash() {
        assert!(holds("re:^usr/.*so$", "/usr/lib/x.so") && holds("re:^/usr/.*so$", "/usr/lib/x.so"));
        assert!(holds(r"/\.so\.\d$/", "/usr/lib/x.so.6") && !holds(r"/\.so\.\d$/", "/usr/lib/x.so"));
        assert!(holds("/etc", "/etc/passwd") && mode("/etc") == "substring", "not closed, so no regex yet");
    }

    #[test]
    fn all_words_of_a_line_must_hold() {
        assert!(holds("lib *.so >1k is:added", "/usr/lib/x.so"));
        for narrowed in ["lib *.so >1MB", "lib *.so <1k", "lib *.a", "bin *.so", "lib is:removed", "lib kind:file"] {
            assert!(!holds(narrowed, "/usr/lib/x.so"), "{narrowed}");
        }
    }

    #[test]
    fn what_is_quoted_is_text() {
        assert!(holds("\"my file\"", "/a my file") && !holds("my file", "/my/x"));
        assert!(holds("\"setuid\" x", "/setuid/x") && !holds("setuid", "/setuid"));
        assert!(holds("\"*", "/a*b") && !holds("\"*\"", "/ab"), "the second mark may be missing");
        assert_eq!(
            pieces(" a \"\" \"b c\"d ").collect::<Vec<_>>(),
            [QueryPart::Plain("a"), QueryPart::Quoted("b c"), QueryPart::Plain("d")]
        );
    }

    #[test]
    fn the_mode_is_told_by_the_text() {
        assert_eq!(
            ["a", "*.a", "re:a", "/a/", ">1k", "a *.b /c/"].map(mode),
            ["substring", "glob", "regex", "regex", "", "substring + glob + regex"]
        );
    }

    #[test]
    fn faults_are_told_in_words() {
        assert_eq!(fault("re:(a"), "invalid regex: unclosed group");
        assert_eq!(fault("/[/"), "invalid regex: unclosed character class");
        assert_eq!(fault("re:(a{1000}){1000}"), "invalid regex: it would take too much memory");
        assert!(fault("[a").starts_with("invalid glob: unclosed character class"), "{}", fault("[a"));
        assert!(fault("a >x").contains("is not a size"));
        for blank in ["", "  ", "\"\"", "\"", "re:", "//"] {
            assert!(matches!(Query::parse(blank), Ok(None)), "{blank:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_searched_all_the_same() {
        let query = Query::parse("*.so").expect("sound").expect("not blank");
        let subject = QuerySubject { path: b"/a/\xff\xfe.so", size: None, version: None, change: None };
        assert!(query.matches(&subject));
    }
}
