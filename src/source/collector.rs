//! The layer of a container, collected from what its engine answers or from where the engine stores it: entries with
//! whiteouts, and a temporary copy of the contents. A container may run while it is read, so that the copy is taken once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use crate::image::{
    Cancelled, Entries, EntryKind, EntryPath, EntryRef, Finding, FindingKind, LayerNumber, NewEntry, Progress,
    ProgressEvent, Quiet, read_some,
};

use super::blob::Blob;
use super::error::SourceError;
use super::scan;
use super::spool::is_zero;
use super::watched::Watched;

/// The limit on what is read for the header of one entry: its attributes are in front of it.
const HEADER_MOST: u64 = 256 << 10;
/// The number that findings have until it is known which layer it is.
const UNKNOWN: usize = 0;

/// The layer of a container, to be put on its image. Clones share the contents.
#[derive(Clone, Debug)]
pub struct ContainerLayer {
    pub(super) blob: Blob,
    pub(super) entries: Arc<Entries>,
    /// Where something else than the layer is mounted in the container; unknown, where the engine was not asked.
    pub(super) volumes: Option<Vec<String>>,
}

/// Collects the layer of a container.
#[derive(Debug)]
pub struct LayerCollector {
    /// What errors call it.
    what: String,
    copy: File,
    len: u64,
    entries: Entries,
    volumes: Option<Vec<String>>,
    /// Folders and files that are in the layer only because something is mounted there.
    mount_points: Vec<EntryPath>,
    unnameable: usize,
    is_full: bool,
}

/// What is taken of a tar.
pub struct TarPart<'a> {
    /// The folder that its names are relative to; empty for the root.
    pub below: &'a [u8],
    /// How much of it.
    pub extent: Extent,
    /// Whether the engine lists a path as changed.
    pub is_listed: &'a dyn Fn(&EntryPath) -> bool,
}

/// How much is taken of a tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What is listed.
    Listed,
    /// Its first entry, which is a folder; all of it, if all that is in the folder is listed. Some engines list a folder that
    /// was made anew like one in which something changed, and do not list what is missing from it.
    Folder,
}

/// What a tar contained.
#[derive(Debug)]
pub struct AddedTar {
    /// Its paths, as far as it was read.
    pub paths: Vec<EntryPath>,
    /// Whether all of it was taken.
    pub is_whole: bool,
}

impl LayerCollector {
    /// An empty layer; `what` is what errors call it.
    ///
    /// # Errors
    /// If there is no room for a temporary file.
    pub fn new(what: String) -> Result<Self, SourceError> {
        let copy = tempfile::tempfile_in(std::env::temp_dir());
        let copy = copy.map_err(|source| SourceError::Spool { file: what.clone(), source })?;
        let (entries, volumes) = (Entries::new(), None);
        Ok(Self { what, copy, len: 0, entries, volumes, mount_points: Vec::new(), unnameable: 0, is_full: false })
    }

    /// Removes a path of the image.
    pub fn remove(&mut self, path: &EntryPath) {
        let mut name = path.parent().unwrap_or_default().to_vec();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(b".wh.");
        name.extend_from_slice(path.name());
        self.push(NewEntry { name: &name, mode: 0, ..NewEntry::default() });
    }

    /// Removes what the image has in a folder.
    pub fn replace(&mut self, folder: &EntryPath) {
        let mut name = folder.as_bytes().to_vec();
        name.extend_from_slice(b"/.wh..wh..opq");
        self.push(NewEntry { name: &name, mode: 0, ..NewEntry::default() });
    }

    /// Adds what a tar contains.
    ///
    /// # Errors
    /// If it cannot be read to its end, copied or cancelled.
    pub fn add_tar(
        &mut self,
        tar: &mut dyn Read,
        part: &TarPart<'_>,
        progress: &dyn Progress,
    ) -> Result<AddedTar, SourceError> {
        let base = self.len;
        let mut limit = if part.extent == Extent::Folder { HEADER_MOST } else { u64::MAX };
        let (read, is_ended) = loop {
            let count = self.copy(&mut tar.take(limit), progress)?;
            let is_ended = count < limit;
            let read = self.scanned(base)?;
            self.check_cancelled(progress)?;
            let is_only_listed =
                || read.iter().all(|entry| (part.is_listed)(&joined(part.below, entry.path().as_bytes())));
            if is_ended || !is_only_listed() {
                break (read, is_ended);
            }
            limit = limit.saturating_mul(8);
        };
        let is_cut = !read.complete || read.findings.iter().any(|finding| finding.kind == FindingKind::NoEndMarker);
        if (is_cut || self.len == base) && is_ended {
            return Err(SourceError::Truncated { file: self.what.clone(), at: self.len - base, before: "its end" });
        }
        let paths: Vec<_> = read.iter().map(|entry| joined(part.below, entry.path().as_bytes())).collect();
        let is_whole = match part.extent {
            Extent::Whole => true,
            Extent::Listed => false,
            Extent::Folder => is_ended && paths.iter().all(part.is_listed),
        };
        for (at, (entry, path)) in read.iter().zip(&paths).enumerate() {
            let is_taken = is_whole || if part.extent == Extent::Folder { at == 0 } else { (part.is_listed)(path) };
            if is_taken && !path.is_root() {
                self.add(path, entry, part.below, base);
            }
        }
        if part.extent == Extent::Folder && !is_whole {
            self.len = base;
        } else {
            self.entries.findings.extend(read.findings);
        }
        Ok(AddedTar { paths, is_whole })
    }

