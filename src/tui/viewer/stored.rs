//! The bytes of one version, read on other threads than the one that draws.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::content_view::ContentFormat;
use super::diff::Diff;
use super::rows::Window;
use super::search::Found;
use super::{hex, text};
use crate::format::{error_chain, safe_str};
use crate::image::{Cancel, CancelOnDrop, Contents, EntryKind, FileChanged, Listing, read_some};
use crate::tui::model::Model;
use crate::tui::view::FILE_CHANGED;
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
        Self::in_image(Arc::clone(model.contents.as_ref()?), Arc::clone(model.union.as_ref()?), version)
    }

    /// The same of any image.
    pub fn in_image(contents: Arc<dyn Contents>, union: Arc<Union>, version: VersionId) -> Option<Self> {
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
        let (mut at, mut reader) = opened.map_err(|error| fault(&error))?;
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
            Some(entry) => self.contents.open(inode.layer(), entry).map_err(|error| fault(&error)),
            None => Ok(Box::new(io::empty())),
        }
    }

    /// Writes the whole content as escaped lines. What cannot be read is the last line.
    pub fn write_escaped(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rest = Vec::new();
        self.write_each(out, &mut |out, bytes| {
            rest.extend_from_slice(bytes);
            let mut from = 0;
            while let Some(end) = rest[from..].iter().position(|&byte| byte == b'\n') {
                writeln!(out, "{}", text::shown(&rest[from..from + end]))?;
                from += end + 1;
            }
            rest.drain(..from);
            if bytes.is_empty() || rest.len() > BUFFER {
                let cut = if bytes.is_empty() { rest.len() } else { between_characters(&rest) };
                match (bytes.is_empty(), cut) {
                    (_, 0) => {}
                    (true, _) => writeln!(out, "{}", text::shown(&rest))?,
                    (false, _) => write!(out, "{}", text::shown_whole(&rest[..cut]))?,
                }
                rest.drain(..cut);
            }
            Ok(())
        })
    }

    /// Writes the whole content as rows of sixteen bytes.
    pub fn write_hex(&self, out: &mut dyn Write) -> io::Result<()> {
        let (digits, mut at, mut rest) = (hex::digits(self.size()), 0, Vec::new());
        self.write_each(out, &mut |out, bytes| {
            rest.extend_from_slice(bytes);
            let whole = if bytes.is_empty() { rest.len() } else { rest.len() / 16 * 16 };
            for row in rest[..whole].chunks(16) {
                writeln!(out, "{}", hex::line(at, row, digits))?;
                at += row.len() as u64;
            }
            rest.drain(..whole);
            Ok(())
        })
    }

    /// Passes all bytes on, and none at their end.
    fn write_each(&self, out: &mut dyn Write, each: EachPiece<'_>) -> io::Result<()> {
        let mut written = Ok(());
        let mut ignored = |_| {};
        let mut request = ActiveRequest { cancel: Cancel::default(), tell: &mut ignored };
        let read = self.stream(0, &mut request, &mut |bytes| {
            written = each(&mut *out, bytes);
            written.is_ok()
        });
        written?;
        each(&mut *out, &[])?;
        match read {
            Ok(()) => Ok(()),
            Err(why) => writeln!(out, "layerscope: {}", safe_str(&why)),
        }
    }

    /// The members of an archive.
    pub fn members(&self, at_most: usize, request: &ActiveRequest<'_>) -> Result<Option<Listing>, String> {
        let inode = self.union.version(self.version).inode();
        let Some(entry) = inode.entry() else { return Ok(None) };
        let members = self.contents.members(inode.layer(), entry, at_most, &request.cancel);
        members.map_err(|error| fault(&error))
    }
}

/// Writes what is to be shown of a piece of a content.
type EachPiece<'a> = &'a mut dyn FnMut(&mut dyn Write, &[u8]) -> io::Result<()>;

/// The length without the last character, which may be incomplete, and without a carriage return before it.
fn between_characters(bytes: &[u8]) -> usize {
    let is_inside = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    let back = bytes.iter().rev().take(4).position(|&byte| !is_inside(byte) && byte != b'\r');
    bytes.len() - back.map_or(0, |back| back + 1)
}

/// Fills the buffer as far as there are bytes.
fn fill(reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.clear();
    reader.take(BUFFER as u64).read_to_end(buffer)
}

fn broken_off(at: u64, size: u64, error: &io::Error) -> String {
    if FileChanged::caused(error) {
        return fault(error);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return format!("the content ends after {at} of {size} bytes: the layer is truncated, or has changed");
    }
    format!("the content cannot be read after byte {at} of {size}: {error}")
}

