//! Contents of which it is known afterwards whether something could not be read.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Contents, ContentsState, EntryKind, EntryRef, LayerNumber, Listing, Progress, RawEntry, ReadError};

/// Reads other contents, and notes whether that failed. It can refuse to read, for a search that nobody asked for.
pub struct CheckedContents<'a> {
    inner: &'a dyn Contents,
    refuses: bool,
    failed: AtomicBool,
}

impl std::fmt::Debug for CheckedContents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckedContents").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl<'a> CheckedContents<'a> {
    /// Notes whether something cannot be read.
    #[must_use]
    pub fn new(inner: &'a dyn Contents) -> Self {
        Self { inner, refuses: false, failed: AtomicBool::new(false) }
    }

    /// Reads nothing that is not known: nothing for which an engine would have to export the image.
    #[must_use]
    pub fn without_reading(inner: &'a dyn Contents) -> Self {
        Self { refuses: true, ..Self::new(inner) }
    }

    /// Whether something could not be read.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    fn checked<T>(&self, layer: LayerNumber, read: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
        let result = if self.refuses {
            Err(ReadError::NoBlob { layer, why: "its engine would have to export it".to_owned() })
        } else {
            read()
        };
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }

    fn reader<'b>(&'b self, inner: Box<dyn Read + Send + 'b>) -> Box<dyn Read + Send + 'b> {
        Box::new(CheckedReader { inner, failed: &self.failed })
    }
}

struct CheckedReader<'a> {
    inner: Box<dyn Read + Send + 'a>,
    failed: &'a AtomicBool,
}

impl Read for CheckedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Contents for CheckedContents<'_> {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.checked(layer, || self.inner.open(layer, entry)).map(|reader| self.reader(reader))
    }

    fn open_near<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
        let opened = self.checked(layer, || self.inner.open_near(layer, entry, offset));
        opened.map(|(begin, reader)| (begin, self.reader(reader)))
    }

    fn open_stored<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
    ) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.checked(layer, || self.inner.open_stored(layer, entry)).map(|reader| self.reader(reader))
    }

    fn stored_size(&self, layer: LayerNumber) -> Option<u64> {
        self.inner.stored_size(layer)
    }

    fn open_tar<'a>(&'a self, layer: LayerNumber, from: u64) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.checked(layer, || self.inner.open_tar(layer, from)).map(|reader| self.reader(reader))
    }

    fn members(
        &self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        at_most: usize,
        progress: &dyn Progress,
    ) -> Result<Option<Listing>, ReadError> {
        self.checked(layer, || self.inner.members(layer, entry, at_most, progress))
    }

    fn raw_entries(
        &self,
        layer: LayerNumber,
        progress: &dyn Progress,
        each: &mut dyn FnMut(RawEntry) -> bool,
    ) -> Result<(), ReadError> {
        self.checked(layer, || self.inner.raw_entries(layer, progress, each))
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        if entry.kind() == EntryKind::File
            && let Some(hash) = entry.content_hash()
        {
            return Ok(hash);
        }
        self.checked(layer, || self.inner.identity(layer, entry))
    }

    fn identity_within(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        if self.refuses { self.identity(layer, entry) } else { self.inner.identity_within(layer, entry) }
    }

    fn recall(&self, layer: LayerNumber, question: &str, is_exact: bool) -> Option<Vec<u8>> {
        self.inner.recall(layer, question, is_exact)
    }

    fn keep(&self, layer: LayerNumber, question: &str, is_exact: bool, answer: &[u8]) {
        if !self.has_failed() {
            self.inner.keep(layer, question, is_exact, answer);
        }
    }

    fn state(&self) -> ContentsState {
        self.inner.state()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Entries, NewEntry};

    /// A file that opens and then cannot be read.
    struct Broken;

    impl Contents for Broken {
        fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            struct Never;
            impl Read for Never {
                fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                    Err(io::ErrorKind::UnexpectedEof.into())
                }
            }
            Ok(Box::new(Never))
        }

        fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
            Ok(7)
        }
    }

    #[test]
    fn a_failure_is_noted_when_it_happens_and_what_is_known_is_not_refused() {
        let mut entries = Entries::new();
        for _ in 0..2 {
            entries.push(NewEntry { name: b"f", size: 1, stored: 1, ..NewEntry::default() }).expect("room");
        }
        let last = entries.len() - 1;
        let layer = LayerNumber::FIRST;
        let checked = CheckedContents::new(&Broken);
        let entry = entries.iter().next().expect("an entry");
        let mut reader = checked.open(layer, entry).expect("opened");
        assert!(!checked.has_failed());
        assert!(reader.read(&mut [0]).is_err() && checked.has_failed());
        let refusing = CheckedContents::without_reading(&Broken);
        let hashed = {
            let mut hashed = entries.clone();
            let index = hashed.push(NewEntry { name: b"g", size: 1, stored: 1, ..NewEntry::default() }).expect("room");
            hashed.set_hash(index, 9);
            hashed
        };
        let known = hashed.iter().nth(last + 1).expect("an entry");
        assert_eq!((refusing.identity(layer, known).ok(), refusing.has_failed()), (Some(9), false));
        assert!(refusing.identity(layer, entry).is_err() && refusing.has_failed());
    }
}
