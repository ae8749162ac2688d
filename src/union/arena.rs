//! Nodes and versions, packed: both are addressed by number, and names are stored in the layers they came from.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::image::{Entries, EntryIndex, EntryKind, LayerNumber, PATH_MOST};

use super::Ending;

const NONE: u32 = u32::MAX;

/// A path of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// The root directory.
    pub const ROOT: Self = Self(0);

    /// Its index among all nodes.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(NONE))
    }
}

/// One version of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(u32);

impl VersionId {
    /// Its index among all versions.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What ended a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HowEnded {
    /// An entry of the same kind replaced it.
    Replaced,
    /// An entry of another kind replaced it or a folder above it.
    TypeChange,
    /// A whiteout names it, or a folder above it.
    Whiteout,
    /// A folder above it was made opaque.
    Opaque,
    /// It was never visible: a whiteout, bookkeeping of a storage driver, an entry that engines refuse.
    NeverVisible,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) parent: NodeId,
    /// The layer that stores this node's name, and where.
    name_layer: u32,
    name_at: u32,
    name_len: u16,
    /// Bytes of its path, and in the highest bit whether its contents were ended before.
    path_len: u16,
    first_child: u32,
    next_sibling: u32,
    first_version: u32,
    last_version: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    node: u32,
    /// Number of the layer, from 1.
    layer: u32,
    entry: u32,
    pub(super) inode: VersionId,
    /// Number of the layer that ended it; 0 while it is visible.
    ended_by: u32,
    next: u32,
    how: HowEnded,
}

/// The bit of [`Node::path_len`] that says that a folder's contents were ended before.
const EMPTIED: u16 = 1 << 15;

/// Bytes of all paths of an image, once for each of their versions: ten times what the largest images have. Whatever is
/// kept or written by path is bounded by it; a few kilobytes of names, compressed, can otherwise ask for gigabytes.
#[cfg(not(test))]
pub(crate) const MOST_PATH_BYTES: u64 = 1 << 29;
#[cfg(test)]
pub(crate) const MOST_PATH_BYTES: u64 = 1 << 22;

/// Why a path cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPath {
    /// Symlinks lead it to one longer than [`PATH_MOST`], which is what entries are cut to.
    TooLong,
    /// All together they would be longer than [`MOST_PATH_BYTES`].
    TooMuch,
}

impl Version {
    pub(super) fn node(&self) -> Option<NodeId> {
        (self.node != NONE).then_some(NodeId(self.node))
    }

    pub(super) fn layer(&self) -> LayerNumber {
        LayerNumber::from_index(self.layer as usize - 1)
    }

    pub(super) fn entry(&self) -> Option<EntryIndex> {
        (self.entry != NONE).then_some(EntryIndex(self.entry))
    }

    pub(super) fn next(&self) -> Option<VersionId> {
        (self.next != NONE).then_some(VersionId(self.next))
    }

    pub(super) fn ended(&self) -> Option<Ending> {
        (self.ended_by != 0).then(|| Ending { by: LayerNumber::from_index(self.ended_by as usize - 1), how: self.how })
    }

    /// Whether a merged view after any layer shows it: what its own layer ends is never seen.
    pub(super) fn is_ever_shown(&self) -> bool {
        self.ended_by != self.layer
    }

    pub(super) fn visible_after(&self, layers: usize) -> bool {
        self.layer as usize <= layers && (self.ended_by == 0 || self.ended_by as usize > layers)
    }
}

/// The position of a name: the index of the layer, and where in its names.
pub(super) type NamePlace = (u32, (u32, u16));

pub(super) struct Arena {
    pub(super) nodes: Vec<Node>,
    versions: Vec<Version>,
    /// The first version of each layer.
    layer_starts: Vec<u32>,
    /// The versions that each layer ended.
    pub(super) ended: Vec<Vec<VersionId>>,
    /// The whiteouts and opaque markers of each layer, in the order of its tar.
    pub(super) markers: Vec<Vec<EntryIndex>>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// What was put into folders since their contents were ended last.
    refilled: HashMap<NodeId, Vec<NodeId>>,
    /// Whether any folder's contents were ended: most images have none, and then no version asks its folder.
    has_emptied: bool,
    path_bytes: u64,
}

impl Arena {
    /// An arena whose table has room for this many paths. Growing it would hash every name again, each a cache miss;
    /// five bytes for an entry that turns out not to be a new path cost less.
    pub(super) fn new(paths: usize) -> Self {
        let root = Node {
            parent: NodeId::ROOT,
            name_layer: 0,
            name_at: 0,
            name_len: 0,
            path_len: 0,
            first_child: NONE,
            next_sibling: NONE,
            first_version: NONE,
            last_version: NONE,
        };
        Self {
            nodes: vec![root],
            versions: Vec::new(),
            layer_starts: Vec::new(),
            ended: Vec::new(),
            markers: Vec::new(),
            table: HashTable::with_capacity(paths),
            hasher: DefaultHashBuilder::default(),
            refilled: HashMap::new(),
            has_emptied: false,
            path_bytes: 0,
        }
    }

