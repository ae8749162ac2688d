//! Text that wraps and scrolls: details, the image, the help.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::row::{Row, highlight};
use super::scroll::{Motion, Offset};
use super::theme::{Role, Theme};
use crate::format;

/// The width of the labels before values.
const LABEL: usize = 12;

/// Lines that fit a width.
#[derive(Default)]
pub(in crate::tui) struct Text {
    rows: Vec<Row>,
    width: usize,
}

impl Text {
    pub fn new(width: usize) -> Self {
        Self { rows: Vec::new(), width }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn blank(&mut self) {
        if !self.rows.is_empty() {
            self.rows.push(Row::new());
        }
    }

    pub fn heading(&mut self, title: &str) {
        self.blank();
        self.rows.push(Row::new().gap(1).text(Role::Heading, title));
    }

    /// A paragraph, in as many lines as it needs.
    pub fn wrapped(&mut self, role: Role, text: &str, indent: usize) {
        self.wrapped_to(role, text, indent, usize::MAX);
    }

    /// The same in no more than some lines, cut where these end.
    pub fn wrapped_to(&mut self, role: Role, text: &str, indent: usize, most: usize) {
        let room = self.width.saturating_sub(indent + 1);
        let mut lines = format::wrap(&format::safe_str(text), room, 2);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = format::fit(&format!("{last}…"), room);
            }
        }
        for line in lines {
            self.rows.push(Row::new().gap(indent).text(role, &line));
        }
    }

    /// A label and its value, which wraps next to it.
    pub fn field(&mut self, label: &str, value: &str) {
        self.field_as(Role::Text, label, value);
    }

    pub fn field_as(&mut self, role: Role, label: &str, value: &str) {
        let room = self.width.saturating_sub(self.label_columns() + 2);
        let mut label = label;
        for line in format::wrap(&format::safe_str(value), room, 0) {
            let row = self.labelled(label).text(role, &line);
            self.rows.push(row);
            label = "";
        }
    }

    /// A row that begins with a label.
    pub fn labelled(&self, label: &str) -> Row {
        Row::new().gap(1).left(Role::Dim, label, self.label_columns())
    }

    fn label_columns(&self) -> usize {
        if self.width < 36 { 8 } else { LABEL }
    }

    fn visible(&self, range: Range<usize>) -> &[Row] {
        self.rows.get(range).unwrap_or_default()
    }
}

/// A text with a scroll position, rebuilt when its subject changes.
pub(in crate::tui) struct Scrolled<K> {
    about: Option<K>,
    text: Text,
    offset: Offset,
    /// The most lines of any of its texts of this width.
    tallest: usize,
}

impl<K> Default for Scrolled<K> {
    fn default() -> Self {
        Self { about: None, text: Text::default(), offset: Offset::default(), tallest: 0 }
    }
}

impl<K: PartialEq> Scrolled<K> {
    /// Rebuilds the text if its subject has changed, and keeps the position valid.
    pub fn refresh(&mut self, about: K, area: Rect, make: impl FnOnce(&mut Text)) {
        let width = usize::from(area.width);
        if self.about.as_ref() != Some(&about) || self.text.width() != width {
            if self.text.width() != width {
                self.tallest = 0;
            }
            self.text = Text::new(width);
            make(&mut self.text);
            self.tallest = self.tallest.max(self.text.len());
            if self.about.as_ref() != Some(&about) {
                self.offset = Offset::default();
            }
            self.about = Some(about);
        }
        self.offset.clamp(self.text.len(), usize::from(area.height));
    }

    pub fn go(&mut self, motion: Motion, area: Rect) {
        self.offset.go(motion, self.text.len(), usize::from(area.height));
    }

    /// Scrolls by a notch of the wheel.
    pub fn scroll(&mut self, up: bool, area: Rect) {
        self.offset.scroll(up, self.text.len(), usize::from(area.height));
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// The most lines that a text had at this width: a pane of this height need not change with every text.
    pub fn tallest(&self) -> usize {
        self.tallest
    }

    /// The lines that are visible in an area.
    pub fn visible(&self, area: Rect) -> Range<usize> {
        self.offset.visible(self.text.len(), usize::from(area.height))
    }

    /// The first visible line.
    pub fn top(&self) -> usize {
        self.offset.visible(self.text.len(), 0).start
    }

    /// Scrolls so that lines are visible, the first of them before the others.
    pub fn reveal(&mut self, begin: usize, end: usize, area: Rect) {
        self.offset.reveal(begin, end.min(self.text.len()), usize::from(area.height));
        self.offset.clamp(self.text.len(), usize::from(area.height));
    }

    /// Highlights a line like the selected row of a list.
    pub fn highlight(&self, buffer: &mut Buffer, area: Rect, theme: &Theme, line: usize) {
        let visible = self.visible(area);
        if visible.contains(&line) {
            let y = area.y + u16::try_from(line - visible.start).unwrap_or(0);
            highlight(buffer, Rect { y, height: 1, ..area }, theme, Role::Selected);
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        for (at, row) in self.text.visible(self.visible(area)).iter().enumerate() {
            let line = Rect { y: area.y + u16::try_from(at).unwrap_or(0), height: 1, ..area };
            row.paint(buffer, line, theme);
        }
    }
}

/// `1 file`, `2 files`.
pub(in crate::tui) fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", format::count(count), if count == 1 { "" } else { "s" })
}
