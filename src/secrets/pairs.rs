//! Names with their values anywhere in a text, however it is written: `password: x`, `"password":"x"`, `Password=x;`,
//! `-Ddb.password=x`, `define('DB_PASSWORD', 'x')`, `PASSWORD 'x'`, `<password>x</password>`.

use std::ops::Range;

use super::data::{HEADERS, SQL};

/// No name is longer.
const NAME: usize = 128;
/// No value between tags is longer.
const ELEMENT: usize = 4096;
/// Blanks between a name, its sign and its value.
const BLANKS: usize = 8;

/// A name, its value, and how that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedValue<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// The quote around it, if there is one.
    pub(super) quote: Option<char>,
}

/// Where a value without quotes ends.
const ENDS: &[u8] = b" \t\r\n,;&|)]}\"'<>`";

/// All of them, in their order. Takes a bounded number of steps for every byte.
pub(super) fn pairs(text: &str) -> Vec<NamedValue<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut ends = ValueEnds::default();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'=' | b':' => found.extend(of_sign(text, at, &mut ends)),
            b',' => found.extend(of_define(text, at)),
            b'\'' => found.extend(of_sql(text, at)),
            b'>' => found.extend(of_element(text, at)),
            _ => {}
        }
        if byte == b'=' || byte == b':' {
            found.extend(line_of_sign(text, at));
        }
    }
    found
}

/// Where values without quotes end: of `a=a=a=…`, all at the same place, which is looked for once.
#[derive(Default)]
struct ValueEnds {
    looked_at: Range<usize>,
    /// Bytes that were looked at.
    steps: usize,
}

impl ValueEnds {
    fn after(&mut self, text: &str, begin: usize) -> usize {
        if !(self.looked_at.start..=self.looked_at.end).contains(&begin) || self.looked_at.is_empty() {
            let rest = text.as_bytes().get(begin..).unwrap_or_default();
            let len = rest.iter().position(|byte| ENDS.contains(byte)).unwrap_or(rest.len());
            self.looked_at = begin..begin + len;
            self.steps += len;
        }
        self.looked_at.end
    }
}

fn byte(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at).copied()
}

/// The name that ends before a place, and whether it has quotes.
fn name_before(text: &str, sign: usize) -> Option<(&str, bool, usize)> {
    let bytes = text.as_bytes();
    let mut end = sign;
    let least = end.saturating_sub(BLANKS);
    while end > least && matches!(bytes.get(end.wrapping_sub(1)), Some(b' ' | b'\t')) {
        end -= 1;
    }
    let mut is_quoted = false;
    if matches!(bytes.get(end.wrapping_sub(1)), Some(b'"' | b'\'')) {
        is_quoted = true;
        end -= 1;
        while end > least && bytes.get(end.wrapping_sub(1)) == Some(&b'\\') {
            end -= 1;
        }
    }
    let head = bytes.get(end.saturating_sub(NAME)..end)?;
    let len = head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
    let begin = end - len;
    // A value that a shell expands or a program prompts for is not set here.
    let is_asked = matches!(bytes.get(begin.wrapping_sub(1)), Some(b'$' | b'{'));
    let name = text.get(begin..end).filter(|name| !name.is_empty() && (!is_asked || is_quoted))?;
    Some((name, is_quoted, begin))
}

/// Where a value begins after a sign, past blanks.
fn value_begin(text: &str, after: usize) -> usize {
    let blanks = text.as_bytes().get(after..).unwrap_or_default();
    after + blanks.iter().take(BLANKS).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// A value in quotes, which may be escaped themselves: they end at the same quote.
fn quoted(text: &str, begin: usize) -> Option<(&str, char)> {
    let slashes = text.as_bytes().get(begin..)?.iter().take(BLANKS).take_while(|&&byte| byte == b'\\').count();
    let quote = byte(text, begin + slashes).filter(|byte| b"\"'".contains(byte))?;
    let open = text.get(begin..=begin + slashes)?;
    let inside = text.get(begin + slashes + 1..)?;
    let is_end =
        |(at, _): &(usize, &str)| slashes > 0 || quote == b'\'' || byte(inside, at.wrapping_sub(1)) != Some(b'\\');
    let (end, _) = inside.match_indices(open).find(is_end)?;
    Some((inside.get(..end)?, char::from(quote)))
}

fn of_sign<'a>(text: &'a str, sign: usize, ends: &mut ValueEnds) -> Option<NamedValue<'a>> {
    let (name, is_quoted, _) = name_before(text, sign)?;
    let is_colon = byte(text, sign) == Some(b':');
    let mut after = sign + 1;
    match byte(text, after)? {
        b'=' if !is_colon => return None,
        b'=' | b'>' if is_colon != (byte(text, after) == Some(b'>')) => after += 1,
        _ => {}
    }
    let begin = value_begin(text, after);
    let is_header = || HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name));
    if is_colon && begin == after && after == sign + 1 && !is_quoted && quoted(text, begin).is_none() && !is_header() {
        return None;
    }
    if let Some((value, quote)) = quoted(text, begin) {
        return Some(NamedValue { name, value, quote: Some(quote) });
    }
    let end = ends.after(text, begin);
    Some(NamedValue { name, value: text.get(begin..end)?, quote: None })
}

