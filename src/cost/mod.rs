//! What a push of an image sends to a registry and a pull of it fetches, where other images are there already.
//!
//! ```text
//! image ─────▶ its blobs, each once: layers, configuration, manifest ──┐
//! baselines ─▶ HeldImage: what a registry or a node has of each ───────┴─▶ Cost ─▶ one sentence, remarks
//! ```
//!
//! A registry knows a blob by its digest (distribution-spec, "Pushing blobs"), and can mount it from another of its
//! repositories. A layer that is not compressed is not what a registry stores: engines compress it when they push it, and
//! recognise what they pushed before by its diff ID. Its size is estimated. What could not be read is never there.

mod above;
mod estimate;
mod held;
mod remarks;
mod repository;
mod sentence;

pub use above::push_above;
pub use held::{CostSide, HeldImage};
pub use remarks::CostRemark;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::image::{BlobState, Compression, Contents, DiffId, Digest, Image, Layer, LayerNumber, Platform, Progress};

pub use estimate::SampleSize;

use estimate::Wanted;
use held::{BlobKey, HeldLayer};
use repository::Nearness;

/// What a blob is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobKind {
    /// One layer or several.
    Layer,
    /// The configuration.
    Config,
    /// The manifest, which registries store like a blob.
    Manifest,
}

impl BlobKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Layer => "layer",
            Self::Config => "config",
            Self::Manifest => "manifest",
        }
    }
}

/// Why a blob is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendReason {
    /// No baseline has it.
    New,
    /// A baseline has the same tar under another compression.
    Recompressed {
        /// Which baseline, from 0.
        baseline: usize,
        /// Its layer.
        layer: LayerNumber,
        /// How that is compressed.
        compression: Option<Compression>,
    },
    /// A baseline has the same tar, but its archive does not say how a registry compresses it.
    CompressionUnknown {
        /// Which baseline, from 0.
        baseline: usize,
        /// Its layer.
        layer: LayerNumber,
    },
    /// It could not be read, so that it is not known to be there: why.
    Unread(String),
}

/// Where a push finds a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// It must be sent.
    Sent(SendReason),
    /// The repository has it, with a baseline, from 0.
    There(usize),
    /// Another repository of the registry has it, with a baseline, from 0: it can be mounted.
    Mountable(usize),
}

/// A blob of the image, as a registry would store it.
#[derive(Clone, Debug)]
pub struct CostBlob {
    /// What it is for.
    pub kind: BlobKind,
    /// The layers that it is, lowest first.
    pub layers: Vec<LayerNumber>,
    /// Its digest; `None` until an engine has compressed or written it.
    pub digest: Option<Digest>,
    /// How it is compressed in the archive.
    pub compression: Option<Compression>,
    /// The digest of the tar inside it.
    pub diff_id: Option<DiffId>,
    /// Its size; `None` if nothing says it.
    pub bytes: Option<u64>,
    /// Whether the size is an estimate.
    pub is_estimated: bool,
    /// Where a push finds it.
    pub whereabouts: Whereabouts,
    key: Option<BlobKey>,
}

/// Bytes in blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Bytes of all of them; an unknown size counts as 0.
    pub bytes: u64,
    /// How many there are.
    pub blobs: usize,
    /// Whether the size of one of them is an estimate.
    pub is_estimated: bool,
}

impl Amount {
    fn of<'a>(blobs: impl Iterator<Item = &'a CostBlob>) -> Self {
        blobs.fold(Self::default(), |sum, blob| Self {
            bytes: sum.bytes.saturating_add(blob.bytes.unwrap_or(0)),
            blobs: sum.blobs + 1,
            is_estimated: sum.is_estimated || blob.is_estimated,
        })
    }
}

