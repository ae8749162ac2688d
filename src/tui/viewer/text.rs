//! A content as text, by pages: only the rows around the position are held, however long the file is.

use std::collections::VecDeque;

use super::rows::{Index, Splitter, TextRow, Total, Window};
use super::stored::{ActiveRequest, Stored, Update};
use crate::format;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::Role;

/// Rows in a window.
const ROWS: usize = 2048;
/// Windows begin at multiples of this, and at least this far before the position.
const GRAIN: usize = 256;
/// A window with this many bytes ends early.
const MOST_BYTES: usize = 1 << 20;
/// Windows that are cached.
const KEPT: usize = 2;
/// The width of the widest screen.
const WIDEST: usize = 2000;
/// Columns between two tab stops.
const TAB: usize = 8;

/// Rows that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowRange {
    /// The first of them.
    pub from: usize,
    /// The end of the range; there may be more.
    pub until: usize,
}

/// The pages of one content.
#[derive(Default)]
pub(super) struct TextPages {
    pub index: Index,
    windows: VecDeque<Window>,
    total: Option<Total>,
}

impl TextPages {
    pub fn total(&self) -> Option<Total> {
        self.total
    }

    pub fn add_window(&mut self, window: Window) {
        self.total = window.total.or(self.total);
        if !window.rows.is_empty() {
            while self.windows.len() >= KEPT {
                self.windows.pop_front();
            }
            self.windows.push_back(window);
        }
    }

    /// Drops what is cached, except for the index.
    pub fn clear(&mut self) {
        self.windows.clear();
    }

    fn window_for(&self, from: usize, until: usize) -> Option<&Window> {
        let until = self.total.map_or(until, |total| until.min(total.rows));
        let holds = |window: &&Window| window.first <= from && until <= window.end();
        self.windows.iter().rev().find(holds).filter(|_| from < until)
    }

    /// Whether all rows in a range are loaded, as far as they exist.
    pub fn has(&self, from: usize, until: usize) -> bool {
        self.total.is_some_and(|total| from >= total.rows) || self.window_for(from, until).is_some()
    }

    /// What must be read to show a position now or soon.
    pub fn wanted(&self, top: usize, height: usize) -> Option<RowRange> {
        let until = top.saturating_add(height).saturating_add(GRAIN);
        let from = (top / GRAIN).saturating_sub(1) * GRAIN;
        (!self.has(top, until)).then_some(RowRange { from, until })
    }

    /// The rows at a position.
    pub fn rows(&self, top: usize, height: usize) -> &[TextRow] {
        let Some(window) = self.window_for(top, top.saturating_add(height)) else { return &[] };
        let rows = &window.rows[top - window.first..];
        &rows[..rows.len().min(height)]
    }
}

/// Reads a window. If the content ends before it, the last rows are returned instead.
pub(super) fn read(stored: &Stored, index: &Index, wanted: RowRange, request: &mut ActiveRequest<'_>) -> Update {
    Update::Rows(gather(index, wanted, |from, sink| stored.stream(from, request, sink)))
}

/// Collects rows from a stream that starts at a given row, until the caller stops it.
fn gather(
    index: &Index,
    wanted: RowRange,
    stream: impl FnOnce(u64, &mut dyn FnMut(&[u8]) -> bool) -> Result<(), String>,
) -> Window {
    let (row, start) = index.below(wanted.from);
    let mut splitter = Splitter::at(row, start);
    let mut gathered = RowCollector { wanted, rows: VecDeque::new(), first: row, bytes: 0 };
    let mut see = |row: usize, start, bytes: &[u8]| {
        index.note(row, start);
        gathered.push(row, TextRow { line: start.line, continued: start.continued, bytes: bytes.into() })
    };
    let mut ended = true;
    let read = stream(start.offset, &mut |bytes| {
        ended = splitter.feed(bytes, &mut see);
        ended
    });
    let total = ended.then(|| splitter.finish(&mut see));
    Window { first: gathered.first, rows: gathered.rows.into(), total, fault: read.err() }
}

/// Rows as they arrive.
struct RowCollector {
    wanted: RowRange,
    rows: VecDeque<TextRow>,
    first: usize,
    bytes: usize,
}

impl RowCollector {
    fn push(&mut self, row: usize, text: TextRow) -> bool {
        self.bytes += text.bytes.len();
        self.rows.push_back(text);
        // Of the rows before the range, only as many are kept as fill a window if the content ends there.
        let is_before = row < self.wanted.from;
        while is_before && (self.rows.len() > GRAIN || self.bytes > MOST_BYTES && self.rows.len() > 1)
            || row == self.wanted.from && self.first < row
        {
            let Some(gone) = self.rows.pop_front() else { break };
            self.bytes -= gone.bytes.len();
            self.first += 1;
        }
        let full = self.rows.len() >= ROWS || self.bytes >= MOST_BYTES;
        row + 1 < self.wanted.until || !full
    }
}

