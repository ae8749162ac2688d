//! The tree of files: only the visible rows are built.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::files::Files;
use crate::analysis::Marked;
use crate::format;
use crate::image::{EntryKind, LayerNumber};
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::model::tree::{FileTree, Fold, TreeRow};
use crate::tui::screens::shared;
use crate::tui::search::{FilterResult, Finder};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows, progress, whole_percent};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::theme::{Role, Theme};
use crate::union::{self, Change, RowLayer, Scope, Union, VersionRef};

/// The tree, and what it shows.
pub(super) struct FilesShown<'a> {
    pub files: &'a Files,
    /// The selected step; none if it is the whole image.
    pub step: Option<usize>,
    pub scope: Option<Scope>,
    pub keymap: &'a Keymap,
}

/// A path in the list.
struct FileRow<'a> {
    shown: union::ViewRow<'a>,
    row: TreeRow,
    tree: &'a FileTree,
    union: &'a Union,
}

impl FileRow<'_> {
    fn bytes(&self) -> (u64, u64) {
        (self.tree.view().bytes(self.row.node), self.tree.view().removed_bytes(self.row.node))
    }

    /// The mode in letters, or in digits where there is no room.
    fn mode(&self, width: usize) -> Cell {
        let version = self.shown.version;
        let text = match (version.entry(), width) {
            (None, _) => return Cell::Empty,
            (Some(_), 4) => format!("{:>4o}", version.mode()),
            (Some(_), _) => version.kind().mode_letters(version.mode()),
        };
        Cell::Text(Role::Dim, text)
    }

    fn owner(&self) -> Cell {
        if self.shown.version.entry().is_none() {
            return Cell::Empty;
        }
        let (user, group) = self.shown.version.owner();
        Cell::Text(if (user, group) == (0, 0) { Role::Dim } else { Role::Text }, format!("{user}:{group}"))
    }

    fn size(&self) -> Cell {
        match self.bytes() {
            (0, 0) if self.shown.version.kind() != EntryKind::File => Cell::Empty,
            // A folder that stores nothing, but where something was removed, shows the removed bytes.
            (0, removed) if removed > 0 => Cell::Text(Role::Removed, format::bytes(removed)),
            (bytes, _) => Cell::Text(Role::Text, format::bytes(bytes)),
        }
    }

    fn bar(&self) -> Cell {
        let (view, (bytes, removed)) = (self.tree.view(), self.bytes());
        let root = view.bytes(union::NodeId::ROOT).saturating_add(view.removed_bytes(union::NodeId::ROOT));
        Cell::Bar(bytes, removed, root)
    }

    /// The layer that brought it, where several layers are shown.
    fn layer(&self) -> Cell {
        match self.tree.view().layer(self.union, self.row.node) {
            None => Cell::Empty,
            Some(RowLayer::One(layer)) => Cell::Text(Role::Text, format!("L{layer}")),
            Some(RowLayer::Several) => Cell::Text(Role::Dim, "mixed".to_owned()),
        }
    }

    fn modified(&self, width: usize) -> Cell {
        let Some(entry) = self.shown.version.inode_entry() else { return Cell::Empty };
        let time = format::mtime(entry.mtime().seconds);
        Cell::Text(Role::Dim, time.get(..width).unwrap_or(&time).to_owned())
    }
}

/// A pane at least this wide shows the layer of each row.
const WITH_LAYER: usize = 30;

