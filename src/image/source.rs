//! Where an image was read from, if that is not a file.

use serde::Serialize;

use super::Image;

/// An engine or a storage, and the image in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageSource {
    /// The transport of containers-transports(5), or its usual extension: `docker-daemon`, `podman`,
    /// `containers-storage`.
    pub kind: &'static str,
    /// The address of the engine, or the root folder of the storage.
    pub endpoint: String,
    /// What the user called the image.
    pub reference: String,
    /// The digest that the engine uses for it.
    pub digest: Option<String>,
    /// Whether the layers are read where the engine stores them, without an export.
    pub in_place: bool,
}

impl ImageSource {
    /// In a few words: `Docker`, `Podman's storage`.
    #[must_use]
    pub fn short(&self) -> &'static str {
        match (self.kind, self.in_place) {
            ("docker-daemon", false) => "Docker",
            ("docker-daemon", true) => "Docker's storage",
            ("podman", false) => "Podman",
            _ => "containers-storage",
        }
    }
}

/// An image as its engine describes it before an export. Nothing of it is read.
#[derive(Clone, Debug)]
pub struct DescribedImage {
    /// Its platform, configuration, history and layers. A size of a layer is as the engine counts.
    pub image: Image,
    /// The steps that made a layer, or may have, without a layer that is certainly theirs.
    pub unplaced: Vec<UnplacedStep>,
}

/// A step of which the engine does not say which layer it made, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnplacedStep {
    /// Its index.
    pub step: usize,
    /// The size of its layer, as the engine counts, where the engine says it.
    pub size: Option<u64>,
}

/// An engine, and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedEngine {
    /// The transport that opens its images.
    pub kind: &'static str,
    /// Its name.
    pub engine: &'static str,
    /// Where it listens, or the root folder of the storage.
    pub endpoint: String,
    /// Why its images cannot be listed.
    pub fault: Option<String>,
    /// The images, in its own order.
    pub images: Vec<EngineImage>,
}

/// An image as an engine lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineImage {
    /// All its names with tags; empty for an untagged image.
    pub names: Vec<String>,
    /// The digest that the engine uses for it.
    pub id: String,
    /// When it was built, in seconds since the epoch.
    pub created: Option<i64>,
    /// Its size, as the engine counts.
    pub size: Option<u64>,
}
