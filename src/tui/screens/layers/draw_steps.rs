//! The steps of the build, oldest first, each layer with its bytes; steps without a layer are dimmed.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Marked;
use crate::format;
use crate::image::{LayerNumber, Step};
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::model::{Loaded, Model};
use crate::tui::screens::shared;
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows, whole_percent};
use crate::tui::widgets::scroll::Cursor;
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::theme::Role;

/// A layer in the list.
struct LayerRow<'a> {
    layer: LayerNumber,
    model: &'a Model,
    /// The most bytes of a layer, for the bars.
    largest: u64,
}

impl LayerRow<'_> {
    fn size(&self) -> Cell {
        let (layer, model) = (self.layer, self.model);
        let size = match model.accounts(layer) {
            // A layer that cannot be read has a size, but it is unknown.
            Some(accounts) if accounts.total() == 0 && model.fault(layer).is_some() => "?".to_owned(),
            Some(accounts) => format::bytes(accounts.total()),
            None => model.layer(layer).and_then(|layer| layer.stored_size).map_or(String::new(), format::bytes),
        };
        Cell::Text(Role::Text, size)
    }

    fn bar(&self) -> Cell {
        match self.model.accounts(self.layer) {
            Some(accounts) => Cell::Bar(accounts.live, accounts.wasted(), self.largest),
            None => Cell::Progress(self.loaded().fraction()),
        }
    }

    fn loaded(&self) -> Loaded {
        self.model.layers.get(self.layer.index()).copied().unwrap_or_default()
    }

    /// Its wasted bytes, or how much of it is read.
    fn wasted(&self) -> Cell {
        if let Some(accounts) = self.model.accounts(self.layer) {
            let wasted = if accounts.wasted() > 0 { format::bytes(accounts.wasted()) } else { String::new() };
            return Cell::Text(Role::Wasted, wasted);
        }
        let known = self.loaded();
        let amount = match (known.finished, known.fraction()) {
            (true, _) => return Cell::Text(Role::Dim, "done".to_owned()),
            (false, Some(fraction)) => whole_percent(fraction),
            (false, None) if known.done > 0 => format::bytes(known.done),
            (false, None) => String::new(),
        };
        Cell::Text(Role::Text, amount)
    }
}

fn table<'a>(width: usize, model: &Model) -> Table<Option<LayerRow<'a>>> {
    let number = model.layer_count().to_string().len().max(2);
    let (size, wasted) = if model.analysis.is_some() { ("size", "wasted") } else { ("stored", "read") };
    Table::new(width)
        .right(0, "#", number, |row: &Option<LayerRow<'a>>, _| match row {
            Some(row) => Cell::Text(Role::Text, row.layer.to_string()),
            None => Cell::Text(Role::Dim, "–".to_owned()),
        })
        .right(0, size, 7, |row, _| row.as_ref().map_or(Cell::Empty, LayerRow::size))
        .left(52, "", (width / 8).clamp(6, 20), |row, _| row.as_ref().map_or(Cell::Empty, LayerRow::bar))
        .right(0, wasted, 7, |row, _| row.as_ref().map_or(Cell::Empty, LayerRow::wasted))
        .gap(2)
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
    let width = usize::from(inner.width);
    let table = table(width, model);
    let heads = table.heads(Row::new().gap(1)).until(Role::Heading, "instruction", width);
    heads.paint(buffer, inner.intersection(area), framing.theme);
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
        let layer = step.layer.map(|layer| LayerRow { layer, model, largest: largest.unwrap_or(0) });
        instruction(table.row(row, &layer), step, model, width)
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

/// The instruction, after what is odd about its layer.
fn instruction(mut row: Row, step: &Step, model: &Model, width: usize) -> Row {
    if let Some(fault) = step.layer.and_then(|layer| model.fault(layer)) {
        row = row.until(Role::Warning, &format!("! {fault} "), width);
    }
    if let Some(same) = step.layer.and_then(|layer| model.layer(layer)?.same_as) {
        row = row.until(Role::Dim, &format!("= layer {same} "), width);
    }
    let role = if step.layer.is_none() || step.description().is_empty() { Role::Dim } else { Role::Text };
    row.until(role, &instruction_or_missing(step.description()), width)
}
