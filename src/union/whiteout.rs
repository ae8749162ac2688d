//! Recognises whiteouts by the last component of an entry's name (image-spec `layer.md`, *Whiteouts*). The type does not
//! matter: whiteouts occur as files with and without bytes, as directories, symlinks and hard links.

use crate::image::{EntryKind, EntryPath, EntryRef, LayerNumber};

use super::Union;

/// How the names of whiteouts and opaque markers begin.
pub const PREFIX: &[u8] = b".wh.";
/// The name of an opaque marker.
pub const OPAQUE: &[u8] = b".wh..wh..opq";
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

/// An entry that stores no file and hides what lower layers store.
#[derive(Clone, Copy)]
pub struct Marker<'a> {
    /// The entry in the layer's tar.
    pub entry: EntryRef<'a>,
    /// Whether it hides everything below its folder, and not one path.
    pub is_opaque: bool,
    hidden: Option<&'a [u8]>,
}

impl Marker<'_> {
    /// The path that it hides; the folder of an opaque marker.
    #[must_use]
    pub fn hides(&self) -> EntryPath {
        let path = self.entry.path();
        let mut hidden = EntryPath::root();
        let names: Vec<_> = path.components().collect();
        for name in names.iter().take(names.len().saturating_sub(1)) {
            hidden.push(name);
        }
        if !self.is_opaque {
            hidden.push(self.hidden.unwrap_or(self.entry.name()));
        }
        hidden
    }
}

impl Union {
    /// The whiteouts and opaque markers of a layer, in the order of its tar, whether they hide anything or not.
    pub fn markers(&self, layer: LayerNumber) -> impl ExactSizeIterator<Item = Marker<'_>> {
        let entries = self.entries(layer);
        self.arena.markers[layer.index()].iter().map(|&index| {
            let entry = entries.get(index);
            Marker { entry, is_opaque: entry.name() == OPAQUE, hidden: entry.name().strip_prefix(PREFIX) }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::union::Union;
    use crate::union::testing::{entry, layer, layer_number};

    #[test]
    fn markers_name_what_they_hide() {
        let below = layer([entry("a/b", 1), entry("c", 1)]);
        let names = ["a/.wh.b", "a/.wh..wh..opq", ".wh.c", ".wh..wh.plnk/x", ".wh..wh.aufs", "d/.wh.", "e"];
        let union = Union::build(vec![below, layer(names.map(|name| entry(name, 0)))]);
        let found: Vec<_> = union
            .markers(layer_number(2))
            .map(|marker| (String::from_utf8_lossy(marker.hides().as_bytes()).into_owned(), marker.is_opaque))
            .collect();
        let expected = [("a/b", false), ("a", true), ("c", false)];
        assert_eq!(found, expected.map(|(path, is_opaque)| (path.to_owned(), is_opaque)));
        assert_eq!(union.markers(layer_number(1)).count(), 0);
    }
}
