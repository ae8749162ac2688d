//! Why a layer was rebuilt: what differs between what the same instruction stored in two images.

use std::collections::HashSet;

use crate::format::{count, joined};
use crate::image::LayerNumber;
use crate::union::{Aspects, NodeId, VersionId, VersionRef};

use super::moment::{ContentPair, PathPairs};
use super::{AlignedLayers, Alignment, ContentAnswers, Relation, Sides};

/// What differs between two layers that the same instruction made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReason {
    /// Paths that both layers store, and that differ by their content or became something else.
    pub content: usize,
    /// The same with equal content, by mode.
    pub mode: usize,
    /// By owner.
    pub owner: usize,
    /// By attributes.
    pub attributes: usize,
    /// By time and nothing else.
    pub time: usize,
    /// Paths that only the first layer stores.
    pub only_in_a: usize,
    /// Paths that only the second layer stores.
    pub only_in_b: usize,
    /// Paths that one of the layers removes and the other does not.
    pub removals: usize,
    /// Contents that could not be compared; they are part of `content`.
    pub unread: usize,
    /// Paths that one of the layers stores or removes and of which the part of the other layer that was read says nothing:
    /// whether they differ is unknown.
    pub not_compared: usize,
    /// The layers of the first and of the second image, if they were not read completely: more may differ.
    pub unread_layers: [Option<LayerNumber>; 2],
    /// The usual reasons among what differs by content or time, each with its number of paths.
    pub culprits: Vec<(&'static str, usize)>,
    /// Some paths that differ, those with other content first: whether in the second image, and the path.
    pub samples: Vec<(bool, NodeId)>,
}

impl RebuildReason {
    /// Whether only times differ: the content is the same, and a timestamp alone made another layer.
    #[must_use]
    pub fn is_time_only(&self) -> bool {
        self.time > 0 && self.differing() == self.time && !self.is_incomplete()
    }

    /// Whether both layers store the same contents at the same paths, and remove the same: they differ in metadata only.
    #[must_use]
    pub fn is_metadata_only(&self) -> bool {
        self.differing() == self.metadata() && !self.is_incomplete()
    }

    /// How many paths that both layers store differ in metadata only.
    #[must_use]
    pub fn metadata(&self) -> usize {
        self.mode + self.owner + self.attributes + self.time
    }

    /// Whether a part of either layer was not read, so that more may differ.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.unread_layers.iter().any(Option::is_some)
    }

    /// Which layers were not read, as a clause.
    fn unread_part(&self) -> String {
        let clause = |(layer, image): (&Option<LayerNumber>, &str)| Some(format!("layer {} of {image}", (*layer)?));
        let layers: Vec<_> = self.unread_layers.iter().zip(["A", "B"]).filter_map(clause).collect();
        format!("{} {} not read", joined(&layers), if layers.len() == 1 { "was" } else { "were" })
    }

    /// Whether the paths that differ are all among the usual reasons.
    #[must_use]
    pub fn is_only_culprits(&self) -> bool {
        let named: usize = self.culprits.iter().map(|(_, count)| count).sum();
        named > 0 && named == self.differing() && !self.is_incomplete()
    }

    /// How many paths differ.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.content
            + self.mode
            + self.owner
            + self.attributes
            + self.time
            + self.only_in_a
            + self.only_in_b
            + self.removals
    }

    /// Why, as a sentence without a full stop.
    #[must_use]
    pub fn describe(&self) -> String {
        let paths = |number: usize| format!("{} {}", count(number), if number == 1 { "path" } else { "paths" });
        if self.differing() == 0 && self.is_incomplete() {
            return format!("cannot be compared: {}", self.unread_part());
        }
        if self.differing() == 0 {
            return "metadata only: the files are the same, but times of folders, or the order or headers of the tar, differ"
                .to_owned();
        }
        let culprits: Vec<_> =
            self.culprits.iter().map(|(name, number)| format!("{name} ({})", count(*number))).collect();
        if self.is_time_only() {
            let among =
                if culprits.is_empty() { String::new() } else { format!(", among them {}", culprits.join(", ")) };
            return format!(
                "metadata only: the content is the same, only the time of {} differs, so a timestamp alone made another layer{among}",
                paths(self.time)
            );
        }
        if self.is_only_culprits() {
            return format!("only {} differ, which change with every build", culprits.join(", "));
        }
        let mut parts = Vec::new();
        for (number, what) in [
            (self.content, "by content"),
            (self.mode, "by mode"),
            (self.owner, "by owner"),
            (self.attributes, "by attributes"),
            (self.time, "by time alone"),
            (self.only_in_b, "only in B"),
            (self.only_in_a, "only in A"),
            (self.removals, "by what it removes"),
        ] {
            if number > 0 {
                let number = if parts.is_empty() { paths(number) } else { count(number) };
                parts.push(format!("{number} {what}"));
            }
        }
        let begin = if self.is_metadata_only() { "metadata only: differs" } else { "differs" };
        let mut said = format!("{begin} in {}", parts.join(", "));
        if self.unread > 0 {
            said = format!("{said} ({} of them could not be read)", count(self.unread));
        }
        if !culprits.is_empty() {
            said = format!("{said}; among them {}", culprits.join(", "));
        }
        if self.is_incomplete() {
            said = format!("{said}; more may differ, because {}", self.unread_part());
        }
        said
    }
}

