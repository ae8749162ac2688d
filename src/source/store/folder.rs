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

use super::{Found, hashes_to};

/// More files than this are not listed; no layout has as many.
const MEMBERS_MOST: usize = 1_000_000;

/// A folder, every link on the way to it followed.
#[derive(Debug)]
pub(in crate::source) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(in crate::source) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { root: path.canonicalize()? })
    }

    /// A file by name; one outside the folder only if its content is what the digest names.
    pub(in crate::source) fn find(&self, name: &EntryPath, digest: Option<&Digest>) -> Found {
        let Ok(name) = std::str::from_utf8(name.as_bytes()) else { return Found::Absent };
        // A separator or a drive of another system would make a component lead elsewhere.
        if cfg!(windows) && name.contains(['\\', ':']) || name.contains('\0') {
            return Found::Absent;
        }
        let Ok(real) = self.root.join(name).canonicalize() else { return Found::Absent };
        let file = match open_regular(&real) {
            Ok(Some(file)) => file,
            Ok(None) => return Found::Refused("no regular file".to_owned()),
            Err(error) => return Found::Refused(format!("a file that cannot be opened ({error})")),
        };
        let len = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) => return Found::Refused(format!("a file that cannot be opened ({error})")),
        };
        let blob = Blob::of_file(Arc::new(file), 0, len);
        if !real.starts_with(&self.root) {
            let is_named = digest.map(|digest| hashes_to(blob.reader(), digest));
            if !matches!(is_named, Some(Ok(Some(true)))) {
                return Found::Refused("a link out of the folder, to something else than its digest says".to_owned());
            }
        }
        Found::Blob(blob, real.as_os_str().as_encoded_bytes().to_vec())
    }

    /// The names of the files at the top, one folder down (docker's layers) and two (an OCI layout's blobs).
    pub(in crate::source) fn members(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![(self.root.clone(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.filter_map(Result::ok) {
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
        found
    }

    /// The names at the top of the folder.
    pub(in crate::source) fn names(&self, at_most: usize) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return Vec::new() };
        entries
            .take(at_most)
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }
}

/// Whether a link stands for a folder of blobs, as in a layout that shares them; no other link is walked into.
fn holds_blobs(name: &str, path: &Path) -> bool {
    (name == "blobs" || name.starts_with("blobs/")) && path.is_dir()
}

/// Opens a file without waiting for the other end of a pipe; nothing if it is no regular file. It is asked twice: before,
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