/// What a push of an image sends, and what a pull fetches.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// The blobs of the image, each once: layers, lowest first, then the configuration and the manifest.
    pub blobs: Vec<CostBlob>,
    /// What a push sends.
    pub sent: Amount,
    /// What the registry has already, mountable blobs included.
    pub there: Amount,
    /// The part of it that is in other repositories, and in which; the names are hostile.
    pub mountable: Vec<(String, Amount)>,
    /// What a pull fetches to a node that has nothing.
    pub total: Amount,
    /// What it fetches to a node that has a baseline, for each of them.
    pub nodes: Vec<Amount>,
    /// The baselines.
    pub baselines: Vec<HeldImage>,
    /// How near to the image each of them is.
    nearness: Vec<Nearness>,
    /// Layers that no registry stores, and their sizes.
    foreign: Vec<(LayerNumber, Option<u64>)>,
    /// Layers whose size could not be estimated, and why: the size in the archive counts.
    failed: Vec<(LayerNumber, String)>,
    platform: Option<Platform>,
    gap: Option<String>,
    is_named: bool,
    has_container: bool,
}

impl Cost {
    /// Works it out; sizes of layers that are not compressed yet are estimated from their contents.
    #[must_use]
    pub fn new(
        side: CostSide<'_>,
        contents: &dyn Contents,
        baselines: Vec<HeldImage>,
        sample: SampleSize,
        progress: &dyn Progress,
    ) -> Self {
        let image = side.image;
        let own = held::repositories(image);
        let foreign = held::own_layers(image).filter(|(_, layer)| held::is_foreign(layer));
        let mut cost = Self {
            nearness: baselines.iter().map(|other| repository::nearest(&own, &other.repositories)).collect(),
            foreign: foreign.map(|(number, layer)| (number, layer.stored_size)).collect(),
            platform: image.platform.clone(),
            gap: held::document_gap(image),
            is_named: !own.is_empty(),
            has_container: image.container().is_some(),
            baselines,
            ..Self::default()
        };
        cost.add_layers(side);
        cost.add_documents(image);
        cost.estimate(image, contents, sample, progress);
        cost.add_up();
        cost
    }

    fn add_layers(&mut self, side: CostSide<'_>) {
        let mut known: HashMap<BlobKey, usize> = HashMap::new();
        let mut by_number: HashMap<LayerNumber, usize> = HashMap::new();
        for (number, layer) in held::own_layers(side.image).filter(|(_, layer)| !held::is_foreign(layer)) {
            let key = held::layer_key(layer);
            let new = self.blobs.len();
            let at = match key.clone().map(|key| known.entry(key)) {
                Some(Entry::Occupied(at)) => *at.get(),
                Some(Entry::Vacant(vacant)) => *vacant.insert(new),
                // Nothing names its content, but it may be the blob of a lower layer.
                None => layer.same_as.and_then(|same| by_number.get(&same)).copied().unwrap_or(new),
            };
            by_number.insert(number, at);
            let why = held::unread(layer, side.layers.get(number.index()).map(Arc::as_ref));
            if let Some(blob) = self.blobs.get_mut(at) {
                blob.layers.push(number);
                continue;
            }
            let stored = held::stored(layer);
            let whereabouts = match why {
                Some(why) => Whereabouts::Sent(SendReason::Unread(why)),
                None => self.find(key.as_ref(), held::content_id(layer).as_ref()),
            };
            self.blobs.push(CostBlob {
                kind: BlobKind::Layer,
                layers: vec![number],
                digest: stored.cloned(),
                compression: layer.compression,
                diff_id: held::content_id(layer),
                bytes: layer.stored_size,
                is_estimated: stored.is_none(),
                whereabouts,
                key,
            });
        }
    }

    /// Where a layer is.
    fn find(&self, key: Option<&BlobKey>, content: Option<&DiffId>) -> Whereabouts {
        let there = self.best(|held| key.is_some_and(|key| held.layer(key).is_some()));
        there.unwrap_or_else(|| {
            let same = |(at, held): (usize, &HeldImage)| {
                let found = content.and_then(|id| held.content(id)).filter(|_| self.has(at))?;
                let (baseline, layer) = (at, found.number);
                Some(match found.stored {
                    Some(_) => SendReason::Recompressed { baseline, layer, compression: found.compression },
                    None => SendReason::CompressionUnknown { baseline, layer },
                })
            };
            let all: Vec<_> = self.baselines.iter().enumerate().filter_map(same).collect();
            let certain = all.iter().position(|reason| matches!(reason, SendReason::Recompressed { .. }));
            Whereabouts::Sent(all.into_iter().nth(certain.unwrap_or(0)).unwrap_or(SendReason::New))
        })
    }

