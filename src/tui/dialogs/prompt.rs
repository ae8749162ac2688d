//! A prompt for a line of text.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// The width of the dialog.
const WIDTH: usize = 70;

/// The effects of an answer. The prompt stays, so that an answer that fails can be corrected.
type Answer = Box<dyn Fn(&str, Scene<'_>) -> Vec<Effect>>;

/// A prompt.
pub(in crate::tui) struct Prompt {
    title: String,
    note: String,
    line: InputLine,
    answer: Answer,
}

impl Prompt {
    /// `note` is shown below the line; `text` is the default answer.
    pub fn new(title: &str, note: &str, text: &str, answer: impl Fn(&str, Scene<'_>) -> Vec<Effect> + 'static) -> Self {
        Self { title: title.to_owned(), note: note.to_owned(), line: InputLine::new(text), answer: Box::new(answer) }
    }
}

impl Overlay for Prompt {
    fn act(&mut self, action: Action, _: Scene<'_>) -> Vec<Effect> {
        vec![if matches!(action, Action::Close | Action::Quit) { Effect::Close } else { Effect::NoSuchKey }]
    }

    fn gives_way(&self) -> bool {
        false
    }

    fn typed(&mut self, key: KeyEvent, scene: Scene<'_>) -> Option<Vec<Effect>> {
        if key.code == KeyCode::Enter {
            return Some((self.answer)(self.line.text(), scene));
        }
        self.line.typed(key).then(Vec::new)
    }

    fn pasted(&mut self, text: &str) {
        self.line.insert(text);
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(layout::popup(scene.body, WIDTH, 4))
    }

    fn refresh(&mut self, _: Scene<'_>) -> Vec<Job> {
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = layout::popup(body, WIDTH, 4);
        Clear.render(area, buffer);
        let inner =
            pane::open(buffer, area, &self.title, "", Framing { theme: context.theme, boxed: true, focused: true });
        let columns = usize::from(inner.width).saturating_sub(2);
        self.line.row(Row::new().gap(1), columns).paint(buffer, inner.intersection(area), context.theme);
        let below = layout::below_heads(inner).intersection(area);
        Row::new().gap(1).text(Role::Dim, &self.note).paint(buffer, below, context.theme);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Open], "continue"), (&[Action::Close], "cancel")]
    }
}
