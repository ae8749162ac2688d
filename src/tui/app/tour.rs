//! The card of a tour, at the bottom of the real screen: a lesson, its question, and what became clear of the answer.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Rect, Size};

use crate::format::{count, wrap};
use crate::teaching::{Answer, Lesson, Question, Tour};
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::view::CursorTarget;
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::theme::{Role, Theme};

/// Wrong answers after which the solution is shown.
const TRIES: usize = 3;
/// A lower screen has no card.
const LOWEST: u16 = 15;
/// No card needs more lines.
const MOST: u16 = 12;
/// No answer is longer.
const LONGEST: usize = 24;

/// What a tour begins with.
pub struct TourStart {
    /// The lessons for the image.
    pub tour: Tour,
    /// The lesson that was shown last, by its id.
    pub last: Option<String>,
    /// Remembers the id of the lesson that is shown.
    pub remember: Box<dyn Fn(&str) + Send>,
}

pub(super) struct TourCard {
    start: TourStart,
    /// The lesson; after the last one, the final page.
    at: usize,
    answered: Vec<bool>,
    tries: usize,
    said: Option<String>,
    /// What is typed as an answer.
    typed: Option<String>,
}

impl TourCard {
    pub fn new(start: TourStart) -> Self {
        let lessons = &start.tour.lessons;
        let at = lessons.iter().position(|lesson| Some(&lesson.id) == start.last.as_ref()).unwrap_or(0);
        let answered = vec![false; lessons.len()];
        Self { at, answered, start, tries: 0, said: None, typed: None }
    }

    pub fn height(size: Size) -> u16 {
        if size.height < LOWEST { 0 } else { (size.height / 3).min(MOST) }
    }

    pub fn lesson(&self) -> Option<&Lesson> {
        self.start.tour.lessons.get(self.at)
    }

    /// Goes to the next lesson or back.
    pub fn go(&mut self, forward: bool) {
        let last = self.start.tour.lessons.len();
        self.at = if forward { (self.at + 1).min(last) } else { self.at.saturating_sub(1) };
        (self.tries, self.said, self.typed) = (0, None, None);
        if let Some(lesson) = self.lesson() {
            (self.start.remember)(&lesson.id);
        } else {
            // The next tour begins at its first lesson.
            (self.start.remember)("");
        }
    }

    fn open_question(&self) -> Option<&Question> {
        let question = self.lesson()?.question.as_ref()?;
        (!self.answered[self.at]).then_some(question)
    }

    /// Begins to type an answer.
    pub fn begin(&mut self) {
        match self.open_question().map(|question| &question.answer) {
            Some(Answer::Number(_) | Answer::Choice(_)) => self.typed = Some(String::new()),
            Some(_) => self.said = Some("Go to it on the screen, and press enter.".to_owned()),
            None => {}
        }
    }

    /// Takes a key of an answer; returns whether it was one.
    pub fn typed(&mut self, key: KeyEvent) -> bool {
        let Some(typed) = &mut self.typed else { return false };
        match key.code {
            KeyCode::Char(letter) if key.modifiers.is_empty() && typed.len() < LONGEST => typed.push(letter),
            KeyCode::Backspace => drop(typed.pop()),
            KeyCode::Esc => self.typed = None,
            KeyCode::Enter => {
                let answer = self.typed.take().unwrap_or_default();
                let is_right = self.open_question().is_some_and(|question| question.is_answered_by(&answer));
                self.judge(is_right);
            }
            _ => return false,
        }
        true
    }

    /// Takes what the cursor is on as the answer, where the question asks for something of the screen; returns whether
    /// it does.
    pub fn point_out(&mut self, target: CursorTarget) -> bool {
        let right = match (self.open_question().map(|question| &question.answer), target) {
            (Some(Answer::Layer(layer)), CursorTarget { layer: Some(chosen), .. }) => *layer == chosen,
            (Some(Answer::Path(node)), CursorTarget { node: Some(chosen), .. }) => *node == chosen,
            _ => return false,
        };
        self.judge(right);
        true
    }

    fn judge(&mut self, is_right: bool) {
        let Some(question) = self.open_question().cloned() else { return };
        if is_right {
            self.said = Some(format!("Right. {}", question.solution));
            self.answered[self.at] = true;
            return;
        }
        self.tries += 1;
        if self.tries < TRIES {
            self.said = Some(format!("Not yet. {}", question.hint));
        } else {
            self.said = Some(format!("The answer: {}", question.solution));
            self.answered[self.at] = true;
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme, keymap: &Keymap) {
        let columns = usize::from(area.width).saturating_sub(2);
        let key = |action, word| keymap.keys(action).next().map(|key| format!("{} {word}", keymap.spelling(key)));
        let keys = [(Action::PreviousLesson, "back"), (Action::NextLesson, "next"), (Action::LeaveTour, "leave")];
        let keys = keys.into_iter().filter_map(|(action, word)| key(action, word)).collect::<Vec<_>>().join(" · ");
        let title = match self.lesson() {
            Some(lesson) => format!("lesson {} of {} · {}", self.at + 1, self.start.tour.lessons.len(), lesson.title),
            None => "end of the tour".to_owned(),
        };
        let gap = columns.saturating_sub(crate::format::width(&title) + crate::format::width(&keys)).max(1);
        let head = Row::new().gap(1).text(Role::Selected, &title).text(Role::Selected, &" ".repeat(gap));
        let mut rows = vec![head.text(Role::Selected, &keys)];
        let lines = |text: &str| wrap(text, columns, 0);
        let mut below: Vec<(Role, String)> = Vec::new();
        let text = match self.lesson() {
            Some(lesson) => lesson.text.clone(),
            None => self.summary(),
        };
        if let Some(question) = self.lesson().and_then(|lesson| lesson.question.as_ref()) {
            below.extend(lines(&question.text).into_iter().map(|line| (Role::Strong, line)));
            let choices = question.choices.iter().enumerate().map(|(at, choice)| format!("{} {choice}", at + 1));
            let choices = choices.collect::<Vec<_>>().join(" · ");
            below.extend(lines(&choices).into_iter().filter(|line| !line.is_empty()).map(|line| (Role::Text, line)));
        }
        if let Some(typed) = &self.typed {
            below.push((Role::Key, format!("answer: {typed}_")));
        }
        below.extend(self.said.iter().flat_map(|said| lines(said)).map(|line| (Role::Warning, line)));
        let room = usize::from(area.height).saturating_sub(1 + below.len());
        let mut above = lines(&text);
        if above.len() > room {
            above.truncate(room);
            if let Some(last) = above.last_mut() {
                *last = crate::format::fit(&format!("{last} …"), columns);
            }
        }
        rows.extend(above.iter().map(|line| Row::new().gap(1).text(Role::Text, line)));
        rows.extend(below.iter().map(|(role, line)| Row::new().gap(1).text(*role, line)));
        paint_rows(buffer, area, theme, rows, None);
    }

    /// The final page.
    fn summary(&self) -> String {
        let lessons = &self.start.tour.lessons;
        let questions = lessons.iter().filter(|lesson| lesson.question.is_some()).count();
        let right = self.answered.iter().filter(|answered| **answered).count();
        let skipped = match self.start.tour.skipped.as_slice() {
            [] => String::new(),
            skipped => format!(" This image cannot show: {}.", skipped.join("; ")),
        };
        format!(
            "{} lessons, {} of {} questions answered.{skipped} `layerscope tour IMAGE > tour.txt` saves all lessons.",
            count(lessons.len()),
            count(right),
            count(questions)
        )
    }
}
