//! What an archive claims about its own bytes, gathered for verification: digests, diff IDs, sizes and references.
//! Nothing is hashed here.

mod references;

use std::collections::{HashMap, HashSet};
use std::io::Read;

use crate::image::{Compression, Digest, Finding, FindingKind, Image, LayerNumber};

use super::archive::Archive;
use super::blob::Blob;
use super::build::{BuildPurpose, build};
use super::catalogue::{Availability, claimed_hex};
use super::documents::Documents;
use super::opened::OpenedImage;
use super::store::Lookup;
use super::unpack::Expansion;

/// Bytes whose hash something in the archive claims to know.
#[derive(Clone, Debug)]
pub struct Stream {
    blob: Blob,
    compression: Compression,
    /// Shared with the other streams.
    expansion: Expansion,
    /// The member, or the descriptor that embeds the bytes itself; hostile text.
    pub member: String,
    /// Whether the archive ends before the blob does.
    pub cut: bool,
}

impl Stream {
    /// Bytes as stored, compressed or not.
    #[must_use]
    pub fn stored_size(&self) -> u64 {
        self.blob.len()
    }

    /// Reads the stream: the blob as it is stored, or the tar inside it, including padding.
    ///
    /// # Errors
    /// If the archive cannot be read.
    pub fn open(&self) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.expansion.decompress(&self.blob, self.compression)?))
    }
}

/// Who claims that a stream has a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claimed {
    /// The name of the member.
    ByName,
    /// The configuration of an image, for the tar of one of its layers.
    ByConfig {
        /// The index of the image among [`Archive::images`].
        image: usize,
        /// The layer.
        layer: LayerNumber,
    },
}

/// A stream and the digest it is said to have.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Index in [`Audit::streams`].
    pub stream: usize,
    /// What is claimed.
    pub digest: Digest,
    /// By whom.
    pub by: Claimed,
}

/// Everything that can be checked about an archive without hashing.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Audit {
    /// The streams whose hash is claimed, each once.
    pub streams: Vec<Stream>,
    /// The claims.
    pub claims: Vec<Claim>,
    /// Wrong sizes, dangling references, documents that disagree.
    pub findings: Vec<Finding>,
    /// References to blobs that need not be present: other platforms, foreign layers. Sentences.
    pub absent: Vec<String>,
    /// Members that no digest covers: a change in them goes unnoticed.
    pub uncovered: Vec<String>,
    /// The layers of the images that are in the archive, and their findings, with their indices in [`Archive::images`].
    pub images: Vec<(usize, OpenedImage)>,
}

/// Streams by what they consist of, so that each is hashed once.
#[derive(Default)]
struct AuditBuilder {
    audit: Audit,
    known: HashMap<(Vec<u8>, bool), usize>,
    expansion: Expansion,
}

impl AuditBuilder {
    /// The index of a blob's stream, compressed as stored or decompressed. For a plain blob they are the same.
    fn stream(&mut self, blob: &Blob, name: &[u8], compression: Compression) -> usize {
        let key = (name.to_vec(), compression != Compression::None);
        let streams = &mut self.audit.streams;
        *self.known.entry(key).or_insert_with(|| {
            let member = String::from_utf8_lossy(name).into_owned();
            let (expansion, cut) = (self.expansion.clone(), blob.is_cut());
            streams.push(Stream { blob: blob.clone(), compression, expansion, member, cut });
            streams.len() - 1
        })
    }
}

