//! Options that several commands share.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

/// Which image.
#[derive(Clone, Debug, Default, Args)]
pub struct ImageArgs {
    /// The image: a path, the name or ID of an image in Docker or Podman, `-` for standard input, `demo` or `demo:1.5`,
    /// or a path with a format, such as `oci:PATH:REF`
    #[arg(value_name = "IMAGE", required = true)]
    pub image: Option<OsString>,
    /// Choose one of several images in the file, by name or by index from 0 (see `layerscope images`)
    #[arg(long = "image", value_name = "REF|@N", id = "choice")]
    pub choice: Option<String>,
    /// Choose the image for this platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub platform: Option<String>,
    /// Show lines of this Dockerfile, unless the image has provenance
    #[arg(long, value_name = "FILE")]
    pub dockerfile: Option<std::path::PathBuf>,
    /// The base image, as IMAGE: its layers must be the lowest ones
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<OsString>,
    /// Put a container on the image: the tar that `docker export` writes, or `-`
    #[arg(long, value_name = "ROOTFS")]
    pub container: Option<OsString>,
    /// Neither use nor write the layer cache in ~/.cache/layerscope
    #[arg(long)]
    pub no_cache: bool,
}

impl ImageArgs {
    /// The image that a word names.
    #[must_use]
    pub fn of_word(word: impl Into<OsString>) -> Self {
        Self { image: Some(word.into()), ..Self::default() }
    }
}

/// Options of the screen.
#[derive(Clone, Debug, Args)]
pub struct ViewArgs {
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
    /// Colours of the screen: `auto`, `dark`, `light`, `high-contrast` or `none`
    #[arg(long, value_name = "THEME", value_parser = ["auto", "dark", "light", "high-contrast", "none"], hide_possible_values = true)]
    pub theme: Option<String>,
    /// Whether secrets are shown.
    #[command(flatten)]
    pub secrets: SecretArgs,
    /// Draw lines and bars in ASCII only
    #[arg(long)]
    pub ascii: bool,
    /// Write to this file how long every frame takes.
    #[arg(long, value_name = "FILE", hide = true)]
    pub timings: Option<std::path::PathBuf>,
    /// Read keys and colours from this file instead of ~/.config/layerscope/config.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
}

/// Colours.
#[derive(Clone, Copy, Debug, Args)]
pub struct PaintArgs {
    /// When to use colours; `auto` uses them on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Whether secrets are shown.
#[derive(Clone, Copy, Debug, Args)]
pub struct SecretArgs {
    /// Show passwords and tokens instead of hiding them
    #[arg(long)]
    pub show_secrets: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[value(help = None)]
    Auto,
    /// Always.
    #[value(help = None)]
    Always,
    /// Never.
    #[value(help = None)]
    Never,
}

/// The output formats of a single document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// For programs.
    #[value(help = None)]
    Json,
}

/// The output formats of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// One document, for programs.
    #[value(help = None)]
    Json,
    /// One JSON record per line, for programs.
    #[value(help = None)]
    Ndjson,
}
