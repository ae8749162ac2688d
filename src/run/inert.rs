//! Escapes lines that build servers interpret as commands (`::add-mask::x`, `##[error]x`, `##vso[…]`): text from an image
//! can be anywhere in the output.
//!
//! One character of what begins a command is escaped.

use std::io::{self, BufWriter, Write};

use memchr::memmem;

/// These are commands anywhere in a line; each begins with the same two characters.
const ANYWHERE: [&[u8]; 3] = [b"##[", b"##vso[", b"##teamcity["];
/// This is one at the beginning of a line, spaces aside.
const AT_START: &[u8] = b"::";

/// Bytes that are searched at once.
const PIECE: usize = 32 << 10;

/// How the characters that begin a command are escaped.
#[derive(Clone, Copy)]
pub(super) struct Escapes {
    colon: &'static [u8],
    hash: &'static [u8],
}

/// As in all text that is made safe.
pub(super) const TEXT: Escapes = Escapes { colon: b"\\x3a", hash: b"\\x23" };
/// As character references, which render as the same text.
pub(super) const MARKUP: Escapes = Escapes { colon: b"&#58;", hash: b"&#35;" };

/// Passes text on, without commands.
struct Inert<W: Write> {
    inner: W,
    escapes: Escapes,
    /// Whether there was nothing but spaces on this line.
    at_start: bool,
    /// What may be the beginning of a command, or is part of a letter at the start of a line.
    held: Vec<u8>,
}

/// Lets something write text in which no line is a command.
pub(super) fn inert(
    out: &mut dyn Write,
    escapes: Escapes,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // Whole lines are searched at once, so they come in large pieces.
    let mut out = BufWriter::with_capacity(PIECE, Inert::new(out, escapes));
    write(&mut out)?;
    out.flush()
}

impl<W: Write> Inert<W> {
    fn new(inner: W, escapes: Escapes) -> Self {
        Self { inner, escapes, at_start: true, held: Vec::new() }
    }

    /// Takes one more byte after those held back.
    fn feed(&mut self, byte: u8) -> io::Result<()> {
        self.held.push(byte);
        while !self.held.is_empty() {
            if self.at_start && self.held == AT_START {
                self.inner.write_all(self.escapes.colon)?;
                self.inner.write_all(b":")?;
                (self.at_start, self.held) = (false, Vec::new());
                break;
            }
            if ANYWHERE.contains(&self.held.as_slice()) {
                self.inner.write_all(b"#")?;
                self.inner.write_all(self.escapes.hash)?;
                self.inner.write_all(&self.held[2..])?;
                (self.at_start, self.held) = (false, Vec::new());
                break;
            }
            let may_become = |command: &[u8]| command.starts_with(&self.held);
            if self.at_start && may_become(AT_START) || ANYWHERE.into_iter().any(may_become) {
                break;
            }
            let letter = match std::str::from_utf8(&self.held) {
                Ok(text) => text.chars().next(),
                Err(error) if error.valid_up_to() > 0 => self.held.first().map(|&byte| char::from(byte)),
                // A letter that is not all there yet may turn out to be a space.
                Err(error) if self.at_start && error.error_len().is_none() => break,
                Err(_) => None,
            };
            self.at_start = match letter {
                Some('\n' | '\r') => true,
                Some(letter) => self.at_start && letter.is_whitespace(),
                None => false,
            };
            let len = letter.map_or(1, char::len_utf8);
            self.inner.write_all(&self.held[..len])?;
            self.held.drain(..len);
        }
        Ok(())
    }
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        // Hardly any text has one of the pairs that commands begin with.
        let lines = memchr::memrchr(b'\n', bytes).map_or(&[][..], |end| &bytes[..=end]);
        let has_pair = || [AT_START, b"##"].iter().any(|pair| memmem::find(lines, pair).is_some());
        if self.held.is_empty() && !lines.is_empty() && !has_pair() {
            self.inner.write_all(lines)?;
            self.at_start = true;
            rest = &bytes[lines.len()..];
        }
        while let Some(&first) = rest.first() {
            // Most of a line can neither begin a command nor end one, and most lines begin with a letter or are indented.
            let plain = match (self.held.is_empty(), self.at_start) {
                (false, _) => 0,
                (true, true) if first.is_ascii_alphanumeric() => {
                    self.at_start = false;
                    continue;
                }
                (true, true) => rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n')).count(),
                (true, false) => match memchr::memchr3(b'\n', b'\r', b'#', rest) {
                    Some(end) if rest[end] == b'\n' => {
                        self.at_start = true;
                        end + 1
                    }
                    end => end.unwrap_or(rest.len()),
                },
            };
            if plain > 0 {
                self.inner.write_all(&rest[..plain])?;
                rest = &rest[plain..];
            } else {
                self.feed(first)?;
                rest = &rest[1..];
            }
        }
        Ok(bytes.len())
    }

    /// Also passes on what is held back: nothing follows it.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.write_all(&std::mem::take(&mut self.held))?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inert(text: &str, piece: usize) -> String {
        let mut out = Vec::new();
        let mut inert = Inert::new(&mut out, TEXT);
        for bytes in text.as_bytes().chunks(piece) {
            inert.write_all(bytes).expect("memory");
        }
        inert.flush().expect("memory");
        drop(inert);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_line_is_no_command_to_a_build_server() {
        for (text, written) in [
            ("::warning::x\n", "\\x3a:warning::x\n"),
            ("a\n \t::error file=f::x\n", "a\n \t\\x3a:error file=f::x\n"),
            ("a\r::stop::\n", "a\r\\x3a:stop::\n"),
            ("\u{a0}\u{3000}::x", "\u{a0}\u{3000}\\x3a:x"),
            ("é ::x :: y\n:::", "é ::x :: y\n\\x3a::"),
            ("a ##[error]x ##vso[task]y ##teamcity[z]", "a #\\x23[error]x #\\x23vso[task]y #\\x23teamcity[z]"),
            ("###[x] ##[", "##\\x23[x] #\\x23["),
            ("## verdict\n#\n##\n##v ##vs\n:", "## verdict\n#\n##\n##v ##vs\n:"),
            ("名前 : a::b\n: :\n", "名前 : a::b\n: :\n"),
            (" #::x\n#\n::x", " #::x\n#\n\\x3a:x"),
        ] {
            for piece in [1, 2, 3, 1000] {
                assert_eq!(inert(text, piece), written, "{piece}");
            }
        }
    }
}
