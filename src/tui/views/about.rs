//! View 5: the image itself, as one text: what it is called, what it runs, where its bytes are, what is doubtful.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::facts::Facts;
use crate::tui::layout;
use crate::tui::pane::Framing;
use crate::tui::panes;
use crate::tui::scroll::Motion;
use crate::tui::text::Scrolled;
use crate::tui::texts;

use super::Look;

/// A text and the place in it.
#[derive(Default)]
pub(in crate::tui) struct AboutView {
    text: Scrolled<u32>,
}

impl AboutView {
    pub fn act(&mut self, action: Action, body: Rect) {
        if let Some(motion) = Motion::of(action) {
            self.text.go(motion, layout::inner(body, layout::boxed(body)));
        }
    }

    pub fn settle(&mut self, facts: &Facts, body: Rect) {
        let area = layout::inner(body, layout::boxed(body));
        self.text.settle(facts.edition, area, |text| texts::image(text, facts));
    }

    pub fn draw(&self, buffer: &mut Buffer, body: Rect, look: Look<'_>) {
        let framing = Framing { theme: look.theme, boxed: layout::boxed(body), focused: true };
        panes::details(buffer, body, "Image", &self.text, framing);
    }
}
