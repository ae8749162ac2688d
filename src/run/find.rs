//! Finds paths that a person types: symlinks are followed in the merged view, never on the host.

use std::ffi::OsStr;

use anyhow::{Result, anyhow};

use crate::format::safe;
use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{Destination, FinalSymlink, MOST_LINKS, NodeId, Scope, Union, VersionRef};

/// A path as typed, with or without a leading slash.
pub(super) fn typed_path(typed: &OsStr) -> EntryPath {
    EntryPath::normalise(typed.as_encoded_bytes()).path
}

/// A path in backticks.
pub(super) fn quoted(path: &EntryPath) -> String {
    format!("`{}`", if path.is_root() { "/".to_owned() } else { safe(path.as_bytes()) })
}

/// The node that a list begins at.
pub(super) fn listed(union: &Union, scope: Scope, path: &EntryPath) -> Result<NodeId> {
    match scope {
        // Changes of a layer are listed by their own path, also if the path leads elsewhere in the merged view.
        Scope::Changes(_, last) => spellings(union, path, last)
            .iter()
            .find_map(|path| union.node_at(path))
            .ok_or_else(|| anyhow!("no layer has {}: `layerscope ls` lists all paths", quoted(path))),
        Scope::Merged(_) if path.is_root() => Ok(union.root()),
        Scope::Merged(after) => {
            let found = follow(union, path, after, FinalSymlink::Stay)?;
            found.node().ok_or_else(|| anyhow!("{} is never visible", quoted(path)))
        }
    }
}

/// The version that is visible at a path after a layer. Symlinks in the path are followed.
pub(super) fn follow<'a>(
    union: &'a Union,
    path: &EntryPath,
    after: LayerNumber,
    at_the_end: FinalSymlink,
) -> Result<VersionRef<'a>> {
    let visible = |node| union.visible(node, after).map(|id| union.version(id));
    match union.follow_from(after, union.root(), path.as_bytes(), at_the_end).end {
        Destination::Found(node) => visible(node).ok_or_else(|| not_visible(union, &union.path(node), after)),
        Destination::Missing(at) => Err(not_visible(union, &at, after)),
        Destination::NotAFolder(at) => {
            let kind = union.node_at(&at).and_then(visible).map_or("file", |found| found.inode().kind().name());
            Err(anyhow!("{} is a {kind}, so nothing is below it", quoted(&at)))
        }
        Destination::Loop => {
            Err(anyhow!("{} leads through more than {MOST_LINKS} symlinks, or is a symlink loop", quoted(path)))
        }
    }
}

/// Why a path is not visible after a layer, and how to see it.
fn not_visible(union: &Union, path: &EntryPath, after: LayerNumber) -> anyhow::Error {
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
        Some(version) => anyhow!("{shown} does not exist yet after layer {after}: layer {} adds it", version.layer()),
        None => anyhow!("no layer has {shown}: `layerscope ls` lists all paths"),
    }
}

/// The paths that a path may mean in a layer: itself, then with the symlinks among its folders resolved after that
/// layer, and resolved in the final image. A symlink at the end of the path is not followed.
pub(super) fn spellings(union: &Union, path: &EntryPath, layer: LayerNumber) -> Vec<EntryPath> {
    let mut spellings = vec![path.clone()];
    let layers = [Some(layer), union.layer_numbers().next_back()].into_iter().flatten();
    for (folder, after) in path.parent().into_iter().flat_map(|folder| layers.clone().map(move |after| (folder, after)))
    {
        if let Destination::Found(folder) = union.follow_from(after, union.root(), folder, FinalSymlink::Follow).end {
            let mut followed = union.path(folder);
            followed.push(path.name());
            if !spellings.contains(&followed) {
                spellings.push(followed);
            }
        }
    }
    spellings
}

/// Every version of a path that is stored.
fn versions_of<'a>(union: &'a Union, path: &EntryPath) -> Vec<VersionRef<'a>> {
    let versions = union.node_at(path).into_iter().flat_map(|node| union.versions(node)).map(|id| union.version(id));
    versions.filter(|version| version.entry().is_some()).collect()
}

