//! The hashes that digests are made of.

use sha2::digest::DynDigest;
use sha2::{Digest as _, Sha256, Sha512};

use super::Digest;

/// Computes the hash of one algorithm.
pub struct Hasher(Box<dyn DynDigest + Send>);

impl Hasher {
    /// `None` for an algorithm that this program cannot compute.
    #[must_use]
    pub fn new(algorithm: &str) -> Option<Self> {
        Some(match algorithm {
            "sha256" => Self::sha256(),
            "sha512" => Self(Box::new(Sha512::new())),
            _ => return None,
        })
    }

    /// A SHA-256.
    #[must_use]
    pub fn sha256() -> Self {
        Self(Box::new(Sha256::new()))
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash in lower-case hex digits, as in a digest.
    #[must_use]
    pub fn finish(self) -> String {
        Digest::encode(&self.0.finalize())
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// The SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
