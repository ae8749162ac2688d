//! A prompt for a line of text.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::hints::CANCEL;
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::Row;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// The width of the dialog.
const WIDTH: usize = 70;

/// What an answer leads to. The prompt stays, so that an answer that fails can be corrected.
pub(in crate::tui) enum Reply {
    Effects(Vec<Effect>),
    /// The same answer counts only if it is given again.
    Confirm(String),
}

/// What is done with an answer, and whether it was given twice.
type Answer = Box<dyn Fn(&str, bool, Scene<'_>) -> Reply>;

/// A prompt.
pub(in crate::tui) struct Prompt {
    title: String,
    note: String,
    line: InputLine,
    answer: Answer,
    /// What tab makes of the text.
    alternate: Option<fn(&str) -> String>,
    /// The question about an answer that is to be confirmed.
    question: Option<String>,
    hints: &'static [Hint],
}

impl Prompt {
    /// `note` is shown below the line; `text` is the default answer.
    pub fn new(title: &str, note: &str, text: &str, answer: impl Fn(&str, bool, Scene<'_>) -> Reply + 'static) -> Self {
        Self {
            title: title.to_owned(),
            note: note.to_owned(),
            line: InputLine::new(text),
            answer: Box::new(answer),
            alternate: None,
            question: None,
            hints: &[(&[Action::Open], "save"), CANCEL],
        }
    }

    /// The same prompt, whose text can be changed by tab.
    pub fn with_alternate(self, alternate: fn(&str) -> String) -> Self {
        Self { alternate: Some(alternate), ..self }
    }

    /// The same prompt, with hints that name what it does.
    pub fn with_hints(self, hints: &'static [Hint]) -> Self {
        Self { hints, ..self }
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
            return Some(match (self.answer)(self.line.text(), self.question.is_some(), scene) {
                Reply::Effects(effects) => effects,
                Reply::Confirm(question) => {
                    self.question = Some(question);
                    Vec::new()
                }
            });
        }
        if let Some(alternate) = self.alternate.filter(|_| key.code == KeyCode::Tab) {
            self.line = InputLine::new(&alternate(self.line.text()));
            self.question = None;
            return Some(Vec::new());
        }
        let before = self.line.text().to_owned();
        let handled = self.line.typed(key);
        self.question.take_if(|_| before != self.line.text());
        handled.then(Vec::new)
    }

    fn pasted(&mut self, text: &str) {
        self.question = None;
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
        let (role, note) = self.question.as_ref().map_or((Role::Dim, &self.note), |question| (Role::Warning, question));
        Row::new().gap(1).text(role, note).paint(buffer, below, context.theme);
    }

    fn hints(&self) -> &'static [Hint] {
        match self.question {
            Some(_) => &[(&[Action::Open], "replace"), CANCEL],
            None => self.hints,
        }
    }
}
