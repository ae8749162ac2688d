//! The folder of the `dir:` transport of containers/image: one registry manifest, and blobs called by their digits.

use serde_json::Value;

use crate::image::Digest;
use crate::source::json::Walk;
use crate::source::store::{DOCUMENT, Store, digest_of, read_document};

use super::{Catalogue, oci};

/// Whether a `manifest.json` is a registry's manifest and no list of `docker save`.
pub(super) fn is_registry_manifest(manifest: &Value) -> bool {
    manifest.field("layers").is_array()
        || manifest.field("manifests").is_array()
        || manifest.field("config").is_object()
}

/// Lists the one manifest, under the digest of its own bytes.
pub(super) fn read(store: &Store, catalogue: &mut Catalogue) {
    let bytes = store.find("manifest.json").blob().and_then(|blob| read_document(&blob, DOCUMENT).ok());
    let Some(bytes) = bytes else { return };
    let digest: Digest = digest_of(&bytes);
    oci::read_embedded(store, &digest, &bytes, catalogue);
}
