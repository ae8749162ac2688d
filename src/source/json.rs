//! Documents as their readers in Go take them: keys in any case, null for an empty list, numbers where text belongs,
//! a byte order mark, bytes that are no UTF-8, and things behind the end.
//!
//! So they are walked as values, and what is not as expected counts as absent.

use serde_json::Value;

/// Reads the first value of a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    match serde_json::Deserializer::from_str(&text).into_iter::<Value>().next() {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(format!("is no JSON ({error})")),
        None => Err("is empty".to_owned()),
    }
}

/// Questions to a value that never fail.
pub(super) trait Walk {
    /// The value of a key, in any case; null where there is none.
    fn field(&self, key: &str) -> &Value;
    /// The items of a list; none where there is none.
    fn items(&self) -> &[Value];
    /// The text of a key; empty where there is none.
    fn text(&self, key: &str) -> &str;
    /// The texts of a key's list.
    fn texts(&self, key: &str) -> Vec<String>;
    /// A size in bytes, where the key has one.
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
}
