//! The arguments of `layerscope compare`, `layerscope shared` and `layerscope cost`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::{ImageArgs, PaintArgs, SecretArgs};

/// `layerscope compare`
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate option")]
pub struct CompareArgs {
    /// The image before: a path, `PATH@N` for one of several in a file, `-`, `demo`, or a path with a format
    #[arg(value_name = "A")]
    pub before: OsString,
    /// The image after
    #[arg(value_name = "B")]
    pub after: OsString,
    /// Choose the images for this platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub platform: Option<String>,
    /// List every file that differs, not only the largest
    #[arg(long)]
    pub all: bool,
    /// Do not search for secrets and junk, which reads the files of both images
    #[arg(long, conflicts_with = "forbid_new_secrets")]
    pub no_search: bool,
    /// Fail if B fails a rule in this file, with A as the baseline
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub rules: Option<PathBuf>,
    /// Maximum growth
    #[arg(long, value_name = "SIZE", help_heading = "Rules")]
    pub highest_growth_bytes: Option<String>,
    /// Maximum growth, as a fraction of A
    #[arg(long, value_name = "FRACTION", help_heading = "Rules")]
    pub highest_growth_percent: Option<String>,
    /// No secret may be new
    #[arg(long, help_heading = "Rules")]
    pub forbid_new_secrets: bool,
    /// Files that may contain secrets; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Rules")]
    pub allowed_secrets: Vec<String>,
    /// Do not fail if a part of an image cannot be read
    #[arg(long, help_heading = "Rules")]
    pub allow_incomplete: bool,
    /// Neither use nor write the layer cache in ~/.cache/layerscope
    #[arg(long)]
    pub no_cache: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PageFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

impl CompareArgs {
    /// A comparison as text, without rules.
    #[must_use]
    pub fn text(paint: PaintArgs) -> Self {
        Self {
            before: OsString::new(),
            after: OsString::new(),
            platform: None,
            all: false,
            no_search: false,
            rules: None,
            highest_growth_bytes: None,
            highest_growth_percent: None,
            forbid_new_secrets: false,
            allowed_secrets: Vec::new(),
            allow_incomplete: false,
            no_cache: false,
            format: PageFormat::Text,
            paint,
        }
    }
}

/// `layerscope shared`
#[derive(Clone, Debug, Args)]
pub struct SharedArgs {
    /// The images: paths, `PATH@N` for one of several in a file, or folders of archives; of a file, every image counts
    #[arg(value_name = "IMAGE", required_unless_present = "engine")]
    pub images: Vec<OsString>,
    /// All images that Docker and Podman have, as these describe them: nothing is exported
    #[arg(long, conflicts_with = "images")]
    pub engine: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PageFormat,
    /// Colours.
    #[command(flatten)]
    pub paint: PaintArgs,
}

/// `layerscope cost`
#[derive(Clone, Debug, Args)]
#[command(override_usage = "layerscope cost [OPTIONS] <IMAGE> --baseline <IMAGE> [--baseline <IMAGE>]...")]
pub struct CostArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Images that the registry or the node has already, as IMAGE; can be repeated
    #[arg(long, value_name = "IMAGE", required = true)]
    pub baseline: Vec<OsString>,
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

/// The output formats of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// For people.
    #[value(help = None)]
    Text,
    /// For programs.
    #[value(help = None)]
    Json,
    /// For a pull request.
    #[value(help = None)]
    Markdown,
}
