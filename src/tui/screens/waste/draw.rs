//! Wasted bytes: how many, why, which path, where they are stored and which instruction wasted them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::concerns::draw::summary;
use super::headings::heading;
use super::list::{WasteRow, WasteView};
use crate::analysis::{Account, Analysis, Grouping, Marked, WasteGroup};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::model::concerns::FoundSecrets;
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::model::tree::Sort;
use crate::tui::screens::{filter, shared};
use crate::tui::search::{Finder, WasteFound};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, bar, fit_end, paint_rows};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::union::Union;

/// Columns for a width.
pub(super) struct WasteColumns {
    bar: usize,
    /// `None` where all rows are in one account.
    pub(in crate::tui) account: usize,
    pub(in crate::tui) path: usize,
    /// The layers that store it.
    stored: usize,
    /// The layer that wasted it.
    pub(in crate::tui) by: usize,
    whole: usize,
    pub(in crate::tui) instruction: bool,
    /// The mark of rows that contain a secret; 0 where there are none.
    pub(in crate::tui) mark: usize,
}

impl WasteColumns {
    fn for_width(width: usize, one_account: bool, mark: bool) -> Self {
        let mark = usize::from(mark);
        let bar = if width < 76 { 0 } else { (width / 12).clamp(6, 16) };
        let account = match (one_account, width) {
            (true, _) => 0,
            (false, 0..50) => 1,
            (false, _) => 11,
        };
        let (stored, by) = if width < 60 { (0, 0) } else { (6, 3) };
        let gaps = usize::from(bar > 0) + usize::from(account > 0) + 2 * usize::from(stored > 0);
        let rest = width.saturating_sub(1 + 8 + bar + account + stored + by + gaps + mark + 1);
        // With little room, the path gets it: the details show the instruction anyway.
        let instruction = width >= 100;
        let path = if instruction { rest * 55 / 100 } else { rest };
        Self { bar, account, path, stored, by, whole: width, instruction, mark }
    }

    fn heads(&self) -> Row {
        let mut row = Row::new().gap(1).right(Role::Heading, "bytes", 7).gap(1);
        if self.bar > 0 {
            row = row.gap(self.bar + 1);
        }
        if self.account > 0 {
            row = row.left(Role::Heading, if self.account > 1 { "why" } else { "" }, self.account).gap(1);
        }
        row = row.gap(self.mark).left(Role::Heading, "  path", self.path).gap(1);
        if self.stored > 0 {
            row = row.right(Role::Heading, "in", self.stored).gap(1).right(Role::Heading, "by", self.by).gap(1);
        }
        if self.instruction { row.until(Role::Heading, "instruction", self.whole) } else { row }
    }
}

/// The rows' part of the pane: between the headings and the total.
pub(super) fn waste_rows(inner: Rect) -> Rect {
    let below = layout::below_heads(inner);
    Rect { height: below.height.saturating_sub(1), ..below }
}

