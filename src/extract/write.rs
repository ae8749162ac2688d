//! Carries out the plan, one path after another.

use std::io::{self, Read, Seek, SeekFrom, Write};

use cap_std::fs::File;

use crate::image::{Contents, EntryKind, Progress, ProgressEvent, read_some};
use crate::union::{Union, VersionId, VersionRef};

use super::destination::{DestinationPath, cannot_link, host_name, unwritable};
use super::folders::Folders;
use super::plan::{PlanItem, allowance};
use super::{ExtractError, ExtractOptions, Extracted, WhyNot};

const BUFFER: usize = 128 * 1024;

/// Why a path is not there.
enum WriteFault {
    /// The others can be made all the same.
    LeftOut(WhyNot),
    /// Nothing more can be done.
    Over(ExtractError),
}

impl From<WhyNot> for WriteFault {
    fn from(why: WhyNot) -> Self {
        Self::LeftOut(why)
    }
}

pub(super) struct FileWriter<'a> {
    union: &'a Union,
    contents: &'a dyn Contents,
    folders: Folders<'a>,
    options: ExtractOptions,
    progress: &'a dyn Progress,
    /// Bytes that may still be written.
    left: u64,
    /// The last file, for its other names: where it is, or why it is nowhere.
    last: Option<(VersionId, Result<DestinationPath<'a>, WhyNot>)>,
    buffer: Vec<u8>,
    done: Extracted,
}

impl<'a> FileWriter<'a> {
    pub(super) fn new(
        union: &'a Union,
        contents: &'a dyn Contents,
        folders: Folders<'a>,
        options: ExtractOptions,
        progress: &'a dyn Progress,
    ) -> Self {
        let (buffer, done) = (vec![0; BUFFER], Extracted::default());
        Self { union, contents, folders, options, progress, left: 0, last: None, buffer, done }
    }

    pub(super) fn write(mut self, plan: Vec<PlanItem>) -> Result<Extracted, ExtractError> {
        self.left = if self.options.force { u64::MAX } else { allowance(self.union, self.contents, &plan) };
        for item in plan {
            let version = self.union.version(item.version);
            match self.item(version, item) {
                Ok(()) => {}
                Err(WriteFault::LeftOut(why @ WhyNot::Kind(_))) => self.done.skipped.add(|| version.path(), why),
                Err(WriteFault::LeftOut(why)) => self.done.failed.add(|| version.path(), why),
                Err(WriteFault::Over(error)) => return Err(error),
            }
        }
        self.done.folders = self.folders.made;
        Ok(self.done)
    }

    fn item(&mut self, version: VersionRef<'a>, item: PlanItem) -> Result<(), WriteFault> {
        let kind = version.inode().kind();
        match kind {
            EntryKind::Dir => return self.folders.folder(item.node).map(drop).map_err(WriteFault::from),
            EntryKind::HardLink => return Err(WhyNot::LinkToNothing.into()),
            EntryKind::File | EntryKind::Symlink => {}
            other => return Err(WhyNot::Kind(other.name()).into()),
        }
        let name = host_name(self.union.name(item.node)).ok_or(WhyNot::Name)?;
        let destination = DestinationPath { folder: self.folders.above(item.node)?, name };
        if kind == EntryKind::Symlink { self.symlink(version, &destination) } else { self.file(version, destination) }
    }

    #[cfg(unix)]
    fn symlink(&mut self, version: VersionRef<'_>, destination: &DestinationPath<'_>) -> Result<(), WriteFault> {
        let target = version.inode_entry().map_or(&b""[..], crate::image::EntryRef::link_target);
        let target = super::destination::host_target(target).ok_or(WhyNot::Target)?;
        destination.clear(self.options.overwrite)?;
        destination.folder.symlink_contents(target, destination.name).map_err(|error| refused(version, error))?;
        self.done.links += 1;
        Ok(())
    }

    #[cfg(not(unix))]
    fn symlink(&mut self, _: VersionRef<'_>, _: &DestinationPath<'_>) -> Result<(), WriteFault> {
        Err(WhyNot::Kind("symlink").into())
    }

