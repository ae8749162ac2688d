//! One layer of an image, as described by its manifest and the first bytes of its blob.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::magic::{self, BZIP2, GZIP, XZ};
use super::{DiffId, Digest, MediaType};

/// The number of a layer in its image, from 1 at the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerNumber(u32);

impl LayerNumber {
    /// The lowest layer.
    pub const FIRST: Self = Self(1);

    /// Creates one from a number from 1; `None` for 0 or for more layers than any image can have.
    #[must_use]
    pub fn new(number: usize) -> Option<Self> {
        u32::try_from(number).ok().filter(|&n| n > 0).map(Self)
    }

    /// The layer at an index in a list, lowest first.
    ///
    /// # Panics
    /// If the list has 2³² layers.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("no manifest within the size limit lists that many layers") + 1)
    }

    /// Its index in a list of layers, lowest first, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// The number people see, from 1.
    #[must_use]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for LayerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a layer's contents can be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BlobState {
    /// The blob is in the archive.
    #[default]
    Present,
    /// The blob is not in the archive.
    Absent,
    /// The blob is never in the archive: a base layer that may not be redistributed, to be downloaded from elsewhere.
    Foreign,
    /// It is unknown whether the blob is there, or it cannot be read: why, as a verb phrase.
    Unreadable(String),
    /// The blob is present, but encrypted (ocicrypt).
    Encrypted,
    /// The blob is present, but not a tar: what it looks like instead.
    NotTar(String),
}

impl BlobState {
    /// A few words for people; empty if the blob can be read.
    #[must_use]
    pub fn note(&self) -> &str {
        match self {
            Self::Present => "",
            Self::Absent => "blob not in archive",
            Self::Foreign => "foreign layer, blob not in archive",
            Self::Encrypted => "encrypted",
            Self::NotTar(what) | Self::Unreadable(what) => what,
        }
    }
}

/// How a blob is compressed, according to its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Compression {
    /// The tar itself.
    None,
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
}

impl Compression {
    /// How a file that begins like this is compressed; [`Compression::None`] for any other, be it a tar or not.
    #[must_use]
    pub fn detect(head: &[u8]) -> Self {
        match head {
            _ if head.starts_with(GZIP) => Self::Gzip,
            _ if magic::is_zstd(head) => Self::Zstd,
            _ if head.starts_with(XZ) => Self::Xz,
            [_, _, _, b'1'..=b'9', ..] if head.starts_with(BZIP2) => Self::Bzip2,
            _ => Self::None,
        }
    }

    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// A layer before its contents are read.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// The name of the blob in the manifest: a member of the archive; empty if unknown.
    pub listed_as: String,
    /// The digest of the tar inside the blob, as the configuration lists it.
    pub diff_id: Option<DiffId>,
    /// The digest of the blob as it is stored, if the archive names it by digest.
    pub digest: Option<Digest>,
    /// The member of the archive that holds the blob, if every tar finds it by that name; `None` in a folder.
    pub member: Option<String>,
    /// The media type in the manifest.
    pub media_type: Option<MediaType>,
    /// Bytes of the blob as stored in the archive, compressed or not; the size in the manifest if the blob is missing.
    pub stored_size: Option<u64>,
    /// How the blob is compressed, if it is present.
    pub compression: Option<Compression>,
    /// Whether its contents can be read.
    pub blob: BlobState,
    /// The step that made it, from 1.
    pub step: Option<usize>,
    /// Whether it is what a container changed, and not a layer of the image.
    pub is_container: bool,
    /// A lower layer that is the same blob: stored once, applied twice.
    pub same_as: Option<LayerNumber>,
}
