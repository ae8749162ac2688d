//! What is written to disk, on a thread of its own: files of the image, and a report of it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::extract::{self, Extracted, LeftOut, Subtree, Which};
use crate::format;
use crate::image::{Cancel, Contents, EntryKind, FileChanged, LayerNumber, ProgressEvent};
use crate::tui::action::{Action, Hint};
use crate::tui::dialogs::{Extracting, ExtractionDone, ExtractionEnd, ExtractionProgress, Prompt, Reply};
use crate::tui::model::{Extractor, Model, ReportInputs, ReportTarget};
use crate::tui::view::hints::CANCEL;
use crate::tui::view::{self, Effect, FindingAt, Scene};
use crate::tui::widgets::row::fit_end;
use crate::tui::widgets::text::counted;
use crate::tui::work::{BackgroundTask, Finished, Job, JobResult, Updates};
use crate::union::{NodeId, Scope, Union};

/// The interval between progress reports.
const OFTEN: Duration = Duration::from_millis(50);

/// What is to be extracted.
struct ExtractionSource {
    node: NodeId,
    which: Which,
    /// Its description for people: what it is, and which version.
    name: String,
    version: String,
}

/// Asks where to extract to, or says why there is nothing to extract.
pub(super) fn extract_prompt(scene: Scene<'_>) -> Vec<Effect> {
    const HINTS: &[Hint] = &[(&[Action::Open], "extract"), CANCEL];
    if scene.model.union.is_none() {
        return super::notice("nothing can be extracted before the layers are read");
    }
    let Some(subject) = subject(scene) else {
        return super::notice("nothing to extract here: go to a file, a folder or a layer");
    };
    let title = format!("Extract {} {}, into:", fit_end(&subject.name, 28), subject.version);
    let place = place(scene, subject.which);
    let note = "created if missing; nothing that exists is replaced";
    let prompt =
        Prompt::new(&title, note, &place, move |typed, _, scene| Reply::Effects(start(scene, &subject, typed.trim())));
    vec![Effect::Open(Box::new(prompt.with_hints(HINTS)))]
}

/// Whether there is something to extract.
pub(super) fn has_subject(scene: Scene<'_>) -> bool {
    subject(scene).is_some()
}

fn subject(scene: Scene<'_>) -> Option<ExtractionSource> {
    let target = scene.target;
    let union = scene.model.union.as_ref()?;
    let Some(node) = target.node.filter(|&node| node != union.root()) else {
        // The row of the root represents everything in its scope.
        let which = match (target.scope, target.step, target.layer) {
            (Some(Scope::Merged(layer)), ..) => Which::MergedAfter(layer),
            (_, Some(_), Some(layer)) if layer.index() < union.layer_count() => Which::StoredBy(layer),
            _ => return None,
        };
        let (name, version) = match which {
            Which::MergedAfter(layer) => ("everything".to_owned(), format!("as it is after layer {layer}")),
            Which::StoredBy(layer) => (format!("layer {layer}"), "as it is stored".to_owned()),
        };
        return Some(ExtractionSource { node: union.root(), which, name, version });
    };
    let version = target.version.map(|version| union.version(version));
    let folder = version.map_or(target.gone_by.is_some(), |version| version.inode().kind() == EntryKind::Dir);
    // What was never visible has no path to be written to.
    let stored = version.filter(|version| version.node().is_some()).map(|version| Which::StoredBy(version.layer()));
    let before = |layer: LayerNumber| LayerNumber::new(layer.get() - 1).map(Which::MergedAfter);
    let which = match target.scope {
        Some(Scope::Merged(layer)) => Which::MergedAfter(layer),
        // A removed folder had files of several layers: everything that was in it when it was removed.
        Some(Scope::Changes(first, last)) if folder && union.visible(node, last).is_none() => before(first)?,
        Some(Scope::Changes(first, last)) if folder && first == last => Which::StoredBy(last),
        Some(Scope::Changes(_, last)) if folder => Which::MergedAfter(last),
        _ if folder => target.gone_by.and_then(before).or(stored)?,
        _ => stored?,
    };
    let version = match which {
        Which::MergedAfter(layer) => format!("as it is after layer {layer}"),
        Which::StoredBy(layer) => format!("as layer {layer} stored it"),
    };
    let name = format!("{}{}", format::safe(union.path(node).as_bytes()), if folder { "/" } else { "" });
    Some(ExtractionSource { node, which, name, version })
}

