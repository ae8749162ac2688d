//! Views 2 and 3 as a whole: rows of waste, junk or secrets, and which of these lists is shown. They share one filter.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Account, Grouping, Sections, WasteGroup};
use crate::tui::action::Action;
use crate::tui::concerns::SearchKind;
use crate::tui::find::{Finder, WasteFound, WasteKey};
use crate::tui::model::Model;
use crate::tui::overlay::CursorTarget;
use crate::tui::pointer::{ClickTarget, Pointer};
use crate::tui::tree::Sort;
use crate::tui::work::{Job, SectionsKey};

use super::concerns::{ConcernsView, Offer};
use super::{DrawContext, WasteView};

/// The lists, each with its own position.
pub(in crate::tui) struct WasteLists {
    waste: WasteView,
    junk: ConcernsView,
    secrets: ConcernsView,
    /// Which list is shown instead of the waste.
    shown: Option<SearchKind>,
}

impl WasteLists {
    /// Of one account, or of all waste; then junk and secrets are those of the whole image.
    pub fn new(only: Option<Account>) -> Self {
        let list = |kind| ConcernsView::new(kind, only.is_some());
        Self {
            waste: WasteView::new(only),
            junk: list(SearchKind::Junk),
            secrets: list(SearchKind::Secrets),
            shown: None,
        }
    }

    fn list(&self) -> Option<&ConcernsView> {
        self.shown.map(|shown| match shown {
            SearchKind::Junk => &self.junk,
            SearchKind::Secrets => &self.secrets,
        })
    }

    fn parts(&mut self) -> (&mut WasteView, Option<&mut ConcernsView>) {
        let list = self.shown.map(|shown| match shown {
            SearchKind::Junk => &mut self.junk,
            SearchKind::Secrets => &mut self.secrets,
        });
        (&mut self.waste, list)
    }

    /// Ungrouped waste, three kinds of headings, then junk, then secrets.
    fn next(&mut self, model: &Model, body: Rect) {
        match self.shown {
            Some(SearchKind::Junk) => self.shown = Some(SearchKind::Secrets),
            Some(SearchKind::Secrets) => self.shown = None,
            None => {
                if self.waste.grouping() == Some(Grouping::Folder) {
                    self.shown = Some(SearchKind::Junk);
                }
                self.waste.act(Action::Group, model, body);
            }
        }
    }

    /// Secrets, junk, then the waste as it was; skips secrets where none were found.
    fn cycle(&mut self, model: &Model) {
        let none = model.concerns.secrets.as_ref().is_some_and(|found| found.count(self.only_stored()) == 0);
        self.shown = match self.shown {
            None if !none => Some(SearchKind::Secrets),
            None | Some(SearchKind::Secrets) => Some(SearchKind::Junk),
            Some(SearchKind::Junk) => None,
        };
    }

    fn only_stored(&self) -> bool {
        self.secrets.only_stored()
    }

    pub fn act(&mut self, action: Action, model: &Model, body: Rect) {
        match self.parts() {
            _ if action == Action::Group => self.next(model, body),
            _ if action == Action::Lists => self.cycle(model),
            (waste, Some(list)) => list.act(action, waste.finder(), body),
            (waste, None) => waste.act(action, model, body),
        }
    }

    /// Handles a click or the wheel.
    pub fn point(&mut self, pointer: Pointer, body: Rect) -> ClickTarget {
        match self.parts() {
            (waste, Some(list)) => list.point(pointer, waste.finder(), body),
            (waste, None) => waste.point(pointer, body),
        }
    }

    /// What the cursor is on.
    pub fn target(&self, model: &Model) -> CursorTarget {
        self.list().map_or_else(|| self.waste.target(model), |list| list.target(model))
    }

    /// What can be done with the selected row; `None` in rows of waste.
    pub fn offer(&self, model: &Model) -> Option<(SearchKind, Offer)> {
        self.list().map(|list| (list.kind(), list.offer(model)))
    }

    pub fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        match self.parts() {
            (waste, Some(list)) => {
                list.refresh(model, waste.finder(), body);
                Vec::new()
            }
            (waste, None) => waste.refresh(model, body),
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        match self.list() {
            Some(list) => list.draw(buffer, model, self.waste.finder(), body, context),
            None => self.waste.draw(buffer, model, body, context),
        }
    }

    /// Whether a result on its way would change the frame.
    pub fn is_waiting(&self, model: &Model) -> bool {
        self.shown.is_none() && self.waste.is_waiting(model)
    }

    pub fn sort(&self) -> Sort {
        self.waste.sort()
    }

    pub fn finder(&self) -> &Finder {
        self.waste.finder()
    }

    pub fn finder_mut(&mut self) -> &mut Finder {
        self.waste.finder_mut()
    }

    pub fn is_in_details(&self) -> bool {
        self.list().map_or_else(|| self.waste.is_in_details(), ConcernsView::is_in_details)
    }

    /// Moves the focus to the list.
    pub fn go_to_list(&mut self) {
        match self.parts() {
            (_, Some(list)) => list.go_to_list(),
            (waste, None) => waste.go_to_list(),
        }
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    pub fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        match self.parts() {
            (waste, Some(list)) => list.go_to_match(forward, waste.finder()),
            (waste, None) => waste.go_to_match(forward),
        }
    }

    /// Takes the result of a filter on the waste.
    pub fn take_found(&mut self, key: WasteKey, found: WasteFound) -> Result<(), WasteFound> {
        self.waste.take_found(key, found)
    }

    /// Takes requested headings.
    pub fn set_sections(&mut self, key: SectionsKey, groups: Arc<Vec<WasteGroup>>, sections: Sections) {
        self.waste.set_sections(key, groups, sections);
    }
}
