//! What rules find in files, grouped by rule and place.

use std::collections::HashMap;
use std::sync::Arc;

use crate::image::EntryPath;
use crate::union::VersionId;

use super::{JunkHit, JunkPlace, JunkRule};

/// The limit on paths reported per hit.
const SAMPLES: usize = 5;

#[derive(Default)]
struct PartialHit {
    bytes: u64,
    versions: Vec<VersionId>,
    /// The innermost folder of them all, once there is a file.
    folder: Option<EntryPath>,
    /// The largest, each with its size.
    largest: Vec<(u64, EntryPath)>,
    note: String,
}

/// One hit per rule and place.
#[derive(Default)]
pub(super) struct HitCollector(HashMap<(usize, JunkPlace), PartialHit>);

impl HitCollector {
    /// Adds a file: the bytes that it adds to the hit, and the size that it is sorted by among its samples. Returns the
    /// hit's note if it is the largest so far.
    pub(super) fn add(
        &mut self,
        rule: usize,
        place: JunkPlace,
        version: VersionId,
        (bytes, size): (u64, u64),
        path: EntryPath,
    ) -> Option<&mut String> {
        let found = self.0.entry((rule, place)).or_default();
        found.bytes = found.bytes.saturating_add(bytes);
        found.versions.push(version);
        let folder = EntryPath::normalise(path.parent().unwrap_or_default()).path;
        found.folder = Some(found.folder.take().map_or_else(|| folder.clone(), |known| known.common(&folder)));
        let at = found.largest.partition_point(|(other, _)| *other >= size);
        if at < SAMPLES {
            found.largest.insert(at, (size, path));
            found.largest.truncate(SAMPLES);
        }
        (at == 0).then_some(&mut found.note)
    }

    /// Adds a hit that is not about a file.
    pub(super) fn note(&mut self, rule: usize, place: JunkPlace) {
        self.0.entry((rule, place)).or_default();
    }

    pub(super) fn hits(self, rules: &[Arc<JunkRule>]) -> impl Iterator<Item = JunkHit> {
        self.0.into_iter().filter_map(|((rule, place), found)| {
            Some(JunkHit {
                rule: Arc::clone(rules.get(rule)?),
                place,
                bytes: found.bytes,
                files: found.versions.len(),
                versions: found.versions,
                folder: found.folder.unwrap_or_default(),
                samples: found.largest.into_iter().map(|(_, path)| path).collect(),
                note: found.note,
            })
        })
    }
}
