//! The list of keys, made from the current keymap, so that it is never wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::action::{Action, Group, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::Row;
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::text::{Scrolled, Text};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// The width of the dialog.
const WIDTH: usize = 76;

/// The dialog that shows the help.
#[derive(Default)]
pub(in crate::tui) struct HelpView {
    /// The keys of the view below come first.
    first: &'static [Group],
    text: Scrolled<()>,
}

impl HelpView {
    /// With some groups of keys before the others.
    pub fn about(first: &'static [Group]) -> Self {
        Self { first, ..Self::default() }
    }

    fn room(body: Rect, keymap: &Keymap) -> Rect {
        let mut text = Text::new(WIDTH);
        help(&mut text, keymap, &[]);
        layout::popup(body, WIDTH + 2, text.len() + 2)
    }
}

impl Overlay for HelpView {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        if matches!(action, Action::Help | Action::Close | Action::Quit) {
            return vec![Effect::Close];
        }
        let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
        self.text.go(motion, layout::inner(Self::room(scene.body, scene.keymap), true));
        Vec::new()
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(Self::room(scene.body, scene.keymap))
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let area = layout::inner(Self::room(scene.body, scene.keymap), true);
        let first = self.first;
        self.text.refresh((), area, |text| help(text, scene.keymap, first));
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = Self::room(body, context.keymap);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        pane::text(buffer, area, "Keys", &self.text, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Up, Action::Down], "move"), (&[Action::Close], "close")]
    }
}

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
fn help(text: &mut Text, keymap: &Keymap, first: &[Group]) {
    for &group in first.iter().chain(Group::ALL.iter().filter(|group| !first.contains(group))) {
        text.heading(group.title());
        for action in keymap.actions().filter(|action| action.group() == group) {
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
