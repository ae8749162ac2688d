//! The nouns of a container image as plain data: what the archive said, before anything is concluded from it.
//!
//! Nothing here reads a file, decides who wins a path or prints. `source` fills these types, `union` and `analysis`
//! conclude from them, and everything else only looks.
//!
//! Everything that is text or bytes in here came out of an image and is hostile: it must pass through
//! `format::safe` before a person sees it.

mod completeness;
mod contents;
mod digest;
mod entries;
mod entry;
mod finding;
mod history;
mod layer;
mod listing;
mod path;
mod platform;

pub use completeness::{Completeness, Gap};
pub use contents::{Contents, ReadError};
pub use digest::{BadDigest, DiffId, Digest};
pub(crate) use entries::Packed;
pub use entries::{Entries, EntryIndex, Full, NewEntry};
pub use entry::{EntryKind, EntryRef, Mtime, Xattr};
pub use finding::{Finding, FindingKind};
pub use history::{HistoryEntry, Step, pair_history};
pub use layer::{BlobState, Compression, Layer, LayerNumber};
pub use listing::{Listed, Listing};
pub use path::{EntryPath, Normalised, PATH_MOST};
pub use platform::Platform;

/// What the manifest and the configuration of one image say; its layers' contents come later, as [`Entries`].
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Every name the archive gives this image, as `repository:tag` where it says so; empty for an untagged one.
    pub names: Vec<String>,
    /// What the image runs on, from its configuration, else from the descriptor that led to it.
    pub platform: Option<Platform>,
    /// The digest that engines call this image by: of the manifest, or of the configuration in a docker archive.
    pub digest: Option<Digest>,
    /// When it was built, as its configuration writes it (RFC 3339, but nobody checked).
    pub created: Option<String>,
    /// The parts of the configuration that people ask for.
    pub config: Config,
    /// The configuration as it lies in the archive, for whoever wants the rest of it.
    pub raw_config: Vec<u8>,
    /// The layers, lowest first.
    pub layers: Vec<Layer>,
    /// The history, oldest first, each step with the layer it made, if it made one.
    pub steps: Vec<Step>,
    /// What was doubtful about the archive and this image's documents. Doubts about a layer's contents come with its [`Entries`].
    pub findings: Vec<Finding>,
}

impl Image {
    /// The step that made a layer, if the history has one for it.
    #[must_use]
    pub fn step_of(&self, layer: LayerNumber) -> Option<&Step> {
        let step = self.layers.get(layer.index())?.step?;
        self.steps.get(step.checked_sub(1)?)
    }

    /// The instruction that made a layer, as the history has it; empty where it has none.
    #[must_use]
    pub fn instruction_of(&self, layer: LayerNumber) -> &str {
        self.step_of(layer).map_or("", |step| step.created_by.as_str())
    }

    /// What is said of how a layer was made: its instruction, else its comment; empty where there is neither.
    #[must_use]
    pub fn description_of(&self, layer: LayerNumber) -> &str {
        self.step_of(layer).map_or("", Step::description)
    }
}

/// The runtime half of an image configuration (image-spec `config.md`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Who the main process runs as, `user[:group]`; empty means root.
    pub user: String,
    /// The first part of the command line.
    pub entrypoint: Vec<String>,
    /// The second part of the command line, or the whole of it.
    pub cmd: Vec<String>,
    /// `NAME=value`, in the order of the configuration.
    pub env: Vec<String>,
    /// Where the main process starts.
    pub working_dir: String,
    /// `port/protocol`.
    pub exposed_ports: Vec<String>,
    /// Paths that a container keeps outside its writable layer.
    pub volumes: Vec<String>,
    /// Key and value, in the order of the configuration.
    pub labels: Vec<(String, String)>,
    /// The signal that ends a container.
    pub stop_signal: String,
    /// How engines find out whether a container is well; Docker's own, not the specification's.
    pub healthcheck: Option<Healthcheck>,
    /// Instructions that run when another image is built on this one; Docker's own.
    pub on_build: Vec<String>,
    /// What runs commands in shell form, the program first; Docker's own. Empty where it is the usual one.
    pub shell: Vec<String>,
}

/// How engines find out whether a container is well. Times are nanoseconds; 0 is the engine's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `NONE`, or `CMD` and words, or `CMD-SHELL` and a text for the shell.
    pub test: Vec<String>,
    /// From one check to the next.
    pub interval: u64,
    /// How long one may take.
    pub timeout: u64,
    /// For how long failures do not count.
    pub start_period: u64,
    /// Failures in a row that make a container unwell.
    pub retries: u64,
}
