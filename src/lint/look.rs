//! What a rule looks at, besides the paths of files.

/// What a rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JunkLook {
    /// The paths of all stored files.
    #[default]
    Paths,
    /// Debug information and symbol tables in programs and libraries, in the final image or only stored.
    Debug,
    /// Contents that files of the final image share.
    Copies,
    /// Files of the final image that everybody may write.
    WorldWritable,
    /// Files of the final image that run as their owner or group.
    Setuid,
    /// The user that a container runs as.
    Root,
    /// How many layers there are.
    Layers,
    /// Layers above the base that are large among the others.
    LargeLayer,
    /// What steps above the base say.
    Steps,
    /// Commands in a row above the base.
    Runs,
    /// Whether what a container starts can start.
    Runtime,
    /// The distribution that the base image is.
    Base,
}

impl JunkLook {
    /// Every one there is.
    pub const ALL: &'static [Self] = &[
        Self::Paths,
        Self::Debug,
        Self::Copies,
        Self::WorldWritable,
        Self::Setuid,
        Self::Root,
        Self::Layers,
        Self::LargeLayer,
        Self::Base,
        Self::Runtime,
        Self::Steps,
        Self::Runs,
    ];

    /// The name that rules have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paths => "paths",
            Self::Debug => "debug",
            Self::Copies => "copies",
            Self::WorldWritable => "world-writable",
            Self::Setuid => "setuid",
            Self::Root => "root",
            Self::Layers => "layers",
            Self::LargeLayer => "large-layer",
            Self::Base => "base",
            Self::Runtime => "runtime",
            Self::Steps => "steps",
            Self::Runs => "runs",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|look| look.name() == name)
    }

    /// The fields of a rule that say more about it; the others mean nothing to it.
    #[must_use]
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Paths => &["paths", "except", "beside"],
            Self::Debug | Self::Copies => &["paths", "except", "more-than"],
            Self::WorldWritable | Self::Setuid => &["paths", "except"],
            Self::Root | Self::Base | Self::Runtime => &[],
            Self::Layers | Self::Runs => &["more-than"],
            Self::Steps => &["step", "unless", "paths", "except"],
            Self::LargeLayer => &["more-than", "percent"],
        }
    }
}
