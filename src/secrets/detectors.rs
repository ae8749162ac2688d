//! Detectors of secrets: a prefix, and what must follow it. They are data, in `assets/secrets.toml`; only checksums and other
//! formats are code, which the data refers to by name.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::{Table, Value};

use crate::image::{Digest, sha256};

use super::forms::{ContentKind, is_word};
use super::shapes::{self, TOKEN, is_alphanumeric, is_hex, is_random, run, varied};
use super::{SecretHit, Severity, aws, keys};

/// The built-in detectors, and their documentation.
const BUILT_IN: &str = include_str!("../../assets/secrets.toml");
/// The length of a prefix: a shorter one is found everywhere.
const PREFIX: Range<usize> = 3..65;
/// The limit on the prefixes of one file.
const MOST: usize = 1000;
/// The least number of characters after a prefix: fewer look random by chance.
const LEAST: usize = 8;
/// The limit on the size of a compiled pattern, in bytes.
const PATTERN: usize = 256 << 10;
/// The limit on the length of an ID.
const ID: usize = 64;

/// Measures what follows a prefix: how many bytes are the secret, if it is one at all.
type Measure = fn(&[u8], ContentKind) -> Option<usize>;
/// What to report for a secret at a place in some bytes.
type Hits = fn(&[u8], Range<usize>, ContentKind) -> Vec<SecretHit>;

/// A format that is code.
pub(super) struct Check {
    name: &'static str,
    measure: Measure,
    /// What it reports, if that depends on more than the detector.
    hits: Option<Hits>,
}

const fn check(name: &'static str, measure: Measure) -> Check {
    Check { name, measure, hits: None }
}

/// All checks, by the name that the data uses.
const CHECKS: &[Check] = &[
    Check { name: "aws-key-id", measure: aws::identifier, hits: Some(aws::pair) },
    check("azure-account-key", shapes::account_key),
    check("azure-signature", shapes::shared_access),
    check("crc32-base62", shapes::checksum),
    check("discord-webhook", shapes::discord),
    check("doppler", shapes::doppler),
    check("github-fine-grained", shapes::fine_grained),
    check("grafana", shapes::glsa),
    check("jwt", shapes::jwt),
    Check { name: "pem", measure: keys::private_key, hits: Some(keys::hits) },
    Check { name: "putty", measure: keys::putty, hits: Some(keys::hits) },
    check("sendgrid", shapes::sendgrid),
    check("slack", shapes::slack),
];

/// Where a detector counts in a binary file. In text, a secret always begins where a word does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum InBinaries {
    #[default]
    Anywhere,
    AtWords,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Characters {
    Base64url,
    Alphanumeric,
    Hex,
    Bech32,
}

impl Characters {
    fn run(self, bytes: &[u8]) -> usize {
        match self {
            Self::Base64url => run(bytes, |byte| is_word(byte) || byte == b'-'),
            Self::Alphanumeric => run(bytes, is_word),
            Self::Hex => run(bytes, |byte| byte.is_ascii_alphanumeric()),
            Self::Bech32 => run(bytes, |byte| b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".contains(&byte)),
        }
    }

    /// Whether a run consists of these characters alone, and looks random.
    fn fits(self, run: &[u8]) -> bool {
        match self {
            Self::Base64url => is_random(run),
            Self::Alphanumeric => is_alphanumeric(run) && is_random(run),
            Self::Hex => is_hex(run),
            Self::Bech32 => varied(run),
        }
    }
}

/// What follows a prefix.
pub(super) enum Shape {
    Run { characters: Characters, least: usize, is_exact: bool, keywords: Vec<String> },
    Pattern(Regex),
    Check(&'static Check),
}

impl Shape {
    pub(super) fn measure(&self, rest: &[u8], content_kind: ContentKind) -> Option<usize> {
        match self {
            Self::Run { characters, least, is_exact, keywords } => {
                let len = characters.run(rest);
                let fits = if *is_exact { len == *least } else { len >= *least };
                let run = rest.get(..len).filter(|run| fits && characters.fits(run))?;
                let has = |word: &String| run.windows(word.len()).any(|part| part == word.as_bytes());
                (keywords.is_empty() || keywords.iter().any(has)).then_some(len)
            }
            Self::Pattern(pattern) => {
                let found = pattern.captures(rest.get(..TOKEN).unwrap_or(rest))?;
                let end = found.get(0).filter(|all| all.start() == 0)?.end();
                let secret = found.iter().flatten().nth(1).or_else(|| found.get(0))?.as_bytes();
                let ends = !rest.get(end).is_some_and(u8::is_ascii_alphanumeric);
                (ends && secret.len() >= LEAST && varied(secret)).then_some(end)
            }
            Self::Check(check) => (check.measure)(rest, content_kind),
        }
    }

