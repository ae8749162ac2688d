//! Files of any version, written below a folder and nowhere else.
//!
//! Names and link targets are hostile. Every step is taken relative to an open folder that nothing leads out of
//! (cap-std), and no link is ever followed on the way: a folder that turns out to be a link is refused. Nothing that
//! exists is replaced unless that was asked for. Devices, pipes and unknown types are not made; setuid, setgid and sticky
//! bits, owners and attributes are not applied.
//!
//! What cannot be made is left out and named, and never ends the rest. A file is written under another name and moved to
//! its own when it is whole. Holes stay holes and hard links stay hard links.

mod folders;
mod left_out;
mod place;
mod plan;
mod write;

use std::path::{Path, PathBuf};

use crate::image::{Contents, LayerNumber};
use crate::union::{NodeId, Union};

pub use left_out::{LeftOut, WhyNot};
pub use plan::Which;

/// Why nothing more was written.
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
    /// There is no room for anything more.
    #[error("cannot write `{path}`, and what was written before it stays")]
    NoRoom {
        /// The path in the image, escaped.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was stopped on the way.
    #[error("stopped: what was written so far stays")]
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
    /// What is never made: devices, pipes and unknown types.
    pub skipped: LeftOut,
    /// What could not be made.
    pub failed: LeftOut,
}

impl Extracted {
    /// Whether nothing at all was made.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.files + self.folders + self.links == 0
    }
}

/// How to go about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether files that exist are replaced.
    pub overwrite: bool,
    /// Whether files far larger than what is stored of them are written.
    pub force: bool,
}

/// Writes a path of the image, with everything below it, under its own last name into a folder; the root's contents go
/// right into it. The folder is made if it is missing. `on_bytes` is told how many bytes are done and says whether to go on.
///
/// # Errors
/// Where there is nothing to write, the folder cannot be used, the disk is full, or `on_bytes` says so; what was written
/// before stays. A path that cannot be made is no error: it is among [`Extracted::failed`].
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
    let folders = folders::Folders::open(union, (node, which), folder)?;
    write::Writer::new(union, contents, folders, options, on_bytes).write(plan)
}

/// Whether a layer stores something at or below a path, removed since or not.
#[must_use]
pub fn stores(union: &Union, node: NodeId, layer: LayerNumber) -> bool {
    !plan::plan(union, node, Which::StoredBy(layer)).is_empty()
}
