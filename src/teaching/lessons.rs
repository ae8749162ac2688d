//! Lessons as data: read from TOML, checked, and filled with the facts of an image.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::format::safe_str;
use crate::image::{EntryPath, LayerNumber};
use crate::union::{NodeId, Union};

use super::facts::{Facts, NAMES};

/// The lessons that come with the program, and their documentation.
pub const LESSONS: &str = include_str!("../../assets/lessons.toml");
/// The views that a lesson can show.
pub const VIEWS: [&str; 8] = ["layers", "waste", "removed", "history", "image", "treemap", "secrets", "junk"];

/// An error in a file of lessons, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct LessonFault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl LessonFault {
    fn new(file: &str, span: &Range<usize>, what: impl Into<String>) -> Self {
        let before = file.get(..span.start).unwrap_or(file);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, what: safe_str(&what.into()) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LessonFile {
    #[serde(default)]
    lesson: Vec<RawLesson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLesson {
    id: Spanned<String>,
    title: Spanned<String>,
    text: Spanned<String>,
    view: Spanned<String>,
    layer: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    question: Option<RawQuestion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    text: Spanned<String>,
    layer: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    number: Option<Spanned<String>>,
    choices: Option<Vec<Spanned<String>>>,
    right: Option<Spanned<usize>>,
    hint: Spanned<String>,
    solution: Spanned<String>,
}

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A layer, selected on the screen.
    Layer(LayerNumber),
    /// A path, selected on the screen.
    Path(NodeId),
    /// A number, typed.
    Number(String),
    /// One of several, by its number from 1.
    Choice(usize),
}

/// A question about what is on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The choices, if there are any.
    pub choices: Vec<String>,
    /// The right answer.
    pub answer: Answer,
    /// What helps after a wrong answer.
    pub hint: String,
    /// The right answer in words.
    pub solution: String,
}

impl Question {
    /// Whether typed text answers it; text that is not a number or a choice never does.
    #[must_use]
    pub fn is_answered_by(&self, typed: &str) -> bool {
        let plain = |text: &str| text.to_lowercase().replace([' ', ',', '`'], "");
        match &self.answer {
            Answer::Number(right) => {
                let digits =
                    |text: &str| plain(text).trim_end_matches(|letter: char| !letter.is_ascii_digit()).to_owned();
                plain(typed) == plain(right) || (!typed.trim().is_empty() && plain(typed) == digits(right))
            }
            Answer::Choice(right) => plain(typed).parse() == Ok(*right),
            Answer::Layer(_) | Answer::Path(_) => false,
        }
    }
}

/// A lesson about one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Its name, for remembering.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The view that it shows, one of [`VIEWS`].
    pub view: String,
    /// The layer that is selected.
    pub layer: Option<LayerNumber>,
    /// The path that is selected.
    pub node: Option<NodeId>,
    /// Its question.
    pub question: Option<Question>,
}

/// The lessons for one image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tour {
    /// Those that the image shows.
    pub lessons: Vec<Lesson>,
    /// The titles of those that it cannot show.
    pub skipped: Vec<String>,
}

impl Tour {
    /// Reads lessons and fills them with the facts of an image.
    ///
    /// # Errors
    /// The first fault in the file, or the first layer or path in it that the image does not have.
    pub fn new(file: &str, facts: &Facts, union: &Union) -> Result<Self, LessonFault> {
        let raw = read(file)?;
        let mut tour = Self::default();
        for lesson in raw {
            let filling = Filling { file, facts, union };
            let title = filling.text(&lesson.title)?;
            match (filling.lesson(&lesson)?, title) {
                (Some(lesson), _) => tour.lessons.push(lesson),
                (None, title) => {
                    tour.skipped.push(title.unwrap_or_else(|| safe_str(lesson.title.get_ref())));
                }
            }
        }
        Ok(tour)
    }
}

