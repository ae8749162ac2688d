//! Files of any version, written below a folder and nowhere else.
//!
//! Names and link targets are hostile. Every step is taken relative to an open folder that nothing leads out of
//! (cap-std), and no link is ever followed on the way: a folder that turns out to be a link is refused. Nothing that
//! exists is replaced unless that was asked for. Devices, pipes and unknown types are not made; setuid, setgid and sticky
//! bits, owners and attributes are not applied.

mod plan;
mod write;

use std::path::{Path, PathBuf};

use crate::image::{Contents, EntryPath, LayerNumber, ReadError};
use crate::union::{NodeId, Union};

pub use plan::Which;

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The image has nothing there, in the view that was asked for.
    #[error("`{path}` is not there to be extracted")]
    NothingThere {
        /// The path as it was asked for, escaped.
        path: String,
    },
    /// The folder to write into cannot be used.
    #[error("cannot write into `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something stands where a file should go.
    #[error("`{}` exists: name another folder, or allow overwriting", path.display())]
    Exists {
        /// What exists.
        path: PathBuf,
    },
    /// A link stands where a folder should be.
    #[error("`{}` is a link or a file where a folder is needed: nothing is written through it", path.display())]
    InTheWay {
        /// The link.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file's content could not be read back.
    #[error("cannot extract `{path}`")]
    Read {
        /// The path in the image, escaped.
        path: String,
        /// Why.
        source: ReadError,
    },
    /// It was stopped on the way.
    #[error("stopped: what was written so far stays")]
    Stopped,
}

/// What is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path in the image.
    pub path: EntryPath,
    /// What it is, in a few words.
    pub why: String,
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
    /// Bytes of content.
    pub bytes: u64,
    /// What cannot be written to a folder of this system.
    pub skipped: Vec<Skipped>,
}

/// How to go about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether files that exist are replaced.
    pub overwrite: bool,
}

/// Writes a path of the image, with everything below it, under its own last name into a folder; the root's contents go
/// right into it. The folder is made if it is missing. `on_bytes` is told how many bytes are done and says whether to go on.
///
/// # Errors
/// At the first file that cannot be read or written; what was written before stays.
pub fn extract(
    union: &Union,
    contents: &dyn Contents,
    (node, which): (NodeId, Which),
    folder: &Path,
    options: Options,
    on_bytes: &mut dyn FnMut(u64) -> bool,
) -> Result<Extracted, ExtractError> {
    let plan = plan::plan(union, node, which);
    if plan.is_empty() {
        let path = union.path(node).as_bytes().escape_ascii().to_string();
        return Err(ExtractError::NothingThere { path });
    }
    write::Writer::open(folder, options, on_bytes)?.write(union, contents, (node, &plan))
}

/// Whether a layer stores something at or below a path, removed since or not.
#[must_use]
pub fn stores(union: &Union, node: NodeId, layer: LayerNumber) -> bool {
    !plan::plan(union, node, Which::StoredBy(layer)).is_empty()
}
