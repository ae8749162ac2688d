//! Looks for a text in a content: forwards or backwards, and once around.

use regex::bytes::{Regex, RegexBuilder};

use super::rows::{Index, Splitter, Start};
use super::stored::{ActiveRequest, Stored};
use super::text;
use crate::format;

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// The longest match in bytes: a text in two rows is found if this much of the row before is kept.
    longest: usize,
}

impl Pattern {
    /// What the user typed; it matches any case if it is in lower case.
    pub fn typed(text: &str) -> Option<Self> {
        let any_case = !text.chars().any(char::is_uppercase);
        let regex = RegexBuilder::new(&regex::escape(text)).case_insensitive(any_case).build().ok()?;
        // A letter and its other case have at most 4 bytes.
        Some(Self { regex, longest: text.chars().count() * 4 })
    }

    /// Exactly these characters.
    pub fn exact(text: &str) -> Option<Self> {
        Some(Self { regex: Regex::new(&regex::escape(text)).ok()?, longest: text.len() })
    }

    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.regex.is_match(bytes)
    }
}

/// Where a match begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub row: usize,
    /// Bytes before it in the content.
    pub offset: u64,
    /// Columns before it in its row.
    pub column: usize,
}

/// The next match to go to.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub pattern: Pattern,
    /// The match before; `None` to begin at the first row.
    pub from: Option<Place>,
    pub backwards: bool,
    /// Whether matches in the row of the match before are skipped: a row of text is seen at once.
    pub by_row: bool,
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub place: Place,
    /// Whether the search went on from the other end.
    pub wrapped: bool,
}

/// Finds the next match.
pub(super) fn find(
    stored: &Stored,
    index: &Index,
    sought: &Sought,
    request: &mut ActiveRequest<'_>,
) -> Result<Option<Found>, String> {
    search(index, sought, &mut |from, sink| stored.stream(from, request, sink))
}

/// Passes on the bytes from an offset on, until the receiver has enough.
type Stream<'a> = dyn FnMut(u64, &mut dyn FnMut(&[u8]) -> bool) -> Result<(), String> + 'a;

fn search(index: &Index, sought: &Sought, stream: &mut Stream<'_>) -> Result<Option<Found>, String> {
    let Some(from) = sought.from else {
        let place = Scan::new(sought, 0, None).run(index, stream)?;
        return Ok(place.map(|place| Found { place, wrapped: false }));
    };
    let before = Scan::new(sought, 0, Some((from, true)));
    let after = Scan::new(sought, from.row, Some((from, false)));
    let [first, second] = if sought.backwards { [before, after] } else { [after, before] };
    if let Some(place) = first.run(index, stream)? {
        return Ok(Some(Found { place, wrapped: false }));
    }
    if let Some(place) = second.run(index, stream)? {
        return Ok(Some(Found { place, wrapped: true }));
    }
    // The match before is the only one, if it is one.
    let place = Scan::new(sought, from.row, None).run(index, stream)?;
    Ok(place.filter(|place| place.row == from.row).map(|place| Found { place, wrapped: true }))
}

/// One pass over some rows.
struct Scan<'a> {
    sought: &'a Sought,
    begin: usize,
    /// Only matches before this place, or after it.
    limit: Option<(Place, bool)>,
    /// The end of the row before, and its length in bytes.
    tail: Vec<u8>,
    found: Option<Place>,
}

impl<'a> Scan<'a> {
    fn new(sought: &'a Sought, begin: usize, limit: Option<(Place, bool)>) -> Self {
        Self { sought, begin, limit, tail: Vec::new(), found: None }
    }

    fn run(mut self, index: &Index, stream: &mut Stream<'_>) -> Result<Option<Place>, String> {
        let (row, start) = index.below(self.begin);
        let mut splitter = Splitter::at(row, start);
        let mut ended = true;
        stream(start.offset, &mut |bytes| {
            ended = splitter.feed(bytes, &mut |row, start, bytes| self.look(row, start, bytes));
            ended
        })?;
        if ended {
            splitter.finish(&mut |row, start, bytes| self.look(row, start, bytes));
        }
        Ok(self.found)
    }

