//! One image of an archive, with access to its contents.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::SystemTime;

use crate::image::{
    Compression, Contents, ContentsState, DiffId, Entries, EntryKind, EntryRef, Image, LayerNumber, Listing, Progress,
    ProgressEvent, RawEntry, ReadError, read_some,
};

use super::blob::Blob;
use super::cache::{FactsSlot, LayerCache};
use super::container::Top;
use super::content::{ExactReader, Holes, Identity, stored_before};
use super::layers::LayerBlob;
use super::listing;
use super::resume::{ReadRange, Resume};
use super::scan;
use super::unpack::Expansion;

/// The buffer size for contents that are only compared.
const IDENTITY_BUFFER: usize = 64 << 10;

/// An image that is ready to be read. It keeps the archive open; clones share it.
#[derive(Clone, Debug)]
pub struct OpenedImage {
    image: Arc<Image>,
    blobs: Arc<[LayerBlob]>,
    resume: Arc<Resume>,
    cache: Option<Arc<LayerCache>>,
    /// Before anything of its layers was read.
    opened: SystemTime,
    /// How the top layer is made, if it is a container's.
    top: Option<Top>,
}

impl OpenedImage {
    pub(super) fn new(image: Arc<Image>, blobs: Vec<LayerBlob>) -> Self {
        let resume = Arc::new(Resume::new(blobs.len()));
        Self { image, blobs: blobs.into(), resume, cache: None, opened: SystemTime::now(), top: None }
    }

