//! Reading all layers of an image, several at a time.

mod layer;
mod meter;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::image::{Compression, Entries, Finding, FindingKind, Layer, LayerNumber, Progress, ProgressEvent};

use super::blob::Blob;
use super::cache::LayerCache;
use super::layers::{LayerBlob, unreadable};
use super::resume::Resume;
use super::unpack::{CheckpointRecorder, Expansion};

/// So many entries of all layers together are kept, at 200 bytes each. The largest images have a million; a layer of
/// fifteen thousand that is listed a thousand times has fifteen.
const ENTRIES_MOST: usize = 4_000_000;

/// The limit on entries of layers that are listed again. Repeating a layer costs an archive nothing, but every view of
/// its entries costs memory; builders repeat only small layers, such as the empty one.
const REPEATED_MOST: usize = 1_000_000;

/// Reads one plain tar, as far as possible.
pub(super) fn plain(layer: LayerNumber, blob: &Blob, progress: &dyn Progress) -> Entries {
    let (resume, expansion) = (Resume::new(1), Expansion::default());
    layer::read(layer, blob, Compression::None, resume.recorder(0), None, &expansion, progress)
}

/// Reads every layer once, repeated ones included in that: lowest first in the result, largest first in time, so that
/// no core waits at the end for the one that took the largest last.
pub(super) fn all(
    layers: &[Layer],
    blobs: &[LayerBlob],
    resume: &Resume,
    cache: Option<&LayerCache>,
    progress: &dyn Progress,
) -> Vec<Arc<Entries>> {
    let mut order: Vec<usize> =
        (0..layers.len()).filter(|&at| layers[at].same_as.is_none() && !blobs[at].is_read_elsewhere).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(cost(&blobs[index])));
    let slots: Vec<OnceLock<Arc<Entries>>> = layers.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let expansion = Expansion::default();
    let work = || {
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let recorder = resume.recorder(index);
            let number = LayerNumber::from_index(index);
            let entries = one(number, &layers[index], &blobs[index], recorder, cache, &expansion, progress);
            // Each slot is filled once: the counter gives every index to one thread.
            let _ = slots[index].set(Arc::new(entries));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(order.len());
    thread::scope(|scope| {
        for number in 1..threads {
            // Where the system has no thread left, this one does the work.
            let _ = thread::Builder::new().name(format!("layer-{number}")).spawn_scoped(scope, work);
        }
        work();
    });
    if let Some(cache) = cache {
        cache.evict();
    }
    let mut all: Vec<Arc<Entries>> = Vec::with_capacity(layers.len());
    let (mut left, mut left_for_repeats) = (ENTRIES_MOST, REPEATED_MOST);
    for (index, slot) in slots.into_iter().enumerate() {
        let number = LayerNumber::from_index(index);
        let lower = layers[index].same_as.and_then(|lower| all.get(lower.index()));
        let read = slot.into_inner();
        let count = read.as_ref().or(lower).map_or(0, |entries| entries.len());
        let entries = match (read, lower) {
            _ if blobs[index].is_read_elsewhere => Arc::new(Entries::new()),
            // Layers above it are left out too, so that what is shown is what the image was at some layer.
            (read, _) if count > left || (read.is_none() && count > left_for_repeats) => {
                left = 0;
                Arc::new(too_many(number))
            }
            (Some(entries), _) => entries,
            (None, Some(lower)) => {
                progress.report(ProgressEvent::LayerDone { layer: number, entries: lower.len() });
                left_for_repeats -= lower.len();
                Arc::clone(lower)
            }
            (None, None) => Arc::new(unread()),
        };
        left -= entries.len().min(left);
        all.push(entries);
    }
    all
}

fn too_many(layer: LayerNumber) -> Entries {
    let mut entries = unread();
    let message = format!(
        "with this layer, the image has more than {ENTRIES_MOST} entries, or {REPEATED_MOST} in layers listed again: its \
         files are missing from every view"
    );
    entries.findings.push(Finding::of_layer(FindingKind::TooMuch, layer, message).gap());
    entries
}

/// A rough measure of the time a layer takes: a plain tar is only walked.
fn cost(blob: &LayerBlob) -> u64 {
    let len = blob.blob.as_ref().map_or(0, super::blob::Blob::packed_len);
    if blob.compression == Compression::None { len / 64 } else { len }
}

fn one(
    number: LayerNumber,
    layer: &Layer,
    blob: &LayerBlob,
    recorder: CheckpointRecorder,
    cache: Option<&LayerCache>,
    expansion: &Expansion,
    progress: &dyn Progress,
) -> Entries {
    let mut entries = if let Some(bytes) = &blob.blob {
        let place = cache.and_then(|cache| cache.place(layer, blob));
        layer::read(number, bytes, blob.compression, recorder, place.as_ref(), expansion, progress)
    } else {
        let mut entries = unread();
        entries.findings.push(unreadable(&layer.blob, number));
        entries
    };
    entries.shrink();
    progress.report(ProgressEvent::LayerDone { layer: number, entries: entries.len() });
    entries
}

/// Nothing, and not because there is nothing.
fn unread() -> Entries {
    let mut entries = Entries::new();
    entries.complete = false;
    entries
}
