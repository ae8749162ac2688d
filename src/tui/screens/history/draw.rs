//! The history as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::HistoryView;
use crate::analysis::Marked;
use crate::format;
use crate::image::Step;
use crate::tui::model::Model;
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::screens::shared;
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;

/// Columns for a width.
struct HistoryColumns {
    created: usize,
    comment: usize,
    whole: usize,
}

impl HistoryColumns {
    fn for_width(width: usize) -> Self {
        let created = match width {
            0..60 => 0,
            60..76 => 10,
            76..120 => 16,
            _ => 19,
        };
        Self { created, comment: if width < 120 { 0 } else { 24 }, whole: width }
    }

    fn instruction_end(&self) -> usize {
        if self.comment > 0 { self.whole.saturating_sub(self.comment + 2) } else { self.whole }
    }

    fn heads(&self) -> Row {
        let row = Row::new().gap(1).right(Role::Heading, "step", 4).gap(1).right(Role::Heading, "layer", 5);
        let row = row.gap(1).right(Role::Heading, "size", 8).gap(2);
        let row = if self.created > 0 { row.left(Role::Heading, "created", self.created).gap(2) } else { row };
        let row = row.until(Role::Heading, "instruction", self.instruction_end());
        if self.comment == 0 {
            return row;
        }
        let gap = self.instruction_end().saturating_sub(row.width()) + 2;
        row.gap(gap).until(Role::Heading, "comment", self.whole)
    }
}

pub(in crate::tui) fn history(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    view: &HistoryView,
    framing: Framing<'_>,
) {
    let steps = model.steps();
    let without = steps.iter().filter(|step| step.layer.is_none()).count();
    let order = if view.newest_first() { "newest first" } else { "oldest first" };
    let about = format!("· {}, {without} metadata only · {order}", counted(steps.len(), "step"));
    let inner = pane::open(buffer, area, "History", &about, framing);
    let columns = HistoryColumns::for_width(usize::from(inner.width));
    columns.heads().paint(buffer, inner.intersection(area), framing.theme);
    let list = layout::below_heads(inner);
    if steps.is_empty() {
        pane::note(buffer, list, framing.theme, "the image has no history");
        return;
    }
    let cursor = view.cursor();
    pane::position(buffer, area, &cursor, steps.len(), list, framing);
    let visible = cursor.visible(steps.len(), usize::from(list.height));
    let rows = visible.filter_map(|row| steps.get(view.step(row, steps.len()))).map(|step| row(step, model, &columns));
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
}

fn row(step: &Step, model: &Model, columns: &HistoryColumns) -> Row {
    let text = if step.layer.is_some() { Role::Text } else { Role::Dim };
    let layer = step.layer.map_or("–".to_owned(), |layer| layer.to_string());
    let size = match step.layer {
        None => "metadata".to_owned(),
        Some(layer) => match (model.fault(layer), model.accounts(layer)) {
            (Some(_), Some(accounts)) if accounts.total() == 0 => "?".to_owned(),
            (_, Some(accounts)) => format::bytes(accounts.total()),
            (_, None) => "…".to_owned(),
        },
    };
    let row = shared::mark(model, step.layer.map(Marked::Layer))
        .right(Role::Dim, &step.number.to_string(), 4)
        .gap(1)
        .right(text, &layer, 5);
    let mut row = row.gap(1).right(text, &size, 8).gap(2);
    if columns.created > 0 {
        let created = step
            .created
            .as_deref()
            .map_or(String::new(), |text| format::timestamp(text).unwrap_or_else(|| format::safe_str(text)));
        let shown = created.get(..columns.created).unwrap_or(&created);
        row = row.left(Role::Dim, shown, columns.created).gap(2);
    }
    if let Some(fault) = step.layer.and_then(|layer| model.fault(layer)) {
        row = row.until(Role::Warning, &format!("! {fault} "), columns.instruction_end());
    }
    // The comment has a column of its own where there is room for one.
    let description = if columns.comment > 0 { &step.created_by } else { step.description() };
    row = row.until(text, &instruction_or_missing(description), columns.instruction_end());
    if columns.comment > 0 && !step.comment.is_empty() {
        let gap = columns.instruction_end().saturating_sub(row.width()) + 2;
        row = row.gap(gap).until(Role::Dim, &step.comment, columns.whole);
    }
    row
}
