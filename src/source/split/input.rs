//! The tar of a layer in a store, for the walk from header to header: contents of files are passed over unread.

use std::io::{self, Read};
use std::sync::Arc;

use crate::source::tar::TarInput;

use super::crc::Crc64;
use super::records::{Record, Records};
use super::{FileRecord, SplitLayer, StoredFile};

/// Reads a layer from its record.
pub(in crate::source) struct SplitInput {
    layer: Arc<SplitLayer>,
    records: Records,
    bytes: Vec<u8>,
    start: usize,
    /// The size and the checksum of the content that is ahead, if it is not bytes.
    file: Option<(u64, u64)>,
    /// The content, opened because its bytes are needed: sparse files may begin with their map.
    opened: Option<StoredFile>,
    /// Bytes of the content that are ahead.
    left: u64,
    position: u64,
    files: Vec<FileRecord>,
}

impl SplitInput {
    pub(in crate::source) fn new(layer: &Arc<SplitLayer>) -> io::Result<Self> {
        Ok(Self {
            layer: Arc::clone(layer),
            records: Records::new(&layer.split)?,
            bytes: Vec::new(),
            start: 0,
            file: None,
            opened: None,
            left: 0,
            position: 0,
            files: Vec::new(),
        })
    }

    /// Goes to the next part; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        (self.start, self.file, self.opened) = (0, None, None);
        match self.records.next(&mut self.bytes)? {
            None => {
                self.bytes.clear();
                // Another walk, or the store, may have said the same.
                let _ = self.layer.len.set(self.position);
                let _ = self.layer.files.set(std::mem::take(&mut self.files).into_boxed_slice());
                Ok(false)
            }
            Some(Record::Bytes) => Ok(true),
            Some(Record::File { size, crc }) => {
                self.files.push(FileRecord { at: self.position, crc });
                self.file = Some((size, crc));
                self.left = size;
                Ok(true)
            }
        }
    }
}

impl TarInput for SplitInput {
    fn fill(&mut self) -> io::Result<&[u8]> {
        while self.start == self.bytes.len() {
            match self.file {
                Some((size, crc)) if self.left > 0 => {
                    if self.opened.is_none() {
                        let mut file = self.layer.file(self.records.name(), size)?;
                        let skipped = size - self.left;
                        io::Seek::seek(&mut file, io::SeekFrom::Start(skipped))?;
                        let sum = (skipped == 0).then(|| (Crc64::default(), crc));
                        self.opened = Some(StoredFile { file, left: self.left, sum });
                    }
                    let Some(opened) = &mut self.opened else { continue };
                    self.bytes.resize(usize::try_from(self.left.min(64 << 10)).unwrap_or(0), 0);
                    let count = opened.read(&mut self.bytes)?;
                    self.bytes.truncate(count);
                    self.start = 0;
                    self.left -= count as u64;
                }
                _ => {
                    if !self.advance()? {
                        return Ok(&[]);
                    }
                }
            }
        }
        Ok(&self.bytes[self.start..])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let at_hand = (self.bytes.len() - self.start) as u64;
            if at_hand > 0 {
                let step = at_hand.min(left);
                self.consume(usize::try_from(step).unwrap_or(usize::MAX));
                left -= step;
            } else if self.file.is_some() && self.left > 0 {
                let step = self.left.min(left);
                self.left -= step;
                self.position += step;
                // What is opened would be at another place.
                self.opened = None;
                left -= step;
            } else if !self.advance()? {
                break;
            }
        }
        Ok(count - left)
    }

    fn position(&self) -> u64 {
        self.position
    }
}
