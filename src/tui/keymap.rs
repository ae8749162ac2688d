//! Which key does what. Bindings come from the configuration; all their errors are reported at once.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::action::{Action, ViewName};

/// A key as a terminal sends it, with its modifiers.
///
/// Shift is part of a letter (`G`), so it is only recorded for keys that are not letters (`shift-tab`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = event.code;
        if code == KeyCode::BackTab {
            (code, modifiers) = (KeyCode::Tab, modifiers | KeyModifiers::SHIFT);
        } else if matches!(code, KeyCode::Char(_)) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers }
    }
}

const NAMED: &[(&str, KeyCode, &str)] = &[
    ("up", KeyCode::Up, "↑"),
    ("down", KeyCode::Down, "↓"),
    ("left", KeyCode::Left, "←"),
    ("right", KeyCode::Right, "→"),
    ("pgup", KeyCode::PageUp, "pgup"),
    ("pgdn", KeyCode::PageDown, "pgdn"),
    ("home", KeyCode::Home, "home"),
    ("end", KeyCode::End, "end"),
    ("enter", KeyCode::Enter, "⏎"),
    ("esc", KeyCode::Esc, "esc"),
    ("tab", KeyCode::Tab, "tab"),
    ("space", KeyCode::Char(' '), "space"),
    ("backspace", KeyCode::Backspace, "backspace"),
    ("delete", KeyCode::Delete, "delete"),
    ("insert", KeyCode::Insert, "insert"),
];

const HELD: &[(&str, KeyModifiers)] =
    &[("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

impl FromStr for Key {
    type Err = ();

    /// Parses `q`, `G`, `ctrl-c`, `shift-tab`, `pgdn`, `f1`, `space`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((name, held)) = HELD.iter().find(|(name, _)| rest.len() > name.len() && rest.starts_with(name)) {
            modifiers |= *held;
            rest = &rest[name.len()..];
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() && letter != ' ' => KeyCode::Char(letter),
            _ => named(rest).ok_or(())?,
        };
        // A terminal does not report shift for a letter, so such a binding would never match.
        let letter = matches!(code, KeyCode::Char(_));
        if letter && modifiers.contains(KeyModifiers::SHIFT) {
            return Err(());
        }
        Ok(Self { code, modifiers })
    }
}

fn named(text: &str) -> Option<KeyCode> {
    let function =
        text.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|number| (1..=12).contains(number));
    function.map(KeyCode::F).or_else(|| NAMED.iter().find(|(name, ..)| *name == text).map(|(_, code, _)| *code))
}

impl Key {
    /// The same in ASCII: `enter` where [`Display`](fmt::Display) has a symbol.
    fn in_ascii(self) -> String {
        let shown = self.to_string();
        if shown.is_ascii() {
            return shown;
        }
        match NAMED.iter().find(|(_, code, _)| *code == self.code) {
            Some((name, _, sign)) => shown.replace(sign, name),
            None => shown,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, held) in HELD {
            if self.modifiers.contains(*held) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, code, _)| *code == self.code), self.code) {
            (Some((.., shown)), _) => f.write_str(shown),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, other) => write!(f, "{other}"),
        }
    }
}

/// An error in one binding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingFault {
    /// There is no such action.
    #[error("`{0}` is not an action that a key can be bound to")]
    NoAction(String),
    /// There is no such key.
    #[error(
        "`{key}`, bound to `{action}`, is not a key: write `q`, `G`, `ctrl-c`, `shift-tab`, `pgdn`, `space` or \
          `f1`"
    )]
    NoKey {
        /// The action.
        action: &'static str,
        /// The key as written.
        key: String,
    },
    /// Two actions are bound to the same key.
    #[error("`{key}` is bound to both `{first}` and `{second}`")]
    Twice {
        /// The key.
        key: String,
        /// The action that had it first.
        first: &'static str,
        /// The second action.
        second: &'static str,
    },
}

/// Which key does what.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    actions: HashMap<Key, Action>,
    /// In the order of the configuration; the first key of an action is the one to show.
    keys: Vec<(Action, Key)>,
    views: Vec<&'static ViewName>,
    ascii: bool,
}

