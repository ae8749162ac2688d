//! Images read where an engine stores them.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Result, anyhow};

use crate::engine::{Engine, Reference, StorageRoot, Surroundings, storage_roots};
use crate::image::{Image, ImageSource, ListedEngine};
use crate::report::SizesOf;
use crate::source::{Archive, ContainersStorage, ImageChoice, Progress, StoredImage};

use super::super::surroundings::Process;
use super::inventory::Inventory;
use super::{Answer, Held, Opening};

/// The transport of an image that is read from a storage.
pub(super) const KIND: &str = "containers-storage";

/// An image in a storage.
struct HeldInStorage {
    storage: ContainersStorage,
    image: StoredImage,
    id: String,
    reference: String,
}

impl Held for HeldInStorage {
    fn id(&self) -> &str {
        &self.id
    }

    fn location(&self) -> String {
        format!("{}:{}", Engine::Podman.transport(), self.reference)
    }

    fn open(&self, _: Opening<'_>) -> Result<Archive> {
        let source = ImageSource {
            kind: KIND,
            endpoint: self.storage.place(),
            reference: self.reference.clone(),
            digest: Some(self.id.clone()),
            in_place: true,
        };
        Ok(self.storage.image(&self.image, source)?)
    }
}

/// Finds an image in the storage of this user. `None` if there is no storage, which is not an answer.
pub(super) fn ask(reference: &Reference) -> Option<Answer> {
    let roots = storage_roots(&Process);
    let at = roots.first().map(|root| root.path().display().to_string()).unwrap_or_default();
    let found = open_roots(&roots).and_then(|storage| match storage {
        Some(storage) => find(storage, reference).map(Some),
        None => Ok(None),
    });
    Some(Answer { engine: Engine::Podman, at, found: found.transpose()?.map(|held| held.map(boxed)) })
}

fn boxed(held: HeldInStorage) -> Box<dyn Held> {
    Box::new(held)
}

pub(super) fn open_roots(roots: &[StorageRoot]) -> Result<Option<ContainersStorage>> {
    let paths: Vec<&Path> = roots.iter().map(StorageRoot::path).collect();
    Ok(ContainersStorage::open(&paths)?)
}

fn find(storage: ContainersStorage, reference: &Reference) -> Result<Option<HeldInStorage>> {
    let found = storage.find(reference.as_str(), |name| reference.rank(name), reference.id_prefix())?;
    let Some(image) = found.cloned() else { return Ok(None) };
    let id = format!("sha256:{}", image.id());
    Ok(Some(HeldInStorage { storage, image, id, reference: reference.to_string() }))
}

/// Opens an image of a storage, by default of the one of this user.
pub(super) fn open(root: Option<StorageRoot>, reference: &Reference, progress: &dyn Progress) -> Result<Archive> {
    let roots = root.map_or_else(|| storage_roots(&Process), |root| vec![root]);
    let at = roots.first().map(|root| root.path().display().to_string()).unwrap_or_default();
    let storage = open_roots(&roots)?.ok_or_else(|| {
        anyhow!("no storage at `{at}`: `podman info` shows the root of the one in use as `graphRoot`")
    })?;
    let listed: Vec<String> = storage.images().iter().flat_map(StoredImage::names).take(10).cloned().collect();
    let held = find(storage, reference)?.ok_or_else(|| {
        let listed = if listed.is_empty() { "none with a name".to_owned() } else { listed.join(", ") };
        anyhow!("the storage at `{at}` has no image `{reference}`; it has {listed}")
    })?;
    held.open(Opening { platform: None, cache: None, progress })
}

/// Lists what the storage of this user has, if there is one.
pub(super) fn list() -> Option<ListedEngine> {
    let roots = storage_roots(&Process);
    let endpoint = roots.first()?.path().display().to_string();
    let listed = |fault, images| ListedEngine { kind: "podman", engine: "Podman", endpoint, fault, images };
    match open_roots(&roots) {
        Ok(None) => None,
        Ok(Some(storage)) => Some(listed(None, storage.images().iter().map(StoredImage::listed).collect())),
        Err(error) => Some(listed(Some(format!("{error:#}")), Vec::new())),
    }
}

/// What the storage of this user has, if there is one, at most so many images.
pub(super) fn inventory(most: usize) -> Option<Inventory> {
    let roots = storage_roots(&Process);
    let place = roots.first()?.path().display().to_string();
    let mut found = Inventory::new(Engine::Podman, place.clone());
    found.engine.sizes_of = SizesOf::Tars;
    found.store = place;
    match open_roots(&roots) {
        Ok(None) => return None,
        Ok(Some(storage)) => {
            let mut seen = HashSet::new();
            let images = storage.images().iter().filter(|image| seen.insert(image.id().to_owned()));
            for image in images.take(most) {
                let id = format!("sha256:{}", image.id());
                match described(&storage, image, &id) {
                    Ok(described) => {
                        found.images.push((described, format!("{}:{id}", Engine::Podman.transport())));
                    }
                    Err(error) => found.skip(image.names().first().unwrap_or(&id), format!("{error:#}")),
                }
            }
        }
        Err(error) => {
            found.is_faulty = true;
            found.engine.fault = Some(format!("{error:#}"));
        }
    }
    Some(found)
}

fn described(storage: &ContainersStorage, image: &StoredImage, id: &str) -> Result<Image> {
    let source = ImageSource {
        kind: KIND,
        endpoint: storage.place(),
        reference: id.to_owned(),
        digest: Some(id.to_owned()),
        in_place: true,
    };
    let opened = storage.image(image, source)?.select(&ImageChoice::default())?;
    Ok(Image { names: image.names().to_vec(), ..Image::clone(opened.image()) })
}

/// Whether Podman works on this machine without a service: on Linux, unless another one is configured.
pub(super) fn is_local() -> bool {
    let is_set = |name| Process.variable(name).is_some();
    cfg!(target_os = "linux") && !is_set("CONTAINER_HOST") && !is_set("CONTAINER_CONNECTION")
}
