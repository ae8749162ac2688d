//! What a registry or a node has, once an image was pushed to it or pulled by it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::image::{
    BlobState, Completeness, Compression, DiffId, Digest, Entries, Image, Layer, LayerNumber, MediaType, Platform,
};

use super::repository::Repository;

/// An image and the entries of its layers, lowest first.
#[derive(Clone, Copy)]
pub struct CostSide<'a> {
    /// Its documents.
    pub image: &'a Image,
    /// What its layers list.
    pub layers: &'a [Arc<Entries>],
}

/// What a blob is recognised by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum BlobKey {
    /// Its digest: the bytes are those that a registry stores.
    Stored(Digest),
    /// The digest of its content: engines compress it before they push it, and know what they pushed by this.
    Content(Digest),
}

/// A layer that is there.
#[derive(Clone, Debug)]
pub(super) struct HeldLayer {
    pub(super) number: LayerNumber,
    /// Its blob, if a registry stores it as it is in the archive.
    pub(super) stored: Option<(Digest, Option<u64>)>,
    pub(super) compression: Option<Compression>,
}

/// An image that a registry or a node has.
#[derive(Clone, Debug, Default)]
pub struct HeldImage {
    /// What it is called; hostile.
    pub label: String,
    pub(super) repositories: Vec<Repository>,
    pub(super) platform: Option<Platform>,
    pub(super) manifest: Option<BlobKey>,
    pub(super) config: Option<BlobKey>,
    layers: Vec<HeldLayer>,
    by_digest: HashMap<Digest, usize>,
    by_content: HashMap<DiffId, usize>,
    /// Layers that could not be read completely, and why: they do not count.
    pub(super) unread: Vec<(LayerNumber, String)>,
    /// Its layers that name the same content as a layer of the other image, but hold something else.
    pub(super) contradictions: Vec<[LayerNumber; 2]>,
    /// What could not be read of its documents.
    pub(super) gap: Option<String>,
}

impl HeldImage {
    /// What there is of an image, for the cost of another one. Layers that could not be read do not count.
    #[must_use]
    pub fn new(label: String, held: CostSide<'_>, other: CostSide<'_>) -> Self {
        let image = held.image;
        let mut found = Self {
            label,
            repositories: repositories(image),
            platform: image.platform.clone(),
            config: config(image),
            gap: document_gap(image),
            ..Self::default()
        };
        let contents = by_content(other.image);
        for (number, layer) in own_layers(image) {
            if is_foreign(layer) {
                continue;
            }
            let entries = held.layers.get(number.index());
            if let Some(why) = unread(layer, entries.map(Arc::as_ref)) {
                found.unread.push((number, why));
                continue;
            }
            let same = ids(layer).find_map(|id| contents.get(id)).copied();
            if let Some(same) = same.filter(|&same| contradicts(held, number, other, same)) {
                found.contradictions.push([number, same]);
                continue;
            }
            found.add(number, layer);
        }
        // A manifest stands for all that it lists.
        found.manifest = manifest(image).filter(|_| found.unread.is_empty() && found.contradictions.is_empty());
        found
    }

    fn add(&mut self, number: LayerNumber, layer: &Layer) {
        let at = self.layers.len();
        let stored = stored(layer).map(|digest| (digest.clone(), layer.stored_size));
        if let Some((digest, _)) = &stored {
            self.by_digest.entry(digest.clone()).or_insert(at);
        }
        if let Some(id) = content_id(layer) {
            let first = self.by_content.entry(id).or_insert(at);
            // Of several with one content, the one whose blob is known says more.
            if stored.is_some() && self.layers.get(*first).is_some_and(|first| first.stored.is_none()) {
                *first = at;
            }
        }
        self.layers.push(HeldLayer { number, stored, compression: layer.compression });
    }

    /// The layer that is this blob.
    pub(super) fn layer(&self, key: &BlobKey) -> Option<&HeldLayer> {
        let at = match key {
            BlobKey::Stored(digest) => self.by_digest.get(digest),
            BlobKey::Content(content) => self.by_content.get(&DiffId(content.clone())),
        };
        self.layers.get(*at?)
    }

    /// The layer with this content.
    pub(super) fn content(&self, id: &DiffId) -> Option<&HeldLayer> {
        self.layers.get(*self.by_content.get(id)?)
    }

    /// Its first repository, as its name says; hostile.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        self.repositories.first().map(|first| first.text.as_str())
    }

    /// Whether something of it could not be read, or contradicts the other image.
    pub(super) fn is_incomplete(&self) -> bool {
        self.gap.is_some() || !self.unread.is_empty() || !self.contradictions.is_empty()
    }
}

/// The repositories that the names of an image are in.
pub(super) fn repositories(image: &Image) -> Vec<Repository> {
    image.names.iter().filter_map(|name| Repository::parse(name)).collect()
}

/// The layers without that of a container, which is no part of the image.
pub(super) fn own_layers(image: &Image) -> impl Iterator<Item = (LayerNumber, &Layer)> {
    let numbered = image.layers.iter().enumerate().map(|(at, layer)| (LayerNumber::from_index(at), layer));
    numbered.filter(|(_, layer)| !layer.is_container)
}

