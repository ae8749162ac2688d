//! Containers where an engine stores them: the upper directories of their overlay mounts.
//!
//! ```text
//! containers-storage   overlay-containers/containers.json       names, ID, image, layer
//!                      overlay/LAYER/diff                       the upper directory
//! Docker               image/overlay2/layerdb/mounts/ID/mount-id
//!                      overlay2/MOUNT/diff                      the upper directory
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::image::Progress;
use crate::source::collector::LayerCollector;
use crate::source::error::SourceError;
use crate::source::upper::IdMap;

use super::containers::{ContainersStorage, is_plain};
use super::{StorageError, document, parsed};

/// A container in a storage.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredContainer {
    id: String,
    #[serde(default)]
    names: Option<Vec<String>>,
    #[serde(default)]
    image: String,
    #[serde(default)]
    layer: String,
    #[serde(skip)]
    root: PathBuf,
}

impl StoredContainer {
    /// The hex digits of its ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hex digits of the ID of its image.
    #[must_use]
    pub fn image(&self) -> &str {
        &self.image
    }

    fn is_called(&self, name: &str) -> bool {
        self.id == name || self.names.iter().flatten().any(|known| known == name)
    }
}

#[derive(Deserialize)]
struct MappedLayer {
    id: String,
    #[serde(default)]
    uidmap: Option<Vec<Mapping>>,
    #[serde(default)]
    gidmap: Option<Vec<Mapping>>,
}

#[derive(Deserialize)]
struct Mapping {
    container_id: u32,
    host_id: u32,
    size: u32,
}

impl ContainersStorage {
    /// The container of this name, of this ID, or the only one whose ID begins so.
    ///
    /// # Errors
    /// If the list cannot be read, or several containers fit.
    pub fn container(&self, name: &str) -> Result<Option<StoredContainer>, StorageError> {
        let mut all: Vec<StoredContainer> = Vec::new();
        for root in self.roots() {
            let listed: Vec<StoredContainer> = match parsed(&root.join("overlay-containers/containers.json")) {
                Ok(listed) => listed,
                Err(StorageError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let plain = listed.into_iter().filter(|container| is_plain(&container.id) && is_plain(&container.layer));
            all.extend(plain.map(|container| StoredContainer { root: root.clone(), ..container }));
        }
        if let Some(exact) = all.iter().find(|container| container.is_called(name)) {
            return Ok(Some(exact.clone()));
        }
        let fitting: Vec<_> = all.into_iter().filter(|container| container.id.starts_with(name)).collect();
        match fitting.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            several => {
                let ids = several.iter().take(20).map(|container| container.id.get(..12).unwrap_or(&container.id));
                let choices = ids.collect::<Vec<_>>().join(", ");
                Err(StorageError::SeveralContainers { name: name.to_owned(), choices })
            }
        }
    }

    /// Adds what a container changed to its layer.
    ///
    /// # Errors
    /// If its upper directory cannot be read.
    pub fn add_container(
        container: &StoredContainer,
        layer: &mut LayerCollector,
        progress: &dyn Progress,
    ) -> Result<(), SourceError> {
        let (users, groups) = id_maps(container);
        let upper = container.root.join("overlay").join(&container.layer).join("diff");
        layer.add_upper(&upper, &users, &groups, progress)
    }
}

/// The owners inside of a container, if its layer has a map of its own.
fn id_maps(container: &StoredContainer) -> (IdMap, IdMap) {
    let layers = ["layers.json", "volatile-layers.json"].into_iter().flat_map(|list| {
        parsed::<Vec<MappedLayer>>(&container.root.join("overlay-layers").join(list)).unwrap_or_default()
    });
    let Some(layer) = layers.into_iter().find(|layer| layer.id == container.layer) else { return Default::default() };
    let map = |mappings: Option<Vec<Mapping>>| {
        let ranges = mappings.into_iter().flatten();
        IdMap(ranges.map(|range| (range.container_id, range.host_id, range.size)).collect())
    };
    (map(layer.uidmap), map(layer.gidmap))
}

/// The upper directory of a container in Docker's store, if it is the one that the store itself knows for this container:
/// a path of another machine may exist here, but not for an ID of 256 random bits.
#[must_use]
pub fn docker_upper(root: &Path, id: &str, upper: &str) -> Option<PathBuf> {
    if !is_plain(id) {
        return None;
    }
    let file = root.join("image/overlay2/layerdb/mounts").join(id).join("mount-id");
    let mount = document(&file).ok()?;
    let mount = std::str::from_utf8(&mount).ok()?.trim();
    let is_name = !mount.is_empty() && mount.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let known = root.join("overlay2").join(mount).join("diff");
    (is_name && known == Path::new(upper)).then_some(known)
}
