//! Findings: what is malformed or ambiguous in an image. They belong to it, and are never a reason to show less.

use serde::{Deserialize, Serialize};

use super::{EntryPath, LayerNumber};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal,)+) => {
        /// The kind of a finding. Its name is stable: people silence findings by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum FindingKind { $($(#[doc = $doc])+ $name,)+ }

        impl FindingKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name, as in JSON.
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
    /// A document of the archive is malformed, and was read as far as possible.
    OddDocument => "odd-document",
    /// A name occurs more than once in the archive or in a layer.
    Duplicate => "duplicate",
    /// A blob that is referenced is not in the archive.
    BlobMissing => "blob-missing",
    /// A blob that cannot be read as a layer: encrypted, or not a tar.
    BlobUnreadable => "blob-unreadable",
    /// A blob does not have its declared size.
    SizeMismatch => "size-mismatch",
    /// Bytes do not hash to the digest that names them.
    DigestMismatch => "digest-mismatch",
    /// History and layers do not match.
    HistoryMismatch => "history-mismatch",
    /// Layers and diff IDs do not match.
    LayerCountMismatch => "layer-count-mismatch",
    /// The media type contradicts the bytes.
    MediaType => "media-type",
    /// A layer's tar is broken; what comes before is shown.
    BadTar => "bad-tar",
    /// Bytes after the end of a compressed stream, or of a tar.
    TrailingData => "trailing-data",
    /// Many zeros and no entry: an empty tar for engines, but as much space as a file that was never written.
    OnlyZeros => "only-zeros",
    /// An entry's name tries to leave the root.
    EscapingPath => "escaping-path",
    /// An entry that engines refuse; it is kept or left out, as its message says.
    BadEntry => "bad-entry",
    /// A modification time that no engine keeps.
    OddTime => "odd-time",
    /// An owner or a group that no system can have.
    OddOwner => "odd-owner",
    /// A global extended header, which engines treat differently.
    GlobalHeader => "global-header",
    /// An entry type that no engine knows.
    UnknownType => "unknown-type",
    /// A whiteout that is not one: no name, or a name that would hide its own folder.
    BadWhiteout => "bad-whiteout",
    /// A whiteout or an opaque marker that hides nothing.
    IdleWhiteout => "idle-whiteout",
    /// A whiteout whose position among the layer's own entries makes engines disagree.
    WhiteoutOrder => "whiteout-order",
    /// An opaque marker in a folder that its layer does not list.
    OpaqueFolder => "opaque-folder",
    /// Bookkeeping of an old storage driver, in the layer by mistake.
    AufsMetadata => "aufs-metadata",
    /// A device 0:0, which overlay engines treat as a whiteout.
    OverlayWhiteout => "overlay-whiteout",
    /// An overlay attribute in the archive, which some engines obey; ignored here.
    OverlayXattr => "overlay-xattr",
    /// A path through a symlink, on which engines disagree.
    ThroughSymlink => "through-symlink",
    /// A path below something that is not a directory.
    ParentNotDirectory => "parent-not-directory",
    /// A hard link with an invalid target.
    BadHardLink => "bad-hard-link",
    /// The content could not be read, so it was assumed to differ.
    Unreadable => "unreadable",
    /// A container's filesystem that does not seem to be of this image.
    OtherImage => "other-image",
    /// Files that every container gets from its engine; left out.
    EngineFiles => "engine-files",
    /// Volumes of a container, which are not in its layer.
    Volumes => "volumes",
    /// More than this program is willing to hold; what came first is shown.
    TooMuch => "too-much",
}

/// One finding: where, what was seen, and what was assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The kind.
    pub kind: FindingKind,
    /// The layer it is about, if any.
    pub layer: Option<LayerNumber>,
    /// The path it is about, if any.
    pub path: Option<EntryPath>,
    /// What was seen and what was assumed, as a sentence without a full stop; quotes hostile text as it came.
    pub message: String,
    /// Whether something could not be read, for this reason, that the archive says it holds.
    pub is_gap: bool,
}

impl Finding {
    /// A finding about the image as a whole.
    #[must_use]
    pub fn of_image(kind: FindingKind, message: String) -> Self {
        Self { kind, layer: None, path: None, message, is_gap: false }
    }

    /// A finding about a layer as a whole.
    #[must_use]
    pub fn of_layer(kind: FindingKind, layer: LayerNumber, message: String) -> Self {
        Self { kind, layer: Some(layer), path: None, message, is_gap: false }
    }

    /// A finding about a path of a layer.
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
