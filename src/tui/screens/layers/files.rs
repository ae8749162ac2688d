//! The tree of a layer, or of all layers up to it: which folders are unfolded, the order, and the selection.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::model::tree::{FileTree, Fold, Folds, Sort};
use crate::tui::search::{FilterResult, Finder};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, Pointer};
use crate::tui::work::Job;
use crate::union::{NodeId, Scope};

/// The parameters of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TreeKey {
    scope: Scope,
    sort: Sort,
    /// Changes when folds change in a way that only a new tree shows.
    folds: u32,
    /// The revision of the filter; 0 for none.
    filter: u32,
}

/// A tree that was requested.
pub(super) struct RequestedTree {
    key: TreeKey,
    tree: FileTree,
}

/// Where an action belongs.
pub(super) enum Handled {
    Here,
    /// It leaves the pane to the left.
    ToTheLeft,
    Nowhere,
}

/// The files of a scope.
#[derive(Default)]
pub(super) struct Files {
    pub merged: bool,
    sort: Sort,
    folds: Folds,
    finder: Finder,
    /// Folds of the filtered tree, as long as the filter stays the same.
    found_folds: Folds,
    found_for: u32,
    revision: u32,
    tree: Option<(TreeKey, FileTree)>,
    requested: Option<TreeKey>,
    cursor: Cursor,
    /// The last selected path; it is selected again on every layer that has it.
    at: Option<NodeId>,
}

