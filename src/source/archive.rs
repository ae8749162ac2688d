//! An opened archive: the images it lists, and how to open one of them.

use std::io::Read;
use std::sync::Arc;

use crate::image::{Finding, FindingKind, ImageSource, ListedImage, Platform, Progress};

use super::blob::Blob;
use super::build::{BuildPurpose, build};
use super::cache::LayerCache;
use super::catalogue::{self, Availability, Entry};
use super::collector::ContainerLayer;
use super::digests::TarHasher;
use super::documents::Documents;
use super::error::SourceError;
use super::location::{Location, Selector, Transport};
use super::open::{self, OpenedArchive};
use super::opened::OpenedImage;
use super::remembered::{ExportAgain, ExportKey, ExportRecord, RememberedExport};
use super::select::{candidates, select};
use super::spool;
use super::store::Store;

/// Which image of an archive is wanted; by default the only one, else the one for this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageChoice {
    /// By name, digest or index. If the location has a selector too, both must match.
    pub selector: Option<Selector>,
    /// By platform; omitted parts match everything.
    pub platform: Option<Platform>,
}

/// An archive whose lists were read. It keeps the file open, or the temporary copy.
#[derive(Debug)]
pub struct Archive {
    pub(super) store: Store,
    file: String,
    kind: &'static str,
    pub(super) entries: Vec<Entry>,
    listed: Vec<ListedImage>,
    selector: Option<Selector>,
    pub(super) findings: Vec<Finding>,
    source: Option<ImageSource>,
    container: Option<ContainerLayer>,
}

impl Archive {
    /// Opens the input and reads its lists. A seekable tar is read in place, everything else is copied to a temporary
    /// file once.
    ///
    /// # Errors
    /// If it cannot be read or is not an image; the sentence says what it looks like and what would work.
    pub fn open(location: &Location, progress: &dyn Progress) -> Result<Self, SourceError> {
        let opened = open::open(&location.input, progress)?;
        Self::read(opened, location.transport, location.selector.clone())
    }

    /// Opens an archive that a stream contains, such as the export of an engine; `what` is what errors call it. An export
    /// that ends early is an error: an engine can be asked again. Its members are `hashed` on the way if it is to be
    /// remembered.
    ///
    /// # Errors
    /// If it cannot be read or is not a complete archive of images.
    pub fn of_export(
        export: &mut dyn Read,
        what: &str,
        source: ImageSource,
        hashed: bool,
        progress: &dyn Progress,
    ) -> Result<Self, SourceError> {
        let opened = if hashed {
            let mut export = TarHasher::new(export);
            let opened = open::stream(&mut export, what, progress)?;
            if let Some(tar) = opened.store.tar() {
                tar.set_digests(export.finish());
            }
            opened
        } else {
            open::stream(export, what, progress)?
        };
        let at = opened.store.cut_at();
        let mut archive = Self::read(opened, Transport::Detect, None)?;
        if let Some(at) = at {
            return Err(SourceError::Truncated { file: what.to_owned(), at, before: "its end" });
        }
        archive.source = Some(source);
        Ok(archive)
    }

    /// Opens an image whose export is remembered from an earlier one, and all of whose layers are cached. `diff_ids` are
    /// those that the engine states, and `again` exports the image when the content of a file is read.
    #[must_use]
    pub fn of_remembered(
        cache: &LayerCache,
        key: &ExportKey,
        source: &ImageSource,
        (platform, diff_ids): (Option<&Platform>, &[String]),
        again: ExportAgain,
        progress: &dyn Progress,
    ) -> Option<Self> {
        let export = RememberedExport::new(cache.export(key)?, again, progress.for_later());
        let opened = open::remembered(export, "the export", progress).ok()?;
        let mut archive = Self::read(opened, Transport::Detect, None).ok()?;
        archive.source = Some(source.clone());
        let choice = ImageChoice { selector: None, platform: platform.cloned() };
        archive.select(&choice).ok()?.is_cached(cache, diff_ids).then_some(archive)
    }

    /// Remembers a hashed export, if it is of the image that the key names, and its layers are those that the image names.
    pub fn remember(&self, cache: &LayerCache, key: &ExportKey, platform: Option<&Platform>) {
        let record = || {
            let tar = self.store.tar()?;
            let digests = tar.digests().filter(|digests| digests.has(&key.id))?;
            let choice = ImageChoice { selector: None, platform: platform.cloned() };
            self.select(&choice).ok().filter(OpenedImage::is_verified)?;
            let whole = Blob::of_file(Arc::clone(tar), 0, tar.len().ok()?);
            ExportRecord::of_export(&whole, digests).ok()?
        };
        if let Some(record) = record() {
            cache.keep_export(key, &record);
        }
    }

    /// An image that is read where an engine stores it.
    pub(super) fn in_place(opened: OpenedArchive, source: ImageSource) -> Result<Self, SourceError> {
        let mut archive = Self::read(opened, Transport::Detect, None)?;
        archive.kind = "store of an engine";
        archive.source = Some(source);
        Ok(archive)
    }

    /// Adds the names of its only image, which an archive may not contain: an image that is exported by its ID has none
    /// in it.
    #[must_use]
    pub fn with_names(mut self, names: &[String]) -> Self {
        if let ([entry], [listed]) = (self.entries.as_mut_slice(), self.listed.as_mut_slice()) {
            // In an OCI archive of Podman, the image has the ID as its name, by which it was asked for.
            if let Some(id) = self.source.as_ref().and_then(|source| source.digest.as_deref()) {
                entry.remove_name(id);
            }
            entry.add_names(names);
            listed.names = entry.names.to_vec();
        }
        self
    }

