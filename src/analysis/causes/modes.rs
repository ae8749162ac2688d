//! Infers the argument of a `chmod` from the modes before and after it: one mode for all files, or a symbolic one.

use std::collections::HashMap;

use crate::image::{EntryKind, LayerNumber};
use crate::union::{NodeId, Union};

use super::difference::{Common, VersionDifferences};

/// A symbolic mode as `chmod` spells it, and its effect. `X` applies to folders, and to files that someone can already
/// execute.
struct ChmodRule {
    name: &'static str,
    act: fn(u16, bool) -> u16,
}

fn runs(mode: u16, folder: bool) -> bool {
    folder || mode & 0o111 != 0
}

/// The narrowest first: the first rule that explains all modes is reported.
const RULES: &[ChmodRule] = &[
    ChmodRule { name: "u+x", act: |mode, _| mode | 0o100 },
    ChmodRule { name: "a+x", act: |mode, _| mode | 0o111 },
    ChmodRule { name: "a+r", act: |mode, _| mode | 0o444 },
    ChmodRule { name: "g+w", act: |mode, _| mode | 0o020 },
    ChmodRule { name: "go-w", act: |mode, _| mode & !0o022 },
    ChmodRule { name: "a-w", act: |mode, _| mode & !0o222 },
    ChmodRule { name: "o-rwx", act: |mode, _| mode & !0o007 },
    ChmodRule { name: "go-rwx", act: |mode, _| mode & !0o077 },
    ChmodRule { name: "g=u", act: |mode, _| (mode & !0o070) | ((mode & 0o700) >> 3) },
    ChmodRule { name: "a+rx", act: |mode, _| mode | 0o555 },
    ChmodRule { name: "a+rX", act: |mode, folder| mode | 0o444 | if runs(mode, folder) { 0o111 } else { 0 } },
    ChmodRule { name: "g+rwX", act: |mode, folder| mode | 0o060 | if runs(mode, folder) { 0o010 } else { 0 } },
    ChmodRule { name: "a+rwX", act: |mode, folder| mode | 0o666 | if runs(mode, folder) { 0o111 } else { 0 } },
    ChmodRule { name: "a+rwx", act: |mode, _| mode | 0o777 },
    ChmodRule {
        name: "u=rwX,go=rX",
        act: |mode, folder| (mode & 0o7000) | if runs(mode, folder) { 0o755 } else { 0o644 },
    },
];

/// What the modes of some files before and after a layer have in common.
#[derive(Clone, Copy)]
pub(super) struct Modes {
    differ: bool,
    after: Common<u16>,
    /// The rules that explain all modes so far.
    possible: [bool; RULES.len()],
}

impl Default for Modes {
    fn default() -> Self {
        Self { differ: false, after: Common::None, possible: [true; RULES.len()] }
    }
}

impl Modes {
    pub(super) fn see(&mut self, before: u16, after: u16, folder: bool) {
        self.differ |= before != after;
        self.after.see(after);
        for (rule, possible) in RULES.iter().zip(&mut self.possible) {
            *possible &= (rule.act)(before, folder) == after;
        }
    }

    /// Adds the modes of other files or folders.
    pub(super) fn add(&mut self, other: &Self) {
        self.differ |= other.differ;
        self.after.add(other.after);
        for (possible, other) in self.possible.iter_mut().zip(other.possible) {
            *possible &= other;
        }
    }

    pub(super) fn differ(&self) -> bool {
        self.differ
    }

    /// The equivalent value of `--chmod=`, if there is one.
    pub(super) fn flag(&self) -> Option<String> {
        if let Some(mode) = self.after.only() {
            return Some(format!("{mode:03o}"));
        }
        let rule = RULES.iter().zip(&self.possible).find(|(_, possible)| **possible);
        rule.map(|(rule, _)| rule.name.to_owned())
    }
}

/// The limit on folders that are inspected per layer, and on steps from them to the root: enough to recognise a rule.
const MOST: usize = 4096;
const MOST_STEPS: usize = 1 << 16;

/// How the modes of the folders below each folder changed, of those that a layer stores again. Computed once per layer,
/// since a layer can have as many causes as there are layers below it.
#[derive(Default)]
pub(super) struct ChangedFolders {
    modes_of_layer: Option<(LayerNumber, HashMap<NodeId, Modes>)>,
}

impl ChangedFolders {
    /// Adds the folders below this one: `--chmod` changes them like files. Fast if layers are queried one after the
    /// other.
    pub(super) fn below(&mut self, union: &Union, layer: LayerNumber, top: NodeId, known: &mut VersionDifferences) {
        if self.modes_of_layer.as_ref().is_none_or(|(of, _)| *of != layer) {
            self.modes_of_layer = Some((layer, stored_again(union, layer)));
        }
        if let Some(modes) = self.modes_of_layer.as_ref().and_then(|(_, below)| below.get(&top)) {
            known.see_folders(modes);
        }
    }
}

fn stored_again(union: &Union, layer: LayerNumber) -> HashMap<NodeId, Modes> {
    let below = LayerNumber::new(layer.index());
    let versions = union.added_by(layer).map(|id| union.version(id)).filter(|version| version.kind() == EntryKind::Dir);
    let again = versions.filter_map(|version| {
        let node = version.node()?;
        version.entry()?;
        let before = union.version(union.visible(node, below?)?);
        (before.kind() == EntryKind::Dir).then(|| (node, before.mode(), version.mode()))
    });
    let mut gathered: HashMap<NodeId, Modes> = HashMap::new();
    let mut steps = 0;
    for (node, before, after) in again.take(MOST) {
        let mut at = union.parent(node);
        while let Some(folder) = at {
            gathered.entry(folder).or_default().see(before, after, true);
            steps += 1;
            at = union.parent(folder);
        }
        if steps > MOST_STEPS {
            break;
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(modes: &[(u16, u16, bool)]) -> Option<String> {
        let mut seen = Modes::default();
        for &(before, after, folder) in modes {
            seen.see(before, after, folder);
        }
        seen.flag()
    }

    #[test]
    fn one_mode_for_all_is_octal_and_a_rule_is_symbolic() {
        assert_eq!(flag(&[(0o644, 0o755, false), (0o600, 0o755, false)]).as_deref(), Some("755"));
        assert_eq!(flag(&[(0o600, 0o644, false), (0o700, 0o755, true)]).as_deref(), Some("a+rX"));
        assert_eq!(flag(&[(0o644, 0o664, false), (0o755, 0o775, true)]).as_deref(), Some("g+w"));
        assert_eq!(flag(&[(0o640, 0o660, false), (0o700, 0o770, true)]).as_deref(), Some("g=u"));
        assert_eq!(flag(&[(0o640, 0o644, false), (0o640, 0o600, false)]), None);
        assert_eq!(flag(&[(0o644, 0o4755, false)]).as_deref(), Some("4755"));
    }
}