impl Keymap {
    /// Builds a keymap from the views that there are, and action names with their keys.
    ///
    /// # Errors
    /// All errors in all bindings.
    pub fn from_bindings<A, K, S>(
        views: Vec<&'static ViewName>,
        bindings: impl IntoIterator<Item = (A, K)>,
    ) -> Result<Self, Vec<BindingFault>>
    where
        A: AsRef<str>,
        K: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut keymap = Self { views, ..Self::default() };
        let mut faults = Vec::new();
        for (name, keys) in bindings {
            let Some(action) = Action::all(&keymap.views).find(|action| action.name() == name.as_ref()) else {
                faults.push(BindingFault::NoAction(name.as_ref().to_owned()));
                continue;
            };
            for text in keys {
                let text = text.as_ref();
                let Ok(key) = text.parse::<Key>() else {
                    faults.push(BindingFault::NoKey { action: action.name(), key: text.to_owned() });
                    continue;
                };
                match keymap.actions.insert(key, action) {
                    Some(first) if first != action => faults.push(BindingFault::Twice {
                        key: text.to_owned(),
                        first: first.name(),
                        second: action.name(),
                    }),
                    Some(_) => {}
                    None => keymap.keys.push((action, key)),
                }
            }
        }
        if faults.is_empty() { Ok(keymap) } else { Err(faults) }
    }

    /// The same keymap, with keys spelled in ASCII.
    #[must_use]
    pub fn in_ascii(self) -> Self {
        Self { ascii: true, ..self }
    }

    /// A key as shown to people.
    #[must_use]
    pub fn spelling(&self, key: Key) -> String {
        if self.ascii { key.in_ascii() } else { key.to_string() }
    }

    /// The action of a key.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<Action> {
        self.actions.get(&key).copied()
    }

    /// Every action, bound or not.
    pub fn actions(&self) -> impl Iterator<Item = Action> {
        Action::all(&self.views)
    }

    /// The actions that show the views, in the order of the views.
    pub fn views(&self) -> impl Iterator<Item = Action> {
        self.views.iter().map(|view| Action::View(view))
    }

    /// The keys of an action, the one to show first.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> {
        self.keys.iter().filter(move |(of, _)| *of == action).map(|(_, key)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_is_read() {
        for (text, shown) in [
            ("q", "q"),
            ("G", "G"),
            ("-", "-"),
            ("ctrl--", "ctrl--"),
            ("ctrl-space", "ctrl-space"),
            ("f12", "f12"),
            ("enter", "⏎"),
        ] {
            assert_eq!(text.parse::<Key>().map(|key| key.to_string()), Ok(shown.to_owned()), "{text}");
        }
        for text in ["", "ctrl-", "qq", "f13", "shift-a", "Enter", " ", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_terminal_sends_is_what_was_bound() {
        let sent = |code, modifiers| Key::from(KeyEvent::new(code, modifiers));
        assert_eq!(Ok(sent(KeyCode::BackTab, KeyModifiers::SHIFT)), "shift-tab".parse());
        assert_eq!(Ok(sent(KeyCode::Char('G'), KeyModifiers::SHIFT)), "G".parse());
        assert_eq!(Ok(sent(KeyCode::Char('c'), KeyModifiers::CONTROL)), "ctrl-c".parse());
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults =
            Keymap::from_bindings(Vec::new(), [("quit", vec!["q", "qq"]), ("fly", vec!["f"]), ("help", vec!["q"])]);
        assert_eq!(
            faults.err(),
            Some(vec![
                BindingFault::NoKey { action: "quit", key: "qq".to_owned() },
                BindingFault::NoAction("fly".to_owned()),
                BindingFault::Twice { key: "q".to_owned(), first: "quit", second: "help" },
            ])
        );
    }

    #[test]
    fn the_first_key_of_an_action_is_the_one_to_show() {
        let keymap = Keymap::from_bindings(Vec::new(), [("down", ["j", "down"])]).expect("sound");
        assert_eq!(keymap.keys(Action::Down).map(|key| key.to_string()).collect::<Vec<_>>(), ["j", "↓"]);
        assert_eq!(keymap.keys(Action::Up).count(), 0);
    }
}
