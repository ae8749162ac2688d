//! What a push of an image sends where the registry has its base: its blobs as [`Cost`] counts them, found in the documents
//! only.

use crate::image::Image;

use super::{Amount, Cost, CostBlob, CostSide};

/// What a push sends where the registry has the lowest layers, as many as the base has: the layers above them, the
/// configuration and the manifest. `None` if the size of one of them is not known. Nothing is read: a layer that is not
/// compressed yet counts as it is, and makes the amount an estimate.
#[must_use]
pub fn push_above(image: &Image, base: usize) -> Option<Amount> {
    let mut cost = Cost::default();
    cost.add_layers(CostSide { image, layers: &[] });
    cost.add_documents(image);
    let is_own = |blob: &&CostBlob| blob.layers.first().is_none_or(|layer| layer.get() > base);
    let own: Vec<_> = cost.blobs.iter().filter(is_own).collect();
    own.iter().all(|blob| blob.bytes.is_some()).then(|| Amount::of(own.into_iter()))
}
