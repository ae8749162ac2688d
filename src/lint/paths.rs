//! Rules about the paths of files.

use std::collections::HashSet;
use std::sync::Arc;

use crate::analysis::Globs;
use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{Union, VersionId, VersionRef};

use super::{HitCollector, JunkLook, JunkPlace, JunkRule, Search};

/// Checks every stored file against the rules; it belongs to the first that matches. Returns which files matched.
pub(super) fn find(search: &Search<'_>, found: &mut HitCollector) -> HashSet<VersionId> {
    let rules = PathRules::new(search.rules);
    let mut taken = HashSet::new();
    for version in search.stored_files() {
        let Some((rule, path)) = rules.take(search.union, version) else { continue };
        taken.insert(version.id());
        let stored = version.stored();
        found.add(rule, JunkPlace::of_version(version), version.id(), (stored, stored), path);
    }
    taken
}

/// The rules about paths.
pub struct PathRules<'a> {
    rules: &'a [Arc<JunkRule>],
    /// The places of the rules about paths.
    all: Vec<usize>,
    /// The patterns of all of them, since most paths match none, and the place of the rule of each. None where they are
    /// too many for one set, or a rule is about every path.
    patterns: Option<(Globs, Vec<usize>)>,
}

impl<'a> PathRules<'a> {
    /// Those of a list of rules.
    #[must_use]
    pub fn new(rules: &'a [Arc<JunkRule>]) -> Self {
        let is_about_paths = |&at: &usize| rules[at].text.look == JunkLook::Paths;
        let all: Vec<_> = (0..rules.len()).filter(is_about_paths).collect();
        let texts = |at: usize| rules[at].text.paths.iter().map(move |text| (text, at));
        let is_bounded = all.iter().all(|&at| !rules[at].text.paths.is_empty());
        let (texts, places): (Vec<_>, Vec<_>) = all.iter().flat_map(|&at| texts(at)).unzip();
        let patterns = Globs::read(texts).ok().filter(|_| is_bounded).map(|globs| (globs, places));
        Self { rules, all, patterns }
    }

    /// The place of the rule under which a stored file falls: the one whose hit it is counted in.
    #[must_use]
    pub fn rule_of(&self, union: &Union, file: VersionId) -> Option<usize> {
        self.take(union, union.version(file)).map(|(rule, _)| rule)
    }

    /// The place of the rule that takes a stored file, and its path.
    fn take(&self, union: &Union, version: VersionRef<'_>) -> Option<(usize, EntryPath)> {
        if !has_bytes(&version) {
            return None;
        }
        let path = version.path();
        let fits = |&at: &usize| {
            let rule = &self.rules[at];
            rule.is_about(&path) && is_beside(rule, union, version, &path)
        };
        let rule = match &self.patterns {
            Some((globs, places)) => globs.matching(&path).into_iter().map(|at| places[at]).find(fits),
            None => self.all.iter().copied().find(fits),
        };
        Some((rule?, path))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Severity;
    use crate::lint::JunkText;
    use crate::union::testing::files;

    fn rule(paths: &[&str], except: &[&str]) -> Arc<JunkRule> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let text = JunkText { paths: owned(paths), except: owned(except), ..JunkText::default() };
        Arc::new(JunkRule::new(text, Severity::Low).expect("valid patterns"))
    }

    #[test]
    fn patterns_in_one_set_find_what_each_rule_finds_in_turn() {
        let union =
            Union::build(vec![files(&[("a/x.log", 1), ("a/y.log", 1), ("b/z", 1), ("c", 1), ("var/log/x", 1)])]);
        let rules = [
            rule(&["*.log", "var/log/**"], &["a/x.log"]),
            rule(&["a/**", "**/x.{log,txt}"], &[]),
            rule(&["b/*", "var/**"], &[]),
        ];
        let places = |rules: &[Arc<JunkRule>], is_one_set: bool| {
            let paths = PathRules::new(rules);
            assert_eq!(paths.patterns.is_some(), is_one_set);
            union.all_versions().map(|id| paths.rule_of(&union, id)).collect::<Vec<_>>()
        };
        let found = places(&rules, true);
        assert_eq!(found.iter().flatten().collect::<Vec<_>>(), [&1, &0, &2, &0]);
        let everything = [&rules[..], &[rule(&[], &["c"])]].concat();
        assert_eq!(places(&everything, false), found, "a rule without patterns, which leaves out the only other file");
    }
}
