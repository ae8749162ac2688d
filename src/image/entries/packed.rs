//! A layer's entries in serialised form, so that a layer need not be read twice.
//!
//! What only serves building is left out, and so is the number of the layer, which belongs to an image and not to a
//! blob. Nothing that is read back is trusted: every position in it is checked, so that nothing can go wrong later.

use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};

use crate::image::{EntryPath, Finding, FindingKind, LayerNumber};

use super::{Dir, Entries, Extra, RawEntry};

/// What is serialised, borrowed from the layer.
#[derive(Serialize)]
struct BorrowedEntries<'a> {
    #[serde(with = "bytes")]
    names: &'a [u8],
    raws: &'a [RawEntry],
    extras: &'a [Extra],
    dirs: &'a [Dir],
    hashes: &'a [u128],
    tar_bytes: u64,
    findings: Vec<(FindingKind, Option<&'a [u8]>, &'a str)>,
}

/// What was deserialised, in the order of [`BorrowedEntries`], and not yet checked.
#[derive(Deserialize)]
pub(crate) struct Packed {
    #[serde(with = "bytes")]
    names: Vec<u8>,
    raws: Vec<RawEntry>,
    extras: Vec<Extra>,
    dirs: Vec<Dir>,
    hashes: Vec<u128>,
    tar_bytes: u64,
    findings: Vec<(FindingKind, Option<Vec<u8>>, String)>,
}

impl Entries {
    /// The serialised form of a layer that was read completely.
    pub(crate) fn packed(&self) -> impl Serialize + '_ {
        BorrowedEntries {
            names: &self.names,
            raws: &self.raws,
            extras: &self.extras,
            dirs: &self.dirs,
            hashes: &self.hashes,
            tar_bytes: self.tar_bytes,
            findings: self.findings.iter().map(without_layer).collect(),
        }
    }

    /// A deserialised layer, complete, with findings for a layer of this number; `None` if no layer could have been
    /// serialised like this.
    pub(crate) fn of_packed(packed: Packed, layer: LayerNumber) -> Option<Self> {
        let Packed { names, raws, extras, dirs, hashes, tar_bytes, findings } = packed;
        let findings = findings.into_iter().map(|(kind, path, message)| {
            let path = match path {
                None => None,
                Some(bytes) => {
                    Some(EntryPath::normalise(&bytes).path).filter(|path| path.as_bytes() == bytes).map(Some)?
                }
            };
            Some(Finding { kind, layer: Some(layer), path, message, is_gap: false })
        });
        let findings = findings.collect::<Option<Vec<_>>>()?;
        let entries = Self {
            raws,
            names,
            extras,
            dirs,
            dir_table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last_dir: (Vec::new(), 0),
            hashes,
            findings,
            complete: true,
            tar_bytes,
        };
        entries.is_sound().then_some(entries)
    }

    /// Whether every position is valid, and every name is one that [`Entries::push`] would have made.
    fn is_sound(&self) -> bool {
        let has_name = |at: u32, len: usize| {
            let name = self.names.get(at as usize..).and_then(|names| names.get(..len));
            name.is_some_and(|name| !name.is_empty() && !name.contains(&b'/') && name != b"." && name != b"..")
        };
        let dir = |(index, dir): (usize, &Dir)| {
            if index == 0 {
                return dir.parent == 0 && dir.name_at == 0 && dir.name_len == 0;
            }
            (dir.parent as usize) < index && has_name(dir.name_at, dir.name_len.into())
        };
        let raw = |raw: &RawEntry| {
            let end = raw.name_at as usize + usize::from(raw.name_len) + usize::from(raw.link_len);
            let is_root = raw.name_len == 0 && raw.dir == 0;
            end <= self.names.len()
                && (is_root || has_name(raw.name_at, raw.name_len.into()))
                && (raw.dir == 0 || (raw.dir as usize) < self.dirs.len())
                && raw.extra as usize <= self.extras.len()
                && raw.mode <= 0o7777
        };
        let extra = |extra: &Extra| {
            let parts = extra.sparse.as_deref().unwrap_or_default();
            extra.nanoseconds < 1_000_000_000 && parts.iter().all(|(offset, len)| offset.checked_add(*len).is_some())
        };
        let few = |count: usize| u32::try_from(count).is_ok_and(|count| count < u32::MAX);
        few(self.raws.len())
            && few(self.dirs.len())
            && few(self.names.len())
            && (self.hashes.is_empty() || self.hashes.len() == self.raws.len())
            && self.dirs.iter().enumerate().all(dir)
            && self.raws.iter().all(raw)
            && self.extras.iter().all(extra)
    }
}

fn without_layer(finding: &Finding) -> (FindingKind, Option<&[u8]>, &str) {
    (finding.kind, finding.path.as_ref().map(EntryPath::as_bytes), &finding.message)
}

/// Bytes in one piece: byte by byte they would take as long as everything else.
mod bytes {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct BytesVisitor;

        impl Visitor<'_> for BytesVisitor {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }

        from.deserialize_bytes(BytesVisitor)
    }
}
