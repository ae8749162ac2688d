//! JSON as Go reads it: keys in any case, null for an empty list, numbers in place of text, a byte order mark, bytes
//! that are not UTF-8, halves of surrogate pairs, and trailing data.
//!
//! So documents are walked as values, and what is not as expected counts as absent; [`super::schema`] reports it.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The limit on values of one document, up to 300 bytes each in memory. An index of ten thousand manifests has a third
/// as many; 20 MB of zeros have twenty times as many.
pub(super) const VALUES_MOST: usize = 500_000;

/// The first value of a document, and whether it was changed.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    /// There were more than [`VALUES_MOST`] values, and the later ones were left out.
    pub(super) left_out: bool,
    /// Invalid Unicode was replaced by U+FFFD, as Go does.
    pub(super) replaced: bool,
}

/// Parses the first value of a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    read(bytes).map(|read| read.value)
}

/// Reads the first value of a document; an error is a verb phrase.
pub(super) fn read(bytes: &[u8]) -> Result<Read, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (text, mut replaced) = match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => (Cow::Borrowed(text), false),
        Cow::Owned(text) => (Cow::Owned(text), true),
    };
    let text = without_lone_surrogates(text, &mut replaced);
    if text.trim_ascii_start().is_empty() {
        return Err("is empty".to_owned());
    }
    let (left, left_out) = (Cell::new(VALUES_MOST), Cell::new(false));
    let seed = BoundedValue { left: &left, left_out: &left_out };
    match seed.deserialize(&mut serde_json::Deserializer::from_str(&text)) {
        Ok(value) => Ok(Read { value, left_out: left_out.get(), replaced }),
        Err(error) => Err(format!("is not valid JSON ({error})")),
    }
}

/// Replaces escapes of half a surrogate pair, which serde refuses and Go reads as U+FFFD. The length stays the same.
fn without_lone_surrogates<'a>(text: Cow<'a, str>, replaced: &mut bool) -> Cow<'a, str> {
    let bytes = text.as_bytes();
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut lone = Vec::new();
    let mut at = 0;
    // In JSON, a backslash is never anything but the beginning of an escape.
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
        at += next;
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                lone.push(at);
                at += 6;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    if lone.is_empty() {
        return text;
    }
    *replaced = true;
    let mut text = text.into_owned();
    for at in lone {
        text.replace_range(at..at + 6, "\\ufffd");
    }
    Cow::Owned(text)
}

/// Builds a value as long as there is room; the rest is skipped.
#[derive(Clone, Copy)]
struct BoundedValue<'a> {
    left: &'a Cell<usize>,
    left_out: &'a Cell<bool>,
}

impl BoundedValue<'_> {
    /// Takes room for one value, if there is some.
    fn has_room(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for BoundedValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for BoundedValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while self.has_room() {
            match items.next_element_seed(self)? {
                Some(item) => list.push(item),
                None => return Ok(list.into()),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            self.left_out.set(true);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while self.has_room() {
            let Some(key) = fields.next_key::<String>()? else { return Ok(object.into()) };
            object.insert(key, fields.next_value_seed(self)?);
        }
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            self.left_out.set(true);
        }
        Ok(object.into())
    }
}

/// Queries on a value that never fail.
pub(super) trait Walk {
    /// The value of a key, in any case; null if there is none.
    fn field(&self, key: &str) -> &Value;
    /// The items of a list; empty if it is not one.
    fn items(&self) -> &[Value];
    /// The text of a key; empty if there is none.
    fn text(&self, key: &str) -> &str;
    /// The texts in a key's list.
    fn texts(&self, key: &str) -> Vec<String>;
    /// The same, where a lone text is a list of one.
    fn words(&self, key: &str) -> Vec<String>;
    /// The size in bytes of a key, if it has one.
    fn size(&self, key: &str) -> Option<u64>;
}

impl Walk for Value {
    fn field(&self, key: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        let Some(object) = self.as_object() else { return NULL };
        object
            .get(key)
            .or_else(|| object.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
            .unwrap_or(NULL)
    }

    fn items(&self) -> &[Value] {
        self.as_array().map_or(&[], Vec::as_slice)
    }

    fn text(&self, key: &str) -> &str {
        self.field(key).as_str().unwrap_or_default()
    }

    fn texts(&self, key: &str) -> Vec<String> {
        self.field(key).items().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn words(&self, key: &str) -> Vec<String> {
        match self.field(key) {
            Value::String(word) => vec![word.clone()],
            _ => self.texts(key),
        }
    }

    fn size(&self, key: &str) -> Option<u64> {
        self.field(key).as_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_go_reads_them() {
        let value =
            parse(b"\xef\xbb\xbf[{\"repoTags\": null, \"LAYERS\": [\"a\", 1, \"\xff\"]}] trailing").expect("read");
        let item = &value.items()[0];
        assert_eq!(item.texts("Layers"), ["a", "\u{fffd}"]);
        assert!(item.texts("RepoTags").is_empty());
        assert_eq!((item.text("absent"), item.size("Layers")), ("", None));
    }

    #[test]
    fn nesting_beyond_reason_is_an_error_and_no_crash() {
        assert!(parse("[".repeat(1 << 20).as_bytes()).is_err());
        assert_eq!(parse(b" "), Err("is empty".to_owned()));
    }

    #[test]
    fn half_a_surrogate_pair_costs_one_character_and_not_the_document() {
        let escaped = |text: &str| read(format!("{{\"a\": \"{text}\", \"b\": 1}}").as_bytes()).expect("read");
        for (written, is) in [
            ("\\ud800", "\u{fffd}"),
            ("\\udc00x", "\u{fffd}x"),
            ("\\ud800\\u0041", "\u{fffd}A"),
            ("\\ud800\\ud83d\\ude00", "\u{fffd}\u{1f600}"),
        ] {
            let found = escaped(written);
            assert_eq!((found.value.text("a"), found.replaced), (is, true), "{written}");
        }
        for (written, is) in [("\\ud83d\\ude00", "\u{1f600}"), ("\\\\ud800", "\\ud800"), ("\\u0041", "A")] {
            let found = escaped(written);
            assert_eq!((found.value.text("a"), found.replaced), (is, false), "{written}");
        }
    }

    #[test]
    fn a_document_of_millions_of_values_is_kept_in_part() {
        fn count(value: &Value) -> usize {
            1 + match value {
                Value::Array(items) => items.iter().map(count).sum(),
                Value::Object(fields) => fields.values().map(count).sum(),
                _ => 0,
            }
        }
        let many = VALUES_MOST * 2;
        let keys: Vec<String> = (0..many).map(|at| format!("\"{at}\":0")).collect();
        for document in [
            format!("[{}0]", "0,".repeat(many)),
            format!("[{}0]", "{},".repeat(many)),
            format!("[{}0]", "{\"a\":[]},".repeat(many)),
            format!("{{{}}}", keys.join(",")),
        ] {
            let read = read(document.as_bytes()).expect("read");
            assert!(read.left_out && count(&read.value) <= VALUES_MOST + 1);
        }
        assert!(!read(format!("[{}0]", "0,".repeat(1000)).as_bytes()).expect("read").left_out);
    }
}
