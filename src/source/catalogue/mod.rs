//! What an archive lists, in any of its documents: `manifest.json`, `index.json`, `repositories`, or all of them.

mod docker;
mod hybrid;
mod legacy;
mod manifest;
mod oci;
mod references;
mod transport;

use std::collections::HashMap;

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, Hasher, MediaType, Platform};

use super::conformance::{self, Format};
use super::descriptor::Descriptor;
use super::diagnose;
use super::documents::Documents;
use super::error::SourceError;
use super::location::Transport;
use super::open::OpenedArchive;
use super::schema::{self, Type};
use super::store::{LARGE_DOCUMENT, Lookup, Store};

pub(super) use docker::claimed;
pub(super) use legacy::description;
pub(super) use references::{Names, rank};

/// The limit on listed images; a hostile index could have millions.
const MOST: usize = 10_000;

/// One image as it is listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) names: Names,
    pub(super) platform: Option<Platform>,
    /// What else the lists say it runs on: one manifest may be named for several platforms.
    pub(super) also_for: Vec<Platform>,
    /// Whether another image looks the same without the version of its operating system.
    pub(super) shows_version: bool,
    pub(super) manifest: Option<Digest>,
    pub(super) config: Option<Digest>,
    pub(super) created: Option<String>,
    pub(super) layers: usize,
    /// Bytes of the blobs of its layers; `None` if one is unknown.
    pub(super) stored_bytes: Option<u64>,
    /// The names of the layers' blobs, lowest first: they tell two views of one image from two images.
    pub(super) layer_names: Option<ListDigest>,
    /// The diff IDs, as written.
    pub(super) diff_ids: Option<ListDigest>,
    pub(super) presence: Availability,
    /// Whether something of it is there but cannot be read.
    pub(super) faulty: bool,
    /// A remark about it; empty if there is none.
    pub(super) note: String,
    pub(super) recipe: Recipe,
    /// The attestation manifests about it.
    pub(super) attestations: Vec<Descriptor>,
    pub(super) findings: Vec<Finding>,
}

/// Whether an image's contents are in the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Availability {
    /// They are not.
    #[default]
    Absent,
    /// It is there but cannot be opened.
    Refused,
    /// They are, at least in part.
    Present,
}

/// How an image is built.
#[derive(Clone, Debug, Default)]
pub(super) enum Recipe {
    /// It cannot be built: its documents are missing.
    #[default]
    Absent,
    /// An item of `manifest.json`.
    Docker(Value),
    /// The IDs of Docker's first format, lowest layer first.
    Legacy(Vec<String>),
    /// A manifest.
    Oci(Box<Descriptor>),
}

/// A hash of a list of texts that is only compared: ten thousand images may share one of a megabyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListDigest(String);

impl ListDigest {
    /// The identity of a list; `None` for an empty one.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut texts = texts.peekable();
        texts.peek()?;
        let mut hasher = Hasher::new("sha256")?;
        for text in texts {
            hasher.update(&text.len().to_le_bytes());
            hasher.update(text.as_bytes());
        }
        Some(Self(hasher.finish()))
    }
}

/// The sum of the lengths of blobs, if all are known. Documents may claim any length.
fn sum(mut lengths: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    lengths.try_fold(0, |total: u64, length| Some(total.saturating_add(length?)))
}

impl Entry {
    /// The digest that engines use for the image.
    pub(super) fn digest(&self) -> Option<&Digest> {
        self.manifest.as_ref().or(self.config.as_ref())
    }

    /// All that it runs on.
    pub(super) fn platforms(&self) -> impl Iterator<Item = &Platform> {
        self.platform.iter().chain(&self.also_for)
    }

