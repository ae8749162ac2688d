//! The content store of containerd, where Docker keeps images with its containerd image store.
//!
//! ```text
//! io.containerd.content.v1.content/blobs/sha256/HEX     indexes, manifests, configurations, layers, of all images
//! ```
//!
//! Which image has which name is in a database, `meta.db`: the engine is asked for that.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::image::{Digest, ImageSource};
use crate::source::archive::Archive;
use crate::source::blob::Blob;
use crate::source::json::{self, Walk};
use crate::source::open::OpenedArchive;
use crate::source::store::{DOCUMENT, FolderStore, MemberStore, Store, read_document};

use super::{StorageError, document};

/// The content store in the root folder of containerd.
const CONTENT: &str = "io.containerd.content.v1.content";

/// Opens an image of a content store by the digest of its index or manifest; `root` is the root folder of containerd.
/// Contents may be there for some of its platforms only.
///
/// # Errors
/// If the store lacks the index, or cannot be read.
pub fn containerd_image(
    root: &Path,
    id: &Digest,
    names: &[String],
    source: ImageSource,
) -> Result<Archive, StorageError> {
    let root = root.join(CONTENT);
    let file: PathBuf = root.join("blobs").join(id.algorithm()).join(id.encoded());
    let wrong = |why: String| StorageError::Document { file: file.clone(), why };
    let bytes = read_document(&Blob::of_memory(document(&file)?), DOCUMENT).map_err(wrong)?;
    if Digest::of(&bytes) != *id {
        return Err(wrong("it does not hash to its name".to_owned()));
    }
    let value = json::parse(&bytes).map_err(wrong)?;
    let descriptor = |name: Option<&String>| {
        let mut descriptor = json!({ "mediaType": media_type(&value), "digest": id.as_str(), "size": bytes.len() });
        if let Some(name) = name {
            descriptor["annotations"] = json!({ "io.containerd.image.name": name });
        }
        descriptor
    };
    let mut manifests: Vec<Value> = names.iter().map(|name| descriptor(Some(name))).collect();
    if manifests.is_empty() {
        manifests.push(descriptor(None));
    }
    let index = json!({ "schemaVersion": 2, "manifests": manifests });
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    let blobs = FolderStore::new(&root).map_err(|source| StorageError::Io { file: root.clone(), source })?;
    let own = blobs_of(&blobs, &value, &name_of(id));
    let list = |name: &str, value: &Value| (name.to_owned(), Blob::of_memory(value.to_string().into_bytes()));
    let members = BTreeMap::from([list("index.json", &index), list("oci-layout", &layout)]);
    let what = format!("`{}` in the content store", source.reference.escape_debug());
    let store = Store::Members(MemberStore::with_blobs(members, blobs, own));
    let opened = OpenedArchive { store, file: what, findings: Vec::new(), broken: None };
    Archive::in_place(opened, source).map_err(|error| StorageError::Document { file: root, why: error.to_string() })
}

/// The media type of an index or a manifest. Only Docker's must be in the document itself.
fn media_type(document: &Value) -> &str {
    match document.text("mediaType") {
        "" if document.field("manifests").is_array() => "application/vnd.oci.image.index.v1+json",
        "" => "application/vnd.oci.image.manifest.v1+json",
        given => given,
    }
}

/// The limit on blobs that are listed for verification; a hostile index could name millions.
const BLOBS_MOST: usize = 100_000;

fn name_of(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.encoded())
}

/// The names of all blobs of an index or a manifest that are there, beginning with its own.
fn blobs_of(blobs: &FolderStore, document: &Value, name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    let mut seen: HashSet<Digest> = HashSet::new();
    let mut documents = vec![document.clone()];
    while let Some(document) = documents.pop() {
        let manifests = document.field("manifests").items().iter().map(|child| (child, true));
        let layers = document.field("layers").items().iter().chain([document.field("config")]);
        for (descriptor, is_document) in manifests.chain(layers.map(|child| (child, false))) {
            let Ok(digest) = descriptor.text("digest").parse::<Digest>() else { continue };
            if names.len() >= BLOBS_MOST || !seen.insert(digest.clone()) {
                continue;
            }
            let Some(blob) = blobs.find_digest(&digest).blob() else { continue };
            if is_document && let Ok(bytes) = read_document(&blob, DOCUMENT) {
                documents.extend(json::parse(&bytes));
            }
            names.push(name_of(&digest));
        }
    }
    names
}
