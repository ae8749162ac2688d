//! Applies a filter to every path of a view.

use super::{Filter, QuerySubject};
use crate::image::EntryKind;
use crate::union::{NodeId, Scope, Union, View};

/// What a filter leaves of a view: the matching rows, and the folders that lead to them.
pub(in crate::tui) struct FilterResult {
    /// Whether there was a query, rather than only hidden changes.
    pub by_query: bool,
    shown: Vec<bool>,
    matching: Vec<bool>,
    /// Matching rows, and all rows; folders that only lead to changes count as neither.
    pub matches: usize,
    pub total: usize,
    /// Bytes of what matches; a folder with its contents.
    pub bytes: u64,
    /// The same for what the view's layer removed.
    pub removed: u64,
}

/// A path that is still to be visited.
struct Pending {
    node: NodeId,
    /// Length of its folder's path in bytes.
    above: usize,
    /// Whether one of its parent folders matches.
    inside: bool,
}

impl FilterResult {
    /// Visits every path of a view once. `None` if the result is no longer wanted.
    pub fn new(union: &Union, view: &View, filter: &Filter) -> Option<Self> {
        let nodes = union.node_count();
        let mut found = Self {
            by_query: filter.query.is_some(),
            shown: vec![false; nodes],
            matching: vec![false; nodes],
            matches: 0,
            total: 0,
            bytes: 0,
            removed: 0,
        };
        let merged = matches!(view.scope(), Scope::Merged(_));
        let mut path = Vec::new();
        let start = |node| Pending { node, above: 0, inside: false };
        let mut pending: Vec<Pending> = union.children(union.root()).map(start).collect();
        let mut step = 0;
        while let Some(Pending { node, above, inside }) = pending.pop() {
            if filter.ticket.is_stale_at(step) {
                return None;
            }
            step += 1;
            let Some(row) = view.row(union, node) else { continue };
            path.truncate(above);
            path.push(b'/');
            path.extend_from_slice(union.name(node));
            let first = pending.len();
            let (mut bytes, mut removed) = (view.bytes(node), view.removed_bytes(node));
            for child in union.children(node) {
                bytes = bytes.saturating_sub(view.bytes(child));
                removed = removed.saturating_sub(view.removed_bytes(child));
                pending.push(Pending { node: child, above: path.len(), inside });
            }
            let folder = row.version.inode().kind() == EntryKind::Dir;
            let belongs = merged || row.change.is_some();
            let subject = QuerySubject {
                path: &path,
                size: (!folder).then_some(bytes.saturating_add(removed)),
                version: Some(row.version),
                change: row.change,
            };
            let matches = belongs && filter.matches(&subject);
            if matches {
                pending[first..].iter_mut().for_each(|child| child.inside = true);
            }
            if (inside || matches) && !filter.hidden.hides(row.change) {
                found.bytes = found.bytes.saturating_add(bytes);
                found.removed = found.removed.saturating_add(removed);
            }
            found.matching[node.index()] = matches;
            found.shown[node.index()] = matches;
            found.total += usize::from(belongs);
            found.matches += usize::from(matches);
        }
        // The ID of a child is higher than that of its parent.
        for node in union.nodes().rev() {
            if found.shown[node.index()]
                && let Some(parent) = union.parent(node)
            {
                found.shown[parent.index()] = true;
            }
        }
        Some(found)
    }

    /// Whether a path has a row.
    pub fn shows(&self, node: NodeId) -> bool {
        self.shown.get(node.index()).copied().unwrap_or(false)
    }

    /// Whether the filter matches the path itself.
    pub fn is_match(&self, node: NodeId) -> bool {
        self.matching.get(node.index()).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hidden, Tickets};
    use super::*;
    use crate::image::LayerNumber;
    use crate::union::testing::files;

    #[test]
    fn a_folder_that_matches_counts_with_all_that_is_in_it() {
        let union = Union::build(vec![files(&[("a/modules/x", 300), ("a/modules/y/z", 50), ("b", 7)])]);
        let view = View::new(&union, Scope::Merged(LayerNumber::from_index(0)));
        let mut tickets = Tickets::default();
        let found =
            FilterResult::new(&union, &view, &Filter::parsed(&mut tickets, "mod*", Hidden::default())).expect("wanted");
        assert_eq!((found.matches, found.total, found.bytes), (1, 6, 350));
    }

    #[test]
    fn nobody_waits_for_what_was_asked_before() {
        let union = Union::build(vec![files(&[("a", 1)])]);
        let view = View::new(&union, Scope::Merged(LayerNumber::from_index(0)));
        let mut tickets = Tickets::default();
        let filter = Filter::parsed(&mut tickets, "a", Hidden::default());
        tickets.draw();
        assert!(FilterResult::new(&union, &view, &filter).is_none());
    }
}
