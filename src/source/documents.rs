//! Reading the documents of one archive within limits.
//!
//! Each document has its own limit, but ten thousand links may lead to the same one, and every image may name the same
//! thousand layers. So the sums of all documents, names and layers of one archive are bounded too, and what is learnt
//! about a document is cached by the member that holds it, whatever its name.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, Platform};

use super::blob::Blob;
use super::build;
use super::catalogue::ListDigest;
use super::config::Parsed;
use super::conformance::{self, Format};
use super::descriptor::Descriptor;
use super::json;
use super::schema::{Type, differences};
use super::store::{LARGE_DOCUMENT, Lookup, Store, read_document, sum};

/// The limit on bytes of documents that are hashed and read in one archive: 26 KB for each of ten thousand images, the
/// most that are listed.
const BYTES_MOST: u64 = 512 << 20;
/// So many layers are listed in one archive, all images together: ten thousand images of twenty layers.
const LAYERS_MOST: usize = 200_000;
/// The limit on names in one archive: ten for each of ten thousand images.
const NAMES_MOST: usize = 100_000;
/// A longer text is not a name: registries accept 255 bytes for a repository and 128 for a tag.
const NAME_BYTES_MOST: usize = 1_024;
/// A parsed configuration is copied for every image that uses it, which costs about this part of reading it.
const COPY_SHARE: u64 = 16;
/// The limit on the bytes of configurations that are cached: some images of one archive share theirs.
const CONFIGS_BYTES_MOST: u64 = 4 << 20;

/// A member of the archive.
pub(super) type MemberName = Vec<u8>;

/// A configuration that was read.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    pub(super) parsed: Parsed,
    /// Findings about the document, reported when the image is opened.
    pub(super) findings: Vec<Finding>,
    len: u64,
}

/// What the list of images needs of a configuration.
#[derive(Debug)]
pub(super) struct ConfigSummary {
    pub(super) digest: Digest,
    pub(super) platform: Option<Platform>,
    pub(super) created: Option<String>,
    pub(super) diff_ids: Option<ListDigest>,
}