    /// Whether what a baseline has is in the registry of the image.
    fn has(&self, baseline: usize) -> bool {
        self.nearness.get(baseline).is_some_and(|&nearness| nearness != Nearness::OtherRegistry)
    }

    /// The nearest baseline that has a blob.
    fn best(&self, has: impl Fn(&HeldImage) -> bool) -> Option<Whereabouts> {
        let with = |nearness: Nearness| {
            let mut all = self.baselines.iter().zip(&self.nearness);
            all.position(|(held, &near)| near == nearness && has(held))
        };
        let same = with(Nearness::Same).map(Whereabouts::There);
        same.or_else(|| with(Nearness::SameRegistry).map(Whereabouts::Mountable))
    }

    fn add_documents(&mut self, image: &Image) {
        let key = held::config(image);
        let whereabouts = match &key {
            Some(key) => {
                self.best(|held| held.config.as_ref() == Some(key)).unwrap_or(Whereabouts::Sent(SendReason::New))
            }
            None => Whereabouts::Sent(SendReason::Unread("it could not be read".to_owned())),
        };
        let digest = match &key {
            Some(BlobKey::Stored(digest)) => Some(digest.clone()),
            _ => None,
        };
        self.blobs.push(CostBlob {
            kind: BlobKind::Config,
            layers: Vec::new(),
            bytes: image.config_size(),
            is_estimated: key.is_some() && digest.is_none(),
            compression: None,
            diff_id: None,
            digest,
            whereabouts,
            key,
        });
        let key = held::manifest(image);
        let is_stored = held::is_stored(image);
        // A manifest belongs to its repository: registries mount no manifests.
        let has =
            |(held, near): (&HeldImage, &Nearness)| *near == Nearness::Same && key.is_some() && held.manifest == key;
        let whereabouts = match self.baselines.iter().zip(&self.nearness).position(has) {
            Some(at) if !self.has_unread() => Whereabouts::There(at),
            _ => Whereabouts::Sent(SendReason::New),
        };
        self.blobs.push(CostBlob {
            kind: BlobKind::Manifest,
            layers: Vec::new(),
            digest: image.digest.clone().filter(|_| is_stored),
            compression: None,
            diff_id: None,
            bytes: image.manifest_size.or_else(|| Some(manifest_size(image))),
            is_estimated: !is_stored,
            whereabouts,
            key,
        });
    }

    fn has_unread(&self) -> bool {
        self.blobs.iter().any(|blob| matches!(blob.whereabouts, Whereabouts::Sent(SendReason::Unread(_))))
    }

    /// The sizes of blobs that an engine compresses first: known where a baseline has the compressed blob, else estimated.
    fn estimate(&mut self, image: &Image, contents: &dyn Contents, sample: SampleSize, progress: &dyn Progress) {
        let mut wanted = Vec::new();
        for (at, blob) in self.blobs.iter_mut().enumerate() {
            let Some((layer, number)) = blob.layers.first().and_then(|&at| Some((image.layers.get(at.index())?, at)))
            else {
                continue;
            };
            if !blob.is_estimated {
                continue;
            }
            let has = |held: &HeldImage| held.layer(blob.key.as_ref()?).and_then(HeldLayer::stored_size);
            let is_there = matches!(blob.whereabouts, Whereabouts::There(_) | Whereabouts::Mountable(_));
            if let Some(size) = self.baselines.iter().find_map(has).filter(|_| is_there) {
                (blob.bytes, blob.is_estimated) = (Some(size), false);
            } else if layer.blob == BlobState::Present {
                // What is compressed already has nearly the size that it would have again.
                match layer.compression {
                    Some(Compression::None) => wanted.push((at, Wanted { layer: number, len: layer.stored_size })),
                    Some(Compression::Gzip | Compression::Zstd) => {}
                    _ => wanted.push((at, Wanted { layer: number, len: None })),
                }
            }
        }
        let layers: Vec<_> = wanted.iter().map(|(_, wanted)| *wanted).collect();
        let sizes = estimate::gzip_sizes(contents, &layers, sample, progress);
        for ((at, wanted), size) in wanted.into_iter().zip(sizes) {
            match size {
                Ok(size) => self.blobs[at].bytes = Some(size),
                Err(error) => self.failed.push((wanted.layer, error.to_string())),
            }
        }
    }

