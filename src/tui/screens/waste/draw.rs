//! Wasted bytes: how many, why, which path, where they are stored and which instruction wasted them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::{WasteRow, WasteView};
use crate::analysis::{Account, Analysis, Grouping, Instruction, Marked, WasteGroup};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::model::concerns::FoundSecrets;
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared::{self, account_role, short};
use crate::tui::search::{Finder, WasteFound};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::union::Union;

/// What a row of waste shows: a heading, a group or a file.
pub(super) struct WasteCells {
    pub role: Role,
    pub bytes: u64,
    pub account: Option<Account>,
    /// Whether it contains a secret.
    pub secret: bool,
    pub indent: usize,
    pub path: Vec<(Role, String)>,
    /// The layers that store it.
    pub layers: String,
    /// The layer that wasted it.
    pub by: Option<LayerNumber>,
}

/// The columns for a width.
pub(super) struct WasteTable {
    table: Table<(WasteCells, Totals)>,
    /// The width of the path.
    pub path: usize,
    width: usize,
    totals: Totals,
}

/// What bytes are compared with.
#[derive(Clone, Copy)]
struct Totals {
    /// The most bytes of a row, for the bars.
    largest: u64,
    /// All bytes of the image, for the shares.
    all: u64,
}

impl WasteTable {
    /// Without the accounts where all rows are in one, and without the mark of secrets where there are none.
    fn for_width(width: usize, one_account: bool, mark: bool, totals: Totals) -> Self {
        let (bar, mark) = ((width / 12).clamp(6, 16), usize::from(mark));
        let account = if width < 50 { 1 } else { 11 };
        let optional =
            [(width >= 70, 6), (width >= 76, bar + 1), (!one_account, account + 1), (true, mark), (width >= 60, 11)];
        let taken: usize = optional.into_iter().filter(|(shown, _)| *shown).map(|(_, columns)| columns).sum();
        let rest = width.saturating_sub(10 + taken);
        // With little room, the path gets it: the details show the instruction anyway.
        let path = if width >= 100 { rest * 55 / 100 } else { rest };
        let table = Table::new(width)
            .right(0, "bytes", 7, |(row, _): &(WasteCells, Totals), _| Cell::Text(row.role, format::bytes(row.bytes)))
            .right(70, "share", 5, |(row, totals), _| Cell::Text(Role::Dim, share(row.bytes, totals.all)))
            .left(76, "", bar, |(row, totals), _| Cell::Bar(0, row.bytes, totals.largest))
            .left(
                if one_account { usize::MAX } else { 0 },
                if account > 1 { "why" } else { "" },
                account,
                |(row, _), width| {
                    row.account.map_or(Cell::Empty, |of| Cell::Text(account_role(of), short(of.name(), width)))
                },
            )
            // A character as well as a colour.
            .left(0, "", mark, |(row, _), _| Cell::Text(Role::Removed, if row.secret { "!" } else { "" }.to_owned()))
            .gap(0)
            .left(0, "  path", path, |(row, _), _| Cell::Texts(row.indent, row.path.clone()))
            .right(60, "in", 6, |(row, _), _| {
                Cell::Text(if row.role == Role::Dim { Role::Dim } else { Role::Text }, row.layers.clone())
            })
            .right(60, "by", 3, |(row, _), _| Cell::number(row.by));
        Self { table, path, width, totals }
    }

    /// Whether the layer that wasted something has a column.
    pub fn has_layer(&self) -> bool {
        self.width >= 60
    }

    /// Whether its instruction has one.
    pub fn has_instruction(&self) -> bool {
        self.width >= 100
    }

    fn heads(&self) -> Row {
        let row = self.table.heads(Row::new().gap(1));
        if self.has_instruction() { row.until(Role::Heading, "instruction", self.width) } else { row }
    }

    pub fn row(&self, first: Row, cells: WasteCells, model: &Model) -> Row {
        let by = cells.by.filter(|_| self.has_instruction());
        let row = self.table.row(first, &(cells, self.totals));
        let Some(by) = by else { return row };
        let instruction = model.image.as_ref().map_or("", |image| image.description_of(by));
        row.until(Role::Dim, &Instruction::read(instruction).line_or_missing(), self.width)
    }
}

