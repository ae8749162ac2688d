//! Rules that an image is to keep, and what each of them saw.
//!
//! ```text
//! flags, .layerscope.toml, .dive-ci ──▶ Rules ─┐
//! image, union, analysis, baseline ───▶ Case ──┴─ judge ──▶ Judgement: a line a rule, with its places
//! ```
//!
//! Every comparison is strict: what is exactly at the limit keeps the rule. A rule that is not set is not judged, but for
//! one that always is: that everything could be read which the archive says the image holds, since a number from half an
//! image is no ground for a verdict.

mod dive;
mod judge;
mod rules;
mod secrets;

pub use dive::{DiveLimit, DiveRules};
pub use judge::judge;
pub use rules::{RuleFault, Rules, Setting};

use crate::analysis::Globs;
use crate::analysis::secrets::Secrets;
use crate::analysis::{Analysis, Dive};
pub use crate::analysis::{JunkHit, JunkLook, JunkPlace, JunkRule, JunkSeverity, JunkText};
use crate::image::{Completeness, EntryPath, Image, LayerNumber};
use crate::union::Union;

/// What is judged.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// What its documents say.
    pub image: &'a Image,
    /// Its layers, laid over each other.
    pub union: &'a Union,
    /// What could not be read of it.
    pub completeness: &'a Completeness,
    /// The accounts; how waste splits is asked by no rule.
    pub analysis: &'a Analysis,
    /// The figures of `dive`, where a rule asks about them.
    pub dive: &'a Dive,
    /// The secrets that were found in it, where a rule asks about them.
    pub secrets: &'a Secrets,
    /// The junk that was found in it, where a rule asks about it; nothing that is silenced.
    pub junk: &'a [JunkHit],
    /// What growth is measured from.
    pub baseline: Option<Baseline>,
}

/// The image that growth is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Bytes of all files of all its layers.
    pub total_bytes: u64,
}

/// How a rule ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Pass,
    /// It is broken.
    Fail,
    /// It was switched off where it would stand otherwise.
    Skipped,
}

impl Verdict {
    /// The name that JSON has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// What was seen, or what may be seen at most.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Bytes.
    Bytes(u64),
    /// A part of a whole; 1 is all of it. Infinite, or no number, where `dive` divides by zero.
    Fraction(f64),
    /// Things.
    Count(u64),
    /// Anything else, in words.
    Words(String),
}

/// Where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The layer, if it is one.
    pub layer: Option<LayerNumber>,
    /// The path, if it is one.
    pub path: Option<EntryPath>,
    /// Bytes, if they matter.
    pub bytes: Option<u64>,
    /// What is wrong there, in a few words.
    pub what: String,
}

/// What a rule saw, what its limit was, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Its name in configurations.
    pub rule: &'static str,
    /// What it asks for, in a few words.
    pub asks: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub saw: Measure,
    /// What the limit was.
    pub limit: Measure,
    /// What was not looked at by design; empty where there is nothing to say.
    pub note: String,
    /// Where it is broken, worst first; at most [`MOST_PLACES`].
    pub places: Vec<Place>,
    /// How many places more there are.
    pub more_places: usize,
}

/// Places that are told of one rule.
pub const MOST_PLACES: usize = 100;

/// All rules that were judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// In a fixed order.
    pub rules: Vec<Judged>,
}

impl Judgement {
    /// How many rules ended so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rules.iter().filter(|judged| judged.verdict == verdict).count()
    }

    /// Whether no rule is broken.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.count(Verdict::Fail) == 0
    }
}
