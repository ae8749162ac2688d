//! The filter line below a list: what is typed, what of it is valid, and which changes are hidden.

use std::sync::Arc;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::{Filter, Hidden, Query, Ticket, Tickets};
use crate::tui::action::Action;
use crate::tui::widgets::line::InputLine;

/// The filter of a list.
#[derive(Default)]
pub(in crate::tui) struct Finder {
    line: InputLine,
    typing: bool,
    /// Whether what is on the line was not read yet.
    unread: bool,
    /// The last valid query.
    query: Option<Arc<Query>>,
    fault: Option<String>,
    hidden: Hidden,
    tickets: Tickets,
    /// The ticket of the current filter; `None` while everything is shown.
    ticket: Option<Ticket>,
}

impl Finder {
    /// Starts text input.
    pub fn begin(&mut self) {
        self.typing = true;
    }

    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Whether the line is visible.
    pub fn has_line(&self) -> bool {
        self.typing || self.query.is_some()
    }

    pub fn line(&self) -> &InputLine {
        &self.line
    }

    /// The current query.
    pub fn query(&self) -> Option<&Query> {
        self.query.as_deref()
    }

    /// The error in the line; the last valid query stays in force.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    pub fn hidden(&self) -> Hidden {
        self.hidden
    }

    /// Changes with every change of the filter; 0 while everything is shown.
    pub fn revision(&self) -> u32 {
        self.ticket.as_ref().map_or(0, Ticket::number)
    }

    pub fn filter(&self) -> Option<Filter> {
        let ticket = self.ticket.clone()?;
        Some(Filter { query: self.query.clone(), hidden: self.hidden, ticket })
    }

    /// Handles a key as text while text is entered; returns whether it did.
    pub fn typed(&mut self, key: KeyEvent) -> bool {
        if !self.typing {
            return false;
        }
        if key.code == KeyCode::Enter {
            self.keep();
            return true;
        }
        let taken = self.type_ahead(key);
        self.read_typed();
        taken
    }

    /// The same of a key after which others wait: the line is read after the last of them.
    pub fn type_ahead(&mut self, key: KeyEvent) -> bool {
        self.changed(|line| line.typed(key))
    }

    pub fn pasted(&mut self, text: &str) {
        if self.typing {
            self.changed(|line| line.insert(text));
            self.read_typed();
        }
    }

    /// Reads what was typed ahead.
    pub fn read_typed(&mut self) {
        if self.unread {
            self.read();
        }
    }

    /// Reading a long line takes a while, and a full one takes no more letters.
    fn changed<T>(&mut self, change: impl FnOnce(&mut InputLine) -> T) -> T {
        let before = self.line.text().to_owned();
        let done = change(&mut self.line);
        self.unread |= self.line.text() != before;
        done
    }

    /// Ends text input; the filter stays.
    pub fn keep(&mut self) {
        self.read_typed();
        self.typing = false;
        self.fault = None;
        self.line = InputLine::new(self.query().map_or("", Query::text));
    }

    /// Clears the query. Returns whether there was one.
    pub fn clear(&mut self) -> bool {
        let was = self.has_line();
        (self.line, self.typing) = (InputLine::default(), false);
        self.read();
        was
    }

    /// Clears the query and shows all changes.
    pub fn show_all(&mut self) {
        self.hidden = Hidden::default();
        self.clear();
        self.renew();
    }

    /// Toggles a kind of change. Returns whether the action is one of these.
    pub fn hide(&mut self, action: Action) -> bool {
        let done = self.hidden.act(action);
        if done {
            self.renew();
        }
        done
    }

    fn read(&mut self) {
        self.unread = false;
        #[cfg(test)]
        READ.set(READ.get() + 1);
        match Query::parse(self.line.text()) {
            Err(fault) => self.fault = Some(fault),
            Ok(query) => {
                self.fault = None;
                let same = query.as_ref().map(Query::text) == self.query().map(Query::text);
                self.query = query.map(Arc::new);
                if !same {
                    self.renew();
                }
            }
        }
    }

    fn renew(&mut self) {
        let ticket = self.tickets.draw();
        self.ticket = (self.query.is_some() || self.hidden.any()).then_some(ticket);
    }
}

#[cfg(test)]
thread_local! {
    /// How many lines this thread has read.
    static READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyModifiers;

    use super::*;

    fn typed(finder: &mut Finder, text: &str) {
        for letter in text.chars() {
            assert!(finder.typed(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
    }

    #[test]
    fn the_last_that_could_be_understood_holds_on() {
        let mut finder = Finder::default();
        finder.begin();
        typed(&mut finder, "re:a(");
        assert_eq!(
            (finder.query().map(Query::text), finder.fault()),
            (Some("re:a"), Some("invalid regex: unclosed group"))
        );
        assert_eq!(finder.line().text(), "re:a(");
        finder.keep();
        assert_eq!((finder.line().text(), finder.fault(), finder.is_typing()), ("re:a", None, false));
    }

    #[test]
    fn a_filter_is_another_with_every_change_and_none_where_all_is_shown() {
        let mut finder = Finder::default();
        assert_eq!(finder.revision(), 0);
        finder.begin();
        typed(&mut finder, "a");
        let one = finder.revision();
        typed(&mut finder, "b");
        assert_ne!(finder.revision(), one);
        let one = finder.revision();
        assert!(finder.hide(Action::ShowAdded) && finder.revision() != one);
        assert!(finder.clear() && finder.revision() != 0, "added is still hidden");
        assert!(finder.hide(Action::ShowAdded) && finder.revision() == 0 && !finder.clear());
    }

    #[test]
    fn a_line_is_read_when_it_changes_and_once_however_much_was_typed_ahead() {
        let mut finder = Finder::default();
        finder.begin();
        for _ in 0..10_000 {
            assert!(finder.type_ahead(KeyEvent::from(KeyCode::Char('a'))));
        }
        assert_eq!((READ.get(), finder.query().is_some()), (0, false));
        typed(&mut finder, "b");
        assert_eq!(READ.get(), 1);
        assert!(finder.query().is_some_and(|query| query.text().len() < 10_000), "a line has an end");
        typed(&mut finder, "bbb");
        assert!(finder.typed(KeyEvent::from(KeyCode::Left)) && finder.typed(KeyEvent::from(KeyCode::Right)));
        assert_eq!(READ.get(), 1, "nothing changed");
        finder.type_ahead(KeyEvent::from(KeyCode::Backspace));
        finder.keep();
        assert_eq!(READ.get(), 2, "what is kept was read");
    }

    #[test]
    fn an_older_filter_is_stale_once_there_is_a_newer_one() {
        let mut finder = Finder::default();
        finder.begin();
        typed(&mut finder, "a");
        let older = finder.filter().expect("a filter").ticket;
        assert!(!older.is_stale_at(0));
        typed(&mut finder, "b");
        assert!(older.is_stale_at(0) && !finder.filter().expect("a filter").ticket.is_stale_at(0));
        let newer = finder.filter().expect("a filter").ticket;
        drop(finder);
        assert!(newer.is_stale_at(0), "dropped");
    }
}
