//! The images of an archive, before one of them is opened.

use serde::Serialize;

use super::Digest;

/// An image as the archive lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedImage {
    /// Its index, from 0: the N of `@N`.
    pub index: usize,
    /// All its names; empty for an untagged image.
    pub names: Vec<String>,
    /// What it runs on, where anything says so; several where the lists name it for several, and with the version of the
    /// operating system where images differ in nothing else.
    pub platform: Option<String>,
    /// The digest that engines use for it.
    pub digest: Option<Digest>,
    /// When it was built, as written.
    pub created: Option<String>,
    /// How many layers its manifest lists; 0 if the manifest is missing.
    pub layers: usize,
    /// Bytes of its layers as they are stored, compressed or not, each layer as often as it is listed; `None` if a layer is
    /// not there and nothing says how long it is.
    pub stored_bytes: Option<u64>,
    /// Whether its contents are in the archive, at least in part.
    pub available: bool,
    /// Whether something of it is there but cannot be read.
    #[serde(skip)]
    pub faulty: bool,
    /// What is wrong, in a few words; empty where all is well.
    pub note: String,
}
