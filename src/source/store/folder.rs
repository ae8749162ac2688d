//! An archive that was unpacked into a folder, or never was a file.
//!
//! The folder is as hostile as a file: a blob may be a pipe that never ends, or a symlink to a file of the host. Only
//! regular files are read, and one outside the folder only if it is the very content that its digest names (Bazel
//! builds layouts of such links).

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::image::{Digest, EntryPath};
use crate::source::blob::Blob;
use crate::source::watched::Watched;

use super::{Lookup, hashes_to};

/// More files than this are not listed; no layout has as many.
const MEMBERS_MOST: usize = 1_000_000;

/// How a file outside of the folder is treated that a link leads to.
#[derive(Clone, Copy)]
pub(super) enum OutsideFiles<'a> {
    /// It is not read.
    Refused,
    /// It is read if it is what the digest names.
    Hashed(&'a Digest),
    /// It is read.
    Taken,
}

/// A folder, every link on the way to it followed.
#[derive(Debug)]
pub(in crate::source) struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    pub(in crate::source) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { root: path.canonicalize()? })
    }

    /// A file by name.
    pub(super) fn find(&self, name: &EntryPath, outside: OutsideFiles<'_>) -> Lookup {
        let Ok(name) = std::str::from_utf8(name.as_bytes()) else { return Lookup::Absent };
        // A separator or a drive of another system would make a component lead elsewhere.
        if cfg!(windows) && name.contains(['\\', ':']) || name.contains('\0') {
            return Lookup::Absent;
        }
        let unreadable = |error: io::Error| Lookup::Unreadable(format!("cannot be read: {error}"));
        let real = match self.root.join(name).canonicalize() {
            Ok(real) => real,
            Err(error) if is_absence(&error) => return Lookup::Absent,
            Err(error) => return unreadable(error),
        };
        let file = match open_regular(&real) {
            Ok(Some(file)) => file,
            Ok(None) => return Lookup::Refused("not a regular file".to_owned()),
            Err(error) => return unreadable(error),
        };
        let file = match Watched::new(file) {
            Ok(file) => Arc::new(file),
            Err(error) => return unreadable(error),
        };
        let len = match file.len() {
            Ok(len) => len,
            Err(error) => return unreadable(error),
        };
        let blob = Blob::of_file(file, 0, len);
        if !real.starts_with(&self.root) {
            let is_taken = match outside {
                OutsideFiles::Taken => true,
                OutsideFiles::Hashed(digest) => matches!(hashes_to(blob.reader(), digest), Ok(Some(true))),
                OutsideFiles::Refused => false,
            };
            if !is_taken {
                return Lookup::Refused(
                    "a link out of the folder, to content that does not match its digest".to_owned(),
                );
            }
        }
        Lookup::Blob(blob, real.as_os_str().as_encoded_bytes().to_vec())
    }

    /// A blob by its digest, as an OCI layout names it.
    pub(in crate::source) fn find_digest(&self, digest: &Digest) -> Lookup {
        let name = format!("blobs/{}/{}", digest.algorithm(), digest.encoded());
        self.find(&EntryPath::normalise(name.as_bytes()).path, OutsideFiles::Hashed(digest))
    }

    /// The names of the files at the top, one folder down (docker's layers) and two (an OCI layout's blobs), and what
    /// could not be read of these folders.
    pub(super) fn members(&self) -> (Vec<String>, Vec<String>) {
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        let mut folders = vec![(self.root.clone(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let mut fault = |error: &io::Error| {
                let name = if prefix.is_empty() { "." } else { &prefix };
                faults.push(format!("the folder `{}` cannot be read: {error}", name.escape_debug()));
            };
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    fault(&error);
                    continue;
                }
            };
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        fault(&error);
                        break;
                    }
                };
                let Ok(name) = entry.file_name().into_string() else { continue };
                let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                match entry.file_type() {
                    Ok(kind)
                        if depth < 2 && (kind.is_dir() || kind.is_symlink() && holds_blobs(&name, &entry.path())) =>
                    {
                        folders.push((entry.path(), name, depth + 1));
                    }
                    Ok(kind) if !kind.is_dir() && found.len() < MEMBERS_MOST => found.push(name),
                    _ => {}
                }
            }
        }
        found.sort_unstable();
        (found, faults)
    }

    /// The names at the top of the folder.
    pub(super) fn names(&self, at_most: usize) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.root)?.take(at_most);
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}

/// Whether a link leads to a folder of blobs, as in a layout that shares them; other links are not followed.
fn holds_blobs(name: &str, path: &Path) -> bool {
    (name == "blobs" || name.starts_with("blobs/")) && path.is_dir()
}

/// Whether a name is nobody's. Every other error means that nobody can tell.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename)
}

/// Opens a file without waiting for the other end of a pipe; nothing if it is not a regular file. It is asked twice: before,
/// since opening a device can do something already, and after, since the name may have changed hands between.
fn open_regular(path: &Path) -> io::Result<Option<File>> {
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}