pub(in crate::tui) fn waste(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    view: &WasteView,
    keymap: &Keymap,
    framing: Framing<'_>,
) {
    let name = if view.only().is_some() { "Removed, but still stored" } else { "Wasted" };
    let about = |by: &str, short| {
        let sort = if view.sort() == Sort::Name { "by path" } else { "largest first" };
        let said = waste_filter(view.finder(), view.found(), view.is_requested(), short);
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
    let inner = pane::open(buffer, area, name, &about, framing);
    filter::filter_line(buffer, inner.intersection(area), view.finder(), framing.theme);
    let inner = filter::above_filter(inner, view.finder());
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
    if view.rows().is_empty() {
        let why = if view.found().is_some_and(|found| found.total > 0) {
            "no matches"
        } else if view.only().is_some() {
            "nothing: no layer removed a file that a lower layer stores"
        } else {
            "nothing: every stored byte is visible in the final image"
        };
        let told = summary(model, view.only().is_some(), keymap).filter(|_| view.found().is_none());
        let why = told.map_or_else(|| why.to_owned(), |(told, _)| format!("{why} · {told}"));
        pane::note(buffer, inner.intersection(area), framing.theme, &why);
        return;
    }
    let secrets = model.concerns.secrets.as_deref();
    let marked = secrets.is_some_and(FoundSecrets::are_in_waste);
    let columns = WasteColumns::for_width(usize::from(inner.width), view.only().is_some(), marked);
    columns.heads().paint(buffer, inner.intersection(area), framing.theme);
    let list = waste_rows(inner);
    let cursor = view.cursor();
    pane::position(buffer, area, &cursor, view.rows().len(), list, framing);
    let visible = cursor.visible(view.rows().len(), usize::from(list.height));
    let largest = view.largest();
    let indent = if view.grouping().is_some() { 2 } else { 0 };
    let shared = SharedByRows { model, analysis, union, columns: &columns, largest, indent };
    let rows = view.rows()[visible].iter().filter_map(|&row| {
        let open = view.is_open(row);
        Some(match row {
            WasteRow::Section(section) => {
                let holds = view.holds_secret(section);
                heading(view.sections()?.get(section)?, open, holds, largest, model, &columns)
            }
            WasteRow::Group(group) => {
                let files = groups.get(group)?.files(view.only().is_some()).len();
                let holds = secrets.is_some_and(|found| !found.of_group(group).is_empty());
                shared.group_row(groups.get(group)?, open, files, holds)
            }
            WasteRow::File { group, file } => shared.file_row(groups.get(group)?, file),
        })
    });
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
    let foot = Rect { y: list.bottom(), height: 1, ..inner };
    if list.bottom() < area.bottom() {
        total(model, analysis, view, keymap, usize::from(inner.width)).paint(
            buffer,
            foot.intersection(inner),
            framing.theme,
        );
    }
}

/// The totals, and what was found of junk and secrets: as much of it as there is room for.
fn total(model: &Model, analysis: &Analysis, view: &WasteView, keymap: &Keymap, width: usize) -> Row {
    let told = summary(model, view.only().is_some(), keymap).filter(|_| view.found().is_none());
    let Some((full, short)) = told else { return come_to(analysis, view, true) };
    let rows = [(true, &full), (true, &short), (false, &full), (false, &short)];
    let row = |(parts, told): (bool, &String)| come_to(analysis, view, parts).text(Role::Text, &format!(" · {told}"));
    let fits = rows.into_iter().map(row).find(|row| row.width() <= width);
    fits.unwrap_or_else(|| row((false, &short)))
}

/// The bytes and files, and which accounts they are in.
fn come_to(analysis: &Analysis, view: &WasteView, with_parts: bool) -> Row {
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
    if view.only().is_some() || !with_parts {
        return row;
    }
    let accounts = [Account::Removed, Account::Overwritten, Account::Rewritten];
    let parts = accounts.iter().filter(|&&account| totals.bytes_in(account) > 0);
    let parts: Vec<_> =
        parts.map(|&account| format!("{} {}", account.name(), format::bytes(totals.bytes_in(account)))).collect();
    let row = row.text(Role::Dim, &format!(": {}", parts.join(", ")));
    if analysis.compared { row } else { row.text(Role::Dim, " · comparing") }
}

pub(super) fn account_role(account: Account) -> Role {
    match account {
        Account::Live => Role::Text,
        Account::Overwritten => Role::Modified,
        Account::Rewritten => Role::Dim,
        Account::Removed => Role::Removed,
    }
}

/// The last columns: which layer stored it, which layer wasted it, and the instruction.
pub(super) fn blame(row: Row, layers: &str, by: Option<LayerNumber>, model: &Model, columns: &WasteColumns) -> Row {
    if columns.stored == 0 {
        return row;
    }
    let row = row.right(Role::Text, layers, columns.stored).gap(1);
    let Some(by) = by else { return row };
    let row = row.right(Role::Text, &by.to_string(), columns.by).gap(1);
    if !columns.instruction {
        return row;
    }
    let instruction = model.image.as_ref().map_or("", |image| image.description_of(by));
    row.until(Role::Dim, &instruction_or_missing(instruction), columns.whole)
}

/// What all rows are drawn with.
struct SharedByRows<'a> {
    model: &'a Model,
    analysis: &'a Analysis,
    union: &'a Union,
    columns: &'a WasteColumns,
    /// The most bytes of a row, for the bars.
    largest: u64,
    indent: usize,
}

