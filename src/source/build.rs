//! From an entry of the catalogue to an image: manifest, configuration and history are read, the layers only looked at.

use serde_json::Value;

use crate::image::{Finding, FindingKind, HistoryEntry, Image, pair_history};

use super::catalogue::{Entry, Recipe};
use super::config::{self, Parsed, stamp};
use super::descriptor::Descriptor;
use super::json::Walk;
use super::layers::{Draft, LayerBlob, examine};
use super::store::{DOCUMENT, LARGE_DOCUMENT, Store};
use super::{catalogue, descriptor};

/// The documents of an image.
struct Documents {
    parsed: Option<Parsed>,
    raw_config: Vec<u8>,
    layers: Vec<Draft>,
    findings: Vec<Finding>,
}

/// Puts an image together. An error is a verb phrase about its manifest.
pub(super) fn build(store: &Store, entry: &Entry) -> Result<(Image, Vec<LayerBlob>), String> {
    let documents = match &entry.recipe {
        Recipe::Absent => return Err(entry.note.clone()),
        Recipe::Docker(item) => docker(store, item),
        Recipe::Legacy(chain) => legacy(store, chain),
        Recipe::Oci(manifest) => oci(store, manifest)?,
    };
    let Documents { parsed, raw_config, layers, mut findings } = documents;
    let has_config = parsed.is_some();
    let parsed = parsed.unwrap_or_default();
    let is_legacy = matches!(entry.recipe, Recipe::Legacy(_));
    if has_config && !is_legacy && parsed.diff_ids.len() != layers.len() {
        let message = format!(
            "the manifest lists {} layers, the configuration {} diff IDs: the manifest's layers are shown",
            layers.len(),
            parsed.diff_ids.len()
        );
        findings.push(Finding::of_image(FindingKind::LayerCountMismatch, message).gap());
    }
    let (mut layers, blobs) = examine(layers, &parsed.diff_ids, &mut findings);
    for (layer, blob) in layers.iter_mut().zip(&blobs) {
        layer.member = store.plain_member(&blob.name);
    }
    let (steps, doubts) = pair_history(parsed.history, &mut layers);
    findings.splice(0..0, entry.findings.iter().cloned());
    findings.extend(doubts);
    let image = Image {
        names: entry.names.clone(),
        platform: parsed.platform.or_else(|| entry.platform.clone()),
        digest: entry.digest().cloned(),
        created: parsed.created,
        config: parsed.config,
        raw_config,
        layers,
        steps,
        findings,
    };
    Ok((image, blobs))
}

fn no_config(findings: &mut Vec<Finding>, why: &str) {
    let message = format!("the image's configuration {why}: its layers are shown without history");
    findings.push(Finding::of_image(FindingKind::OddDocument, message).gap());
}

fn docker(store: &Store, item: &Value) -> Documents {
    let mut findings = Vec::new();
    let (parsed, raw_config) = match catalogue::configuration(store, item, &mut findings) {
        Ok((value, bytes, _)) => (Some(Parsed::new(&value)), bytes),
        Err(why) => {
            no_config(&mut findings, &why);
            (None, Vec::new())
        }
    };
    let sources = item.field("LayerSources");
    let layers = item.texts("Layers").into_iter().enumerate().map(|(index, member)| {
        let diff_id = parsed.as_ref().and_then(|parsed| parsed.diff_ids.get(index)?.as_ref().ok());
        let source = diff_id.and_then(|id| sources.get(id.as_str())).map(Descriptor::new).unwrap_or_default();
        Draft {
            found: store.find(&member),
            member: member.clone(),
            digest: digest_of_member(&member),
            media_type: Some(source.media_type),
            size: source.size,
            elsewhere: source.urls,
        }
    });
    let layers = layers.collect();
    Documents { parsed, raw_config, layers, findings }
}

/// The digest that a member of an archive's `blobs` folder is named by, a suffix left out.
fn digest_of_member(member: &str) -> Option<crate::image::Digest> {
    let (algorithm, encoded) = member.strip_prefix("blobs/")?.split_once('/')?;
    let encoded = encoded.split('.').next().unwrap_or(encoded);
    format!("{algorithm}:{encoded}").parse().ok()
}

/// Where a layout keeps a blob.
fn blob_member(digest: &crate::image::Digest) -> String {
    format!("blobs/{}", digest.as_str().replacen(':', "/", 1))
}

fn oci(store: &Store, manifest: &Descriptor) -> Result<Documents, String> {
    let mut findings = Vec::new();
    // A doubt about the manifest was noted when it was listed.
    let (document, _) = manifest.parse(store, DOCUMENT, &mut Vec::new())?;
    let config = Descriptor::new(document.field("config"));
    let (parsed, raw_config) = match config.parse(store, LARGE_DOCUMENT, &mut findings) {
        Ok((value, bytes)) => (Some(Parsed::new(&value)), bytes),
        Err(why) => {
            no_config(&mut findings, &why);
            (None, Vec::new())
        }
    };
    let layers = document.field("layers").items().iter().map(|layer| {
        let layer = Descriptor::new(layer);
        Draft {
            found: layer.find(store),
            member: layer.digest.as_ref().map(blob_member).unwrap_or_default(),
            digest: layer.digest,
            media_type: Some(layer.media_type),
            size: layer.size,
            elsewhere: layer.urls,
        }
    });
    let layers = layers.collect();
    Ok(Documents { parsed, raw_config, layers, findings })
}

/// Every layer of Docker's first format is a step of the build, and the topmost one carries the configuration.
fn legacy(store: &Store, chain: &[String]) -> Documents {
    let mut parsed = Parsed::default();
    let mut raw_config = Vec::new();
    let mut layers = Vec::new();
    for id in chain {
        let json = catalogue::description(store, id).unwrap_or_default();
        parsed.history.push(HistoryEntry {
            created: stamp(&json),
            created_by: config::words(json.field("container_config"), "Cmd").join(" "),
            author: json.text("author").to_owned(),
            comment: json.text("comment").to_owned(),
            empty_layer: false,
        });
        parsed.config = config::config(json.field("config"));
        parsed.platform = descriptor::platform(&json);
        parsed.created = stamp(&json);
        raw_config = serde_json::to_vec(&json).unwrap_or_default();
        layers.push(Draft {
            found: store.find(&format!("{id}/layer.tar")),
            member: format!("{id}/layer.tar"),
            digest: None,
            media_type: None,
            size: None,
            elsewhere: false,
        });
    }
    Documents { parsed: Some(parsed), raw_config, layers, findings: Vec::new() }
}
