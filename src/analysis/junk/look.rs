//! What a rule looks at, beside the paths of files.

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
}

impl JunkLook {
    /// Every one there is.
    pub const ALL: &'static [Self] = &[Self::Paths, Self::Debug, Self::Copies];

    /// The name that rules have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paths => "paths",
            Self::Debug => "debug",
            Self::Copies => "copies",
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
        }
    }
}
