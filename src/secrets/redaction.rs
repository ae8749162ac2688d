//! What may be shown of a secret without `--show-secrets`: where it is stored, and how long it is.

use crate::image::LayerNumber;

use super::{Secret, SecretLocation};

impl Secret {
    /// The layer that stores it, or that its step made.
    #[must_use]
    pub fn layer(&self) -> Option<LayerNumber> {
        match &self.location {
            SecretLocation::File { layer, .. } => Some(*layer),
            SecretLocation::Step { layer, .. } => *layer,
            SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => None,
        }
    }

    /// Whether the final image shows it: a file that is visible, or what its documents say.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(&self.location, SecretLocation::File { hidden_by: Some(_), .. })
    }

    /// Letters of it; none where the whole file is one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.value.chars().count()
    }
}
