//! Places from which a compressed layer can be read on without its beginning, gathered while it is decompressed.
//!
//! ```text
//! packed  ├──────────┬────────────┬──┬──┬───────────┤   where a member, frame or stream starts: nothing else is needed
//!                    ▼ state      ▼  ▼  ▼           ▼   inside a gzip member: a copy of the inflater, some 48 KiB
//! plain   0 ────────── about 4 MiB ──────────────────
//! ```
//!
//! All layers of an image share one allowance of memory. When it is used up, the spacing doubles and the checkpoints that
//! stand closer go: however large the image, the memory stays, and the way to a file grows slowly instead.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::inflate::Inflate;

/// What is decompressed, at first, between two checkpoints that hold a state.
const SPACING: u64 = 4 << 20;

/// The starts of members have no state, and may be this much closer: eStargz and zstd:chunked have one a file.
const STARTS_CLOSER: u64 = 64;

/// What the checkpoints of an image may occupy.
const BYTES_MOST: usize = 16 << 20;

/// What a checkpoint occupies in addition to its state, with its share of the tree.
const POINT_BYTES: usize = 96;

/// A place from which a stream can be read on. The default is its beginning.
#[derive(Clone, Default)]
pub(in crate::source) struct Checkpoint {
    /// Bytes of the layer's tar before it.
    pub(in crate::source) plain: u64,
    /// Bytes of the blob before it.
    pub(in crate::source) packed: u64,
    /// What decoding inside a member needs to know; nothing where one starts.
    pub(super) state: Option<Arc<Inflate>>,
}

impl Checkpoint {
    fn bytes(&self) -> usize {
        POINT_BYTES + self.state.as_ref().map_or(0, |_| Inflate::BYTES)
    }

    /// How far from the one before it a checkpoint has to be.
    fn room(&self, spacing: u64) -> u64 {
        if self.state.is_some() { spacing } else { spacing / STARTS_CLOSER }
    }
}

/// The checkpoints of all layers of an image.
pub(in crate::source) struct Checkpoints {
    spacing: AtomicU64,
    most: usize,
    stored: Mutex<StoredCheckpoints>,
}

struct StoredCheckpoints {
    /// A layer each, by their place in its tar.
    layers: Vec<BTreeMap<u64, Checkpoint>>,
    bytes: usize,
}

impl Checkpoints {
    pub(in crate::source) fn new(layers: usize) -> Self {
        Self::bounded(layers, SPACING, BYTES_MOST)
    }

    pub(in crate::source) fn bounded(layers: usize, spacing: u64, most: usize) -> Self {
        let stored = StoredCheckpoints { layers: vec![BTreeMap::new(); layers], bytes: 0 };
        Self { spacing: AtomicU64::new(spacing), most, stored: Mutex::new(stored) }
    }

    /// Roughly the maximum that is decompressed before a file inside a gzip member is reached.
    pub(in crate::source) fn spacing(&self) -> u64 {
        self.spacing.load(Ordering::Relaxed)
    }

    /// The last checkpoint at or before a place in a layer's tar; the beginning where there is none.
    pub(in crate::source) fn below(&self, layer: usize, plain: u64) -> Checkpoint {
        let stored = self.lock();
        let last = stored.layers.get(layer).and_then(|checkpoints| checkpoints.range(..=plain).next_back());
        last.map(|(_, checkpoint)| checkpoint.clone()).unwrap_or_default()
    }

    /// How many checkpoints there are, and about what they occupy.
    #[cfg(test)]
    pub(in crate::source) fn held(&self) -> (usize, usize) {
        let stored = self.lock();
        (stored.layers.iter().map(BTreeMap::len).sum(), stored.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, StoredCheckpoints> {
        // A thread that panicked here left complete points: they are added and removed one by one.
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no other checkpoint is so near that this one would be of no use.
    fn is_useful(&self, layer: usize, plain: u64, room: u64) -> bool {
        let stored = self.lock();
        let Some(checkpoints) = stored.layers.get(layer) else { return false };
        let before = checkpoints.range(..=plain).next_back().map_or(0, |(&at, _)| at);
        let behind = checkpoints.range(plain..).next().map_or(u64::MAX, |(&at, _)| at);
        plain - before >= room && behind - plain >= room
    }

    fn keep(&self, layer: usize, checkpoint: Checkpoint) {
        let mut stored = self.lock();
        let bytes = checkpoint.bytes();
        let Some(checkpoints) = stored.layers.get_mut(layer) else { return };
        let replaced = checkpoints.insert(checkpoint.plain, checkpoint).map_or(0, |old| old.bytes());
        stored.bytes = stored.bytes + bytes - replaced;
        while stored.bytes > self.most {
            let spacing = self.spacing().saturating_mul(2);
            self.spacing.store(spacing, Ordering::Relaxed);
            stored.thin(spacing);
        }
    }
}

impl StoredCheckpoints {
    /// Removes checkpoints that are too close.
    fn thin(&mut self, spacing: u64) {
        self.bytes = 0;
        for checkpoints in &mut self.layers {
            let mut last = 0;
            checkpoints.retain(|&plain, checkpoint| {
                let stays = plain - last >= checkpoint.room(spacing);
                if stays {
                    last = plain;
                    self.bytes += checkpoint.bytes();
                }
                stays
            });
        }
    }
}

/// Records the checkpoints of one layer while it is read.
pub(in crate::source) struct CheckpointRecorder {
    checkpoints: Arc<Checkpoints>,
    layer: usize,
    /// Where the last checkpoint was taken, or was found to be there already.
    last: u64,
}

impl CheckpointRecorder {
    /// For a reading that begins at a checkpoint.
    pub(in crate::source) fn new(checkpoints: &Arc<Checkpoints>, layer: usize, from: &Checkpoint) -> Self {
        Self { checkpoints: Arc::clone(checkpoints), layer, last: from.plain }
    }

    /// A member starts here.
    pub(super) fn start(&mut self, plain: u64, packed: u64) {
        if self.is_due(plain, self.checkpoints.spacing() / STARTS_CLOSER) {
            self.checkpoints.keep(self.layer, Checkpoint { plain, packed, state: None });
        }
    }

    /// Decoding has come this far inside a member. The state is requested only if it is kept.
    pub(super) fn inside(&mut self, plain: u64, packed: u64, state: impl FnOnce() -> Option<Inflate>) {
        if self.is_due(plain, self.checkpoints.spacing())
            && let Some(state) = state()
        {
            self.checkpoints.keep(self.layer, Checkpoint { plain, packed, state: Some(Arc::new(state)) });
        }
    }

    fn is_due(&mut self, plain: u64, room: u64) -> bool {
        let far = plain - self.last >= room;
        if far {
            self.last = plain;
        }
        far && self.checkpoints.is_useful(self.layer, plain, room)
    }
}
