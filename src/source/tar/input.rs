//! The source of a walker's bytes: seekable, or a stream.

use std::io::{self, Read};

use crate::image::read_some;
use crate::source::blob::Blob;

/// Bytes in order, with a way to pass over some.
pub(in crate::source) trait TarInput {
    /// The bytes at hand at the current place; none only at the end.
    fn fill(&mut self) -> io::Result<&[u8]>;

    /// Consumes bytes that [`TarInput::fill`] returned.
    fn consume(&mut self, count: usize);

    /// Skips bytes; returns how many there were.
    fn skip(&mut self, count: u64) -> io::Result<u64>;

    /// Bytes that were consumed.
    fn position(&self) -> u64;

    /// Fills a buffer, or as much of it as there is before the end.
    fn read_full(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            let at_hand = self.fill()?;
            let count = at_hand.len().min(buffer.len() - done);
            if count == 0 {
                break;
            }
            buffer[done..done + count].copy_from_slice(&at_hand[..count]);
            self.consume(count);
            done += count;
        }
        Ok(done)
    }
}

/// A seekable blob: contents between two headers are never read.
///
/// What is read ahead adapts: doubled while the headers are close together, halved after every jump, so that a folder
/// of small files costs few system calls and a layer of large ones costs no bandwidth.
#[derive(Debug)]
pub(in crate::source) struct SeekableInput<'a> {
    blob: &'a Blob,
    at: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ahead: usize,
    jumped: bool,
    /// Bytes that were seen to be there.
    seen: u64,
}

const LEAST_AHEAD: usize = 4 << 10;
const MOST_AHEAD: usize = 64 << 10;

impl<'a> SeekableInput<'a> {
    pub(in crate::source) fn new(blob: &'a Blob) -> Self {
        Self { blob, at: 0, buffer: vec![0; MOST_AHEAD], start: 0, end: 0, ahead: LEAST_AHEAD, jumped: false, seen: 0 }
    }
}

impl TarInput for SeekableInput<'_> {
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.ahead = if self.jumped { (self.ahead / 2).max(LEAST_AHEAD) } else { (self.ahead * 2).min(MOST_AHEAD) };
            self.jumped = false;
            self.start = 0;
            self.end = self.blob.read_at(&mut self.buffer[..self.ahead], self.at)?;
            if self.end == 0 && self.seen < self.blob.len() {
                // What was jumped over last may not be there any more.
                self.blob.read_at(&mut [0], self.blob.len() - 1)?;
            }
            self.seen = self.at + self.end as u64;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.at += count as u64;
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let count = count.min(self.blob.len().saturating_sub(self.at));
        match usize::try_from(count) {
            Ok(near) if near <= self.end - self.start => self.start += near,
            _ => {
                self.jumped |= count > self.ahead as u64;
                self.start = self.end;
            }
        }
        self.at += count;
        Ok(count)
    }

    fn position(&self) -> u64 {
        self.at
    }
}

/// A stream, read through one fixed buffer.
#[derive(Debug)]
pub(in crate::source) struct StreamInput<R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    position: u64,
}

const STREAM_BUFFER: usize = 128 << 10;

impl<R: Read> StreamInput<R> {
    pub(in crate::source) fn new(inner: R) -> Self {
        Self { inner, buffer: vec![0; STREAM_BUFFER], start: 0, end: 0, position: 0 }
    }

    /// What the bytes come from.
    pub(in crate::source) fn inner(&self) -> &R {
        &self.inner
    }
}

impl<R: Read> TarInput for StreamInput<R> {
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, read_some(&mut self.inner, &mut self.buffer)?);
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let at_hand = self.fill()?.len();
            if at_hand == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(at_hand);
            self.consume(step);
            left -= step as u64;
        }
        Ok(count - left)
    }

    fn position(&self) -> u64 {
        self.position
    }
}
