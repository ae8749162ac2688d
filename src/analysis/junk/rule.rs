//! A rule about junk, as it is written and as it is held against an image.

use regex::{Regex, RegexBuilder};

use crate::analysis::Globs;
use crate::image::EntryPath;

use super::JunkLook;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JunkSeverity {
    /// Some bytes.
    Low,
    /// Many bytes, and easily avoided.
    Medium,
    /// More than bytes: it tells what was not meant to be told.
    High,
}

impl JunkSeverity {
    /// The name that rules and JSON have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The severity of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|severity| severity.name() == name)
    }
}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JunkText {
    /// What it is silenced by.
    pub id: String,
    /// What was found, in a few words.
    pub what: String,
    /// What to do.
    pub mend: String,
    /// What it looks at.
    pub look: JunkLook,
    /// Patterns; one without a slash is about names in every folder. A look that has none is about every file.
    pub paths: Vec<String>,
    /// Patterns that are none of it.
    pub except: Vec<String>,
    /// Only where a file of this suffix lies in the folder above, under the same first name.
    pub beside: Option<String>,
    /// Only where there is more than this; of what, depends on the look.
    pub more_than: u64,
    /// And only where that is a larger part of all than so many hundredths.
    pub percent: u64,
    /// What a step says, as a regular expression.
    pub step: Option<String>,
    /// What a step says that is none of it, as a regular expression.
    pub unless: Option<String>,
}

/// Bytes that a regular expression may come to.
const LARGEST: usize = 1 << 20;

/// The last line of a message: those before draw the pattern.
fn why(error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// A rule.
#[derive(Clone, Debug)]
pub struct JunkRule {
    /// As it is written.
    pub text: JunkText,
    /// How bad it is.
    pub severity: JunkSeverity,
    pub(super) paths: Globs,
    pub(super) except: Globs,
    step: Option<Regex>,
    unless: Option<Regex>,
}

impl JunkRule {
    /// Reads a rule's patterns.
    ///
    /// # Errors
    /// The first field that holds what is none, and why.
    pub fn new(text: JunkText, severity: JunkSeverity) -> Result<Self, (&'static str, String)> {
        let globs = |field, list: &[String]| Globs::read(list).map_err(|why| (field, why));
        let (paths, except) = (globs("paths", &text.paths)?, globs("except", &text.except)?);
        let regex = |field, pattern: &Option<String>| match pattern {
            None => Ok(None),
            Some(pattern) => {
                RegexBuilder::new(pattern).size_limit(LARGEST).build().map(Some).map_err(|error| (field, why(&error)))
            }
        };
        let (step, unless) = (regex("step", &text.step)?, regex("unless", &text.unless)?);
        Ok(Self { text, severity, paths, except, step, unless })
    }

    /// Whether a step is one of its, by what it says.
    pub(super) fn is_about_step(&self, said: &str) -> bool {
        let says = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(said));
        says(&self.step) && !says(&self.unless)
    }

    /// Whether a path is one of its: where it has patterns, of them.
    pub(super) fn is_about(&self, path: &EntryPath) -> bool {
        (self.paths.is_empty() || self.paths.matches(path)) && !self.except.matches(path)
    }
}
