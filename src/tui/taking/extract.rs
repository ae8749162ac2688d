//! Extracting files from the image: which, where to, and the thread that does it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::format;
use crate::image::{Cancel, Contents, EntryKind, Event, LayerNumber};
use crate::tui::overlay::{Effect, Scene};
use crate::tui::row::fit_end;
use crate::tui::text::counted;
use crate::tui::views::{Extracting, Prompt};
use crate::tui::work::{BackgroundTask, Job, JobResult, Updates};
use crate::tui::{TakeWhich, Taken, Taking};
use crate::union::{NodeId, Scope, Union, VersionRef};

/// The interval between progress reports.
const OFTEN: Duration = Duration::from_millis(50);

/// What is to be extracted.
struct Subject {
    node: NodeId,
    which: TakeWhich,
    /// Its description for people: what it is, and which version.
    name: String,
    version: String,
}

/// Asks where to extract to, or says why there is nothing to extract.
pub(super) fn ask(scene: Scene<'_>) -> Vec<Effect> {
    if scene.facts.union.is_none() {
        return super::notice("nothing can be extracted before the layers are read");
    }
    let Some(subject) = subject(scene) else {
        return super::notice("nothing to extract here: go to a file, a folder or a layer");
    };
    let title = format!("Extract {} {}, into:", fit_end(&subject.name, 28), subject.version);
    let place = place(scene, subject.which);
    let note = "created if missing; nothing that exists is replaced";
    let prompt = Prompt::new(&title, note, &place, move |typed, scene| start(scene, &subject, typed.trim()));
    vec![Effect::Open(Box::new(prompt))]
}

fn subject(scene: Scene<'_>) -> Option<Subject> {
    let target = scene.target;
    let union = scene.facts.union.as_ref()?;
    let Some(node) = target.node.filter(|&node| node != union.root()) else {
        // The row of the root represents everything in its scope.
        let which = match (target.scope, target.step, target.layer) {
            (Some(Scope::Merged(layer)), ..) => TakeWhich::MergedAfter(layer),
            (_, Some(_), Some(layer)) if layer.index() < union.layer_count() => TakeWhich::StoredBy(layer),
            _ => return None,
        };
        let (name, version) = match which {
            TakeWhich::MergedAfter(layer) => ("everything".to_owned(), format!("as it is after layer {layer}")),
            TakeWhich::StoredBy(layer) => (format!("layer {layer}"), "as it is stored".to_owned()),
        };
        return Some(Subject { node: union.root(), which, name, version });
    };
    let version = target.version.map(|version| union.version(version));
    let folder = version.map_or(target.gone_by.is_some(), |version| version.inode().kind() == EntryKind::Dir);
    // What was never visible has no path to be written to.
    let stored = version.filter(|version| version.node().is_some()).map(|version| TakeWhich::StoredBy(version.layer()));
    let before = |layer: LayerNumber| LayerNumber::new(layer.get() - 1).map(TakeWhich::MergedAfter);
    let which = match target.scope {
        Some(Scope::Merged(layer)) => TakeWhich::MergedAfter(layer),
        // A removed folder had files of several layers: everything that was in it when it was removed.
        Some(Scope::Changes(first, last)) if folder && union.visible(node, last).is_none() => before(first)?,
        Some(Scope::Changes(first, last)) if folder && first == last => TakeWhich::StoredBy(last),
        Some(Scope::Changes(_, last)) if folder => TakeWhich::MergedAfter(last),
        _ if folder => target.gone_by.and_then(before).or(stored)?,
        _ => stored?,
    };
    let version = match which {
        TakeWhich::MergedAfter(layer) => format!("as it is after layer {layer}"),
        TakeWhich::StoredBy(layer) => format!("as layer {layer} stored it"),
    };
    let name = format!("{}{}", format::safe(union.path(node).as_bytes()), if folder { "/" } else { "" });
    Some(Subject { node, which, name, version })
}

