//! The records of tar-split: one JSON object a line, which is either bytes of the tar or stands for a file's content.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::image::Compression;
use crate::source::blob::{Blob, BlobReader};
use crate::source::unpack::Decompressor;

/// The limit on a line. tar-split writes padding in pieces of a megabyte, and a header is far smaller.
const LINE_MOST: u64 = 64 << 20;

/// A part of the tar.
#[derive(Debug)]
pub(super) enum Record {
    /// Bytes, in the buffer that was passed.
    Bytes,
    /// The content of a file, which is stored elsewhere. An empty file has none.
    File { size: u64, crc: u64 },
}

#[derive(Deserialize)]
struct Line<'a> {
    r#type: u8,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    name_raw: Cow<'a, str>,
    #[serde(default)]
    size: u64,
    #[serde(borrow, default)]
    payload: Option<&'a str>,
}

/// Reads records one by one.
pub(super) struct Records {
    input: BufReader<Decompressor<BlobReader>>,
    line: Vec<u8>,
    /// The path of the last file.
    name: Vec<u8>,
}

impl Records {
    pub(super) fn new(split: &Blob) -> io::Result<Self> {
        let compression = Compression::detect(&split.head(16)?);
        let input = BufReader::with_capacity(128 << 10, Decompressor::new(split.reader(), compression)?);
        Ok(Self { input, line: Vec::new(), name: Vec::new() })
    }

    /// The next record that is not empty; bytes replace the content of the buffer.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<Record>> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            let Line { r#type, name, name_raw, size, payload } = parsed(&self.line)?;
            bytes.clear();
            match r#type {
                1 if size > 0 => {
                    let mut sum = [0; 8];
                    let count = BASE64_STANDARD.decode_slice(payload.unwrap_or_default(), &mut sum);
                    if count != Ok(sum.len()) {
                        return Err(malformed());
                    }
                    self.name.clear();
                    if name_raw.is_empty() {
                        self.name.extend_from_slice(name.as_bytes());
                    } else {
                        BASE64_STANDARD.decode_vec(&*name_raw, &mut self.name).map_err(|_| malformed())?;
                    }
                    return Ok(Some(Record::File { size, crc: u64::from_be_bytes(sum) }));
                }
                1 => {}
                2 => {
                    BASE64_STANDARD.decode_vec(payload.unwrap_or_default(), bytes).map_err(|_| malformed())?;
                    if !bytes.is_empty() {
                        return Ok(Some(Record::Bytes));
                    }
                }
                _ => return Err(malformed()),
            }
        }
    }

    /// The path of the file that the last record stands for.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// Reads a line that is not empty; `false` at the end.
    fn next_line(&mut self) -> io::Result<bool> {
        loop {
            self.line.clear();
            if (&mut self.input).take(LINE_MOST).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            if self.line.len() as u64 >= LINE_MOST {
                return Err(malformed());
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }
}

fn parsed<'a, T: Deserialize<'a>>(line: &'a [u8]) -> io::Result<T> {
    serde_json::from_slice(line).map_err(|_| malformed())
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the tar-split record of this layer is malformed")
}

/// How many bytes of tar the records make. Only what is needed for that is looked at.
pub(super) fn tar_len(split: &Blob) -> io::Result<u64> {
    let mut records = Records::new(split)?;
    let mut total = 0_u64;
    while records.next_line()? {
        let line: Line<'_> = parsed(&records.line)?;
        let len = match (line.r#type, line.payload) {
            (1, _) => line.size,
            (2, Some(payload)) => {
                let padding = payload.bytes().rev().take_while(|&byte| byte == b'=').count();
                (payload.len() / 4 * 3).saturating_sub(padding) as u64
            }
            (2, None) => 0,
            _ => return Err(malformed()),
        };
        total = total.checked_add(len).ok_or_else(malformed)?;
    }
    Ok(total)
}
