//! Access to the bytes of files: defined here, implemented by `source`, passed on by `run`.

use std::error::Error;
use std::io::{self, Read};

use super::{EntryRef, LayerNumber, Listing, Progress, RawEntry};

/// Why the content of a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The layer's blob is missing or cannot be read as a layer.
    #[error("the content of layer {layer} cannot be read: {why}")]
    NoBlob {
        /// Which layer.
        layer: LayerNumber,
        /// What is wrong with its blob.
        why: String,
    },
    /// The archive could not be read, or has changed.
    #[error("cannot read from layer {layer}")]
    Io {
        /// Which layer.
        layer: LayerNumber,
        /// The system's error.
        source: io::Error,
    },
}

impl ReadError {
    /// The error with its cause, for a finding, which has no chain of causes.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self {
            Self::NoBlob { .. } => self.to_string(),
            Self::Io { source, .. } => format!("{self}: {source}"),
        }
    }
}

/// The file of the image was written to after it was opened: the bytes at an offset are gone.
#[derive(Debug, thiserror::Error)]
#[error("the file has changed since it was opened: quit and open it again")]
pub struct FileChanged;

impl FileChanged {
    /// Whether an error has this cause.
    #[must_use]
    pub fn caused(error: &(dyn Error + 'static)) -> bool {
        let mut causes = std::iter::successors(Some(error), |&cause| match cause.downcast_ref::<io::Error>() {
            // Its own `source` leaves out the error that it was made of.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => cause.source(),
        });
        causes.any(<dyn Error>::is::<Self>)
    }
}

/// Where the contents of files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentsState {
    /// Where the image is.
    AtHand,
    /// In the copy of an export, of which as much as possible is kept for the next time.
    Exported,
    /// In an engine, which would have to export the image again.
    Remembered,
}

/// Reads files from the archive, at any time and from any thread.
pub trait Contents: Send + Sync {
    /// The content of a regular file as the given layer stores it, with zeros for the holes of a sparse file. The
    /// reader ends after [`EntryRef::size`] bytes, or earlier with an error.
    ///
    /// # Errors
    /// If the layer's blob is missing or no longer readable.
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError>;

    /// The same content, from an offset at or before `offset` where reading starts cheaply; returns that offset.
    ///
    /// # Errors
    /// As for [`Contents::open`].
    fn open_near<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
        let _ = offset;
        Ok((0, self.open(layer, entry)?))
    }

    /// The bytes of a regular file as they are stored, without the holes of a sparse file. The reader ends after
    /// [`EntryRef::stored`] bytes, or earlier. The default is for contents without sparse files.
    ///
    /// # Errors
    /// As for [`Contents::open`].
    fn open_stored<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
    ) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.open(layer, entry)
    }

    /// Bytes that a layer takes in the archive, compressed or not, where that is known.
    fn stored_size(&self, layer: LayerNumber) -> Option<u64> {
        let _ = layer;
        None
    }

    /// The tar of a layer from an offset on, decompressed; empty after its end. Cheap only if the blob is not compressed.
    /// The default is for contents that have no layers.
    ///
    /// # Errors
    /// If the layer's blob is missing or no longer readable.
    fn open_tar<'a>(&'a self, layer: LayerNumber, from: u64) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        let _ = from;
        Err(ReadError::NoBlob { layer, why: "only its files can be read".to_owned() })
    }

    /// The members of a file that is itself an archive, up to a limit; `None` for other files. Ends early when
    /// `progress` cancels it.
    ///
    /// # Errors
    /// As for [`Contents::open`], if not even the beginning can be read.
    fn members(
        &self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        at_most: usize,
        progress: &dyn Progress,
    ) -> Result<Option<Listing>, ReadError> {
        let _ = (layer, entry, at_most, progress);
        Ok(None)
    }

    /// Reads the tar of a layer, and passes each of its entries on until `each` returns `false` or `progress` cancels.
    ///
    /// # Errors
    /// If the layer's blob is missing, or its tar ends early.
    fn raw_entries(
        &self,
        layer: LayerNumber,
        progress: &dyn Progress,
        each: &mut dyn FnMut(RawEntry) -> bool,
    ) -> Result<(), ReadError> {
        let _ = (layer, progress, each);
        Ok(())
    }

    /// An identity of a file's stored bytes, equal for equal contents: xxh3, 128 bit, of the stored bytes. What was
    /// hashed while scanning is answered from memory; the rest is read.
    ///
    /// # Errors
    /// As for [`Contents::open`], and where the content ends early.
    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError>;

    /// The same, but only equal contents of this image have the same: a store knows checksums, which need no reading.
    ///
    /// # Errors
    /// As for [`Contents::identity`].
    fn identity_within(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        self.identity(layer, entry)
    }

    /// What reading files takes.
    fn state(&self) -> ContentsState {
        ContentsState::AtHand
    }

    /// The answer to a question about a layer that an earlier run kept. `is_exact` says that the question has the content
    /// of every file that the answer is about; otherwise the layer must be known to be the same.
    fn recall(&self, layer: LayerNumber, question: &str, is_exact: bool) -> Option<Vec<u8>> {
        let _ = (layer, question, is_exact);
        None
    }

    /// Keeps an answer for a later run, where that is possible. It must not contain a secret.
    fn keep(&self, layer: LayerNumber, question: &str, is_exact: bool, answer: &[u8]) {
        let _ = (layer, question, is_exact, answer);
    }
}
