//! The storage of containers/storage with its `overlay` driver: of Podman, Buildah and CRI-O.
//!
//! ```text
//! overlay-images/images.json        names, ID, topmost layer
//! overlay-images/ID/=BASE64         the configuration; the name is the Base64 of its digest
//! overlay-layers/layers.json        layers, each with its parent, its diff ID and the length of its tar
//! overlay-layers/ID.tar-split.gz    the tar without contents
//! overlay/ID/diff                   the contents
//! ```

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::image::{DiffId, Digest, EngineImage, ImageSource};
use crate::source::archive::Archive;
use crate::source::error::SourceError;
use crate::source::split::SplitLayer;

use super::{Parts, StorageError, diff_ids, document, parsed};

/// More layers than this are a loop.
const LAYERS_MOST: usize = 1_024;

/// The other drivers of containers/storage on Linux, whose names begin those of their folders.
const OTHER_DRIVERS: [&str; 3] = ["vfs", "btrfs", "zfs"];

/// One or several storages that share layers: that of a user, and additional stores of images.
#[derive(Debug)]
pub struct ContainersStorage {
    roots: Vec<PathBuf>,
    images: Vec<StoredImage>,
}

/// An image in a storage.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredImage {
    id: String,
    #[serde(default)]
    names: Option<Vec<String>>,
    #[serde(default)]
    layer: String,
    #[serde(skip)]
    root: PathBuf,
}

