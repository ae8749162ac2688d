//! What differs between two versions of a path, except for the bytes of a file, which only reading compares.

use crate::image::{EntryKind, EntryRef};

use super::VersionRef;

/// A set of properties that differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Aspects(u8);

impl Aspects {
    /// Nothing differs.
    pub const NONE: Self = Self(0);
    /// One is a file, the other a folder, a link or a device.
    pub const KIND: Self = Self(1);
    /// The bytes of a file, the target of a symlink, the number of a device.
    pub const CONTENT: Self = Self(2);
    /// The permission bits.
    pub const MODE: Self = Self(4);
    /// The owner or the group.
    pub const OWNER: Self = Self(8);
    /// The time of modification. Layers repeat their parent folders, so a folder's time is not compared.
    pub const TIME: Self = Self(16);
    /// The extended attributes.
    pub const ATTRIBUTES: Self = Self(32);
    /// Which names share one file.
    pub const LINKS: Self = Self(64);

    /// Each property, with its name in JSON.
    const NAMES: [(Self, &'static str); 7] = [
        (Self::KIND, "kind"),
        (Self::CONTENT, "content"),
        (Self::MODE, "mode"),
        (Self::OWNER, "owner"),
        (Self::TIME, "time"),
        (Self::ATTRIBUTES, "attributes"),
        (Self::LINKS, "links"),
    ];

    /// What differs without reading: not the bytes of files.
    #[must_use]
    pub fn between(before: VersionRef<'_>, after: VersionRef<'_>) -> Self {
        let (old, new) = (before.inode(), after.inode());
        let kind = old.kind();
        let mut differs = Self::NONE;
        if kind != new.kind() {
            differs = differs.with(Self::KIND);
        } else if let Some((old, new)) = old.entry().zip(new.entry()).filter(|_| kind != EntryKind::File) {
            let is_other = old.link_target() != new.link_target() || old.rdev() != new.rdev();
            differs = differs.with_if(is_other, Self::CONTENT);
        }
        let time = |version: VersionRef<'_>| version.inode_entry().map(EntryRef::mtime);
        let folders = kind == EntryKind::Dir && new.kind() == EntryKind::Dir;
        differs
            .with_if(before.mode() != after.mode(), Self::MODE)
            .with_if(before.owner() != after.owner(), Self::OWNER)
            .with_if(!folders && time(before) != time(after), Self::TIME)
            .with_if(attributes(old) != attributes(new), Self::ATTRIBUTES)
    }

    /// The same properties and those of another set.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The same, where a condition holds.
    #[must_use]
    pub fn with_if(self, condition: bool, other: Self) -> Self {
        if condition { self.with(other) } else { self }
    }

    /// Whether any property of another set is in this one.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the properties, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(aspect, _)| self.has(*aspect)).map(|(_, name)| name)
    }
}

fn attributes(version: VersionRef<'_>) -> &[crate::image::Xattr] {
    version.entry().map_or(&[], |entry| entry.xattrs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{EntryPath, Mtime, NewEntry};
    use crate::union::Union;
    use crate::union::testing::{entry, layer};

    fn between(before: NewEntry<'_>, after: NewEntry<'_>) -> Vec<&'static str> {
        let union = Union::build(vec![layer([before]), layer([after])]);
        let node = union.node_at(&EntryPath::normalise(b"a").path).expect("a path");
        let versions: Vec<_> = union.versions(node).map(|id| union.version(id)).collect();
        let differs = Aspects::between(versions[0], versions[1]);
        let mirrored = Aspects::between(versions[1], versions[0]);
        assert_eq!(differs, mirrored);
        differs.names().collect()
    }

    #[test]
    fn every_property_is_compared_but_the_time_of_a_folder() {
        let file = || entry("a", 3);
        let later = Mtime { seconds: 9, nanoseconds: 0 };
        assert!(between(file(), file()).is_empty());
        assert_eq!(between(file(), NewEntry { mode: 0o600, uid: 7, ..file() }), ["mode", "owner"]);
        assert_eq!(between(file(), NewEntry { mtime: later, ..file() }), ["time"]);
        assert!(between(entry("a/", 0), NewEntry { mtime: later, ..entry("a/", 0) }).is_empty());
        let link = |target: &'static [u8]| NewEntry { kind: EntryKind::Symlink, link_target: target, ..entry("a", 0) };
        assert_eq!(between(link(b"x"), link(b"y")), ["content"]);
        assert_eq!(between(file(), link(b"x")), ["kind"]);
    }
}
