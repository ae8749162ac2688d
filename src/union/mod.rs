//! All layers of an image in one arena: a node per path, a list of versions on each node.
//!
//! ```text
//! etc/passwd  ──▶ layer 1 ─ended by 4──▶ layer 4 ─────────▶ (visible at the end)
//! var/cache   ──▶ layer 2 ─ended by 3 (whiteout)
//! ```
//!
//! The merged view after layer n consists of the versions added by n or below and not ended by then; what layer n
//! changed is what was added or ended at n; waste is the ended versions. No tree is ever cloned or stacked. Layers are
//! applied by one rule (image-spec `layer.md`, with what overlay engines do where it is silent): first every whiteout
//! and opaque marker of a layer acts on the layers below, wherever it is in the archive, then the entries are applied
//! in order.

mod apply;
mod arena;
mod aspects;
mod findings;
mod follow;
mod own_whiteouts;
#[cfg(test)]
pub(crate) mod testing;
mod view;
mod whiteout;
#[cfg(test)]
mod work;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

pub(crate) use arena::MOST_PATH_BYTES;
pub use arena::{HowEnded, NodeId, VersionId};
pub use aspects::Aspects;
pub use follow::{Destination, FinalSymlink, MOST_LINKS, ResolvedPath};
pub use view::{Change, RowLayer, Scope, View, ViewRow};
pub use whiteout::{Marker, OPAQUE as OPAQUE_MARKER, PREFIX as WHITEOUT_PREFIX};
#[cfg(test)]
pub(crate) use work::{assert_linear, look_at};

use crate::image::{Entries, EntryKind, EntryPath, EntryRef, Finding, LayerNumber};
use arena::Arena;

/// The merged layers of one image.
pub struct Union {
    layers: Vec<Arc<Entries>>,
    arena: Arena,
    findings: Vec<Finding>,
    /// The versions of paths that have more than [`FEW_VERSIONS`], without those that no merged view shows.
    crowded: OnceLock<HashMap<NodeId, Vec<VersionId>>>,
}

/// This many versions of a path are searched one by one; more are looked up, so that a path that is stored a million
/// times does not cost a million steps for each question about it.
const FEW_VERSIONS: usize = 16;

/// How a version ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The layer that ended it; for an entry that was never visible, its own.
    pub by: LayerNumber,
    /// How.
    pub how: HowEnded,
}

impl Union {
    /// Merges the layers, lowest first.
    #[must_use]
    pub fn build(layers: Vec<Arc<Entries>>) -> Self {
        let (arena, findings) = apply::apply_all(&layers);
        Self { layers, arena, findings, crowded: OnceLock::new() }
    }

    /// How many layers there are.
    #[must_use]
    pub fn layer_count(&self) -> usize {
        self.layers.len()
    }

    /// The numbers of all layers, lowest first.
    pub fn layer_numbers(&self) -> impl DoubleEndedIterator<Item = LayerNumber> + use<> {
        (0..self.layers.len()).map(LayerNumber::from_index)
    }

    /// The entries of all layers, lowest first.
    #[must_use]
    pub fn layers(&self) -> &[Arc<Entries>] {
        &self.layers
    }

    /// The entries of a layer's tar.
    #[must_use]
    pub fn entries(&self, layer: LayerNumber) -> &Entries {
        &self.layers[layer.index()]
    }

