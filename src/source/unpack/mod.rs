//! Decompression as a stream of constant memory that continues where a library would stop: over every gzip member, zstd
//! frame, skippable frame, xz stream and bzip2 stream, since eStargz and zstd:chunked layers are many of them.
//!
//! Other bytes after the last one are not an error but noted: the engines disagree about them, and the content before
//! them is complete.

mod checkpoints;
mod codecs;
mod expansion;
mod inflate;
mod members;
mod peeked;
#[cfg(test)]
mod tests;
mod zstandard;

use std::io::{self, Read};

use crate::image::Compression;

use codecs::{Bzip2, Gzip, Xz};
use members::MemberDecoder;
use zstandard::Zstandard;

pub(super) use checkpoints::{Checkpoint, CheckpointRecorder, Checkpoints};
pub(super) use expansion::{Expanding, Expansion, expands_too_much, expansion_error};

/// A stream decompressed while it is read.
pub(super) enum Decompressor<R: Read> {
    /// Nothing to do.
    Plain(R),
    Gzip(MemberDecoder<R, Gzip<R>>),
    Zstd(MemberDecoder<R, Zstandard<R>>),
    Xz(MemberDecoder<R, Xz<R>>),
    Bzip2(MemberDecoder<R, Bzip2<R>>),
}

impl<R: Read> Decompressor<R> {
    pub(super) fn new(packed: R, compression: Compression) -> io::Result<Self> {
        Self::resume(packed, compression, &Checkpoint::default(), None)
    }

    /// Continues from a checkpoint, to which `packed` was moved, and records others on the way if requested.
    pub(super) fn resume(
        packed: R,
        compression: Compression,
        from: &Checkpoint,
        recorder: Option<CheckpointRecorder>,
    ) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::Plain(packed),
            Compression::Gzip => Self::Gzip(MemberDecoder::new(packed, from, recorder)?),
            Compression::Zstd => Self::Zstd(MemberDecoder::new(packed, from, recorder)?),
            Compression::Xz => Self::Xz(MemberDecoder::new(packed, from, recorder)?),
            Compression::Bzip2 => Self::Bzip2(MemberDecoder::new(packed, from, recorder)?),
        })
    }

    /// Whether bytes that are not part of the stream follow its end. Known once it was read completely.
    pub(super) fn has_trailing_data(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Gzip(gzip) => gzip.has_trailing_data(),
            Self::Zstd(zstd) => zstd.has_trailing_data(),
            Self::Xz(xz) => xz.has_trailing_data(),
            Self::Bzip2(bzip2) => bzip2.has_trailing_data(),
        }
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read(buffer),
            Self::Gzip(gzip) => gzip.read(buffer),
            Self::Zstd(zstd) => zstd.read(buffer),
            Self::Xz(xz) => xz.read(buffer),
            Self::Bzip2(bzip2) => bzip2.read(buffer),
        }
    }
}
