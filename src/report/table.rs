//! Rows of cells under headings, as wide as their widest cell; the last column takes the rest of the page.

use std::io::{self, Write};

use super::{Page, TextRole};
use crate::format::{fit, width, wrap};

/// The minimum width of the last column; a narrower page is exceeded.
const LEAST: usize = 16;
const GAP: &str = "  ";

/// The alignment of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alignment {
    Left,
    Right,
}

/// Safe text, and its role.
pub(super) struct Cell {
    text: String,
    role: Option<TextRole>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, role: None }
    }
}

impl Cell {
    pub(super) fn with_role(role: TextRole, text: String) -> Self {
        Self { text, role: Some(role) }
    }
}

pub(super) struct Table {
    indent: &'static str,
    columns: Vec<Alignment>,
    rows: Vec<Vec<Cell>>,
    /// Lines below a row, across all columns: how many rows are above, and the text.
    notes: Vec<(usize, String)>,
}

impl Table {
    pub(super) fn new(indent: &'static str, columns: &[Alignment]) -> Self {
        Self { indent, columns: columns.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    /// A table with a first row of column names.
    pub(super) fn headed(indent: &'static str, columns: &[(&str, Alignment)]) -> Self {
        let mut table = Self::new(indent, &columns.iter().map(|column| column.1).collect::<Vec<_>>());
        table.row(columns.iter().map(|column| Cell::with_role(TextRole::Heading, column.0.to_owned())));
        table
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a line below the last row, across all columns; safe text, wrapped at the width of the page.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push((self.rows.len(), text));
    }

    pub(super) fn write(&self, page: &Page, out: &mut dyn Write) -> io::Result<()> {
        let last = self.columns.len().saturating_sub(1);
        let mut widths = vec![0; self.columns.len()];
        for row in &self.rows {
            for (known, cell) in widths.iter_mut().zip(row) {
                *known = (*known).max(width(&cell.text));
            }
        }
        let before: usize = self.indent.len() + widths[..last].iter().map(|width| width + GAP.len()).sum::<usize>();
        let room = page.width.map(|columns| columns.saturating_sub(before).max(LEAST));
        let mut notes = self.notes.iter().peekable();
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::from(self.indent);
            for (column, cell) in row.iter().enumerate() {
                let text = match room.filter(|_| column == last) {
                    Some(room) => fit(&cell.text, room),
                    None => cell.text.clone(),
                };
                let padding = " ".repeat(widths[column].saturating_sub(width(&text)));
                let leans_right = self.columns[column] == Alignment::Right;
                if leans_right {
                    line.push_str(&padding);
                }
                line.push_str(&page.ink.mark(cell.role, &text));
                if !leans_right && column != last {
                    line.push_str(&padding);
                }
                if column != last {
                    line.push_str(GAP);
                }
            }
            writeln!(out, "{}", line.trim_end())?;
            while let Some((_, note)) = notes.next_if(|(below, _)| *below <= index + 1) {
                self.write_note(note, page, out)?;
            }
        }
        Ok(())
    }

    fn write_note(&self, note: &str, page: &Page, out: &mut dyn Write) -> io::Result<()> {
        let room = page.width.map(|columns| columns.saturating_sub(self.indent.len() + NOTE.len()).max(LEAST));
        // A continued line is indented, so that it begins under the first word and not under the mark before it.
        let lines = room.map_or_else(|| vec![note.to_owned()], |room| wrap(note, room, NOTE.len()));
        for line in lines {
            writeln!(out, "{}{NOTE}{}", self.indent, page.ink.mark(Some(TextRole::Dim), &line))?;
        }
        Ok(())
    }
}

/// The indent of a note.
const NOTE: &str = "  ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_below_its_row_and_is_wrapped() {
        let mut table = Table::headed("", &[("a", Alignment::Left)]);
        table.row([Cell::from("1".to_owned())]);
        table.note("→ one two three four five".to_owned());
        table.row([Cell::from("2".to_owned())]);
        let text = |width| {
            let mut out = Vec::new();
            table.write(&Page::plain(width), &mut out).expect("memory");
            String::from_utf8(out).expect("text")
        };
        assert_eq!(text(None), "a\n1\n  → one two three four five\n2\n");
        assert_eq!(text(Some(18)), "a\n1\n  → one two three\n    four five\n2\n");
    }

    #[test]
    fn columns_stand_under_their_names_and_the_last_is_cut() {
        let mut table =
            Table::headed("", &[("size", Alignment::Right), ("what", Alignment::Left), ("why", Alignment::Left)]);
        table
            .row(["1 B".to_owned(), "名前".to_owned(), "a reason that goes on for a while".to_owned()].map(Cell::from));
        table.row(["12 kB".to_owned(), "x".to_owned(), String::new()].map(Cell::from));
        let mut out = Vec::new();
        table.write(&Page::plain(Some(30)), &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, " size  what  why\n  1 B  名前  a reason that go…\n12 kB  x\n");
    }
}
