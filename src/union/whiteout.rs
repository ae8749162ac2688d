//! Recognises whiteouts by the last component of an entry's name (image-spec `layer.md`, *Whiteouts*). The type does not
//! matter: whiteouts occur as files with and without bytes, as directories, symlinks and hard links.

use crate::image::{EntryKind, EntryRef};

const PREFIX: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
const AUFS: [&[u8]; 3] = [b".wh..wh.aufs", b".wh..wh.plnk", b".wh..wh.orph"];

/// The role of an entry when its layer is applied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EntryRole<'a> {
    /// It is applied as it is.
    Entry,
    /// It hides the sibling with this name.
    Whiteout(&'a [u8]),
    /// It hides everything below its folder.
    Opaque,
    /// It hides its own path: a device 0:0, as overlay file systems store whiteouts.
    OverlayWhiteout,
    /// It has no name to hide, or would hide its own or its parent folder.
    BadWhiteout,
    /// Bookkeeping that the AUFS driver wrote into the root of a layer.
    Aufs,
}

/// Whether a component in the root belongs to the AUFS driver.
pub(super) fn is_aufs(name: &[u8]) -> bool {
    AUFS.contains(&name)
}

/// Determines an entry's role. `below_aufs` is whether its path leads through the AUFS driver's own folders.
pub(super) fn role(entry: EntryRef<'_>, at_root: bool, below_aufs: bool) -> EntryRole<'_> {
    let name = entry.name();
    if below_aufs || (at_root && is_aufs(name)) {
        return EntryRole::Aufs;
    }
    if name == OPAQUE {
        return EntryRole::Opaque;
    }
    match name.strip_prefix(PREFIX) {
        Some(b"" | b"." | b"..") => EntryRole::BadWhiteout,
        Some(hidden) => EntryRole::Whiteout(hidden),
        None if entry.kind() == EntryKind::Char && entry.rdev() == Some((0, 0)) => EntryRole::OverlayWhiteout,
        None => EntryRole::Entry,
    }
}
