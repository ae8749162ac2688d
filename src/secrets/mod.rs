//! Secrets that anyone who can pull the image can read: in every version of every file, removed and overwritten ones
//! too, in the history, in build arguments, in the environment and in labels.
//!
//! ```text
//! path ──▶ files: what a file of that name must hold to be one ──┐
//! bytes ─▶ forms: keys, tokens, known by their form alone ────────┼──▶ Secret: what, where, seen or only stored
//! names ─▶ names, pairs, command: PASSWORD, API_KEY, curl -u, … ──┘
//! ```
//!
//! `places` lists where in the documents a secret can be written; `documents` searches those places, and `redact` takes
//! what was found out of them and of whatever else is written. The words that names, values and commands are judged by
//! are tables: `data`.
//!
//! What is read is bounded. A file whose name makes it worth it is read up to 1 MiB, in every layer. Any other file is
//! read up to 8 MiB, but not in the layers of a distribution that the image was built on: those are public already, and
//! full of keys that its packages test with. In binary files only what is sure by its form is looked for, and what is packed is not
//! unpacked.

mod aws;
mod command;
mod data;
mod documents;
mod encodings;
mod files;
mod forms;
mod keys;
mod names;
mod operands;
mod pairs;
mod places;
mod redact;
mod redaction;
mod scan;
mod shapes;
mod tokens;
mod window;

use crate::image::{EntryPath, LayerNumber};

use crate::analysis::{Account, Severity};

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
        /// The layer that hid it, where one did.
        hidden_by: Option<LayerNumber>,
        /// Whether any user in a container can read it: its mode lets them, and so do its folders.
        world_readable: bool,
    },
    /// In a variable of the environment that containers start with.
    Env(String),
    /// In a label.
    Label(String),
    /// In the history.
    Step {
        /// From 1, oldest first.
        number: usize,
        /// The layer it made, if it made one.
        layer: Option<LayerNumber>,
    },
    /// Anywhere else in the documents, by the name of the place: `Cmd`, `Healthcheck`, `image name`, …
    Document(&'static str),
}

/// Something that should not be readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, as one word: `private-key`, `github-token`, …
    pub kind: &'static str,
    /// How sure that is.
    pub severity: Severity,
    /// Where it is stored.
    pub location: SecretLocation,
    /// The secret itself, as far as it was read; empty where a whole file is one. Never shown unasked.
    pub value: String,
}

impl Secret {
    /// Its first characters, which usually identify it; empty if it is so short that they would reveal it.
    #[must_use]
    pub fn begins(&self) -> &str {
        begins(&self.value)
    }
}

/// A secret in some bytes, whole.
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

    /// As much of it as is kept.
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
/// Letters of a secret that may be shown.
const SHOWN: usize = 4;

fn begins(value: &str) -> &str {
    let at = |letter: usize| value.char_indices().nth(letter).map(|(at, _)| at);
    match (at(2 * SHOWN), at(SHOWN)) {
        (Some(_), Some(end)) => value.get(..end).unwrap_or_default(),
        _ => "",
    }
}