    /// Doubts about how the layers fit each other, and about what is in each. A layer that is stored once and applied again
    /// is doubted once.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let mut known = HashSet::new();
        let once = self.layers.iter().filter(move |layer| known.insert(Arc::as_ptr(layer)));
        once.flat_map(|layer| &layer.findings).chain(&self.findings)
    }

    /// Findings about how the layers fit each other, and what was left out of them.
    #[must_use]
    pub fn own_findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The root directory.
    #[must_use]
    pub fn root(&self) -> NodeId {
        NodeId::ROOT
    }

    /// How many paths there are, visible or not; node IDs are below it, and a parent's is lower than its children's.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.arena.nodes.len()
    }

    /// Every path, parents before children.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.node_count()).map(NodeId::from_index)
    }

    /// Every path except the root, parents before children.
    pub fn paths(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (1..self.node_count()).map(NodeId::from_index)
    }

    /// The innermost node at or above a path.
    #[must_use]
    pub fn innermost(&self, path: &EntryPath) -> NodeId {
        let step = |node, name: &[u8]| self.arena.child(&self.layers, node, name);
        let mut at = self.root();
        for name in path.components() {
            match step(at, name) {
                Some(node) => at = node,
                None => break,
            }
        }
        at
    }

    /// The node of a path, if any layer ever had it. Symlinks are not followed.
    #[must_use]
    pub fn node_at(&self, path: &EntryPath) -> Option<NodeId> {
        path.components().try_fold(NodeId::ROOT, |node, name| self.arena.child(&self.layers, node, name))
    }

    /// The child of a node with a name, if any layer ever had it.
    pub(crate) fn child(&self, node: NodeId, name: &[u8]) -> Option<NodeId> {
        self.arena.child(&self.layers, node, name)
    }

    /// How many versions there are; their indices are below it.
    pub(crate) fn version_count(&self) -> usize {
        self.arena.version_count()
    }

    /// The parent of this node; the root has none.
    #[must_use]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node != NodeId::ROOT).then(|| self.arena.node(node).parent)
    }

    /// Everything any layer ever put in a directory, in no order.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.arena.children(node)
    }

    /// A node's last component; empty for the root.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &[u8] {
        self.arena.name(&self.layers, node)
    }

    /// A node's path.
    #[must_use]
    pub fn path(&self, node: NodeId) -> EntryPath {
        let mut names = Vec::new();
        let mut at = node;
        while at != NodeId::ROOT {
            names.push(self.name(at));
            at = self.arena.node(at).parent;
        }
        let mut path = EntryPath::with_capacity(self.arena.path_len(node));
        for name in names.into_iter().rev() {
            path.push(name);
        }
        path
    }

    /// Calls back with every path but the root, folders before what is in them, until it says to stop. Asking for the
    /// path of one node after another would build the folders' names again for each.
    pub(crate) fn each_path(&self, mut call: impl FnMut(NodeId, &EntryPath) -> ControlFlow<()>) {
        let mut path = EntryPath::root();
        let mut pending: Vec<_> = self.children(self.root()).map(|child| (child, 0)).collect();
        while let Some((node, above)) = pending.pop() {
            path.truncate(above);
            path.push(self.name(node));
            if call(node, &path).is_break() {
                return;
            }
            let len = path.as_bytes().len();
            pending.extend(self.children(node).map(|child| (child, len)));
        }
    }

    /// A node's versions, oldest first.
    pub fn versions(&self, node: NodeId) -> impl Iterator<Item = VersionId> {
        self.arena.versions_of(node)
    }

    /// Every version of every path, lowest layer first, including entries that were never visible.
    pub fn all_versions(&self) -> impl Iterator<Item = VersionId> + use<> {
        self.arena.all_versions()
    }

    /// The versions that a layer added, visible later or not.
    pub fn added_by(&self, layer: LayerNumber) -> impl Iterator<Item = VersionId> + use<> {
        self.arena.added_by(layer)
    }

    /// The versions that a layer ended, including its own where it repeats a path.
    #[must_use]
    pub fn ended_in(&self, layer: LayerNumber) -> &[VersionId] {
        &self.arena.ended[layer.index()]
    }

    /// One version, for queries.
    #[must_use]
    pub fn version(&self, id: VersionId) -> VersionRef<'_> {
        VersionRef { union: self, id }
    }

    /// What a path shows after a layer was applied.
    #[must_use]
    pub fn visible(&self, node: NodeId, after: LayerNumber) -> Option<VersionId> {
        self.visible_after(node, after.get())
    }

    /// The same, with 0 for "before the first layer".
    pub(crate) fn visible_after(&self, node: NodeId, layers: usize) -> Option<VersionId> {
        let is_visible = |id: &VersionId| self.arena.version(*id).visible_after(layers);
        for (count, id) in self.arena.versions_of(node).enumerate() {
            if count == FEW_VERSIONS {
                let shown = self.crowded().get(&node)?;
                let later = shown.partition_point(|&id| self.arena.version(id).layer().get() <= layers);
                return shown.get(later.checked_sub(1)?).copied().filter(is_visible);
            }
            if is_visible(&id) {
                return Some(id);
            }
        }
        None
    }

    fn crowded(&self) -> &HashMap<NodeId, Vec<VersionId>> {
        self.crowded.get_or_init(|| {
            let is_crowded = |node: &NodeId| self.arena.versions_of(*node).nth(FEW_VERSIONS).is_some();
            let shown = |node| self.arena.versions_of(node).filter(|&id| self.arena.version(id).is_ever_shown());
            self.nodes().filter(is_crowded).map(|node| (node, shown(node).collect())).collect()
        })
    }

    /// Calls back with every layer that changed a path and how, lowest first. A folder that a layer merely repeats is not
    /// changed by it.
    pub(crate) fn each_change(&self, node: NodeId, changed: impl FnMut(LayerNumber, Change)) {
        view::each_change(self, node, changed);
    }

    /// What a path shows in the final image.
    #[must_use]
    pub fn live(&self, node: NodeId) -> Option<VersionId> {
        self.arena.live(node)
    }
}

