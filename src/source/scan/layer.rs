//! Reading one layer: a plain tar from header to header, a compressed one as a stream whose contents are hashed while
//! they are read.

use std::io;
use std::sync::Arc;

use crate::image::{
    Cancelled, Compression, Entries, EntryKind, EntryPath, Finding, FindingKind, Full, LayerNumber, NewEntry, Progress,
    Xattr,
};
use crate::source::blob::Blob;
use crate::source::cache::{CacheSlot, HashingReader, RunningHash};
use crate::source::content::Identity;
use crate::source::split::{SplitInput, SplitLayer};
use crate::source::tar::{Doubt, Member, SeekableInput, StreamInput, TarError, TarInput, Walker};
use crate::source::unpack::{Checkpoint, CheckpointRecorder, Decompressor, Expanding, Expansion};

use super::meter::{Meter, Metered};

/// The limit on findings about entries: a layer that has more has millions.
const DOUBTS_MOST: usize = 1_000;

/// The memory that the entries of one layer may take, by [`Entries::weight`]: a blob of a few megabytes can contain any
/// number of headers, or of parent folders of one entry. Five million entries still fit.
const ROOM: u64 = 1_000_000_000;
/// The memory that the extended attributes and sparse maps of one layer may take: twice what a security label for each
/// of a million entries needs.
const EXTRAS_ROOM: u64 = 256 << 20;
/// Each limit grows with the stored size of the layer, so that a small layer cannot claim much.
fn room(room: u64, blob: &Blob) -> u64 {
    room.saturating_add(blob.packed_len())
}

/// The most that an empty tar is padded to: one record. More zeros and nothing else may be a file that was never written.
const RECORD: u64 = 10_240;

/// Reads a layer as far as possible, and records the checkpoints from which its files can be read. A cached layer is
/// not read.
pub(super) fn read(
    layer: LayerNumber,
    blob: &Blob,
    compression: Compression,
    recorder: CheckpointRecorder,
    place: Option<&CacheSlot<'_>>,
    expansion: &Expansion,
    progress: &dyn Progress,
) -> Entries {
    let meter = Meter { progress, layer, total: blob.known_len() };
    let from = |at: u64| Metered::new(blob.part(at, blob.len() - at), at, meter);
    if let Some(known) = place.and_then(|place| place.look_up(layer, from(0))) {
        return known;
    }
    let mut scan = LayerScan {
        entries: Entries::new(),
        layer,
        doubts: 0,
        compression,
        room: room(ROOM, blob),
        extras_room: room(EXTRAS_ROOM, blob),
        extras_lost: 0,
        shortened: 0,
    };
    if let Some(split) = blob.split() {
        scan.split(split, &|at| {
            meter.report(at);
            Cancelled::check(progress)
        });
    } else if compression == Compression::None {
        let mut walker = Walker::new(SeekableInput::new(blob));
        let go_on = |at| {
            meter.report(at);
            Cancelled::check(progress)
        };
        // What is known of an export later must not need its contents.
        let hashes = place.is_some_and(CacheSlot::is_verified);
        let ended = scan.tar(&mut walker, hashes, &go_on);
        scan.entries.tar_bytes = if ended.is_ok() { blob.len() } else { walker.position() };
        let has_end = walker.has_end_marker();
        // If the file has changed, that is the reason, not the tar.
        scan.end(blob.check().map_err(TarError::Read).and(ended));
        scan.report_end(has_end);
        if let Some(place) = place {
            place.keep_verified(&scan.entries);
        }
    } else if let Some(place) = place
        && !place.is_verified()
    {
        let mut running = RunningHash::default();
        scan.unpack(HashingReader::new(from(0), &mut running), blob.len(), recorder, expansion);
        place.keep(&scan.entries, running, from);
    } else {
        scan.unpack(from(0), blob.len(), recorder, expansion);
        if let Some(place) = place {
            place.keep_verified(&scan.entries);
        }
    }
    // If the cut is in the padding or after it, the tar itself does not show it.
    if blob.is_cut() && scan.entries.complete {
        scan.stop(
            FindingKind::Truncated,
            "this layer is shorter than its descriptor says: what is present is shown".to_owned(),
        );
    }
    scan.entries
}

