//! Lists with columns. A column is data: its title, its width, its side and its cell; the text after the last column is
//! the row's own.

use std::fmt::Display;

use super::row::{Row, bar, progress};
use super::theme::Role;

/// What a row shows in a column.
pub(in crate::tui) enum Cell {
    Empty,
    Text(Role, String),
    /// Texts one after the other, after an indent, cut where the column ends.
    Texts(usize, Vec<(Role, String)>),
    /// Live and wasted bytes, relative to the most of a row.
    Bar(u64, u64, u64),
    Progress(Option<f64>),
}

impl Cell {
    /// The number of a layer, if there is one.
    pub fn number(number: Option<impl Display>) -> Self {
        number.map_or(Self::Empty, |number| Self::Text(Role::Text, number.to_string()))
    }
}

/// What a row shows in a column that is this wide.
type CellOf<T> = fn(&T, usize) -> Cell;

struct Column<T> {
    title: &'static str,
    width: usize,
    is_right: bool,
    /// Empty columns after it.
    gap: usize,
    cell: CellOf<T>,
}

impl<T> Column<T> {
    fn text(&self, row: Row, role: Role, text: &str) -> Row {
        if self.is_right { row.right(role, text, self.width) } else { row.left(role, text, self.width) }
    }
}

/// The columns that are shown in a pane, each of which shows something of a `T`.
pub(in crate::tui) struct Table<T> {
    pane: usize,
    columns: Vec<Column<T>>,
}

impl<T> Table<T> {
    /// For a pane of this width.
    pub fn new(pane: usize) -> Self {
        Self { pane, columns: Vec::new() }
    }

    /// Adds a column that is aligned left, if the pane is at least this wide.
    pub fn left(self, least: usize, title: &'static str, width: usize, cell: CellOf<T>) -> Self {
        self.column(least, Column { title, width, is_right: false, gap: 1, cell })
    }

    /// The same, aligned right.
    pub fn right(self, least: usize, title: &'static str, width: usize, cell: CellOf<T>) -> Self {
        self.column(least, Column { title, width, is_right: true, gap: 1, cell })
    }

    /// Leaves this room after the column that was added last.
    pub fn gap(mut self, gap: usize) -> Self {
        self.columns.iter_mut().last().into_iter().for_each(|column| column.gap = gap);
        self
    }

    fn column(mut self, least: usize, column: Column<T>) -> Self {
        self.columns.extend(Some(column).filter(|_| least <= self.pane));
        self
    }

    /// The titles, after what comes first in a row.
    pub fn heads(&self, first: Row) -> Row {
        self.columns.iter().fold(first, |row, column| column.text(row, Role::Heading, column.title).gap(column.gap))
    }

    /// Where the column with this title starts, counted from the first one.
    pub fn start(&self, title: &str) -> usize {
        let before = self.columns.iter().take_while(|column| column.title != title);
        before.map(|column| column.width + column.gap).sum()
    }

    /// The title of the column at this place, counted from the start of the first one.
    pub fn title_at(&self, place: usize) -> Option<&'static str> {
        let mut end = 0;
        let mut columns = self.columns.iter();
        let at = columns.find(|column| {
            end += column.width + column.gap;
            place < end
        });
        at.map(|column| column.title)
    }

    /// The cells of a row, after what comes first in it.
    pub fn row(&self, first: Row, of: &T) -> Row {
        self.columns.iter().fold(first, |row, column| {
            let end = row.width() + column.width;
            let row = match (column.cell)(of, column.width) {
                Cell::Empty => row,
                Cell::Text(role, text) => column.text(row, role, &text),
                Cell::Texts(indent, texts) => {
                    texts.iter().fold(row.gap(indent), |row, (role, text)| row.until(*role, text, end))
                }
                Cell::Bar(live, wasted, largest) => bar(row, live, wasted, largest, column.width),
                Cell::Progress(fraction) => progress(row, fraction, column.width),
            };
            let rest = end.saturating_sub(row.width());
            row.gap(rest + column.gap)
        })
    }
}