/// Why a content cannot be read. What helps on the screen if its file has changed is said where it is shown.
fn fault(error: &(dyn std::error::Error + 'static)) -> String {
    if FileChanged::caused(error) { FILE_CHANGED.to_owned() } else { error_chain(error) }
}

/// The result of a request.
pub(super) enum Update {
    /// The number of bytes done.
    Progress(u64),
    Look(ContentFormat),
    /// Where the text is that was looked for.
    Found(Option<Found>),
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use super::super::diff;
    use super::{PendingRequest, Stored, TaggedUpdate, Update, start_request};
    use crate::image::{Contents, EntryRef, LayerNumber, ReadError};
    use crate::tui::model::Model;
    use crate::tui::work::ViewCache;
    use crate::union::testing::files;
    use crate::union::{Union, VersionId};

    const SIZE: u64 = 12 << 20;

    /// Zeros with a one at an offset; in the second layer, at another.
    struct Zeros([u64; 2]);

    impl Contents for Zeros {
        fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            let one = self.0[layer.index()];
            let zeros = |count| std::io::repeat(0).take(count);
            Ok(Box::new(zeros(one).chain(&b"\x01"[..]).chain(zeros(entry.size() - one - 1))))
        }

        fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
            Ok(0)
        }
    }

    /// The two versions of a file.
    fn versions(ones: [u64; 2]) -> (Model, Vec<VersionId>) {
        let layer = files(&[("f", SIZE)]);
        let union = Arc::new(Union::build(vec![Arc::clone(&layer), layer]));
        let node = union.children(union.root()).next().expect("a file");
        let versions = union.versions(node).collect();
        (Model { contents: Some(Arc::new(Zeros(ones))), union: Some(union), ..Model::default() }, versions)
    }

    fn difference(ones: [u64; 2]) -> (String, Vec<u64>) {
        let (model, versions) = versions(ones);
        let stored = |at: usize| Stored::new(&model, versions[at]).expect("a file");
        let (before, after) = (stored(0), stored(1));
        let (pending, job) = start_request(move |request| diff::compare(&before, &after, request));
        let (mut summary, mut progress) = (String::new(), Vec::new());
        ViewCache::default().run(job, &mut |result| {
            let Ok(update) = result.take::<TaggedUpdate>() else { return };
            assert!(pending.matches(&update));
            match update.update {
                Update::Progress(at) => progress.push(at),
                Update::Diff(diff) => summary = diff.summary,
                _ => {}
            }
        });
        (summary, progress)
    }

    #[test]
    fn long_contents_are_searched_for_their_first_difference() {
        let (summary, progress) = difference([SIZE - 5, SIZE - 4]);
        assert!(summary.contains(&format!("the first difference is at byte {}", SIZE - 5)), "{summary}");
        assert!(!progress.is_empty() && progress.is_sorted(), "{progress:?}");
        assert!(difference([7, 7]).0.starts_with("the same content"));
    }

    #[test]
    fn a_stream_begins_where_it_is_pending_to() {
        let (model, versions) = versions([SIZE / 2, 0]);
        let stored = Stored::new(&model, versions[0]).expect("a file");
        for (from, expected) in [(SIZE / 2 - 1, &[0, 1, 0][..]), (SIZE - 2, &[0, 0]), (SIZE, &[])] {
            let stored = stored.clone();
            let (_pending, job) = start_request(move |request| {
                let (bytes, read) = stored.bytes(from, 3, request);
                read.map(|()| Update::Chunk(from, bytes, None))
            });
            let mut came = None;
            ViewCache::default().run(job, &mut |result| {
                if let Ok(update) = result.take::<TaggedUpdate>()
                    && let Update::Chunk(_, bytes, _) = update.update
                {
                    came = Some(bytes);
                }
            });
            assert_eq!(came.as_deref(), Some(expected), "{from}");
        }
    }

    #[test]
    fn an_errand_that_nobody_waits_for_ends() {
        let (model, versions) = versions([0, 0]);
        let stored = Stored::new(&model, versions[0]).expect("a file");
        let held: Arc<std::sync::Mutex<Option<PendingRequest>>> = Arc::default();
        let (keeper, mut seen) = (Arc::clone(&held), 0_u64);
        let (pending, job) = start_request(move |request| {
            let read = stored.stream(0, request, &mut |bytes| {
                seen += bytes.len() as u64;
                // The one who waited goes away while the request is running.
                keeper.lock().expect("whole").take();
                true
            });
            assert!(seen < SIZE / 2, "it went on for {seen} bytes");
            read.map(|()| Update::Progress(seen))
        });
        *held.lock().expect("whole") = Some(pending);
        ViewCache::default().run(job, &mut |_| unreachable!("nobody listens any more"));
        let (pending, job) = start_request(|_| unreachable!("it was cancelled before it began"));
        drop(pending);
        ViewCache::default().run(job, &mut |_| unreachable!("nobody listens any more"));
    }
}
