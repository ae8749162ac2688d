//! Positions in a list or a text, and the mouse events that move them. Both move by the same keys and only know lengths and
//! heights.

use std::ops::Range;

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::text::Scrolled;
use crate::tui::action::Action;

/// How many rows or lines one notch of the wheel scrolls.
const NOTCH: usize = 3;

/// A way to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    Top,
    Bottom,
}

impl Motion {
    pub fn from_action(action: Action) -> Option<Self> {
        Some(match action {
            Action::Up => Self::Up,
            Action::Down => Self::Down,
            Action::PageUp => Self::PageUp,
            Action::PageDown => Self::PageDown,
            Action::HalfPageUp => Self::HalfPageUp,
            Action::HalfPageDown => Self::HalfPageDown,
            Action::Top => Self::Top,
            Action::Bottom => Self::Bottom,
            _ => return None,
        })
    }

    /// Whether it moves by more than a line, but not to an end.
    pub fn is_page(self) -> bool {
        matches!(self, Self::PageUp | Self::PageDown | Self::HalfPageUp | Self::HalfPageDown)
    }

    /// The position it leads to; `last` is the last valid one.
    pub fn from(self, place: usize, last: usize, height: usize) -> usize {
        let page = height.saturating_sub(1).max(1);
        let half = (height / 2).max(1);
        match self {
            Self::Up => place.saturating_sub(1),
            Self::Down => place.saturating_add(1),
            Self::PageUp => place.saturating_sub(page),
            Self::PageDown => place.saturating_add(page),
            Self::HalfPageUp => place.saturating_sub(half),
            Self::HalfPageDown => place.saturating_add(half),
            Self::Top => 0,
            Self::Bottom => last,
        }
        .min(last)
    }
}

/// The selected row of a list, and the first visible row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Cursor {
    selected: usize,
    top: usize,
}

impl Cursor {
    pub fn selected(&self) -> usize {
        self.selected
    }

    pub fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Selects a row that unfolds, with room for the rows below it.
    pub fn select_unfolded(&mut self, row: usize) {
        (self.selected, self.top) = (row, row.saturating_sub(1));
    }

    pub fn go(&mut self, motion: Motion, rows: usize, height: usize) {
        self.selected = motion.from(self.selected, rows.saturating_sub(1), height);
    }

    /// Scrolls by a notch of the wheel; the selection moves only as far as it must to stay visible.
    pub fn scroll(&mut self, up: bool, rows: usize, height: usize) {
        self.top = notch(self.top, up, rows.saturating_sub(height));
        self.selected = self.selected.clamp(self.top, (self.top + height).saturating_sub(1).max(self.top));
        self.clamp(rows, height);
    }

    /// Keeps the selection within the list and visible; called whenever either may have changed.
    pub fn clamp(&mut self, rows: usize, height: usize) {
        self.selected = self.selected.min(rows.saturating_sub(1));
        self.top = self.top.min(rows.saturating_sub(height)).min(self.selected);
        if height > 0 && self.selected >= self.top + height {
            self.top = self.selected + 1 - height;
        }
    }

    pub fn visible(&self, rows: usize, height: usize) -> Range<usize> {
        self.top.min(rows)..self.top.saturating_add(height).min(rows)
    }

    /// The position of the selection among the visible rows.
    pub fn line(&self) -> usize {
        self.selected.saturating_sub(self.top)
    }
}

/// The first visible line of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offset(usize);

impl Offset {
    pub fn go(&mut self, motion: Motion, lines: usize, height: usize) {
        self.0 = motion.from(self.0, lines.saturating_sub(height), height);
    }

    pub fn scroll(&mut self, up: bool, lines: usize, height: usize) {
        self.0 = notch(self.0, up, lines.saturating_sub(height));
    }

    pub fn clamp(&mut self, lines: usize, height: usize) {
        self.0 = self.0.min(lines.saturating_sub(height));
    }

    /// Moves no further than it must for lines to be visible; the first of them comes before the others.
    pub fn reveal(&mut self, begin: usize, end: usize, height: usize) {
        self.0 = self.0.max(end.saturating_sub(height)).min(begin);
    }

    pub fn visible(self, lines: usize, height: usize) -> Range<usize> {
        self.0.min(lines)..self.0.saturating_add(height).min(lines)
    }
}

fn notch(from: usize, up: bool, last: usize) -> usize {
    if up { from.saturating_sub(NOTCH) } else { from.saturating_add(NOTCH).min(last) }
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum MouseAction {
    Click,
    WheelUp,
    WheelDown,
}

/// What the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Pointer {
    pub action: MouseAction,
    pub at: Position,
}

/// What a click hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum ClickTarget {
    #[default]
    Nothing,
    /// A row, which is now selected.
    Row,
    /// The row that was already selected.
    SelectedRow,
}

