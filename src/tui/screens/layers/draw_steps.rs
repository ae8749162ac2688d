//! The steps of the build, oldest first, each layer with its bytes; steps without a layer are dimmed.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Accounts, Marked};
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

/// A row of the list.
enum ListRow<'a> {
    Image(&'a Model),
    Layer(LayerRow<'a>),
    /// A step without a layer.
    Metadata,
}

impl<'a> ListRow<'a> {
    fn number(&self) -> Cell {
        match self {
            Self::Image(_) => Cell::Text(Role::Strong, "all".to_owned()),
            Self::Layer(row) => Cell::Text(Role::Text, row.layer.to_string()),
            Self::Metadata => Cell::Text(Role::Dim, "–".to_owned()),
        }
    }

    /// A cell of a layer, or of the totals of the image once they are known.
    fn cell(&self, of_layer: fn(&LayerRow<'a>) -> Cell, of_image: fn(Accounts) -> Cell) -> Cell {
        match self {
            Self::Image(model) => model.analysis.as_ref().map_or(Cell::Empty, |analysis| of_image(analysis.totals)),
            Self::Layer(row) => of_layer(row),
            Self::Metadata => Cell::Empty,
        }
    }
}

/// Wasted bytes; nothing where there are none.
fn wasted(bytes: u64) -> Cell {
    if bytes > 0 { Cell::Text(Role::Wasted, format::bytes(bytes)) } else { Cell::Empty }
}

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

    /// The bytes that it wasted, wherever they are stored.
    fn caused(&self) -> Cell {
        let analysis = self.model.analysis.as_ref();
        wasted(analysis.and_then(|analysis| analysis.layers.get(self.layer.index())).map_or(0, |layer| layer.wasted_by))
    }

    /// Its wasted bytes, or how much of it is read.
    fn wasted(&self) -> Cell {
        if let Some(accounts) = self.model.accounts(self.layer) {
            return wasted(accounts.wasted());
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

fn table<'a>(width: usize, model: &Model) -> Table<ListRow<'a>> {
    let number = model.layer_count().to_string().len().max(3);
    let (size, wasted_or_read) = if model.analysis.is_some() { ("size", "wasted") } else { ("stored", "read") };
    let caused = if model.analysis.is_some() { "caused" } else { "" };
    Table::new(width)
        .right(0, "#", number, |row: &ListRow<'a>, _| row.number())
        .right(0, size, 7, |row, _| {
            row.cell(LayerRow::size, |totals| Cell::Text(Role::Strong, format::bytes(totals.total())))
        })
        .left(52, "", (width / 8).clamp(6, 20), |row, _| {
            row.cell(LayerRow::bar, |totals| Cell::Bar(totals.live, totals.wasted(), totals.total()))
        })
        .right(0, wasted_or_read, 7, |row, _| row.cell(LayerRow::wasted, |totals| wasted(totals.wasted())))
        .right(64, caused, 7, |row, _| row.cell(LayerRow::caused, |_| Cell::Empty))
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
    let largest = model.analysis.iter().flat_map(|analysis| &analysis.layers).map(|layer| layer.accounts.total()).max();
    pane::position(buffer, area, cursor, steps.len() + 1, list, framing);
    let visible = cursor.visible(steps.len() + 1, usize::from(list.height));
    let rows = visible.map(|row| {
        let Some((at, step)) = row.checked_sub(1).and_then(|at| Some((at, steps.get(at)?))) else {
            let row = table.row(Row::new().gap(1), &ListRow::Image(model));
            return row.until(Role::Strong, "the whole image", width);
        };
        let row = match step.layer.map(Marked::Layer).filter(|&layer| model.marks.contains(layer)) {
            Some(layer) => shared::mark(model, Some(layer)),
            None => bracket(at, bracketed.map(|bracket| &bracket.steps)),
        };
        let of_layer = |layer| ListRow::Layer(LayerRow { layer, model, largest: largest.unwrap_or(0) });
        instruction(table.row(row, &step.layer.map_or(ListRow::Metadata, of_layer)), step, model, width)
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
