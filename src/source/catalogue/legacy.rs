//! Docker's first format: a folder per layer, each with its own `json`, chained by `parent`; `repositories` names the
//! heads.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::image::{Finding, FindingKind, Platform};
use crate::source::build::LAYERS_MOST;
use crate::source::config::created;
use crate::source::descriptor::platform;
use crate::source::documents::{Documents, MemberName, found_blob};
use crate::source::json::Walk;
use crate::source::schema;
use crate::source::store::DOCUMENT;

use super::{Availability, Entry, MOST, Recipe, sum};

/// The limit on names that are searched for heads without a name.
const SEARCHED_MOST: usize = 100_000;
/// A longer text is not an ID; they have 64 digits.
const ID_BYTES_MOST: usize = 255;

/// What the list needs of a layer's `json`.
struct LegacyLayer {
    parent: String,
    platform: Option<Platform>,
    created: Option<String>,
}

/// The layers that were visited, by ID and by the member that holds their `json`.
#[derive(Default)]
struct VisitedLayers {
    by_id: HashMap<String, Option<Rc<LegacyLayer>>>,
    by_member: HashMap<MemberName, Option<Rc<LegacyLayer>>>,
}

impl VisitedLayers {
    fn facts(&mut self, documents: &mut Documents<'_>, id: &str) -> Option<Rc<LegacyLayer>> {
        if let Some(known) = self.by_id.get(id) {
            return known.clone();
        }
        let (blob, member) = found_blob(documents.store.find(&format!("{id}/json"))).ok()?;
        let facts = self.by_member.entry(member).or_insert_with(|| {
            let (json, _) = documents.parse(&blob, DOCUMENT, "", &schema::Type::Any, &mut Vec::new()).ok()?;
            let parent = json.text("parent");
            json.is_object().then(|| {
                let parent = if parent.len() <= ID_BYTES_MOST { parent.to_owned() } else { String::new() };
                Rc::new(LegacyLayer { parent, platform: platform(&json), created: created(&json) })
            })
        });
        self.by_id.insert(id.to_owned(), facts.clone());
        facts.clone()
    }
}

/// The heads: those with a name first, then those that no other layer builds on.
pub(super) fn entries(documents: &mut Documents<'_>, repositories: &Value) -> Vec<Entry> {
    let mut heads: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let tagged = repositories.as_object().into_iter().flatten().flat_map(|(repository, tags)| {
        let tags = tags.as_object().into_iter().flatten();
        tags.filter_map(move |(tag, id)| Some((format!("{repository}:{tag}"), id.as_str()?)))
    });
    for (name, id) in tagged {
        let at = *places.entry(id).or_insert(heads.len());
        if at < heads.len() {
            heads[at].1.push(name);
        } else if heads.len() < MOST {
            heads.push((id.to_owned(), vec![name]));
        } else {
            too_many(documents);
            break;
        }
    }
    let mut known = VisitedLayers::default();
    for id in untagged(documents, &mut known, &places) {
        heads.push((id, Vec::new()));
    }
    if heads.len() > MOST {
        too_many(documents);
        heads.truncate(MOST);
    }
    let mut entries = Vec::new();
    for (id, names) in heads {
        let entry = entry(documents, &mut known, &id, names);
        if !documents.has_layers(entry.layers) {
            break;
        }
        entries.push(entry);
    }
    entries
}

fn too_many(documents: &mut Documents<'_>) {
    documents.left_out(&format!("the archive has more than {MOST} images: the first of them are shown"));
}

/// Layers that are not a parent and have no name.
fn untagged(documents: &mut Documents<'_>, known: &mut VisitedLayers, tagged: &HashMap<&str, usize>) -> Vec<String> {
    let mut parents = HashMap::new();
    for name in documents.store.names(SEARCHED_MOST).unwrap_or_default() {
        let id = name.split('/').next().unwrap_or_default().to_owned();
        if parents.len() < MOST
            && !parents.contains_key(&id)
            && documents.store.has(&format!("{id}/layer.tar"))
            && let Some(facts) = known.facts(documents, &id)
        {
            parents.insert(id, facts);
        }
    }
    let is_parent: HashSet<&str> = parents.values().map(|facts| facts.parent.as_str()).collect();
    let mut heads: Vec<String> = parents
        .keys()
        .filter(|id| !is_parent.contains(id.as_str()) && !tagged.contains_key(id.as_str()))
        .cloned()
        .collect();
    heads.sort();
    heads
}

fn entry(documents: &mut Documents<'_>, known: &mut VisitedLayers, head: &str, names: Vec<String>) -> Entry {
    let mut entry = Entry { names: documents.names(names).into_iter().collect(), ..Entry::default() };
    let mut chain: Vec<String> = Vec::new();
    let mut visited = HashSet::new();
    let mut next = head.to_owned();
    while !next.is_empty() {
        let odd = |kind, what: &str| {
            let next: String = next.chars().take(ID_BYTES_MOST).flat_map(char::escape_debug).collect();
            Finding::of_image(kind, format!("the layer `{next}` {what}: the chain is assumed to end there")).gap()
        };
        if !visited.insert(next.clone()) {
            entry.findings.push(odd(FindingKind::OddDocument, "is its own ancestor"));
            break;
        }
        if chain.len() >= LAYERS_MOST {
            entry.findings.push(odd(FindingKind::TooMuch, "has too many ancestors"));
            break;
        }
        let Some(facts) = known.facts(documents, &next) else {
            let what = "is named as a parent but has no readable `json` in the archive";
            entry.findings.push(odd(FindingKind::OddDocument, what));
            break;
        };
        if chain.is_empty() {
            entry.platform.clone_from(&facts.platform);
            entry.created.clone_from(&facts.created);
        }
        chain.push(std::mem::replace(&mut next, facts.parent.clone()));
    }
    chain.reverse();
    entry.layers = chain.len();
    let len = |id: &String| Some(documents.store.find(&format!("{id}/layer.tar")).blob()?.len());
    entry.stored_bytes = sum(chain.iter().map(len));
    if chain.is_empty() {
        "not in the archive".clone_into(&mut entry.note);
    } else {
        entry.presence = Availability::Present;
        entry.recipe = Recipe::Legacy(chain);
    }
    entry
}

/// A layer's own `json`, and its bytes.
pub(in crate::source) fn description(
    documents: &mut Documents<'_>,
    id: &str,
    findings: &mut Vec<Finding>,
) -> Option<(Value, Vec<u8>)> {
    let blob = documents.store.find(&format!("{id}/json")).blob()?;
    let short: String = id.chars().take(12).flat_map(char::escape_debug).collect();
    let name = format!("the `json` of the layer `{short}`");
    documents.parse(&blob, DOCUMENT, &name, &schema::LAYER_JSON, findings).ok().filter(|(json, _)| json.is_object())
}
