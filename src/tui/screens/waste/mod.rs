//! Views 2 and 3 as a whole: rows of waste, junk or secrets, and which of these lists is shown. They share one filter.

pub(in crate::tui) mod concerns;
mod details;
mod draw;
mod headings;
mod list;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Account, Grouping};
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::model::concerns::SearchKind;
use crate::tui::search::Finder;
use crate::tui::view::hints::{COPY, EXTRACT, FIND, FOLDS, MARK, MOVE, OPEN, PANE, QUIT, SORT, VIEWS};
use crate::tui::view::{CursorTarget, DrawContext, Effect, View, ViewSpec};
use crate::tui::widgets::pointer::{ClickTarget, Pointer};
use crate::tui::work::{Job, JobResult};

use concerns::{ConcernsView, Offer};
use headings::RequestedSections;
use list::{RequestedRows, WasteView};

pub(super) static WASTE: ViewSpec = ViewSpec {
    name: ViewName { action: "view-waste", title: "Waste", help: "wasted bytes" },
    new: |_| Box::new(WasteLists::new(None)),
};

pub(super) static REMOVED: ViewSpec = ViewSpec {
    name: ViewName { action: "view-removed", title: "Removed", help: "removed, but still stored" },
    new: |_| Box::new(WasteLists::new(Some(Account::Removed))),
};

/// The lists, each with its own position.
pub(super) struct WasteLists {
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

    fn is_in_details(&self) -> bool {
        self.list().map_or_else(|| self.waste.is_in_details(), ConcernsView::is_in_details)
    }
}

impl View for WasteLists {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        match self.parts() {
            _ if action == Action::Group => self.next(model, body),
            _ if action == Action::Lists => self.cycle(model),
            (waste, Some(list)) => list.act(action, waste.finder(), body),
            (waste, None) => waste.act(action, model, body),
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        match self.parts() {
            (waste, Some(list)) => list.point(pointer, waste.finder(), body),
            (waste, None) => waste.point(pointer, body),
        }
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        self.list().map_or_else(|| self.waste.target(model), |list| list.target(model))
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        match self.parts() {
            (waste, Some(list)) => {
                list.refresh(model, waste.finder(), body);
                Vec::new()
            }
            (waste, None) => waste.refresh(model, body),
        }
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        if result.get().is_some_and(|requested| self.waste.wants_found(requested)) {
            let found = result.take::<RequestedRows>();
            return found.map(|requested| self.waste.set_found(requested)).err();
        }
        if result.get().is_some_and(|requested| self.waste.wants_sections(requested)) {
            let sections = result.take::<RequestedSections>();
            return sections.map(|requested| self.waste.set_sections(requested)).err();
        }
        Some(result)
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        match self.list() {
            Some(list) => list.draw(buffer, model, self.waste.finder(), body, context),
            None => self.waste.draw(buffer, model, body, context),
        }
    }

    fn is_waiting(&self, model: &Model) -> bool {
        self.shown.is_none() && self.waste.is_waiting(model)
    }

    fn shows_concerns(&self) -> bool {
        true
    }

    fn opens_files(&self) -> bool {
        !self.is_in_details()
    }

    fn finder(&self) -> Option<&Finder> {
        Some(self.waste.finder())
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        Some(self.waste.finder_mut())
    }

    fn go_to_list(&mut self) {
        match self.parts() {
            (_, Some(list)) => list.go_to_list(),
            (waste, None) => waste.go_to_list(),
        }
    }

    fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        match self.parts() {
            (waste, Some(list)) => list.go_to_match(forward, waste.finder()),
            (waste, None) => waste.go_to_match(forward),
        }
    }

    fn clear_filter(&mut self, _: &Model) -> bool {
        !self.is_in_details() && self.waste.finder_mut().clear()
    }

    fn hints(&self, model: &Model) -> &'static [Hint] {
        const GROUP: Hint = (&[Action::Group], "group");
        const NEXT: Hint = (&[Action::Lists], "next list");
        let Some(list) = self.list() else {
            return &[PANE, MOVE, OPEN, FIND, GROUP, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT];
        };
        match (list.kind(), list.offer(model)) {
            (_, Offer::Unfold) => &[PANE, MOVE, OPEN, FIND, NEXT, VIEWS, SORT, COPY, FOLDS, QUIT],
            (SearchKind::Junk, Offer::File) => {
                &[PANE, MOVE, OPEN, FIND, NEXT, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT]
            }
            (SearchKind::Secrets, Offer::File) => {
                &[PANE, MOVE, OPEN, FIND, NEXT, EXTRACT, VIEWS, SORT, MARK, COPY, QUIT]
            }
            (_, Offer::Nothing) => &[PANE, MOVE, FIND, NEXT, VIEWS, SORT, COPY, QUIT],
        }
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }
}
