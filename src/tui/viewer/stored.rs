//! The bytes of one version, read on other threads than the one that draws.

use std::io::{self, Read};
use std::sync::Arc;

use super::content_format::ContentFormat;
use super::diff::Diff;
use super::rows::Window;
use crate::format::error_chain;
use crate::image::{Cancel, CancelOnDrop, Contents, EntryKind, Listing, read_some};
use crate::tui::model::Model;
use crate::tui::work::{Job, JobResult, ResultSink};
use crate::union::{Union, VersionId};

/// Bytes read at once.
const BUFFER: usize = 128 << 10;
/// Bytes between two progress reports.
const STEP: u64 = 8 << 20;

/// A version that has bytes, and access to them.
#[derive(Clone)]
pub(super) struct Stored {
    contents: Arc<dyn Contents>,
    union: Arc<Union>,
    version: VersionId,
}

impl Stored {
    /// `None` for anything but a file, or while nothing can be read.
    pub fn new(model: &Model, version: VersionId) -> Option<Self> {
        let (contents, union) = (Arc::clone(model.contents.as_ref()?), Arc::clone(model.union.as_ref()?));
        let file = union.version(version).inode_entry().is_some_and(|entry| entry.kind() == EntryKind::File);
        file.then_some(Self { contents, union, version })
    }

    pub fn size(&self) -> u64 {
        self.union.version(self.version).size()
    }

    /// Passes on the bytes from an offset on, until `sink` has enough or the request is cancelled.
    pub fn stream(
        &self,
        from: u64,
        request: &mut ActiveRequest<'_>,
        sink: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), String> {
        let inode = self.union.version(self.version).inode();
        let Some(entry) = inode.entry() else { return Ok(()) };
        let opened = self.contents.open_near(inode.layer(), entry, from);
        let (mut at, mut reader) = opened.map_err(|error| error_chain(&error))?;
        let mut buffer = vec![0; BUFFER];
        let mut said = at;
        while !request.cancel.is_cancelled() {
            let read = read_some(&mut reader, &mut buffer);
            let count = read.map_err(|error| broken_off(at, self.size(), &error))?;
            if count == 0 {
                return Ok(());
            }
            let skip = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
            at += count as u64;
            if skip < count && !sink(&buffer[skip..count]) {
                return Ok(());
            }
            if at - said >= STEP {
                said = at;
                request.send(Update::Progress(at));
            }
        }
        Ok(())
    }

    /// Bytes from an offset on, up to a limit, and the error if there was one.
    pub fn bytes(&self, from: u64, at_most: usize, request: &mut ActiveRequest<'_>) -> (Vec<u8>, Result<(), String>) {
        let mut bytes = Vec::new();
        let read = self.stream(from, request, &mut |more| {
            let room = at_most - bytes.len();
            bytes.extend_from_slice(&more[..more.len().min(room)]);
            bytes.len() < at_most
        });
        (bytes, read)
    }

    /// The offset of the first byte that differs; `None` if both are the same.
    pub fn differs_from(&self, other: &Self, request: &mut ActiveRequest<'_>) -> Result<Option<u64>, String> {
        let (mut ours, mut theirs) = (self.reader()?, other.reader()?);
        let (mut one, mut two) = (Vec::with_capacity(BUFFER), Vec::with_capacity(BUFFER));
        let (mut at, mut said) = (0, 0);
        while !request.cancel.is_cancelled() {
            let mine = fill(&mut *ours, &mut one).map_err(|error| broken_off(at, self.size(), &error))?;
            let yours = fill(&mut *theirs, &mut two).map_err(|error| broken_off(at, other.size(), &error))?;
            if let Some(differs) = one.iter().zip(&two).position(|(one, two)| one != two) {
                return Ok(Some(at + differs as u64));
            }
            at += mine.min(yours) as u64;
            if mine != yours {
                return Ok(Some(at));
            }
            if mine == 0 {
                break;
            }
            if at - said >= STEP {
                said = at;
                request.send(Update::Progress(at));
            }
        }
        Ok(None)
    }

    fn reader(&self) -> Result<Box<dyn Read + Send + '_>, String> {
        let inode = self.union.version(self.version).inode();
        match inode.entry() {
            Some(entry) => self.contents.open(inode.layer(), entry).map_err(|error| error_chain(&error)),
            None => Ok(Box::new(io::empty())),
        }
    }

    /// The members of an archive.
    pub fn members(&self, at_most: usize, request: &ActiveRequest<'_>) -> Result<Option<Listing>, String> {
        let inode = self.union.version(self.version).inode();
        let Some(entry) = inode.entry() else { return Ok(None) };
        let members = self.contents.members(inode.layer(), entry, at_most, &request.cancel);
        members.map_err(|error| error_chain(&error))
    }
}

/// Fills the buffer as far as there are bytes.
fn fill(reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.clear();
    reader.take(BUFFER as u64).read_to_end(buffer)
}

fn broken_off(at: u64, size: u64, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return format!("the content ends after {at} of {size} bytes: the layer is truncated, or has changed");
    }
    format!("the content cannot be read after byte {at} of {size}: {error}")
}

/// The result of a request.
pub(super) enum Update {
    /// The number of bytes done.
    Progress(u64),
    Look(ContentFormat),
    Rows(Window),
    /// The number of the chunk, its bytes, and the error that ended it early.
    Chunk(u64, Vec<u8>, Option<String>),
    Diff(Diff),
    /// The error, in words.
    Failed(String),
}

/// An update, and the request it belongs to.
pub(super) struct TaggedUpdate {
    cancel: Cancel,
    pub update: Update,
}

/// A request, as seen by the thread that handles it.
pub(super) struct ActiveRequest<'a> {
    cancel: Cancel,
    tell: ResultSink<'a>,
}

impl ActiveRequest<'_> {
    pub fn send(&mut self, update: Update) {
        if !self.cancel.is_cancelled() {
            (self.tell)(JobResult::new(TaggedUpdate { cancel: self.cancel.clone(), update }));
        }
    }
}

/// A request, as seen by the one who waits for it; dropping it cancels the request.
pub(super) struct PendingRequest {
    cancel: CancelOnDrop,
    /// The number of bytes done.
    pub done: u64,
}

impl PendingRequest {
    pub fn matches(&self, update: &TaggedUpdate) -> bool {
        self.cancel.0.is_same(&update.cancel)
    }
}

/// Starts a request on another thread; errors are reported too.
pub(super) fn start_request(
    work: impl FnOnce(&mut ActiveRequest<'_>) -> Result<Update, String> + Send + 'static,
) -> (PendingRequest, Job) {
    let cancel = Cancel::default();
    let pending = PendingRequest { cancel: CancelOnDrop(cancel.clone()), done: 0 };
    let job = Job::background(move |tell| {
        let mut request = ActiveRequest { cancel, tell };
        let update = if request.cancel.is_cancelled() { return } else { work(&mut request) };
        request.send(update.unwrap_or_else(Update::Failed));
    });
    (pending, job)
}
