//! A rule about junk, as it is written and as it is held against an image.

use crate::analysis::Globs;

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
    /// Patterns; one without a slash is about names in every folder.
    pub paths: Vec<String>,
    /// Patterns that are none of it.
    pub except: Vec<String>,
    /// Only where a file of this suffix lies in the folder above, under the same first name.
    pub beside: Option<String>,
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
}

impl JunkRule {
    /// Reads a rule's patterns.
    ///
    /// # Errors
    /// The first that is none, and why.
    pub fn new(text: JunkText, severity: JunkSeverity) -> Result<Self, String> {
        let (paths, except) = (Globs::read(&text.paths)?, Globs::read(&text.except)?);
        Ok(Self { text, severity, paths, except })
    }
}
