//! One layer of an image as its manifest and its blob's first bytes describe it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DiffId, Digest};

/// A layer's place in its image, from 1 at the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerNumber(u32);

impl LayerNumber {
    /// The lowest layer.
    pub const FIRST: Self = Self(1);

    /// Makes one of a number from 1; nothing of 0 or of more layers than any image can have.
    #[must_use]
    pub fn new(number: usize) -> Option<Self> {
        u32::try_from(number).ok().filter(|&n| n > 0).map(Self)
    }

    /// The layer at a place in a list, lowest first.
    ///
    /// # Panics
    /// If the list has 2³² layers.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("no manifest within the size limit lists that many layers") + 1)
    }

    /// Its place in a list of layers, lowest first, from 0.
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
pub enum BlobState {
    /// The blob is in the archive.
    #[default]
    Present,
    /// The blob is not in the archive.
    Absent,
    /// The blob is not in the archive and never is: a base layer that may not be redistributed, to be fetched from elsewhere.
    Foreign,
    /// Nobody can tell whether the blob is there, or it cannot be read: why, as a verb phrase.
    Unreadable(String),
    /// The blob is there, but encrypted (ocicrypt).
    Encrypted,
    /// The blob is there, but is no tar: what it looks like instead.
    NotTar(String),
}

impl BlobState {
    /// A few words for a person, none where all is well.
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

/// How a blob's bytes are packed, found by looking at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The name people know it by.
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
    /// What the manifest calls the blob: a member of the archive; empty where there is no telling.
    pub listed_as: String,
    /// The tar inside the blob, as the configuration names it.
    pub diff_id: Option<DiffId>,
    /// The blob as it is stored, where the archive names it by digest.
    pub digest: Option<Digest>,
    /// The member of the archive that holds the blob, where any tar finds it by that name; none in a folder.
    pub member: Option<String>,
    /// What the manifest calls it; a hint, since it is often wrong.
    pub media_type: Option<String>,
    /// Bytes of the blob as it lies in the archive, compressed or not; what the manifest says where the blob is absent.
    pub stored_size: Option<u64>,
    /// How the blob is packed, where it is there.
    pub compression: Option<Compression>,
    /// Whether its contents can be read.
    pub blob: BlobState,
    /// The step that made it, from 1.
    pub step: Option<usize>,
    /// A lower layer that is the same blob: stored once, applied twice.
    pub same_as: Option<LayerNumber>,
}
