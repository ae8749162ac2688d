//! A first look at a content: how it is best shown, judged by its first bytes.

use super::stored::{ActiveRequest, Stored, Update};
use crate::image::magic::{USTAR, ZIP_RECORD};
use crate::image::{Compression, Listing};

/// How many of the first bytes are inspected.
const HEAD: usize = 8 << 10;
/// The limit on members.
const MOST_MEMBERS: usize = 20_000;

/// A way to show a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViewerMode {
    Text,
    Hex,
    Listing,
}

impl ViewerMode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Listing => "archive",
        }
    }
}

/// What was recognised.
pub(super) struct ContentFormat {
    pub(super) mode: ViewerMode,
    /// The listing of an archive.
    pub(super) listing: Option<Listing>,
}

/// Inspects a content, and lists its members if it looks like an archive.
pub(super) fn detect(stored: &Stored, request: &mut ActiveRequest<'_>) -> Result<Update, String> {
    let (head, read) = stored.bytes(0, HEAD, request);
    if head.is_empty() {
        read?;
    }
    // A content that cannot be listed is still shown.
    let listing = if may_be_archive(&head) { stored.members(MOST_MEMBERS, request).unwrap_or(None) } else { None };
    let mode = match &listing {
        Some(_) => ViewerMode::Listing,
        None if is_text(&head) => ViewerMode::Text,
        None => ViewerMode::Hex,
    };
    Ok(Update::Look(ContentFormat { mode, listing }))
}

/// Whether a compressed file or an archive begins like this; a tar has its magic only after its first name.
fn may_be_archive(head: &[u8]) -> bool {
    let is_tar = head.get(257..262) == Some(USTAR) || head.len() >= 512 && head[..512].contains(&0);
    is_tar || head.starts_with(ZIP_RECORD) || Compression::detect(head) != Compression::None
}

/// Whether people can read it: no NUL bytes, and hardly any control characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    if head.contains(&0) {
        return false;
    }
    let odd = |text: &str| {
        text.chars().filter(|&letter| letter.is_control() && !"\n\r\t\x0c\x1b\x08".contains(letter)).count()
    };
    let odd: usize = head.utf8_chunks().map(|chunk| odd(chunk.valid()) + chunk.invalid().len()).sum();
    odd * 10 <= head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_what_is_text() {
        assert!(is_text(b"") && is_text(b"hello\r\n\tworld\n") && is_text("名前\n".as_bytes()));
        assert!(is_text(b"caf\xe9 au lait, in an older alphabet\n"));
        assert!(!is_text(b"\x7fELF\x02\x01\x01\0\0"));
        assert!(!is_text(&[0xd5, 0x81, 0xff, 0xfe, b'a', 0x93]));
    }

    #[test]
    fn only_what_may_be_an_archive_is_asked_for_its_members() {
        assert!(may_be_archive(b"PK\x03\x04") && may_be_archive(b"\x1f\x8b\x08"));
        assert!(!may_be_archive(b"hello") && !may_be_archive(&[b'x'; 600]));
    }
}
