//! The folder of the records: what is ours in it, and how much of it may stay.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::image::Digest;

/// How a record's name ends, behind 64 hex digits.
const RECORD: &str = ".layer";
/// What a record is called before it is whole.
const NEW: (&str, &str) = (".new-", ".tmp");

/// A record that is still not whole after so long never will be.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// What even the smallest file takes on a disk.
const BLOCK: u64 = 4 << 10;

/// What a record is called.
pub(super) fn name(of: &blake3::Hash) -> String {
    Digest::encode(of.as_bytes()) + RECORD
}

/// Opens a record, without waiting for what is none. What others may have written is none.
pub(super) fn open(path: &Path) -> Option<File> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    is_own(&file.metadata().ok()?).then_some(file)
}

/// Whether nobody but this user can have put something into the folder, or it into another's stead. One that is missing
/// is made by us.
pub(super) fn is_private(folder: &Path) -> bool {
    // The folder that holds ours is ours as well: `layerscope`.
    [Some(folder), folder.parent()].into_iter().flatten().all(|folder| match fs::metadata(folder) {
        Ok(known) => is_own(&known),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    })
}

/// Whether it is this user's, and only this user may write to it.
#[cfg(unix)]
fn is_own(known: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    known.uid() == rustix::process::geteuid().as_raw() && known.mode() & 0o022 == 0
}

/// Elsewhere a user's folders are nobody else's by default.
#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

/// A new file in the folder, which is made if it is missing, and which nobody but its owner may look into.
pub(super) fn beside(folder: &Path) -> Option<NamedTempFile> {
    let mut make = DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(folder).ok()?;
    if !is_private(folder) {
        return None;
    }
    tempfile::Builder::new().prefix(NEW.0).suffix(NEW.1).tempfile_in(folder).ok()
}

/// Throws away what is too much, the records that were of no use for longest first, and what was abandoned. Whatever
/// else lies in the folder is not ours.
pub(super) fn tidy(folder: &Path, at_most: u64) {
    let Ok(listed) = fs::read_dir(folder) else { return };
    let now = SystemTime::now();
    let mut records: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in listed.filter_map(Result::ok) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Some(metadata) = entry.metadata().ok().filter(fs::Metadata::is_file) else { continue };
        let Ok(used) = metadata.modified() else { continue };
        if is_record(&name) {
            records.push((used, metadata.len().next_multiple_of(BLOCK), entry.path()));
        } else if name.starts_with(NEW.0)
            && name.ends_with(NEW.1)
            && now.duration_since(used).is_ok_and(|age| age > ABANDONED)
        {
            let _ = fs::remove_file(entry.path());
        }
    }
    records.sort();
    let mut all: u64 = records.iter().map(|(_, len, _)| len).sum();
    for (_, len, path) in records {
        if all <= at_most {
            break;
        }
        // What cannot be thrown away counts as gone, or all others would go in its stead.
        let _ = fs::remove_file(path);
        all -= len;
    }
}

fn is_record(name: &str) -> bool {
    name.strip_suffix(RECORD)
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}
