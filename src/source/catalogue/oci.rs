//! `index.json` and everything below it (image-spec `image-layout.md`, `image-index.md`).
//!
//! An index may contain indexes, to any depth, and the same one many times: thirty indexes of two children each, every
//! child the next index, are a billion paths. So each digest is visited once, depth and number are limited, and nothing
//! is recursive.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oci_spec::image::ANNOTATION_REF_NAME;
use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, MediaType, Platform};
use crate::source::artifact;
use crate::source::attestations::Attestations;
use crate::source::conformance::{self, Format};
use crate::source::descriptor::Descriptor;
use crate::source::documents::{Documents, MemberName};
use crate::source::json::{self, Walk};
use crate::source::schema;
use crate::source::store::{DOCUMENT, Lookup};

use super::manifest::Manifest;
use super::{Availability, Catalogue, Entry, MOST, Recipe};

/// The limit on the depth of nested indexes.
const DEEPEST: usize = 16;

/// A descriptor that is still to be visited.
struct PendingDescriptor {
    descriptor: Descriptor,
    depth: usize,
    /// The names of the entry of `index.json` that led here.
    names: Rc<[String]>,
    /// What further descriptors of the same blob say it runs on.
    also_for: Vec<Platform>,
}

/// What is known about a document, by its member.
struct VisitedDocument {
    fields: DocumentFields,
    /// `None` for a document that was read as an index.
    manifest: Option<Rc<Manifest>>,
    findings: Vec<Finding>,
}

/// By which fields a document is an index or a manifest.
#[derive(Clone, Default)]
struct DocumentFields {
    has_children: bool,
    has_layers: bool,
    media_type: MediaType,
}

struct Reader<'a, 'b> {
    documents: &'a mut Documents<'b>,
    catalogue: &'a mut Catalogue,
    pending: Vec<PendingDescriptor>,
    /// How many descriptors were queued in total.
    seen: usize,
    /// Indexes, by digest and by member.
    indexes: HashSet<Digest>,
    index_members: HashSet<MemberName>,
    manifests: HashMap<Digest, usize>,
    known: HashMap<MemberName, Result<Rc<VisitedDocument>, String>>,
    attestations: Attestations,
}

/// Lists everything that is reachable from `index.json`.
pub(super) fn read(documents: &mut Documents<'_>, index: &Value, catalogue: &mut Catalogue) {
    let mut reader = Reader::new(documents, catalogue);
    reader.push_children(index, 0, None);
    reader.run();
}

/// Lists one manifest that is not a blob of its own.
pub(super) fn read_embedded(documents: &mut Documents<'_>, digest: &Digest, bytes: &[u8], catalogue: &mut Catalogue) {
    let descriptor = Descriptor::embedding(digest, bytes);
    let mut reader = Reader::new(documents, catalogue);
    reader.pending.push(PendingDescriptor { descriptor, depth: 0, names: Rc::default(), also_for: Vec::new() });
    reader.run();
}

/// A layout of another version may mean something else by the same words.
pub(super) fn check_version(documents: &mut Documents<'_>, findings: &mut Vec<Finding>) {
    let Some(blob) = documents.store.find("oci-layout").blob() else { return };
    let Ok(Ok(layout)) = documents.read(&blob, DOCUMENT).map(|bytes| json::parse(&bytes)) else {
        return;
    };
    let version = layout.text("imageLayoutVersion");
    if !version.starts_with("1.") {
        findings.push(Finding::of_image(
            FindingKind::OddDocument,
            format!(
                "the layout has version `{}`, but this program knows only 1: it was read as version 1",
                version.escape_debug()
            ),
        ));
    }
}

impl<'a, 'b> Reader<'a, 'b> {
    fn new(documents: &'a mut Documents<'b>, catalogue: &'a mut Catalogue) -> Self {
        Self {
            documents,
            catalogue,
            pending: Vec::new(),
            seen: 0,
            indexes: HashSet::new(),
            index_members: HashSet::new(),
            manifests: HashMap::new(),
            known: HashMap::new(),
            attestations: Attestations::default(),
        }
    }

    fn odd(&mut self, message: String) {
        self.catalogue.findings.push(Finding::of_image(FindingKind::OddDocument, message));
    }

    fn run(mut self) {
        while let Some(next) = self.pending.pop() {
            self.look_at(next);
        }
        self.attestations.assign(&mut self.catalogue.entries);
    }

