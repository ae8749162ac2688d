//! The arguments of `layerscope report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::ImageArgs;

/// `layerscope report`
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Which image.
    #[command(flatten)]
    pub image: ImageArgs,
    /// The file to write, replaced if it exists; `-` is standard output; can be repeated
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// The format; by default the suffix of FILE decides: .html, .md, .json or .csv
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ReportFormat>,
    /// With the ncdu format: write what this layer stores, instead of what a container sees
    #[arg(long, value_name = "N", conflicts_with = "waste")]
    pub layer: Option<usize>,
    /// With the ncdu format: write what is wasted, instead of what a container sees
    #[arg(long)]
    pub waste: bool,
    /// Add what differs from this image, to HTML and Markdown
    #[arg(long, value_name = "IMAGE")]
    pub baseline: Option<std::ffi::OsString>,
    /// Read your own junk rules from this file instead of .layerscope.toml in the working directory
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One page that loads nothing else, for a browser.
    #[value(help = None)]
    Html,
    /// For a pull request.
    #[value(help = None)]
    Markdown,
    /// Everything in one document, for programs.
    #[value(help = None)]
    Json,
    /// One row per wasted file, for spreadsheets.
    #[value(help = None)]
    Csv,
    /// A tree for `ncdu -f`.
    #[value(help = None)]
    Ncdu,
    /// What `dive --json` writes.
    #[value(help = None)]
    DiveJson,
}
