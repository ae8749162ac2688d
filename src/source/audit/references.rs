//! Checks documents against the blobs they reference: whether these are present, and have the declared size.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::image::{Finding, FindingKind};
use crate::source::blob::Blob;
use crate::source::descriptor::Descriptor;
use crate::source::documents::Documents;
use crate::source::json::{self, Walk};
use crate::source::store::{DOCUMENT, LARGE_DOCUMENT, Lookup, Store};

use super::{Audit, digest_of_name};

/// Checks every document of the archive, referenced or not.
pub(super) fn check(documents: &mut Documents<'_>, members: &[String], audit: &mut Audit) {
    let store = documents.store;
    let mut seen = BTreeSet::new();
    let mut read = HashSet::new();
    for name in members {
        let is_list = name == "index.json" || name == "manifest.json";
        if !is_list && digest_of_name(name).is_none() {
            continue;
        }
        let found = if is_list { store.find_list(name) } else { store.find(name) };
        let Lookup::Blob(blob, member) = found else { continue };
        // Many links may lead to one document.
        if !read.insert(member) {
            continue;
        }
        let Some(document) = document(documents, name, &blob, is_list, audit) else { continue };
        if name == "manifest.json" && !document.is_object() {
            check_list(store, &document, audit);
            continue;
        }
        // An index is complete even with only some of its platforms; what the layout itself lists must be present.
        let parts = [("manifests", name == "index.json"), ("layers", true), ("blobs", true)];
        for (descriptor, needed) in parts
            .iter()
            .flat_map(|(key, needed)| document.field(key).items().iter().map(|item| (item, *needed)))
            .chain(document.field("config").is_object().then(|| (document.field("config"), true)))
        {
            // A configuration has a `config` object; a descriptor has a digest.
            if descriptor.get("digest").is_some() && seen.insert((name.clone(), descriptor.text("digest").to_owned())) {
                check_descriptor(store, name, &Descriptor::new(descriptor), needed, audit);
            }
        }
    }
}

/// The value of a document; blobs that are not JSON are none.
fn document(documents: &mut Documents<'_>, name: &str, blob: &Blob, is_list: bool, audit: &mut Audit) -> Option<Value> {
    let limit = if is_list { LARGE_DOCUMENT } else { DOCUMENT };
    let looks_so = blob.head(1).is_ok_and(|head| head == *b"{" || head == *b"[");
    if !is_list && (!looks_so || blob.len() > limit) {
        return None;
    }
    match documents.read(blob, limit).and_then(|bytes| json::parse(&bytes)) {
        Ok(value) => Some(value),
        Err(why) => {
            audit
                .findings
                .push(Finding::of_image(FindingKind::OddDocument, format!("`{}` {why}", name.escape_debug())));
            None
        }
    }
}

fn check_descriptor(store: &Store, name: &str, descriptor: &Descriptor, needed: bool, audit: &mut Audit) {
    let what = descriptor.quoted_digest();
    let mut fault = |kind, message| audit.findings.push(Finding::of_image(kind, message));
    match descriptor.find(store) {
        Lookup::Blob(blob, _) => {
            if let Some(said) = descriptor.size.filter(|&said| said != blob.len() && !blob.is_cut()) {
                let message = format!("`{name}` says that {what} has {said} bytes, but it has {}", blob.len());
                fault(FindingKind::SizeMismatch, message);
            }
        }
        Lookup::Refused(why) => {
            fault(FindingKind::BlobMissing, format!("`{name}` refers to {what}, which cannot be used: {why}"));
        }
        Lookup::Unreadable(why) => {
            fault(FindingKind::BlobUnreadable, format!("`{name}` refers to {what}, which {why}"));
        }
        Lookup::Absent => {
            let foreign = descriptor.urls || descriptor.media_type.is_foreign();
            let message = format!("`{name}` refers to {what}, which is not in the archive");
            if needed && !foreign {
                fault(FindingKind::BlobMissing, message);
            } else {
                audit.absent.push(message);
            }
        }
    }
}

/// The list of a docker archive references members by name.
fn check_list(store: &Store, list: &Value, audit: &mut Audit) {
    for (number, item) in list.items().iter().enumerate() {
        let foreign = item
            .field("LayerSources")
            .as_object()
            .is_some_and(|sources| sources.values().any(|source| source.text("mediaType").contains("foreign")));
        for member in std::iter::once(item.text("Config").to_owned()).chain(item.texts("Layers")) {
            if member.is_empty() {
                let message =
                    format!("item {number} of `manifest.json` does not name its configuration or one of its layers");
                audit.findings.push(Finding::of_image(FindingKind::BlobMissing, message));
                continue;
            }
            let message = match store.find(&member) {
                Lookup::Blob(..) => continue,
                Lookup::Refused(why) => format!("`manifest.json` refers to `{}`: {why}", member.escape_debug()),
                Lookup::Unreadable(why) => {
                    format!("`manifest.json` refers to `{}`, which {why}", member.escape_debug())
                }
                Lookup::Absent => {
                    format!("`manifest.json` refers to `{}`, which is not in the archive", member.escape_debug())
                }
            };
            if foreign {
                audit.absent.push(message);
            } else {
                audit.findings.push(Finding::of_image(FindingKind::BlobMissing, message));
            }
        }
    }
}
