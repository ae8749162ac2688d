//! What may be shown of a secret without being asked for: where it is stored, and how long it is.

use crate::image::LayerNumber;

use super::{Location, Secret};

impl Secret {
    /// The layer that stores it, or that the step made which holds it.
    #[must_use]
    pub fn layer(&self) -> Option<LayerNumber> {
        match &self.location {
            Location::File { layer, .. } => Some(*layer),
            Location::Step { layer, .. } => *layer,
            Location::Env(_) | Location::Label(_) | Location::Document(_) => None,
        }
    }

    /// Whether the final image shows it: a file that is visible, or what its documents say.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(&self.location, Location::File { hidden_by: Some(_), .. })
    }

    /// Letters of it; none where the whole file is one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.value.chars().count()
    }
}
