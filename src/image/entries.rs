//! All entries of one layer, packed: a million must fit in a few hundred megabytes.
//!
//! ```text
//! raws  [ entry ][ entry ][ entry ] …      one fixed-size record per entry, in the order of the archive
//!           │ name, link target                │ rarely: xattrs, device numbers, sparse map, odd owners
//!           ▼                                  ▼
//! names "passwd" "sh" "busybox" "bin" …      extras [ … ]
//!           ▲
//! dirs  [ parent, name ] …                   every parent folder of an entry, once
//! ```

mod packed;
mod same;

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

use super::entry::{EntryKind, EntryRef, Mtime, Xattr};
use super::{EntryPath, Finding};

pub(crate) use packed::Packed;

/// The index of an entry in its layer, in the order of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryIndex(pub(crate) u32);

/// A parent folder of an entry of this layer; 0 is the root.
pub(crate) type DirIndex = u32;

/// The layer has more names or entries than this program is willing to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many entries, or names that are too long")]
pub struct Full;

/// The tar header of one entry, to be pushed to [`Entries`].
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// The name as written in the archive.
    pub name: &'a [u8],
    /// What it is.
    pub kind: EntryKind,
    /// The mode as written; only the lowest twelve bits are kept.
    pub mode: u32,
    /// Owner.
    pub uid: i64,
    /// Group.
    pub gid: i64,
    /// When it was modified.
    pub mtime: Mtime,
    /// Bytes as a container sees them.
    pub size: u64,
    /// Bytes as stored.
    pub stored: u64,
    /// Where the stored bytes begin in the decompressed tar.
    pub data_offset: u64,
    /// For symlinks and hard links.
    pub link_target: &'a [u8],
    /// For devices.
    pub rdev: Option<(u32, u32)>,
    /// In any order.
    pub xattrs: Vec<Xattr>,
    /// For sparse files: the stored parts as offset and length in the file.
    pub sparse: Option<Box<[(u64, u64)]>>,
}

