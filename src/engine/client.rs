//! The API of an engine, as far as an image is read through it (Docker Engine API; Podman speaks it too). Only GET and HEAD.

use std::io::{self, Read};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use ureq::{Body, Error as HttpError};

use crate::image::{Digest, Platform};

use super::connect::{self, ConnectFault, Failure};
use super::endpoint::{Endpoint, Engine, Via};
use super::error::EngineError;
use super::export::ExportReader;
use super::reference::Reference;

/// The newest version of the interface that this program knows.
const NEWEST: Version = Version(1, 55);
/// What errors say about our versions.
const OURS: &str = "1.24 to 1.55";
/// Podman's own interface, which every later version knows as well.
const LIBPOD: &str = "/v4.0.0/libpod";
/// With this version, an engine knows the platforms of an image.
const WITH_PLATFORMS: Version = Version(1, 48);
/// How long the first answer of an engine on this machine may take.
const PING: Duration = Duration::from_secs(10);
/// How long an answer other than an export may take: large stores are slow.
pub(super) const ANSWER: Duration = Duration::from_secs(120);
/// The limit on an answer. The longest list of images and the longest configuration are far below it.
const ANSWER_MOST: u64 = 64 << 20;
/// The limit on the text of a refusal.
const REFUSAL_MOST: u64 = 16 << 10;

/// A version of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// A connection to an engine, with the version that both sides know.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
    agent: Agent,
    failure: Failure,
    version: Version,
}

/// An image, as its engine describes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Inspected {
    /// The digest that the engine uses for it: of its configuration, or of its index or manifest in containerd's store.
    pub id: String,
    /// Names with tags.
    #[serde(deserialize_with = "or_default")]
    pub repo_tags: Vec<String>,
    /// The operating system.
    pub os: String,
    /// The architecture.
    pub architecture: String,
    /// The variant of the architecture.
    pub variant: String,
    /// When it was built, in RFC 3339.
    pub created: String,
    /// Its layers.
    #[serde(rename = "RootFS", deserialize_with = "or_default")]
    pub root_fs: RootFs,
    /// The runtime half of its configuration.
    pub config: Value,
    /// What is in its index, for engines that know.
    #[serde(deserialize_with = "or_default")]
    pub manifests: Vec<ManifestSummary>,
}

/// The layers of an image.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RootFs {
    /// The diff IDs, lowest first.
    #[serde(deserialize_with = "or_default")]
    pub layers: Vec<String>,
}

/// A step of the build, as an engine reports it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HistoryItem {
    /// The instruction.
    pub created_by: String,
    /// The comment of the builder.
    pub comment: String,
    /// When it was done, in seconds since the epoch.
    pub created: i64,
    /// Its size, as the engine counts; also 0 for a layer that only removes files.
    pub size: i64,
}

/// One manifest of an index.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ManifestSummary {
    /// `image`, `attestation` or `unknown`.
    pub kind: String,
    /// Whether its contents are there.
    pub available: bool,
    /// Its descriptor.
    #[serde(deserialize_with = "or_default")]
    pub descriptor: DescriptorSummary,
}

/// A descriptor in an index.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DescriptorSummary {
    /// The digest.
    pub digest: String,
    /// The platform.
    #[serde(deserialize_with = "or_default")]
    pub platform: PlatformSummary,
}

/// A platform, in the spelling of the OCI specification.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlatformSummary {
    /// The operating system.
    pub os: String,
    /// The architecture.
    pub architecture: String,
    /// The variant of the architecture.
    pub variant: String,
    /// The version of the operating system.
    #[serde(rename = "os.version")]
    pub os_version: String,
}

/// An image in the list of an engine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageSummary {
    /// The digest that the engine uses for it.
    pub id: String,
    /// Names with tags.
    #[serde(deserialize_with = "or_default")]
    pub repo_tags: Vec<String>,
    /// When it was built, in seconds since the epoch.
    pub created: i64,
    /// Its size, as the engine counts.
    pub size: i64,
}

/// The engine itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    /// The identity of the engine.
    #[serde(rename = "ID")]
    pub id: String,
    /// The storage driver.
    #[serde(rename = "Driver")]
    pub driver: String,
    /// The root folder of its data.
    #[serde(rename = "DockerRootDir")]
    pub root: String,
    /// Facts about the driver.
    #[serde(rename = "DriverStatus", deserialize_with = "or_default")]
    pub driver_status: Vec<Vec<String>>,
}

impl Info {
    /// Whether images are in containerd's content store.
    #[must_use]
    pub fn uses_containerd(&self) -> bool {
        let is_driver = |pair: &Vec<String>| matches!(pair.as_slice(), [key, value] if key == "driver-type" && value.starts_with("io.containerd."));
        self.driver_status.iter().any(is_driver)
    }
}

