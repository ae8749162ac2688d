//! The three rules of `dive`'s `.dive-ci` (v0.13.1), checked with its own figures and comparisons, so that migrating does
//! not change a verdict. A rule that the file leaves out keeps its default; a value at the limit passes; NaN (a single
//! layer has no user bytes) passes, infinity fails; an invalid limit fails.

use super::{Case, Measure, RuleResult, Verdict};
use crate::format::parse_size;

/// A limit as written.
#[derive(Clone, Debug, PartialEq)]
pub enum DiveLimit {
    /// `disabled`.
    Off,
    /// A number of bytes, or a fraction.
    At(Measure),
    /// Invalid: dive calls the rule misconfigured and fails.
    Unreadable(String),
}

/// The limits.
#[derive(Clone, Debug, PartialEq)]
pub struct DiveRules {
    lowest_efficiency: DiveLimit,
    highest_wasted_bytes: DiveLimit,
    highest_user_wasted_percent: DiveLimit,
}

impl Default for DiveRules {
    fn default() -> Self {
        Self {
            lowest_efficiency: DiveLimit::At(Measure::Fraction(0.9)),
            highest_wasted_bytes: DiveLimit::Off,
            highest_user_wasted_percent: DiveLimit::At(Measure::Fraction(0.1)),
        }
    }
}

impl DiveRules {
    /// Sets a rule by its name in `.dive-ci`; returns whether there is one. Case is ignored, as in dive.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        if name.eq_ignore_ascii_case("lowestEfficiency") {
            self.lowest_efficiency = fraction(value);
        } else if name.eq_ignore_ascii_case("highestWastedBytes") {
            self.highest_wasted_bytes = bytes(value);
        } else if name.eq_ignore_ascii_case("highestUserWastedPercent") {
            self.highest_user_wasted_percent = fraction(value);
        } else {
            return false;
        }
        true
    }

    #[expect(clippy::cast_precision_loss, reason = "dive compares as floats too")]
    pub(super) fn judge(&self, case: &Case<'_>) -> [RuleResult; 3] {
        let dive = case.dive;
        [
            judged(
                "dive-lowest-efficiency",
                "dive's efficiency is at or above the limit",
                Measure::Fraction(dive.efficiency),
                &self.lowest_efficiency,
                |limit| limit > dive.efficiency,
            ),
            judged(
                "dive-highest-wasted-bytes",
                "dive's wasted bytes are at or below the limit",
                Measure::Bytes(dive.wasted_bytes),
                &self.highest_wasted_bytes,
                |limit| dive.wasted_bytes as f64 > limit,
            ),
            judged(
                "dive-highest-user-wasted-percent",
                "dive's share of wasted bytes above the lowest layer is at or below the limit",
                Measure::Fraction(dive.user_wasted_percent),
                &self.highest_user_wasted_percent,
                |limit| dive.user_wasted_percent > limit,
            ),
        ]
    }
}

fn fraction(value: &str) -> DiveLimit {
    if value == "disabled" {
        return DiveLimit::Off;
    }
    match value.parse::<f64>() {
        Ok(limit) if (0.0..=1.0).contains(&limit) => DiveLimit::At(Measure::Fraction(limit)),
        _ => DiveLimit::Unreadable(value.to_owned()),
    }
}

fn bytes(value: &str) -> DiveLimit {
    if value == "disabled" {
        return DiveLimit::Off;
    }
    parse_size(value)
        .map_or_else(|| DiveLimit::Unreadable(value.to_owned()), |limit| DiveLimit::At(Measure::Bytes(limit)))
}

#[expect(clippy::cast_precision_loss, reason = "dive compares as floats too")]
fn judged(
    rule: &'static str,
    asks: &'static str,
    saw: Measure,
    limit: &DiveLimit,
    broken: impl Fn(f64) -> bool,
) -> RuleResult {
    let (verdict, limit) = match limit {
        DiveLimit::Off => (Verdict::Skipped, Measure::Words("disabled".to_owned())),
        DiveLimit::Unreadable(text) => (Verdict::Fail, Measure::Words(format!("`{text}` (not a number)"))),
        DiveLimit::At(limit) => {
            let number = match limit {
                Measure::Bytes(bytes) => *bytes as f64,
                Measure::Fraction(fraction) => *fraction,
                _ => f64::NAN,
            };
            (if broken(number) { Verdict::Fail } else { Verdict::Pass }, limit.clone())
        }
    };
    RuleResult { rule, asks, verdict, saw, limit, note: String::new(), places: Vec::new(), more_places: 0 }
}