struct LayerScan {
    entries: Entries,
    layer: LayerNumber,
    doubts: usize,
    compression: Compression,
    /// The limit on memory.
    room: u64,
    extras_room: u64,
    /// Entries whose attributes were left out.
    extras_lost: usize,
    /// Paths and link targets that were shortened.
    shortened: usize,
}

impl LayerScan {
    /// Reads a layer from the store of an engine.
    fn split(&mut self, split: &Arc<SplitLayer>, go_on: &dyn Fn(u64) -> io::Result<()>) {
        let input = match SplitInput::new(split) {
            Ok(input) => input,
            Err(error) => return self.end(Err(TarError::Read(error))),
        };
        let mut walker = Walker::new(input);
        let ended = self.tar(&mut walker, false, go_on);
        self.entries.tar_bytes = walker.position();
        let has_end = walker.has_end_marker();
        self.end(split.check().map_err(TarError::Read).and(ended));
        self.report_end(has_end);
        if self.entries.complete && walker.position() != split.len() {
            self.stop(
                FindingKind::Truncated,
                "the record of this layer in the store is not complete: what it has is shown".to_owned(),
            );
        }
    }

    /// Reads a compressed blob.
    fn unpack(&mut self, packed: impl io::Read, len: u64, recorder: CheckpointRecorder, expansion: &Expansion) {
        match Decompressor::resume(packed, self.compression, &Checkpoint::default(), Some(recorder)) {
            Ok(decompressor) => self.stream(expansion.bounded(decompressor, len)),
            Err(error) => self.end(Err(TarError::Read(error))),
        }
    }

    /// Reads a stream to its very end: what pads the tar belongs to it.
    fn stream<R: io::Read>(&mut self, decompressor: Expanding<Decompressor<R>>) {
        let mut walker = Walker::new(StreamInput::new(decompressor));
        let ended = self.tar(&mut walker, true, &|_| Ok(()));
        self.entries.tar_bytes = walker.position();
        let has_end = walker.has_end_marker();
        self.end(ended);
        self.report_end(has_end);
        if walker.input_mut().inner().inner().has_trailing_data() {
            self.entries.findings.push(Finding::of_layer(
                FindingKind::TrailingData,
                self.layer,
                format!("bytes after the end of the {} stream, which were ignored", self.compression.name()),
            ));
        }
    }

    /// Reads every entry of a tar and checks what follows the last; `go_on` is called with the position now and then.
    fn tar<I: TarInput>(
        &mut self,
        walker: &mut Walker<I>,
        hashes: bool,
        go_on: &dyn Fn(u64) -> io::Result<()>,
    ) -> Result<(), TarError> {
        let ended = self.walk(walker, hashes, go_on);
        self.report_globals(walker.global_headers(), walker.malformed_globals());
        self.report_left_out();
        if ended? { self.after_the_end(walker, go_on) } else { Ok(()) }
    }

    /// What follows the last entry: an end-of-archive marker, and then nothing but zeros.
    fn after_the_end<I: TarInput>(
        &mut self,
        walker: &mut Walker<I>,
        go_on: &dyn Fn(u64) -> io::Result<()>,
    ) -> Result<(), TarError> {
        let rest = walker.rest(go_on)?;
        let (kind, message) = if rest.bytes > 0 {
            let what = if rest.is_stargz_contents { " (an eStargz table of contents, it seems)" } else { "" };
            let message = format!(
                "{} bytes after the end-of-archive marker of the tar{what}, which are not shown here or in a \
                 container: anyone who can pull the image can read them",
                rest.bytes
            );
            (FindingKind::TrailingData, message)
        } else if self.entries.is_empty() && walker.position() > RECORD {
            // Engines read it as the layer without files, and the diff ID covers it: nothing is missing.
            let message = format!("{} bytes of zeros and no entry: an empty layer for engines", walker.position());
            (FindingKind::OnlyZeros, message)
        } else {
            return Ok(());
        };
        self.entries.findings.push(Finding::of_layer(kind, self.layer, message));
        Ok(())
    }

