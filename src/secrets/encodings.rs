//! Encodings of a known secret: base64 at any offset, percent-encoding, hexadecimal digits, and escapes of JSON, shells,
//! SQL and HTML.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter values occur by chance in base64 and hexadecimal.
const LEAST: usize = 6;

/// Shorter values can be other words in lower or upper case.
const LEAST_OF_CASES: usize = 8;

/// An encoding of a value.
pub(super) struct Encoded {
    pub(super) text: String,
    /// It looks random, so it does not occur by chance.
    pub(super) is_random: bool,
}

/// All encodings that differ from the value.
pub(super) fn encoded(value: &str) -> Vec<Encoded> {
    let mut all: Vec<Encoded> = Vec::new();
    let mut add = |text: String, is_random: bool| {
        if !text.is_empty() && text != value && all.iter().all(|one| one.text != text) {
            all.push(Encoded { text, is_random });
        }
    };
    if value.len() >= LEAST_OF_CASES {
        // Names of images, platforms and digests are lower case, constants are upper case.
        add(value.to_lowercase(), false);
        add(value.to_uppercase(), false);
    }
    if value.len() >= LEAST {
        for before in 0..3 {
            for text in base64(value.as_bytes(), before) {
                add(text, true);
            }
        }
        let hex = |digits: fn(&mut String, u8)| {
            value.bytes().fold(String::with_capacity(2 * value.len()), |mut text, byte| {
                digits(&mut text, byte);
                text
            })
        };
        add(hex(|text, byte| push(text, format_args!("{byte:02x}"))), true);
        add(hex(|text, byte| push(text, format_args!("{byte:02X}"))), true);
        add(hex(|text, byte| push(text, format_args!("%{byte:02X}"))), true);
        add(hex(|text, byte| push(text, format_args!("\\x{byte:02x}"))), true);
    }
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    for kept in [&b""[..], b"!*'()", b"!*'();:@&=+$,/?#", b"!$&'()*+,;=:"] {
        let upper = percent(value, |byte| is_unreserved(byte) || kept.contains(&byte));
        add(upper.replace("%20", "+"), false);
        add(lower_digits(&upper), false);
        add(upper, false);
    }
    let json = json(value);
    let escaped = value.chars().fold(String::new(), |mut text, letter| {
        match letter {
            '<' | '>' | '&' => push(&mut text, format_args!("\\u{:04x}", u32::from(letter))),
            _ => text.push(letter),
        }
        text
    });
    add(json.replace('/', "\\/"), false);
    add(self::json(&json), false);
    add(json, false);
    add(escaped, false);
    let backslash = |of: &str| {
        value.chars().fold(String::new(), |mut text, letter| {
            text.extend(of.contains(letter).then_some('\\'));
            text.push(letter);
            text
        })
    };
    add(backslash("\"$`\\"), false);
    add(backslash(" \"'$`\\&|;<>()*?[]#~!{}"), false);
    add(backslash("'\\"), false);
    add(value.replace('\'', "'\\''"), false);
    add(value.replace('\'', "''"), false);
    add(value.replace('$', "$$"), false);
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    add(html.replace('"', "&quot;").replace('\'', "&#39;"), false);
    add(html.replace('"', "&#34;").replace('\'', "&#x27;"), false);
    add(html, false);
    all
}

/// Appends to a string, which never fails.
fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

/// The base64 characters that depend only on the value, if this many bytes come before it.
fn base64(value: &[u8], before: usize) -> Vec<String> {
    let bytes: Vec<u8> = [0_u8, 0].iter().take(before).chain(value).copied().collect();
    // The first characters contain bits of what comes before, the last ones bits of what follows.
    let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let core = |text: String| text.get(from..to).unwrap_or_default().to_owned();
    vec![core(STANDARD_NO_PAD.encode(&bytes)), core(URL_SAFE_NO_PAD.encode(&bytes))]
}

fn percent(value: &str, is_kept: impl Fn(u8) -> bool) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if is_kept(byte) {
            text.push(char::from(byte));
        } else {
            push(&mut text, format_args!("%{byte:02X}"));
        }
        text
    })
}

/// The text with the digits after each percent sign in lower case.
fn lower_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = 0;
    for letter in text.chars() {
        if letter == '%' {
            digits = 2;
            out.push(letter);
        } else if digits > 0 {
            digits -= 1;
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

/// The value escaped as a JSON string, without the quotes.
fn json(value: &str) -> String {
    let text = serde_json::Value::from(value).to_string();
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn base64_is_found_wherever_the_value_begins_and_whatever_follows() {
        let value = "Kd82hf/Ls0?qPz~9";
        let all = encoded(value);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = STANDARD.encode(format!("{before}{value}{after}"));
                let found = all.iter().find(|one| text.contains(&one.text)).expect("one of them");
                assert!(found.text.len() * 6 / 8 + 2 >= value.len(), "all but the ends");
            }
        }
    }

    #[test]
    fn escapes_are_encodings() {
        let has = |value: &str, text: &str| encoded(value).iter().any(|one| one.text == text);
        for text in
            ["a%20b%27c%2Fd%3C", "a%20b%27c%2fd%3c", "a+b%27c%2Fd%3C", "a b'c\\/d<", "a b'\\''c/d<", "a b&#39;c/d&lt;"]
        {
            assert!(has("a b'c/d<", text), "{text}");
        }
        assert!(has("a\"b\\c", "a\\\"b\\\\c") && has("a\"b", "a\\\\\\\"b"));
        assert!(has("secret", "736563726574"));
        assert!(encoded("plain").is_empty());
    }
}