/// The columns, with that of the layer where rows are of different ones.
fn table<'a>(width: usize, of_layers: bool) -> Table<FileRow<'a>> {
    Table::new(width)
        .left(36, "mode", if width < 64 { 4 } else { 10 }, |row: &FileRow<'a>, width| row.mode(width))
        .right(50, "owner", 9, |row, _| row.owner())
        .right(0, "size", 7, |row, _| row.size())
        .right(if of_layers { WITH_LAYER } else { usize::MAX }, "layer", 5, |row, _| row.layer())
        .left(60, "", (width / 12).clamp(6, 16), |row, _| row.bar())
        .left(116, "modified", 16, FileRow::modified)
}

pub(super) fn files(buffer: &mut Buffer, area: Rect, model: &Model, shown: &FilesShown<'_>, framing: Framing<'_>) {
    let (name, about) = title(model, shown, false);
    let about = pane::about_that_fits(area, &name, about, || title(model, shown, true).1);
    let inner = pane::open(buffer, area, &name, &about, framing);
    shared::filter_line(buffer, inner.intersection(area), shown.files.finder(), framing.theme);
    if model.union.is_none() {
        reading(buffer, inner, model, framing.theme);
        return;
    }
    let width = usize::from(inner.width);
    let of_layers = shown.scope.is_some_and(|scope| !matches!(scope, Scope::Changes(first, last) if first == last));
    let table = table(width, of_layers);
    let heads = table.heads(Row::new().gap(3)).gap(2).until(Role::Heading, "name", width);
    heads.paint(buffer, inner.intersection(area), framing.theme);
    let list = shared::filtered_rows(inner, shown.files.finder());
    let Some((tree, union)) = shown.files.tree().zip(model.union.as_ref()) else {
        let why = match shown.scope {
            None if model.steps().is_empty() => "no files: the image has no layers",
            None if shown.files.merged => "no files: no layer is available yet",
            None => "no files: this instruction changed metadata only",
            Some(_) => "…",
        };
        pane::note(buffer, list, framing.theme, why);
        return;
    };
    if tree.rows().is_empty() {
        let why = match tree.found() {
            Some(found) if found.by_query && found.elsewhere > 0 => elsewhere(found.elsewhere, shown.keymap),
            Some(found) if found.total > 0 && found.by_query => "no matches".to_owned(),
            Some(found) if found.total > 0 => {
                let keys = shown.files.finder().hidden().actions().filter_map(|action| key(shown.keymap, action));
                format!("everything is hidden by {}", keys.collect::<Vec<_>>().join(" "))
            }
            _ => nothing(model, shown),
        };
        pane::note(buffer, list, framing.theme, &why);
        return;
    }
    let cursor = shown.files.cursor();
    let visible = cursor.visible(tree.rows().len(), usize::from(list.height));
    let rows = tree.rows()[visible].iter().map(|row| file_row(*row, model, tree, union, &table, width));
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
    pane::position(buffer, area, &cursor, tree.rows().len(), list, framing);
}

fn key(keymap: &Keymap, action: Action) -> Option<String> {
    keymap.keys(action).next().map(|key| keymap.spelling(key))
}

/// `0 here, 3 in other layers: ctrl-p`.
fn elsewhere(count: usize, keymap: &Keymap) -> String {
    let key = key(keymap, Action::Jump).map_or(String::new(), |key| format!(": {key}"));
    format!("0 here, {} in other layers{key}", format::count(count))
}

/// What exactly is shown, the sort order, and the total.
fn title(model: &Model, shown: &FilesShown<'_>, in_short: bool) -> (String, String) {
    let Some(scope) = shown.scope else { return ("Files".to_owned(), String::new()) };
    let sort = shown.files.sort().name();
    let found = shown.files.tree().and_then(FileTree::found);
    if let Some(said) = files_filter(shown.files.finder(), found, shown.files.is_requested(), in_short) {
        let name = match scope {
            Scope::Merged(layer) => format!("Files after layer {layer}"),
            Scope::Changes(first, last) if first != last => format!("Files of layers {first} to {last}, combined"),
            Scope::Changes(_, layer) => format!("Files of layer {layer}"),
        };
        return (name, format!("· {said} · {sort}"));
    }
    match scope {
        Scope::Merged(layer) => {
            let step = shown.step.and_then(|step| model.steps().get(step));
            let own = step.is_none_or(|step| step.layer == Some(layer));
            let name = format!("Files after layer {layer}");
            let note = match (own, in_short) {
                (false, _) => "merged; metadata only".to_owned(),
                (true, false) if layer.get() > 1 => format!("merged: the union of {layer} layers"),
                (true, _) => "merged".to_owned(),
            };
            (name, format!("· {note} · {sort}"))
        }
        Scope::Changes(first, last) if first != last => {
            let name = format!("Files of layers {first} to {last}, combined");
            let fault = (first.index()..=last.index())
                .map(LayerNumber::from_index)
                .find_map(|layer| model.fault(layer).map(|fault| format!("layer {layer}: {fault}")));
            let counts = shown.files.tree().map_or("…".to_owned(), |tree| {
                said_counts([Change::Added, Change::Modified, Change::Removed].map(|change| tree.view().count(change)))
            });
            let about: Vec<_> = [fault, Some(counts), Some(sort.to_owned())].into_iter().flatten().collect();
            (name, format!("· {}", about.join(" · ")))
        }
        Scope::Changes(_, layer) => {
            let name = format!("Files of layer {layer}");
            if let Some(fault) = model.fault(layer) {
                return (name, format!("· {fault} · {sort}"));
            }
            let counts = model.analysis.as_ref().map_or(String::new(), |analysis| {
                let all = [Change::Added, Change::Modified, Change::Removed];
                let counts = all.map(|change| analysis.changed(layer, change));
                if in_short { short_counts(counts) } else { format!(": {}", said_counts(counts)) }
            });
            (name, format!("· {}{counts} · {sort}", if in_short { "changes" } else { "its changes" }))
        }
    }
}

/// ` 12A 1R`: with the letters that mark the rows.
fn short_counts(counts: [usize; 3]) -> String {
    let named = counts.into_iter().zip([Change::Added, Change::Modified, Change::Removed]);
    let said = named.filter(|(count, _)| *count > 0);
    said.flat_map(|(count, change)| [" ".to_owned(), format::count(count), change.letter().to_string()]).collect()
}

/// `12 added, 1 removed`, from the numbers of added, modified and removed paths.
fn said_counts(counts: [usize; 3]) -> String {
    let named = counts.into_iter().zip([Change::Added, Change::Modified, Change::Removed]);
    let said = named.filter(|(count, _)| *count > 0);
    let said: Vec<_> = said.map(|(count, change)| format!("{} {}", format::count(count), change.name())).collect();
    if said.is_empty() { "none".to_owned() } else { said.join(", ") }
}

fn nothing(model: &Model, shown: &FilesShown<'_>) -> String {
    let Some(Scope::Merged(layer) | Scope::Changes(_, layer)) = shown.scope else { return String::new() };
    if matches!(shown.scope, Some(Scope::Changes(first, last)) if first != last) {
        return "combined, these layers changed no files".to_owned();
    }
    match model.fault(layer) {
        Some(fault) => format!("nothing to show: {fault}"),
        None => "this layer changed no files".to_owned(),
    }
}

fn reading(buffer: &mut Buffer, area: Rect, model: &Model, theme: &Theme) {
    if let Some(export) = &model.export {
        return export.draw(buffer, area, theme);
    }
    let count = format!("reading layers: {} of {} done", model.layers_read(), model.layer_count());
    let columns = usize::from(area.width).saturating_sub(10).min(40);
    let fraction = model.fraction();
    let bar = progress(Row::new().gap(1), fraction, columns);
    let bar = bar.right(Role::Text, &fraction.map(whole_percent).unwrap_or_default(), 6);
    paint_rows(buffer, area, theme, [Row::new().gap(1).text(Role::Text, &count), bar], None);
}

fn file_row<'a>(
    row: TreeRow,
    model: &Model,
    tree: &'a FileTree,
    union: &'a Union,
    table: &Table<FileRow<'a>>,
    width: usize,
) -> Row {
    let Some(shown) = tree.view().row(union, row.node) else { return Row::new() };
    let letter = shown.change.map_or(' ', Change::letter).to_string();
    let role = change_role(shown.change).unwrap_or(Role::Text);
    let line = shared::mark(model, Some(Marked::Path(row.node))).text(role, &letter).gap(1);
    let file = FileRow { shown, row, tree, union };
    name(table.row(line, &file), &file, width)
}

