//! The card of a tour, at the bottom of the real screen: a lesson, its question, and whether the answer is right. A
//! card with more text than room has pages.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect, Size};

use crate::format::{fit, width, wrap};
use crate::teaching::{Answer, Lesson, Question, Tour};
use crate::tui::action::{Action, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::view::CursorTarget;
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::{Role, Theme};
use crate::union::{NodeId, Union};

/// Wrong answers after which the solution is shown.
const TRIES: usize = 3;
/// A lower screen has no card.
pub(super) const LOWEST: u16 = 15;
/// No card needs more lines.
const MOST: u16 = 12;
/// No card is lower where the screen has room.
const LEAST: u16 = 6;
/// No answer is longer.
const LONGEST: usize = 60;
/// The columns that buttons leave to the title at least.
const TITLE: usize = 24;

/// Writes a text to a file that is not there yet; returns why it does not.
pub type SaveText = Arc<dyn Fn(&str, &str) -> Result<(), String> + Send + Sync>;

/// Remembers the id of a lesson, and the ids of those whose questions are answered.
pub type RememberLessons = Box<dyn Fn(&str, &[&str]) + Send>;

/// What a tour begins with.
pub struct TourStart {
    /// The lessons for the image.
    pub tour: Tour,
    /// The lesson that was shown last, by its id.
    pub last: Option<String>,
    /// The lessons whose questions were answered before, by their ids.
    pub answered: Vec<String>,
    /// Remembers the id of the lesson that is shown, and the ids of those that are answered.
    pub remember: RememberLessons,
    /// Saves what was learnt.
    pub save: SaveText,
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Open,
    Right,
    /// The solution was shown.
    Shown,
}

/// What a click on a piece of the card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CardTarget {
    Act(Action),
    /// Choose one of the answers, counted from 1.
    Choose(usize),
}

/// A piece of a line of the card.
struct CardPiece {
    role: Role,
    text: String,
    target: Option<CardTarget>,
}

fn piece(role: Role, text: impl Into<String>) -> CardPiece {
    CardPiece { role, text: text.into(), target: None }
}

pub(super) struct TourCard {
    start: TourStart,
    /// The lesson; after the last one, the final page.
    at: usize,
    /// The page of the card.
    page: usize,
    outcomes: Vec<Outcome>,
    tries: usize,
    said: Option<(Role, String)>,
    /// What is typed as an answer.
    typed: Option<String>,
}

impl TourCard {
    pub fn new(start: TourStart) -> Self {
        let lessons = &start.tour.lessons;
        let at = lessons.iter().position(|lesson| Some(&lesson.id) == start.last.as_ref()).unwrap_or(0);
        let known = |id: &String| if start.answered.contains(id) { Outcome::Right } else { Outcome::Open };
        let outcomes = lessons.iter().map(|lesson| known(&lesson.id)).collect();
        let mut card = Self { at, page: 0, outcomes, start, tries: 0, said: None, typed: None };
        card.arrive();
        card
    }

    /// As many lines as it fills, of those that a screen has for it.
    pub fn height(&self, size: Size, keymap: &Keymap) -> u16 {
        if size.height < LOWEST {
            return 0;
        }
        let most = (size.height / 3).min(MOST);
        let lines = 1 + self.content(usize::from(size.width).saturating_sub(2), keymap).len();
        u16::try_from(lines).unwrap_or(most).clamp(LEAST.min(most), most)
    }

    /// What the footer offers first: how an answer is typed, or how it is ended.
    pub fn hints(&self) -> (bool, &'static [Hint]) {
        const TYPING: &[Hint] = &[(&[Action::Open], "answer"), (&[Action::Close], "cancel")];
        const ASKING: &[Hint] = &[(&[Action::AnswerQuestion], "answer")];
        match self.open_question().map(|question| &question.answer) {
            _ if self.typed.is_some() => (true, TYPING),
            Some(Answer::Choice(_) | Answer::Number(_)) => (false, ASKING),
            _ => (false, &[]),
        }
    }

    /// What to press before the number of a choice, which is the key of a view.
    pub fn before_choice(&self, keymap: &Keymap) -> Option<String> {
        let is_choice = matches!(self.open_question()?.answer, Answer::Choice(_));
        let key = keymap.keys(Action::AnswerQuestion).next().filter(|_| is_choice)?;
        Some(format!("that number is a view: to answer the question, press {} first", keymap.spelling(key)))
    }

    /// Whether a row of a list is the answer to the open question.
    pub fn asks_for_layer(&self) -> bool {
        self.open_question().is_some_and(|question| matches!(question.answer, Answer::Layer(_)))
    }