impl Pointer {
    pub fn from_event(event: MouseEvent) -> Option<Self> {
        let action = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => MouseAction::Click,
            MouseEventKind::ScrollUp => MouseAction::WheelUp,
            MouseEventKind::ScrollDown => MouseAction::WheelDown,
            _ => return None,
        };
        Some(Self { action, at: Position { x: event.column, y: event.row } })
    }

    pub fn is_in(self, area: Rect) -> bool {
        area.contains(self.at)
    }

    /// Selects the row that was clicked, or scrolls the list. `list` is the area of its rows.
    pub fn on_list(self, cursor: &mut Cursor, list: Rect, rows: usize) -> ClickTarget {
        let height = usize::from(list.height);
        match self.action {
            MouseAction::Click if self.is_in(list) => {
                let line = usize::from(self.at.y - list.y);
                let Some(row) = cursor.visible(rows, height).nth(line) else { return ClickTarget::Nothing };
                let before = cursor.selected();
                cursor.select(row);
                if before == row { ClickTarget::SelectedRow } else { ClickTarget::Row }
            }
            MouseAction::Click => ClickTarget::Nothing,
            MouseAction::WheelUp | MouseAction::WheelDown => {
                cursor.scroll(self.action == MouseAction::WheelUp, rows, height);
                ClickTarget::Nothing
            }
        }
    }

    /// The same on a list whose rows are all visible, the long ones on two lines.
    pub fn on_wrapped_list(
        self,
        cursor: &mut Cursor,
        list: Rect,
        is_long: impl IntoIterator<Item = bool>,
    ) -> ClickTarget {
        let of_row = |(row, is_long)| std::iter::repeat_n(row, if is_long { 2 } else { 1 });
        let lines: Vec<u16> = (0..).zip(is_long).flat_map(of_row).collect();
        let rows = lines.last().map_or(0, |&last| usize::from(last) + 1);
        if !self.is_in(list) {
            return self.on_list(cursor, list, rows);
        }
        let Some(&row) = lines.get(usize::from(self.at.y - list.y)) else { return ClickTarget::Nothing };
        Self { at: Position { y: list.y + row, ..self.at }, ..self }.on_list(cursor, list, rows)
    }

    /// Scrolls a text.
    pub fn on_text<K: PartialEq>(self, text: &mut Scrolled<K>, area: Rect) {
        if self.action != MouseAction::Click {
            text.scroll(self.action == MouseAction::WheelUp, area);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_moves_what_is_seen_and_the_selection_only_to_keep_it_in_sight() {
        let mut cursor = Cursor::default();
        cursor.select(5);
        cursor.scroll(false, 100, 10);
        assert_eq!((cursor.selected(), cursor.visible(100, 10)), (5, 3..13));
        cursor.scroll(false, 100, 10);
        assert_eq!((cursor.selected(), cursor.visible(100, 10)), (6, 6..16));
        (0..9).for_each(|_| cursor.scroll(true, 100, 10));
        assert_eq!((cursor.selected(), cursor.visible(100, 10)), (6, 0..10));
        (0..99).for_each(|_| cursor.scroll(false, 12, 10));
        assert_eq!((cursor.selected(), cursor.visible(12, 10)), (6, 2..12));
        cursor.scroll(false, 0, 0);
        assert_eq!(cursor.selected(), 0);
    }

    fn walk(motions: &[Motion], rows: usize, height: usize) -> (usize, Range<usize>) {
        let mut cursor = Cursor::default();
        for &motion in motions {
            cursor.go(motion, rows, height);
            cursor.clamp(rows, height);
        }
        (cursor.selected(), cursor.visible(rows, height))
    }

    #[test]
    fn the_selection_stays_in_the_list_and_in_sight() {
        use Motion::{Bottom, Down, HalfPageDown, PageDown, PageUp, Top, Up};
        assert_eq!(walk(&[Up], 100, 10), (0, 0..10));
        assert_eq!(walk(&[Down; 10], 100, 10), (10, 1..11));
        assert_eq!(walk(&[PageDown, PageDown], 100, 10), (18, 9..19));
        assert_eq!(walk(&[HalfPageDown], 100, 10), (5, 0..10));
        assert_eq!(walk(&[Bottom], 100, 10), (99, 90..100));
        assert_eq!(walk(&[Bottom, PageUp, Up], 100, 10), (89, 89..99));
        assert_eq!(walk(&[Bottom, Top], 100, 10), (0, 0..10));
        assert_eq!(walk(&[Down], 0, 10), (0, 0..0));
        assert_eq!(walk(&[Down, Down], 2, 0), (1, 0..0));
    }

    #[test]
    fn a_list_that_shrinks_keeps_its_screen_full() {
        let mut cursor = Cursor::default();
        cursor.select(99);
        cursor.clamp(100, 10);
        cursor.clamp(20, 10);
        assert_eq!((cursor.selected(), cursor.visible(20, 10)), (19, 10..20));
    }

    #[test]
    fn a_text_scrolls_to_its_last_line_and_no_further() {
        let mut offset = Offset::default();
        offset.go(Motion::Bottom, 30, 10);
        assert_eq!(offset.visible(30, 10), 20..30);
        offset.go(Motion::Down, 30, 10);
        assert_eq!(offset.visible(30, 10), 20..30);
        offset.clamp(5, 10);
        assert_eq!(offset.visible(5, 10), 0..5);
    }
}
