//! What may be shown of a secret without being asked for: where it is stored, and how long it is.

use crate::image::LayerNumber;

use super::{Lies, Secret};

impl Secret {
    /// The layer that stores it, or that the step made which holds it.
    #[must_use]
    pub fn layer(&self) -> Option<LayerNumber> {
        match &self.lies {
            Lies::File { layer, .. } => Some(*layer),
            Lies::Step { layer, .. } => *layer,
            Lies::Env(_) | Lies::Label(_) | Lies::Document(_) => None,
        }
    }

    /// Whether the final image shows it: a file that is visible, or what its documents say.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(&self.lies, Lies::File { hidden_by: Some(_), .. })
    }

    /// Letters of it; none where the whole file is one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.value.chars().count()
    }
}