    pub(super) fn hits(&self) -> Option<Hits> {
        match self {
            Self::Check(check) => check.hits,
            Self::Run { .. } | Self::Pattern(_) => None,
        }
    }
}

/// A kind of secret.
pub(super) struct Detector {
    id: String,
    severity: Severity,
    pub(super) in_binaries: InBinaries,
    pub(super) shape: Shape,
}

impl Detector {
    pub(super) fn hit(&'static self, value: &[u8]) -> SecretHit {
        SecretHit { severity: self.severity, ..SecretHit::high(&self.id, value) }
    }
}

/// A detector as a file has it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct DetectorText {
    id: String,
    prefixes: Vec<String>,
    severity: Option<String>,
    #[serde(default)]
    in_binaries: InBinaries,
    characters: Option<Characters>,
    length: Option<usize>,
    at_least: Option<usize>,
    #[serde(default)]
    keywords: Vec<String>,
    pattern: Option<String>,
    check: Option<String>,
}

impl DetectorText {
    fn detector(&self) -> Result<Detector, String> {
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.id.is_empty() || self.id.len() > ID || !self.id.bytes().all(is_id) {
            return Err(format!("`id` must be 1 to {ID} lower-case letters, digits and hyphens"));
        }
        if self.prefixes.is_empty() || !self.prefixes.iter().all(|prefix| PREFIX.contains(&prefix.len())) {
            return Err(format!("`prefixes` must be strings of {} to {} bytes", PREFIX.start, PREFIX.end - 1));
        }
        let severity = match self.severity.as_deref() {
            None | Some("high") => Severity::High,
            Some("medium") => Severity::Medium,
            Some(_) => return Err("`severity` must be high or medium".to_owned()),
        };
        Ok(Detector { id: self.id.clone(), severity, in_binaries: self.in_binaries, shape: self.shape()? })
    }

    fn shape(&self) -> Result<Shape, String> {
        let has_length = self.length.is_some() || self.at_least.is_some() || !self.keywords.is_empty();
        if has_length && self.characters.is_none() {
            return Err("`length`, `at-least` and `keywords` have no effect without `characters`".to_owned());
        }
        match (self.characters, &self.pattern, &self.check) {
            (Some(characters), None, None) => {
                let (least, is_exact) = match (self.length, self.at_least) {
                    (Some(length), None) => (length, true),
                    (None, Some(least)) => (least, false),
                    _ => return Err("`characters` needs either `length` or `at-least`".to_owned()),
                };
                if !(LEAST..TOKEN).contains(&least) {
                    return Err(format!("`length` and `at-least` must be {LEAST} to {}", TOKEN - 1));
                }
                if self.keywords.iter().any(String::is_empty) {
                    return Err("`keywords` must not be empty".to_owned());
                }
                Ok(Shape::Run { characters, least, is_exact, keywords: self.keywords.clone() })
            }
            (None, Some(pattern), None) => {
                let anchored = format!(r"\A(?:{pattern})");
                let pattern = RegexBuilder::new(&anchored).unicode(false).size_limit(PATTERN).build();
                pattern.map(Shape::Pattern).map_err(|error| {
                    let said = error.to_string();
                    let last = said.lines().next_back().unwrap_or_default();
                    format!("`pattern`: {}", last.trim_start_matches("error: "))
                })
            }
            (None, None, Some(name)) => {
                CHECKS.iter().find(|check| check.name == name).map(Shape::Check).ok_or_else(|| {
                    let known: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
                    format!("`{name}` is not a check; the checks are {}", known.join(", "))
                })
            }
            _ => Err("it needs one of `characters`, `pattern` and `check`".to_owned()),
        }
    }
}

/// What is wrong with the detectors of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectorFault {
    /// The file is not valid TOML.
    #[error("{0}")]
    Syntax(String),
    /// Something is wrong with all of its detectors.
    #[error("`secret`: {0}")]
    List(String),
    /// One of them is invalid.
    #[error("secret {number}{}: {why}", .id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default())]
    Detector {
        /// The number of its table in the file, from 1.
        number: usize,
        /// Its ID, if it has one.
        id: Option<String>,
        /// Why it is invalid.
        why: String,
    },
}

