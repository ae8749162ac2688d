//! A temporary copy of an input that is not seekable: standard input, a pipe, a compressed outer file.
//!
//! The copy has no name, so that nothing is left over however this program ends.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::image::{Cancelled, Compression, Progress, ProgressEvent, read_some};

use super::error::SourceError;
use super::magic;
use super::unpack::{Decompressor, expands_too_much, expansion_error};

/// A finished copy.
pub(super) struct Spooled {
    pub(super) file: File,
    pub(super) len: u64,
    /// The compression of the input.
    pub(super) compression: Compression,
    /// The input ended early here; what precedes is in the copy.
    pub(super) broken: Option<io::Error>,
}

/// Copies an input, decompressed, to a temporary file; first refuses other formats than tar.
pub(super) fn spool(
    input: &mut dyn Read,
    total: Option<u64>,
    file: &str,
    progress: &dyn Progress,
) -> Result<Spooled, SourceError> {
    let io = |source| SourceError::Io { file: file.to_owned(), source };
    let done = Cell::new(0);
    let mut counted = Counted { input, done: &done, reported: 0, total, progress };
    let head = read_head(&mut counted).map_err(|error| stopped(file, Compression::None, 0, error))?;
    if head.is_empty() {
        return Err(super::diagnose::empty(file));
    }
    let compression = Compression::detect(&head);
    let whole = head.as_slice().chain(&mut counted);
    let mut decompressor = Decompressor::new(whole, compression).map_err(io)?;
    let (head, broken) = match read_head(&mut decompressor) {
        Ok(head) => (head, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    if let Some(source) = broken {
        return Err(stopped(file, compression, 0, source));
    }
    if !magic::is_tar(&head) {
        return Err(super::diagnose::not_a_tar(file, &head, compression));
    }
    copy(&head, &mut decompressor, &done, file, compression)
}

fn copy(
    head: &[u8],
    rest: &mut dyn Read,
    read: &Cell<u64>,
    file: &str,
    compression: Compression,
) -> Result<Spooled, SourceError> {
    let full = |source| SourceError::Spool { file: file.to_owned(), source };
    let mut copy = tempfile::tempfile_in(std::env::temp_dir()).map_err(full)?;
    let mut spooled =
        Spooled { file: copy.try_clone().map_err(full)?, len: head.len() as u64, compression, broken: None };
    copy.write_all(head).map_err(full)?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        match read_some(rest, &mut buffer) {
            Ok(0) => break,
            // Zeros become holes: an archive of nothing else would fill the disk.
            Ok(count) if is_zero(&buffer[..count]) => {
                spooled.len += count as u64;
                copy.seek(SeekFrom::Start(spooled.len)).map_err(full)?;
            }
            Ok(count) => {
                copy.write_all(&buffer[..count]).map_err(full)?;
                spooled.len += count as u64;
            }
            Err(error) if Cancelled::is(&error) || compression == Compression::None => {
                return Err(stopped(file, compression, spooled.len, error));
            }
            Err(error) => {
                spooled.broken = Some(error);
                break;
            }
        }
        if expands_too_much(read.get(), spooled.len) {
            spooled.broken = Some(expansion_error());
            break;
        }
    }
    copy.set_len(spooled.len).map_err(full)?;
    Ok(spooled)
}

/// Whether there are bytes, and all of them are zeros.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0) && bytes.iter().fold(0, |any, byte| any | byte) == 0
}

/// The error for an input that could not be read.
pub(super) fn stopped(file: &str, compression: Compression, at: u64, source: io::Error) -> SourceError {
    let file = file.to_owned();
    if Cancelled::is(&source) {
        SourceError::Cancelled { file }
    } else if compression == Compression::None {
        SourceError::Io { file, source }
    } else {
        SourceError::BrokenStream { file, compression: compression.name(), at, source }
    }
}

fn read_head(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(magic::HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Reports how much of the input was read.
struct Counted<'a> {
    input: &'a mut dyn Read,
    done: &'a Cell<u64>,
    reported: u64,
    total: Option<u64>,
    progress: &'a dyn Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Cancelled::check(self.progress)?;
        let count = self.input.read(buffer)?;
        let done = self.done.get() + count as u64;
        self.done.set(done);
        if done - self.reported >= 1 << 20 || (count == 0 && done > self.reported) {
            self.reported = done;
            self.progress.report(ProgressEvent::Spooling { done, total: self.total });
        }
        Ok(count)
    }
}
