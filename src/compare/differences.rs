//! The difference of two views as one tree, with the totals of every folder.
//!
//! ```text
//! Sides ──▶ Draft: what differs without reading, and the pairs that must be read ──▶ Differences: rows and totals
//! ```

use std::cmp::Ordering;

use crate::format::count;
use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{Aspects, NodeId, VersionId, VersionRef};

use super::moment::{ContentPair, PathPairs};
use super::tree::Tree;
use super::{ContentAnswers, Sides};

/// How a path differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Only the second view has it.
    Added,
    /// Only the first view has it.
    Removed,
    /// Its content differs, or it became something else.
    Modified,
    /// Its content is the same, but mode, owner, time, attributes or hard links differ.
    Metadata,
    /// A layer that was not read may change it: it is neither the same nor different. Its bytes are not in any total.
    NotCompared,
}

impl DifferenceKind {
    /// All of them, in the order of [`Totals::counts`].
    pub const ALL: [Self; 5] = [Self::Added, Self::Removed, Self::Modified, Self::Metadata, Self::NotCompared];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Modified => "modified",
            Self::Metadata => "metadata",
            Self::NotCompared => "not_compared",
        }
    }

    /// The letter for use without colours; `m` for metadata only, `?` for what was not compared.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Removed => 'R',
            Self::Modified => 'M',
            Self::Metadata => 'm',
            Self::NotCompared => '?',
        }
    }

    /// The same with the views swapped.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Added => Self::Removed,
            Self::Removed => Self::Added,
            other => other,
        }
    }
}

/// What differs at and below a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many paths of each kind, in the order of [`DifferenceKind::ALL`].
    pub counts: [u32; 5],
    /// Bytes that the differing paths have in the first view; a file with several names counts once.
    pub before: u64,
    /// Bytes that they have in the second view.
    pub after: u64,
}

impl Totals {
    /// How many paths differ in this way.
    #[must_use]
    pub fn count(&self, kind: DifferenceKind) -> usize {
        self.counts[kind as usize] as usize
    }

    /// How many paths differ.
    #[must_use]
    pub fn all(&self) -> usize {
        self.counts.iter().map(|&count| count as usize).sum()
    }

    /// How many paths differ in which way: `1 modified, 235 metadata only`.
    #[must_use]
    pub fn describe(&self) -> String {
        let kinds = DifferenceKind::ALL.into_iter().filter(|&kind| self.count(kind) > 0);
        let name = |kind: DifferenceKind| match kind {
            DifferenceKind::Metadata => "metadata only",
            DifferenceKind::NotCompared => "not compared",
            kind => kind.name(),
        };
        kinds.map(|kind| format!("{} {}", count(self.count(kind)), name(kind))).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        self.before = self.before.saturating_add(other.before);
        self.after = self.after.saturating_add(other.after);
    }
}

/// A path that differs, or a folder that leads to one.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    pub(super) parent: u32,
    pub(super) node: NodeId,
    /// Whether `node` is a path of the second image.
    pub(super) node_of_b: bool,
    pub(super) a: Option<VersionId>,
    pub(super) b: Option<VersionId>,
    /// How it differs; `None` for a folder that only leads to differences.
    pub kind: Option<DifferenceKind>,
    /// Which properties differ.
    pub aspects: Aspects,
    /// Whether it was not read: its content, which then counts as different, or a layer that may change it.
    pub unread: bool,
    /// What differs at and below it.
    pub totals: Totals,
    /// Bytes of its own in the first and in the second view.
    pub bytes: [u64; 2],
}

/// A row of a [`Differences`], by its index.
pub type RowId = u32;

/// The tree of all differences between two views.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// Parents before children; the root folder is the first.
    pub(super) rows: Vec<Difference>,
    /// The children of all rows, by parent and name.
    pub(super) children: Vec<RowId>,
    /// Where the children of each row begin; one more than there are rows.
    pub(super) starts: Vec<u32>,
}

/// Two versions of a path, one of them at least.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) node: NodeId,
    pub(super) node_of_b: bool,
    pub(super) a: Option<VersionId>,
    pub(super) b: Option<VersionId>,
    pub(super) aspects: Aspects,
    pub(super) pair: Option<ContentPair>,
    /// Whether what both views show of it is certain.
    pub(super) known: bool,
}

/// What differs without reading, and what must be read.
#[derive(Clone, Default)]
pub(super) struct Draft {
    pub(super) found: Vec<Found>,
    /// Inodes whose bytes an unchanged path of the same name has on both sides.
    counted: [Vec<bool>; 2],
    /// Unchanged paths whose file has several names on either side.
    linked: Vec<Found>,
}

