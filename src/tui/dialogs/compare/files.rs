//! The files below the layers of two images: what differs, what the layers of one row change, or what either image shows.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::compare::{ComparedImages, DifferenceKind, Differences, Relation, RowId, Totals};
use crate::format::{self, safe, signed};
use crate::image::EntryKind;
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::search::Hidden;
use crate::tui::view::{ComparedPath, CursorTarget, FindingAt};
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::scroll::Cursor;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;
use crate::union::{Change, NodeId, Scope, VersionRef, View};

/// The most rows that a filter leaves.
const FOUND: usize = 5_000;

/// The width of a size.
const SIZE: usize = 8;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// What differs between what containers see.
    Differences,
    /// What the layers of a row of the alignment change differently.
    Layers(usize),
    /// What a container sees of the first or of the second image.
    Merged(usize),
}

/// A path that is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// Its row of the tree of differences, if it is in it.
    row: Option<RowId>,
    /// Its path in each image, where that shows it.
    nodes: [Option<NodeId>; 2],
}

/// What the layers of a row change, once that is worked out.
struct OfLayers {
    row: usize,
    tree: Differences,
}

/// What containers see of both images, once that is worked out.
struct MergedViews([Option<View>; 2]);

/// The list.
pub(super) struct FileList {
    pair: Arc<ComparedImages>,
    pub listed: Listed,
    layers: Option<OfLayers>,
    merged: Option<MergedViews>,
    /// Whether something is being worked out.
    waits: bool,
    /// Whether its first row is to be opened then: the key came before it.
    opens: bool,
    /// The folder whose contents are listed.
    folder: Entry,
    pub by_name: bool,
    pub filter: Option<InputLine>,
    /// The kinds of differences that are hidden.
    hidden: Hidden,
    rows: Vec<Entry>,
    pub cursor: Cursor,
}

