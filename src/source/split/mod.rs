//! A layer where an engine stores it: its files in a folder, and what else its tar consists of in a tar-split record.
//!
//! ```text
//! tar-split   header │ size, CRC-64 │ padding, header │ size, CRC-64 │ …
//! folder                 `bin/sh`                        `etc/passwd`
//! ```
//!
//! Together they are the tar, byte for byte, so that its diff ID can be verified. Listing the layer reads no file: sizes
//! are in the record, and equal checksums show that a file was stored again unchanged.
//!
//! The folder is as hostile as an archive. Files are opened beneath it: no link leads out of it, and what is not a regular
//! file of the recorded size and checksum is an error.

mod crc;
mod input;
mod records;

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};

use crate::source::blob::Blob;
use crate::source::storage::PERMISSION;
use crate::source::watched::Watched;

use crc::Crc64;
use records::{Record, Records};

pub(super) use input::SplitInput;

/// Files of at most this size are always read from their beginning, so that their checksum is checked.
const CHECKED_MOST: u64 = 64 << 20;

/// A layer in a store.
pub(super) struct SplitLayer {
    /// The tar-split record.
    split: Blob,
    /// Opened when the first file is read.
    folder: OnceLock<Dir>,
    path: PathBuf,
    /// Bytes of the tar: of some stores, they are known only once the layer was listed.
    len: OnceLock<u64>,
    /// Where the files are in the tar, and their checksums, in order. Known once the layer was listed.
    files: OnceLock<Box<[FileRecord]>>,
    /// The last sequential read.
    cursor: Mutex<Option<SplitReader>>,
}

/// The place of a file's content in the tar.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileRecord {
    at: u64,
    crc: u64,
}

impl fmt::Debug for SplitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SplitLayer").field("path", &self.path).field("len", &self.known_len()).finish_non_exhaustive()
    }
}

impl SplitLayer {
    /// A layer with its tar-split record and its folder, and the length of its tar if the store knows it.
    pub(super) fn open(split: &Path, folder: &Path, len: Option<u64>) -> io::Result<Self> {
        let file = std::fs::File::open(split)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = Watched::new(file)?;
        let stored = file.len()?;
        let split = Blob::of_file(Arc::new(file), 0, stored);
        let (files, cursor) = (OnceLock::new(), Mutex::new(None));
        let len = len.map_or_else(OnceLock::new, OnceLock::from);
        Ok(Self { split, folder: OnceLock::new(), path: folder.to_owned(), len, files, cursor })
    }

    /// Bytes of the tar, as far as its record can be read. If it was not listed, the record is read for it.
    pub(super) fn len(&self) -> u64 {
        *self.len.get_or_init(|| records::tar_len(&self.split))
    }

    /// Bytes of the tar, if that is known.
    pub(super) fn known_len(&self) -> Option<u64> {
        self.len.get().copied()
    }

    /// Bytes of the record, compressed.
    pub(super) fn record_len(&self) -> u64 {
        self.split.len()
    }

    /// Whether the record is still the file that was opened.
    pub(super) fn check(&self) -> io::Result<()> {
        self.split.check()
    }

