//! Opens the image that the IMAGE argument names.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::analysis::{LocateError, locate};
use crate::cli::ImageArgs;
use crate::format::safe_str;
use crate::image::{Dockerfile, Finding, FindingKind};
use crate::source::{Archive, ImageChoice, Location, OpenedImage, Progress};

use super::cache::layer_cache;
use super::demo;
use super::plain;
use super::progress::ProgressLine;

/// Opens the requested image.
pub(super) fn open_image(args: &ImageArgs) -> Result<OpenedImage> {
    let archive = open_archive(args.image.as_deref().unwrap_or_default(), &ProgressLine::on_terminal())?;
    let (opened, fault) = located(archive.select(&choice(args)?)?.with_cache(layer_cache(args)), args)?;
    if let Some(fault) = fault {
        eprintln!("layerscope: {}", safe_str(&fault.to_string()));
    }
    Ok(opened)
}

/// Adds the lines of the Dockerfile to an image. A file that gives none is also a finding, for output that is kept.
pub(super) fn located(opened: OpenedImage, args: &ImageArgs) -> Result<(OpenedImage, Option<LocateError>)> {
    let given = args.dockerfile.as_deref().map(given_dockerfile).transpose()?;
    let mut fault = None;
    let opened = opened.with_image(|image| {
        fault = locate(image, given).err();
        let finding = fault.as_ref().map(|fault| Finding::of_image(FindingKind::OddDocument, fault.to_string()));
        image.findings.extend(finding);
    });
    Ok((opened, fault))
}

/// The limit on the Dockerfile of the user.
const DOCKERFILE_BYTES_MOST: u64 = 1 << 20;

fn given_dockerfile(path: &Path) -> Result<Dockerfile> {
    let text = plain::text(path, DOCKERFILE_BYTES_MOST)
        .with_context(|| format!("cannot read the Dockerfile `{}`", path.display()))?;
    Ok(Dockerfile { name: path.to_string_lossy().into_owned(), text, is_given: true })
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
