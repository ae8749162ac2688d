//! Writes what was planned, one folder at a time.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::image::{Contents, EntryKind, EntryRef};
use crate::union::{NodeId, Union, VersionRef};

use super::plan::{Item, names};
use super::{ExtractError, Extracted, Options, Skipped};

pub(super) struct Writer<'a> {
    top: Dir,
    /// As people know it, for messages.
    folder: PathBuf,
    options: Options,
    on_bytes: &'a mut dyn FnMut(u64) -> bool,
    done: Extracted,
}

impl<'a> Writer<'a> {
    pub(super) fn open(
        folder: &Path,
        options: Options,
        on_bytes: &'a mut dyn FnMut(u64) -> bool,
    ) -> Result<Self, ExtractError> {
        let fault = |source| ExtractError::Folder { folder: folder.to_owned(), source };
        // The folder itself is the user's word: links in its own path are his.
        std::fs::create_dir_all(folder).map_err(fault)?;
        let top = Dir::open_ambient_dir(folder, ambient_authority()).map_err(fault)?;
        Ok(Self { top, folder: folder.to_owned(), options, on_bytes, done: Extracted::default() })
    }

    pub(super) fn write(
        mut self,
        union: &Union,
        contents: &dyn Contents,
        (top, plan): (NodeId, &[Item]),
    ) -> Result<Extracted, ExtractError> {
        let mut plan = plan.to_vec();
        plan.sort_by_key(|item| order(union.version(item.version).inode()));
        for item in plan {
            self.item(union, contents, (top, item))?;
        }
        Ok(self.done)
    }

    fn item(
        &mut self,
        union: &Union,
        contents: &dyn Contents,
        (top, item): (NodeId, Item),
    ) -> Result<(), ExtractError> {
        let version = union.version(item.version);
        let names: Option<Vec<_>> = names(union, top, item.node).into_iter().map(host_name).collect();
        let Some(names) = names else {
            self.skip(version, "its name cannot be written on this system");
            return Ok(());
        };
        let Some((name, above)) = names.split_last() else { return Ok(()) };
        let folder = self.folder_of(above)?;
        let path = names.iter().fold(self.folder.clone(), |path, name| path.join(name));
        match version.inode().kind() {
            EntryKind::Dir => {
                self.make_folder(&folder, name, &path)?;
            }
            EntryKind::File => self.file(contents, version, &folder, (name, &path))?,
            EntryKind::Symlink => self.symlink(version, &folder, (name, &path))?,
            EntryKind::HardLink => self.skip(version, "a hard link to nothing"),
            other => self.skip(version, &format!("a {} is not made", other.name())),
        }
        Ok(())
    }

    fn skip(&mut self, version: VersionRef<'_>, why: &str) {
        self.done.skipped.push(Skipped { path: version.path(), why: why.to_owned() });
    }

    /// Opens the folders on the way, and makes those that are missing.
    fn folder_of(&mut self, names: &[&OsStr]) -> Result<Dir, ExtractError> {
        let mut path = self.folder.clone();
        let mut at =
            self.top.try_clone().map_err(|source| ExtractError::Folder { folder: self.folder.clone(), source })?;
        for name in names {
            path.push(name);
            at = self.make_folder(&at, name, &path)?;
        }
        Ok(at)
    }

