//! Numbers with a unit. Sizes are decimal, as engines print them.

use humansize::{DECIMAL, FormatSizeOptions, format_size};

/// Bytes with at most three digits: `0 B`, `999 B`, `1.2 kB`, `74 MB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let mut places = 1;
    let mut scaled = bytes;
    while scaled >= 1000 {
        scaled /= 1000;
    }
    if bytes < 1000 || scaled >= 10 {
        places = 0;
    }
    // Rounding must not produce `1000 kB` for nearly a megabyte, nor `10.0 kB` next to `10 kB`.
    let text = format_size(bytes, FormatSizeOptions::from(DECIMAL).decimal_places(places).decimal_zeroes(places));
    match text.split_once(' ') {
        Some(("1000", unit)) => match next_unit(unit) {
            Some(next) => format!("1.0 {next}"),
            None => text,
        },
        Some(("10.0", unit)) => format!("10 {unit}"),
        _ => text,
    }
}

/// A change of bytes: `+12 MB`, `−4.0 kB`, `±0 B`.
#[must_use]
pub fn signed(before: u64, after: u64) -> String {
    let sign = match after.cmp(&before) {
        std::cmp::Ordering::Less => '−',
        std::cmp::Ordering::Equal => '±',
        std::cmp::Ordering::Greater => '+',
    };
    format!("{sign}{}", bytes(before.abs_diff(after)))
}

fn next_unit(unit: &str) -> Option<&'static str> {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    units.iter().position(|&known| known == unit).and_then(|at| units.get(at + 1)).copied()
}

/// Bytes as `docker history` prints them: three digits, no space (go-units `HumanSizeWithPrecision`).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn docker_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{}{unit}", three_digits(value))
}

/// Go's `%.3g` for values between 0 and 1000.
fn three_digits(value: f64) -> String {
    // What rounds up to a thousand becomes an exponent in Go, and so it does here.
    if value >= 999.5 {
        return "1e+03".to_owned();
    }
    let places = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A fraction of one as `23.8 %`; never rounded up to 100 nor down to 0.
#[must_use]
pub fn percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return "–".to_owned();
    }
    let percent = fraction * 100.0;
    if percent > 99.9 && percent < 100.0 {
        return "99.9 %".to_owned();
    }
    if percent > 0.0 && percent < 0.1 {
        return "<0.1 %".to_owned();
    }
    format!("{percent:.1} %")
}

/// A count with a comma before every group of three: `12,345`.
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_three_digits_at_the_most() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1234, "1.2 kB"),
            (9_949, "9.9 kB"),
            (9_990, "10 kB"),
            (46_480, "46 kB"),
            (999_900, "1.0 MB"),
            (155_000_000, "155 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    #[test]
    fn docker_sizes_are_dockers() {
        for (size, text) in [
            (0, "0B"),
            (4, "4B"),
            (46_480, "46.5kB"),
            (30_004, "30kB"),
            (63_700, "63.7kB"),
            (1_234_567, "1.23MB"),
            (999, "999B"),
            (100_000, "100kB"),
        ] {
            assert_eq!(docker_size(size), text, "{size}");
        }
    }

    #[test]
    fn a_fraction_is_all_or_nothing_only_when_it_is() {
        for (fraction, text) in [
            (0.0, "0.0 %"),
            (0.0001, "<0.1 %"),
            (0.238, "23.8 %"),
            (0.99999, "99.9 %"),
            (1.0, "100.0 %"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(percent(fraction), text);
        }
    }

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
