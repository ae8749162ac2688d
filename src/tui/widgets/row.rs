//! One line of the screen, and the only way to get text onto it: whatever is put in a [`Row`] is made safe to show, cut
//! to its columns and kept in its column, however wide its characters are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::theme::{Role, Theme};
use crate::format;

struct RowPiece {
    at: usize,
    room: usize,
    text: String,
    role: Role,
}

/// One line, made of pieces at fixed columns.
#[derive(Default)]
pub(in crate::tui) struct Row {
    cells: Vec<RowPiece>,
    end: usize,
}

impl Row {
    pub fn new() -> Self {
        Self::default()
    }

    /// The column where the next piece starts.
    pub fn width(&self) -> usize {
        self.end
    }

    /// Text at its full length.
    pub fn text(self, role: Role, text: &str) -> Self {
        self.piece(role, format::safe_str(text), None, false)
    }

    /// Bytes of the image at their full length.
    pub fn bytes(self, role: Role, bytes: &[u8]) -> Self {
        self.piece(role, format::safe(bytes), None, false)
    }

    /// Text aligned left in a number of columns.
    pub fn left(self, role: Role, text: &str, columns: usize) -> Self {
        self.piece(role, format::safe_str(text), Some(columns), false)
    }

    /// Text aligned right in a number of columns.
    pub fn right(self, role: Role, text: &str, columns: usize) -> Self {
        self.piece(role, format::safe_str(text), Some(columns), true)
    }

    /// Text up to a column counted from the start of the row, and cut there.
    pub fn until(self, role: Role, text: &str, column: usize) -> Self {
        let room = column.saturating_sub(self.end);
        let text = format::fit(&format::safe_str(text), room);
        self.piece(role, text, None, false)
    }

    /// Empty columns.
    pub fn gap(mut self, columns: usize) -> Self {
        self.end += columns;
        self
    }

    fn piece(mut self, role: Role, safe: String, columns: Option<usize>, right: bool) -> Self {
        let text = match columns {
            Some(columns) => format::fit(&safe, columns),
            None => safe,
        };
        let width = format::width(&text);
        let columns = columns.unwrap_or(width);
        let indent = if right { columns.saturating_sub(width) } else { 0 };
        self.cells.push(RowPiece { at: self.end + indent, room: columns - indent.min(columns), text, role });
        self.end += columns;
        self
    }

    /// Paints the row on the first line of an area; what is too long ends in `…`.
    pub fn paint(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let width = usize::from(area.width);
        for cell in &self.cells {
            let Some(room) = width.checked_sub(cell.at).filter(|&room| room > 0) else { continue };
            let room = room.min(cell.room);
            let text = format::fit(&cell.text, room);
            let at = area.x + u16::try_from(cell.at).unwrap_or(u16::MAX);
            buffer.set_stringn(at, area.y, text, room, theme.style(cell.role));
        }
    }
}

/// Paints rows on an area, one below the other, and highlights the selected one.
pub(in crate::tui) fn paint_rows(
    buffer: &mut Buffer,
    area: Rect,
    theme: &Theme,
    rows: impl IntoIterator<Item = Row>,
    selected: Option<(usize, Role)>,
) {
    for (at, row) in rows.into_iter().take(usize::from(area.height)).enumerate() {
        let line = Rect { y: area.y + u16::try_from(at).unwrap_or(0), height: 1, ..area };
        row.paint(buffer, line, theme);
        if let Some((_, role)) = selected.filter(|(selected, _)| *selected == at) {
            highlight(buffer, line, theme, role);
        }
    }
}

/// The same for rows that may have a second line.
pub(in crate::tui) fn paint_wrapped_rows(
    buffer: &mut Buffer,
    area: Rect,
    theme: &Theme,
    rows: impl IntoIterator<Item = (Row, Option<Row>)>,
    selected: Option<(usize, Role)>,
) {
    let mut line = Rect { height: 1, ..area };
    for (at, (row, second)) in rows.into_iter().enumerate() {
        let selected = selected.filter(|(selected, _)| *selected == at).map(|(_, role)| (0, role));
        for row in std::iter::once(row).chain(second) {
            paint_rows(buffer, line.intersection(area), theme, [row], selected);
            line.y = line.y.saturating_add(1);
        }
    }
}

/// A text on one line, or on two of a width if one is not enough; then the second line has all the rest.
pub(in crate::tui) fn on_two_lines(text: String, width: usize) -> (String, String) {
    if width == 0 || format::width(&text) <= width {
        return (text, String::new());
    }
    let mut lines = format::wrap(&text, width, 0).into_iter();
    let first = lines.next().unwrap_or_default();
    (first, lines.collect::<Vec<_>>().join(" "))
}

/// Highlights a line that is painted.
pub(super) fn highlight(buffer: &mut Buffer, line: Rect, theme: &Theme, role: Role) {
    let line = line.intersection(buffer.area);
    buffer.set_style(line, Style::new().remove_modifier(Modifier::DIM));
    if role == Role::Selected {
        // The highlight is one bar, whatever the style of the pieces is elsewhere.
        buffer.set_style(line, Style::new().fg(Color::Reset).remove_modifier(Modifier::BOLD));
    }
    buffer.set_style(line, theme.style(role));
}

