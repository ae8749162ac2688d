//! The commands and their arguments.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use super::compare::{CompareArgs, CostArgs, PageFormat, SharedArgs};
use super::options::{DocumentFormat, ImageArgs, ListFormat, PaintArgs, SecretArgs, ViewArgs};
use super::report::ReportArgs;

/// A command.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Print totals, the largest layers and the largest waste on one page
    Summary(SummaryArgs),
    /// List the layers: number, sizes, changes, instruction
    Layers(LayersArgs),
    /// Print the history like `docker history`, newest first
    History(HistoryArgs),
    /// List the files a container sees, or what a layer changed
    Ls(ListArgs),
    /// List wasted bytes: why, how to fix it, and the layers and instructions involved
    Waste(WasteArgs),
    /// Find keys, tokens and credentials, in removed files too
    Secrets(SecretsArgs),
    /// Find caches, leftovers, copies, broken programs, questionable instructions
    Junk(JunkArgs),
    /// Print the content of a file, even if it was removed later
    Cat(CatArgs),
    /// Write files and folders to disk, removed ones too
    Extract(ExtractArgs),
    /// Write the root filesystem that a container sees, or one layer, as a tar
    Export(ExportArgs),
    /// Tell which steps run again after a change, and what a better order would save
    Rebuild(RebuildArgs),
    /// Explain every layer in plain sentences, in the order of the build
    Explain(ExplainArgs),
    /// Check every digest, diff ID, size, count and reference of the archive
    Verify(VerifyArgs),
    /// Check an image against rules: exit 0 if it passes, 1 if a rule fails
    Check(Box<CheckArgs>),
    /// Compare two images: layers, files, settings, packages, secrets and junk
    Compare(CompareArgs),
    /// Tell what a push sends and a pull fetches, where other images are there already
    Cost(Box<CostArgs>),
    /// List what images share: layers, bytes, and what deleting each would free
    Shared(SharedArgs),
    /// Write a report: a page for a browser, Markdown, JSON, CSV or a tree for ncdu
    Report(ReportArgs),
    /// List the images and platforms in a file, or the images in your engines
    Images(ImagesArgs),
    /// Learn what layers are, in lessons on the screen
    Tour(Box<TourArgs>),
    /// Browse a small image that is built into this program
    Demo(DemoArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page of the program or of one command
    Man(ManArgs),
}

/// `layerscope IMAGE`
#[derive(Clone, Debug, Args)]
pub struct ScreenArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Another image, to be compared with the first one: it comes after it
    #[arg(value_name = "B")]
    pub after: Option<OsString>,
    /// Options of the screen.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// `layerscope demo`
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Another image, to be compared with the demo: it comes after it, such as `demo:1.5`
    #[arg(value_name = "B")]
    pub after: Option<OsString>,
    /// Options of the screen.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// `layerscope summary`
#[derive(Clone, Debug, Args)]
pub struct SummaryArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope layers`
#[derive(Clone, Debug, Args)]
pub struct LayersArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope history`
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Print instructions and digests in full
    #[arg(long)]
    pub no_trunc: bool,
    /// Output format; `dockerfile` reconstructs a Dockerfile as far as the history allows
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HistoryFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// The output formats of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// For programs.
    #[value(help = None)]
    Json,
    /// As a Dockerfile.
    #[value(help = None)]
    Dockerfile,
}

/// `layerscope ls`
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// List only this path of the image and everything below it
    #[arg(value_name = "PATH")]
    pub path: Option<OsString>,
    /// List the files a container sees after this layer
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// List what this layer changed: A added, M modified, R removed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope waste`
#[derive(Clone, Debug, Args)]
pub struct WasteArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// List every file of a removed folder too
    #[arg(long)]
    pub all: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope secrets`
#[derive(Clone, Debug, Args)]
pub struct SecretsArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Show each secret in full, not only its first characters and its length
    #[arg(long)]
    pub show_secrets: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope junk`
#[derive(Clone, Debug, Args)]
pub struct JunkArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Ignore the rule with this id; can be repeated
    #[arg(long, value_name = "ID")]
    pub ignore: Vec<String>,
    /// Read your own rules from this file instead of .layerscope.toml in the working directory
    #[arg(long, value_name = "FILE")]
    pub rules: Option<std::path::PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope cat`
#[derive(Clone, Debug, Args)]
pub struct CatArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// The file, by its path in the image
    #[arg(value_name = "PATH")]
    pub path: OsString,
    /// Print the version that this layer stores, even if it was removed later
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
}

/// `layerscope extract`
#[derive(Clone, Debug, Args)]
pub struct ExtractArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// The file or folder, by its path in the image; `/` for everything
    #[arg(value_name = "PATH")]
    pub path: OsString,
    /// The folder to write into, created if it is missing
    #[arg(value_name = "DIR")]
    pub folder: std::path::PathBuf,
    /// Write what a container sees after this layer
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// Write what this layer stores, even if it was removed later
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Replace existing files
    #[arg(long)]
    pub overwrite: bool,
    /// Also write files that take far more space on disk than in the layer
    #[arg(long)]
    pub force: bool,
}

/// `layerscope export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// The file to write, replaced if it exists; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub output: std::path::PathBuf,
    /// Write what a container sees after this layer
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// Write the tar of this layer as it is, decompressed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Compress with gzip; the default if FILE ends in .gz or .tgz
    #[arg(long)]
    pub gzip: bool,
}

