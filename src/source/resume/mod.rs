//! Reading files from compressed layers without decompressing the layers: from the nearest checkpoint recorded while
//! the layer was read ([`Checkpoints`]), or from where the previous read ended.
//!
//! The latter keeps a folder from costing a stretch of decompression per file: reading files in stored order
//! decompresses the layer once, whatever its compression. If a format has no checkpoints (xz, bzip2, and zstd in a
//! single frame) it is all there is, and going back means starting over.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::image::Compression;

use super::blob::{Blob, BlobReader};
use super::content::Identity;
use super::unpack::{Checkpoint, CheckpointRecorder, Checkpoints, Decompressor};

/// The ways into the compressed layers of one image.
pub(super) struct Resume {
    checkpoints: Arc<Checkpoints>,
    /// The reading that ended last. One is enough for files in order, and a decoder may hold megabytes.
    parked: Mutex<Option<Parked>>,
}

/// A reading that can go on.
struct Parked {
    layer: usize,
    plain: u64,
    decompressor: Decompressor<BlobReader>,
}

/// Ordinary text.
pub(super) struct ReadRange {
    /// Equal for layers of the same blob.
    pub(super) layer: usize,
    /// Bytes of the layer's tar before it.
    pub(super) at: u64,
    pub(super) len: u64,
    /// What the bytes were known by when the layer was read.
    pub(super) hash: Option<u128>,
    /// A sparse file's parts, which belong to its hash.
    pub(super) sparse: Option<Box<[(u64, u64)]>>,
}

impl Resume {
    pub(super) fn new(layers: usize) -> Self {
        Self { checkpoints: Arc::new(Checkpoints::new(layers)), parked: Mutex::new(None) }
    }

    /// Records checkpoints while a layer is read from its beginning.
    pub(super) fn recorder(&self, layer: usize) -> CheckpointRecorder {
        CheckpointRecorder::new(&self.checkpoints, layer, &Checkpoint::default())
    }

    /// Reads a part of a compressed layer, which may end early.
    pub(super) fn open(&self, blob: &Blob, compression: Compression, range: ReadRange) -> io::Result<Stored<'_>> {
        let Parked { layer, plain, mut decompressor } = self.nearest(blob, compression, &range)?;
        let to_skip = range.at - plain;
        let skipped = io::copy(&mut (&mut decompressor).take(to_skip), &mut io::sink())?;
        if skipped < to_skip {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let reading = Parked { layer, plain: range.at, decompressor };
        Ok(Stored { resume: self, reading: Some(reading), left: range.len, identity: Identity::default(), range })
    }

    /// Reads the same from a place in it at or before `offset` where there is the least to skip; says where that is.
    /// What does not begin at the beginning cannot be checked against its hash.
    pub(super) fn open_near(
        &self,
        blob: &Blob,
        compression: Compression,
        range: ReadRange,
        offset: u64,
    ) -> io::Result<(u64, Stored<'_>)> {
        let place = range.at.saturating_add(offset.min(range.len));
        let checkpoint = self.checkpoints.below(range.layer, place).plain;
        let parked = {
            let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
            parked.as_ref().filter(|parked| parked.layer == range.layer && parked.plain <= place).map(|at| at.plain)
        };
        let begin = checkpoint.max(parked.unwrap_or(0)).saturating_sub(range.at);
        let hash = range.hash.filter(|_| begin == 0);
        let range = ReadRange { at: range.at + begin, len: range.len - begin, hash, ..range };
        Ok((begin, self.open(blob, compression, range)?))
    }

    /// The reading that has the least to skip.
    fn nearest(&self, blob: &Blob, compression: Compression, range: &ReadRange) -> io::Result<Parked> {
        let checkpoint = self.checkpoints.below(range.layer, range.at);
        let near =
            |parked: &mut Parked| parked.layer == range.layer && (checkpoint.plain..=range.at).contains(&parked.plain);
        if let Some(parked) = self.parked.lock().unwrap_or_else(PoisonError::into_inner).take_if(near) {
            return Ok(parked);
        }
        let packed = blob.part(checkpoint.packed, blob.len().saturating_sub(checkpoint.packed));
        let recorder = CheckpointRecorder::new(&self.checkpoints, range.layer, &checkpoint);
        let decompressor = Decompressor::resume(packed, compression, &checkpoint, Some(recorder))?;
        Ok(Parked { layer: range.layer, plain: checkpoint.plain, decompressor })
    }
}

impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume").field("spacing", &self.checkpoints.spacing()).finish_non_exhaustive()
    }
}

/// Some stored bytes of a layer. Where they were hashed when the layer was read, the last of them come only if all are
/// still the same: an archive that was changed meanwhile is found out.
pub(super) struct Stored<'a> {
    resume: &'a Resume,
    /// None once it failed.
    reading: Option<Parked>,
    left: u64,
    identity: Identity,
    range: ReadRange,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(reading) = self.reading.as_mut().filter(|_| want > 0) else { return Ok(0) };
        let count = match reading.decompressor.read(&mut buffer[..want]) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.reading = None;
                return Err(error);
            }
            result => result?,
        };
        reading.plain += count as u64;
        self.left -= count as u64;
        if let Some(hash) = self.range.hash {
            self.identity.add(&buffer[..count]);
            if self.left == 0 && std::mem::take(&mut self.identity).finish(self.range.sparse.as_deref()) != hash {
                self.reading = None;
                let why = "the bytes of the layer have changed since it was opened: the file was modified";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
        Ok(count)
    }
}

impl Drop for Stored<'_> {
    /// Leaves the reading for the next file.
    fn drop(&mut self) {
        if let Some(reading) = self.reading.take() {
            *self.resume.parked.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
        }
    }
}