    /// The entries of the tar in the copy from an offset on.
    fn scanned(&self, base: u64) -> Result<Entries, SourceError> {
        let copy = self.copy.try_clone().map_err(|source| self.full(source))?;
        let blob = Blob::of_file(Arc::new(Watched::private(copy)), base, self.len - base);
        Ok(scan::plain(LayerNumber::from_index(UNKNOWN), &blob, &Quiet))
    }

    /// Adds an entry whose content, if it has one, is in the copy from `base` on.
    fn add(&mut self, path: &EntryPath, entry: EntryRef<'_>, below: &[u8], base: u64) {
        if entry.name().starts_with(b".wh.") || entry.kind() == EntryKind::Char && entry.rdev() == Some((0, 0)) {
            self.unnameable += 1;
            return;
        }
        let mut new = entry.renamed(path.as_bytes());
        new.data_offset = new.data_offset.saturating_add(base);
        if entry.kind() == EntryKind::HardLink {
            let target = joined(below, entry.link_target());
            new.link_target = target.as_bytes();
            self.push(new);
        } else {
            self.push(new);
        }
    }

    pub(super) fn push(&mut self, entry: NewEntry<'_>) {
        let is_mount_point = self.mount_points.iter().any(|point| point.as_bytes() == entry.name);
        if self.is_full || is_mount_point {
            return;
        }
        if let Err(full) = self.entries.push(entry) {
            self.is_full = true;
            let message = format!("the container changed too much ({full}): what comes before is shown");
            self.gap(FindingKind::TooMuch, None, message);
        }
    }

    /// Reports that a part of the layer is missing.
    pub(super) fn gap(&mut self, kind: FindingKind, path: Option<EntryPath>, message: String) {
        let finding = Finding { path, ..Finding::of_layer(kind, LayerNumber::from_index(UNKNOWN), message) };
        self.entries.findings.push(finding.gap());
        self.entries.complete = false;
    }

    /// Where the next content will be in the copy.
    pub(super) fn at(&self) -> u64 {
        self.len
    }

    /// Copies a content, and returns its length. Zeros become holes.
    pub(super) fn copy(&mut self, content: &mut dyn Read, progress: &dyn Progress) -> Result<u64, SourceError> {
        let base = self.len;
        let mut buffer = vec![0; 256 << 10];
        loop {
            self.check_cancelled(progress)?;
            let read = read_some(content, &mut buffer);
            let count = read.map_err(|source| SourceError::Io { file: self.what.clone(), source })?;
            if count == 0 {
                break;
            }
            if !is_zero(&buffer[..count]) {
                let sought = self.copy.seek(SeekFrom::Start(self.len));
                let written = sought.and_then(|_| self.copy.write_all(&buffer[..count]));
                written.map_err(|source| self.full(source))?;
            }
            let before = self.len;
            self.len += count as u64;
            if before >> 20 != self.len >> 20 {
                progress.report(ProgressEvent::Spooling { done: self.len, total: None });
            }
        }
        // Holes at the end are part of the copy.
        self.copy.set_len(self.len).map_err(|source| self.full(source))?;
        Ok(self.len - base)
    }

    pub(super) fn check_cancelled(&self, progress: &dyn Progress) -> Result<(), SourceError> {
        Cancelled::check(progress).map_err(|_| SourceError::Cancelled { file: self.what.clone() })
    }

    fn full(&self, source: io::Error) -> SourceError {
        SourceError::Spool { file: self.what.clone(), source }
    }

    /// What errors call it.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Reports changes that the engine lists by names that are not theirs.
    pub fn misnamed(&mut self, count: usize) {
        let message = format!(
            "{count} removed files have names that are not UTF-8, which the engine does not say: they are still shown"
        );
        self.gap(FindingKind::Unreadable, None, message);
    }

    /// Names where something else is mounted. The engine makes these places, so they are left out.
    pub fn mounted(&mut self, volumes: Vec<String>) {
        self.mount_points = volumes.iter().map(|volume| EntryPath::normalise(volume.as_bytes()).path).collect();
        self.volumes = Some(volumes);
    }

    /// The layer.
    #[must_use]
    pub fn finish(mut self) -> ContainerLayer {
        if self.unnameable > 0 {
            let count = self.unnameable;
            let message =
                format!("{count} files are named or made like whiteouts, which no layer can store: they are left out");
            self.gap(FindingKind::BadWhiteout, None, message);
        }
        self.entries.tar_bytes = self.len;
        self.entries.shrink();
        let blob = Blob::of_file(Arc::new(Watched::private(self.copy)), 0, self.len);
        ContainerLayer { blob, entries: Arc::new(self.entries), volumes: self.volumes }
    }
}

fn joined(below: &[u8], name: &[u8]) -> EntryPath {
    EntryPath::normalise(&[below, b"/", name].concat()).path
}
