//! Opens a container: its image, with the container's layer on top. The layer is read where the engine stores it, if that
//! is certainly here; else the engine is asked for it.

use anyhow::{Result, anyhow, bail};

#[cfg(feature = "network")]
use std::path::Path;

use crate::engine::Engine;
#[cfg(feature = "network")]
use crate::engine::{Client, InspectedContainer, Reference};
#[cfg(target_os = "linux")]
use crate::image::ImageSource;
#[cfg(feature = "network")]
use crate::image::{DescribedImage, ProgressEvent, StartProgress};
#[cfg(feature = "network")]
use crate::source::push_container;
use crate::source::{Archive, Progress};
#[cfg(target_os = "linux")]
use crate::source::{ContainersStorage, LayerCollector, StoredContainer};

#[cfg(feature = "network")]
use super::Held as _;
#[cfg(feature = "network")]
use super::api;
use super::storage;
use super::{Opening, short, what_each_said};

/// A container that was found.
trait HeldContainer {
    /// Its ID, which no two engines share.
    fn id(&self) -> &str;

    /// Opens it.
    fn open(&self, how: Opening<'_>) -> Result<Archive>;
}

type Answer = super::Answer<dyn HeldContainer>;

/// Opens a container by its name, its ID or the beginning of that, in the requested engine or in the first one that has it.
pub(in crate::run) fn open(engine: Option<Engine>, name: &str, how: Opening<'_>) -> Result<Archive> {
    let engines = engine.map_or_else(|| vec![Engine::Docker, Engine::Podman], |engine| vec![engine]);
    let answers: Vec<Answer> = engines.into_iter().map(|engine| ask(engine, name)).collect();
    let held: Vec<_> =
        answers.iter().filter_map(|answer| Some((answer.engine, answer.found.as_ref().ok()?.as_deref()?))).collect();
    match held.as_slice() {
        [] => bail!("{}", nowhere(&answers, name)),
        [(_, only)] => only.open(how),
        several => {
            let choices: Vec<_> = several
                .iter()
                .map(|(engine, held)| format!("`container:{name}@{}` ({})", engine.program(), short(held.id())))
                .collect();
            bail!("`{name}` is {} containers here, choose one: {}", several.len(), choices.join(", "))
        }
    }
}

/// The sentence about a container that no engine has.
fn nowhere(answers: &[Answer], name: &str) -> String {
    let answered = answers.iter().find(|answer| answer.found.is_ok()).or(answers.first());
    let program = answered.map_or("docker", |answer| answer.engine.program());
    format!("no container `{name}` ({}): `{program} ps --all` lists them", what_each_said(answers))
}

fn ask(engine: Engine, name: &str) -> Answer {
    #[cfg(target_os = "linux")]
    if engine == Engine::Podman
        && storage::is_local()
        && let Some(stored) = ask_storage(name)
    {
        if stored.found.is_ok() {
            return stored;
        }
        // The engine may read what this program cannot. If neither answers, the storage is what is there.
        #[cfg(feature = "network")]
        return Some(ask_engine(engine, name)).filter(|answer| answer.found.is_ok()).unwrap_or(stored);
        #[cfg(not(feature = "network"))]
        return stored;
    }
    #[cfg(feature = "network")]
    return ask_engine(engine, name);
    #[cfg(not(feature = "network"))]
    {
        let _ = name;
        let found = Err(anyhow!("{engine} cannot be asked: this program is built without the feature `network`"));
        Answer { engine, at: String::new(), found }
    }
}

/// A container in a storage.
#[cfg(target_os = "linux")]
struct HeldInStorage {
    storage: ContainersStorage,
    container: StoredContainer,
    name: String,
}

#[cfg(target_os = "linux")]
fn ask_storage(name: &str) -> Option<Answer> {
    let roots = crate::engine::storage_roots(&super::super::surroundings::Process);
    let at = roots.first().map(|root| root.path().display().to_string()).unwrap_or_default();
    let storage = match storage::open_roots(&roots) {
        Ok(storage) => storage?,
        Err(error) => return Some(Answer { engine: Engine::Podman, at, found: Err(error) }),
    };
    let found = match storage.container(name) {
        Ok(None) => Ok(None),
        Ok(Some(container)) => {
            let held = HeldInStorage { storage, container, name: name.to_owned() };
            Ok(Some(Box::new(held) as Box<dyn HeldContainer>))
        }
        Err(error) => Err(error.into()),
    };
    Some(Answer { engine: Engine::Podman, at, found })
}

#[cfg(target_os = "linux")]
impl HeldContainer for HeldInStorage {
    fn id(&self) -> &str {
        self.container.id()
    }

