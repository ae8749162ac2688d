//! What all panes have in common: a frame and a title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout;
use super::row::Row;
use super::scroll::Cursor;
use super::text::Scrolled;
use super::theme::{Role, Theme};
use crate::format;

/// How a pane is framed.
#[derive(Clone, Copy)]
pub(in crate::tui) struct Framing<'a> {
    pub theme: &'a Theme,
    pub boxed: bool,
    pub focused: bool,
}

impl Framing<'_> {
    /// The style of the selected row in this pane.
    pub fn selection(&self) -> Role {
        if self.focused { Role::Selected } else { Role::SelectedElsewhere }
    }
}

/// The description of a pane, in as many words as fit next to its name.
pub(in crate::tui) fn about_that_fits(area: Rect, name: &str, full: String, short: impl FnOnce() -> String) -> String {
    let taken = 3 + format::width(&format::safe_str(name)) + format::width(&format::safe_str(&full));
    if taken + 3 <= usize::from(area.width) { full } else { short() }
}

/// Draws the frame and returns the area for the contents. A title is a name and a description of what is shown.
pub(in crate::tui) fn open(buffer: &mut Buffer, area: Rect, name: &str, about: &str, framing: Framing<'_>) -> Rect {
    let Framing { theme, boxed, focused } = framing;
    let (border, title) = if focused { (Role::BorderFocused, Role::TitleFocused) } else { (Role::Border, Role::Title) };
    let width = usize::from(area.width);
    if area.height == 0 || width < 4 {
        return layout::inner(area, boxed).intersection(area);
    }
    let [left_top, right_top, left_bottom, right_bottom, across, down] = match (boxed, focused) {
        (true, false) => ["┌", "┐", "└", "┘", "─", "│"],
        (true, true) => ["┏", "┓", "┗", "┛", "━", "┃"],
        (false, false) => ["─", "─", "", "", "─", ""],
        (false, true) => ["━", "━", "", "", "━", ""],
    };
    let mut top = Row::new().text(border, left_top).text(title, " ").until(title, name, width - 3);
    if !about.is_empty() {
        top = top.until(Role::Text, &format!(" {about}"), width - 3);
    }
    let rest = width.saturating_sub(top.width() + 2);
    top = top.text(border, " ").text(border, &across.repeat(rest)).text(border, right_top);
    top.paint(buffer, area, theme);
    if boxed && area.height > 1 {
        for y in area.y + 1..area.bottom() - 1 {
            for x in [area.x, area.right() - 1] {
                Row::new().text(border, down).paint(buffer, Rect { x, y, width: 1, height: 1 }, theme);
            }
        }
        let bottom =
            Row::new().text(border, left_bottom).text(border, &across.repeat(width - 2)).text(border, right_bottom);
        bottom.paint(buffer, Rect { y: area.bottom() - 1, height: 1, ..area }, theme);
    }
    layout::inner(area, boxed)
}

/// Shows the position in a list on its top line, unless the whole list is visible or there is no room.
pub(in crate::tui) fn position(
    buffer: &mut Buffer,
    area: Rect,
    cursor: &Cursor,
    rows: usize,
    list: Rect,
    framing: Framing<'_>,
) {
    let text = format!(" {} of {} ", format::count(cursor.selected() + 1), format::count(rows));
    let width = u16::try_from(format::width(&text)).unwrap_or(u16::MAX);
    let at = area.right().saturating_sub(width + 2);
    let free = at > area.x && (at - 1..at + width).all(|x| matches!(buffer[(x, area.y)].symbol(), "─" | "━"));
    if rows > usize::from(list.height) && free {
        Row::new().text(Role::Dim, &text).paint(buffer, Rect { x: at, width, height: 1, ..area }, framing.theme);
    }
}

/// A text in a frame.
pub(in crate::tui) fn text<K: PartialEq>(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    text: &Scrolled<K>,
    framing: Framing<'_>,
) {
    let inner = open(buffer, area, title, "", framing);
    text.draw(buffer, inner, framing.theme);
}

/// A note where a list has nothing to show.
pub(in crate::tui) fn note(buffer: &mut Buffer, area: Rect, theme: &Theme, text: &str) {
    Row::new().gap(1).text(Role::Dim, text).paint(buffer, area, theme);
}
