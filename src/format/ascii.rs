//! What stands for a character where only ASCII can be shown: on a screen in ASCII, and in text in a locale without UTF-8.

use std::io::{self, Write};

/// The characters that this program draws and writes, and what stands for each: one character, so that columns stay
/// aligned.
const FORMS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "="),
    ("│┃", "|"),
    ("┌┐└┘┏┓┗┛", "+"),
    ("█▉▊▋▌▍▎▏▇", "#"),
    // Not a dot: on the map, dots fill another kind of box.
    ("░", ":"),
    ("·", "."),
    ("▾↓", "v"),
    ("▸▶→≥", ">"),
    ("↑", "^"),
    ("◀←", "<"),
    ("•", "o"),
    ("–−", "-"),
    ("±", "="),
    ("×", "x"),
    ("…≈", "~"),
    ("“”", "\""),
];

/// The ASCII form of a character that this program draws or writes.
#[must_use]
pub fn ascii_form(letter: char) -> Option<&'static str> {
    FORMS.iter().find(|(drawn, _)| drawn.contains(letter)).map(|(_, form)| *form)
}

/// Passes text on in ASCII: the program's own characters in their ASCII form, all others, which are from names, escaped
/// like what is not safe to show.
pub struct AsciiWriter<W: Write> {
    inner: W,
    /// The beginning of a character whose end is in the next piece.
    held: Vec<u8>,
}

impl<W: Write> AsciiWriter<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, held: Vec::new() }
    }

    /// Writes what is held back, and flushes.
    ///
    /// # Errors
    /// Those of `inner`.
    pub fn finish(mut self) -> io::Result<()> {
        for byte in std::mem::take(&mut self.held) {
            write!(self.inner, "\\x{byte:02x}")?;
        }
        self.inner.flush()
    }

    fn convert(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for letter in chunk.valid().chars() {
                match ascii_form(letter) {
                    _ if letter.is_ascii() => write!(self.inner, "{letter}")?,
                    Some(form) => self.inner.write_all(form.as_bytes())?,
                    None => write!(self.inner, "{}", letter.escape_unicode())?,
                }
            }
            let is_cut = std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
            if is_cut && chunks.peek().is_none() {
                self.held = chunk.invalid().to_vec();
            } else {
                for byte in chunk.invalid() {
                    write!(self.inner, "\\x{byte:02x}")?;
                }
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for AsciiWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.is_empty() && bytes.is_ascii() {
            self.inner.write_all(bytes)?;
        } else {
            let all = [std::mem::take(&mut self.held).as_slice(), bytes].concat();
            self.convert(&all)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The same for one text.
#[must_use]
pub fn to_ascii(text: &str) -> String {
    let mut ascii = Vec::new();
    let mut writer = AsciiWriter::new(&mut ascii);
    let written = writer.write_all(text.as_bytes()).and_then(|()| writer.finish());
    debug_assert!(written.is_ok(), "memory takes everything");
    String::from_utf8(ascii).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(pieces: &[&[u8]]) -> String {
        let mut text = Vec::new();
        let mut writer = AsciiWriter::new(&mut text);
        for piece in pieces {
            writer.write_all(piece).expect("memory");
        }
        writer.finish().expect("memory");
        String::from_utf8(text).expect("ASCII")
    }

    #[test]
    fn a_form_has_the_width_of_what_it_stands_for_and_no_character_has_two() {
        let drawn: Vec<char> = FORMS.iter().flat_map(|(drawn, _)| drawn.chars()).collect();
        assert!(FORMS.iter().all(|(_, form)| form.len() == 1 && form.is_ascii()));
        assert!(drawn.iter().all(|letter| drawn.iter().filter(|other| *other == letter).count() == 1));
    }

    #[test]
    fn own_characters_are_replaced_and_others_escaped() {
        assert_eq!(written(&["13 layers · 60 MB → a…\n".as_bytes()]), "13 layers . 60 MB > a~\n");
        assert_eq!(written(&["naïve 名\\x1b".as_bytes()]), "na\\u{ef}ve \\u{540d}\\x1b");
        assert_eq!(written(&[b"a\xc2", b"\xb7b"]), "a.b", "in two pieces");
        assert_eq!(written(&[b"a\xc2b\xc2"]), "a\\xc2b\\xc2");
    }

    proptest! {
        #[test]
        fn everything_is_ascii_however_it_is_cut(bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0_usize..60) {
            let (first, second) = bytes.split_at(at.min(bytes.len()));
            let whole = written(&[&bytes]);
            prop_assert!(whole.is_ascii());
            prop_assert_eq!(written(&[first, second]), whole);
        }
    }
}