impl FileList {
    pub fn new(pair: Arc<ComparedImages>) -> Self {
        let mut list = Self {
            pair,
            listed: Listed::Differences,
            layers: None,
            merged: None,
            waits: false,
            opens: false,
            folder: Entry::default(),
            by_name: false,
            filter: None,
            hidden: Hidden::default(),
            rows: Vec::new(),
            cursor: Cursor::default(),
        };
        list.show(Listed::Differences);
        list
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Lists something else, from its root.
    pub fn show(&mut self, listed: Listed) {
        let roots = self.pair.images.each_ref().map(|of| Some(of.union.root()));
        (self.listed, self.folder, self.filter) = (listed, Entry { row: Some(0), nodes: roots }, None);
        self.list();
    }

    /// The difference, then either image, then the difference again.
    pub fn show_next(&mut self) {
        self.show(match self.listed {
            Listed::Differences | Listed::Layers(_) => Listed::Merged(0),
            Listed::Merged(0) => Listed::Merged(1),
            Listed::Merged(_) => Listed::Differences,
        });
    }

    fn tree(&self) -> Option<&Differences> {
        match self.listed {
            Listed::Layers(row) => self.layers.as_ref().filter(|layers| layers.row == row).map(|layers| &layers.tree),
            Listed::Differences | Listed::Merged(_) => Some(&self.pair.comparison.differences),
        }
    }

    /// The job that works out what is missing.
    pub fn job(&mut self) -> Option<Job> {
        let is_missing = match self.listed {
            Listed::Differences => false,
            Listed::Layers(_) => self.tree().is_none(),
            Listed::Merged(_) => self.merged.is_none(),
        };
        if !is_missing || std::mem::replace(&mut self.waits, true) {
            return None;
        }
        let pair = Arc::clone(&self.pair);
        Some(match self.listed {
            Listed::Layers(row) => Job::queued(move |_| {
                let [a, b] = &pair.images;
                Some(OfLayers { row, tree: pair.comparison.of_layers(&a.union, &b.union, row) })
            }),
            _ => Job::queued(move |_| {
                let view = |side: usize| {
                    let union = &pair.images[side].union;
                    let last = union.layer_numbers().next_back();
                    last.map(|last| View::new(union, Scope::Merged(last)))
                };
                Some(MergedViews([0, 1].map(view)))
            }),
        })
    }

    /// Takes what a job worked out.
    pub fn receive(&mut self, result: crate::tui::work::JobResult) -> Option<crate::tui::work::JobResult> {
        let result = match result.take::<OfLayers>() {
            Ok(layers) => {
                self.layers = Some(layers);
                None
            }
            Err(result) => match result.take::<MergedViews>() {
                Ok(merged) => {
                    self.merged = Some(merged);
                    None
                }
                Err(result) => Some(result),
            },
        };
        if result.is_none() {
            self.waits = false;
            self.list();
            if std::mem::take(&mut self.opens) {
                self.open();
            }
        }
        result
    }

    pub fn is_waiting(&self) -> bool {
        self.waits
    }

    /// Lists what is in the folder, or what the filter finds anywhere.
    pub fn list(&mut self) {
        let wanted = self.filter.as_ref().map(|line| line.text().to_lowercase()).filter(|text| !text.is_empty());
        let mut rows = match self.listed {
            Listed::Merged(side) => self.list_merged(side, wanted.as_deref()),
            Listed::Differences | Listed::Layers(_) => self.list_tree(wanted.as_deref()),
        };
        if !self.by_name {
            rows.sort_by_cached_key(|entry| {
                let [before, after] = self.bytes(*entry).map(|bytes| bytes.unwrap_or(0));
                let totals = self.totals(*entry);
                // What differs in more than its metadata comes first where only differences are listed.
                let is_changed = totals.all() > totals.count(DifferenceKind::Metadata);
                let is_first = is_changed && !matches!(self.listed, Listed::Merged(_));
                Reverse((is_first, before.max(after), totals.all()))
            });
        }
        rows.retain(|&entry| !self.hides(entry));
        self.rows = rows;
        self.cursor.select(0);
    }

    /// Hides or shows a kind of differences. Returns whether the action does that.
    pub fn hide(&mut self, action: Action) -> bool {
        let is_one = self.hidden.act(action);
        if is_one {
            let selected = self.selected();
            self.list();
            self.cursor.select(self.rows.iter().position(|&row| Some(row) == selected).unwrap_or(0));
        }
        is_one
    }

    /// Whether all that differs at and below a path is hidden.
    fn hides(&self, entry: Entry) -> bool {
        let totals = self.totals(entry);
        let is_shown = |kind: DifferenceKind| match kind {
            DifferenceKind::Added => !self.hidden.hides(Some(Change::Added)),
            DifferenceKind::Removed => !self.hidden.hides(Some(Change::Removed)),
            DifferenceKind::Modified => !self.hidden.hides(Some(Change::Modified)),
            DifferenceKind::Metadata => !self.hidden.hides(None),
            DifferenceKind::NotCompared => true,
        };
        match totals.all() {
            0 => self.hidden.hides(None),
            _ => !DifferenceKind::ALL.into_iter().any(|kind| totals.count(kind) > 0 && is_shown(kind)),
        }
    }

    /// What is hidden, for the title.
    fn hidden_part(&self) -> String {
        let kinds = [
            (Some(Change::Added), "added"),
            (Some(Change::Modified), "modified"),
            (Some(Change::Removed), "removed"),
            (None, "metadata only"),
        ];
        let hidden = kinds.into_iter().filter(|&(change, _)| self.hidden.hides(change)).map(|(_, name)| name);
        let hidden = hidden.collect::<Vec<_>>().join(", ");
        if hidden.is_empty() { hidden } else { format!("· hidden: {hidden} ") }
    }

    fn list_tree(&self, wanted: Option<&str>) -> Vec<Entry> {
        let Some(tree) = self.tree() else { return Vec::new() };
        let sides = self.pair.sides();
        let entry = |row: RowId| Entry { row: Some(row), nodes: tree.nodes(&sides, row) };
        match wanted {
            Some(text) => {
                let has = |row: &RowId| safe(&self.pair.path(tree, *row)).to_lowercase().contains(text);
                let is_shown = |row: &RowId| !self.hides(Entry { row: Some(*row), ..Entry::default() });
                tree.walk().filter(|row| is_shown(row) && has(row)).take(FOUND).map(entry).collect()
            }
            None => {
                self.folder.row.map_or_else(Vec::new, |row| tree.children(row).iter().copied().map(entry).collect())
            }
        }
    }

    fn list_merged(&self, side: usize, wanted: Option<&str>) -> Vec<Entry> {
        let Some(view) = self.merged_view(side) else { return Vec::new() };
        let union = &self.pair.images[side].union;
        let Some(text) = wanted else {
            let children = self.folder.nodes[side].map_or_else(Vec::new, |folder| view.children(union, folder));
            return children.into_iter().map(|node| self.child(self.folder, side, node)).collect();
        };
        let has = |node: &NodeId| self.path_of(side, *node).to_lowercase().contains(text);
        let found = view.walk(union).map(|row| row.node).filter(has);
        found.take(FOUND).map(|node| self.entry_at(side, node)).collect()
    }

    fn merged_view(&self, side: usize) -> Option<&View> {
        self.merged.as_ref().and_then(|MergedViews(views)| views[side].as_ref())
    }

    /// A path directly below a folder.
    fn child(&self, folder: Entry, side: usize, node: NodeId) -> Entry {
        let images = &self.pair.images;
        let name = images[side].union.name(node);
        let mut nodes = [None; 2];
        nodes[side] = Some(node);
        let other = &images[1 - side].union;
        nodes[1 - side] = folder.nodes[1 - side]
            .and_then(|folder| other.child(folder, name))
            .filter(|&node| other.live(node).is_some());
        let tree = &self.pair.comparison.differences;
        Entry { row: folder.row.and_then(|row| tree.child(&self.pair.sides(), row, name)), nodes }
    }

    /// The same for any path.
    fn entry_at(&self, side: usize, node: NodeId) -> Entry {
        let union = &self.pair.images[side].union;
        match union.parent(node) {
            Some(parent) => self.child(self.entry_at(side, parent), side, node),
            None => Entry { row: Some(0), nodes: self.pair.images.each_ref().map(|of| Some(of.union.root())) },
        }
    }

    fn versions(&self, entry: Entry) -> [Option<VersionRef<'_>>; 2] {
        if let (Listed::Differences | Listed::Layers(_), Some(row)) = (self.listed, entry.row) {
            return self.tree().map_or([None; 2], |tree| tree.versions(&self.pair.sides(), row));
        }
        [0, 1].map(|side| {
            let union = &self.pair.images[side].union;
            Some(union.version(union.live(entry.nodes[side]?)?))
        })
    }

    /// What is counted in each image: of a folder what is below it, as far as it is listed.
    fn bytes(&self, entry: Entry) -> [Option<u64>; 2] {
        if let Listed::Merged(_) = self.listed {
            return [0, 1].map(|side| Some(self.merged_view(side)?.bytes(entry.nodes[side]?)));
        }
        let Some((tree, row)) = self.tree().zip(entry.row) else { return [None; 2] };
        let totals = tree.row(row).totals;
        let [a, b] = self.versions(entry);
        if tree.row(row).kind == Some(DifferenceKind::NotCompared) {
            return [a, b].map(|version| version.map(VersionRef::size));
        }
        let is_there = |version: Option<VersionRef<'_>>, bytes: u64| (version.is_some() || bytes > 0).then_some(bytes);
        [is_there(a, totals.before), is_there(b, totals.after)]
    }

    /// What differs at and below a path.
    fn totals(&self, entry: Entry) -> Totals {
        match self.tree().zip(entry.row) {
            // The root has no row where nothing differs.
            Some((tree, 0)) => tree.totals(),
            Some((tree, row)) => tree.row(row).totals,
            None => Totals::default(),
        }
    }

    fn is_folder(&self, entry: Entry) -> bool {
        let leads_on = entry.row.is_some_and(|row| self.tree().is_some_and(|tree| !tree.children(row).is_empty()));
        leads_on || self.versions(entry).into_iter().flatten().any(|version| version.kind() == EntryKind::Dir)
    }

    fn path_of(&self, side: usize, node: NodeId) -> String {
        safe(&self.pair.redacted(self.pair.images[side].union.path(node).as_bytes()))
    }

    fn path(&self, entry: Entry) -> String {
        match (entry.row.zip(self.tree()), entry.nodes) {
            (_, [_, Some(node)]) => self.path_of(1, node),
            (_, [Some(node), _]) => self.path_of(0, node),
            (Some((row, tree)), _) => safe(&self.pair.path(tree, row)),
            _ => String::new(),
        }
    }

    fn selected(&self) -> Option<Entry> {
        self.rows.get(self.cursor.selected()).copied()
    }

    /// Opens the selected folder; or the file in the second image, with the layer that stores it, or `None` if only the first one
    /// has it.
    pub fn open(&mut self) -> Option<Opened> {
        let Some(entry) = self.selected() else {
            self.opens = self.waits;
            return None;
        };
        if self.is_folder(entry) {
            (self.folder, self.filter) = (entry, None);
            self.list();
            return Some(Opened::Folder);
        }
        if self.has_difference() {
            return Some(Opened::Both);
        }
        let [_, version] = self.versions(entry);
        Some(match (entry.nodes[1], version) {
            (Some(node), Some(version)) => Opened::File { node, layer: version.entry().map(|_| version.layer()) },
            _ => Opened::OnlyInA,
        })
    }

    /// Whether the selected row is a file that both images have and that differs.
    pub fn has_difference(&self) -> bool {
        let Some(entry) = self.selected().filter(|&entry| !self.is_folder(entry)) else { return false };
        let kind = entry.row.and_then(|row| self.tree()?.row(row).kind);
        matches!(kind, Some(DifferenceKind::Modified | DifferenceKind::Metadata))
    }

    /// Goes to the folder above. Returns whether there is one.
    pub fn leave_folder(&mut self) -> bool {
        let left = self.folder;
        let above = match self.listed {
            Listed::Merged(side) => {
                let node = left.nodes[side].and_then(|node| self.pair.images[side].union.parent(node));
                node.map(|node| self.entry_at(side, node))
            }
            Listed::Differences | Listed::Layers(_) => self.tree().zip(left.row).and_then(|(tree, row)| {
                let row = tree.parent(row)?;
                Some(Entry { row: Some(row), nodes: tree.nodes(&self.pair.sides(), row) })
            }),
        };
        let Some(above) = above else { return false };
        self.folder = above;
        self.list();
        let is_left = |entry: &Entry| match self.listed {
            Listed::Merged(side) => entry.nodes[side] == left.nodes[side],
            Listed::Differences | Listed::Layers(_) => entry.row == left.row,
        };
        self.cursor.select(self.rows.iter().position(is_left).unwrap_or(0));
        true
    }

    /// What the cursor is on.
    pub fn target(&self) -> CursorTarget {
        let Some(entry) = self.selected() else { return CursorTarget::default() };
        let [a, b] = self.versions(entry);
        let version = entry.nodes[1].and(b);
        let last = self.pair.images[1].union.layer_numbers().next_back();
        let is_live = version.is_some_and(|version| version.ended().is_none());
        let aspects = entry.row.and_then(|row| Some(self.tree()?.row(row))).map(|row| (row.kind, row.aspects));
        let versions = [a, b].map(|version| version.map(VersionRef::id));
        let totals = self.totals(entry);
        let between = if let Listed::Layers(row) = self.listed { Some(row) } else { None };
        let path = ComparedPath { versions, aspects, totals, between };
        CursorTarget {
            node: entry.nodes[1],
            version: version.map(VersionRef::id),
            layer: version.and_then(|version| version.entry().map(|_| version.layer())),
            scope: last.filter(|_| is_live).map(Scope::Merged),
            finding: Some(FindingAt::Difference(path)),
            ..CursorTarget::default()
        }
    }

    /// Why there are no rows.
    pub fn note(&self) -> &'static str {
        let row = |row: usize| self.pair.comparison.alignment.rows.get(row).map(|row| row.relation);
        let is_unread = |row: usize| self.pair.comparison.alignment.rows.get(row).is_some_and(|row| row.unread);
        match self.listed {
            _ if self.waits => "reading what the layers say …",
            _ if self.filter.is_some() => "nothing here",
            _ if self.hidden.any() => "nothing here besides what is hidden",
            Listed::Layers(at) if is_unread(at) => "cannot be compared: a layer of it was not read",
            Listed::Layers(at) if row(at) == Some(Relation::Same) => "both images have this layer: nothing differs",
            Listed::Layers(_) => {
                "the files are the same: only times of folders, or the order or headers of the tar, differ"
            }
            Listed::Differences if self.pair.comparison.has_unread_files() => "no difference in what was read",
            Listed::Differences if self.pair.comparison.differences.is_empty() => "a container sees the same files",
            Listed::Differences | Listed::Merged(_) => "nothing here",
        }
    }

