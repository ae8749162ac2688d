//! What is listed among images but is not one: attestations, signatures, charts, caches. They are never offered as
//! images, and named if there is nothing else.

use serde_json::Value;

use crate::image::{MediaType, Platform};

use super::descriptor::Descriptor;
use super::documents::Documents;
use super::json::{self, Walk};
use super::store::LARGE_DOCUMENT;

const ATTESTATION: &str = "an attestation";
const SIGNATURE: &str = "a signature";
const BUILD_CACHE: &str = "a build cache";

/// What only a descriptor reveals.
pub(super) fn of_descriptor(descriptor: &Descriptor, names: &[String]) -> Option<String> {
    let is_attestation = descriptor.annotation("vnd.docker.reference.type") == "attestation-manifest"
        || descriptor.platform.as_ref().is_some_and(Platform::is_unknown);
    if is_attestation {
        return Some(ATTESTATION.to_owned());
    }
    if !descriptor.annotation("io.containerd.manifest.subject").is_empty() {
        return Some("a document about an image".to_owned());
    }
    if !descriptor.artifact_type.is_empty() && !descriptor.artifact_type.is_image_config() {
        return Some(named(descriptor.artifact_type.as_str()));
    }
    if descriptor.media_type.is_cache_config() {
        return Some(BUILD_CACHE.to_owned());
    }
    if descriptor.media_type.is_layer() {
        return Some("a layer without an image".to_owned());
    }
    (!names.is_empty() && names.iter().all(|name| is_cosign(name))).then(|| SIGNATURE.to_owned())
}

/// What an index says: that of a build cache lists blobs and their document, and no manifest.
pub(super) fn of_index(index: &Value) -> Option<String> {
    let children = index.field("manifests").items();
    children.iter().any(|child| media_type(child).is_cache_config()).then(|| BUILD_CACHE.to_owned())
}

/// What a manifest reveals: the media type of its configuration decides, since the media types of layers are
/// unreliable.
pub(super) fn of_manifest(documents: &mut Documents<'_>, manifest: &Value, config: &Descriptor) -> Option<String> {
    let layers = manifest.field("layers").items();
    let is_statement = |layer: &Value| media_type(layer).is_statement();
    if manifest.text("artifactType").contains("attestation") || !layers.is_empty() && layers.iter().all(is_statement) {
        return Some(ATTESTATION.to_owned());
    }
    if config.media_type.is_empty() || config.media_type.is_image_config() {
        return None;
    }
    // Registries of Docker 1.9 called every configuration a stream of bytes.
    if !config.media_type.as_str().starts_with("application/vnd.")
        && let Ok((blob, _)) = documents.find(config, LARGE_DOCUMENT, &mut Vec::new())
        && let Ok(bytes) = documents.read(&blob, LARGE_DOCUMENT)
        && json::parse(&bytes).is_ok_and(|value| value.field("rootfs").is_object())
    {
        return None;
    }
    let artifact_type = manifest.text("artifactType");
    Some(named(if artifact_type.is_empty() { config.media_type.as_str() } else { artifact_type }))
}

fn media_type(descriptor: &Value) -> MediaType {
    MediaType::new(descriptor.text("mediaType"))
}

/// Tags that cosign uses for its own documents, and the fallback of the referrers API.
fn is_cosign(name: &str) -> bool {
    let tag = name.rsplit(':').next().unwrap_or(name);
    name.starts_with("_cosign:")
        || tag.strip_prefix("sha256-").is_some_and(|rest| {
            let (hex, suffix) = rest.split_once('.').unwrap_or((rest, ""));
            hex.len() == 64 && matches!(suffix, "" | "sig" | "att" | "sbom")
        })
}

fn named(media_type: &str) -> String {
    let known = [
        ("helm", "a Helm chart"),
        ("wasm", "a WebAssembly module"),
        ("in-toto", ATTESTATION),
        ("attestation", ATTESTATION),
        ("cosign", SIGNATURE),
        ("sigstore", SIGNATURE),
        ("notary", SIGNATURE),
        ("soci", "an index for lazy loading"),
        ("buildkit.cacheconfig", BUILD_CACHE),
        ("sylabs", "an Apptainer image (SIF)"),
        ("spdx", "a bill of materials"),
        ("cyclonedx", "a bill of materials"),
    ];
    match known.iter().find(|(word, _)| media_type.contains(word)) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("an artifact (`{}`)", media_type.escape_debug()),
    }
}
