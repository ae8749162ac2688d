//! The stores of engines, read where they are: no export, no engine.
//!
//! What an image consists of is put together under the names that `docker save` would give it, so that everything after
//! this, from the list of images to verification, is the same as for an archive. An image is identified by the digest of its
//! configuration, and its layers by their diff IDs: a store that has these has the image, whoever wrote it. The content
//! store of containerd is the `blobs` folder of an OCI layout already, and an image in it is the digest of its index.

#[cfg(target_os = "linux")]
mod container;
mod containerd;
mod containers;
mod docker;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::image::{DiffId, Digest};

use super::blob::Blob;
use super::diagnose::shell_word;
use super::open::OpenedArchive;
use super::split::SplitLayer;
use super::store::{MemberStore, Store};

#[cfg(target_os = "linux")]
pub use container::{StoredContainer, docker_upper};
pub use containerd::containerd_image;
pub use containers::{ContainersStorage, StoredImage};
pub use docker::docker_image;

/// The limit on a document of a store; the list of the layers of a busy machine has megabytes.
const DOCUMENT_MOST: u64 = 256 << 20;

/// What to do if a file of a store may not be read. In the storage of a user, files belong to the users of the containers.
pub(super) const PERMISSION: &str = ": run the command with `sudo`, or in `podman unshare` for the storage of a user";

/// Why an image cannot be read from a store in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A file of the store cannot be read.
    #[error("cannot read `{}`{}", file.display(), hint(source))]
    Io {
        /// Which.
        file: std::path::PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A document of the store cannot be understood.
    #[error("`{}` cannot be understood: {why}", file.display())]
    Document {
        /// Which.
        file: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// The store is of a driver that keeps layers in another way.
    #[error(
        "images of the storage driver `{d}` cannot be read in place, only those of `overlay`: `podman --root {r} \
         --storage-driver {d} save -o image.tar NAME` writes one to a file, which can be opened",
        d = driver.escape_debug(), r = shell_word(&root.to_string_lossy())
    )]
    Driver {
        /// The driver.
        driver: String,
        /// The root folder of the storage.
        root: std::path::PathBuf,
    },
    /// The store lacks a part of the image.
    #[error("the store has no {0}: `podman save` exports what it has, and the file can be opened")]
    Incomplete(String),
    /// The beginning of an ID that fits several containers.
    #[error("`{}` is several containers of the storage, choose one: {choices}", name.escape_debug())]
    SeveralContainers {
        /// As typed.
        name: String,
        /// Their IDs.
        choices: String,
    },
    /// A name that fits several images.
    #[error("`{reference}` is several images of the storage, choose one by its ID: {choices}", reference = reference.escape_debug())]
    Several {
        /// The name.
        reference: String,
        /// What fits.
        choices: String,
    },
}

fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied { PERMISSION } else { "" }
}

/// The parts of an image in a store.
struct Parts {
    names: Vec<String>,
    config: Vec<u8>,
    /// Lowest first.
    layers: Vec<(DiffId, Arc<SplitLayer>)>,
}

impl Parts {
    /// An archive of this image only, without a file.
    fn archive(self, what: String) -> OpenedArchive {
        let name = |digest: &Digest, suffix: &str| format!("{}.{suffix}", digest.encoded());
        let config = name(&Digest::of(&self.config), "json");
        let layers: Vec<String> = self.layers.iter().map(|(id, _)| name(&id.0, "tar")).collect();
        let list = json!([{ "Config": config, "RepoTags": self.names, "Layers": layers }]);
        let mut members = BTreeMap::new();
        members.insert("manifest.json".to_owned(), Blob::of_memory(list.to_string().into_bytes()));
        members.insert(config, Blob::of_memory(self.config));
        for (name, (_, layer)) in layers.into_iter().zip(self.layers) {
            members.insert(name, Blob::of_split(layer));
        }
        let store = Store::Members(MemberStore::new(members));
        OpenedArchive { store, file: what, findings: Vec::new(), broken: None }
    }
}

/// A small file of a store.
fn document(file: &Path) -> Result<Vec<u8>, StorageError> {
    let io = |source| StorageError::Io { file: file.to_owned(), source };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(io)?;
    if !opened.metadata().map_err(io)?.is_file() {
        return Err(io(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    opened.take(DOCUMENT_MOST).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn parsed<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, StorageError> {
    let wrong = |error: serde_json::Error| StorageError::Document { file: file.to_owned(), why: error.to_string() };
    serde_json::from_slice(&document(file)?).map_err(wrong)
}

/// The diff IDs in a configuration.
fn diff_ids(config: &[u8], file: &Path) -> Result<Vec<DiffId>, StorageError> {
    let wrong = |why: String| StorageError::Document { file: file.to_owned(), why };
    let config: serde_json::Value = serde_json::from_slice(config).map_err(|error| wrong(error.to_string()))?;
    let ids = config.pointer("/rootfs/diff_ids").and_then(serde_json::Value::as_array);
    let ids = ids.ok_or_else(|| wrong("it has no diff IDs".to_owned()))?;
    let digest = |id: &serde_json::Value| id.as_str().unwrap_or_default().parse().map(DiffId);
    ids.iter().map(|id| digest(id).map_err(|error| wrong(error.to_string()))).collect()
}