    /// Queues an index's children, so that the first is visited first.
    fn push_children(&mut self, index: &Value, depth: usize, names: Option<&Rc<[String]>>) {
        let children = index.field("manifests").items();
        let room = MOST - self.seen.min(MOST);
        if children.len() > room {
            self.catalogue.findings.push(Finding::of_image(
                FindingKind::TooMuch,
                format!("the indexes of the archive list more than {MOST} manifests: the first of them are shown"),
            ));
        }
        self.seen += children.len().min(room);
        let mut batch: Vec<PendingDescriptor> = Vec::new();
        let mut places: HashMap<Digest, usize> = HashMap::new();
        for child in children.iter().take(room) {
            let descriptor = Descriptor::new(child);
            let names = names.map_or_else(|| names_of(&descriptor), Rc::clone);
            // One blob under several tags is one image with several names, or for several platforms.
            if let Some(&at) = descriptor.digest.as_ref().and_then(|digest| places.get(digest)) {
                let known: &mut PendingDescriptor = &mut batch[at];
                if !Rc::ptr_eq(&known.names, &names) && !names.is_empty() {
                    known.names = known.names.iter().chain(names.iter()).cloned().collect();
                }
                known.also_for.extend(descriptor.platform);
                continue;
            }
            if let Some(digest) = &descriptor.digest {
                places.insert(digest.clone(), batch.len());
            }
            batch.push(PendingDescriptor { descriptor, depth, names, also_for: Vec::new() });
        }
        self.pending.extend(batch.into_iter().rev());
    }

    fn look_at(&mut self, pending: PendingDescriptor) {
        if let Some(what) = artifact::of_descriptor(&pending.descriptor, &pending.names) {
            self.catalogue.others.push(what);
            self.attestations.note(&pending.descriptor);
            return;
        }
        if let Some(&at) = pending.descriptor.digest.as_ref().and_then(|digest| self.manifests.get(digest)) {
            let names = self.documents.names(pending.names.iter().cloned());
            let entry = &mut self.catalogue.entries[at];
            for name in names {
                entry.names.add(name);
            }
            entry.is_also_for(pending.descriptor.platform.into_iter().chain(pending.also_for));
            return;
        }
        if pending.descriptor.digest.as_ref().is_some_and(|digest| self.indexes.contains(digest)) {
            return;
        }
        let mut findings = Vec::new();
        let (blob, member) = match self.documents.find(&pending.descriptor, DOCUMENT, &mut findings) {
            Ok(found) => found,
            Err(why) => return self.absent(pending, &why, findings),
        };
        let mut document = None;
        let known = self.known.get(&member).cloned().unwrap_or_else(|| {
            let mut findings = Vec::new();
            let name = format!("the document {}", pending.descriptor.quoted_digest());
            let read = self.documents.parse(&blob, DOCUMENT, &name, &schema::Type::Any, &mut findings);
            let known = read.map(|(value, _)| {
                let fields = DocumentFields::new(&value);
                let described = &pending.descriptor.media_type;
                let is_manifest = !is_index(&pending.descriptor, &fields).0;
                let format = if is_manifest {
                    Format::of_manifest(&value, described)
                } else {
                    Format::of_index(&value, described)
                };
                findings.extend(conformance::findings(&value, &name, format));
                let manifest = is_manifest.then(|| Rc::new(Manifest::read(self.documents, &value)));
                document = Some(value);
                Rc::new(VisitedDocument { fields, manifest, findings })
            });
            self.known.insert(member.clone(), known.clone());
            known
        });
        let known = match known {
            Ok(known) => known,
            Err(why) => return self.absent(pending, &why, findings),
        };
        findings.extend(known.findings.iter().cloned());
        let (is_index, confusion) = is_index(&pending.descriptor, &known.fields);
        findings.extend(confusion);
        if let (false, Some(manifest)) = (is_index, &known.manifest) {
            return self.manifest(pending, manifest, findings);
        }
        // A document is read a second time if it was read as the other kind before.
        let again = || json::parse(&self.documents.read(&blob, DOCUMENT).ok()?).ok();
        let Some(document) = document.or_else(again) else { return };
        if !is_index {
            let manifest = Manifest::read(self.documents, &document);
            return self.manifest(pending, &manifest, findings);
        }
        self.catalogue.findings.append(&mut findings);
        self.indexes.extend(pending.descriptor.digest);
        if !self.index_members.insert(member) {
            return;
        }
        if let Some(what) = artifact::of_index(&document) {
            self.catalogue.others.push(what);
        } else if pending.depth >= DEEPEST {
            self.odd(format!("indexes are nested deeper than {DEEPEST} levels: the rest is left out"));
        } else {
            self.push_children(&document, pending.depth + 1, Some(&pending.names));
        }
    }