impl Archive {
    /// Gathers what the archive claims: about all its blobs, and about all images in it or the one at an index.
    #[must_use]
    pub fn audit(&self, only: Option<usize>) -> Audit {
        let mut gathering = AuditBuilder::default();
        let mut documents = Documents::new(&self.store);
        let (members, faults) = self.store.members();
        let unlisted = faults.into_iter().map(|fault| Finding::of_image(FindingKind::BlobUnreadable, fault).gap());
        gathering.audit.findings.extend(unlisted);
        self.audit_names(&members, &mut gathering);
        references::check(&mut documents, &members, &mut gathering.audit);
        let mut read = HashSet::new();
        for (index, entry) in
            self.entries.iter().enumerate().filter(|(index, _)| only.is_none_or(|only| only == *index))
        {
            let unreadable = |why: &str| {
                let message = format!("image @{index} is listed, but cannot be read: {why}");
                Finding::of_image(FindingKind::BlobUnreadable, message).gap()
            };
            match entry.presence {
                Availability::Present => {}
                Availability::Absent => {
                    gathering.audit.absent.push(format!("image @{index} is listed, but {}", entry.note));
                    continue;
                }
                Availability::Refused => {
                    gathering.audit.findings.extend(entry.findings.iter().cloned());
                    gathering.audit.findings.push(unreadable(&entry.note));
                    continue;
                }
            }
            match build(&mut documents, entry, BuildPurpose::Audit) {
                Err(why) => gathering.audit.findings.push(unreadable(&format!("its manifest {why}"))),
                Ok((image, mut blobs)) => {
                    for blob in blobs.iter_mut().filter(|blob| blob.blob.is_some()) {
                        blob.is_read_elsewhere = !read.insert(blob.name.clone());
                    }
                    for (at, (layer, blob)) in image.layers.iter().zip(&blobs).enumerate() {
                        let (Some(diff_id), Some(there)) = (&layer.diff_id, &blob.blob) else { continue };
                        let by = Claimed::ByConfig { image: index, layer: LayerNumber::from_index(at) };
                        let stream = gathering.stream(there, &blob.name, blob.compression);
                        gathering.audit.claims.push(Claim { stream, digest: diff_id.0.clone(), by });
                    }
                    // For ten thousand images, keeping everything would take too much memory.
                    let Image { layers, findings, .. } = image;
                    let image = Image { layers, findings, ..Image::default() };
                    gathering.audit.images.push((index, OpenedImage::new(image.into(), blobs)));
                }
            }
        }
        self.audit_rest(&members, &mut gathering);
        let Audit { findings, absent, .. } = &mut gathering.audit;
        findings.extend(self.findings.iter().cloned());
        findings.extend(documents.findings);
        // What was left out and what was cut off cannot be distinguished.
        if self.store.cut_at().is_some() {
            let cut_off = absent.drain(..).map(|message| Finding::of_image(FindingKind::BlobMissing, message).gap());
            findings.extend(cut_off);
        }
        gathering.audit
    }

    /// Members whose name is a digest: blobs of a layout, and configurations and layers that are named by theirs.
    fn audit_names(&self, members: &[String], gathering: &mut AuditBuilder) {
        for name in members {
            let Some(digest) = digest_of_name(name) else { continue };
            // The target of a link out of the folder is found only by its digest.
            let found = match self.store.find(name) {
                Lookup::Blob(blob, real) => Lookup::Blob(blob, real),
                _ => self.store.find_digest(&digest),
            };
            if let Lookup::Blob(blob, real) = found {
                let stream = gathering.stream(&blob, &real, Compression::None);
                gathering.audit.claims.push(Claim { stream, digest, by: Claimed::ByName });
            }
        }
    }

    /// Members whose hash nothing claims.
    fn audit_rest(&self, members: &[String], gathering: &mut AuditBuilder) {
        let mut rest = Vec::new();
        for name in members {
            match self.store.find(name) {
                Lookup::Blob(_, real)
                    if gathering.known.contains_key(&(real.clone(), false))
                        || gathering.known.contains_key(&(real.clone(), true)) => {}
                Lookup::Absent => {}
                Lookup::Blob(..) | Lookup::Refused(_) | Lookup::Unreadable(_) => rest.push(name.clone()),
            }
        }
        rest.sort();
        gathering.audit.uncovered = rest;
    }
}

/// The digest in a member's name. A member in its own folder (`<id>/layer.tar`) has none.
pub(super) fn digest_of_name(name: &str) -> Option<Digest> {
    if let Some(rest) = name.strip_prefix("blobs/") {
        let (algorithm, encoded) = rest.split_once('/')?;
        // Some producers append a suffix (`.tar.gz`).
        let encoded = encoded.split('.').next().unwrap_or(encoded);
        return format!("{algorithm}:{encoded}").parse().ok();
    }
    if name.contains('/') {
        return None;
    }
    format!("sha256:{}", claimed_hex(name)?).parse().ok()
}
