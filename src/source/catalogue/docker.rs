//! `manifest.json`, the list of `docker save` since 1.10 and of everyone who imitates it.

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind};
use crate::source::config::Parsed;
use crate::source::json::{self, Walk};
use crate::source::store::{Found, LARGE_DOCUMENT, Store, digest_of, read_document};

use super::{Entry, MOST, Recipe, claimed_hex};

/// The items, in the order of the list.
pub(super) fn entries(store: &Store, list: &Value, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let items = list.items();
    if items.len() > MOST {
        findings.push(Finding::of_image(
            FindingKind::TooMuch,
            format!("`manifest.json` lists {} images: the first {MOST} are shown", items.len()),
        ));
    }
    items.iter().take(MOST).filter(|item| item.is_object()).map(|item| entry(store, item)).collect()
}

fn entry(store: &Store, item: &Value) -> Entry {
    let layers = item.texts("Layers");
    let mut entry = Entry {
        layers: layers.len(),
        layer_names: layers.iter().map(|layer| claimed_hex(layer).unwrap_or(layer).to_owned()).collect(),
        recipe: Recipe::Docker(item.clone()),
        ..Entry::default()
    };
    entry.add_names(item.texts("RepoTags"));
    let mut doubts = Vec::new();
    let read = configuration(store, item, &mut doubts);
    entry.available = read.is_ok() || layers.iter().any(|layer| store.find(layer).may_be_there());
    match read {
        Ok((value, _, digest)) => {
            let parsed = Parsed::new(&value);
            entry.config = Some(digest);
            entry.platform = parsed.platform;
            entry.created = parsed.created;
            entry.diff_ids = parsed
                .diff_ids
                .into_iter()
                .map(|id| id.map_or_else(|text| text, |id| id.0.encoded().to_owned()))
                .collect();
        }
        Err(_) => entry.config = claimed(item.text("Config")),
    }
    if !entry.available {
        "not in the archive".clone_into(&mut entry.note);
    }
    entry
}

/// The configuration of an item, its bytes and its digest. An error is a verb phrase.
pub(in crate::source) fn configuration(
    store: &Store,
    item: &Value,
    findings: &mut Vec<Finding>,
) -> Result<(Value, Vec<u8>, Digest), String> {
    let member = item.text("Config");
    let blob = match store.find(member) {
        Found::Blob(blob, _) => blob,
        Found::Absent => return Err("is not in the archive".to_owned()),
        Found::Refused(why) => return Err(format!("cannot be used ({why})")),
        Found::Unreadable(why) => return Err(why),
    };
    let bytes = read_document(&blob, LARGE_DOCUMENT)?;
    let computed = digest_of(&bytes);
    let claimed = claimed(member);
    if claimed.as_ref().is_some_and(|claimed| *claimed != computed) {
        findings.push(Finding::of_image(
            FindingKind::DigestMismatch,
            format!(
                "the configuration `{}` does not hash to its name: it was read nevertheless",
                member.escape_debug()
            ),
        ));
    }
    Ok((json::parse(&bytes)?, bytes, claimed.unwrap_or(computed)))
}

fn claimed(member: &str) -> Option<Digest> {
    format!("sha256:{}", claimed_hex(member)?).parse().ok()
}
