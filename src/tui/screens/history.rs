//! View 4: every step of the build, those that made a layer and those that changed metadata only.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::shared;
use crate::analysis::Marked;
use crate::format;
use crate::image::Step;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::view::hints::{COPY, EXTRACT, MARK, MOVE, OPEN, PANE, QUIT, VIEWS};
use crate::tui::view::{CursorTarget, DrawContext, Effect, Request, View, ViewSpec};
use crate::tui::widgets::layout::{self, ListLayout};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::pointer::{ClickTarget, MouseAction, Pointer};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::text::{Scrolled, counted};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-history", title: "History", help: "every step of the build" },
    new: |_| Box::<HistoryView>::default(),
    figure: |_| None,
};

/// Steps, in either order.
#[derive(Default)]
pub(super) struct HistoryView {
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
            Action::Open | Action::Expand if !self.in_details => {
                let step = self.target(model, body).step;
                return step.map(|step| Effect::GoTo(Request::Step(step))).into_iter().collect();
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
            self.details.refresh((step, model.edition), area, |text| shared::step(text, model, step));
        }
        Vec::new()
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const TURN: Hint = (&[Action::Sort], "reverse");
        &[PANE, MOVE, OPEN, TURN, VIEWS, EXTRACT, MARK, COPY, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let layout = self.layout(model, body);
        let framing = |focused| Framing { theme: context.theme, boxed: layout::boxed(body), focused };
        history(buffer, layout.list, model, self, framing(!self.in_details));
        if let Some(area) = layout.details {
            let title = shared::step_title(model, self.step(self.cursor.selected(), model.steps().len()));
            pane::text(buffer, area, &title, &self.details, framing(self.in_details));
        }
    }
}

/// A step in the list.
struct HistoryRow<'a> {
    step: &'a Step,
    model: &'a Model,
}

impl HistoryRow<'_> {
    fn role(&self) -> Role {
        if self.step.layer.is_some() { Role::Text } else { Role::Dim }
    }

    fn layer(&self) -> String {
        self.step.layer.map_or("–".to_owned(), |layer| layer.to_string())
    }

    fn size(&self) -> String {
        let Some(layer) = self.step.layer else { return "metadata".to_owned() };
        match (self.model.fault(layer), self.model.accounts(layer)) {
            (Some(_), Some(accounts)) if accounts.total() == 0 => "?".to_owned(),
            (_, Some(accounts)) => format::bytes(accounts.total()),
            (_, None) => "…".to_owned(),
        }
    }

    fn created(&self, width: usize) -> String {
        let created = self.step.created.as_deref();
        let shown = created.map(|text| format::timestamp(text).unwrap_or_else(|| format::safe_str(text)));
        let shown = shown.unwrap_or_default();
        shown.get(..width).unwrap_or(&shown).to_owned()
    }
}

fn table<'a>(width: usize) -> Table<HistoryRow<'a>> {
    let created = match width {
        0..76 => 10,
        76..120 => 16,
        _ => 19,
    };
    Table::new(width)
        .right(0, "step", 4, |row: &HistoryRow<'a>, _| Cell::Text(Role::Dim, row.step.number.to_string()))
        .right(0, "layer", 5, |row, _| Cell::Text(row.role(), row.layer()))
        .right(0, "size", 8, |row, _| Cell::Text(row.role(), row.size()))
        .gap(2)
        .left(60, "created", created, |row, width| Cell::Text(Role::Dim, row.created(width)))
        .gap(2)
}

fn history(buffer: &mut Buffer, area: Rect, model: &Model, view: &HistoryView, framing: Framing<'_>) {
    let steps = model.steps();
    let without = steps.iter().filter(|step| step.layer.is_none()).count();
    let order = if view.newest_first() { "newest first" } else { "oldest first" };
    let about = format!("· {}, {without} metadata only · {order}", counted(steps.len(), "step"));
    let inner = pane::open(buffer, area, "History", &about, framing);
    let width = usize::from(inner.width);
    let table = table(width);
    with_comment(table.heads(Row::new().gap(1)), Role::Heading, "instruction", "comment", width).paint(
        buffer,
        inner.intersection(area),
        framing.theme,
    );
    let list = layout::below_heads(inner);
    if steps.is_empty() {
        pane::note(buffer, list, framing.theme, "the image has no history");
        return;
    }
    let cursor = view.cursor();
    pane::position(buffer, area, &cursor, steps.len(), list, framing);
    let visible = cursor.visible(steps.len(), usize::from(list.height));
    let rows =
        visible.filter_map(|row| steps.get(view.step(row, steps.len()))).map(|step| row(step, model, &table, width));
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
}

fn row<'a>(step: &'a Step, model: &'a Model, table: &Table<HistoryRow<'a>>, width: usize) -> Row {
    let of_step = HistoryRow { step, model };
    let mut row = table.row(shared::mark(model, step.layer.map(Marked::Layer)), &of_step);
    if let Some(fault) = step.layer.and_then(|layer| model.fault(layer)) {
        row = row.until(Role::Warning, &format!("! {fault} "), width - comment_columns(width));
    }
    let description = if comment_columns(width) > 0 { &step.created_by } else { step.description() };
    with_comment(row, of_step.role(), &instruction_or_missing(description), &step.comment, width)
}

/// The comment has a column of its own where there is room for one.
fn comment_columns(width: usize) -> usize {
    if width < 120 { 0 } else { 26 }
}

fn with_comment(row: Row, role: Role, instruction: &str, comment: &str, width: usize) -> Row {
    let columns = comment_columns(width);
    let end = width - columns;
    let row = row.until(role, instruction, end);
    if columns == 0 || comment.is_empty() {
        return row;
    }
    let gap = end.saturating_sub(row.width()) + 2;
    let role = if role == Role::Heading { role } else { Role::Dim };
    row.gap(gap).until(role, comment, width)
}