    /// The title, and what is listed.
    pub fn title(&self) -> (String, String) {
        let name = match self.listed {
            Listed::Differences => "What differs".to_owned(),
            Listed::Merged(side) => format!("Merged view of {}", ["A", "B"][side]),
            Listed::Layers(row) => match self.pair.comparison.alignment.rows.get(row).map(|row| (row.a, row.b)) {
                Some((Some(a), Some(b))) => format!("What differs between layer {a} of A and layer {b} of B"),
                Some((Some(a), None)) => format!("What layer {a} of A changes"),
                Some((None, Some(b))) => format!("What layer {b} of B changes"),
                _ => String::new(),
            },
        };
        let totals = self.totals(self.folder);
        let kinds = if totals.all() > 0 { format!(" · {}", totals.describe()) } else { String::new() };
        let about = match &self.filter {
            Some(line) => format!("· containing “{}”: {}", line.text(), format::count(self.rows.len())),
            None => format!("· /{}{kinds}", self.path(self.folder)),
        };
        (name, self.hidden_part() + &about)
    }

    /// The titles of the columns.
    pub fn heads() -> Row {
        let row = Row::new().gap(3).right(Role::Heading, "A", SIZE).gap(1).right(Role::Heading, "B", SIZE);
        row.gap(1).right(Role::Heading, "change", SIZE + 1).gap(2).text(Role::Heading, "path")
    }

