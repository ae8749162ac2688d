//! Views 2 and 3: wasted bytes, and of these what was removed but is still stored.

mod details;
mod draw;
mod headings;
mod list;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Account;
use crate::format;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::search::Finder;
use crate::tui::view::hints::{COPY, EXTRACT, FIND, FOLDS, MARK, MOVE, OPEN, PANE, QUIT, SORT, VIEWS};
use crate::tui::view::{
    Chosen, CursorTarget, DrawContext, Effect, Figure, Request, View, ViewSpec, no_such_key_unless,
};
use crate::tui::widgets::scroll::{ClickTarget, Pointer};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};

use headings::RequestedSections;
use list::{RequestedRows, WasteView};

pub(super) static WASTE: ViewSpec = ViewSpec {
    name: ViewName { action: "view-waste", title: "Waste", help: "wasted bytes" },
    new: |_| Box::new(WasteView::new(None)),
    figure: |model| figure(model.analysis.as_ref()?.totals.wasted(), 3),
    command: Some(("waste", "")),
};

pub(super) static REMOVED: ViewSpec = ViewSpec {
    name: ViewName { action: "view-removed", title: "Removed", help: "removed, but still stored" },
    new: |_| Box::new(WasteView::new(Some(Account::Removed))),
    figure: |model| figure(model.analysis.as_ref()?.totals.removed, 1),
    command: Some(("waste", " --all")),
};

/// Nothing is not worth a figure.
fn figure(bytes: u64, matters: u8) -> Option<Figure> {
    (bytes > 0).then(|| Figure { text: format::bytes(bytes), role: Role::Wasted, matters })
}

impl View for WasteView {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        no_such_key_unless(self.act_on_list(action, model, body))
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        self.point_at_list(pointer, body)
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        self.target_of(model).unwrap_or_default()
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        self.refresh_list(model, body)
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        if result.get().is_some_and(|requested| self.wants_found(requested)) {
            return result.take::<RequestedRows>().map(|requested| self.set_found(requested)).err();
        }
        if result.get().is_some_and(|requested| self.wants_sections(requested)) {
            return result.take::<RequestedSections>().map(|requested| self.set_sections(requested)).err();
        }
        Some(result)
    }

    fn follow(&mut self, chosen: Chosen, _: &Model, _: Rect) {
        self.follow_chosen(chosen);
    }

    fn serve(&mut self, request: Request, _: &Model, _: Rect) -> bool {
        let Request::Waste { at } = request else { return false };
        if self.only().is_some() {
            return false;
        }
        self.show_cause(at);
        true
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        self.draw_list(buffer, model, body, context);
    }

    fn is_waiting(&self, model: &Model) -> bool {
        self.awaits(model)
    }

    fn opens_files(&self) -> bool {
        true
    }

    fn finder(&self) -> Option<&Finder> {
        Some(self.filter())
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        Some(self.filter_mut())
    }

    fn go_to_list(&mut self) {
        self.leave_details();
    }

    fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        self.next_found(forward)
    }

    fn clear_filter(&mut self, _: &Model) -> bool {
        self.clear_filter()
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const GROUP: Hint = (&[Action::Group], "group");
        &[PANE, MOVE, OPEN, FIND, GROUP, EXTRACT, VIEWS, SORT, COPY, MARK, FOLDS, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }
}