    /// The same as text, with the version of the operating system if that tells images apart.
    pub(super) fn platform_text(&self) -> Option<String> {
        let text = |platform: &Platform| {
            if self.shows_version { platform.with_version_text() } else { platform.to_string() }
        };
        let all: Vec<String> = self.platforms().map(text).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    fn is_also_for(&mut self, platforms: impl IntoIterator<Item = Platform>) {
        for platform in platforms {
            if !self.platforms().any(|known| *known == platform) {
                self.also_for.push(platform);
            }
        }
    }

    pub(super) fn add_names(&mut self, names: &[String]) {
        for name in names {
            self.names.add(name.clone());
        }
    }

    /// Removes what is a name in this archive only.
    pub(super) fn remove_name(&mut self, name: &str) {
        self.names = self.names.iter().filter(|own| *own != name).cloned().collect();
    }

    /// Notes what cannot be read.
    fn fault(&mut self, note: String) {
        self.faulty = true;
        self.note = note;
    }

    /// Notes why it cannot be opened at all.
    fn refuse(&mut self, note: String) {
        self.presence = Availability::Refused;
        self.fault(note);
    }
}

/// Everything that an archive lists.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) entries: Vec<Entry>,
    pub(super) kind: &'static str,
    pub(super) findings: Vec<Finding>,
    /// What is listed but is not an image, in words.
    others: Vec<String>,
}

/// Reads all lists of an archive, or those of the requested transport. A list that cannot be read is a finding if
/// another one can.
pub(super) fn read(opened: &OpenedArchive, transport: Transport) -> Result<Catalogue, SourceError> {
    let mut documents = Documents::new(&opened.store);
    let mut catalogue = Catalogue::default();
    let wants_docker = !matches!(transport, Transport::Oci | Transport::OciArchive);
    let wants_oci = matches!(transport, Transport::Detect | Transport::Oci | Transport::OciArchive);
    let mut broken = Vec::new();
    let mut list = |documents: &mut Documents<'_>, name: &str, wanted: &Type, findings: &mut Vec<Finding>| {
        document(opened, documents, name, wanted, findings).unwrap_or_else(|error| {
            broken.push(error);
            None
        })
    };
    let manifest = wants_docker.then(|| list(&mut documents, "manifest.json", &Type::Any, &mut catalogue.findings));
    let index = wants_oci.then(|| list(&mut documents, "index.json", &Type::Any, &mut catalogue.findings));
    let (manifest, index) = (manifest.flatten(), index.flatten());
    let (has_manifest, has_index) = (manifest.is_some(), index.is_some());
    let in_tar = matches!(opened.store, Store::Tar(_));
    catalogue.kind = kind(has_manifest, has_index, in_tar);
    let mut docker = Vec::new();
    match manifest {
        Some(object) if object.is_object() && index.is_none() => {
            if transport::is_registry_manifest(&object) {
                catalogue.kind = "folder of the `dir` transport";
                drop(object);
                transport::read(&mut documents, &mut catalogue);
            } else {
                broken.push(SourceError::Document {
                    file: opened.file.clone(),
                    member: "manifest.json".to_owned(),
                    why: "is an object, not a list of images".to_owned(),
                });
            }
        }
        Some(_) if transport == Transport::Dir => {
            let advice = "it is a docker archive, open it by its path only";
            return Err(diagnose::other_kind(&opened.file, "a folder of the `dir` transport", advice));
        }
        Some(list) => docker = docker::entries(&mut documents, list, &mut catalogue.findings),
        None => {}
    }
    let is_listless = docker.is_empty() && catalogue.entries.is_empty() && index.is_none();
    if is_listless && wants_docker && transport != Transport::Dir {
        let wanted = &schema::REPOSITORIES;
        let repositories = document(opened, &mut documents, "repositories", wanted, &mut catalogue.findings)?;
        // Current engines still write these folders, with a `manifest.json` after them: if that was cut off, the rest
        // must not be read as an image.
        if let Some(repositories) = repositories.filter(|_| opened.store.cut_at().is_none()) {
            docker = legacy::entries(&mut documents, &repositories);
            catalogue.kind =
                if in_tar { "docker archive of the first format" } else { "docker folder of the first format" };
        }
    }
    if let Some(index) = &index {
        let format = Format::of_index(index, &MediaType::default());
        catalogue.findings.extend(conformance::findings(index, "`index.json`", format));
        oci::read(&mut documents, index, &mut catalogue);
        oci::check_version(&mut documents, &mut catalogue.findings);
    }
    hybrid::merge(&mut catalogue, docker);
    catalogue.findings.append(&mut documents.findings);
    if catalogue.entries.is_empty() {
        let is_whole = opened.store.cut_at().is_none() && catalogue.others.is_empty();
        if let Some(error) = is_whole.then(|| diagnose::root_file_system(&opened.file, &opened.store)).flatten() {
            return Err(error);
        }
        let nothing = || nothing(opened, transport, &catalogue, has_manifest, has_index);
        return Err(broken.into_iter().next().unwrap_or_else(nothing));
    }
    catalogue.findings.extend(broken.iter().filter_map(broken_list));
    catalogue.tell_apart();
    Ok(catalogue)
}

