//! Takes the secrets out of what an image's documents say, for whatever is written to be sent on or logged.
//!
//! A secret is found where its name or form tells it, and is then taken out wherever else it stands: the password that one
//! step sets is the one that the next step logs in with. How far that goes depends on what it looks like, since a password
//! may be a word that the rest of a history is full of.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::image::{Finding, Image};

use super::names::is_secret_name;
use super::{Severity, begins, steps};

/// What stands where a secret stood.
const GONE: &str = "…";
/// What is no shorter occurs nowhere by chance.
const LONG: usize = 16;
/// So is what is no shorter and is not plain letters.
const ODD: usize = 8;
/// What is shorter than this is no word by itself.
const WORD: usize = 4;

/// Bytes by which a secret is looked for: an automaton takes a hundred times what it looks for.
const BEGINS: usize = 16;
/// No honest image holds more of them.
const MOST: usize = 20_000;

/// Where an occurrence of a secret is taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Wherever it stands.
    Anywhere,
    /// As a whole word.
    Word,
    /// As the value of something: `a=b`, `a: b`, `--password b`.
    Value,
}

impl Reach {
    fn of(value: &str) -> Self {
        let mut letters = value.chars();
        letters.next();
        let is_plain = letters.all(|letter| letter.is_ascii_lowercase());
        match value.chars().count() {
            LONG.. => Self::Anywhere,
            ODD.. if !is_plain => Self::Anywhere,
            WORD.. if !is_plain => Self::Word,
            _ => Self::Value,
        }
    }

    fn takes(self, text: &str, at: &Range<usize>) -> bool {
        let (before, behind) = (text.get(..at.start).unwrap_or_default(), text.get(at.end..).unwrap_or_default());
        let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let begins = !is_part(before.chars().next_back()) || before.ends_with(" -p");
        let is_word = begins && !is_part(behind.chars().next());
        match self {
            Self::Anywhere => true,
            Self::Word => is_word,
            Self::Value => is_word && (is_whole(before, behind) || is_value_behind(before)),
        }
    }
}

/// Whether nothing but quotes stands around it.
fn is_whole(before: &str, behind: &str) -> bool {
    [before, behind].iter().all(|text| text.trim().trim_matches(QUOTES).is_empty())
}

const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// Whether what follows is the value of what is said before.
fn is_value_behind(before: &str) -> bool {
    let before = before.trim_end_matches(QUOTES);
    let name = before.trim_end();
    if before.ends_with(['=', ':']) || before.ends_with(" -p") || (name.len() < before.len() && name.ends_with(':')) {
        return true;
    }
    let word = name.rsplit([' ', '\t', '\n']).next().unwrap_or_default().trim_matches(QUOTES);
    name.len() < before.len() && (word == "-p" || is_secret_name(word))
}

struct Known {
    value: String,
    reach: Reach,
    /// How it begins, where that says no more than what it is.
    hint: String,
}

/// The secrets in the documents of an image, ready to be taken out of texts.
pub struct Redactor {
    known: Vec<Known>,
    /// Finds how they begin, in the same order; none where there are more than can be held, and then no text is let
    /// through.
    finder: Option<AhoCorasick>,
}

impl Redactor {
    /// Searches the documents of an image; no file is read.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        let mut known: Vec<_> = steps::hits(image)
            .into_iter()
            .filter(|(_, hit)| !hit.value.is_empty())
            .map(|(_, hit)| {
                let is_form = hit.severity == Severity::High && hit.kind != steps::URL_PASSWORD;
                // A key begins with dashes.
                let hint = begins(&hit.value).trim_matches('-').to_owned();
                let reach = if is_form { Reach::Anywhere } else { Reach::of(&hit.value) };
                Known { value: hit.value, reach, hint: if is_form { hint } else { String::new() } }
            })
            .collect();
        known.sort_by(|a, b| (&a.value, a.reach).cmp(&(&b.value, b.reach)));
        known.dedup_by(|next, kept| next.value == kept.value);
        let begins = known.iter().map(|known| known.value.as_bytes()).map(|value| value.get(..BEGINS).unwrap_or(value));
        let finder = (known.len() <= MOST).then(|| AhoCorasick::new(begins).ok()).flatten();
        Self { known, finder }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.known.is_empty() || text.is_empty() {
            return Cow::Borrowed(text);
        }
        let Some(finder) = &self.finder else { return Cow::Owned(GONE.to_owned()) };
        let mut taken: Vec<(Range<usize>, &str)> = Vec::new();
        for found in finder.find_overlapping_iter(text) {
            let Some(known) = self.known.get(found.pattern().as_usize()) else { continue };
            let range = found.start()..found.start() + known.value.len();
            if text.get(range.clone()) == Some(known.value.as_str()) && known.reach.takes(text, &range) {
                taken.push((range, &known.hint));
            }
        }
        let taken = joined(taken);
        if taken.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for (range, hint) in taken {
            left.push_str(text.get(at..range.start).unwrap_or_default());
            left.push_str(hint);
            left.push_str(GONE);
            at = range.end;
        }
        left.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(left)
    }

    /// The image with every text of its documents without the secrets; the configuration as it lies in the archive is
    /// left out.
    #[must_use]
    pub fn image(&self, image: &Image) -> Image {
        let mut image = Image { raw_config: Vec::new(), ..image.clone() };
        let take = |text: &mut String| {
            if let Cow::Owned(left) = self.text(text) {
                *text = left;
            }
        };
        let config = &mut image.config;
        config.env.iter_mut().chain(&mut config.entrypoint).chain(&mut config.cmd).for_each(take);
        config.healthcheck.iter_mut().flat_map(|check| &mut check.test).for_each(take);
        config.labels.iter_mut().map(|(_, value)| value).for_each(take);
        for step in &mut image.steps {
            [&mut step.created_by, &mut step.comment, &mut step.author].into_iter().for_each(take);
        }
        image.findings.iter_mut().map(|Finding { message, .. }| message).for_each(take);
        image
    }
}

/// An image as it may be written to be sent on.
#[must_use]
pub fn redacted(image: &Image) -> Image {
    Redactor::of(image).image(image)
}

/// What overlaps is one, and begins as its first does.
fn joined(mut taken: Vec<(Range<usize>, &str)>) -> Vec<(Range<usize>, &str)> {
    taken.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    taken.dedup_by(|(next, _), (last, _)| {
        let overlaps = next.start < last.end;
        last.end = if overlaps { last.end.max(next.end) } else { last.end };
        overlaps
    });
    taken
}

#[cfg(test)]
mod tests;
