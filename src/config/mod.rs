//! Configuration: the defaults, which are one TOML file embedded in the binary, and a user's file on top.
//!
//! This module checks names and types against the defaults. The screen interprets the keys and colours.

mod junk;
mod rules;
mod state;

use std::collections::BTreeMap;

use toml::{Table, Value};

pub use junk::{JUNK, junk_rules};
pub use rules::{dive_rules, rules};
pub use state::SavedState;

/// The defaults, and their documentation.
pub const DEFAULT: &str = include_str!("../../assets/default-config.toml");

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// It is not valid TOML.
    #[error("invalid TOML: {0}")]
    Syntax(String),
    /// It is not YAML with rules.
    #[error("invalid `.dive-ci`: {0}")]
    Dive(String),
    /// A name that the defaults do not have.
    #[error("unknown setting `{name}`{}", .near.as_ref().map(|near| format!(": did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// A similar name that exists, if any.
        near: Option<String>,
    },
    /// A value that is invalid for its name.
    #[error("`{name}`: {why}")]
    Wrong {
        /// The name.
        name: String,
        /// Why.
        why: String,
    },
    /// A value of the wrong type.
    #[error("`{name}` must be {expected}")]
    Sort {
        /// Which.
        name: String,
        /// What it must be.
        expected: &'static str,
    },
}

/// Keys and colours as words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserConfig {
    /// The keys of every action, by the action's name.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The style of everything that has one, by its name.
    pub colors: BTreeMap<String, String>,
    /// Which theme.
    pub theme: String,
    /// Whether the screen uses the mouse.
    pub mouse: bool,
    /// Whether secrets and junk are searched for before their views are opened.
    pub search: bool,
    /// Whether only ASCII is drawn; `None` to follow the locale.
    pub ascii: Option<bool>,
    /// The styles of every built-in theme, by their names.
    themes: BTreeMap<String, BTreeMap<String, String>>,
    /// The styles that the user's file names.
    own_colors: BTreeMap<String, String>,
}

impl UserConfig {
    /// The defaults, overridden by a user's file.
    ///
    /// # Errors
    /// All errors in the user's file.
    pub fn read(user: Option<&str>) -> Result<Self, Vec<ConfigFault>> {
        Self::read_over([], user)
    }

    /// The same, with keys of actions that the defaults may leave out.
    ///
    /// # Errors
    /// All errors in the user's file.
    pub fn read_over<'a>(
        keys: impl IntoIterator<Item = (&'a str, String)>,
        user: Option<&str>,
    ) -> Result<Self, Vec<ConfigFault>> {
        let keys = keys.into_iter().map(|(action, key)| (action.to_owned(), vec![key])).collect();
        let mut config = Self { keys, ..Self::default() };
        config.apply(DEFAULT, false)?;
        if let Some(text) = user {
            config.apply(text, true)?;
        }
        Ok(config)
    }

    /// The styles of a theme, overridden by the user's. An unknown theme has the default styles.
    #[must_use]
    pub fn palette(&self, theme: &str) -> BTreeMap<String, String> {
        let mut palette = if theme == "none" { BTreeMap::new() } else { self.colors.clone() };
        palette.extend(self.themes.get(theme).cloned().unwrap_or_default());
        palette.extend(self.own_colors.clone());
        palette
    }

    fn is_theme(&self, name: &str) -> bool {
        matches!(name, "auto" | "none") || self.themes.contains_key(name)
    }

