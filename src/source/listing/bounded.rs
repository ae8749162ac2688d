//! A reader with a limit.

use std::io::{self, Read};

use crate::image::{Cancelled, Progress};

/// Reads at most this many bytes, and none once it is cancelled.
pub(super) struct BoundedReader<'a> {
    inner: Box<dyn Read + Send + 'a>,
    left: u64,
    progress: &'a dyn Progress,
}

impl<'a> BoundedReader<'a> {
    pub(super) fn new(inner: Box<dyn Read + Send + 'a>, at_most: u64, progress: &'a dyn Progress) -> Self {
        Self { inner, left: at_most, progress }
    }
}

impl Read for BoundedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Cancelled::check(self.progress)?;
        if self.left == 0 {
            return Err(io::Error::other("it is too long to be read completely"));
        }
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..want])?;
        self.left -= count as u64;
        Ok(count)
    }
}
