//! The history of a path: what each layer did to it, what it stores there, and how its bytes count.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::{Account, Accounts, Contribution, Instruction};
use crate::format;
use crate::image::{EntryKind, LayerNumber};
use crate::tui::model::Model;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};
use crate::union::{HowEnded, NodeId, Union, VersionId, VersionRef};

/// Something that a layer did to a path.
pub(super) struct PathEvent {
    pub layer: LayerNumber,
    /// The version it stored; for a removal, the one it removed.
    pub version: VersionId,
    pub role: Role,
    pub what: String,
    /// Bytes stored by the version.
    pub bytes: Option<u64>,
}

/// What each layer stores in the selected folder: counted on another thread, because a folder may hold a whole image.
#[derive(Default)]
pub(in crate::tui) struct FolderBytes {
    requested: Option<FolderKey>,
    known: Option<ContributionsTo>,
}

/// A folder, and how much was known when it was asked for.
pub(in crate::tui) type FolderKey = (NodeId, u32);

struct ContributionsTo {
    folder: FolderKey,
    layers: Vec<Contribution>,
}

impl FolderBytes {
    /// Asks for a path, unless its bytes are known or on their way.
    pub fn refresh(&mut self, node: Option<NodeId>, model: &Model) -> Option<Job> {
        let folder = (node?, model.edition);
        let is_empty = || model.union.as_ref().is_none_or(|union| union.children(folder.0).next().is_none());
        if self.requested == Some(folder) || is_empty() {
            return None;
        }
        let (union, analysis) = (Arc::clone(model.union.as_ref()?), Arc::clone(model.analysis.as_ref()?));
        self.requested = Some(folder);
        Some(Job::latest(move |_| Some(ContributionsTo { folder, layers: analysis.contributions(&union, folder.0) })))
    }

    /// Takes what was counted.
    pub fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        result.take().map(|known| self.known = Some(known)).err()
    }

    /// What is counted.
    pub fn known(&self) -> Option<FolderKey> {
        self.known.as_ref().map(|known| known.folder)
    }

    /// The layers that store files in a folder, once they are known.
    pub fn of(&self, node: NodeId) -> Option<&[Contribution]> {
        self.known.as_ref().filter(|known| known.folder.0 == node).map(|known| known.layers.as_slice())
    }
}

/// The details of a path; those of a folder say which layers put the bytes into it.
pub(in crate::tui) fn path(text: &mut Text, model: &Model, node: NodeId, bytes: Option<&[Contribution]>) {
    let Some(union) = &model.union else { return };
    let versions: Vec<_> = union.versions(node).map(|id| union.version(id)).collect();
    let folder = versions.last().is_some_and(|version| version.inode().kind() == EntryKind::Dir);
    let name = format!("/{}{}", format::safe(union.path(node).as_bytes()), if folder { "/" } else { "" });
    text.wrapped(Role::Strong, &name, 1);
    if let Some(last) = versions.last() {
        about(text, *last);
    }
    let events = path_history(model, union, &versions);
    match bytes.filter(|layers| folder && !layers.is_empty()) {
        Some(layers) => return of_folder(text, model, &events, layers),
        None => events.iter().for_each(|event| {
            event_row(text, model, event.layer, event.bytes, event.role, &event.what);
        }),
    }
    let stored: u64 = versions
        .iter()
        .filter(|version| version.ended().is_some())
        .fold(0, |sum, version| sum.saturating_add(version.stored()));
    match (union.live(node), stored) {
        (None, 0) => text.wrapped(Role::Dim, "not in the final image", 1),
        (None, bytes) => {
            text.wrapped(
                Role::Removed,
                &format!("not in the final image, but {} of it are still stored", format::bytes(bytes)),
                1,
            );
        }
        (Some(_), 0) => {}
        (Some(_), bytes) => {
            text.wrapped(Role::Removed, &format!("{} of older versions are still stored", format::bytes(bytes)), 1);
        }
    }
}

