//! Which layer stored a content first, where layers between only stored it again.

use std::collections::{HashMap, HashSet};

use crate::image::LayerNumber;
use crate::union::{NodeId, Union, VersionId, VersionRef};

use super::{Account, Analysis};

/// Answers for one image; each path is traversed once.
pub struct Origins<'a> {
    union: &'a Union,
    /// By the index of a version, whether its replacement has the same content.
    is_rewritten: Vec<bool>,
    /// The versions of visited paths that an earlier layer than their own stored first.
    known: HashMap<VersionId, LayerNumber>,
    visited: HashSet<NodeId>,
}

impl<'a> Origins<'a> {
    /// For an image whose contents are compared; before that, every layer counts as the first.
    #[must_use]
    pub fn new(union: &'a Union, analysis: &Analysis) -> Self {
        let rewritten = || analysis.waste.iter().filter(|row| row.account == Account::Rewritten);
        let most = rewritten().map(|row| row.name.index() + 1).max().unwrap_or(0);
        let mut is_rewritten = vec![false; most];
        for row in rewritten() {
            is_rewritten[row.name.index()] = true;
        }
        Self { union, is_rewritten, known: HashMap::new(), visited: HashSet::new() }
    }

    /// The layer that first stored the content of a version.
    pub fn first_stored_by(&mut self, name: VersionRef<'_>) -> LayerNumber {
        let Some(node) = name.node().filter(|_| !self.is_rewritten.is_empty()) else { return name.layer() };
        let is_first = self.union.versions(node).next() == Some(name.id());
        if !is_first && self.visited.insert(node) {
            let is_rewritten = |id: VersionId| self.is_rewritten.get(id.index()) == Some(&true);
            self.known.extend(origins_of(self.union, node, is_rewritten));
        }
        self.known.get(&name.id()).copied().unwrap_or(name.layer())
    }
}

impl Analysis {
    /// The layer that first stored the content of a version, which [`Origins`] answers faster for many.
    #[must_use]
    pub fn first_stored_by(&self, union: &Union, name: VersionRef<'_>) -> LayerNumber {
        let is_rewritten = |id: VersionId| {
            let waste = self.waste_of(union.version(id));
            waste.is_some_and(|waste| waste.account == Account::Rewritten && waste.name == id)
        };
        let known = name.node().and_then(|node| {
            origins_of(union, node, is_rewritten).find_map(|(id, origin)| (id == name.id()).then_some(origin))
        });
        known.unwrap_or(name.layer())
    }
}

/// The versions of a path that an earlier layer than their own stored first, each with that layer.
fn origins_of(
    union: &Union,
    node: NodeId,
    is_rewritten: impl Fn(VersionId) -> bool,
) -> impl Iterator<Item = (VersionId, LayerNumber)> {
    let mut origin = None;
    let known = move |id: VersionId| {
        let version = union.version(id);
        let of_version = origin.map(|origin| (id, origin));
        let goes_on = version.successor().is_some() && is_rewritten(id);
        origin = goes_on.then(|| origin.unwrap_or(version.layer()));
        of_version
    };
    union.versions(node).filter_map(known)
}
