//! Junk rules: the built-in ones, and those of a `.layerscope.toml`.

use toml::{Table, Value};

use super::{ConfigFault, unknown, where_and_what};
use crate::check::{JunkLook, JunkRule, JunkText, Severity};

/// The built-in rules, and their documentation.
pub const JUNK: &str = include_str!("../../assets/junk.toml");

/// Keys that every rule has.
const COMMON: [&str; 5] = ["id", "severity", "what", "look", "fix"];
/// Keys that a rule may have if its `look` uses them.
const OTHERS: [&str; 7] = ["paths", "except", "beside", "more-than", "percent", "step", "unless"];

/// Reads the `[[junk]]` tables of a file and ignores everything else in it.
///
/// # Errors
/// All errors in these tables.
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
                faults.push(ConfigFault::Sort { name: format!("junk {}.id", at + 1), expected: "unique" });
            }
            Ok(Ok(rule)) => rules.push(rule),
            Ok(Err(more)) => faults.extend(more),
            Err(()) => faults.push(ConfigFault::Sort { name: format!("junk {}", at + 1), expected: "a table" }),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// The fields of one rule, and the errors in them.
struct Fields<'a> {
    table: &'a Table,
    prefix: String,
    faults: Vec<ConfigFault>,
}

impl Fields<'_> {
    fn sort(&mut self, name: &str, expected: &'static str) {
        self.faults.push(ConfigFault::Sort { name: format!("{}{name}", self.prefix), expected });
    }

    fn wrong(&mut self, name: &str, why: String) {
        self.faults.push(ConfigFault::Wrong { name: format!("{}{name}", self.prefix), why });
    }

    /// A string that is required.
    fn word(&mut self, name: &str) -> String {
        match self.table.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.sort(name, "a string");
                String::new()
            }
        }
    }

    /// A value that is optional, if it has the expected type.
    fn may<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>, expected: &'static str) -> Option<T> {
        let value = self.table.get(name).map(read);
        if matches!(value, Some(None)) {
            self.sort(name, expected);
        }
        value.flatten()
    }

    fn list(&mut self, name: &str) -> Vec<String> {
        let read = |value: &Value| value.as_array()?.iter().map(text_of).collect::<Option<Vec<_>>>();
        self.may(name, read, "a list of glob patterns, each in quotes").unwrap_or_default()
    }

    fn number(&mut self, name: &str) -> u64 {
        let read = |value: &Value| u64::try_from(value.as_integer()?).ok();
        self.may(name, read, "a whole number, 0 or more").unwrap_or_default()
    }

    fn look(&mut self) -> JunkLook {
        let Some(name) = self.may("look", text_of, "a string") else {
            return JunkLook::Paths;
        };
        JunkLook::of_name(&name).unwrap_or_else(|| {
            let known: Vec<_> = JunkLook::ALL.iter().map(|look| look.name()).collect();
            self.wrong("look", format!("`{name}` is not a look; the looks are {}", known.join(", ")));
            JunkLook::Paths
        })
    }

    /// Refuses fields that no rule has, and those that this rule's look does not use.
    fn known_only(&mut self, look: JunkLook) {
        for name in self.table.keys().map(String::as_str).filter(|name| !COMMON.contains(name)) {
            if !OTHERS.contains(&name) {
                self.faults.push(unknown(&self.prefix, name, COMMON.into_iter().chain(OTHERS)));
            } else if !look.fields().contains(&name) {
                let name = format!("{}{name}", self.prefix);
                let why = format!("it has no effect with `look = \"{}\"`", look.name());
                self.faults.push(ConfigFault::Wrong { name, why });
            }
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn rule(number: usize, table: &Table) -> Result<JunkRule, Vec<ConfigFault>> {
    let mut fields = Fields { table, prefix: format!("junk {number}."), faults: Vec::new() };
    let look = fields.look();
    fields.known_only(look);
    let severity = fields.word("severity");
    let known = Severity::of_name(&severity);
    if known.is_none() && !severity.is_empty() {
        fields.sort("severity", "`low`, `medium` or `high`");
    }
    let text = JunkText {
        id: fields.word("id"),
        what: fields.word("what"),
        fix: fields.word("fix"),
        look,
        paths: fields.list("paths"),
        except: fields.list("except"),
        beside: fields.may("beside", text_of, "a string: the extension of a file name"),
        more_than: fields.number("more-than"),
        percent: fields.number("percent"),
        step: fields.may("step", text_of, "a regular expression in quotes"),
        unless: fields.may("unless", text_of, "a regular expression in quotes"),
    };
    let lacks_paths = text.paths.is_empty() && table.get("paths").is_none_or(Value::is_array);
    // Do not report missing keys if the look itself is unknown.
    let looks_at_paths = table.get("look").is_none_or(|value| value.as_str() == Some(JunkLook::Paths.name()));
    if looks_at_paths && lacks_paths {
        fields.sort("paths", "a list of glob patterns, each in quotes");
    }
    if look == JunkLook::Steps && !table.contains_key("step") {
        fields.sort("step", "a regular expression in quotes");
    }
    let Fields { prefix, faults, .. } = fields;
    let Some(severity) = known.filter(|_| faults.is_empty()) else { return Err(faults) };
    JunkRule::new(text, severity)
        .map_err(|(field, why)| vec![ConfigFault::Wrong { name: format!("{prefix}{field}"), why }])
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
        let text = "[[junk]]\nid = \"x\"\nwhat = \"y\"\nseverty = \"low\"\npaths = \"*.x\"\nfix = 3\n";
        let faults: Vec<_> = junk_rules(text).expect_err("faults").iter().map(ToString::to_string).collect();
        let all = faults.join("; ");
        for part in ["junk 1.severty", "did you mean `junk 1.severity`?", "`junk 1.fix`", "`junk 1.paths`"] {
            assert!(all.contains(part), "{part}: {all}");
        }
        let own = |look: &str, more: &str| {
            let common = "[[junk]]\nid = \"x\"\nwhat = \"y\"\nseverity = \"low\"\nfix = \"z\"\n";
            junk_rules(&format!("{common}look = \"{look}\"\n{more}"))
                .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        assert!(own("debug", "more-than = 5").is_ok());
        assert!(
            own("debugs", "").is_err_and(|why| why.contains("`debugs` is not a look; the looks are paths, debug")
                && !why.contains("junk 1.paths"))
        );
        assert!(
            own("debug", "beside = \"py\"").is_err_and(|why| why.contains("it has no effect with `look = \"debug\"`"))
        );
        assert!(own("debug", "more-than = -1").is_err_and(|why| why.contains("junk 1.more-than")));
        assert!(own("steps", "").is_err_and(|why| why.contains("junk 1.step")));
        assert!(own("steps", "step = \"a(\"").is_err_and(|why| why.contains("junk 1.step") && !why.contains('\n')));
        assert!(own("paths", "").is_err_and(|why| why.contains("junk 1.paths")));
        assert!(own("debug", "except = [\"a[\"]").is_err_and(|why| why.contains("junk 1.except")));
        assert!(junk_rules("junk = 3").is_err() && junk_rules("[check]\n").is_ok_and(|rules| rules.is_empty()));
    }
}
