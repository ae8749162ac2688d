//! Wasted bytes as rows: one a stored file, and gathered where one act removed many.

use std::collections::HashMap;

use crate::image::{EntryPath, LayerNumber};
use crate::union::{HowEnded, NodeId, Union, VersionId};

use super::Account;

/// One stored file that nobody sees in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waste {
    /// The version that holds the bytes.
    pub version: VersionId,
    /// Its last visible name, whose end decided the account; the same version unless it has hard links.
    pub name: VersionId,
    /// Overwritten, rewritten or removed.
    pub account: Account,
    /// Bytes stored.
    pub bytes: u64,
    /// The layer that stores them.
    pub layer: LayerNumber,
    /// The layer that made them waste.
    pub by: LayerNumber,
}

/// Waste that one act made at one place: a file, or a whole folder.
#[derive(Clone, Debug)]
pub struct WasteGroup {
    /// The file, or the topmost folder that went with it.
    pub path: EntryPath,
    /// Whether the path is a folder that was removed with all that was in it.
    pub folder: bool,
    /// Overwritten, rewritten or removed.
    pub account: Account,
    /// Bytes stored by all of it.
    pub bytes: u64,
    /// The layers that store them, lowest first.
    pub layers: Vec<LayerNumber>,
    /// The layer that made them waste.
    pub by: LayerNumber,
    /// The files, as places in [`super::Analysis::waste`], largest first.
    pub files: Vec<usize>,
}

/// Gathers rows, largest first. Removed files are gathered under the topmost folder that the same layer removed; every
/// other row stands alone.
pub(super) fn group(union: &Union, waste: &[Waste]) -> Vec<WasteGroup> {
    let mut places: HashMap<(NodeId, LayerNumber), usize> = HashMap::new();
    let mut tops: HashMap<(NodeId, LayerNumber), NodeId> = HashMap::new();
    let mut groups: Vec<WasteGroup> = Vec::new();
    for (index, row) in waste.iter().enumerate() {
        let name = union.version(row.name);
        let top =
            name.node().filter(|_| row.account == Account::Removed).map(|node| topmost(union, node, row.by, &mut tops));
        let known = top.and_then(|top| places.get(&(top, row.by)).copied());
        let place = known.unwrap_or_else(|| {
            let folder = top.is_some() && top != name.node();
            groups.push(WasteGroup {
                path: top.map_or_else(|| name.path(), |top| union.path(top)),
                folder,
                account: row.account,
                bytes: 0,
                // Most groups are one file: room for one, not for the few that a list begins with.
                layers: Vec::with_capacity(1),
                by: row.by,
                files: Vec::with_capacity(1),
            });
            if let Some(top) = top {
                places.insert((top, row.by), groups.len() - 1);
            }
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.bytes = group.bytes.saturating_add(row.bytes);
        if let Err(at) = group.layers.binary_search(&row.layer) {
            group.layers.insert(at, row.layer);
        }
        group.files.push(index);
    }
    groups.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)).then(a.by.cmp(&b.by)));
    groups
}

/// The topmost folder that went with a path in a layer; the path itself where its folder stayed.
fn topmost(union: &Union, node: NodeId, by: LayerNumber, known: &mut HashMap<(NodeId, LayerNumber), NodeId>) -> NodeId {
    let mut way = Vec::new();
    let mut top = node;
    while let Some(parent) = union.parent(top).filter(|&parent| removed_in(union, parent, by)) {
        way.push(parent);
        top = parent;
        if let Some(&found) = known.get(&(top, by)) {
            top = found;
            break;
        }
    }
    for folder in way {
        known.insert((folder, by), top);
    }
    top
}

/// Whether a path was there before a layer and is not there, or is something else, after it.
fn removed_in(union: &Union, node: NodeId, by: LayerNumber) -> bool {
    union.versions(node).map(|id| union.version(id)).any(|version| {
        version.ended().is_some_and(|ended| {
            ended.by == by
                && version.layer() < by
                && match ended.how {
                    HowEnded::Whiteout | HowEnded::Opaque | HowEnded::TypeChange => true,
                    HowEnded::Replaced | HowEnded::NeverVisible => false,
                }
        })
    })
}