/// Engines write `null` for an empty list.
pub(super) fn or_default<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Client {
    /// Connects to an engine and agrees on a version.
    ///
    /// # Errors
    /// If nothing listens there, it is not permitted, or the versions do not meet.
    pub fn connect(endpoint: Endpoint) -> Result<Self, EngineError> {
        let (agent, failure) = connect::agent(&endpoint.via);
        let mut client = Self { endpoint, agent, failure, version: NEWEST };
        let time = matches!(client.endpoint.via, Via::Unix(_) | Via::Tcp(_)).then_some(PING);
        let answer = client.get("/_ping", time)?;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            value.chars().take(64).collect::<String>()
        };
        let (version, server) = (header("Api-Version"), header("Server"));
        if !answer.status().is_success() {
            return Err(client.refusal(answer));
        }
        let Some(theirs) = Version::parse(&version) else {
            let why = "its answer has no `Api-Version`".to_owned();
            let Endpoint { engine, address, .. } = client.endpoint;
            return Err(EngineError::NotAnEngine { engine, address, why });
        };
        if server.starts_with("Libpod/") {
            client.endpoint.engine = Engine::Podman;
        }
        if theirs < Version(1, 24) || theirs.0 != NEWEST.0 {
            let Endpoint { engine, address, .. } = client.endpoint;
            let too_old = theirs < NEWEST;
            return Err(EngineError::Version { engine, address, theirs: version, ours: OURS, too_old });
        }
        client.version = theirs.min(NEWEST);
        Ok(client)
    }

    /// The endpoint; its engine is the one that answers there.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Describes an image; `None` if the engine does not have it.
    ///
    /// # Errors
    /// If the engine does not answer, or refuses.
    pub fn inspect(&self, reference: &Reference) -> Result<Option<Inspected>, EngineError> {
        let query = if self.version >= WITH_PLATFORMS { "?manifests=1" } else { "" };
        let path = self.path(&format!("/images/{}/json{query}", encoded(reference.as_str())));
        let answer = self.get(&path, Some(ANSWER))?;
        if answer.status().as_u16() == 404 {
            return Ok(None);
        }
        self.json(answer, "the image").map(Some)
    }

    /// Lists all images that have a name or belong to no other.
    ///
    /// # Errors
    /// If the engine does not answer, or refuses.
    pub fn images(&self) -> Result<Vec<ImageSummary>, EngineError> {
        self.json(self.get(&self.path("/images/json"), Some(ANSWER))?, "its images")
    }

    /// The steps of the build of an image, the newest first.
    ///
    /// # Errors
    /// If the engine does not answer, or refuses.
    pub fn history(&self, image: &Inspected) -> Result<Vec<HistoryItem>, EngineError> {
        let path = self.path(&format!("/images/{}/history", encoded(&image.id)));
        self.json(self.get(&path, Some(ANSWER))?, "the history of the image")
    }

    /// Describes the engine.
    ///
    /// # Errors
    /// If the engine does not answer, or refuses.
    pub fn info(&self) -> Result<Info, EngineError> {
        self.json(self.get(&self.path("/info"), Some(ANSWER))?, "itself")
    }

    /// Begins to export an image, by its ID: a name without a tag would export every tag of the repository. The first
    /// byte can take minutes, because some engines write the whole archive to a file of their own first.
    ///
    /// # Errors
    /// If the engine does not answer or refuses, or does not have the image for the platform.
    pub fn export(&self, image: &Inspected, wanted: Option<&Platform>) -> Result<ExportReader, EngineError> {
        let platform = self.platform(image, wanted)?;
        let query = platform.map(|platform| format!("?platform={}", encoded(&platform))).unwrap_or_default();
        let id = encoded(&image.id);
        let mut answer = self.get(&self.path(&format!("/images/{id}/get{query}")), None)?;
        if !answer.status().is_success() {
            let refusal = self.refusal(answer);
            // Podman makes a docker archive, which cannot have zstd layers; its own interface makes others too.
            answer = match self.endpoint.engine {
                Engine::Podman => self.get(&format!("{LIBPOD}/images/{id}/get?format=oci-archive"), None)?,
                Engine::Docker => return Err(refusal),
            };
            if !answer.status().is_success() {
                return Err(refusal);
            }
        }
        Ok(ExportReader::new(Box::new(answer.into_body().into_reader())))
    }

    /// The platform to ask for, as JSON. An engine that has an image only for another platform than its own fails unless
    /// it is asked for that one; and older engines ignore the question, so it is not asked.
    fn platform(&self, image: &Inspected, wanted: Option<&Platform>) -> Result<Option<String>, EngineError> {
        let images: Vec<_> = image.manifests.iter().filter(|manifest| manifest.kind == "image").collect();
        if self.version < WITH_PLATFORMS || images.is_empty() {
            return Ok(None);
        }
        let here: Vec<Platform> =
            images.iter().filter(|manifest| manifest.available).map(|manifest| platform_of(manifest)).collect();
        let engine = self.endpoint.engine;
        let reference = image.repo_tags.first().unwrap_or(&image.id).clone();
        if here.is_empty() {
            return Err(EngineError::NoContents { engine, reference });
        }
        let available = || here.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let machine = Platform::of_this_machine();
        let fitting = |wanted: &Platform| here.iter().find(|platform| wanted.accepts(platform));
        let chosen = match wanted {
            Some(wanted) => fitting(wanted).ok_or_else(|| EngineError::NoPlatform {
                engine,
                reference: reference.clone(),
                wanted: wanted.to_string(),
                available: available(),
            })?,
            // The export without a platform includes attestations.
            None if fitting(&machine).is_some() => return Ok(None),
            None => match here.as_slice() {
                [only] => only,
                _ => return Err(EngineError::SeveralPlatforms { engine, reference, available: available() }),
            },
        };
        let mut json = serde_json::json!({ "os": chosen.os, "architecture": chosen.architecture });
        for (key, value) in [("variant", &chosen.variant), ("os.version", &chosen.os_version)] {
            if !value.is_empty() {
                json[key] = value.as_str().into();
            }
        }
        Ok(Some(json.to_string()))
    }

    pub(super) fn path(&self, path: &str) -> String {
        format!("/v{}.{}{path}", self.version.0, self.version.1)
    }

    pub(super) fn get(&self, path: &str, time: Option<Duration>) -> Result<Response<Body>, EngineError> {
        let request = self.agent.get(format!("http://localhost{path}"));
        request.config().timeout_global(time).build().call().map_err(|error| self.failed(&error))
    }

    pub(super) fn head(&self, path: &str, time: Option<Duration>) -> Result<Response<Body>, EngineError> {
        let request = self.agent.head(format!("http://localhost{path}"));
        request.config().timeout_global(time).build().call().map_err(|error| self.failed(&error))
    }

    pub(super) fn json<T: DeserializeOwned>(
        &self,
        answer: Response<Body>,
        about: &'static str,
    ) -> Result<T, EngineError> {
        if !answer.status().is_success() {
            return Err(self.refusal(answer));
        }
        let wrong = |why: String| EngineError::Answer { engine: self.endpoint.engine, about, why };
        let mut bytes = Vec::new();
        let mut body = answer.into_body().into_reader().take(ANSWER_MOST);
        body.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
    }

    /// The error of an answer that is one.
    pub(super) fn refusal(&self, answer: Response<Body>) -> EngineError {
        let status = answer.status();
        let mut bytes = Vec::new();
        // What cannot be read of an error is left out of it.
        let _ = answer.into_body().into_reader().take(REFUSAL_MOST).read_to_end(&mut bytes);
        // Docker answers in JSON, but about versions in plain text.
        let mut text = match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => object.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            _ => String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().trim().to_owned(),
        };
        if text.is_empty() {
            text = format!("status {status}");
        }
        let Endpoint { engine, ref address, .. } = self.endpoint;
        let is_about_version = status.as_u16() == 400 && text.contains("client version");
        // Its words are about us: if we are too new, the engine is too old.
        let too_old = text.contains("too new");
        if is_about_version && (too_old || text.contains("too old")) {
            return EngineError::VersionRefused { engine, address: address.clone(), message: text, too_old };
        }
        EngineError::Refused { engine, message: text }
    }

    fn failed(&self, error: &HttpError) -> EngineError {
        let Endpoint { engine, ref address, .. } = self.endpoint;
        let address = address.clone();
        let connection = |why: String| EngineError::Connection { engine, address: address.clone(), why };
        match (self.failure.take(), error) {
            (Some(ConnectFault::Program(source)), _) => {
                EngineError::NoProgram { program: engine.program(), address, source }
            }
            (Some(ConnectFault::Ended(words)), _) => connection(words),
            (Some(ConnectFault::Io(error)), _) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    EngineError::NotRunning { engine, address }
                }
                io::ErrorKind::PermissionDenied => EngineError::Denied { engine, address },
                _ => connection(error.to_string()),
            },
            (None, HttpError::Timeout(_)) => connection("it does not answer in time".to_owned()),
            (None, HttpError::Io(error)) => connection(error.to_string()),
            (None, HttpError::Protocol(error)) => EngineError::NotAnEngine { engine, address, why: error.to_string() },
            (None, error) => connection(error.to_string()),
        }
    }
}

fn platform_of(manifest: &ManifestSummary) -> Platform {
    let given = &manifest.descriptor.platform;
    Platform::new(&given.os, &given.architecture, &given.variant).with_os_version(&given.os_version)
}

/// A text in a path or a query. The characters of names of images stay as they are.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@') {
            out.push(char::from(byte));
        } else {
            let hex = Digest::encode(&[byte]).to_ascii_uppercase();
            out.extend(["%", &hex]);
        }
    }
    out
}
