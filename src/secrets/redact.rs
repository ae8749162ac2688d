//! Redacts secrets in the texts of an image, for all output that may be shared or logged.
//!
//! Where a secret is found by its name, format or command, it is always redacted. It is then redacted everywhere else, in
//! other encodings too: the password that one step sets is the one that the next step logs in with. Short secrets are
//! redacted elsewhere only as whole words or as values, since a password may be an ordinary word.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::image::{Digest, EntryPath, Finding, Image};
use crate::lint::Junk;

use super::forms::{self, ContentKind};
use super::names::{is_secret, is_secret_name, url_logins};
use super::pairs::pairs;
use super::places::each_mut;
use super::{SecretLocation, Secrets, Severity, begins, documents, encodings};

/// What replaces a secret.
const GONE: &str = "…";
/// A value of at least this length does not occur by chance.
const LONG: usize = 16;
/// Neither does a value of at least this length that is not only lower-case letters.
const ODD: usize = 8;
/// A shorter value is redacted only where it is the value of something.
const WORD: usize = 4;

/// The number of bytes at the beginning of a secret that the automaton searches for; it needs a hundred times as many.
const BEGINS: usize = 16;
/// The limit on secrets; each has about thirty encodings. If there are more, all text is redacted.
const MOST: usize = 2_000;
/// The bytes before a value that are searched for its name or option.
const BEFORE: usize = 256;
/// The limit on steps for each byte of a text, and for any text; most texts need less than one per byte. If many values
/// with the same beginning overlap, the limit is reached and the rest of the text is redacted.
const WORK: usize = 16;
const WORK_OF_ANY: usize = 1 << 20;

/// The limit on bytes of values whose other encodings are searched for, shortest first. The encodings of a value have
/// about fifty times as many bytes.
const ENCODED_MOST: usize = 1 << 20;
/// A path with more secrets is redacted completely.
const SECRETS_OF_A_PATH: usize = 8;

/// Where a secret is redacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Anywhere.
    Anywhere,
    /// As a whole word.
    Word,
    /// As the value of something: `a=b`, `a: b`, `--password b`.
    Value,
}

impl Reach {
    fn for_value(value: &str) -> Self {
        let mut letters = value.chars();
        letters.next();
        let is_plain = letters.all(|letter| letter.is_ascii_lowercase());
        match value.chars().take(LONG).count() {
            LONG.. => Self::Anywhere,
            ODD.. if !is_plain => Self::Anywhere,
            WORD.. if !is_plain => Self::Word,
            _ => Self::Value,
        }
    }

    /// Whether an occurrence is redacted. `core` is the text without the blanks and quotes around it.
    fn takes(self, text: &str, at: &Range<usize>, core: &Range<usize>) -> bool {
        if self == Self::Anywhere {
            return true;
        }
        let from = (at.start.saturating_sub(BEFORE)..=at.start).find(|&from| text.is_char_boundary(from));
        let before = text.get(from.unwrap_or(at.start)..at.start).unwrap_or_default();
        let after = text.get(at.end..).unwrap_or_default();
        let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let begins = !is_part(before.chars().next_back()) || before.ends_with(" -p");
        let is_word = begins && !is_part(after.chars().next());
        let is_whole = at.start <= core.start && core.end <= at.end;
        is_word && (self == Self::Word || is_whole || follows_name(before))
    }
}

const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// The text without the blanks and quotes around it.
fn core(text: &str) -> Range<usize> {
    let is_around = |letter: char| letter.is_whitespace() || QUOTES.contains(&letter);
    let begun = text.trim_start_matches(is_around);
    let start = text.len() - begun.len();
    start..start + begun.trim_end_matches(is_around).len()
}

/// Whether what follows is the value of a name before it.
fn follows_name(before: &str) -> bool {
    let before = before.trim_end_matches(QUOTES);
    let name = before.trim_end();
    if before.ends_with(['=', ':']) || before.ends_with(" -p") || (name.len() < before.len() && name.ends_with(':')) {
        return true;
    }
    let word = name.rsplit([' ', '\t', '\n']).next().unwrap_or_default().trim_matches(QUOTES);
    let is_printed = matches!(word, "-p" | "echo" | "printf" | "<<<") || before.ends_with("<<<");
    is_printed || (name.len() < before.len() && is_secret_name(word))
}

