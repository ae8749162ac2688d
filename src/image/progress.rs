//! What a task that takes long reports, and how it is cancelled.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{DescribedImage, LayerNumber};

/// One step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgressEvent {
    /// The input is not seekable, so it is copied to a temporary file.
    Spooling {
        /// Bytes read from the input so far.
        done: u64,
        /// The size of the input in bytes, if known.
        total: Option<u64>,
    },
    /// A layer is being read.
    Layer {
        /// Which.
        layer: LayerNumber,
        /// Bytes of its blob that are done.
        done: u64,
        /// The size of its blob in bytes.
        total: Option<u64>,
    },
    /// A layer was read, completely or as far as possible.
    LayerDone {
        /// Which.
        layer: LayerNumber,
        /// How many entries it has.
        entries: usize,
    },
    /// Files are compared with their other versions.
    Comparing {
        /// How many were read.
        done: usize,
        /// How many must be read.
        total: usize,
    },
    /// Files are searched for secrets or junk.
    Searching {
        /// How many were read.
        done: usize,
        /// How many must be read.
        total: usize,
    },
    /// Digests are computed again.
    Hashing {
        /// Stored bytes that were hashed.
        done: u64,
        /// Stored bytes that must be hashed.
        total: u64,
    },
    /// A tar is exported.
    Exporting {
        /// Bytes written so far.
        done: u64,
    },
    /// Files are extracted.
    Extracting {
        /// Bytes written.
        done: u64,
    },
}

/// Receives the progress of a task, from several of its threads, and may cancel it.
pub trait Progress: Sync {
    /// Progress was made. While a layer is read, called at most once for every mebibyte or thousand entries.
    fn report(&self, event: ProgressEvent);

    /// Whether to stop; what was done so far is kept.
    fn cancelled(&self) -> bool {
        false
    }

    /// An engine is about to export an image. `describe` asks it for what can be shown until then, if that is wanted.
    fn exporting(&self, describe: &dyn Fn() -> Option<DescribedImage>) {
        let _ = describe;
    }

    /// For work that may begin after everything else is done.
    fn for_later(&self) -> StartProgress {
        Arc::new(|| Box::new(Quiet))
    }
}

/// Begins to report the progress of some work, which ends when the result is dropped.
pub type StartProgress = Arc<dyn Fn() -> Box<dyn Progress> + Send + Sync>;

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn report(&self, _: ProgressEvent) {}
}

/// Cancels a task from another thread; clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Cancels the task.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether both belong to the same task.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Progress for Cancel {
    fn report(&self, _: ProgressEvent) {}

    fn cancelled(&self) -> bool {
        self.is_cancelled()
    }
}

/// Cancels a task when dropped.
#[derive(Debug, Default)]
pub struct CancelOnDrop(pub Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The error of a read that was cancelled.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Cancelled;

impl Cancelled {
    /// An error if the task is cancelled.
    pub(crate) fn check(progress: &dyn Progress) -> io::Result<()> {
        if progress.cancelled() { Err(io::Error::other(Self)) } else { Ok(()) }
    }

    pub(crate) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}
