//! What was not read of an image, and what this leaves unknown: a layer that was not read may store or remove any path that
//! no layer above it settles.

use crate::format::joined;
use crate::image::{EntryKind, FindingKind, Image, LayerNumber};
use crate::union::{NodeId, Union, VersionRef};

/// The limit on layers that a sentence names.
const NAMED: usize = 3;

/// The parts of an image that were not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadParts {
    /// The layers that were not read completely, lowest first.
    pub layers: Vec<LayerNumber>,
    /// Whether there may be layers or paths that no list has.
    pub unlisted: bool,
    /// Whether its configuration was not read.
    pub config: bool,
}

impl UnreadParts {
    /// What was not read of an image and its layers.
    #[must_use]
    pub fn new(image: &Image, union: &Union) -> Self {
        let is_list = |kind| matches!(kind, FindingKind::LayerCountMismatch | FindingKind::TooMuch);
        let mut gaps = image.findings.iter().filter(|finding| finding.is_gap).peekable();
        Self {
            layers: union.layer_numbers().filter(|&layer| !union.entries(layer).complete).collect(),
            config: image.raw_config.is_empty() && gaps.peek().is_some(),
            unlisted: gaps.any(|gap| is_list(gap.kind)) || union.own_findings().iter().any(|finding| finding.is_gap),
        }
    }

    /// Whether there may be files that were not read.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.unlisted || !self.layers.is_empty()
    }

    /// What was not read: `layer 3 of B`, and whether it is several things. Nothing if all files and settings were.
    fn named(&self, image: &str) -> Option<(String, bool)> {
        Some(match self.layers.as_slice() {
            [] if self.unlisted => (format!("a part of the layers of {image}"), false),
            [] if self.config => (format!("the configuration of {image}"), false),
            [] => return None,
            [one] => (format!("layer {one} of {image}"), false),
            few if few.len() <= NAMED => {
                let numbers: Vec<_> = few.iter().map(ToString::to_string).collect();
                (format!("layers {} of {image}", joined(&numbers)), true)
            }
            many => (format!("{} layers of {image}", many.len()), true),
        })
    }

    /// What was not read of two images, as a clause: `layer 3 of B was not read`.
    #[must_use]
    pub fn describe(images: &[Self; 2]) -> Option<String> {
        let parts: Vec<_> = images.iter().zip(["A", "B"]).filter_map(|(parts, image)| parts.named(image)).collect();
        let are_many = parts.len() > 1 || parts.first()?.1;
        let names: Vec<_> = parts.into_iter().map(|(name, _)| name).collect();
        Some(format!("{} {} not read", joined(&names), if are_many { "were" } else { "was" }))
    }
}

/// How far what a container sees of an image is known.
#[derive(Clone, Copy)]
pub(super) struct Knowledge {
    /// The lowest layer, by index, above which everything was read; `None` if all of it was.
    from: Option<usize>,
}

impl Knowledge {
    pub(super) fn of(union: &Union, is_unlisted: bool) -> Self {
        if is_unlisted || union.own_findings().iter().any(|finding| finding.is_gap) {
            return Self { from: Some(usize::MAX) };
        }
        let unread = union.layer_numbers().rev().find(|&layer| !union.entries(layer).complete);
        Self { from: unread.map(LayerNumber::index) }
    }

    pub(super) fn is_complete(self) -> bool {
        self.from.is_none()
    }

    /// Whether no unread layer can change what a container sees at a path.
    pub(super) fn is_known(self, union: &Union, node: Option<NodeId>, visible: Option<VersionRef<'_>>) -> bool {
        let Some(unread) = self.from else { return true };
        let Some(version) = visible else {
            let last = node.and_then(|node| union.versions(node).last()).map(|id| union.version(id));
            return last.and_then(VersionRef::ended).is_some_and(|ended| ended.by.index() > unread);
        };
        // What was read of a layer that is cut short counts. A folder that no layer lists, and a link without its target, may be
        // in the layer that was not read.
        let is_found = version.entry().is_some() && version.inode().kind() != EntryKind::HardLink;
        is_found && version.layer().min(version.inode().layer()).index() >= unread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_is_named_by_layer() {
        let parts = |layers: &[usize], unlisted, config| {
            let layers = layers.iter().map(|&at| LayerNumber::from_index(at - 1)).collect();
            UnreadParts { layers, unlisted, config }
        };
        let unread = |layers: &[usize], unlisted, config| {
            UnreadParts::describe(&[UnreadParts::default(), parts(layers, unlisted, config)]).unwrap_or_default()
        };
        assert_eq!(unread(&[], false, false), "");
        assert_eq!(unread(&[3], true, true), "layer 3 of B was not read");
        assert_eq!(unread(&[1, 3], false, false), "layers 1 and 3 of B were not read");
        assert_eq!(unread(&[1, 2, 3], false, false), "layers 1, 2 and 3 of B were not read");
        assert_eq!(unread(&[1, 2, 3, 4], false, false), "4 layers of B were not read");
        assert_eq!(unread(&[], true, true), "a part of the layers of B was not read");
        assert_eq!(unread(&[], false, true), "the configuration of B was not read");
        let both = [parts(&[3], false, false), parts(&[], false, true)];
        let expected = "layer 3 of A and the configuration of B were not read";
        assert_eq!(UnreadParts::describe(&both).as_deref(), Some(expected));
    }
}
