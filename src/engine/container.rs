//! A container through the API of its engine: its image, and the layer on top of it.

use std::collections::HashSet;
use std::io::Read;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use ureq::Body;
use ureq::http::Response;

use crate::image::{EntryPath, Platform, Progress};
use crate::source::{ContainerLayer, Extent, LayerCollector, SourceError, TarPart};

use super::changes::{Changes, Kind, Listed, Question, above, is_name};
use super::client::{ANSWER, Client, DescriptorSummary, encoded, or_default};
use super::endpoint::Engine;
use super::error::EngineError;
use super::export::ExportReader;

/// What an engine answers about a path of a container.
const STAT: &str = "X-Docker-Container-Path-Stat";
/// The bit of a folder in a mode of Go's `io/fs`.
const MODE_DIR: u32 = 1 << 31;

/// A container, as its engine describes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedContainer {
    /// Its ID.
    pub id: String,
    /// Its name, with a slash before it.
    pub name: String,
    /// The ID of its image.
    pub image: String,
    /// What is mounted in it.
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<Mount>,
    /// Where its layer is stored.
    #[serde(deserialize_with = "or_default")]
    pub graph_driver: GraphDriver,
    /// The manifest of its image, for engines that know.
    #[serde(deserialize_with = "or_default")]
    pub image_manifest_descriptor: DescriptorSummary,
}

/// Something that is mounted in a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Mount {
    /// Where.
    pub destination: String,
}

/// Where the layer of a container is stored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphDriver {
    /// Its folders.
    #[serde(deserialize_with = "or_default")]
    pub data: GraphData,
}

/// The folders of an overlay mount.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphData {
    /// What the container changed.
    pub upper_dir: String,
}

impl InspectedContainer {
    /// Where volumes and folders of the machine are mounted.
    #[must_use]
    pub fn volumes(&self) -> Vec<String> {
        self.mounts.iter().map(|mount| mount.destination.clone()).collect()
    }

    /// The platform of its image, if the engine knows it.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        let given = &self.image_manifest_descriptor.platform;
        (!given.architecture.is_empty()).then(|| Platform::new(&given.os, &given.architecture, &given.variant))
    }
}

/// Why the layer of a container cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The engine does not answer, or refuses.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What it answers cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// What a path of a container is.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct PathStat {
    mode: u32,
}

impl PathStat {
    /// From the header of an answer.
    fn of(answer: &Response<Body>) -> Option<Self> {
        let header = answer.headers().get(STAT)?;
        serde_json::from_slice(&BASE64_STANDARD.decode(header.as_bytes()).ok()?).ok()
    }

    fn is_folder(self) -> bool {
        self.mode & MODE_DIR != 0
    }
}

impl Client {
    /// Describes a container by its name, its ID or the beginning of that; `None` if the engine does not have it.
    ///
    /// # Errors
    /// If the engine does not answer, or refuses.
    pub fn container(&self, name: &str) -> Result<Option<InspectedContainer>, EngineError> {
        let answer = self.get(&self.path(&format!("/containers/{}/json", encoded(name))), Some(ANSWER))?;
        if answer.status().as_u16() == 404 {
            return Ok(None);
        }
        self.json(answer, "the container").map(Some)
    }

    /// Reads the layer of a container: path by path if little changed, else out of one export of all its files.
    ///
    /// # Errors
    /// If the engine does not answer or refuses, or its answers cannot be read.
    pub fn container_layer(
        &self,
        container: &InspectedContainer,
        what: &str,
        progress: &dyn Progress,
    ) -> Result<ContainerLayer, LayerError> {
        let of = format!("/containers/{}", encoded(&container.id));
        let answer = self.get(&self.path(&format!("{of}/changes")), Some(ANSWER))?;
        // Without a change, some engines answer `null`.
        let listed: Option<Vec<Listed>> = self.json(answer, "the changes of the container")?;
        let changes = Changes::new(listed.unwrap_or_default());
        let mounts: Vec<_> =
            container.mounts.iter().map(|mount| EntryPath::normalise(mount.destination.as_bytes()).path).collect();
        // Podman follows a symlink at the end of a path, and gives all files of its answer to the user of the container.
        let is_exact = self.endpoint().engine == Engine::Docker;
        if let Some(questions) = changes.questions(&mounts).filter(|_| is_exact) {
            let mut layer = collector(container, what)?;
            if self.asked(&of, &changes, &questions, &mut layer, progress)? {
                return Ok(layer.finish());
            }
        }
        let mut layer = collector(container, what)?;
        self.exported(&of, &changes, &mut layer, progress)?;
        Ok(layer.finish())
    }