/// A share of all bytes in whole per cent, rounded.
fn share(bytes: u64, all: u64) -> String {
    let all = u128::from(all.max(1));
    match (u128::from(bytes) * 200 + all) / (all * 2) {
        _ if bytes == 0 => String::new(),
        0 => "< 1 %".to_owned(),
        share => format!("{share} %"),
    }
}

pub(in crate::tui) fn waste(buffer: &mut Buffer, area: Rect, model: &Model, view: &WasteView, framing: Framing<'_>) {
    let name = if view.only().is_some() { "Removed, but still stored" } else { "Wasted space" };
    let about = |by: &str, short| {
        let sort = if view.sort() == Sort::Name { "by path" } else { "largest first" };
        let said = waste_filter(view.filter(), view.found(), view.is_requested(), short);
        let by = if by.is_empty() { String::new() } else { format!("· {by}") };
        said.map_or_else(|| format!("{by}· {sort}"), |said| format!("· {said} {by}· {sort}"))
    };
    let by = match view.grouping() {
        None => "",
        Some(Grouping::Cause) => "by cause ",
        Some(Grouping::Instruction) => "by instruction ",
        Some(Grouping::Folder) => "by folder ",
    };
    let about = pane::about_that_fits(area, name, about(by, false), || about(by, true));
    let inner = view.list().open(buffer, area, name, &about, framing);
    let Some(((groups, analysis), union)) =
        model.groups.as_ref().zip(model.analysis.as_ref()).zip(model.union.as_ref())
    else {
        let why = if model.union.is_some() { "…" } else { "known once the layers are read" };
        pane::note(buffer, inner.intersection(area), framing.theme, why);
        return;
    };
    let waiting = view.grouping().is_some() && view.sections().is_none();
    if waiting || view.sort() == Sort::Name && model.groups_by_path.is_none() {
        pane::note(buffer, inner.intersection(area), framing.theme, "…");
        return;
    }
    if view.list().rows.is_empty() {
        let why = if view.found().is_some_and(|found| found.total > 0) {
            "no matches"
        } else if view.only().is_some() {
            "nothing: no layer removed a file that a lower layer stores"
        } else {
            "nothing: every stored byte is visible in the final image"
        };
        pane::note(buffer, inner.intersection(area), framing.theme, why);
        return;
    }
    let secrets = model.concerns.secrets.as_deref();
    let marked = secrets.is_some_and(FoundSecrets::are_in_waste);
    let width = usize::from(inner.width);
    let totals = Totals { largest: view.largest(), all: analysis.totals.total() };
    let table = WasteTable::for_width(width, view.only().is_some(), marked, totals);
    table.heads().paint(buffer, inner.intersection(area), framing.theme);
    let indent = if view.grouping().is_some() { 2 } else { 0 };
    let shared = SharedByRows { model, analysis, union, table: &table, indent };
    view.list().draw_rows(buffer, area, inner, framing, Some(total(analysis, view)), |_, row| {
        let open = view.is_open(row);
        Some(match row {
            WasteRow::Section(section) => view.heading_row(section, groups)?.draw(model, &table),
            WasteRow::Group(group) => {
                let files = groups.get(group)?.files(view.only().is_some()).len();
                let holds = secrets.is_some_and(|found| !found.of_group(group).is_empty());
                shared.group_row(groups.get(group)?, open, files, holds)
            }
            WasteRow::File { group, file } => shared.file_row(groups.get(group)?, file, view.has_own_row(group)),
        })
    });
}

/// The bytes and files, and which accounts they are in.
fn total(analysis: &Analysis, view: &WasteView) -> Row {
    let totals = analysis.totals;
    if let Some(found) = view.found() {
        let whole = view.only().map_or(totals.wasted(), |only| totals.bytes_in(only));
        let row = Row::new().gap(1).right(Role::Strong, &format::bytes(found.bytes), 7);
        let row = row.text(Role::Text, &format!(" in {}", counted(found.count, "file")));
        return row.text(Role::Dim, &format!(" match, of {}", format::bytes(whole)));
    }
    let bytes = view.only().map_or(totals.wasted(), |only| totals.bytes_in(only));
    let row = Row::new().gap(1).right(Role::Strong, &format::bytes(bytes), 7);
    let row = row.text(Role::Text, &format!(" in {}", counted(view.files(), "file")));
    if view.only().is_some() {
        return row;
    }
    let accounts = [Account::Removed, Account::Overwritten, Account::Rewritten];
    let parts = accounts.iter().filter(|&&account| totals.bytes_in(account) > 0);
    let parts: Vec<_> =
        parts.map(|&account| format!("{} {}", account.name(), format::bytes(totals.bytes_in(account)))).collect();
    let row = row.text(Role::Dim, &format!(": {}", parts.join(", ")));
    if analysis.compared { row } else { row.text(Role::Dim, " · comparing") }
}

