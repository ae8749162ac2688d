//! What files of a cause have in common in their names: `*.map` says more than "these files".

use std::collections::HashMap;

/// The longest ending with two dots, such as `.d.ts`.
const LONGEST: usize = 8;
/// The part of all bytes that files named alike must have to be named, in per cent.
const MOST: u64 = 90;

/// Bytes and files by the endings of their names.
#[derive(Debug, Default)]
pub(super) struct NameEndings<'a> {
    bytes: u64,
    files: usize,
    by_ending: HashMap<&'a [u8], (u64, usize)>,
}

impl<'a> NameEndings<'a> {
    pub(super) fn see(&mut self, name: &'a [u8], bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.files += 1;
        for ending in endings(name) {
            let sum = self.by_ending.entry(ending).or_default();
            sum.0 = sum.0.saturating_add(bytes);
            sum.1 += 1;
        }
    }

    /// The pattern that nearly all of the bytes are stored under, and whether all files are. Hostile.
    pub(super) fn pattern(&self) -> Option<(String, bool)> {
        let is_most = |bytes: u64| u128::from(bytes) * 100 >= u128::from(self.bytes) * u128::from(MOST);
        let most = self.by_ending.iter().filter(|(_, sum)| self.files > 1 && is_most(sum.0));
        let (ending, &(_, files)) = most.max_by_key(|(ending, _)| (ending.len(), **ending))?;
        Some((format!("*{}", String::from_utf8_lossy(ending)), files == self.files))
    }
}

/// From the last dot on, and from the last but one if that is not long: `.ts` and `.d.ts`. A name that begins with its only
/// dot has none.
fn endings(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut dots = memchr::memrchr_iter(b'.', name).take_while(|&dot| dot > 0 && dot + 1 < name.len());
    let last = dots.next().map(|dot| &name[dot..]);
    let longer = dots.next().map(|dot| &name[dot..]).filter(|ending| ending.len() <= LONGEST);
    [last, longer].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(files: &[(&str, u64)]) -> Option<(String, bool)> {
        let mut seen = NameEndings::default();
        for &(name, bytes) in files {
            seen.see(name.as_bytes(), bytes);
        }
        seen.pattern()
    }

    #[test]
    fn files_are_called_by_what_nearly_all_of_their_bytes_end_in() {
        let named = |pattern: &str, all| Some((pattern.to_owned(), all));
        assert_eq!(pattern(&[("a.d.ts", 5), ("b.d.ts", 5)]), named("*.d.ts", true));
        assert_eq!(pattern(&[("a.d.ts", 5), ("b.ts", 5)]), named("*.ts", true));
        assert_eq!(pattern(&[("a.js.map", 5), ("b.css.map", 5)]), named("*.map", true));
        assert_eq!(
            pattern(&[("x.cpython-312.pyc", 90), ("y.cpython-312.pyc", 5), ("README", 5)]),
            named("*.pyc", false)
        );
        assert_eq!(pattern(&[("a.log", 89), ("b.txt", 11)]), None);
        assert_eq!(pattern(&[("a.log", 9)]), None, "one file has a name of its own");
        assert_eq!(pattern(&[(".env", 5), (".env", 5), ("x.", 1)]), None);
        assert_eq!(pattern(&[("libc.so.6", 5), ("libm.so.6", 5)]), named("*.so.6", true));
    }
}
