//! What the types of image-spec and of Docker take, field by field. Engines refuse a document that differs; here it is
//! read as far as it goes, and every difference is reported.

use std::fmt::Write;

use serde_json::Value;

use super::json::Walk;

/// The limit on differences that are reported one by one.
const REPORTED_MOST: usize = 20;

/// The type of a field. Null is always accepted, for "absent".
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Any,
    Text,
    /// A text as RFC 3339 writes a time.
    Time,
    Integer,
    /// An integer that is not negative.
    Size,
    Boolean,
    /// A list of texts, or a lone one.
    Words,
    List(&'static Type),
    /// An object whose values are all of one type.
    Map(&'static Type),
    Object(&'static [(&'static str, Type)]),
}

use Type::{Any, Boolean, Integer, List, Map, Object, Size, Text, Time, Words};

const PLATFORM: Type = Object(&[
    ("architecture", Text),
    ("os", Text),
    ("os.version", Text),
    ("os.features", List(&Text)),
    ("variant", Text),
]);

const DESCRIPTOR: Type = Object(&[
    ("mediaType", Text),
    ("digest", Text),
    ("size", Size),
    ("urls", List(&Text)),
    ("annotations", Map(&Text)),
    ("data", Text),
    ("platform", PLATFORM),
    ("artifactType", Text),
]);

/// image-spec `image-index.md`.
pub(super) const INDEX: Type = Object(&[
    ("schemaVersion", Integer),
    ("mediaType", Text),
    ("artifactType", Text),
    ("manifests", List(&DESCRIPTOR)),
    ("subject", DESCRIPTOR),
    ("annotations", Map(&Text)),
]);

/// image-spec `manifest.md`.
pub(super) const MANIFEST: Type = Object(&[
    ("schemaVersion", Integer),
    ("mediaType", Text),
    ("artifactType", Text),
    ("config", DESCRIPTOR),
    ("layers", List(&DESCRIPTOR)),
    ("subject", DESCRIPTOR),
    ("annotations", Map(&Text)),
]);

/// An item of `manifest.json` in an archive of `docker save`.
pub(super) const ITEM: Type =
    Object(&[("Config", Text), ("RepoTags", List(&Text)), ("Layers", List(&Text)), ("LayerSources", Map(&DESCRIPTOR))]);

/// `repositories`: repository, tag, identifier.
pub(super) const REPOSITORIES: Type = Map(&Map(&Text));

const HEALTHCHECK: Type = Object(&[
    ("Test", Words),
    ("Interval", Integer),
    ("Timeout", Integer),
    ("StartPeriod", Integer),
    ("Retries", Integer),
]);

const RUNTIME: Type = Object(&[
    ("User", Text),
    ("Entrypoint", Words),
    ("Cmd", Words),
    ("Env", List(&Text)),
    ("WorkingDir", Text),
    ("ExposedPorts", Map(&Any)),
    ("Volumes", Map(&Any)),
    ("Labels", Map(&Text)),
    ("StopSignal", Text),
    ("Healthcheck", HEALTHCHECK),
    ("OnBuild", List(&Text)),
    ("Shell", Words),
]);

const STEP: Type =
    Object(&[("created", Time), ("created_by", Text), ("author", Text), ("comment", Text), ("empty_layer", Boolean)]);

/// image-spec `config.md`. What a diff ID is not is reported with its layer.
pub(super) const CONFIGURATION: Type = Object(&[
    ("created", Time),
    ("author", Text),
    ("architecture", Text),
    ("os", Text),
    ("os.version", Text),
    ("os.features", List(&Text)),
    ("variant", Text),
    ("config", RUNTIME),
    ("rootfs", Object(&[("type", Text), ("diff_ids", List(&Any))])),
    ("history", List(&STEP)),
]);

/// The `json` of a layer in Docker's first format.
pub(super) const LAYER_JSON: Type = Object(&[
    ("id", Text),
    ("parent", Text),
    ("created", Time),
    ("author", Text),
    ("comment", Text),
    ("architecture", Text),
    ("os", Text),
    ("config", RUNTIME),
    ("container_config", RUNTIME),
]);

/// How a value differs from a type, as sentences without a subject: "`config.Env` is a string, …".
pub(super) fn differences(value: &Value, wanted: &Type) -> Vec<String> {
    let mut found = SchemaDifferences { reported: Vec::new(), more: 0, place: String::new() };
    found.check(value, wanted);
    let SchemaDifferences { mut reported, more, .. } = found;
    if more > 0 {
        reported.push(format!("{more} more values have another type than expected"));
    }
    reported
}

struct SchemaDifferences {
    reported: Vec<String>,
    more: usize,
    /// The path to the value.
    place: String,
}

impl SchemaDifferences {
    fn check(&mut self, value: &Value, wanted: &Type) {
        match (wanted, value) {
            (Any, _) | (_, Value::Null) | (Text | Words, Value::String(_)) | (Boolean, Value::Bool(_)) => {}
            (Time, Value::String(text)) if text.is_empty() || is_time(text) => {}
            (Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Size, Value::Number(number)) if number.is_u64() => {}
            (Words, Value::Array(items)) => items.iter().enumerate().for_each(|(at, item)| self.item(at, item, &Text)),
            (List(of), Value::Array(items)) => items.iter().enumerate().for_each(|(at, item)| self.item(at, item, of)),
            (Map(of), Value::Object(fields)) => fields.iter().for_each(|(key, value)| self.field(key, value, of)),
            (Object(fields), Value::Object(_)) => {
                for (key, wanted) in *fields {
                    self.field(key, value.field(key), wanted);
                }
            }
            _ => self.report(value, wanted),
        }
    }

