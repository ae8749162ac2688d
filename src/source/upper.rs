//! The upper directory of an overlay mount, which is the layer of a container as its engine stores it (Linux,
//! `filesystems/overlayfs.rst`).
//!
//! | there | means |
//! |---|---|
//! | a character device 0:0, or an empty file with the attribute `overlay.whiteout` | the path is removed |
//! | a folder with the attribute `overlay.opaque` | what the image has in it is removed |
//! | `overlay.redirect`, `overlay.metacopy` | the content is in a lower directory, so that the layer cannot be read here |
//!
//! The attributes are `trusted.` ones, or `user.` ones where the mount belongs to a user namespace. The directory is as
//! hostile as an archive: it is opened beneath its root, and no link is followed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileTypeExt, Metadata, MetadataExt, OpenOptions, OpenOptionsExt};

use crate::image::{EntryKind, EntryPath, FindingKind, Mtime, NewEntry, Progress, Xattr};

use super::collector::LayerCollector;
use super::error::SourceError;

/// The limit on the names, and on the value, of the attributes of one file: what Linux allows.
const XATTR_MOST: usize = 64 << 10;
/// Attributes that describe the file to fuse-overlayfs: owner and mode, `1000:1000:0644`.
const OVERRIDE: &[u8] = b"user.containers.override_stat";

/// The owners in a container of the owners on disk: ranges of the container's first number, the first on disk, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdMap(pub Vec<(u32, u32, u32)>);

impl IdMap {
    /// The number in the container; unchanged where nothing is known.
    #[must_use]
    pub fn inside(&self, on_disk: u32) -> i64 {
        let found = self.0.iter().find_map(|&(inside, outside, count)| {
            let offset = on_disk.checked_sub(outside).filter(|&offset| offset < count)?;
            Some(i64::from(inside) + i64::from(offset))
        });
        found.unwrap_or_else(|| i64::from(on_disk))
    }
}

/// Marks of an overlay mount on a file, and its other attributes.
#[derive(Default)]
struct Attributes {
    is_opaque: bool,
    is_whiteout: bool,
    /// The attribute that says that the content is elsewhere.
    elsewhere: Option<&'static str>,
    owner: Option<(i64, i64, u32)>,
    others: Vec<Xattr>,
}

impl LayerCollector {
    /// Adds everything in an upper directory.
    ///
    /// # Errors
    /// If it cannot be read, or only together with the directories below it.
    pub fn add_upper(
        &mut self,
        folder: &Path,
        users: &IdMap,
        groups: &IdMap,
        progress: &dyn Progress,
    ) -> Result<(), SourceError> {
        let file = self.what().to_owned();
        let io = |source| SourceError::Io { file: file.clone(), source };
        let root = Dir::open_ambient_dir(folder, ambient_authority()).map_err(io)?;
        let mut upper = Upper { root, users, groups, first_names: HashMap::new() };
        let mut pending = vec![EntryPath::root()];
        while let Some(folder) = pending.pop() {
            let mut names = upper.names(&folder).map_err(io)?;
            names.sort_unstable();
            let mut below = Vec::new();
            for name in names {
                self.check_cancelled(progress)?;
                let mut path = folder.clone();
                path.push(name.as_bytes());
                if upper.add(&path, self, progress)? {
                    below.push(path);
                }
            }
            pending.extend(below.into_iter().rev());
        }
        Ok(())
    }
}

struct Upper<'a> {
    root: Dir,
    users: &'a IdMap,
    groups: &'a IdMap,
    /// The first path of each file with several names, by device and number.
    first_names: HashMap<(u64, u64), EntryPath>,
}

