//! Images through the API of an engine.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use crate::engine::{
    Client, Endpoint, Engine, ImageSummary, Info, Inspected, Reference, Surroundings, docker_endpoint, podman_endpoint,
};
use crate::image::{BlobState, Digest, EngineImage, ImageSource, Layer, ListedEngine, Platform};
use crate::source::{Archive, ContainersStorage, ExportKey, ImageChoice, LayerCache, containerd_image, docker_image};

use super::super::surroundings::Process;
use super::{Answer, Held, Opening, reported, short};

/// The limit on images that an error lists.
const CHOICES_MOST: usize = 8;

/// An image in an engine that answers.
pub(super) struct HeldByEngine {
    pub(super) client: Client,
    pub(super) image: Inspected,
    pub(super) reference: String,
}

impl Held for HeldByEngine {
    fn id(&self) -> &str {
        &self.image.id
    }

    fn location(&self) -> String {
        format!("{}:{}", self.client.endpoint().engine.transport(), self.reference)
    }

    fn open(&self, how: Opening<'_>) -> Result<Archive> {
        let Opening { platform, cache, progress } = how;
        if let Some(archive) = self.in_place(platform) {
            return Ok(archive);
        }
        let Endpoint { engine, address, .. } = self.client.endpoint();
        let source = ImageSource {
            kind: engine.transport(),
            endpoint: address.clone(),
            reference: self.reference.clone(),
            digest: Some(self.image.id.clone()),
            in_place: false,
        };
        let memory = cache.zip(self.export_key(platform));
        if let Some((cache, key)) = &memory
            && let Some(archive) = self.remembered(cache, key, &source, how)
        {
            return Ok(archive.with_names(&self.image.repo_tags));
        }
        progress.exporting(&|| reported::before_export(&self.client, &self.image, platform, &source));
        let mut export = self.client.export(&self.image, platform)?;
        let what = format!("the export of `{}` by {engine}", self.reference);
        let archive = Archive::of_export(&mut export, &what, source, memory.is_some(), progress)?;
        if let Some((cache, key)) = memory {
            archive.remember(cache, &key, platform);
        }
        Ok(archive.with_names(&self.image.repo_tags))
    }
}

impl HeldByEngine {
    /// What an export depends on: the image, and which of its parts the engine has.
    fn export_key(&self, platform: Option<&Platform>) -> Option<ExportKey> {
        let engine = self.client.endpoint().engine.transport();
        let wanted = platform.map(ToString::to_string);
        let here = self.image.manifests.iter().map(|of| (&*of.kind, of.available, &*of.descriptor.digest));
        let request = format!("{engine} {wanted:?} {:?}", here.collect::<Vec<_>>());
        Some(ExportKey { id: self.image.id.parse().ok()?, request })
    }

    /// The image as an earlier export of it was, if all of its layers are cached.
    fn remembered(
        &self,
        cache: &LayerCache,
        key: &ExportKey,
        source: &ImageSource,
        Opening { platform, progress, .. }: Opening<'_>,
    ) -> Option<Archive> {
        let (client, image, wanted) = (self.client.clone(), self.image.clone(), platform.cloned());
        let again = Box::new(move || match client.export(&image, wanted.as_ref()) {
            Ok(export) => Ok(Box::new(export) as Box<dyn Read + Send>),
            Err(error) => Err(error.to_string()),
        });
        let asked = (platform, &*self.image.root_fs.layers);
        Archive::of_remembered(cache, key, source, asked, again, progress)
    }

    /// The image in the engine's own store, if that can be read here. That a path exists is not enough, since the engine may
    /// run on another machine: the store must have the image of this digest.
    fn in_place(&self, platform: Option<&Platform>) -> Option<Archive> {
        let endpoint = self.client.endpoint();
        if !endpoint.is_local() {
            return None;
        }
        let info = self.client.info().ok()?;
        let root = Path::new(&info.root);
        if !root.is_absolute() || is_another(root, &info) {
            return None;
        }
        let mut source = ImageSource {
            kind: endpoint.engine.transport(),
            endpoint: info.root.clone(),
            reference: self.reference.clone(),
            digest: Some(self.image.id.clone()),
            in_place: true,
        };
        let id: Digest = self.image.id.parse().ok()?;
        match endpoint.engine {
            Engine::Docker if info.uses_containerd() => self.in_content_store(root, &id, &source, platform),
            Engine::Docker if info.driver == "overlay2" => docker_image(root, &id, &self.image.repo_tags, source).ok(),
            Engine::Podman if info.driver == "overlay" => {
                source.kind = "containers-storage";
                let storage = ContainersStorage::open(&[root]).ok()??;
                let image = storage.images().iter().find(|image| image.id() == id.encoded())?;
                storage.image(image, source).ok()
            }
            _ => None,
        }
    }

