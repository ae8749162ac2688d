//! What is known about the image so far: it grows with every message, and everything on the screen is drawn from it.

pub(in crate::tui) mod concerns;
pub(in crate::tui) mod export;
pub(in crate::tui) mod marks;
pub(in crate::tui) mod tree;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::{
    Account, Accounts, Analysis, Base, Cause, Marked, WasteGroup, base_steps, layer_name_with_lines,
};
use crate::compare::ComparedImages;
use crate::extract::{Extracted, Subtree};
use crate::image::{BlobState, Completeness, Contents, EntryPath, Finding, Image, Layer, LayerNumber, Progress, Step};
use crate::lint::Junk;
use crate::overview::{Overview, Saving};
use crate::secrets::Secrets;
use crate::tui::work::{Job, JobResult};
use crate::union::{NodeId, Scope, Union};

use concerns::{Concerns, SearchInputs, SearchUpdate};
use export::Export;
use marks::Marks;

/// Extracts a path of the image with everything below it into a folder, replacing nothing. The error is a sentence for
/// people.
pub type Extractor = fn(
    union: &Union,
    contents: &dyn Contents,
    what: Subtree,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Extracted, String>;

/// What a report is made of.
pub struct ReportInputs {
    /// With the secrets in its documents; a report has none of them.
    pub image: Arc<Image>,
    /// Its layers.
    pub union: Arc<Union>,
    /// The accounts after contents were compared.
    pub analysis: Arc<Analysis>,
    /// The contents of files.
    pub contents: Arc<dyn Contents>,
    /// The secrets, if they are found already.
    pub secrets: Option<Secrets>,
    /// The junk, if it is found already.
    pub junk: Option<Junk>,
    /// What it is compared with, if the report is about that.
    pub compared: Option<Arc<ComparedImages>>,
    /// The file; its suffix decides the format.
    pub file: PathBuf,
}

/// What is at the place of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportTarget {
    /// Nothing.
    New,
    /// A file, which would be replaced.
    Exists,
}

/// How a report is written. All errors are sentences for people.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    /// Looks whether a report can be written to a file.
    pub look: fn(&Path) -> Result<ReportTarget, String>,
    /// Writes it, and returns the absolute path.
    pub write: fn(ReportInputs) -> Result<String, String>,
}

/// How much of a layer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loaded {
    pub done: u64,
    pub total: Option<u64>,
    pub finished: bool,
}

impl Loaded {
    /// The part that is read; `None` if the total is unknown.
    pub fn fraction(self) -> Option<f64> {
        if self.finished {
            return Some(1.0);
        }
        let total = self.total.filter(|&total| total > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "a bar has a few dozen columns")]
        Some((self.done as f64 / total as f64).clamp(0.0, 1.0))
    }
}

/// The result of a job about the image as a whole: what it changes.
pub(super) struct ModelUpdate(Box<dyn FnOnce(&mut Model) -> Received + Send>);

impl ModelUpdate {
    fn new(update: impl FnOnce(&mut Model) -> Received + Send + 'static) -> Self {
        Self(Box::new(update))
    }

    /// An update that changes nothing if there is another analysis by then.
    fn derived(analysis: Arc<Analysis>, update: impl FnOnce(&mut Model) -> Received + Send + 'static) -> Self {
        Self::new(move |model| match &model.analysis {
            Some(known) if Arc::ptr_eq(known, &analysis) => update(model),
            _ => Received::Nothing,
        })
    }
}

/// What a result changed.
pub(super) enum Received {
    Nothing,
    /// How far the search for junk and secrets is.
    SearchProgress,
    /// Something on the screen, and what is to be done next.
    News(Option<Job>),
}

/// Which files the screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ShownFiles {
    /// `None` where the step made no layer or the layers are not read.
    pub scope: Option<Scope>,
    /// Whether they are those of all layers up to one.
    pub merged: bool,
}