    fn folder(&self) -> io::Result<&Dir> {
        if let Some(folder) = self.folder.get() {
            return Ok(folder);
        }
        // The store is the engine's, so links in its own path are followed.
        let opened = Dir::open_ambient_dir(&self.path, ambient_authority()).map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::PermissionDenied => PERMISSION,
                io::ErrorKind::NotFound => ": the store has lost it, so pull or build the image again",
                _ => "",
            };
            let path = self.path.to_string_lossy();
            io::Error::new(error.kind(), format!("`{}`: {error}{hint}", path.escape_debug()))
        })?;
        Ok(self.folder.get_or_init(|| opened))
    }

    /// Opens the stored content of a file.
    fn file(&self, name: &[u8], size: u64) -> io::Result<File> {
        let shown = || String::from_utf8_lossy(name).escape_debug().to_string();
        let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("`{}` in the store {why}", shown()));
        let name = crate::image::EntryPath::normalise(name).path;
        let path = host_path(name.as_bytes()).ok_or_else(|| wrong("has a name that this system does not have"))?;
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt;
            options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
        }
        let file = self.folder()?.open_with(path, &options).map_err(|error| {
            let hint = if error.kind() == io::ErrorKind::PermissionDenied { PERMISSION } else { "" };
            io::Error::new(error.kind(), format!("`{}` in the store: {error}{hint}", shown()))
        })?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(wrong("is not a regular file"));
        }
        if metadata.len() != size {
            return Err(wrong("is not the file of this layer: it has another size"));
        }
        Ok(file)
    }

    /// Reads the tar from its beginning.
    fn reader(self: &Arc<Self>) -> io::Result<SplitReader> {
        let records = Records::new(&self.split)?;
        Ok(SplitReader { layer: Arc::clone(self), records, bytes: Vec::new(), start: 0, file: None, at: 0 })
    }

    /// Reads at an offset. Reading on where the last read ended is cheap; going back starts over.
    pub(super) fn read_at(self: &Arc<Self>, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reader = match cursor.take() {
            Some(reader) if reader.at <= at => reader,
            _ => self.reader()?,
        };
        let to_skip = at - reader.at;
        io::copy(&mut (&mut reader).take(to_skip), &mut io::sink())?;
        let count = reader.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.known_len().is_some_and(|len| at < len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *cursor = Some(reader);
        Ok(count)
    }

    /// The checksum of the file whose content is at an offset, if the layer was listed.
    pub(super) fn crc_at(&self, at: u64) -> Option<u64> {
        let files = self.files.get()?;
        let found = files.binary_search_by_key(&at, |file| file.at).ok()?;
        Some(files[found].crc)
    }

    /// Opens the content of a file by its name, from an offset at or before the requested one; `None` if the record does
    /// not store it as one piece.
    pub(super) fn open_file(
        &self,
        name: &[u8],
        at: u64,
        len: u64,
        offset: u64,
    ) -> io::Result<Option<(u64, StoredFile)>> {
        let Some(crc) = self.crc_at(at) else { return Ok(None) };
        let mut file = self.file(name, len)?;
        if len <= CHECKED_MOST || offset == 0 {
            return Ok(Some((0, StoredFile { file, left: len, sum: Some((Crc64::default(), crc)) })));
        }
        io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
        Ok(Some((offset, StoredFile { file, left: len - offset, sum: None })))
    }
}

/// The path of a file on this system, if it can have one.
fn host_path(name: &[u8]) -> Option<&Path> {
    #[cfg(unix)]
    let path = Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name));
    #[cfg(not(unix))]
    let path = Path::new(std::str::from_utf8(name).ok().filter(|name| !name.contains(['\\', ':']))?);
    (!name.is_empty() && !name.contains(&0)).then_some(path)
}

/// The content of a file. The last bytes come only if the checksum is right.
pub(super) struct StoredFile {
    file: File,
    left: u64,
    sum: Option<(Crc64, u64)>,
}

impl Read for StoredFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        let count = self.file.read(&mut buffer[..want])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        if let Some((sum, expected)) = &mut self.sum {
            sum.update(&buffer[..count]);
            if self.left == 0 && sum.finish() != *expected {
                let why = "the file in the store is not the one of this layer: its checksum differs, because it was \
                           changed, or because the layer stores several files of this name";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
        Ok(count)
    }
}

/// The tar, put together again.
struct SplitReader {
    layer: Arc<SplitLayer>,
    records: Records,
    bytes: Vec<u8>,
    start: usize,
    file: Option<StoredFile>,
    at: u64,
}

impl Read for SplitReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(file) = &mut self.file {
                let count = file.read(buffer)?;
                if count > 0 {
                    self.at += count as u64;
                    return Ok(count);
                }
                self.file = None;
            }
            if self.start < self.bytes.len() {
                let count = (self.bytes.len() - self.start).min(buffer.len());
                buffer[..count].copy_from_slice(&self.bytes[self.start..self.start + count]);
                self.start += count;
                self.at += count as u64;
                return Ok(count);
            }
            self.start = 0;
            match self.records.next(&mut self.bytes)? {
                None => return Ok(0),
                Some(Record::Bytes) => {}
                Some(Record::File { size, crc }) => {
                    let file = self.layer.file(self.records.name(), size)?;
                    self.file = Some(StoredFile { file, left: size, sum: Some((Crc64::default(), crc)) });
                }
            }
        }
    }
}
