//! The keys, from the current keymap, so that the help is never wrong.

use crate::tui::action::{Action, Group};
use crate::tui::keymap::Keymap;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::text::Text;
use crate::tui::widgets::theme::Role;

/// The width of the keys.
const KEYS: usize = 22;

/// The words of a filter.
const WORDS: &[(&str, &str)] = &[
    ("lib/x  \"my file\"", "part of a path; case matters once it has a capital"),
    ("*.so  usr/**", "glob: matches the name, or the whole path"),
    ("re:^etc  /\\.pem$/", "regular expression on the whole path"),
    (">1MB  <10k", "larger or smaller; files only"),
    ("kind:file", "or dir, link, hardlink, device, pipe"),
    ("owner:1000", "or with its group: owner:1000:1000"),
    ("setuid", "has the setuid or the setgid bit"),
    ("is:added", "or modified, removed, unchanged"),
];

/// All keys, some groups of them before the others.
pub(in crate::tui) fn help(text: &mut Text, keymap: &Keymap, first: &[Group]) {
    for &group in first.iter().chain(Group::ALL.iter().filter(|group| !first.contains(group))) {
        text.heading(group.title());
        for &action in Action::ALL.iter().filter(|action| action.group() == group) {
            let keys: Vec<_> = keymap.keys(action).map(|key| keymap.spelling(key)).collect();
            let row = Row::new().gap(2);
            let row = if keys.is_empty() {
                row.left(Role::Dim, "no key", KEYS)
            } else {
                row.left(Role::Key, &keys.join("  "), KEYS)
            };
            text.row(row.text(Role::Text, action.help()));
        }
        if group == Group::Find {
            text.heading("Filter: words, all of which must match");
            for (word, says) in WORDS {
                text.row(Row::new().gap(2).left(Role::Key, word, KEYS).text(Role::Text, says));
            }
        }
    }
}
