//! The rules of `layerscope check`: `.layerscope.toml`, and an existing `.dive-ci`.

use toml::{Table, Value};

use super::{ConfigFault, unknown, where_and_what};
use crate::check::{DiveRules, RuleFault, RuleValue, Rules};

/// Reads `.layerscope.toml`: a table `[check]` whose names are those of the rules.
///
/// # Errors
/// All errors in the file.
pub fn rules(text: &str) -> Result<Rules, Vec<ConfigFault>> {
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| vec![ConfigFault::Syntax(where_and_what(text, &error))])?;
    let mut rules = Rules::default();
    let mut faults = Vec::new();
    for (name, value) in table {
        match (name.as_str(), value) {
            ("check", Value::Table(table)) => {
                for (name, value) in table {
                    faults.extend(set(&mut rules, &name, value).err());
                }
            }
            ("check", _) => faults.push(ConfigFault::Sort { name, expected: "a table" }),
            // Read by `junk_rules` and by `secrets`.
            ("junk" | "secret", _) => {}
            _ => faults.push(unknown("", &name, ["check", "junk", "secret"].into_iter())),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

fn set(rules: &mut Rules, name: &str, value: Value) -> Result<(), ConfigFault> {
    let full = || format!("check.{name}");
    let setting = match value {
        Value::String(text) => RuleValue::Text(text),
        Value::Integer(number) => match u64::try_from(number) {
            Ok(number) => RuleValue::Whole(number),
            Err(_) => return Err(ConfigFault::Sort { name: full(), expected: "0 or more" }),
        },
        Value::Float(number) => RuleValue::Number(number),
        Value::Boolean(flag) => RuleValue::Flag(flag),
        Value::Array(list) => {
            let words: Option<Vec<_>> = list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            let fault = || ConfigFault::Sort { name: full(), expected: "a list of strings" };
            RuleValue::List(words.ok_or_else(fault)?)
        }
        _ => return Err(ConfigFault::Sort { name: full(), expected: "a number, a string, `true`, `false` or a list" }),
    };
    rules.set(name, setting).map_err(|fault| match fault {
        RuleFault::Unknown(name) => unknown("check.", &name, Rules::NAMES.iter().copied()),
        RuleFault::Value { must_be, .. } => ConfigFault::Sort { name: full(), expected: must_be },
        RuleFault::Pattern { why, .. } => ConfigFault::Wrong { name: full(), why },
    })
}

/// Reads a `.dive-ci`: YAML with a map `rules`. Rules it leaves out keep dive's defaults, as with dive itself; a name that
/// dive does not know is refused, since dive would silently ignore it.
///
/// # Errors
/// What is wrong with it.
pub fn dive_rules(text: &str) -> Result<DiveRules, Vec<ConfigFault>> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Flag(bool),
        Whole(u64),
        Number(f64),
        Text(String),
        Nothing(()),
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        rules: std::collections::BTreeMap<String, Scalar>,
    }
    let mut rules = DiveRules::default();
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(rules);
    }
    let file: File = serde_saphyr::from_str(text).map_err(|error| {
        let said = error.to_string();
        let first = said.lines().next().unwrap_or_default();
        vec![ConfigFault::Dive(first.strip_prefix("error: ").unwrap_or(first).to_owned())]
    })?;
    let mut faults = Vec::new();
    for (name, value) in file.rules {
        let value = match value {
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Whole(number) => number.to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) => text,
            Scalar::Nothing(()) => String::new(),
        };
        if !rules.set(&name, &value) {
            let known = ["lowestEfficiency", "highestWastedBytes", "highestUserWastedPercent"];
            faults.push(unknown("rules.", &name, known.into_iter()));
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}