impl Files {
    pub fn tree(&self) -> Option<&FileTree> {
        self.tree.as_ref().map(|(_, tree)| tree)
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn finder(&self) -> &Finder {
        &self.finder
    }

    pub fn finder_mut(&mut self) -> &mut Finder {
        &mut self.finder
    }

    pub fn is_requested(&self) -> bool {
        self.requested.is_some()
    }

    /// The selected path.
    pub fn selected(&self) -> Option<NodeId> {
        self.tree()?.node(self.cursor.selected())
    }

    /// Handles actions on the whole tree, whichever pane is focused.
    pub fn act_on_all(&mut self, action: Action) -> bool {
        match action {
            Action::Merged => self.merged = !self.merged,
            Action::MergedView => self.merged = true,
            Action::LayerChanges => self.merged = false,
            Action::Sort => self.sort = self.sort.next(),
            Action::FoldAll | Action::UnfoldAll => {
                self.folds_mut().set_all(action == Action::UnfoldAll);
                self.revision += 1;
            }
            _ => return self.finder.hide(action),
        }
        true
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    pub fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        let (row, round) = self.tree()?.next_match(self.cursor.selected(), forward)?;
        self.cursor.select(row);
        self.at = self.selected().or(self.at);
        Some(round)
    }

    fn folds_mut(&mut self) -> &mut Folds {
        if self.finder.query().is_some() { &mut self.found_folds } else { &mut self.folds }
    }

    /// Handles actions on the selected row.
    pub fn act(&mut self, action: Action, height: usize) -> Handled {
        let row = self.cursor.selected();
        let fold = self.tree().and_then(|tree| tree.rows().get(row)).map_or(Fold::Leaf, |row| row.fold);
        match action {
            Action::Open | Action::Fold => self.set_open(row, fold == Fold::Closed),
            Action::Expand if fold == Fold::Closed => self.set_open(row, true),
            Action::Expand if fold == Fold::Open => self.cursor.select(row + 1),
            Action::Collapse if fold == Fold::Open => self.set_open(row, false),
            Action::Collapse => match self.tree().and_then(|tree| tree.parent(row)) {
                Some(parent) => self.cursor.select(parent),
                None => return Handled::ToTheLeft,
            },
            Action::Expand => {}
            _ => {
                let Some(motion) = Motion::from_action(action) else { return Handled::Nowhere };
                let rows = self.tree().map_or(0, |tree| tree.rows().len());
                self.cursor.go(motion, rows, height);
            }
        }
        self.at = self.selected().or(self.at);
        Handled::Here
    }

    /// Handles a click or the wheel; `list` is the area of the rows.
    pub fn point(&mut self, pointer: Pointer, list: Rect) -> ClickTarget {
        let rows = self.tree().map_or(0, |tree| tree.rows().len());
        let hit = pointer.on_list(&mut self.cursor, list, rows);
        self.at = self.selected().or(self.at);
        hit
    }

    /// Selects a path as soon as there is a tree; its parent folders are unfolded.
    pub fn go_to(&mut self, node: NodeId, model: &Model) {
        if self.selected() == Some(node) {
            return;
        }
        // A filter might hide it.
        self.finder.show_all();
        self.unfold_to(node, model);
    }

    /// Clears the filter. The selection stays if the filter was applied, and returns to where it began if it was
    /// cancelled. Returns whether there was a filter.
    pub fn clear_filter(&mut self, model: &Model) -> bool {
        let kept = self.finder.has_line() && !self.finder.is_typing();
        if let Some(node) = self.selected().filter(|_| kept) {
            self.unfold_to(node, model);
        }
        self.finder.clear()
    }

    fn unfold_to(&mut self, node: NodeId, model: &Model) {
        if let Some(union) = &model.union {
            let mut above = union.parent(node);
            while let Some(folder) = above {
                self.folds.open(folder);
                above = union.parent(folder);
            }
        }
        self.at = Some(node);
        // The current tree does not include these folds.
        self.revision += 1;
    }

    fn set_open(&mut self, row: usize, open: bool) {
        let folds = if self.finder.query().is_some() { &mut self.found_folds } else { &mut self.folds };
        let Some((_, tree)) = &mut self.tree else { return };
        // A requested tree has the folds as they were at the request.
        if tree.set_open(row, open, folds) && self.requested.is_some() {
            self.revision += 1;
        }
    }

    /// Requests the tree that is wanted, unless it is present or on its way.
    pub fn refresh(&mut self, scope: Option<Scope>, model: &Model, height: usize) -> Option<Job> {
        if self.found_for != self.finder.revision() {
            (self.found_for, self.found_folds) = (self.finder.revision(), Folds::default());
        }
        let filter = self.finder.revision();
        let wanted = scope.map(|scope| TreeKey { scope, sort: self.sort, folds: self.revision, filter });
        let shown = self.tree.as_ref().map(|(key, _)| *key);
        if shown.map(|key| key.scope) != scope {
            self.tree = None;
        }
        let job = if wanted == shown {
            self.requested = None;
            None
        } else if wanted == self.requested {
            None
        } else {
            self.requested = wanted;
            let union = model.union.as_ref().map(Arc::clone);
            let (folds, filter) = (self.folds_mut().clone(), self.finder.filter());
            wanted.zip(union).map(|(key, union)| {
                Job::latest(move |views| {
                    let view = views.view(&union, key.scope);
                    let found = match filter {
                        None => None,
                        // If it is no longer wanted, another one is on its way.
                        Some(filter) => Some(FilterResult::new(&union, &view, &filter)?),
                    };
                    Some(RequestedTree { key, tree: FileTree::new(union, view, key.sort, &folds, found) })
                })
            })
        };
        if let Some(tree) = self.tree() {
            let rows = tree.rows().len();
            self.cursor.clamp(rows, height);
        }
        job
    }

    /// Takes a requested tree; one that is no longer wanted is dropped.
    pub fn set_tree(&mut self, RequestedTree { key, tree }: RequestedTree) {
        if self.requested != Some(key) {
            return;
        }
        self.requested = None;
        self.cursor.select(place(&tree, self.at));
        self.tree = Some((key, tree));
    }
}

/// The row of a path or of its nearest visible parent; in a filtered tree, a row that matches.
fn place(tree: &FileTree, at: Option<NodeId>) -> usize {
    let row = at.map_or(0, |at| tree.row_of(at));
    match (tree.found(), tree.node(row)) {
        (Some(found), Some(node)) if found.by_query && !found.is_match(node) => {
            tree.next_match(row, true).map_or(row, |(row, _)| row)
        }
        _ => row,
    }
}
