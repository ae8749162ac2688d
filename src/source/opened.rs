//! One image of an archive, with the way to its contents.

use std::io::{self, Read};
use std::sync::Arc;

use crate::image::{Contents, Entries, EntryKind, EntryRef, Image, LayerNumber, ReadError};

use super::content::{Exactly, Holes, Identity};
use super::kept::Kept;
use super::layers::LayerBlob;
use super::progress::Progress;
use super::resume::{Resume, Wanted};
use super::scan;

/// Contents that are only compared pass through a buffer of at most so many bytes.
const IDENTITY_BUFFER: usize = 64 << 10;

/// An image that is ready to be read. It keeps the archive open; clones share it.
#[derive(Clone, Debug)]
pub struct OpenedImage {
    image: Arc<Image>,
    blobs: Arc<[LayerBlob]>,
    resume: Arc<Resume>,
    kept: Option<Arc<Kept>>,
}

impl OpenedImage {
    pub(super) fn new(image: Arc<Image>, blobs: Vec<LayerBlob>) -> Self {
        let resume = Arc::new(Resume::new(blobs.len()));
        Self { image, blobs: blobs.into(), resume, kept: None }
    }

    /// Skips the layers that were read before, and keeps those that are read now; without a folder, as it is by
    /// default, all are read.
    #[must_use]
    pub fn with_kept(mut self, kept: Option<Arc<Kept>>) -> Self {
        self.kept = kept;
        self
    }

    /// What manifest, configuration and history say.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Reads all layers, lowest first, several at a time and the largest first. A layer that is absent or cannot be
    /// read is empty and not complete, with a finding that says why.
    #[must_use]
    pub fn scan(&self, progress: &dyn Progress) -> Vec<Arc<Entries>> {
        scan::all(&self.image.layers, &self.blobs, (&self.resume, self.kept.as_deref()), progress)
    }

    /// The stored bytes of an entry, which may end early.
    fn stored(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + '_>, ReadError> {
        let no_blob = |why: &str| ReadError::NoBlob { layer, why: why.to_owned() };
        let blob = self.blobs.get(layer.index()).ok_or_else(|| no_blob("the image has no such layer"))?;
        let Some(bytes) = &blob.blob else {
            return Err(no_blob(self.image.layers[layer.index()].blob.note()));
        };
        let (at, len) = (entry.data_offset(), entry.stored());
        if blob.compression == crate::image::Compression::None {
            return Ok(Box::new(bytes.part(at, len)));
        }
        if len == 0 {
            return Ok(Box::new(io::empty()));
        }
        let same = self.image.layers[layer.index()].same_as.unwrap_or(layer);
        let (hash, sparse) = (entry.content_hash(), entry.sparse_map().map(Into::into));
        let wanted = Wanted { layer: same.index(), at, len, hash, sparse };
        let stored = self.resume.open(bytes, blob.compression, wanted);
        Ok(Box::new(stored.map_err(|source| ReadError::Io { layer, source })?))
    }
}

impl Contents for OpenedImage {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        if entry.kind() != EntryKind::File {
            return Ok(Box::new(io::empty()));
        }
        let stored = self.stored(layer, entry)?;
        Ok(match entry.sparse_map() {
            Some(map) => Box::new(Holes::new(stored, map, entry.size())),
            None => Box::new(Exactly::new(stored, entry.size())),
        })
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        if let Some(hash) = entry.content_hash() {
            return Ok(hash);
        }
        let io = |source| ReadError::Io { layer, source };
        let len = if entry.kind() == EntryKind::File { entry.stored() } else { 0 };
        let mut stored: Box<dyn Read + Send> =
            if len == 0 { Box::new(io::empty()) } else { Box::new(Exactly::new(self.stored(layer, entry)?, len)) };
        let mut identity = Identity::default();
        // Most files are small: a buffer of their size is neither cleared nor given back to the system for nothing.
        let mut buffer = vec![0; usize::try_from(len).unwrap_or(usize::MAX).clamp(1, IDENTITY_BUFFER)];
        loop {
            match stored.read(&mut buffer) {
                Ok(0) => return Ok(identity.finish(entry.sparse_map())),
                Ok(count) => identity.add(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io(error)),
            }
        }
    }
}
