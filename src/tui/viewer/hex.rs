//! A content as rows of sixteen bytes: any offset is reached at once, since all rows have the same length.

use std::collections::VecDeque;

use super::stored::{ActiveRequest, Stored, Update};
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::Role;

/// Bytes in a row.
pub(super) const ROW: u64 = 16;
/// Bytes read at once.
const CHUNK: u64 = 256 << 10;
/// Chunks that are cached.
const KEPT: usize = 8;
/// Rows in a chunk.
const ROWS: usize = 16 << 10;

/// The pages of one content.
#[derive(Default)]
pub(super) struct HexPages {
    chunks: VecDeque<(u64, Vec<u8>)>,
}

impl HexPages {
    /// The number of rows.
    pub fn total(size: u64) -> usize {
        usize::try_from(size.div_ceil(ROW)).unwrap_or(usize::MAX)
    }

    pub fn add_chunk(&mut self, number: u64, bytes: Vec<u8>) {
        while self.chunks.len() >= KEPT {
            self.chunks.pop_front();
        }
        self.chunks.push_back((number, bytes));
    }

    fn chunk(&self, number: u64) -> Option<&[u8]> {
        self.chunks.iter().find(|(known, _)| *known == number).map(|(_, bytes)| bytes.as_slice())
    }

    /// The first chunk that must be read to show a position.
    pub fn wanted(&self, top: usize, height: usize, size: u64) -> Option<u64> {
        let last = top.saturating_add(height).min(Self::total(size)).checked_sub(1).filter(|&last| last >= top)?;
        (top / ROWS..=last / ROWS).map(|number| number as u64).find(|&number| self.chunk(number).is_none())
    }

    /// A row by its number, if it is loaded.
    pub fn row(&self, number: usize) -> Option<(u64, &[u8])> {
        let chunk = self.chunk((number / ROWS) as u64)?;
        let from = number % ROWS * 16;
        let bytes = chunk.get(from..)?;
        (!bytes.is_empty()).then(|| (number as u64 * ROW, &bytes[..bytes.len().min(16)]))
    }
}

/// Reads a chunk.
pub(super) fn read(stored: &Stored, number: u64, request: &mut ActiveRequest<'_>) -> Update {
    let (bytes, read) = stored.bytes(number * CHUNK, 256 << 10, request);
    Update::Chunk(number, bytes, read.err())
}

/// Digits of an offset in a content of this size.
pub(super) fn digits(size: u64) -> usize {
    if size > u64::from(u32::MAX) { 12 } else { 8 }
}

/// `0000000f  7f 45 … |.E…|`.
pub(super) fn line(offset: u64, bytes: &[u8], digits: usize) -> String {
    use std::fmt::Write;
    let mut text = format!("{offset:0digits$x} ");
    for at in 0..16 {
        if at % 8 == 0 {
            text.push(' ');
        }
        let _ = match bytes.get(at) {
            Some(byte) => write!(text, "{byte:02x} "),
            None => write!(text, "   "),
        };
    }
    text.push_str(" |");
    text.extend(bytes.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' }));
    text.push('|');
    text
}

/// A row of the screen, starting at a column.
pub(super) fn row(offset: u64, bytes: &[u8], digits: usize, left: usize) -> Row {
    let text = line(offset, bytes, digits);
    let (offset, rest) = text.split_at(digits);
    let rest = super::text::from_column(rest, left);
    Row::new().text(Role::Dim, offset).text(Role::Text, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_its_place_its_bytes_and_what_can_be_read_of_them() {
        assert_eq!(
            line(0x10, b"\x7fELF\x02\x01\x01\0 0123~\x7f\xff", 8),
            "00000010  7f 45 4c 46 02 01 01 00  20 30 31 32 33 7e 7f ff  |.ELF.... 0123~..|"
        );
        assert_eq!(line(0, b"ab", 8).find('|'), line(0, b"0123456789abcdef", 8).find('|'), "columns stay aligned");
        assert!(line(5_000_000_000, b"", digits(5_000_000_000)).starts_with("00012a05f200 "));
    }

    #[test]
    fn chunks_are_asked_for_where_they_are_missing() {
        let mut pages = HexPages::default();
        let size = 600 << 10;
        assert_eq!(pages.wanted(0, 40, size), Some(0));
        pages.add_chunk(0, vec![1; 256 << 10]);
        assert_eq!(pages.wanted(0, 40, size), None);
        assert_eq!(pages.wanted(ROWS - 10, 40, size), Some(1), "across the edge of a chunk");
        assert_eq!(pages.row(ROWS - 1), Some(((256 << 10) - 16, &[1; 16][..])));
        assert_eq!(pages.row(ROWS), None);
        pages.add_chunk(2, vec![2; 88 << 10]);
        let last = HexPages::total(size) - 1;
        assert_eq!(pages.wanted(last, 40, size), None, "nothing after the end");
        assert_eq!(HexPages::total(17), 2);
        assert_eq!(pages.wanted(0, 40, 0), None);
    }
}
