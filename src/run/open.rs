//! Opens the image that the IMAGE argument names.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use crate::analysis::{LocateError, locate};
use crate::cli::ImageArgs;
use crate::container;
use crate::engine::Target;
use crate::format::safe_str;
use crate::image::{Dockerfile, Finding, FindingKind, GivenBase, Image, Layer};
use crate::source::{
    Archive, ContainerTar, ImageChoice, Input, Location, OpenedImage, Progress, Selector, SourceError,
};

use super::cache::layer_cache;
use super::demo;
use super::engines::{self, Opening};
use super::output::warn;
use super::plain;
use super::progress::ProgressLine;

/// Opens the requested image.
pub(super) fn open_image(args: &ImageArgs) -> Result<OpenedImage> {
    let (opened, fault) = open_image_with(args, &ProgressLine::on_terminal())?;
    if let Some(fault) = fault {
        warn(&safe_str(&fault.to_string()));
    }
    Ok(opened)
}

/// Opens the image that only a word names, in a command whose `--image` is not about it.
pub(super) fn open_named(args: &ImageArgs) -> Result<OpenedImage> {
    open_image(args).map_err(|error| without_option(error, args.image.as_deref().unwrap_or_default()))
}

/// The error for a word that means several images, where no option selects one of them.
pub(super) fn without_option(error: anyhow::Error, word: &OsStr) -> anyhow::Error {
    let (what, choices) = match error.downcast_ref() {
        Some(SourceError::Several { choices, .. }) => ("has several images".to_owned(), choices),
        Some(SourceError::NoSuchPlatform { asked, choices, .. }) => (format!("has no image for {asked}"), choices),
        _ => return error,
    };
    let word = word.to_string_lossy();
    if word == "-" {
        return anyhow!("standard input {what}: save it to a file and choose one as `FILE@N`: {choices}");
    }
    let path = indexed(OsStr::new(&*word)).map_or(&*word, |(path, _)| path);
    let at = if Path::new(path).exists() { "@N" } else { ":@N" };
    anyhow!("`{path}` {what}: choose one as `{path}{at}`: {choices}")
}

/// The same, with progress reported elsewhere, and the fault of the Dockerfile returned.
pub(super) fn open_image_with(args: &ImageArgs, progress: &dyn Progress) -> Result<(OpenedImage, Option<LocateError>)> {
    let (archive, choice) = open_archive_of(args, progress)?;
    select_image(&archive, &choice, args, progress)
}

/// Opens the archive with the requested image.
pub(super) fn open_archive_of(args: &ImageArgs, progress: &dyn Progress) -> Result<(Archive, ImageChoice)> {
    let word = args.image.as_deref().unwrap_or_default();
    if word == "-" && args.container.as_deref() == Some("-".as_ref()) {
        bail!("standard input cannot be both the image and its container: save one of them to a file");
    }
    let choice = choice(args)?;
    let cache = layer_cache(args);
    let how = Opening { platform: choice.platform.as_ref(), cache: cache.as_deref(), progress };
    Ok((open_archive_for(word, how)?, choice))
}

/// Opens an image of an archive as the arguments request, and returns the fault of the Dockerfile.
pub(super) fn select_image(
    archive: &Archive,
    choice: &ImageChoice,
    args: &ImageArgs,
    progress: &dyn Progress,
) -> Result<(OpenedImage, Option<LocateError>)> {
    let word = args.image.as_deref().unwrap_or_default();
    let (opened, fault) = located(archive.select(choice)?.with_cache(layer_cache(args)), args, progress)?;
    let tar = container_of(args, word, progress)?;
    let opened = match (archive.container(), tar) {
        (Some(_), Some(_)) => {
            bail!("`{}` is a container already: leave out `--container`", word.display())
        }
        (Some(layer), None) => opened.with_container_layer(layer.clone(), container::settled),
        (None, Some(tar)) => opened.with_container(tar, container::layer),
        (None, None) => opened,
    };
    Ok((opened, fault))
}

/// Adds the lines of the Dockerfile to an image. A file that gives none is also a finding, for output that is kept.
fn located(
    opened: OpenedImage,
    args: &ImageArgs,
    progress: &dyn Progress,
) -> Result<(OpenedImage, Option<LocateError>)> {
    let given = args.dockerfile.as_deref().map(given_dockerfile).transpose()?;
    let cache = layer_cache(args);
    let how = Opening { platform: opened.image().platform.as_ref(), cache: cache.as_deref(), progress };
    let base = args.base.as_deref().map(|word| given_base(word, opened.image(), how)).transpose()?;
    let mut fault = None;
    let opened = opened.with_image(|image| {
        image.given_base = base;
        fault = locate(image, given).err();
        let finding = fault.as_ref().map(|fault| Finding::of_image(FindingKind::OddDocument, fault.to_string()));
        image.findings.extend(finding);
    });
    Ok((opened, fault))
}

