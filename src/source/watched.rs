//! A file that is read while an image is open, and whether it is still what it was when it was opened.
//!
//! Offsets in an archive are found once and read later. If the file is written to in between, other bytes are at these
//! offsets, and must not be shown as the image's. A file that is replaced under its name does no harm: the opened one
//! stays open.

use std::fs::File;
use std::io;
use std::sync::OnceLock;

use crate::image::{Compression, ContentsState, Digest, FileChanged};

use super::digests::MemberDigests;
use super::remembered::RememberedExport;

/// An open file, with its state at that time.
#[derive(Debug)]
pub(super) struct Watched {
    bytes: WatchedBytes,
    /// The digests of parts of it, if they were computed.
    digests: OnceLock<MemberDigests>,
}

#[derive(Debug)]
enum WatchedBytes {
    File {
        file: File,
        /// `None` for a copy that nobody else can write to.
        opened: Option<FileState>,
    },
    /// An export that is read again only if it must be.
    Remembered(Box<RememberedExport>),
}

/// What changes when a file is written to. The change time is left out: renaming a file moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileState {
    len: u64,
    #[cfg(unix)]
    modified: (i64, i64),
    #[cfg(not(unix))]
    modified: Option<std::time::SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl FileState {
    /// Of an open file. This runs after every read, and `fstat` is twice as fast as what the standard library calls.
    #[cfg(unix)]
    #[expect(clippy::useless_conversion, reason = "these fields have other types on other systems")]
    fn read(file: &File) -> io::Result<Self> {
        let stat = rustix::fs::fstat(file)?;
        Ok(Self {
            len: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: (i64::from(stat.st_mtime), i64::try_from(stat.st_mtime_nsec).unwrap_or_default()),
            inode: (stat.st_dev.into(), stat.st_ino.into()),
        })
    }

    #[cfg(not(unix))]
    fn read(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { len: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl Watched {
    /// A file that others may write to.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let opened = Some(FileState::read(&file)?);
        Ok(Self { bytes: WatchedBytes::File { file, opened }, digests: OnceLock::new() })
    }

    /// A temporary copy.
    pub(super) fn private(file: File) -> Self {
        Self { bytes: WatchedBytes::File { file, opened: None }, digests: OnceLock::new() }
    }

    /// An export that is read again only if it must be.
    pub(super) fn remembered(export: RememberedExport) -> Self {
        let digests = OnceLock::from(export.digests());
        Self { bytes: WatchedBytes::Remembered(Box::new(export)), digests }
    }

    pub(super) fn file(&self) -> Option<&File> {
        match &self.bytes {
            WatchedBytes::File { file, .. } => Some(file),
            WatchedBytes::Remembered(_) => None,
        }
    }

    /// How long it was when it was opened.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(match &self.bytes {
            WatchedBytes::File { opened: Some(state), .. } => state.len,
            WatchedBytes::File { file, opened: None } => file.metadata()?.len(),
            WatchedBytes::Remembered(export) => export.len(),
        })
    }

    /// Adds the digests that were computed while it was copied.
    pub(super) fn set_digests(&self, digests: MemberDigests) {
        // They are added once.
        let _ = self.digests.set(digests);
    }

    /// The digests of its parts, as far as they were computed.
    pub(super) fn digests(&self) -> Option<&MemberDigests> {
        self.digests.get()
    }

    /// The digest of a part of it, if that was computed by this program.
    pub(super) fn digest_of(&self, at: u64, len: u64) -> Option<&Digest> {
        self.digests()?.of(at, len)
    }

    /// What reading its layers takes, if it is an export.
    pub(super) fn state(&self) -> Option<ContentsState> {
        match &self.bytes {
            WatchedBytes::Remembered(export) if !export.is_exported() => Some(ContentsState::Remembered),
            _ => self.digests().map(|_| ContentsState::Exported),
        }
    }

    /// How a layer is compressed that is not here, because its engine would have to export it again.
    pub(super) fn remembered_layer(&self, at: u64, len: u64) -> Option<Compression> {
        match &self.bytes {
            WatchedBytes::File { .. } => None,
            WatchedBytes::Remembered(export) => export.layer(at, len),
        }
    }

    /// Reads at an offset, as much as one call returns. An end where bytes were expected is an error.
    pub(super) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let file = match &self.bytes {
            WatchedBytes::File { file, .. } => file,
            WatchedBytes::Remembered(export) => return export.read_at(buffer, at),
        };
        loop {
            match read_file_at(file, buffer, at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) if !buffer.is_empty() => {
                    self.check()?;
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                result => return result,
            }
        }
    }

    /// Whether everything read before this belongs to the file that was opened. Checking afterwards leaves no gap in
    /// which it could change unseen: the modification time changes before the bytes do.
    pub(super) fn check(&self) -> io::Result<()> {
        match &self.bytes {
            WatchedBytes::File { file, opened: Some(opened) } if FileState::read(file)? != *opened => {
                Err(io::Error::new(io::ErrorKind::InvalidData, FileChanged))
            }
            _ => Ok(()),
        }
    }
}

/// Reads at an offset.
#[cfg(unix)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

/// Reads at an offset.
#[cfg(windows)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, SystemTime};

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    #[test]
    fn bytes_written_after_the_opening_are_an_error() {
        let named = file(b"before");
        let watched = Watched::new(named.reopen().expect("opened")).expect("a state");
        watched.check().expect("untouched");
        let mut writer = named.reopen().expect("opened");
        writer.write_all(b"forged").expect("written");
        writer.set_modified(SystemTime::now() + Duration::from_secs(1)).expect("set");
        let fault = watched.check().expect_err("changed");
        assert!(fault.to_string().contains("open it again"), "{fault}");
    }

    #[test]
    fn a_file_that_shrinks_ends_in_an_error_and_not_in_nothing() {
        let named = file(b"before");
        let watched = Watched::new(named.reopen().expect("opened")).expect("a state");
        named.as_file().set_len(2).expect("cut");
        assert!(watched.read_at(&mut [0; 4], 4).is_err());
    }

    #[test]
    fn a_file_that_is_renamed_stays_what_it_was() {
        let named = file(b"before");
        let watched = Watched::new(named.reopen().expect("opened")).expect("a state");
        let other = file(b"another");
        std::fs::rename(other.path(), named.path()).expect("renamed");
        watched.check().expect("the open file is untouched");
        let mut bytes = [0; 6];
        assert_eq!(watched.read_at(&mut bytes, 0).expect("read"), 6);
        assert_eq!(&bytes, b"before");
    }
}