impl Upper<'_> {
    fn names(&self, folder: &EntryPath) -> io::Result<Vec<OsString>> {
        let opened = if folder.is_root() {
            self.root.try_clone()?
        } else {
            let file = self.open(folder, libc::O_DIRECTORY)?;
            Dir::from_std_file(file.into_std())
        };
        opened.entries()?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    fn open(&self, path: &EntryPath, flags: i32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | flags);
        self.root.open_with(host(path), &options)
    }

    /// Adds one entry; whether it is a folder to go into.
    fn add(
        &mut self,
        path: &EntryPath,
        layer: &mut LayerCollector,
        progress: &dyn Progress,
    ) -> Result<bool, SourceError> {
        let file = layer.what().to_owned();
        let io = |source| SourceError::Io { file: file.clone(), source };
        let metadata = match self.root.symlink_metadata(host(path)) {
            // It was removed since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            read => read.map_err(io)?,
        };
        let kind = metadata.file_type();
        if kind.is_char_device() && metadata.rdev() == 0 {
            layer.remove(path);
            return Ok(false);
        }
        let opened = (kind.is_dir() || kind.is_file()).then(|| self.open(path, 0));
        let attributes = match &opened {
            Some(Ok(file)) => attributes(file).map_err(io)?,
            _ => Attributes::default(),
        };
        if attributes.is_whiteout && kind.is_file() && metadata.len() == 0 {
            layer.remove(path);
            return Ok(false);
        }
        if let Some(mark) = attributes.elsewhere {
            let why = format!("its upper directory has `{mark}`, and is not the whole layer");
            return Err(io(io::Error::new(io::ErrorKind::Unsupported, why)));
        }
        if let Some(Err(error)) = &opened {
            let message = format!("it cannot be read ({error}): run the command with `sudo`");
            layer.gap(FindingKind::Unreadable, Some(path.clone()), message);
        }
        let mut entry = self.described(path, &metadata, &attributes);
        entry.xattrs = attributes.others;
        if kind.is_dir() {
            entry.kind = EntryKind::Dir;
            layer.push(entry);
            if attributes.is_opaque {
                layer.replace(path);
            }
            return Ok(matches!(opened, Some(Ok(_))));
        }
        if metadata.nlink() > 1 {
            match self.first_names.entry((metadata.dev(), metadata.ino())) {
                Entry::Occupied(first) => {
                    entry.kind = EntryKind::HardLink;
                    entry.link_target = first.get().as_bytes();
                    layer.push(entry);
                    return Ok(false);
                }
                Entry::Vacant(vacant) => drop(vacant.insert(path.clone())),
            }
        }
        let target;
        if kind.is_symlink() {
            entry.kind = EntryKind::Symlink;
            target = self.root.read_link_contents(host(path)).map_err(io)?.into_os_string().into_vec();
            entry.link_target = &target;
        } else if kind.is_file() {
            entry.data_offset = layer.at();
            // A file that grows is read as far as it was; one that shrinks is as long as what is read.
            entry.size = match opened {
                Some(Ok(file)) => layer.copy(&mut file.take(metadata.len()), progress)?,
                _ => metadata.len(),
            };
            entry.stored = entry.size;
        } else if kind.is_char_device() || kind.is_block_device() {
            entry.kind = if kind.is_char_device() { EntryKind::Char } else { EntryKind::Block };
            let device = metadata.rdev();
            entry.rdev = Some((rustix::fs::major(device), rustix::fs::minor(device)));
        } else if kind.is_fifo() {
            entry.kind = EntryKind::Fifo;
        } else {
            // No layer can store a socket.
            return Ok(false);
        }
        layer.push(entry);
        Ok(false)
    }

    fn described<'b>(&self, path: &'b EntryPath, metadata: &Metadata, attributes: &Attributes) -> NewEntry<'b> {
        let (mut mode, mut uid, mut gid) =
            (metadata.mode(), self.users.inside(metadata.uid()), self.groups.inside(metadata.gid()));
        if let Some(owner) = attributes.owner {
            (uid, gid, mode) = owner;
        }
        let nanoseconds = u32::try_from(metadata.mtime_nsec()).unwrap_or_default();
        let mtime = Mtime { seconds: metadata.mtime(), nanoseconds };
        NewEntry { name: path.as_bytes(), mode, uid, gid, mtime, ..NewEntry::default() }
    }
}

fn host(path: &EntryPath) -> &Path {
    Path::new(OsStr::from_bytes(path.as_bytes()))
}

fn attributes(file: &File) -> io::Result<Attributes> {
    let mut found = Attributes::default();
    let mut names = vec![0; XATTR_MOST];
    let count = match rustix::fs::flistxattr(file, &mut names) {
        Ok(count) => count,
        // The file system has none.
        Err(rustix::io::Errno::NOTSUP) => return Ok(found),
        Err(error) => return Err(error.into()),
    };
    for name in names[..count].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; XATTR_MOST];
        let read = rustix::fs::fgetxattr(file, OsStr::from_bytes(name), &mut value);
        // It was removed, or may not be read.
        let Ok(count) = read else { continue };
        value.truncate(count);
        let overlay = [&b"trusted.overlay."[..], b"user.overlay.", b"user.fuseoverlayfs."];
        match overlay.iter().find_map(|prefix| name.strip_prefix(*prefix)) {
            // `x` marks a folder in which files may be whiteouts.
            Some(b"opaque") => found.is_opaque = value == b"y",
            Some(b"whiteout") => found.is_whiteout = true,
            Some(b"redirect") => found.elsewhere = Some("overlay.redirect"),
            Some(b"metacopy") => found.elsewhere = Some("overlay.metacopy"),
            Some(_) => {}
            None if name == OVERRIDE => found.owner = owner(&value),
            None => found.others.push((name.into(), value.into())),
        }
    }
    Ok(found)
}

