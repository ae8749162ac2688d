//! Mouse events that have a meaning: a click or a turn of the wheel, at a position.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::scroll::Cursor;
use super::text::Scrolled;

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Click,
    WheelUp,
    WheelDown,
}

/// What the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub deed: Deed,
    pub at: Position,
}

/// What a click hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hit {
    #[default]
    Nothing,
    /// A row, which is now selected.
    Row,
    /// The row that was already selected.
    SelectedRow,
}

impl Pointer {
    pub fn of(event: MouseEvent) -> Option<Self> {
        let deed = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Deed::Click,
            MouseEventKind::ScrollUp => Deed::WheelUp,
            MouseEventKind::ScrollDown => Deed::WheelDown,
            _ => return None,
        };
        Some(Self { deed, at: Position { x: event.column, y: event.row } })
    }

    pub fn is_in(self, area: Rect) -> bool {
        area.contains(self.at)
    }

    /// Selects the row that was clicked, or scrolls the list. `list` is the area of its rows.
    pub fn on_list(self, cursor: &mut Cursor, list: Rect, rows: usize) -> Hit {
        let height = usize::from(list.height);
        match self.deed {
            Deed::Click if self.is_in(list) => {
                let line = usize::from(self.at.y - list.y);
                let Some(row) = cursor.visible(rows, height).nth(line) else { return Hit::Nothing };
                let before = cursor.selected();
                cursor.select(row);
                if before == row { Hit::SelectedRow } else { Hit::Row }
            }
            Deed::Click => Hit::Nothing,
            Deed::WheelUp | Deed::WheelDown => {
                cursor.scroll(self.deed == Deed::WheelUp, rows, height);
                Hit::Nothing
            }
        }
    }

    /// Scrolls a text.
    pub fn on_text<K: PartialEq>(self, text: &mut Scrolled<K>, area: Rect) {
        if self.deed != Deed::Click {
            text.scroll(self.deed == Deed::WheelUp, area);
        }
    }
}
