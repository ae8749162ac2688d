//! The folder of the `dir:` transport of containers/image: one registry manifest, and blobs named by their hex digits.

use serde_json::Value;

use crate::image::Digest;
use crate::source::documents::Documents;
use crate::source::json::Walk;
use crate::source::store::DOCUMENT;

use super::{Catalogue, oci};

/// Whether a `manifest.json` is a registry's manifest rather than a list of `docker save`.
pub(super) fn is_registry_manifest(manifest: &Value) -> bool {
    ["layers", "manifests", "fsLayers"].iter().any(|key| manifest.field(key).is_array())
        || manifest.field("config").is_object()
}

/// Lists the one manifest, under the digest of its own bytes.
pub(super) fn read(documents: &mut Documents<'_>, catalogue: &mut Catalogue) {
    let blob = documents.store.find("manifest.json").blob();
    let Some(bytes) = blob.and_then(|blob| documents.read(&blob, DOCUMENT).ok()) else { return };
    let digest: Digest = Digest::of(&bytes);
    oci::read_embedded(documents, &digest, &bytes, catalogue);
}
