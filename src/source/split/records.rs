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

/// A line, with what is still encoded in it.
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
    payload: Option<Cow<'a, str>>,
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> io::Result<Self> {
        match Self::as_written(line) {
            Some(parsed) => Ok(parsed),
            None => serde_json::from_slice(line).map_err(|_| malformed()),
        }
    }

    /// A line as tar-split itself writes it, which is nearly every one: JSON in general takes most of the time of a
    /// listing. `None` for everything else.
    fn as_written(line: &'a [u8]) -> Option<Self> {
        let (name, size, rest) = if let Some(rest) = line.strip_prefix(b"{\"type\":2,") {
            ("", 0, rest)
        } else {
            let (name, rest) = text(line.strip_prefix(b"{\"type\":1,\"name\":\"")?)?;
            if name.bytes().any(|byte| byte.is_ascii_control()) {
                return None;
            }
            let (size, rest) = number(rest.strip_prefix(b",\"size\":")?)?;
            (name, size, rest.strip_prefix(b",")?)
        };
        let (payload, rest) = text(rest.strip_prefix(b"\"payload\":\"")?)?;
        let (_, rest) = number(rest.strip_prefix(b",\"position\":")?)?;
        let is_whole = rest.trim_ascii_end() == b"}";
        is_whole.then_some(Self {
            r#type: line[8] - b'0',
            name: Cow::Borrowed(name),
            name_raw: Cow::Borrowed(""),
            size,
            payload: Some(Cow::Borrowed(payload)),
        })
    }
}

/// The rest of a text without escapes, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (text, rest) = bytes.split_at(memchr::memchr2(b'"', b'\\', bytes)?);
    Some((std::str::from_utf8(text).ok()?, rest.strip_prefix(b"\"")?))
}

/// A number without a sign, and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = bytes.split_at(bytes.iter().position(|byte| !byte.is_ascii_digit())?);
    let is_canonical = digits == b"0" || !digits.starts_with(b"0");
    Some((std::str::from_utf8(digits).ok().filter(|_| is_canonical)?.parse().ok()?, rest))
}

/// Reads records one by one.
pub(super) struct Records {
    input: BufReader<Decompressor<BlobReader>>,
    /// A line that does not fit into the buffer of the input.
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
            let name = &mut self.name;
            let part = next_line(&mut self.input, &mut self.line, |line| part(&line, name, bytes))?;
            match part {
                None => return Ok(None),
                Some(None) => {}
                Some(record) => return Ok(record),
            }
        }
    }

    /// The path of the file that the last record stands for.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }
}

/// What a line stands for; `None` if that is nothing.
fn part(line: &Line<'_>, into: &mut Vec<u8>, bytes: &mut Vec<u8>) -> io::Result<Option<Record>> {
    let payload = line.payload.as_deref().unwrap_or_default();
    bytes.clear();
    match line.r#type {
        1 if line.size > 0 => {
            let mut sum = [0; 8];
            let count = BASE64_STANDARD.decode_slice(payload, &mut sum);
            if count != Ok(sum.len()) {
                return Err(malformed());
            }
            into.clear();
            if line.name_raw.is_empty() {
                into.extend_from_slice(line.name.as_bytes());
            } else {
                BASE64_STANDARD.decode_vec(&*line.name_raw, into).map_err(|_| malformed())?;
            }
            Ok(Some(Record::File { size: line.size, crc: u64::from_be_bytes(sum) }))
        }
        1 => Ok(None),
        2 => {
            BASE64_STANDARD.decode_vec(payload, bytes).map_err(|_| malformed())?;
            Ok((!bytes.is_empty()).then_some(Record::Bytes))
        }
        _ => Err(malformed()),
    }
}

/// Passes on the next line that is not empty; `None` at the end.
fn next_line<T>(
    input: &mut impl BufRead,
    long: &mut Vec<u8>,
    read: impl FnOnce(Line<'_>) -> io::Result<T>,
) -> io::Result<Option<T>> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        if let Some(end) = memchr::memchr(b'\n', buffer) {
            let line = &buffer[..end];
            let is_empty = line.trim_ascii().is_empty();
            if is_empty {
                input.consume(end + 1);
                continue;
            }
            let read = read(Line::parse(line)?)?;
            input.consume(end + 1);
            return Ok(Some(read));
        }
        long.clear();
        (&mut *input).take(LINE_MOST).read_until(b'\n', long)?;
        if long.len() as u64 >= LINE_MOST {
            return Err(malformed());
        }
        if !long.trim_ascii().is_empty() {
            return read(Line::parse(long)?).map(Some);
        }
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the tar-split record of this layer is malformed")
}

