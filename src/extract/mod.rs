//! Extracts files of any version, below one folder and nowhere else.
//!
//! Names and link targets are hostile. Every step is relative to an open folder that nothing leads out of (cap-std),
//! and no link is ever followed: a folder that turns out to be a link is refused. Nothing that exists is replaced
//! unless requested. Devices, pipes and unknown types are not created; setuid, setgid and sticky bits, owners and
//! attributes are not applied.
//!
//! What cannot be created is left out and reported, and never ends the extraction. A file is written under another name
//! and renamed when it is complete. Holes stay holes and hard links stay hard links.

mod destination;
mod folders;
mod left_out;
mod plan;
mod write;

use std::path::{Path, PathBuf};

use crate::image::{Contents, EntryKind, LayerNumber, Progress, ReadError, read_some};
use crate::union::{NodeId, Union, VersionRef};

pub use left_out::{LeftOut, WhyNot};
pub use plan::{Subtree, Which};

/// Why the extraction stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The requested path does not exist in the requested view.
    #[error("there is no `{path}` to extract")]
    NothingThere {
        /// The path as requested, escaped.
        path: String,
    },
    /// The folder to write into is, or would be in, something that is not a folder.
    #[error("`{}` is not a folder: remove it, or extract into another folder", path.display())]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },
    /// The folder to write into cannot be used.
    #[error("cannot write into `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error("cannot write `{path}`; what was written before is kept")]
    NoRoom {
        /// The path in the image, escaped.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// It was cancelled.
    #[error("cancelled: what was written so far is kept")]
    Stopped,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Regular files, hard links among them.
    pub files: usize,
    /// Folders made.
    pub folders: usize,
    /// Symlinks made.
    pub links: usize,
    /// Bytes of content, holes among them.
    pub bytes: u64,
    /// Never created: devices, pipes and unknown types.
    pub skipped: LeftOut,
    /// What could not be made.
    pub failed: LeftOut,
}

impl Extracted {
    /// Whether nothing was created.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.files + self.folders + self.links == 0
    }
}

/// Options of an extraction.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtractOptions {
    /// Whether files that exist are replaced.
    pub overwrite: bool,
    /// Whether files far larger than their stored bytes are written.
    pub force: bool,
}

/// Extracts a path of the image, with everything below it, under its own last name into a folder; the contents of the
/// root go directly into it. The folder is created if missing.
///
/// # Errors
/// If there is nothing to write, the folder cannot be used, the disk is full, or `progress` cancels; what was written
/// before stays. A path that cannot be created is not an error: it is listed in [`Extracted::failed`].
pub fn extract(
    union: &Union,
    contents: &dyn Contents,
    what: Subtree,
    folder: &Path,
    options: ExtractOptions,
    progress: &dyn Progress,
) -> Result<Extracted, ExtractError> {
    let plan = plan::plan(union, what);
    if plan.is_empty() {
        let path = union.path(what.node).as_bytes().escape_ascii().to_string();
        return Err(ExtractError::NothingThere { path });
    }
    let folders = folders::Folders::open(union, what, folder)?;
    write::FileWriter::new(union, contents, folders, options, progress).write(plan)
}

/// Reads the first byte that extracting a path of the image would write, so that nothing is created where nothing can be
/// read.
///
/// # Errors
/// If it cannot be read.
pub fn try_reading(union: &Union, contents: &dyn Contents, what: Subtree) -> Result<(), ReadError> {
    let inodes = plan::plan(union, what).into_iter().map(|item| union.version(item.version).inode());
    let stored = inodes.filter_map(|inode| Some((inode.layer(), inode.entry()?)));
    let mut files = stored.filter(|(_, entry)| entry.kind() == EntryKind::File && entry.stored() > 0);
    let Some((layer, entry)) = files.next() else { return Ok(()) };
    let mut reader = contents.open_stored(layer, entry)?;
    read_some(&mut *reader, &mut [0]).map(drop).map_err(|source| ReadError::Io { layer, source })
}

/// Bytes of content that extracting a path of the image would write.
#[must_use]
pub fn size(union: &Union, what: Subtree) -> u64 {
    let versions = plan::plan(union, what).into_iter().map(|item| union.version(item.version));
    let files = versions.filter(|version| version.inode().kind() == EntryKind::File);
    files.map(VersionRef::size).fold(0, u64::saturating_add)
}

/// Whether a layer stores something at or below a path, even if it was removed later.
#[must_use]
pub fn stores(union: &Union, node: NodeId, layer: LayerNumber) -> bool {
    !plan::plan(union, Subtree { node, which: Which::StoredBy(layer) }).is_empty()
}