struct KnownSecret {
    value: String,
    reach: Reach,
    /// Its first characters, if they reveal no more than its kind.
    hint: String,
}

/// A part of a text that is redacted, and the hint that remains of it.
type Taken<'a> = (Range<usize>, &'a str);

/// Redacts the secrets of an image in texts.
#[derive(Default)]
pub struct Redactor {
    known: Vec<KnownSecret>,
    /// Finds the beginnings of secrets; `None` if there are no secrets, or too many.
    finder: Option<AhoCorasick>,
    /// For each beginning, the secrets that begin with it, longest first.
    begun: Vec<Vec<usize>>,
    /// The ranges of secrets in the documents, by the number of the text in the walk over them.
    spots: HashMap<usize, Vec<Range<usize>>>,
    /// There are too many secrets: all text is redacted.
    is_full: bool,
    /// Nothing is redacted, as with `--show-secrets`.
    shows: bool,
}

impl Redactor {
    /// Searches the documents of an image; no file is read.
    #[must_use]
    pub fn for_image(image: &Image) -> Self {
        Self::with(image, &Secrets::default())
    }

    /// Searches the documents of an image, and adds the secrets found in files.
    #[must_use]
    pub fn with(image: &Image, secrets: &Secrets) -> Self {
        let mut spots: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
        let mut known: BTreeMap<String, (Reach, String)> = BTreeMap::new();
        let mut know = |value: &str, kind: &str, severity| {
            let is_form = severity == Severity::High && kind != documents::URL_PASSWORD;
            // A key begins with dashes.
            let hint = if is_form { begins(value).trim_matches('-').to_owned() } else { String::new() };
            let reach = if is_form { Reach::Anywhere } else { Reach::for_value(value) };
            let one = known.entry(value.to_owned()).or_insert((reach, hint.clone()));
            if reach < one.0 {
                *one = (reach, hint);
            }
        };
        for spot in documents::spots(image) {
            if let Some(range) = spot.range {
                spots.entry(spot.text).or_default().push(range);
            }
            if !spot.hit.value.is_empty() {
                know(&spot.hit.value, spot.hit.kind, spot.hit.severity);
            }
        }
        for secret in secrets.found.iter().filter(|secret| matches!(secret.location, SecretLocation::File { .. })) {
            // A secret that is a whole file, or that was shortened, has no complete value to search for.
            if !secret.value.is_empty() && secret.value.len() < super::KEPT {
                let severity = if secret.kind == "env-file" { Severity::Medium } else { secret.severity };
                know(&secret.value, secret.kind, severity);
            }
        }
        for ranges in spots.values_mut() {
            ranges.sort_unstable_by_key(|range| (range.start, range.end));
        }
        let mut redactor = Self { spots, is_full: known.len() > MOST, ..Self::default() };
        if !redactor.is_full {
            redactor.look_for(known);
        }
        redactor
    }

    /// Redacts nothing.
    #[must_use]
    pub fn showing() -> Self {
        Self { shows: true, ..Self::default() }
    }

    fn look_for(&mut self, known: BTreeMap<String, (Reach, String)>) {
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_by_key(|(value, _)| value.len());
        let mut bytes = 0;
        for (value, (reach, hint)) in known {
            bytes += value.len();
            let encoded = if bytes <= ENCODED_MOST { encodings::encoded(&value) } else { Vec::new() };
            for other in encoded {
                let reach = if other.is_random { Reach::Anywhere } else { reach };
                self.known.push(KnownSecret { value: other.text, reach, hint: String::new() });
            }
            self.known.push(KnownSecret { value, reach, hint });
        }
        let mut begun: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (at, known) in self.known.iter().enumerate() {
            let value = known.value.as_bytes();
            begun.entry(value.get(..BEGINS).unwrap_or(value)).or_default().push(at);
        }
        self.finder = AhoCorasick::new(begun.keys()).ok().filter(|_| !begun.is_empty());
        self.begun = begun.into_values().collect();
        for same in &mut self.begun {
            // For the same text, prefer a secret that is redacted anywhere, then one that leaves a hint.
            same.sort_by_key(|&at| {
                let KnownSecret { value, reach, hint } = &self.known[at];
                (std::cmp::Reverse(value.len()), *reach, hint.is_empty())
            });
        }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.without(text, &[])
    }

