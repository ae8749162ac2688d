//! Which paths a tree has, and the bytes of each: for what a container sees, what a layer stores, or waste.

use std::collections::HashMap;

use crate::image::{EntryKind, LayerNumber};
use crate::report::Subject;
use crate::union::{NodeId, Union, VersionId, VersionRef};

use super::tree::nearest;

/// What a tree shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeScope {
    /// What a container sees.
    Merged,
    /// What one layer stores.
    Layer(LayerNumber),
    /// What is wasted, wherever it is stored.
    Waste,
}

/// A file that is in no folder of the union: a whiteout with bytes, or what engines refuse.
pub(super) struct UnplacedFile {
    pub(super) name: Vec<u8>,
    pub(super) bytes: u64,
}

/// The paths of a tree.
pub(super) struct Sizes {
    /// Whether a path is present, or a parent of one that is.
    pub(super) shown: Vec<bool>,
    /// The version that is present; `None` for a mere parent.
    pub(super) version: Vec<Option<VersionId>>,
    /// Stored bytes of each path itself.
    pub(super) bytes: Vec<u64>,
    /// By folder.
    pub(super) strays: HashMap<NodeId, Vec<UnplacedFile>>,
    /// How many names a file has here, if more than one.
    pub(super) names: HashMap<VersionId, u32>,
}

impl Sizes {
    pub(super) fn new(subject: &Subject<'_>, tree: TreeScope) -> Self {
        let union = subject.union;
        let count = union.node_count();
        let mut sizes = Self {
            shown: vec![false; count],
            version: vec![None; count],
            bytes: vec![0; count],
            strays: HashMap::new(),
            names: HashMap::new(),
        };
        match tree {
            TreeScope::Merged => {
                for version in union.paths().filter_map(|node| union.live(node)).map(|id| union.version(id)) {
                    sizes.show(union, version, version.inode().stored());
                }
                sizes.count_names(union);
            }
            TreeScope::Layer(layer) => {
                for version in union.added_by(layer).map(|id| union.version(id)) {
                    let own = version.inode().layer() == layer;
                    sizes.show(union, version, if own { version.inode().stored() } else { 0 });
                }
                sizes.count_names(union);
            }
            TreeScope::Waste => {
                for waste in &subject.analysis.waste {
                    sizes.show(union, union.version(waste.name), waste.bytes);
                }
            }
        }
        // The ID of a child is higher than that of its parent.
        for node in union.paths().rev() {
            if let Some(parent) = union.parent(node) {
                sizes.shown[parent.index()] |= sizes.shown[node.index()];
            }
        }
        sizes
    }

    /// A layer may store a path twice; both count.
    fn show(&mut self, union: &Union, version: VersionRef<'_>, bytes: u64) {
        if let Some(node) = version.node() {
            self.shown[node.index()] = true;
            self.version[node.index()] = Some(version.id());
            self.bytes[node.index()] = self.bytes[node.index()].saturating_add(bytes);
        } else if bytes > 0 {
            let folder = nearest(union, version);
            self.shown[folder.index()] = true;
            let stray = UnplacedFile { name: version.path().name().to_vec(), bytes };
            self.strays.entry(folder).or_default().push(stray);
        }
    }

    fn count_names(&mut self, union: &Union) {
        let shown = || self.version.iter().flatten().map(|&id| union.version(id));
        let mut names: HashMap<VersionId, u32> = HashMap::new();
        for link in shown().filter(|version| version.kind() == EntryKind::HardLink) {
            *names.entry(link.inode().id()).or_default() += 1;
        }
        for file in shown().filter(|version| version.kind() != EntryKind::HardLink) {
            if let Some(count) = names.get_mut(&file.id()) {
                *count += 1;
            }
        }
        names.retain(|_, count| *count > 1);
        self.names = names;
    }
}