    /// Uses a layer cache: cached layers are not read again, and newly read ones are added. Without one, which is the
    /// default, all layers are read.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<Arc<LayerCache>>) -> Self {
        self.cache = cache;
        self
    }

    /// Changes what is known about it, such as the lines of its Dockerfile.
    #[must_use]
    pub fn with_image(mut self, change: impl FnOnce(&mut Image)) -> Self {
        change(Arc::make_mut(&mut self.image));
        self
    }

    /// Fills in the sizes of layers that the store of an engine does not know: after a scan they are known, else their
    /// records are read for it.
    #[must_use]
    pub fn with_sizes(mut self) -> Self {
        if self.image.layers.iter().any(|layer| layer.stored_size.is_none()) {
            let layers = Arc::make_mut(&mut self.image).layers.iter_mut();
            for (layer, blob) in layers.zip(&*self.blobs).filter(|(layer, _)| layer.stored_size.is_none()) {
                layer.stored_size = blob.blob.as_ref().and_then(Blob::split).map(|split| split.len());
            }
        }
        self
    }

    /// Whether every layer is one that its image names by a digest which this program computed. An image that lacks a
    /// layer is none of these.
    pub(super) fn is_verified(&self) -> bool {
        self.image.layers.iter().zip(&*self.blobs).all(|(layer, blob)| {
            let computed = blob.blob.as_ref().and_then(Blob::digest);
            let is_diff_id =
                blob.compression == Compression::None && layer.diff_id.as_ref().map(|id| &id.0) == computed;
            computed.is_some() && (is_diff_id || layer.digest.as_ref() == computed)
        })
    }

    /// Whether the layer cache has all of its layers, and these are the ones of an engine.
    pub(super) fn is_cached(&self, cache: &LayerCache, diff_ids: &[String]) -> bool {
        let ids = self.image.layers.iter().map(|layer| layer.diff_id.as_ref().map(DiffId::as_str));
        ids.eq(diff_ids.iter().map(|id| Some(id.as_str()))) && self.blobs.iter().all(|blob| cache.has(blob))
    }

    /// Its documents and blobs, to add a layer to.
    pub(super) fn parts(&self) -> (Image, Vec<LayerBlob>) {
        (Image::clone(&self.image), self.blobs.to_vec())
    }

    /// The same with other documents and blobs, and with the layer of a container on top.
    pub(super) fn with_parts(self, image: Image, blobs: Vec<LayerBlob>, top: Top) -> Self {
        Self { cache: self.cache, opened: self.opened, top: Some(top), ..Self::new(Arc::new(image), blobs) }
    }

    /// Manifest, configuration and history.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Reads all layers, lowest first, several at a time and the largest first. A layer that is missing or cannot be
    /// read is empty and incomplete, with a finding that says why.
    #[must_use]
    pub fn scan(&self, progress: &dyn Progress) -> Vec<Arc<Entries>> {
        let mut all = scan::all(&self.image.layers, &self.blobs, &self.resume, self.cache.as_deref(), progress);
        if let Some(top) = &self.top
            && let Some(whole) = all.pop()
        {
            let made = match top {
                Top::Whole(make) => make(&all, Arc::unwrap_or_clone(whole), self, progress),
                Top::Layer(entries, finish) => {
                    let layer = LayerNumber::from_index(all.len());
                    let mut entries = Entries::clone(entries);
                    entries.findings.iter_mut().for_each(|finding| finding.layer = Some(layer));
                    progress.report(ProgressEvent::LayerDone { layer, entries: entries.len() });
                    finish(&all, entries, self, progress)
                }
            };
            all.push(Arc::new(made));
        }
        all
    }

    /// The tar of a layer, decompressed and otherwise unchanged.
    ///
    /// # Errors
    /// If the layer's blob is missing or cannot be read as a layer.
    pub fn layer_tar(&self, layer: LayerNumber) -> Result<Box<dyn Read + Send + '_>, ReadError> {
        let (blob, bytes) = self.blob_of(layer)?;
        let tar = Expansion::default().decompress(bytes, blob.compression);
        Ok(Box::new(tar.map_err(|source| ReadError::Io { layer, source })?))
    }

    fn blob_of(&self, layer: LayerNumber) -> Result<(&LayerBlob, &Blob), ReadError> {
        let no_blob = |why: &str| ReadError::NoBlob { layer, why: why.to_owned() };
        let blob = self.blobs.get(layer.index()).ok_or_else(|| no_blob("the image has no such layer"))?;
        let bytes = blob.blob.as_ref().ok_or_else(|| no_blob(self.image.layers[layer.index()].blob.note()))?;
        Ok((blob, bytes))
    }

    /// Where the answer to a question about a layer is kept.
    fn facts(&self, layer: LayerNumber, question: &str, is_exact: bool) -> Option<FactsSlot<'_>> {
        let (described, blob) = self.image.layers.get(layer.index()).zip(self.blobs.get(layer.index()))?;
        self.cache.as_ref()?.facts(described, blob, self.opened, question, is_exact)
    }

    /// The identity of a file in the store of an engine, from the checksum in its record: nothing is read. All layers of
    /// an image are in the same store, so that within the image it is compared with others of its kind only. The layer of
    /// a container has no record.
    fn recorded_identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Option<u128> {
        if self.top.is_some() {
            return None;
        }
        let split = self.blobs.get(layer.index())?.blob.as_ref()?.split()?;
        if entry.kind() != EntryKind::File || entry.stored() == 0 || entry.sparse_map().is_some() {
            return None;
        }
        let crc = split.crc_at(entry.data_offset())?;
        Some(u128::from(crc) << 64 | u128::from(entry.stored()))
    }

    /// The stored bytes of an entry, which may end early.
    fn stored(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + '_>, ReadError> {
        Ok(self.stored_near(layer, entry, 0)?.1)
    }

    /// The same from an offset at or before `offset` where reading starts cheaply, and that offset.
    fn stored_near(
        &self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + '_>), ReadError> {
        let (blob, bytes) = self.blob_of(layer)?;
        let (at, len) = (entry.data_offset(), entry.stored());
        let offset = offset.min(len);
        if let Some(split) = bytes.split() {
            let opened = split.open_file(entry.path().as_bytes(), at, len, offset);
            if let Some((begin, file)) = opened.map_err(|source| ReadError::Io { layer, source })? {
                return Ok((begin, Box::new(file)));
            }
        }
        if blob.compression == Compression::None {
            return Ok((offset, Box::new(bytes.part(at.saturating_add(offset), len - offset))));
        }
        if len == 0 {
            return Ok((0, Box::new(io::empty())));
        }
        let same = self.image.layers[layer.index()].same_as.unwrap_or(layer);
        let (hash, sparse) = (entry.content_hash(), entry.sparse_map().map(Into::into));
        let range = ReadRange { layer: same.index(), at, len, hash, sparse };
        let stored = self.resume.open_near(bytes, blob.compression, range, offset);
        let (begin, stored) = stored.map_err(|source| ReadError::Io { layer, source })?;
        Ok((begin, Box::new(stored)))
    }
}

