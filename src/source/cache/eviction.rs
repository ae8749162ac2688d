//! The folder of the records: which files are ours, and how many may stay.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::image::Digest;

/// The suffixes of the names of records, after 64 hex digits: of layers, of answers about them, and of exports.
const RECORD: &str = ".layer";
const FACTS: &str = ".facts";
const EXPORT: &str = ".export";
/// The name of a record before it is complete.
const NEW: (&str, &str) = (".new-", ".tmp");

/// A record that is still incomplete after this time never will be complete.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// What even the smallest file takes on a disk.
const BLOCK: u64 = 4 << 10;

/// The name of a record.
pub(super) fn name(of: &blake3::Hash) -> String {
    Digest::encode(of.as_bytes()) + RECORD
}

/// The name of a record of an answer.
pub(super) fn facts_name(of: &blake3::Hash) -> String {
    Digest::encode(of.as_bytes()) + FACTS
}

/// The name of a record of an export.
pub(super) fn export_name(of: &blake3::Hash) -> String {
    Digest::encode(of.as_bytes()) + EXPORT
}

/// Opens a record without blocking on anything else. A file that others may have written is not a record.
pub(super) fn open(path: &Path) -> Option<File> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    is_own(&file.metadata().ok()?).then_some(file)
}

/// Whether only this user can have put something into the folder, or replaced it. A missing folder is created by us.
pub(super) fn is_private(folder: &Path) -> bool {
    // The parent folder, `layerscope`, is ours too.
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

/// On other systems, a user's folders are private by default.
#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

/// A new file in the folder, which is created if missing, and accessible only to its owner.
pub(super) fn new_file(folder: &Path) -> Option<NamedTempFile> {
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

/// Removes what exceeds the limit, least recently used records first, and abandoned files. Everything else in the
/// folder is not ours.
pub(super) fn evict(folder: &Path, at_most: u64) {
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
        // What cannot be removed counts as gone, or all others would be removed in its place.
        let _ = fs::remove_file(path);
        all -= len;
    }
}

fn is_record(name: &str) -> bool {
    [RECORD, FACTS, EXPORT]
        .into_iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}
