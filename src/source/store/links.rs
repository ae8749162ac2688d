//! Links between the members of an archive, followed only by their text: the host is never asked.

use crate::image::EntryPath;

/// How many links one name may lead over.
pub(super) const HOPS: usize = 10;

/// Where a symlink at `from` leads; nothing if that is outside the archive. An absolute target starts at its top, as
/// it would in the folder that an engine unpacks it to.
pub(super) fn target_of_symlink(from: &EntryPath, target: &[u8]) -> Option<EntryPath> {
    let mut raw = Vec::new();
    if !target.starts_with(b"/") {
        raw.extend_from_slice(from.parent().unwrap_or_default());
        raw.push(b'/');
    }
    raw.extend_from_slice(target);
    let normal = EntryPath::normalise(&raw);
    (!normal.escaped && !normal.path.is_root()).then_some(normal.path)
}

/// Where a hard link leads: its target is a member's name.
pub(super) fn target_of_hard_link(target: &[u8]) -> Option<EntryPath> {
    let normal = EntryPath::normalise(target);
    (!normal.escaped && !normal.path.is_root()).then_some(normal.path)
}
