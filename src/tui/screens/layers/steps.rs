//! The list of the whole image and the steps of its build: their order, the selected one, and how they are drawn. Each
//! layer has its bytes; steps without a layer are dimmed.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Accounts, Instruction, Marked};
use crate::format;
use crate::image::{LayerNumber, Step, UnplacedStep};
use crate::tui::model::{Loaded, Model};
use crate::tui::screens::shared::{self, wasted};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, on_two_lines, paint_wrapped_rows, whole_percent};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, MouseAction, Pointer};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::theme::Role;

/// What the steps are sorted by; figures come largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum StepSort {
    #[default]
    Number,
    Size,
    Wasted,
    Caused,
}

impl StepSort {
    fn next(self) -> Self {
        match self {
            Self::Number => Self::Size,
            Self::Size => Self::Wasted,
            Self::Wasted => Self::Caused,
            Self::Caused => Self::Number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Number => "by number",
            Self::Size => "by size",
            Self::Wasted => "by wasted",
            Self::Caused => "by caused",
        }
    }

    /// The order that the head of a column stands for.
    fn of_column(title: &str) -> Option<Self> {
        Some(match title {
            NUMBER => Self::Number,
            SIZE => Self::Size,
            WASTED => Self::Wasted,
            CAUSED => Self::Caused,
            _ => return None,
        })
    }

    fn bytes(self, layer: LayerNumber, model: &Model) -> u64 {
        let analysis = model.analysis.as_ref().and_then(|analysis| analysis.layers.get(layer.index()));
        analysis.map_or(0, |layer| match self {
            Self::Number => 0,
            Self::Size => layer.accounts.total(),
            Self::Wasted => layer.accounts.wasted(),
            Self::Caused => layer.wasted_by,
        })
    }
}

/// The order of the list and its selection.
#[derive(Default)]
pub(super) struct StepList {
    /// The row of the whole image, then the steps.
    cursor: Cursor,
    sort: StepSort,
    /// The index of the step in each row below the first; empty before the first refresh, and while sorted by number.
    order: Vec<usize>,
    /// Whether instructions may take a second line.
    is_roomy: bool,
    /// What the order was made from.
    sorted: Option<(u32, StepSort)>,
}

impl StepList {
    /// The selected step; none where the whole image is selected.
    pub fn selected(&self) -> Option<usize> {
        self.cursor.selected().checked_sub(1).map(|row| self.step_at(row))
    }

    fn step_at(&self, row: usize) -> usize {
        self.order.get(row).copied().unwrap_or(row)
    }

    pub fn select(&mut self, step: usize) {
        let row = self.order.iter().position(|&other| other == step).unwrap_or(step);
        self.cursor.select(row + 1);
    }

    pub fn go(&mut self, motion: Motion, model: &Model, height: usize) {
        self.cursor.go(motion, model.steps().len() + 1, height);
    }

    pub fn sort_by_next(&mut self) {
        self.sort = self.sort.next();
    }

    /// The lines of the list if long instructions take two, unless that is more than there may be.
    pub fn wrapped_lines(model: &Model, width: u16, most: u16) -> Option<u16> {
        let (steps, most) = (model.steps(), usize::from(most));
        if steps.len() >= most {
            return None;
        }
        let width = usize::from(width);
        let start = table(width, model).heads(Row::new().gap(MARK)).width();
        let of_step = |step| if instruction_lines(step, model, start, width).1.is_empty() { 1 } else { 2 };
        let lines = 1 + steps.iter().map(of_step).sum::<usize>();
        u16::try_from(lines).ok().filter(|_| lines <= most)
    }

    /// Whether all layers fit with long instructions on two lines each.
    fn wraps(&self, model: &Model, inner: Rect) -> bool {
        let height = layout::below_heads(inner).height;
        self.is_roomy && Self::wrapped_lines(model, inner.width, height).is_some()
    }

    /// Handles a click or the wheel; a click on the head of a column sorts by it.
    pub fn point(&mut self, pointer: Pointer, model: &Model, inner: Rect) -> ClickTarget {
        let list = layout::below_heads(inner);
        if pointer.action == MouseAction::Click && pointer.at.y < list.y && pointer.is_in(inner) {
            let column = usize::from(pointer.at.x - inner.x).checked_sub(MARK);
            let table = table(usize::from(inner.width), model);
            let clicked = column.and_then(|column| StepSort::of_column(table.title_at(column)?));
            self.sort = clicked.unwrap_or(self.sort);
            return ClickTarget::Nothing;
        }
        let rows = model.steps().len() + 1;
        if self.wraps(model, inner) && pointer.is_in(list) {
            let width = usize::from(inner.width);
            let start = table(width, model).heads(Row::new().gap(MARK)).width();
            let step = |row: usize| model.steps().get(self.step_at(row.checked_sub(1)?));
            let is_long = |step| !instruction_lines(step, model, start, width).1.is_empty();
            let is_long: Vec<bool> = (0..rows).map(|row| step(row).is_some_and(is_long)).collect();
            return pointer.on_wrapped_list(&mut self.cursor, list, is_long);
        }
        pointer.on_list(&mut self.cursor, list, rows)
    }