/// `layer 5  364 MB  added · RUN npm ci`, in as many lines as it needs.
fn event_row(text: &mut Text, model: &Model, layer: LayerNumber, bytes: Option<u64>, role: Role, what: &str) {
    let digits = model.layer_count().to_string().len();
    let said = Instruction::read(model.image.as_ref().map_or("", |image| image.description_of(layer))).line();
    let bytes = bytes.map(format::bytes).unwrap_or_default();
    let row = Row::new().gap(1).text(Role::Dim, "layer ").right(Role::Text, &layer.to_string(), digits);
    let mut row = row.gap(1).right(Role::Text, &bytes, 7).gap(2);
    let indent = row.width();
    let mut lines = format::wrap(what, text.width().saturating_sub(indent + 1), 0);
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        text.row(std::mem::replace(&mut row, Row::new().gap(indent)).text(role, &line));
    }
    let row = row.text(role, &last);
    text.row(if said.is_empty() { row } else { row.text(Role::Dim, " · ").text(Role::Dim, &said) });
}

/// The sum of a folder, then what each layer did to it and stores in it.
fn of_folder(text: &mut Text, model: &Model, events: &[PathEvent], layers: &[Contribution]) {
    let mut all = Accounts::default();
    for layer in layers {
        all.extend(&layer.accounts);
    }
    let live = format!("{} in the final image", format::bytes(all.live));
    match all.wasted() {
        0 => text.wrapped(Role::Text, &live, 1),
        wasted => text.wrapped(Role::Wasted, &format!("{live}, {} wasted", format::bytes(wasted)), 1),
    }
    let mut by_layer: BTreeMap<LayerNumber, FolderEvent> = BTreeMap::new();
    for event in events {
        let of_layer = by_layer.entry(event.layer).or_default();
        of_layer.role = event.role;
        of_layer.what.push(event.what.clone());
    }
    for layer in layers {
        let of_layer = by_layer.entry(layer.layer).or_default();
        let (role, said) = contributed(layer);
        of_layer.bytes = Some(layer.accounts.total());
        of_layer.role = role;
        of_layer.what.push(said);
    }
    for (layer, of_layer) in by_layer {
        event_row(text, model, layer, of_layer.bytes, of_layer.role, &of_layer.what.join("; "));
    }
}

/// What a layer did to a folder, and the bytes that it stores in it.
struct FolderEvent {
    bytes: Option<u64>,
    role: Role,
    what: Vec<String>,
}

impl Default for FolderEvent {
    fn default() -> Self {
        Self { bytes: None, role: Role::Text, what: Vec::new() }
    }
}

/// `1,204 files, 12 MB of them wasted`.
fn contributed(layer: &Contribution) -> (Role, String) {
    let files = counted(layer.files, "file");
    match (layer.accounts.live, layer.accounts.wasted()) {
        (_, 0) => (Role::Text, files),
        (0, _) => (Role::Wasted, format!("{files}, all wasted")),
        (_, wasted) => (Role::Text, format!("{files}, {} wasted", format::bytes(wasted))),
    }
}

/// What a version is.
pub(in crate::tui) fn about(text: &mut Text, version: VersionRef<'_>) {
    let (user, group) = version.owner();
    let mut words = vec![what(version).to_owned()];
    if let Some(entry) = version.inode_entry() {
        if entry.kind() == EntryKind::File {
            words.push(format::bytes(entry.size()));
            if entry.stored() != entry.size() {
                words.push(format!("{} stored", format::bytes(entry.stored())));
            }
        }
        words.push(format!("{} ({:04o})", version.kind().mode_letters(version.mode()), version.mode()));
        words.push(format!("{user}:{group}"));
        words.push(format::mtime(entry.mtime().seconds));
        if let Some((major, minor)) = entry.rdev() {
            words.push(format!("device {major}:{minor}"));
        }
        for (name, value) in entry.xattrs() {
            words.push(format!("{} ({})", format::safe(name), format::bytes(value.len() as u64)));
        }
    } else {
        words.push("no entry of its own (implied by its contents)".to_owned());
    }
    text.wrapped(Role::Text, &words.join(" · "), 1);
    let target = version.entry().map_or(&[][..], |entry| entry.link_target());
    match version.kind() {
        EntryKind::Symlink => text.wrapped(Role::Text, &format!("→ {}", format::safe(target)), 1),
        EntryKind::HardLink => text.wrapped(Role::Text, &format!("the same file as {}", format::safe(target)), 1),
        _ => {}
    }
}

