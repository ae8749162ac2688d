//! The three figures of `dive` (wagoodman/dive, `efficiency.go` and `analysis.go`), computed exactly as dive does,
//! including its oddities, so that thresholds can be carried over. Ours are defined differently, and say so.
//!
//! dive stacks all lower layers again for every whiteout it finds. The same figures result from one tree that grows
//! layer by layer, if each node knows the bytes below it:
//!
//! ```text
//! for each layer:  score its leaves, whiteouts against the stack of the layers below  ─▶  apply it to the stack
//! ```

mod folders;
mod forest;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::image::{Entries, EntryPath, Finding, FindingKind};
use crate::union::MOST_PATH_BYTES;
pub(crate) use folders::{DOUBLE_WHITEOUT, FolderPositions};
use forest::Forest;

/// What `dive` says of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Dive {
    /// Smallest copies over all copies, from 0 to 1; 1 for no bytes at all.
    pub efficiency: f64,
    /// Bytes of every copy of every path that occurs more than once, the copy that is kept among them.
    pub wasted_bytes: u64,
    /// The same over [`Dive::user_bytes`]; not a number, infinite or above 1 where dive says so.
    pub user_wasted_percent: f64,
    /// Bytes of all entries of all layers.
    pub total_bytes: u64,
    /// Bytes of all layers but the lowest.
    pub user_bytes: u64,
}

/// A path that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The path, without the prefix of a whiteout.
    pub path: EntryPath,
    /// How often it occurs.
    pub count: usize,
    /// Bytes of all its copies.
    pub bytes: u64,
}

/// The paths that occur more than once, most bytes first and then by name. A path is built on demand: all of them can
/// be many times as long as what the layers store of them.
pub struct RepeatedPaths<'a> {
    forest: Forest<'a>,
    order: Vec<forest::NodeIndex>,
}

impl RepeatedPaths<'_> {
    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Repeated> {
        self.order.iter().filter_map(|&place| self.forest.repeated_at(place))
    }

    /// Reports if there was no room for all paths.
    #[must_use]
    pub fn left_out(&self) -> Option<Finding> {
        self.forest.is_full().then(|| {
            let message = format!("all paths of the image have more than {} MiB", MOST_PATH_BYTES >> 20);
            Finding::of_image(FindingKind::TooMuch, message).gap()
        })
    }
}

impl Dive {
    /// Counts as dive does, lowest layer first; time grows with the entries and the lengths of their names.
    #[must_use]
    pub fn new(layers: &[Arc<Entries>]) -> Self {
        Self::counted(layers).0
    }

    /// The same, with the paths that occur more than once, most bytes first. A large image has hundreds of thousands.
    #[must_use]
    pub fn with_repeated(layers: &[Arc<Entries>]) -> (Self, RepeatedPaths<'_>) {
        let (dive, forest) = Self::counted(layers);
        let order = forest.repeated();
        (dive, RepeatedPaths { forest, order })
    }

    #[expect(clippy::cast_precision_loss, reason = "dive divides as floats too")]
    fn counted(layers: &[Arc<Entries>]) -> (Self, Forest<'_>) {
        let mut sizes = Vec::with_capacity(layers.len());
        let mut forest = Forest::new(layers.iter().map(|layer| layer.len()).sum());
        for (index, entries) in layers.iter().enumerate() {
            sizes.push(entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size())));
            forest.read(entries);
            if index == 0 {
                // Its stacks begin as a copy of the lowest tree, whiteouts and all, before that tree is laid on itself.
                forest.copy_layer();
            }
            let order = forest.order();
            forest.score(&order);
            forest.stack(&order);
        }
        let (mut smallest, mut all, mut wasted) = (0_i128, 0_i128, 0_u64);
        for score in forest.scores() {
            smallest += score.smallest.map_or(-1, i128::from);
            all += i128::from(score.bytes);
            if score.count >= 2 {
                wasted = wasted.saturating_add(score.bytes);
            }
        }
        let sum = |sizes: &[u64]| sizes.iter().fold(0_u64, |sum, &size| sum.saturating_add(size));
        let user_bytes = sum(sizes.get(1..).unwrap_or_default());
        let dive = Self {
            efficiency: if all == 0 { 1.0 } else { smallest as f64 / all as f64 },
            wasted_bytes: wasted,
            user_wasted_percent: wasted as f64 / user_bytes as f64,
            total_bytes: sum(&sizes),
            user_bytes,
        };
        (dive, forest)
    }
}