    /// What tells a learner that the tour goes on where it was left.
    pub fn continued(&self, keymap: &Keymap) -> Option<String> {
        let back = keymap.keys(Action::PreviousLesson).next().map(|key| keymap.spelling(key))?;
        (self.at > 0).then(|| format!("continued at lesson {}: {back} goes back", self.at + 1))
    }

    pub fn lesson(&self) -> Option<&Lesson> {
        self.start.tour.lessons.get(self.at)
    }

    /// Goes to the next page of the card or of the tour, or back; returns whether another lesson is shown. After the final
    /// page comes the first lesson, with all questions open.
    pub fn go(&mut self, forward: bool, card: Rect, keymap: &Keymap) -> Result<bool, &'static str> {
        if self.turn(forward, card, keymap) {
            return Ok(false);
        }
        match (forward, self.lesson()) {
            (true, None) => {
                self.at = 0;
                self.outcomes.fill(Outcome::Open);
            }
            (true, Some(_)) => self.at += 1,
            (false, _) if self.at == 0 => return Err("this is the first lesson"),
            (false, _) => self.at -= 1,
        }
        self.arrive();
        self.remember();
        Ok(true)
    }

    /// Begins the lesson.
    fn arrive(&mut self) {
        (self.page, self.tries, self.said, self.typed) = (0, 0, None, None);
        if let Some(question) = self.lesson().and_then(|lesson| lesson.question.as_ref())
            && self.outcomes[self.at] != Outcome::Open
        {
            self.said = Some((Role::Added, format!("Answered: {}", question.solution)));
        }
    }

    fn remember(&self) {
        let known = self.start.tour.lessons.iter().zip(&self.outcomes);
        let answered = known.filter(|(_, outcome)| **outcome == Outcome::Right).map(|(lesson, _)| lesson.id.as_str());
        // After the final page, the next tour begins at its first lesson.
        let id = self.lesson().map_or("", |lesson| &lesson.id);
        (self.start.remember)(id, &answered.collect::<Vec<_>>());
    }

    /// Turns a page of the card; returns whether there was one.
    pub fn turn(&mut self, forward: bool, card: Rect, keymap: &Keymap) -> bool {
        let (page, pages) = self.pages(card, keymap);
        let has_more = if forward { page + 1 < pages } else { page > 0 };
        if has_more {
            self.page = if forward { page + 1 } else { page - 1 };
        }
        has_more
    }

    /// The text of all lessons, and what saves it; only on the final page.
    pub fn to_save(&self) -> Option<(String, SaveText)> {
        if self.lesson().is_some() {
            return None;
        }
        let text = format!("{}\n\n{}", wrap(&self.summary(), 80, 0).join("\n"), self.start.tour.text());
        Some((text, Arc::clone(&self.start.save)))
    }

    fn open_question(&self) -> Option<&Question> {
        let question = self.lesson()?.question.as_ref()?;
        (self.outcomes[self.at] == Outcome::Open).then_some(question)
    }

    /// Begins to type an answer; says what to do where there is nothing to type.
    pub fn begin(&mut self) -> Option<&'static str> {
        match self.open_question().map(|question| &question.answer) {
            Some(Answer::Path(_)) => return Some("go to the answer on the screen, and press enter"),
            Some(_) => self.typed = Some(String::new()),
            None if self.lesson().is_some_and(|lesson| lesson.question.is_some()) => {
                return Some("the question is answered");
            }
            None => return Some("this lesson has no question"),
        }
        // What was said before would be taken as about the new answer.
        self.said = None;
        None
    }

    /// Takes a key of an answer; returns whether it was one.
    pub fn typed(&mut self, key: KeyEvent) -> bool {
        let Some(typed) = &mut self.typed else { return false };
        match key.code {
            KeyCode::Char(letter) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                if typed.len() < LONGEST {
                    typed.push(letter);
                }
            }
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

    /// Takes pasted text into an answer; returns whether one is typed.
    pub fn pasted(&mut self, text: &str) -> bool {
        let Some(typed) = &mut self.typed else { return false };
        typed.extend(text.chars().filter(|letter| !letter.is_control()).take(LONGEST.saturating_sub(typed.len())));
        true
    }

    /// Takes one of the choices.
    pub fn choose(&mut self, choice: usize) {
        self.typed = None;
        let is_right = self.open_question().is_some_and(|question| question.is_answered_by(&choice.to_string()));
        self.judge(is_right);
    }

    /// Takes what the cursor is on as the answer, where the question asks for something of that kind; returns whether it
    /// does. Keys that lead to the answer keep their meaning: to open a file where a layer is asked for, or a folder on
    /// the way to a path.
    pub fn point_out(&mut self, target: CursorTarget, union: Option<&Union>) -> bool {
        let right = match (self.open_question().map(|question| &question.answer), target) {
            (Some(Answer::Layer(layer)), CursorTarget { layer: Some(chosen), node: None, .. }) => *layer == chosen,
            (Some(Answer::Path(node)), CursorTarget { node: Some(chosen), .. }) => {
                if union.is_some_and(|union| leads_on(union, chosen, *node)) {
                    return false;
                }
                *node == chosen
            }
            _ => return false,
        };
        self.judge(right);
        true
    }

    fn judge(&mut self, is_right: bool) {
        let Some(question) = self.open_question().cloned() else { return };
        self.page = usize::MAX;
        self.said = Some(if is_right {
            self.outcomes[self.at] = Outcome::Right;
            self.remember();
            (Role::Added, format!("Right. {}", question.solution))
        } else if self.tries + 1 < TRIES {
            self.tries += 1;
            (Role::Warning, format!("Not yet. {}", question.hint))
        } else {
            self.outcomes[self.at] = Outcome::Shown;
            (Role::Warning, format!("The answer: {}", question.solution))
        });
    }

    /// What a click on the card does.
    pub fn target_at(&self, at: Position, card: Rect, keymap: &Keymap) -> Option<CardTarget> {
        let line = self.lines(card, keymap).into_iter().nth(usize::from(at.y.checked_sub(card.y)?))?;
        let column = usize::from(at.x.checked_sub(card.x)?);
        let mut end = 1;
        let hit = line.into_iter().find(|piece| {
            let begin = end;
            end += width(&piece.text);
            (begin..end).contains(&column)
        });
        hit?.target
    }

    pub fn draw(&self, buffer: &mut Buffer, card: Rect, theme: &Theme, keymap: &Keymap) {
        let lines = self.lines(card, keymap).into_iter();
        let rows =
            lines.map(|line| line.iter().fold(Row::new().gap(1), |row, piece| row.text(piece.role, &piece.text)));
        paint_rows(buffer, card, theme, rows, None);
    }

    /// The lines of the card as they are drawn.
    fn lines(&self, card: Rect, keymap: &Keymap) -> Vec<Vec<CardPiece>> {
        let columns = usize::from(card.width).saturating_sub(2);
        let room = usize::from(card.height).saturating_sub(1).max(1);
        let (page, pages) = self.pages(card, keymap);
        let content = self.content(columns, keymap);
        // The last page is full: it repeats what is needed to understand it.
        let from = (page * room).min(content.len().saturating_sub(room));
        let mut lines = vec![self.head(columns, page + 1 < pages, keymap)];
        lines.extend(content.into_iter().skip(from).take(room));
        lines
    }

    /// The page that is shown, and how many there are.
    fn pages(&self, card: Rect, keymap: &Keymap) -> (usize, usize) {
        let room = usize::from(card.height).saturating_sub(1).max(1);
        let lines = self.content(usize::from(card.width).saturating_sub(2), keymap).len();
        let pages = lines.div_ceil(room).max(1);
        // What is typed and what is said of it comes last.
        let page = if self.typed.is_some() { pages - 1 } else { self.page.min(pages - 1) };
        (page, pages)
    }

    /// The title, and the buttons.
    fn head(&self, columns: usize, has_more: bool, keymap: &Keymap) -> Vec<CardPiece> {
        let mut buttons = Vec::new();
        if self.at > 0 || self.page > 0 {
            buttons.push((Action::PreviousLesson, "back"));
        }
        if has_more {
            buttons.push((Action::NextLesson, "more"));
        } else if self.lesson().is_some() {
            buttons.push((Action::NextLesson, "next"));
        } else {
            buttons.push((Action::NextLesson, "again"));
        }
        if self.lesson().is_none() {
            buttons.push((Action::AnswerQuestion, "save"));
        }
        buttons.push((Action::LeaveTour, "leave"));
        let button = |(action, word): (Action, &str), with_word: bool| {
            let key = keymap.spelling(keymap.keys(action).next()?);
            let text = if with_word { format!("{key} {word}") } else { key };
            Some(CardPiece { role: Role::Selected, text, target: Some(CardTarget::Act(action)) })
        };
        let row = |with_words: bool| {
            let mut row: Vec<CardPiece> = Vec::new();
            for button in buttons.iter().filter_map(|&named| button(named, with_words)) {
                if !row.is_empty() {
                    row.push(piece(Role::Selected, if with_words { " · " } else { " " }));
                }
                row.push(button);
            }
            row
        };
        let taken = |row: &[CardPiece]| row.iter().map(|piece| width(&piece.text)).sum::<usize>();
        let mut buttons = row(true);
        if taken(&buttons) + TITLE > columns {
            buttons = row(false);
        }
        let title = match self.lesson() {
            Some(lesson) => format!("lesson {} of {} · {}", self.at + 1, self.start.tour.lessons.len(), lesson.title),
            None => "end of the tour".to_owned(),
        };
        let room = columns.saturating_sub(taken(&buttons) + 2);
        let title = fit(&title, room);
        let gap = columns.saturating_sub(width(&title) + taken(&buttons));
        let mut head = vec![piece(Role::Selected, title), piece(Role::Selected, " ".repeat(gap))];
        head.extend(buttons);
        head
    }

    /// What is below the title: the text, the question, its choices, what is typed, and what is said of it.
    fn content(&self, columns: usize, keymap: &Keymap) -> Vec<Vec<CardPiece>> {
        let lines =
            |role: Role, text: &str| wrap(text, columns, 0).into_iter().map(move |line| vec![piece(role, line)]);
        let Some(lesson) = self.lesson() else {
            let mut content: Vec<_> = lines(Role::Text, &self.summary()).collect();
            for (lesson, outcome) in self.start.tour.lessons.iter().zip(&self.outcomes) {
                let Some(question) = &lesson.question else { continue };
                let solution = if *outcome == Outcome::Open { "Not answered." } else { question.solution.as_str() };
                content.extend(lines(Role::Text, &format!("{}: {} {solution}", lesson.title, question.text)));
            }
            return content;
        };
        let mut content: Vec<_> = lines(Role::Text, &lesson.text).collect();
        if let Some(question) = &lesson.question {
            let how = self.open_question().filter(|_| self.typed.is_none()).map(|question| how(question, keymap));
            content.extend(lines(Role::Strong, &format!("{}{}", question.text, how.unwrap_or_default())));
            content.extend(choices(question, columns));
        }
        if let Some(typed) = &self.typed {
            content.push(vec![piece(Role::Key, format!("answer: {typed}_"))]);
        }
        if let Some((role, said)) = &self.said {
            content.extend(lines(*role, said));
        }
        content
    }

    /// What the final page begins with.
    fn summary(&self) -> String {
        let lessons = &self.start.tour.lessons;
        let questions = lessons.iter().filter(|lesson| lesson.question.is_some()).count();
        let known = |wanted: Outcome| self.outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let mut said = vec![format!("These were {}.", counted(lessons.len(), "lesson"))];
        if questions > 0 {
            let shown = match known(Outcome::Shown) {
                0 => String::new(),
                shown => format!(", {} shown", counted(shown, "solution")),
            };
            let right = known(Outcome::Right);
            said.push(format!("{right} of {} answered{shown}.", counted(questions, "question")));
        }
        said.extend(self.start.tour.not_shown());
        said.join(" ")
    }
}