    /// Looks at the next row; returns whether the search goes on.
    fn look(&mut self, row: usize, start: Start, bytes: &[u8]) -> bool {
        if !start.continued {
            self.tail.clear();
        }
        let before = self.tail.len();
        self.tail.extend_from_slice(bytes);
        for matched in self.sought.pattern.regex.find_iter(&self.tail) {
            if matched.end() <= before {
                // It was found with the row before.
                continue;
            }
            let at = matched.start();
            let (row, column) = if at < before {
                (row.saturating_sub(1), 0)
            } else {
                (row, format::width(&text::shown(&self.tail[before..at])))
            };
            let offset = (start.offset + at as u64).saturating_sub(before as u64);
            match self.judge(Place { row, offset, column }) {
                Verdict::Skip => {}
                Verdict::Keep => self.found = Some(Place { row, offset, column }),
                Verdict::End => return false,
            }
            if self.found.is_some() && !self.sought.backwards {
                return false;
            }
        }
        let kept = self.tail.len().min(self.sought.pattern.longest.saturating_sub(1));
        self.tail.drain(..self.tail.len() - kept);
        true
    }

    fn judge(&self, place: Place) -> Verdict {
        let Some((limit, is_before)) = self.limit else { return Verdict::Keep };
        let (one, other) =
            if self.sought.by_row { (place.row as u64, limit.row as u64) } else { (place.offset, limit.offset) };
        match (one.cmp(&other), is_before) {
            (std::cmp::Ordering::Less, true) | (std::cmp::Ordering::Greater, false) => Verdict::Keep,
            (_, true) => Verdict::End,
            (_, false) => Verdict::Skip,
        }
    }
}

/// What a match is good for.
enum Verdict {
    Keep,
    Skip,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows and offsets of a search, and whether it wrapped around.
    fn found(content: &[u8], typed: &str, from: Option<(usize, u64)>, backwards: bool) -> Option<(usize, u64, bool)> {
        let sought = Sought {
            pattern: Pattern::typed(typed).expect("a pattern"),
            from: from.map(|(row, offset)| Place { row, offset, column: 0 }),
            backwards,
            by_row: true,
        };
        let stream = &mut |from: u64, sink: &mut dyn FnMut(&[u8]) -> bool| {
            content[usize::try_from(from).expect("small")..].chunks(5).all(sink);
            Ok(())
        };
        let found = search(&Index::default(), &sought, stream).expect("readable")?;
        Some((found.place.row, found.place.offset, found.wrapped))
    }

    #[test]
    fn the_next_and_the_previous_match_are_found_once_around() {
        let text = b"port = 1\nhost\nPort = 2 port\n\nport";
        assert_eq!(found(text, "port", None, false), Some((0, 0, false)));
        assert_eq!(found(text, "port", Some((0, 0)), false), Some((2, 14, false)));
        assert_eq!(found(text, "port", Some((2, 14)), false), Some((4, 29, false)));
        assert_eq!(found(text, "port", Some((4, 29)), false), Some((0, 0, true)));
        assert_eq!(found(text, "port", Some((0, 0)), true), Some((4, 29, true)));
        assert_eq!(found(text, "port", Some((4, 29)), true), Some((2, 23, false)));
        assert_eq!(found(text, "Port", None, false), Some((2, 14, false)));
        assert_eq!(found(text, "Port", Some((2, 14)), false), Some((2, 14, true)));
        assert_eq!(found(text, "nothing", None, false), None);
        assert_eq!(found(text, "nothing", Some((2, 14)), true), None);
        assert_eq!(found(b"", "x", None, false), None);
    }

    #[test]
    fn what_a_long_line_splits_is_found() {
        let text = format!("{}needle{}", "x".repeat(super::super::rows::LONGEST - 3), "y".repeat(9000));
        let at = super::super::rows::LONGEST as u64 - 3;
        assert_eq!(found(text.as_bytes(), "needle", None, false), Some((0, at, false)));
        assert_eq!(found(text.as_bytes(), "yyy", None, false).map(|(row, ..)| row), Some(1));
    }

    #[test]
    fn bytes_that_are_no_text_are_in_the_way_of_nothing() {
        assert_eq!(found(b"\x00\xff\xfeELF\n\xff", "elf", None, false), Some((0, 3, false)));
        // A pattern means itself.
        assert_eq!(found(b"aXc\na.c", "a.c", None, false), Some((1, 4, false)));
    }
}
