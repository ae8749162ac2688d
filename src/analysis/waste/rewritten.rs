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
    /// Those with several rewritten paths: one that contains only another folder says less than that folder.
    several: HashSet<(NodeId, LayerNumber)>,
    tops: HashMap<(NodeId, LayerNumber), Option<NodeId>>,
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
            if rewritten_in.get(&folder).is_some_and(|&paths| paths > 1) {
                self.several.insert((folder, by));
            }
            if let Some(parent) = union.parent(folder) {
                *rewritten_in.entry(parent).or_default() += 1;
                candidates.insert(parent);
            }
        }
    }

    /// The topmost folder of several paths that a layer rewrites with a file; `None` if it rewrites the file alone.
    pub(super) fn topmost(&mut self, union: &Union, file: NodeId, by: LayerNumber) -> Option<NodeId> {
        let (mut top, mut way) = (None, Vec::new());
        let mut folder = union.parent(file);
        while let Some(here) = folder.filter(|&folder| self.whole.contains(&(folder, by))) {
            if let Some(&known) = self.tops.get(&(here, by)) {
                top = known.or(top);
                break;
            }
            way.push(here);
            if self.several.contains(&(here, by)) {
                top = Some(here);
            }
            folder = union.parent(here);
        }
        for here in way.into_iter().rev() {
            let above = union.parent(here).and_then(|parent| self.tops.get(&(parent, by)).copied().flatten());
            let own = self.several.contains(&(here, by)).then_some(here);
            self.tops.insert((here, by), above.or(own));
        }
        top
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