/// A folder named after the image and what is extracted from it.
fn place(scene: Scene<'_>, which: Which) -> String {
    let model = scene.model;
    let name = file_name(model);
    match which {
        Which::MergedAfter(layer) if layer.get() == model.layer_count() => format!("./{name}"),
        Which::MergedAfter(layer) => format!("./{name}-after-{layer}"),
        Which::StoredBy(layer) => format!("./{name}-layer-{layer}"),
    }
}

/// A name for a file or folder after the name of the image.
fn file_name(model: &Model) -> String {
    let name = model.image.as_ref().and_then(|image| image.names.first()).map_or(&*model.title, |name| name);
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".tar").unwrap_or(name);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '-' };
    let name: String = name.chars().take(60).map(plain).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "image".to_owned() } else { name.to_owned() }
}

/// Opens the progress bar and starts to write.
fn start(scene: Scene<'_>, subject: &ExtractionSource, folder: &str) -> Vec<Effect> {
    let model = scene.model;
    let parts = model.union.as_ref().zip(model.contents.as_ref()).zip(model.extractor);
    let Some(((union, contents), extractor)) = parts.filter(|_| !folder.is_empty()) else {
        return super::notice("nothing is written: no folder was given");
    };
    let cancel = Cancel::default();
    let work = ExtractionTask {
        union: Arc::clone(union),
        contents: Arc::clone(contents),
        extractor,
        what: Subtree { node: subject.node, which: subject.which },
        folder: PathBuf::from(folder),
        file_changed: view::failure(view::FILE_CHANGED, scene.keymap),
        cancel: cancel.clone(),
    };
    let title = format!("Extracting {} {}", fit_end(&subject.name, 28), subject.version);
    let overlay = Extracting::new(title, folder.to_owned(), cancel);
    vec![Effect::Open(Box::new(overlay)), Effect::Work(Job::Background(work.into_background()))]
}

struct ExtractionTask {
    union: Arc<Union>,
    contents: Arc<dyn Contents>,
    extractor: Extractor,
    what: Subtree,
    folder: PathBuf,
    /// What is said if the file of the image has changed.
    file_changed: String,
    cancel: Cancel,
}

impl ExtractionTask {
    fn into_background(self) -> BackgroundTask {
        Box::new(move |tell| {
            let total = extract::size(&self.union, self.what);
            let progress = |done| JobResult::new(ExtractionProgress { cancel: self.cancel.clone(), done, total });
            tell(progress(0));
            let update =
                |event| if let ProgressEvent::Extracting { done } = event { Some(progress(done)) } else { None };
            let updates = Updates::new(&self.cancel, OFTEN, tell, update);
            let readable = extract::try_reading(&self.union, &*self.contents, self.what);
            let (end, summary) = if readable.is_err_and(|error| FileChanged::caused(&error)) {
                (ExtractionEnd::ImageGone, self.file_changed)
            } else {
                match (self.extractor)(&self.union, &*self.contents, self.what, &self.folder, &updates) {
                    Ok(done) if done.is_nothing() => (ExtractionEnd::Nothing, summary(&done, &self.folder)),
                    Ok(done) => (ExtractionEnd::Written, summary(&done, &self.folder)),
                    Err(why) => (ExtractionEnd::Nothing, why),
                }
            };
            tell(JobResult::new(ExtractionDone { cancel: self.cancel, end, summary }));
        })
    }
}