    fn item(&mut self, at: usize, value: &Value, wanted: &Type) {
        let len = self.place.len();
        // Built for every item, so only where there can be something to say.
        if !matches!((wanted, value), (Text, Value::String(_)) | (Any, _)) {
            let _ = write!(self.place, "[{at}]");
            self.check(value, wanted);
            self.place.truncate(len);
        }
    }

    fn field(&mut self, key: &str, value: &Value, wanted: &Type) {
        if !matches!((wanted, value), (_, Value::Null) | (Text, Value::String(_)) | (Any, _)) {
            let len = self.place.len();
            if len > 0 {
                self.place.push('.');
            }
            // A key may be as long as a document.
            self.place.extend(key.chars().take(80).flat_map(char::escape_debug));
            self.check(value, wanted);
            self.place.truncate(len);
        }
    }

    fn report(&mut self, value: &Value, wanted: &Type) {
        if self.reported.len() >= REPORTED_MOST {
            self.more += 1;
            return;
        }
        let place = if self.place.is_empty() { "the document".to_owned() } else { format!("`{}`", self.place) };
        self.reported.push(format!("{place} is {}, but {} is expected", type_name(value), expected(wanted)));
    }
}

/// The type of a value; the value itself may be a secret that landed in the wrong field.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn expected(wanted: &Type) -> &'static str {
    match wanted {
        Any => "anything",
        Text => "a string",
        Time => "a time as in RFC 3339",
        Integer => "an integer",
        Size => "a size in bytes",
        Boolean => "a boolean",
        Words | List(Text) => "an array of strings",
        List(_) => "an array",
        Map(_) | Object(_) => "an object",
    }
}

/// Whether a text is a time as Go reads it: `2006-01-02T15:04:05`, any fraction, and `Z` or an offset.
fn is_time(text: &str) -> bool {
    let (Some(moment), Some(rest)) = (text.get(..19), text.get(19..)) else { return false };
    let number = |from: usize, to: usize| moment.get(from..to).and_then(|part| digits(part.as_bytes()));
    let signs = moment.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else { return false };
    let (Some(hour), Some(minute), Some(second)) = (number(11, 13), number(14, 16), number(17, 19)) else {
        return false;
    };
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let zone = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let is_zone = match zone.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => {
            digits(&[*a, *b]).is_some_and(|hours| hours <= 24) && digits(&[*c, *d]).is_some_and(|minutes| minutes < 60)
        }
        _ => false,
    };
    signs && (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60 && is_zone
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_of_another_type_is_reported_with_both_types() {
        for (wanted, value, said) in [
            (ITEM, json!({"RepoTags": "a:1"}), "`RepoTags` is a string, but an array of strings is expected"),
            (ITEM, json!({"layers": 1}), "`Layers` is a number, but an array of strings is expected"),
            (ITEM, json!("x"), "the document is a string, but an object is expected"),
            (
                MANIFEST,
                json!({"layers": [{"size": "1"}]}),
                "`layers[0].size` is a string, but a size in bytes is expected",
            ),
            (MANIFEST, json!({"config": {"size": -1}}), "`config.size` is a number, but a size in bytes is expected"),
            (
                INDEX,
                json!({"manifests": [{"platform": []}]}),
                "`manifests[0].platform` is an array, but an object is expected",
            ),
            (
                CONFIGURATION,
                json!({"config": {"Cmd": 1}}),
                "`config.Cmd` is a number, but an array of strings is expected",
            ),
            (
                CONFIGURATION,
                json!({"config": {"Env": ["A=1", 2]}}),
                "`config.Env[1]` is a number, but a string is expected",
            ),
            (
                CONFIGURATION,
                json!({"config": {"Labels": {"a": true}}}),
                "`config.Labels.a` is a boolean, but a string is expected",
            ),
            (CONFIGURATION, json!({"history": {}}), "`history` is an object, but an array is expected"),
            (
                CONFIGURATION,
                json!({"history": [{"empty_layer": "yes"}]}),
                "`history[0].empty_layer` is a string, but a boolean is expected",
            ),
            (CONFIGURATION, json!({"created": 1}), "`created` is a number, but a time as in RFC 3339 is expected"),
            (LAYER_JSON, json!({"parent": null, "id": 7}), "`id` is a number, but a string is expected"),
            (REPOSITORIES, json!({"a": {"1": []}}), "`a.1` is an array, but a string is expected"),
        ] {
            assert_eq!(differences(&value, &wanted), [said]);
        }
    }

    #[test]
    fn what_engines_take_is_no_difference() {
        let config = json!({"created": "2024-01-02T03:04:05.123+01:00", "Architecture": "amd64", "config": {"Cmd": "sh",
            "Env": null, "ExposedPorts": {"80/tcp": {}}, "Healthcheck": {"Interval": 30_000_000_000_u64}},
            "history": [{"created": "0001-01-01T00:00:00Z", "empty_layer": true}], "other": [1]});
        assert!(differences(&config, &CONFIGURATION).is_empty());
    }

    #[test]
    fn differences_are_counted_where_there_are_too_many() {
        let found = differences(&json!(vec![1; 1000]), &List(&Text));
        assert_eq!((found.len(), found[20].as_str()), (21, "980 more values have another type than expected"));
    }

    #[test]
    fn times_are_those_of_rfc_3339() {
        for text in ["2024-02-29T23:59:59Z", "0001-01-01T00:00:00Z", "2024-01-02T03:04:05.123456789-07:00"] {
            assert!(is_time(text), "{text}");
        }
        for text in
            ["yesterday", "2024-01-02 03:04:05Z", "2023-02-29T00:00:00Z", "2024-01-02T03:04:05", "2024-01-02T24:00:00Z"]
        {
            assert!(!is_time(text), "{text}");
        }
    }
}
