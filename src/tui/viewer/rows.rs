//! Text cut into rows while it is read, and checkpoints to return to.
//!
//! ```text
//! bytes ──▶ Splitter ──▶ row 0, row 1, … ──▶ the requested rows: a Window
//!                             └─ every 1024th ──▶ Index: where to start for a row, without reading from the start
//! ```
//!
//! A line is one row, but a very long line is split into several, so that no row is too long to hold.

use std::sync::{Arc, Mutex, PoisonError};

/// The longest row in bytes.
pub(super) const LONGEST: usize = 4096;
/// Rows between two entries of the index, at first.
const STRIDE: u64 = 1024;
/// The limit on index entries: about 4 MiB.
const MOST_PLACES: usize = 160_000;

/// The start of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// Bytes before it.
    pub offset: u64,
    /// Newlines before it.
    pub line: u64,
    /// Whether its line began in an earlier row.
    pub continued: bool,
}

/// One row of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextRow {
    /// Newlines before it.
    pub line: u64,
    pub continued: bool,
    /// Without the newline.
    pub bytes: Box<[u8]>,
}

/// Consecutive rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The number of the first row.
    pub(super) first: usize,
    pub(super) rows: Vec<TextRow>,
    /// The totals, if the end was reached.
    pub(super) total: Option<Total>,
    /// Why no rows follow, if an error occurred.
    pub(super) fault: Option<String>,
}

impl Window {
    pub fn end(&self) -> usize {
        self.first + self.rows.len()
    }
}

/// The length of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Total {
    pub rows: usize,
    pub lines: u64,
}

/// Splits a stream of bytes into rows.
#[derive(Debug)]
pub(super) struct Splitter {
    row: usize,
    start: Start,
    pending: Vec<u8>,
}

impl Splitter {
    /// Starts at a row.
    pub fn at(row: usize, start: Start) -> Self {
        Self { row, start, pending: Vec::new() }
    }

    /// Takes bytes and passes on every row that they complete, with its start, until `see` has enough.
    pub fn feed(&mut self, mut bytes: &[u8], see: &mut impl FnMut(usize, Start, &[u8]) -> bool) -> bool {
        while !bytes.is_empty() {
            let room = LONGEST - self.pending.len();
            let reach = &bytes[..bytes.len().min(room)];
            let newline = reach.iter().position(|&byte| byte == b'\n');
            let taken = newline.unwrap_or(reach.len());
            self.pending.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken + usize::from(newline.is_some())..];
            let goes_on = match newline {
                Some(_) => self.line_end(see),
                None if self.pending.len() == LONGEST => self.overflow(see),
                None => true,
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// Passes on the last row, if anything follows the last newline. Returns the totals.
    pub fn finish(self, see: &mut impl FnMut(usize, Start, &[u8]) -> bool) -> Total {
        let rest = usize::from(!self.pending.is_empty());
        if rest > 0 {
            see(self.row, self.start, &self.pending);
        }
        let begun = u64::from(rest > 0 || self.start.continued);
        Total { rows: self.row + rest, lines: self.start.line + begun }
    }

    fn line_end(&mut self, see: &mut impl FnMut(usize, Start, &[u8]) -> bool) -> bool {
        let length = self.pending.len() as u64 + 1;
        // A line that filled its last row exactly does not start another.
        let goes_on = if self.start.continued && self.pending.is_empty() {
            true
        } else {
            self.row += 1;
            see(self.row - 1, self.start, &self.pending)
        };
        self.pending.clear();
        let Start { offset, line, .. } = self.start;
        self.start = Start { offset: offset + length, line: line + 1, continued: false };
        goes_on
    }

    fn overflow(&mut self, see: &mut impl FnMut(usize, Start, &[u8]) -> bool) -> bool {
        let cut = letter_boundary(&self.pending);
        let goes_on = see(self.row, self.start, &self.pending[..cut]);
        self.pending.drain(..cut);
        self.row += 1;
        self.start = Start { offset: self.start.offset + cut as u64, continued: true, ..self.start };
        goes_on
    }
}

/// Where a row ends so that no character is split.
fn letter_boundary(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let at = bytes.len() - back;
        let length = match bytes[at] {
            0b1100_0000..=0b1101_1111 => 2,
            0b1110_0000..=0b1110_1111 => 3,
            0b1111_0000..=0b1111_0111 => 4,
            0b1000_0000..=0b1011_1111 => continue,
            _ => return bytes.len(),
        };
        return if length > back { at } else { bytes.len() };
    }
    bytes.len()
}

/// The start of every n-th row. Shared with the thread that reads.
#[derive(Clone, Debug)]
pub(super) struct Index(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    starts: Vec<Start>,
    stride: u64,
}

impl Default for Index {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Places { starts: vec![Start::default()], stride: STRIDE })))
    }
}

