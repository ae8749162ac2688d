//! Opens the image that the IMAGE argument names.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::cli::ImageArgs;
use crate::source::{Archive, ImageChoice, Location, OpenedImage, Progress};

use super::cache::layer_cache;
use super::demo;
use super::progress::ProgressLine;

/// The name of the demo image, unless there is a file with this name.
const DEMO: &str = "demo";

/// Opens the requested image.
pub(super) fn open_image(args: &ImageArgs) -> Result<OpenedImage> {
    let archive = open_archive(args.image.as_deref().unwrap_or_default(), &ProgressLine::on_terminal())?;
    Ok(archive.select(&choice(args)?)?.with_cache(layer_cache(args)))
}

/// Which of several images was requested.
pub(super) fn choice(args: &ImageArgs) -> Result<ImageChoice> {
    Ok(ImageChoice {
        selector: args.choice.as_deref().map(str::parse).transpose()?,
        platform: match args.platform.as_deref() {
            Some(text) => {
                Some(text.parse().map_err(|why: String| anyhow!("`--platform {text}` is not a platform: {why}"))?)
            }
            None => None,
        },
    })
}

/// Opens the archive that a word names.
pub(super) fn open_archive(word: &OsStr, progress: &dyn Progress) -> Result<Archive> {
    if word == DEMO && !Path::new(DEMO).exists() {
        return open_demo(progress);
    }
    // Only a path can be invalid Unicode.
    let location = match word.to_str() {
        Some(text) => text.parse()?,
        None => Location::of_path(word),
    };
    Ok(Archive::open(&location, progress)?)
}

/// Opens the demo image.
pub(super) fn open_demo(progress: &dyn Progress) -> Result<Archive> {
    // It is compressed, so opening copies it, and the temporary file can be deleted afterwards.
    let file = demo::file()?;
    Archive::open(&Location::of_path(file.path()), progress).context("cannot open the demo")
}
