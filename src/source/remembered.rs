//! An export whose layers are known from an earlier one. An engine exports an image as a whole or not at all, and some
//! take minutes for it, so it is asked only once the content of a file is read.
//!
//! ```text
//! export      header │ manifest │ header │ layer │ header │ layer │ end
//! remembered  ██████████████████████████           ████████         ███
//! ```
//!
//! What is remembered is the tar of the export without its layers: everything but the layers is read from it as from the
//! export itself, and leads to the same image. The listings of the layers are records of the layer cache. Both are used
//! only if their SHA-256 is the one that was computed when they were written, so that a name of a layer that nobody has
//! verified never leads to a record. In an export that is made later, a layer may be in another place: it is found by its
//! digest.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::image::{Compression, Digest, StartProgress};

use super::blob::Blob;
use super::digests::{MemberDigests, TarHasher};
use super::magic;
use super::spool::{self, Spooled};
use super::store::LARGE_DOCUMENT;
use super::watched::read_file_at;

/// The limit on what is remembered of one export: documents, and the headers of the tar.
const STORED_MOST: u64 = 32 << 20;

/// Begins another export; an error is a sentence.
pub type ExportAgain = Box<dyn Fn() -> Result<Box<dyn Read + Send>, String> + Send + Sync>;

/// What an engine is asked to export.
#[derive(Clone, Debug)]
pub struct ExportKey {
    /// The engine's digest of the image.
    pub id: Digest,
    /// Everything else that decides what the export contains, such as the platform.
    pub request: String,
}

/// A layer that is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MissingLayer {
    at: u64,
    len: u64,
    sha256: [u8; 32],
    compression: Compression,
}

/// An export without its layers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportRecord {
    len: u64,
    /// In the order of the export.
    layers: Vec<MissingLayer>,
    /// Everything else, without gaps.
    stored: Vec<u8>,
}

impl ExportRecord {
    /// Takes down an export. `None` if it has something that is neither a document nor a layer, or too much.
    pub(super) fn of_export(export: &Blob, digests: &MemberDigests) -> io::Result<Option<Self>> {
        let mut record = Self { len: export.len(), ..Self::default() };
        for (at, len, digest) in digests.iter() {
            let mut member = export.part(at, len);
            if len <= LARGE_DOCUMENT && is_text(&mut member)? {
                continue;
            }
            let mut head = Vec::new();
            export.part(at, len).take(magic::HEAD as u64).read_to_end(&mut head)?;
            let compression = Compression::detect(&head);
            let Some(sha256) = hash_of(digest) else { return Ok(None) };
            if compression == Compression::None && !magic::is_tar(&head) {
                return Ok(None);
            }
            record.layers.push(MissingLayer { at, len, sha256, compression });
        }
        let missing: u64 = record.layers.iter().map(|layer| layer.len).sum();
        if export.len().saturating_sub(missing) > STORED_MOST {
            return Ok(None);
        }
        let mut at = 0;
        let ends = record.layers.iter().map(|layer| (layer.at, layer.at + layer.len));
        for (begin, next) in ends.chain([(export.len(), export.len())]) {
            export.part(at, begin - at).read_to_end(&mut record.stored)?;
            at = next;
        }
        Ok(record.is_sound().then_some(record))
    }

    /// Whether the layers are in order, and the rest is there.
    pub(super) fn is_sound(&self) -> bool {
        let mut end = 0;
        let mut missing = 0_u64;
        for layer in &self.layers {
            let Some(next) = layer.at.checked_add(layer.len).filter(|&next| layer.at >= end && next <= self.len) else {
                return false;
            };
            missing += layer.len;
            end = next;
        }
        self.len - missing == self.stored.len() as u64
    }
}

/// Documents are text; a tar has zeros in every header, and compressed bytes are not UTF-8.
fn is_text(member: &mut impl Read) -> io::Result<bool> {
    let mut bytes = Vec::new();
    member.read_to_end(&mut bytes)?;
    Ok(!bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok())
}

fn hash_of(digest: &Digest) -> Option<[u8; 32]> {
    Digest::decode(digest.encoded()).filter(|_| digest.algorithm() == "sha256")?.try_into().ok()
}

