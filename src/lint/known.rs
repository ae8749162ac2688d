//! What an earlier run learnt by reading the files of a layer: a number for each. They need not be read again.

use std::collections::HashMap;

use crate::analysis::{by_layer, question};
use crate::image::{Contents, LayerNumber};
use crate::union::{Union, VersionId};

/// Numbers for files, and the layers of which none is known yet.
pub(super) struct KnownNumbers {
    pub(super) of: HashMap<VersionId, u128>,
    unknown: Vec<UnknownLayer>,
}

struct UnknownLayer {
    layer: LayerNumber,
    /// In ascending order.
    files: Vec<VersionId>,
    question: String,
    is_exact: bool,
}

impl KnownNumbers {
    /// Splits the wanted files into those whose number is known and those that must be read. `about` says what the number
    /// is; it changes with the meaning of it.
    pub(super) fn recall(
        union: &Union,
        contents: &dyn Contents,
        about: &[u8],
        wanted: Vec<VersionId>,
    ) -> (Self, Vec<VersionId>) {
        let (mut known, mut to_read) = (Self { of: HashMap::new(), unknown: Vec::new() }, Vec::new());
        for files in by_layer(union, wanted) {
            let first = files.first().map(|&id| union.version(id).layer());
            let Some((layer, (question, is_exact))) = first.zip(question(union, &[about], &files)) else {
                to_read.extend(files);
                continue;
            };
            let kept = contents.recall(layer, &question, is_exact);
            if let Some(numbers) = kept.and_then(|kept| numbers(&kept, files.len())) {
                known.of.extend(files.into_iter().zip(numbers));
            } else {
                to_read.extend(&files);
                known.unknown.push(UnknownLayer { layer, files, question, is_exact });
            }
        }
        (known, to_read)
    }

    /// Keeps the numbers of the layers that were unknown, for the next run. A layer with a file that could not be read is
    /// not kept.
    pub(super) fn keep(&mut self, contents: &dyn Contents) {
        for UnknownLayer { layer, files, question, is_exact } in self.unknown.drain(..) {
            let number = |id: &VersionId| self.of.get(id).map(|number| number.to_le_bytes());
            if let Some(numbers) = files.iter().map(number).collect::<Option<Vec<_>>>() {
                contents.keep(layer, &question, is_exact, &numbers.concat());
            }
        }
    }
}

/// Numbers of so many files, if these are what was kept.
fn numbers(kept: &[u8], files: usize) -> Option<Vec<u128>> {
    let numbers = kept.chunks_exact(size_of::<u128>());
    let is_whole = numbers.remainder().is_empty();
    let numbers: Vec<_> = numbers.filter_map(|bytes| bytes.try_into().ok()).map(u128::from_le_bytes).collect();
    (is_whole && numbers.len() == files).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::super::fixture::{Fixture, elf, file, looking, program};
    use super::super::{JunkHit, JunkLook, find_junk};
    use super::*;
    use crate::image::{EntryRef, Quiet, ReadError};

    /// Contents with a cache, which count how many files are read.
    struct Cached<'a> {
        fixture: &'a Fixture,
        kept: Mutex<HashMap<(LayerNumber, String), Vec<u8>>>,
        read: AtomicUsize,
    }

    impl Contents for Cached<'_> {
        fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            Ok(self.open_near(layer, entry, 0)?.1)
        }

        fn open_near<'a>(
            &'a self,
            layer: LayerNumber,
            entry: EntryRef<'_>,
            offset: u64,
        ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
            self.read.fetch_add(1, Ordering::Relaxed);
            self.fixture.open_near(layer, entry, offset)
        }

        fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
            self.read.fetch_add(1, Ordering::Relaxed);
            self.fixture.identity(layer, entry)
        }

        fn recall(&self, layer: LayerNumber, question: &str, _: bool) -> Option<Vec<u8>> {
            self.kept.lock().expect("lock").get(&(layer, question.to_owned())).cloned()
        }

        fn keep(&self, layer: LayerNumber, question: &str, _: bool, answer: &[u8]) {
            self.kept.lock().expect("lock").insert((layer, question.to_owned()), answer.to_vec());
        }
    }

    #[test]
    fn what_was_read_once_is_not_read_again_and_the_result_is_the_same() {
        let unstripped = || elf(true, false, 3, &[("", 0, Vec::new()), (".debug_info", 1, vec![b'x'; 300])]);
        let fixture = Fixture::new(vec![
            ("ADD a", vec![file("a", vec![1; 100]), program("bin/x", unstripped())]),
            ("ADD b", vec![file("b", vec![1; 100]), file("c", vec![2; 100]), file("unread", "unreadable")]),
            ("ADD c", vec![file("unread2", "0123456789")]),
        ]);
        let contents = Cached { fixture: &fixture, kept: Mutex::default(), read: AtomicUsize::new(0) };
        let rules = [JunkLook::Copies, JunkLook::Debug].map(|look| Arc::new(looking(look, |_| {})));
        let search = || {
            let found = find_junk(&fixture.image, &fixture.union, &contents, &rules, &Quiet);
            let hit = |hit: &JunkHit| (hit.rule.text.id.clone(), hit.place, hit.bytes, hit.samples.clone());
            let hits: Vec<_> = found.hits.iter().map(hit).collect();
            (hits, found.findings.len(), contents.read.swap(0, Ordering::Relaxed))
        };
        let (hits, findings, read) = search();
        assert_eq!((hits.len(), findings), (2, 1));
        let (again, findings_again, read_again) = search();
        assert_eq!((again, findings_again), (hits, 1));
        assert!(read > 5, "{read} read at first");
        assert_eq!(read_again, 3, "the layer with the file that cannot be read is compared anew");
    }

    #[test]
    fn one_number_for_each_file_is_what_counts() {
        let bytes = |numbers: &[u128]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(numbers(&bytes(&[7, u128::MAX]), 2), Some(vec![7, u128::MAX]));
        assert_eq!(numbers(b"", 0), Some(vec![]));
        for (wrong, files) in [(bytes(&[7]), 2), (bytes(&[7, 8]), 1), (vec![1; 17], 1)] {
            assert_eq!(numbers(&wrong, files), None, "{wrong:?}");
        }
    }
}