impl Tour {
    /// Says in the first lesson that parts of the image could not be read.
    pub fn mark_incomplete(&mut self) {
        if let Some(first) = self.lessons.first_mut() {
            first.text.insert_str(0, "This image is incomplete: all figures cover only what could be read. ");
        }
    }
}

/// Checks a file as far as that takes no image.
///
/// # Errors
/// The first fault.
pub fn check_lessons(file: &str) -> Result<usize, LessonFault> {
    Ok(read(file)?.len())
}

fn read(file: &str) -> Result<Vec<RawLesson>, LessonFault> {
    let fault = |span: Range<usize>, what: String| LessonFault::new(file, &span, what);
    let parsed: LessonFile = toml::from_str(file)
        .map_err(|error| fault(error.span().unwrap_or(0..0), error.message().replace('\n', " ")))?;
    if parsed.lesson.is_empty() {
        return Err(fault(0..0, "there is no lesson: a file has at least one `[[lesson]]`".to_owned()));
    }
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (at, lesson) in parsed.lesson.iter().enumerate() {
        if known.insert(lesson.id.get_ref(), at).is_some() {
            return Err(fault(lesson.id.span(), format!("the id `{}` is used twice", lesson.id.get_ref())));
        }
        if !VIEWS.contains(&lesson.view.get_ref().as_str()) {
            let what = format!("unknown view `{}`: it is one of {}", lesson.view.get_ref(), VIEWS.join(", "));
            return Err(fault(lesson.view.span(), what));
        }
        let mut texts = vec![&lesson.title, &lesson.text];
        texts.extend(lesson.layer.iter().chain(&lesson.path));
        if let Some(question) = &lesson.question {
            texts.extend([&question.text, &question.hint, &question.solution]);
            texts.extend(question.layer.iter().chain(&question.path).chain(&question.number));
            texts.extend(question.choices.iter().flatten());
            check_answer(file, question)?;
        }
        for text in texts {
            placeholders(text.get_ref()).map_err(|what| fault(text.span(), what))?;
        }
    }
    Ok(parsed.lesson)
}

fn check_answer(file: &str, question: &RawQuestion) -> Result<(), LessonFault> {
    let fault = |span: Range<usize>, what: &str| Err(LessonFault::new(file, &span, what));
    let answers = [&question.layer, &question.path, &question.number].into_iter().flatten().count();
    if answers + usize::from(question.choices.is_some()) != 1 {
        return fault(question.text.span(), "a question has one of `layer`, `path`, `number` and `choices`");
    }
    match (&question.choices, &question.right) {
        (None, Some(right)) => fault(right.span(), "`right` is for `choices`"),
        (Some(_), None) => fault(question.text.span(), "`right` is missing: the number of the right choice, from 1"),
        (Some(choices), Some(right)) if !(1..=choices.len()).contains(right.get_ref()) => {
            fault(right.span(), "`right` is not the number of a choice")
        }
        _ => Ok(()),
    }
}

/// The last part of a name, which says what kind of value it has.
fn last_word(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Pieces of a text: as they are, and names in braces.
fn placeholders(text: &str) -> Result<Vec<(&str, Option<&str>)>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, next) = after.split_once('}').ok_or("a placeholder is not closed: `}` is missing")?;
        if !NAMES.contains(&name) {
            return Err(format!("unknown placeholder `{{{name}}}`"));
        }
        pieces.push((before, Some(name)));
        rest = next;
    }
    pieces.push((rest, None));
    Ok(pieces)
}

struct Filling<'a> {
    file: &'a str,
    facts: &'a Facts,
    union: &'a Union,
}

