//! The visible rows of a tree of paths: folded folders cost nothing, and only visible rows are turned into text. Folders
//! that contain nothing but one folder share its row, as in the map.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::image::{EntryKind, EntryRef};
use crate::tui::search::{FilterResult, next_match};
use crate::union::{Change, NodeId, Scope, Union, View, ViewRow};

/// Trees with at most this many changes are shown unfolded.
const FEW: usize = 60;

/// If a filter matches more rows than this, the matching folders are shown folded.
const MANY: usize = 2_000;

/// The order of the contents of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Sort {
    #[default]
    Name,
    Size,
    /// Added, modified, removed, unchanged.
    Change,
    /// Newest first.
    Time,
}

impl Sort {
    /// The other of two orders, where there are only two.
    pub fn other(self) -> Self {
        if self == Self::Name { Self::Size } else { Self::Name }
    }

    pub fn next(self) -> Self {
        match self {
            Self::Name => Self::Size,
            Self::Size => Self::Change,
            Self::Change => Self::Time,
            Self::Time => Self::Name,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "by name",
            Self::Size => "by size",
            Self::Change => "by change",
            Self::Time => "newest first",
        }
    }
}

/// Which folders are unfolded, on every layer alike: a path is the same node in all of them.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Folds {
    all: Option<bool>,
    touched: HashMap<NodeId, bool>,
}

impl Folds {
    pub fn set_all(&mut self, open: bool) {
        *self = Self { all: Some(open), touched: HashMap::new() };
    }

    /// Unfolds one folder.
    pub fn open(&mut self, folder: NodeId) {
        self.touched.insert(folder, true);
    }

    fn is_open(&self, node: NodeId, usually: bool) -> bool {
        self.touched.get(&node).copied().or(self.all).unwrap_or(usually)
    }
}

/// Whether a row can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Fold {
    Leaf,
    Open,
    Closed,
}

/// A row of the tree: a path, or a chain of folders of which each is all that the one before contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct TreeRow {
    /// The path, or the innermost folder of the chain.
    pub node: NodeId,
    /// The outermost folder of the chain; the same as `node` where nothing is joined.
    pub first: NodeId,
    pub depth: u16,
    pub fold: Fold,
}

/// A view and its visible rows.
pub(in crate::tui) struct FileTree {
    union: Arc<Union>,
    view: Arc<View>,
    sort: Sort,
    usually_open: bool,
    /// What the filter leaves; everything if there is none.
    found: Option<FilterResult>,
    rows: Vec<TreeRow>,
}

