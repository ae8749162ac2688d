//! Breaking text into lines.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks safe text at blanks, and inside words that are wider than a line. All lines but the first are indented by `hang`.
#[must_use]
pub fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    let width = width.max(1);
    let hang = if hang * 2 < width { hang } else { 0 };
    let indent = text.len() - text.trim_start_matches(' ').len();
    let mut lines = vec![" ".repeat(indent.min(width / 2))];
    let mut taken = lines[0].len();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let columns = word.width();
        if !fresh && taken + 1 + columns > width {
            lines.push(" ".repeat(indent.min(width / 2) + hang));
            taken = lines.last().map_or(0, String::len);
            fresh = true;
        }
        let Some(mut line) = lines.pop() else { break };
        if !fresh {
            line.push(' ');
            taken += 1;
        }
        for letter in word.chars() {
            let columns = letter.width().unwrap_or(0);
            if taken + columns > width && taken > 0 {
                lines.push(std::mem::take(&mut line));
                line = " ".repeat(hang);
                taken = hang;
            }
            line.push(letter);
            taken += columns;
        }
        lines.push(line);
        fresh = false;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_between_words_and_inside_long_ones() {
        assert_eq!(wrap("RUN make all install", 9, 2), ["RUN make", "  all", "  install"]);
        assert_eq!(wrap("sha256:0123456789", 8, 0), ["sha256:0", "12345678", "9"]);
        assert_eq!(wrap("名前名前", 5, 0), ["名前", "名前"]);
        assert_eq!(wrap("", 5, 0), [""]);
        assert_eq!(wrap("abc", 0, 2), ["a", "b", "c"]);
    }
}
