//! Text from an image, made safe to show: names, instructions, labels, link targets and everything that quotes them
//! come from strangers. There is no other way onto a screen.
//!
//! What moves a cursor, changes a colour, hides text or reverses its direction becomes a visible escape; the rest
//! stays.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The limit on combining marks on one character; no language needs more.
const MOST_MARKS: usize = 4;

/// A name or a path as one line of safe text: control and invisible characters become `\n`, `\x1b`, `\u{202e}`; bytes
/// that are not UTF-8 become `\xff`. A backslash in the name is doubled only where it would look like the beginning of
/// such an escape: `C:\Users` stays, `a\x1b` is `a\\x1b`, and no two names look alike.
#[must_use]
pub fn safe(bytes: &[u8]) -> String {
    escaped(bytes, true)
}

/// The content of a file, escaped in the same way, but with all backslashes as they are: files are full of them.
#[must_use]
pub fn safe_content(bytes: &[u8]) -> String {
    escaped(bytes, false)
}

/// The same for text.
#[must_use]
pub fn safe_str(text: &str) -> String {
    safe_content(text.as_bytes())
}

fn escaped(bytes: &[u8], is_name: bool) -> String {
    if let Some(text) = plain(bytes) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_safe(&mut text, chunk.valid(), is_name.then_some(!chunk.invalid().is_empty()));
        for byte in chunk.invalid() {
            push_byte(&mut text, *byte);
        }
    }
    text
}

/// The bytes as text, if there is nothing in them to escape: most names are printable ASCII. Without an early end, the
/// loop runs over many bytes at a time.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is an early end")]
fn plain(bytes: &[u8]) -> Option<&str> {
    let is_plain = bytes.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~') & (*byte != b'\\'));
    is_plain.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// The same for text of several lines: newlines stay, tabs become spaces.
#[must_use]
pub fn safe_lines(text: &str) -> String {
    text.lines().map(|line| safe_str(&line.replace('\t', "    "))).collect::<Vec<_>>().join("\n")
}

/// The width of safe text on a terminal, in columns.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Safe text cut to a number of columns, ending in `…` if something was cut.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut cut = String::new();
    let mut taken = 0;
    for letter in text.chars() {
        let columns = letter.width().unwrap_or(0);
        if taken + columns > room {
            break;
        }
        taken += columns;
        cut.push(letter);
    }
    cut.push('…');
    cut
}

/// `escape_after` is for a name: whether an escape follows the text.
fn push_safe(text: &mut String, valid: &str, escape_after: Option<bool>) {
    let mut marks = 0;
    let mut letters = valid.chars().peekable();
    while let Some(letter) = letters.next() {
        if let ('\\', Some(escape_after)) = (letter, escape_after) {
            let reads_as_escape = |&next: &char| is_unsafe(next) || matches!(next, '\\' | 'n' | 'r' | 't' | 'x' | 'u');
            if letters.peek().map_or(escape_after, reads_as_escape) {
                text.push('\\');
            }
        }
        marks = if letter.width() == Some(0) { marks + 1 } else { 0 };
        if is_unsafe(letter) || marks > MOST_MARKS {
            match letter {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                low if u32::from(low) < 0x80 => push_byte(text, low as u8),
                other => text.extend(other.escape_unicode()),
            }
        } else {
            text.push(letter);
        }
    }
}

fn push_byte(text: &mut String, byte: u8) {
    use std::fmt::Write;
    let _ = write!(text, "\\x{byte:02x}");
}

/// Whether a character moves a cursor, changes a colour, hides text or reverses its direction.
#[must_use]
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(u32::from(letter),
            // direction
            0x061C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x206F
            // line and paragraph separators
            | 0x2028 | 0x2029
            // no width: soft hyphen, grapheme joiner, fillers, joiners, invisible operators, byte order mark
            | 0x00AD | 0x034F | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200D | 0x2060..=0x2065
            | 0x3164 | 0xFEFF | 0xFFA0
            // specials, private use, tags, noncharacters
            | 0xFFF0..=0xFFFB | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xE0000..=0xE0FFF | 0xF0000..=0x10_FFFF)
        || u32::from(letter) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        for (raw, shown) in [
            (&b"esc\x1b[31mred"[..], "esc\\x1b[31mred"),
            (b"nl\nname", "nl\\nname"),
            (b"tab\tbell\x07", "tab\\tbell\\x07"),
            (b"rtl\xe2\x80\xaegpj.exe", "rtl\\u{202e}gpj.exe"),
            (b"c1\xc2\x9b31m", "c1\\u{9b}31m"),
            (b"caf\xe9 \xff", "caf\\xe9 \\xff"),
            (b"zero\xe2\x80\x8bwidth", "zero\\u{200b}width"),
            ("naïve 名前.txt".as_bytes(), "naïve 名前.txt"),
            (b"del\x7f", "del\\x7f"),
        ] {
            assert_eq!(safe(raw), shown);
        }
    }

    #[test]
    fn no_two_names_look_alike() {
        for (name, shown) in [
            (&br"a\x1b"[..], r"a\\x1b"),
            (b"a\x1b", r"a\x1b"),
            (br"C:\Users\new\", r"C:\Users\\new\"),
            (b"\\\xff", r"\\\xff"),
            (b"\\\n", r"\\\n"),
            (br"\\xff", r"\\\\xff"),
            (br"\d", r"\d"),
        ] {
            assert_eq!(safe(name), shown);
        }
        assert_eq!(safe_content(br"printf 'a\n'"), r"printf 'a\n'");
        let names: Vec<Vec<u8>> = (0..7_usize.pow(5))
            .map(|number| (0..5).map(|at| b"\\xn0\n\xffu"[number / 7_usize.pow(at) % 7]).collect())
            .collect();
        let shown: std::collections::HashSet<_> = names.iter().map(|name| safe(name)).collect();
        assert_eq!(shown.len(), names.len());
    }

    #[test]
    fn a_tower_of_marks_is_cut_down() {
        let tower = format!("e{}", "\u{301}".repeat(50));
        let shown = safe_str(&tower);
        assert!(shown.starts_with("e\u{301}\u{301}\u{301}\u{301}\\u{301}"), "{shown}");
    }

    #[test]
    fn cutting_counts_columns_not_letters() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("名前名前", 5), "名前…");
        assert_eq!(fit("名前名前", 4), "名…");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(safe_lines("a\tb\nc\x1b"), "a    b\nc\\x1b");
    }
}