/// What all rows are drawn with.
struct SharedByRows<'a> {
    model: &'a Model,
    analysis: &'a Analysis,
    union: &'a Union,
    table: &'a WasteTable,
    indent: usize,
}

impl SharedByRows<'_> {
    fn group_row(&self, group: &WasteGroup, open: bool, files: usize, holds_secret: bool) -> Row {
        let &Self { model, table, indent, .. } = self;
        let marked = if model.marks.list().is_empty() { None } else { marked(group, model) };
        let mark = match (group.folder || group.files.len() > 1, open) {
            (false, _) => "  ",
            (true, true) => "▾ ",
            (true, false) => "▸ ",
        };
        let count = if group.folder { format!("  {}", counted(files, "file")) } else { String::new() };
        let mut path = format!("{}{}", format::safe(group.path.as_bytes()), if group.folder { "/" } else { "" });
        // The end of a path says more than its beginning.
        let room = table.path.saturating_sub(2 + indent + count.len());
        path = fit_end(&path, room.max(table.path / 2));
        let cells = WasteCells {
            role: Role::Text,
            bytes: group.bytes,
            account: Some(group.account),
            secret: holds_secret,
            indent,
            path: vec![(Role::Dim, mark.to_owned()), (Role::Text, path), (Role::Dim, count)],
            layers: group.layer.to_string(),
            by: Some(group.by),
        };
        table.row(shared::mark(model, marked), cells, model)
    }

    fn file_row(&self, group: &WasteGroup, file: usize, group_has_row: bool) -> Row {
        let &Self { model, analysis, union, table, indent } = self;
        let Some(waste) = analysis.waste.get(file) else { return Row::new() };
        let name = union.version(waste.name);
        let path = format::safe(name.path().as_bytes());
        let inside = path.strip_prefix(&format::safe(group.path.as_bytes())).unwrap_or(&path).trim_start_matches('/');
        let indent = if group_has_row { indent + 4 } else { 4 };
        let holds = model.concerns.secrets.as_ref().is_some_and(|found| !found.of_file(file).is_empty());
        let inside = fit_end(inside, table.path.saturating_sub(indent));
        let cells = WasteCells {
            role: Role::Dim,
            bytes: waste.bytes,
            account: None,
            secret: holds,
            indent,
            path: vec![(Role::Text, inside)],
            layers: waste.layer.to_string(),
            by: None,
        };
        table.row(shared::mark(model, name.node().map(Marked::Wasted)), cells, model)
    }
}

/// What marking the row of a group would mark.
fn marked(group: &WasteGroup, model: &Model) -> Option<Marked> {
    let (union, analysis) = (model.union.as_ref()?, model.analysis.as_ref()?);
    let node = match group.files[..] {
        [file] if !group.folder => union.version(analysis.waste.get(file)?.name).node(),
        _ => None,
    };
    node.or_else(|| union.node_at(&group.path)).map(Marked::Wasted)
}

/// Layers as `2`, `1,3` or `1…7`.
pub(in crate::tui) fn span(layers: &[LayerNumber]) -> String {
    match layers {
        [] => String::new(),
        [one] => one.to_string(),
        [one, other] => format!("{one},{other}"),
        [first, .., last] => format!("{first}…{last}"),
    }
}

/// What the title says about the filter; `None` if everything is shown.
fn waste_filter(finder: &Finder, found: Option<&WasteFound>, waiting: bool, in_short: bool) -> Option<String> {
    let counts = found.map(|found| shared::FilterCounts {
        matches: found.matches,
        total: found.total,
        bytes: format::bytes(found.bytes),
    });
    shared::filter_summary(finder, counts, waiting, in_short)
}
