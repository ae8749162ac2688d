//! Work that takes longer than a frame on a large image: done on another thread, requested and answered by value.
//!
//! A job is a closure, and its result is whatever its requester expects: nothing here knows the parts of the screen.

use std::any::{Any, TypeId};
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::image::{Cancel, Progress, ProgressEvent};
use crate::union::{Scope, Union, View};

/// How many nodes of all cached views are kept for going back.
const KEPT_NODES: usize = 800_000;

/// The niceness of work that nobody waits for.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// A job for another thread.
pub(super) enum Job {
    /// One of those that the worker does one after the other. It reports one result, or none.
    Queued {
        /// Jobs with the same work replace each other while they wait.
        kind: Option<TypeId>,
        work: QueuedTask,
    },
    /// Whatever reads contents or takes long: it gets its own thread and may send several results.
    Background(BackgroundTask),
}

impl Job {
    /// A job that replaces those that still wait and have the same closure, written in the same place.
    pub fn latest<T, F>(work: F) -> Self
    where
        T: Any + Send,
        F: FnOnce(&mut ViewCache) -> Option<T> + Send + 'static,
    {
        Self::Queued { kind: Some(TypeId::of::<F>()), work: Box::new(move |views| work(views).map(JobResult::new)) }
    }

    /// A job that is done in any case.
    pub fn queued<T: Any + Send>(work: impl FnOnce(&mut ViewCache) -> Option<T> + Send + 'static) -> Self {
        Self::Queued { kind: None, work: Box::new(move |views| work(views).map(JobResult::new)) }
    }

    /// Whether another job makes this one, which still waits, superfluous.
    pub fn is_replaced_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queued { kind: Some(one), .. }, Self::Queued { kind: Some(other), .. }) => one == other,
            _ => false,
        }
    }

    /// A job with a thread of its own.
    pub fn background(work: impl FnOnce(ResultSink<'_>) + Send + 'static) -> Self {
        Self::Background(Box::new(work))
    }
}

/// What work came to that ends in a notice: a sentence, and a path after it, which is cut at its front.
pub(super) struct Finished {
    pub what: String,
    pub path: String,
}

/// Lets the keys and everything else that runs go first, from now on, on this thread and those that it starts. Only Linux
/// knows priorities of threads.
pub(super) fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

/// A text that is written piece by piece, on another thread than the one that draws, as far as it is wanted.
#[derive(Clone)]
pub struct PagedText(Arc<TextWriter>);

type TextWriter = dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync;

impl PagedText {
    pub(super) fn new(write: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Writes the text, without anything that controls a terminal.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        (self.0)(out)
    }
}

impl fmt::Debug for PagedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PagedText")
    }
}

impl PartialEq for PagedText {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for PagedText {}

/// Work for the worker.
pub(super) type QueuedTask = Box<dyn FnOnce(&mut ViewCache) -> Option<JobResult> + Send>;

/// Work that does not delay other work. The requester can cancel it.
pub(super) type BackgroundTask = Box<dyn FnOnce(ResultSink<'_>) + Send>;

/// Receives the results of a job.
pub(super) type ResultSink<'a> = &'a mut (dyn FnMut(JobResult) + Send);

/// Reports the progress of a job now and then, until it is cancelled.
pub(super) struct Updates<'a, F> {
    cancel: &'a Cancel,
    interval: Duration,
    /// When progress was last reported, and to whom.
    last: Mutex<(Instant, ResultSink<'a>)>,
    update: F,
}

impl<'a, F: Fn(ProgressEvent) -> Option<JobResult> + Sync> Updates<'a, F> {
    /// `update` makes a result of an event that the screen shows.
    pub fn new(cancel: &'a Cancel, interval: Duration, tell: ResultSink<'a>, update: F) -> Self {
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

/// The result of a job, for whoever knows its type.
pub(super) struct JobResult(Box<dyn Any + Send>);

impl JobResult {
    pub fn new<T: Any + Send>(result: T) -> Self {
        Self(Box::new(result))
    }

    /// The result, if it is of a type; else the same again.
    pub fn take<T: Any>(self) -> Result<T, Self> {
        self.0.downcast().map(|result| *result).map_err(Self)
    }

    /// Looks at the result, if it is of a type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// The last few views that were computed.
#[derive(Default)]
pub(super) struct ViewCache {
    views: Vec<Arc<View>>,
}

impl ViewCache {
    /// Does a job and reports its results.
    pub fn run(&mut self, job: Job, tell: ResultSink<'_>) {
        match job {
            Job::Background(work) => work(tell),
            Job::Queued { work, .. } => {
                if let Some(result) = work(self) {
                    tell(result);
                }
            }
        }
    }

    /// A view, computed unless it is among the last few.
    pub fn view(&mut self, union: &Union, scope: Scope) -> Arc<View> {
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
