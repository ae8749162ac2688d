//! Rules about junk: those that come with the program, and those of a `.layerscope.toml`.

use toml::{Table, Value};

use super::{ConfigFault, unknown, where_and_what};
use crate::check::{JunkRule, JunkSeverity, JunkText};

/// The rules that come with the program, and their documentation.
pub const JUNK: &str = include_str!("../../assets/junk.toml");

const NAMES: [&str; 7] = ["id", "severity", "what", "paths", "except", "beside", "mend"];

/// Reads the `[[junk]]` tables of a file; whatever else stands there is somebody else's.
///
/// # Errors
/// All faults of these tables.
pub fn junk_rules(text: &str) -> Result<Vec<JunkRule>, Vec<ConfigFault>> {
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| vec![ConfigFault::Syntax(where_and_what(text, &error))])?;
    let mut faults = Vec::new();
    let mut rules: Vec<JunkRule> = Vec::new();
    let list = match table.get("junk") {
        None => return Ok(rules),
        Some(Value::Array(list)) => list.as_slice(),
        Some(_) => {
            return Err(vec![ConfigFault::Sort { name: "junk".to_owned(), expected: "a list of tables: `[[junk]]`" }]);
        }
    };
    for (at, value) in list.iter().enumerate() {
        match value.as_table().ok_or(()).map(|table| rule(at + 1, table)) {
            Ok(Ok(rule)) if rules.iter().any(|other| other.text.id == rule.text.id) => {
                faults.push(ConfigFault::Sort { name: format!("junk {}.id", at + 1), expected: "another than before" });
            }
            Ok(Ok(rule)) => rules.push(rule),
            Ok(Err(more)) => faults.extend(more),
            Err(()) => faults.push(ConfigFault::Sort { name: format!("junk {}", at + 1), expected: "a table" }),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

fn rule(number: usize, table: &Table) -> Result<JunkRule, Vec<ConfigFault>> {
    let prefix = format!("junk {number}.");
    let mut faults: Vec<_> = table
        .keys()
        .filter(|key| !NAMES.contains(&key.as_str()))
        .map(|key| unknown(&prefix, key, NAMES.into_iter()))
        .collect();
    let mut sort = |name: &str, expected| faults.push(ConfigFault::Sort { name: format!("{prefix}{name}"), expected });
    let mut word = |name: &str| match table.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => {
            sort(name, "words in quotes");
            String::new()
        }
    };
    let (id, what, mend, severity) = (word("id"), word("what"), word("mend"), word("severity"));
    let list = |name: &str| -> Option<Vec<String>> {
        match table.get(name) {
            None => Some(Vec::new()),
            Some(value) => value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        }
    };
    let (paths, except) = (list("paths"), list("except"));
    if paths.as_ref().is_none_or(Vec::is_empty) {
        sort("paths", "a list of patterns, each in quotes");
    }
    if except.is_none() {
        sort("except", "a list of patterns, each in quotes");
    }
    let beside = table.get("beside").map(|value| value.as_str().map(str::to_owned));
    if beside == Some(None) {
        sort("beside", "a suffix in quotes");
    }
    let known = JunkSeverity::of_name(&severity);
    if known.is_none() && !severity.is_empty() {
        sort("severity", "`low`, `medium` or `high`");
    }
    let Some(severity) = known.filter(|_| faults.is_empty()) else { return Err(faults) };
    let text = JunkText {
        id,
        what,
        mend,
        paths: paths.unwrap_or_default(),
        except: except.unwrap_or_default(),
        beside: beside.flatten(),
    };
    JunkRule::new(text, severity).map_err(|why| vec![ConfigFault::Pattern { name: format!("{prefix}paths"), why }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_come_along_are_sound_and_each_has_its_own_id() {
        let rules = junk_rules(JUNK).expect("no fault");
        assert!(rules.len() >= 20, "{}", rules.len());
        assert!(rules.iter().all(|rule| rule.text.id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn all_faults_of_a_rule_are_told() {
        let text = "[[junk]]\nid = \"x\"\nwhat = \"y\"\nseverty = \"low\"\npaths = \"*.x\"\nmend = 3\n";
        let faults: Vec<_> = junk_rules(text).expect_err("faults").iter().map(ToString::to_string).collect();
        let all = faults.join("; ");
        for part in ["junk 1.severty", "did you mean `junk 1.severity`?", "`junk 1.mend`", "`junk 1.paths`"] {
            assert!(all.contains(part), "{part}: {all}");
        }
        assert!(junk_rules("junk = 3").is_err() && junk_rules("[check]\n").is_ok_and(|rules| rules.is_empty()));
    }
}
