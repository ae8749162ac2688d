//! An image with its layers merged and all accounts computed.

use std::sync::Arc;

use anyhow::bail;

use crate::analysis::{self, Analysis, Identities};
use crate::cli::ImageArgs;
use crate::container;
use crate::dive::Dive;
use crate::format::safe_str;
use crate::image::{Completeness, Contents, Entries, Finding, Image};
use crate::report::Subject;
use crate::secrets::{Redactor, Secrets};
use crate::source::OpenedImage;
use crate::union::Union;

use super::open::open_image;
use super::output::warn;
use super::progress::ProgressLine;

pub(super) struct Pipeline {
    opened: OpenedImage,
    /// The image without the secrets in its documents, unless they should be shown.
    redacted: Option<Image>,
    redactor: Redactor,
    union: Union,
    analysis: Analysis,
    completeness: Completeness,
}

/// The limit on gaps that are listed.
const MOST_GAPS: usize = 20;

/// How detailed the accounts must be. The sum of wasted bytes is known at once; dividing it into accounts takes reading
/// contents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Sizes,
    Accounts,
}

impl Pipeline {
    /// Opens and prepares the requested image.
    pub(super) fn open(args: &ImageArgs, depth: Depth) -> anyhow::Result<Self> {
        Self::of_opened(open_image(args)?, depth)
    }

    /// Prepares an image.
    pub(super) fn of_opened(opened: OpenedImage, depth: Depth) -> anyhow::Result<Self> {
        let line = ProgressLine::on_terminal();
        let (opened, scans) = scan(opened, &line)?;
        Ok(Self::new(opened, Union::build(scans), depth, &line))
    }

    /// Prepares an image, with the figures of `dive`.
    pub(super) fn with_dive(opened: OpenedImage, depth: Depth) -> anyhow::Result<(Self, Dive)> {
        let line = ProgressLine::on_terminal();
        let (opened, scans) = scan(opened, &line)?;
        // Before the layers are merged, so that both need not be held at once.
        let dive = Dive::new(&scans);
        let union = Union::build(scans);
        Ok((Self::new(opened, union, depth, &line), dive))
    }

    fn new(opened: OpenedImage, union: Union, depth: Depth, line: &ProgressLine) -> Self {
        let identities = (depth == Depth::Accounts).then(|| {
            let pairs = analysis::pairs(&union);
            Identities::compare(&union, &opened, &pairs, line)
        });
        let analysis = Analysis::new(&union, identities.as_ref());
        let redactor = Redactor::for_image(opened.image());
        let redacted = redactor.image(opened.image());
        let mut completeness = completeness(&redacted, &union);
        completeness.add(&analysis.findings);
        Self { opened, redacted: Some(redacted), redactor, union, analysis, completeness }
    }

    /// The image as it was opened.
    pub(super) fn into_opened(self) -> OpenedImage {
        self.opened
    }

    /// Reads the contents of its files.
    pub(super) fn contents(&self) -> &dyn Contents {
        &self.opened
    }

    /// The image with its secrets, for searching.
    pub(super) fn image(&self) -> &Image {
        self.opened.image()
    }

    /// From now on, shows the secrets in its documents, if requested.
    pub(super) fn showing_secrets(mut self, show: bool) -> Self {
        if show {
            self.redacted = None;
            self.redactor = Redactor::showing();
        }
        self
    }

    /// From now on, also redacts the secrets found in files. Returns these secrets, with redacted locations.
    pub(super) fn redact_secrets(&mut self, secrets: Secrets) -> Secrets {
        if self.redacted.is_some() {
            self.redactor = Redactor::with(self.opened.image(), &secrets);
            self.redacted = Some(self.redactor.image(self.opened.image()));
        }
        self.redactor.secrets(secrets)
    }

    /// Redacts secrets in the output.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The image for output: without the secrets in its documents.
    pub(super) fn subject(&self) -> Subject<'_> {
        let image = self.redacted.as_ref().unwrap_or_else(|| self.opened.image());
        Subject {
            image,
            union: &self.union,
            analysis: &self.analysis,
            completeness: &self.completeness,
            redactor: &self.redactor,
        }
    }

    /// Adds what could not be read while contents were searched.
    pub(super) fn add_gaps<'a>(&mut self, findings: impl IntoIterator<Item = &'a Finding>) {
        self.completeness.add(findings);
    }
}

/// Reads the layers: enough for the figures of `dive`.
pub(super) fn scan_layers(opened: OpenedImage) -> anyhow::Result<(OpenedImage, Vec<Arc<Entries>>)> {
    scan(opened, &ProgressLine::on_terminal())
}

/// Reads the layers, after which the size of each is known. A container of another image is an error.
fn scan(opened: OpenedImage, line: &ProgressLine) -> anyhow::Result<(OpenedImage, Vec<Arc<Entries>>)> {
    let scans = opened.scan(line);
    match container::refusal(&scans) {
        Some(why) => bail!("{}", safe_str(why)),
        None => Ok((opened.with_sizes(), scans)),
    }
}

/// Reads and merges the layers: enough for a list of files.
pub(super) fn merge_layers(opened: &OpenedImage) -> anyhow::Result<Union> {
    let line = ProgressLine::on_terminal();
    Ok(Union::build(scan(opened.clone(), &line)?.1))
}

/// The missing parts of an image and its layers.
pub(super) fn completeness(image: &Image, union: &Union) -> Completeness {
    let mut found = Completeness::new(image, union.layer_numbers().map(|number| union.entries(number)));
    found.add(union.own_findings());
    found
}

/// Warns on standard error about an incomplete image, for formats that cannot say so themselves.
pub(super) fn warn_incomplete(completeness: &Completeness) {
    for gap in completeness.gaps().iter().take(MOST_GAPS) {
        let what = safe_str(&gap.what);
        match gap.layer {
            Some(layer) => warn(&format!("incomplete: layer {layer} could not be read completely ({what})")),
            None => warn(&format!("incomplete: {what}")),
        }
    }
    let more = completeness.gaps().len().saturating_sub(MOST_GAPS);
    if more > 0 {
        warn(&format!("incomplete: {more} more parts could not be read"));
    }
}