/// The image, as far as it is known.
#[derive(Default)]
pub(super) struct Model {
    /// The title: what was opened, in the words of its users.
    pub title: String,
    /// The arguments it was opened with, as typed.
    pub opened: Vec<String>,
    /// As it is shown: without the secrets of its documents, unless they are to be seen.
    pub image: Option<Arc<Image>>,
    /// As it is, to be searched.
    pub whole: Option<Arc<Image>>,
    /// The comparison with another image, if there is one.
    pub pair: Option<Arc<ComparedImages>>,
    /// How many images the archive has; 0 if it has no others to choose.
    pub images: usize,
    /// The export by the engine that describes the image; `None` once the image itself is open.
    pub export: Option<Export>,
    /// The export that is made because the content of a file is read that is not here.
    pub export_again: Option<Export>,
    /// Access to the contents of files; present as soon as the image itself is.
    pub contents: Option<Arc<dyn Contents>>,
    pub union: Option<Arc<Union>>,
    /// What could not be read, as far as that is known.
    pub completeness: Completeness,
    pub analysis: Option<Arc<Analysis>>,
    /// Waste in groups; computed shortly after the analysis.
    pub groups: Option<Arc<Vec<WasteGroup>>>,
    /// Indices of the groups in the order of their paths.
    pub groups_by_path: Option<Vec<usize>>,
    /// Which files the view of the layers shows, which other views follow.
    pub files: ShownFiles,
    /// Marked paths and layers, and their total.
    pub marks: Marks,
    /// How files are extracted.
    pub extractor: Option<Extractor>,
    /// How reports are written.
    pub reporter: Option<Reporter>,
    /// Why bytes are wasted and how to fix it; known some time after contents are compared.
    pub causes: Option<Vec<Cause>>,
    /// The answer so far; present as soon as the analysis is.
    pub overview: Option<Overview>,
    /// Junk and secrets, once a view has asked for them.
    pub concerns: Concerns,
    pub spooling: Option<Loaded>,
    pub layers: Vec<Loaded>,
    /// The part that is read of the image that will replace this one, if there is one.
    pub reopening: Option<f64>,
    /// Counts every update except progress; cached texts are rebuilt when it changes.
    pub edition: u32,
}

impl Model {
    pub fn steps(&self) -> &[Step] {
        self.image.as_ref().map_or(&[], |image| &image.steps)
    }

    /// `layer 5, Dockerfile:14: RUN …`, without secrets.
    pub fn layer_and_instruction(&self, layer: LayerNumber) -> String {
        self.image.as_ref().map_or_else(|| format!("layer {layer}"), |image| layer_name_with_lines(image, layer))
    }

    /// The layer that brought the content of a file which this layer only stores again, as a `chown` does.
    pub fn brought_by(&self, path: &EntryPath, layer: LayerNumber) -> Option<LayerNumber> {
        let (union, analysis) = (self.union.as_ref()?, self.analysis.as_ref()?);
        let versions = union.versions(union.node_at(path)?).map(|id| union.version(id));
        let version = versions.filter(|version| version.layer() == layer).last()?;
        Some(analysis.first_stored_by(union, version)).filter(|&first| first != layer)
    }

    pub fn layer(&self, layer: LayerNumber) -> Option<&Layer> {
        self.image.as_ref()?.layers.get(layer.index())
    }

    pub fn layer_count(&self) -> usize {
        self.image.as_ref().map_or(0, |image| image.layers.len())
    }

    /// The accounts of a layer, once known.
    pub fn accounts(&self, layer: LayerNumber) -> Option<Accounts> {
        self.analysis.as_ref()?.layers.get(layer.index()).map(|layer| layer.accounts)
    }

    /// The bytes that a layer wasted, wherever they are stored; 0 until they are known.
    pub fn caused(&self, layer: LayerNumber) -> u64 {
        let analysis = self.analysis.as_ref().and_then(|analysis| analysis.layers.get(layer.index()));
        analysis.map_or(0, |layer| layer.wasted_by)
    }

