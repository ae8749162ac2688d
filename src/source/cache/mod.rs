//! What was read of compressed layers, kept between runs: the second look at an image, or the first at another on the
//! same base, skips the layers that are known. And answers to questions about the files of a layer ([`facts`]).
//!
//! ```text
//! blob ── what the archive calls it ──► record of that name ── fingerprint of the open file? ── yes ──► entries
//!                                                │ no
//!                                                └─ BLAKE3 of the whole blob equal? ── yes ──► entries, and a new fingerprint
//!                                                               │ no
//!                                                               └► read as ever, hashed while read, stored in its place
//! ```
//!
//! **Nothing stale is ever shown.** What an archive *claims* of a blob, its digest or its diff ID, only says which record
//! to try. A record serves the very bytes that it was made from, which their BLAKE3 proves, or a file that the system says
//! is untouched since they were proven ([`fingerprint`]). A record of another build of this program is none: a parser that has
//! changed meets no record of the old one. What is left is what the system itself does not see: a device written to
//! under its file system, or a mapping of memory that is written to for longer than [`Limits::settled`] while none of it
//! is written out. There, what is read back of files is still held to its hash.
//!
//! **Nothing broken is ever believed.** Every byte of a record is under a check sum, and what it decodes to is checked
//! for soundness ([`Entries::of_packed`]). What does not pass counts as absent and is written over. A record is written
//! beside its place and moved there in one step, so that of two writers one wins, and a reader sees either whole.
//!
//! **Nothing of others is believed.** A check sum says nothing of who wrote a record: a folder or a record that is another
//! user's, or that others may write to, is left alone.
//!
//! **Nothing here is an error.** Where the folder cannot be made, read or written, layers are read as if there was none.
//!
//! Plain layers are not kept: they are walked from header to header, which costs no more than a record does. Only those
//! that an engine exported are, whose SHA-256 is computed on the way: with all of them known, and with the documents
//! of the export ([`exports`]), an image of an engine opens without another export.

mod eviction;
mod exports;
mod facts;
mod fingerprint;
mod hashing_reader;
mod record;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::image::{Compression, Digest, Entries, Layer, LayerNumber};

use super::blob::Blob;
use super::layers::LayerBlob;
use fingerprint::Fingerprint;
use record::{CacheRecord, RecordHeader};

pub(super) use facts::FactsSlot;
pub(super) use hashing_reader::{HashingReader, RunningHash};

/// How much is kept, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Blobs that are stored in fewer bytes are read every time.
    pub smallest_blob: u64,
    /// Bytes of one record; a layer that takes more is not kept.
    pub record: u64,
    /// Bytes of all records; the ones that were of no use for longest go first.
    pub all: u64,
    /// How long a file must have been left alone before it is known again without being read. Within the granule of a
    /// file system's clock a change does not show (2 s at worst), and a program that writes through a mapping of memory
    /// shows it only once the system has written the pages out, which by default it does within 35 s.
    pub settled: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { smallest_blob: 1 << 20, record: 128 << 20, all: 512 << 20, settled: Duration::from_secs(60) }
    }
}

/// A folder of records, shared by all runs of this program and by several at a time.
#[derive(Debug)]
pub struct LayerCache {
    folder: PathBuf,
    build: String,
    limits: Limits,
    /// Whether there may be more now than there should.
    wrote: AtomicBool,
    /// Whether what lies in the folder is this user's.
    private: OnceLock<bool>,
}

impl LayerCache {
    /// Keeps records in their own folder, which is created when the first is written. `build` must differ whenever this
    /// program may read a layer differently.
    #[must_use]
    pub fn new(folder: PathBuf, build: String) -> Self {
        Self { folder, build, limits: Limits::default(), wrote: AtomicBool::new(false), private: OnceLock::new() }
    }

    /// Keeps more or less.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The place of a layer's record, for a layer that is worth one.
    pub(super) fn place<'a>(&'a self, layer: &Layer, blob: &'a LayerBlob) -> Option<CacheSlot<'a>> {
        let bytes = blob.blob.as_ref().filter(|bytes| !bytes.is_cut())?;
        if !self.is_private() {
            return None;
        }
        if let Some(digest) = bytes.digest() {
            return Some(self.verified(bytes, digest, blob.compression));
        }
        if blob.compression == Compression::None || bytes.len() < self.limits.smallest_blob {
            return None;
        }
        let began = SystemTime::now();
        let before = Fingerprint::read(bytes);
        let mut name = blake3::Hasher::new();
        match (&layer.digest, &layer.diff_id, &before) {
            (Some(digest), ..) => name.update(b"digest ").update(digest.as_str().as_bytes()),
            // Packed in another way it is another blob.
            (None, Some(id), _) => {
                name.update(b"diff ID ").update(id.as_str().as_bytes()).update(&bytes.len().to_le_bytes())
            }
            (None, None, Some(fingerprint)) => name.update(b"place ").update(&fingerprint.place()),
            (None, None, None) => return None,
        };
        let path = self.folder.join(eviction::name(&name.finalize()));
        Some(CacheSlot { cache: self, bytes, compression: blob.compression, path, began, before, verified: None })
    }

    /// The place of the record of a blob whose SHA-256 was computed by this program.
    fn verified<'a>(&'a self, bytes: &'a Blob, digest: &Digest, compression: Compression) -> CacheSlot<'a> {
        let mut name = blake3::Hasher::new();
        name.update(b"verified ").update(digest.as_str().as_bytes());
        let path = self.folder.join(eviction::name(&name.finalize()));
        let verified = Some(*blake3::hash(digest.as_str().as_bytes()).as_bytes());
        CacheSlot { cache: self, bytes, compression, path, began: SystemTime::now(), before: None, verified }
    }

