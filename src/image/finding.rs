//! What was doubtful in an image: kept with it, never a reason to show less.

use serde::{Deserialize, Serialize};

use super::{EntryPath, LayerNumber};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal,)+) => {
        /// What sort of doubt a finding is about. Its name is stable: people silence findings by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum FindingKind { $($(#[doc = $doc])+ $name,)+ }

        impl FindingKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name, as JSON has it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    /// The archive ends before what it promised.
    Truncated => "truncated",
    /// Nothing marks the end of a tar, so that a cut between two members would not show.
    NoEndMarker => "no-end-marker",
    /// A document of the archive is not what its place calls for, and was read as far as it goes.
    OddDocument => "odd-document",
    /// A name stands more than once in the archive or in a layer.
    Duplicate => "duplicate",
    /// A blob that is referred to is not in the archive.
    BlobMissing => "blob-missing",
    /// A blob that cannot be read as a layer: encrypted, or no tar.
    BlobUnreadable => "blob-unreadable",
    /// A blob is not as long as is said of it.
    SizeMismatch => "size-mismatch",
    /// Bytes do not hash to the digest that names them.
    DigestMismatch => "digest-mismatch",
    /// History and layers do not fit each other.
    HistoryMismatch => "history-mismatch",
    /// Layers and diff IDs do not fit each other.
    LayerCountMismatch => "layer-count-mismatch",
    /// The media type says one thing, the bytes another.
    MediaType => "media-type",
    /// A layer's tar is broken; what stood before the break is shown.
    BadTar => "bad-tar",
    /// Bytes behind the end of a compressed stream, or of a tar.
    TrailingData => "trailing-data",
    /// Many zeros and no entry: an empty tar for engines, but as much space as a file that was never written.
    OnlyZeros => "only-zeros",
    /// An entry's name tries to leave the root.
    EscapingPath => "escaping-path",
    /// An entry that engines refuse, kept or set aside as its message says.
    BadEntry => "bad-entry",
    /// A time of modification that no engine keeps.
    OddTime => "odd-time",
    /// An owner or a group that no system can have.
    OddOwner => "odd-owner",
    /// A global extended header, which engines treat differently.
    GlobalHeader => "global-header",
    /// A type of entry that no engine knows.
    UnknownType => "unknown-type",
    /// A whiteout that is not one: no name, or a name that would hide its own folder.
    BadWhiteout => "bad-whiteout",
    /// A whiteout or an opaque marker that hides nothing.
    IdleWhiteout => "idle-whiteout",
    /// A whiteout whose place among the layer's own entries makes engines disagree.
    WhiteoutOrder => "whiteout-order",
    /// An opaque marker in a folder that its layer does not list.
    OpaqueFolder => "opaque-folder",
    /// Bookkeeping of an old storage driver, in the layer by mistake.
    AufsMetadata => "aufs-metadata",
    /// A device 0:0, which overlay engines take for a whiteout.
    OverlayWhiteout => "overlay-whiteout",
    /// An overlay attribute in the archive, which some engines obey; ignored here.
    OverlayXattr => "overlay-xattr",
    /// A path through a symlink, on which engines disagree.
    ThroughSymlink => "through-symlink",
    /// A path below something that is no directory.
    ParentNotDirectory => "parent-not-directory",
    /// A hard link whose target is not where it must be.
    BadHardLink => "bad-hard-link",
    /// The content could not be read, so it was taken for different.
    Unreadable => "unreadable",
    /// More than this program is willing to hold; what came first is shown.
    TooMuch => "too-much",
}

/// One doubt: where, what was seen, and what was assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What sort.
    pub kind: FindingKind,
    /// The layer it is about, if it is about one.
    pub layer: Option<LayerNumber>,
    /// The path it is about, if it is about one.
    pub path: Option<EntryPath>,
    /// What was seen and what was assumed, as a sentence without a full stop; quotes hostile text as it came.
    pub message: String,
    /// Whether something could not be read, for this reason, that the archive says it holds.
    pub is_gap: bool,
}

impl Finding {
    /// A doubt about the image as a whole.
    #[must_use]
    pub fn of_image(kind: FindingKind, message: String) -> Self {
        Self { kind, layer: None, path: None, message, is_gap: false }
    }

    /// A doubt about a layer as a whole.
    #[must_use]
    pub fn of_layer(kind: FindingKind, layer: LayerNumber, message: String) -> Self {
        Self { kind, layer: Some(layer), path: None, message, is_gap: false }
    }

    /// A doubt about a path of a layer.
    #[must_use]
    pub fn of_path(kind: FindingKind, layer: LayerNumber, path: EntryPath, message: String) -> Self {
        Self { kind, layer: Some(layer), path: Some(path), message, is_gap: false }
    }

    /// The same, where it means that something was not read.
    #[must_use]
    pub fn gap(self) -> Self {
        Self { is_gap: true, ..self }
    }
}