    fn add_up(&mut self) {
        let is_sent = |blob: &&CostBlob| matches!(blob.whereabouts, Whereabouts::Sent(_));
        self.sent = Amount::of(self.blobs.iter().filter(is_sent));
        self.there = Amount::of(self.blobs.iter().filter(|blob| !is_sent(blob)));
        self.total = Amount::of(self.blobs.iter());
        let node = |held: &HeldImage| {
            let has = |blob: &CostBlob| {
                let Some(key) = &blob.key else { return false };
                let is_unread = matches!(blob.whereabouts, Whereabouts::Sent(SendReason::Unread(_)));
                !is_unread
                    && match blob.kind {
                        BlobKind::Layer => held.layer(key).is_some(),
                        BlobKind::Config => held.config.as_ref() == Some(key),
                        BlobKind::Manifest => held.manifest.as_ref() == Some(key) && !self.has_unread(),
                    }
            };
            Amount::of(self.blobs.iter().filter(|blob| !has(blob)))
        };
        self.nodes = self.baselines.iter().map(node).collect();
        let from = |at: usize| self.baselines[at].repository().unwrap_or_default().to_owned();
        let mut names: Vec<String> = Vec::new();
        for blob in &self.blobs {
            if let Whereabouts::Mountable(at) = blob.whereabouts
                && !names.contains(&from(at))
            {
                names.push(from(at));
            }
        }
        let of = |name: String| {
            let is_from = |blob: &&CostBlob| matches!(blob.whereabouts, Whereabouts::Mountable(at) if from(at) == name);
            let amount = Amount::of(self.blobs.iter().filter(is_from));
            (name, amount)
        };
        self.mountable = names.into_iter().map(of).collect();
    }

    /// The blobs that are sent although their content is there.
    pub fn recompressed(&self) -> impl Iterator<Item = &CostBlob> {
        self.blobs.iter().filter(|blob| matches!(blob.whereabouts, Whereabouts::Sent(SendReason::Recompressed { .. })))
    }

    /// Whether the image is the one that a baseline is.
    fn same_as(&self) -> Option<usize> {
        let manifest = self.blobs.iter().find(|blob| blob.kind == BlobKind::Manifest)?;
        let is_same = |held: &HeldImage| manifest.key.is_some() && held.manifest == manifest.key;
        self.baselines.iter().position(is_same).filter(|_| !self.has_unread())
    }
}

impl HeldLayer {
    fn stored_size(&self) -> Option<u64> {
        self.stored.as_ref().and_then(|(_, size)| *size)
    }
}

/// The size of the manifest that an engine writes for layers that it compresses.
fn manifest_size(image: &Image) -> u64 {
    const FRAME: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":,"layers":[]}"#;
    const LAYER: &str = r#"{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":,"digest":""},"#;
    const CONFIG: &str = r#"{"mediaType":"application/vnd.docker.container.image.v1+json","size":,"digest":""}"#;
    const DIGEST: usize = "sha256:".len() + 64;
    let digits = |size: Option<u64>| size.unwrap_or(0).to_string().len();
    let layers =
        held::own_layers(image).map(|(_, layer): (_, &Layer)| LAYER.len() + DIGEST + digits(layer.stored_size));
    let config = CONFIG.len() + DIGEST + digits(image.config_size());
    (FRAME.len() + config + layers.sum::<usize>().saturating_sub(1)) as u64
}
