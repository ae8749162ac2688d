//! The stream of an export, which may end in an error: an engine that fails after the first byte writes a line of JSON
//! into the archive, and the status is still a success. One that ends itself closes the connection.

use std::io::{self, Read};

use serde_json::Value;

use super::error::next_step;

/// The limit on the line; its beginning must be in the last bytes of the stream.
const TAIL: usize = 8 << 10;
const MARK: &[u8] = b"{\"errorDetail\"";

/// Reads an export. If its end is an error of the engine, that is the error of the last read.
pub struct ExportReader {
    inner: Box<dyn Read + Send>,
    tail: Vec<u8>,
}

impl std::fmt::Debug for ExportReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportReader").finish_non_exhaustive()
    }
}

/// The engine failed during the export.
#[derive(Debug, thiserror::Error)]
#[error("the engine stopped in the middle of the export: {0}; {next}", next = next_step(.0))]
struct Stopped(String);

/// The connection ended during the export.
#[derive(Debug, thiserror::Error)]
#[error("the connection ended in the middle of the export: {0}; check that the engine runs, and try again")]
struct Lost(io::Error);

impl ExportReader {
    /// Reads the body of an answer.
    #[must_use]
    pub fn new(inner: Box<dyn Read + Send>) -> Self {
        Self { inner, tail: Vec::new() }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if bytes.len() >= TAIL {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - TAIL..]);
            return;
        }
        let excess = (self.tail.len() + bytes.len()).saturating_sub(TAIL);
        self.tail.drain(..excess);
        self.tail.extend_from_slice(bytes);
    }

    /// The engine's error at the end of the stream. A tar ends in zeros.
    fn error(&self) -> Option<Stopped> {
        let text = self.tail.trim_ascii_end();
        if !text.ends_with(b"}") {
            return None;
        }
        let at = text.windows(MARK.len()).rposition(|window| window == MARK)?;
        let line: Value = serde_json::from_slice(&text[at..]).ok()?;
        let message = line.pointer("/errorDetail/message").or_else(|| line.get("error")).and_then(Value::as_str);
        Some(Stopped(message.unwrap_or("it does not say why").to_owned()))
    }
}

impl Read for ExportReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, Lost(error)),
        })?;
        if count == 0 && !buffer.is_empty() {
            return match self.error() {
                Some(stopped) => Err(io::Error::other(stopped)),
                None => Ok(0),
            };
        }
        self.keep(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>) -> Result<usize, String> {
        let mut all = Vec::new();
        ExportReader::new(Box::new(io::Cursor::new(bytes))).read_to_end(&mut all).map_err(|error| error.to_string())
    }

    #[test]
    fn an_error_at_the_end_of_the_stream_is_an_error_and_what_looks_like_one_elsewhere_is_not() {
        let line = b"{\"errorDetail\":{\"message\":\"no space left on device\"},\"error\":\"x\"}\r\n";
        for before in [0, 1, 512, TAIL, 100_000] {
            let failed = read([&vec![7; before][..], line].concat()).expect_err("stopped");
            assert!(failed.contains("no space left on device; free some space"), "{failed}");
        }
        assert_eq!(read([&line[..], &[0; 1024]].concat()), Ok(line.len() + 1024), "a file that contains such a line");
        assert_eq!(read(b"{}".to_vec()), Ok(2));
        assert_eq!(read(Vec::new()), Ok(0));
    }
}
