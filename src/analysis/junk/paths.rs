//! Rules about the paths of files.

use std::collections::HashMap;
use std::sync::Arc;

use crate::image::{EntryKind, EntryPath};
use crate::union::{Union, VersionRef};

use super::{JunkHit, JunkPlace, JunkRule};

/// Paths that are told of one hit.
const SAMPLES: usize = 5;

struct Gathered {
    bytes: u64,
    files: usize,
    largest: Vec<(u64, EntryPath)>,
}

/// Holds every stored file against the rules; the first that fits takes it.
pub(super) fn find(union: &Union, rules: &[Arc<JunkRule>]) -> Vec<JunkHit> {
    let mut gathered: HashMap<(usize, JunkPlace), Gathered> = HashMap::new();
    for version in union.all_versions().map(|id| union.version(id)) {
        let bytes = version.stored();
        if bytes == 0 || version.inode().id() != version.id() || version.kind() != EntryKind::File {
            continue;
        }
        let path = version.path();
        let Some(rule) = rules.iter().position(|rule| holds(rule, union, version, &path)) else { continue };
        let place = JunkPlace::Layer { layer: version.layer(), live: version.ended().is_none() };
        let of = gathered.entry((rule, place)).or_insert_with(|| Gathered { bytes: 0, files: 0, largest: Vec::new() });
        of.bytes = of.bytes.saturating_add(bytes);
        of.files += 1;
        let at = of.largest.partition_point(|(other, _)| *other >= bytes);
        if at < SAMPLES {
            of.largest.insert(at, (bytes, path));
            of.largest.truncate(SAMPLES);
        }
    }
    let hit = |((rule, place), of): ((usize, JunkPlace), Gathered)| JunkHit {
        rule: Arc::clone(&rules[rule]),
        place,
        bytes: of.bytes,
        files: of.files,
        samples: of.largest.into_iter().map(|(_, path)| path).collect(),
        note: String::new(),
    };
    gathered.into_iter().map(hit).collect()
}

fn holds(rule: &JunkRule, union: &Union, version: VersionRef<'_>, path: &EntryPath) -> bool {
    rule.paths.matches(path)
        && !rule.except.matches(path)
        && rule.text.beside.as_ref().is_none_or(|suffix| has_source(union, version, path, suffix))
}

/// Whether `a/b.py` is or was there for `a/__pycache__/b.cpython-311.pyc`, in the layers up to that of the file.
fn has_source(union: &Union, version: VersionRef<'_>, path: &EntryPath, suffix: &str) -> bool {
    let first = path.name().split(|&byte| byte == b'.').next().unwrap_or_default();
    let Some(folder) = path.parent().and_then(|folder| EntryPath::normalise(folder).path.parent().map(<[u8]>::to_vec))
    else {
        return false;
    };
    let source = [&folder, &b"/"[..], first, b".", suffix.as_bytes()].concat();
    let node = union.node_at(&EntryPath::normalise(&source).path);
    node.is_some_and(|node| union.visible(node, version.layer()).is_some())
}
