//! The contents of an archive inside an image: the headers of its members, not their contents.

use super::EntryKind;

/// The members of an archive, in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its format: `tar`, `tar in gzip`, `zip`.
    pub format: String,
    /// At most as many as requested.
    pub members: Vec<ListedMember>,
    /// Why there may be more members than these; `None` if these are all.
    pub cut: Option<String>,
}

/// One member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// Its name as written in the archive; hostile.
    pub name: Vec<u8>,
    /// The target of a link; empty for everything else.
    pub link: Vec<u8>,
    /// Its kind.
    pub kind: EntryKind,
    /// Permission bits; `None` if the archive stores none.
    pub mode: Option<u16>,
    /// Uncompressed size in bytes.
    pub size: u64,
    /// Seconds since the epoch; `None` if the archive stores only a local time.
    pub mtime: Option<i64>,
}

/// One entry of a layer's tar, as it is written there: markers of removed paths are entries like others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEntry {
    /// Its name, kind, mode, size, time and link.
    pub member: ListedMember,
    /// The numbers of its user and its group.
    pub owner: (i64, i64),
    /// The keys of its PAX extended header; hostile.
    pub pax: Vec<Vec<u8>>,
}
