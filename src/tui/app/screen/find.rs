//! How filters affect the screen: which list a filter belongs to, and when keys are text.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::tui::action::{Action, Hint};
use crate::tui::dialogs::JumpView;
use crate::tui::search::Finder;
use crate::tui::widgets::scroll::Motion;

use super::Screen;

impl Screen {
    pub(super) fn finder_mut(&mut self) -> Option<&mut Finder> {
        self.view_mut().0.finder_mut()
    }

    fn is_filtering(&self) -> bool {
        self.view().finder().is_some_and(Finder::is_typing)
    }

    /// Passes a key to the filter while one is typed; returns whether it was handled.
    pub(super) fn typed_in_filter(&mut self, key: KeyEvent) -> bool {
        self.finder_mut().is_some_and(|finder| finder.typed(key))
    }

    /// Takes a key that is text for a filter and after which other keys wait; says whether it was one. The next event
    /// settles what it changed.
    pub(in crate::tui) fn type_ahead(&mut self, event: &Event) -> bool {
        let Event::Key(key) = event else { return false };
        let is_letter = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace);
        let is_plain = key.kind == KeyEventKind::Press && (key.modifiers - KeyModifiers::SHIFT).is_empty();
        is_letter
            && is_plain
            && self.overlays.is_empty()
            && self.finder_mut().is_some_and(|finder| finder.is_typing() && finder.type_ahead(*key))
    }

    /// Handles search actions; returns whether nothing is left to do.
    pub(super) fn find(&mut self, action: Action) -> bool {
        // The selection can move while a filter is typed; any other action applies what was typed.
        if Motion::from_action(action).is_none()
            && action != Action::Close
            && let Some(finder) = self.finder_mut().filter(|finder| finder.is_typing())
        {
            finder.keep();
        }
        match action {
            Action::Find => self.begin_filter(),
            Action::NextMatch => self.go_to_match(true),
            Action::PreviousMatch => self.go_to_match(false),
            Action::Jump if self.model.union.is_some() => self.overlays.push(Box::<JumpView>::default()),
            Action::Jump => self.notice = Some("paths are known once the layers are read".to_owned()),
            Action::Close => return self.clear_filter(),
            _ => return false,
        }
        true
    }

    fn begin_filter(&mut self) {
        self.view_mut().0.go_to_list();
        match self.finder_mut() {
            Some(finder) => finder.begin(),
            None => self.notice = Some("there is nothing to filter here".to_owned()),
        }
    }

    fn go_to_match(&mut self, forward: bool) {
        let round = self.view_mut().0.go_to_match(forward);
        let filtered = self.view().finder().is_some_and(|finder| finder.revision() > 0);
        let says = match round {
            Some(true) if forward => "wrapped to the top",
            Some(true) => "wrapped to the bottom",
            Some(false) => return,
            None if self.is_waiting() => "still searching",
            None if filtered => "no matches",
            None => "there is no filter",
        };
        self.notice = Some(says.to_owned());
    }

    /// Clears the filter of the focused list; returns whether there was one.
    fn clear_filter(&mut self) -> bool {
        let (view, model) = self.view_mut();
        view.clear_filter(model)
    }

    /// The hints in the footer while there is a filter.
    pub(super) fn filter_hints(&self) -> Option<&'static [Hint]> {
        let finder = self.view().finder()?;
        if self.is_filtering() {
            return Some(&[
                (&[Action::Open], "keep"),
                (&[Action::Up, Action::Down], "move"),
                (&[Action::Close], "clear"),
            ]);
        }
        (finder.query().is_some() && self.view().is_in_list()).then_some(&[
            (&[Action::NextMatch, Action::PreviousMatch], "next/previous match"),
            (&[Action::Find], "filter"),
            (&[Action::Close], "clear"),
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Sort], "sort"),
            (&[Action::Quit], "quit"),
        ])
    }
}
