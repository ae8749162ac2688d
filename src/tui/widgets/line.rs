//! A line of text input: characters and a cursor.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::row::{Row, fit_end};
use super::theme::Role;
use crate::format;

/// A paste may be longer.
const MOST: usize = 4096;

/// What was typed, and where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct InputLine {
    text: String,
    /// The cursor in bytes; always between two characters.
    at: usize,
}

impl InputLine {
    /// A line with an initial text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), at: text.len() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Handles a key that is text; returns whether it was one.
    pub fn typed(&mut self, key: KeyEvent) -> bool {
        let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        match (key.code, held) {
            (KeyCode::Char(letter), KeyModifiers::NONE) => self.insert(&letter.to_string()),
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), KeyModifiers::CONTROL) => self.remove_from(self.before()),
            (KeyCode::Char('w'), KeyModifiers::CONTROL) => self.remove_from(self.word_before()),
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => self.remove_from(0),
            (KeyCode::Delete, _) => {
                let (at, after) = (self.at, self.after());
                self.text.replace_range(at..after, "");
            }
            (KeyCode::Left, _) => self.at = self.before(),
            (KeyCode::Right, _) => self.at = self.after(),
            (KeyCode::Home, _) | (KeyCode::Char('a'), KeyModifiers::CONTROL) => self.at = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), KeyModifiers::CONTROL) => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Inserts pasted text: only its first line, without control characters.
    pub fn insert(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        for letter in line.chars().filter(|letter| !letter.is_control()) {
            if self.text.len() + letter.len_utf8() > MOST {
                return;
            }
            self.text.insert(self.at, letter);
            self.at += letter.len_utf8();
        }
    }

    /// The line in a number of columns, with the cursor marked; what does not fit is cut at the front.
    pub fn row(&self, row: Row, columns: usize) -> Row {
        let (before, after) = self.text.split_at(self.at);
        let mut after = after.chars();
        let under = after.next().map_or(" ".to_owned(), |letter| format::safe_str(&letter.to_string()));
        let after = format::safe_str(after.as_str());
        let before = fit_end(&format::safe_str(before), columns.saturating_sub(format::width(&under)));
        let end = row.width() + columns;
        row.text(Role::Text, &before).text(Role::Selected, &under).until(Role::Text, &after, end)
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..].chars().next().map_or(self.at, |letter| self.at + letter.len_utf8())
    }

    fn word_before(&self) -> usize {
        let before = self.text[..self.at].trim_end_matches([' ', '/']);
        before.rfind([' ', '/']).map_or(0, |at| at + 1)
    }

    fn remove_from(&mut self, from: usize) {
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(begin: &str, keys: &[(KeyCode, KeyModifiers)]) -> InputLine {
        let mut line = InputLine::new(begin);
        for &(code, modifiers) in keys {
            assert!(line.typed(KeyEvent::new(code, modifiers)), "{code:?}");
        }
        line
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
        let text = |begin, keys: &[_]| after(begin, keys).text().to_owned();
        assert_eq!(text("ab", &[(KeyCode::Char('C'), KeyModifiers::SHIFT)]), "abC");
        assert_eq!(text("aé", &[(KeyCode::Backspace, NONE)]), "a");
        assert_eq!(text("é", &[(KeyCode::Left, NONE), (KeyCode::Char('x'), NONE), (KeyCode::Delete, NONE)]), "x");
        assert_eq!(text("usr/lib/x", &[(KeyCode::Char('w'), CONTROL)]), "usr/lib/");
        assert_eq!(text("usr/lib/", &[(KeyCode::Char('w'), CONTROL)]), "usr/");
        assert_eq!(text("ab", &[(KeyCode::Home, NONE), (KeyCode::Right, NONE), (KeyCode::Char('u'), CONTROL)]), "b");
        assert!(!InputLine::new("").typed(KeyEvent::new(KeyCode::Enter, NONE)));
    }

    #[test]
    fn pasted_text_is_one_line_of_letters() {
        let mut line = InputLine::new("<>");
        line.typed(KeyEvent::new(KeyCode::Left, KeyModifiers::NONE));
        line.insert("a\x1b[31mb\nrest");
        assert_eq!(line.text(), "<a[31mb>");
        line.insert(&"x".repeat(2 * MOST));
        assert_eq!(line.text().len(), MOST);
    }
}
