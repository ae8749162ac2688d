//! Finds secrets that anyone who can pull the image can read: in every version of every file, removed and overwritten
//! ones too, in the history, in build arguments, in the environment and in labels.
//!
//! ```text
//! path ──▶ files: readers for files whose name suggests a secret ─┐
//! bytes ─▶ forms: keys and tokens, recognised by format ──────────┼──▶ Secret: kind, place, visible or only stored
//! names ─▶ names, pairs, command: PASSWORD, API_KEY, curl -u, … ──┘
//! ```
//!
//! `places` lists the texts of the documents that can contain a secret. `documents` searches these texts; `redact` redacts
//! what was found, in these texts and in all other output. `data` contains the word lists for names, values and commands,
//! `detectors` reads the formats of `assets/secrets.toml`.
//!
//! Reading is limited. A file whose name suggests a secret is read up to 1 MiB, in every layer. Any other file is read up
//! to 8 MiB, but not in the layers of a distribution that the image was built on: these are public, and full of test keys.
//! In binary files, only formats that are certain count. Archives are not unpacked.

mod aws;
mod command;
mod data;
mod detectors;
mod documents;
mod encodings;
mod files;
mod forms;
mod keys;
mod known;
mod names;
mod operands;
mod pairs;
mod places;
mod redact;
mod scan;
mod shapes;
mod window;

use crate::image::{EntryPath, LayerNumber};

use crate::analysis::{Account, Severity};

pub use detectors::{DetectorFault, Detectors, add_detectors};
pub use redact::{Redactor, redacted};
pub use scan::{Secrets, find};

/// Where a secret is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretLocation {
    /// In a file as a layer stores it.
    File {
        /// The layer that stores it.
        layer: LayerNumber,
        /// The file.
        path: EntryPath,
        /// Live, or the account of the removed file.
        account: Account,
        /// The layer that hides it, if any.
        hidden_by: Option<LayerNumber>,
        /// Whether any user in a container can read it, by its mode and those of its folders.
        world_readable: bool,
    },
    /// In an environment variable of the configuration.
    Env(String),
    /// In a label.
    Label(String),
    /// In the history.
    Step {
        /// The number of the step, from 1, oldest first.
        number: usize,
        /// The layer that the step created, if any.
        layer: Option<LayerNumber>,
    },
    /// Anywhere else in the documents, by the name of the place: `Cmd`, `Healthcheck`, `image name`, …
    Document(&'static str),
}

/// Whether a place of the documents is part of an attestation, which is stored next to the image.
#[must_use]
pub fn is_attested(place: &str) -> bool {
    place.contains("provenance")
}

/// A secret in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The kind: `private-key`, `github-token`, …
    pub kind: &'static str,
    /// How certain it is to be a secret.
    pub severity: Severity,
    /// Where it is stored.
    pub location: SecretLocation,
    /// The secret itself, shortened to a limit; empty if it is a whole file. Shown only with `--show-secrets`.
    pub value: String,
}

impl Secret {
    /// The layer that stores it, or that its step created.
    #[must_use]
    pub fn layer(&self) -> Option<LayerNumber> {
        match &self.location {
            SecretLocation::File { layer, .. } => Some(*layer),
            SecretLocation::Step { layer, .. } => *layer,
            SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => None,
        }
    }

    /// Whether the final image contains it: in its documents, or in a visible file.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(&self.location, SecretLocation::File { hidden_by: Some(_), .. })
    }

    /// Its first characters, which usually identify it; empty if it is so short that they would reveal it.
    #[must_use]
    pub fn begins(&self) -> &str {
        begins(&self.value)
    }

    /// The number of its characters; 0 if it is a whole file.
    #[must_use]
    pub fn length(&self) -> usize {
        self.value.chars().count()
    }
}

/// A secret found in some bytes, in full length.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SecretHit {
    kind: &'static str,
    severity: Severity,
    value: String,
}

impl SecretHit {
    fn high(kind: &'static str, value: &[u8]) -> Self {
        Self { kind, severity: Severity::High, value: String::from_utf8_lossy(value).into_owned() }
    }

    fn medium(kind: &'static str, value: &[u8]) -> Self {
        Self { severity: Severity::Medium, ..Self::high(kind, value) }
    }

    /// The hit with its value cut to the limit.
    fn shortened(mut self) -> Self {
        if self.value.len() > KEPT {
            let end = (0..=KEPT).rev().find(|&end| self.value.is_char_boundary(end));
            self.value.truncate(end.unwrap_or(0));
            self.value.shrink_to_fit();
        }
        self
    }

    fn at(self, location: SecretLocation) -> Secret {
        let Self { kind, severity, value } = self.shortened();
        Secret { kind, severity, location, value }
    }
}

/// The limit on the bytes of a secret that are kept.
const KEPT: usize = 4096;
/// The number of characters of a secret that may be shown.
const SHOWN: usize = 4;

fn begins(value: &str) -> &str {
    let at = |letter: usize| value.char_indices().nth(letter).map(|(at, _)| at);
    match (at(2 * SHOWN), at(SHOWN)) {
        (Some(_), Some(end)) => value.get(..end).unwrap_or_default(),
        _ => "",
    }
}
