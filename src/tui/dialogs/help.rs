//! The list of keys, made from the current keymap, so that it is never wrong; and on a second page the words of the view
//! below, then all others.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::teaching::{Term, words_of};
use crate::tui::action::{Action, Group, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, HelpSection, Overlay, Scene};
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
    /// The view below, whose words come first on the second page.
    view: &'static str,
    /// What is explained of the dialog below.
    section: Option<&'static HelpSection>,
    /// Whether the second page is shown.
    words: bool,
    text: Scrolled<bool>,
}

impl HelpView {
    /// With some groups of keys before the others, and the words of a view.
    pub fn about(first: &'static [Group], view: &'static str) -> Self {
        Self { first, view, ..Self::default() }
    }

    /// With what is explained of the dialog below.
    pub fn with_section(self, section: Option<&'static HelpSection>) -> Self {
        Self { section, ..self }
    }

    fn room(body: Rect, keymap: &Keymap) -> Rect {
        let mut text = Text::new(WIDTH);
        help(&mut text, keymap, &[], None);
        layout::popup(body, WIDTH + 2, text.len() + 2)
    }
}

impl Overlay for HelpView {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        if matches!(action, Action::NextPane | Action::PreviousPane) || (action == Action::Help && !self.words) {
            self.words = !self.words;
            return Vec::new();
        }
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
        let (first, view, section, is_words) = (self.first, self.view, self.section, self.words);
        self.text.refresh(is_words, area, |text| {
            if is_words { words(text, view) } else { help(text, scene.keymap, first, section) }
        });
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = Self::room(body, context.keymap);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        pane::text(buffer, area, if self.words { "Words" } else { "Keys" }, &self.text, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        if self.words {
            &[(&[Action::Up, Action::Down], "move"), (&[Action::NextPane], "keys"), (&[Action::Close], "close")]
        } else {
            &[(&[Action::Up, Action::Down], "move"), (&[Action::NextPane], "words"), (&[Action::Close], "close")]
        }
    }
}

/// The words of a view, then all others.
fn words(text: &mut Text, view: &str) {
    let (here, others) = words_of(view.trim_start_matches("view-"));
    let mut list = |title: &str, terms: &[&Term]| {
        if terms.is_empty() {
            return;
        }
        text.heading(title);
        for term in terms {
            text.row(Row::new().gap(2).text(Role::Key, &term.name));
            text.wrapped(Role::Text, &term.text, 4);
        }
    };
    list("Words of this view", &here);
    list("Other words", &others);
}

/// The width of the keys.
const KEYS: usize = 22;

/// The words of a filter.
const WORDS: &[(&str, &str)] = &[
    ("lib/x  \"my file\"", "part of a path; smart case: a capital counts"),
    ("*.so  usr/**", "glob: matches the name, or the whole path"),
    ("re:^etc  /\\.pem$/", "regular expression on the whole path"),
    (">1MB  <10k", "larger or smaller; files only"),
    ("kind:file", "or dir, link, hardlink, device, pipe"),
    ("owner:1000", "or with its group: owner:1000:1000"),
    ("setuid", "has the setuid or the setgid bit"),
    ("is:added", "or modified, removed, unchanged"),
];

/// Signs in lists that no column head explains.
const SIGNS: &[(&str, &str)] = &[
    ("!", "a secret is in these files: the details say which"),
    ("•", "marked: it is in the basket"),
    ("█ ░", "bars: what a container sees, what is wasted"),
];

/// The keys that have another meaning in dive.
const DIVE: &[(&str, &str)] = &[
    ("ctrl-a", "merged view; on files, dive hides added ones: here A"),
    ("ctrl-r ctrl-m ctrl-u", "dive hides removed, modified, unchanged: here R M U"),
    ("u d", "dive turns pages: here pgup pgdn, ctrl-u ctrl-d"),
    ("ctrl-p", "jump: long names wrap or are cut without a key"),
    ("ctrl-b", "page up: modes and owners are always shown"),
];

/// All keys, some groups of them before the others, after what is explained of a dialog.
fn help(text: &mut Text, keymap: &Keymap, first: &[Group], section: Option<&HelpSection>) {
    if let Some(section) = section {
        text.heading(section.title);
        for (action, word, says) in section.lines {
            let key = action.and_then(|action| keymap.keys(action).next()).map(|key| keymap.spelling(key));
            let word = key.unwrap_or_else(|| (*word).to_owned());
            text.row(Row::new().gap(2).left(Role::Key, &word, KEYS).text(Role::Text, says));
        }
    }
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
        let mut list = |title: &str, rows: &[(&str, &str)]| {
            text.heading(title);
            for (word, says) in rows {
                text.row(Row::new().gap(2).left(Role::Key, word, KEYS).text(Role::Text, says));
            }
        };
        match group {
            Group::Rows => list("Signs in the lists", SIGNS),
            Group::Find => list("Filter terms, which are ANDed: all must match", WORDS),
            _ => {}
        }
    }
    text.heading("If you know dive: its other keys work as there");
    for (key, says) in DIVE {
        text.row(Row::new().gap(2).left(Role::Key, key, KEYS).text(Role::Text, says));
    }
}
