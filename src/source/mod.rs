//! From a file to an image: what it is, what it lists, and the contents of every layer.
//!
//! ```text
//! Location ─ open ─► Store ─ catalogue ─► entries ─ choose, build ─► OpenedImage ─ scan ─► Entries of each layer
//!            │       members by name      what is   manifest,         │             tar walkers, one thread per layer
//!            └ spool what is not          listed    config, history   └ Contents: any file read by its offset
//!              seekable
//! ```
//!
//! Everything is decided by content: suffixes, media types and even the archive's own lists are wrong too often. What
//! an archive gets wrong about one image is a [`crate::image::Finding`] kept with it; only what leaves nothing to show
//! is a [`SourceError`]. All input is hostile: sizes in it are never allocated, names in it never opened on the host,
//! and nothing in it is followed by recursion.

mod archive;
mod artifact;
mod attestations;
mod audit;
mod blob;
mod build;
mod cache;
mod catalogue;
mod collector;
mod config;
mod conformance;
mod container;
mod content;
mod descriptor;
mod diagnose;
mod digests;
mod documents;
mod error;
mod json;
mod layers;
mod listing;
mod location;
mod magic;
mod open;
mod opened;
mod remembered;
mod resume;
mod scan;
mod schema;
mod select;
mod split;
mod spool;
mod storage;
mod store;
mod tar;
mod unpack;
#[cfg(target_os = "linux")]
mod upper;
mod watched;

pub use crate::image::{Progress, ProgressEvent, Quiet};
pub use archive::{Archive, ImageChoice};
pub use audit::{Audit, Claim, Claimed, Stream};
pub use cache::{LayerCache, Limits};
pub use collector::{AddedTar, ContainerLayer, Extent, LayerCollector, TarPart};
pub use config::config as runtime_config;
pub use container::{ContainerTar, MakeLayer, push_container};
pub use error::SourceError;
pub use location::{Input, Location, Selector, Transport};
pub use opened::OpenedImage;
pub use remembered::{ExportAgain, ExportKey};
pub use storage::{ContainersStorage, StorageError, StoredImage, containerd_image, docker_image};
#[cfg(target_os = "linux")]
pub use storage::{StoredContainer, docker_upper};
#[cfg(target_os = "linux")]
pub use upper::IdMap;