/// The documents of one archive.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    pub(super) store: &'a Store,
    bytes_left: u64,
    layers_left: usize,
    names_left: usize,
    /// The hex digits that members hash to, by algorithm.
    sums: HashMap<(MemberName, String), Option<String>>,
    facts: HashMap<MemberName, Result<Rc<ConfigSummary>, String>>,
    configurations: HashMap<(MemberName, Format), Rc<Configuration>>,
    kept: u64,
    /// What was left out, each reported once.
    pub(super) findings: Vec<Finding>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            bytes_left: BYTES_MOST,
            layers_left: LAYERS_MOST,
            names_left: NAMES_MOST,
            sums: HashMap::new(),
            facts: HashMap::new(),
            configurations: HashMap::new(),
            kept: 0,
            findings: Vec::new(),
        }
    }

    /// Reports that something was left out, once.
    pub(super) fn left_out(&mut self, message: &str) {
        if !self.findings.iter().any(|finding| finding.message == message) {
            self.findings.push(Finding::of_image(FindingKind::TooMuch, message.to_owned()).gap());
        }
    }

    /// Whether this many more bytes may be read.
    fn has_bytes(&mut self, count: u64) -> bool {
        let has = count <= self.bytes_left;
        if has {
            self.bytes_left -= count;
        } else {
            self.left_out(&format!(
                "the documents of the archive, links to them included, have more than {} MiB: not all were read",
                BYTES_MOST >> 20
            ));
        }
        has
    }

    /// Whether an image with this many layers may still be listed.
    pub(super) fn has_layers(&mut self, count: usize) -> bool {
        let count = count.min(build::LAYERS_MOST);
        let has = count <= self.layers_left;
        if has {
            self.layers_left -= count;
        } else {
            self.left_out(&format!(
                "the images of the archive have more than {LAYERS_MOST} layers together: not all images are shown"
            ));
        }
        has
    }

    /// Those names that may still be kept.
    pub(super) fn names(&mut self, names: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut kept = Vec::new();
        for name in names {
            if name.len() > NAME_BYTES_MOST {
                self.left_out(&format!("an image has a name of more than {NAME_BYTES_MOST} bytes: it was left out"));
            } else if self.names_left == 0 {
                self.left_out(&format!(
                    "the images of the archive have more than {NAMES_MOST} names: not all are shown"
                ));
                break;
            } else {
                self.names_left -= 1;
                kept.push(name);
            }
        }
        kept
    }

    /// The bytes of a document; an error is a verb phrase.
    pub(super) fn read(&mut self, blob: &Blob, limit: u64) -> Result<Vec<u8>, String> {
        if blob.len() <= limit && !self.has_bytes(blob.len()) {
            return Err("was left out, since the archive has too many documents".to_owned());
        }
        read_document(blob, limit)
    }

    /// The value of a document; an error is a verb phrase. Findings name it as given.
    pub(super) fn parse(
        &mut self,
        blob: &Blob,
        limit: u64,
        name: &str,
        wanted: &Type,
        findings: &mut Vec<Finding>,
    ) -> Result<(Value, Vec<u8>), String> {
        let bytes = self.read(blob, limit)?;
        let read = json::read(&bytes)?;
        if read.left_out {
            let most = json::VALUES_MOST;
            let message = format!("{name} has more than {most} values: the others were left out");
            findings.push(Finding::of_image(FindingKind::TooMuch, message).gap());
        }
        if read.replaced {
            let message = format!("{name} has text that is not valid Unicode: replaced by U+FFFD, as engines do");
            findings.push(Finding::of_image(FindingKind::OddDocument, message));
        }
        findings.extend(type_findings(&read.value, name, wanted));
        Ok((read.value, bytes))
    }

    /// Whether a blob hashes to a digest; `None` for an algorithm that this program cannot compute.
    pub(super) fn has_digest(&mut self, blob: &Blob, member: &[u8], digest: &Digest) -> Option<bool> {
        let key = (member.to_vec(), digest.algorithm().to_owned());
        if !self.sums.contains_key(&key) {
            if !self.has_bytes(blob.len()) {
                return None;
            }
            let computed = sum(blob.reader(), digest.algorithm()).ok().flatten();
            self.sums.insert(key.clone(), computed);
        }
        self.sums.get(&key)?.as_ref().map(|sum| sum == digest.encoded())
    }

    /// The document that a descriptor names; an error is a verb phrase. A wrong digest is only a finding.
    pub(super) fn find(
        &mut self,
        descriptor: &Descriptor,
        limit: u64,
        findings: &mut Vec<Finding>,
    ) -> Result<(Blob, MemberName), String> {
        let (blob, member) = found_blob(descriptor.find(self.store))?;
        if let Some(promised) = descriptor.size.filter(|&promised| promised > blob.len()) {
            let message = format!(
                "the document {} is shorter than its descriptor says: {} of {promised} bytes",
                descriptor.quoted_digest(),
                blob.len()
            );
            findings.push(Finding::of_image(FindingKind::SizeMismatch, message).gap());
        }
        if blob.len() <= limit
            && let Some(digest) = &descriptor.digest
            && self.has_digest(&blob, &member, digest) == Some(false)
        {
            findings.push(Finding::of_image(
                FindingKind::DigestMismatch,
                format!("the document {digest} does not hash to its name: it was read anyway"),
            ));
        }
        Ok((blob, member))
    }

    /// What the list of images needs of a configuration; an error is a verb phrase.
    pub(super) fn facts(&mut self, blob: &Blob, member: &[u8]) -> Result<Rc<ConfigSummary>, String> {
        if let Some(known) = self.facts.get(member) {
            return known.clone();
        }
        let facts = self.read(blob, LARGE_DOCUMENT).and_then(|bytes| {
            // Findings about it are reported when the image is opened.
            let parsed = Parsed::new(&json::parse(&bytes)?, &mut Vec::new());
            let diff_ids =
                parsed.diff_ids.iter().map(|id| id.as_ref().map_or_else(String::as_str, |id| id.0.encoded()));
            Ok(Rc::new(ConfigSummary {
                digest: Digest::of(&bytes),
                diff_ids: ListDigest::new(diff_ids),
                platform: parsed.platform,
                created: parsed.created,
            }))
        });
        self.facts.insert(member.to_vec(), facts.clone());
        facts
    }

    /// A configuration, and its bytes; an error is a verb phrase.
    pub(super) fn configuration(&mut self, blob: &Blob, format: Format) -> Result<(Configuration, Vec<u8>), String> {
        let mut findings = Vec::new();
        let name = "the configuration";
        let (value, bytes) = self.parse(blob, LARGE_DOCUMENT, name, &Type::Any, &mut findings)?;
        findings.extend(conformance::findings(&value, name, format));
        let parsed = Parsed::new(&value, &mut findings);
        Ok((Configuration { parsed, findings, len: blob.len() }, bytes))
    }

    /// The same without its bytes, for callers that visit all images: read once if several share it.
    pub(super) fn shared_configuration(
        &mut self,
        blob: &Blob,
        member: &[u8],
        format: Format,
    ) -> Result<Rc<Configuration>, String> {
        let key = (member.to_vec(), format);
        if let Some(known) = self.configurations.get(&key) {
            let known = Rc::clone(known);
            return if self.has_bytes(known.len / COPY_SHARE) {
                Ok(known)
            } else {
                Err("was left out, since the archive has too many documents".to_owned())
            };
        }
        let (read, _) = self.configuration(blob, format)?;
        let read = Rc::new(read);
        if self.kept + read.len <= CONFIGS_BYTES_MOST {
            self.kept += read.len;
            self.configurations.insert(key, Rc::clone(&read));
        }
        Ok(read)
    }
}

