//! How the metadata of two versions differs, exactly.

use super::path::what;
use crate::format;
use crate::image::{EntryKind, Mtime};
use crate::union::VersionRef;

/// One sentence per difference; empty if there is none.
pub(super) fn differences(before: VersionRef<'_>, after: VersionRef<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let (old, new) = (before.inode(), after.inode());
    if before.kind() != after.kind() {
        found.push(format!("was a {}, is a {}", what(before), what(after)));
    }
    let target = |version: VersionRef<'_>| version.entry().map_or(&[][..], |entry| entry.link_target()).to_vec();
    let (led, symlink_target) = (target(before), target(after));
    if led != symlink_target && before.kind() == after.kind() {
        found.push(format!("target {} → {}", format::safe(&led), format::safe(&symlink_target)));
    }
    if old.mode() != new.mode() {
        found.push(format!("mode {:04o} → {:04o}", old.mode(), new.mode()));
    }
    if old.owner() != new.owner() {
        let ((user, group), (new_user, new_group)) = (old.owner(), new.owner());
        found.push(format!("owner {user}:{group} → {new_user}:{new_group}"));
    }
    let Some((old, new)) = old.entry().zip(new.entry()) else { return found };
    if old.kind() == EntryKind::File && new.kind() == EntryKind::File && old.size() != new.size() {
        found.push(format!("size {} B → {} B", count(old.size()), count(new.size())));
    }
    if old.rdev() != new.rdev() {
        let device = |rdev: Option<(u32, u32)>| rdev.map_or("none".to_owned(), |(a, b)| format!("{a}:{b}"));
        found.push(format!("device {} → {}", device(old.rdev()), device(new.rdev())));
    }
    if old.mtime() != new.mtime() {
        found.push(format!("time {}", times(old.mtime(), new.mtime())));
    }
    for (name, value) in old.xattrs() {
        match new.xattrs().iter().find(|(other, _)| other == name) {
            None => found.push(format!("attribute {} removed", format::safe(name))),
            Some((_, other)) if other != value => {
                found.push(format!("attribute {} {} → {}", format::safe(name), valued(value), valued(other)));
            }
            Some(_) => {}
        }
    }
    for (name, value) in new.xattrs().iter().filter(|(name, _)| !old.xattrs().iter().any(|(other, _)| other == name)) {
        found.push(format!("attribute {} added: {}", format::safe(name), valued(value)));
    }
    found
}

fn count(bytes: u64) -> String {
    format::count(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// In seconds if those differ, else with the fraction.
fn times(old: Mtime, new: Mtime) -> String {
    let (before, after) = (format::mtime(old.seconds), format::mtime(new.seconds));
    if old.seconds == new.seconds {
        return format!("{before}.{:09} → .{:09}", old.nanoseconds, new.nanoseconds);
    }
    format!("{before} → {after}")
}

/// A value, if it is short enough to read.
fn valued(value: &[u8]) -> String {
    if value.len() <= 40 { format!("`{}`", format::safe(value)) } else { format!("({} bytes)", value.len()) }
}
