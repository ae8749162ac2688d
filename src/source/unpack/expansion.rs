//! The bound on what compressed data expands to: a megabyte of zstd can be a terabyte of zeros.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::image::Compression;
use crate::source::blob::{Blob, BlobReader};

use super::Decompressor;

/// The best ratio of gzip, for zeros, so no layer of the usual compression reaches the limit.
const RATIO: u64 = 1_032;
/// More than that, for all streams together: others compress zeros better, and an empty disk image or database is zeros.
const FREE: u64 = 2 << 30;

/// What streams that are read together may expand to beyond the ratio.
#[derive(Clone, Debug)]
pub(in crate::source) struct Expansion(Arc<AtomicU64>);

impl Default for Expansion {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(FREE)))
    }
}

impl Expansion {
    /// Decompresses a blob.
    pub(in crate::source) fn decompress(
        &self,
        blob: &Blob,
        compression: Compression,
    ) -> io::Result<Expanding<Decompressor<BlobReader>>> {
        Ok(self.bounded(Decompressor::new(blob.reader(), compression)?, blob.len()))
    }

    /// Bounds what comes out of a decompressor whose input has a length.
    pub(in crate::source) fn bounded<R: Read>(&self, inner: R, stored: u64) -> Expanding<R> {
        Expanding { inner, left: stored.saturating_mul(RATIO), shared: self.clone() }
    }
}

/// Whether so many bytes are too much for a stream that is read by itself.
pub(in crate::source) fn expands_too_much(stored: u64, expanded: u64) -> bool {
    expanded > stored.saturating_mul(RATIO).saturating_add(FREE)
}

pub(in crate::source) fn expansion_error() -> io::Error {
    let free = FREE >> 30;
    let message = format!("it expands to more than {RATIO} times its size and {free} GiB: the rest is not read");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// A stream that ends with an error where it expands too much.
pub(in crate::source) struct Expanding<R> {
    inner: R,
    left: u64,
    shared: Expansion,
}

impl<R> Expanding<R> {
    pub(in crate::source) fn inner(&self) -> &R {
        &self.inner
    }
}

impl<R: Read> Read for Expanding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let over = (count as u64).saturating_sub(self.left);
        self.left = self.left.saturating_sub(count as u64);
        let is_allowed = |free: u64| free.checked_sub(over);
        if over > 0 && self.shared.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_allowed).is_err() {
            return Err(expansion_error());
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_may_expand_by_the_ratio_each_and_a_little_more_together() {
        let expansion = Expansion(Arc::new(AtomicU64::new(100)));
        let read = |stored, bytes| io::copy(&mut expansion.bounded(io::repeat(0).take(bytes), stored), &mut io::sink());
        assert_eq!(read(10, 10 * RATIO).expect("within the ratio"), 10 * RATIO);
        assert_eq!(read(1, RATIO + 60).expect("within what is free"), RATIO + 60);
        assert_eq!(read(1, RATIO + 40).expect("within what is left of it"), RATIO + 40);
        assert_eq!(read(1, RATIO + 1).expect_err("nothing is left").kind(), io::ErrorKind::InvalidData);
        assert!(read(1, RATIO).is_ok());
    }
}