    /// The base image. Where an engine does not say which step made which layer, nothing is known of it.
    pub fn base(&self) -> Option<Base<'_>> {
        let image = self.image.as_ref().filter(|_| !self.export.as_ref().is_some_and(Export::has_unplaced))?;
        Some(Base::detect(image))
    }

    /// How many steps, from the first one, belong to the base image, those that only set metadata included. 0 if no base
    /// is known.
    pub fn base_steps(&self) -> usize {
        self.image.as_ref().zip(self.base()).map_or(0, |(image, base)| base_steps(image, &base))
    }

    /// The fix for waste of one account that one layer stored and another layer wasted.
    pub fn fix(&self, account: Account, stored_by: LayerNumber, wasted_by: LayerNumber) -> Option<Cow<'_, str>> {
        let causes = self.causes_with(account, stored_by, wasted_by);
        (!causes.is_empty()).then(|| Cause::joint_fix(&causes))
    }

    /// A cause and, if it is an old copy of a path, the other old copies: they are one saving.
    pub fn causes_with(&self, account: Account, stored_by: LayerNumber, wasted_by: LayerNumber) -> Vec<&Cause> {
        let causes = self.causes.as_deref().unwrap_or_default();
        let is_it =
            |cause: &&Cause| (cause.account, cause.stored_by, cause.wasted_by) == (account, stored_by, wasted_by);
        let Some((image, one)) = self.image.as_ref().zip(causes.iter().find(is_it)) else { return Vec::new() };
        let base = Base::detect(image);
        match one.copied_path(&base) {
            None => vec![one],
            copied => causes.iter().filter(|cause| cause.copied_path(&base) == copied).collect(),
        }
    }

    /// What the first screen says can be saved.
    pub fn saving(&self, at: usize) -> Option<&Saving> {
        self.overview.as_ref()?.savings.as_ref()?.get(at)
    }

    /// What is marked with a cause.
    pub fn marks_of_cause(&self, account: Account, stored_by: LayerNumber, wasted_by: LayerNumber) -> Vec<Marked> {
        let causes = self.causes_with(account, stored_by, wasted_by);
        let mark = |cause: &&Cause| Marked::Cause { account, stored_by: cause.stored_by, by: cause.wasted_by };
        causes.iter().map(mark).collect()
    }

    /// The marks of the file of a secret.
    pub fn mark_of_secret(&self, at: usize) -> Option<Marked> {
        let version = self.concerns.secrets.as_ref()?.version(at)?;
        self.union.as_ref()?.version(version).node().map(Marked::Path)
    }

    /// The marks of the files of junk.
    pub fn marks_of_junk(&self, at: usize) -> Vec<Marked> {
        let hit = self.concerns.junk.as_ref().and_then(|found| found.junk.hits.get(at));
        let Some((hit, union)) = hit.zip(self.union.as_ref()) else { return Vec::new() };
        let nodes: BTreeSet<NodeId> = hit.versions.iter().filter_map(|&id| union.version(id).node()).collect();
        nodes.into_iter().map(Marked::Path).collect()
    }

    /// Takes a new analysis; what was derived from the last one is derived anew.
    pub fn set_analysis(&mut self, analysis: Arc<Analysis>) -> Vec<Job> {
        let mut jobs = Vec::new();
        if let Some(union) = self.union.clone() {
            let analysis = Arc::clone(&analysis);
            jobs.push(Job::latest(move |_| {
                let groups = Arc::new(analysis.waste_groups_and_empty(&union));
                Some(ModelUpdate::derived(analysis, |model| model.set_groups(groups)))
            }));
        }
        if let Some((image, union)) = self.image.clone().zip(self.union.clone()).filter(|_| analysis.compared) {
            let analysis = Arc::clone(&analysis);
            jobs.push(Job::background(move |tell| {
                let causes = analysis.causes(&image, &union);
                tell(JobResult::new(ModelUpdate::derived(analysis, |model| model.set_causes(causes))));
            }));
        }
        // Groups refer to rows of the analysis they were made from.
        (self.groups, self.groups_by_path) = (None, None);
        self.causes = None;
        self.analysis = Some(analysis);
        self.look_over();
        jobs.extend(self.weigh_marks());
        jobs
    }

    /// Requests what removing the marked paths would save.
    pub fn weigh_marks(&self) -> Option<Job> {
        self.marks.job(self.union.as_ref()?, self.analysis.as_ref())
    }

    /// Works out the overview again.
    fn look_over(&mut self) {
        let Some(((image, union), analysis)) = self.image.as_ref().zip(self.union.as_ref()).zip(self.analysis.as_ref())
        else {
            return;
        };
        let junk = self.concerns.junk.as_ref().map(|found| &found.junk);
        let secrets = self.concerns.secrets.as_ref().map(|found| &found.secrets);
        self.overview = Some(Overview::new(image, union, analysis, self.causes.as_deref(), junk, secrets));
    }

    /// Takes a result about the image as a whole.
    pub fn receive(&mut self, result: JobResult) -> Received {
        result.take::<ModelUpdate>().map_or(Received::Nothing, |ModelUpdate(update)| update(self))
    }

    fn set_groups(&mut self, groups: Arc<Vec<WasteGroup>>) -> Received {
        self.groups = Some(Arc::clone(&groups));
        self.edition += 1;
        let by_path = Job::latest(move |_| {
            let mut order: Vec<usize> = (0..groups.len()).collect();
            order.sort_by(|&one, &other| groups[one].path.cmp(&groups[other].path).then(one.cmp(&other)));
            Some(ModelUpdate::new(move |model| {
                let is_current = model.groups.as_ref().is_some_and(|known| Arc::ptr_eq(known, &groups));
                if !is_current {
                    return Received::Nothing;
                }
                model.groups_by_path = Some(order);
                Received::News(None)
            }))
        });
        Received::News(Some(by_path))
    }

    fn set_causes(&mut self, causes: Vec<Cause>) -> Received {
        self.causes = Some(causes);
        self.edition += 1;
        self.look_over();
        Received::News(None)
    }

    fn set_found(&mut self, update: SearchUpdate) -> Received {
        let is_news = self.concerns.receive(update);
        self.complete();
        if !is_news {
            return Received::SearchProgress;
        }
        self.look_over();
        Received::News(None)
    }

    /// The search for junk and secrets, started once everything it depends on is known, by itself or for a view.
    pub fn search(&mut self, for_view: bool) -> Option<Job> {
        if self.concerns.has_begun() || !for_view && self.concerns.is_left_to_views() {
            return None;
        }
        let inputs = SearchInputs {
            image: Arc::clone(self.whole.as_ref()?),
            contents: Arc::clone(self.contents.as_ref()?),
            union: Arc::clone(self.union.as_ref()?),
            analysis: Arc::clone(self.analysis.as_ref().filter(|analysis| analysis.compared)?),
            groups: Arc::clone(self.groups.as_ref()?),
        };
        Some(self.concerns.begin(inputs, for_view))
    }

    /// Changes whenever something is learnt that texts depend on.
    pub fn text_edition(&self) -> u32 {
        self.edition + self.concerns.edition
    }

    /// Determines again what could not be read.
    pub fn complete(&mut self) {
        let Some(image) = self.image.as_deref() else { return };
        let union = self.union.as_deref();
        let layers = union.into_iter().flat_map(|union| union.layer_numbers().map(|number| union.entries(number)));
        let mut completeness = Completeness::new(image, layers);
        completeness.add(union.into_iter().flat_map(Union::own_findings));
        completeness.add(self.analysis.iter().flat_map(|analysis| &analysis.findings));
        self.completeness = completeness;
    }

    /// Fills in the sizes of layers that are known only once these are read.
    pub fn learn_sizes(&mut self) {
        let Some(contents) = self.contents.clone() else { return };
        for image in [&mut self.image, &mut self.whole].into_iter().flatten() {
            let unknown = |layer: &Layer| layer.stored_size.is_none() && matches!(layer.blob, BlobState::Present);
            if image.layers.iter().any(unknown) {
                let layers = Arc::make_mut(image).layers.iter_mut().enumerate();
                for (at, layer) in layers.filter(|(_, layer)| unknown(layer)) {
                    layer.stored_size = contents.stored_size(LayerNumber::from_index(at));
                }
            }
        }
    }

    /// The bytes of all blobs in the archive, each counted once.
    pub fn stored(&self) -> u64 {
        let layers = self.image.as_ref().map_or(&[][..], |image| &image.layers);
        let present = layers
            .iter()
            .filter(|layer| layer.same_as.is_none() && !matches!(layer.blob, BlobState::Absent | BlobState::Foreign));
        present.filter_map(|layer| layer.stored_size).fold(0, u64::saturating_add)
    }

    /// The topmost layer after a step: the step's own layer, or that of the nearest step below that has one.
    pub fn layer_after(&self, step: usize) -> Option<LayerNumber> {
        self.steps().get(..=step)?.iter().filter_map(|step| step.layer).max()
    }

    /// All findings: those of the image first, then layer by layer.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let of_image = self.image.iter().flat_map(|image| &image.findings);
        let of_union = self.union.iter().flat_map(|union| union.findings());
        let of_analysis = self.analysis.iter().flat_map(|analysis| &analysis.findings);
        of_image.chain(of_union).chain(of_analysis)
    }

    /// Why a layer cannot be shown in full, in a few words; `None` if it can.
    pub fn fault(&self, layer: LayerNumber) -> Option<&str> {
        let note = self.layer(layer)?.blob.note();
        if !note.is_empty() {
            return Some(note);
        }
        let read = self
            .union
            .as_ref()
            .is_none_or(|union| layer.index() >= union.layer_count() || union.entries(layer).complete);
        (!read).then_some("cut short")
    }

    /// How much of all layers is read, as a fraction.
    pub fn fraction(&self) -> Option<f64> {
        let sizes: Vec<u64> =
            self.image.iter().flat_map(|image| &image.layers).map(|layer| layer.stored_size.unwrap_or(0)).collect();
        let whole: u64 = sizes.iter().fold(0, |sum, size| sum.saturating_add(*size));
        if whole == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a bar has a few dozen columns")]
        let done: f64 =
            self.layers.iter().zip(&sizes).map(|(layer, &size)| layer.fraction().unwrap_or(0.0) * size as f64).sum();
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        Some((done / whole as f64).clamp(0.0, 1.0))
    }

    pub fn layers_read(&self) -> usize {
        self.layers.iter().filter(|layer| layer.finished).count()
    }
}
