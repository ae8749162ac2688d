//! What several images share: which layers, how many bytes, and what deleting one of them frees.
//!
//! A blob is stored once wherever its digest is the same. The same content under another compression is another blob: a
//! registry stores it again, although an engine that unpacks layers would not.
//!
//! An engine unpacks every layer on top of the one below it: it stores a layer once wherever its diff ID and those of all
//! layers below it are the same, which OCI calls its chain ID (image-spec `config.md`).

use std::collections::HashMap;

use crate::image::{Compression, DiffId, Digest, Image, Layer};

/// The limit on layers of all images together. Comparing every image with every other one takes as many steps as there
/// are pairs of images that share a layer.
pub const MOST_SHARED_LAYERS: usize = 200_000;

/// A blob that one or more images use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedBlob {
    /// The images that use it, ascending, by their index.
    pub images: Vec<usize>,
    /// Where it is used first: the image, and the index of the layer in it.
    pub first: (usize, usize),
    /// Its size as it is stored; `None` if nothing says it.
    pub bytes: Option<u64>,
    /// The number of its content: blobs have the same number if and only if they hold the same tar.
    pub content: usize,
}

/// What one image uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageShare {
    /// Bytes of its blobs, each once.
    pub bytes: u64,
    /// Bytes of those that no other image uses: what deleting the image frees.
    pub unique: u64,
    /// Bytes of its blobs that no other image uses, but whose content another image has under another compression, on other
    /// layers, or in another engine.
    pub recompressed: u64,
    /// The image whose layers are the lowest layers of this one; of several, the one with the most layers.
    pub base: Option<usize>,
    /// How many layers it has.
    pub layers: usize,
    /// How many of its blobs have an unknown size.
    pub unknown: usize,
    /// How many of its blobs have a known size.
    pub known: usize,
}

impl ImageShare {
    /// Bytes of its blobs that other images use too.
    #[must_use]
    pub fn shared(&self) -> u64 {
        self.bytes - self.unique
    }
}

/// What several images share.
#[derive(Clone, Debug, Default)]
pub struct Sharing {
    /// The images, in the order they were added.
    pub images: Vec<ImageShare>,
    /// All blobs, in the order of their first use.
    pub blobs: Vec<SharedBlob>,
    known: HashMap<BlobKey, usize>,
    /// How many engines were begun; 0 for images of files.
    engines: usize,
    contents: HashMap<String, usize>,
    next_content: usize,
    /// The contents of the layers of each image.
    layers: Vec<Vec<usize>>,
}

/// What is stored once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum BlobKey {
    /// The digest of a blob, or what tells as much.
    File(String),
    /// A diff ID in an engine, on top of another layer there.
    Unpacked { engine: usize, below: Option<usize>, diff_id: String },
}

impl Sharing {
    /// Images that are added from now on are in another engine: it stores all their layers itself, unpacked.
    pub fn begin_engine(&mut self) {
        self.engines += 1;
    }

    /// Adds an image.
    pub fn add(&mut self, image: &Image) {
        let number = self.images.len();
        let mut contents = Vec::with_capacity(image.layers.len());
        let mut below = None;
        for (at, layer) in image.layers.iter().enumerate() {
            let content = self.content(layer);
            contents.push(content);
            let key = if self.engines == 0 { key(layer) } else { self.unpacked(layer, below) };
            let index = self.blob(key, content, (number, at));
            below = Some(index);
            let blob = &mut self.blobs[index];
            if blob.images.last() != Some(&number) {
                blob.images.push(number);
            }
            blob.bytes = blob.bytes.or(layer.stored_size);
        }
        self.images.push(ImageShare { layers: image.layers.len(), ..ImageShare::default() });
        self.layers.push(contents);
    }

    /// How many layers were added.
    #[must_use]
    pub fn layer_count(&self) -> usize {
        self.layers.iter().map(Vec::len).sum()
    }

    fn content(&mut self, layer: &Layer) -> usize {
        let ids = [layer.diff_id.as_ref().map(DiffId::as_str), layer.digest.as_ref().map(Digest::as_str)];
        let known = ids.iter().flatten().find_map(|id| self.contents.get(*id)).copied();
        let content = known.unwrap_or(self.next_content);
        self.next_content += usize::from(known.is_none());
        for id in ids.into_iter().flatten() {
            self.contents.entry(id.to_owned()).or_insert(content);
        }
        content
    }