/// The limit on paths that are named.
const SAMPLES: usize = 3;

/// Paths that often differ between two builds of the same thing, and what they are called.
const CULPRITS: &[(&str, &[&str])] = &[
    ("Python bytecode (__pycache__)", &["__pycache__", ".pyc"]),
    ("apt and dpkg logs", &["var/log/apt", "var/log/dpkg.log", "var/log/alternatives.log"]),
    ("apt lists and caches", &["var/lib/apt", "var/cache/apt", "var/cache/debconf"]),
    ("ld.so.cache", &["etc/ld.so.cache", "var/cache/ldconfig"]),
    ("machine-id", &["etc/machine-id", "var/lib/dbus/machine-id"]),
    ("yum and dnf logs and caches", &["var/log/dnf", "var/log/yum", "var/cache/dnf", "var/cache/yum", "var/lib/dnf"]),
    ("npm logs and caches", &["root/.npm", ".npm/_logs", "node_modules/.cache"]),
    ("font caches", &["var/cache/fontconfig"]),
    ("account backups", &["etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"]),
];

/// What a path is known for, if its content or time often differs between two builds. All patterns meet all paths, so that
/// the path is walked once.
fn culprit(path: &str) -> Option<&'static str> {
    let is_it = |at: usize, pattern: &str| {
        if pattern.starts_with('.') && !pattern.contains('/') {
            return at == 0 && path.ends_with(pattern);
        }
        if pattern.as_bytes().first() != path.as_bytes().get(at) {
            return false;
        }
        let Some(rest) = path[at..].strip_prefix(pattern) else { return false };
        rest.starts_with('/')
            || rest.is_empty() && (at == 0 || !pattern.contains('/'))
            || at == 0 && pattern.contains('/') && (rest.starts_with('.') || pattern.starts_with("var/log"))
    };
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'/', path.as_bytes()).map(|slash| slash + 1));
    let known = |at: usize| CULPRITS.iter().position(|(_, patterns)| patterns.iter().any(|pattern| is_it(at, pattern)));
    starts.filter_map(known).min().map(|first| CULPRITS[first].0)
}

/// What is known without reading of a pair of rebuilt layers.
#[derive(Clone)]
pub(super) struct ReasonDraft {
    row: usize,
    unread_layers: [Option<LayerNumber>; 2],
    /// Paths of the second image.
    pub(super) changed: Vec<(NodeId, Aspects, Option<ContentPair>)>,
    /// Paths of the first image.
    pub(super) only_in_a: Vec<NodeId>,
    /// Paths of the second image.
    pub(super) only_in_b: Vec<NodeId>,
    /// What only the layer of the first image removes, and what only that of the second: paths of their images.
    pub(super) removals: [Vec<NodeId>; 2],
}