/// Whether a path is opened on the way to an answer: a folder that the answer is in, or any folder if the answer is none.
fn leads_on(union: &Union, chosen: NodeId, answer: NodeId) -> bool {
    let is_folder = |node| union.children(node).next().is_some();
    let mut above = std::iter::successors(union.parent(answer), |&node| union.parent(node));
    is_folder(chosen) && (!is_folder(answer) && chosen != answer || above.any(|node| node == chosen))
}

/// How to answer.
fn how(question: &Question, keymap: &Keymap) -> String {
    let key = |action| keymap.keys(action).next().map(|key| keymap.spelling(key));
    let said = match question.answer {
        Answer::Number(_) => key(Action::AnswerQuestion).map(|key| format!("{key} to type it")),
        Answer::Choice(_) => key(Action::AnswerQuestion).map(|key| format!("press {key}, then its number")),
        Answer::Layer(_) => {
            let typed = key(Action::AnswerQuestion).map(|key| format!(", or {key} to type its number"));
            key(Action::Open).map(|key| format!("go to it and press {key}{}", typed.unwrap_or_default()))
        }
        Answer::Path(_) => key(Action::Open).map(|key| format!("go to it and press {key}")),
    };
    said.map_or_else(String::new, |said| format!(" ({said})"))
}

/// The choices, as many on a line as fit.
fn choices(question: &Question, columns: usize) -> Vec<Vec<CardPiece>> {
    let mut lines: Vec<Vec<CardPiece>> = Vec::new();
    let mut taken = 0;
    for (at, choice) in question.choices.iter().enumerate() {
        let target = Some(CardTarget::Choose(at + 1));
        let text = format!("{} {choice}", at + 1);
        if let Some(line) = lines.last_mut().filter(|_| taken + 3 + width(&text) <= columns) {
            taken += 3 + width(&text);
            line.extend([piece(Role::Dim, " · "), CardPiece { role: Role::Text, text, target }]);
        } else {
            let parts = wrap(&text, columns, 2);
            taken = parts.last().map_or(0, |last| width(last));
            lines.extend(parts.into_iter().map(|text| vec![CardPiece { role: Role::Text, text, target }]));
        }
    }
    lines
}