    pub(super) fn begin_layer(&mut self) {
        self.layer_starts.push(u32::try_from(self.versions.len()).unwrap_or(NONE));
        self.ended.push(Vec::new());
        self.markers.push(Vec::new());
    }

    /// Notes a whiteout or an opaque marker of the current layer.
    pub(super) fn add_marker(&mut self, entry: EntryIndex) {
        if let Some(markers) = self.markers.last_mut() {
            markers.push(entry);
        }
    }

    pub(super) fn finish(&mut self) {
        self.nodes.shrink_to_fit();
        self.versions.shrink_to_fit();
        for ended in &mut self.ended {
            ended.shrink_to_fit();
        }
        for markers in &mut self.markers {
            markers.shrink_to_fit();
        }
        self.refilled = HashMap::new();
    }

    fn layer(&self) -> u32 {
        u32::try_from(self.layer_starts.len()).unwrap_or(NONE)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        #[cfg(test)]
        super::work::look();
        &self.nodes[id.index()]
    }

    pub(super) fn version(&self, id: VersionId) -> &Version {
        #[cfg(test)]
        super::work::look();
        &self.versions[id.index()]
    }

    pub(super) fn name<'a>(&self, layers: &'a [Arc<Entries>], id: NodeId) -> &'a [u8] {
        if id == NodeId::ROOT {
            return &[];
        }
        let node = self.node(id);
        layers[node.name_layer as usize].name_at((node.name_at, node.name_len))
    }

    fn hash(&self, parent: NodeId, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent, name))
    }

    pub(super) fn child(&self, layers: &[Arc<Entries>], parent: NodeId, name: &[u8]) -> Option<NodeId> {
        self.child_of_hash(layers, parent, name, self.hash(parent, name))
    }

    fn child_of_hash(&self, layers: &[Arc<Entries>], parent: NodeId, name: &[u8], hash: u64) -> Option<NodeId> {
        let same = |&other: &u32| {
            let other = NodeId(other);
            self.node(other).parent == parent && self.name(layers, other) == name
        };
        self.table.find(hash, same).map(|&found| NodeId(found))
    }

    /// Finds a child or creates it, without a version.
    pub(super) fn child_or_new(
        &mut self,
        layers: &[Arc<Entries>],
        parent: NodeId,
        name: &[u8],
        place: NamePlace,
    ) -> Result<NodeId, NoPath> {
        let hash = self.hash(parent, name);
        if let Some(found) = self.child_of_hash(layers, parent, name, hash) {
            return Ok(found);
        }
        let above = self.node(parent).path_len & !EMPTIED;
        let slash = u16::from(parent != NodeId::ROOT);
        let path_len = u16::try_from(name.len()).unwrap_or(u16::MAX).saturating_add(above + slash);
        if usize::from(path_len) > PATH_MOST {
            return Err(NoPath::TooLong);
        }
        self.count_path(0)?;
        let id = NodeId::from_index(self.nodes.len());
        let (name_layer, (name_at, name_len)) = place;
        self.nodes.push(Node {
            parent,
            name_layer,
            name_at,
            name_len,
            path_len,
            first_child: NONE,
            next_sibling: self.node(parent).first_child,
            first_version: NONE,
            last_version: NONE,
        });
        self.nodes[parent.index()].first_child = id.0;
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.table.insert_unique(hash, id.0, |&other| {
            let node = &nodes[other as usize];
            hasher.hash_one((node.parent, layers[node.name_layer as usize].name_at((node.name_at, node.name_len))))
        });
        Ok(id)
    }

    /// Bytes of a path.
    pub(super) fn path_len(&self, node: NodeId) -> usize {
        usize::from(self.node(node).path_len & !EMPTIED)
    }

    /// Makes sure that there is room for one more version of a path.
    pub(super) fn count_version(&mut self, node: NodeId) -> Result<(), NoPath> {
        self.count_path(self.path_len(node))
    }

    /// Adds a path to what all of them may come to.
    pub(super) fn count_path(&mut self, len: usize) -> Result<(), NoPath> {
        // Once it is too much it stays so: what fits by chance after what did not would be hard to explain.
        self.path_bytes = self.path_bytes.saturating_add(len as u64);
        if self.path_bytes > MOST_PATH_BYTES { Err(NoPath::TooMuch) } else { Ok(()) }
    }

    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let mut next = self.node(node).first_child;
        std::iter::from_fn(move || {
            let child = (next != NONE).then_some(NodeId(next))?;
            next = self.node(child).next_sibling;
            Some(child)
        })
    }

    pub(super) fn versions_of(&self, node: NodeId) -> impl Iterator<Item = VersionId> {
        let mut next = self.node(node).first_version;
        std::iter::from_fn(move || {
            let id = (next != NONE).then_some(VersionId(next))?;
            next = self.version(id).next;
            Some(id)
        })
    }

    pub(super) fn version_count(&self) -> usize {
        self.versions.len()
    }

    pub(super) fn all_versions(&self) -> impl Iterator<Item = VersionId> + use<> {
        (0..u32::try_from(self.versions.len()).unwrap_or(NONE)).map(VersionId)
    }

    pub(super) fn added_by(&self, layer: LayerNumber) -> impl Iterator<Item = VersionId> + use<> {
        let all = u32::try_from(self.versions.len()).unwrap_or(NONE);
        let begin = self.layer_starts.get(layer.index()).copied().unwrap_or(all);
        let end = self.layer_starts.get(layer.index() + 1).copied().unwrap_or(all);
        (begin..end).map(VersionId)
    }

    /// What a path shows now.
    pub(super) fn live(&self, node: NodeId) -> Option<VersionId> {
        let last = self.node(node).last_version;
        (last != NONE && self.versions[last as usize].ended_by == 0).then_some(VersionId(last))
    }

    /// The kind of a version, through its inode; a directory without an entry is implied.
    pub(super) fn kind(&self, layers: &[Arc<Entries>], id: VersionId) -> EntryKind {
        let owner = self.version(self.version(id).inode);
        owner.entry().map_or(EntryKind::Dir, |entry| layers[owner.layer as usize - 1].get(entry).kind())
    }

    /// Gives a path a new version. The caller has ended the previous one.
    pub(super) fn add_version(
        &mut self,
        node: NodeId,
        entry: Option<EntryIndex>,
        inode: Option<VersionId>,
    ) -> VersionId {
        let id = self.push_version(node.0, entry, inode);
        let place = &mut self.nodes[node.index()];
        if place.last_version == NONE {
            place.first_version = id.0;
        } else {
            self.versions[place.last_version as usize].next = id.0;
        }
        place.last_version = id.0;
        let folder = place.parent;
        if self.has_emptied && node != NodeId::ROOT && self.node(folder).path_len & EMPTIED != 0 {
            self.refilled.entry(folder).or_default().push(node);
        }
        id
    }

    /// Keeps an entry that is never visible, for its bytes.
    pub(super) fn park(&mut self, entry: EntryIndex) -> VersionId {
        let id = self.push_version(NONE, Some(entry), None);
        let layer = self.layer();
        let version = &mut self.versions[id.index()];
        version.ended_by = layer;
        version.how = HowEnded::NeverVisible;
        id
    }

    fn push_version(&mut self, node: u32, entry: Option<EntryIndex>, inode: Option<VersionId>) -> VersionId {
        let id = VersionId(u32::try_from(self.versions.len()).unwrap_or(NONE));
        self.versions.push(Version {
            node,
            layer: self.layer(),
            entry: entry.map_or(NONE, |entry| entry.0),
            inode: inode.unwrap_or(id),
            ended_by: 0,
            next: NONE,
            how: HowEnded::Replaced,
        });
        id
    }

    /// Ends the visible version of a path, if there is one.
    pub(super) fn end(&mut self, node: NodeId, how: HowEnded) -> Option<VersionId> {
        let id = self.live(node)?;
        let layer = self.layer();
        let version = &mut self.versions[id.index()];
        version.ended_by = layer;
        version.how = how;
        self.ended[layer as usize - 1].push(id);
        Some(id)
    }

    /// Ends everything visible below a path, but not the path itself. Returns whether anything was. What was ended before
    /// is not gone through again: layers can hide the contents of a folder as often as they like.
    pub(super) fn end_below(&mut self, node: NodeId, how: HowEnded) -> bool {
        let mut any = false;
        let mut pending: Vec<NodeId> = vec![node];
        while let Some(folder) = pending.pop() {
            if self.node(folder).path_len & EMPTIED != 0 {
                for child in self.refilled.remove(&folder).unwrap_or_default() {
                    if self.end(child, how).is_some() {
                        any = true;
                        pending.push(child);
                    }
                }
                continue;
            }
            let mut next = self.node(folder).first_child;
            if next != NONE {
                self.nodes[folder.index()].path_len |= EMPTIED;
                self.has_emptied = true;
            }
            while next != NONE {
                let child = NodeId(next);
                if self.end(child, how).is_some() {
                    any = true;
                    pending.push(child);
                }
                next = self.node(child).next_sibling;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_one_version_costs_sixty_bytes_and_its_place_in_the_table() {
        assert!(size_of::<Node>() <= 32, "{}", size_of::<Node>());
        assert!(size_of::<Version>() <= 28, "{}", size_of::<Version>());
    }
}