fn kind(has_manifest: bool, has_index: bool, in_tar: bool) -> &'static str {
    match (has_manifest, has_index, in_tar) {
        (true, true, true) => "docker and OCI archive",
        (true, true, false) => "docker and OCI layout",
        (true, false, true) => "docker archive",
        (true, false, false) => "docker folder",
        (false, _, true) => "OCI archive",
        (false, _, false) => "OCI layout",
    }
}

/// The finding about a list that cannot be read while another one can.
fn broken_list(error: &SourceError) -> Option<Finding> {
    let SourceError::Document { member, why, .. } = error else { return None };
    let message = format!("`{member}` {why}: only what another list of the archive names is shown");
    Some(Finding::of_image(FindingKind::OddDocument, message).gap())
}

impl Catalogue {
    /// Has the version of the operating system shown where images would look the same without it.
    fn tell_apart(&mut self) {
        let look = |entry: &Entry| (entry.names.first().cloned(), entry.platform_text());
        let mut alike: HashMap<_, usize> = HashMap::new();
        for entry in &self.entries {
            *alike.entry(look(entry)).or_default() += 1;
        }
        for entry in &mut self.entries {
            entry.shows_version = alike.get(&look(entry)).is_some_and(|&count| count > 1);
        }
    }
}

/// A document that lists images, if it is there.
fn document(
    opened: &OpenedArchive,
    documents: &mut Documents<'_>,
    name: &str,
    wanted: &Type,
    findings: &mut Vec<Finding>,
) -> Result<Option<Value>, SourceError> {
    let wrong = |why| SourceError::Document { file: opened.file.clone(), member: name.to_owned(), why };
    let blob = match opened.store.find_list(name) {
        Lookup::Blob(blob, _) => blob,
        Lookup::Absent => return Ok(None),
        Lookup::Refused(why) => return Err(wrong(format!("cannot be used ({why})"))),
        Lookup::Unreadable(why) => return Err(wrong(why)),
    };
    let quoted = format!("`{name}`");
    documents.parse(&blob, LARGE_DOCUMENT, &quoted, wanted, findings).map(|(value, _)| Some(value)).map_err(wrong)
}

/// Why nothing is listed.
fn nothing(
    opened: &OpenedArchive,
    transport: Transport,
    catalogue: &Catalogue,
    has_manifest: bool,
    has_index: bool,
) -> SourceError {
    let file = opened.file.as_str();
    let is_there = |name: &str| opened.store.has(name);
    if !catalogue.others.is_empty() {
        return diagnose::only_others(file, &catalogue.others);
    }
    if has_index {
        return diagnose::no_images_listed(file, "index.json");
    }
    if has_manifest {
        return diagnose::no_images_listed(file, "manifest.json");
    }
    match transport {
        Transport::DockerArchive | Transport::Dir if is_there("index.json") => {
            let asked =
                if transport == Transport::Dir { "a folder of the `dir` transport" } else { "a docker archive" };
            diagnose::other_kind(file, asked, "it is an OCI layout, open it by its path only")
        }
        Transport::Oci | Transport::OciArchive if is_there("manifest.json") || is_there("repositories") => {
            diagnose::other_kind(file, "an OCI layout", "it is a docker archive, open it by its path only")
        }
        _ => match opened.store.cut_at() {
            Some(at) => SourceError::Truncated { file: file.to_owned(), at, before: "the list of its images" },
            None => diagnose::no_image(file, &opened.store),
        },
    }
}

/// Hex digits in a member's name that claim to be its hash: `blobs/sha256/<hex>`, `<hex>.json`, `sha256:<hex>`,
/// `<hex>.tar.gz`.
pub(super) fn claimed_hex(member: &str) -> Option<&str> {
    let base = member.rsplit('/').next().unwrap_or(member);
    let base = base.strip_prefix("sha256:").unwrap_or(base);
    let hex = base.split('.').next().unwrap_or(base);
    (hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))).then_some(hex)
}
