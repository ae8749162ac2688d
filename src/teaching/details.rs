//! What the details of a layer and of a step explain: how engines name the layer, where they keep it, which markers it
//! stores, and what `docker history` prints.

use crate::format::{docker_size, fit, safe, safe_str};
use crate::image::{Digest, EntryKind, Image, Layer, LayerNumber, Step};
use crate::union::Union;

use super::facts::chain_id;

/// The columns of an instruction in `docker history`.
const CREATED_BY: usize = 45;

/// A name of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerName {
    /// `digest`, `diff ID` or `chain ID`.
    pub label: &'static str,
    /// The name.
    pub digest: String,
    /// What it identifies.
    pub of: &'static str,
}

/// The digest, the diff ID and the chain ID of a layer, as far as the image has them.
#[must_use]
pub fn layer_names(image: &Image, number: LayerNumber) -> Vec<LayerName> {
    let Some(layer) = image.layers.get(number.index()) else { return Vec::new() };
    let digest = layer.digest.as_ref().map(|digest| LayerName {
        label: "digest",
        digest: safe_str(digest.as_str()),
        of: "of the blob as it is stored; registries find it by this",
    });
    let diff_id = layer.diff_id.as_ref().map(|diff_id| LayerName {
        label: "diff ID",
        digest: safe_str(diff_id.as_str()),
        of: "of its tar, not compressed; the configuration lists it",
    });
    let chain = chain_id(image, number).map(|chain| LayerName {
        label: "chain ID",
        digest: safe_str(chain.as_str()),
        of: match number.get() {
            1 => "of the stack up to here; that of layer 1 is its diff ID",
            _ => "of this layer and all below, in their order",
        },
    });
    [digest, diff_id, chain].into_iter().flatten().collect()
}

/// A name of an image, or of all its layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// `image ID`, `manifest` or `each layer`.
    pub label: &'static str,
    /// The name.
    pub digest: String,
    /// What it identifies.
    pub of: String,
}

/// What identifies an image, and what identifies its layers, as far as the image has it.
#[must_use]
pub fn image_names(image: &Image) -> Vec<ImageName> {
    let name =
        |label, digest: &Digest, of: &str| ImageName { label, digest: safe_str(digest.as_str()), of: of.to_owned() };
    let mut names = Vec::new();
    let manifest = image.digest.as_ref().filter(|_| image.manifest_size.is_some());
    if let Some(id) = image.config_digest.as_ref().or(image.digest.as_ref().filter(|_| manifest.is_none())) {
        let of = "of the configuration; Podman, and Docker without a containerd store, show it as IMAGE ID";
        names.push(name("image ID", id, of));
    }
    match manifest {
        Some(digest) => names.push(name(
            "manifest",
            digest,
            "of the manifest: `docker pull NAME@DIGEST` takes it, and a containerd store shows it as IMAGE ID",
        )),
        None if !names.is_empty() => names.push(ImageName {
            label: "manifest",
            digest: "no digest".to_owned(),
            of: "this image comes without a manifest of its own: a push writes one".to_owned(),
        }),
        None => {}
    }
    let layers = &image.layers[..image.own_layers()];
    let has = |is_known: &dyn Fn(&Layer) -> bool| layers.iter().any(is_known);
    let digest = has(&|layer| layer.digest.is_some()).then_some("a digest, of its blob as it is stored");
    let diff_id = has(&|layer| layer.diff_id.is_some());
    let diff_id = diff_id.then_some("a diff ID, of its tar; and a chain ID, of it and all below");
    let known: Vec<_> = [digest, diff_id].into_iter().flatten().collect();
    if !known.is_empty() {
        names.push(ImageName {
            label: "each layer",
            digest: format!("has {}", known.join("; ")),
            of: "the details in the history list those of each".to_owned(),
        });
    }
    names
}

/// Where engines keep a layer on a host, by the engine. The folders are those of an installation without changes, run by
/// root.
#[must_use]
pub fn places_on_host(image: &Image, number: LayerNumber) -> Vec<(&'static str, String)> {
    let mut places = Vec::new();
    let hex = |digest: &Digest| digest.as_str().split_once(':').map(|(kind, hex)| (safe_str(kind), safe_str(hex)));
    if let Some((kind, chain)) = chain_id(image, number).as_ref().and_then(hex) {
        let folder = "/var/lib/docker/image/overlay2/layerdb";
        places.push((
            "overlay2",
            format!("files in /var/lib/docker/overlay2/ID/diff, with the ID from {folder}/{kind}/{chain}/cache-id"),
        ));
    }
    let digest = image.layers.get(number.index()).and_then(|layer| layer.digest.as_ref());
    if let Some((kind, digest)) = digest.and_then(hex) {
        let folder = "/var/lib/containerd/io.containerd.content.v1.content/blobs";
        places
            .push(("containerd", format!("blob in {folder}/{kind}/{digest}; files in a snapshot under its chain ID")));
    }
    if let Some(id) = podman_id(image, number) {
        places.push(("podman", format!("files in /var/lib/containers/storage/overlay/{id}/diff, if pulled or loaded")));
    }
    places
}