    fn file(&mut self, version: VersionRef<'a>, destination: DestinationPath<'a>) -> Result<(), WriteFault> {
        destination.check(self.options.overwrite)?;
        let inode = version.inode();
        match self.last.take().filter(|(last, _)| *last == inode.id()) {
            Some((id, Ok(first))) => {
                destination.clear(self.options.overwrite)?;
                match destination.link(&first) {
                    Ok(()) => {
                        self.done.files += 1;
                        self.last = Some((id, Ok(first)));
                        return Ok(());
                    }
                    // A copy, which the next names link to.
                    Err(error) if cannot_link(&error) => {}
                    Err(error) => {
                        self.last = Some((id, Ok(first)));
                        return Err(refused(version, error));
                    }
                }
            }
            Some((id, Err(why))) => {
                self.last = Some((id, Err(why.clone())));
                return Err(why.into());
            }
            None => {}
        }
        let begun = self.done.bytes;
        match self.content(version, &destination) {
            Ok(()) => {
                self.last = Some((inode.id(), Ok(destination)));
                self.done.files += 1;
                Ok(())
            }
            Err(WriteFault::LeftOut(why)) => {
                self.done.bytes = begun;
                // What has to do with the bytes is as true of the other names.
                if matches!(why, WhyNot::TooLarge | WhyNot::Unreadable(_)) {
                    self.last = Some((inode.id(), Err(why.clone())));
                }
                Err(why.into())
            }
            over => over,
        }
    }

    /// Writes a file and puts it in its place.
    fn content(&mut self, version: VersionRef<'_>, destination: &DestinationPath<'_>) -> Result<(), WriteFault> {
        let inode = version.inode();
        let Some(entry) = inode.entry() else { return Err(WhyNot::LinkToNothing.into()) };
        let left = self.left.checked_sub(entry.size()).ok_or(WhyNot::TooLarge)?;
        let unreadable = |error: &dyn std::error::Error| WhyNot::Unreadable(last_cause(error));
        let mut stored = self.contents.open_stored(inode.layer(), entry).map_err(|error| unreadable(&error))?;
        let mut new = destination.begin(entry.mode()).map_err(|error| refused(version, error))?;
        let begun = self.done.bytes;
        match entry.sparse_map() {
            None => self.copy(version, &mut *stored, entry.size(), &mut new.file)?,
            Some(map) => {
                for &(offset, len) in map.iter().filter(|(_, len)| *len > 0) {
                    new.file.seek(SeekFrom::Start(offset)).map_err(|error| refused(version, error))?;
                    self.done.bytes = begun.saturating_add(offset);
                    self.copy(version, &mut *stored, len, &mut new.file)?;
                }
                new.file.set_len(entry.size()).map_err(|error| refused(version, error))?;
                self.done.bytes = begun.saturating_add(entry.size());
            }
        }
        new.finish(destination, self.options.overwrite)?;
        self.left = left;
        Ok(())
    }

    /// Copies exactly this many bytes.
    fn copy(
        &mut self,
        version: VersionRef<'_>,
        from: &mut dyn Read,
        len: u64,
        to: &mut File,
    ) -> Result<(), WriteFault> {
        let mut left = len;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let count = match read_some(from, &mut self.buffer[..want]) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                read => read,
            };
            let count = count.map_err(|error| WhyNot::Unreadable(last_cause(&error)))?;
            to.write_all(&self.buffer[..count]).map_err(|error| refused(version, error))?;
            left -= count as u64;
            self.done.bytes = self.done.bytes.saturating_add(count as u64);
            self.progress.report(ProgressEvent::Extracting { done: self.done.bytes });
            if self.progress.cancelled() {
                return Err(WriteFault::Over(ExtractError::Stopped));
            }
        }
        Ok(())
    }
}

/// A full disk is full for all, everything else is about one path.
fn refused(version: VersionRef<'_>, error: io::Error) -> WriteFault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let path = version.path().as_bytes().escape_ascii().to_string();
            WriteFault::Over(ExtractError::NoRoom { path, source: error })
        }
        _ => WriteFault::LeftOut(unwritable(&error)),
    }
}

/// The root cause of an error.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
