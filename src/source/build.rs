//! Builds an image from an entry of the catalogue: manifest, configuration and history are read, the layers only
//! inspected.

use std::rc::Rc;

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, HistoryEntry, Image, MediaType, Platform, pair_history};

use super::attestations::attest;
use super::catalogue::{self, Entry, Recipe};
use super::config::{self, Parsed, created};
use super::conformance::Format;
use super::descriptor::{self, Descriptor};
use super::documents::{Configuration, Documents, found_blob};
use super::json::Walk;
use super::layers::{LayerBlob, LayerDraft, examine};
use super::schema;
use super::store::{DOCUMENT, LARGE_DOCUMENT};

/// The limit on layers of an image, since each costs time and memory. Engines accept at most 127.
pub(super) const LAYERS_MOST: usize = 1_024;

/// The purpose of building an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BuildPurpose {
    /// To be shown, with its configuration as stored.
    Showing,
    /// To be verified, as one of many: configurations that images share are read once.
    Audit,
}

/// The documents of an image.
struct BuildDocuments {
    parsed: Option<Parsed>,
    raw_config: Vec<u8>,
    manifest_size: Option<u64>,
    layers: Vec<LayerDraft>,
    /// How many there are.
    listed: usize,
    annotations: Vec<(String, String)>,
    findings: Vec<Finding>,
}

/// Builds an image. An error is a verb phrase about its manifest.
pub(super) fn build(
    documents: &mut Documents<'_>,
    entry: &Entry,
    purpose: BuildPurpose,
) -> Result<(Image, Vec<LayerBlob>), String> {
    let documented = match &entry.recipe {
        Recipe::Absent => return Err(entry.note.clone()),
        Recipe::Docker(item) => docker(documents, item, purpose),
        Recipe::Legacy(chain) => legacy(documents, chain),
        Recipe::Oci(manifest) => oci(documents, manifest, purpose)?,
    };
    let BuildDocuments { parsed, raw_config, manifest_size, layers, listed, annotations, mut findings } = documented;
    let has_config = parsed.is_some();
    let parsed = parsed.unwrap_or_default();
    let is_legacy = matches!(entry.recipe, Recipe::Legacy(_));
    if has_config && !is_legacy && parsed.diff_ids.len() != listed {
        let message = format!(
            "the manifest lists {listed} layers, but the configuration {} diff IDs: the manifest's layers are shown",
            parsed.diff_ids.len()
        );
        findings.push(Finding::of_image(FindingKind::LayerCountMismatch, message).gap());
    }
    if listed > layers.len() {
        let message = format!(
            "the image lists {listed} layers, but engines accept at most 127: the first {LAYERS_MOST} are shown"
        );
        findings.push(Finding::of_image(FindingKind::TooMuch, message).gap());
    }
    findings.extend(other_platform(entry, parsed.platform.as_ref()));
    let (mut layers, blobs) = examine(layers, &parsed.diff_ids, &mut findings);
    for (layer, blob) in layers.iter_mut().zip(&blobs) {
        layer.member = documents.store.plain_member(&blob.name);
    }
    let (steps, doubts) = pair_history(parsed.history, &mut layers);
    findings.splice(0..0, entry.findings.iter().cloned());
    findings.extend(doubts);
    let mut image = Image {
        names: entry.names.to_vec(),
        platform: parsed.platform.or_else(|| entry.platform.clone()),
        digest: entry.digest().cloned(),
        manifest_size: manifest_size.filter(|_| entry.manifest.is_some()),
        // The first format has no configuration of the image, only those of its layers.
        config_digest: (has_config && !is_legacy).then(|| Digest::of(&raw_config)),
        created: parsed.created,
        config: parsed.config,
        raw_config,
        left_out_config: None,
        layers,
        steps,
        annotations,
        provenance: None,
        dockerfile: None,
        given_base: None,
        findings,
        source: None,
    };
    if purpose == BuildPurpose::Showing {
        attest(documents, &entry.attestations, entry.manifest.as_ref(), &mut image);
    }
    Ok((image, blobs))
}

/// The finding about an image that an index lists for another platform than its configuration: engines choose it by the
/// one and run it as the other. WebAssembly is the same under every name.
fn other_platform(entry: &Entry, is: Option<&Platform>) -> Option<Finding> {
    let (is, listed) = (is?, entry.platforms().next()?);
    let fits =
        |listed: &Platform| listed.architecture == is.architecture && (listed.os == is.os || is.architecture == "wasm");
    if entry.platforms().any(fits) {
        return None;
    }
    let [listed, is] = [listed, is].map(|platform| platform.to_string().escape_debug().to_string());
    Some(Finding::of_image(
        FindingKind::OddDocument,
        format!(
            "the index lists it for {listed}, but its configuration is for {is}: engines choose an image by the index"
        ),
    ))
}

/// Adds the configuration, where it can be read.
fn configure(
    documents: &mut Documents<'_>,
    purpose: BuildPurpose,
    blob: Result<(super::blob::Blob, Vec<u8>), String>,
    format: Format,
    findings: &mut Vec<Finding>,
) -> (Option<Parsed>, Vec<u8>) {
    let read = blob.and_then(|(blob, member)| match purpose {
        BuildPurpose::Showing => documents.configuration(&blob, format),
        BuildPurpose::Audit => {
            let shared = documents.shared_configuration(&blob, &member, format)?;
            let own = Rc::try_unwrap(shared).unwrap_or_else(|shared| Configuration::clone(&shared));
            Ok((own, Vec::new()))
        }
    });
    match read {
        Ok((configuration, bytes)) => {
            findings.extend(configuration.findings);
            (Some(configuration.parsed), bytes)
        }
        Err(why) => {
            let message = format!("the image's configuration {why}: its layers are shown without history");
            findings.push(Finding::of_image(FindingKind::OddDocument, message).gap());
            (None, Vec::new())
        }
    }
}

