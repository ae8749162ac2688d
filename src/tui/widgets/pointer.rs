//! Mouse events that have a meaning: a click or a turn of the wheel, at a position.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::scroll::Cursor;
use super::text::Scrolled;

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

    /// Scrolls a text.
    pub fn on_text<K: PartialEq>(self, text: &mut Scrolled<K>, area: Rect) {
        if self.action != MouseAction::Click {
            text.scroll(self.action == MouseAction::WheelUp, area);
        }
    }
}
