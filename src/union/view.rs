//! A view of the union: merged after a layer, or what a span of layers changed, with the totals of folders.

use crate::image::{EntryKind, LayerNumber};

use super::arena::{NodeId, VersionId};
use super::{Aspects, Union, VersionRef};

/// How a path differs between two states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It did not exist before.
    Added,
    /// It existed, and was stored again or became something else.
    Modified,
    /// It no longer exists.
    Removed,
}

impl Change {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Removed => "removed",
        }
    }

    /// One letter, for use without colours.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Modified => 'M',
            Self::Removed => 'R',
        }
    }
}

/// What a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// What a container of the layers up to this one sees.
    Merged(LayerNumber),
    /// What the layers from the first to the second changed, combined.
    Changes(LayerNumber, LayerNumber),
}

impl Scope {
    /// What one layer changed.
    #[must_use]
    pub fn layer(layer: LayerNumber) -> Self {
        Self::Changes(layer, layer)
    }

    /// Layers applied before and after, as counts. A merged view compares with the layer below its last.
    fn span(self) -> (usize, usize) {
        match self {
            Self::Merged(after) => (after.get() - 1, after.get()),
            Self::Changes(first, last) => (first.get() - 1, last.get()),
        }
    }
}

/// One path of a view.
#[derive(Clone, Copy)]
pub struct ViewRow<'a> {
    /// The path.
    pub node: NodeId,
    /// What it shows: the version after, or the one that was removed.
    pub version: VersionRef<'a>,
    /// How it differs; `None` for what is unchanged, and for folders that only lead to changes.
    pub change: Option<Change>,
}

/// Which layer is behind a row of a view: the one that stores or removed the file, or the files of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLayer {
    /// All of it is of this layer.
    One(LayerNumber),
    /// A folder has files of several layers.
    Several,
}

impl RowLayer {
    fn join(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) if one != other => Some(Self::Several),
            _ => one.or(other),
        }
    }
}

/// What existed before and after a span of layers.
struct BeforeAfter {
    before: Option<VersionId>,
    after: Option<VersionId>,
}

/// The paths that a [`Scope`] shows and the bytes below each.
pub struct View {
    scope: Scope,
    /// Whether a node is shown: it, or something below it, belongs to the scope.
    shown: Vec<bool>,
    /// Bytes at and below each node: visible ones when merged, stored by the layers for changes.
    bytes: Vec<u64>,
    /// Bytes at and below each node that the span removed; empty when merged.
    removed: Vec<u64>,
    /// The layers of the files at and below each node; empty where one layer is behind everything.
    layers: Vec<Option<RowLayer>>,
    counts: [usize; 3],
}

impl View {
    /// Computes the totals once; takes time proportional to the number of nodes.
    #[must_use]
    pub fn new(union: &Union, scope: Scope) -> Self {
        let nodes = union.node_count();
        let changes = matches!(scope, Scope::Changes(..));
        let is_one_layer = matches!(scope, Scope::Changes(first, last) if first == last);
        let mut view = Self {
            scope,
            shown: vec![false; nodes],
            bytes: vec![0; nodes],
            removed: if changes { vec![0; nodes] } else { Vec::new() },
            layers: if is_one_layer { Vec::new() } else { vec![None; nodes] },
            counts: [0; 3],
        };
        // Which inodes a merged view has counted already: files with several names are counted once.
        let mut inodes = vec![false; if changes { 0 } else { union.arena.version_count() }];
        for index in 0..nodes {
            view.enter(union, NodeId::from_index(index), &mut inodes);
        }
        // The ID of a child is higher than that of its parent: one pass from the end sums up all folders.
        for index in (1..nodes).rev() {
            let parent = union.arena.node(NodeId::from_index(index)).parent.index();
            view.shown[parent] |= view.shown[index];
            view.bytes[parent] = view.bytes[parent].saturating_add(view.bytes[index]);
            if changes {
                view.removed[parent] = view.removed[parent].saturating_add(view.removed[index]);
            }
            if !is_one_layer {
                view.layers[parent] = RowLayer::join(view.layers[parent], view.layers[index]);
            }
        }
        view
    }

    fn enter(&mut self, union: &Union, node: NodeId, inodes: &mut [bool]) {
        let between = self.between(union, node);
        let change = change(union, &between);
        let index = node.index();
        if let Some(change) = change.filter(|_| index > 0) {
            self.counts[change as usize] += 1;
        }
        if let Some(layer) = self.layers.get_mut(index) {
            let shown = change.is_some() || matches!(self.scope, Scope::Merged(_));
            let (layer_of, kind) = between.layer_and_kind(union).filter(|_| shown).unzip();
            // Layers repeat the folders they write into: a folder is of the layers of its files.
            *layer = layer_of.filter(|_| kind != Some(EntryKind::Dir)).map(RowLayer::One);
        }
        match self.scope {
            Scope::Merged(_) => {
                if let Some(after) = between.after {
                    self.shown[index] = true;
                    self.bytes[index] = counted_once(union.version(after), inodes);
                }
            }
            Scope::Changes(..) => {
                self.shown[index] = change.is_some();
                match (change, between.after, between.before) {
                    (Some(Change::Added | Change::Modified), Some(after), _) => {
                        self.bytes[index] = union.version(after).stored();
                    }
                    (Some(Change::Removed), _, Some(before)) => {
                        self.removed[index] = union.version(before).stored();
                    }
                    _ => {}
                }
            }
        }
    }

