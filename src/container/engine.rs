//! What an engine puts into every container before it starts, and what an export therefore has: the places where it mounts
//! its own files. The container wrote none of it.
//!
//! Docker creates them in a layer between the image and the container's, in place of what the image has there
//! (`daemon/initlayer`); podman's runtime creates what is missing when it mounts.

use crate::image::{EntryKind, EntryRef};

/// Empty files, also where the image has content: it is hidden in every container.
const FILES: [&[u8]; 6] =
    [b".dockerenv", b"dev/console", b"etc/hosts", b"etc/hostname", b"etc/resolv.conf", b"run/.containerenv"];
/// Empty folders, where the image has none.
const FOLDERS: [&[u8]; 7] = [b"proc", b"sys", b"dev", b"dev/pts", b"dev/shm", b"dev/mqueue", b"run/secrets"];
/// A symlink to the table of mounts.
const MTAB: &[u8] = b"etc/mtab";

/// Whether a path is one of the engine's own, as it makes them. Whether a folder is empty, the caller knows.
pub(super) fn is_engines(path: &[u8], entry: EntryRef<'_>) -> bool {
    match entry.kind() {
        EntryKind::File | EntryKind::HardLink => FILES.contains(&path) && entry.size() == 0,
        EntryKind::Char => path == b"dev/console",
        EntryKind::Dir => FOLDERS.contains(&path),
        EntryKind::Symlink => path == MTAB && entry.link_target() == b"/proc/mounts",
        _ => false,
    }
}