impl Default for NewEntry<'_> {
    fn default() -> Self {
        Self {
            name: b"",
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime: Mtime::default(),
            size: 0,
            stored: 0,
            data_offset: 0,
            link_target: b"",
            rdev: None,
            xattrs: Vec::new(),
            sparse: None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RawEntry {
    pub(super) size: u64,
    pub(super) data_offset: u64,
    pub(super) mtime: i64,
    uid: u32,
    gid: u32,
    /// The name, directly followed by the link target.
    name_at: u32,
    dir: DirIndex,
    /// The index among the extras plus one; 0 for none.
    extra: u32,
    name_len: u16,
    link_len: u16,
    pub(super) mode: u16,
    pub(super) kind: EntryKind,
    pub(super) escaped: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Extra {
    pub(super) stored: Option<u64>,
    pub(super) sparse: Option<Box<[(u64, u64)]>>,
    pub(super) rdev: Option<(u32, u32)>,
    pub(super) xattrs: Box<[Xattr]>,
    pub(super) nanoseconds: u32,
    /// Only if they do not fit in 32 bits.
    owner: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Dir {
    parent: DirIndex,
    name_at: u32,
    name_len: u16,
}

/// The entries of one layer's tar, in the order of the archive, with its findings.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    raws: Vec<RawEntry>,
    names: Vec<u8>,
    extras: Vec<Extra>,
    dirs: Vec<Dir>,
    dir_table: HashTable<DirIndex>,
    hasher: DefaultHashBuilder,
    last_dir: (Vec<u8>, DirIndex),
    /// Parallel to `raws`; empty where no content was hashed while scanning.
    hashes: Vec<u128>,
    /// Findings about this layer's tar, each with its layer's number.
    pub findings: Vec<Finding>,
    /// Whether the tar was read completely; false for a layer whose blob is missing or broken.
    pub complete: bool,
    /// Bytes of the decompressed tar, padding included, as far as it was read.
    pub tar_bytes: u64,
}

/// A component or link target longer than this is cut: no file system has one a hundredth as long.
const LONGEST: usize = u16::MAX as usize;

impl Entries {
    /// An empty, complete layer.
    #[must_use]
    pub fn new() -> Self {
        Self { complete: true, ..Self::default() }
    }

    /// Appends an entry; its name is normalised here.
    ///
    /// # Errors
    /// If 4 GiB of names or 2³² entries are already held. The layer keeps what it has.
    pub fn push(&mut self, new: NewEntry<'_>) -> Result<EntryIndex, Full> {
        let normal = EntryPath::normalise(new.name);
        let index = u32::try_from(self.raws.len()).ok().filter(|&n| n < u32::MAX).ok_or(Full)?;
        let dir = match normal.path.parent() {
            Some(parent) => self.dir_of(parent)?,
            None => 0,
        };
        let name = &normal.path.name()[..normal.path.name().len().min(LONGEST)];
        let link = &new.link_target[..new.link_target.len().min(LONGEST)];
        let name_at = self.store(name)?;
        self.store(link)?;
        let owner = (u32::try_from(new.uid), u32::try_from(new.gid));
        let odd_owner = owner.0.is_err() || owner.1.is_err();
        let mut extra = 0;
        if new.stored != new.size
            || new.sparse.is_some()
            || new.rdev.is_some()
            || !new.xattrs.is_empty()
            || new.mtime.nanoseconds != 0
            || odd_owner
        {
            let mut xattrs = new.xattrs;
            xattrs.sort();
            self.extras.push(Extra {
                stored: (new.stored != new.size).then_some(new.stored),
                sparse: new.sparse,
                rdev: new.rdev,
                xattrs: xattrs.into_boxed_slice(),
                nanoseconds: new.mtime.nanoseconds,
                owner: odd_owner.then_some((new.uid, new.gid)),
            });
            extra = u32::try_from(self.extras.len()).map_err(|_| Full)?;
        }
        self.raws.push(RawEntry {
            size: new.size,
            data_offset: new.data_offset,
            mtime: new.mtime.seconds,
            uid: owner.0.unwrap_or(0),
            gid: owner.1.unwrap_or(0),
            name_at,
            dir,
            extra,
            name_len: short(name),
            link_len: short(link),
            mode: (new.mode & 0o7777) as u16,
            kind: new.kind,
            escaped: normal.escaped,
        });
        if !self.hashes.is_empty() {
            self.hashes.resize(self.raws.len(), 0);
        }
        Ok(EntryIndex(index))
    }

    /// Stores the identity of an entry's content.
    pub fn set_hash(&mut self, index: EntryIndex, hash: u128) {
        self.hashes.resize(self.raws.len(), 0);
        // 0 means "not hashed": the one content in 2¹²⁸ that hashes to it is merely read again.
        self.hashes[index.0 as usize] = hash;
    }

    /// About how much memory these entries take, here and once they are laid into a union, in bytes; what extras hold is
    /// not counted. Takes no time.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// What was measured of a layer of five million entries, less the names.
        const ENTRY: u64 = 184;
        /// A folder that no entry is about is a node of the union as well, and reports hold some of it by its path.
        const FOLDER: u64 = 170;
        self.raws.len() as u64 * ENTRY + self.dirs.len() as u64 * FOLDER + self.names.len() as u64
    }

    /// Releases excess capacity once the layer is read.
    pub fn shrink(&mut self) {
        self.raws.shrink_to_fit();
        self.names.shrink_to_fit();
        self.extras.shrink_to_fit();
        self.dirs.shrink_to_fit();
        self.hashes.shrink_to_fit();
        self.dir_table = HashTable::new();
        self.last_dir = (Vec::new(), 0);
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raws.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raws.is_empty()
    }

    /// One entry; the index must come from this layer.
    #[must_use]
    pub fn get(&self, index: EntryIndex) -> EntryRef<'_> {
        EntryRef { entries: self, index }
    }

    /// All entries in the order of the archive.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = EntryRef<'_>> + ExactSizeIterator {
        let count = u32::try_from(self.raws.len()).unwrap_or(u32::MAX);
        (0..count).map(|index| EntryRef { entries: self, index: EntryIndex(index) })
    }

    /// The folder of an entry, as an index for [`Entries::dir`].
    pub(crate) fn dir_index(&self, index: EntryIndex) -> DirIndex {
        self.raw(index).dir
    }

    /// A folder's parent and name.
    pub(crate) fn dir(&self, dir: DirIndex) -> (DirIndex, &[u8]) {
        let Dir { parent, name_at, name_len } = self.dirs[dir as usize];
        (parent, &self.names[name_at as usize..][..name_len as usize])
    }

    /// How many folders there are, the root included.
    pub(crate) fn dir_count(&self) -> usize {
        self.dirs.len().max(1)
    }

    /// The position of a folder's name, for callers that store names by position.
    pub(crate) fn dir_name_place(&self, dir: DirIndex) -> (u32, u16) {
        let Dir { name_at, name_len, .. } = self.dirs[dir as usize];
        (name_at, name_len)
    }

    /// The position of an entry's name.
    pub(crate) fn name_place(&self, index: EntryIndex) -> (u32, u16) {
        let raw = self.raw(index);
        (raw.name_at, raw.name_len)
    }

    /// An entry's link target, and its position.
    pub(crate) fn link_place(&self, index: EntryIndex) -> (&[u8], (u32, u16)) {
        let raw = self.raw(index);
        let place = (raw.name_at + u32::from(raw.name_len), raw.link_len);
        (self.name_at(place), place)
    }

    /// A name by its position.
    pub(crate) fn name_at(&self, (at, len): (u32, u16)) -> &[u8] {
        &self.names[at as usize..][..len as usize]
    }

    pub(super) fn raw(&self, index: EntryIndex) -> &RawEntry {
        &self.raws[index.0 as usize]
    }

    pub(super) fn extra(&self, index: EntryIndex) -> Option<&Extra> {
        self.extras.get((self.raw(index).extra as usize).checked_sub(1)?)
    }

    pub(super) fn owner(&self, index: EntryIndex) -> (i64, i64) {
        let raw = self.raw(index);
        self.extra(index).and_then(|extra| extra.owner).unwrap_or((i64::from(raw.uid), i64::from(raw.gid)))
    }

    pub(super) fn hash(&self, index: EntryIndex) -> Option<u128> {
        self.hashes.get(index.0 as usize).copied().filter(|&hash| hash != 0)
    }

    pub(super) fn name(&self, index: EntryIndex) -> &[u8] {
        self.name_at(self.name_place(index))
    }

    pub(super) fn link_target(&self, index: EntryIndex) -> &[u8] {
        self.link_place(index).0
    }

    pub(super) fn path(&self, index: EntryIndex) -> EntryPath {
        let mut components = vec![self.name(index)];
        let mut dir = self.raw(index).dir;
        while dir != 0 {
            let (parent, name) = self.dir(dir);
            components.push(name);
            dir = parent;
        }
        let mut path = EntryPath::root();
        for component in components.into_iter().rev().filter(|component| !component.is_empty()) {
            path.push(component);
        }
        path
    }

    /// Finds or creates the folder of a normalised path.
    fn dir_of(&mut self, path: &[u8]) -> Result<DirIndex, Full> {
        if self.dirs.is_empty() {
            self.dirs.push(Dir { parent: 0, name_at: 0, name_len: 0 });
        }
        if path.is_empty() {
            return Ok(0);
        }
        // Archives list the entries of a folder one after another: most of the time it is the same folder as last time.
        if self.last_dir.0 == path {
            return Ok(self.last_dir.1);
        }
        let mut dir = 0;
        for component in path.split(|&byte| byte == b'/') {
            let component = &component[..component.len().min(LONGEST)];
            let hash = self.hasher.hash_one((dir, component));
            let known = self.dir_table.find(hash, |&other| self.dir(other) == (dir, component)).copied();
            dir = if let Some(known) = known {
                known
            } else {
                let name_at = self.store(component)?;
                let made = u32::try_from(self.dirs.len()).map_err(|_| Full)?;
                self.dirs.push(Dir { parent: dir, name_at, name_len: short(component) });
                let (dirs, names, hasher) = (&self.dirs, &self.names, &self.hasher);
                self.dir_table.insert_unique(hash, made, |&other| {
                    let Dir { parent, name_at, name_len } = dirs[other as usize];
                    hasher.hash_one((parent, &names[name_at as usize..][..name_len as usize]))
                });
                made
            };
        }
        self.last_dir.0.clear();
        self.last_dir.0.extend_from_slice(path);
        self.last_dir.1 = dir;
        Ok(dir)
    }

    fn store(&mut self, bytes: &[u8]) -> Result<u32, Full> {
        let at = u32::try_from(self.names.len()).map_err(|_| Full)?;
        self.names.extend_from_slice(bytes);
        u32::try_from(self.names.len()).map_err(|_| Full)?;
        Ok(at)
    }
}

