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
#[non_exhaustive]
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
        copy: Copy::new(progress),
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
    // Two empty blocks end an archive.
    tar.out.write_all(&[0; 2 * BLOCK]).map_err(ExportError::Write)?;
    Ok(Exported { bytes: tar.copy.done, ..tar.exported })
}

/// Writes one layer as a tar, with its whiteouts: for the layer of a container, which no archive has as one.
///
/// # Errors
/// As for [`export`].
pub fn export_layer(
    union: &Union,
    layer: LayerNumber,
    contents: &dyn Contents,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<Exported, ExportError> {
    let mut tar = Tar {
        union,
        contents,
        out,
        copy: Copy::new(progress),
        linked: HashSet::new(),
        first_names: HashMap::new(),
        exported: Exported::default(),
    };
    for entry in union.entries(layer).iter() {
        if progress.cancelled() {
            return Err(ExportError::Cancelled);
        }
        let path = entry.path();
        let name = name_of(&path, entry.kind());
        match entry.kind() {
            EntryKind::Unknown(_) => tar.exported.left_out += 1,
            EntryKind::File => tar.file(&path, &of_entry(&name, entry), layer, entry)?,
            EntryKind::HardLink => {
                tar.member(&Member { link: Link::Hard(entry.link_target()), ..of_entry(&name, entry) })?;
            }
            _ => tar.member(&of_entry(&name, entry))?,
        }
    }
    tar.out.write_all(&[0; 2 * BLOCK]).map_err(ExportError::Write)?;
    Ok(Exported { bytes: tar.copy.done, ..tar.exported })
}

/// Everything about an entry but its content.
fn of_entry<'a>(name: &'a [u8], entry: EntryRef<'a>) -> Member<'a> {
    Member {
        name,
        kind: entry.kind(),
        mode: entry.mode(),
        owner: (entry.uid(), entry.gid()),
        mtime: entry.mtime(),
        link: if entry.kind() == EntryKind::Symlink { Link::Symbolic(entry.link_target()) } else { Link::None },
        rdev: entry.rdev(),
        xattrs: entry.xattrs(),
        stored: 0,
        size: 0,
        sparse: None,
    }
}

struct Tar<'a> {
    union: &'a Union,
    contents: &'a dyn Contents,
    out: &'a mut dyn Write,
    copy: Copy<'a>,
    /// Files that have hard links.
    linked: HashSet<VersionId>,
    /// The first path of each of them, which has the content.
    first_names: HashMap<VersionId, NodeId>,
    exported: Exported,
}

impl Tar<'_> {
    fn add(&mut self, node: NodeId, version: VersionRef<'_>) -> Result<(), ExportError> {
        if self.copy.progress.cancelled() {
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
            let Some(entry) = inode.entry() else { return Ok(()) };
            self.file(&path, &member_of(&name, inode), inode.layer(), entry)
        } else {
            self.member(&member_of(&name, inode))
        }
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), ExportError> {
        member.write(self.out).map_err(ExportError::Write)?;
        self.exported.entries += 1;
        Ok(())
    }

    fn file(
        &mut self,
        path: &EntryPath,
        member: &Member<'_>,
        layer: LayerNumber,
        entry: EntryRef<'_>,
    ) -> Result<(), ExportError> {
        let quoted = || path.as_bytes().escape_ascii().to_string();
        let sparse = entry.sparse_map().map(|map| (map, sparse::aligned(map, entry.size())));
        let opened = match sparse {
            Some(_) => self.contents.open_stored(layer, entry),
            None => self.contents.open(layer, entry),
        };
        let content = opened.map_err(|source| ExportError::Open { path: quoted(), source })?;
        let (stored, mut content): (_, Box<dyn Read + '_>) = match &sparse {
            Some((map, regions)) => (sparse::len(regions), Box::new(sparse::Filled::new(content, map, regions))),
            None => (entry.size(), content),
        };
        let regions = sparse.as_ref().map(|(_, regions)| regions.as_slice());
        self.member(&Member { stored, sparse: regions, size: entry.size(), ..*member })?;
        self.copy.all(&mut content, self.out, quoted)?;
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
pub fn copy_layer(tar: &mut dyn Read, out: &mut dyn Write, progress: &dyn Progress) -> Result<(), ExportError> {
    Copy::new(progress).all(tar, out, || "the layer".to_owned())
}

/// Copies contents through one buffer.
struct Copy<'a> {
    progress: &'a dyn Progress,
    buffer: Vec<u8>,
    /// Bytes copied so far.
    done: u64,
}

impl<'a> Copy<'a> {
    fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, buffer: vec![0; 64 << 10], done: 0 }
    }

    /// Copies what a reader yields until it ends. `path` names it in an error.
    fn all(
        &mut self,
        from: &mut dyn Read,
        out: &mut dyn Write,
        path: impl FnOnce() -> String,
    ) -> Result<(), ExportError> {
        loop {
            if self.progress.cancelled() {
                return Err(ExportError::Cancelled);
            }
            let count = match read_some(from, &mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(source) => return Err(ExportError::Read { path: path(), source }),
            };
            out.write_all(&self.buffer[..count]).map_err(ExportError::Write)?;
            self.done += count as u64;
            self.progress.report(ProgressEvent::Exporting { done: self.done });
        }
    }
}
