//! The list of keys, made from the current keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help_text;
use crate::tui::action::{Action, Group, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::overlay::{Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::text::{Scrolled, Text};
use crate::tui::work::Job;

use crate::tui::view::DrawContext;

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
        help_text::help(&mut text, keymap, &[]);
        layout::popup(body, WIDTH + 2, text.len() + 2)
    }
}

impl Overlay for HelpView {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        if matches!(action, Action::Help | Action::Close | Action::Quit) {
            return vec![Effect::Close];
        }
        if let Some(motion) = Motion::from_action(action) {
            self.text.go(motion, layout::inner(Self::room(scene.body, scene.keymap), true));
        }
        Vec::new()
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(Self::room(scene.body, scene.keymap))
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let area = layout::inner(Self::room(scene.body, scene.keymap), true);
        let first = self.first;
        self.text.refresh((), area, |text| help_text::help(text, scene.keymap, first));
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = Self::room(body, context.keymap);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        pane::details(buffer, area, "Keys", &self.text, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Up, Action::Down], "move"), (&[Action::Close], "close")]
    }
}