    /// Sorts the steps where their order or their bytes changed; the selected one stays selected.
    pub fn refresh(&mut self, model: &Model, height: usize, is_roomy: bool) {
        self.is_roomy = is_roomy;
        let wanted = Some((model.edition, self.sort));
        if self.sorted != wanted {
            let selected = self.selected();
            self.sorted = wanted;
            self.order.clear();
            if self.sort != StepSort::Number {
                self.order.extend(0..model.steps().len());
                // Steps without a layer have no figures at all.
                let bytes = |step: usize| model.steps()[step].layer.map(|layer| self.sort.bytes(layer, model));
                self.order.sort_by_key(|&step| Reverse(bytes(step)));
            }
            if let Some(step) = selected {
                self.select(step);
            }
        }
        self.cursor.clamp(model.steps().len() + 1, height);
    }
}

/// A row of the list.
enum ListRow<'a> {
    Image(&'a Model),
    Layer(LayerRow<'a>),
    /// A step without a layer.
    Metadata {
        is_base: bool,
        /// It may have made a layer.
        unplaced: Option<UnplacedStep>,
    },
}

impl<'a> ListRow<'a> {
    fn number(&self) -> Cell {
        match self {
            Self::Image(_) => Cell::Text(Role::Strong, "all".to_owned()),
            Self::Layer(row) => Cell::Text(Role::Text, row.layer.to_string()),
            Self::Metadata { unplaced: Some(_), .. } => Cell::Text(Role::Dim, "?".to_owned()),
            Self::Metadata { .. } => Cell::Text(Role::Dim, "–".to_owned()),
        }
    }

    /// A cell of a layer, or of the totals of the image once they are known.
    fn cell(&self, of_layer: fn(&LayerRow<'a>) -> Cell, of_image: fn(Accounts) -> Cell) -> Cell {
        match self {
            Self::Image(model) => model.analysis.as_ref().map_or(Cell::Empty, |analysis| of_image(analysis.totals)),
            Self::Layer(row) => of_layer(row),
            Self::Metadata { .. } => Cell::Empty,
        }
    }

    /// Whether it came with the base image.
    fn from(&self) -> Cell {
        let is_base = match self {
            Self::Image(_) => false,
            Self::Layer(LayerRow { is_base, .. }) | Self::Metadata { is_base, .. } => *is_base,
        };
        shared::from_base(is_base)
    }
}

/// A layer in the list.
struct LayerRow<'a> {
    layer: LayerNumber,
    model: &'a Model,
    is_base: bool,
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
            None if self.model.export.is_some() => Cell::Empty,
            None => Cell::Progress(self.loaded().fraction()),
        }
    }

    fn loaded(&self) -> Loaded {
        self.model.layers.get(self.layer.index()).copied().unwrap_or_default()
    }

    /// The bytes that it wasted, wherever they are stored.
    fn caused(&self) -> Cell {
        wasted(self.model.caused(self.layer))
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

/// The columns before the first one of the table.
const MARK: usize = 1;

const NUMBER: &str = "#";
const SIZE: &str = "size";
const WASTED: &str = "wasted";
const CAUSED: &str = "caused";

/// The fewest columns that an instruction keeps when optional columns are shown.
const INSTRUCTION: usize = 24;

fn table<'a>(width: usize, model: &Model) -> Table<ListRow<'a>> {
    let number = model.layer_count().to_string().len().max(3);
    let bar = (width / 8).clamp(6, 20);
    let room = width.saturating_sub(MARK + number + 1 + 8 + 9);
    // While layers are read there is nothing to show, but the columns stay where they will be.
    let has_caused = room >= INSTRUCTION + 8 && (model.analysis.is_some() || width >= 64);
    // Which instruction is to blame says more than a bar beside the size.
    let has_bar = width >= 52 && (!has_caused || room > INSTRUCTION + 8 + bar);
    let when = |shown: bool| if shown { 0 } else { usize::MAX };
    let (size, wasted_or_read) = match (&model.analysis, &model.export) {
        (Some(_), _) => (SIZE, WASTED),
        (None, Some(_)) => (SIZE, ""),
        (None, None) => ("stored", "read"),
    };
    let caused = if model.analysis.is_some() { CAUSED } else { "" };
    Table::new(width)
        .right(0, NUMBER, number, |row: &ListRow<'a>, _| row.number())
        .right(0, size, 7, |row, _| match row {
            ListRow::Metadata { unplaced: Some(UnplacedStep { size: Some(size), .. }), .. } => {
                Cell::Text(Role::Text, format::bytes(*size))
            }
            _ => row.cell(LayerRow::size, |totals| Cell::Text(Role::Strong, format::bytes(totals.total()))),
        })
        .left(when(has_bar), "", bar, |row, _| {
            row.cell(LayerRow::bar, |totals| Cell::Bar(totals.live, totals.wasted(), totals.total()))
        })
        .right(0, wasted_or_read, 7, |row, _| row.cell(LayerRow::wasted, |totals| wasted(totals.wasted())))
        .right(when(has_caused), caused, 7, |row, _| row.cell(LayerRow::caused, |_| Cell::Empty))
        .left(if model.base_steps() > 0 { 72 } else { usize::MAX }, "from", 4, |row, _| row.from())
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
    list: &StepList,
    bracketed: Option<&Bracket>,
    framing: Framing<'_>,
) {
    let (cursor, sort) = (&list.cursor, list.sort.name());
    let about = bracketed.map(|bracket| bracket.about.as_str()).filter(|about| !about.is_empty());
    let about = about.map_or_else(|| format!("· {sort}"), |about| format!("{about} · {sort}"));
    let inner = pane::open(buffer, area, "Layers", &about, framing);
    let width = usize::from(inner.width);
    let table = table(width, model);
    let heads = table.heads(Row::new().gap(MARK)).until(Role::Heading, "instruction", width);
    heads.paint(buffer, inner.intersection(area), framing.theme);
    let rows_area = layout::below_heads(inner);
    let (steps, of_base) = (model.steps(), model.base_steps());
    let largest = model.analysis.iter().flat_map(|analysis| &analysis.layers).map(|layer| layer.accounts.total()).max();
    let visible = cursor.visible(steps.len() + 1, usize::from(rows_area.height));
    let wraps = list.wraps(model, inner);
    let start = table.heads(Row::new().gap(MARK)).width();
    let rows = visible.map(|row| {
        let at = row.checked_sub(1).map(|row| list.step_at(row));
        let Some((at, step)) = at.and_then(|at| Some((at, steps.get(at)?))) else {
            let row = table.row(Row::new().gap(MARK), &ListRow::Image(model));
            return (row.until(Role::Strong, "the whole image", width), None);
        };
        let row = match step.layer.map(Marked::Layer).filter(|&layer| model.marks.contains(layer)) {
            Some(layer) => shared::mark(model, Some(layer)),
            None => bracket(at, bracketed.map(|bracket| &bracket.steps)),
        };
        let is_base = at < of_base;
        let unplaced = model.export.as_ref().and_then(|export| export.unplaced(at));
        let of_layer = |layer| ListRow::Layer(LayerRow { layer, model, is_base, largest: largest.unwrap_or(0) });
        let of_step = step.layer.map_or(ListRow::Metadata { is_base, unplaced }, of_layer);
        let row = table.row(row, &of_step);
        if !wraps {
            return (instruction(row, step, model, width), None);
        }
        let (first, rest) = instruction_lines(step, model, start, width);
        let role = instruction_role(step);
        let second = (!rest.is_empty()).then(|| Row::new().gap(start).until(role, &rest, width));
        (oddities(row, step, model, width).until(role, &first, width), second)
    });
    let selected = Some((cursor.line(), framing.selection()));
    paint_wrapped_rows(buffer, rows_area, framing.theme, rows, selected);
    pane::position(buffer, area, cursor, steps.len() + 1, rows_area, framing);
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

/// The instruction on one line, after what is odd about its layer.
fn instruction(row: Row, step: &Step, model: &Model, width: usize) -> Row {
    let row = oddities(row, step, model, width);
    row.until(instruction_role(step), &Instruction::read(step.description()).line_or_missing(), width)
}

/// The instruction on two lines that begin at a column, the first after what is odd; the second is empty if one line is
/// enough.
fn instruction_lines(step: &Step, model: &Model, start: usize, width: usize) -> (String, String) {
    let text = format::safe_str(&Instruction::read(step.description()).line_or_missing());
    let before = oddities(Row::new().gap(start), step, model, width).width();
    on_two_lines(text, width.saturating_sub(before))
}

fn instruction_role(step: &Step) -> Role {
    if step.layer.is_none() || step.description().is_empty() { Role::Dim } else { Role::Text }
}

/// What is odd about the layer of a step.
fn oddities(mut row: Row, step: &Step, model: &Model, width: usize) -> Row {
    if let Some(fault) = step.layer.and_then(|layer| model.fault(layer)) {
        row = row.until(Role::Warning, &format!("! {fault} "), width);
    }
    if let Some(same) = step.layer.and_then(|layer| model.layer(layer)?.same_as) {
        row = row.until(Role::Dim, &format!("= layer {same} "), width);
    }
    row
}
