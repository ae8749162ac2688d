//! What takes longer than a frame on a large image: done on a thread of its own, asked for and answered by value.

use std::sync::Arc;

use crate::analysis::{Analysis, WasteGroup};
use crate::union::{Scope, Union, View};

use super::plot::{Plot, PlotKey};
use super::reading::Reading;
use super::tree::{Folds, Sort, Tree};

/// Nodes of all views that are kept for going back to.
const KEPT_NODES: usize = 800_000;

/// What a tree was asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeKey {
    pub scope: Scope,
    pub sort: Sort,
    /// Moves when folds change in a way that only a new tree shows.
    pub folds: u32,
}

/// Something to work out.
pub(super) enum Job {
    Tree {
        key: TreeKey,
        union: Arc<Union>,
        folds: Folds,
    },
    Waste {
        union: Arc<Union>,
        analysis: Arc<Analysis>,
    },
    /// The same groups, in the order of their paths.
    WasteByPath {
        groups: Arc<Vec<WasteGroup>>,
    },
    /// Whatever reads contents or takes long: it gets a thread of its own and may have several things to say.
    #[allow(dead_code, reason = "the viewer and the extraction that need it come next")]
    Aside(Aside),
}

/// Work that holds nobody else up. Whoever asks for it keeps a way to stop it.
pub(super) type Aside = Box<dyn FnOnce(&mut dyn FnMut(Product)) + Send>;

/// What came of it.
pub(super) enum Product {
    Tree { key: TreeKey, tree: Tree },
    Waste { analysis: Arc<Analysis>, groups: Arc<Vec<WasteGroup>> },
    WasteByPath { groups: Arc<Vec<WasteGroup>>, order: Vec<usize> },
    Plot { key: PlotKey, plot: Plot },
    Reading(Reading),
}

/// Does the work, and keeps the last few views.
#[derive(Default)]
pub(super) struct Workshop {
    views: Vec<Arc<View>>,
}

impl Workshop {
    /// Does a job and tells what came of it.
    pub fn run(&mut self, job: Job, tell: &mut dyn FnMut(Product)) {
        tell(match job {
            Job::Aside(work) => return work(tell),
            Job::Tree { key, union, folds } => {
                let view = self.view(&union, key.scope);
                Product::Tree { key, tree: Tree::new(union, view, key.sort, &folds) }
            }
            Job::Waste { union, analysis } => {
                let groups = Arc::new(analysis.waste_groups(&union));
                Product::Waste { analysis, groups }
            }
            Job::WasteByPath { groups } => {
                let mut order: Vec<usize> = (0..groups.len()).collect();
                order.sort_by(|&one, &other| groups[one].path.cmp(&groups[other].path).then(one.cmp(&other)));
                Product::WasteByPath { groups, order }
            }
        });
    }

    fn view(&mut self, union: &Union, scope: Scope) -> Arc<View> {
        if let Some(at) = self.views.iter().position(|view| view.scope() == scope) {
            let known = self.views.remove(at);
            self.views.push(Arc::clone(&known));
            return known;
        }
        let view = Arc::new(View::new(union, scope));
        let keep = (KEPT_NODES / union.node_count().max(1)).clamp(1, 16);
        while self.views.len() >= keep {
            self.views.remove(0);
        }
        self.views.push(Arc::clone(&view));
        view
    }
}
