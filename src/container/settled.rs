//! The layer of a container as its engine knows it, completed by what only the image decides: what the engine itself put
//! there is left out, and so are marks that hide nothing.

use std::collections::HashSet;
use std::sync::Arc;

use crate::image::{Contents, Entries, EntryKind, EntryPath, EntryRef, Finding, FindingKind, LayerNumber, Progress};
use crate::union::{NodeId, Union};

use super::engine::is_engines;
use super::layer::quoted;

const OPAQUE: &[u8] = b".wh..wh..opq";

/// The layer of a container without the places where its engine mounts its own files: files, and folders that the image
/// does not have and in which nothing else is.
#[must_use]
pub fn settled(layers: &[Arc<Entries>], layer: Entries, _: &dyn Contents, _: &dyn Progress) -> Entries {
    let is_in_question = |entry: EntryRef<'_>| entry.name() == OPAQUE || is_engines(entry.path().as_bytes(), entry);
    if !layer.iter().any(is_in_question) {
        return layer;
    }
    let image = Union::build(layers.to_vec());
    let is_in_image = |path: &EntryPath| image.node_at(path).is_some_and(|node| image.live(node).is_some());
    let hides_nothing = |folder: &EntryPath| image.node_at(folder).is_none_or(|node| !has_live(&image, node));
    let mut idle = HashSet::new();
    let mut kept: HashSet<EntryPath> = HashSet::new();
    let mut left_out = Vec::new();
    let mut holds_engines: HashSet<EntryPath> = HashSet::new();
    // What is in a folder comes after it.
    for entry in layer.iter().rev() {
        let path = entry.path();
        if entry.name() == OPAQUE && hides_nothing(&EntryPath::normalise(path.parent().unwrap_or_default()).path) {
            idle.insert(entry.index().0);
            continue;
        }
        let is_named = is_engines(path.as_bytes(), entry);
        let is_left_out = if entry.kind() == EntryKind::Dir {
            !is_in_image(&path) && !kept.contains(&path) && (is_named || holds_engines.contains(&path))
        } else {
            is_named
        };
        let places = if is_left_out { &mut holds_engines } else { &mut kept };
        if is_left_out {
            left_out.push(entry.index());
        }
        let mut above = path.parent().map(|parent| EntryPath::normalise(parent).path);
        while let Some(folder) = above.take().filter(|folder| !folder.is_root() && places.insert(folder.clone())) {
            above = folder.parent().map(|parent| EntryPath::normalise(parent).path);
        }
    }
    let left: HashSet<_> = left_out.iter().map(|index| index.0).collect();
    let mut rest = Entries::new();
    rest.complete = layer.complete;
    rest.findings.clone_from(&layer.findings);
    rest.tar_bytes = layer.tar_bytes;
    for entry in layer.iter().filter(|entry| !left.contains(&entry.index().0) && !idle.contains(&entry.index().0)) {
        // There were more before.
        let _ = rest.push(entry.renamed(entry.path().as_bytes()));
    }
    let mut names: Vec<_> = left_out
        .into_iter()
        .map(|index| layer.get(index))
        .filter(|entry| entry.kind() != EntryKind::Dir || !holds_engines.contains(&entry.path()))
        .map(|entry| quoted(&entry.path()))
        .collect();
    names.sort();
    if !names.is_empty() {
        let message = format!("the engine's own files in every container are left out: {}", names.join(", "));
        let number = LayerNumber::from_index(layers.len());
        rest.findings.push(Finding::of_layer(FindingKind::EngineFiles, number, message));
    }
    rest.shrink();
    rest
}

/// Whether the image shows something in a folder.
fn has_live(image: &Union, folder: NodeId) -> bool {
    image.children(folder).any(|child| image.live(child).is_some())
}
