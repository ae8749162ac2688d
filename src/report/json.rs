//! The rules for all JSON: `"schema_version": 1`, bytes as integers, fractions that are not numbers as null, empty
//! lists rather than null, fields in a fixed order.
//!
//! Strings keep their values, but every character that could control a terminal is written as `\u…`, so that JSON is
//! safe to look at. A path that is not UTF-8 is shown escaped, with the bytes next to it in base64.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::format::{is_unsafe, safe};

/// The version of every document.
pub(super) const SCHEMA: u32 = 1;

/// Writes a document over several lines.
pub(super) fn document(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, EscapingFormatter(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Writes a record without a newline.
pub(super) fn record(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(&mut *out, EscapingFormatter(CompactFormatter)))?)
}

/// Writes a record on its own line.
pub(super) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    record(out, value)?;
    out.write_all(b"\n")
}

/// Bytes of an image as text, and as base64 where they are not UTF-8.
pub(super) fn text(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(_) => (Cow::Owned(safe(bytes)), Some(base64(bytes))),
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A formatter that escapes everything that controls a terminal.
struct EscapingFormatter<F>(F);

macro_rules! pass_on {
    ($($name:ident $(($argument:ident: $type:ty))?),+ $(,)?) => {$(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $type)?) -> io::Result<()> {
            self.0.$name(out $(, $argument)?)
        }
    )+};
}

impl<F: Formatter> Formatter for EscapingFormatter<F> {
    pass_on!(
        begin_array,
        end_array,
        begin_array_value(first: bool),
        end_array_value,
        begin_object,
        end_object,
        begin_object_key(first: bool),
        end_object_key,
        begin_object_value,
        end_object_value,
    );

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        let mut last = '\0';
        // `##[` and similar prefixes are commands to build servers, anywhere in a line.
        let steers = |&(_, letter): &(usize, char)| {
            let before = std::mem::replace(&mut last, letter);
            is_unsafe(letter) || (letter, before) == ('#', '#')
        };
        for (at, letter) in fragment.char_indices().filter(steers) {
            out.write_all(&fragment.as_bytes()[from..at])?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            from = at + letter.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_still_the_same_text() {
        let hostile = "a\u{9b}31m\x7f\x1b[0m \u{202e}gpj\u{e0041} ü名 \"\n";
        let mut out = Vec::new();
        line(&mut out, &hostile).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "\"a\\u009b31m\\u007f\\u001b[0m \\u202egpj\\udb40\\udc41 ü名 \\\"\\n\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), hostile);
    }

    #[test]
    fn what_steers_a_build_server_is_escaped_and_still_the_same_text() {
        let mut out = Vec::new();
        line(&mut out, &"###[add-mask]x #1").expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "\"#\\u0023\\u0023[add-mask]x #1\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), "###[add-mask]x #1");
    }

    #[test]
    fn bytes_that_are_no_text_come_twice() {
        assert_eq!(text(b"caf\xe9"), (Cow::Owned("caf\\xe9".to_owned()), Some("Y2Fm6Q==".to_owned())));
        assert_eq!(text("né".as_bytes()), (Cow::Borrowed("né"), None));
    }

    #[test]
    fn what_is_no_number_is_null() {
        let mut out = Vec::new();
        line(&mut out, &[f64::NAN, f64::INFINITY, 0.5]).expect("memory");
        assert_eq!(out, b"[null,null,0.5]\n");
    }
}
