//! What all panes have in common: a frame and a title.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, BorderType, Borders, Clear, Widget};

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
    let (border, title, line) = if focused {
        (Role::BorderFocused, Role::TitleFocused, BorderType::Thick)
    } else {
        (Role::Border, Role::Title, BorderType::Plain)
    };
    if area.height == 0 || area.width < 4 {
        return layout::inner(area, boxed).intersection(area);
    }
    let sides = if boxed && area.height > 1 { Borders::ALL } else { Borders::TOP };
    Block::new().borders(sides).border_type(line).border_style(theme.style(border)).render(area, buffer);
    let between = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
    let room = usize::from(between.width) - 2;
    let mut top = Row::new().text(title, " ").until(title, name, room);
    if !about.is_empty() {
        top = top.until(Role::Text, &format!(" {about}"), room);
    }
    let top = top.text(border, " ");
    // The style of the border would shine through.
    let width = u16::try_from(top.width()).unwrap_or(u16::MAX).min(between.width);
    Clear.render(Rect { width, ..between }, buffer);
    top.paint(buffer, between, theme);
    layout::inner(area, boxed)
}

/// Shows the position in a list on its top line and on its right edge, unless the whole list is visible or there is no
/// room.
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
    scrollbar(buffer, area, list, cursor.visible(rows, usize::from(list.height)), rows, framing);
    if rows > usize::from(list.height) && free {
        Row::new().text(Role::Dim, &text).paint(buffer, Rect { x: at, width, height: 1, ..area }, framing.theme);
    }
}

/// Shows which part of a list or a text is visible, on the frame or in the last column; nothing if all of it is.
pub(in crate::tui) fn scrollbar(
    buffer: &mut Buffer,
    area: Rect,
    list: Rect,
    visible: Range<usize>,
    rows: usize,
    framing: Framing<'_>,
) {
    let height = usize::from(list.height);
    if height < 2 || rows <= height || area.width < 4 {
        return;
    }
    let thumb = (height * visible.len() / rows).max(1);
    // At its ends only where the list is.
    let end = rows - height;
    let most = height - thumb;
    let top = match visible.start {
        0 => 0,
        start if start >= end => most,
        start => (start * most / end).clamp(usize::from(most > 1), most.saturating_sub(1).max(usize::from(most > 0))),
    };
    let column = Rect { x: area.right() - 1, width: 1, ..list }.intersection(buffer.area);
    let border = if framing.focused { Role::BorderFocused } else { Role::Border };
    for (at, y) in (column.y..column.bottom()).enumerate() {
        // Without a frame the bar covers the end of the rows; a cut row says so before it.
        if column.x < list.right() && column.x > list.x {
            let is_cut = !buffer[(column.x, y)].symbol().trim().is_empty();
            let before = &mut buffer[(column.x - 1, y)];
            if is_cut || format::width(before.symbol()) > 1 {
                before.set_symbol("…");
            }
        }
        let (sign, role) = if (top..top + thumb).contains(&at) { ("█", border) } else { ("│", Role::Border) };
        buffer[(column.x, y)].set_symbol(sign).set_style(Style::reset()).set_style(framing.theme.style(role));
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
    scrollbar(buffer, area, inner, text.visible(inner), text.len(), framing);
}

/// A note where a list has nothing to show.
pub(in crate::tui) fn note(buffer: &mut Buffer, area: Rect, theme: &Theme, text: &str) {
    Row::new().gap(1).text(Role::Dim, text).paint(buffer, area, theme);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bar of a list of 10 lines.
    fn bar(first: usize, rows: usize) -> String {
        let area = Rect::new(0, 0, 20, 12);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::plain();
        let framing = Framing { theme: &theme, boxed: true, focused: false };
        let list = layout::inner(area, true);
        scrollbar(&mut buffer, area, list, first..(first + 10).min(rows), rows, framing);
        (1..11).map(|y| buffer[(19, y)].symbol().to_owned()).collect()
    }

    #[test]
    fn a_scrollbar_is_at_its_ends_only_where_the_list_is() {
        assert_eq!(bar(0, 10).trim(), "", "all rows are visible");
        assert_eq!(bar(0, 20), "█████│││││");
        assert_eq!(bar(1, 20), "│█████││││");
        assert_eq!(bar(9, 20), "││││█████│");
        assert_eq!(bar(10, 20), "│││││█████");
        assert_eq!(bar(0, 100_000), "█│││││││││");
        assert_eq!(bar(50, 100_000), "│█││││││││");
        assert_eq!(bar(99_989, 100_000), "││││││││█│");
        assert_eq!(bar(99_990, 100_000), "│││││││││█");
    }

    #[test]
    fn a_row_that_the_bar_cuts_says_so() {
        let area = Rect::new(0, 0, 8, 3);
        let mut buffer = Buffer::with_lines(["12345678", "123456字", "1234567 "]);
        let theme = Theme::plain();
        scrollbar(&mut buffer, area, area, 0..3, 9, Framing { theme: &theme, boxed: false, focused: false });
        let rows: Vec<String> = (0..3).map(|y| (0..8).map(|x| buffer[(x, y)].symbol()).collect()).collect();
        assert_eq!(rows, ["123456…█", "123456…│", "1234567│"]);
    }
}
