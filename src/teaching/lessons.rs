//! Lessons as data: read from TOML, checked, and filled with the facts of an image.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::format::safe_str;
use crate::image::{EntryPath, LayerNumber};
use crate::union::{NodeId, Union};

use super::facts::Facts;
use super::names::{self, NameKind};
use super::question::{Answer, Question};

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
    #[serde(rename = "instead-of")]
    instead_of: Option<Spanned<String>>,
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
    /// Those that it cannot show.
    pub skipped: Vec<SkippedLesson>,
}

/// A lesson that an image cannot show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLesson {
    /// Its title.
    pub title: String,
    /// What the image lacks, as a sentence without a full stop.
    pub lack: &'static str,
}

impl Tour {
    /// Reads lessons and fills them with the facts of an image.
    ///
    /// # Errors
    /// The first fault in the file, or the first layer or path in it that the image does not have.
    pub fn new(file: &str, facts: &Facts, union: &Union) -> Result<Self, LessonFault> {
        let raw = read(file)?;
        let mut lessons = Vec::new();
        // What was skipped, by the lesson that all its alternatives stand for.
        let mut skipped: Vec<(&str, SkippedLesson)> = Vec::new();
        let mut stands_for: HashMap<&str, &str> = HashMap::new();
        let mut shown: HashSet<&str> = HashSet::new();
        for lesson in &raw {
            let id = lesson.id.get_ref().as_str();
            let first = lesson.instead_of.as_ref().and_then(|other| stands_for.get(other.get_ref().as_str()).copied());
            let first = first.unwrap_or(id);
            stands_for.insert(id, first);
            let filling = Filling { file, facts, union };
            match filling.lesson(lesson) {
                Ok(_) if shown.contains(first) => {}
                Ok(filled) => {
                    shown.insert(first);
                    skipped.retain(|(of, _)| *of != first);
                    lessons.push(filled);
                }
                Err(Unfilled::Fault(fault)) => return Err(fault),
                Err(Unfilled::Lacks(_)) if first != id => {}
                Err(Unfilled::Lacks(name)) => {
                    let title = filling.text(&lesson.title).unwrap_or_else(|_| safe_str(lesson.title.get_ref()));
                    skipped.push((first, SkippedLesson { title, lack: names::lack(name) }));
                }
            }
        }
        Ok(Self { lessons, skipped: skipped.into_iter().map(|(_, skipped)| skipped).collect() })
    }

    /// What the image cannot show, and why not; `None` if it shows every lesson.
    #[must_use]
    pub fn not_shown(&self) -> Option<String> {
        let named: Vec<_> = self.skipped.iter().map(|one| format!("{} ({})", one.title, one.lack)).collect();
        (!named.is_empty()).then(|| format!("This image cannot show: {}.", named.join("; ")))
    }

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
        let question = lesson.question.as_ref();
        let layers = lesson.layer.iter().chain(question.and_then(|question| question.layer.as_ref()));
        let paths = lesson.path.iter().chain(question.and_then(|question| question.path.as_ref()));
        let kinds = layers.map(|text| (text, NameKind::Layer, "layer"));
        for (text, kind, word) in kinds.chain(paths.map(|text| (text, NameKind::Path, "path"))) {
            if let Some(name) = placeholder(text).filter(|name| names::kind(name) != kind) {
                return Err(fault(text.span(), format!("`{{{name}}}` is not a {word}")));
            }
        }
        if let Some(other) = &lesson.instead_of
            && known.get(other.get_ref().as_str()).is_none_or(|&place| place == at)
        {
            let what = format!("no lesson before this one has the id `{}`", other.get_ref());
            return Err(fault(other.span(), what));
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

/// Pieces of a text: as they are, and names in braces.
fn placeholders(text: &str) -> Result<Vec<(&str, Option<&'static str>)>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, next) = after.split_once('}').ok_or("a placeholder is not closed: `}` is missing")?;
        let name = names::known(name).ok_or_else(|| format!("unknown placeholder `{{{name}}}`"))?;
        pieces.push((before, Some(name)));
        rest = next;
    }
    pieces.push((rest, None));
    Ok(pieces)
}

