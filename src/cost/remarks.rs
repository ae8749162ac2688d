//! What a cost leaves out, and what makes it higher than it need be: as safe sentences without a full stop, in which
//! backticks quote what comes from an image.

use crate::format::{bytes, count, safe_str};
use crate::image::LayerNumber;

use super::held::BlobKey;
use super::repository::Nearness;
use super::sentence::named;
use super::{Amount, BlobKind, Cost, CostBlob, SendReason, Whereabouts};

/// The limit on layers that a sentence names, and on sentences of one kind.
const MOST: usize = 8;

/// A sentence about a cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostRemark {
    /// Whether something could not be read, so that the numbers are not certain.
    pub is_gap: bool,
    /// The sentence.
    pub text: String,
}

impl Cost {
    /// Whether everything was read that decides the cost.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gap.is_none()
            && self.failed.is_empty()
            && !self.has_unread()
            && self.blobs.iter().all(|blob| blob.bytes.is_some())
            && self.baselines.iter().all(|held| !held.is_incomplete())
    }

    /// All of them, gaps first; `words` redacts what comes from an image.
    #[must_use]
    pub fn remarks(&self, words: &dyn Fn(&str) -> String) -> Vec<CostRemark> {
        let mut gaps = self.own_gaps(words);
        gaps.extend(self.baseline_gaps(words));
        let mut remarks = self.about_sending(words);
        remarks.extend(self.about_baselines(words));
        remarks.extend(self.about_image());
        let remark = |is_gap: bool| move |text| CostRemark { is_gap, text };
        gaps.into_iter().map(remark(true)).chain(remarks.into_iter().map(remark(false))).collect()
    }

    fn label(&self, baseline: usize, words: &dyn Fn(&str) -> String) -> String {
        let label = self.baselines.get(baseline).map_or("", |held| held.label.as_str());
        format!("`{}`", named(label, words))
    }

    fn own_gaps(&self, words: &dyn Fn(&str) -> String) -> Vec<String> {
        let said = |text: &str| safe_str(&words(text));
        let mut gaps: Vec<_> = self.gap.iter().map(|gap| format!("the image is incomplete: {}", said(gap))).collect();
        for blob in &self.blobs {
            if let Whereabouts::Sent(SendReason::Unread(why)) = &blob.whereabouts {
                gaps.push(format!("{} cannot be pushed from here and counts as sent: {}", title(blob), said(why)));
            } else if blob.bytes.is_none() {
                gaps.push(format!("the size of {} is unknown and counts as 0", title(blob)));
            }
        }
        for (layer, why) in &self.failed {
            gaps.push(format!(
                "the size of layer {layer} could not be estimated, that in the archive counts: {}",
                said(why)
            ));
        }
        limited(gaps)
    }

    fn baseline_gaps(&self, words: &dyn Fn(&str) -> String) -> Vec<String> {
        let said = |text: &str| safe_str(&words(text));
        let mut gaps = Vec::new();
        for (at, held) in self.baselines.iter().enumerate() {
            let label = self.label(at, words);
            let mut own: Vec<_> = held.gap.iter().map(|gap| format!("{label} is incomplete: {}", said(gap))).collect();
            own.extend(held.unread.iter().map(|(layer, why)| {
                format!("layer {layer} of {label} could not be read and does not count as there: {}", said(why))
            }));
            own.extend(held.contradictions.iter().map(|[layer, same]| {
                format!(
                    "layer {same} and layer {layer} of {label} name the same content, but are not the same: one of the archives \
                     is damaged or forged, and `layerscope verify` says which"
                )
            }));
            gaps.extend(limited(own));
        }
        gaps
    }

    fn about_sending(&self, words: &dyn Fn(&str) -> String) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(at) = self.same_as() {
            remarks.push(format!("the image is the same as {}", self.label(at, words)));
        }
        let by_content = self.there_by_content();
        if !by_content.is_empty() {
            let (counts, its, it) = if is_one_layer(&by_content) {
                ("counts", "its diff ID", "it")
            } else {
                ("count", "their diff IDs", "them")
            };
            remarks.push(format!(
                "{} {counts} as there by {its}: an engine that never pushed or pulled {it} compresses {it} itself, and may send \
                 {it} again",
                layers_and_size(&by_content)
            ));
        }
        for baseline in 0..self.baselines.len() {
            let label = self.label(baseline, words);
            let again =
                self.sent(|reason| matches!(reason, SendReason::Recompressed { baseline: of, .. } if *of == baseline));
            if !again.is_empty() {
                remarks.push(format!(
                    "{} will be uploaded again although nothing changed: {label} has the same tar under another compression{}",
                    layers_and_size(&again),
                    compressions(&again)
                ));
            }
            let unknown = self.sent(
                |reason| matches!(reason, SendReason::CompressionUnknown { baseline: of, .. } if *of == baseline),
            );
            if !unknown.is_empty() {
                remarks.push(format!(
                    "{} may be uploaded again although nothing changed: {label} has the same tar, but its archive does not say \
                     how a registry compresses it",
                    layers_and_size(&unknown)
                ));
            }
        }
        remarks
    }

    fn sent(&self, is: impl Fn(&SendReason) -> bool) -> Vec<&CostBlob> {
        let is_one = |blob: &&CostBlob| matches!(&blob.whereabouts, Whereabouts::Sent(reason) if is(reason));
        self.blobs.iter().filter(is_one).collect()
    }

    /// Layers that are not compressed here, and that a baseline has as compressed blobs.
    fn there_by_content(&self) -> Vec<&CostBlob> {
        let is_one = |blob: &&CostBlob| match (&blob.whereabouts, &blob.key) {
            (Whereabouts::There(at) | Whereabouts::Mountable(at), Some(key @ BlobKey::Content(_))) => {
                let layer = self.baselines.get(*at).and_then(|held| held.layer(key));
                blob.kind == BlobKind::Layer && layer.is_some_and(|layer| layer.stored.is_some())
            }
            _ => false,
        };
        self.blobs.iter().filter(is_one).collect()
    }

    fn about_baselines(&self, words: &dyn Fn(&str) -> String) -> Vec<String> {
        let mut remarks = Vec::new();
        for (at, held) in self.baselines.iter().enumerate() {
            let label = self.label(at, words);
            if self.nearness.get(at) == Some(&Nearness::OtherRegistry) {
                remarks
                    .push(format!("{label} is in another registry: a push finds none of its blobs, a node has them"));
            }
            match (&self.platform, &held.platform) {
                (Some(own), Some(other)) if own != other => remarks.push(format!(
                    "the image is for `{}`, {label} for `{}`: `--platform` chooses",
                    named(&own.to_string(), words),
                    named(&other.to_string(), words)
                )),
                _ => {}
            }
            if self.is_named && held.repositories.is_empty() {
                remarks
                    .push(format!("{label} has no name with a repository: it counts as one of the image's repository"));
            }
        }
        if !self.is_named && !self.baselines.is_empty() {
            remarks.push(
                "the image has no name with a repository: it counts as pushed to that of each baseline".to_owned(),
            );
        }
        limited(remarks)
    }

    fn about_image(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.foreign.is_empty() {
            let layers: Vec<_> = self.foreign.iter().map(|(layer, _)| *layer).collect();
            let size = self.foreign.iter().filter_map(|(_, size)| *size).fold(0, u64::saturating_add);
            let (is, it) = if layers.len() == 1 { ("is", "it") } else { ("are", "them") };
            remarks.push(format!(
                "{} ({}) {is} foreign: no registry stores {it}, a node fetches {it} from elsewhere",
                layer_list(&layers),
                bytes(size)
            ));
        }
        if self.has_container {
            remarks.push("the layer of the container is not part of the image and is not pushed".to_owned());
        }
        let is_layer = |blob: &&CostBlob| blob.kind == BlobKind::Layer;
        if self.blobs.iter().filter(is_layer).count() + self.foreign.len() == 0 {
            remarks.push("the image has no layers".to_owned());
        }
        if self.blobs.iter().filter(is_layer).any(|blob| blob.is_estimated) {
            remarks.push(
                "≈ estimated: layers that the archive does not store as a registry would are compressed when they are pushed \
                 (gzip, level 6, over a sample)"
                    .to_owned(),
            );
        }
        remarks
    }
}

