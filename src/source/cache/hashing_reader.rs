//! The BLAKE3 hash of bytes while they are read for something else.

use std::io::{self, Read};

use crate::image::read_some;

/// What was hashed so far.
#[derive(Default)]
pub(in crate::source) struct RunningHash {
    hasher: blake3::Hasher,
    failed: bool,
}

impl RunningHash {
    /// Bytes.
    pub(super) fn len(&self) -> u64 {
        self.hasher.count()
    }

    /// The hash of a complete blob; `None` if the length differs, or it could not be read.
    pub(super) fn finish(&self, len: u64) -> Option<[u8; 32]> {
        (self.len() == len && !self.failed).then(|| *self.hasher.finalize().as_bytes())
    }
}

/// A reader that hashes what passes through.
pub(in crate::source) struct HashingReader<'a, R> {
    inner: R,
    running: &'a mut RunningHash,
}

/// The buffer size if only the hash needs the bytes.
const BUFFER: usize = 256 << 10;

impl<'a, R: Read> HashingReader<'a, R> {
    pub(in crate::source) fn new(inner: R, running: &'a mut RunningHash) -> Self {
        Self { inner, running }
    }

    /// Reads to the end only for the hash.
    pub(super) fn read_out(mut self) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        while read_some(&mut self, &mut buffer)? > 0 {}
        Ok(())
    }
}

impl<R: Read> Read for HashingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.running.hasher.update(&buffer[..count]);
                Ok(count)
            }
            Err(error) => {
                self.running.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}
