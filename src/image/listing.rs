//! What an archive inside an image holds: its members' headers, and nothing of their contents.

use super::EntryKind;

/// The members of an archive, in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What it is: `tar`, `tar in gzip`, `zip`.
    pub format: String,
    /// As many as were asked for.
    pub members: Vec<Listed>,
    /// Why there may be more members than these; nothing where these are all.
    pub cut: Option<String>,
}

/// One member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name as the archive writes it; hostile.
    pub name: Vec<u8>,
    /// Where a link points; empty for everything else.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits; none where the archive keeps none.
    pub mode: Option<u16>,
    /// Bytes, unpacked.
    pub size: u64,
    /// Seconds since the epoch; none where the archive keeps only a local time.
    pub mtime: Option<i64>,
}
