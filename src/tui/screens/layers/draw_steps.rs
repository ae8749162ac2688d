//! The steps of the build, oldest first, each layer with its bytes; steps without a layer are dimmed.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Marked;
use crate::format;
use crate::image::{LayerNumber, Step};
use crate::tui::model::Model;
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::screens::shared;
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, bar, paint_rows, progress, whole_percent};
use crate::tui::widgets::scroll::Cursor;
use crate::tui::widgets::theme::Role;

/// Columns for a width.
struct LayerColumns {
    number: usize,
    bar: usize,
    whole: usize,
}

impl LayerColumns {
    fn for_width(width: usize, layers: usize) -> Self {
        let bar = if width < 52 { 0 } else { (width / 8).clamp(6, 20) };
        Self { number: layers.to_string().len().max(2), bar, whole: width }
    }

    fn heads(&self, read: bool) -> Row {
        let size = if read { "size" } else { "stored" };
        let row = Row::new().gap(1).right(Role::Heading, "#", self.number).gap(1).right(Role::Heading, size, 7);
        let row = if self.bar > 0 { row.gap(1 + self.bar) } else { row };
        let row = row.gap(1).right(Role::Heading, if read { "wasted" } else { "read" }, 7);
        row.gap(2).until(Role::Heading, "instruction", self.whole)
    }
}

/// Steps that are combined.
pub(super) struct Bracket {
    pub steps: RangeInclusive<usize>,
    /// What the title says about them.
    pub about: String,
}

pub(super) fn steps(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    cursor: &Cursor,
    bracketed: Option<&Bracket>,
    framing: Framing<'_>,
) {
    let inner = pane::open(buffer, area, "Layers", bracketed.map_or("", |bracket| &bracket.about), framing);
    let columns = LayerColumns::for_width(usize::from(inner.width), model.layer_count());
    let read = model.analysis.is_some();
    columns.heads(read).paint(buffer, inner.intersection(area), framing.theme);
    let list = layout::below_heads(inner);
    let steps = model.steps();
    if steps.is_empty() {
        pane::note(buffer, list, framing.theme, "this image has no layers");
        return;
    }
    let largest = model.analysis.iter().flat_map(|analysis| &analysis.layers).map(|layer| layer.accounts.total()).max();
    pane::position(buffer, area, cursor, steps.len(), list, framing);
    let visible = cursor.visible(steps.len(), usize::from(list.height));
    let rows = visible.filter_map(|at| Some((at, steps.get(at)?))).map(|(at, step)| {
        let row = match step.layer.map(Marked::Layer).filter(|&layer| model.marks.contains(layer)) {
            Some(layer) => shared::mark(model, Some(layer)),
            None => bracket(at, bracketed.map(|bracket| &bracket.steps)),
        };
        match step.layer {
            Some(layer) => layer_row(row, step, layer, model, largest.unwrap_or(0), &columns),
            None => step_row(row, step, &columns),
        }
    });
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
}

/// The first column of an unmarked row: what belongs to the span.
fn bracket(at: usize, span: Option<&RangeInclusive<usize>>) -> Row {
    let Some(span) = span.filter(|span| span.contains(&at)) else { return Row::new().gap(1) };
    let mark = match (at == *span.start(), at == *span.end()) {
        (true, true) => "[",
        (true, false) => "┌",
        (false, true) => "└",
        (false, false) => "│",
    };
    Row::new().text(Role::Key, mark)
}

fn step_row(row: Row, step: &Step, columns: &LayerColumns) -> Row {
    let numbers = 1 + 7 + if columns.bar > 0 { 1 + columns.bar } else { 0 } + 1 + 7;
    let row = row.right(Role::Dim, "–", columns.number);
    row.gap(numbers + 2).until(Role::Dim, &instruction_or_missing(step.description()), columns.whole)
}

fn layer_row(row: Row, step: &Step, layer: LayerNumber, model: &Model, largest: u64, columns: &LayerColumns) -> Row {
    let row = row.right(Role::Text, &layer.to_string(), columns.number).gap(1);
    let row = match model.accounts(layer) {
        Some(accounts) => {
            // A layer that cannot be read has a size, but it is unknown.
            let unknown = accounts.total() == 0 && model.fault(layer).is_some();
            let size = if unknown { "?".to_owned() } else { format::bytes(accounts.total()) };
            let row = row.right(Role::Text, &size, 7);
            let row = if columns.bar > 0 {
                bar(row.gap(1), accounts.live, accounts.wasted(), largest, columns.bar)
            } else {
                row
            };
            let wasted = if accounts.wasted() > 0 { format::bytes(accounts.wasted()) } else { String::new() };
            row.gap(1).right(Role::Wasted, &wasted, 7)
        }
        None => reading(row, layer, model, columns),
    };
    let mut row = row.gap(2);
    if let Some(fault) = model.fault(layer) {
        row = row.until(Role::Warning, &format!("! {fault} "), columns.whole);
    }
    if let Some(same) = model.layer(layer).and_then(|layer| layer.same_as) {
        row = row.until(Role::Dim, &format!("= layer {same} "), columns.whole);
    }
    row.until(
        if step.description().is_empty() { Role::Dim } else { Role::Text },
        &instruction_or_missing(step.description()),
        columns.whole,
    )
}

/// The row of a layer that is not read yet.
fn reading(row: Row, layer: LayerNumber, model: &Model, columns: &LayerColumns) -> Row {
    let stored = model.layer(layer).and_then(|layer| layer.stored_size).map_or(String::new(), format::bytes);
    let known = model.layers.get(layer.index()).copied().unwrap_or_default();
    let row = row.right(Role::Text, &stored, 7);
    let row = if columns.bar > 0 { progress(row.gap(1), known.fraction(), columns.bar) } else { row };
    let amount = match (known.finished, known.fraction()) {
        (true, _) => "done".to_owned(),
        (false, Some(fraction)) => whole_percent(fraction),
        (false, None) if known.done > 0 => format::bytes(known.done),
        (false, None) => String::new(),
    };
    row.gap(1).right(if known.finished { Role::Dim } else { Role::Text }, &amount, 7)
}
