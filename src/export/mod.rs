//! Writes the merged root filesystem as a tar: what `docker export` gives, without a container.
//!
//! Entries are ordered by path, so the same image always gives the same bytes. What does not fit into the header of an
//! entry is in PAX records.

mod member;
mod sparse;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};

use crate::image::{
    Contents, EntryKind, EntryPath, EntryRef, LayerNumber, Mtime, Progress, ProgressEvent, ReadError, read_some,
};
use crate::union::{NodeId, Union, VersionId, VersionRef};

use member::{BLOCK, Link, Member};

/// Why the tar is incomplete.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file of the image could not be read.
    #[error("cannot read `{path}`")]
    Open {
        /// Its path, escaped.
        path: String,
        /// Why.
        source: ReadError,
    },
    /// A file of the image could not be read completely.
    #[error("cannot read all of `{path}`")]
    Read {
        /// Its path, escaped.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The tar could not be written.
    #[error("cannot write the tar")]
    Write(#[source] io::Error),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Entries, hard links among them.
    pub entries: usize,
    /// Bytes of content, without holes.
    pub bytes: u64,
    /// Entries that are left out: links to nothing, and types that no engine knows.
    pub left_out: usize,
}

/// Writes everything that a container of the layers up to one sees.
///
/// # Errors
/// If a file cannot be read, `out` cannot be written, or `progress` cancels. What was written is then not a valid tar.
pub fn export(
    union: &Union,
    up_to: LayerNumber,
    contents: &dyn Contents,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<Exported, ExportError> {
    let linked = union
        .all_versions()
        .map(|id| union.version(id))
        .filter(|version| version.is_link())
        .map(|link| link.inode().id());
    let mut tar = Tar {
        union,
        contents,
        out,
        progress,
        linked: linked.collect(),
        first_names: HashMap::new(),
        exported: Exported::default(),
    };
    let mut pending = vec![union.root()];
    while let Some(node) = pending.pop() {
        let Some(version) = union.visible(node, up_to) else { continue };
        tar.add(node, union.version(version))?;
        let mut below: Vec<_> = union.children(node).collect();
        below.sort_unstable_by(|one, other| union.name(*other).cmp(union.name(*one)));
        pending.extend(below);
    }
    // Two empty blocks end an archive, and old readers want whole records.
    tar.out.write_all(&[0; 2 * BLOCK]).map_err(ExportError::Write)?;
    Ok(tar.exported)
}

struct Tar<'a> {
    union: &'a Union,
    contents: &'a dyn Contents,
    out: &'a mut dyn Write,
    progress: &'a dyn Progress,
    /// Files that have hard links.
    linked: HashSet<VersionId>,
    /// The first path of each of them, which has the content.
    first_names: HashMap<VersionId, NodeId>,
    exported: Exported,
}

impl Tar<'_> {
    fn add(&mut self, node: NodeId, version: VersionRef<'_>) -> Result<(), ExportError> {
        if self.progress.cancelled() {
            return Err(ExportError::Cancelled);
        }
        let inode = version.inode();
        let is_root = node == self.union.root();
        // The root is left out if no layer lists it.
        if is_root && inode.entry().is_none() {
            return Ok(());
        }
        // A type that no engine knows, or a link to nothing.
        if matches!(inode.kind(), EntryKind::Unknown(_) | EntryKind::HardLink) {
            self.exported.left_out += 1;
            return Ok(());
        }
        let path = self.union.path(node);
        let name = name_of(&path, inode.kind());
        let first = self.linked.contains(&inode.id()).then(|| *self.first_names.entry(inode.id()).or_insert(node));
        if let Some(first) = first.filter(|first| *first != node) {
            let target = self.union.path(first);
            let link = Link::Hard(target.as_bytes());
            return self.member(&Member { link, ..member_of(&name, inode) });
        }
        if inode.kind() == EntryKind::File {
            self.file(&path, &name, inode)
        } else {
            self.member(&member_of(&name, inode))
        }
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), ExportError> {
        member.write(self.out).map_err(ExportError::Write)?;
        self.exported.entries += 1;
        Ok(())
    }

    fn file(&mut self, path: &EntryPath, name: &[u8], inode: VersionRef<'_>) -> Result<(), ExportError> {
        let Some(entry) = inode.entry() else { return Ok(()) };
        let quoted = || path.as_bytes().escape_ascii().to_string();
        let regions = entry.sparse_map().map(|map| sparse::aligned(map, entry.size()));
        let stored = regions.as_ref().map_or(entry.size(), |regions| sparse::len(regions));
        let opened = match entry.sparse_map() {
            Some(_) => self.contents.open_stored(inode.layer(), entry),
            None => self.contents.open(inode.layer(), entry),
        };
        let content = opened.map_err(|source| ExportError::Open { path: quoted(), source })?;
        let member = Member { stored, sparse: regions.as_deref(), size: entry.size(), ..member_of(name, inode) };
        self.member(&member)?;
        let mut content: Box<dyn Read + '_> = match (entry.sparse_map(), &regions) {
            (Some(map), Some(regions)) => Box::new(sparse::Filled::new(content, map, regions)),
            _ => content,
        };
        let mut left = stored;
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            if self.progress.cancelled() {
                return Err(ExportError::Cancelled);
            }
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let count = match read_some(&mut content, &mut buffer[..want]) {
                Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                result => result,
            };
            let count = count.map_err(|source| ExportError::Read { path: quoted(), source })?;
            self.out.write_all(&buffer[..count]).map_err(ExportError::Write)?;
            left -= count as u64;
        }
        self.exported.bytes += stored;
        self.progress.report(ProgressEvent::Extracting { done: self.exported.bytes });
        member::pad(stored, self.out).map_err(ExportError::Write)
    }
}

/// The name of a member: folders end in a slash, and the root is a dot.
fn name_of(path: &EntryPath, kind: EntryKind) -> Vec<u8> {
    let mut name = path.as_bytes().to_vec();
    if name.is_empty() {
        name.push(b'.');
    }
    if kind == EntryKind::Dir {
        name.push(b'/');
    }
    name
}

/// Everything but the content.
fn member_of<'a>(name: &'a [u8], inode: VersionRef<'a>) -> Member<'a> {
    let entry = inode.entry();
    let link = match (inode.kind(), entry) {
        (EntryKind::Symlink, Some(entry)) => Link::Symbolic(entry.link_target()),
        _ => Link::None,
    };
    Member {
        name,
        kind: inode.kind(),
        mode: inode.mode(),
        owner: inode.owner(),
        mtime: entry.map_or_else(Mtime::default, EntryRef::mtime),
        link,
        rdev: entry.and_then(EntryRef::rdev),
        xattrs: entry.map_or(&[], |entry| entry.xattrs()),
        stored: 0,
        size: 0,
        sparse: None,
    }
}

/// Copies the tar of one layer as it is.
///
/// # Errors
/// If the layer cannot be read, `out` cannot be written, or `progress` cancels.
pub fn copy_layer(tar: &mut dyn Read, out: &mut dyn Write, progress: &dyn Progress) -> Result<u64, ExportError> {
    let mut buffer = vec![0; 64 << 10];
    let mut done = 0;
    loop {
        if progress.cancelled() {
            return Err(ExportError::Cancelled);
        }
        let read = read_some(tar, &mut buffer);
        let count = read.map_err(|source| ExportError::Read { path: "the layer".to_owned(), source })?;
        if count == 0 {
            return Ok(done);
        }
        out.write_all(&buffer[..count]).map_err(ExportError::Write)?;
        done += count as u64;
        progress.report(ProgressEvent::Extracting { done });
    }
}