fn change_role(change: Option<Change>) -> Option<Role> {
    change.map(|change| match change {
        Change::Added => Role::Added,
        Change::Modified => Role::Modified,
        Change::Removed => Role::Removed,
    })
}

fn name(line: Row, file: &FileRow<'_>, width: usize) -> Row {
    let FileRow { shown, row, tree, union } = file;
    // It is only shown because something in it matches a filter.
    let leads = tree.found().is_some_and(|found| !found.is_match(row.node));
    let room = width.saturating_sub(line.width());
    let indent = (usize::from(row.depth) * 2).min(room / 2);
    let mark = match row.fold {
        Fold::Open => "▾ ",
        Fold::Closed => "▸ ",
        Fold::Leaf => "  ",
    };
    let version = shown.version;
    let folder = version.inode().kind() == EntryKind::Dir;
    let removed = shown.change == Some(Change::Removed);
    let role = match shown.change {
        _ if leads => Role::Dim,
        Some(Change::Removed) => Role::Removed,
        _ if folder => Role::Folder,
        Some(Change::Modified) => Role::Modified,
        Some(Change::Added) => Role::Added,
        None => Role::Text,
    };
    let mut line = line.gap(indent).text(Role::Dim, mark);
    let note =
        if removed { format!("  removed, still in {}", layers_that_store(union, version)) } else { String::new() };
    if row.first == row.node {
        line = line.bytes(role, union.name(row.node)).text(role, if folder { "/" } else { "" });
    } else {
        let room = width.saturating_sub(line.width() + format::width(&note));
        line = line.text(role, &joined_name(file, room));
    }
    if removed {
        return line.text(Role::Dim, &note);
    }
    let target = version.entry().map_or(&[][..], |entry| entry.link_target());
    match version.kind() {
        EntryKind::Symlink => line.text(Role::Dim, " → ").bytes(Role::Link, target),
        EntryKind::HardLink => line.text(Role::Dim, " = ").bytes(Role::Link, target),
        _ => line,
    }
}

