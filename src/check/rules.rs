//! The rules that can be set, by their names in configurations and flags.

use super::{DiveRules, Globs, Severity};
use crate::format::parse_size;

/// Which rules are set. The default sets none.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate rule")]
pub struct Rules {
    pub(super) lowest_efficiency: Option<f64>,
    pub(super) highest_wasted_bytes: Option<u64>,
    pub(super) highest_wasted_percent: Option<f64>,
    pub(super) highest_image_bytes: Option<u64>,
    pub(super) highest_layers: Option<u64>,
    pub(super) highest_layer_bytes: Option<u64>,
    pub(super) highest_file_bytes: Option<u64>,
    pub(super) highest_growth_bytes: Option<u64>,
    pub(super) highest_growth_percent: Option<f64>,
    pub(super) forbidden_paths: Globs,
    pub(super) required_paths: Globs,
    pub(super) forbid_setuid: bool,
    pub(super) allowed_setuid: Globs,
    pub(super) forbid_root: bool,
    pub(super) forbid_secrets: bool,
    pub(super) forbid_new_secrets: bool,
    pub(super) allowed_secrets: Globs,
    pub(super) fail_on_junk: Option<Severity>,
    pub(super) ignored_junk: Vec<String>,
    pub(super) allow_incomplete: bool,
    pub(super) dive: Option<DiveRules>,
}

/// A value in a configuration or flag.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleValue {
    /// `"20MB"`.
    Text(String),
    /// `0.9`.
    Number(f64),
    /// `20000000`.
    Whole(u64),
    /// `true`.
    Flag(bool),
    /// `["*.map"]`.
    List(Vec<String>),
}

/// An error in one rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// There is no rule of that name.
    #[error("`{0}` is not a rule")]
    Unknown(String),
    /// Its value is invalid.
    #[error("`{rule}` must be {must_be}")]
    Value {
        /// Which.
        rule: &'static str,
        /// What it must be.
        must_be: &'static str,
    },
    /// A glob is invalid.
    #[error("`{rule}`: {why}")]
    Pattern {
        /// Which.
        rule: &'static str,
        /// Why.
        why: String,
    },
}

const FRACTION: &str = "a fraction from 0 to 1";
const BYTES: &str = "a size such as `20MB` or `20MiB`, or a whole number of bytes";
const COUNT: &str = "a whole number";
const GLOBS: &str = "a list of glob patterns, each in quotes";
const SEVERITY: &str = "`low`, `medium` or `high`";
const FLAG: &str = "`true` or `false`";