/// The base image that the user named: all of its layers must be the lowest ones of the image, by diff ID or digest.
fn given_base(word: &OsStr, image: &Image, how: Opening<'_>) -> Result<GivenBase> {
    let archive = open_archive_for(word, how)?;
    let named = demo::named(word).map(demo::selector).or_else(|| indexed(word).map(|(_, selector)| selector));
    let choice = ImageChoice { selector: named, platform: None };
    let opened = archive.select(&choice).map_err(|error| without_option(error.into(), word))?;
    let base = opened.image();
    let word = word.to_string_lossy();
    let is_same = |own: &Layer, of_base: &Layer| match (&own.diff_id, &of_base.diff_id) {
        (Some(own), Some(of_base)) => own == of_base,
        _ => own.digest.is_some() && own.digest == of_base.digest,
    };
    let same = image.layers.iter().zip(&base.layers).take_while(|(own, of_base)| is_same(own, of_base)).count();
    if base.layers.is_empty() || same < base.layers.len() {
        bail!(
            "`{word}` is not the base of this image: of its {} layers, the lowest {same} are those of the image",
            base.layers.len()
        );
    }
    let name = base.names.first().cloned().unwrap_or_else(|| word.into_owned());
    Ok(GivenBase { name, layers: same, config: Box::new(base.config.clone()) })
}

/// The limit on the Dockerfile of the user.
const DOCKERFILE_BYTES_MOST: u64 = 1 << 20;

fn given_dockerfile(path: &Path) -> Result<Dockerfile> {
    let text = plain::text(path, DOCKERFILE_BYTES_MOST)
        .with_context(|| format!("cannot read the Dockerfile `{}`", path.display()))?;
    Ok(Dockerfile { name: path.to_string_lossy().into_owned(), text, is_given: true })
}

/// The container to put on the image.
fn container_of(args: &ImageArgs, image: &OsStr, progress: &dyn Progress) -> Result<Option<ContainerTar>> {
    let is_demo = demo::named(image) == Some(demo::CONTAINER);
    let input = match args.container.as_deref() {
        Some(_) if is_demo => {
            bail!("`demo:container` has a container already: leave out `--container`, or open `demo`")
        }
        None if is_demo => return demo::container().map(Some),
        None => return Ok(None),
        Some(path) if path == "-" => Input::Stdin,
        Some(path) => Input::Path(path.into()),
    };
    ContainerTar::open(&input, progress).context("the container cannot be opened").map(Some)
}

/// Which of several images was requested.
pub(super) fn choice(args: &ImageArgs) -> Result<ImageChoice> {
    let selector = args.choice.as_deref().map(str::parse).transpose()?;
    let word = args.image.as_deref();
    let named = word.and_then(demo::named).map(demo::selector);
    let named = named.or_else(|| word.and_then(indexed).map(|(_, selector)| selector));
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

/// The path and the image that a word like `app.tar@1` names, unless there is a file with this name.
fn indexed(word: &OsStr) -> Option<(&str, Selector)> {
    let text = word.to_str()?;
    let (path, number) = text.rsplit_once('@')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = is_number && !Path::new(text).exists() && Path::new(path).exists();
    is_one.then(|| number.parse().ok()).flatten().map(|index| (path, Selector::Index(index)))
}

/// A word without the image that it names in a file.
pub(super) fn without_index(word: &OsStr) -> &OsStr {
    indexed(word).map_or(word, |(path, _)| OsStr::new(path))
}

/// Whether a word names one of the images of a file, where its format does not.
pub(super) fn selects(word: &OsStr) -> bool {
    indexed(word).is_some() || demo::named(word).is_some()
}

/// Opens the archive that a word names.
pub(super) fn open_archive(word: &OsStr, progress: &dyn Progress) -> Result<Archive> {
    open_archive_for(word, Opening { platform: None, cache: None, progress })
}

/// The same; an engine is asked for the image of a platform, and its export may be remembered.
pub(super) fn open_archive_for(word: &OsStr, how: Opening<'_>) -> Result<Archive> {
    let progress = how.progress;
    let word = without_index(word);
    if let Some(name) = demo::named(word) {
        return demo::open(name, progress);
    }
    // Only a path can be invalid Unicode.
    let target = match word.to_str() {
        Some(text) => Target::parse(text, |path| plain::is_there(path.as_ref()))?,
        None => Target::Archive(Location::of_path(word)),
    };
    match target {
        Target::Archive(location) => Ok(Archive::open(&location, progress)?),
        Target::Engine { engine, reference } => engines::open(engine, &reference, how),
        Target::Container { engine, name } => engines::open_container(engine, &name, how),
        Target::Storage { root, reference } => engines::open_storage(root, &reference, progress),
    }
}