/// Owner, group and mode of `1000:1000:0644`, which may have a type after it.
fn owner(value: &[u8]) -> Option<(i64, i64, u32)> {
    let text = std::str::from_utf8(value).ok()?;
    let mut parts = text.split(':');
    let (uid, gid) = (parts.next()?.parse::<u32>().ok()?, parts.next()?.parse::<u32>().ok()?);
    Some((uid.into(), gid.into(), u32::from_str_radix(parts.next()?, 8).ok()?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use crate::image::{Entries, Quiet};

    use super::*;

    fn read(folder: &Path) -> Result<Entries, SourceError> {
        let mut layer = LayerCollector::new("the test".to_owned())?;
        layer.add_upper(folder, &IdMap::default(), &IdMap::default(), &Quiet)?;
        Ok(Entries::clone(&layer.finish().entries))
    }

    fn set(path: &Path, name: &str, value: &[u8]) -> bool {
        rustix::fs::setxattr(path, name, value, rustix::fs::XattrFlags::empty()).is_ok()
    }

    #[test]
    fn nothing_is_followed_out_of_the_directory() {
        let (folder, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (root, outside) = (folder.path(), outside.path());
        fs::write(outside.join("secret"), "x").expect("written");
        symlink(outside, root.join("a")).expect("a link");
        symlink("../../../etc/passwd", root.join("b")).expect("a link");
        fs::create_dir(root.join("d")).expect("a folder");
        fs::write(root.join("d/one"), "1234").expect("written");
        fs::set_permissions(root.join("d/one"), fs::Permissions::from_mode(0o4750)).expect("a mode");
        fs::hard_link(root.join("d/one"), root.join("d/two")).expect("a link");
        fs::write(root.join("empty"), "").expect("written");
        let entries = read(root).expect("read");
        let rows: Vec<_> =
            entries.iter().map(|entry| format!("{entry:?} {} {:o}", entry.size(), entry.mode())).collect();
        assert_eq!(
            rows,
            [
                "symlink `a` 0 777",
                "symlink `b` 0 777",
                "dir `d` 0 755",
                "file `empty` 0 644",
                "file `d/one` 4 4750",
                "hardlink `d/two` 0 4750"
            ]
        );
        assert!(entries.complete && entries.findings.is_empty());
        assert_eq!(
            entries.iter().nth(1).map(|entry| entry.link_target().to_vec()),
            Some(b"../../../etc/passwd".to_vec())
        );
    }

    #[test]
    fn marks_of_overlay_mounts_become_whiteouts() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["anew", "plain"] {
            fs::create_dir(root.join(name)).expect("a folder");
        }
        fs::write(root.join("gone"), "").expect("written");
        // Not every file system has attributes.
        if !set(&root.join("anew"), "user.overlay.opaque", b"y") {
            return;
        }
        set(&root.join("plain"), "user.overlay.opaque", b"x");
        set(&root.join("plain"), "user.mine", b"1");
        set(&root.join("gone"), "user.overlay.whiteout", b"y");
        fs::write(root.join("owned"), "").expect("written");
        set(&root.join("owned"), "user.containers.override_stat", b"7:8:0100640");
        let entries = read(root).expect("read");
        let paths: Vec<_> = entries.iter().map(|entry| format!("{:?}", entry.path())).collect();
        assert_eq!(paths, ["`anew`", "`anew/.wh..wh..opq`", "`.wh.gone`", "`owned`", "`plain`"]);
        let plain = entries.iter().last().expect("entries");
        assert_eq!(plain.xattrs(), [(b"user.mine"[..].into(), b"1"[..].into())]);
        let owned = entries.iter().nth(3).expect("entries");
        assert_eq!((owned.uid(), owned.gid(), owned.mode()), (7, 8, 0o640));
        set(&root.join("plain"), "user.overlay.redirect", b"/other");
        let error = read(root).expect_err("the rest is elsewhere");
        assert!(std::error::Error::source(&error).is_some_and(|why| why.to_string().contains("`overlay.redirect`")));
    }

    #[test]
    fn owners_are_those_of_the_container() {
        let map = IdMap(vec![(0, 1000, 1), (1, 100_000, 65_536)]);
        assert_eq!([1000, 100_000, 165_535, 165_536, 5].map(|id| map.inside(id)), [0, 1, 65_536, 165_536, 5]);
    }
}