fn docker(documents: &mut Documents<'_>, item: &Value, purpose: BuildPurpose) -> BuildDocuments {
    let mut findings = Vec::new();
    let member = item.text("Config");
    let blob = found_blob(documents.store.find(member));
    if let (Ok((blob, real)), Some(claimed)) = (&blob, catalogue::claimed(member))
        && documents.has_digest(blob, real, &claimed) == Some(false)
    {
        findings.push(Finding::of_image(
            FindingKind::DigestMismatch,
            format!("the configuration `{}` does not hash to its name: it was read anyway", member.escape_debug()),
        ));
    }
    let (parsed, raw_config) = configure(documents, purpose, blob, Format::DockerConfiguration, &mut findings);
    let sources = item.field("LayerSources");
    let members = item.texts("Layers");
    let listed = members.len();
    let layers = members.into_iter().take(LAYERS_MOST).enumerate().map(|(index, member)| {
        let diff_id = parsed.as_ref().and_then(|parsed| parsed.diff_ids.get(index)?.as_ref().ok());
        let source = diff_id.and_then(|id| sources.get(id.as_str())).map(Descriptor::new).unwrap_or_default();
        LayerDraft {
            found: documents.store.find(&member),
            member: member.clone(),
            digest: digest_of_member(&member),
            media_type: source.media_type,
            size: source.size,
            elsewhere: source.urls,
        }
    });
    let layers = layers.collect();
    BuildDocuments { parsed, raw_config, manifest_size: None, layers, listed, annotations: Vec::new(), findings }
}

/// The digest in the name of a member of the archive's `blobs` folder, ignoring a suffix.
fn digest_of_member(member: &str) -> Option<crate::image::Digest> {
    let (algorithm, encoded) = member.strip_prefix("blobs/")?.split_once('/')?;
    let encoded = encoded.split('.').next().unwrap_or(encoded);
    format!("{algorithm}:{encoded}").parse().ok()
}

/// Where a layout stores a blob.
fn blob_member(digest: &crate::image::Digest) -> String {
    format!("blobs/{}", digest.as_str().replacen(':', "/", 1))
}

fn oci(documents: &mut Documents<'_>, manifest: &Descriptor, purpose: BuildPurpose) -> Result<BuildDocuments, String> {
    let mut findings = Vec::new();
    // Findings about the manifest were recorded when it was listed.
    let (blob, _) = found_blob(manifest.find(documents.store))?;
    let manifest_size = blob.len();
    let (document, _) = documents.parse(&blob, DOCUMENT, "", &schema::Type::Any, &mut Vec::new())?;
    let config = Descriptor::new(document.field("config"));
    let blob = documents.find(&config, LARGE_DOCUMENT, &mut findings);
    let format = Format::of_configuration(&config.media_type);
    let (parsed, raw_config) = configure(documents, purpose, blob, format, &mut findings);
    let layers = document.field("layers").items();
    let drafts = layers.iter().take(LAYERS_MOST).map(|layer| {
        let layer = Descriptor::new(layer);
        LayerDraft {
            found: layer.find(documents.store),
            member: layer.digest.as_ref().map(blob_member).unwrap_or_default(),
            digest: layer.digest,
            media_type: layer.media_type,
            size: layer.size,
            elsewhere: layer.urls,
        }
    });
    let mut annotations = manifest.annotations();
    annotations.extend(descriptor::annotations(document.field("annotations")));
    Ok(BuildDocuments {
        parsed,
        raw_config,
        manifest_size: Some(manifest_size),
        layers: drafts.collect(),
        listed: layers.len(),
        annotations,
        findings,
    })
}

/// Every layer of Docker's first format is a step of the build, and the topmost one carries the configuration.
fn legacy(documents: &mut Documents<'_>, chain: &[String]) -> BuildDocuments {
    let mut parsed = Parsed::default();
    let mut raw_config = Vec::new();
    let mut layers = Vec::new();
    let mut findings = Vec::new();
    for (at, id) in chain.iter().enumerate() {
        let is_topmost = at + 1 == chain.len();
        let description = catalogue::description(documents, id, &mut findings);
        if description.is_none() {
            let message = "the `json` of a layer cannot be read: it is shown without its instruction".to_owned();
            findings.push(Finding::of_image(FindingKind::OddDocument, message).gap());
        }
        let (json, bytes) = description.unwrap_or_default();
        parsed.history.push(HistoryEntry {
            created: created(&json),
            created_by: json.field("container_config").words("Cmd").join(" "),
            author: json.text("author").to_owned(),
            comment: json.text("comment").to_owned(),
            empty_layer: false,
        });
        if is_topmost {
            parsed.config = config::config(json.field("config"));
            parsed.platform = descriptor::platform(&json);
            parsed.created = created(&json);
            raw_config = bytes;
        }
        layers.push(LayerDraft {
            found: documents.store.find(&format!("{id}/layer.tar")),
            member: format!("{id}/layer.tar"),
            digest: None,
            media_type: MediaType::default(),
            size: None,
            elsewhere: false,
        });
    }
    BuildDocuments {
        parsed: Some(parsed),
        raw_config,
        manifest_size: None,
        listed: layers.len(),
        layers,
        annotations: Vec::new(),
        findings,
    }
}