impl ReasonDraft {
    /// Every pair of layers that the same instruction made.
    pub(super) fn all(sides: &Sides<'_>, paths: &PathPairs, alignment: &Alignment) -> Vec<Self> {
        let rebuilt = |(at, row): (usize, &AlignedLayers)| {
            let (a, b) = row.a.zip(row.b).filter(|_| row.relation == Relation::Rebuilt)?;
            Some(Self::new(sides, paths, at, (a, b)))
        };
        alignment.rows.iter().enumerate().filter_map(rebuilt).collect()
    }

    pub(super) fn new(sides: &Sides<'_>, paths: &PathPairs, row: usize, (a, b): (LayerNumber, LayerNumber)) -> Self {
        let (old, new) = (sides.a.union, sides.b.union);
        let unread = |union: &crate::union::Union, layer| (!union.entries(layer).complete).then_some(layer);
        let mut draft = Self {
            row,
            unread_layers: [unread(old, a), unread(new, b)],
            changed: Vec::new(),
            only_in_a: Vec::new(),
            only_in_b: Vec::new(),
            removals: Default::default(),
        };
        for (node, id) in stored_by(new, b) {
            let version = new.version(id);
            let counterpart = paths.in_a(node).and_then(|node| last_of(old, node, a));
            match counterpart {
                None => draft.only_in_b.push(node),
                Some(before) => {
                    let (aspects, pair) = sides.compare(before, version);
                    if !aspects.is_empty() || pair.is_some() {
                        draft.changed.push((node, aspects, pair));
                    }
                }
            }
        }
        for (node, _) in stored_by(old, a) {
            if paths.in_b(node).and_then(|node| last_of(new, node, b)).is_none() {
                draft.only_in_a.push(node);
            }
        }
        let mut only_in_a: HashSet<_> = removed_by(old, a).collect();
        let is_of_b_only = |&node: &NodeId| !paths.in_a(node).is_some_and(|node| only_in_a.remove(&node));
        let of_b = removed_by(new, b).filter(is_of_b_only).collect();
        draft.removals = [only_in_a.into_iter().collect(), of_b];
        draft
    }

    /// Whether the layer of the first and that of the second image was read completely.
    pub(super) fn known(&self) -> [bool; 2] {
        self.unread_layers.map(|layer| layer.is_none())
    }

    /// The pairs that must be read.
    pub(super) fn pairs(&self) -> impl Iterator<Item = ContentPair> {
        self.changed.iter().filter_map(|(_, _, pair)| *pair)
    }

    /// The reason, with the answers that are known, and the row of the alignment that it is about.
    pub(super) fn finish(&self, sides: &Sides<'_>, answers: &ContentAnswers) -> (usize, RebuildReason) {
        let mut reason = RebuildReason { unread_layers: self.unread_layers, ..RebuildReason::default() };
        let [knows_a, knows_b] = self.known();
        let [removed_by_a, removed_by_b] = self.removals.each_ref().map(Vec::len);
        if knows_b {
            (reason.only_in_a, reason.removals) = (self.only_in_a.len(), removed_by_a);
        } else {
            reason.not_compared += self.only_in_a.len() + removed_by_a;
        }
        if knows_a {
            reason.only_in_b = self.only_in_b.len();
            reason.removals += removed_by_b;
        } else {
            reason.not_compared += self.only_in_b.len() + removed_by_b;
        }
        let mut named: Vec<(bool, NodeId, bool)> = Vec::new();
        for &(node, aspects, pair) in &self.changed {
            let same = pair.map(|pair| answers.same(pair));
            reason.unread += usize::from(same == Some(None));
            let is_content =
                aspects.has(Aspects::CONTENT.with(Aspects::KIND)) || same.is_some_and(|same| same != Some(true));
            let count = if is_content {
                &mut reason.content
            } else if aspects.has(Aspects::MODE) {
                &mut reason.mode
            } else if aspects.has(Aspects::OWNER) {
                &mut reason.owner
            } else if aspects.has(Aspects::ATTRIBUTES) {
                &mut reason.attributes
            } else if aspects.has(Aspects::TIME) {
                &mut reason.time
            } else {
                continue;
            };
            *count += 1;
            named.push((true, node, is_content));
        }
        named.extend(self.only_in_b.iter().filter(|_| knows_a).map(|&node| (true, node, true)));
        named.extend(self.only_in_a.iter().filter(|_| knows_b).map(|&node| (false, node, true)));
        let path = |of_b: bool, node: NodeId| {
            let union = if of_b { sides.b.union } else { sides.a.union };
            union.path(node)
        };
        let mut samples = Vec::with_capacity(SAMPLES + 1);
        for &(of_b, node, is_content) in &named {
            let path = path(of_b, node);
            let name = culprit(&String::from_utf8_lossy(path.as_bytes()));
            let key = (!is_content, path);
            let at = samples.partition_point(|(known, _)| *known < key);
            if at < SAMPLES {
                samples.insert(at, (key, (of_b, node)));
                samples.truncate(SAMPLES);
            }
            let Some(name) = name else { continue };
            match reason.culprits.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => reason.culprits.push((name, 1)),
            }
        }
        reason.culprits.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        reason.samples = samples.into_iter().map(|(_, sample)| sample).collect();
        (self.row, reason)
    }
}

