//! The last line: the keys that matter here, from the keymap as it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::tui::Keymap;
use crate::tui::action::Action;
use crate::tui::row::Row;
use crate::tui::theme::{Role, Theme};
use crate::tui::views::Look;

/// Actions and the word for them; what belongs together shares one.
pub(in crate::tui) type Hint = (&'static [Action], &'static str);

/// As many hints as there is room for, and the last one always: it says how to leave.
pub(in crate::tui) fn footer(buffer: &mut Buffer, area: Rect, hints: &[Hint], look: Look<'_>) {
    let Some((last, hints)) = hints.split_last() else { return };
    let width = usize::from(area.width);
    let shown = |(actions, word): &Hint| (keys(look.keymap, actions), *word);
    let columns = |keys: &str, word: &str| format::width(keys) + 1 + format::width(word);
    let leaving = shown(last);
    let room = width.saturating_sub(columns(&leaving.0, leaving.1) + 1);
    let mut row = Row::new().gap(1);
    for (keys, word) in hints.iter().map(shown).filter(|(keys, _)| !keys.is_empty()) {
        if row.width() + columns(&keys, word) + 3 > room {
            break;
        }
        row = hint(row, &keys, word).text(Role::Dim, " · ");
    }
    if !leaving.0.is_empty() {
        row = hint(row, &leaving.0, leaving.1);
    }
    row.paint(buffer, area, look.theme);
}

/// What happened, in place of the hints.
pub(in crate::tui) fn notice(buffer: &mut Buffer, area: Rect, text: &str, theme: &Theme) {
    Row::new().gap(1).text(Role::Strong, text).paint(buffer, area, theme);
}

fn hint(row: Row, keys: &str, word: &str) -> Row {
    row.text(Role::Key, keys).text(Role::Dim, &format!(" {word}"))
}

fn keys(keymap: &Keymap, actions: &[Action]) -> String {
    actions.iter().filter_map(|&action| keymap.keys(action).next()).map(|key| key.to_string()).collect()
}
