//! `index.json` and everything below it (image-spec `image-layout.md`, `image-index.md`).
//!
//! An index may hold indexes, to any depth, and the same one many times: thirty indexes of two children each, every child
//! the next index, are a billion paths. So each digest is visited once, depth and number are capped, and nothing recurses.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind};
use crate::source::config::Parsed;
use crate::source::descriptor::Descriptor;
use crate::source::json::{self, Walk};
use crate::source::store::{DOCUMENT, Found, LARGE_DOCUMENT, Store};

use super::super::artifact;
use super::{Catalogue, Entry, MOST, Recipe};

/// Indexes in indexes beyond this are not followed.
const DEEPEST: usize = 16;
/// Beyond so many images, a configuration is read only where the platform is not said elsewhere.
const CONFIGS_MOST: usize = 500;

/// A descriptor that is still to be looked at.
struct Ahead {
    descriptor: Descriptor,
    depth: usize,
    /// The names of the entry of `index.json` that led here.
    names: Vec<String>,
}

struct Reader<'a> {
    store: &'a Store,
    catalogue: &'a mut Catalogue,
    ahead: Vec<Ahead>,
    /// How many descriptors were put ahead, all in all.
    seen: usize,
    indexes: HashSet<Digest>,
    manifests: HashMap<Digest, usize>,
    configs: usize,
}

/// Lists everything that can be reached from `index.json`.
pub(super) fn read(store: &Store, index: &Value, catalogue: &mut Catalogue) {
    let mut reader = Reader::new(store, catalogue);
    reader.put_ahead(index, 0, None);
    reader.run();
}

/// Lists one manifest that is no blob of its own.
pub(super) fn read_embedded(store: &Store, digest: &Digest, bytes: &[u8], catalogue: &mut Catalogue) {
    let descriptor = Descriptor::embedding(digest, bytes);
    let mut reader = Reader::new(store, catalogue);
    reader.ahead.push(Ahead { descriptor, depth: 0, names: Vec::new() });
    reader.run();
}

/// A layout of another version may mean other things by the same words.
pub(super) fn check_version(store: &Store, findings: &mut Vec<Finding>) {
    let Some(blob) = store.find("oci-layout").blob() else { return };
    let Ok(Ok(layout)) = crate::source::store::read_document(&blob, DOCUMENT).map(|bytes| json::parse(&bytes)) else {
        return;
    };
    let version = layout.text("imageLayoutVersion");
    if !version.starts_with("1.") {
        findings.push(Finding::of_image(
            FindingKind::OddDocument,
            format!("the layout is of version `{}`, this program knows 1: it was read as that", version.escape_debug()),
        ));
    }
}

impl<'a> Reader<'a> {
    fn new(store: &'a Store, catalogue: &'a mut Catalogue) -> Self {
        Self {
            store,
            catalogue,
            ahead: Vec::new(),
            seen: 0,
            indexes: HashSet::new(),
            manifests: HashMap::new(),
            configs: 0,
        }
    }

    fn odd(&mut self, message: String) {
        self.catalogue.findings.push(Finding::of_image(FindingKind::OddDocument, message));
    }

    fn run(&mut self) {
        while let Some(next) = self.ahead.pop() {
            self.look_at(next);
        }
    }

    /// Puts an index's children ahead, so that the first is looked at first.
    fn put_ahead(&mut self, index: &Value, depth: usize, names: Option<&[String]>) {
        let children = index.field("manifests").items();
        let room = MOST - self.seen.min(MOST);
        if children.len() > room {
            self.catalogue.findings.push(Finding::of_image(
                FindingKind::TooMuch,
                format!("the indexes of the archive list more than {MOST} manifests: the first of them are shown"),
            ));
        }
        self.seen += children.len().min(room);
        let mut batch: Vec<Ahead> = Vec::new();
        let mut places: HashMap<Digest, usize> = HashMap::new();
        for child in children.iter().take(room) {
            let descriptor = Descriptor::new(child);
            let names = names.map_or_else(|| names_of(&descriptor), <[String]>::to_vec);
            // One blob under several tags is one image with several names.
            if let Some(&at) = descriptor.digest.as_ref().and_then(|digest| places.get(digest)) {
                batch[at].names.extend(names);
                continue;
            }
            if let Some(digest) = &descriptor.digest {
                places.insert(digest.clone(), batch.len());
            }
            batch.push(Ahead { descriptor, depth, names });
        }
        self.ahead.extend(batch.into_iter().rev());
    }

