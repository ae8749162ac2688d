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
            let mut origin = None;
            for version in self.union.versions(node).map(|id| self.union.version(id)) {
                self.known.extend(origin.map(|origin| (version.id(), origin)));
                let is_rewritten = self.is_rewritten.get(version.id().index()) == Some(&true);
                let goes_on = version.successor().is_some() && is_rewritten;
                origin = goes_on.then(|| origin.unwrap_or(version.layer()));
            }
        }
        self.known.get(&name.id()).copied().unwrap_or(name.layer())
    }
}