fn short(cut: &[u8]) -> u16 {
    u16::try_from(cut.len()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_went_in() {
        let mut entries = Entries::new();
        entries
            .push(NewEntry { name: b"./bin/", kind: EntryKind::Dir, mode: 0o40755, ..NewEntry::default() })
            .expect("room");
        let xattr: Xattr = (Box::from(*b"user.b"), Box::from(*b"\0"));
        let link = NewEntry {
            name: b"bin/sh",
            kind: EntryKind::Symlink,
            mode: 0o777,
            uid: 1 << 40,
            gid: -1,
            mtime: Mtime { seconds: -5, nanoseconds: 7 },
            link_target: b"busybox",
            rdev: Some((1, 3)),
            xattrs: vec![xattr.clone()],
            ..NewEntry::default()
        };
        let index = entries.push(link).expect("room");
        entries.set_hash(index, 42);
        entries.push(NewEntry { name: b"../x", size: 60, stored: 5, ..NewEntry::default() }).expect("room");
        entries.shrink();

        let all: Vec<_> = entries.iter().collect();
        assert_eq!(all.len(), 3);
        assert_eq!((all[0].path().as_bytes(), all[0].name(), all[0].mode()), (&b"bin"[..], &b"bin"[..], 0o755));
        let sh = all[1];
        assert_eq!((sh.path().as_bytes(), sh.name(), sh.link_target()), (&b"bin/sh"[..], &b"sh"[..], &b"busybox"[..]));
        assert_eq!((sh.uid(), sh.gid(), sh.rdev(), sh.xattrs()), (1 << 40, -1, Some((1, 3)), &[xattr][..]));
        assert_eq!((sh.mtime().seconds, sh.mtime().nanoseconds, sh.content_hash()), (-5, 7, Some(42)));
        assert_eq!((all[2].size(), all[2].stored(), all[2].escaped(), all[2].content_hash()), (60, 5, true, None));
    }

    #[test]
    fn an_entry_costs_its_record_and_its_name() {
        assert!(size_of::<RawEntry>() <= 56, "{}", size_of::<RawEntry>());
        let mut entries = Entries::new();
        for number in 0..1000 {
            let name = format!("srv/app/file-{number:03}");
            entries.push(NewEntry { name: name.as_bytes(), ..NewEntry::default() }).expect("room");
        }
        entries.shrink();
        assert_eq!(entries.raws.capacity(), 1000);
        assert_eq!(entries.names.capacity(), 1000 * "file-000".len() + "srvapp".len());
        assert_eq!((entries.extras.capacity(), entries.hashes.capacity(), entries.dirs.len()), (0, 0, 3));
    }

    #[test]
    fn a_folder_on_the_way_is_kept_once() {
        let mut entries = Entries::new();
        for name in ["a/b/c", "a/b/d", "a/x/b/c", "a/b/e"] {
            entries.push(NewEntry { name: name.as_bytes(), ..NewEntry::default() }).expect("room");
        }
        assert_eq!(entries.dir_count(), 5, "the root, a, a/b, a/x, a/x/b");
        let paths: Vec<_> = entries.iter().map(|e| String::from_utf8_lossy(e.path().as_bytes()).into_owned()).collect();
        assert_eq!(paths, ["a/b/c", "a/b/d", "a/x/b/c", "a/b/e"]);
    }

    #[test]
    fn an_entry_takes_little_room() {
        assert!(std::mem::size_of::<RawEntry>() <= 56, "{} B", std::mem::size_of::<RawEntry>());
    }
}
