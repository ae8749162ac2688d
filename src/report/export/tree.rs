//! Where the stored bytes are, by folder and account: the largest places of all layers, for the treemap.

use serde::Serialize;

use crate::analysis::{Account, Accounts};
use crate::format::safe_str;
use crate::image::{EntryKind, EntryPath};
use crate::report::Subject;
use crate::union::{NodeId, Union, VersionRef};

/// The limit on places in the treemap; smaller ones count in their folder only.
pub(super) const LARGEST: usize = 5_000;

/// A folder or file in JSON; its bytes include everything in it.
#[derive(Serialize)]
pub(super) struct TreeEntry {
    /// The last component of its path; empty for the root.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_base64: Option<String>,
    /// The index of its folder in the list; null for the root, which is first.
    parent: Option<usize>,
    folder: bool,
    live_bytes: u64,
    overwritten_bytes: u64,
    rewritten_bytes: u64,
    removed_bytes: u64,
}

impl TreeEntry {
    /// Whether it is directly in the root.
    pub(super) fn is_topmost(&self) -> bool {
        self.parent == Some(0)
    }

    /// Its name as safe text, with a slash after a folder.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", safe_str(&self.name), if self.folder { "/" } else { "" })
    }

    pub(super) fn accounts(&self) -> Accounts {
        Accounts {
            live: self.live_bytes,
            overwritten: self.overwritten_bytes,
            rewritten: self.rewritten_bytes,
            removed: self.removed_bytes,
        }
    }
}

/// The largest places, and how many have any bytes.
pub(super) struct LargestEntries {
    pub(super) places: Vec<TreeEntry>,
    pub(super) total_count: usize,
}

/// The largest places of an image, every folder before its contents, larger before smaller.
pub(super) fn largest(subject: &Subject<'_>) -> LargestEntries {
    let union = subject.union;
    let bytes = bytes(subject);
    let mut nodes: Vec<NodeId> = union.paths().filter(|node| bytes[node.index()].total() > 0).collect();
    let total_count = nodes.len();
    // A folder has at least the bytes of its contents, and a lower ID: the largest places form a tree.
    let size = |node: &NodeId| (std::cmp::Reverse(bytes[node.index()].total()), node.index());
    if nodes.len() > LARGEST {
        nodes.select_nth_unstable_by_key(LARGEST, size);
        nodes.truncate(LARGEST);
    }
    nodes.sort_unstable_by_key(size);
    nodes.insert(0, union.root());
    let at: std::collections::HashMap<NodeId, usize> = nodes.iter().enumerate().map(|(at, &node)| (node, at)).collect();
    let place = |&node: &NodeId| {
        let (name, name_base64) = subject.json_path(union.name(node));
        let of = &bytes[node.index()];
        let is_dir = |id| union.version(id).kind() == EntryKind::Dir;
        TreeEntry {
            name,
            name_base64,
            parent: union.parent(node).and_then(|parent| at.get(&parent).copied()),
            folder: union.children(node).next().is_some() || union.versions(node).any(is_dir),
            live_bytes: of.live,
            overwritten_bytes: of.overwritten,
            rewritten_bytes: of.rewritten,
            removed_bytes: of.removed,
        }
    };
    LargestEntries { places: nodes.iter().map(place).collect(), total_count }
}

/// Bytes at and below every path, by account; at the root they add up to the image's totals.
fn bytes(subject: &Subject<'_>) -> Vec<Accounts> {
    let union = subject.union;
    let mut bytes = vec![Accounts::default(); union.node_count()];
    let mut counted = vec![false; union.all_versions().count()];
    for version in union.all_versions().map(|id| union.version(id)).filter(|version| version.ended().is_none()) {
        let inode = version.inode();
        // A file with several names counts at the first.
        if let Some(node) = version.node().filter(|_| !std::mem::replace(&mut counted[inode.id().index()], true)) {
            bytes[node.index()].add(Account::Live, inode.stored());
        }
    }
    for waste in &subject.analysis.waste {
        bytes[nearest(union, union.version(waste.name)).index()].add(waste.account, waste.bytes);
    }
    for node in union.paths().rev() {
        let of = bytes[node.index()];
        if let Some(parent) = union.parent(node) {
            let sum = &mut bytes[parent.index()];
            for account in [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed] {
                sum.add(account, of.bytes_in(account));
            }
        }
    }
    bytes
}

/// The path of a version; for an entry that was never visible, the nearest existing folder.
pub(super) fn nearest(union: &Union, version: VersionRef<'_>) -> NodeId {
    version.node().unwrap_or_else(|| {
        let path = version.path();
        let folder = path.parent().map(EntryPath::normalise);
        folder.map_or(union.root(), |folder| union.innermost(&folder.path))
    })
}