impl Rules {
    /// The names of all rules, in the order in which they are judged.
    pub const NAMES: &'static [&'static str] = &[
        "lowest-efficiency",
        "highest-wasted-bytes",
        "highest-wasted-percent",
        "highest-image-bytes",
        "highest-layers",
        "highest-layer-bytes",
        "highest-file-bytes",
        "highest-growth-bytes",
        "highest-growth-percent",
        "forbidden-paths",
        "required-paths",
        "forbid-setuid",
        "allowed-setuid",
        "forbid-root",
        "forbid-secrets",
        "forbid-new-secrets",
        "allowed-secrets",
        "fail-on-junk",
        "ignored-junk",
        "allow-incomplete",
    ];

    /// The default: an efficiency of at least 90 %.
    #[must_use]
    pub fn defaults() -> Self {
        Self { lowest_efficiency: Some(0.9), ..Self::default() }
    }

    /// Only the rules of a `.dive-ci`.
    #[must_use]
    pub fn of_dive(dive: DiveRules) -> Self {
        Self { dive: Some(dive), ..Self::default() }
    }

    /// Sets a rule.
    ///
    /// # Errors
    /// If there is no such rule, or the value is invalid.
    pub fn set(&mut self, name: &str, setting: RuleValue) -> Result<(), RuleFault> {
        let Some(rule) = Self::NAMES.iter().copied().find(|rule| *rule == name) else {
            return Err(RuleFault::Unknown(name.to_owned()));
        };
        let wrong = |must_be| RuleFault::Value { rule, must_be };
        let fraction = |setting| fraction(setting).map(Some).ok_or(wrong(FRACTION));
        let bytes = |setting| bytes(setting).map(Some).ok_or(wrong(BYTES));
        let globs = |setting| match setting {
            RuleValue::List(globs) => Globs::read(globs).map_err(|why| RuleFault::Pattern { rule, why }),
            RuleValue::Text(glob) => Globs::read([glob]).map_err(|why| RuleFault::Pattern { rule, why }),
            _ => Err(wrong(GLOBS)),
        };
        let flag = |setting| if let RuleValue::Flag(flag) = setting { Ok(flag) } else { Err(wrong(FLAG)) };
        match rule {
            "lowest-efficiency" => self.lowest_efficiency = fraction(setting)?,
            "highest-wasted-bytes" => self.highest_wasted_bytes = bytes(setting)?,
            "highest-wasted-percent" => self.highest_wasted_percent = fraction(setting)?,
            "highest-image-bytes" => self.highest_image_bytes = bytes(setting)?,
            "highest-layers" => match setting {
                RuleValue::Whole(layers) => self.highest_layers = Some(layers),
                _ => return Err(wrong(COUNT)),
            },
            "highest-layer-bytes" => self.highest_layer_bytes = bytes(setting)?,
            "highest-file-bytes" => self.highest_file_bytes = bytes(setting)?,
            "highest-growth-bytes" => self.highest_growth_bytes = bytes(setting)?,
            "highest-growth-percent" => self.highest_growth_percent = fraction(setting)?,
            "forbidden-paths" => self.forbidden_paths = globs(setting)?,
            "required-paths" => self.required_paths = globs(setting)?,
            "forbid-setuid" => self.forbid_setuid = flag(setting)?,
            "allowed-setuid" => self.allowed_setuid = globs(setting)?,
            "forbid-root" => self.forbid_root = flag(setting)?,
            "forbid-secrets" => self.forbid_secrets = flag(setting)?,
            "forbid-new-secrets" => self.forbid_new_secrets = flag(setting)?,
            "allowed-secrets" => self.allowed_secrets = globs(setting)?,
            "fail-on-junk" => match setting {
                RuleValue::Text(name) => {
                    self.fail_on_junk = Some(Severity::of_name(&name).ok_or(wrong(SEVERITY))?);
                }
                _ => return Err(wrong(SEVERITY)),
            },
            "ignored-junk" => match setting {
                RuleValue::List(ids) => self.ignored_junk = ids,
                RuleValue::Text(id) => self.ignored_junk = vec![id],
                _ => return Err(wrong("a list of rule ids, each in quotes")),
            },
            _ => self.allow_incomplete = flag(setting)?,
        }
        Ok(())
    }

    /// Which junk matters, if any: the least severity, and the ignored rules.
    #[must_use]
    pub fn junk(&self) -> Option<(Severity, &[String])> {
        self.fail_on_junk.map(|severity| (severity, self.ignored_junk.as_slice()))
    }

    /// Whether figures of `dive` are needed.
    #[must_use]
    pub fn need_dive(&self) -> bool {
        self.dive.is_some()
    }

    /// Whether the image must be searched for secrets.
    #[must_use]
    pub fn need_secrets(&self) -> bool {
        self.forbid_secrets || self.forbid_new_secrets
    }

    /// Whether the secrets of a baseline are needed.
    #[must_use]
    pub fn need_new_secrets(&self) -> bool {
        self.forbid_new_secrets
    }

    /// Whether a baseline is needed.
    #[must_use]
    pub fn need_baseline(&self) -> bool {
        self.highest_growth_bytes.is_some() || self.highest_growth_percent.is_some() || self.forbid_new_secrets
    }
}

#[expect(clippy::cast_precision_loss, reason = "only 0 and 1 are fractions")]
fn fraction(setting: RuleValue) -> Option<f64> {
    let number = match setting {
        RuleValue::Number(number) => number,
        RuleValue::Whole(whole) => whole as f64,
        RuleValue::Text(text) => match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
            None => text.parse().ok()?,
        },
        _ => return None,
    };
    (0.0..=1.0).contains(&number).then_some(number)
}

fn bytes(setting: RuleValue) -> Option<u64> {
    match setting {
        RuleValue::Whole(bytes) => Some(bytes),
        RuleValue::Text(text) => parse_size(&text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set_to_something_and_not_to_everything() {
        let settings = [
            RuleValue::Text("50%".to_owned()),
            RuleValue::Text("20MB".to_owned()),
            RuleValue::Whole(7),
            RuleValue::Flag(true),
            RuleValue::List(vec!["*.map".to_owned()]),
            RuleValue::Text("medium".to_owned()),
        ];
        for name in Rules::NAMES {
            let taken =
                settings.iter().filter(|setting| Rules::default().set(name, (*setting).clone()).is_ok()).count();
            assert!((1..settings.len()).contains(&taken), "{name}: {taken}");
        }
        assert_eq!(
            Rules::default().set("lowest_efficiency", RuleValue::Number(1.0)).map_err(|fault| fault.to_string()),
            Err("`lowest_efficiency` is not a rule".to_owned())
        );
        assert!(Rules::default().set("lowest-efficiency", RuleValue::Number(1.1)).is_err());
        assert!(Rules::default().set("lowest-efficiency", RuleValue::Number(f64::NAN)).is_err());
    }
}