impl Draft {
    pub(super) fn new(sides: &Sides<'_>, paths: &PathPairs) -> Self {
        let (a, b) = (sides.a, sides.b);
        let mut draft = Self::of(sides, Vec::new());
        for node in b.union.nodes() {
            let in_a = paths.in_a(node);
            draft.add(
                sides,
                (node, true),
                [in_a, Some(node)],
                [in_a.and_then(|node| a.visible(node)), b.visible(node)],
            );
        }
        for node in a.union.nodes().filter(|&node| paths.in_b(node).is_none()) {
            draft.add(sides, (node, false), [Some(node), None], [a.visible(node), None]);
        }
        draft
    }

    /// A draft of what is known to differ.
    pub(super) fn of(sides: &Sides<'_>, found: Vec<Found>) -> Self {
        let counted = [sides.a, sides.b].map(|side| vec![false; side.union.version_count()]);
        Self { found, counted, linked: Vec::new() }
    }

    fn add(
        &mut self,
        sides: &Sides<'_>,
        (node, node_of_b): (NodeId, bool),
        nodes: [Option<NodeId>; 2],
        [a, b]: [Option<VersionRef<'_>>; 2],
    ) {
        if node == NodeId::ROOT {
            // Layers seldom list the root folder: whether one does is no difference.
            return;
        }
        let ids = (a.map(VersionRef::id), b.map(VersionRef::id));
        let mut found = Found { node, node_of_b, a: ids.0, b: ids.1, aspects: Aspects::NONE, pair: None, known: true };
        let is_known = || sides.are_complete() || sides.is_known(nodes, [a, b]);
        let (Some(old), Some(new)) = (a, b) else {
            if a.is_some() || b.is_some() {
                self.found.push(Found { known: is_known(), ..found });
            }
            return;
        };
        (found.aspects, found.pair) = sides.compare(old, new);
        if !found.aspects.is_empty() || found.pair.is_some() {
            found.known = is_known();
            // What is unknown needs no reading.
            found.pair = found.pair.filter(|_| found.known);
            self.found.push(found);
        } else {
            self.unchanged(old, new, found);
        }
    }

    fn unchanged(&mut self, old: VersionRef<'_>, new: VersionRef<'_>, found: Found) {
        if old.inode().id() == old.id() && new.inode().id() == new.id() {
            self.counted[0][old.id().index()] = true;
            self.counted[1][new.id().index()] = true;
        } else {
            self.linked.push(found);
        }
    }

    /// The pairs that must be read.
    pub(super) fn pairs(&self) -> impl Iterator<Item = ContentPair> {
        self.found.iter().filter_map(|found| found.pair)
    }

    /// The tree, with the answers that are known.
    pub(super) fn finish(mut self, sides: &Sides<'_>, paths: &PathPairs, answers: &ContentAnswers) -> Differences {
        let mut differing = Vec::with_capacity(self.found.len());
        for mut found in std::mem::take(&mut self.found) {
            let same = found.pair.map(|pair| answers.same(pair));
            let unread = !found.known || same == Some(None);
            if same == Some(None) || same == Some(Some(false)) {
                found.aspects = found.aspects.with(Aspects::CONTENT);
            }
            match (found.a, found.b) {
                (Some(old), Some(new)) if found.known && found.aspects.is_empty() => {
                    self.unchanged(sides.a.union.version(old), sides.b.union.version(new), found);
                }
                _ => differing.push((found, unread)),
            }
        }
        // A file with several names counts at one of them; by path, so that the answer is the same both ways.
        let path = |found: &Found| side_of(sides, found.node_of_b).path(found.node);
        self.linked.sort_by_cached_key(path);
        let mut recount = Vec::new();
        // Which names share a file is unknown if a layer was not read.
        let linked = std::mem::take(&mut self.linked);
        for found in linked.into_iter().filter(|_| sides.are_complete()) {
            let bytes = [self.count(sides, 0, found.a), self.count(sides, 1, found.b)];
            if bytes[0] != bytes[1] {
                let row = Found { aspects: Aspects::LINKS, ..found };
                differing.push((row, false));
                // It counts at this row instead.
                recount.extend([(0, found.a), (1, found.b)].into_iter().filter(|&(side, _)| bytes[side] > 0));
            }
        }
        for (side, id) in recount {
            if let Some(id) = id {
                let inode = union(sides, side).version(id).inode();
                self.counted[side][inode.id().index()] = false;
            }
        }
        Tree::new(sides, paths).build(&differing, &mut self)
    }

    /// The bytes of a version, if its inode is not counted yet.
    pub(super) fn count(&mut self, sides: &Sides<'_>, side: usize, id: Option<VersionId>) -> u64 {
        let Some(id) = id else { return 0 };
        let inode = union(sides, side).version(id).inode();
        let known = &mut self.counted[side][inode.id().index()];
        if std::mem::replace(known, true) { 0 } else { inode.stored() }
    }
}

pub(super) fn side_of<'a>(sides: &Sides<'a>, of_b: bool) -> &'a crate::union::Union {
    union(sides, usize::from(of_b))
}

