//! One record: the description of a blob, and the entries of its layer.
//!
//! ```text
//! magic 8 │ format 4 │ XXH3-128 of everything that follows, 16 │ Head, postcard │ entries, postcard
//! ```
//!
//! The checksum protects against accidents: a full disk, a machine that went down while writing. Numbers are
//! little-endian. Nothing is allocated by a size in a record beyond the length of the file itself.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;
use twox_hash::xxhash3_128::Hasher;

use crate::image::{Compression, Entries, LayerNumber, Packed};

use super::fingerprint::Fingerprint;

const MAGIC: &[u8; 8] = b"lscopelr";
/// Incremented with every change to the contents of a record.
const FORMAT: u32 = 1;
const SUM_AT: usize = MAGIC.len() + size_of::<u32>();
const BODY_AT: usize = SUM_AT + size_of::<u128>();

/// The limit on fingerprints of one blob: the oldest is dropped.
const STAMPS_MOST: usize = 8;

/// The limit on a description: the build is the longest part of it.
const HEADER_MOST: u64 = 16 << 10;

/// The description of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordHeader {
    /// The build of this program that read the layer.
    pub(super) build: String,
    /// The BLAKE3 hash of the blob as it is stored, or of its digest if that was computed.
    pub(super) hash: [u8; 32],
    /// Bytes of the blob.
    pub(super) len: u64,
    pub(super) compression: Compression,
    /// Files that were found to hold these bytes, oldest first.
    pub(super) fingerprints: Vec<Fingerprint>,
}

impl RecordHeader {
    /// The same with one more file.
    pub(super) fn with_fingerprint(&self, fingerprint: Fingerprint) -> Self {
        let mut head = self.clone();
        head.fingerprints.push(fingerprint);
        let too_many = head.fingerprints.len().saturating_sub(STAMPS_MOST);
        head.fingerprints.drain(..too_many);
        head
    }
}

/// A record whose checksum is correct.
pub(super) struct CacheRecord {
    head: RecordHeader,
    bytes: Vec<u8>,
    /// Where the entries begin.
    entries_at: usize,
}

impl CacheRecord {
    /// Reads a record of at most this many bytes; `None` if the file is not one.
    pub(super) fn read(file: &File, at_most: u64) -> Option<Self> {
        let len = file.metadata().ok()?.len();
        if len > at_most {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).ok()?);
        file.take(at_most).read_to_end(&mut bytes).ok()?;
        Self::of_bytes(bytes)
    }

    /// Reads only the description in a record, without its checksum.
    pub(super) fn read_header(file: &File) -> Option<RecordHeader> {
        let mut bytes = Vec::new();
        file.take(HEADER_MOST).read_to_end(&mut bytes).ok()?;
        let (before, body) = bytes.split_at_checked(BODY_AT)?;
        let (head, _) = postcard::take_from_bytes::<RecordHeader>(body).ok()?;
        before.starts_with(&prefix()).then_some(head)
    }

    fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (before, body) = bytes.split_at_checked(BODY_AT)?;
        if !before.starts_with(&prefix()) || before[SUM_AT..] != XxHash3_128::oneshot(body).to_le_bytes() {
            return None;
        }
        let (head, entries) = postcard::take_from_bytes::<RecordHeader>(body).ok()?;
        let entries_at = bytes.len() - entries.len();
        Some(Self { head, bytes, entries_at })
    }

    pub(super) fn head(&self) -> &RecordHeader {
        &self.head
    }

    /// The entries of the layer, for an image in which it has this number.
    pub(super) fn entries(&self, layer: LayerNumber) -> Option<Entries> {
        let (packed, rest) = postcard::take_from_bytes::<Packed>(&self.bytes[self.entries_at..]).ok()?;
        rest.is_empty().then(|| Entries::of_packed(packed, layer))?
    }

    /// Writes the same entries under another head.
    pub(super) fn copy(&self, head: &RecordHeader, to: ChecksummedWriter<'_>) -> Option<()> {
        written(to, |to| {
            postcard::to_io(head, &mut *to).map_err(io::Error::other)?;
            to.write_all(&self.bytes[self.entries_at..])
        })
    }
}

/// Writes a record; `None` if there was no room for it.
pub(super) fn write(head: &RecordHeader, entries: &Entries, to: ChecksummedWriter<'_>) -> Option<()> {
    written(to, |to| {
        postcard::to_io(head, &mut *to).map_err(io::Error::other)?;
        postcard::to_io(&entries.packed(), to).map(|_| ()).map_err(io::Error::other)
    })
}

fn prefix() -> [u8; SUM_AT] {
    let mut prefix = [0; SUM_AT];
    prefix[..MAGIC.len()].copy_from_slice(MAGIC);
    prefix[MAGIC.len()..].copy_from_slice(&FORMAT.to_le_bytes());
    prefix
}

/// Writes a body, and then its checksum before it.
fn written(
    mut to: ChecksummedWriter<'_>,
    body: impl FnOnce(&mut BufWriter<&mut ChecksummedWriter<'_>>) -> io::Result<()>,
) -> Option<()> {
    to.file.write_all(&[0; BODY_AT]).ok()?;
    let mut buffered = BufWriter::with_capacity(64 << 10, &mut to);
    body(&mut buffered).and_then(|()| buffered.flush()).ok()?;
    drop(buffered);
    to.file.seek(SeekFrom::Start(0)).ok()?;
    to.file.write_all(&prefix()).ok()?;
    to.file.write_all(&to.sum.finish_128().to_le_bytes()).ok()
}

/// A file with a size limit, which computes a checksum.
pub(super) struct ChecksummedWriter<'a> {
    file: &'a mut File,
    sum: Hasher,
    left: u64,
}

impl<'a> ChecksummedWriter<'a> {
    /// Accepts this many bytes in total.
    pub(super) fn new(file: &'a mut File, at_most: u64) -> Self {
        Self { file, sum: Hasher::default(), left: at_most.saturating_sub(BODY_AT as u64) }
    }
}

impl Write for ChecksummedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        self.file.write_all(bytes)?;
        self.sum.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