/// The ID under which containers/storage keeps a layer that was pulled or loaded: of the lowest layer, its diff ID; of
/// others, the SHA-256 of the ID below and the own diff ID with a plus sign between.
fn podman_id(image: &Image, number: LayerNumber) -> Option<String> {
    let hex = |text: &str| text.split_once(':').map(|(_, hex)| hex.to_owned());
    let mut id: Option<String> = None;
    for layer in image.layers.get(..=number.index())? {
        let own = hex(layer.diff_id.as_ref()?.as_str())?;
        id = Some(match id {
            None => own,
            Some(below) => hex(Digest::of(format!("{below}+{own}").as_bytes()).as_str())?,
        });
    }
    id.map(|id| safe_str(&id))
}

/// The whiteouts and opaque markers of a layer: the name of the entry, and what it hides; and how many there are beyond
/// the limit.
#[must_use]
pub fn markers(union: &Union, number: LayerNumber, at_most: usize) -> (Vec<(String, String)>, usize) {
    let mut all = union.markers(number);
    let said = |marker: crate::union::Marker<'_>| {
        let hidden = safe(marker.hides().as_bytes());
        let name = safe(marker.entry.path().as_bytes());
        match (marker.is_opaque, marker.entry.kind() == EntryKind::Char) {
            (true, _) => (name, format!("an opaque marker: hides what lower layers store below /{hidden}")),
            (false, true) => (name, format!("a whiteout of overlay, a device: hides /{hidden}")),
            (false, false) => (name, format!("a whiteout: hides /{hidden}")),
        }
    };
    let named = all.by_ref().take(at_most).map(said).collect();
    (named, all.len())
}

/// The columns that `docker history` prints for a step, without its age; and why it has no image ID, if it has none.
/// `bytes` are those of its layer.
#[must_use]
pub fn history_row(image: &Image, step: &Step, bytes: u64) -> (Vec<(&'static str, String)>, Option<&'static str>) {
    let is_newest = step.number == image.own_steps().len();
    let id = image.digest.as_ref().filter(|_| is_newest);
    let short = id.map(|id| fit(id.as_str().split_once(':').map_or("", |(_, hex)| hex), 64).chars().take(12).collect());
    let shown = short.unwrap_or_else(|| if is_newest { "the image ID".to_owned() } else { "<missing>".to_owned() });
    let created_by = safe_str(&step.created_by.replace(['\t', '\n'], " "));
    let columns = [
        ("IMAGE", shown),
        ("CREATED BY", fit(&created_by, CREATED_BY)),
        ("SIZE", docker_size(bytes)),
        ("COMMENT", safe_str(&step.comment)),
    ];
    let row = columns.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    let why = "<missing>: an image has one ID, that of its newest step. A classic build also keeps images of the steps between, \
               but only on its own machine; BuildKit makes none. No layer is missing.";
    (row, (!is_newest).then_some(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::DiffId;

    #[test]
    fn sizes_are_those_of_docker() {
        let sizes = [0, 7, 999, 1_000, 1_230, 20_100_000, 133_000, 1_234_567_890].map(docker_size);
        assert_eq!(sizes, ["0B", "7B", "999B", "1kB", "1.23kB", "20.1MB", "133kB", "1.23GB"]);
    }

    #[test]
    fn a_layer_has_three_names_and_three_places() {
        let layer = |letter: &str| Layer {
            digest: Some(Digest::of(letter.as_bytes())),
            diff_id: Some(DiffId(Digest::of(letter.repeat(2).as_bytes()))),
            ..Layer::default()
        };
        let image = Image { layers: vec![layer("a"), layer("b")], ..Image::default() };
        let [first, second] = [1, 2].map(|number| LayerNumber::new(number).expect("not 0"));
        let names = layer_names(&image, first);
        assert_eq!(names.iter().map(|name| name.label).collect::<Vec<_>>(), ["digest", "diff ID", "chain ID"]);
        assert_eq!(names[1].digest, names[2].digest, "the chain of the lowest layer is its diff ID");
        assert_ne!(layer_names(&image, second)[1].digest, layer_names(&image, second)[2].digest);
        let hex = |text: &str| Digest::of(text.as_bytes()).as_str()[7..].to_owned();
        let places = places_on_host(&image, second);
        let chain = hex(&format!("sha256:{} sha256:{}", hex("aa"), hex("bb")));
        assert!(places[0].1.contains(&format!("layerdb/sha256/{chain}/cache-id")), "{places:?}");
        assert!(places[1].1.contains(&format!("blobs/sha256/{};", hex("b"))), "{places:?}");
        assert!(places[2].1.contains(&hex(&format!("{}+{}", hex("aa"), hex("bb")))), "{places:?}");
        let unknown = Image { layers: vec![Layer::default()], ..Image::default() };
        assert!(layer_names(&unknown, first).is_empty() && places_on_host(&unknown, first).is_empty());
    }
}