impl FileTree {
    pub fn new(union: Arc<Union>, view: Arc<View>, sort: Sort, folds: &Folds, found: Option<FilterResult>) -> Self {
        let changes: usize =
            [Change::Added, Change::Modified, Change::Removed].iter().map(|&change| view.count(change)).sum();
        let usually_open = matches!(view.scope(), Scope::Changes(..)) && changes <= FEW;
        let mut tree = Self { union, view, sort, usually_open, found, rows: Vec::new() };
        let root = tree.union.root();
        tree.rows = tree.below(root, 0, folds);
        tree
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    pub fn found(&self) -> Option<&FilterResult> {
        self.found.as_ref()
    }

    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    pub fn node(&self, row: usize) -> Option<NodeId> {
        self.rows.get(row).map(|row| row.node)
    }

    /// The row of the folder that contains a row.
    pub fn parent(&self, row: usize) -> Option<usize> {
        let depth = self.rows.get(row)?.depth;
        self.rows[..row].iter().rposition(|above| above.depth < depth)
    }

    /// The row of a path, or of the innermost visible folder that contains it.
    pub fn row_of(&self, node: NodeId) -> usize {
        // From the innermost folder to the outermost: the last one is wanted next.
        let mut wanted = vec![node];
        while let Some(parent) = wanted.last().and_then(|&last| self.union.parent(last)) {
            wanted.push(parent);
        }
        wanted.pop();
        // From the outside in: the rows of a folder follow it directly, so each search continues where the last one
        // ended.
        let (mut found, mut from, mut depth) = (0, 0, 0);
        while let Some(node) = wanted.pop() {
            let inside = |row: &&TreeRow| usize::from(row.depth) >= depth;
            let Some(rows) = self.rows.get(from..) else { break };
            let mut rows = rows.iter().take_while(inside);
            let Some(at) = rows.position(|row| usize::from(row.depth) == depth && row.first == node) else { break };
            found = from + at;
            let innermost = self.rows[found].node;
            if node != innermost {
                let Some(joined) = wanted.iter().rposition(|&node| node == innermost) else { break };
                wanted.truncate(joined);
            }
            (from, depth) = (found + 1, depth + 1);
        }
        found
    }

    /// The paths of a row, from the innermost folder of a chain to the outermost.
    pub fn chain(&self, row: TreeRow) -> impl Iterator<Item = NodeId> {
        let above = move |&node: &NodeId| self.union.parent(node).filter(|_| node != row.first);
        std::iter::successors(Some(row.node), above)
    }

    /// Folds or unfolds one folder. Returns whether anything changed.
    pub fn set_open(&mut self, row: usize, open: bool, folds: &mut Folds) -> bool {
        let Some(TreeRow { node, depth, fold, .. }) = self.rows.get(row).copied() else { return false };
        match (fold, open) {
            (Fold::Closed, true) => {
                folds.touched.insert(node, true);
                self.rows[row].fold = Fold::Open;
                let below = self.below(node, depth.saturating_add(1), folds);
                let next = row + 1;
                self.rows.splice(next..next, below);
                true
            }
            (Fold::Open, false) => {
                folds.touched.insert(node, false);
                self.rows[row].fold = Fold::Closed;
                let end = self.rows[row + 1..].iter().position(|below| below.depth <= depth);
                let end = end.map_or(self.rows.len(), |at| row + 1 + at);
                self.rows.drain(row + 1..end);
                true
            }
            _ => false,
        }
    }

    /// All rows below a folder. Folders nest to any depth, so this is not recursive.
    fn below(&self, node: NodeId, depth: u16, folds: &Folds) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        let mut pending = vec![(self.children(node).into_iter(), depth)];
        while let Some((children, depth)) = pending.last_mut() {
            let last = children.len() == 1;
            let Some(first) = children.next() else {
                pending.pop();
                continue;
            };
            let child = self.innermost(first);
            let depth = *depth;
            let alone = last && rows.last().is_none_or(|above: &TreeRow| above.depth < depth);
            let fold = if !self.has_children(child) {
                Fold::Leaf
            } else if folds.is_open(child, alone || self.is_usually_open(child)) {
                Fold::Open
            } else {
                Fold::Closed
            };
            rows.push(TreeRow { node: child, first, depth, fold });
            if fold == Fold::Open {
                pending.push((self.children(child).into_iter(), depth.saturating_add(1)));
            }
        }
        rows
    }

    fn children(&self, node: NodeId) -> Vec<NodeId> {
        let mut children = self.view.children(&self.union, node);
        if let Some(found) = &self.found {
            children.retain(|&child| found.shows(child));
        }
        let row = |child: NodeId| self.view.row(&self.union, child);
        match self.sort {
            Sort::Name => {}
            Sort::Size => children.sort_by_key(|&child| Reverse(self.weight(child))),
            Sort::Change => {
                // `None`, for unchanged paths, would sort first.
                let change = |child| row(child).and_then(|row| row.change);
                children.sort_by_cached_key(|&child| (change(child).is_none(), change(child)));
            }
            Sort::Time => children.sort_by_cached_key(|&child| {
                Reverse(row(child).and_then(|row| row.version.inode_entry()).map(EntryRef::mtime))
            }),
        }
        children
    }

    /// The innermost folder of the chain that begins at a path.
    fn innermost(&self, first: NodeId) -> NodeId {
        let mut node = first;
        while let Some(inside) = self.joined_with(node) {
            node = inside;
        }
        node
    }