    fn unpacked(&self, layer: &Layer, below: Option<usize>) -> Option<BlobKey> {
        let diff_id = layer.diff_id.as_ref()?.as_str().to_owned();
        Some(BlobKey::Unpacked { engine: self.engines, below, diff_id })
    }

    fn blob(&mut self, key: Option<BlobKey>, content: usize, first: (usize, usize)) -> usize {
        let new = self.blobs.len();
        let index = key.map_or(new, |key| *self.known.entry(key).or_insert(new));
        if index == new {
            self.blobs.push(SharedBlob { images: Vec::new(), first, bytes: None, content });
        }
        index
    }

    /// Works out the sums, after the last image.
    pub fn finish(&mut self) {
        let mut users: HashMap<usize, (usize, bool)> = HashMap::new();
        for blob in &self.blobs {
            for &image in &blob.images {
                let (first, several) = users.entry(blob.content).or_insert((image, false));
                *several |= *first != image;
            }
        }
        for blob in &self.blobs {
            let bytes = blob.bytes.unwrap_or(0);
            for &image in &blob.images {
                let share = &mut self.images[image];
                share.unknown += usize::from(blob.bytes.is_none());
                share.known += usize::from(blob.bytes.is_some());
                share.bytes = share.bytes.saturating_add(bytes);
                if blob.images.len() == 1 {
                    share.unique = share.unique.saturating_add(bytes);
                    if users.get(&blob.content).is_some_and(|(_, several)| *several) {
                        share.recompressed = share.recompressed.saturating_add(bytes);
                    }
                }
            }
        }
        self.find_bases();
    }

    /// Walks every image along a tree of all lists of layers.
    fn find_bases(&mut self) {
        let mut steps: HashMap<(usize, usize), usize> = HashMap::new();
        let mut ends: Vec<Option<usize>> = vec![None];
        let mut paths = Vec::with_capacity(self.layers.len());
        for (image, layers) in self.layers.iter().enumerate() {
            let mut at = 0;
            let mut path = Vec::with_capacity(layers.len());
            for &content in layers {
                at = *steps.entry((at, content)).or_insert_with(|| {
                    ends.push(None);
                    ends.len() - 1
                });
                path.push(at);
            }
            if !layers.is_empty() {
                ends[at].get_or_insert(image);
            }
            paths.push(path);
        }
        for (share, path) in self.images.iter_mut().zip(paths) {
            share.base = path.iter().rev().skip(1).find_map(|&at| ends[at]);
        }
    }

    /// Bytes of all images, each on its own.
    #[must_use]
    pub fn separately(&self) -> u64 {
        self.images.iter().fold(0, |sum, share| sum.saturating_add(share.bytes))
    }

    /// Bytes of all blobs, each once.
    #[must_use]
    pub fn stored_once(&self) -> u64 {
        self.blobs.iter().filter_map(|blob| blob.bytes).fold(0, u64::saturating_add)
    }

    /// Bytes of blobs whose content is also stored under another compression, on other layers or in another engine, without
    /// the first of each.
    #[must_use]
    pub fn recompressed(&self) -> u64 {
        let mut seen = std::collections::HashSet::new();
        let again = self.blobs.iter().filter(|blob| !seen.insert(blob.content));
        again.filter_map(|blob| blob.bytes).fold(0, u64::saturating_add)
    }

    /// The bytes that every image shares with every other one, row by row; on the diagonal, all its bytes.
    #[must_use]
    pub fn matrix(&self) -> Vec<Vec<u64>> {
        let mut matrix = vec![vec![0_u64; self.images.len()]; self.images.len()];
        for blob in &self.blobs {
            let bytes = blob.bytes.unwrap_or(0);
            for &one in &blob.images {
                for &other in &blob.images {
                    matrix[one][other] = matrix[one][other].saturating_add(bytes);
                }
            }
        }
        matrix
    }

    /// The blobs by how many images use them, then by size.
    #[must_use]
    pub fn most_used(&self) -> Vec<&SharedBlob> {
        let mut blobs: Vec<_> = self.blobs.iter().collect();
        blobs.sort_by_key(|blob| std::cmp::Reverse((blob.images.len(), blob.bytes)));
        blobs
    }
}

