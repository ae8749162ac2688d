//! Images in container engines: what the IMAGE argument names, where the engines listen, and their API.
//!
//! ```text
//! word ─ Target::parse ─► a file ─────────────────────────────────► source
//!                    │
//!                    └──► a name ─ docker, podman ─► Endpoint ─ Client ─► inspect, history, export ─► source
//! ```
//!
//! An engine is only read. Nothing here pulls, tags, creates or starts anything, and a name is never sent to a registry:
//! the owner of that name there could be someone else.
//!
//! Endpoints are resolved like the command-line programs of the engines do. What they read, variables and files, comes
//! through [`Surroundings`], so that the resolution is a pure function.

#[cfg(feature = "network")]
mod changes;
#[cfg(feature = "network")]
mod client;
#[cfg(feature = "network")]
mod connect;
#[cfg(feature = "network")]
mod container;
mod docker;
mod endpoint;
mod error;
#[cfg(feature = "network")]
mod export;
mod podman;
mod reference;
mod storage;
mod target;

#[cfg(feature = "network")]
pub use client::{Client, HistoryItem, ImageSummary, Info, Inspected, ManifestSummary};
#[cfg(feature = "network")]
pub use container::{InspectedContainer, LayerError};
pub use docker::docker_endpoint;
pub use endpoint::{Endpoint, EndpointError, Engine, Surroundings, Via};
pub use error::EngineError;
#[cfg(feature = "network")]
pub use export::ExportReader;
pub use podman::podman_endpoint;
pub use reference::Reference;
pub use storage::{StorageRoot, storage_roots};
pub use target::{Target, TargetError};
