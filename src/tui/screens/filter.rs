//! Filters on the screen: the line where one is typed, below a list, and in the title how it is interpreted and what it
//! leaves.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::tui::search::Finder;
use crate::tui::widgets::layout;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::{Role, Theme};

/// What can be typed.
const WORDS: &str = "part of a path, *.so, re:regex, >1MB, <10k, kind:file, owner:1000, setuid, is:added";

/// Takes the filter line, if there is one, from the area below a title.
pub(super) fn above_filter(inner: Rect, finder: &Finder) -> Rect {
    Rect { height: inner.height.saturating_sub(u16::from(finder.has_line())), ..inner }
}

/// The area of a list with column headings, above its filter.
pub(super) fn filtered_rows(inner: Rect, finder: &Finder) -> Rect {
    layout::below_heads(above_filter(inner, finder))
}

/// Draws the filter on the last line of a pane.
pub(super) fn filter_line(buffer: &mut Buffer, inner: Rect, finder: &Finder, theme: &Theme) {
    if !finder.has_line() || inner.height == 0 {
        return;
    }
    let area = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let row = Row::new().gap(1).text(Role::Key, "filter").gap(2);
    let room = usize::from(area.width).saturating_sub(row.width() + 1);
    let row = if finder.is_typing() && finder.line().text().is_empty() {
        finder.line().row(row, 1).gap(1).text(Role::Dim, WORDS)
    } else if finder.is_typing() {
        finder.line().row(row, room)
    } else {
        row.until(Role::Strong, finder.line().text(), usize::from(area.width))
    };
    row.paint(buffer, area, theme);
}

/// The rows that a filter leaves.
pub(super) struct Counts {
    pub matches: usize,
    /// Of how many.
    pub total: usize,
    /// Their bytes, in words; empty where they have none.
    pub bytes: String,
}

/// What a title says about a filter; `None` if everything is shown.
pub(in crate::tui) fn summary(
    finder: &Finder,
    counts: Option<Counts>,
    waiting: bool,
    in_short: bool,
) -> Option<String> {
    let mut words = Vec::new();
    if let Some(fault) = finder.fault() {
        words.push(fault.to_owned());
    }
    if let Some(query) = finder.query() {
        if let Some(Counts { matches, total: of, bytes }) = &counts {
            let verb = match (in_short, *matches) {
                (true, _) => "",
                (false, 1) => " matches",
                (false, _) => " match",
            };
            let dots = if waiting { "… " } else { "" };
            let bytes = if bytes.is_empty() { String::new() } else { format!(", {bytes}") };
            words.push(format!("{dots}{} of {}{verb}{bytes}", format::count(*matches), format::count(*of)));
        } else {
            words.push("…".to_owned());
        }
        let mode = query.mode();
        if !mode.is_empty() {
            words.push(mode);
        }
    }
    if finder.hidden().any() {
        if let Some(Counts { matches, total: of, .. }) = counts.filter(|_| finder.query().is_none()) {
            words.push(format!("{} of {}", format::count(matches), format::count(of)));
        }
        words.push(format!("{} hidden", finder.hidden().names()));
    }
    (!words.is_empty()).then(|| words.join(" · "))
}