    /// Whether there is a record of a blob whose SHA-256 was computed by this program. What it says is not read.
    pub(super) fn has(&self, blob: &LayerBlob) -> bool {
        let bytes = blob.blob.as_ref().filter(|_| self.is_private());
        let known = bytes.and_then(|bytes| Some(self.verified(bytes, bytes.digest()?, blob.compression)));
        known.is_some_and(|slot| slot.header().is_some())
    }

    /// Whether nobody else can have put something into the folder.
    fn is_private(&self) -> bool {
        *self.private.get_or_init(|| eviction::is_private(&self.folder))
    }

    /// Notes that a record was written.
    fn wrote(&self) {
        self.wrote.store(true, Ordering::Relaxed);
    }

    /// Makes room again, once all layers of an image are read or searched.
    pub(super) fn evict(&self) {
        if self.wrote.swap(false, Ordering::Relaxed) {
            eviction::evict(&self.folder, self.limits.all);
        }
    }
}

/// Where the record of one blob is, or would be.
pub(super) struct CacheSlot<'a> {
    cache: &'a LayerCache,
    bytes: &'a Blob,
    compression: Compression,
    path: PathBuf,
    /// Before the first byte of the blob was read.
    began: SystemTime,
    before: Option<Fingerprint>,
    /// What stands for the SHA-256 of the blob in its record, if this program computed that.
    verified: Option<[u8; 32]>,
}

impl CacheSlot<'_> {
    /// Whether the SHA-256 of the blob is known, so that no other hash is computed.
    pub(super) fn is_verified(&self) -> bool {
        self.verified.is_some()
    }

    /// The description in the record of a blob with a known SHA-256.
    fn header(&self) -> Option<RecordHeader> {
        let head = CacheRecord::read_header(&eviction::open(&self.path)?)?;
        (self.is_about(&head) && self.verified == Some(head.hash)).then_some(head)
    }

    fn is_about(&self, head: &RecordHeader) -> bool {
        head.build == self.cache.build && head.len == self.bytes.len() && head.compression == self.compression
    }

    /// The record of exactly these bytes. `whole` reads all of them, and is not called if the file is known.
    pub(super) fn look_up(&self, layer: LayerNumber, whole: impl Read) -> Option<Entries> {
        let file = eviction::open(&self.path)?;
        let record = CacheRecord::read(&file, self.cache.limits.record)?;
        let head = record.head();
        if !self.is_about(head) {
            return None;
        }
        let is_same = match self.verified {
            Some(hash) if hash != head.hash => return None,
            Some(_) => true,
            None => self.before.is_some_and(|fingerprint| head.fingerprints.contains(&fingerprint)),
        };
        if is_same {
            let entries = record.entries(layer)?;
            // Used last is thrown away last. Where that cannot be noted, it goes sooner.
            let _ = file.set_modified(SystemTime::now());
            return Some(entries);
        }
        let mut running = RunningHash::default();
        HashingReader::new(whole, &mut running).read_out().ok()?;
        if running.finish(head.len)? != head.hash {
            return None;
        }
        let entries = record.entries(layer)?;
        let stamped = self.fingerprint().is_some_and(|fingerprint| {
            let head = head.with_fingerprint(fingerprint);
            self.write(|to| record.copy(&head, to))
        });
        if !stamped {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(entries)
    }

    /// Keeps what was read of the bytes that passed. `rest` reads those that did not.
    pub(super) fn keep<R: Read>(&self, entries: &Entries, mut running: RunningHash, rest: impl FnOnce(u64) -> R) {
        if !entries.complete {
            return;
        }
        let done = running.len();
        if done < self.bytes.len() && HashingReader::new(rest(done), &mut running).read_out().is_err() {
            return;
        }
        let Some(hash) = running.finish(self.bytes.len()) else { return };
        self.keep_as(entries, hash);
    }

    /// Keeps what was read of a blob whose SHA-256 is known.
    pub(super) fn keep_verified(&self, entries: &Entries) {
        if let Some(hash) = self.verified.filter(|_| entries.complete) {
            self.keep_as(entries, hash);
        }
    }

    fn keep_as(&self, entries: &Entries, hash: [u8; 32]) {
        let head = RecordHeader {
            build: self.cache.build.clone(),
            hash,
            len: self.bytes.len(),
            compression: self.compression,
            fingerprints: self.fingerprint().into_iter().collect(),
        };
        self.write(|to| record::write(&head, entries, to));
    }

    /// What the file is known by from now on, if nobody touched it while it was read nor shortly before.
    fn fingerprint(&self) -> Option<Fingerprint> {
        let before = self.before.filter(|fingerprint| fingerprint.is_settled(self.began, self.cache.limits.settled))?;
        (Fingerprint::read(self.bytes)? == before).then_some(before)
    }

    /// Writes a record atomically; returns whether it was written.
    fn write(&self, write: impl FnOnce(record::ChecksummedWriter<'_>) -> Option<()>) -> bool {
        let written = eviction::new_file(&self.cache.folder).and_then(|mut new| {
            write(record::ChecksummedWriter::new(new.as_file_mut(), self.cache.limits.record))?;
            new.persist(&self.path).ok()
        });
        self.cache.wrote.fetch_or(written.is_some(), Ordering::Relaxed);
        written.is_some()
    }
}
