//! Requests over simulated contents: from any offset, to the first difference, and cancelled.

use std::io::Read;
use std::sync::Arc;

use super::diff;
use super::stored::{PendingRequest, Stored, TaggedUpdate, Update, start_request};
use crate::image::{Contents, EntryRef, LayerNumber, ReadError};
use crate::tui::model::Model;
use crate::tui::work::ViewCache;
use crate::union::testing::files;
use crate::union::{Union, VersionId};

const SIZE: u64 = 12 << 20;

/// Zeros with a one at an offset; in the second layer, at another.
struct Zeros([u64; 2]);

impl Contents for Zeros {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        let one = self.0[layer.index()];
        let zeros = |count| std::io::repeat(0).take(count);
        Ok(Box::new(zeros(one).chain(&b"\x01"[..]).chain(zeros(entry.size() - one - 1))))
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(0)
    }
}

/// The two versions of a file.
fn versions(ones: [u64; 2]) -> (Model, Vec<VersionId>) {
    let layer = files(&[("f", SIZE)]);
    let union = Arc::new(Union::build(vec![Arc::clone(&layer), layer]));
    let node = union.children(union.root()).next().expect("a file");
    let versions = union.versions(node).collect();
    (Model { contents: Some(Arc::new(Zeros(ones))), union: Some(union), ..Model::default() }, versions)
}

fn difference(ones: [u64; 2]) -> (String, Vec<u64>) {
    let (model, versions) = versions(ones);
    let stored = |at: usize| Stored::new(&model, versions[at]).expect("a file");
    let (before, after) = (stored(0), stored(1));
    let (pending, job) = start_request(move |request| diff::compare(&before, &after, request));
    let (mut summary, mut progress) = (String::new(), Vec::new());
    ViewCache::default().run(job, &mut |result| {
        let Ok(update) = result.take::<TaggedUpdate>() else { return };
        assert!(pending.matches(&update));
        match update.update {
            Update::Progress(at) => progress.push(at),
            Update::Diff(diff) => summary = diff.summary,
            _ => {}
        }
    });
    (summary, progress)
}

#[test]
fn long_contents_are_searched_for_their_first_difference() {
    let (summary, progress) = difference([SIZE - 5, SIZE - 4]);
    assert!(summary.contains(&format!("the first difference is at byte {}", SIZE - 5)), "{summary}");
    assert!(!progress.is_empty() && progress.is_sorted(), "{progress:?}");
    assert!(difference([7, 7]).0.starts_with("the same content"));
}

#[test]
fn a_stream_begins_where_it_is_pending_to() {
    let (model, versions) = versions([SIZE / 2, 0]);
    let stored = Stored::new(&model, versions[0]).expect("a file");
    for (from, expected) in [(SIZE / 2 - 1, &[0, 1, 0][..]), (SIZE - 2, &[0, 0]), (SIZE, &[])] {
        let stored = stored.clone();
        let (_pending, job) = start_request(move |request| {
            let (bytes, read) = stored.bytes(from, 3, request);
            read.map(|()| Update::Chunk(from, bytes, None))
        });
        let mut came = None;
        ViewCache::default().run(job, &mut |result| {
            if let Ok(update) = result.take::<TaggedUpdate>()
                && let Update::Chunk(_, bytes, _) = update.update
            {
                came = Some(bytes);
            }
        });
        assert_eq!(came.as_deref(), Some(expected), "{from}");
    }
}

#[test]
fn an_errand_that_nobody_waits_for_ends() {
    let (model, versions) = versions([0, 0]);
    let stored = Stored::new(&model, versions[0]).expect("a file");
    let held: Arc<std::sync::Mutex<Option<PendingRequest>>> = Arc::default();
    let (keeper, mut seen) = (Arc::clone(&held), 0_u64);
    let (pending, job) = start_request(move |request| {
        let read = stored.stream(0, request, &mut |bytes| {
            seen += bytes.len() as u64;
            // The one who waited goes away while the request is running.
            keeper.lock().expect("whole").take();
            true
        });
        assert!(seen < SIZE / 2, "it went on for {seen} bytes");
        read.map(|()| Update::Progress(seen))
    });
    *held.lock().expect("whole") = Some(pending);
    ViewCache::default().run(job, &mut |_| unreachable!("nobody listens any more"));
    let (pending, job) = start_request(|_| unreachable!("it was cancelled before it began"));
    drop(pending);
    ViewCache::default().run(job, &mut |_| unreachable!("nobody listens any more"));
}
