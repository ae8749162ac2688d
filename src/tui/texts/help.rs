//! The keys, from the keymap as it is, so that help is never wrong.

use crate::tui::Keymap;
use crate::tui::action::{Action, Group};
use crate::tui::row::Row;
use crate::tui::text::Text;
use crate::tui::theme::Role;

/// Columns of the keys.
const KEYS: usize = 22;

pub(in crate::tui) fn help(text: &mut Text, keymap: &Keymap) {
    for &group in Group::ALL {
        text.heading(group.title());
        for &action in Action::ALL.iter().filter(|action| action.group() == group) {
            let keys: Vec<_> = keymap.keys(action).map(|key| keymap.spelt(key)).collect();
            let row = Row::new().gap(2);
            let row = if keys.is_empty() {
                row.left(Role::Dim, "no key", KEYS)
            } else {
                row.left(Role::Key, &keys.join("  "), KEYS)
            };
            text.row(row.text(Role::Text, action.help()));
        }
    }
}