    /// The folder that is all that a folder contains, if their rows would say the same: whatever differs is seen.
    fn joined_with(&self, node: NodeId) -> Option<NodeId> {
        let is_shown = |&child: &NodeId| match &self.found {
            Some(found) => found.shows(child),
            None => self.view.shows(child),
        };
        let mut children = self.union.children(node).filter(is_shown);
        let inside = children.next().filter(|_| children.next().is_none())?;
        let (outer, inner) = (self.view.row(&self.union, node)?, self.view.row(&self.union, inside)?);
        let is_folder = |row: &ViewRow<'_>| row.version.inode().kind() == EntryKind::Dir;
        let access = |row: &ViewRow<'_>| row.version.entry().map(|_| (row.version.mode(), row.version.owner()));
        // A folder that only leads to changes is not part of what is shown.
        let leads = outer.change.is_none() && matches!(self.view.scope(), Scope::Changes(..));
        // The path that a whiteout names has a row of its own.
        let is_removed = |row: &ViewRow<'_>| row.change == Some(Change::Removed);
        let above = self.union.parent(node).and_then(|above| self.view.row(&self.union, above));
        let is_named = is_removed(&outer) && !above.is_some_and(|above| is_removed(&above));
        let is_match = |node| self.found.as_ref().is_some_and(|found| found.by_query && found.is_match(node));
        let same = is_folder(&outer)
            && is_folder(&inner)
            && !is_named
            && (outer.change.is_none() || outer.change == inner.change)
            && (leads || access(&outer).is_none_or(|outer| access(&inner) == Some(outer)))
            && (!is_match(node) || is_match(inside));
        same.then_some(inside)
    }

    fn has_children(&self, node: NodeId) -> bool {
        match &self.found {
            Some(found) => self.union.children(node).any(|child| found.shows(child)),
            None => self.view.has_children(&self.union, node),
        }
    }

    /// Whether a folder is unfolded by default: what was searched for should be visible.
    fn is_usually_open(&self, node: NodeId) -> bool {
        match &self.found {
            Some(found) if found.by_query => found.matches <= MANY || !found.is_match(node),
            _ => self.usually_open,
        }
    }

    /// The next or previous row that matches the filter, and whether the search wrapped around.
    pub fn next_match(&self, from: usize, forward: bool) -> Option<(usize, bool)> {
        let found = self.found.as_ref()?;
        let holds = |at: usize| self.rows.get(at).is_some_and(|row| found.is_match(row.node));
        next_match(self.rows.len(), from, forward, holds)
    }

