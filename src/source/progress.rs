//! Reports the progress of reading, and allows it to be cancelled.

use crate::image::LayerNumber;

/// One step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
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
}

/// Receives progress from several threads, and may cancel.
pub trait Progress: Send + Sync {
    /// Progress was made. Called at most once for every mebibyte or thousand entries of a layer.
    fn report(&self, event: Event);

    /// Whether to stop reading; what was read so far is kept.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn report(&self, _: Event) {}
}
