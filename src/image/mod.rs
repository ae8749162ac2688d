//! The nouns of a container image as plain data: what the archive says, before anything is concluded from it.
//!
//! Nothing here reads a file, decides which version of a path is visible, or prints. `source` fills these types,
//! `union` and `analysis` draw conclusions from them, and everything else only reads them.
//!
//! All text and bytes in here come from an image and are hostile: they must pass through `format::safe` before a person
//! sees them.

mod built;
mod checked;
mod completeness;
mod contents;
mod digest;
mod entries;
mod entry;
mod finding;
mod hash;
mod history;
mod layer;
mod listed;
mod listing;
pub(crate) mod magic;
mod media_type;
mod names;
mod path;
mod platform;
mod progress;
mod read;
mod source;

pub use built::{
    BuildInput, BuildStep, CopiedFrom, Dockerfile, GivenBase, InputRole, LineEvidence, Lines, Operation, Provenance,
    StatedBase, StepSource,
};
pub use checked::CheckedContents;
pub use completeness::{Completeness, Gap};
pub use contents::{Contents, ContentsState, FileChanged, ReadError};
pub use digest::{BadDigest, DiffId, Digest};
pub(crate) use entries::Packed;
pub use entries::{Entries, EntryIndex, Full, NewEntry};
pub use entry::{EntryKind, EntryRef, Mtime, Xattr};
pub use finding::{Finding, FindingKind};
pub use hash::{Hasher, sha256};
pub use history::{HistoryEntry, Step, pair_history};
pub use layer::{BlobState, Compression, Layer, LayerNumber};
pub use listed::ListedImage;
pub use listing::{ListedMember, Listing, RawEntry};
pub use media_type::MediaType;
pub use names::familiar_name;
pub use path::{EntryPath, Normalised, PATH_MOST};
pub use platform::Platform;
pub(crate) use progress::Cancelled;
pub use progress::{Cancel, CancelOnDrop, Progress, ProgressEvent, Quiet, StartProgress};
pub(crate) use read::read_some;
pub use source::{DescribedImage, EngineImage, ImageSource, ListedEngine, UnplacedStep};

/// The manifest and configuration of one image; the contents of its layers come later, as [`Entries`].
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Every name of this image in the archive, as `repository:tag` if possible; empty for an untagged one.
    pub names: Vec<String>,
    /// The platform of the image, from its configuration, else from its descriptor.
    pub platform: Option<Platform>,
    /// The digest that engines use for this image: of the manifest, or of the configuration in a docker archive.
    pub digest: Option<Digest>,
    /// Bytes of the manifest that `digest` names; `None` in a docker archive.
    pub manifest_size: Option<u64>,
    /// The digest of the configuration: what engines without a containerd store call the image ID.
    pub config_digest: Option<Digest>,
    /// When it was built, as its configuration says (meant to be RFC 3339, but unchecked).
    pub created: Option<String>,
    /// The parts of the configuration that people ask for.
    pub config: Config,
    /// The configuration as stored in the archive, for everything else in it.
    pub raw_config: Vec<u8>,
    /// The size of the configuration, where its bytes are left out.
    pub left_out_config: Option<u64>,
    /// The layers, lowest first.
    pub layers: Vec<Layer>,
    /// The history, oldest first, each step with the layer it made, if any.
    pub steps: Vec<Step>,
    /// Annotations of the manifest, and those of its descriptor; hostile.
    pub annotations: Vec<(String, String)>,
    /// What an attestation says about the build.
    pub provenance: Option<Provenance>,
    /// The Dockerfile, from the provenance or as the user named it.
    pub dockerfile: Option<Dockerfile>,
    /// The base image that the user named.
    pub given_base: Option<GivenBase>,
    /// Findings about the archive and this image's documents. Findings about the contents of a layer come with its
    /// [`Entries`].
    pub findings: Vec<Finding>,
    /// The engine or the storage that it was read from; `None` for a file.
    pub source: Option<ImageSource>,
}

impl Image {
    /// A step by its number, which counts from 1.
    #[must_use]
    pub fn step(&self, number: usize) -> Option<&Step> {
        self.steps.get(number.checked_sub(1)?)
    }

    /// The size of the configuration as it is stored; `None` if it could not be read.
    #[must_use]
    pub fn config_size(&self) -> Option<u64> {
        let is_kept = !self.raw_config.is_empty();
        if is_kept { Some(self.raw_config.len() as u64) } else { self.left_out_config }
    }

    /// The layer of a container on top of the image, if there is one.
    #[must_use]
    pub fn container(&self) -> Option<LayerNumber> {
        let top = self.layers.last().filter(|top| top.is_container);
        top.map(|_| LayerNumber::from_index(self.layers.len() - 1))
    }

    /// How many layers the image itself has, without that of a container.
    #[must_use]
    pub fn own_layers(&self) -> usize {
        self.layers.len() - usize::from(self.container().is_some())
    }

    /// How many layers there are: "13 layers", or "13 layers + 1 of the container".
    #[must_use]
    pub fn layers_in_words(&self) -> String {
        let own = self.own_layers();
        let container = if self.container().is_some() { " + 1 of the container" } else { "" };
        format!("{own} layer{}{container}", if own == 1 { "" } else { "s" })
    }

    /// The steps of the image itself, without that of a container.
    #[must_use]
    pub fn own_steps(&self) -> &[Step] {
        let container = self.container();
        match self.steps.split_last() {
            Some((last, own)) if container.is_some() && last.layer == container => own,
            _ => &self.steps,
        }
    }

    /// The step that made a layer, if the history has one for it.
    #[must_use]
    pub fn step_of(&self, layer: LayerNumber) -> Option<&Step> {
        self.step(self.layers.get(layer.index())?.step?)
    }

    /// The instruction that made a layer, according to the history; empty if there is none.
    #[must_use]
    pub fn instruction_of(&self, layer: LayerNumber) -> &str {
        self.step_of(layer).map_or("", |step| step.created_by.as_str())
    }

    /// Where the step that made a layer is in the Dockerfile.
    #[must_use]
    pub fn source_of(&self, layer: LayerNumber) -> Option<&StepSource> {
        self.step_of(layer)?.source.as_ref()
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
    /// The user that the main process runs as, `user[:group]`; empty means root.
    pub user: String,
    /// The first part of the command line.
    pub entrypoint: Vec<String>,
    /// The second part of the command line, or all of it.
    pub cmd: Vec<String>,
    /// `NAME=value`, in the order of the configuration.
    pub env: Vec<String>,
    /// The working directory of the main process.
    pub working_dir: String,
    /// `port/protocol`.
    pub exposed_ports: Vec<String>,
    /// Paths that a container keeps outside its writable layer.
    pub volumes: Vec<String>,
    /// Key and value, in the order of the configuration.
    pub labels: Vec<(String, String)>,
    /// The signal that ends a container.
    pub stop_signal: String,
    /// How engines check whether a container is healthy; Docker's own, not part of the specification.
    pub healthcheck: Option<Healthcheck>,
    /// Instructions that run when another image is built on this one; Docker's own.
    pub on_build: Vec<String>,
    /// What runs commands in shell form, the program first; Docker's own. Empty where it is the usual one.
    pub shell: Vec<String>,
}

/// How engines check whether a container is healthy. Times are in nanoseconds; 0 means the engine's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `NONE`, or `CMD` and words, or `CMD-SHELL` and a text for the shell.
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: u64,
    /// The limit for one check.
    pub timeout: u64,
    /// How long failures do not count.
    pub start_period: u64,
    /// Consecutive failures that make a container unhealthy.
    pub retries: u64,
}