impl SharedByRows<'_> {
    fn group_row(&self, group: &WasteGroup, open: bool, files: usize, holds_secret: bool) -> Row {
        let &Self { model, columns, largest, indent, .. } = self;
        let marked = if model.marks.list().is_empty() { None } else { marked(group, model) };
        let row = start(shared::mark(model, marked), Role::Text, group.bytes, largest, columns);
        let row = if columns.account > 0 {
            let account = short(group.account.name(), columns.account);
            row.left(account_role(group.account), &account, columns.account).gap(1)
        } else {
            row
        };
        let row = secret_mark(row, holds_secret, columns);
        let mark = match (group.folder || group.files.len() > 1, open) {
            (false, _) => "  ",
            (true, true) => "▾ ",
            (true, false) => "▸ ",
        };
        let count = if group.folder { format!("  {}", counted(files, "file")) } else { String::new() };
        let mut path = format!("{}{}", format::safe(group.path.as_bytes()), if group.folder { "/" } else { "" });
        // The end of a path says more than its beginning.
        let room = columns.path.saturating_sub(2 + indent + count.len());
        path = fit_end(&path, room.max(columns.path / 2));
        let at = row.width();
        let row = row.gap(indent).text(Role::Dim, mark).text(Role::Text, &path);
        let row = row.until(Role::Dim, &count, at + columns.path);
        let used = row.width() - at;
        let row = row.gap(columns.path.saturating_sub(used) + 1);
        blame(row, &span(&group.layers), Some(group.by), model, columns)
    }

    fn file_row(&self, group: &WasteGroup, file: usize) -> Row {
        let &Self { model, analysis, union, columns, largest, indent } = self;
        let Some(waste) = analysis.waste.get(file) else { return Row::new() };
        let name = union.version(waste.name);
        let path = format::safe(name.path().as_bytes());
        let inside = path.strip_prefix(&format::safe(group.path.as_bytes())).unwrap_or(&path).trim_start_matches('/');
        let indent = indent + 4;
        let row = start(shared::mark(model, name.node().map(Marked::Path)), Role::Dim, waste.bytes, largest, columns);
        let holds = model.concerns.secrets.as_ref().is_some_and(|found| !found.of_file(file).is_empty());
        let row = row.gap(columns.account + usize::from(columns.account > 0));
        let row = secret_mark(row, holds, columns).gap(indent);
        let room = columns.path.saturating_sub(indent);
        let row = row.left(Role::Text, &fit_end(inside, room), room).gap(1);
        if columns.stored == 0 { row } else { row.right(Role::Dim, &waste.layer.to_string(), columns.stored) }
    }
}

/// What marking the row of a group would mark.
fn marked(group: &WasteGroup, model: &Model) -> Option<Marked> {
    let (union, analysis) = (model.union.as_ref()?, model.analysis.as_ref()?);
    let node = match group.files[..] {
        [file] if !group.folder => union.version(analysis.waste.get(file)?.name).node(),
        _ => None,
    };
    node.or_else(|| union.node_at(&group.path)).map(Marked::Path)
}

/// A mark where a row contains a secret: a character as well as a colour.
pub(super) fn secret_mark(row: Row, holds_secret: bool, columns: &WasteColumns) -> Row {
    row.left(Role::Removed, if holds_secret { "!" } else { "" }, columns.mark)
}

pub(in crate::tui) fn start(row: Row, role: Role, bytes: u64, largest: u64, columns: &WasteColumns) -> Row {
    let row = row.right(role, &format::bytes(bytes), 7).gap(1);
    if columns.bar > 0 { bar(row, 0, bytes, largest, columns.bar).gap(1) } else { row }
}

/// A word, or its initial where there is no room for more.
pub(in crate::tui) fn short(word: &str, columns: usize) -> String {
    if columns > 1 { word.to_owned() } else { word.chars().take(1).flat_map(char::to_uppercase).collect() }
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
    let counts = found.map(|found| filter::Counts {
        matches: found.matches,
        total: found.total,
        bytes: format::bytes(found.bytes),
    });
    filter::summary(finder, counts, waiting, in_short)
}