/// A row as it is shown: tabs as blanks, without control characters and without the carriage return of Windows.
pub(super) fn shown(bytes: &[u8]) -> String {
    shown_whole(bytes.strip_suffix(b"\r").unwrap_or(bytes))
}

/// The same with the carriage return.
pub(super) fn shown_whole(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut columns = 0;
    for (at, part) in bytes.split(|&byte| byte == b'\t').enumerate() {
        if at > 0 {
            let blanks = TAB - columns % TAB;
            text.push_str(&" ".repeat(blanks));
            columns += blanks;
        }
        let part = format::safe_content(part);
        columns += format::width(&part);
        text.push_str(&part);
    }
    text
}

/// Safe text without its first columns, and without what exceeds any screen.
pub(super) fn from_column(text: &str, column: usize) -> &str {
    let (mut columns, mut begin) = (0, None);
    for (at, letter) in text.char_indices() {
        if begin.is_none() && columns >= column {
            begin = Some(at);
        }
        if columns >= column.saturating_add(WIDEST) {
            return &text[begin.unwrap_or(at)..at];
        }
        columns += format::width(&text[at..at + letter.len_utf8()]);
    }
    begin.map_or("", |begin| &text[begin..])
}

/// The width of the line numbers.
pub(super) fn number_columns(rows: &[TextRow]) -> usize {
    let last = rows.last().map_or(1, |row| row.line + 1);
    last.to_string().len().max(3)
}

/// A row of the screen: its number, unless its line began earlier, and its text from a column on.
pub(super) fn row(text: &TextRow, digits: usize, left: usize, is_found: bool) -> Row {
    let number = if text.continued { "…".to_owned() } else { (text.line + 1).to_string() };
    let shown = shown(&text.bytes);
    let (of_number, of_text) = if is_found { (Role::Key, Role::Strong) } else { (Role::Dim, Role::Text) };
    Row::new().right(of_number, &number, digits).gap(2).text(of_text, from_column(&shown, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(pages: &mut TextPages, lines: &[String], wanted: RowRange) {
        let text = lines.join("\n");
        let window = gather(&pages.index, wanted, |from, sink| {
            let from = usize::try_from(from).expect("small");
            text.as_bytes()[from..].chunks(10_000).all(sink);
            Ok(())
        });
        pages.add_window(window);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

        #[test]
        fn paging_to_any_line_shows_the_lines_that_reading_all_does(
            count in 0..9000_usize,
            places in proptest::collection::vec((0..12_000_usize, 1..80_usize), 1..12),
            long in 0..300_usize,
        ) {
            let lines: Vec<_> = (0..count).map(|at| format!("line {at} {}", "x".repeat(long))).collect();
            let mut pages = TextPages::default();
            for (mut top, height) in places {
                let mut rounds = 0;
                while let Some(wanted) = pages.wanted(top, height) {
                    window(&mut pages, &lines, wanted);
                    if let Some(total) = pages.total() {
                        top = top.min(total.rows.saturating_sub(height));
                    }
                    rounds += 1;
                    proptest::prop_assert!(rounds < 4, "it is read again and again");
                }
                let held: usize = pages.windows.iter().flat_map(|window| &window.rows).map(|row| row.bytes.len()).sum();
                proptest::prop_assert!(held < 6 << 20);
                let seen: Vec<_> = pages.rows(top, height).iter().map(|row| (row.line, row.bytes.to_vec())).collect();
                let all: Vec<_> = lines.iter().enumerate().skip(top).take(height)
                    .map(|(at, line)| (at as u64, line.as_bytes().to_vec())).collect();
                proptest::prop_assert_eq!(seen, all);
            }
        }
    }

    #[test]
    fn tabs_stop_where_they_should_and_carriage_returns_are_not_seen() {
        assert_eq!(shown(b"a\tb\r"), "a       b");
        assert_eq!(shown(b"\t\xff\x1b[1m"), "        \\xff\\x1b[1m");
        assert_eq!(shown(b"a\rb"), "a\\rb");
    }

    #[test]
    fn text_is_read_from_any_column() {
        assert_eq!(from_column("abc", 0), "abc");
        assert_eq!(from_column("abc", 2), "c");
        assert_eq!(from_column("名前", 1), "前");
        assert_eq!(from_column("名前", 2), "前");
        assert_eq!(from_column(&"x".repeat(9000), 5000).len(), WIDEST);
        assert_eq!(from_column("abc", 9), "");
    }
}
