//! Two images side by side: what is the same and what differs.
//!
//! ```text
//! images ──▶ Alignment: which layers belong together ─┬─▶ RebuildReason: why a layer was built again
//! unions ──▶ Sides ──▶ Differences: a tree of paths ──┴─▶ PackageChanges
//! configurations ──▶ settings       secrets, junk ──▶ new, still there, gone
//! ```
//!
//! A layer with the same digest is the same layer. Any other file is the same only if its size and its hash are, and what
//! could not be read counts as different, with a finding. What a layer that was not read may change is not compared.

mod align;
mod configuration;
mod contents;
mod differences;
mod found;
mod layers;
mod moment;
mod packages;
mod pair;
mod premises;
mod reasons;
mod sequence;
mod settings;
mod sharing;
#[cfg(test)]
mod tests;
mod tree;
mod unread;

pub use align::{AlignedLayers, Alignment, Relation};
pub use contents::ContentAnswers;
pub use differences::{Difference, DifferenceKind, Differences, RowId, Totals};
pub use found::{JunkChange, Presence, SecretChange, junk_changes, secret_changes};
pub use moment::{Moment, Sides};
pub use packages::{Ecosystem, PackageChange, PackageChanges};
pub use pair::{ComparedImage, ComparedImages};
pub use reasons::RebuildReason;
pub use settings::{SettingChange, setting_changes};
pub use sharing::{ImageShare, MOST_SHARED_LAYERS, SharedBlob, Sharing};
pub use unread::UnreadParts;

use crate::cost::{Cost, CostSide, HeldImage, SampleSize};
use crate::format::joined;
use crate::image::{Contents, Image, Progress};
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
    /// What a push of the second image sends, where the registry has the first one.
    pub cost: Cost,
    /// The parts of the configurations that differ, settings among them, as safe words.
    pub configuration: Vec<String>,
    /// What was not read of the first and of the second image.
    pub unread: [UnreadParts; 2],
}

impl Comparison {
    /// Compares two images, and reads the contents that decide it.
    #[must_use]
    pub fn new(a: Compared<'_>, b: Compared<'_>, progress: &dyn Progress) -> Self {
        let mut alignment = Alignment::new(a.image, b.image);
        alignment.check(a.union, b.union);
        let unread = [a, b].map(|of| UnreadParts::new(of.image, of.union));
        alignment.unlisted = unread.each_ref().map(|parts| parts.unlisted);
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
        let configuration = configuration::differing_parts(a.image, b.image);
        let [held, side] = [a, b].map(|of| CostSide { image: of.image, layers: of.union.layers() });
        let label = a.image.names.first().cloned().unwrap_or_else(|| "A".to_owned());
        let baseline = HeldImage::new(label, held, side);
        let cost = Cost::new(side, b.contents, vec![baseline], SampleSize::Small, progress);
        Self { alignment, reasons, differences, packages, answers, cost, configuration, unread }
    }

    /// The two views.
    #[must_use]
    pub fn sides<'a>(&'a self, a: &'a Union, b: &'a Union) -> Sides<'a> {
        Sides::of_images(a, b, &self.alignment)
    }

    /// Where the configurations differ, as a clause, for images whose settings are the same.
    #[must_use]
    pub fn configuration_part(&self) -> Option<String> {
        let named = |part: &String| match part.as_str() {
            "created" => "the time of its creation".to_owned(),
            "history" => "its history".to_owned(),
            configuration::TIMES => "the times of its history".to_owned(),
            other => format!("`{other}`"),
        };
        let parts: Vec<_> = self.configuration.iter().map(named).collect();
        (!parts.is_empty()).then(|| format!("the configuration differs only in {}", joined(&parts)))
    }

    /// What was not read of either image, as a clause.
    #[must_use]
    pub fn unread_part(&self) -> Option<String> {
        UnreadParts::describe(&self.unread)
    }

    /// Whether files of either image were not read.
    #[must_use]
    pub fn has_unread_files(&self) -> bool {
        self.unread.iter().any(UnreadParts::has_files)
    }

    /// Why the layers of a row of the alignment differ.
    #[must_use]
    pub fn reason(&self, row: usize) -> Option<&RebuildReason> {
        self.reasons.iter().find(|(of, _)| *of == row).map(|(_, reason)| reason)
    }
}