/// An export that is made again when one of its layers is read.
pub(super) struct RememberedExport {
    record: ExportRecord,
    again: ExportAgain,
    progress: StartProgress,
    exported: OnceLock<Result<Exported, String>>,
}

/// The second export.
struct Exported {
    file: File,
    /// Where its members are, by their digests.
    members: HashMap<Digest, u64>,
}

impl fmt::Debug for RememberedExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RememberedExport").field("layers", &self.record.layers).finish_non_exhaustive()
    }
}

impl RememberedExport {
    pub(super) fn new(record: ExportRecord, again: ExportAgain, progress: StartProgress) -> Self {
        Self { record, again, progress, exported: OnceLock::new() }
    }

    /// Bytes of the whole export.
    pub(super) fn len(&self) -> u64 {
        self.record.len
    }

    /// Whether it was made again.
    pub(super) fn is_exported(&self) -> bool {
        matches!(self.exported.get(), Some(Ok(_)))
    }

    /// The digests of its layers.
    pub(super) fn digests(&self) -> MemberDigests {
        let layers = self.record.layers.iter();
        MemberDigests::new(layers.map(|layer| ((layer.at, layer.len), Digest::of_sha256(&layer.sha256))))
    }

    /// How a layer of it is compressed.
    pub(super) fn layer(&self, at: u64, len: u64) -> Option<Compression> {
        let layer = self.record.layers.iter().find(|layer| (layer.at, layer.len) == (at, len))?;
        Some(layer.compression)
    }