/// What a layer stores under a path, visible or not; of several, the last.
pub(super) fn stored_in<'a>(union: &'a Union, path: &EntryPath, layer: LayerNumber) -> Result<VersionRef<'a>> {
    let spellings = spellings(union, path, layer);
    for path in &spellings {
        if let Some(found) = versions_of(union, path).into_iter().rfind(|version| version.layer() == layer) {
            return Ok(found);
        }
    }
    // Versions that were never visible have no node: whiteouts with bytes, files of AUFS.
    let never_visible = union.added_by(layer).map(|id| union.version(id)).filter(|version| version.node().is_none());
    if let Some(found) = never_visible.filter(|version| version.path() == *path).last() {
        return Ok(found);
    }
    let of_node = spellings.iter().map(|path| versions_of(union, path)).find(|versions| !versions.is_empty());
    let of_node = of_node.unwrap_or_default();
    let shown = quoted(path);
    let layers: Vec<_> = of_node.iter().map(|version| version.layer().to_string()).collect();
    let removes = of_node.iter().any(|version| version.ended().is_some_and(|ended| ended.by == layer));
    Err(match layers.split_last() {
        None => anyhow!("no layer has {shown}: `layerscope ls` lists all paths"),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Entries, NewEntry};
    use crate::union::testing::layer_number;

    /// Layers of files, folders (with a slash) and links (`name -> target`).
    fn union(layers: &[&[&str]]) -> Union {
        let layer = |entries: &&[&str]| {
            let mut scan = Entries::new();
            for entry in *entries {
                let (name, target) = entry.split_once(" -> ").unwrap_or((entry, ""));
                let kind = match (target, name.ends_with('/')) {
                    ("", true) => EntryKind::Dir,
                    ("", false) => EntryKind::File,
                    _ => EntryKind::Symlink,
                };
                let entry =
                    NewEntry { name: name.as_bytes(), kind, link_target: target.as_bytes(), ..NewEntry::default() };
                scan.push(entry).expect("room");
            }
            Arc::new(scan)
        };
        Union::build(layers.iter().map(layer).collect())
    }

    fn stored(union: &Union, path: &str, number: usize) -> Result<(String, usize)> {
        let found = stored_in(union, &EntryPath::normalise(path.as_bytes()).path, layer_number(number))?;
        Ok((String::from_utf8_lossy(found.path().as_bytes()).into_owned(), found.layer().get()))
    }

    #[test]
    fn a_layer_is_asked_through_the_symlinks_among_the_folders_of_a_path() {
        let union = union(&[
            &["usr/bin/", "usr/bin/dash", "bin -> usr/bin", "usr/bin/sh -> dash"],
            &["usr/bin/dash", "usr/bin/.wh.sh", "opt/a/b", "lib/x"],
            &["usr/lib/x", "lib -> usr/lib", "app -> /opt"],
        ]);
        let found = |path: &str, layer| (path.to_owned(), layer);
        assert_eq!(stored(&union, "bin/dash", 1).ok(), Some(found("usr/bin/dash", 1)));
        assert_eq!(stored(&union, "/bin/dash", 2).ok(), Some(found("usr/bin/dash", 2)));
        assert_eq!(stored(&union, "bin", 1).ok(), Some(found("bin", 1)), "a link of its own name is itself");
        assert_eq!(stored(&union, "bin/sh", 1).ok(), Some(found("usr/bin/sh", 1)), "removed since");
        assert_eq!(stored(&union, "app/a/b", 2).ok(), Some(found("opt/a/b", 2)), "a link of a later layer");
        assert_eq!(stored(&union, "lib/x", 2).ok(), Some(found("lib/x", 2)), "a folder of its time");
        assert_eq!(stored(&union, "lib/x", 3).ok(), Some(found("usr/lib/x", 3)));
        let error = stored(&union, "bin/dash", 3).expect_err("missing").to_string();
        assert_eq!(error, "layer 3 does not store `bin/dash`, layers 1 and 2 do: `--layer 2` shows it");
        let changed =
            listed(&union, Scope::layer(layer_number(1)), &EntryPath::normalise(b"bin/dash").path).expect("found");
        assert_eq!(union.path(changed).as_bytes(), b"usr/bin/dash");
    }
}