    /// Applies a file; unknown names are refused if `known_only` is set.
    fn apply(&mut self, text: &str, known_only: bool) -> Result<(), Vec<ConfigFault>> {
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| vec![ConfigFault::Syntax(where_and_what(text, &error))])?;
        let mut faults = Vec::new();
        for (name, value) in table {
            match (name.as_str(), value) {
                ("keys", Value::Table(keys)) => {
                    let keys = keys.into_iter().map(|(action, keys)| (renamed(action), keys)).collect();
                    apply_table(
                        "keys",
                        keys,
                        &mut self.keys,
                        known_only,
                        key_list,
                        "a list of keys, each in quotes",
                        &mut faults,
                    );
                }
                ("theme", Value::String(theme)) if !known_only || self.is_theme(&theme) => self.theme = theme,
                ("theme", _) => faults.push(ConfigFault::Sort { name, expected: THEMES }),
                ("mouse", Value::Boolean(mouse)) => self.mouse = mouse,
                ("search", Value::Boolean(search)) => self.search = search,
                ("mouse" | "search", _) => faults.push(ConfigFault::Sort { name, expected: "true or false" }),
                ("ascii", Value::Boolean(ascii)) => self.ascii = Some(ascii),
                ("ascii", Value::String(word)) if word == "auto" => self.ascii = None,
                ("ascii", _) => faults.push(ConfigFault::Sort { name, expected: "true, false or \"auto\"" }),
                ("themes", Value::Table(themes)) if !known_only => {
                    for (theme, colors) in themes {
                        let Value::Table(colors) = colors else { continue };
                        let onto = self.themes.entry(theme).or_default();
                        apply_table("themes", colors, onto, false, words, "a string", &mut faults);
                    }
                }
                ("colors", Value::Table(colors)) => {
                    if known_only {
                        let own = colors.iter().filter_map(|(role, style)| Some((role.clone(), words(style.clone())?)));
                        self.own_colors.extend(own);
                    }
                    apply_table("colors", colors, &mut self.colors, known_only, words, "a string", &mut faults);
                }
                ("keys" | "colors", _) => faults.push(ConfigFault::Sort { name, expected: "a table" }),
                _ => {
                    let known = ["keys", "colors", "theme", "mouse", "search", "ascii"];
                    faults.push(unknown("", &name, known.into_iter()));
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// The names that actions had before, and the names that they have now.
const RENAMED: &[(&str, &str)] = &[("compare", "combine"), ("compare-base", "combine-above-base")];

fn renamed(action: String) -> String {
    RENAMED.iter().find(|(before, _)| *before == action).map_or(action, |(_, now)| (*now).to_owned())
}

/// The names of themes, for messages.
const THEMES: &str = "one of \"auto\", \"dark\", \"light\", \"high-contrast\" and \"none\"";

fn apply_table<T>(
    table: &str,
    from: Table,
    onto: &mut BTreeMap<String, T>,
    known_only: bool,
    read: impl Fn(Value) -> Option<T>,
    expected: &'static str,
    faults: &mut Vec<ConfigFault>,
) {
    for (name, value) in from {
        if known_only && !onto.contains_key(&name) {
            faults.push(unknown(&format!("{table}."), &name, onto.keys().map(String::as_str)));
            continue;
        }
        match read(value) {
            Some(value) => {
                onto.insert(name, value);
            }
            None => faults.push(ConfigFault::Sort { name: format!("{table}.{name}"), expected }),
        }
    }
}

/// A list of words, or a single word.
fn key_list(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.into_iter().map(words).collect(),
        other => words(other).map(|key| vec![key]),
    }
}

fn words(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn unknown<'a>(table: &str, name: &str, known: impl Iterator<Item = &'a str>) -> ConfigFault {
    let near =
        known.map(|other| (strsim::levenshtein(name, other), other)).min().filter(|(distance, _)| *distance <= 2);
    ConfigFault::Unknown { name: format!("{table}{name}"), near: near.map(|(_, near)| format!("{table}{near}")) }
}

/// The parser's message on one line, with the number of the line in the file.
fn where_and_what(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(user: &str) -> Vec<String> {
        UserConfig::read(Some(user)).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        let config = UserConfig::read(None).expect("sound");
        assert_eq!(config.keys["quit"], ["q"]);
        assert_eq!(config.colors["added"], "green");
    }

    #[test]
    fn a_users_file_replaces_what_it_names_and_nothing_else() {
        let config = UserConfig::read(Some("keys.quit = ['x']\nkeys.help = []\ncolors.added = 'blue'")).expect("sound");
        assert_eq!((&config.keys["quit"][..], &config.keys["help"][..]), (&["x".to_owned()][..], &[][..]));
        assert_eq!(config.keys["down"], ["down", "j"]);
        assert_eq!(config.colors["added"], "blue");
    }

    #[test]
    fn an_action_is_known_by_the_name_that_it_had_before() {
        let config = UserConfig::read(Some("keys.compare = ['v']\nkeys.compare-base = []")).expect("sound");
        assert_eq!((&config.keys["combine"][..], config.keys["combine-above-base"].len()), (&["v".to_owned()][..], 0));
        assert!(!config.keys.contains_key("compare"));
    }

    #[test]
    fn a_theme_lies_over_the_usual_colours_and_a_users_own_over_both() {
        let config = UserConfig::read(Some("theme = 'dark'\n[colors]\nadded = 'blue'")).expect("sound");
        let palette = config.palette(&config.theme);
        assert_eq!(palette["added"], "blue");
        assert_eq!(palette["removed"], config.themes["dark"]["removed"]);
        assert_ne!(palette["removed"], config.colors["removed"]);
        assert_eq!(config.palette("auto"), config.colors);
        assert_eq!(config.palette("none").into_iter().collect::<Vec<_>>(), [("added".to_owned(), "blue".to_owned())]);
        assert!(config.themes.keys().all(|theme| THEMES.contains(&format!("{theme:?}"))));
    }

    #[test]
    fn ways_of_the_screen_are_checked_with_the_rest() {
        let config = UserConfig::read(Some("mouse = false\nascii = true")).expect("sound");
        assert_eq!((config.mouse, config.search, config.ascii), (false, true, Some(true)));
        assert!(!UserConfig::read(Some("search = false")).expect("sound").search);
        assert_eq!(UserConfig::read(Some("ascii = 'auto'")).expect("sound").ascii, None);
        assert_eq!(
            faults("ascii = 'yes'\nmouse = 1\nsearch = 'no'\ntheme = 'pink'\nthemes = 1"),
            [
                "`ascii` must be true, false or \"auto\"",
                "`mouse` must be true or false",
                "`search` must be true or false",
                &format!("`theme` must be {THEMES}"),
                "unknown setting `themes`: did you mean `theme`?",
            ]
        );
    }

    #[test]
    fn all_faults_of_a_file_are_told_at_once() {
        assert_eq!(
            faults("kees = 1\ncolors = 2\n[keys]\nqiut = ['q']\nhelp = 5\nfly = 'f'"),
            [
                "`colors` must be a table",
                "unknown setting `kees`: did you mean `keys`?",
                "unknown setting `keys.fly`",
                "`keys.help` must be a list of keys, each in quotes",
                "unknown setting `keys.qiut`: did you mean `keys.quit`?",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_toml_says_where() {
        let faults = faults("[keys]\nquit = [");
        assert!(faults.len() == 1 && faults[0].starts_with("invalid TOML: line 2: "), "{faults:?}");
    }
}