    /// The text without the secrets and without some ranges, which are in order.
    fn without<'a>(&self, text: &'a str, spots: &[Range<usize>]) -> Cow<'a, str> {
        if self.shows || text.is_empty() {
            return Cow::Borrowed(text);
        }
        if self.is_full {
            return Cow::Owned(GONE.to_owned());
        }
        let mut taken = self.taken(text, &mut 0);
        if !spots.is_empty() {
            taken.extend(spots.iter().map(|range| (range.clone(), "")));
            taken.sort_by_key(|(range, hint)| (range.start, hint.is_empty(), std::cmp::Reverse(range.end)));
            taken.dedup_by(|next, last| combine(last, next));
        }
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

    /// The secrets in a text, in order; overlapping ones are combined. Counts the steps.
    fn taken<'a>(&'a self, text: &str, steps: &mut usize) -> Vec<Taken<'a>> {
        let mut taken: Vec<Taken<'a>> = Vec::new();
        let Some(finder) = &self.finder else { return taken };
        let most = text.len().saturating_mul(WORK).saturating_add(WORK_OF_ANY);
        let core = core(text);
        for found in finder.find_overlapping_iter(text) {
            let start = found.start();
            let covered = taken.last().filter(|(last, _)| last.start <= start).map_or(0, |(last, _)| last.end);
            for known in self.begun.get(found.pattern().as_usize()).into_iter().flatten().map(|&at| &self.known[at]) {
                let range = start..start + known.value.len();
                *steps += 1;
                if range.end <= covered && covered > 0 {
                    break;
                }
                let Some(there) = text.as_bytes().get(range.clone()) else { continue };
                let same = common(there, known.value.as_bytes());
                *steps += same / BEGINS;
                if same == range.len() && known.reach.takes(text, &range, &core) {
                    push(&mut taken, (range, &known.hint));
                    break;
                }
            }
            if *steps > most {
                push(&mut taken, (start..text.len(), ""));
                break;
            }
        }
        taken
    }

    /// A path without secrets: those of the documents, and those in the path itself by format or name.
    #[must_use]
    pub fn path<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        // Fast path, since a report has hundreds of thousands of paths: only a token can make such a path secret, and a
        // token needs a long name.
        let is_plain = self.finder.is_none() && !self.is_full && memchr::memchr2(b'=', b':', path).is_none();
        let has_long_name = || path.split(|&byte| byte == b'/').any(|name| name.len() >= forms::shortest());
        if self.shows || (is_plain && (path.len() < forms::shortest() || !has_long_name())) {
            return Cow::Borrowed(path);
        }
        let hits = forms::find(path, ContentKind::Text);
        if is_plain && hits.is_empty() {
            return Cow::Borrowed(path);
        }
        let text = String::from_utf8_lossy(path);
        let pairs = if path.contains(&b'=') { pairs(&text) } else { Vec::new() };
        let mut named = pairs.into_iter().filter(|pair| is_secret_name(pair.name));
        let values: Vec<_> = named.by_ref().take(SECRETS_OF_A_PATH).collect();
        if hits.len() > SECRETS_OF_A_PATH || named.next().is_some() {
            return Cow::Owned(GONE.as_bytes().to_vec());
        }
        let mut left = self.text(&text);
        for hit in hits {
            let hint = if hit.severity == Severity::High { begins(&hit.value) } else { "" };
            left = Cow::Owned(left.replace(&hit.value, &format!("{hint}{GONE}")));
        }
        let logins = url_logins(&text).take(SECRETS_OF_A_PATH);
        let named = values.into_iter().filter(|pair| is_secret(pair.name, pair.value)).map(|pair| pair.value);
        for value in named.chain(logins) {
            left = Cow::Owned(left.replace(value, GONE));
        }
        match left {
            Cow::Borrowed(_) => Cow::Borrowed(path),
            Cow::Owned(left) => Cow::Owned(left.into_bytes()),
        }
    }

    /// The path of an entry without secrets.
    #[must_use]
    pub fn entry_path(&self, path: &EntryPath) -> EntryPath {
        match self.path(path.as_bytes()) {
            Cow::Borrowed(_) => path.clone(),
            Cow::Owned(left) => EntryPath::normalise(&left).path,
        }
    }

    /// A finding without the secrets.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> Finding {
        Finding {
            path: finding.path.as_ref().map(|path| self.entry_path(path)),
            message: self.text(&finding.message).into_owned(),
            ..finding.clone()
        }
    }

    /// The secrets, with redacted locations.
    #[must_use]
    pub fn secrets(&self, mut secrets: Secrets) -> Secrets {
        for secret in &mut secrets.found {
            match &mut secret.location {
                SecretLocation::File { path, .. } => *path = self.entry_path(path),
                SecretLocation::Env(name) | SecretLocation::Label(name) => *name = self.text(name).into_owned(),
                SecretLocation::Step { .. } | SecretLocation::Document(_) => {}
            }
        }
        for finding in &mut secrets.findings {
            *finding = self.finding(finding);
        }
        secrets
    }

    /// The junk, with redacted samples and notes.
    #[must_use]
    pub fn junk(&self, mut junk: Junk) -> Junk {
        for hit in &mut junk.hits {
            hit.note = self.text(&hit.note).into_owned();
            for sample in &mut hit.samples {
                *sample = self.entry_path(sample);
            }
        }
        junk
    }

    /// The image with the secrets removed from every text of its documents; the raw configuration is left out.
    #[must_use]
    pub fn image(&self, image: &Image) -> Image {
        let mut image = Image { raw_config: Vec::new(), left_out_config: image.config_size(), ..image.clone() };
        let mut number = 0;
        each_mut(&mut image, &mut |_, text| {
            let spots = self.spots.get(&number).map_or(&[][..], Vec::as_slice);
            number += 1;
            if let Cow::Owned(left) = self.without(text, spots) {
                *text = left;
            }
        });
        // The digest of an unknown algorithm can contain any text.
        let is_secret = |digest: &Digest| {
            !matches!(digest.algorithm(), "sha256" | "sha512") && matches!(self.text(digest.as_str()), Cow::Owned(_))
        };
        for layer in &mut image.layers {
            layer.digest.take_if(|digest| is_secret(digest));
            layer.diff_id.take_if(|id| is_secret(&id.0));
        }
        for finding in &mut image.findings {
            finding.path = finding.path.as_ref().map(|path| self.entry_path(path));
        }
        image
    }
}

