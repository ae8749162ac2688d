//! A junk rule, as written and as applied to an image.

use regex::{Regex, RegexBuilder};

use crate::analysis::{Globs, Severity};
use crate::image::EntryPath;

use super::JunkLook;

/// A rule as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JunkText {
    /// The name that it is ignored by.
    pub id: String,
    /// What was found, in a few words.
    pub what: String,
    /// How to fix it.
    pub fix: String,
    /// What it looks at.
    pub look: JunkLook,
    /// Patterns; one without a slash matches names in every folder. A rule with a look and without patterns is about
    /// every file.
    pub paths: Vec<String>,
    /// Patterns that are excluded.
    pub except: Vec<String>,
    /// Only if a file with this suffix and the same base name is in the parent folder.
    pub beside: Option<String>,
    /// Only where there is more than this; of what, depends on the look.
    pub more_than: u64,
    /// And only if that is more than this many percent of everything.
    pub percent: u64,
    /// A regular expression on the text of a step.
    pub step: Option<String>,
    /// A regular expression on the text of a step that excludes it.
    pub unless: Option<String>,
}

/// The size limit of a compiled regular expression in bytes.
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
    /// The rule as written.
    pub text: JunkText,
    /// How bad it is.
    pub severity: Severity,
    pub(super) paths: Globs,
    pub(super) except: Globs,
    step: Option<Regex>,
    unless: Option<Regex>,
}

impl JunkRule {
    /// Compiles a rule's patterns.
    ///
    /// # Errors
    /// The first field with an invalid pattern, and why.
    pub fn new(text: JunkText, severity: Severity) -> Result<Self, (&'static str, String)> {
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

    /// Whether the rule matches a step, by its text.
    pub(super) fn is_about_step(&self, said: &str) -> bool {
        let says = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(said));
        says(&self.step) && !says(&self.unless)
    }

    /// Whether the rule matches a path, if it has patterns.
    pub(super) fn is_about(&self, path: &EntryPath) -> bool {
        (self.paths.is_empty() || self.paths.matches(path)) && !self.except.matches(path)
    }
}