/// How many bytes of tar the records make, as far as they can be read.
pub(super) fn tar_len(split: &Blob) -> u64 {
    let mut total = 0_u64;
    let Ok(mut records) = Records::new(split) else { return total };
    while let Ok(Some(Some(len))) = next_line(&mut records.input, &mut records.line, |line| Ok(len_of(&line))) {
        total = total.saturating_add(len);
    }
    total
}

fn len_of(line: &Line<'_>) -> Option<u64> {
    match line.r#type {
        1 => Some(line.size),
        2 => {
            let payload = line.payload.as_deref().unwrap_or_default();
            let padding = payload.bytes().rev().take_while(|&byte| byte == b'=').count();
            Some((payload.len() / 4 * 3).saturating_sub(padding) as u64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn records(lines: &str) -> Result<Vec<(Vec<u8>, u64)>, String> {
        let mut records = Records::new(&Blob::of_memory(lines.as_bytes().to_vec())).expect("in memory");
        let (mut all, mut bytes) = (Vec::new(), Vec::new());
        loop {
            match records.next(&mut bytes).map_err(|error| error.to_string())? {
                None => return Ok(all),
                Some(Record::Bytes) => all.push((bytes.clone(), 0)),
                Some(Record::File { size, crc }) => all.push((records.name().to_vec(), size ^ crc)),
            }
        }
    }

    /// Lines that mean the same, first as tar-split writes them.
    #[test]
    fn a_line_means_the_same_however_its_json_is_written() {
        for lines in [
            &[
                r#"{"type":1,"name":"a/é","size":5,"payload":"AAAAAAAAAAE=","position":7}"#,
                r#"{"size":5, "name":"a/\u00e9", "payload":"AAAAAAAAAAE=", "type":1}"#,
                r#"{"type":1,"name":"a\/é","size":5,"payload":"AAAAAAAAAAE=","position":7}"#,
                r#"{"type":1,"name_raw":"YS/DqQ==","size":5,"payload":"AAAAAAAAAAE=","position":7}"#,
            ][..],
            &[
                r#"{"type":2,"payload":"Y++/","position":7}"#,
                r#"  {"type":2,"payload":"Y++\/","position":7} "#,
                r#"{"position":7,"payload":"\u0059++/","type":2}"#,
            ],
            &[r#"{"type":2,"payload":"","position":7}"#, r#"{"type":2,"position":7}"#, r#"{"type":2,"payload":null}"#],
            &[
                r#"{"type":1,"name":"a/","payload":null,"position":7}"#,
                r#"{"type":1,"name":"a/","size":0,"payload":"","position":7}"#,
            ],
        ] {
            let expected = records(lines[0]);
            assert!(expected.is_ok(), "{expected:?}");
            for line in lines {
                assert_eq!(records(line), expected, "{line}");
                assert_eq!(records(&format!("\n{line}\r\n\n")), expected, "{line}");
            }
        }
    }

    #[test]
    fn what_is_not_a_record_is_an_error() {
        for line in [
            "{",
            "null",
            r#"{"type":3,"payload":"","position":7}"#,
            r#"{"type":2,"payload":"A","position":7}"#,
            r#"{"type":2,"payload":"AAAA","position":7}}"#,
            r#"{"type":2,"payload":"AAAA","position":007}"#,
            r#"{"type":2,"payload":"AAAA","position":}"#,
            r#"{"type":2,"payload":"AAAA","payload":"AAAA"}"#,
            "{\"type\":1,\"name\":\"a\tb\",\"size\":5,\"payload\":\"AAAAAAAAAAE=\",\"position\":7}",
            r#"{"type":1,"name":"a","size":5,"payload":"AAAA","position":7}"#,
            r#"{"type":1,"name":"a","size":-5,"payload":"AAAAAAAAAAE=","position":7}"#,
            r#"{"type":1,"name":"a","size":99999999999999999999,"payload":"AAAAAAAAAAE=","position":7}"#,
        ] {
            assert!(records(line).is_err(), "{line}");
        }
        assert_eq!(tar_len(&Blob::of_memory(b"{\"type\":2,\"payload\":\"AAA=\"}\n{\"type\":3}".to_vec())), 2);
    }

    #[test]
    fn lines_longer_than_a_buffer_are_read() {
        let mut lines = String::new();
        for count in [1, 100_000, 3, 300_000] {
            let payload = BASE64_STANDARD.encode(vec![7; count]);
            let _ = writeln!(lines, r#"{{"type":2,"payload":"{payload}","position":0}}"#);
        }
        let lens: Vec<usize> = records(&lines).expect("records").iter().map(|(bytes, _)| bytes.len()).collect();
        assert_eq!(lens, [1, 100_000, 3, 300_000]);
        assert_eq!(tar_len(&Blob::of_memory(lines.into_bytes())), 400_004);
    }
}
