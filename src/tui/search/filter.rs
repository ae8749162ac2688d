//! A filter, and what it leaves of every path of a view.

use std::sync::Arc;

use super::{Query, QuerySubject};
use crate::image::{Cancel, CancelOnDrop, EntryKind};
use crate::tui::action::Action;
use crate::union::{Change, NodeId, Scope, Union, View};

/// Which changes are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Hidden {
    hidden: [bool; 4],
}

const UNCHANGED: usize = 3;

fn place(change: Option<Change>) -> usize {
    match change {
        Some(Change::Added) => 0,
        Some(Change::Modified) => 1,
        Some(Change::Removed) => 2,
        None => UNCHANGED,
    }
}

impl Hidden {
    /// Toggles a kind of change. Returns whether the action is one of these.
    pub fn act(&mut self, action: Action) -> bool {
        let place = match action {
            Action::ShowAdded => place(Some(Change::Added)),
            Action::ShowModified => place(Some(Change::Modified)),
            Action::ShowRemoved => place(Some(Change::Removed)),
            Action::ShowUnchanged => UNCHANGED,
            _ => return false,
        };
        self.hidden[place] = !self.hidden[place];
        true
    }

    pub fn hides(self, change: Option<Change>) -> bool {
        self.hidden[place(change)]
    }

    pub fn any(self) -> bool {
        self.hidden.contains(&true)
    }

    /// The actions that hide them, which show them again.
    pub fn actions(self) -> impl Iterator<Item = Action> {
        let actions = [Action::ShowAdded, Action::ShowModified, Action::ShowRemoved, Action::ShowUnchanged];
        actions.into_iter().zip(self.hidden).filter(|(_, hidden)| *hidden).map(|(action, _)| action)
    }

    /// `added, unchanged`.
    pub fn names(self) -> String {
        let names = ["added", "modified", "removed", "unchanged"].into_iter().zip(self.hidden);
        names.filter(|(_, hidden)| *hidden).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }
}

/// The criteria of a filter, and whether its result is still wanted.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Filter {
    pub query: Option<Arc<Query>>,
    pub hidden: Hidden,
    pub ticket: Ticket,
}

impl Filter {
    /// What is typed and hidden in a test.
    #[cfg(test)]
    pub fn parsed(tickets: &mut Tickets, query: &str, hidden: Hidden) -> Self {
        Self { query: Query::parse(query).expect("sound").map(Arc::new), hidden, ticket: tickets.draw() }
    }

    pub fn matches(&self, subject: &QuerySubject<'_>) -> bool {
        !self.hidden.hides(subject.change) && self.query.as_ref().is_none_or(|query| query.matches(subject))
    }
}

/// The number of steps of a long pass between two checks.
const STRIDE: usize = 4096;

/// Where numbers are drawn.
#[derive(Debug, Default)]
pub(in crate::tui) struct Tickets {
    number: u32,
    last: CancelOnDrop,
}

/// A number that was drawn.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Ticket {
    number: u32,
    cancel: Cancel,
}

impl Tickets {
    /// Makes all earlier requests stale. Numbers begin at 1.
    pub fn draw(&mut self) -> Ticket {
        self.number = self.number.wrapping_add(1);
        self.last = CancelOnDrop::default();
        Ticket { number: self.number, cancel: self.last.0.clone() }
    }
}

impl Ticket {
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Called at every step of a long pass: whether its result is no longer wanted.
    pub fn is_stale_at(&self, step: usize) -> bool {
        step.is_multiple_of(STRIDE) && self.cancel.is_cancelled()
    }
}

/// The next or previous matching row, and whether the search wrapped around.
pub(in crate::tui) fn next_match(
    rows: usize,
    from: usize,
    forward: bool,
    holds: impl Fn(usize) -> bool,
) -> Option<(usize, bool)> {
    let (holds, from) = (|at: &usize| holds(*at), from.min(rows));
    if forward {
        let ahead = (from + 1..rows).find(holds).map(|at| (at, false));
        ahead.or_else(|| (0..rows).find(holds).map(|at| (at, true)))
    } else {
        let behind = (0..from).rev().find(holds).map(|at| (at, false));
        behind.or_else(|| (0..rows).rev().find(holds).map(|at| (at, true)))
    }
}

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
    /// If nothing matches here, how many paths of other layers do.
    pub elsewhere: usize,
}

/// A path that is still to be visited.
struct Pending {
    node: NodeId,
    /// Length of its folder's path in bytes.
    above: usize,
    /// Whether one of its parent folders matches.
    inside: bool,
}

/// How many paths match in any layer, whatever is hidden. `None` if the result is no longer wanted.
fn matches_of_any_layer(union: &Union, filter: &Filter) -> Option<usize> {
    let query = filter.query.as_ref()?;
    let mut matches = 0;
    visit_paths(union, &filter.ticket, |node, path| {
        let is_match = union.versions(node).enumerate().any(|(at, version)| {
            let version = union.version(version);
            let size = (version.inode().kind() != EntryKind::Dir).then(|| version.stored());
            let change = Some(if at == 0 { Change::Added } else { Change::Modified });
            query.matches(&QuerySubject { path, size, version: Some(version), change })
        });
        matches += usize::from(is_match);
    })?;
    Some(matches)
}

/// Visits every path of all layers, with a leading slash. `None` if the result is no longer wanted.
pub(super) fn visit_paths(union: &Union, ticket: &Ticket, mut visit: impl FnMut(NodeId, &[u8])) -> Option<()> {
    let mut path = Vec::new();
    let mut pending: Vec<(NodeId, usize)> = union.children(union.root()).map(|node| (node, 0)).collect();
    let mut step = 0;
    while let Some((node, above)) = pending.pop() {
        if ticket.is_stale_at(step) {
            return None;
        }
        step += 1;
        path.truncate(above);
        path.push(b'/');
        path.extend_from_slice(union.name(node));
        pending.extend(union.children(node).map(|child| (child, path.len())));
        visit(node, &path);
    }
    Some(())
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
            elsewhere: 0,
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
        if found.by_query && found.matches == 0 {
            found.elsewhere = matches_of_any_layer(union, filter)?;
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
    use super::*;
    use crate::image::LayerNumber;
    use crate::union::testing::files;

    #[test]
    fn the_search_goes_round_both_ends_and_comes_back_to_where_it_began() {
        let next = |from, forward| next_match(6, from, forward, |at| at == 1 || at == 4);
        assert_eq!(
            [next(0, true), next(1, true), next(4, true)],
            [Some((1, false)), Some((4, false)), Some((1, true))]
        );
        assert_eq!(
            [next(5, false), next(4, false), next(1, false)],
            [Some((4, false)), Some((1, false)), Some((4, true))]
        );
        assert_eq!(next_match(3, 2, true, |at| at == 2), Some((2, true)), "the only one");
        assert_eq!([next_match(0, 0, true, |_| true), next_match(3, 0, false, |_| false)], [None, None]);
        assert_eq!(next_match(2, 9, true, |_| true), Some((0, true)), "from after the end");
    }

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