/// `layerscope rebuild`
#[derive(Clone, Debug, Args)]
pub struct RebuildArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Change the instruction of this layer
    #[arg(long, value_name = "N", group = "change")]
    pub change_layer: Option<usize>,
    /// Change the instruction that begins with this text
    #[arg(long, value_name = "TEXT", group = "change")]
    pub change_step: Option<String>,
    /// Change this file of the build context: a path there, or in the image
    #[arg(long, value_name = "PATH", group = "change")]
    pub change_file: Option<OsString>,
    /// Change the base image
    #[arg(long, group = "change")]
    pub change_base: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PageFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope tour`
#[derive(Clone, Debug, Args)]
#[command(mut_arg("image", |image| image.required(false)))]
pub struct TourArgs {
    /// Which image; the demo if there is none.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Read the lessons from this file instead of those of the program
    #[arg(long, value_name = "FILE")]
    pub lessons: Option<std::path::PathBuf>,
    /// Options of the screen.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// `layerscope explain`
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ExplainFormat,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// The output formats of `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// For a README or a pull request.
    #[value(help = None)]
    Markdown,
}

/// `layerscope verify`
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Which image; by default all images in the file.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope check`
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate flag")]
pub struct CheckArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Read the rules from this file instead of .layerscope.toml or .dive-ci in the working directory
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub rules: Option<std::path::PathBuf>,
    /// Read dive's three rules from this file and check them with dive's own figures
    #[arg(long, value_name = "FILE", help_heading = "Rules", conflicts_with = "rules")]
    pub dive_ci: Option<std::path::PathBuf>,
    /// Measure growth against this image, or against the JSON that `summary` or `check` printed for it
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub baseline: Option<std::path::PathBuf>,
    /// Minimum efficiency: live bytes as a fraction of all; 0.9 if no rule is given
    #[arg(long, value_name = "FRACTION", help_heading = "Rules")]
    pub lowest_efficiency: Option<String>,
    /// Maximum wasted bytes
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_wasted_bytes: Option<String>,
    /// Maximum wasted bytes, as a fraction of all
    #[arg(long, value_name = "FRACTION", help_heading = "Rules")]
    pub highest_wasted_percent: Option<String>,
    /// Maximum size of all files of all layers
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_image_bytes: Option<String>,
    /// Maximum number of layers
    #[arg(long, value_name = "N", help_heading = "Rules")]
    pub highest_layers: Option<u64>,
    /// Maximum size of a layer
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_layer_bytes: Option<String>,
    /// Maximum size of a stored file
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_file_bytes: Option<String>,
    /// Maximum growth over the baseline
    #[arg(long, value_name = "SIZE", help_heading = "Rules", requires = "baseline")]
    pub highest_growth_bytes: Option<String>,
    /// Maximum growth, as a fraction of the baseline
    #[arg(long, value_name = "FRACTION", help_heading = "Rules", requires = "baseline")]
    pub highest_growth_percent: Option<String>,
    /// No layer may have a path that matches, removed or not; can be repeated
    #[arg(long = "forbid", value_name = "GLOB", help_heading = "Rules")]
    pub forbidden_paths: Vec<String>,
    /// The final image must have a path that matches; can be repeated
    #[arg(long = "require", value_name = "GLOB", help_heading = "Rules")]
    pub required_paths: Vec<String>,
    /// No file of the final image may be setuid or setgid
    #[arg(long, help_heading = "Rules")]
    pub forbid_setuid: bool,
    /// Setuid and setgid files that are allowed; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Rules")]
    pub allowed_setuid: Vec<String>,
    /// No junk rule of this severity or higher may find anything: low, medium or high
    #[arg(long, value_name = "SEVERITY", help_heading = "Rules")]
    pub fail_on_junk: Option<String>,
    /// Ignore the junk rule with this id; can be repeated
    #[arg(long, value_name = "ID", help_heading = "Rules")]
    pub ignored_junk: Vec<String>,
    /// Containers may not run as root
    #[arg(long, help_heading = "Rules")]
    pub forbid_root: bool,
    /// No layer may contain a secret, removed or not, nor may the history, the environment or labels
    #[arg(long, help_heading = "Rules")]
    pub forbid_secrets: bool,
    /// No secret may be new: the baseline has each in the same place
    #[arg(long, help_heading = "Rules", requires = "baseline")]
    pub forbid_new_secrets: bool,
    /// Files that may contain secrets; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Rules")]
    pub allowed_secrets: Vec<String>,
    /// Do not fail if a part of the image cannot be read
    #[arg(long, help_heading = "Rules")]
    pub allow_incomplete: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// The output formats of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// For programs.
    #[value(help = None)]
    Json,
    /// `JUnit`'s XML, for test reports.
    #[value(help = None)]
    Junit,
    /// For code scanning.
    #[value(help = None)]
    Sarif,
    /// As annotations of a GitHub workflow.
    #[value(help = None)]
    Github,
    /// For a pull request or a step summary.
    #[value(help = None)]
    Markdown,
}

/// `layerscope images`
#[derive(Clone, Debug, Args)]
pub struct ImagesArgs {
    /// The file: a path, `-` for standard input, or `demo`; without it, the images that the engines here have
    #[arg(value_name = "FILE")]
    pub file: Option<OsString>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope completions`
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `layerscope man`
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Print the page of this command, or `glossary` for the words of container images
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
