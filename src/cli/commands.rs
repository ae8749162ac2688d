//! The commands and what each takes.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use super::options::{DocumentFormat, ImageArgs, ListFormat, PaintArgs, SecretArgs, ViewArgs};
use super::report::ReportArgs;

/// What to do.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Totals, the largest layers and the largest waste, on one page
    Summary(SummaryArgs),
    /// One line per layer: number, sizes, changes, instruction
    Layers(LayersArgs),
    /// The history as `docker history` prints it, newest first
    History(HistoryArgs),
    /// List the files a container sees, or what a layer changed
    Ls(ListArgs),
    /// Every wasted path: cause, bytes, the layers and instructions involved
    Waste(WasteArgs),
    /// Keys, tokens and credentials that can be read, removed or not
    Secrets(SecretsArgs),
    /// Caches, leftovers, copies, unstripped or broken programs, questionable instructions
    Junk(JunkArgs),
    /// The bytes of a file, even if it was removed later
    Cat(CatArgs),
    /// Write files and folders to a folder on disk, removed ones too
    Extract(ExtractArgs),
    /// Write the root filesystem that a container sees, or one layer, as a tar
    Export(ExportArgs),
    /// Check every digest, diff ID, size, count and reference of the archive
    Verify(VerifyArgs),
    /// Check an image against rules: exit 0 if it passes, 1 if a rule fails
    Check(Box<CheckArgs>),
    /// Write a report to a file: a page for a browser, Markdown, JSON, CSV, a tree for ncdu
    Report(ReportArgs),
    /// The images and platforms in a file
    Images(ImagesArgs),
    /// Browse a small image that is built into this program
    Demo(ViewArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, of the program or of one command
    Man(ManArgs),
}

/// `layerscope IMAGE`
#[derive(Clone, Debug, Args)]
pub struct ScreenArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
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
    /// What may be shown.
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
    /// What may be shown.
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
    /// Whole instructions and digests
    #[arg(long)]
    pub no_trunc: bool,
    /// Output format; `dockerfile` is a Dockerfile as far as the history describes it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HistoryFormat,
    /// What may be shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// How the history is written.
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
    /// List what is below this path of the image
    #[arg(value_name = "PATH")]
    pub path: Option<OsString>,
    /// What a container of the layers up to this one sees
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// What this layer itself changed: A added, M modified, R removed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
    /// What may be shown.
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
    /// What may be shown.
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
    /// Show their values, not only their first characters and length
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
    /// Your own rules, from this file; by default from .layerscope.toml in the working directory
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
    /// As this layer stored it, even if it was removed later
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
}

/// `layerscope extract`
#[derive(Clone, Debug, Args)]
pub struct ExtractArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// The file or folder, by its path in the image; `/` for all of it
    #[arg(value_name = "PATH")]
    pub path: OsString,
    /// The folder to write into, created if it is missing
    #[arg(value_name = "DIR")]
    pub folder: std::path::PathBuf,
    /// What a container of the layers up to this one sees
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// What this layer stores, even if it was removed later
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Replace files that exist
    #[arg(long)]
    pub overwrite: bool,
    /// Also write files that are far larger than their stored bytes
    #[arg(long)]
    pub force: bool,
}

/// `layerscope export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Where to write, replacing what exists; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub output: std::path::PathBuf,
    /// What a container of the layers up to this one sees
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// The tar of this layer as it is, decompressed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Compress with gzip; the default if FILE ends in .gz or .tgz
    #[arg(long)]
    pub gzip: bool,
}

/// `layerscope verify`
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Which image; without a choice, all images in the file.
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
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CheckArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Rules from this file; by default from .layerscope.toml or .dive-ci in the working directory
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub rules: Option<std::path::PathBuf>,
    /// The three rules of dive from this file, checked with dive's own figures
    #[arg(long, value_name = "FILE", help_heading = "Rules", conflicts_with = "rules")]
    pub dive_ci: Option<std::path::PathBuf>,
    /// Measure growth from this image, or from the JSON that `summary` or `check` printed for it
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub baseline: Option<std::path::PathBuf>,
    /// Minimum part of all bytes that is live; 0.9 if no rule is given
    #[arg(long, value_name = "PART", help_heading = "Rules")]
    pub lowest_efficiency: Option<String>,
    /// Maximum wasted bytes
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_wasted_bytes: Option<String>,
    /// Maximum wasted bytes, as a part of all
    #[arg(long, value_name = "PART", help_heading = "Rules")]
    pub highest_wasted_percent: Option<String>,
    /// Maximum bytes of all files of all layers
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_image_bytes: Option<String>,
    /// Maximum layers
    #[arg(long, value_name = "N", help_heading = "Rules")]
    pub highest_layers: Option<u64>,
    /// Maximum bytes of a layer
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_layer_bytes: Option<String>,
    /// Maximum bytes of a stored file
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_file_bytes: Option<String>,
    /// Maximum bytes more than the baseline
    #[arg(long, value_name = "SIZE", help_heading = "Rules", requires = "baseline")]
    pub highest_growth_bytes: Option<String>,
    /// Maximum growth, as a part of the baseline
    #[arg(long, value_name = "PART", help_heading = "Rules", requires = "baseline")]
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
    /// A container may not run as root
    #[arg(long, help_heading = "Rules")]
    pub forbid_root: bool,
    /// No secret may be in any layer, removed or not, nor in history, environment or labels
    #[arg(long, help_heading = "Rules")]
    pub forbid_secrets: bool,
    /// Files that may contain secrets; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Rules")]
    pub allowed_secrets: Vec<String>,
    /// Check an image even if a part of it cannot be read
    #[arg(long, help_heading = "Rules")]
    pub allow_incomplete: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// How a judgement is written.
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
    /// The file: a path, `-` for standard input, or `demo`
    #[arg(value_name = "FILE")]
    pub file: OsString,
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
    /// The command whose page to print
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
