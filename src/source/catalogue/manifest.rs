//! What the list needs of an image's manifest (image-spec `manifest.md`) and of its configuration.

use serde_json::Value;

use crate::image::{Digest, Platform};
use crate::source::artifact;
use crate::source::descriptor::Descriptor;
use crate::source::documents::Documents;
use crate::source::json::Walk;
use crate::source::store::LARGE_DOCUMENT;

use super::{ListDigest, sum};

/// By the member with the document, since many digests may lead to one member.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// What it is, if not an image.
    pub(super) artifact: Option<String>,
    /// Why it is not an image.
    pub(super) refused: Option<&'static str>,
    /// Something of it cannot be read.
    pub(super) fault: Option<String>,
    pub(super) config: Option<Digest>,
    pub(super) layers: usize,
    pub(super) stored_bytes: Option<u64>,
    pub(super) layer_names: Option<ListDigest>,
    /// Whether the layers are there, at least in part.
    pub(super) has_layers: bool,
    pub(super) platform: Option<Platform>,
    pub(super) created: Option<String>,
}

impl Manifest {
    pub(super) fn read(documents: &mut Documents<'_>, document: &Value) -> Self {
        let mut manifest = Self::default();
        if document.field("fsLayers").is_array() {
            manifest.refused = Some("a manifest of schema 1, which no current engine writes: convert it with skopeo");
            return manifest;
        }
        if !["layers", "config"].iter().any(|key| !document.field(key).is_null()) {
            manifest.refused = Some("its manifest is invalid: it has neither `layers` nor `config`");
            return manifest;
        }
        let config = Descriptor::new(document.field("config"));
        manifest.artifact = artifact::of_manifest(documents, document, &config);
        if manifest.artifact.is_some() {
            return manifest;
        }
        let layers = document.field("layers").items();
        manifest.layers = layers.len();
        let layers: Vec<Descriptor> = layers.iter().map(Descriptor::new).collect();
        let is_there = |layer: &Descriptor| layer.find(documents.store).may_be_there();
        let len = |layer: &Descriptor| layer.size.or_else(|| Some(layer.find(documents.store).blob()?.len()));
        manifest.stored_bytes = sum(layers.iter().map(len));
        // Where all layers are foreign, none is expected.
        manifest.has_layers = layers.is_empty() || layers.iter().any(is_there) || layers.iter().all(|layer| layer.urls);
        manifest.layer_names = ListDigest::new(
            layers.iter().map(|layer| layer.digest.as_ref().map_or(layer.digest_text.as_str(), Digest::encoded)),
        );
        // Doubts about the configuration are reported when the image is opened.
        let found = documents.find(&config, LARGE_DOCUMENT, &mut Vec::new());
        match found.and_then(|(blob, member)| documents.facts(&blob, &member)) {
            Ok(facts) => {
                manifest.platform.clone_from(&facts.platform);
                manifest.created.clone_from(&facts.created);
            }
            Err(why) if manifest.has_layers => manifest.fault = Some(format!("its configuration {why}")),
            Err(_) => {}
        }
        manifest.config = config.digest;
        manifest
    }
}
