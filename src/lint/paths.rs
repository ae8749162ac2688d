//! Rules about the paths of files.

use std::collections::HashSet;
use std::sync::Arc;

use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{Union, VersionId, VersionRef};

use super::{HitCollector, JunkLook, JunkPlace, JunkRule, Search};

/// Checks every stored file against the rules; it belongs to the first that matches. Returns which files matched.
pub(super) fn find(search: &Search<'_>, found: &mut HitCollector) -> HashSet<VersionId> {
    let mut taken = HashSet::new();
    for version in search.stored_files() {
        let Some((rule, path)) = rule_of(search.union, version, search.rules) else { continue };
        taken.insert(version.id());
        let stored = version.stored();
        found.add(rule, JunkPlace::of_version(version), version.id(), (stored, stored), path);
    }
    taken
}

/// The place of the rule that takes a stored file, and its path.
pub(super) fn rule_of(union: &Union, version: VersionRef<'_>, rules: &[Arc<JunkRule>]) -> Option<(usize, EntryPath)> {
    if !has_bytes(&version) {
        return None;
    }
    let path = version.path();
    let fits = |rule: &Arc<JunkRule>| {
        rule.text.look == JunkLook::Paths && rule.is_about(&path) && is_beside(rule, union, version, &path)
    };
    let rule = rules.iter().position(fits)?;
    Some((rule, path))
}

impl<'a> Search<'a> {
    /// Every file as a layer stores it, with bytes; hard links are not separate files.
    pub(super) fn stored_files(&self) -> impl Iterator<Item = VersionRef<'a>> + use<'a> {
        let union = self.union;
        union.all_versions().map(move |id| union.version(id)).filter(has_bytes)
    }

    /// Those of one layer.
    pub(super) fn stored_files_of(&self, layer: LayerNumber) -> impl Iterator<Item = VersionRef<'a>> + use<'a> {
        let union = self.union;
        union.added_by(layer).map(move |id| union.version(id)).filter(has_bytes)
    }
}

fn has_bytes(version: &VersionRef<'_>) -> bool {
    version.stored() > 0 && version.inode().id() == version.id() && version.kind() == EntryKind::File
}

/// Whether `a/b.py` is or was there for `a/__pycache__/b.cpython-311.pyc`, in the layers up to that of the file; where the
/// rule does not ask, all is well.
fn is_beside(rule: &JunkRule, union: &Union, version: VersionRef<'_>, path: &EntryPath) -> bool {
    let Some(suffix) = &rule.text.beside else { return true };
    let first = path.name().split(|&byte| byte == b'.').next().unwrap_or_default();
    let Some(folder) = path.parent().and_then(|folder| EntryPath::normalise(folder).path.parent().map(<[u8]>::to_vec))
    else {
        return false;
    };
    let source = [&folder, &b"/"[..], first, b".", suffix.as_bytes()].concat();
    let node = union.node_at(&EntryPath::normalise(&source).path);
    node.is_some_and(|node| union.visible(node, version.layer()).is_some())
}
