//! What an archive lists, from whichever of its documents: `manifest.json`, `index.json`, `repositories`, or all of them.

mod docker;
mod hybrid;
mod legacy;
mod names;
mod oci;
mod transport;

use crate::image::{Digest, Finding, Platform};

use super::descriptor::Descriptor;
use super::error::SourceError;
use super::json::{self, Walk};
use super::location::Transport;
use super::looks;
use super::open::Opened;
use super::store::{Found, LARGE_DOCUMENT, Store, read_document};

pub(super) use docker::configuration;
pub(super) use legacy::description;
pub(super) use names::rank;

/// More images than this are not listed; nobody has as many, and a hostile index could have millions.
const MOST: usize = 10_000;

/// One image as it is listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) names: Vec<String>,
    pub(super) platform: Option<Platform>,
    pub(super) manifest: Option<Digest>,
    pub(super) config: Option<Digest>,
    pub(super) created: Option<String>,
    pub(super) layers: usize,
    /// What the layers' blobs are called, lowest first: by this the two views of one image are told from two images.
    pub(super) layer_names: Vec<String>,
    /// The diff IDs, as written.
    pub(super) diff_ids: Vec<String>,
    /// Whether its contents are there, at least in part.
    pub(super) available: bool,
    /// Whether nobody can tell if they are there.
    pub(super) is_unreadable: bool,
    pub(super) note: String,
    pub(super) recipe: Recipe,
    pub(super) findings: Vec<Finding>,
}

/// From what an image is put together.
#[derive(Clone, Debug, Default)]
pub(super) enum Recipe {
    /// It cannot be: its documents are not there.
    #[default]
    Absent,
    /// An item of `manifest.json`.
    Docker(serde_json::Value),
    /// The identifiers of Docker's first format, lowest layer first.
    Legacy(Vec<String>),
    /// A manifest.
    Oci(Box<Descriptor>),
}

impl Entry {
    /// The digest that engines call the image by.
    pub(super) fn digest(&self) -> Option<&Digest> {
        self.manifest.as_ref().or(self.config.as_ref())
    }

    /// Adds names that are not there yet, however they are spelt.
    fn add_names(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if name.is_empty() {
                continue;
            }
            match self.names.iter_mut().find(|known| names::same(known, &name)) {
                Some(known) if name.len() < known.len() => *known = name,
                Some(_) => {}
                None => self.names.push(name),
            }
        }
    }
}

/// Everything that an archive lists.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) entries: Vec<Entry>,
    pub(super) kind: &'static str,
    pub(super) findings: Vec<Finding>,
    /// What is listed but is no image, in words.
    others: Vec<String>,
}

/// Reads all lists of an archive, or those of the transport that was asked for.
pub(super) fn read(opened: &Opened, transport: Transport) -> Result<Catalogue, SourceError> {
    let (store, file) = (&opened.store, opened.file.as_str());
    let in_tar = matches!(store, Store::Tar(_));
    let mut wants_docker = transport != Transport::Oci && transport != Transport::OciArchive;
    let wants_oci = transport != Transport::DockerArchive;
    let mut catalogue = Catalogue::default();

    let manifest = if wants_docker { document(opened, "manifest.json")? } else { None };
    let index = if wants_oci { document(opened, "index.json")? } else { None };
    let listless = manifest.as_ref().is_none_or(|manifest| manifest.items().is_empty()) && index.is_none();
    if let Some(manifest) = &manifest
        && manifest.is_object()
        && index.is_none()
    {
        if !transport::is_registry_manifest(manifest) {
            return Err(SourceError::Document {
                file: file.to_owned(),
                member: "manifest.json".to_owned(),
                why: "is an object and no list of images".to_owned(),
            });
        }
        catalogue.kind = "folder of the `dir` transport";
        transport::read(store, &mut catalogue);
        wants_docker = false;
    }
    let mut docker = match &manifest {
        Some(manifest) if wants_docker => docker::entries(store, manifest, &mut catalogue.findings),
        _ => Vec::new(),
    };
    if listless && wants_docker && docker.is_empty() && catalogue.entries.is_empty() {
        docker = legacy::entries(opened)?;
        catalogue.kind =
            if in_tar { "docker archive of the first format" } else { "docker folder of the first format" };
    }
    if catalogue.kind.is_empty() {
        catalogue.kind = match (manifest.is_some(), index.is_some(), in_tar) {
            (true, true, true) => "docker and OCI archive",
            (true, true, false) => "docker and OCI layout",
            (true, false, true) => "docker archive",
            (true, false, false) => "docker folder",
            (false, _, true) => "OCI archive",
            (false, _, false) => "OCI layout",
        };
    }
    if let Some(index) = &index {
        oci::read(store, index, &mut catalogue);
        oci::check_version(store, &mut catalogue.findings);
    }
    hybrid::merge(&mut catalogue, docker);
    if catalogue.entries.is_empty() {
        return Err(nothing(opened, transport, &catalogue, manifest.is_some(), index.is_some()));
    }
    Ok(catalogue)
}

/// A document that lists images, if it is there. What cannot be read at all is an error, since everything hangs on it.
fn document(opened: &Opened, name: &str) -> Result<Option<serde_json::Value>, SourceError> {
    let wrong = |why| SourceError::Document { file: opened.file.clone(), member: name.to_owned(), why };
    let blob = match opened.store.find_list(name) {
        Found::Blob(blob, _) => blob,
        Found::Absent => return Ok(None),
        Found::Refused(why) => return Err(wrong(format!("cannot be used ({why})"))),
        Found::Unreadable(why) => return Err(wrong(why)),
    };
    let bytes = read_document(&blob, LARGE_DOCUMENT).map_err(wrong)?;
    json::parse(&bytes).map(Some).map_err(wrong)
}

/// Why nothing is listed.
fn nothing(
    opened: &Opened,
    transport: Transport,
    catalogue: &Catalogue,
    has_manifest: bool,
    has_index: bool,
) -> SourceError {
    let file = opened.file.as_str();
    let is_there = |name: &str| opened.store.has(name);
    if !catalogue.others.is_empty() {
        return looks::only_others(file, &catalogue.others);
    }
    if has_index {
        return looks::no_images_listed(file, "index.json");
    }
    if has_manifest {
        return looks::no_images_listed(file, "manifest.json");
    }
    match transport {
        Transport::DockerArchive if is_there("index.json") => {
            looks::other_kind(file, "docker archive", "it is an OCI layout, open it by its path alone")
        }
        Transport::Oci | Transport::OciArchive if is_there("manifest.json") || is_there("repositories") => {
            looks::other_kind(file, "OCI layout", "it is a docker archive, open it by its path alone")
        }
        _ => match opened.store.cut_at() {
            Some(at) => SourceError::Truncated { file: file.to_owned(), at, before: "the list of its images" },
            None => looks::no_image(file, &opened.store),
        },
    }
}

/// Digits that a member's name claims for its content: `blobs/sha256/<hex>`, `<hex>.json`, `sha256:<hex>`, `<hex>.tar.gz`.
pub(super) fn claimed_hex(member: &str) -> Option<&str> {
    let base = member.rsplit('/').next().unwrap_or(member);
    let base = base.strip_prefix("sha256:").unwrap_or(base);
    let hex = base.split('.').next().unwrap_or(base);
    (hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))).then_some(hex)
}
