//! How far the reading is, told to whoever shows it, and the way to stop it.

use crate::image::LayerNumber;

/// One step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The input cannot be sought in, so it is copied to a temporary file.
    Spooling {
        /// Bytes taken from the input so far.
        done: u64,
        /// Bytes of the input, where it has a size.
        total: Option<u64>,
    },
    /// A layer is being read.
    Layer {
        /// Which.
        layer: LayerNumber,
        /// Bytes of its blob behind us.
        done: u64,
        /// Bytes of its blob.
        total: Option<u64>,
    },
    /// A layer was read, to its end or as far as it went.
    LayerDone {
        /// Which.
        layer: LayerNumber,
        /// How many entries it has.
        entries: usize,
    },
}

/// Hears of progress, from several threads, and may ask for an end.
pub trait Progress: Send + Sync {
    /// Something went on. Called often: at most once for every mebibyte or thousand entries of a layer.
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
