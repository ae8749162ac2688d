//! Two views side by side: what is the same and what differs. The views are those of two images, or of one image before
//! and after some of its layers.
//!
//! ```text
//! images ──▶ Alignment: which layers belong together ─┬─▶ RebuildReason: why a layer was built again
//! unions ──▶ Sides ──▶ Differences: a tree of paths ──┴─▶ PackageChanges
//! configurations ──▶ settings       secrets, junk ──▶ new, still there, gone
//! ```
//!
//! A layer with the same digest is the same layer. Any other file is the same only if its size and its hash are, and what
//! could not be read counts as different, with a finding.

mod align;
mod contents;
mod differences;
mod found;
mod moment;
mod packages;
mod reasons;
mod sequence;
mod settings;
mod sharing;
#[cfg(test)]
mod tests;

pub use align::{AlignedLayers, Alignment, Relation};
pub use contents::ContentAnswers;
pub use differences::{Difference, DifferenceKind, Differences, RowId, Totals};
pub use found::{JunkChange, Presence, SecretChange, junk_changes, secret_changes};
pub use moment::{Moment, Sides};
pub use packages::{Ecosystem, PackageChange, PackageChanges};
pub use reasons::RebuildReason;
pub use settings::{SettingChange, setting_changes};
pub use sharing::{ImageShare, MOST_SHARED_LAYERS, SharedBlob, Sharing};

use std::collections::HashSet;

use crate::image::{Contents, Image, LayerNumber, Progress};
use crate::union::Union;

use differences::Draft;
use moment::PathPairs;
use reasons::ReasonDraft;

/// An image to compare.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// Its documents.
    pub image: &'a Image,
    /// Its layers.
    pub union: &'a Union,
    /// Its files.
    pub contents: &'a dyn Contents,
}

/// What differs between two images.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Which layers belong together.
    pub alignment: Alignment,
    /// Why layers were rebuilt, by their row of the alignment.
    pub reasons: Vec<(usize, RebuildReason)>,
    /// The files that differ.
    pub differences: Differences,
    /// The packages that differ.
    pub packages: PackageChanges,
    /// What could not be read while contents were compared.
    pub answers: ContentAnswers,
    /// What would be pushed, where the registry has the first image.
    pub push: Push,
}

/// The layers of the second image that a registry with the first one does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// Those whose content is new.
    pub layers: Vec<LayerNumber>,
    /// Those whose content the first image has under another compression.
    pub recompressed: Vec<LayerNumber>,
    /// Bytes of the blobs of both as they are stored.
    pub stored_bytes: u64,
}

impl Comparison {
    /// Compares two images, and reads the contents that decide it.
    #[must_use]
    pub fn new(a: Compared<'_>, b: Compared<'_>, progress: &dyn Progress) -> Self {
        let mut alignment = Alignment::new(a.image, b.image);
        alignment.check(a.union, b.union);
        let sides = Sides::of_images(a.union, b.union, &alignment);
        let paths = PathPairs::new(&sides);
        let draft = Draft::new(&sides, &paths);
        let reasons = ReasonDraft::all(&sides, &paths, &alignment);
        let pairs: Vec<_> = draft.pairs().chain(reasons.iter().flat_map(ReasonDraft::pairs)).collect();
        let contents = [a.contents, b.contents];
        let answers = ContentAnswers::read(&sides, contents, &pairs, progress);
        let differences = draft.finish(&sides, &paths, &answers);
        let reasons = reasons.iter().map(|draft| draft.finish(&sides, &answers)).collect();
        let packages = PackageChanges::new(&differences, &sides, contents);
        let push = Push::new(b.image, &alignment);
        Self { alignment, reasons, differences, packages, answers, push }
    }

    /// The two views.
    #[must_use]
    pub fn sides<'a>(&'a self, a: &'a Union, b: &'a Union) -> Sides<'a> {
        Sides::of_images(a, b, &self.alignment)
    }

    /// Why the layers of a row of the alignment differ.
    #[must_use]
    pub fn reason(&self, row: usize) -> Option<&RebuildReason> {
        self.reasons.iter().find(|(of, _)| *of == row).map(|(_, reason)| reason)
    }
}

impl Differences {
    /// What the layers from one to another changed in one image, combined.
    #[must_use]
    pub fn of_layers(
        union: &Union,
        contents: &dyn Contents,
        (first, last): (LayerNumber, LayerNumber),
        progress: &dyn Progress,
    ) -> Self {
        let sides = Sides::of_layers(union, first, last);
        let paths = PathPairs::new(&sides);
        let draft = Draft::new(&sides, &paths);
        let pairs: Vec<_> = draft.pairs().collect();
        let answers = ContentAnswers::read(&sides, [contents; 2], &pairs, progress);
        draft.finish(&sides, &paths, &answers)
    }
}

impl Push {
    fn new(b: &Image, alignment: &Alignment) -> Self {
        let new = alignment.new_contents();
        let again = alignment.rows.iter().filter(|row| row.recompressed).filter_map(|row| row.b);
        let recompressed: Vec<_> = again.collect();
        let mut pushed = HashSet::new();
        let stored = |layer: &LayerNumber| {
            let layer = b.layers.get(layer.index())?;
            // A blob that is two layers is pushed once.
            let once =
                layer.same_as.is_none() && layer.digest.as_ref().is_none_or(|digest| pushed.insert(digest.as_str()));
            layer.stored_size.filter(|_| once)
        };
        let stored_bytes = new.iter().chain(&recompressed).filter_map(stored).fold(0, u64::saturating_add);
        Self { layers: new, recompressed, stored_bytes }
    }
}