/// `312 files, 14 MB to ./x; 2 left out: a fifo is not made (2)`.
fn summary(done: &Extracted, folder: &Path) -> String {
    let mut parts = vec![counted(done.files, "file")];
    parts.extend((done.links > 0).then(|| counted(done.links, "symlink")));
    parts.extend((done.files + done.links == 0).then(|| counted(done.folders, "folder")));
    let mut summary = format!("{}, {} to {}", parts.join(", "), format::bytes(done.bytes), folder.display());
    let left_out = done.failed.len() + done.skipped.len();
    if left_out > 0 {
        let why: Vec<_> = [&done.failed, &done.skipped].into_iter().flat_map(reasons).collect();
        let _ = write!(summary, "; {} left out: {}", format::count(left_out), why.join(", "));
    }
    summary
}

/// Why something was left out, and how often.
fn reasons(left_out: &LeftOut) -> Vec<String> {
    let known: usize = left_out.reasons.iter().map(|(_, count)| count).sum();
    let others = left_out.len() - known;
    let others = (others > 0).then(|| format!("for other reasons ({others})"));
    left_out.reasons.iter().map(|(why, count)| format!("{why} ({count})")).chain(others).collect()
}

/// Asks where to write to, and in which format, or says why nothing can be written yet.
pub(super) fn report_prompt(scene: Scene<'_>) -> Vec<Effect> {
    const HINTS: &[Hint] = &[(&[Action::Open], "write"), (&[Action::NextPane], ".html or .md"), CANCEL];
    if scene.model.analysis.as_ref().is_none_or(|analysis| !analysis.compared) {
        return super::notice("a report can be written once the layers are read and compared");
    }
    let note = ".html for a browser, .md for a pull request: tab changes it";
    let is_compared = matches!(scene.target.finding, Some(FindingAt::RebuiltLayers(_) | FindingAt::Difference(_)));
    let (title, suffix) =
        if is_compared { ("Write the comparison to:", "-compared") } else { ("Write a report to:", "") };
    let name = format!("./{}{suffix}.html", file_name(scene.model));
    let prompt = Prompt::new(title, note, &name, move |typed, confirmed, scene| {
        start_report(typed.trim(), confirmed, is_compared, scene)
    });
    vec![Effect::Open(Box::new(prompt.with_alternate(with_other_suffix).with_hints(HINTS)))]
}

/// The name with the suffix of the other format.
fn with_other_suffix(name: &str) -> String {
    match name.strip_suffix(".html") {
        Some(stem) => format!("{stem}.md"),
        None => format!("{}.html", name.strip_suffix(".md").unwrap_or(name)),
    }
}

fn start_report(typed: &str, confirmed: bool, is_compared: bool, scene: Scene<'_>) -> Reply {
    let model = scene.model;
    let known = model.whole.as_ref().zip(model.union.as_ref()).zip(model.analysis.as_ref());
    let parts = known.zip(model.contents.as_ref()).zip(model.reporter);
    let Some(((((image, union), analysis), contents), reporter)) = parts.filter(|_| !typed.is_empty()) else {
        return Reply::Effects(super::notice("nothing is written: no file was given"));
    };
    let file = PathBuf::from(typed);
    match (reporter.look)(&file) {
        Err(why) => return Reply::Effects(vec![Effect::Notice(why)]),
        Ok(ReportTarget::Exists) if !confirmed => {
            return Reply::Confirm("this file exists: press enter again to replace it".to_owned());
        }
        Ok(_) => {}
    }
    let inputs = ReportInputs {
        image: Arc::clone(image),
        union: Arc::clone(union),
        analysis: Arc::clone(analysis),
        contents: Arc::clone(contents),
        secrets: model.concerns.secrets.as_ref().map(|found| found.secrets.clone()),
        junk: model.concerns.junk.as_ref().map(|found| found.junk.clone()),
        compared: model.pair.clone().filter(|_| is_compared),
        file,
    };
    let work = Job::background(move |tell| {
        tell(JobResult::new(match (reporter.write)(inputs) {
            Ok(path) => Finished { what: "report written to ".to_owned(), path },
            Err(what) => Finished { what, path: String::new() },
        }));
    });
    Reply::Effects(vec![Effect::Close, Effect::Work(work), Effect::Notice(format!("writing {typed} …"))])
}