/// In a script or a file inside an instruction, a line that begins with a name has a value to its end.
fn line_of_sign(text: &str, sign: usize) -> Option<NamedValue<'_>> {
    let (name, _, begin) = name_before(text, sign)?;
    let before = text.get(begin.saturating_sub(NAME)..begin).unwrap_or_default();
    let line_before = before.rsplit_once('\n')?.1.trim_start_matches(['"', '\'', '-', ' ', '\t']);
    if !line_before.is_empty() && line_before != "export " && line_before != "set " {
        return None;
    }
    let begin = value_begin(text, sign + 1);
    let is_list = begin > sign + 1;
    let rest = text.get(begin..)?;
    let line = rest.split('\n').next().unwrap_or_default().trim_end();
    let has_quote = line.starts_with(['"', '\'', '=', '>']);
    let is_one = !has_quote && (is_list || !line.contains([' ', '\t']));
    is_one.then_some(NamedValue { name, value: line, quote: None })
}

/// `define('NAME', 'value')`, and the like of other languages.
fn of_define(text: &str, comma: usize) -> Option<NamedValue<'_>> {
    let (name, is_quoted, begin) = name_before(text, comma)?;
    let opened =
        text.get(begin.saturating_sub(NAME)..begin).unwrap_or_default().trim_end_matches(['"', '\'', '\\', ' ']);
    if !is_quoted || !(opened.ends_with("define(") || opened.ends_with("setenv(") || opened.ends_with("putenv(")) {
        return None;
    }
    let (value, quote) = quoted(text, value_begin(text, comma + 1))?;
    Some(NamedValue { name, value, quote: Some(quote) })
}

/// `<password>value</password>`.
fn of_element(text: &str, close: usize) -> Option<NamedValue<'_>> {
    let (name, is_quoted, begin) = name_before(text, close)?;
    if is_quoted || byte(text, begin.wrapping_sub(1)) != Some(b'<') {
        return None;
    }
    let rest = text.as_bytes().get(close + 1..)?;
    let len = rest.iter().take(ELEMENT).position(|&byte| byte == b'<')?;
    Some(NamedValue { name, value: text.get(close + 1..close + 1 + len)?, quote: None })
}

/// `PASSWORD 'value'`, `IDENTIFIED BY 'value'`.
fn of_sql(text: &str, quote: usize) -> Option<NamedValue<'_>> {
    let slashes = text.as_bytes().get(quote.saturating_sub(BLANKS)..quote)?.iter().rev();
    let begin = quote - slashes.take_while(|&&byte| byte == b'\\').count();
    let (name, is_quoted, _) = name_before(text, begin)?;
    let is_apart = matches!(byte(text, begin.wrapping_sub(1)), Some(b' ' | b'\t'));
    let is_one = SQL.iter().any(|word| word.eq_ignore_ascii_case(name));
    let (value, quote) = quoted(text, begin).filter(|_| is_apart && is_one && !is_quoted)?;
    // It is a secret for any word.
    let name = if name.eq_ignore_ascii_case("by") { "password" } else { name };
    Some(NamedValue { name, value, quote: Some(quote) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_however_it_is_written() {
        for (text, name, value) in [
            ("password: pw", "password", "pw"),
            ("password = pw;", "password", "pw"),
            ("echo '{\"password\":\"p w\"}'", "password", "p w"),
            ("\"{\\\"password\\\": \\\"p'w\\\"}\"", "password", "p'w"),
            ("Server=a;Password=pw;", "Password", "pw"),
            ("-Xmx1g -Ddb.password=pw -Dx=y", "-Ddb.password", "pw"),
            ("ALTER USER a PASSWORD 'p\"w'", "PASSWORD", "p\"w"),
            ("\"CREATE USER a IDENTIFIED BY \\'pw\\'\"", "password", "pw"),
            ("define( 'DB_PASSWORD', 'p,w' );", "DB_PASSWORD", "p,w"),
            ("'PASSWORD' => 'pw'", "PASSWORD", "pw"),
            ("echo '<password>p w</password>'", "password", "p w"),
            ("-H X-Api-Key:pw", "X-Api-Key", "pw"),
            ("a\n  password: two words\nb", "password", "two words"),
            ("a\nexport DB_PASSWORD=a;b&c", "DB_PASSWORD", "a;b&c"),
        ] {
            let found = pairs(text);
            let is = |pair: &&NamedValue<'_>| (pair.name, pair.value) == (name, value);
            assert!(found.iter().any(|pair| is(&pair)), "{text}: {found:?}");
        }
    }

    #[test]
    fn where_a_value_ends_is_looked_for_once_however_many_signs_are_before_it() {
        let text = "a=".repeat(10_000);
        let mut ends = ValueEnds::default();
        let found = (0..text.len()).filter(|at| at % 2 == 1).filter_map(|sign| of_sign(&text, sign, &mut ends));
        assert!(found.map(|pair| pair.value.len()).eq((1..10_000).rev().map(|rest| 2 * rest)));
        assert!(ends.steps <= text.len(), "{}", ends.steps);
    }

    #[test]
    fn what_is_compared_or_asked_for_has_no_value() {
        for text in ["[ \"$password\" == x ]", "${password:-x}", "chown token:token", "a::password::b", "$password=x"] {
            assert!(pairs(text).iter().all(|pair| !pair.name.contains("password") && pair.name != "token"), "{text}");
        }
    }
}
