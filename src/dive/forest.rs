//! Every path, with whiteouts under their own names, as one node of one arena. A node holds the layer's own tree, the
//! stack of all layers so far, and the running score side by side; the names are stored in the layers.

use std::cmp::Reverse;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::Repeated;
use super::folders::{DOUBLE_WHITEOUT, FolderPositions};
use crate::image::{Entries, EntryKind, EntryPath};
use crate::union::MOST_PATH_BYTES;

const WHITEOUT: &[u8] = b".wh.";

pub(super) type NodeIndex = u32;
const ROOT: NodeIndex = 0;

#[derive(Clone, Copy, Default)]
struct ForestEntry {
    size: u64,
    is_dir: bool,
}

#[derive(Clone, Default)]
pub(super) struct Score {
    pub(super) bytes: u64,
    /// `None` until a size was seen, which dive counts as −1.
    pub(super) smallest: Option<u64>,
    pub(super) count: usize,
}

struct ForestNode<'a> {
    parent: NodeIndex,
    /// Bytes of its path.
    path_len: u32,
    name: &'a [u8],
    /// The layer that has it in its own tree, as a count of layers read; and its record there.
    layer: u32,
    record: ForestEntry,
    is_parent: bool,
    /// In the stack: its record, the bytes at and below it, and what keeps it.
    stacked: Option<ForestEntry>,
    below: u64,
    first_held: NodeIndex,
    next_held: NodeIndex,
    held: bool,
    score: Option<Score>,
}

pub(super) struct Forest<'a> {
    nodes: Vec<ForestNode<'a>>,
    table: HashTable<NodeIndex>,
    hasher: DefaultHashBuilder,
    /// How many layers were read, and the nodes of the last, folders before their contents.
    layer: u32,
    touched: Vec<NodeIndex>,
    /// Bytes of all paths. An image in which they are too many is reported as incomplete by its union.
    path_bytes: u64,
}

impl<'a> Forest<'a> {
    /// A forest whose table has room for this many paths: growing it would hash every name again.
    pub(super) fn new(paths: usize) -> Self {
        let mut forest = Self {
            nodes: Vec::new(),
            table: HashTable::with_capacity(paths),
            hasher: DefaultHashBuilder::default(),
            layer: 0,
            touched: Vec::new(),
            path_bytes: 0,
        };
        forest.nodes.push(ForestNode::new(ROOT, b"", 0));
        forest.nodes[0].stacked = Some(ForestEntry::default());
        forest
    }

