//! Whether two entries of the same kind differ in anything but their content.

use crate::image::{EntryKind, EntryRef, Mtime, Xattr};
use crate::union::VersionRef;

/// The last second that engines keep; they set every other time to 0.
const LATEST_TIME: i64 = i64::MAX / 1_000_000_000;

/// What of the metadata of a path differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the metadata, and any of them can differ")]
pub(super) struct MetadataChange {
    pub(super) mode: bool,
    pub(super) owner: bool,
    pub(super) time: bool,
    pub(super) attributes: bool,
    /// The target of a symlink, or the number of a device.
    pub(super) target: bool,
}

impl MetadataChange {
    pub(super) fn between(image: VersionRef<'_>, export: VersionRef<'_>) -> Self {
        // Nothing is known about a folder that no layer lists.
        let (Some(before), Some(after)) = (image.inode_entry(), export.inode_entry()) else { return Self::default() };
        let kind = after.kind();
        Self {
            // Linux ignores the mode of a symlink, and stores the same for each.
            mode: kind != EntryKind::Symlink && before.mode() != after.mode(),
            owner: (before.uid(), before.gid()) != (after.uid(), after.gid()),
            // A file that is added to a folder or removed from it changes the folder's time.
            time: kind != EntryKind::Dir && !same_time(before.mtime(), after.mtime()),
            attributes: differ(before.xattrs(), after.xattrs()),
            target: kind == EntryKind::Symlink && before.link_target() != after.link_target()
                || matches!(kind, EntryKind::Char | EntryKind::Block) && before.rdev() != after.rdev(),
        }
    }

    pub(super) fn any(self) -> bool {
        self != Self::default()
    }

    /// Names of what differs.
    pub(super) fn names(self) -> Vec<&'static str> {
        let all = [
            (self.mode, "mode"),
            (self.owner, "owner"),
            (self.time, "time"),
            (self.attributes, "attributes"),
            (self.target, "target"),
        ];
        all.into_iter().filter(|(differs, _)| *differs).map(|(_, name)| name).collect()
    }
}

/// Exports have whole seconds, where layers can have parts of them.
fn same_time(before: Mtime, after: Mtime) -> bool {
    let kept = |time: Mtime| if (0..=LATEST_TIME).contains(&time.seconds) { time.seconds } else { 0 };
    let parts = (before.nanoseconds, after.nanoseconds);
    kept(before) == kept(after) && (parts.0 == parts.1 || parts.0 == 0 || parts.1 == 0)
}

/// Exports have capabilities, and no engine's export has all other attributes: one that is missing there was not removed.
fn differ(before: &[Xattr], after: &[Xattr]) -> bool {
    const CAPABILITY: &[u8] = b"security.capability";
    let find =
        |list: &[Xattr], name: &[u8]| list.iter().find(|(other, _)| &**other == name).map(|(_, value)| value.clone());
    find(before, CAPABILITY) != find(after, CAPABILITY)
        || after.iter().any(|(name, value)| {
            let is_of_storage = name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.");
            !is_of_storage && &**name != b"security.selinux" && find(before, name).as_ref() != Some(value)
        })
}

/// Whether only the contents can tell two entries apart; otherwise whether their sizes already do.
pub(super) fn same_size(before: EntryRef<'_>, after: EntryRef<'_>) -> bool {
    before.kind() != EntryKind::File || before.size() == after.size()
}