    /// The bytes that a row represents: what is there, and what was removed there.
    pub fn weight(&self, node: NodeId) -> u64 {
        self.view.bytes(node).saturating_add(self.view.removed_bytes(node))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::image::{EntryKind, LayerNumber, Mtime, NewEntry};
    use crate::tui::action::Action;
    use crate::tui::search::{Filter, Hidden, QuerySubject, Tickets};
    use crate::union::testing::{self, entry};

    #[test]
    fn a_folder_stands_in_four_orders() {
        let layer = |files: &[(&str, u64, i64)]| {
            testing::layer(files.iter().map(|&(name, size, seconds)| {
                let mtime = Mtime { seconds, nanoseconds: 0 };
                NewEntry { mtime, ..entry(name, size) }
            }))
        };
        let union = Arc::new(Union::build(vec![
            layer(&[("gone", 9, 50), ("kept", 1, 40), ("other", 3, 30)]),
            layer(&[("new", 5, 10), ("kept", 7, 20), ("dir/x", 0, 0), (".wh.gone", 0, 0)]),
        ]));
        let second = LayerNumber::from_index(1);
        let order = |scope, sort| {
            let view = Arc::new(View::new(&union, scope));
            let tree = FileTree::new(Arc::clone(&union), view, sort, &Folds::default(), None);
            let top = tree.rows().iter().filter(|row| row.depth == 0);
            let names: Vec<_> = top.map(|row| String::from_utf8_lossy(union.name(row.node)).into_owned()).collect();
            names.join(" ")
        };
        assert_eq!(order(Scope::layer(second), Sort::Name), "dir gone kept new");
        assert_eq!(order(Scope::layer(second), Sort::Size), "gone kept new dir");
        assert_eq!(order(Scope::layer(second), Sort::Change), "dir new kept gone");
        assert_eq!(order(Scope::layer(second), Sort::Time), "gone kept new dir", "what has no time comes last");
        assert_eq!(order(Scope::Merged(second), Sort::Change), "dir new kept other", "unchanged comes last");
        let all = [Sort::Name, Sort::Size, Sort::Change, Sort::Time].map(Sort::next);
        assert_eq!(all, [Sort::Size, Sort::Change, Sort::Time, Sort::Name]);
    }

    /// The rows as indented paths, with `+` before what is folded.
    fn drawn(union: &Union, tree: &FileTree) -> Vec<String> {
        let line = |row: &TreeRow| {
            let mut names: Vec<_> = tree.chain(*row).map(|node| String::from_utf8_lossy(union.name(node))).collect();
            names.reverse();
            let fold = if row.fold == Fold::Closed { "+" } else { "" };
            format!("{}{fold}{}", " ".repeat(usize::from(row.depth)), names.join("/"))
        };
        tree.rows().iter().map(line).collect()
    }

    #[test]
    fn folders_that_contain_one_folder_each_are_one_row() {
        let folder = |name, mode| NewEntry { kind: EntryKind::Dir, mode, ..entry(name, 0) };
        let union = Arc::new(Union::build(vec![
            testing::layer([
                entry("deep00/deep01/deep02/x", 1),
                entry("deep00/deep01/deep02/y/z/f", 2),
                entry("one/file", 3),
            ]),
            testing::layer([
                entry("deep00/deep01/deep02/new/er/g", 4),
                folder("open", 0o755),
                folder("open/to", 0o755),
                folder("open/to/all", 0o777),
                folder("open/to/all/in", 0o777),
            ]),
            testing::layer([entry("deep00/.wh.deep01", 0)]),
        ]));
        let layer = LayerNumber::from_index(1);
        let tree = |scope, folds: &Folds| {
            FileTree::new(Arc::clone(&union), Arc::new(View::new(&union, scope)), Sort::Name, folds, None)
        };
        let mut folds = Folds::default();
        let changes = tree(Scope::layer(layer), &folds);
        // A folder whose mode differs has a row of its own; `deep02` only leads to what is new.
        let expected = ["deep00/deep01/deep02/new/er", " g", "open/to", " all/in"];
        assert_eq!(drawn(&union, &changes), expected);
        let mut merged = tree(Scope::Merged(layer), &folds);
        assert_eq!(drawn(&union, &merged), ["+deep00/deep01/deep02", "+one", "+open/to"]);
        assert!(merged.set_open(0, true, &mut folds));
        let open = ["deep00/deep01/deep02", " +new/er", " x", " +y/z", "+one", "+open/to"];
        assert_eq!(drawn(&union, &merged), open);
        assert_eq!(drawn(&union, &tree(Scope::Merged(layer), &folds)), open, "a new tree has the same folds");
        assert_eq!((merged.parent(2), merged.parent(0)), (Some(0), None));
        let node = |path: &str| union.paths().find(|&node| union.path(node).as_bytes() == path.as_bytes());
        for (path, row) in [("deep00", 0), ("deep00/deep01", 0), ("deep00/deep01/deep02/y", 3), ("one/file", 4)] {
            assert_eq!(merged.row_of(node(path).expect(path)), row, "{path}");
        }
        assert!(merged.set_open(0, false, &mut folds));
        assert_eq!(merged.rows().len(), 3);
        let removed = tree(Scope::layer(LayerNumber::from_index(2)), &Folds::default());
        let expected = ["deep00/deep01", " deep02", "  new/er", "   g", "  x", "  y/z", "   f"];
        assert_eq!(drawn(&union, &removed), expected, "the whiteout names `deep01`");
    }

    fn union(layers: &[Vec<(String, u64)>]) -> Arc<Union> {
        let layer = |files: &Vec<(String, u64)>| {
            testing::layer(files.iter().map(|(name, size)| NewEntry { mode: 0o644, ..entry(name, *size) }))
        };
        Arc::new(Union::build(layers.iter().map(layer).collect()))
    }

    /// The same, slowly: every row of the view on its own.
    fn slowly(union: &Union, view: &View, filter: &Filter) -> (BTreeSet<NodeId>, BTreeSet<NodeId>, u64) {
        let (mut matching, mut shown) = (BTreeSet::new(), BTreeSet::new());
        let own = |row: &crate::union::ViewRow<'_>| row.version.stored();
        let path = |node| [b"/", union.path(node).as_bytes()].concat();
        for row in view.walk(union) {
            let path = path(row.node);
            let folder = row.version.kind() == EntryKind::Dir;
            let size = (!folder).then(|| own(&row));
            if filter.matches(&QuerySubject { path: &path, size, version: Some(row.version), change: row.change }) {
                matching.insert(row.node);
                let mut at = Some(row.node);
                while let Some(node) = at.filter(|&node| node != union.root()) {
                    shown.insert(node);
                    at = union.parent(node);
                }
            }
        }
        let inside = |node| std::iter::successors(Some(node), |&at| union.parent(at)).any(|at| matching.contains(&at));
        let seen = view.walk(union).filter(|row| !filter.hidden.hides(row.change) && inside(row.node));
        let bytes = seen.map(|row| own(&row)).sum();
        (matching, shown, bytes)
    }

    fn layers() -> impl Strategy<Value = Vec<Vec<(String, u64)>>> {
        let name = prop::sample::select(&["a", "b", "lib", "x.so", "X.so", ".wh.a", ".wh.lib", ".wh..wh..opq"][..]);
        let path = prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"));
        let file = (path, prop::sample::select(&[0, 1, 999, 1000, 5_000_000][..]));
        prop::collection::vec(prop::collection::vec(file, 0..8), 1..4)
    }

    proptest! {
        #[test]
        fn the_rows_are_what_matches_and_what_leads_there(
            layers in layers(),
            query in prop::sample::select(&[
                "a", "lib", "/a/", "*.so", "a/*", "**/b", "X", ">=1k", "<1k lib", "is:removed", "is:unchanged a", "re:b$",
                "kind:dir", "kind:file >0", "nothing", "",
            ][..]),
            hide in prop::collection::vec(prop::sample::select(&[
                Action::ShowAdded, Action::ShowModified, Action::ShowRemoved, Action::ShowUnchanged,
            ][..]), 0..2),
            merged in any::<bool>(),
        ) {
            let union = union(&layers);
            let last = LayerNumber::from_index(layers.len() - 1);
            let view = Arc::new(View::new(&union, if merged { Scope::Merged(last) } else { Scope::layer(last) }));
            let mut hidden = Hidden::default();
            for action in hide {
                prop_assert!(hidden.act(action));
            }
            let mut tickets = Tickets::default();
            let filter = Filter::parsed(&mut tickets, query, hidden);
            let (matching, shown, bytes) = slowly(&union, &view, &filter);

            let found = FilterResult::new(&union, &view, &filter).expect("wanted");
            prop_assert_eq!((found.matches, found.total), (matching.len(), view.walk(&union).count()));
            prop_assert_eq!(found.bytes + found.removed, bytes);
            let mut folds = Folds::default();
            folds.set_all(true);
            let tree = FileTree::new(Arc::clone(&union), Arc::clone(&view), Sort::Name, &folds, Some(found));
            let rows: Vec<_> = tree.rows().iter().flat_map(|&row| tree.chain(row)).collect();
            prop_assert_eq!(rows.len(), shown.len());
            for (at, &row) in tree.rows().iter().enumerate() {
                prop_assert!(tree.chain(row).all(|node| tree.row_of(node) == at));
            }
            prop_assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), shown);
            let found = tree.found().expect("a filter");
            prop_assert!(union.paths().all(|node| found.is_match(node) == matching.contains(&node)));
        }
    }
}