/// The paths that a layer stores, each with its last version there; folders that it merely leads through are left out.
pub(super) fn stored_by(union: &crate::union::Union, layer: LayerNumber) -> impl Iterator<Item = (NodeId, VersionId)> {
    let entry = move |id: VersionId| {
        let version = union.version(id);
        let node = version.node().filter(|&node| node != NodeId::ROOT && version.entry().is_some())?;
        last_of(union, node, layer).filter(|last| last.id() == id).map(|_| (node, id))
    };
    union.added_by(layer).filter_map(entry)
}

/// What a layer stores at a path.
pub(super) fn last_of(union: &crate::union::Union, node: NodeId, layer: LayerNumber) -> Option<VersionRef<'_>> {
    let id = union.visible(node, layer)?;
    let version = union.version(id);
    (version.layer() == layer && version.entry().is_some()).then_some(version)
}

/// The paths that a layer hides without storing them again.
pub(super) fn removed_by(union: &crate::union::Union, layer: LayerNumber) -> impl Iterator<Item = NodeId> {
    let gone = union.ended_in(layer).iter().map(|&id| union.version(id));
    gone.filter(move |version| version.layer() != layer)
        .filter_map(VersionRef::node)
        .filter(move |&node| union.visible(node, layer).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_was_not_read_completely_never_differs_in_metadata_only() {
        let read = RebuildReason { time: 2, ..RebuildReason::default() };
        assert!(read.is_time_only() && read.is_metadata_only() && RebuildReason::default().is_metadata_only());
        let modes = RebuildReason { mode: 1, ..read.clone() };
        assert!(modes.is_metadata_only() && !modes.is_time_only());
        assert!(!RebuildReason { content: 1, ..read.clone() }.is_metadata_only());
        let cut = RebuildReason { unread_layers: [None, Some(LayerNumber::FIRST)], ..read };
        assert!(!cut.is_time_only() && !cut.is_metadata_only());
        assert!(cut.describe().ends_with("; more may differ, because layer 1 of B was not read"), "{}", cut.describe());
        let unread = RebuildReason { time: 0, ..cut };
        assert_eq!(unread.describe(), "cannot be compared: layer 1 of B was not read");
    }

    #[test]
    fn the_usual_reasons_are_known_by_their_paths() {
        for (path, name) in [
            ("usr/lib/python3/__pycache__/a.cpython-312.pyc", Some("Python bytecode (__pycache__)")),
            ("var/log/apt/history.log", Some("apt and dpkg logs")),
            ("var/log/dpkg.log", Some("apt and dpkg logs")),
            ("etc/ld.so.cache", Some("ld.so.cache")),
            ("etc/machine-id", Some("machine-id")),
            ("etc/machine-identity", None),
            ("srv/app.js", None),
            ("srv/var/log/apt2", None),
            ("home/node/.npm/_logs/x.log", Some("npm logs and caches")),
        ] {
            assert_eq!(culprit(path), name, "{path}");
        }
    }
}