    /// Lists an image that is named but unavailable: containerd exports an index in full, but only the platforms it
    /// has.
    fn absent(&mut self, pending: PendingDescriptor, why: &str, findings: Vec<Finding>) {
        let what = if pending.descriptor.media_type.is_index() { "its index" } else { "its manifest" };
        let is_absent = matches!(pending.descriptor.find(self.documents.store), Lookup::Absent);
        let mut entry = self.entry(pending, findings).0;
        if is_absent {
            entry.note = format!("{what} {why}");
        } else {
            entry.refuse(format!("{what} {why}"));
        }
        self.add(entry);
    }

    fn entry(&mut self, pending: PendingDescriptor, findings: Vec<Finding>) -> (Entry, Descriptor) {
        let PendingDescriptor { descriptor, names, also_for, .. } = pending;
        let mut entry = Entry {
            names: self.documents.names(names.iter().cloned()).into_iter().collect(),
            platform: descriptor.platform.clone(),
            manifest: descriptor.digest.clone(),
            findings,
            ..Entry::default()
        };
        entry.is_also_for(also_for);
        (entry, descriptor)
    }

    fn manifest(&mut self, pending: PendingDescriptor, manifest: &Manifest, findings: Vec<Finding>) {
        if let Some(what) = &manifest.artifact {
            self.catalogue.others.push(what.clone());
            return;
        }
        if !self.documents.has_layers(manifest.layers) {
            return;
        }
        let (mut entry, descriptor) = self.entry(pending, findings);
        if let Some(why) = manifest.refused {
            entry.refuse(why.to_owned());
            return self.add(entry);
        }
        entry.config.clone_from(&manifest.config);
        entry.layers = manifest.layers;
        entry.stored_bytes = manifest.stored_bytes;
        entry.layer_names.clone_from(&manifest.layer_names);
        entry.created.clone_from(&manifest.created);
        let known = entry.platform.take().filter(|platform| !platform.is_unknown());
        entry.platform = match (known, &manifest.platform) {
            // Descriptors often leave out the version, configurations seldom.
            (Some(said), Some(own)) if said.os_version.is_empty() && said.os == own.os => {
                Some(said.with_os_version(&own.os_version))
            }
            (Some(said), _) => Some(said),
            (None, own) => own.clone(),
        };
        if let Some(why) = &manifest.fault {
            entry.fault(why.clone());
        }
        if manifest.has_layers {
            entry.presence = Availability::Present;
        } else {
            "its layers are not in the archive".clone_into(&mut entry.note);
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

impl DocumentFields {
    fn new(document: &Value) -> Self {
        Self {
            has_children: document.field("manifests").is_array(),
            has_layers: document.field("layers").is_array() || document.field("config").is_object(),
            media_type: MediaType::new(document.text("mediaType")),
        }
    }
}

/// Whether a document is an index, judged by its fields; by its media type if it has the fields of both
/// (CVE-2021-41190).
fn is_index(descriptor: &Descriptor, document: &DocumentFields) -> (bool, Option<Finding>) {
    if !(document.has_children && document.has_layers) {
        return (document.has_children, None);
    }
    let media_type = if descriptor.media_type.is_empty() { &document.media_type } else { &descriptor.media_type };
    let is_index = media_type.is_index();
    let message = format!(
        "the document `{}` is an index and a manifest at once: it is treated as an {} because of its media type",
        descriptor.quoted_digest(),
        if is_index { "index" } else { "image's manifest" }
    );
    (is_index, Some(Finding::of_image(FindingKind::OddDocument, message)))
}

/// The names of an entry of `index.json`: in full if containerd wrote them, else as a tag or as given.
fn names_of(descriptor: &Descriptor) -> Rc<[String]> {
    ["io.containerd.image.name", ANNOTATION_REF_NAME]
        .into_iter()
        .map(|key| descriptor.annotation(key))
        .find(|name| !name.is_empty())
        .map(str::to_owned)
        .into_iter()
        .collect()
}
