//! Folders of which one layer stores everything again: what `chown -R` and `chmod -R` leave.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::image::{EntryKind, LayerNumber};
use crate::union::{NodeId, Union, VersionId};

use crate::analysis::{Account, Waste};

/// A path with more versions is not searched for the one before a layer: its folder is not gathered.
const FEW_VERSIONS: usize = 16;
/// So many paths of a folder are visited for each that is rewritten, and so many in any case. Otherwise an archive of a
/// folder with many links, one file of which every layer rewrites, would cost layers times links.
const VISITS: usize = 4;
const FIRST_VISITS: usize = 1_000;

/// The folders by the layer that rewrites them.
#[derive(Default)]
pub(super) struct RewrittenFolders {
    whole: HashSet<(NodeId, LayerNumber)>,
    tops: HashMap<(NodeId, LayerNumber), NodeId>,
}

impl RewrittenFolders {
    pub(super) fn new(union: &Union, waste: &[Waste]) -> Self {
        let mut by_layer: BTreeMap<LayerNumber, HashSet<NodeId>> = BTreeMap::new();
        // What a layer repeats within itself was never seen.
        for row in waste.iter().filter(|row| row.account == Account::Rewritten && row.layer < row.by) {
            by_layer.entry(row.by).or_default().extend(union.version(row.name).node());
        }
        let mut folders = Self::default();
        for (by, files) in by_layer {
            folders.add(union, by, files);
        }
        folders
    }

    /// Finds the folders of one layer, innermost first: the ID of a folder is lower than those of its contents.
    fn add(&mut self, union: &Union, by: LayerNumber, files: HashSet<NodeId>) {
        let mut rewritten_in: HashMap<NodeId, usize> = HashMap::new();
        for &file in &files {
            *rewritten_in.entry(union.parent(file).unwrap_or(union.root())).or_default() += 1;
        }
        let mut rewritten = files;
        let mut candidates: BTreeSet<NodeId> = rewritten_in.keys().copied().collect();
        while let Some(folder) = candidates.pop_last() {
            let visits = rewritten_in.get(&folder).copied().unwrap_or(0) * VISITS + FIRST_VISITS;
            let mut children = union.children(folder);
            let is_whole = children
                .by_ref()
                .take(visits)
                .all(|child| rewritten.contains(&child) || !holds_bytes(union, child, by));
            if !is_whole || children.next().is_some() {
                continue;
            }
            rewritten.insert(folder);
            self.whole.insert((folder, by));
            if let Some(parent) = union.parent(folder) {
                *rewritten_in.entry(parent).or_default() += 1;
                candidates.insert(parent);
            }
        }
    }

    /// The topmost folder that a layer rewrites with a file; `None` if it rewrites the file alone.
    pub(super) fn topmost(&mut self, union: &Union, file: NodeId, by: LayerNumber) -> Option<NodeId> {
        let first = union.parent(file).filter(|&folder| self.whole.contains(&(folder, by)))?;
        let (mut top, mut way) = (first, Vec::new());
        loop {
            if let Some(&known) = self.tops.get(&(top, by)) {
                top = known;
                break;
            }
            way.push(top);
            let Some(parent) = union.parent(top).filter(|&parent| self.whole.contains(&(parent, by))) else { break };
            top = parent;
        }
        self.tops.extend(way.into_iter().map(|folder| ((folder, by), top)));
        Some(top)
    }
}

/// Whether a container saw bytes at a path before a layer that it does not see as rewritten by it.
fn holds_bytes(union: &Union, node: NodeId, by: LayerNumber) -> bool {
    if union.versions(node).nth(FEW_VERSIONS).is_some() {
        return true;
    }
    let visible = |id: &VersionId| {
        let version = union.version(*id);
        version.layer() < by && version.ended().is_none_or(|ended| ended.by >= by)
    };
    let Some(version) = union.versions(node).filter(visible).last().map(|id| union.version(id)) else {
        // An implied folder has no version of its own, only contents.
        return union.versions(node).next().is_none() && union.children(node).next().is_some();
    };
    match version.kind() {
        EntryKind::Dir => union.children(node).next().is_some(),
        // Another name of an inode has no bytes of its own.
        _ => version.inode().id() == version.id() && version.stored() > 0,
    }
}
