//! Building the tree of differences: the rows of what differs and of the folders above, their order, and their totals.

use std::collections::HashMap;

use crate::union::{Aspects, NodeId, VersionRef};

use super::Sides;
use super::differences::{Difference, DifferenceKind, Differences, Draft, Found, RowId, Totals, side_of, union};
use super::moment::PathPairs;

/// Builds the rows: those that differ, and the folders above them.
pub(super) struct Tree<'a, 'b> {
    sides: &'b Sides<'a>,
    paths: &'b PathPairs,
    rows: Vec<Difference>,
    /// The row of a path, by the path of the second image if it has it.
    known: HashMap<(bool, NodeId), RowId>,
}

impl<'a, 'b> Tree<'a, 'b> {
    pub(super) fn new(sides: &'b Sides<'a>, paths: &'b PathPairs) -> Self {
        Self { sides, paths, rows: Vec::new(), known: HashMap::new() }
    }

    pub(super) fn build(mut self, differing: &[(Found, bool)], draft: &mut Draft) -> Differences {
        self.row(true, NodeId::ROOT);
        let mut own = Vec::with_capacity(differing.len());
        for (found, unread) in differing {
            let id = self.row(found.node_of_b, found.node);
            let row = &mut self.rows[id as usize];
            row.kind = Some(kind(found));
            (row.a, row.b, row.aspects, row.unread) = (found.a, found.b, found.aspects, *unread);
            own.push(id);
        }
        let mut tree = Differences { rows: self.rows, ..Differences::default() };
        tree.link(self.sides);
        tree.count(self.sides, &own, draft);
        tree
    }

    /// The row of a path, new if there is none.
    fn row(&mut self, of_b: bool, node: NodeId) -> RowId {
        let mut missing = Vec::new();
        let mut at = (of_b, node);
        let mut parent = loop {
            if let Some(&row) = self.known.get(&at) {
                break row;
            }
            missing.push(at);
            let Some(above) = side_of(self.sides, at.0).parent(at.1) else { break 0 };
            let in_b = if at.0 { Some(above) } else { self.paths.in_b(above) };
            at = in_b.map_or((false, above), |above| (true, above));
        };
        while let Some((of_b, node)) = missing.pop() {
            let id = RowId::try_from(self.rows.len()).unwrap_or(RowId::MAX);
            let visible = |side: usize, node: Option<NodeId>| {
                let moment = if side == 0 { self.sides.a } else { self.sides.b };
                node.and_then(|node| moment.visible(node)).map(VersionRef::id)
            };
            let (in_a, in_b) =
                if of_b { (self.paths.in_a(node), Some(node)) } else { (Some(node), self.paths.in_b(node)) };
            self.rows.push(Difference {
                parent,
                node,
                node_of_b: of_b,
                a: visible(0, in_a),
                b: visible(1, in_b),
                kind: None,
                aspects: Aspects::NONE,
                unread: false,
                totals: Totals::default(),
                bytes: [0; 2],
            });
            self.known.insert((of_b, node), id);
            parent = id;
        }
        parent
    }
}

fn kind(found: &Found) -> DifferenceKind {
    match (found.a, found.b) {
        _ if !found.known => DifferenceKind::NotCompared,
        (None, _) => DifferenceKind::Added,
        (_, None) => DifferenceKind::Removed,
        _ if found.aspects.has(Aspects::KIND.with(Aspects::CONTENT)) => DifferenceKind::Modified,
        _ => DifferenceKind::Metadata,
    }
}

impl Differences {
    /// Sorts the children of every row.
    fn link(&mut self, sides: &Sides<'_>) {
        let mut children: Vec<RowId> =
            (1..self.rows.len()).map(|row| RowId::try_from(row).unwrap_or(RowId::MAX)).collect();
        children.sort_by(|&a, &b| {
            let parent = |row: RowId| self.rows[row as usize].parent;
            parent(a).cmp(&parent(b)).then_with(|| self.name(sides, a).cmp(self.name(sides, b)))
        });
        let mut starts = Vec::with_capacity(self.rows.len() + 1);
        let mut at = 0;
        for row in 0..self.rows.len() {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            while children.get(at).is_some_and(|&child| self.rows[child as usize].parent as usize == row) {
                at += 1;
            }
        }
        starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        (self.children, self.starts) = (children, starts);
    }

    /// Counts the bytes of every row, then those of folders. First each file at its own name, then what is left at the
    /// names that link to it, by path.
    fn count(&mut self, sides: &Sides<'_>, own: &[RowId], draft: &mut Draft) {
        for side in 0..2 {
            let mut links = Vec::new();
            for &id in own {
                let row = &self.rows[id as usize];
                if row.kind == Some(DifferenceKind::NotCompared) {
                    continue;
                }
                let Some(version) = [row.a, row.b][side] else { continue };
                if union(sides, side).version(version).inode().id() == version {
                    self.rows[id as usize].bytes[side] = draft.count(sides, side, Some(version));
                } else {
                    links.push(id);
                }
            }
            links.sort_by_cached_key(|&id| self.path(sides, id));
            for id in links {
                let row = self.rows[id as usize];
                self.rows[id as usize].bytes[side] = draft.count(sides, side, [row.a, row.b][side]);
            }
        }
        for row in &mut self.rows {
            (row.totals.before, row.totals.after) = (row.bytes[0], row.bytes[1]);
            if let Some(kind) = row.kind {
                row.totals.counts[kind as usize] += 1;
            }
        }
        for at in (1..self.rows.len()).rev() {
            let (below, parent) = (self.rows[at].totals, self.rows[at].parent as usize);
            self.rows[parent].totals.add(&below);
        }
    }
}