    /// What it shows.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// How many paths the span added, modified or removed.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.counts[change as usize]
    }

    /// Bytes at and below a path: what is visible there, or what the span stored there.
    #[must_use]
    pub fn bytes(&self, node: NodeId) -> u64 {
        self.bytes[node.index()]
    }

    /// Bytes at and below a path that the span removed; still stored in the layers below.
    #[must_use]
    pub fn removed_bytes(&self, node: NodeId) -> u64 {
        self.removed.get(node.index()).copied().unwrap_or(0)
    }

    /// Which layer stores what is shown at and below a path, or removed it; `None` if the view is of one layer only.
    #[must_use]
    pub fn layer(&self, union: &Union, node: NodeId) -> Option<RowLayer> {
        let of_files = *self.layers.get(node.index())?;
        of_files.or_else(|| Some(RowLayer::One(self.between(union, node).layer_and_kind(union)?.0)))
    }

    /// The shown paths directly below this one, by name.
    #[must_use]
    pub fn children(&self, union: &Union, node: NodeId) -> Vec<NodeId> {
        let mut children: Vec<_> = union.children(node).filter(|child| self.shown[child.index()]).collect();
        children.sort_unstable_by(|&a, &b| union.name(a).cmp(union.name(b)));
        children
    }

    /// Whether anything directly below a path is shown.
    #[must_use]
    pub fn has_children(&self, union: &Union, node: NodeId) -> bool {
        union.children(node).any(|child| self.shown[child.index()])
    }

    /// Whether a path, or something below it, belongs to the scope.
    #[must_use]
    pub fn shows(&self, node: NodeId) -> bool {
        self.shown.get(node.index()).copied().unwrap_or(false)
    }

    /// One shown path; `None` for a path that is not shown.
    #[must_use]
    pub fn row<'a>(&self, union: &'a Union, node: NodeId) -> Option<ViewRow<'a>> {
        if !*self.shown.get(node.index())? {
            return None;
        }
        let between = self.between(union, node);
        let version = union.version(between.after.or(between.before)?);
        Some(ViewRow { node, version, change: change(union, &between) })
    }

    /// All shown paths except the root, folders before their contents, by name. With changes, folders that only lead to
    /// one are left out.
    pub fn walk<'a>(&self, union: &'a Union) -> impl Iterator<Item = ViewRow<'a>> {
        self.walk_below(union, NodeId::ROOT)
    }

    /// The same for the paths below one.
    pub fn walk_below<'a>(&self, union: &'a Union, top: NodeId) -> impl Iterator<Item = ViewRow<'a>> {
        let mut pending = self.children(union, top);
        pending.reverse();
        std::iter::from_fn(move || {
            let node = pending.pop()?;
            let children = self.children(union, node);
            pending.extend(children.into_iter().rev());
            Some(node)
        })
        .filter_map(move |node| self.row(union, node))
        .filter(move |row| matches!(self.scope, Scope::Merged(_)) || row.change.is_some())
    }

    fn between(&self, union: &Union, node: NodeId) -> BeforeAfter {
        let (first, last) = self.scope.span();
        BeforeAfter::new(union, node, first, last)
    }
}

impl BeforeAfter {
    fn new(union: &Union, node: NodeId, first: usize, last: usize) -> Self {
        Self { before: union.visible_after(node, first), after: union.visible_after(node, last) }
    }

    /// The layer that stored what is there after, or that removed what was there before; and what it is.
    fn layer_and_kind(&self, union: &Union) -> Option<(LayerNumber, EntryKind)> {
        let version = union.version(self.after.or(self.before)?);
        let layer = match self.after {
            Some(_) => version.layer(),
            None => version.ended()?.by,
        };
        Some((layer, version.kind()))
    }
}

/// Goes once along the versions of a path: each begins after the one before has ended.
pub(super) fn each_change(union: &Union, node: NodeId, mut changed: impl FnMut(LayerNumber, Change)) {
    let mut last: Option<VersionId> = None;
    let ended_by = |id: VersionId| union.version(id).ended().map(|ended| ended.by);
    let shown = union.versions(node).filter(|&id| union.arena.version(id).is_ever_shown());
    for after in shown {
        let layer = union.version(after).layer();
        let gone = last.and_then(ended_by).filter(|&by| by != layer);
        if let Some(by) = gone {
            changed(by, Change::Removed);
        }
        let before = last.filter(|_| gone.is_none());
        if let Some(change) = change(union, &BeforeAfter { before, after: Some(after) }) {
            changed(layer, change);
        }
        last = Some(after);
    }
    if let Some(by) = last.and_then(ended_by) {
        changed(by, Change::Removed);
    }
}

/// The bytes of an inode, counted at the first of its names.
fn counted_once(version: VersionRef<'_>, inodes: &mut [bool]) -> u64 {
    let inode = version.inode();
    if std::mem::replace(&mut inodes[inode.id().index()], true) { 0 } else { inode.stored() }
}

fn change(union: &Union, between: &BeforeAfter) -> Option<Change> {
    match (between.before, between.after) {
        (None, None) => None,
        (None, Some(_)) => Some(Change::Added),
        (Some(_), None) => Some(Change::Removed),
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) => {
            let (before, after) = (union.version(before), union.version(after));
            let folders = before.kind() == EntryKind::Dir && after.kind() == EntryKind::Dir;
            // Layers repeat their parent directories, which does not change them.
            (!folders || !Aspects::between(before, after).is_empty()).then_some(Change::Modified)
        }
    }
}