    /// The same for containerd's store: of the containerd that Docker runs itself, or of the system's. If it lacks a part
    /// of the image for this platform, the engine says why.
    fn in_content_store(
        &self,
        root: &Path,
        id: &Digest,
        source: &ImageSource,
        platform: Option<&Platform>,
    ) -> Option<Archive> {
        let roots = [root.join("containerd/daemon"), PathBuf::from("/var/lib/containerd")];
        let mut opened = roots.into_iter().filter_map(|root| {
            let source = ImageSource { endpoint: root.display().to_string(), ..source.clone() };
            containerd_image(&root, id, &self.image.repo_tags, source).ok()
        });
        let choice = ImageChoice { selector: None, platform: platform.cloned() };
        opened.find(|archive| {
            let is_there =
                |layer: &Layer| matches!(layer.blob, BlobState::Present | BlobState::Encrypted | BlobState::Foreign);
            archive.select(&choice).is_ok_and(|opened| opened.image().layers.iter().all(is_there))
        })
    }
}

/// Whether the folder belongs to another engine than the one that answered. Older engines leave no mark.
pub(super) fn is_another(root: &Path, info: &Info) -> bool {
    Process.file(&root.join("engine-id")).is_some_and(|id| id.trim_ascii() != info.id.as_bytes())
}

pub(super) fn endpoint(engine: Engine) -> Result<Endpoint> {
    Ok(match engine {
        Engine::Docker => docker_endpoint(&Process)?,
        Engine::Podman => podman_endpoint(&Process)?
            .ok_or_else(|| anyhow!("no socket of Podman: `systemctl --user start podman.socket` provides one"))?,
    })
}

/// Asks an engine for an image.
pub(super) fn ask(engine: Engine, reference: &Reference) -> Answer {
    match endpoint(engine) {
        Err(error) => Answer { engine, at: String::new(), found: Err(error) },
        Ok(endpoint) => {
            let at = endpoint.to_string();
            let found = find(endpoint, reference).map(|found| found.map(|held| Box::new(held) as Box<dyn Held>));
            Answer { engine, at, found }
        }
    }
}

fn find(endpoint: Endpoint, reference: &Reference) -> Result<Option<HeldByEngine>> {
    let client = Client::connect(endpoint)?;
    let mut image = client.inspect(reference)?;
    if image.is_none() && client.endpoint().engine == Engine::Podman && reference.registry().is_none() {
        // The API of Podman completes a short name with the registry of Docker only.
        let local = Reference::parse(&format!("localhost/{reference}"));
        image = local.map(|local| client.inspect(&local)).transpose()?.flatten();
    }
    if image.is_none()
        && let Some(prefix) = reference.id_prefix()
    {
        check_ambiguous(&client, prefix)?;
    }
    Ok(image.map(|image| HeldByEngine { client, image, reference: reference.to_string() }))
}

/// Docker answers the beginning of several IDs as if it had none of them.
fn check_ambiguous(client: &Client, prefix: &str) -> Result<()> {
    let mut images = client.images()?;
    images.retain(|image| image.id.strip_prefix("sha256:").unwrap_or(&image.id).starts_with(prefix));
    if images.len() < 2 {
        return Ok(());
    }
    let named = |image: &ImageSummary| match image.repo_tags.as_slice() {
        [] => short(&image.id).to_owned(),
        [name, ..] => format!("{} ({name})", short(&image.id)),
    };
    let choices: Vec<_> = images.iter().take(CHOICES_MOST).map(named).collect();
    let (engine, more) = (client.endpoint().engine, images.len().saturating_sub(choices.len()));
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    bail!("`{prefix}` is the ID of {} images of {engine}, choose one: {}{more}", images.len(), choices.join(", "))
}

/// Lists what an engine has.
pub(super) fn list(engine: Engine) -> ListedEngine {
    let mut listed = ListedEngine {
        kind: engine.transport(),
        engine: engine.name(),
        endpoint: String::new(),
        fault: None,
        images: Vec::new(),
    };
    let images = endpoint(engine).and_then(|endpoint| {
        listed.endpoint.clone_from(&endpoint.address);
        let client = Client::connect(endpoint)?;
        Ok(client.images()?)
    });
    match images {
        Ok(images) => listed.images = images.into_iter().map(listed_image).collect(),
        Err(error) => listed.fault = Some(format!("{error:#}")),
    }
    listed
}

fn listed_image(image: ImageSummary) -> EngineImage {
    EngineImage {
        names: image.repo_tags.into_iter().filter(|name| name != "<none>:<none>").collect(),
        id: image.id,
        created: (image.created > 0).then_some(image.created),
        size: u64::try_from(image.size).ok(),
    }
}
