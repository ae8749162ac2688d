//! View 4: every step of the build, those that made a layer and those that changed metadata only.

mod draw;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::step;
use crate::tui::action::{Action, Group, Hint};
use crate::tui::model::Model;
use crate::tui::overlay::{CursorTarget, Effect};
use crate::tui::widgets::layout::{self, ListLayout};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::pointer::{ClickTarget, MouseAction, Pointer};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::text::Scrolled;

use crate::tui::view::hints::{COPY, EXTRACT, MARK, MOVE, PANE, QUIT, VIEWS};
use crate::tui::view::{DrawContext, Request, View};
use crate::tui::work::Job;

/// Steps, in either order.
#[derive(Default)]
pub(in crate::tui) struct HistoryView {
    newest_first: bool,
    cursor: Cursor,
    in_details: bool,
    details: Scrolled<(usize, u32)>,
}

impl HistoryView {
    pub fn newest_first(&self) -> bool {
        self.newest_first
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The index of the step in a row; its own inverse.
    pub fn step(&self, row: usize, steps: usize) -> usize {
        if self.newest_first { steps.saturating_sub(row + 1) } else { row }
    }

    fn layout(&self, model: &Model, body: Rect) -> ListLayout {
        ListLayout::new(body, model.steps().len() + 1, self.in_details)
    }

    fn height(&self, model: &Model, body: Rect) -> usize {
        let list = layout::inner(self.layout(model, body).list, layout::boxed(body));
        usize::from(layout::below_heads(list).height)
    }
}

impl View for HistoryView {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        let steps = model.steps().len();
        let layout = self.layout(model, body);
        match action {
            Action::Compare | Action::CompareBase => {
                let step = self.target(model, body).step;
                return step.map(|step| Effect::GoTo(Request::Combine { step, action })).into_iter().collect();
            }
            Action::NextPane | Action::PreviousPane => self.in_details = !self.in_details && layout.details.is_some(),
            Action::Sort => {
                let step = self.step(self.cursor.selected(), steps);
                self.newest_first = !self.newest_first;
                self.cursor.select(self.step(step, steps));
            }
            _ => match (Motion::from_action(action), layout.details) {
                (Some(motion), Some(area)) if self.in_details => {
                    self.details.go(motion, layout::inner(area, layout::boxed(body)));
                }
                (Some(motion), _) => self.cursor.go(motion, steps, self.height(model, body)),
                _ => {}
            },
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, model: &Model, body: Rect) -> ClickTarget {
        let layout = self.layout(model, body);
        let boxed = layout::boxed(body);
        if let Some(area) = layout.details.filter(|&area| pointer.is_in(area)) {
            self.in_details |= pointer.action == MouseAction::Click;
            pointer.on_text(&mut self.details, layout::inner(area, boxed));
            return ClickTarget::Nothing;
        }
        self.in_details &= pointer.action != MouseAction::Click;
        let rows = layout::below_heads(layout::inner(layout.list, boxed));
        pointer.on_list(&mut self.cursor, rows, model.steps().len())
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        let step = self.step(self.cursor.selected(), model.steps().len());
        let of_step = model.steps().get(step);
        CursorTarget {
            step: of_step.map(|_| step),
            layer: of_step.and_then(|step| step.layer),
            ..CursorTarget::default()
        }
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        let layout = self.layout(model, body);
        self.in_details &= layout.details.is_some();
        let steps = model.steps().len();
        self.cursor.clamp(steps, self.height(model, body));
        if let Some(area) = layout.details {
            let step = self.step(self.cursor.selected(), steps);
            let area = layout::inner(area, layout::boxed(body));
            self.details.refresh((step, model.edition), area, |text| step::step(text, model, step));
        }
        Vec::new()
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const TURN: Hint = (&[Action::Sort], "reverse");
        &[PANE, MOVE, TURN, VIEWS, EXTRACT, MARK, COPY, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let layout = self.layout(model, body);
        let framing = |focused| Framing { theme: context.theme, boxed: layout::boxed(body), focused };
        draw::history(buffer, layout.list, model, self, framing(!self.in_details));
        if let Some(area) = layout.details {
            let title = step::step_title(model, self.step(self.cursor.selected(), model.steps().len()));
            pane::details(buffer, area, &title, &self.details, framing(self.in_details));
        }
    }
}