impl StoredImage {
    /// The hex digits of its ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its names with tags, each with its registry.
    #[must_use]
    pub fn names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    /// As lists show it.
    #[must_use]
    pub fn listed(&self) -> EngineImage {
        EngineImage { names: self.names().to_vec(), id: format!("sha256:{}", self.id), created: None, size: None }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredLayer {
    id: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    diff_digest: String,
    #[serde(default)]
    diff_size: Option<u64>,
    #[serde(skip)]
    root: PathBuf,
}

#[derive(Deserialize)]
struct ManifestConfig {
    config: ConfigDescriptor,
}

#[derive(Deserialize)]
struct ConfigDescriptor {
    digest: String,
}

impl ContainersStorage {
    /// Reads the lists of images. Roots that do not exist are left out; `None` if none exists.
    ///
    /// # Errors
    /// If a list cannot be read, or if all that exist are of another driver.
    pub fn open(roots: &[&Path]) -> Result<Option<Self>, StorageError> {
        let mut storage = Self { roots: Vec::new(), images: Vec::new() };
        for root in roots {
            let list = root.join("overlay-images/images.json");
            let mut images: Vec<StoredImage> = match parsed(&list) {
                Ok(images) => images,
                Err(StorageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for image in &mut images {
                (*root).clone_into(&mut image.root);
            }
            storage.images.extend(images.into_iter().filter(|image| is_plain(&image.id)));
            storage.roots.push(root.to_path_buf());
        }
        if !storage.roots.is_empty() {
            return Ok(Some(storage));
        }
        match roots.iter().find_map(|root| Some((root, other_driver(root)?))) {
            Some((root, driver)) => Err(StorageError::Driver { driver: driver.to_owned(), root: root.to_path_buf() }),
            None => Ok(None),
        }
    }

    /// All images.
    #[must_use]
    pub fn images(&self) -> &[StoredImage] {
        &self.images
    }

    /// The root folders.
    #[cfg(target_os = "linux")]
    pub(super) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// The root folders, as text.
    #[must_use]
    pub fn place(&self) -> String {
        self.roots.first().map(|root| root.display().to_string()).unwrap_or_default()
    }

    /// The one image that fits best; `rank` says how well a name fits, and `prefix` is the beginning of an ID.
    ///
    /// # Errors
    /// If several images fit equally.
    pub fn find(
        &self,
        reference: &str,
        rank: impl Fn(&str) -> Option<u8>,
        prefix: Option<&str>,
    ) -> Result<Option<&StoredImage>, StorageError> {
        let by_name = |image: &StoredImage| image.names().iter().filter_map(|name| rank(name)).max();
        let mut fitting: Vec<_> = self.images.iter().filter_map(|image| Some((by_name(image)?, image))).collect();
        let best = fitting.iter().map(|(rank, _)| *rank).max();
        fitting.retain(|(rank, _)| Some(*rank) == best);
        if fitting.is_empty()
            && let Some(prefix) = prefix
        {
            fitting = self.images.iter().filter(|image| image.id.starts_with(prefix)).map(|image| (0, image)).collect();
        }
        let ids: HashSet<&str> = fitting.iter().map(|(_, image)| image.id.as_str()).collect();
        if ids.len() < 2 {
            return Ok(fitting.first().map(|(_, image)| *image));
        }
        let shown = |image: &StoredImage| {
            let name = image.names().first().cloned().unwrap_or_default();
            format!("{} ({})", image.id.get(..12).unwrap_or(&image.id), name.escape_debug())
        };
        let choices: Vec<String> = fitting.iter().take(20).map(|(_, image)| shown(image)).collect();
        Err(StorageError::Several { reference: reference.to_owned(), choices: choices.join(", ") })
    }

    /// Opens an image: its documents are read, and its layers are found.
    ///
    /// # Errors
    /// If a part of it is missing, or cannot be read.
    pub fn image(&self, image: &StoredImage, source: ImageSource) -> Result<Archive, StorageError> {
        let folder = image.root.join("overlay-images").join(&image.id);
        let manifest: ManifestConfig = parsed(&folder.join("manifest"))?;
        let file = folder.join(data_name(&manifest.config.digest));
        let config = document(&file)?;
        if !config_is(&config, &manifest.config.digest) {
            let why = "it does not hash to its name".to_owned();
            return Err(StorageError::Document { file, why });
        }
        let wanted = diff_ids(&config, &file)?;
        let layers = self.layers(&image.layer)?;
        if layers.len() != wanted.len()
            || layers.iter().zip(&wanted).any(|(layer, id)| layer.diff_digest != id.as_str())
        {
            return Err(StorageError::Incomplete("layers of the configuration's diff IDs".to_owned()));
        }
        let opened = layers.iter().zip(wanted).map(|(layer, id)| Ok((id, layer.open()?)));
        let layers = opened.collect::<Result<Vec<(DiffId, Arc<SplitLayer>)>, StorageError>>()?;
        let parts = Parts { names: image.names().to_vec(), config, layers };
        let what = format!("`{}` in the storage", source.reference.escape_debug());
        Archive::in_place(parts.archive(what), source)
            .map_err(|error: SourceError| StorageError::Document { file: folder, why: error.to_string() })
    }

    /// The layers of an image, lowest first.
    fn layers(&self, top: &str) -> Result<Vec<StoredLayer>, StorageError> {
        let mut known: HashMap<String, StoredLayer> = HashMap::new();
        for root in &self.roots {
            for list in ["layers.json", "volatile-layers.json"] {
                let layers: Vec<StoredLayer> = match parsed(&root.join("overlay-layers").join(list)) {
                    Ok(layers) => layers,
                    Err(StorageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                for mut layer in layers.into_iter().filter(|layer| is_plain(&layer.id)) {
                    root.clone_into(&mut layer.root);
                    known.entry(layer.id.clone()).or_insert(layer);
                }
            }
        }
        let mut chain = Vec::new();
        let mut next = top.to_owned();
        while !next.is_empty() {
            let layer = known.remove(&next).filter(|_| chain.len() < LAYERS_MOST);
            let layer = layer.ok_or_else(|| StorageError::Incomplete(format!("layer `{}`", next.escape_debug())))?;
            next.clone_from(&layer.parent);
            chain.push(layer);
        }
        chain.reverse();
        Ok(chain)
    }
}

impl StoredLayer {
    fn open(&self) -> Result<Arc<SplitLayer>, StorageError> {
        let split = self.root.join("overlay-layers").join(format!("{}.tar-split.gz", self.id));
        let folder = self.root.join("overlay").join(&self.id).join("diff");
        let opened = SplitLayer::open(&split, &folder, self.diff_size);
        opened.map(Arc::new).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StorageError::Incomplete(format!("`{}`", split.display())),
            _ => StorageError::Io { file: split, source },
        })
    }
}

/// The driver of a storage, if it is another one than `overlay`.
fn other_driver(root: &Path) -> Option<&'static str> {
    OTHER_DRIVERS.into_iter().find(|driver| root.join(format!("{driver}-images")).is_dir())
}

/// Whether an ID from a list is safe in a path.
pub(super) fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn config_is(config: &[u8], digest: &str) -> bool {
    Digest::of(config).as_str() == digest
}

/// The file of a piece of data: its name, or its Base64 if other characters than these are in it.
fn data_name(key: &str) -> String {
    if key.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit() || byte.is_ascii_lowercase()) {
        key.to_owned()
    } else {
        format!("={}", BASE64_STANDARD.encode(key))
    }
}
