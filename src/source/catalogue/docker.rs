//! `manifest.json`, the list of `docker save` since 1.10 and of its imitators.

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind};
use crate::source::conformance::{self, Format};
use crate::source::documents::{Documents, found_blob, type_findings};
use crate::source::json::Walk;
use crate::source::schema;

use super::{Availability, Entry, ListDigest, MOST, Recipe, claimed_hex, sum};

/// The items, in the order of the list.
pub(super) fn entries(documents: &mut Documents<'_>, list: Value, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let items = match list {
        Value::Array(items) => items,
        other => {
            findings.extend(type_findings(&other, "`manifest.json`", &schema::Type::List(&schema::ITEM)));
            return Vec::new();
        }
    };
    if items.len() > MOST {
        findings.push(Finding::of_image(
            FindingKind::TooMuch,
            format!("`manifest.json` lists {} images: the first {MOST} are shown", items.len()),
        ));
    }
    let mut entries = Vec::new();
    for (at, item) in items.into_iter().take(MOST).enumerate() {
        let odd = conformance::findings(&item, &format!("item {at} of `manifest.json`"), Format::DockerItem);
        if !item.is_object() {
            findings.extend(odd);
            continue;
        }
        if !documents.has_layers(item.field("Layers").items().len()) {
            break;
        }
        let mut entry = entry(documents, item);
        entry.findings.extend(odd);
        entries.push(entry);
    }
    entries
}

fn entry(documents: &mut Documents<'_>, item: Value) -> Entry {
    let layers = item.texts("Layers");
    let mut entry = Entry {
        layers: layers.len(),
        stored_bytes: sum(layers.iter().map(|layer| Some(documents.store.find(layer).blob()?.len()))),
        layer_names: ListDigest::new(layers.iter().map(|layer| claimed_hex(layer).unwrap_or(layer))),
        ..Entry::default()
    };
    documents.names(item.words("RepoTags")).into_iter().for_each(|name| entry.names.add(name));
    let member = item.text("Config");
    let facts = found_blob(documents.store.find(member)).and_then(|(blob, real)| documents.facts(&blob, &real));
    entry.config = claimed(member);
    let is_there = facts.is_ok() || layers.iter().any(|layer| documents.store.find(layer).may_be_there());
    match facts {
        Ok(facts) => {
            entry.config.get_or_insert_with(|| facts.digest.clone());
            entry.platform.clone_from(&facts.platform);
            entry.created.clone_from(&facts.created);
            entry.diff_ids.clone_from(&facts.diff_ids);
        }
        Err(why) if is_there => entry.fault(format!("its configuration {why}")),
        Err(_) => {}
    }
    if is_there {
        entry.presence = Availability::Present;
    } else {
        "not in the archive".clone_into(&mut entry.note);
    }
    entry.recipe = Recipe::Docker(item);
    entry
}

/// The digest that a configuration is called by.
pub(in crate::source) fn claimed(member: &str) -> Option<Digest> {
    format!("sha256:{}", claimed_hex(member)?).parse().ok()
}
