//! From a location to the members of an archive: its format is decided by content, never by suffix.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use crate::image::{Cancelled, Compression, Finding, FindingKind, Progress};

use super::blob::Blob;
use super::diagnose;
use super::error::SourceError;
use super::location::Input;
use super::magic;
use super::remembered::RememberedExport;
use super::spool::{self, Spooled};
use super::store::{FolderStore, Store, TarIndex};
use super::watched::Watched;

/// An archive whose members can be found.
pub(super) struct OpenedArchive {
    pub(super) store: Store,
    /// The input as errors quote it.
    pub(super) file: String,
    /// Findings about the archive itself.
    pub(super) findings: Vec<Finding>,
    /// The outer compression ended early, so the tar did too.
    pub(super) broken: Option<(Compression, u64, io::Error)>,
}

/// Opens the input. A seekable tar is read in place, from header to header.
pub(super) fn open(input: &Input, progress: &dyn Progress) -> Result<OpenedArchive, SourceError> {
    let file = input.to_string();
    let path = match input {
        Input::Stdin if io::stdin().is_terminal() => return Err(SourceError::Terminal { file }),
        Input::Stdin => return spooled(&mut io::stdin().lock(), None, file, progress),
        Input::Path(path) => path,
    };
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SourceError::Missing { file: file.clone() },
        _ => SourceError::Io { file: file.clone(), source },
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return folder(path, &file).map_err(io);
    }
    let mut opened = File::open(path).map_err(io)?;
    if opened.is_terminal() {
        return Err(SourceError::Terminal { file });
    }
    if !opened.metadata().map_err(io)?.is_file() {
        // A pipe, as from a shell's `<(docker save app)`.
        return spooled(&mut opened, None, file, progress);
    }
    let opened = Arc::new(Watched::new(opened).map_err(io)?);
    let len = opened.len().map_err(io)?;
    let head = Blob::of_file(Arc::clone(&opened), 0, len).head(magic::HEAD).map_err(io)?;
    if head.is_empty() {
        return Err(diagnose::empty(&file));
    }
    let compression = Compression::detect(&head);
    if compression != Compression::None {
        let mut whole = Blob::of_file(opened, 0, len).reader();
        return spooled(&mut whole, Some(len), file, progress);
    }
    if !magic::is_tar(&head) {
        return Err(diagnose::not_a_tar(&file, &head, compression));
    }
    indexed(opened, len, file, progress)
}

/// Opens an archive that a stream contains.
pub(super) fn stream(
    input: &mut dyn io::Read,
    what: &str,
    progress: &dyn Progress,
) -> Result<OpenedArchive, SourceError> {
    spooled(input, None, what.to_owned(), progress)
}

/// Opens an export that is remembered.
pub(super) fn remembered(
    export: RememberedExport,
    what: &str,
    progress: &dyn Progress,
) -> Result<OpenedArchive, SourceError> {
    let len = export.len();
    indexed(Arc::new(Watched::remembered(export)), len, what.to_owned(), progress)
}

fn folder(path: &Path, file: &str) -> io::Result<OpenedArchive> {
    let store = Store::Folder(FolderStore::new(path)?);
    Ok(OpenedArchive { store, file: file.to_owned(), findings: Vec::new(), broken: None })
}

/// A temporary copy of a tar that is not an archive of images, its length, and how its compressed stream is broken.
pub(super) fn spooled_tar(
    input: &mut dyn io::Read,
    file: &str,
    progress: &dyn Progress,
) -> Result<(File, u64, Option<Finding>), SourceError> {
    let Spooled { file: copy, len, compression, broken } = spool::spool(input, None, file, progress)?;
    Ok((copy, len, broken.map(|error| broken_stream(compression, len, &error))))
}

fn broken_stream(compression: Compression, len: u64, error: &io::Error) -> Finding {
    let message = format!(
        "the {} stream around the archive ends early, after {len} bytes of content ({error}): what comes before is shown",
        compression.name()
    );
    Finding::of_image(FindingKind::Truncated, message).gap()
}

fn spooled(
    input: &mut dyn io::Read,
    total: Option<u64>,
    file: String,
    progress: &dyn Progress,
) -> Result<OpenedArchive, SourceError> {
    let Spooled { file: copy, len, compression, broken } = spool::spool(input, total, &file, progress)?;
    let mut opened = indexed(Arc::new(Watched::private(copy)), len, file, progress)?;
    if let Some(error) = broken {
        opened.findings.push(broken_stream(compression, len, &error));
        opened.broken = Some((compression, len, error));
    }
    Ok(opened)
}

fn indexed(
    opened: Arc<Watched>,
    len: u64,
    file: String,
    progress: &dyn Progress,
) -> Result<OpenedArchive, SourceError> {
    let index = TarIndex::read(opened, len, progress).map_err(|error| {
        let file = file.clone();
        if Cancelled::is(&error) { SourceError::Cancelled { file } } else { SourceError::Io { file, source: error } }
    })?;
    let mut findings = Vec::new();
    if let Some(at) = index.truncated_at {
        // If something of the image is missing, that is reported itself: the member that was cut may be unreferenced.
        let message = format!("the archive is truncated at byte {at}: what is complete is shown");
        findings.push(Finding::of_image(FindingKind::Truncated, message));
    } else if index.broken.is_none() && !index.has_end_marker {
        let message = "the archive has no end-of-archive marker, but its last member is complete".to_owned();
        findings.push(Finding::of_image(FindingKind::NoEndMarker, message));
    }
    if let Some(why) = &index.broken {
        let message = format!("the archive's own tar cannot be read completely ({why}): what comes before is shown");
        findings.push(Finding::of_image(FindingKind::BadTar, message).gap());
    }
    if index.trailing > 0 {
        let message =
            format!("{} bytes after the end-of-archive marker of the archive, which are not shown", index.trailing);
        findings.push(Finding::of_image(FindingKind::TrailingData, message));
    }
    for name in &index.repeated {
        let message = format!(
            "the archive holds `{}` more than once: the last one counts",
            String::from_utf8_lossy(name.as_bytes()).escape_debug()
        );
        findings.push(Finding::of_image(FindingKind::Duplicate, message));
    }
    Ok(OpenedArchive { store: Store::Tar(Box::new(index)), file, findings, broken: None })
}