/// Parts of a column, from one eighth to seven.
const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of a number of columns: live bytes to an eighth of a column, then wasted bytes, relative to the largest.
pub(in crate::tui) fn bar(row: Row, live: u64, wasted: u64, largest: u64, columns: usize) -> Row {
    let (live, wasted) = bar_parts(live, wasted, largest, columns);
    let rest = (live % 8).checked_sub(1).map_or("", |rest| EIGHTHS[rest]);
    row.text(Role::Bar, &format!("{}{rest}", "█".repeat(live / 8)))
        .text(Role::BarWasted, &"░".repeat(wasted))
        .gap(columns.saturating_sub(live.div_ceil(8) + wasted))
}

/// Eighths of a column of the live part, and columns of the wasted one. A part that is not zero is always visible, and
/// the whole never exceeds its width.
fn bar_parts(live: u64, wasted: u64, largest: u64, columns: usize) -> (usize, usize) {
    let eighths = columns * 8;
    let scale = |bytes: u64| {
        let scaled = u128::from(bytes) * eighths as u128 / u128::from(largest.max(1));
        usize::try_from(scaled).unwrap_or(eighths).max(usize::from(bytes > 0)).min(eighths)
    };
    let whole = scale(live.saturating_add(wasted));
    // In a single column, the larger part is shown.
    if whole <= 8 {
        return if wasted > live { (0, whole.div_ceil(8)) } else { (whole, 0) };
    }
    let of_live = scale(live).min(if wasted > 0 { eighths - 8 } else { eighths });
    let of_waste = (scale(wasted) / 8).max(usize::from(wasted > 0));
    (of_live, of_waste.min(columns - of_live.div_ceil(8)))
}

/// Safe text cut at the front: the end of a path or name says more than its beginning.
pub(in crate::tui) fn fit_end(text: &str, columns: usize) -> String {
    if format::width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if format::width(&text[at..]) > room {
            break;
        }
        from = at;
    }
    format!("…{}", &text[from..])
}

/// A bar that fills; it is dotted if the total is unknown.
pub(in crate::tui) fn progress(row: Row, fraction: Option<f64>, columns: usize) -> Row {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a part of a few dozen columns"
    )]
    let full = fraction.map_or(0, |fraction| (fraction.clamp(0.0, 1.0) * columns as f64) as usize);
    row.text(Role::Bar, &"█".repeat(full)).text(Role::Dim, &"·".repeat(columns - full))
}

/// `45 %`, without decimals, since it changes quickly.
pub(in crate::tui) fn whole_percent(fraction: f64) -> String {
    format!("{:.0} %", (fraction * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(row: &Row, width: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        let area = buffer.area;
        row.paint(&mut buffer, area, &Theme::plain());
        let mut text = String::new();
        let mut skip = 0;
        for cell in buffer.content() {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = format::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        text
    }

    #[test]
    fn nothing_of_an_image_steers_the_terminal() {
        let row = Row::new().bytes(Role::Text, b"a\x1b[31m").text(Role::Text, "\u{202e}b");
        assert_eq!(shown(&row, 30).trim_end(), "a\\x1b[31m\\u{202e}b");
    }

    #[test]
    fn columns_stay_straight_under_wide_letters() {
        let row = |name| Row::new().left(Role::Text, name, 7).right(Role::Text, "1 kB", 5);
        assert_eq!(shown(&row("abcdefghi"), 12), "abcdef… 1 kB");
        assert_eq!(shown(&row("名前名前"), 12), "名前名… 1 kB");
        assert_eq!(shown(&row("名"), 12), "名      1 kB");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(shown(&Row::new().text(Role::Text, "abc").text(Role::Text, "defg"), 5), "abcd…");
        assert_eq!(shown(&Row::new().left(Role::Text, "ab", 4).text(Role::Text, "c"), 4), "ab  ");
    }

    #[test]
    fn a_path_is_cut_at_its_front() {
        assert_eq!(fit_end("usr/lib/x.so", 8), "…ib/x.so");
        assert_eq!(fit_end("名前/名前", 6), "…/名前");
        assert_eq!((fit_end("abc", 3), fit_end("abc", 0)), ("abc".to_owned(), String::new()));
    }

    #[test]
    fn a_bar_shows_whatever_is_there() {
        assert_eq!(bar_parts(100, 0, 100, 10), (80, 0));
        assert_eq!(bar_parts(1, 0, 1_000_000, 10), (1, 0), "an eighth of a column");
        assert_eq!(bar_parts(50, 50, 100, 10), (40, 5));
        assert_eq!(bar_parts(45, 55, 100, 10), (36, 5));
        assert_eq!(bar_parts(1, 99, 100, 10), (1, 9), "a little live data is visible");
        assert_eq!(bar_parts(99, 1, 100, 10), (72, 1), "and so is a little waste");
        assert_eq!(bar_parts(0, 0, 100, 10), (0, 0));
        assert_eq!((bar_parts(2, 1, 100, 10), bar_parts(1, 2, 100, 10)), ((2, 0), (0, 1)));
        assert_eq!(bar_parts(u64::MAX, u64::MAX, 1, 10), (72, 1));
        let drawn = |live, wasted| shown(&bar(Row::new(), live, wasted, 100, 10), 10);
        assert_eq!((drawn(45, 55), drawn(1, 0)), ("████▌░░░░░".to_owned(), "▏         ".to_owned()));
    }
}
