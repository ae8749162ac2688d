//! Compressed bytes, the next few of which can be peeked at.

use std::io::{self, BufRead, BufReader, Read};

/// What is read at once.
const INPUT_BUFFER: usize = 64 << 10;

/// A buffered reader that can look ahead over the edge of its buffer, and knows its place.
pub(in crate::source) struct Peeked<R> {
    inner: BufReader<R>,
    /// Bytes that were peeked at across the edge of the buffer, and how many of them were consumed since.
    ahead: Vec<u8>,
    taken: usize,
    /// Bytes of the blob that were consumed, or are before this.
    at: u64,
}

impl<R: Read> Peeked<R> {
    /// Reads a blob from an offset on.
    pub(super) fn new(packed: R, at: u64) -> Self {
        Self { inner: BufReader::with_capacity(INPUT_BUFFER, packed), ahead: Vec::new(), taken: 0, at }
    }

    /// The place in the blob.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next bytes; fewer than asked for only at the end.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let missing = count.saturating_sub(self.ahead.len() - self.taken);
        self.inner.by_ref().take(missing as u64).read_to_end(&mut self.ahead)?;
        let end = self.ahead.len().min(self.taken + count);
        Ok(&self.ahead[self.taken..end])
    }
}

impl<R: Read> BufRead for Peeked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken < self.ahead.len() {
            return Ok(&self.ahead[self.taken..]);
        }
        self.ahead.clear();
        self.taken = 0;
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
        if self.taken < self.ahead.len() {
            self.taken += count;
        } else {
            self.inner.consume(count);
        }
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut at_hand = self.fill_buf()?;
        let count = at_hand.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
