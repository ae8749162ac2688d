//! Secrets that are recognised by their form, found in one pass: each begins with characters that identify it.
//!
//! In text, a secret begins where a word does, so that no part of something longer counts as one. In binary files words
//! have no such boundaries: strings are adjacent, or follow a byte with their length. There, only forms that are
//! certain by themselves count.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::shapes::Shape;
use super::tokens::TOKENS;
use super::{SecretHit, aws, keys};

/// What bytes are searched as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentKind {
    Text,
    Binary,
}

/// Where a form counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// In text, where a word begins, and even there it may be of no use.
    InText,
    /// In binary files too, at the start of a word.
    AtWords,
    /// Anywhere in a binary file; in text, where a word begins.
    Anywhere,
}

/// A kind of secret.
pub(super) struct SecretForm {
    pub(super) kind: &'static str,
    /// How it begins.
    pub(super) prefix: &'static [u8],
    pub(super) sure: Certainty,
    /// How much of what follows belongs to it, if it is one at all.
    pub(super) shape: Shape,
}

/// No secret with a known form is shorter: an AWS identifier is this long.
pub(super) const SHORTEST: usize = 20;
/// No secret is longer, from its first letter on.
pub(super) const LONGEST: usize = 36 << 10;

/// The hits in some bytes.
pub(super) fn find(bytes: &[u8], content_kind: ContentKind) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    find_in(bytes, 0..bytes.len(), content_kind, &mut hits);
    hits
}

/// The hits that begin within a range of some bytes. Returns where the last of them ends.
pub(super) fn find_in(
    bytes: &[u8],
    range: Range<usize>,
    content_kind: ContentKind,
    hits: &mut Vec<SecretHit>,
) -> usize {
    let mut free = range.start;
    for found in finder().find_iter(bytes.get(range.start..).unwrap_or_default()) {
        let at = range.start + found.start();
        if at >= range.end {
            break;
        }
        let Some(form) = all().nth(found.pattern().as_usize()) else { continue };
        if at < free
            || (content_kind == ContentKind::Binary && form.sure == Certainty::InText)
            || !may_begin(bytes, at, form, content_kind)
        {
            continue;
        }
        let behind = at + form.prefix.len();
        let Some(len) = (form.shape)(bytes.get(behind..).unwrap_or_default(), content_kind) else { continue };
        let whole = at..behind + len;
        let Some(value) = bytes.get(whole.clone()) else { continue };
        free = whole.end;
        match form.kind {
            aws::KIND => hits.extend(aws::pair(bytes, whole, content_kind)),
            keys::KIND => hits.push(keys::hit(value)),
            kind if form.sure == Certainty::InText => hits.push(SecretHit::medium(kind, value)),
            kind => hits.push(SecretHit::high(kind, value)),
        }
    }
    free
}

fn all() -> impl Iterator<Item = &'static SecretForm> {
    TOKENS.iter().chain(keys::FORMS)
}

fn finder() -> &'static AhoCorasick {
    static FINDER: OnceLock<AhoCorasick> = OnceLock::new();
    FINDER.get_or_init(|| {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::DFA));
        builder.build(all().map(|form| form.prefix)).expect("a few short prefixes")
    })
}

/// Whether something may begin here: not within a word, but after an escaped newline in source code.
fn may_begin(bytes: &[u8], at: usize, form: &SecretForm, content_kind: ContentKind) -> bool {
    let is_sure = content_kind == ContentKind::Binary && form.sure == Certainty::Anywhere;
    if is_sure || !form.prefix.first().is_some_and(|&first| is_word(first)) {
        return true;
    }
    let before = bytes.get(at.saturating_sub(2)..at).unwrap_or_default();
    !before.last().is_some_and(|&last| is_word(last)) || matches!(before, b"\\n" | b"\\r" | b"\\t")
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