impl Contents for OpenedImage {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        if entry.kind() != EntryKind::File {
            return Ok(Box::new(io::empty()));
        }
        Ok(self.open_near(layer, entry, 0)?.1)
    }

    fn open_near<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
        if entry.kind() != EntryKind::File {
            return Ok((0, Box::new(io::empty())));
        }
        let (size, offset) = (entry.size(), offset.min(entry.size()));
        let Some(map) = entry.sparse_map() else {
            let (begin, stored) = self.stored_near(layer, entry, offset)?;
            return Ok((begin, Box::new(ExactReader::new(stored, size.saturating_sub(begin)))));
        };
        let before = stored_before(map, offset);
        let (begin, mut stored) = self.stored_near(layer, entry, before)?;
        // Parts can be anywhere in the file: the position is known only once everything stored before it has been read.
        io::copy(&mut (&mut stored).take(before - begin), &mut io::sink())
            .map_err(|source| ReadError::Io { layer, source })?;
        Ok((offset, Box::new(Holes::from(stored, map, size, offset))))
    }

    fn raw_entries(
        &self,
        layer: LayerNumber,
        progress: &dyn Progress,
        each: &mut dyn FnMut(RawEntry) -> bool,
    ) -> Result<(), ReadError> {
        listing::raw_entries(self, layer, progress, each)
    }

    fn open_stored<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
    ) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        if entry.kind() != EntryKind::File || entry.stored() == 0 {
            return Ok(Box::new(io::empty()));
        }
        self.stored(layer, entry)
    }

    fn stored_size(&self, layer: LayerNumber) -> Option<u64> {
        let is_container = self.image.layers.get(layer.index())?.is_container;
        self.blobs.get(layer.index())?.blob.as_ref().filter(|_| !is_container).map(super::blob::Blob::len)
    }

    fn open_tar<'a>(&'a self, layer: LayerNumber, from: u64) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        let (blob, bytes) = self.blob_of(layer)?;
        if blob.compression == Compression::None {
            return Ok(Box::new(bytes.part(from, bytes.len().saturating_sub(from))));
        }
        let mut tar = self.layer_tar(layer)?;
        io::copy(&mut (&mut tar).take(from), &mut io::sink()).map_err(|source| ReadError::Io { layer, source })?;
        Ok(tar)
    }

    fn members(
        &self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        at_most: usize,
        progress: &dyn Progress,
    ) -> Result<Option<Listing>, ReadError> {
        listing::members(self, layer, entry, at_most, progress)
    }

    fn identity_within(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        self.recorded_identity(layer, entry).map_or_else(|| self.identity(layer, entry), Ok)
    }

    fn state(&self) -> ContentsState {
        let states = self.blobs.iter().filter_map(|blob| blob.blob.as_ref()?.state());
        states.max_by_key(|state| *state == ContentsState::Remembered).unwrap_or(ContentsState::AtHand)
    }

    fn recall(&self, layer: LayerNumber, question: &str, is_exact: bool) -> Option<Vec<u8>> {
        self.facts(layer, question, is_exact)?.read()
    }

    fn keep(&self, layer: LayerNumber, question: &str, is_exact: bool, answer: &[u8]) {
        if let Some(slot) = self.facts(layer, question, is_exact) {
            slot.write(answer);
        }
        if let Some(cache) = &self.cache {
            cache.evict();
        }
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        if let Some(hash) = entry.content_hash() {
            return Ok(hash);
        }
        let io = |source| ReadError::Io { layer, source };
        let len = if entry.kind() == EntryKind::File { entry.stored() } else { 0 };
        let mut stored: Box<dyn Read + Send> =
            if len == 0 { Box::new(io::empty()) } else { Box::new(ExactReader::new(self.stored(layer, entry)?, len)) };
        let mut identity = Identity::default();
        // Most files are small: a buffer of their size is cheaper to clear and to release.
        let mut buffer = vec![0; usize::try_from(len).unwrap_or(usize::MAX).clamp(1, IDENTITY_BUFFER)];
        loop {
            match read_some(&mut stored, &mut buffer).map_err(io)? {
                0 => return Ok(identity.finish(entry.sparse_map())),
                count => identity.add(&buffer[..count]),
            }
        }
    }
}