    /// Reads every entry; returns whether the layer is complete.
    fn walk<I: TarInput>(
        &mut self,
        walker: &mut Walker<I>,
        hashes: bool,
        go_on: &dyn Fn(u64) -> io::Result<()>,
    ) -> Result<bool, TarError> {
        let mut member = Member::default();
        while walker.next(&mut member)? {
            if self.entries.len().is_multiple_of(1024) {
                go_on(walker.position())?;
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
            // A size that the tar does not back up would make the accounts wrong.
            member.stored = stored.min(there);
            if !self.push(&mut member, (hashes && is_file && fault.is_none()).then_some(identity)) {
                return Ok(false);
            }
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        Ok(true)
    }

    /// Stores an entry; returns whether there was room.
    fn push(&mut self, member: &mut Member, identity: Option<Identity>) -> bool {
        self.doubt(member);
        if member.contiguous {
            let message = "entry type `7`: read as the regular file it is; engines refuse the layer".to_owned();
            self.report(FindingKind::UnknownType, member, message);
        }
        let is_link = matches!(member.kind, EntryKind::Symlink | EntryKind::HardLink);
        let hash = identity.map(|identity| identity.finish(member.sparse.as_deref()));
        self.make_room(member);
        if self.entries.weight() > self.room {
            self.stop(FindingKind::TooMuch, format!("{Full}: what comes before is shown"));
            return false;
        }
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
                self.stop(FindingKind::TooMuch, format!("{full}: what comes before is shown"));
                return false;
            }
        }
        true
    }

    /// Leaves out attributes and maps that there is no room for.
    fn make_room(&mut self, member: &mut Member) {
        let parts = member.sparse.as_deref().map_or(0, |map| size_of_val(map) as u64);
        let taken = member.xattrs.iter().map(weight).sum::<u64>() + parts;
        if let Some(left) = self.extras_room.checked_sub(taken) {
            self.extras_room = left;
            return;
        }
        self.extras_lost += 1;
        self.entries.complete = false;
        member.xattrs.clear();
        if member.sparse.take().is_some() {
            member.size = member.stored;
        }
    }

    fn report_left_out(&mut self) {
        if self.shortened > 0 {
            let message = format!("{} paths or link targets are too long and were shortened", self.shortened);
            self.entries.findings.push(Finding::of_layer(FindingKind::TooMuch, self.layer, message).gap());
        }
        if self.extras_lost > 0 {
            let message = format!(
                "too many extended attributes and sparse maps: those of {} entries were left out",
                self.extras_lost
            );
            self.entries.findings.push(Finding::of_layer(FindingKind::TooMuch, self.layer, message).gap());
        }
    }

    fn doubt(&mut self, member: &Member) {
        for doubt in member.doubts.iter() {
            let mut kind = FindingKind::BadEntry;
            if matches!(doubt, Doubt::LongPath | Doubt::LongTarget) {
                // A rule about paths cannot be checked against one that is not there as a whole.
                self.entries.complete = false;
                self.shortened += 1;
                kind = FindingKind::TooMuch;
            }
            self.report(kind, member, format!("this entry has {}", doubt.text()));
        }
    }

    fn report(&mut self, kind: FindingKind, member: &Member, message: String) {
        self.doubts += 1;
        if self.doubts <= DOUBTS_MOST {
            let path = EntryPath::normalise(&member.name).path;
            self.entries.findings.push(Finding::of_path(kind, self.layer, path, message));
        } else if self.doubts == DOUBTS_MOST + 1 {
            let message = format!("more than {DOUBTS_MOST} malformed headers: the others are not listed");
            self.entries.findings.push(Finding::of_layer(FindingKind::TooMuch, self.layer, message));
        }
    }

    fn report_globals(&mut self, count: usize, malformed: usize) {
        if malformed > 0 {
            self.entries.findings.push(Finding::of_layer(
                FindingKind::BadEntry,
                self.layer,
                format!("{malformed} malformed global extended header(s), for which engines refuse the layer"),
            ));
        }
        if count > 0 {
            self.entries.findings.push(Finding::of_layer(
                FindingKind::GlobalHeader,
                self.layer,
                format!(
                    "{count} global extended header(s): ignored, as in Docker; containerd and podman create a folder \
                     for each, umoci refuses the layer"
                ),
            ));
        }
    }

