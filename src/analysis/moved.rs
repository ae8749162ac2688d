//! Files that a layer hides under one path and stores again under another, as `mv` does: the bytes are stored twice,
//! though nothing new was written.

use std::collections::HashMap;

use crate::image::{EntryKind, LayerNumber};
use crate::union::{HowEnded, Union, VersionId, VersionRef};

use super::identity::{Identities, Pair, Sameness, sameness};

/// Smaller files are not worth reading for this.
const SMALLEST: u64 = 4096;

/// What a move preserves: the size, and the time in seconds, since not all layers have more.
type MoveKey = (u64, i64);

/// One pair for every removed file that may have been moved: a file of the layer that removed it, of the same size and
/// time, preferably with the same name.
fn candidates(union: &Union) -> Vec<Pair> {
    union.layer_numbers().flat_map(|layer| of_layer(union, layer)).collect()
}

fn of_layer(union: &Union, layer: LayerNumber) -> Vec<Pair> {
    let removed: Vec<_> =
        union.ended_in(layer).iter().map(|&id| union.version(id)).filter(|&name| is_removed(name)).collect();
    if removed.is_empty() {
        return Vec::new();
    }
    let mut wanted: HashMap<MoveKey, Vec<VersionRef<'_>>> =
        removed.iter().map(|name| (move_key(*name), Vec::new())).collect();
    let stored = union.added_by(layer).map(|id| union.version(id));
    for version in stored.filter(|version| version.kind() == EntryKind::File && version.node().is_some()) {
        if let Some(found) = wanted.get_mut(&move_key(version)) {
            found.push(version);
        }
    }
    // Sorted by name, so that one lookup finds it among many of one size and time.
    for found in wanted.values_mut() {
        found.sort_by_key(|version| last_name(union, *version));
    }
    let mut candidates = Vec::new();
    for name in removed {
        let Some(found) = wanted.get(&move_key(name)).filter(|found| !found.is_empty()) else { continue };
        let own = last_name(union, name);
        let at = found.partition_point(|version| last_name(union, *version) < own);
        let upper = found.get(at).filter(|version| last_name(union, **version) == own).or_else(|| found.first());
        candidates.extend(upper.map(|upper| Pair { lower: name.inode().id(), upper: upper.id() }));
    }
    candidates
}

fn last_name<'a>(union: &'a Union, version: VersionRef<'_>) -> &'a [u8] {
    version.node().map_or(&[], |node| union.name(node))
}

fn is_removed(name: VersionRef<'_>) -> bool {
    let inode = name.inode();
    let is_hidden = name.ended().is_some_and(|ended| {
        ended.by != inode.layer() && matches!(ended.how, HowEnded::Whiteout | HowEnded::Opaque | HowEnded::TypeChange)
    });
    is_hidden && name.successor().is_none() && inode.kind() == EntryKind::File && inode.stored() >= SMALLEST
}

fn move_key(name: VersionRef<'_>) -> MoveKey {
    let inode = name.inode();
    (inode.stored(), inode.entry().map_or(0, |entry| entry.mtime().seconds))
}

/// The pairs whose contents must be read to decide.
pub(super) fn pairs(union: &Union) -> impl Iterator<Item = Pair> {
    let unknown = move |pair: Pair| match sameness(union.version(pair.lower), union.version(pair.upper)) {
        Sameness::Unknown(pair) => Some(pair),
        Sameness::Same | Sameness::Different | Sameness::OtherSort => None,
    };
    candidates(union).into_iter().filter_map(unknown)
}

/// Where each moved file went: from the version that stores its bytes to the one that stores them now.
pub(super) fn moved(union: &Union, identities: &Identities) -> HashMap<VersionId, VersionId> {
    let is_same = |pair: &Pair| match sameness(union.version(pair.lower), union.version(pair.upper)) {
        Sameness::Same => true,
        Sameness::Unknown(pair) => identities.same(pair),
        Sameness::Different | Sameness::OtherSort => false,
    };
    candidates(union).into_iter().filter(is_same).map(|pair| (pair.lower, pair.upper)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Mtime, NewEntry};
    use crate::union::testing::{self, entry};

    /// Name, bytes, time.
    type File = (&'static str, u64, i64);

    fn candidates_of(layers: &[&[File]]) -> Vec<(String, String)> {
        let layer = |files: &&[File]| {
            testing::layer(files.iter().map(|&(name, size, seconds)| {
                let mtime = Mtime { seconds, nanoseconds: 0 };
                NewEntry { mtime, ..entry(name, size) }
            }))
        };
        let union = Union::build(layers.iter().map(layer).collect());
        let path = |id| String::from_utf8_lossy(union.version(id).path().as_bytes()).into_owned();
        candidates(&union).into_iter().map(|of| (path(of.lower), path(of.upper))).collect()
    }

    #[test]
    fn a_removed_file_is_paired_with_one_of_its_size_and_time_in_the_layer_that_removed_it() {
        let pair = |one: &str, other: &str| vec![(one.to_owned(), other.to_owned())];
        let first: &[File] = &[("tmp/tool", 5_000, 7)];
        let moved = |second: &[File]| candidates_of(&[first, second]);
        assert_eq!(moved(&[("tmp/.wh.tool", 0, 0), ("opt/tool-1.2", 5_000, 7)]), pair("tmp/tool", "opt/tool-1.2"));
        assert_eq!(moved(&[(".wh.tmp", 0, 0), ("a/b", 5_000, 7), ("z/tool", 5_000, 7)]), pair("tmp/tool", "z/tool"));
        for other in [("opt/tool", 5_000, 8), ("opt/tool", 5_001, 7)] {
            assert_eq!(moved(&[("tmp/.wh.tool", 0, 0), other]), []);
        }
        assert_eq!(moved(&[("opt/tool", 5_000, 7)]), [], "copied, not moved");
        let late = candidates_of(&[first, &[("tmp/.wh.tool", 0, 0)], &[("opt/tool", 5_000, 7)]]);
        assert_eq!(late, [], "another layer stores it");
        let small = candidates_of(&[&[("a", 50, 7)], &[(".wh.a", 0, 0), ("b", 50, 7)]]);
        assert_eq!(small, []);
    }
}