/// What a blob is recognised by: its digest, which is the diff ID of a blob that is not compressed.
fn key(layer: &Layer) -> Option<BlobKey> {
    if let Some(digest) = &layer.digest {
        return Some(BlobKey::File(digest.as_str().to_owned()));
    }
    let id = layer.diff_id.as_ref()?.as_str();
    Some(BlobKey::File(match layer.compression {
        Some(Compression::None) | None => id.to_owned(),
        Some(packed) => format!("{id} {}", packed.name()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u8) -> crate::image::Digest {
        format!("sha256:{}", format!("{number:02x}").repeat(32)).parse().expect("a digest")
    }

    /// Layers of content and blob, each of as many bytes as its blob's number.
    fn image(layers: &[(u8, u8)]) -> Image {
        let layer = |&(content, blob): &(u8, u8)| Layer {
            diff_id: Some(DiffId(digest(content))),
            digest: Some(digest(blob)),
            stored_size: Some(u64::from(blob)),
            ..Layer::default()
        };
        Image { layers: layers.iter().map(layer).collect(), ..Image::default() }
    }

    fn sharing(images: &[&[(u8, u8)]]) -> Sharing {
        let mut sharing = Sharing::default();
        for layers in images {
            sharing.add(&image(layers));
        }
        sharing.finish();
        sharing
    }

    #[test]
    fn a_blob_is_stored_once_and_freed_with_its_last_image() {
        let all = sharing(&[&[(1, 101), (2, 102)], &[(1, 101), (3, 103)], &[(1, 101), (2, 102), (4, 104)]]);
        assert_eq!(all.separately(), 101 * 3 + 102 * 2 + 103 + 104);
        assert_eq!(all.stored_once(), 101 + 102 + 103 + 104);
        let unique: Vec<_> = all.images.iter().map(|share| share.unique).collect();
        assert_eq!(unique, [0, 103, 104]);
        assert_eq!(all.matrix(), [[203, 101, 203], [101, 204, 101], [203, 101, 307]]);
        assert_eq!(all.images[2].base, Some(0));
        assert_eq!((all.images[0].base, all.images[1].base), (None, None));
        assert_eq!(all.most_used()[0].images, [0, 1, 2]);
    }

    #[test]
    fn the_same_content_under_another_compression_is_another_blob() {
        let all = sharing(&[&[(1, 101)], &[(1, 151)]]);
        assert_eq!(all.stored_once(), 101 + 151);
        assert_eq!((all.images[0].unique, all.images[0].recompressed), (101, 101));
        assert_eq!(all.recompressed(), 151);
        assert_eq!(all.images[1].base, None);
    }

    #[test]
    fn an_image_that_is_there_twice_frees_nothing() {
        let all = sharing(&[&[(1, 101), (1, 101)], &[(1, 101), (1, 101)]]);
        assert_eq!((all.images[0].bytes, all.images[0].unique), (101, 0));
        assert_eq!(all.images[0].shared(), 101);
    }

    #[test]
    fn an_engine_stores_a_layer_again_on_other_layers_and_every_engine_has_its_own() {
        let mut all = Sharing::default();
        all.begin_engine();
        for layers in [&[(1, 101), (2, 102)][..], &[(1, 101), (2, 102)], &[(3, 103), (2, 102)]] {
            all.add(&image(layers));
        }
        all.begin_engine();
        all.add(&image(&[(1, 101)]));
        all.finish();
        assert_eq!(all.stored_once(), 101 + 102 + 103 + 102 + 101);
        assert_eq!(all.recompressed(), 102 + 101);
        let unique: Vec<_> = all.images.iter().map(|share| share.unique).collect();
        assert_eq!(unique, [0, 0, 205, 101]);
        assert_eq!(all.images[3].shared(), 0);
    }

    #[test]
    fn a_thousand_images_are_compared() {
        let layers: Vec<_> = (0..100).map(|at| (at, at)).collect();
        let images: Vec<&[(u8, u8)]> = vec![&layers; 1_000];
        let all = sharing(&images);
        assert_eq!(all.matrix()[3][999], all.stored_once());
    }
}