    fn node(&self, place: NodeIndex) -> &ForestNode<'a> {
        &self.nodes[place as usize]
    }

    fn node_mut(&mut self, place: NodeIndex) -> &mut ForestNode<'a> {
        &mut self.nodes[place as usize]
    }

    fn find(&self, parent: NodeIndex, name: &[u8]) -> Option<NodeIndex> {
        self.find_hashed(parent, name, self.hasher.hash_one((parent, name)))
    }

    fn find_hashed(&self, parent: NodeIndex, name: &[u8], hash: u64) -> Option<NodeIndex> {
        self.table
            .find(hash, |&at| {
                let node = self.node(at);
                node.parent == parent && node.name == name
            })
            .copied()
    }

    fn child(&mut self, parent: NodeIndex, name: &'a [u8]) -> NodeIndex {
        let hash = self.hasher.hash_one((parent, name));
        if let Some(known) = self.find_hashed(parent, name, hash) {
            return known;
        }
        let made = NodeIndex::try_from(self.nodes.len()).unwrap_or(NodeIndex::MAX);
        let path_len = self.node(parent).path_len.saturating_add(u32::try_from(name.len() + 1).unwrap_or(u32::MAX));
        self.path_bytes = self.path_bytes.saturating_add(u64::from(path_len));
        self.nodes.push(ForestNode::new(parent, name, path_len));
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.table.insert_unique(hash, made, |&at| {
            let node = &nodes[at as usize];
            hasher.hash_one((node.parent, node.name))
        });
        made
    }

    // ---- the layer's own tree ----

    /// Builds a layer's own tree from its entries (`file_tree.go`, `AddPath`).
    pub(super) fn read(&mut self, entries: &'a Entries) {
        self.layer += 1;
        self.touched.clear();
        let mut folders = FolderPositions::new(entries, ROOT);
        for entry in entries.iter() {
            if entry.name().is_empty() {
                continue;
            }
            let dir = entries.dir_index(entry.index());
            let Some(folder) = folders.place(entries, dir, |parent, name| self.enter(parent, name)) else { continue };
            if let Some(place) = self.enter(folder, entry.name()) {
                self.node_mut(place).record =
                    ForestEntry { size: entry.size(), is_dir: entry.kind() == EntryKind::Dir };
            }
        }
    }

    /// Whether there is no room for more paths.
    pub(super) fn is_full(&self) -> bool {
        self.path_bytes > MOST_PATH_BYTES
    }

    /// Puts a name into the layer's own tree, blank if it is new there.
    fn enter(&mut self, parent: NodeIndex, name: &'a [u8]) -> Option<NodeIndex> {
        if name.starts_with(DOUBLE_WHITEOUT) || self.is_full() {
            return None;
        }
        let place = self.child(parent, name);
        self.node_mut(parent).is_parent = true;
        let layer = self.layer;
        let node = self.node_mut(place);
        if node.layer != layer {
            node.layer = layer;
            node.record = ForestEntry::default();
            node.is_parent = false;
            self.touched.push(place);
        }
        Some(place)
    }

    /// The layer's nodes, children before parents and by name. Only whiteouts make the order matter, so without them
    /// any order will do.
    pub(super) fn order(&self) -> Vec<NodeIndex> {
        if !self.touched.iter().any(|&place| self.node(place).is_whiteout()) {
            return self.touched.iter().rev().copied().collect();
        }
        let mut of_parent: Vec<(NodeIndex, &[u8], NodeIndex)> =
            self.touched.iter().map(|&place| (self.node(place).parent, self.node(place).name, place)).collect();
        of_parent.sort_unstable();
        // Parents before children, last name first, is this order reversed.
        let mut order = Vec::with_capacity(of_parent.len());
        let mut pending = vec![ROOT];
        while let Some(place) = pending.pop() {
            if place != ROOT {
                order.push(place);
            }
            let from = of_parent.partition_point(|&(parent, ..)| parent < place);
            pending.extend(of_parent[from..].iter().take_while(|row| row.0 == place).map(|&(.., child)| child));
        }
        order.reverse();
        order
    }

    // ---- the score ----

    /// Scores the layer's leaves (`efficiency.go`). A whiteout of a missing path ends the layer.
    pub(super) fn score(&mut self, order: &[NodeIndex]) {
        for &place in order {
            let node = self.node(place);
            if node.is_parent {
                continue;
            }
            let (parent, name, record) = (node.parent, node.name, node.record);
            let Some(hidden) = name.strip_prefix(WHITEOUT) else {
                self.count(place, record.size);
                continue;
            };
            let path = self.child(parent, hidden);
            let Some(target) = self.stacked_at(parent, hidden) else {
                self.node_mut(path).score.get_or_insert_default();
                return;
            };
            let target = self.node(target);
            let size = if target.stacked.is_some_and(|record| record.is_dir) { target.below } else { 0 };
            self.count(path, size);
        }
    }

    fn count(&mut self, place: NodeIndex, size: u64) {
        let score = self.node_mut(place).score.get_or_insert_default();
        score.bytes = score.bytes.saturating_add(size);
        score.smallest = Some(score.smallest.map_or(size, |known| known.min(size)));
        score.count += 1;
    }

    /// What a whiteout in a folder hides: one without a name hides the folder.
    fn stacked_at(&self, parent: NodeIndex, hidden: &[u8]) -> Option<NodeIndex> {
        let place = if hidden.is_empty() { parent } else { self.find(parent, hidden)? };
        self.node(place).stacked.is_some().then_some(place)
    }

    // ---- the stack ----

    pub(super) fn copy_layer(&mut self) {
        for at in 0..self.touched.len() {
            let place = self.touched[at];
            self.set_record(place, self.node(place).record);
        }
    }

    /// Applies the layer (`file_tree.go`, `Stack`): folders that are only implied blank those below.
    pub(super) fn stack(&mut self, order: &[NodeIndex]) {
        for &place in order {
            let node = self.node(place);
            match node.name.strip_prefix(WHITEOUT) {
                None => self.set_record(place, node.record),
                Some(hidden) => {
                    if let Some(target) = self.stacked_at(node.parent, hidden).filter(|&target| target != ROOT) {
                        self.remove(target);
                    }
                }
            }
        }
    }

    /// Sets a node of the stack, and creates missing parents.
    fn set_record(&mut self, place: NodeIndex, record: ForestEntry) {
        let old = self.node_mut(place).stacked.replace(record).map_or(0, |old| old.size);
        self.change_bytes(place, old, record.size);
        let mut at = place;
        // What is kept has its parents in the stack: removing one releases everything that it keeps.
        while at != ROOT && !self.node(at).held {
            let parent = self.node(at).parent;
            let next = self.node(parent).first_held;
            let node = self.node_mut(at);
            node.held = true;
            node.next_held = next;
            let parent_node = self.node_mut(parent);
            parent_node.first_held = at;
            parent_node.stacked.get_or_insert_default();
            at = parent;
        }
    }

    /// Removes a node and everything below it from the stack.
    fn remove(&mut self, top: NodeIndex) {
        let bytes = self.node(top).below;
        self.change_bytes(top, bytes, 0);
        let mut pending = vec![top];
        while let Some(place) = pending.pop() {
            let node = self.node_mut(place);
            node.stacked = None;
            node.below = 0;
            let mut held = std::mem::replace(&mut node.first_held, ROOT);
            while held != ROOT {
                let child = self.node_mut(held);
                child.held = false;
                pending.push(held);
                held = std::mem::replace(&mut child.next_held, ROOT);
            }
        }
    }

    fn change_bytes(&mut self, place: NodeIndex, old: u64, new: u64) {
        let mut at = place;
        if old == new {
            return;
        }
        loop {
            let node = self.node_mut(at);
            node.below = node.below.saturating_sub(old).saturating_add(new);
            if at == ROOT {
                break;
            }
            at = node.parent;
        }
    }

    // ---- results ----

    pub(super) fn scores(&self) -> impl Iterator<Item = &Score> {
        self.nodes.iter().filter_map(|node| node.score.as_ref())
    }

    /// The places of the paths that occur more than once, most bytes first and then by path.
    pub(super) fn repeated(&self) -> Vec<NodeIndex> {
        let mut places = self.by_path();
        places.retain(|&place| self.node(place).score.as_ref().is_some_and(|score| score.count >= 2));
        places.sort_by_key(|&place| Reverse(self.node(place).score.as_ref().map_or(0, |score| score.bytes)));
        places
    }

    pub(super) fn repeated_at(&self, place: NodeIndex) -> Option<Repeated> {
        let score = self.node(place).score.as_ref()?;
        Some(Repeated { path: self.path(place), count: score.count, bytes: score.bytes })
    }

    /// All nodes in the order of their paths' bytes, without building the paths. The contents of a folder sort where
    /// the folder's name and a slash would, which is not always next to the folder.
    fn by_path(&self) -> Vec<NodeIndex> {
        struct Item<'a> {
            parent: NodeIndex,
            name: &'a [u8],
            /// Whether it represents the contents of the node, not the node itself.
            inside: bool,
            place: NodeIndex,
        }
        let mut items = Vec::with_capacity(self.nodes.len());
        let mut has_children = vec![false; self.nodes.len()];
        self.nodes.iter().skip(1).for_each(|node| has_children[node.parent as usize] = true);
        for (node, place) in self.nodes.iter().zip(0..).skip(1) {
            let (parent, name) = (node.parent, node.name);
            items.push(Item { parent, name, inside: false, place });
            if has_children[place as usize] {
                items.push(Item { parent, name, inside: true, place });
            }
        }
        let bytes = |item: &Item<'a>| item.name.iter().copied().chain(item.inside.then_some(b'/'));
        // In reverse order, so that names are popped from the end.
        items.sort_unstable_by(|a, b| a.parent.cmp(&b.parent).then_with(|| bytes(b).cmp(bytes(a))));
        let below = |place: NodeIndex| {
            let from = items.partition_point(|item| item.parent < place);
            items[from..].iter().take_while(move |item| item.parent == place)
        };
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut pending: Vec<&Item<'a>> = below(ROOT).collect();
        while let Some(item) = pending.pop() {
            if item.inside {
                pending.extend(below(item.place));
            } else {
                order.push(item.place);
            }
        }
        order
    }

    fn path(&self, place: NodeIndex) -> EntryPath {
        let mut names = Vec::new();
        let mut at = place;
        while at != ROOT {
            names.push(self.node(at).name);
            at = self.node(at).parent;
        }
        let mut path = EntryPath::with_capacity(self.node(place).path_len as usize);
        names.into_iter().rev().filter(|name| !name.is_empty()).for_each(|name| path.push(name));
        path
    }
}

impl<'a> ForestNode<'a> {
    fn new(parent: NodeIndex, name: &'a [u8], path_len: u32) -> Self {
        Self {
            parent,
            path_len,
            name,
            layer: 0,
            record: ForestEntry::default(),
            is_parent: false,
            stacked: None,
            below: 0,
            first_held: ROOT,
            next_held: ROOT,
            held: false,
            score: None,
        }
    }

    fn is_whiteout(&self) -> bool {
        self.name.starts_with(WHITEOUT)
    }
}