    /// Asks about path after path. `false` if the answers are not about the paths that were asked for.
    fn asked(
        &self,
        of: &str,
        changes: &Changes,
        questions: &[Question],
        layer: &mut LayerCollector,
        progress: &dyn Progress,
    ) -> Result<bool, LayerError> {
        // Folders that were answered as a whole, although they are listed as changed.
        let mut taken: HashSet<EntryPath> = HashSet::new();
        for question in questions {
            if above(question.path()).any(|folder| taken.contains(&folder)) {
                continue;
            }
            let (path, is_whole) = match question {
                Question::Whole(path) | Question::Replaced(path) => (path, true),
                Question::Itself(path) => (path, false),
                Question::Removed(path) => {
                    if self.is_there(of, path)? {
                        // It was made again, and all that the image has in it is removed.
                        return Ok(false);
                    }
                    layer.remove(path);
                    continue;
                }
            };
            let answer = self.get(&self.archive(of, path), None)?;
            let status = answer.status();
            let stat = PathStat::of(&answer);
            if status.as_u16() == 404 && stat.is_none() {
                // It was removed since the changes were listed.
                return Ok(false);
            }
            if !status.is_success() {
                return Err(self.refusal(answer).into());
            }
            let is_folder = stat.is_some_and(PathStat::is_folder);
            let below = path.parent().unwrap_or_default();
            let extent = if is_folder && !is_whole { Extent::Folder } else { Extent::Whole };
            let part = TarPart { below, extent, is_listed: &|path| changes.get(path).is_some() };
            let added = layer.add_tar(&mut ExportReader::new(body(answer)), &part, progress)?;
            if added.paths.first() != Some(path) {
                return Ok(false);
            }
            if is_folder && added.is_whole && !matches!(question, Question::Whole(_)) {
                layer.replace(path);
                taken.insert(path.clone());
            }
        }
        Ok(true)
    }

    fn is_there(&self, of: &str, path: &EntryPath) -> Result<bool, LayerError> {
        let answer = self.head(&self.archive(of, path), Some(ANSWER))?;
        match answer.status() {
            status if status.is_success() => Ok(true),
            status if status.as_u16() == 404 => Ok(PathStat::of(&answer).is_some()),
            _ => Err(self.refusal(answer).into()),
        }
    }

    fn archive(&self, of: &str, path: &EntryPath) -> String {
        let path = String::from_utf8_lossy(path.as_bytes()).into_owned();
        self.path(&format!("{of}/archive?path={}", encoded(&format!("/{path}"))))
    }

    /// Takes what changed out of an export.
    fn exported(
        &self,
        of: &str,
        changes: &Changes,
        layer: &mut LayerCollector,
        progress: &dyn Progress,
    ) -> Result<(), LayerError> {
        let answer = self.get(&self.path(&format!("{of}/export")), None)?;
        if !answer.status().is_success() {
            return Err(self.refusal(answer).into());
        }
        let is_listed = |path: &EntryPath| changes.get(path).is_some();
        let part = TarPart { below: b"", extent: Extent::Listed, is_listed: &is_listed };
        let there = layer.add_tar(&mut ExportReader::new(body(answer)), &part, progress)?.paths;
        // A folder in which everything is listed has nothing of the image in it.
        let mixed: HashSet<EntryPath> = there.iter().filter(|path| !is_listed(path)).flat_map(above).collect();
        let folders: HashSet<EntryPath> = there.iter().flat_map(above).collect();
        let made_anew = |path: &&EntryPath| folders.contains(*path) && !mixed.contains(*path);
        for (path, _) in changes.iter().filter(|(path, kind)| *kind == Kind::Changed && made_anew(path)) {
            layer.replace(path);
        }
        let there: HashSet<EntryPath> = there.into_iter().collect();
        let removed: Vec<_> = changes.iter().filter(|(_, kind)| *kind == Kind::Removed).map(|(path, _)| path).collect();
        let misnamed = removed.iter().filter(|path| !is_name(path)).count();
        if misnamed > 0 {
            layer.misnamed(misnamed);
        }
        for path in removed.into_iter().filter(|path| is_name(path)) {
            if there.contains(path) {
                layer.replace(path);
            } else if !changes.is_below_removed(path) {
                layer.remove(path);
            }
        }
        Ok(())
    }
}

fn collector(container: &InspectedContainer, what: &str) -> Result<LayerCollector, SourceError> {
    let mut layer = LayerCollector::new(what.to_owned())?;
    layer.mounted(container.volumes());
    Ok(layer)
}

fn body(answer: Response<Body>) -> Box<dyn Read + Send> {
    Box::new(answer.into_body().into_reader())
}
