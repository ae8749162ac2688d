//! Small dialogs that end with one answer: a prompt for a line of text, and a menu of texts, one of which is copied to the
//! clipboard.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::format;
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::hints::CANCEL;
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// The width of a prompt.
const PROMPT_WIDTH: usize = 70;

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
        Some(layout::popup(scene.body, PROMPT_WIDTH, 4))
    }

    fn refresh(&mut self, _: Scene<'_>) -> Vec<Job> {
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = layout::popup(body, PROMPT_WIDTH, 4);
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

/// The width of a menu.
const MENU_WIDTH: usize = 96;
/// Lines for the full text of the selection.
const WHOLE: usize = 4;

/// An item of the menu.
pub(in crate::tui) struct MenuItem {
    label: String,
    /// A description, for the notice.
    what: String,
    text: String,
}

impl MenuItem {
    pub fn new(label: &str, what: &str, text: &str) -> Self {
        Self { label: label.to_owned(), what: what.to_owned(), text: text.to_owned() }
    }
}

/// The menu.
pub(in crate::tui) struct Menu {
    title: String,
    choices: Vec<MenuItem>,
    cursor: Cursor,
}

impl Menu {
    pub fn new(title: &str, choices: Vec<MenuItem>) -> Self {
        Self { title: title.to_owned(), choices, cursor: Cursor::default() }
    }

    fn room(&self, body: Rect) -> Rect {
        layout::popup(body, MENU_WIDTH, self.choices.len() + WHOLE + 3)
    }

    /// The list, and below it the full text of the selection where there is room.
    fn parts(&self, body: Rect) -> (Rect, Rect) {
        let inner = layout::inner(self.room(body), true);
        let choices = u16::try_from(self.choices.len()).unwrap_or(u16::MAX);
        let list = Rect { height: choices.min(inner.height), ..inner };
        let rest = inner.height - list.height;
        (list, Rect { y: list.bottom() + rest.min(1), height: rest.saturating_sub(1), ..inner })
    }

    fn copy(&self, at: usize) -> Vec<Effect> {
        let Some(choice) = self.choices.get(at) else { return Vec::new() };
        vec![Effect::Close, Effect::Copy { text: choice.text.clone(), what: choice.what.clone() }]
    }
}

impl Overlay for Menu {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        match action {
            Action::Close | Action::Quit => return vec![Effect::Close],
            Action::Open | Action::Copy | Action::CopyCommand => return self.copy(self.cursor.selected()),
            _ => {}
        }
        let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
        let height = usize::from(self.parts(scene.body).0.height);
        self.cursor.go(motion, self.choices.len(), height);
        Vec::new()
    }

    /// Numbers are those of its items.
    fn gives_way(&self) -> bool {
        false
    }

    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        let KeyCode::Char(letter) = key.code else { return None };
        let number = letter.to_digit(10).filter(|_| key.modifiers == KeyModifiers::NONE)?;
        let at = usize::try_from(number).ok()?.checked_sub(1).filter(|&at| at < self.choices.len())?;
        Some(self.copy(at))
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(self.room(scene.body))
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        self.cursor.clamp(self.choices.len(), usize::from(self.parts(scene.body).0.height));
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = self.room(body);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        pane::open(buffer, area, &self.title, "", framing);
        let (list, whole) = self.parts(body);
        let labels = self.choices.iter().map(|choice| choice.label.len()).max().unwrap_or(0);
        let visible = self.cursor.visible(self.choices.len(), usize::from(list.height));
        let rows = visible.filter_map(|at| Some((at, self.choices.get(at)?))).map(|(at, choice)| {
            let mut lines = choice.text.lines();
            let line = lines.next().unwrap_or_default();
            let line = if lines.next().is_some() { format!("{line} …") } else { line.to_owned() };
            let row = Row::new().gap(1).right(Role::Key, &(at + 1).to_string(), 2).gap(1);
            row.left(Role::Dim, &choice.label, labels).gap(2).until(Role::Text, &line, usize::from(list.width))
        });
        paint_rows(
            buffer,
            list.intersection(area),
            context.theme,
            rows,
            Some((self.cursor.line(), framing.selection())),
        );
        pane::position(buffer, area, &self.cursor, self.choices.len(), list, framing);
        let Some(choice) = self.choices.get(self.cursor.selected()) else { return };
        let width = usize::from(whole.width).saturating_sub(2);
        let lines = choice.text.lines().flat_map(|line| format::wrap(&format::safe_str(line), width, 2));
        let mut lines: Vec<_> = lines.take(usize::from(whole.height) + 1).collect();
        if lines.len() > usize::from(whole.height) {
            lines.truncate(usize::from(whole.height));
            if let Some(last) = lines.last_mut() {
                *last = format::fit(&format!("{last} …"), width).trim_end_matches(" …").to_owned() + " …";
            }
        }
        let rows = lines.into_iter().map(|line| Row::new().gap(1).text(Role::Text, &line));
        paint_rows(buffer, whole.intersection(area), context.theme, rows, None);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Up, Action::Down], "move"), (&[Action::Open], "copy"), (&[Action::Close], "close")]
    }
}
