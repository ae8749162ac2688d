//! Work that takes longer than a frame on a large image: done on a separate thread, requested and answered by value.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::analysis::{Account, Analysis, Cause, Grouping, Loss, Marked, Sections, WasteGroup};
use crate::image::{Cancel, Progress, ProgressEvent};
use crate::union::{Scope, Union, View};

use super::concerns;
use super::find::{Best, Filter, FilterResult, WasteFound, WasteKey};
use super::plot::{Plot, PlotKey};
use super::program_files::ProgramFiles;
use super::tree::{FileTree, Folds, Sort};
use super::viewer::TaggedUpdate;

/// How many nodes of all cached views are kept for going back.
const KEPT_NODES: usize = 800_000;

/// The parameters of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeKey {
    pub scope: Scope,
    pub sort: Sort,
    /// Changes when folds change in a way that only a new tree shows.
    pub folds: u32,
    /// The revision of the filter; 0 for none.
    pub filter: u32,
}

/// Which rows of waste are grouped under headings, and under which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SectionsKey {
    pub only: Option<Account>,
    pub grouping: Grouping,
}

/// A job for the worker.
pub(super) enum Job {
    Tree {
        key: TreeKey,
        union: Arc<Union>,
        folds: Folds,
        filter: Option<Filter>,
    },
    Waste {
        union: Arc<Union>,
        analysis: Arc<Analysis>,
    },
    /// The same groups, in the order of their paths.
    WasteByPath {
        groups: Arc<Vec<WasteGroup>>,
    },
    /// What removing the marked paths would save.
    Loss {
        union: Arc<Union>,
        marked: Vec<Marked>,
        revision: u32,
    },
    /// The groups of waste under headings.
    Sections {
        groups: Arc<Vec<WasteGroup>>,
        key: SectionsKey,
    },
    /// Whatever reads contents or takes long: it gets its own thread and may send several results.
    Background(BackgroundTask),
}

/// Work that does not delay other work. The requester can cancel it.
pub(super) type BackgroundTask = Box<dyn FnOnce(Tell<'_>) + Send>;

/// Receives the results of a job.
pub(super) type Tell<'a> = &'a mut (dyn FnMut(JobResult) + Send);

/// Reports the progress of a job now and then, until it is cancelled.
pub(super) struct Updates<'a, F> {
    cancel: &'a Cancel,
    interval: Duration,
    /// When progress was last reported, and to whom.
    last: Mutex<(Instant, Tell<'a>)>,
    update: F,
}

impl<'a, F: Fn(ProgressEvent) -> Option<JobResult> + Sync> Updates<'a, F> {
    /// `update` makes a result of an event that the screen shows.
    pub fn new(cancel: &'a Cancel, interval: Duration, tell: Tell<'a>, update: F) -> Self {
        Self { cancel, interval, last: Mutex::new((Instant::now(), tell)), update }
    }
}

impl<F: Fn(ProgressEvent) -> Option<JobResult> + Sync> Progress for Updates<'_, F> {
    fn report(&self, event: ProgressEvent) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0.elapsed() >= self.interval
            && let Some(result) = (self.update)(event)
        {
            last.0 = Instant::now();
            (last.1)(result);
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// The result of a job.
pub(super) enum JobResult {
    Tree {
        key: TreeKey,
        tree: FileTree,
    },
    Waste {
        analysis: Arc<Analysis>,
        groups: Arc<Vec<WasteGroup>>,
    },
    WasteByPath {
        groups: Arc<Vec<WasteGroup>>,
        order: Vec<usize>,
    },
    /// How to fix the waste.
    Causes {
        analysis: Arc<Analysis>,
        causes: Vec<Cause>,
    },
    WasteFound {
        key: WasteKey,
        found: WasteFound,
    },
    Best(Best),
    /// An update for the open file.
    Viewer(TaggedUpdate),
    Loss {
        revision: u32,
        loss: Loss,
    },
    Sections {
        groups: Arc<Vec<WasteGroup>>,
        key: SectionsKey,
        sections: Sections,
    },
    /// The progress of an extraction.
    ExtractionProgress {
        cancel: Cancel,
        done: u64,
        total: u64,
    },
    /// An extraction has ended, and its outcome.
    ExtractionDone {
        cancel: Cancel,
        summary: String,
    },
    Plot {
        key: PlotKey,
        plot: Plot,
    },
    ProgramFiles(ProgramFiles),
    /// An update about junk or secrets.
    Concern(concerns::SearchUpdate),
}

/// Does the work, and caches the last few views.
#[derive(Default)]
pub(super) struct Worker {
    views: Vec<Arc<View>>,
}

impl Worker {
    /// Does a job and reports its result.
    pub fn run(&mut self, job: Job, tell: Tell<'_>) {
        tell(match job {
            Job::Background(work) => return work(tell),
            Job::Tree { key, union, folds, filter } => {
                let view = self.view(&union, key.scope);
                let found = match filter {
                    None => None,
                    Some(filter) => {
                        // If it is no longer wanted, another one is on its way.
                        let Some(found) = FilterResult::new(&union, &view, &filter) else { return };
                        Some(found)
                    }
                };
                JobResult::Tree { key, tree: FileTree::new(union, view, key.sort, &folds, found) }
            }
            Job::Waste { union, analysis } => {
                let groups = Arc::new(analysis.waste_groups_and_empty(&union));
                JobResult::Waste { analysis, groups }
            }
            Job::WasteByPath { groups } => {
                let mut order: Vec<usize> = (0..groups.len()).collect();
                order.sort_by(|&one, &other| groups[one].path.cmp(&groups[other].path).then(one.cmp(&other)));
                JobResult::WasteByPath { groups, order }
            }
            Job::Loss { union, marked, revision } => JobResult::Loss { revision, loss: Loss::new(&union, &marked) },
            Job::Sections { groups, key } => {
                let sections = Sections::new(&groups, key.grouping, key.only);
                JobResult::Sections { groups, key, sections }
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
