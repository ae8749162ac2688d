//! The two views that are compared, and which of their paths and versions belong together.

use crate::image::{EntryKind, EntryRef};
use crate::union::{Aspects, NodeId, Union, VersionId, VersionRef};

use super::Alignment;
use super::unread::Knowledge;

/// What a container sees of an image.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The layers of the image.
    pub union: &'a Union,
    /// How many of them, from the bottom, are applied.
    pub layers: usize,
}

impl<'a> Moment<'a> {
    /// After all layers.
    #[must_use]
    pub fn of(union: &'a Union) -> Self {
        Self { union, layers: union.layer_count() }
    }

    pub(super) fn visible(self, node: NodeId) -> Option<VersionRef<'a>> {
        self.union.visible_after(node, self.layers).map(|id| self.union.version(id))
    }
}

/// The view before and the view after.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Before.
    pub a: Moment<'a>,
    /// After.
    pub b: Moment<'a>,
    /// Which layers have the same content.
    alignment: &'a Alignment,
    /// How far each view is known.
    knowledge: [Knowledge; 2],
}

impl<'a> Sides<'a> {
    /// Two images.
    #[must_use]
    pub fn of_images(a: &'a Union, b: &'a Union, alignment: &'a Alignment) -> Self {
        let [of_a, of_b] = alignment.unlisted;
        let knowledge = [Knowledge::of(a, of_a), Knowledge::of(b, of_b)];
        Self { a: Moment::of(a), b: Moment::of(b), alignment, knowledge }
    }

    /// Whether all layers of both were read.
    #[must_use]
    pub fn are_complete(&self) -> bool {
        self.knowledge.iter().all(|side| side.is_complete())
    }

    /// Whether what both views show at a path is certain: no layer that was not read can change it.
    pub(super) fn is_known(&self, nodes: [Option<NodeId>; 2], visible: [Option<VersionRef<'_>>; 2]) -> bool {
        let unions = [self.a.union, self.b.union];
        (0..2).all(|side| self.knowledge[side].is_known(unions[side], nodes[side], visible[side]))
    }

    /// Whether two versions are the same entry of the same layer.
    fn is_one_entry(&self, a: VersionRef<'_>, b: VersionRef<'_>) -> bool {
        let (old, new) = (a.layer(), b.layer());
        let index = |version: VersionRef<'_>| version.entry().map(EntryRef::index);
        let is_whole = || self.a.union.entries(old).complete && self.b.union.entries(new).complete;
        index(a) == index(b) && self.alignment.is_same_content(old, new) && is_whole()
    }

    /// What differs between two versions, and whether only their contents decide it.
    pub(super) fn compare(&self, a: VersionRef<'_>, b: VersionRef<'_>) -> (Aspects, Option<ContentPair>) {
        let differs = Aspects::between(a, b);
        let (old, new) = (a.inode(), b.inode());
        let Some((old_entry, new_entry)) = old.entry().zip(new.entry()) else { return (differs, None) };
        if old_entry.kind() != EntryKind::File || new_entry.kind() != EntryKind::File {
            return (differs, None);
        }
        let is_other = old_entry.size() != new_entry.size()
            || old_entry.stored() != new_entry.stored()
            || old_entry.sparse_map() != new_entry.sparse_map();
        if is_other {
            return (differs.with(Aspects::CONTENT), None);
        }
        if old_entry.stored() == 0 || self.is_one_entry(old, new) {
            return (differs, None);
        }
        match (old_entry.content_hash(), new_entry.content_hash()) {
            (Some(old), Some(new)) => (differs.with_if(old != new, Aspects::CONTENT), None),
            _ => (differs, Some(ContentPair { a: old.id(), b: new.id() })),
        }
    }
}

/// Two files that only their contents can tell apart, each by the version that stores the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ContentPair {
    pub(super) a: VersionId,
    pub(super) b: VersionId,
}

/// Which paths of two images are the same path.
pub(super) struct PathPairs {
    of_b: Vec<Option<NodeId>>,
    of_a: Vec<Option<NodeId>>,
}

impl PathPairs {
    pub(super) fn new(sides: &Sides<'_>) -> Self {
        let (a, b) = (sides.a.union, sides.b.union);
        let mut of_b = vec![None; b.node_count()];
        let mut of_a = vec![None; a.node_count()];
        // Parents come before their children, so each lookup is one step.
        for node in b.nodes() {
            let found = match b.parent(node) {
                None => Some(a.root()),
                Some(parent) => of_b[parent.index()].and_then(|parent| a.child(parent, b.name(node))),
            };
            if let Some(found) = found {
                of_b[node.index()] = Some(found);
                of_a[found.index()] = Some(node);
            }
        }
        Self { of_b, of_a }
    }

    /// The path of the first image that is a path of the second.
    pub(super) fn in_a(&self, node: NodeId) -> Option<NodeId> {
        self.of_b[node.index()]
    }

    /// The path of the second image that is a path of the first.
    pub(super) fn in_b(&self, node: NodeId) -> Option<NodeId> {
        self.of_a[node.index()]
    }
}
