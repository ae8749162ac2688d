//! The commands and what each takes.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use super::options::{DocumentFormat, ImageArgs, ListFormat, PaintArgs, ViewArgs};

/// What to do.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Totals, the largest layers and the largest waste, on one page
    Summary(SummaryArgs),
    /// One line a layer: number, sizes, changes, instruction
    Layers(LayersArgs),
    /// The history as `docker history` prints it, newest first
    History(HistoryArgs),
    /// The files a container sees, or what a layer changed
    Ls(ListArgs),
    /// Every wasted path: cause, bytes, the layers and instructions involved
    Waste(WasteArgs),
    /// A file's bytes, removed since or not
    Cat(CatArgs),
    /// Write files and folders below a folder, removed ones too
    Extract(ExtractArgs),
    /// Check every digest, diff ID, size, count and reference of the archive
    Verify(VerifyArgs),
    /// The images and platforms that a file holds
    Images(ImagesArgs),
    /// Browse a small image that lies inside this program
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
    /// What the screen is to be like.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// `layerscope summary`
#[derive(Clone, Debug, Args)]
pub struct SummaryArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
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
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
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
    /// How it is written; `dockerfile` is a Dockerfile as far as the history tells it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HistoryFormat,
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
    /// List what lies below this path of the image
    #[arg(value_name = "PATH")]
    pub path: Option<OsString>,
    /// As a container made of the layers up to this one sees it
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// What this layer itself changed: A added, M modified, R removed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
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
    /// List every file of a removed folder, too
    #[arg(long)]
    pub all: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
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
    /// As this layer stored it, removed since or not
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
    /// The folder to write into, made if it is missing
    #[arg(value_name = "DIR")]
    pub folder: std::path::PathBuf,
    /// As a container made of the layers up to this one sees it
    #[arg(long, value_name = "N", conflicts_with = "layer")]
    pub up_to: Option<usize>,
    /// What this layer stores, removed since or not
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Replace files that exist
    #[arg(long)]
    pub overwrite: bool,
}

/// `layerscope verify`
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Which image; without a choice, all that the file holds.
    #[command(flatten)]
    pub image: ImageArgs,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DocumentFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope images`
#[derive(Clone, Debug, Args)]
pub struct ImagesArgs {
    /// The file: a path, `-` for standard input, or `demo`
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// How it is written
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
    /// The command whose page is wanted
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
