//! One name in one open folder: what may be there already, and how something is put there atomically.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::rc::Rc;

use cap_std::fs::{Dir, File, OpenOptions};

use super::WhyNot;

/// The destination of something.
#[derive(Clone)]
pub(super) struct DestinationPath<'a> {
    pub(super) folder: Rc<Dir>,
    pub(super) name: &'a OsStr,
}

impl DestinationPath<'_> {
    /// Whether something may be put there. A name that the file system refuses is reported here, before anything is
    /// read for it.
    pub(super) fn check(&self, overwrite: bool) -> Result<(), WhyNot> {
        match self.folder.symlink_metadata(self.name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(known) if overwrite && !known.is_dir() => Ok(()),
            Ok(_) => Err(WhyNot::Exists),
            Err(error) => Err(unwritable(&error)),
        }
    }

    /// Takes away what may be replaced: files and links, never folders.
    pub(super) fn clear(&self, overwrite: bool) -> Result<(), WhyNot> {
        if !overwrite {
            return Ok(());
        }
        match self.folder.symlink_metadata(self.name) {
            Ok(known) if known.is_dir() => Err(WhyNot::Exists),
            Ok(_) => self.folder.remove_file(self.name).map_err(|error| unwritable(&error)),
            Err(_) => Ok(()),
        }
    }

    /// A new file that takes this place once it is whole.
    pub(super) fn begin(&self, mode: u16) -> io::Result<TempFile> {
        loop {
            // A name that no image can foresee.
            let name = format!(".layerscope-{:016x}", RandomState::new().hash_one(0));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            set_mode(&mut options, mode);
            match self.folder.open_with(&name, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => return Ok(TempFile { file: opened?, folder: Rc::clone(&self.folder), name: Some(name) }),
            }
        }
    }

    /// A hard link to another file.
    pub(super) fn link(&self, first: &DestinationPath<'_>) -> io::Result<()> {
        first.folder.hard_link(first.name, &self.folder, self.name)
    }
}

/// A file under a temporary name, removed unless it is finished.
pub(super) struct TempFile {
    pub(super) file: File,
    folder: Rc<Dir>,
    name: Option<String>,
}

impl TempFile {
    /// Moves it to its place.
    pub(super) fn finish(mut self, destination: &DestinationPath<'_>, overwrite: bool) -> Result<(), WhyNot> {
        destination.check(overwrite)?;
        if let Some(name) = &self.name {
            self.folder.rename(name, &destination.folder, destination.name).map_err(|error| unwritable(&error))?;
        }
        self.name = None;
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What cannot be removed keeps a name that shows its origin.
            let _ = self.folder.remove_file(name);
        }
    }
}

pub(super) fn unwritable(error: &io::Error) -> WhyNot {
    if error.kind() == io::ErrorKind::AlreadyExists { WhyNot::Exists } else { WhyNot::Unwritable(error.to_string()) }
}

/// Whether another name could not be given for a reason that has nothing to do with that name.
pub(super) fn cannot_link(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks | Unsupported)
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u16) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(u32::from(mode & 0o777) | 0o600);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: u16) {}

#[cfg(unix)]
pub(super) fn host_target(target: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    (!target.is_empty() && !target.contains(&0)).then(|| OsStr::from_bytes(target))
}

/// A component as this system can write it; `None` for a name that could lead elsewhere.
#[cfg(unix)]
pub(super) fn host_name(name: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    let plain = !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') && !name.contains(&0);
    plain.then(|| OsStr::from_bytes(name))
}

/// A component as this system can write it; `None` for a name that could lead elsewhere: no separators, drives,
/// streams, devices, nor the endings that this system drops.
#[cfg(not(unix))]
pub(super) fn host_name(name: &[u8]) -> Option<&OsStr> {
    let text = std::str::from_utf8(name).ok()?;
    let stem = text.split('.').next().unwrap_or("").to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    let odd = text.is_empty()
        || text.ends_with(['.', ' '])
        || text.chars().any(|c| c.is_control() || "<>:\"/\\|?*".contains(c));
    (!device && !odd).then(|| OsStr::new(text))
}