    /// A row.
    pub fn row(&self, at: usize, model: &Model) -> Row {
        let Some(&entry) = self.rows.get(at) else { return Row::new() };
        let difference = entry.row.and_then(|row| Some(self.tree()?.row(row)));
        let (role, letter) = match difference.and_then(|row| row.kind) {
            Some(DifferenceKind::Added) => (Role::Added, "A"),
            Some(DifferenceKind::Removed) => (Role::Removed, "R"),
            Some(DifferenceKind::Modified) => (Role::Modified, "M"),
            Some(DifferenceKind::Metadata) => (Role::Dim, "m"),
            Some(DifferenceKind::NotCompared) => (Role::Warning, "?"),
            None => (Role::Text, ""),
        };
        let folder = self.is_folder(entry);
        let [before, after] = self.bytes(entry);
        let unknown = difference.is_some_and(|row| row.totals.count(DifferenceKind::NotCompared) > 0);
        let none = if unknown { "?" } else { "–" };
        let size = |bytes: Option<u64>| bytes.map_or_else(|| none.to_owned(), format::bytes);
        let change = if unknown { none.to_owned() } else { signed(before.unwrap_or(0), after.unwrap_or(0)) };
        let path = if self.filter.is_some() { self.path(entry) } else { self.name(entry) };
        let what = match difference {
            Some(row) if row.unread => "  not read".to_owned(),
            Some(row) if folder && row.totals.all() > usize::from(row.kind.is_some()) => {
                format!("  {}", row.totals.describe())
            }
            Some(row) => {
                let names: Vec<_> = row.aspects.names().collect();
                if names.is_empty() { String::new() } else { format!("  {}", names.join(", ")) }
            }
            None => String::new(),
        };
        let is_marked = entry.nodes[1].is_some_and(|node| model.marks.contains(crate::analysis::Marked::Path(node)));
        Row::new()
            .left(Role::Strong, if is_marked { "•" } else { "" }, 1)
            .left(role, letter, 2)
            .right(Role::Text, &size(before), SIZE)
            .gap(1)
            .right(Role::Text, &size(after), SIZE)
            .gap(1)
            .right(Role::Dim, &change, SIZE + 1)
            .gap(2)
            .text(if folder { Role::Folder } else { role }, &path)
            .text(Role::Folder, if folder { "/" } else { "" })
            .text(Role::Dim, &what)
    }

    fn name(&self, entry: Entry) -> String {
        let name = match entry.nodes {
            [_, Some(node)] => self.pair.images[1].union.name(node),
            [Some(node), _] => self.pair.images[0].union.name(node),
            _ => match self.tree().zip(entry.row) {
                Some((tree, row)) => tree.name(&self.pair.sides(), row),
                None => &[],
            },
        };
        safe(&self.pair.redacted(name))
    }
}

/// What a row led to.
pub(super) enum Opened {
    Folder,
    File {
        node: NodeId,
        layer: Option<crate::image::LayerNumber>,
    },
    /// A file that both images have and that differs.
    Both,
    OnlyInA,
}
