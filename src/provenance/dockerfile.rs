//! Splits a Dockerfile into its instructions and stages, with their lines, as `BuildKit`'s parser does.
//!
//! What instructions mean is not looked at: only keywords, and the names and bases of stages.

use std::ops::Range;

use crate::image::Lines;

use super::dockerfile::heredoc::{heredocs, split_keyword};

mod directive;
mod heredoc;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
mod words;

/// A larger file is not a Dockerfile.
const BYTES_MOST: usize = 1 << 20;
/// Nor is one with more instructions or stages: engines take 127 layers.
const ITEMS_MOST: usize = 2_000;
const STAGES_MOST: usize = 200;

/// The words that a line of a Dockerfile begins with.
pub(crate) const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Why a text is not a Dockerfile. Quotes hostile text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DockerfileError {
    /// It is too large.
    #[error("it is larger than {} KiB", BYTES_MOST >> 10)]
    TooLarge,
    /// It has too many instructions or stages.
    #[error("it has more than {ITEMS_MOST} instructions or {STAGES_MOST} stages")]
    TooMany,
    /// It has no instructions.
    #[error("it has no instructions")]
    Empty,
    /// A line begins with no known keyword.
    #[error("line {line}: unknown instruction `{}`", word.escape_debug())]
    Unknown {
        /// The line.
        line: usize,
        /// Its first word, cut.
        word: String,
    },
    /// An instruction is before the first `FROM`.
    #[error("line {line}: `{keyword}` before the first `FROM`")]
    NoStage {
        /// The line.
        line: usize,
        /// Its keyword.
        keyword: &'static str,
    },
    /// A directive at the top is refused by builders.
    #[error("line {line}: the directive `{}` {problem}", name.escape_debug())]
    Directive {
        /// The line.
        line: usize,
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The name of a here-document has a quote or brace that is not closed.
    #[error("line {line}: the here-document `{}` has no name", word.escape_debug())]
    Unnamed {
        /// The line where it begins.
        line: usize,
        /// The word, cut.
        word: String,
    },
    /// A here-document has no end.
    #[error("line {line}: the here-document `{}` has no end", name.escape_debug())]
    Unterminated {
        /// The line where it begins.
        line: usize,
        /// Its name, cut.
        name: String,
    },
}

/// A parsed Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instructions {
    /// Its instructions, in order.
    pub items: Vec<Item>,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its keyword, in capitals.
    pub keyword: &'static str,
    /// Its lines, here-documents included.
    pub lines: Lines,
    /// Where it is in the text.
    pub range: Range<usize>,
    /// What follows the keyword, continued lines joined.
    pub rest: String,
    /// Its here-documents.
    pub documents: Vec<String>,
    /// The stage, by index; `None` before the first `FROM`.
    pub stage: Option<usize>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name, in lower case.
    pub name: Option<String>,
    /// What it builds on: an image, `scratch`, or another stage.
    pub base: String,
    /// The stage that it builds on, if it is one.
    pub parent: Option<usize>,
    /// Its lines.
    pub lines: Lines,
}

impl Item {
    /// The instruction as it would be on one line, here-documents after it.
    #[must_use]
    pub fn whole(&self) -> String {
        let documents = self.documents.iter().flat_map(|document| ["\n", document.as_str()]);
        [self.keyword, " ", self.rest.as_str()].into_iter().chain(documents).collect()
    }
}

impl Stage {
    /// What a `COPY --from` would call it: its name, else its number.
    #[must_use]
    pub fn label(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| index.to_string())
    }
}

impl Instructions {
    /// Reads a Dockerfile.
    ///
    /// # Errors
    /// If it is not one; the error says where.
    pub fn parse(text: &str) -> Result<Self, DockerfileError> {
        if text.len() > BYTES_MOST {
            return Err(DockerfileError::TooLarge);
        }
        let mut reader = Reader::new(text)?;
        let mut parsed = Self::default();
        while let Some(item) = reader.next_item()? {
            parsed.add(item)?;
            if parsed.items.len() > ITEMS_MOST || parsed.stages.len() > STAGES_MOST {
                return Err(DockerfileError::TooMany);
            }
        }
        if parsed.items.is_empty() {
            return Err(DockerfileError::Empty);
        }
        Ok(parsed)
    }

    fn add(&mut self, mut item: Item) -> Result<(), DockerfileError> {
        if item.keyword == "FROM" {
            let stage = self.stage(&item);
            self.stages.push(stage);
        } else if self.stages.is_empty() && item.keyword != "ARG" {
            return Err(DockerfileError::NoStage { line: item.lines.first(), keyword: item.keyword });
        }
        item.stage = self.stages.len().checked_sub(1);
        if let Some(stage) = self.stages.last_mut() {
            stage.lines = Lines::new(stage.lines.first(), item.lines.last()).unwrap_or(stage.lines);
        }
        self.items.push(item);
        Ok(())
    }

    fn stage(&self, from: &Item) -> Stage {
        let mut words = from.rest.split_whitespace().filter(|word| !word.starts_with("--"));
        let base = words.next().unwrap_or_default().to_owned();
        let is_named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let name = words.next().filter(|_| is_named).map(str::to_ascii_lowercase);
        let parent = self.named(&self.expanded(&base));
        Stage { name, base, parent, lines: from.lines }
    }

