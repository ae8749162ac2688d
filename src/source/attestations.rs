//! The attestations of an image: manifests beside it in its index, whose layers are statements about it (in-toto).
//!
//! Only provenance is read. Bills of materials list packages, and nothing that the image itself does not show.

use std::collections::HashMap;

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, Image};
use crate::provenance::{self, Attested, Subject};

use super::catalogue::Entry;
use super::descriptor::Descriptor;
use super::documents::Documents;
use super::json::Walk;
use super::schema::Type;
use super::store::{DOCUMENT, LARGE_DOCUMENT, Lookup};

/// So many attestation manifests of an image, and so many statements in each, are read.
const MOST: usize = 16;

/// Attestation manifests that an index lists, by what they say they are about.
#[derive(Debug, Default)]
pub(super) struct Attestations {
    listed: Vec<(Digest, Descriptor)>,
}

impl Attestations {
    /// Notes a descriptor if it is one.
    pub(super) fn note(&mut self, descriptor: &Descriptor) {
        if descriptor.annotation("vnd.docker.reference.type") == "attestation-manifest"
            && let Ok(about) = descriptor.annotation("vnd.docker.reference.digest").parse()
        {
            self.listed.push((about, descriptor.clone()));
        }
    }

    /// Hands them to their images. After a copy with another compression, an attestation still names the manifest that
    /// was copied: what is about no listed image is offered to every image without an own one.
    pub(super) fn assign(self, entries: &mut [Entry]) {
        let places: HashMap<Digest, usize> =
            entries.iter().enumerate().filter_map(|(at, entry)| Some((entry.manifest.clone()?, at))).collect();
        let mut others = Vec::new();
        for (about, descriptor) in self.listed {
            match places.get(&about) {
                Some(&at) if entries[at].attestations.len() < MOST => entries[at].attestations.push(descriptor),
                Some(_) => {}
                None => others.push(descriptor),
            }
        }
        others.truncate(MOST);
        for entry in entries.iter_mut().filter(|entry| entry.attestations.is_empty()) {
            entry.attestations.clone_from(&others);
        }
    }
}

/// Adds what the attestations of an image say.
pub(super) fn attest(
    documents: &mut Documents<'_>,
    attestations: &[Descriptor],
    manifest: Option<&Digest>,
    image: &mut Image,
) {
    let digests: Vec<Option<Digest>> = image.layers.iter().map(|layer| layer.digest.clone()).collect();
    let mut read = Vec::new();
    let mut findings = Vec::new();
    for descriptor in attestations {
        for statement in statements(documents, descriptor, &mut findings) {
            let subject = Subject { manifest, layers: &digests, steps: &image.steps };
            read.push(provenance::read(&statement, subject));
        }
    }
    image.findings.extend(findings);
    // One that can be used comes first; the texts of all of them are in the archive.
    read.sort_by_key(|attested: &Attested| (!attested.faults.is_empty(), attested.provenance.steps.is_empty()));
    let mut read = read.into_iter();
    let Some(mut best) = read.next() else { return };
    let mut left_out = best.left_out;
    for other in read {
        left_out |= other.left_out;
        best.provenance.texts.extend(other.provenance.texts);
        best.provenance.texts.extend(other.dockerfile.map(|file| (file.name, file.text)));
    }
    if left_out {
        let message = "the provenance has more than 4 MiB of text: not all of it was searched".to_owned();
        image.findings.push(Finding::of_image(FindingKind::TooMuch, message).gap());
    }
    for fault in best.faults {
        let message = format!("the provenance in the archive {fault}");
        image.findings.push(Finding::of_image(FindingKind::OddDocument, message));
    }
    for (layer, source) in image.layers.iter().zip(best.sources) {
        if let Some(step) = layer.step.and_then(|number| image.steps.get_mut(number.checked_sub(1)?)) {
            step.source = source;
        }
    }
    image.provenance = Some(best.provenance);
    image.dockerfile = best.dockerfile;
}

/// The provenance statements of an attestation manifest. Exports of one platform list attestations that they lack.
fn statements(documents: &mut Documents<'_>, descriptor: &Descriptor, findings: &mut Vec<Finding>) -> Vec<Value> {
    let Some(Ok(manifest)) = document(documents, descriptor, DOCUMENT, findings) else { return Vec::new() };
    let is_provenance = |layer: &&Value| {
        let predicate = layer.field("annotations").text("in-toto.io/predicate-type");
        Descriptor::new(layer).media_type.is_statement()
            && (predicate.is_empty() || predicate.starts_with("https://slsa.dev/provenance/"))
    };
    let layers: Vec<Descriptor> =
        manifest.field("layers").items().iter().filter(is_provenance).take(MOST).map(Descriptor::new).collect();
    let statements = layers.iter().filter_map(|layer| document(documents, layer, LARGE_DOCUMENT, findings)?.ok());
    statements.filter(|statement| statement.text("predicateType").starts_with("https://slsa.dev/provenance/")).collect()
}

/// A document, `None` if it is not in the archive. What is there and cannot be read is a gap.
fn document(
    documents: &mut Documents<'_>,
    descriptor: &Descriptor,
    limit: u64,
    findings: &mut Vec<Finding>,
) -> Option<Result<Value, ()>> {
    if matches!(descriptor.find(documents.store), Lookup::Absent) {
        return None;
    }
    let name = "the attestation";
    let found = documents
        .find(descriptor, limit, findings)
        .and_then(|(blob, _)| documents.parse(&blob, limit, name, &Type::Any, findings).map(|(value, _)| value));
    Some(found.map_err(|why| {
        let message = format!("{name} {} {why}: it was not searched", descriptor.quoted_digest());
        findings.push(Finding::of_image(FindingKind::OddDocument, message).gap());
    }))
}
