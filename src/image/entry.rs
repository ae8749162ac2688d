//! One entry of a layer, seen through its layer.

use serde::{Deserialize, Serialize};

use super::EntryPath;
use super::entries::{Entries, EntryIndex, NewEntry};

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// A regular file (type `0`, NUL, `7`, or GNU sparse `S`).
    File,
    /// A directory.
    Dir,
    /// A symlink.
    Symlink,
    /// Another name for a file.
    HardLink,
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A named pipe.
    Fifo,
    /// A type flag that no engine knows.
    Unknown(u8),
}

impl EntryKind {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Dir => "dir",
            Self::Symlink => "symlink",
            Self::HardLink => "hardlink",
            Self::Char => "char",
            Self::Block => "block",
            Self::Fifo => "fifo",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Kind and permissions as `ls` prints them: `drwxr-xr-x`, with setuid, setgid and sticky in their places; a hard
    /// link begins with `h`, as in `tar -t`.
    #[must_use]
    pub fn mode_letters(self, mode: u16) -> String {
        let mut text = String::with_capacity(10);
        text.push(match self {
            Self::File => '-',
            Self::Dir => 'd',
            Self::Symlink => 'l',
            Self::HardLink => 'h',
            Self::Char => 'c',
            Self::Block => 'b',
            Self::Fifo => 'p',
            Self::Unknown(_) => '?',
        });
        for (shift, special, with, without) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
            let bits = mode >> shift;
            text.push(if bits & 4 == 0 { '-' } else { 'r' });
            text.push(if bits & 2 == 0 { '-' } else { 'w' });
            text.push(match (mode & special != 0, bits & 1 != 0) {
                (true, true) => with,
                (true, false) => without,
                (false, true) => 'x',
                (false, false) => '-',
            });
        }
        text
    }
}

/// The modification time of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mtime {
    /// Seconds since the epoch; hostile, so any value.
    pub seconds: i64,
    /// And nanoseconds, below 10⁹.
    pub nanoseconds: u32,
}

/// An extended attribute: name and value, both bytes.
pub type Xattr = (Box<[u8]>, Box<[u8]>);

/// One entry of a layer. Cheap to copy; every query goes to the layer.
#[derive(Clone, Copy)]
pub struct EntryRef<'a> {
    pub(super) entries: &'a Entries,
    pub(super) index: EntryIndex,
}

impl<'a> EntryRef<'a> {
    /// Its index in the layer, in the order of the archive.
    #[must_use]
    pub fn index(self) -> EntryIndex {
        self.index
    }

    /// The full path, normalised.
    #[must_use]
    pub fn path(self) -> EntryPath {
        self.entries.path(self.index)
    }

    /// The last component of its path; empty for the root.
    #[must_use]
    pub fn name(self) -> &'a [u8] {
        self.entries.name(self.index)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(self) -> EntryKind {
        self.entries.raw(self.index).kind
    }

    /// Bytes of content as a container sees them, including holes; 0 for what has none.
    #[must_use]
    pub fn size(self) -> u64 {
        self.entries.raw(self.index).size
    }

    /// Bytes of content as the layer stores them, without holes: what the accounts count.
    #[must_use]
    pub fn stored(self) -> u64 {
        self.entries.extra(self.index).and_then(|extra| extra.stored).unwrap_or_else(|| self.size())
    }

    /// The offset of its content in the layer's decompressed tar, in bytes.
    #[must_use]
    pub fn data_offset(self) -> u64 {
        self.entries.raw(self.index).data_offset
    }

    /// The stored parts of a sparse file, as offset and length in the file, ascending; `None` for any other file.
    #[must_use]
    pub fn sparse_map(self) -> Option<&'a [(u64, u64)]> {
        self.entries.extra(self.index)?.sparse.as_deref()
    }

    /// Permission bits with setuid, setgid and sticky: at most `0o7777`.
    #[must_use]
    pub fn mode(self) -> u16 {
        self.entries.raw(self.index).mode
    }

    /// Owner. Hostile archives contain numbers that no system can have.
    #[must_use]
    pub fn uid(self) -> i64 {
        self.entries.owner(self.index).0
    }

    /// Group.
    #[must_use]
    pub fn gid(self) -> i64 {
        self.entries.owner(self.index).1
    }

    /// When it was modified.
    #[must_use]
    pub fn mtime(self) -> Mtime {
        let nanoseconds = self.entries.extra(self.index).map_or(0, |extra| extra.nanoseconds);
        Mtime { seconds: self.entries.raw(self.index).mtime, nanoseconds }
    }

    /// The target of a symlink, or the name that a hard link repeats, as written; empty for everything else.
    #[must_use]
    pub fn link_target(self) -> &'a [u8] {
        self.entries.link_target(self.index)
    }

    /// Major and minor number of a device.
    #[must_use]
    pub fn rdev(self) -> Option<(u32, u32)> {
        self.entries.extra(self.index)?.rdev
    }

    /// Extended attributes, sorted by name.
    #[must_use]
    pub fn xattrs(self) -> &'a [Xattr] {
        self.entries.extra(self.index).map_or(&[], |extra| &extra.xattrs)
    }

    /// Whether its name tried to leave the root and was clamped to it.
    #[must_use]
    pub fn escaped(self) -> bool {
        self.entries.raw(self.index).escaped
    }

    /// All of it but its identity, under a name, to be pushed to another layer.
    #[must_use]
    pub fn renamed(self, name: &'a [u8]) -> NewEntry<'a> {
        NewEntry {
            name,
            kind: self.kind(),
            mode: self.mode().into(),
            uid: self.uid(),
            gid: self.gid(),
            mtime: self.mtime(),
            size: self.size(),
            stored: self.stored(),
            data_offset: self.data_offset(),
            link_target: self.link_target(),
            rdev: self.rdev(),
            xattrs: self.xattrs().to_vec(),
            sparse: self.sparse_map().map(Into::into),
        }
    }

    /// The identity of its content, if the bytes were hashed while scanning.
    #[must_use]
    pub fn content_hash(self) -> Option<u128> {
        self.entries.hash(self.index)
    }
}

impl std::fmt::Debug for EntryRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.kind().name(), self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_spelled_as_ls_spells_it() {
        for (kind, mode, letters) in [
            (EntryKind::Dir, 0o1777, "drwxrwxrwt"),
            (EntryKind::File, 0o4755, "-rwsr-xr-x"),
            (EntryKind::File, 0o6644, "-rwSr-Sr--"),
            (EntryKind::Symlink, 0o777, "lrwxrwxrwx"),
            (EntryKind::File, 0o644, "-rw-r--r--"),
            (EntryKind::File, 0o2644, "-rw-r-Sr--"),
            (EntryKind::HardLink, 0o1000, "h--------T"),
        ] {
            assert_eq!(kind.mode_letters(mode), letters);
        }
    }
}