/// Where a document differs from its type.
pub(super) fn type_findings(value: &Value, name: &str, wanted: &Type) -> Vec<Finding> {
    let differences = differences(value, wanted).into_iter();
    differences
        .map(|what| {
            Finding::of_image(FindingKind::OddDocument, format!("{name} differs from what engines expect: {what}"))
        })
        .collect()
}

/// What a lookup gave; an error is a verb phrase.
pub(super) fn found_blob(found: Lookup) -> Result<(Blob, MemberName), String> {
    match found {
        Lookup::Blob(blob, member) => Ok((blob, member)),
        Lookup::Absent => Err("is not in the archive".to_owned()),
        Lookup::Refused(why) => Err(format!("cannot be used ({why})")),
        Lookup::Unreadable(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::store::{DOCUMENT, FolderStore, Store};

    fn archive(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("a file");
        }
        let store = Store::Folder(FolderStore::new(folder.path()).expect("a folder"));
        (folder, store)
    }

    #[test]
    fn what_is_known_of_a_document_costs_nothing_however_many_links_lead_to_it() {
        let config = br#"{"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": ["sha256:0"]}}"#;
        let (_folder, store) = archive(&[("config", config)]);
        let mut documents = Documents::new(&store);
        let (blob, member) = found_blob(store.find("config")).expect("there");
        let len = config.len() as u64;
        let digest = Digest::of(config);
        for _ in 0..1_000 {
            assert!(documents.facts(&blob, &member).is_ok());
            assert_eq!(documents.has_digest(&blob, &member, &digest), Some(true));
        }
        assert_eq!(BYTES_MOST - documents.bytes_left, 2 * len, "read once, hashed once");
        for _ in 0..1_000 {
            assert!(documents.shared_configuration(&blob, &member, Format::OciConfiguration).is_ok());
        }
        assert_eq!(BYTES_MOST - documents.bytes_left, 3 * len + 999 * (len / COPY_SHARE), "read once, copied often");
    }

    #[test]
    fn documents_layers_and_names_end_somewhere_and_it_is_said_once() {
        let (_folder, store) = archive(&[("a", &vec![b' '; 1 << 20])]);
        let mut documents = Documents::new(&store);
        let (blob, _) = found_blob(store.find("a")).expect("there");
        let read = (0..2_000).filter(|_| documents.read(&blob, DOCUMENT).is_ok()).count();
        assert_eq!(read as u64, BYTES_MOST >> 20);
        assert_eq!((0..1_000).filter(|_| documents.has_layers(1_000)).count(), LAYERS_MOST / 1_000);
        let names = documents.names((0..NAMES_MOST * 2).map(|at| at.to_string()));
        assert_eq!(names.len(), NAMES_MOST);
        assert!(documents.names(["x".repeat(NAME_BYTES_MOST + 1)]).is_empty());
        assert_eq!(documents.findings.len(), 4);
        assert!(documents.findings.iter().all(|finding| finding.kind == FindingKind::TooMuch));
    }
}