/// The name, if the text is nothing but a placeholder.
fn placeholder(text: &Spanned<String>) -> Option<&'static str> {
    names::known(text.get_ref().strip_prefix('{')?.strip_suffix('}')?)
}

/// Why a lesson is not about an image.
enum Unfilled {
    Fault(LessonFault),
    /// The image has no value for this name.
    Lacks(&'static str),
}

struct Filling<'a> {
    file: &'a str,
    facts: &'a Facts,
    union: &'a Union,
}

impl Filling<'_> {
    fn fault(&self, at: &Spanned<String>, what: impl Into<String>) -> Unfilled {
        Unfilled::Fault(LessonFault::new(self.file, &at.span(), what))
    }

    /// The text with its values.
    fn text(&self, text: &Spanned<String>) -> Result<String, Unfilled> {
        let mut filled = String::new();
        for (before, name) in placeholders(text.get_ref()).map_err(|what| self.fault(text, what))? {
            // Line breaks of the file are not those of a card.
            filled.push_str(&safe_str(&before.replace(['\n', '\r', '\t'], " ")));
            let Some(name) = name else { continue };
            filled.push_str(self.facts.value(name).ok_or(Unfilled::Lacks(name))?);
        }
        Ok(filled.trim().to_owned())
    }

    fn layer(&self, text: &Spanned<String>) -> Result<LayerNumber, Unfilled> {
        if let Some(name) = placeholder(text) {
            return self.facts.layers.get(name).copied().ok_or(Unfilled::Lacks(name));
        }
        let number = text.get_ref().parse().ok().and_then(LayerNumber::new);
        let number = number.filter(|number| number.get() <= self.union.layer_count());
        number.ok_or_else(|| {
            let count = self.union.layer_count();
            self.fault(text, format!("there is no layer `{}`: the image has {count}", text.get_ref()))
        })
    }

    fn node(&self, text: &Spanned<String>) -> Result<NodeId, Unfilled> {
        if let Some(name) = placeholder(text) {
            return self.facts.nodes.get(name).copied().ok_or(Unfilled::Lacks(name));
        }
        let path = EntryPath::normalise(text.get_ref().as_bytes()).path;
        let node = self.union.node_at(&path);
        node.ok_or_else(|| self.fault(text, format!("no layer of the image has the path `{}`", text.get_ref())))
    }

    fn lesson(&self, raw: &RawLesson) -> Result<Lesson, Unfilled> {
        // A layer or a path that is not there is a fault also where a fact is missing.
        let layer = raw.layer.as_ref().map(|layer| self.layer(layer)).transpose()?;
        let node = raw.path.as_ref().map(|path| self.node(path)).transpose()?;
        let question = match raw.question.as_ref().map(|question| self.question(question)).transpose() {
            // The lesson teaches without it too.
            Err(Unfilled::Lacks(_)) => None,
            question => question?,
        };
        Ok(Lesson {
            id: raw.id.get_ref().clone(),
            title: self.text(&raw.title)?,
            text: self.text(&raw.text)?,
            view: raw.view.get_ref().clone(),
            layer,
            node,
            question,
        })
    }

    fn question(&self, raw: &RawQuestion) -> Result<Question, Unfilled> {
        let answer = match (&raw.layer, &raw.path, &raw.number, &raw.right) {
            (Some(layer), ..) => Answer::Layer(self.layer(layer)?),
            (_, Some(path), ..) => Answer::Path(self.node(path)?),
            (_, _, Some(number), _) => Answer::Number(self.text(number)?),
            (.., right) => Answer::Choice(right.as_ref().map_or(0, |right| *right.get_ref())),
        };
        Ok(Question {
            text: self.text(&raw.text)?,
            choices: raw.choices.iter().flatten().map(|choice| self.text(choice)).collect::<Result<_, _>>()?,
            answer,
            hint: self.text(&raw.hint)?,
            solution: self.text(&raw.solution)?,
        })
    }
}