    /// The base of a stage with the values that the `ARG`s before the first `FROM` have by themselves.
    fn expanded(&self, base: &str) -> String {
        let Some((before, rest)) = base.split_once('$') else { return base.to_owned() };
        let (name, after) = match rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
            None => rest.split_at(rest.find(|letter: char| !is_of_name(letter)).unwrap_or(rest.len())),
        };
        let (name, other) = name.split_once(":-").unwrap_or((name, ""));
        let declared = self.items.iter().filter(|item| item.keyword == "ARG" && item.stage.is_none());
        let pairs = declared.flat_map(|item| item.rest.split_whitespace()).filter_map(|word| word.split_once('='));
        let value =
            pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.trim_matches(['"', '\''])).next_back();
        format!("{before}{}{after}", value.unwrap_or(other))
    }

    /// The stage with a name, the last one if several have it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        self.stages.iter().rposition(|stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
    }

    /// The stage with a name or number.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<usize> {
        self.named(name).or_else(|| name.parse().ok().filter(|&index| index < self.stages.len()))
    }

    /// The instruction that a line belongs to.
    #[must_use]
    pub fn at(&self, line: usize) -> Option<&Item> {
        let after = self.items.partition_point(|item| item.lines.first() <= line);
        self.items.get(after.checked_sub(1)?).filter(|item| item.lines.contains(line))
    }

    /// A stage and those that it builds on, itself first.
    pub fn ancestry(&self, stage: usize) -> impl Iterator<Item = usize> + '_ {
        // A parent is always an earlier stage.
        std::iter::successors(Some(stage), |&stage| self.stages.get(stage)?.parent.filter(|&parent| parent < stage))
    }

    /// What a build of a stage runs: the instructions of the stages that it builds on, and its own, without `FROM`.
    #[must_use]
    pub fn of_stage(&self, stage: usize) -> Vec<&Item> {
        let mut path: Vec<usize> = self.ancestry(stage).collect();
        path.reverse();
        let of =
            |stage: usize| self.items.iter().filter(move |item| item.stage == Some(stage) && item.keyword != "FROM");
        path.into_iter().flat_map(of).collect()
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// A physical line, without its end.
struct Line<'a> {
    text: &'a str,
    end: usize,
    number: usize,
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    escape: char,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, DockerfileError> {
        let mut lines = Vec::new();
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let mut line = whole.strip_suffix('\n').unwrap_or(whole);
            line = line.trim_end_matches('\r');
            let number = lines.len() + 1;
            let end = start + line.len();
            let line = if number == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
            lines.push(Line { text: line, end, number });
            start += whole.len();
        }
        let escape = directive::escape(lines.iter().map(|line| line.text))?;
        Ok(Self { lines, at: 0, escape })
    }

    fn next_line(&mut self) -> Option<&Line<'a>> {
        self.at += 1;
        self.lines.get(self.at - 1)
    }

    fn next_item(&mut self) -> Result<Option<Item>, DockerfileError> {
        let escape = self.escape;
        let (mut logical, mut continues, start, mut end, first) = loop {
            let Some(line) = self.next_line() else { return Ok(None) };
            let text = line.text.trim_start();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (part, continues) = without_continuation(text, escape);
            break (part.to_owned(), continues, line.end - text.len(), line.end, line.number);
        };
        let mut last = first;
        while continues {
            let Some(line) = self.next_line() else { break };
            // Builders count the lines after a continuation at the end of the file as its own.
            last = line.number;
            let is_left_out = line.text.trim().is_empty() || line.text.trim_start().starts_with('#');
            if !is_left_out {
                let (part, more) = without_continuation(line.text, escape);
                logical.push_str(part);
                continues = more;
                end = line.end;
            }
        }
        let (word, rest) = split_keyword(&logical);
        let cut = |text: &str| text.chars().take(40).collect::<String>();
        let Some(keyword) = KEYWORDS.into_iter().find(|known| word.eq_ignore_ascii_case(known)) else {
            return Err(DockerfileError::Unknown { line: first, word: cut(word) });
        };
        let rest = rest.to_owned();
        let mut documents = Vec::new();
        let unnamed = |word: String| DockerfileError::Unnamed { line: first, word: cut(&word) };
        for heredoc in heredocs(&logical).map_err(unnamed)? {
            let mut document = String::new();
            loop {
                let Some(line) = self.next_line() else {
                    return Err(DockerfileError::Unterminated { line: first, name: cut(&heredoc.name) });
                };
                (last, end) = (line.number, line.end);
                let text = if heredoc.strips_tabs { line.text.trim_start_matches('\t') } else { line.text };
                if text == heredoc.name {
                    break;
                }
                document.push_str(text);
                document.push('\n');
            }
            documents.push(document);
        }
        let Some(lines) = Lines::new(first, last) else { return Ok(None) };
        Ok(Some(Item { keyword, lines, range: start..end, rest, documents, stage: None }))
    }
}

/// A line without the character that continues it, and whether it had one. Two of them are no continuation.
fn without_continuation(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(part) if !part.ends_with(escape) => (part, true),
        _ => (line, false),
    }
}
