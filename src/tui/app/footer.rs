//! The footer: the keys that matter here, from the current keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::tui::action::{Action, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::view::DrawContext;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::{Role, Theme};

/// A piece of the line: what a click on it does, if that is unambiguous.
struct FooterPiece {
    role: Role,
    text: String,
    action: Option<Action>,
}

/// What a click on a column of the line means.
pub(super) fn footer_action(column: u16, area: Rect, hints: &[Hint], keymap: &Keymap) -> Option<Action> {
    let column = usize::from(column.checked_sub(area.x)?).checked_sub(1)?;
    let mut end = 0;
    pieces(usize::from(area.width), hints, keymap)
        .into_iter()
        .find(|piece| {
            end += format::width(&piece.text);
            column < end
        })
        .and_then(|piece| piece.action)
}

/// As many hints as fit, and always the last one: it says how to leave.
pub(super) fn footer(buffer: &mut Buffer, area: Rect, hints: &[Hint], context: DrawContext<'_>) {
    let pieces = pieces(usize::from(area.width), hints, context.keymap);
    let row = pieces.iter().fold(Row::new().gap(1), |row, piece| row.text(piece.role, &piece.text));
    row.paint(buffer, area, context.theme);
}

fn pieces(width: usize, hints: &[Hint], keymap: &Keymap) -> Vec<FooterPiece> {
    let mut pieces = Vec::new();
    let Some((last, hints)) = hints.split_last() else { return pieces };
    let columns = |pieces: &[FooterPiece]| pieces.iter().map(|piece| format::width(&piece.text)).sum::<usize>();
    let leaving = hint(keymap, last);
    let room = width.saturating_sub(columns(&leaving) + 1);
    let mut taken = 1;
    for hint in hints.iter().map(|shown| hint(keymap, shown)).filter(|hint| !hint.is_empty()) {
        let more = columns(&hint) + 3;
        if taken + more > room {
            break;
        }
        taken += more;
        pieces.extend(hint);
        pieces.push(FooterPiece { role: Role::Dim, text: " · ".to_owned(), action: None });
    }
    pieces.extend(leaving);
    pieces
}

/// The first key of every action, and the word; empty if none has a key.
fn hint(keymap: &Keymap, (actions, word): &Hint) -> Vec<FooterPiece> {
    let views = keymap.views().filter(|_| actions.is_empty());
    let keys = actions.iter().copied().chain(views).filter_map(|action| Some((action, keymap.keys(action).next()?)));
    let mut pieces: Vec<FooterPiece> = Vec::new();
    for (action, key) in keys {
        let text = keymap.spelling(key);
        // Names of keys are separated; single symbols need no separator.
        if pieces.last().is_some_and(|before| format::width(&before.text).max(format::width(&text)) > 1) {
            pieces.push(FooterPiece { role: Role::Dim, text: "/".to_owned(), action: None });
        }
        pieces.push(FooterPiece { role: Role::Key, text, action: Some(action) });
    }
    if !pieces.is_empty() {
        let action = if let [action] = actions { Some(*action) } else { None };
        pieces.push(FooterPiece { role: Role::Dim, text: format!(" {word}"), action });
    }
    pieces
}

/// A notice, in place of the hints.
pub(super) fn notice(buffer: &mut Buffer, area: Rect, text: &str, theme: &Theme) {
    Row::new().gap(1).text(Role::Strong, text).paint(buffer, area, theme);
}
