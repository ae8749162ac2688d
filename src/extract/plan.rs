//! Which versions go where, before anything is written.

use crate::image::{Contents, EntryKind, LayerNumber};
use crate::union::{NodeId, Union, VersionId, VersionRef};

/// This many bytes are written however little is stored: they fit a usual disk.
const FREE: u64 = 8 << 30;
/// This many bytes are written for each stored one. Layers compress to a third or a tenth; only holes, and files made
/// to fill disks, reach a hundredth.
const FOR_EACH_STORED: u64 = 100;

/// Which version of each path to extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What a container of the layers up to this one sees.
    MergedAfter(LayerNumber),
    /// What this layer stores, even if it was removed later.
    StoredBy(LayerNumber),
}

/// A path of the image and everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// The path.
    pub node: NodeId,
    /// Which versions.
    pub which: Which,
}

impl Which {
    /// The permission bits of a folder: as it is extracted itself, else as it is visible.
    pub(super) fn mode_of_folder(self, union: &Union, node: NodeId) -> u16 {
        let (Self::MergedAfter(layer) | Self::StoredBy(layer)) = self;
        let listed =
            version_to_write(union, node, self).or_else(|| union.visible(node, layer)).map(|id| union.version(id));
        listed.filter(|version| version.kind() == EntryKind::Dir).map_or(0o755, VersionRef::mode)
    }
}

/// One thing to write.
#[derive(Clone, Copy)]
pub(super) struct PlanItem {
    pub(super) node: NodeId,
    pub(super) version: VersionId,
}

/// Everything at and below a path: folders before their contents, and whatever else has no bytes; then files in stored
/// order, so that a compressed layer is decompressed once and not once per file; symlinks last, so that none of
/// them can be in the path of a file.
pub(super) fn plan(union: &Union, Subtree { node: top, which }: Subtree) -> Vec<PlanItem> {
    let mut items = Vec::new();
    let mut pending = vec![top];
    while let Some(node) = pending.pop() {
        let chosen = version_to_write(union, node, which);
        if let Some(version) = chosen.filter(|_| node != union.root()) {
            items.push(PlanItem { node, version });
        }
        // A layer stores files in folders that it does not list: only a merged view ends where nothing is visible.
        if chosen.is_some() || matches!(which, Which::StoredBy(_)) {
            pending.extend(union.children(node));
        }
    }
    items.sort_by_key(|item| order(union.version(item.version).inode()));
    items
}

fn order(inode: VersionRef<'_>) -> (u8, usize, u64) {
    match (inode.kind(), inode.entry()) {
        (EntryKind::File, Some(entry)) => (1, inode.layer().index(), entry.data_offset()),
        (EntryKind::Symlink, _) => (2, 0, 0),
        _ => (0, 0, 0),
    }
}

/// How many bytes of a plan may be written without `--force`.
pub(super) fn allowance(union: &Union, contents: &dyn Contents, plan: &[PlanItem]) -> u64 {
    let mut used = vec![false; union.layer_count()];
    for item in plan {
        used[union.version(item.version).inode().layer().index()] = true;
    }
    let layers = union.layer_numbers().filter(|layer| used[layer.index()]);
    let stored = |layer| contents.stored_size(layer).unwrap_or_else(|| union.entries(layer).tar_bytes);
    let stored = layers.map(stored).fold(0, u64::saturating_add);
    stored.saturating_mul(FOR_EACH_STORED).max(FREE)
}

fn version_to_write(union: &Union, node: NodeId, which: Which) -> Option<VersionId> {
    match which {
        Which::MergedAfter(layer) => union.visible(node, layer),
        Which::StoredBy(layer) => union
            .versions(node)
            .filter(|&id| {
                let version = union.version(id);
                version.layer() == layer && version.entry().is_some()
            })
            .last(),
    }
}
