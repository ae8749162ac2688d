//! Two images with all that is needed to show what differs.

use std::sync::Arc;

use crate::format::{bytes, count};
use crate::image::{Contents, EntryRef, Image, Layer, familiar_name};
use crate::secrets::Redactor;
use crate::union::Union;

use super::{Comparison, RowId, Sides};

/// One of two images.
pub struct ComparedImage {
    /// The arguments that open it: IMAGE first, then the options that select one of several images.
    pub opened: Vec<String>,
    /// Its documents, without secrets.
    pub image: Image,
    /// Its documents as they are, to be searched.
    pub whole: Arc<Image>,
    /// Its layers.
    pub union: Arc<Union>,
    /// Its files.
    pub contents: Arc<dyn Contents>,
    /// Redacts the secrets of its documents in paths.
    pub redactor: Redactor,
}

impl ComparedImage {
    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.image.names.first().map(|name| familiar_name(name).to_owned());
        name.unwrap_or_else(|| "an untagged image".to_owned())
    }
}

/// Two images and what differs between them.
pub struct ComparedImages {
    /// The image before and the image after.
    pub images: [ComparedImage; 2],
    /// What differs.
    pub comparison: Comparison,
}

impl ComparedImages {
    /// The two views.
    #[must_use]
    pub fn sides(&self) -> Sides<'_> {
        let [a, b] = &self.images;
        self.comparison.sides(&a.union, &b.union)
    }

    /// A path, or its last component, without the secrets of either image.
    #[must_use]
    pub fn redacted(&self, path: &[u8]) -> Vec<u8> {
        let [a, b] = &self.images;
        b.redactor.path(&a.redactor.path(path)).into_owned()
    }

    /// The path of a row of a tree of differences, without secrets.
    #[must_use]
    pub fn path(&self, tree: &super::Differences, row: RowId) -> Vec<u8> {
        self.redacted(tree.path(&self.sides(), row).as_bytes())
    }

    /// What a push of the second image sends, where the registry has the first one.
    #[must_use]
    pub fn push(&self) -> String {
        self.comparison.cost.verdict(&|text| self.redacted_text(text))
    }

    /// What to know before the layers and files, as safe sentences, the most important first: the premises of the
    /// comparison, or where images that are otherwise the same differ, what a push sends, and what both need of one disk.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        let [a, b] = &self.images;
        let comparison = &self.comparison;
        let mut heads = comparison.premises([&a.image, &b.image]);
        let is_same = |row: &super::AlignedLayers| row.relation == super::Relation::Same && !row.unread;
        if comparison.differences.is_empty() && comparison.alignment.rows.iter().all(is_same) {
            heads.extend(comparison.configuration_part().map(|part| self.redacted_text(&part)));
        }
        heads.extend([self.push(), self.disk()]);
        heads
    }

    /// Where the images begin to differ, if a layer was built again there, as a sentence without a full stop.
    #[must_use]
    pub fn cache_break(&self) -> Option<String> {
        let alignment = &self.comparison.alignment;
        let row = &alignment.rows[alignment.first_difference()?];
        let layers = match (row.a, row.b) {
            (Some(a), Some(b)) if a == b => format!("layer {a}"),
            (Some(a), Some(b)) => format!("layer {a} of A, layer {b} of B"),
            _ => return None,
        };
        let is_known = row.relation == super::Relation::Rebuilt
            && !row.unread
            && !self.comparison.unread.iter().any(|parts| parts.config);
        is_known.then(|| format!("{layers} is the first difference: from here on, the build cache was not used"))
    }

    fn redacted_text(&self, text: &str) -> String {
        let [a, b] = &self.images;
        b.redactor.text(&a.redactor.text(text)).into_owned()
    }

    /// What both need of one disk, unpacked: engines keep layers by their chain IDs, so they share those from the lowest up to
    /// the first that differs.
    #[must_use]
    pub fn disk(&self) -> String {
        let [a, b] = &self.images;
        let is_same = |(a, b): &(&Layer, &Layer)| match (&a.diff_id, &b.diff_id) {
            (Some(a), Some(b)) => a == b,
            _ => a.digest.is_some() && a.digest == b.digest,
        };
        let layers = a.image.layers.iter().zip(&b.image.layers);
        let shared = layers.take_while(is_same).count();
        let size = |of: &ComparedImage, least: usize| {
            let layers = of.union.layer_numbers().skip(least);
            let stored = layers.flat_map(|layer| of.union.entries(layer).iter().map(EntryRef::stored));
            stored.fold(0, u64::saturating_add)
        };
        let apart = size(a, 0).saturating_add(size(b, 0));
        let together = size(a, 0).saturating_add(size(b, shared));
        if self.unread_part().is_some() {
            return format!("on one disk {} at least: not everything was read", bytes(together));
        }
        if shared == 0 {
            return format!("on one disk {}: they share no layer from the lowest up", bytes(apart));
        }
        let layers = if shared == 1 { "layer 1 is".to_owned() } else { format!("layers 1 to {} are", count(shared)) };
        let saved = bytes(apart.saturating_sub(together));
        format!("on one disk {}, not {}: {layers} there once ({saved})", bytes(together), bytes(apart))
    }

    /// What was not read of either image, as a clause; `None` if everything was.
    #[must_use]
    pub fn unread_part(&self) -> Option<String> {
        let other = || self.is_incomplete().then(|| "not everything could be read".to_owned());
        self.comparison.unread_part().or_else(other)
    }

    fn is_incomplete(&self) -> bool {
        let has_gap = |of: &ComparedImage| of.image.findings.iter().any(|finding| finding.is_gap);
        self.images.iter().any(has_gap) || self.comparison.answers.findings.iter().any(|list| !list.is_empty())
    }
}