/// The kind of a version in words.
pub(in crate::tui) fn what(version: VersionRef<'_>) -> &'static str {
    match version.kind() {
        EntryKind::File => "file",
        EntryKind::Dir => "folder",
        EntryKind::Symlink => "symlink",
        EntryKind::HardLink => "hard link",
        EntryKind::Char => "character device",
        EntryKind::Block => "block device",
        EntryKind::Fifo => "pipe",
        EntryKind::Unknown(_) => "unknown type",
    }
}

/// What layers did to a path, oldest first, from its versions.
pub(super) fn path_history(model: &Model, union: &Union, versions: &[VersionRef<'_>]) -> Vec<PathEvent> {
    let mut events: Vec<PathEvent> = Vec::new();
    let mut before: Option<VersionRef<'_>> = None;
    for &version in versions {
        let layer = version.layer();
        let bytes = (version.kind() == EntryKind::File).then(|| version.stored());
        let taken = before.filter(|before| before.ended().is_some_and(|ended| ended.by == layer));
        let (role, what) = match (taken, before) {
            (Some(before), _) => (Role::Modified, changed(model, before, version)),
            (None, Some(_)) => (Role::Added, "added again".to_owned()),
            (None, None) => (Role::Added, "added".to_owned()),
        };
        // Layers repeat the folders they write into; that is not an event.
        if !what.is_empty() {
            events.push(PathEvent { layer, version: version.id(), role, what, bytes });
        }
        if let Some(ended) = version.ended().filter(|_| version.successor().is_none()) {
            let what = match ended.how {
                HowEnded::Whiteout => "removed",
                HowEnded::Opaque => "removed: a folder above it was made opaque",
                HowEnded::TypeChange => "removed: a folder above it became something else",
                HowEnded::Replaced => "replaced",
                HowEnded::NeverVisible => "never visible",
            };
            let (what, version) = (what.to_owned(), version.id());
            events.push(PathEvent { layer: ended.by, version, role: Role::Removed, what, bytes: None });
        }
        before = Some(union.version(version.id()));
    }
    events
}

/// How a version differs from the one it replaced; empty for a folder that is merely repeated.
fn changed(model: &Model, before: VersionRef<'_>, after: VersionRef<'_>) -> String {
    let target = |version: VersionRef<'_>| version.entry().map(|entry| entry.link_target().to_vec());
    let folders = before.inode().kind() == EntryKind::Dir && after.inode().kind() == EntryKind::Dir;
    let mut words = Vec::new();
    if before.layer() == after.layer() {
        words.push("repeated in the same layer".to_owned());
    }
    if before.kind() != after.kind() {
        words.push(format!("was a {}, is a {}", what(before), what(after)));
    } else if before.kind() == EntryKind::File {
        words.push(content(model, before, after));
    } else if target(before) != target(after) {
        words.push("points elsewhere".to_owned());
    }
    if before.mode() != after.mode() {
        words.push(format!("mode {:04o} → {:04o}", before.mode(), after.mode()));
    }
    if before.owner() != after.owner() {
        let (old, new) = (before.owner(), after.owner());
        words.push(format!("owner {}:{} → {}:{}", old.0, old.1, new.0, new.1));
    }
    let xattrs =
        |version: VersionRef<'_>| version.inode_entry().map(|entry| entry.xattrs().to_vec()).unwrap_or_default();
    if xattrs(before) != xattrs(after) {
        words.push("other attributes".to_owned());
    }
    if words.is_empty() && !folders {
        words.push("stored again".to_owned());
    }
    words.join(", ")
}

fn content(model: &Model, before: VersionRef<'_>, after: VersionRef<'_>) -> String {
    let waste = model.analysis.as_ref().and_then(|analysis| analysis.waste_of(before));
    let compared = model.analysis.as_ref().is_some_and(|analysis| analysis.compared);
    match waste.map(|waste| waste.account) {
        Some(Account::Rewritten) => "copy-up: stored again, same content".to_owned(),
        Some(Account::Overwritten) if !compared && before.size() == after.size() => {
            "stored again, comparing".to_owned()
        }
        Some(Account::Overwritten) => "new content".to_owned(),
        _ => "stored again".to_owned(),
    }
}