impl CostBlob {
    /// `layer 3`, `layers 1, 4`, `configuration`, `manifest`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind {
            BlobKind::Layer => layer_list(&self.layers),
            BlobKind::Config => "configuration".to_owned(),
            BlobKind::Manifest => "manifest".to_owned(),
        }
    }
}

fn title(blob: &CostBlob) -> String {
    if blob.kind == BlobKind::Layer { blob.title() } else { format!("the {}", blob.title()) }
}

fn is_one_layer(blobs: &[&CostBlob]) -> bool {
    blobs.iter().map(|blob| blob.layers.len()).sum::<usize>() == 1
}

fn layers_and_size(blobs: &[&CostBlob]) -> String {
    let layers: Vec<_> = blobs.iter().flat_map(|blob| blob.layers.iter().copied()).collect();
    format!("{} ({})", layer_list(&layers), Amount::of(blobs.iter().copied()).size())
}

/// How blobs are compressed there and here, if it is the same for all of them.
fn compressions(blobs: &[&CostBlob]) -> String {
    let pair = |blob: &&CostBlob| match &blob.whereabouts {
        Whereabouts::Sent(SendReason::Recompressed { compression, .. }) => compression.zip(blob.compression),
        _ => None,
    };
    match blobs.first().and_then(pair) {
        Some((there, here)) if blobs.iter().all(|blob| pair(blob) == Some((there, here))) => {
            if there == here {
                format!(" (both {}: another level, or another program)", here.name())
            } else {
                format!(" ({} there, {} here)", there.name(), here.name())
            }
        }
        _ => String::new(),
    }
}

/// `layer 3`, `layers 1–4, 7`.
fn layer_list(layers: &[LayerNumber]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for layer in layers.iter().map(|layer| layer.get()) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == layer => *last = layer,
            _ => runs.push((layer, layer)),
        }
    }
    let run = |&(first, last): &(usize, usize)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    };
    let named: Vec<_> = runs.iter().take(MOST).map(run).collect();
    let more: usize = runs.iter().skip(MOST).map(|(first, last)| last - first + 1).sum();
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    format!("layer{} {}{more}", if layers.len() == 1 { "" } else { "s" }, named.join(", "))
}

/// The first sentences, and how many more there are.
fn limited(mut sentences: Vec<String>) -> Vec<String> {
    let more = sentences.len().saturating_sub(MOST);
    if more > 0 {
        sentences.truncate(MOST);
        sentences.push(format!("and {} more of this kind", count(more)));
    }
    sentences
}