pub(super) fn union<'a>(sides: &Sides<'a>, side: usize) -> &'a crate::union::Union {
    if side == 0 { sides.a.union } else { sides.b.union }
}

impl Differences {
    /// What differs in all.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.rows.first().map_or_else(Totals::default, |row| row.totals)
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totals().all() == 0
    }

    /// One row.
    #[must_use]
    pub fn row(&self, id: RowId) -> &Difference {
        &self.rows[id as usize]
    }

    /// The row of the folder that a row is in; the root has none.
    #[must_use]
    pub fn parent(&self, id: RowId) -> Option<RowId> {
        (id != 0).then(|| self.row(id).parent)
    }

    /// The rows directly below one, by name.
    #[must_use]
    pub fn children(&self, id: RowId) -> &[RowId] {
        let bound = |at: usize| self.starts.get(at).map_or(0, |&start| start as usize);
        self.children.get(bound(id as usize)..bound(id as usize + 1)).unwrap_or_default()
    }

    /// The path of a row in the second image, if that has it.
    #[must_use]
    pub fn node_in_b(&self, id: RowId) -> Option<NodeId> {
        let row = self.row(id);
        (row.node_of_b && row.b.is_some()).then_some(row.node)
    }

    /// The paths of a row in the first and in the second view, where these show it.
    #[must_use]
    pub fn nodes(&self, sides: &Sides<'_>, id: RowId) -> [Option<NodeId>; 2] {
        self.versions(sides, id).map(|version| version.and_then(VersionRef::node))
    }

    /// The row directly below one that has a name.
    #[must_use]
    pub fn child(&self, sides: &Sides<'_>, id: RowId, name: &[u8]) -> Option<RowId> {
        let children = self.children(id);
        let at = children.binary_search_by(|&child| self.name(sides, child).cmp(name)).ok()?;
        Some(children[at])
    }

    /// The last component of the path of a row; empty for the root.
    #[must_use]
    pub fn name<'a>(&self, sides: &Sides<'a>, id: RowId) -> &'a [u8] {
        let row = self.row(id);
        side_of(sides, row.node_of_b).name(row.node)
    }

    /// The path of a row.
    #[must_use]
    pub fn path(&self, sides: &Sides<'_>, id: RowId) -> EntryPath {
        let row = self.row(id);
        side_of(sides, row.node_of_b).path(row.node)
    }

    /// What a row is in the first and in the second view.
    #[must_use]
    pub fn versions<'a>(&self, sides: &Sides<'a>, id: RowId) -> [Option<VersionRef<'a>>; 2] {
        let row = self.row(id);
        [row.a.map(|id| sides.a.union.version(id)), row.b.map(|id| sides.b.union.version(id))]
    }

    /// The layers that a row comes from, on each side; none for a folder that no layer lists.
    #[must_use]
    pub fn layers(&self, sides: &Sides<'_>, id: RowId) -> [Option<LayerNumber>; 2] {
        let layer = |version: VersionRef<'_>| version.entry().map(|_| version.layer());
        self.versions(sides, id).map(|version| version.and_then(layer))
    }

    /// Whether a row is a folder on either side.
    #[must_use]
    pub fn is_folder(&self, sides: &Sides<'_>, id: RowId) -> bool {
        self.versions(sides, id).into_iter().flatten().any(|version| version.kind() == EntryKind::Dir)
    }

    /// All rows that differ, folders before their contents, by name.
    pub fn walk(&self) -> impl Iterator<Item = RowId> {
        self.all_rows().filter(|&id| self.row(id).kind.is_some())
    }

    /// The same, with the folders that only lead to differences, the root first.
    pub fn all_rows(&self) -> impl Iterator<Item = RowId> {
        let mut pending: Vec<RowId> = if self.rows.is_empty() { Vec::new() } else { vec![0] };
        std::iter::from_fn(move || {
            let id = pending.pop()?;
            pending.extend(self.children(id).iter().rev());
            Some(id)
        })
    }

    /// The rows that change the size most, and how many rows differ.
    #[must_use]
    pub fn largest(&self, most: usize) -> (Vec<RowId>, usize) {
        let mut rows: Vec<_> = self.walk().collect();
        let all = rows.len();
        // The walk is in order of paths, and the sort is stable.
        rows.sort_by(|&a, &b| self.weight(b).cmp(&self.weight(a)).then(Ordering::Equal));
        rows.truncate(most);
        (rows, all)
    }

    fn weight(&self, id: RowId) -> u64 {
        let row = self.row(id);
        if row.kind == Some(DifferenceKind::Metadata) { 0 } else { row.bytes[0].max(row.bytes[1]) }
    }
}