    /// Without a mark, nobody can say whether whole members were cut off behind the last.
    fn report_end(&mut self, has_end: bool) {
        if !has_end && self.entries.complete && self.entries.tar_bytes > 0 {
            let message = "this layer's tar has no end-of-archive marker, but its last member is complete".to_owned();
            self.entries.findings.push(Finding::of_layer(FindingKind::NoEndMarker, self.layer, message));
        }
    }

    fn end(&mut self, ended: Result<(), TarError>) {
        let (kind, message) = match ended {
            Ok(()) => return,
            Err(TarError::Read(error)) if Cancelled::is(&error) => {
                self.entries.complete = false;
                return;
            }
            Err(TarError::Read(error)) if self.compression != Compression::None => {
                let kind = if error.kind() == io::ErrorKind::UnexpectedEof {
                    FindingKind::Truncated
                } else {
                    FindingKind::BadTar
                };
                let (name, at) = (self.compression.name(), self.entries.tar_bytes);
                (kind, format!("the {name} stream ends early, after {at} bytes of the tar ({error})"))
            }
            Err(TarError::Read(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let message = "the archive ends inside this layer: the file became shorter, or is still being written";
                (FindingKind::Truncated, message.to_owned())
            }
            Err(fault @ TarError::Read(_)) => {
                (FindingKind::BlobUnreadable, format!("the rest of the blob cannot be read ({fault})"))
            }
            Err(fault @ TarError::Truncated { .. }) => (FindingKind::Truncated, fault.to_string()),
            Err(fault @ TarError::Broken { .. }) => (FindingKind::BadTar, fault.to_string()),
        };
        self.stop(kind, format!("{message}: what comes before is shown"));
    }

    fn stop(&mut self, kind: FindingKind, message: String) {
        self.entries.complete = false;
        self.entries.findings.push(Finding::of_layer(kind, self.layer, message).gap());
    }
}

/// Memory that an attribute takes: two allocations beside its bytes.
fn weight((name, value): &Xattr) -> u64 {
    const ALLOCATION: usize = 16;
    (size_of::<Xattr>() + 2 * ALLOCATION + name.len() + value.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tar::tests::build::Tar;

    /// Reads a tar with so much room for entries and for extras.
    fn read_within(tar: Tar, room: u64, extras_room: u64) -> Entries {
        let blob = Blob::of_memory(tar.end().0);
        let (layer, compression) = (LayerNumber::FIRST, Compression::None);
        let mut scan = LayerScan {
            entries: Entries::new(),
            layer,
            doubts: 0,
            compression,
            room,
            extras_room,
            extras_lost: 0,
            shortened: 0,
        };
        let ended = scan.tar(&mut Walker::new(SeekableInput::new(&blob)), false, &|_| Ok(()));
        scan.end(ended);
        scan.entries
    }

    #[test]
    fn a_layer_takes_only_so_much_memory() {
        let deep = "d/".repeat(2_000);
        let mut tar = Tar::default();
        for number in 0..20 {
            tar = tar.pax(&[("path", format!("{number}/{deep}f").as_bytes())]).file("short", b"");
        }
        let whole = read_within(tar.clone(), u64::MAX, 0);
        assert!((20 * 2_000 * 100..20 * 2_000 * 200).contains(&whole.weight()), "{}", whole.weight());
        let some = read_within(tar, whole.weight() / 2, 0);
        assert!((10..13).contains(&some.len()), "{}", some.len());
        assert!(!some.complete && some.findings[0].kind == FindingKind::TooMuch);
    }

    #[test]
    fn attributes_beyond_the_room_of_a_layer_are_left_out() {
        let value = [b'x'; 100];
        let mut tar = Tar::default();
        for number in 0..10 {
            tar = tar.pax(&[("SCHILY.xattr.user.a", &value)]).file(&format!("f{number}"), b"");
        }
        let entries = read_within(tar, u64::MAX, 1_000);
        let kept = entries.iter().filter(|entry| !entry.xattrs().is_empty()).count();
        assert_eq!((entries.len(), kept, entries.complete), (10, 5, false));
        assert_eq!(entries.findings.len(), 1, "{:?}", entries.findings);
        assert!(entries.findings[0].message.ends_with("those of 5 entries were left out"));
    }
}