    /// Reads at an offset, as much as one call returns. An end where bytes were expected is an error.
    pub(super) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let layers = &self.record.layers;
        let next = layers.partition_point(|layer| layer.at <= at);
        if let Some(layer) = layers[..next].last().filter(|layer| at - layer.at < layer.len) {
            return self.read_layer(layer, buffer, at - layer.at);
        }
        let ends = layers.get(next).map_or(self.record.len, |layer| layer.at);
        let missing: u64 = layers[..next].iter().map(|layer| layer.len).sum();
        let from = usize::try_from(at - missing).ok().filter(|_| at < ends);
        let stored = from.and_then(|from| self.record.stored.get(from..)).unwrap_or_default();
        let count = stored.len().min(buffer.len()).min(usize::try_from(ends.saturating_sub(at)).unwrap_or(usize::MAX));
        if count == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer[..count].copy_from_slice(&stored[..count]);
        Ok(count)
    }

    fn read_layer(&self, layer: &MissingLayer, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let failed = |why: &str| io::Error::other(format!("the layer cache has no contents of files, and {why}"));
        let exported = self.exported.get_or_init(|| self.export()).as_ref().map_err(|why| failed(why))?;
        let Some(begin) = exported.members.get(&Digest::of_sha256(&layer.sha256)) else {
            return Err(failed("the engine exports other layers than before: open the image again with `--no-cache`"));
        };
        let left = usize::try_from(layer.len - at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        match read_file_at(&exported.file, &mut buffer[..count], begin + at)? {
            0 if count > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }

    fn export(&self) -> Result<Exported, String> {
        let progress = (self.progress)();
        let mut export = TarHasher::new((self.again)()?);
        let spooled = spool::spool(&mut export, None, "its export", &*progress);
        let Spooled { file, .. } = spooled.map_err(|error| match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        })?;
        let members = export.finish();
        let members = members.iter().map(|(at, _, digest)| (digest.clone(), at)).collect();
        Ok(Exported { file, members })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::image::Quiet;
    use crate::source::tar::tests::build::Tar;

    fn blob(bytes: &[u8]) -> (Blob, MemberDigests) {
        let mut hasher = TarHasher::new(bytes);
        hasher.read_to_end(&mut Vec::new()).expect("read");
        (Blob::of_memory(bytes.to_vec()), hasher.finish())
    }

    fn layer(content: &[u8]) -> Vec<u8> {
        Tar::default().file("f", content).end().0
    }

    fn read_all(export: &RememberedExport, from: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        let mut done = 0;
        while done < len {
            done += export.read_at(&mut bytes[done..], from + done as u64)?;
        }
        Ok(bytes)
    }

    #[test]
    fn everything_but_the_layers_is_read_without_an_export_and_a_layer_with_a_single_one() {
        let (one, two) = (layer(b"one"), layer(&vec![9; 70_000]));
        let export = Tar::default().file("a", &one).file("manifest.json", b"[{}]").file("b", &two).end().0;
        let moved = Tar::default().file("b", &two).file("new", b"{}").file("a", &one).end().0;
        let (whole, digests) = blob(&export);
        let record = ExportRecord::of_export(&whole, &digests).expect("read").expect("a record");
        assert_eq!((record.layers.len(), record.stored.len()), (2, export.len() - one.len() - two.len()));
        let exports = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&exports);
        let again: ExportAgain = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(io::Cursor::new(moved.clone())))
        });
        let remembered = RememberedExport::new(record.clone(), again, Arc::new(|| Box::new(Quiet)));
        let mut at = 0;
        for layer in &record.layers {
            let (begin, end) = (usize::try_from(layer.at).expect("small"), layer.at + layer.len);
            let stored = read_all(&remembered, at as u64, begin - at).expect("stored");
            assert_eq!(stored, export[at..begin]);
            at = usize::try_from(end).expect("small");
        }
        assert_eq!(exports.load(Ordering::Relaxed), 0);
        assert_eq!(read_all(&remembered, 0, export.len()).expect("exported"), export, "layers that were moved");
        assert_eq!(exports.load(Ordering::Relaxed), 1);
        assert!(read_all(&remembered, 1, export.len()).is_err(), "beyond its length");
    }

    #[test]
    fn an_export_that_fails_or_has_another_layer_is_an_error_each_time() {
        let (whole, digests) = blob(&Tar::default().file("a", &layer(b"one")).end().0);
        let record = ExportRecord::of_export(&whole, &digests).expect("read").expect("a record");
        let other = Tar::default().file("a", &layer(b"two")).end().0;
        let ways: [(ExportAgain, &str); 3] = [
            (Box::new(|| Err("Docker does not listen".to_owned())), "and Docker does not listen"),
            (Box::new(move || Ok(Box::new(io::Cursor::new(other.clone())))), "`--no-cache`"),
            (Box::new(|| Ok(Box::new(io::empty()))), "empty"),
        ];
        for (again, says) in ways {
            let remembered = RememberedExport::new(record.clone(), again, Arc::new(|| Box::new(Quiet)));
            for _ in 0..2 {
                let error = remembered.read_at(&mut [0; 10], record.layers[0].at).expect_err("no layer").to_string();
                assert!(error.contains(says), "{says}: {error}");
            }
        }
    }

    #[test]
    fn an_export_with_something_unknown_or_too_much_is_not_remembered() {
        let record = |tar: Tar| {
            let (whole, digests) = blob(&tar.end().0);
            ExportRecord::of_export(&whole, &digests).expect("read")
        };
        assert_eq!(record(Tar::default().file("odd", b"\x7fELF\0")), None);
        let text = vec![b' '; usize::try_from(LARGE_DOCUMENT).expect("small")];
        assert!(record(Tar::default().file("a", &text)).is_some());
        assert_eq!(record(Tar::default().file("a", &text).file("b", &text)), None);
    }

    #[test]
    fn a_record_whose_parts_do_not_fit_is_none() {
        let layer = |at, len| MissingLayer { at, len, sha256: [0; 32], compression: Compression::None };
        let record = |layers: &[MissingLayer], stored: usize| ExportRecord {
            len: 10,
            layers: layers.to_vec(),
            stored: vec![0; stored],
        };
        assert!(record(&[layer(2, 3), layer(5, 5)], 2).is_sound());
        for (layers, stored) in [
            (vec![layer(2, 3)], 6),
            (vec![layer(2, 3), layer(4, 1)], 6),
            (vec![layer(8, 3)], 7),
            (vec![layer(u64::MAX, 2)], 8),
            (vec![], 9),
        ] {
            assert!(!record(&layers, stored).is_sound(), "{layers:?}");
        }
    }
}