/// The detectors of a file, ready to search.
pub struct Detectors {
    all: Vec<Detector>,
    /// The detector and the length of each prefix.
    prefixes: Vec<(usize, usize)>,
    finder: AhoCorasick,
    /// The SHA-256 of the file.
    fingerprint: String,
}

/// The user's own detectors. They have a finder of their own, so that a longer prefix cannot hide a built-in one.
static OWN: OnceLock<Detectors> = OnceLock::new();

/// Adds detectors to the built-in ones, for every search and redaction of this process. Only the first call has an effect.
pub fn add_detectors(own: Detectors) {
    if !own.all.is_empty() {
        OWN.get_or_init(|| own);
    }
}

impl Detectors {
    pub(super) fn built_in() -> &'static Self {
        static DETECTORS: OnceLock<Detectors> = OnceLock::new();
        DETECTORS.get_or_init(|| Self::read(BUILT_IN).expect("the built-in detectors are valid"))
    }

    pub(super) fn own() -> Option<&'static Self> {
        OWN.get()
    }

    /// Differs for different detectors.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Reads the `[[secret]]` tables of a file and ignores everything else in it.
    ///
    /// # Errors
    /// All errors in these tables, one for each.
    pub fn read(file: &str) -> Result<Self, Vec<DetectorFault>> {
        let fingerprint = Digest::encode(&sha256(file.as_bytes()));
        let file: Table = file.parse().map_err(|error| vec![DetectorFault::Syntax(syntax(&error))])?;
        let tables = match file.get("secret") {
            None => &[][..],
            Some(Value::Array(tables)) => tables,
            Some(_) => return Err(vec![DetectorFault::List("it must be a list of tables: `[[secret]]`".to_owned())]),
        };
        let (mut all, mut prefixes, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        let mut texts: Vec<String> = Vec::new();
        for (number, table) in (1..).zip(tables) {
            match read_detector(table, &texts) {
                Ok((detector, own)) => {
                    prefixes.extend(own.iter().map(|prefix| (all.len(), prefix.len())));
                    texts.extend(own);
                    all.push(detector);
                }
                Err(why) => {
                    let id = table.get("id").and_then(Value::as_str).map(|id| id.chars().take(ID).collect());
                    faults.push(DetectorFault::Detector { number, id, why });
                }
            }
            if texts.len() > MOST {
                faults.push(DetectorFault::List(format!("there are more than {MOST} prefixes")));
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        // The DFA is faster, but its memory grows with the prefixes.
        let kind = (texts.len() <= 200).then_some(AhoCorasickKind::DFA);
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(kind).build(&texts);
        let finder = finder.map_err(|error| vec![DetectorFault::List(error.to_string())])?;
        Ok(Self { all, prefixes, finder, fingerprint })
    }

    /// The prefixes in some bytes: where each begins, how long it is, and its detector.
    pub(super) fn prefixes_in(&'static self, bytes: &[u8]) -> impl Iterator<Item = (usize, usize, &'static Detector)> {
        self.finder.find_iter(bytes).filter_map(|found| {
            let &(detector, len) = self.prefixes.get(found.pattern().as_usize())?;
            Some((found.start(), len, self.all.get(detector)?))
        })
    }
}

/// A detector, and its prefixes, which no earlier one may have.
fn read_detector(table: &Value, earlier: &[String]) -> Result<(Detector, Vec<String>), String> {
    let text: DetectorText =
        table.clone().try_into().map_err(|error: toml::de::Error| error.message().replace('\n', " "))?;
    match text.prefixes.iter().find(|prefix| earlier.contains(prefix)) {
        Some(_) => Err("an earlier detector has the same prefix".to_owned()),
        None => Ok((text.detector()?, text.prefixes)),
    }
}

/// `TOML parse error at line 2, column 5: …`.
fn syntax(error: &toml::de::Error) -> String {
    let text = error.to_string();
    format!("{}: {}", text.lines().next().unwrap_or_default(), error.message().replace('\n', ", "))
}

#[cfg(test)]
#[path = "detectors_tests.rs"]
mod tests;