/// An image without its secrets.
#[must_use]
pub fn redacted(image: &Image) -> Image {
    Redactor::for_image(image).image(image)
}

/// The length of the common beginning of two texts, in whole pieces; exact if they are equal.
fn common(one: &[u8], other: &[u8]) -> usize {
    const PIECE: usize = 64;
    let pieces = one.chunks(PIECE).zip(other.chunks(PIECE));
    let same = pieces.take_while(|(one, other)| one == other).count();
    (same * PIECE).min(one.len())
}

/// Adds a part. Parts arrive in the order in which their beginnings end, so one may start before the last ones and
/// overlap them.
fn push<'a>(taken: &mut Vec<Taken<'a>>, mut new: Taken<'a>) {
    while let Some(last) = taken.last_mut() {
        let begins_later = new.0.start > last.0.start || (new.0.start == last.0.start && !last.1.is_empty());
        if begins_later {
            if combine(last, &mut new) {
                return;
            }
            break;
        }
        if last.0.start >= new.0.end {
            break;
        }
        new.0.end = new.0.end.max(last.0.end);
        taken.pop();
    }
    taken.push(new);
}

/// Extends a part by the next one if they overlap. Returns whether they do.
fn combine(last: &mut Taken<'_>, next: &mut Taken<'_>) -> bool {
    let overlaps = next.0.start < last.0.end;
    if overlaps {
        last.0.end = last.0.end.max(next.0.end);
    }
    overlaps
}

#[cfg(test)]
mod tests;