/// `deep00/deep01/`, cut at its front: its end says more than its beginning.
fn joined_name(file: &FileRow<'_>, room: usize) -> String {
    let mut name = String::new();
    for node in file.tree.chain(file.row) {
        name.insert_str(0, &format!("{}/", format::safe(file.union.name(node))));
        // The chain may be as long as a path in an archive.
        if format::width(&name) > room {
            break;
        }
    }
    fit_end(&name, room)
}

/// What the title says about the filter of the files; empty if everything is shown.
fn files_filter(finder: &Finder, found: Option<&FilterResult>, waiting: bool, in_short: bool) -> Option<String> {
    let counts = found.map(|found| shared::FilterCounts {
        matches: found.matches,
        total: found.total,
        bytes: [(found.bytes, ""), (found.removed, " removed")]
            .into_iter()
            .filter(|(bytes, word)| *bytes > 0 || word.is_empty() && found.removed == 0)
            .map(|(bytes, word)| format!("{}{word}", format::bytes(bytes)))
            .collect::<Vec<_>>()
            .join(" and "),
    });
    shared::filter_summary(finder, counts, waiting, in_short)
}

/// The layers that store a path up to a version of it: "2", or "5 and 7".
fn layers_that_store(union: &Union, last: VersionRef<'_>) -> String {
    let versions = last.node().into_iter().flat_map(|node| union.versions(node)).map(|id| union.version(id).layer());
    let layers: BTreeSet<LayerNumber> = versions.filter(|&layer| layer <= last.layer()).collect();
    format::joined(&layers.iter().map(LayerNumber::to_string).collect::<Vec<_>>())
}
