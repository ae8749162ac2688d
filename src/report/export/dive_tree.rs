//! The tree that `dive` makes of one layer (`file_tree.go`): whiteouts under their own names, folders without an entry
//! as blanks, the last entry of a name.

use std::collections::HashMap;

use crate::dive::{DOUBLE_WHITEOUT, FolderPositions};
use crate::image::{Entries, EntryRef};
use crate::union::MOST_PATH_BYTES;

struct DiveNode<'a> {
    parent: usize,
    /// Bytes of its path.
    path_len: usize,
    name: &'a [u8],
    entry: Option<EntryRef<'a>>,
}

/// The entries of a layer in dive's order: the contents of a folder before the folder, names sorted bytewise; `None`
/// for a folder that has no entry.
pub(super) fn in_order(entries: &Entries) -> Vec<Option<EntryRef<'_>>> {
    let mut tree = DiveTree { nodes: Vec::new(), known: HashMap::new(), path_bytes: 0 };
    tree.nodes.push(DiveNode { parent: 0, path_len: 0, name: b"", entry: None });
    let mut folders = FolderPositions::new(entries, 0);
    for entry in entries.iter().filter(|entry| !entry.name().is_empty()) {
        let dir = entries.dir_index(entry.index());
        let folder = folders.place(entries, dir, |parent, name| tree.enter(parent, name));
        if let Some(node) = folder.and_then(|folder| tree.enter(folder, entry.name())) {
            tree.nodes[node].entry = Some(entry);
        }
    }
    tree.in_order()
}

struct DiveTree<'a> {
    nodes: Vec<DiveNode<'a>>,
    known: HashMap<(usize, &'a [u8]), usize>,
    /// Bytes of all paths. An image in which they are too many is reported as incomplete by its union.
    path_bytes: u64,
}

impl<'a> DiveTree<'a> {
    /// The node of a name in a folder, created if it is new; `None` for what dive has no node for.
    fn enter(&mut self, parent: usize, name: &'a [u8]) -> Option<usize> {
        if name.starts_with(DOUBLE_WHITEOUT) || self.path_bytes > MOST_PATH_BYTES {
            return None;
        }
        Some(*self.known.entry((parent, name)).or_insert_with(|| {
            let path_len = self.nodes[parent].path_len + name.len() + 1;
            self.path_bytes += path_len as u64;
            self.nodes.push(DiveNode { parent, path_len, name, entry: None });
            self.nodes.len() - 1
        }))
    }

    fn in_order(&self) -> Vec<Option<EntryRef<'a>>> {
        let mut sorted: Vec<usize> = (1..self.nodes.len()).collect();
        sorted.sort_unstable_by_key(|&node| (self.nodes[node].parent, self.nodes[node].name));
        // Folders before their contents, last name first, is the order reversed.
        let mut order = Vec::with_capacity(sorted.len());
        let mut pending = vec![0];
        while let Some(node) = pending.pop() {
            if node != 0 {
                order.push(self.nodes[node].entry);
            }
            let from = sorted.partition_point(|&at| self.nodes[at].parent < node);
            pending.extend(sorted[from..].iter().take_while(|&&at| self.nodes[at].parent == node));
        }
        order.reverse();
        order
    }
}
