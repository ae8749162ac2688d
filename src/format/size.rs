//! Sizes as people write them, parsed like in `dive`'s library (dustin/go-humanize), so that its files mean the same
//! here.

/// Parses `20MB`, `20 MiB`, `1.5g`, `1,000`, `42`: decimal units by a thousand, binary ones (with an `i`) by 1,024, in
/// any case. The result is truncated to whole bytes; `None` for what is not a size, or for 2⁶⁴ bytes and more.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to the range of u64 just before")]
pub fn parse_size(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | ','))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.replace(',', "").parse().ok()?;
    let bytes = number * factor(unit.trim().to_lowercase().as_str())?;
    (bytes < 18_446_744_073_709_551_616.0).then_some(bytes as u64)
}

fn factor(unit: &str) -> Option<f64> {
    let unit = unit.strip_suffix('b').unwrap_or(unit);
    let (letter, base) = match unit.strip_suffix('i') {
        Some(letter) => (letter, 1024.0_f64),
        None => (unit, 1000.0),
    };
    let power = match (letter, base > 1000.0) {
        ("", false) => 0,
        ("k", _) => 1,
        ("m", _) => 2,
        ("g", _) => 3,
        ("t", _) => 4,
        ("p", _) => 5,
        ("e", _) => 6,
        _ => return None,
    };
    Some(base.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_dive_reads_it() {
        for (text, bytes) in [
            ("0", 0),
            ("42", 42),
            ("1B", 1),
            ("20MB", 20_000_000),
            ("20Mb", 20_000_000),
            ("20 MiB", 20 << 20),
            ("20mi", 20 << 20),
            ("1.5g", 1_500_000_000),
            ("1,000.5kB", 1_000_500),
            ("0.0000001kB", 0),
            ("1E", 1_000_000_000_000_000_000),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "1 XB", "1.2.3", "ib", "1ib", "99EB", "disabled", "1 2"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
