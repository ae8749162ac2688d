//! Docker's first format: a folder a layer, each with its own `json`, chained by `parent`; `repositories` names the heads.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::image::{Finding, FindingKind};
use crate::source::config::stamp;
use crate::source::descriptor::platform;
use crate::source::error::SourceError;
use crate::source::json::{self, Walk};
use crate::source::open::Opened;
use crate::source::store::{DOCUMENT, Store, read_document};

use super::{Entry, MOST, Recipe, document};

/// Names beyond so many are not searched for heads without a name.
const NAMES_MOST: usize = 100_000;
/// No engine stacks half as many layers.
const CHAIN_MOST: usize = 1_000;

/// The heads: those with a name first, then those that nothing stands on.
pub(super) fn entries(opened: &Opened) -> Result<Vec<Entry>, SourceError> {
    let store = &opened.store;
    let mut heads: Vec<(String, Vec<String>)> = Vec::new();
    // Engines of today still write these folders, with a `manifest.json` behind them: where that was cut off, what is
    // left must not be taken for an image.
    let Some(repositories) = document(opened, "repositories")?.filter(|_| store.cut_at().is_none()) else {
        return Ok(Vec::new());
    };
    for (repository, tags) in repositories.as_object().into_iter().flatten() {
        for (tag, id) in tags.as_object().into_iter().flatten() {
            let Some(id) = id.as_str() else { continue };
            let name = format!("{repository}:{tag}");
            match heads.iter_mut().find(|(head, _)| head == id) {
                Some((_, names)) => names.push(name),
                None => heads.push((id.to_owned(), vec![name])),
            }
            if heads.len() >= MOST {
                break;
            }
        }
    }
    for id in untagged(store, &heads) {
        heads.push((id, Vec::new()));
    }
    heads.truncate(MOST);
    Ok(heads.into_iter().map(|(id, names)| entry(store, &id, names)).collect())
}

/// Layers that are nobody's parent and have no name.
fn untagged(store: &Store, tagged: &[(String, Vec<String>)]) -> Vec<String> {
    let mut parents = HashMap::new();
    for name in store.names(NAMES_MOST).unwrap_or_default() {
        let id = name.split('/').next().unwrap_or_default().to_owned();
        if parents.len() < MOST
            && !parents.contains_key(&id)
            && store.has(&format!("{id}/layer.tar"))
            && let Some(json) = description(store, &id)
        {
            parents.insert(id, json.text("parent").to_owned());
        }
    }
    let is_parent: HashSet<&str> = parents.values().map(String::as_str).collect();
    let mut heads: Vec<String> = parents
        .keys()
        .filter(|id| !is_parent.contains(id.as_str()) && !tagged.iter().any(|(head, _)| head == *id))
        .cloned()
        .collect();
    heads.sort();
    heads
}

fn entry(store: &Store, head: &str, names: Vec<String>) -> Entry {
    let mut entry = Entry::default();
    entry.add_names(names);
    let mut chain: Vec<String> = Vec::new();
    let mut visited = HashSet::new();
    let mut next = head.to_owned();
    while !next.is_empty() {
        let odd = |what: &str| {
            Finding::of_image(
                FindingKind::OddDocument,
                format!("the layer `{}` {what}: the chain is taken to end there", next.escape_debug()),
            )
            .gap()
        };
        if !visited.insert(next.clone()) {
            entry.findings.push(odd("is its own ancestor"));
            break;
        }
        if chain.len() >= CHAIN_MOST {
            entry.findings.push(odd("has too many ancestors"));
            break;
        }
        let Some(json) = description(store, &next) else {
            entry.findings.push(odd("is named as a parent but has no readable `json` in the archive"));
            break;
        };
        if chain.is_empty() {
            entry.platform = platform(&json);
            entry.created = stamp(&json);
        }
        chain.push(std::mem::replace(&mut next, json.text("parent").to_owned()));
    }
    chain.reverse();
    entry.layers = chain.len();
    entry.available = !chain.is_empty();
    if entry.available {
        entry.recipe = Recipe::Legacy(chain);
    } else {
        "not in the archive".clone_into(&mut entry.note);
    }
    entry
}

/// A layer's own `json`.
pub(in crate::source) fn description(store: &Store, id: &str) -> Option<Value> {
    let blob = store.find(&format!("{id}/json")).blob()?;
    json::parse(&read_document(&blob, DOCUMENT).ok()?).ok().filter(Value::is_object)
}
