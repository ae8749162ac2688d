//! A bound on doubts: a hostile layer can hold a million of one sort, and nobody reads the second hundred.

use crate::image::{EntryPath, Finding, FindingKind, LayerNumber};

/// Of one sort, in one layer.
const ENOUGH: usize = 100;

#[derive(Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    counts: Vec<(FindingKind, usize)>,
}

impl Findings {
    /// Adds a doubt about a path of the layer being applied; the path and the sentence are only made if it is kept.
    pub(super) fn add(&mut self, kind: FindingKind, layer: LayerNumber, what: impl FnOnce() -> (EntryPath, String)) {
        let at = self.counts.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.counts.push((kind, 0));
            self.counts.len() - 1
        });
        let count = &mut self.counts[at].1;
        *count += 1;
        if *count <= ENOUGH {
            let (path, message) = what();
            self.kept.push(Finding::of_path(kind, layer, path, message));
        }
    }

    /// Says how many were left out of the layer just applied.
    pub(super) fn end_layer(&mut self, layer: LayerNumber) {
        for (kind, count) in self.counts.drain(..) {
            if count > ENOUGH {
                let message = format!("{} more of this sort in this layer", count - ENOUGH);
                self.kept.push(Finding::of_layer(kind, layer, message));
            }
        }
    }

    pub(super) fn into_kept(self) -> Vec<Finding> {
        self.kept
    }
}