    fn make_folder(&mut self, within: &Dir, name: &OsStr, path: &Path) -> Result<Dir, ExtractError> {
        let fault = |source| ExtractError::Write { path: path.to_owned(), source };
        match within.create_dir(name) {
            Ok(()) => self.done.folders += 1,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let real = within.symlink_metadata(name).map_err(fault)?.is_dir();
                if !real {
                    return Err(ExtractError::InTheWay { path: path.to_owned() });
                }
            }
            Err(error) => return Err(fault(error)),
        }
        within.open_dir(name).map_err(fault)
    }

    fn file(
        &mut self,
        contents: &dyn Contents,
        version: VersionRef<'_>,
        folder: &Dir,
        (name, path): (&OsStr, &Path),
    ) -> Result<(), ExtractError> {
        let inode = version.inode();
        let Some(entry) = inode.entry() else { return Ok(()) };
        let shown = || version.path().as_bytes().escape_ascii().to_string();
        let reader =
            contents.open(inode.layer(), entry).map_err(|source| ExtractError::Read { path: shown(), source })?;
        self.clear(folder, name, path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, entry);
        let fault = |source| ExtractError::Write { path: path.to_owned(), source };
        let mut file = folder.open_with(name, &options).map_err(|error| exists_or(error, path))?;
        let mut reader = reader;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let count = reader.read(&mut buffer).map_err(fault)?;
            if count == 0 {
                break;
            }
            file.write_all(&buffer[..count]).map_err(fault)?;
            self.done.bytes += count as u64;
            if !(self.on_bytes)(self.done.bytes) {
                return Err(ExtractError::Stopped);
            }
        }
        self.done.files += 1;
        Ok(())
    }

    #[cfg(unix)]
    fn symlink(
        &mut self,
        version: VersionRef<'_>,
        folder: &Dir,
        (name, path): (&OsStr, &Path),
    ) -> Result<(), ExtractError> {
        let target = version.inode_entry().map_or(&b""[..], EntryRef::link_target);
        let Some(target) = host_target(target) else {
            self.skip(version, "its target cannot be written on this system");
            return Ok(());
        };
        self.clear(folder, name, path)?;
        folder.symlink_contents(target, name).map_err(|error| exists_or(error, path))?;
        self.done.links += 1;
        Ok(())
    }

    #[cfg(not(unix))]
    fn symlink(&mut self, version: VersionRef<'_>, _: &Dir, _: (&OsStr, &Path)) -> Result<(), ExtractError> {
        self.skip(version, "symlinks are not made on this system");
        Ok(())
    }

    /// Takes away what may be replaced: files and links, never folders.
    fn clear(&self, folder: &Dir, name: &OsStr, path: &Path) -> Result<(), ExtractError> {
        if !self.options.overwrite {
            return Ok(());
        }
        match folder.symlink_metadata(name) {
            Ok(known) if known.is_dir() => Err(ExtractError::Exists { path: path.to_owned() }),
            Ok(_) => folder.remove_file(name).map_err(|source| ExtractError::Write { path: path.to_owned(), source }),
            Err(_) => Ok(()),
        }
    }
}

/// Files as they are stored, so that a compressed layer is decompressed once and not once a file; symlinks last, so that
/// none of ours can ever stand on the way of a file; what holds no bytes first.
fn order(inode: VersionRef<'_>) -> (u8, usize, u64) {
    match (inode.kind(), inode.entry()) {
        (EntryKind::File, Some(entry)) => (1, inode.layer().index(), entry.data_offset()),
        (EntryKind::Symlink, _) => (2, 0, 0),
        _ => (0, 0, 0),
    }
}

fn exists_or(error: io::Error, path: &Path) -> ExtractError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        ExtractError::Exists { path: path.to_owned() }
    } else {
        ExtractError::Write { path: path.to_owned(), source: error }
    }
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, entry: EntryRef<'_>) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(u32::from(entry.mode() & 0o777) | 0o600);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: EntryRef<'_>) {}

#[cfg(unix)]
fn host_target(target: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    (!target.is_empty() && !target.contains(&0)).then(|| OsStr::from_bytes(target))
}

/// A component as this system can write it; nothing for a name that could lead elsewhere.
#[cfg(unix)]
fn host_name(name: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    let plain = !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') && !name.contains(&0);
    plain.then(|| OsStr::from_bytes(name))
}

/// A component as this system can write it; nothing for a name that could lead elsewhere: no separators, drives,
/// streams, devices, nor the ends that this system drops.
#[cfg(not(unix))]
fn host_name(name: &[u8]) -> Option<&OsStr> {
    let text = std::str::from_utf8(name).ok()?;
    let stem = text.split('.').next().unwrap_or("").to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    let odd = text.is_empty()
        || text.ends_with(['.', ' '])
        || text.chars().any(|c| c.is_control() || "<>:\"/\\|?*".contains(c));
    (!device && !odd).then(|| OsStr::new(text))
}