    fn open(&self, Opening { progress, .. }: Opening<'_>) -> Result<Archive> {
        let name = &self.name;
        let id = self.container.image();
        let image = self.storage.images().iter().find(|image| image.id() == id);
        let image = image.ok_or_else(|| {
            anyhow!("the image {} of the container `{name}` is not in the storage any more: pull it again", short(id))
        })?;
        let source = ImageSource {
            kind: storage::KIND,
            endpoint: self.storage.place(),
            reference: format!("container:{name}"),
            digest: Some(format!("sha256:{id}")),
            in_place: true,
        };
        let archive = self.storage.image(image, source)?;
        let mut layer = LayerCollector::new(format!("the layer of the container `{name}`"))?;
        ContainersStorage::add_container(&self.container, &mut layer, progress).map_err(|error| {
            anyhow!(
                "{error}: `podman export {name} -o {name}.tar` writes its files, and `--container {name}.tar` opens them"
            )
        })?;
        Ok(archive.with_container(layer.finish()))
    }
}

/// A container in an engine that answers.
#[cfg(feature = "network")]
struct HeldByEngine {
    client: Client,
    container: InspectedContainer,
    name: String,
}

#[cfg(feature = "network")]
fn ask_engine(engine: Engine, name: &str) -> Answer {
    match api::endpoint(engine) {
        Err(error) => Answer { engine, at: String::new(), found: Err(error) },
        Ok(endpoint) => {
            let at = endpoint.to_string();
            let found = find(endpoint, name).map(|found| found.map(|held| Box::new(held) as Box<dyn HeldContainer>));
            Answer { engine, at, found }
        }
    }
}

#[cfg(feature = "network")]
fn find(endpoint: crate::engine::Endpoint, name: &str) -> Result<Option<HeldByEngine>> {
    let client = Client::connect(endpoint)?;
    let container = client.container(name)?;
    Ok(container.map(|container| HeldByEngine { client, container, name: name.to_owned() }))
}

/// The progress of opening the image of a container: what is shown during its export has the container's layer as well.
#[cfg(feature = "network")]
struct OfContainer<'a>(&'a dyn Progress);

#[cfg(feature = "network")]
impl Progress for OfContainer<'_> {
    fn report(&self, event: ProgressEvent) {
        self.0.report(event);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }

    fn exporting(&self, describe: &dyn Fn() -> Option<DescribedImage>) {
        self.0.exporting(&|| {
            let mut image = describe()?;
            push_container(&mut image.image, None);
            Some(image)
        });
    }

    fn for_later(&self) -> StartProgress {
        self.0.for_later()
    }
}

#[cfg(feature = "network")]
impl HeldContainer for HeldByEngine {
    fn id(&self) -> &str {
        &self.container.id
    }

    fn open(&self, how: Opening<'_>) -> Result<Archive> {
        let (name, container) = (&self.name, &self.container);
        let gone = || {
            let (image, engine) = (short(&container.image), self.client.endpoint().engine);
            anyhow!("the image {image} of the container `{name}` is not in {engine} any more: pull it again")
        };
        let image = Reference::parse(&container.image).ok_or_else(gone)?;
        let image = self.client.inspect(&image)?.ok_or_else(gone)?;
        let own = container.platform();
        let image = api::HeldByEngine { client: self.client.clone(), image, reference: format!("container:{name}") };
        let progress = how.progress;
        let how = Opening { platform: how.platform.or(own.as_ref()), progress: &OfContainer(progress), ..how };
        let archive = image.open(how)?;
        let what = format!("the layer of the container `{}`", self.name);
        if let Some(layer) = self.in_place(&what, progress) {
            return Ok(archive.with_container(layer));
        }
        Ok(archive.with_container(self.client.container_layer(&self.container, &what, progress)?))
    }
}

#[cfg(all(feature = "network", target_os = "linux"))]
impl HeldByEngine {
    /// The layer where the engine stores it, if it can be read here; the engine is asked otherwise.
    fn in_place(&self, what: &str, progress: &dyn Progress) -> Option<crate::source::ContainerLayer> {
        let client = &self.client;
        if !client.endpoint().is_local() {
            return None;
        }
        let info = client.info().ok()?;
        let root = Path::new(&info.root);
        if !root.is_absolute() || api::is_another(root, &info) {
            return None;
        }
        let mut layer = LayerCollector::new(what.to_owned()).ok()?;
        layer.mounted(self.container.volumes());
        let own = crate::source::IdMap::default();
        match client.endpoint().engine {
            Engine::Docker => {
                let upper = &self.container.graph_driver.data.upper_dir;
                let folder = crate::source::docker_upper(root, &self.container.id, upper)?;
                layer.add_upper(&folder, &own, &own, progress).ok()?;
            }
            Engine::Podman => {
                let storage = ContainersStorage::open(&[root]).ok()??;
                let container = storage.container(&self.container.id).ok()??;
                ContainersStorage::add_container(&container, &mut layer, progress).ok()?;
            }
        }
        Some(layer.finish())
    }
}

#[cfg(all(feature = "network", not(target_os = "linux")))]
impl HeldByEngine {
    fn in_place(&self, _: &str, _: &dyn Progress) -> Option<crate::source::ContainerLayer> {
        None
    }
}
