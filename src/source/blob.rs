//! A range of bytes in the archive, readable at any offset by any thread.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use crate::image::{Compression, ContentsState, Digest};

use super::split::SplitLayer;
use super::watched::Watched;

/// Where the bytes are.
#[derive(Clone, Debug)]
enum ByteSource {
    File(Arc<Watched>),
    /// A sparse file: the parts of it that are stored in the file, in order; the rest is zeros.
    Sparse(Arc<Watched>, Arc<[SparsePart]>),
    /// A descriptor's `data` field.
    Memory(Arc<[u8]>),
    /// A layer in the store of an engine.
    Split(Arc<SplitLayer>),
}

/// A stored part of a sparse file.
#[derive(Clone, Copy, Debug)]
struct SparsePart {
    /// Where it begins in the sparse file.
    at: u64,
    len: u64,
    /// Where it is in the file that stores it.
    stored_at: u64,
}

/// A range of bytes in a file, or in memory. Cheap to clone; the file stays open as long as one of its blobs exists.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    home: ByteSource,
    offset: u64,
    len: u64,
    /// Fewer bytes are here than were promised.
    cut: bool,
}

impl Blob {
    /// A part of a file.
    pub(super) fn of_file(file: Arc<Watched>, offset: u64, len: u64) -> Self {
        Self { home: ByteSource::File(file), offset, len, cut: false }
    }

    /// A sparse file whose stored parts are in a file one after the other from an offset on. The map must ascend.
    pub(super) fn of_sparse_file(file: Arc<Watched>, offset: u64, map: &[(u64, u64)], len: u64) -> Self {
        let mut stored_at = offset;
        let parts = map.iter().map(|&(at, len)| {
            let part = SparsePart { at, len, stored_at };
            stored_at = stored_at.saturating_add(len);
            part
        });
        Self { home: ByteSource::Sparse(file, parts.collect()), offset: 0, len, cut: false }
    }

    /// Bytes embedded in a document.
    pub(super) fn of_memory(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self { home: ByteSource::Memory(bytes.into()), offset: 0, len, cut: false }
    }

    /// A layer in the store of an engine. Its length may be unknown until it was listed.
    pub(super) fn of_split(layer: Arc<SplitLayer>) -> Self {
        Self { home: ByteSource::Split(layer), offset: 0, len: u64::MAX, cut: false }
    }

    /// The layer in the store of an engine that it is.
    pub(super) fn split(&self) -> Option<&Arc<SplitLayer>> {
        match &self.home {
            ByteSource::Split(layer) => Some(layer),
            _ => None,
        }
    }

    /// Marks that the archive promised more than is present.
    pub(super) fn cut(mut self, cut: bool) -> Self {
        self.cut = cut;
        self
    }

    /// Whether the archive promised more than is present.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The file that contains it, and the offset; `None` if it is not contiguous.
    pub(super) fn file(&self) -> Option<(&File, u64)> {
        match &self.home {
            ByteSource::File(file) => Some((file.file()?, self.offset)),
            ByteSource::Sparse(..) | ByteSource::Memory(_) | ByteSource::Split(_) => None,
        }
    }

    /// Its SHA-256, if this program computed it.
    pub(super) fn digest(&self) -> Option<&Digest> {
        match &self.home {
            ByteSource::File(file) => file.digest_of(self.offset, self.len),
            ByteSource::Sparse(..) | ByteSource::Memory(_) | ByteSource::Split(_) => None,
        }
    }

    /// What reading it takes, if it is a part of an export.
    pub(super) fn state(&self) -> Option<ContentsState> {
        match &self.home {
            ByteSource::File(file) => file.state(),
            ByteSource::Sparse(..) | ByteSource::Memory(_) | ByteSource::Split(_) => None,
        }
    }

