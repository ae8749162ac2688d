//! How an image was built, as plain data: what an attestation or a Dockerfile says about its steps.

use std::fmt;

use super::{Config, Digest, LayerNumber};

/// Lines of a Dockerfile, from 1, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    first: u32,
    last: u32,
}

impl Lines {
    /// Lines `first` to `last`; `None` unless they are in order and count from 1.
    #[must_use]
    pub fn new(first: usize, last: usize) -> Option<Self> {
        let (first, last) = (u32::try_from(first).ok()?, u32::try_from(last).ok()?);
        (0 < first && first <= last).then_some(Self { first, last })
    }

    /// The first one.
    #[must_use]
    pub fn first(self) -> usize {
        self.first as usize
    }

    /// The last one.
    #[must_use]
    pub fn last(self) -> usize {
        self.last as usize
    }

    /// `line 14`, `lines 14-15`.
    #[must_use]
    pub fn in_words(self) -> String {
        format!("line{} {self}", if self.first == self.last { "" } else { "s" })
    }

    /// Whether a line is among them.
    #[must_use]
    pub fn contains(self, line: usize) -> bool {
        (self.first()..=self.last()).contains(&line)
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// What shows that a step comes from certain lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineEvidence {
    /// The provenance lists the digests of the layers that the lines made: exact.
    Digests,
    /// The provenance lists as many layers, with other digests, as after a copy with another compression; the
    /// instructions agree.
    Position,
    /// The history resembles the Dockerfile.
    Alignment,
}

impl LineEvidence {
    /// A word for output formats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Digests => "provenance",
            Self::Position => "provenance-position",
            Self::Alignment => "dockerfile",
        }
    }

    /// Where the lines come from, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Digests => "from provenance",
            Self::Position => "from provenance, by position",
            Self::Alignment => "by comparison with the history",
        }
    }
}

/// Where a step is in the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSource {
    /// The name of the Dockerfile; hostile.
    pub file: String,
    /// Its lines.
    pub lines: Lines,
    /// What shows that.
    pub evidence: LineEvidence,
    /// What a `COPY --from` copies from.
    pub copied_from: Option<CopiedFrom>,
}

impl fmt::Display for StepSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.lines)
    }
}

/// The origin of files that a step copies from elsewhere than the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedFrom {
    /// The name of the stage, its number if it has none, or the reference of an image; hostile.
    pub name: String,
    /// Whether it is a stage.
    pub is_stage: bool,
    /// The lines of the stage's steps, oldest first; empty for an image.
    pub lines: Vec<Lines>,
}

impl fmt::Display for CopiedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_stage {
            return write!(f, "image `{}`", self.name);
        }
        write!(f, "stage `{}`", self.name)?;
        let lines: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        match lines.as_slice() {
            [] => Ok(()),
            [one] if !one.contains('-') => write!(f, ", line {one}"),
            lines => write!(f, ", lines {}", lines.join(", ")),
        }
    }
}

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// Its name or path; hostile.
    pub name: String,
    /// Its text; hostile.
    pub text: String,
    /// Whether the user named the file; otherwise, it is a part of the provenance.
    pub is_given: bool,
}

/// A base image as an attestation or an annotation states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedBase {
    /// Its reference; hostile.
    pub name: String,
    /// Its digest.
    pub digest: Option<Digest>,
    /// How many layers it has in this image, if that is stated too.
    pub layers: Option<usize>,
    /// Whether the layers were compared by digest.
    pub is_exact: bool,
}

/// A base image that the user named, and whose layers are the lowest ones of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBase {
    /// Its name, or the file.
    pub name: String,
    /// How many layers it has.
    pub layers: usize,
    /// Its settings.
    pub config: Box<Config>,
}

/// What an attestation says about the build (SLSA provenance).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The type of the statement: `https://slsa.dev/provenance/v1`; hostile.
    pub predicate: String,
    /// The base image. Layers of 0 mean that there is none.
    pub base: Option<StatedBase>,
    /// The steps of the build, each after its inputs; empty if they are not listed or not credible.
    pub steps: Vec<BuildStep>,
    /// Every text that a person wrote, with the key it has in the statement, each once; hostile.
    pub texts: Vec<(String, String)>,
}

/// A step of a build: a vertex of `BuildKit`'s graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildStep {
    /// What it does.
    pub operation: Operation,
    /// The steps that it needs.
    pub inputs: Vec<BuildInput>,
    /// Its lines in the Dockerfile.
    pub lines: Option<Lines>,
    /// The layer of this image that it made.
    pub layer: Option<LayerNumber>,
}

/// What a step of a build does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Uses an image; its reference, hostile.
    Image(String),
    /// Reads the build context, or another folder; its name, hostile.
    Context(String),
    /// Fetches a file or a repository; its address, hostile.
    Remote(String),
    /// Runs a command.
    Run,
    /// Copies files: the patterns, hostile.
    Copy(Vec<String>),
    /// Makes or removes files or folders.
    Files,
    /// Puts layers on top of each other, as `COPY --link` does.
    Merge,
    /// Anything else.
    #[default]
    Other,
}

/// A step that another one needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInput {
    /// Its index.
    pub step: usize,
    /// What it is needed for.
    pub role: InputRole,
}

/// What a step needs another one for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputRole {
    /// It works on its filesystem.
    Below,
    /// It copies or mounts files of it, so that only their contents count.
    Content,
    /// It puts its layer on top.
    Top,
}