    fn look_at(&mut self, ahead: Ahead) {
        let Ahead { descriptor, depth, names } = ahead;
        if let Some(what) = artifact::of_descriptor(&descriptor, &names) {
            self.catalogue.others.push(what);
            return;
        }
        if let Some(&at) = descriptor.digest.as_ref().and_then(|digest| self.manifests.get(digest)) {
            self.catalogue.entries[at].add_names(names);
            return;
        }
        if descriptor.digest.as_ref().is_some_and(|digest| self.indexes.contains(digest)) {
            return;
        }
        let mut findings = Vec::new();
        let document = match descriptor.parse(self.store, DOCUMENT, &mut findings) {
            Ok((document, _)) => document,
            Err(why) => return self.absent(descriptor, names, &why, findings),
        };
        let (is_index, confusion) = is_index(&descriptor, &document);
        findings.extend(confusion);
        if !is_index {
            return self.manifest(descriptor, names, &document, findings);
        }
        self.catalogue.findings.append(&mut findings);
        if let Some(digest) = &descriptor.digest {
            self.indexes.insert(digest.clone());
        }
        if depth >= DEEPEST {
            self.odd(format!("indexes stand in each other deeper than {DEEPEST} levels: the rest was left out"));
        } else {
            self.put_ahead(&document, depth + 1, Some(&names));
        }
    }

    /// Lists what is named but not there: containerd exports an index whole, and only the platforms it has.
    fn absent(&mut self, descriptor: Descriptor, names: Vec<String>, why: &str, findings: Vec<Finding>) {
        let what =
            if descriptor.media_type.ends_with("index.v1+json") || descriptor.media_type.contains("manifest.list") {
                "its index"
            } else {
                "its manifest"
            };
        let is_unreadable = matches!(descriptor.find(self.store), Found::Unreadable(_));
        let mut entry = Entry {
            is_unreadable,
            platform: descriptor.platform,
            manifest: descriptor.digest,
            note: format!("{what} {why}"),
            findings,
            ..Entry::default()
        };
        entry.add_names(names);
        self.add(entry);
    }

    fn manifest(&mut self, descriptor: Descriptor, names: Vec<String>, document: &Value, findings: Vec<Finding>) {
        if !["layers", "config", "fsLayers"].iter().any(|key| !document.field(key).is_null()) {
            return self.absent(descriptor, names, "is no manifest", findings);
        }
        let config = Descriptor::new(document.field("config"));
        if let Some(what) = artifact::of_manifest(self.store, document, &config) {
            self.catalogue.others.push(what);
            return;
        }
        let layers = document.field("layers").items();
        let mut entry = Entry {
            platform: descriptor.platform.clone(),
            manifest: descriptor.digest.clone(),
            config: config.digest.clone(),
            layers: layers.len(),
            findings,
            ..Entry::default()
        };
        entry.add_names(names);
        if document.field("fsLayers").is_array() {
            "a manifest of schema 1, which no engine reads any more".clone_into(&mut entry.note);
            return self.add(entry);
        }
        let layers: Vec<Descriptor> = layers.iter().map(Descriptor::new).collect();
        let there = |layer: &Descriptor| layer.find(self.store).may_be_there();
        // Where all layers are foreign, none is expected.
        entry.available = layers.is_empty() || layers.iter().any(there) || layers.iter().all(|layer| layer.urls);
        if !entry.available {
            "its layers are not in the archive".clone_into(&mut entry.note);
        }
        entry.layer_names = layers
            .into_iter()
            .map(|layer| layer.digest.map_or(layer.digest_text, |digest| digest.encoded().to_owned()))
            .collect();
        self.configs += 1;
        if self.configs <= CONFIGS_MOST || entry.platform.is_none() {
            // Doubts about the configuration are told when the image is opened.
            if let Ok((config, _)) = config.parse(self.store, LARGE_DOCUMENT, &mut Vec::new()) {
                let parsed = Parsed::new(&config);
                entry.platform = entry.platform.filter(|platform| !platform.is_unknown()).or(parsed.platform);
                entry.created = parsed.created;
            }
        }
        entry.recipe = Recipe::Oci(Box::new(descriptor));
        self.add(entry);
    }

    fn add(&mut self, entry: Entry) {
        if let Some(digest) = &entry.manifest {
            self.manifests.insert(digest.clone(), self.catalogue.entries.len());
        }
        self.catalogue.entries.push(entry);
    }
}

/// Whether a document is an index, by its fields; by its media type where it has the fields of both (CVE-2021-41190).
fn is_index(descriptor: &Descriptor, document: &Value) -> (bool, Option<Finding>) {
    let has_children = document.field("manifests").is_array();
    let has_layers = document.field("layers").is_array() || document.field("config").is_object();
    if !(has_children && has_layers) {
        return (has_children, None);
    }
    let own = document.text("mediaType");
    let media_type = if descriptor.media_type.is_empty() { own } else { &descriptor.media_type };
    let is_index = media_type.contains("index") || media_type.contains("manifest.list");
    let message = format!(
        "the document `{}` is an index and a manifest at once: it was taken for an {} by its media type",
        descriptor.digest_text.escape_debug(),
        if is_index { "index" } else { "image's manifest" }
    );
    (is_index, Some(Finding::of_image(FindingKind::OddDocument, message)))
}

/// What an entry of `index.json` is called: in full where containerd says so, else as its tag or whatever was given.
fn names_of(descriptor: &Descriptor) -> Vec<String> {
    ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .into_iter()
        .map(|key| descriptor.annotation(key))
        .find(|name| !name.is_empty())
        .map(str::to_owned)
        .into_iter()
        .collect()
}