impl Index {
    /// The last indexed row at or before this one, and its start.
    pub fn below(&self, row: usize) -> (usize, Start) {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = usize::try_from(row as u64 / places.stride).unwrap_or(usize::MAX).min(places.starts.len() - 1);
        (at * usize::try_from(places.stride).unwrap_or(usize::MAX), places.starts[at])
    }

    /// Adds a row to the index if it is the next one due.
    pub fn note(&self, row: usize, start: Start) {
        if !(row as u64).is_multiple_of(STRIDE) {
            return;
        }
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if row as u64 != places.starts.len() as u64 * places.stride {
            return;
        }
        places.starts.push(start);
        if places.starts.len() > MOST_PLACES {
            let mut at = 0;
            places.starts.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            places.stride *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(bytes: &[u8], chunk: usize) -> Vec<(Start, Vec<u8>)> {
        let mut splitter = Splitter::at(0, Start::default());
        let mut rows = Vec::new();
        let mut see = |row: usize, start: Start, bytes: &[u8]| {
            assert_eq!(row, rows.len());
            rows.push((start, bytes.to_vec()));
            true
        };
        for piece in bytes.chunks(chunk.max(1)) {
            splitter.feed(piece, &mut see);
        }
        let total = splitter.finish(&mut see);
        assert_eq!(total.rows, rows.len());
        assert_eq!(total.lines, bytes.split_inclusive(|&byte| byte == b'\n').count() as u64);
        rows
    }

    fn texts(bytes: &[u8]) -> Vec<Vec<u8>> {
        rows(bytes, 7).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn lines_are_rows_with_or_without_a_last_line_end() {
        assert_eq!(texts(b""), Vec::<Vec<u8>>::new());
        assert_eq!(texts(b"\n"), [b""]);
        assert_eq!(texts(b"a\n\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(texts(b"a\r\nb\r\n"), [b"a\r", b"b\r"]);
        assert_eq!(texts(b"\xff\xfe\nb"), [&b"\xff\xfe"[..], b"b"]);
    }

    #[test]
    fn a_very_long_line_is_several_rows_and_one_line() {
        let mut text = vec![b'x'; LONGEST];
        text.extend_from_slice(b"\nnext");
        let found = rows(&text, 1000);
        assert_eq!(found.len(), 2, "a line that just fits leaves no empty row");
        assert_eq!((found[1].0.line, found[1].0.continued), (1, false));
        text.insert(0, b'y');
        let found = rows(&text, 1000);
        assert_eq!(found[1], (Start { offset: LONGEST as u64, line: 0, continued: true }, b"x".to_vec()));
    }

    #[test]
    fn no_letter_is_cut_in_two() {
        for ahead in 0..4 {
            let text = format!("{}{}", "a".repeat(ahead), "名".repeat(LONGEST));
            for (_, row) in rows(text.as_bytes(), 999) {
                assert!(std::str::from_utf8(&row).is_ok());
            }
        }
        assert_eq!(letter_boundary(b"\x80\x80\x80\x80"), 4, "invalid text is split anywhere");
    }

    #[test]
    fn the_index_grows_coarser_and_not_larger() {
        let index = Index::default();
        for row in (0..(MOST_PLACES as u64 + 10) * STRIDE).step_by(1024) {
            let row = usize::try_from(row).expect("64 bit");
            index.note(row, Start { offset: row as u64 * 3, ..Start::default() });
        }
        for row in [0, 1, 1023, 1024, 5_000_000, 100_000_000] {
            let (at, start) = index.below(row);
            assert!(at <= row && row - at < 4096, "{row}: {at}");
            assert_eq!(start.offset, at as u64 * 3);
        }
        assert!(index.0.lock().expect("whole").starts.len() <= MOST_PLACES);
    }

    proptest! {
        #[test]
        fn rows_are_the_same_however_the_bytes_come(
            lines in prop::collection::vec(prop_oneof![
                "[a-zé名\\r\\t ]{0,30}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..20),
                (4000..9000_usize).prop_map(|length| vec![b'm'; length]),
            ], 0..12),
            chunk in 1..6000_usize,
        ) {
            let bytes = lines.join(&b'\n');
            let whole = rows(&bytes, usize::MAX);
            prop_assert_eq!(&whole, &rows(&bytes, chunk));
            let mut again = Vec::new();
            for (at, (start, row)) in whole.iter().enumerate() {
                if at > 0 && !start.continued {
                    again.push(b'\n');
                }
                prop_assert_eq!(start.offset, again.len() as u64);
                again.extend_from_slice(row);
            }
            if bytes.ends_with(b"\n") {
                again.push(b'\n');
            }
            prop_assert_eq!(again, bytes);
        }
    }
}