/// A folder named after the image and what is extracted from it.
fn place(scene: Scene<'_>, which: TakeWhich) -> String {
    let facts = scene.facts;
    let name = facts.image.as_ref().and_then(|image| image.names.first()).map_or(&*facts.title, |name| name);
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".tar").unwrap_or(name);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '-' };
    let name: String = name.chars().take(60).map(plain).collect();
    let name = name.trim_matches(['.', '-']);
    let name = if name.is_empty() { "image" } else { name };
    match which {
        TakeWhich::MergedAfter(layer) if layer.get() == facts.layer_count() => format!("./{name}"),
        TakeWhich::MergedAfter(layer) => format!("./{name}-after-{layer}"),
        TakeWhich::StoredBy(layer) => format!("./{name}-layer-{layer}"),
    }
}

/// Opens the progress bar and starts to write.
fn start(scene: Scene<'_>, subject: &Subject, folder: &str) -> Vec<Effect> {
    let facts = scene.facts;
    let parts = facts.union.as_ref().zip(facts.contents.as_ref()).zip(facts.taking);
    let Some(((union, contents), taking)) = parts.filter(|_| !folder.is_empty()) else {
        return super::notice("nothing is written: no folder was named");
    };
    let cancel = Cancel::default();
    let work = Work {
        union: Arc::clone(union),
        contents: Arc::clone(contents),
        taking,
        what: (subject.node, subject.which),
        folder: PathBuf::from(folder),
        cancel: cancel.clone(),
    };
    let title = format!("Extracting {} {}", fit_end(&subject.name, 28), subject.version);
    let overlay = Extracting::new(title, folder.to_owned(), cancel);
    vec![Effect::Open(Box::new(overlay)), Effect::Work(Job::Background(work.aside()))]
}

struct Work {
    union: Arc<Union>,
    contents: Arc<dyn Contents>,
    taking: Taking,
    what: (NodeId, TakeWhich),
    folder: PathBuf,
    cancel: Cancel,
}

impl Work {
    fn aside(self) -> BackgroundTask {
        Box::new(move |tell| {
            let total = total(&self.union, self.what);
            let told = |done| JobResult::ExtractionProgress { cancel: self.cancel.clone(), done, total };
            tell(told(0));
            let update = |event| if let Event::Extracting { done } = event { Some(told(done)) } else { None };
            let progress = Updates::new(&self.cancel, OFTEN, tell, update);
            let taken = (self.taking)(&self.union, &*self.contents, self.what, &self.folder, &progress);
            let said = match taken {
                Ok(taken) => said(&taken, &self.folder),
                Err(why) => why,
            };
            tell(JobResult::ExtractionDone { cancel: self.cancel, said });
        })
    }
}

/// The bytes of content that will be written.
fn total(union: &Union, (top, which): (NodeId, TakeWhich)) -> u64 {
    let (mut bytes, mut pending) = (0_u64, vec![top]);
    while let Some(node) = pending.pop() {
        let chosen = match which {
            TakeWhich::MergedAfter(layer) => union.visible(node, layer),
            TakeWhich::StoredBy(layer) => union.versions(node).filter(|&id| union.version(id).layer() == layer).last(),
        };
        let file = chosen.map(|id| union.version(id)).filter(|version| version.inode().kind() == EntryKind::File);
        bytes = bytes.saturating_add(file.map_or(0, VersionRef::size));
        pending.extend(union.children(node));
    }
    bytes
}

/// `312 files, 14 MB to ./x; 2 left out: a fifo is not made (2)`.
fn said(taken: &Taken, folder: &Path) -> String {
    let mut parts = vec![counted(taken.files, "file")];
    parts.extend((taken.links > 0).then(|| counted(taken.links, "symlink")));
    parts.extend((taken.files + taken.links == 0).then(|| counted(taken.folders, "folder")));
    let mut said = format!("{}, {} to {}", parts.join(", "), format::bytes(taken.bytes), folder.display());
    let left_out: usize = taken.left_out.iter().map(|(_, count)| count).sum();
    if left_out > 0 {
        let why: Vec<_> = taken.left_out.iter().map(|(why, count)| format!("{why} ({count})")).collect();
        let _ = write!(said, "; {} left out: {}", format::count(left_out), why.join(", "));
    }
    said
}