/// A layer that no registry stores: nodes fetch it from elsewhere.
pub(super) fn is_foreign(layer: &Layer) -> bool {
    layer.blob == BlobState::Foreign || layer.media_type.as_ref().is_some_and(MediaType::is_foreign)
}

/// The digest of a blob that a registry stores as it is: compressed by gzip or zstd, or encrypted.
pub(super) fn stored(layer: &Layer) -> Option<&Digest> {
    let declared = || layer.media_type.as_ref().and_then(MediaType::compression);
    let is_stored = match layer.compression {
        Some(compression) => matches!(compression, Compression::Gzip | Compression::Zstd),
        None => layer.blob == BlobState::Encrypted || declared().is_some_and(|packed| packed != Compression::None),
    };
    layer.digest.as_ref().filter(|_| is_stored)
}

/// The digest of the tar. Of a blob that is not compressed, it is that of the blob.
pub(super) fn content_id(layer: &Layer) -> Option<DiffId> {
    let of_blob = || layer.digest.clone().filter(|_| layer.compression == Some(Compression::None)).map(DiffId);
    layer.diff_id.clone().or_else(of_blob)
}

/// What a layer is recognised by; `None` if nothing says what it contains.
pub(super) fn layer_key(layer: &Layer) -> Option<BlobKey> {
    match stored(layer) {
        Some(digest) => Some(BlobKey::Stored(digest.clone())),
        None => content_id(layer).map(|id| BlobKey::Content(id.0)),
    }
}

/// Why the content of a layer is not known; `None` if it is.
pub(super) fn unread(layer: &Layer, entries: Option<&Entries>) -> Option<String> {
    match &layer.blob {
        // Its bytes are all that a registry needs.
        BlobState::Encrypted => None,
        BlobState::Present => {
            let Some(entries) = entries else { return Some("it was not read".to_owned()) };
            if entries.complete {
                return None;
            }
            let reason = entries.findings.iter().find(|finding| finding.is_gap);
            Some(reason.map_or_else(|| "it could not be read completely".to_owned(), |gap| gap.message.clone()))
        }
        state => Some(state.note().to_owned()),
    }
}

/// What a registry would recognise the manifest by. Where layers are compressed first, engines write another manifest: the
/// same for the same configuration.
pub(super) fn manifest(image: &Image) -> Option<BlobKey> {
    if is_stored(image) {
        return image.digest.clone().map(BlobKey::Stored);
    }
    match config(image)? {
        BlobKey::Stored(digest) | BlobKey::Content(digest) => Some(BlobKey::Content(digest)),
    }
}

/// Whether a registry would store the manifest as it is.
pub(super) fn is_stored(image: &Image) -> bool {
    let layers = own_layers(image).all(|(_, layer)| is_foreign(layer) || stored(layer).is_some());
    layers && image.digest.is_some() && image.manifest_size.is_some()
}

/// The configuration. That of Docker's first format is written anew by engines.
pub(super) fn config(image: &Image) -> Option<BlobKey> {
    let digest = (!image.raw_config.is_empty()).then(|| Digest::of(&image.raw_config))?;
    Some(if image.digest.is_some() { BlobKey::Stored(digest) } else { BlobKey::Content(digest) })
}

/// The first thing that could not be read of the documents; layers have their own reasons.
pub(super) fn document_gap(image: &Image) -> Option<String> {
    let of_image = image.findings.iter().filter(|finding| finding.layer.is_none());
    let mut found = Completeness::default();
    found.add(of_image);
    found.reason()
}

fn ids(layer: &Layer) -> impl Iterator<Item = &str> {
    let ids = [layer.diff_id.as_ref().map(DiffId::as_str), layer.digest.as_ref().map(Digest::as_str)];
    ids.into_iter().flatten()
}

fn by_content(image: &Image) -> HashMap<&str, LayerNumber> {
    let layers: Vec<_> = own_layers(image).collect();
    layers.iter().rev().flat_map(|&(number, layer)| ids(layer).map(move |id| (id, number))).collect()
}

/// Whether two layers that claim the same content have different entries, or the same digest and different sizes: a digest
/// is only what an archive says.
fn contradicts(a: CostSide<'_>, of_a: LayerNumber, b: CostSide<'_>, of_b: LayerNumber) -> bool {
    let [one, other] = [(a, of_a), (b, of_b)].map(|(side, number)| &side.image.layers[number.index()]);
    let entries = a.layers.get(of_a.index()).zip(b.layers.get(of_b.index()));
    // Of a layer that ends early, what is missing is known already.
    let Some((ours, theirs)) = entries.filter(|(ours, theirs)| ours.complete && theirs.complete) else { return false };
    let is_one_blob = one.digest.is_some() && one.digest == other.digest;
    let sizes = one.stored_size.zip(other.stored_size).filter(|_| is_one_blob);
    sizes.is_some_and(|(one, other)| one != other) || !ours.lists_the_same(theirs)
}
