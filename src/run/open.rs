//! Opens the image that the IMAGE argument names.

use std::ffi::OsStr;

use anyhow::{Result, anyhow};

use crate::cli::ImageArgs;
use crate::source::{Archive, ImageChoice, Location, OpenedImage, Progress};

use super::cache::layer_cache;
use super::demo;
use super::progress::ProgressLine;

/// Opens the requested image.
pub(super) fn open_image(args: &ImageArgs) -> Result<OpenedImage> {
    let archive = open_archive(args.image.as_deref().unwrap_or_default(), &ProgressLine::on_terminal())?;
    Ok(archive.select(&choice(args)?)?.with_cache(layer_cache(args)))
}

/// Which of several images was requested.
pub(super) fn choice(args: &ImageArgs) -> Result<ImageChoice> {
    let selector = args.choice.as_deref().map(str::parse).transpose()?;
    let named = args.image.as_deref().and_then(demo::named).map(demo::selector);
    Ok(ImageChoice {
        selector: selector.or(named),
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
    if let Some(name) = demo::named(word) {
        return demo::open(name, progress);
    }
    // Only a path can be invalid Unicode.
    let location = match word.to_str() {
        Some(text) => text.parse()?,
        None => Location::of_path(word),
    };
    Ok(Archive::open(&location, progress)?)
}
