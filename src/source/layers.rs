//! A layer's blob before it is read: whether it is present, how it is compressed, whether it can be a tar.

use std::collections::HashMap;

use crate::image::{BlobState, Compression, DiffId, Digest, Finding, FindingKind, Layer, LayerNumber, MediaType};

use super::blob::Blob;
use super::magic;
use super::store::Lookup;

/// Characters of a media type that are quoted; a real one has at most 127 on either side of its slash.
const MEDIA_TYPE_MOST: usize = 255;

/// What a manifest says about a layer, and the result of the lookup.
pub(super) struct LayerDraft {
    pub(super) found: Lookup,
    /// The name of the blob in the manifest.
    pub(super) member: String,
    pub(super) digest: Option<Digest>,
    pub(super) media_type: MediaType,
    /// The size in the manifest; the blob's own size takes precedence.
    pub(super) size: Option<u64>,
    /// Whether the blob must be downloaded from elsewhere.
    pub(super) elsewhere: bool,
}

/// A layer's blob, to be read.
#[derive(Clone, Debug)]
pub(super) struct LayerBlob {
    /// `None` if there is nothing to read, as the layer's state says.
    pub(super) blob: Option<Blob>,
    /// The member that contains it, with all links followed; equal for equal blobs.
    pub(super) name: Vec<u8>,
    pub(super) compression: Compression,
    /// Whether it is read as a layer of another image, or a lower one of this, and need not be read here.
    pub(super) is_read_elsewhere: bool,
}

/// Inspects the first bytes of every blob.
pub(super) fn examine(
    drafts: Vec<LayerDraft>,
    diff_ids: &[Result<DiffId, String>],
    findings: &mut Vec<Finding>,
) -> (Vec<Layer>, Vec<LayerBlob>) {
    let mut first_of: HashMap<Vec<u8>, LayerNumber> = HashMap::new();
    let mut layers = Vec::with_capacity(drafts.len());
    let mut blobs = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let number = LayerNumber::from_index(index);
        let key = match (&draft.found, &draft.digest) {
            (Lookup::Blob(_, name), _) => Some(name.clone()),
            (_, Some(digest)) => Some(digest.as_str().as_bytes().to_vec()),
            _ => None,
        };
        let (mut layer, blob) = one(draft, number, findings);
        layer.diff_id = diff_ids.get(index).and_then(|id| id.clone().ok());
        if let Some(Err(text)) = diff_ids.get(index)
            && let Err(error) = text.parse::<Digest>()
        {
            let message = format!("the diff ID `{}` is not a digest", error.quoted);
            findings.push(Finding::of_layer(FindingKind::OddDocument, number, message));
        }
        if let Some(key) = key {
            layer.same_as = first_of.get(&key).copied();
            first_of.entry(key).or_insert(number);
        }
        layers.push(layer);
        blobs.push(blob);
    }
    (layers, blobs)
}

fn one(draft: LayerDraft, number: LayerNumber, findings: &mut Vec<Finding>) -> (Layer, LayerBlob) {
    let media_type = draft.media_type;
    let is_foreign = draft.elsewhere || media_type.is_foreign();
    let mut layer =
        Layer { listed_as: draft.member, digest: draft.digest, stored_size: draft.size, ..Layer::default() };
    let mut there = None;
    let mut name = Vec::new();
    match draft.found {
        Lookup::Absent if is_foreign => layer.blob = BlobState::Foreign,
        Lookup::Absent => layer.blob = BlobState::Absent,
        Lookup::Refused(why) => layer.blob = BlobState::NotTar(why),
        Lookup::Unreadable(why) => layer.blob = BlobState::Unreadable(why),
        Lookup::Blob(blob, member) => {
            name = member;
            let is_short = draft.size.is_some_and(|promised| promised > blob.len());
            let is_cut = blob.is_cut() || is_short;
            let blob = blob.cut(is_cut);
            layer.stored_size = blob.known_len();
            match compression_of(&blob, &media_type) {
                Ok(compression) => {
                    layer.compression = Some(compression);
                    // The length of a layer in the store of an engine may not be known yet, and it has no media type.
                    if blob.split().is_none() {
                        findings.extend(contradiction(&media_type, compression, blob.len(), number));
                    }
                    there = Some(blob);
                }
                Err(state) => layer.blob = state,
            }
        }
    }
    layer.media_type = Some(media_type).filter(|media_type| !media_type.is_empty());
    let compression = layer.compression.unwrap_or(Compression::None);
    (layer, LayerBlob { blob: there, name, compression, is_read_elsewhere: false })
}

/// How a blob that can be read as a layer is compressed; else why it cannot be.
fn compression_of(blob: &Blob, media_type: &MediaType) -> Result<Compression, BlobState> {
    if let Some(known) = blob.known_compression() {
        return Ok(known);
    }
    let head = blob.head(magic::HEAD).map_err(|error| BlobState::Unreadable(format!("cannot be read: {error}")))?;
    if media_type.is_encrypted() {
        return Err(BlobState::Encrypted);
    }
    let compression = Compression::detect(&head);
    if compression == Compression::None && !magic::is_tar(&head) {
        return Err(BlobState::NotTar(format!("{}, not a tar", described(&head, media_type.as_str()))));
    }
    Ok(compression)
}

/// What a blob that is not a tar is: judged by its bytes, else by its media type (nydus, models, other file systems).
fn described(head: &[u8], said: &str) -> String {
    match magic::describe(head) {
        magic::UNKNOWN if !said.is_empty() && !said.contains(".tar") => {
            let said: String = said.chars().take(MEDIA_TYPE_MOST).collect();
            format!("bytes of the type `{}`", said.escape_debug())
        }
        known => known.to_owned(),
    }
}

/// A media type that contradicts the compression of the bytes.
fn contradiction(media_type: &MediaType, is: Compression, len: u64, number: LayerNumber) -> Option<Finding> {
    let says = media_type.compression()?;
    // An empty blob is the empty layer for any compression.
    if says == is || len == 0 {
        return None;
    }
    let packed = |compression: Compression| match compression {
        Compression::None => "a plain tar".to_owned(),
        other => format!("a tar in {}", other.name()),
    };
    Some(Finding::of_layer(
        FindingKind::MediaType,
        number,
        format!("the media type says {}, the bytes are {}: they were read as what they are", packed(says), packed(is)),
    ))
}

/// The finding about a layer that cannot be read.
pub(super) fn unreadable(state: &BlobState, number: LayerNumber) -> Finding {
    let (kind, message) = match state {
        BlobState::Absent => (FindingKind::BlobMissing, "the blob of this layer is not in the archive".to_owned()),
        BlobState::Foreign => (
            FindingKind::BlobMissing,
            "the blob of this foreign layer is not in the archive, it would be downloaded from elsewhere".to_owned(),
        ),
        BlobState::Encrypted => (FindingKind::BlobUnreadable, "the blob of this layer is encrypted".to_owned()),
        BlobState::NotTar(what) => {
            (FindingKind::BlobUnreadable, format!("the blob of this layer cannot be read as a layer: {what}"))
        }
        BlobState::Unreadable(why) => (FindingKind::BlobUnreadable, format!("the blob of this layer {why}")),
        BlobState::Present => (FindingKind::BlobUnreadable, "the blob of this layer cannot be read".to_owned()),
    };
    Finding::of_layer(kind, number, format!("{message}, its files are missing from every view")).gap()
}
