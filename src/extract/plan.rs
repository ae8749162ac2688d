//! Which versions go where, before anything is written.

use crate::image::LayerNumber;
use crate::union::{NodeId, Union, VersionId};

/// Which version of each path is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What a container made of the layers up to this one sees.
    MergedAfter(LayerNumber),
    /// What this layer stores, removed since or not.
    StoredBy(LayerNumber),
}

/// One thing to write.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) node: NodeId,
    pub(super) version: VersionId,
}

/// Everything at and below a path, folders before what is in them, in no other order.
pub(super) fn plan(union: &Union, top: NodeId, which: Which) -> Vec<Item> {
    let mut items = Vec::new();
    let mut pending = vec![top];
    while let Some(node) = pending.pop() {
        let chosen = choose(union, node, which);
        if let Some(version) = chosen.filter(|_| node != union.root()) {
            items.push(Item { node, version });
        }
        // A layer stores files in folders that it does not list: only a merged view ends where nothing is visible.
        if chosen.is_some() || matches!(which, Which::StoredBy(_)) {
            pending.extend(union.children(node));
        }
    }
    items
}

/// A path's components from the one extracted down to itself.
pub(super) fn names(union: &Union, top: NodeId, node: NodeId) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = node;
    while at != union.root() {
        names.push(union.name(at));
        if at == top {
            break;
        }
        at = union.parent(at).unwrap_or(union.root());
    }
    names.reverse();
    names
}

fn choose(union: &Union, node: NodeId, which: Which) -> Option<VersionId> {
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
