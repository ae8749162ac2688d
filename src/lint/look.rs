//! The `look` of a lint rule: what it looks at.

/// What a rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JunkLook {
    /// The paths of all stored files.
    #[default]
    Paths,
    /// Debug information and symbol tables in programs and libraries, in the final image or only stored.
    Debug,
    /// Files of the final image with the same content.
    Copies,
    /// Files of the final image that every user can write.
    WorldWritable,
    /// Files of the final image that run as their owner or group.
    Setuid,
    /// The user that a container runs as.
    Root,
    /// The number of layers.
    Layers,
    /// Layers above the base that are much larger than the others.
    LargeLayer,
    /// Instructions above the base, by their text.
    Steps,
    /// Consecutive `RUN` instructions above the base.
    Runs,
    /// Whether the program that a container starts can start.
    Runtime,
    /// The distribution that the base image is.
    Base,
}

impl JunkLook {
    /// All looks.
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

    /// Its name in rules.
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

    /// The look with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|look| look.name() == name)
    }

    /// The keys that a rule with this look can have, besides the common ones.
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