    /// Adds the layer of a container of its image.
    #[must_use]
    pub fn with_container(mut self, layer: ContainerLayer) -> Self {
        self.container = Some(layer);
        self
    }

    /// The layer of the container that was opened, to be put on its image.
    #[must_use]
    pub fn container(&self) -> Option<&ContainerLayer> {
        self.container.as_ref()
    }

    fn read(mut opened: OpenedArchive, transport: Transport, selector: Option<Selector>) -> Result<Self, SourceError> {
        let catalogue = match catalogue::read(&opened, transport) {
            Ok(catalogue) => catalogue,
            Err(error) => {
                // If the stream around the archive ended early, that is the reason.
                return Err(match opened.broken.take() {
                    Some((compression, at, source)) => spool::stopped(&opened.file, compression, at, source),
                    None => error,
                });
            }
        };
        let mut findings = opened.findings;
        findings.extend(catalogue.findings);
        let listed = catalogue.entries.iter().enumerate().map(|(index, entry)| ListedImage {
            index,
            names: entry.names.to_vec(),
            platform: entry.platform_text(),
            digest: entry.digest().cloned(),
            created: entry.created.clone(),
            layers: entry.layers,
            stored_bytes: entry.stored_bytes,
            available: entry.presence == Availability::Present,
            faulty: entry.faulty,
            note: entry.note.clone(),
        });
        Ok(Self {
            listed: listed.collect(),
            store: opened.store,
            file: opened.file,
            kind: catalogue.kind,
            entries: catalogue.entries,
            selector,
            findings,
            source: None,
            container: None,
        })
    }

    /// The images that it contains or names, in its own order; without attestations and other documents.
    #[must_use]
    pub fn images(&self) -> &[ListedImage] {
        &self.listed
    }

    /// Its format, in a few words: `docker archive`, `OCI layout`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The index of an image among [`Archive::images`].
    ///
    /// # Errors
    /// If the choice matches none or several.
    pub fn chosen(&self, choice: &ImageChoice) -> Result<usize, SourceError> {
        let selectors: Vec<&Selector> = self.selector.iter().chain(&choice.selector).collect();
        let chosen = select(&self.entries, &selectors, choice.platform.as_ref(), &self.file);
        chosen.map_err(|error| match (error, self.store.cut_at()) {
            (SourceError::Unavailable { file, .. }, Some(at)) => {
                SourceError::Truncated { file, at, before: "the image that it lists" }
            }
            (error, _) => error,
        })
    }

    /// The images that a choice matches.
    #[must_use]
    pub fn candidates(&self, choice: &ImageChoice) -> Vec<&ListedImage> {
        let selectors: Vec<&Selector> = self.selector.iter().chain(&choice.selector).collect();
        let fit = candidates(&self.entries, &selectors, choice.platform.as_ref(), &self.file).unwrap_or_default();
        fit.into_iter().map(|at| &self.listed[at]).collect()
    }

    /// Whether a person should be asked which image is meant: there is no single one, or one of several names would be
    /// taken for its platform.
    #[must_use]
    pub fn should_ask(&self, choice: &ImageChoice) -> bool {
        match self.chosen(choice) {
            Ok(_) => {
                let images = self.candidates(choice);
                let mut names = images.iter().filter(|image| image.available).map(|image| &image.names);
                let first = names.next();
                names.any(|other| Some(other) != first)
            }
            Err(error) => matches!(error, SourceError::Several { .. }),
        }
    }

    /// Whether the location itself selects one of several images.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.selector.is_some()
    }

    /// What a cut may have removed from the list. A choice by name is not affected, but the default choice could be an
    /// image that another was meant to win against.
    fn lost(&self) -> Option<Finding> {
        let lost = self.entries.iter().filter(|entry| entry.presence != Availability::Present).count();
        let at = self.store.cut_at().filter(|_| lost > 0)?;
        let message = format!(
            "the archive is truncated at byte {at} and lacks {lost} of the {} images that it lists",
            self.entries.len()
        );
        Some(Finding::of_image(FindingKind::BlobMissing, message).gap())
    }

    /// Builds one image from its manifest, configuration and history; of the layers, only the first bytes are read.
    ///
    /// # Errors
    /// If the choice matches none or several, or the image is listed but missing.
    pub fn select(&self, choice: &ImageChoice) -> Result<OpenedImage, SourceError> {
        let at = self.chosen(choice)?;
        let mut documents = Documents::new(&self.store);
        let built = build(&mut documents, &self.entries[at], BuildPurpose::Showing);
        let (mut image, blobs) = built.map_err(|why| SourceError::Unreadable {
            file: self.file.clone(),
            image: format!("@{at}"),
            why: format!("its manifest {why}"),
        })?;
        image.findings.splice(0..0, self.findings.iter().cloned());
        image.source.clone_from(&self.source);
        image.findings.extend(documents.findings);
        let is_narrowed = self.is_narrowed() || choice.selector.is_some() || choice.platform.is_some();
        image.findings.extend(self.lost().filter(|_| !is_narrowed));
        Ok(OpenedImage::new(Arc::new(image), blobs))
    }
}