/// One version of a path, seen through the union.
#[derive(Clone, Copy)]
pub struct VersionRef<'a> {
    union: &'a Union,
    id: VersionId,
}

impl<'a> VersionRef<'a> {
    /// Its ID.
    #[must_use]
    pub fn id(self) -> VersionId {
        self.id
    }

    /// The path's node; `None` for an entry that was never visible: whiteouts, bookkeeping, what engines refuse.
    #[must_use]
    pub fn node(self) -> Option<NodeId> {
        self.union.arena.version(self.id).node()
    }

    /// Its path.
    #[must_use]
    pub fn path(self) -> EntryPath {
        match (self.node(), self.entry()) {
            (Some(node), _) => self.union.path(node),
            (None, Some(entry)) => entry.path(),
            (None, None) => EntryPath::root(),
        }
    }

    /// The layer that stores it.
    #[must_use]
    pub fn layer(self) -> LayerNumber {
        self.union.arena.version(self.id).layer()
    }

    /// Its entry in the layer's tar; `None` for a directory that no layer lists but a path needs.
    #[must_use]
    pub fn entry(self) -> Option<EntryRef<'a>> {
        let version = self.union.arena.version(self.id);
        version.entry().map(|index| self.union.layers[version.layer().index()].get(index))
    }

    /// The version whose bytes it shows: itself, or the file that a hard link repeats.
    #[must_use]
    pub fn inode(self) -> VersionRef<'a> {
        Self { union: self.union, id: self.union.arena.version(self.id).inode }
    }

    /// The entry with content and metadata: its own, or that of the file that a hard link repeats.
    #[must_use]
    pub fn inode_entry(self) -> Option<EntryRef<'a>> {
        self.inode().entry()
    }

    /// Whether it is a hard link to another version, as the archive stores it.
    #[must_use]
    pub fn is_link(self) -> bool {
        self.kind() == EntryKind::HardLink
    }

    /// Its kind in the archive; a directory that is only implied is a directory.
    #[must_use]
    pub fn kind(self) -> EntryKind {
        self.entry().map_or(EntryKind::Dir, EntryRef::kind)
    }

    /// Bytes as a container sees them: those of the inode, 0 for what has no content.
    #[must_use]
    pub fn size(self) -> u64 {
        self.inode_entry().map_or(0, EntryRef::size)
    }

    /// Bytes that this version itself stores; 0 for a hard link.
    #[must_use]
    pub fn stored(self) -> u64 {
        self.entry().map_or(0, EntryRef::stored)
    }

    /// Permission bits, of the inode; 0755 for a directory that is only implied.
    #[must_use]
    pub fn mode(self) -> u16 {
        self.inode_entry().map_or(0o755, EntryRef::mode)
    }

    /// Owner and group, of the inode; 0:0 for a directory that is only implied.
    #[must_use]
    pub fn owner(self) -> (i64, i64) {
        self.inode_entry().map_or((0, 0), |entry| (entry.uid(), entry.gid()))
    }

    /// Whether it is what its path shows after a layer was applied.
    #[must_use]
    pub fn is_visible(self, after: LayerNumber) -> bool {
        self.node().is_some() && self.union.arena.version(self.id).visible_after(after.get())
    }

    /// How it ended; `None` while it is visible.
    #[must_use]
    pub fn ended(self) -> Option<Ending> {
        self.union.arena.version(self.id).ended()
    }

    /// Another version in the same union.
    #[must_use]
    pub fn sibling(self, id: VersionId) -> Self {
        Self { union: self.union, id }
    }

    /// The version that replaced it on the same path, if the layer that ended it added one.
    #[must_use]
    pub fn successor(self) -> Option<VersionRef<'a>> {
        let ended = self.ended()?;
        let next = self.union.arena.version(self.id).next()?;
        (self.union.arena.version(next).layer() == ended.by).then_some(Self { union: self.union, id: next })
    }
}
