//! Checks an image against rules.
//!
//! ```text
//! flags, .layerscope.toml, .dive-ci ──▶ Rules ─┐
//! image, union, analysis, baseline ───▶ Case ──┴─ judge ──▶ Judgement: the result of each rule, with its places
//! ```
//!
//! A value exactly at the limit passes. Only rules that are set are checked, and always whether the image is complete,
//! since figures of a part of an image prove nothing.

mod dive;
mod judge;
mod rules;
mod secrets;

pub use dive::{DiveLimit, DiveRules};
pub use judge::judge;
pub use rules::{RuleFault, RuleValue, Rules};

use crate::analysis::Analysis;
use crate::analysis::Globs;
pub use crate::analysis::Severity;
use crate::dive::Dive;
use crate::image::{Completeness, EntryPath, Image, LayerNumber, Step};
pub use crate::lint::{JunkHit, JunkLook, JunkPlace, JunkRule, JunkText};
use crate::secrets::Secrets;
use crate::union::Union;

/// An image and what is known about it.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// Its documents.
    pub image: &'a Image,
    /// Its merged layers.
    pub union: &'a Union,
    /// What could not be read of it.
    pub completeness: &'a Completeness,
    /// The accounts; no rule depends on how waste is split.
    pub analysis: &'a Analysis,
    /// The figures of `dive`, if a rule needs them.
    pub dive: &'a Dive,
    /// The secrets found in it, if a rule needs them.
    pub secrets: &'a Secrets,
    /// The junk found in it, if a rule needs it; without what is ignored.
    pub junk: &'a [JunkHit],
    /// The image that growth is measured from.
    pub baseline: Option<&'a Baseline>,
}

/// The image that growth is measured from, and new secrets.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// Bytes of all files of all its layers.
    pub total_bytes: u64,
    /// The secrets that it does not have, if a rule needs them.
    pub new_secrets: Option<Secrets>,
}

/// The outcome of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Pass,
    /// It fails.
    Fail,
    /// It is turned off.
    Skipped,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// A measured value or a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Bytes.
    Bytes(u64),
    /// A fraction of a whole. Infinite or NaN where `dive` divides by zero.
    Fraction(f64),
    /// A number of things.
    Count(u64),
    /// Anything else, in words.
    Words(String),
}

/// Where a rule fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The layer, if any.
    pub layer: Option<LayerNumber>,
    /// The step of the history, if it is not the one that made the layer.
    pub step: Option<usize>,
    /// The path, if any.
    pub path: Option<EntryPath>,
    /// The size, if the rule is about sizes.
    pub bytes: Option<u64>,
    /// What is wrong there, in a few words.
    pub what: String,
}

impl Violation {
    /// The step of the build that it comes from, if that is known.
    #[must_use]
    pub fn step<'a>(&self, image: &'a Image) -> Option<&'a Step> {
        self.step.and_then(|number| image.step(number)).or_else(|| image.step_of(self.layer?))
    }
}

/// The result of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    /// Its name in configurations.
    pub rule: &'static str,
    /// What it requires, in a few words.
    pub asks: &'static str,
    /// The outcome.
    pub verdict: Verdict,
    /// The measured value.
    pub saw: Measure,
    /// The limit.
    pub limit: Measure,
    /// How many secrets there are and what was not checked by design; otherwise empty.
    pub note: String,
    /// Where it fails, worst first; at most [`MOST_PLACES`].
    pub places: Vec<Violation>,
    /// The number of violations that are not listed.
    pub more_places: usize,
}

/// The limit on violations reported per rule.
pub const MOST_PLACES: usize = 100;

/// The results of all rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// In a fixed order.
    pub rules: Vec<RuleResult>,
}

impl Judgement {
    /// The number of rules with this outcome.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rules.iter().filter(|judged| judged.verdict == verdict).count()
    }

    /// Whether no rule failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.count(Verdict::Fail) == 0
    }
}
