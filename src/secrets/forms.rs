//! Secrets that are recognised by their form, found in one pass: each begins with characters that identify it.
//!
//! In text, a secret begins where a word does, so that no part of something longer counts as one. In binary files words
//! have no such boundaries: strings are adjacent, or follow a byte with their length. There, only forms that are
//! certain by themselves count.

use std::ops::Range;

use super::SecretHit;
use super::detectors::{Detectors, InBinaries};

/// What bytes are searched as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentKind {
    Text,
    Binary,
}

/// No secret with a known form is shorter: an AWS identifier is this long. One of the user's own may be shorter.
pub(super) fn shortest() -> usize {
    if Detectors::own().is_some() { 11 } else { 20 }
}
/// No secret is longer, from its first letter on.
pub(super) const LONGEST: usize = 36 << 10;

/// The hits in some bytes.
pub(super) fn find(bytes: &[u8], content_kind: ContentKind) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    find_in(bytes, 0..bytes.len(), content_kind, &mut hits);
    hits
}

/// The hits that begin within a range of some bytes. Returns where the last one of a built-in detector ends.
pub(super) fn find_in(
    bytes: &[u8],
    range: Range<usize>,
    content_kind: ContentKind,
    hits: &mut Vec<SecretHit>,
) -> usize {
    let end = find_with(Detectors::built_in(), bytes, range.clone(), content_kind, hits);
    if let Some(own) = Detectors::own() {
        find_with(own, bytes, range, content_kind, hits);
    }
    end
}

pub(super) fn find_with(
    detectors: &'static Detectors,
    bytes: &[u8],
    range: Range<usize>,
    content_kind: ContentKind,
    hits: &mut Vec<SecretHit>,
) -> usize {
    let mut free = range.start;
    for (at, prefix, detector) in detectors.prefixes_in(bytes.get(range.start..).unwrap_or_default()) {
        let at = range.start + at;
        if at >= range.end {
            break;
        }
        if at < free || !may_begin(bytes, at, detector.in_binaries, content_kind) {
            continue;
        }
        let behind = at + prefix;
        let Some(len) = detector.shape.measure(bytes.get(behind..).unwrap_or_default(), content_kind) else { continue };
        let whole = at..behind + len;
        let Some(value) = bytes.get(whole.clone()) else { continue };
        free = whole.end;
        match detector.shape.hits() {
            Some(own) => hits.extend(own(bytes, whole, content_kind)),
            None => hits.push(detector.hit(value)),
        }
    }
    free
}

/// Whether something may begin here: not within a word, but after an escaped newline in source code.
fn may_begin(bytes: &[u8], at: usize, in_binaries: InBinaries, content_kind: ContentKind) -> bool {
    match (content_kind, in_binaries) {
        (ContentKind::Binary, InBinaries::Never) => return false,
        (ContentKind::Binary, InBinaries::Anywhere) => return true,
        _ => {}
    }
    if !bytes.get(at).is_some_and(|&first| is_word(first)) {
        return true;
    }
    let before = bytes.get(at.saturating_sub(2)..at).unwrap_or_default();
    !before.last().is_some_and(|&last| is_word(last)) || matches!(before, b"\\n" | b"\\r" | b"\\t")
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
