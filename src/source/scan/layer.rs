//! Reading one layer: a plain tar from header to header, a compressed one as a stream whose contents are hashed in passing.

use std::io;

use crate::image::{Compression, Entries, EntryKind, EntryPath, Finding, FindingKind, LayerNumber, NewEntry};
use crate::source::blob::Blob;
use crate::source::content::Identity;
use crate::source::kept::{Hashed, Passed, Place};
use crate::source::progress::Progress;
use crate::source::spool::is_cancelled;
use crate::source::tar::{Fault, Input, Member, Sought, Streamed, Walker};
use crate::source::unpack::{Gather, Point, Unpacked};

use super::meter::{Meter, Metered};

/// Doubts about entries beyond so many are not told: a layer that has them has millions.
const DOUBTS_MOST: usize = 1_000;

/// Reads a layer as far as it goes, and gathers the points from which its files can be read back. Where it was read
/// before, what was kept of it comes instead.
pub(super) fn read(
    layer: LayerNumber,
    (blob, compression): (&Blob, Compression),
    (gather, place): (Gather, Option<Place<'_>>),
    progress: &dyn Progress,
) -> Entries {
    let meter = Meter { progress, layer, total: blob.len() };
    let from = |at: u64| Metered::new(blob.part(at, blob.len() - at), at, meter);
    if let Some(known) = place.as_ref().and_then(|place| place.look_up(layer, from(0))) {
        return known;
    }
    let mut reading = Reading { entries: Entries::new(), layer, doubts: 0, compression };
    if compression == Compression::None {
        let mut walker = Walker::new(Sought::new(blob));
        let ended = reading.walk(&mut walker, false, &|at| {
            meter.tell(at);
            !progress.cancelled()
        });
        reading.entries.tar_bytes = if ended.is_ok() { blob.len() } else { walker.position() };
        reading.tell_globals(walker.global_headers());
        let has_end = walker.has_end_marker();
        reading.end(ended);
        reading.tell_end(has_end);
        if let Err(error) = blob.check() {
            reading.stop(FindingKind::BlobUnreadable, format!("the blob cannot be read ({error})"));
        }
    } else if let Some(place) = place {
        let mut passed = Passed::default();
        reading.unpack(Hashed::new(from(0), &mut passed), gather);
        place.keep(&reading.entries, passed, from);
    } else {
        reading.unpack(from(0), gather);
    }
    // Where the cut is in the padding or behind it, the tar itself does not show it.
    if blob.is_cut() && reading.entries.complete {
        reading.stop(FindingKind::Truncated, "this layer is shorter than promised: what is there is shown".to_owned());
    }
    reading.entries
}

struct Reading {
    entries: Entries,
    layer: LayerNumber,
    doubts: usize,
    compression: Compression,
}

impl Reading {
    /// Reads a compressed blob.
    fn unpack(&mut self, packed: impl io::Read, gather: Gather) {
        match Unpacked::resume(packed, self.compression, &Point::default(), Some(gather)) {
            Ok(unpacked) => self.stream(unpacked),
            Err(error) => self.end(Err(Fault::Read(error))),
        }
    }

    /// Reads a stream to its very end: what pads the tar belongs to it.
    fn stream<R: io::Read>(&mut self, unpacked: Unpacked<R>) {
        let mut walker = Walker::new(Streamed::new(unpacked));
        let mut ended = self.walk(&mut walker, true, &|_| true);
        if ended.is_ok() && self.entries.complete {
            ended = walker.input_mut().skip(u64::MAX).map(|_| ()).map_err(Fault::Read);
        }
        self.entries.tar_bytes = walker.position();
        self.tell_globals(walker.global_headers());
        let has_end = walker.has_end_marker();
        self.end(ended);
        self.tell_end(has_end);
        if walker.input_mut().inner().has_trailing_data() {
            self.entries.findings.push(Finding::of_layer(
                FindingKind::TrailingData,
                self.layer,
                format!("bytes behind the end of the {} stream, which were ignored", self.compression.name()),
            ));
        }
    }

    /// Takes every entry of a tar; `go_on` hears of the place now and then.
    fn walk<I: Input>(
        &mut self,
        walker: &mut Walker<I>,
        hashes: bool,
        go_on: &dyn Fn(u64) -> bool,
    ) -> Result<(), Fault> {
        let mut member = Member::default();
        while walker.next(&mut member)? {
            if self.entries.len().is_multiple_of(1024) && !go_on(walker.position()) {
                return Err(Fault::Read(crate::source::spool::Cancelled::error()));
            }
            let mut identity = Identity::default();
            let stored = member.stored;
            let is_file = member.kind == EntryKind::File;
            let (there, fault) = if hashes && is_file {
                walker.content(Some(&mut |bytes| {
                    if bytes.len() as u64 == stored && member.sparse.is_none() {
                        identity.add_whole(bytes);
                    } else {
                        identity.add(bytes);
                    }
                }))
            } else {
                walker.content(None)
            };
            // A size that the tar does not bear out would make the accounts lie.
            member.stored = stored.min(there);
            if !self.push(&mut member, (hashes && is_file && fault.is_none()).then_some(identity)) {
                return Ok(());
            }
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Keeps an entry; says whether there was room.
    fn push(&mut self, member: &mut Member, identity: Option<Identity>) -> bool {
        self.doubt(member);
        if member.contiguous {
            let message = "entry type `7`: taken for the file it is; engines refuse the layer".to_owned();
            self.tell(FindingKind::UnknownType, member, message);
        }
        let is_link = matches!(member.kind, EntryKind::Symlink | EntryKind::HardLink);
        let hash = identity.map(|identity| identity.finish(member.sparse.as_deref()));
        let pushed = self.entries.push(NewEntry {
            name: &member.name,
            kind: member.kind,
            mode: member.mode,
            uid: member.uid,
            gid: member.gid,
            mtime: member.mtime,
            size: member.size,
            stored: member.stored,
            data_offset: member.data_offset,
            link_target: if is_link { &member.link } else { b"" },
            rdev: member.rdev,
            xattrs: std::mem::take(&mut member.xattrs),
            sparse: member.sparse.take(),
        });
        match (pushed, hash) {
            (Ok(index), Some(hash)) => self.entries.set_hash(index, hash),
            (Ok(_), None) => {}
            (Err(full), _) => {
                self.stop(FindingKind::TooMuch, format!("{full}: what came before is shown"));
                return false;
            }
        }
        true
    }

    fn doubt(&mut self, member: &Member) {
        for doubt in &member.doubts {
            self.tell(FindingKind::BadEntry, member, format!("this entry has {doubt}"));
        }
    }

    fn tell(&mut self, kind: FindingKind, member: &Member, message: String) {
        self.doubts += 1;
        if self.doubts <= DOUBTS_MOST {
            let path = EntryPath::normalise(&member.name).path;
            self.entries.findings.push(Finding::of_path(kind, self.layer, path, message));
        } else if self.doubts == DOUBTS_MOST + 1 {
            let message = format!("more than {DOUBTS_MOST} malformed headers: the others are not told one by one");
            self.entries.findings.push(Finding::of_layer(FindingKind::TooMuch, self.layer, message));
        }
    }

    fn tell_globals(&mut self, count: usize) {
        if count > 0 {
            self.entries.findings.push(Finding::of_layer(
                FindingKind::GlobalHeader,
                self.layer,
                format!(
                    "{count} global extended header(s): passed over, as by Docker; containerd and podman make a folder \
                     of each, umoci refuses the layer"
                ),
            ));
        }
    }

    /// Without a mark, nobody can say whether whole members were cut off behind the last.
    fn tell_end(&mut self, has_end: bool) {
        if !has_end && self.entries.complete && self.entries.tar_bytes > 0 {
            let message = "nothing marks the end of this layer's tar: its last member is whole".to_owned();
            self.entries.findings.push(Finding::of_layer(FindingKind::NoEndMarker, self.layer, message));
        }
    }

    fn end(&mut self, ended: Result<(), Fault>) {
        let (kind, message) = match ended {
            Ok(()) => return,
            Err(Fault::Read(error)) if is_cancelled(&error) => {
                self.entries.complete = false;
                return;
            }
            Err(Fault::Read(error)) if self.compression != Compression::None => {
                let kind = if error.kind() == io::ErrorKind::UnexpectedEof {
                    FindingKind::Truncated
                } else {
                    FindingKind::BadTar
                };
                let (name, at) = (self.compression.name(), self.entries.tar_bytes);
                (kind, format!("the {name} stream breaks off after {at} bytes of tar ({error})"))
            }
            Err(fault @ Fault::Read(_)) => {
                (FindingKind::BlobUnreadable, format!("the blob cannot be read on ({fault})"))
            }
            Err(fault @ Fault::Truncated { .. }) => (FindingKind::Truncated, fault.to_string()),
            Err(fault @ Fault::Broken { .. }) => (FindingKind::BadTar, fault.to_string()),
        };
        self.stop(kind, format!("{message}: what came before is shown"));
    }

    fn stop(&mut self, kind: FindingKind, message: String) {
        self.entries.complete = false;
        self.entries.findings.push(Finding::of_layer(kind, self.layer, message).gap());
    }
}