impl Filling<'_> {
    fn fault(&self, at: &Spanned<String>, what: impl Into<String>) -> LessonFault {
        LessonFault::new(self.file, &at.span(), what)
    }

    /// The text with its values; `None` where the image has no value for a name.
    fn text(&self, text: &Spanned<String>) -> Result<Option<String>, LessonFault> {
        let mut filled = String::new();
        for (before, name) in placeholders(text.get_ref()).map_err(|what| self.fault(text, what))? {
            // Line breaks of the file are not those of a card.
            filled.push_str(&safe_str(&before.replace(['\n', '\r', '\t'], " ")));
            let Some(name) = name else { continue };
            let Some(value) = self.facts.value(name) else { return Ok(None) };
            filled.push_str(value);
        }
        Ok(Some(filled.trim().to_owned()))
    }

    /// The name, if the text is nothing but a placeholder.
    fn name(text: &Spanned<String>) -> Option<&str> {
        text.get_ref().strip_prefix('{')?.strip_suffix('}')
    }

    fn layer(&self, text: &Spanned<String>) -> Result<Option<LayerNumber>, LessonFault> {
        if let Some(name) = Self::name(text) {
            if !NAMES.contains(&name) || !["layer", "by"].contains(&last_word(name)) {
                return Err(self.fault(text, format!("`{{{name}}}` is not a layer")));
            }
            return Ok(self.facts.layers.get(name).copied());
        }
        let number = text.get_ref().parse().ok().and_then(LayerNumber::new);
        let number = number.filter(|number| number.get() <= self.union.layer_count());
        let what = || format!("there is no layer `{}`: the image has {}", text.get_ref(), self.union.layer_count());
        number.map(Some).ok_or_else(|| self.fault(text, what()))
    }

    fn node(&self, text: &Spanned<String>) -> Result<Option<NodeId>, LessonFault> {
        if let Some(name) = Self::name(text) {
            if last_word(name) != "path" {
                return Err(self.fault(text, format!("`{{{name}}}` is not a path")));
            }
            return Ok(self.facts.nodes.get(name).copied());
        }
        let path = EntryPath::normalise(text.get_ref().as_bytes()).path;
        let what = || format!("no layer of the image has the path `{}`", text.get_ref());
        self.union.node_at(&path).map(Some).ok_or_else(|| self.fault(text, what()))
    }

    fn lesson(&self, raw: &RawLesson) -> Result<Option<Lesson>, LessonFault> {
        let (title, text) = (self.text(&raw.title)?, self.text(&raw.text)?);
        let layer = raw.layer.as_ref().map(|layer| self.layer(layer)).transpose()?;
        let node = raw.path.as_ref().map(|path| self.node(path)).transpose()?;
        let question = raw.question.as_ref().map(|question| self.question(question)).transpose()?;
        let (Some(title), Some(text)) = (title, text) else { return Ok(None) };
        if layer == Some(None) || node == Some(None) || question == Some(None) {
            return Ok(None);
        }
        Ok(Some(Lesson {
            id: raw.id.get_ref().clone(),
            title,
            text,
            view: raw.view.get_ref().clone(),
            layer: layer.flatten(),
            node: node.flatten(),
            question: question.flatten(),
        }))
    }

    fn question(&self, raw: &RawQuestion) -> Result<Option<Question>, LessonFault> {
        let texts = [self.text(&raw.text)?, self.text(&raw.hint)?, self.text(&raw.solution)?];
        let choices = raw.choices.iter().flatten().map(|choice| self.text(choice)).collect::<Result<Vec<_>, _>>()?;
        let choices: Option<Vec<_>> = choices.into_iter().collect();
        let answer = match (&raw.layer, &raw.path, &raw.number, &raw.right) {
            (Some(layer), ..) => self.layer(layer)?.map(Answer::Layer),
            (_, Some(path), ..) => self.node(path)?.map(Answer::Path),
            (_, _, Some(number), _) => self.text(number)?.map(Answer::Number),
            (.., right) => right.as_ref().map(|right| Answer::Choice(*right.get_ref())),
        };
        let ([Some(text), Some(hint), Some(solution)], Some(choices), Some(answer)) = (texts, choices, answer) else {
            return Ok(None);
        };
        Ok(Some(Question { text, choices, answer, hint, solution }))
    }
}
