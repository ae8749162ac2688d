//! What two layers that belong together change differently, or what a layer changes that only one image has: the same tree
//! as that of the images.

use std::collections::HashSet;

use crate::image::LayerNumber;
use crate::union::{Aspects, NodeId, Union, VersionId, VersionRef};

use super::differences::{Draft, Found};
use super::moment::PathPairs;
use super::reasons::{ReasonDraft, last_of, removed_by, stored_by};
use super::{Comparison, Differences, Relation, Sides};

impl Comparison {
    /// What the layers of a row of the alignment change differently: what both store in another form, what only one of them
    /// stores, and what only one of them removes, as far as the other image has it. Nothing if they are the same.
    #[must_use]
    pub fn of_layers(&self, a: &Union, b: &Union, row: usize) -> Differences {
        let row = self.alignment.rows.get(row).filter(|row| row.relation != Relation::Same);
        let Some((in_a, in_b)) = row.map(|row| (row.a, row.b)) else { return Differences::default() };
        let sides = self.sides(a, b);
        let paths = PathPairs::new(&sides);
        let mut draft = Draft::of(&sides, Vec::new());
        match (in_a, in_b) {
            (Some(of_a), Some(of_b)) => {
                let layers = ReasonDraft::new(&sides, &paths, 0, (of_a, of_b));
                let last =
                    |union: &Union, node: NodeId, layer: LayerNumber| last_of(union, node, layer).map(VersionRef::id);
                for &(node, aspects, pair) in &layers.changed {
                    let before = paths.in_a(node).and_then(|node| last(a, node, of_a));
                    draft.found.push(Found { aspects, pair, ..found((node, true), before, last(b, node, of_b)) });
                }
                draft.found.extend(layers.only_in_a.iter().map(|&node| {
                    let of = paths.in_b(node).map_or((node, false), |node| (node, true));
                    found(of, last(a, node, of_a), None)
                }));
                draft.found.extend(layers.only_in_b.iter().map(|&node| found((node, true), None, last(b, node, of_b))));
                // What one of them removes may be what the other one stores.
                let known: HashSet<_> = draft.found.iter().map(|found| (found.node_of_b, found.node)).collect();
                let [knows_a, knows_b] = layers.known();
                let [of_a, of_b] = layers.removals;
                let removals = removals(&sides, &paths, &of_a, &of_b).into_iter();
                draft.found.extend(removals.filter(|found| !known.contains(&(found.node_of_b, found.node))));
                // What only one of them changes, the unread part of the other may change too.
                for found in &mut draft.found {
                    found.known = match (found.a, found.b) {
                        (Some(_), Some(_)) => true,
                        _ => knows_a && knows_b,
                    };
                }
            }
            (Some(layer), None) => {
                draft.found.extend(stored_by(a, layer).map(|(node, version)| {
                    let of = paths.in_b(node).map_or((node, false), |node| (node, true));
                    found(of, Some(version), None)
                }));
                draft.found.extend(removals(&sides, &paths, &removed_by(a, layer).collect::<Vec<_>>(), &[]));
            }
            (None, Some(layer)) => {
                draft.found.extend(stored_by(b, layer).map(|(node, version)| found((node, true), None, Some(version))));
                draft.found.extend(removals(&sides, &paths, &[], &removed_by(b, layer).collect::<Vec<_>>()));
            }
            (None, None) => {}
        }
        draft.finish(&sides, &paths, &self.answers)
    }
}

fn found((node, node_of_b): (NodeId, bool), a: Option<VersionId>, b: Option<VersionId>) -> Found {
    Found { node, node_of_b, a, b, aspects: Aspects::NONE, pair: None, known: true }
}

/// What only one of the layers removes, and the other image shows.
fn removals(sides: &Sides<'_>, paths: &PathPairs, of_a: &[NodeId], of_b: &[NodeId]) -> Vec<Found> {
    let kept_in_b = of_a.iter().filter_map(|&node| {
        let node = paths.in_b(node)?;
        let version = sides.b.visible(node)?;
        Some(found((node, true), None, Some(version.id())))
    });
    let kept_in_a = of_b.iter().filter_map(|&node| {
        let version = sides.a.visible(paths.in_a(node)?)?;
        Some(found((node, true), Some(version.id()), None))
    });
    kept_in_b.chain(kept_in_a).collect()
}
