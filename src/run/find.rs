//! Paths that a person types, found in the image: symlinks lead through the merged view, never to the host.

use std::ffi::OsStr;

use anyhow::{Result, anyhow};

use crate::format::safe;
use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{AtTheEnd, Destination, MOST_LINKS, NodeId, Scope, Union, VersionRef};

/// A path as it was typed, with or without a slash before it.
pub(super) fn typed_path(typed: &OsStr) -> EntryPath {
    EntryPath::normalise(typed.as_encoded_bytes()).path
}

/// A path in backticks.
pub(super) fn quoted(path: &EntryPath) -> String {
    format!("`{}`", if path.is_root() { "/".to_owned() } else { safe(path.as_bytes()) })
}

/// The place that a list begins at.
pub(super) fn listed(union: &Union, scope: Scope, path: &EntryPath) -> Result<NodeId> {
    match scope {
        // What a layer changed is found where it changed it, whatever the merged view leads to.
        Scope::Changes(..) => union
            .node_at(path)
            .ok_or_else(|| anyhow!("no layer has {}: `layerscope ls` lists what there is", quoted(path))),
        Scope::Merged(_) if path.is_root() => Ok(union.root()),
        Scope::Merged(after) => {
            let found = follow(union, path, after, AtTheEnd::Stay)?;
            found.node().ok_or_else(|| anyhow!("{} is never visible", quoted(path)))
        }
    }
}

/// What a path shows after a layer, symlinks on the way followed.
pub(super) fn follow<'a>(
    union: &'a Union,
    path: &EntryPath,
    after: LayerNumber,
    at_the_end: AtTheEnd,
) -> Result<VersionRef<'a>> {
    let visible = |node| union.visible(node, after).map(|id| union.version(id));
    match union.follow_from(after, union.root(), path.as_bytes(), at_the_end).end {
        Destination::Found(node) => visible(node).ok_or_else(|| lost(union, &union.path(node), after)),
        Destination::Missing(at) => Err(lost(union, &at, after)),
        Destination::NotAFolder(at) => {
            let kind = union.node_at(&at).and_then(visible).map_or("file", |found| found.inode().kind().name());
            Err(anyhow!("{} is a {kind}, nothing lies below it", quoted(&at)))
        }
        Destination::Loop => {
            Err(anyhow!("{} leads through more than {MOST_LINKS} symlinks, or in a circle", quoted(path)))
        }
    }
}

/// Why a path is not to be seen after a layer, and how to see it.
fn lost(union: &Union, path: &EntryPath, after: LayerNumber) -> anyhow::Error {
    let shown = quoted(path);
    let versions = || union.node_at(path).into_iter().flat_map(|node| union.versions(node)).map(|id| union.version(id));
    let last = versions().filter(|version| version.layer() <= after).last();
    if let Some((version, ended)) = last.and_then(|version| Some((version, version.ended()?))) {
        let (layer, by) = (version.layer(), ended.by);
        return if version.kind() == EntryKind::Dir {
            let before = by.get() - 1;
            anyhow!("layer {by} removed the folder {shown}: `layerscope ls IMAGE --up-to {before}` still shows it")
        } else {
            anyhow!("layer {by} removed {shown}, but layer {layer} still stores it: `--layer {layer}` shows it")
        };
    }
    match versions().next() {
        Some(version) => anyhow!("{shown} is not there yet after layer {after}: layer {} adds it", version.layer()),
        None => anyhow!("no layer has {shown}: `layerscope ls` lists what there is"),
    }
}

/// What a layer stores under a path, visible or not; of several, the last.
pub(super) fn stored_in<'a>(union: &'a Union, path: &EntryPath, layer: LayerNumber) -> Result<VersionRef<'a>> {
    let of_node = union.node_at(path).into_iter().flat_map(|node| union.versions(node)).map(|id| union.version(id));
    let of_node: Vec<_> = of_node.filter(|version| version.entry().is_some()).collect();
    if let Some(&found) = of_node.iter().rev().find(|version| version.layer() == layer) {
        return Ok(found);
    }
    // What was never visible has no node: whiteouts that carry bytes, bookkeeping.
    let never_visible = union.born_in(layer).map(|id| union.version(id)).filter(|version| version.node().is_none());
    if let Some(found) = never_visible.filter(|version| version.path() == *path).last() {
        return Ok(found);
    }
    let shown = quoted(path);
    let layers: Vec<_> = of_node.iter().map(|version| version.layer().to_string()).collect();
    let removes = of_node.iter().any(|version| version.ended().is_some_and(|ended| ended.by == layer));
    Err(match layers.split_last() {
        None => anyhow!("no layer has {shown}: `layerscope ls` lists what there is"),
        Some((last, _)) if removes => {
            anyhow!("layer {layer} removes {shown} and does not store it: `--layer {last}` shows it")
        }
        Some((last, [])) => {
            anyhow!("layer {layer} does not store {shown}, layer {last} does: `--layer {last}` shows it")
        }
        Some((last, others)) => anyhow!(
            "layer {layer} does not store {shown}, layers {} and {last} do: `--layer {last}` shows it",
            others.join(", ")
        ),
    })
}