    /// How it is compressed, if that is known without reading it: a layer in the store of an engine is listed without its
    /// first bytes, and of a layer that is not here they are not known.
    pub(super) fn known_compression(&self) -> Option<Compression> {
        match &self.home {
            ByteSource::File(file) => file.remembered_layer(self.offset, self.len),
            ByteSource::Split(_) => Some(Compression::None),
            ByteSource::Sparse(..) | ByteSource::Memory(_) => None,
        }
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.split().map_or(self.len, |layer| layer.len())
    }

    /// Its length in bytes, unless finding it takes reading.
    pub(super) fn known_len(&self) -> Option<u64> {
        self.split().map_or(Some(self.len), |layer| layer.known_len())
    }

    /// The number of bytes that are read to list what is in it.
    pub(super) fn packed_len(&self) -> u64 {
        self.split().map_or(self.len, |layer| layer.record_len())
    }

    /// Reads at an offset, as much as one call returns; nothing at the end. The caller must check what was read.
    pub(super) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let want = buffer.len().min(left);
        if want == 0 {
            return Ok(0);
        }
        let at = self.offset.checked_add(at).ok_or(io::ErrorKind::InvalidInput)?;
        match &self.home {
            ByteSource::File(file) => file.read_at(&mut buffer[..want], at),
            ByteSource::Sparse(file, parts) => {
                let next = parts.partition_point(|part| part.at <= at);
                let hole_ends = parts.get(next).map_or(self.len, |part| part.at);
                let part = parts[..next].last().filter(|part| at - part.at < part.len);
                let end = part.map_or(hole_ends, |part| part.at + part.len);
                let want = want.min(usize::try_from(end - at).unwrap_or(usize::MAX));
                let Some(part) = part else {
                    buffer[..want].fill(0);
                    return Ok(want);
                };
                file.read_at(&mut buffer[..want], part.stored_at.saturating_add(at - part.at))
            }
            ByteSource::Memory(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let count = want.min(bytes.len() - from);
                buffer[..count].copy_from_slice(&bytes[from..from + count]);
                Ok(count)
            }
            ByteSource::Split(layer) => layer.read_at(&mut buffer[..want], at),
        }
    }

    /// Whether what was read are still the bytes that were there when the archive was opened.
    pub(super) fn check(&self) -> io::Result<()> {
        match &self.home {
            ByteSource::File(file) | ByteSource::Sparse(file, _) => file.check(),
            ByteSource::Memory(_) => Ok(()),
            ByteSource::Split(layer) => layer.check(),
        }
    }

    /// The first bytes, up to a limit.
    pub(super) fn head(&self, at_most: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader().take(at_most as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Reads it from the start.
    pub(super) fn reader(&self) -> BlobReader {
        self.part(0, self.len)
    }

    /// Reads a part of it, which may end early.
    pub(super) fn part(&self, at: u64, len: u64) -> BlobReader {
        BlobReader { blob: self.clone(), at, end: at.saturating_add(len).min(self.len) }
    }
}

/// Reads a blob from one offset to another.
#[derive(Debug)]
pub(super) struct BlobReader {
    blob: Blob,
    at: u64,
    end: u64,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let want = buffer.len().min(left);
        let count = self.blob.read_at(&mut buffer[..want], self.at)?;
        if count > 0 {
            self.blob.check()?;
        }
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> Arc<Watched> {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("room");
        Arc::new(Watched::private(file))
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_and_no_end() {
        let blob = Blob::of_file(file(b"abc"), 1, 5);
        assert_eq!(blob.head(2).expect("there"), b"bc");
        assert_eq!(blob.head(5).expect_err("cut").kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn the_holes_of_a_sparse_file_are_zeros() {
        let whole = b"\0\0abc\0\0\0de\0";
        let blob = Blob::of_sparse_file(file(b"xabcde"), 1, &[(0, 0), (2, 3), (8, 2), (10, 0)], 11);
        for from in 0..whole.len() {
            for len in 0..=whole.len() - from {
                let mut part = Vec::new();
                blob.part(from as u64, len as u64).read_to_end(&mut part).expect("there");
                assert_eq!(part, whole[from..from + len], "{len} from {from}");
            }
        }
    }
}
