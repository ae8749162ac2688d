//! The list of keys, made of the keymap as it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::Keymap;
use crate::tui::action::Action;
use crate::tui::layout;
use crate::tui::pane::Framing;
use crate::tui::panes;
use crate::tui::scroll::Motion;
use crate::tui::text::{Scrolled, Text};
use crate::tui::texts;

use super::Look;

/// Columns of the popup.
const WIDTH: usize = 76;

/// What lies on top when help is asked for.
#[derive(Default)]
pub(in crate::tui) struct HelpView {
    text: Scrolled<()>,
}

impl HelpView {
    fn area(body: Rect, keymap: &Keymap) -> Rect {
        let mut text = Text::new(WIDTH);
        texts::help(&mut text, keymap);
        layout::popup(body, WIDTH + 2, text.len() + 2)
    }

    pub fn act(&mut self, action: Action, body: Rect, keymap: &Keymap) {
        if let Some(motion) = Motion::of(action) {
            self.text.go(motion, layout::inner(Self::area(body, keymap), true));
        }
    }

    pub fn settle(&mut self, body: Rect, keymap: &Keymap) {
        let area = layout::inner(Self::area(body, keymap), true);
        self.text.settle((), area, |text| texts::help(text, keymap));
    }

    pub fn draw(&self, buffer: &mut Buffer, body: Rect, look: Look<'_>) {
        let area = Self::area(body, look.keymap);
        Clear.render(area, buffer);
        let framing = Framing { theme: look.theme, boxed: true, focused: true };
        panes::details(buffer, area, "Keys", &self.text, framing);
    }
}
