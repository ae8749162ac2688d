//! A file system as records by path: one read from a folder that the kernel shows, one from our union; and how they differ.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use layerscope::image::{EntryKind, EntryPath, EntryRef, LayerNumber};
use layerscope::union::{Scope, Union, VersionRef, View};

use crate::testing::notation::escape;

/// Everything that a container can see of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) kind: char,
    pub(super) mode: u32,
    pub(super) owner: (i64, i64),
    pub(super) size: u64,
    /// Seconds; none where nobody says it.
    pub(super) mtime: Option<i64>,
    pub(super) device: Option<(u32, u32)>,
    pub(super) target: Vec<u8>,
    /// The first of the names that share a file; none for a file of one name.
    pub(super) first_name: Option<Vec<u8>>,
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// All paths but the root.
#[derive(Clone, Default)]
pub struct Tree(pub(super) BTreeMap<Vec<u8>, Record>);

impl Tree {
    /// What the kernel shows below a folder.
    pub fn of_folder(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        let mut names: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        let mut pending = vec![root.to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                let found = path.symlink_metadata().map_err(|error| named(&path, &error))?;
                let name = path.strip_prefix(root).map_err(io::Error::other)?.as_os_str().as_bytes().to_vec();
                if found.is_dir() {
                    pending.push(path.clone());
                } else {
                    names.entry(found.ino()).or_default().push(name.clone());
                }
                tree.0.insert(name, of_path(&path, &found)?);
            }
        }
        tree.share(names.into_values());
        Ok(tree)
    }

    /// What we say is there after a layer.
    pub fn of_union(union: &Union, after: LayerNumber) -> Self {
        let mut tree = Self::default();
        let mut names: BTreeMap<_, Vec<Vec<u8>>> = BTreeMap::new();
        for row in View::new(union, Scope::Merged(after)).walk(union) {
            let name = union.path(row.node).as_bytes().to_vec();
            names.entry(row.version.inode().id()).or_default().push(name.clone());
            tree.0.insert(name, of_version(row.version));
        }
        tree.share(names.into_values());
        tree
    }

    /// How many paths there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes of all files, each file once.
    pub fn bytes(&self) -> u64 {
        let once = |(path, record): &(&Vec<u8>, &Record)| record.first_name.as_ref().is_none_or(|first| first == *path);
        self.0.iter().filter(once).map(|(_, record)| record.size).sum()
    }

    /// Every path that is not the same on both sides, with what either has there.
    pub fn differences(&self, theirs: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, ours) in &self.0 {
            let line = |record: &dyn Display| format!("{}: {record}", escape(path));
            match theirs.0.get(path) {
                None => lines.push(format!("{}; theirs has none", line(ours))),
                Some(theirs) if !ours.fits(theirs) => lines.push(format!("{}; theirs {theirs}", line(ours))),
                Some(_) => {}
            }
        }
        let missing = theirs.0.iter().filter(|(path, _)| !self.0.contains_key(*path));
        lines.extend(missing.map(|(path, record)| format!("{}: none; theirs {record}", escape(path))));
        lines
    }

    /// Notes which names share a file.
    pub(super) fn share(&mut self, groups: impl Iterator<Item = Vec<Vec<u8>>>) {
        for group in groups.filter(|group| group.len() > 1) {
            let first = group.iter().min().cloned();
            for name in group {
                if let Some(record) = self.0.get_mut(&name) {
                    record.first_name.clone_from(&first);
                }
            }
        }
    }
}

impl Record {
    /// Whether both are the same, as far as both say it.
    fn fits(&self, theirs: &Self) -> bool {
        let timeless = |record: &Self| Self { mtime: None, ..record.clone() };
        let time_fits = self.mtime.is_none() || theirs.mtime.is_none() || self.mtime == theirs.mtime;
        time_fits && timeless(self) == timeless(theirs)
    }
}

impl Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:04o} {}:{} {}", self.kind, self.mode, self.owner.0, self.owner.1, self.size)?;
        match self.mtime {
            Some(mtime) => write!(f, " @{mtime}")?,
            None => f.write_str(" @-")?,
        }
        if let Some((major, minor)) = self.device {
            write!(f, " device {major}:{minor}")?;
        }
        if self.kind == 'l' {
            write!(f, " -> {}", escape(&self.target))?;
        }
        if let Some(first) = &self.first_name {
            write!(f, " = {}", escape(first))?;
        }
        self.attributes.iter().try_for_each(|(name, value)| write!(f, " {}={}", escape(name), escape(value)))
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn of_path(path: &Path, found: &Metadata) -> io::Result<Record> {
    let sort = found.file_type();
    let kind = match () {
        () if sort.is_file() => 'f',
        () if sort.is_dir() => 'd',
        () if sort.is_symlink() => 'l',
        () if sort.is_fifo() => 'p',
        () if sort.is_char_device() => 'c',
        () if sort.is_block_device() => 'b',
        () => '?',
    };
    let device = found.rdev();
    Ok(Record {
        kind,
        mode: if kind == 'l' { 0o777 } else { found.mode() & 0o7777 },
        owner: (i64::from(found.uid()), i64::from(found.gid())),
        size: if kind == 'f' { found.size() } else { 0 },
        mtime: Some(found.mtime()),
        device: matches!(kind, 'c' | 'b').then(|| (rustix::fs::major(device), rustix::fs::minor(device))),
        target: if kind == 'l' { std::fs::read_link(path)?.into_os_string().into_vec() } else { Vec::new() },
        first_name: None,
        attributes: attributes(path).map_err(|error| named(path, &error))?,
    })
}

/// Extended attributes but for what file systems and tools keep there for themselves.
fn attributes(path: &Path) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = vec![0; 64 << 10];
    let length = rustix::fs::llistxattr(path, &mut names[..])?;
    let mut found = Vec::new();
    for name in names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        if is_private(name) {
            continue;
        }
        let mut value = vec![0; 64 << 10];
        let length = rustix::fs::lgetxattr(path, name, &mut value[..])?;
        value.truncate(length);
        found.push((name.to_vec(), value));
    }
    found.sort();
    Ok(found)
}

fn is_private(name: &[u8]) -> bool {
    [&b"trusted.overlay."[..], b"security.selinux", b"user.rootlesscontainers"].iter().any(|own| name.starts_with(own))
}

fn of_version(version: VersionRef<'_>) -> Record {
    let entry = version.inode_entry();
    let kind = match version.inode().kind() {
        EntryKind::File => 'f',
        EntryKind::Dir => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::Fifo => 'p',
        EntryKind::Char => 'c',
        EntryKind::Block => 'b',
        EntryKind::HardLink | EntryKind::Unknown(_) => '?',
    };
    let attributes = entry.map_or(&[][..], EntryRef::xattrs);
    Record {
        kind,
        mode: u32::from(version.mode()),
        owner: version.owner(),
        size: if kind == 'f' { version.size() } else { 0 },
        mtime: entry.map(|entry| entry.mtime().seconds),
        device: entry.and_then(EntryRef::rdev).filter(|_| matches!(kind, 'c' | 'b')),
        target: if kind == 'l' { entry.map_or(&[][..], EntryRef::link_target).to_vec() } else { Vec::new() },
        first_name: None,
        attributes: attributes
            .iter()
            .filter(|(name, _)| !is_private(name))
            .map(|(n, v)| (n.to_vec(), v.to_vec()))
            .collect(),
    }
}

/// A path of an image below a folder of this machine.
pub fn below(root: &Path, path: &EntryPath) -> std::path::PathBuf {
    root.join(std::ffi::OsStr::from_bytes(path.as_bytes()))
}
