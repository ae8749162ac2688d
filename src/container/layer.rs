//! The layer of a container, from the comparison with its image.

use std::collections::HashMap;

use crate::image::{Entries, EntryKind, EntryPath, EntryRef, Finding, FindingKind, Full, NewEntry};
use crate::union::{NodeId, VersionId, VersionRef};

use super::ReadExport;
use super::compare::{Comparison, Resemblance, Verdict, is_in_layer};

/// Files of an image from which on it is certain that a filesystem with nearly none of them is of another image.
const MANY: usize = 10;

/// Of which image a filesystem is.
enum Origin {
    ThisImage,
    Unlikely,
    OtherImage,
}

impl Resemblance {
    fn origin(self) -> Origin {
        if self.all >= MANY && self.same * 10 < self.all {
            Origin::OtherImage
        } else if self.same * 2 < self.all {
            Origin::Unlikely
        } else {
            Origin::ThisImage
        }
    }

    fn sentence(self) -> String {
        let differ = self.all.saturating_sub(self.same);
        format!(
            "{differ} of the {} files of the image ({} %) are missing from it or have other content",
            self.all,
            (differ * 100).div_euclid(self.all.max(1))
        )
    }
}

pub(super) fn build(compared: &Comparison<'_>, read: ReadExport) -> Entries {
    let ReadExport { number, entries: whole, findings, complete } = read;
    let mut layer = Builder { compared, entries: Entries::new(), first_names: HashMap::new() };
    layer.entries.complete = complete;
    layer.entries.findings = findings;
    layer.entries.findings.extend(compared.findings.iter().cloned());
    let of_layer = |kind, message| Finding::of_layer(kind, number, message);
    match compared.resemblance.origin() {
        Origin::ThisImage => {}
        Origin::Unlikely => {
            let message = format!(
                "the container may be of another image, or of another build of it: {}",
                compared.resemblance.sentence()
            );
            layer.entries.findings.push(of_layer(FindingKind::OtherImage, message));
        }
        Origin::OtherImage => {
            let what = if looks_like_archive(compared) {
                "the container's tar is an archive of images, not the filesystem of a container"
            } else {
                "the container's tar is not the filesystem of a container of this image"
            };
            let message = format!("{what}: {}", compared.resemblance.sentence());
            let mut none = Entries::new();
            none.complete = false;
            none.findings.push(of_layer(FindingKind::OtherImage, message).gap());
            return none;
        }
    }
    if layer.fill(complete).is_err() {
        layer.entries.complete = false;
        let message = format!("the container changed too much ({Full}): what comes before is shown");
        layer.entries.findings.push(of_layer(FindingKind::TooMuch, message).gap());
    }
    let Builder { mut entries, .. } = layer;
    let unnameable = whole.iter().filter(|entry| is_unnameable(*entry)).count();
    if unnameable > 0 {
        let message =
            format!("{unnameable} files are named or made like whiteouts, which no layer can store: they are left out");
        entries.findings.push(of_layer(FindingKind::BadWhiteout, message).gap());
        entries.complete = false;
    }
    entries.findings.extend(engines(compared).map(|message| of_layer(FindingKind::EngineFiles, message)));
    entries.tar_bytes = whole.tar_bytes;
    entries.shrink();
    entries
}

/// What a layer would take for a whiteout.
fn is_unnameable(entry: EntryRef<'_>) -> bool {
    entry.name().starts_with(b".wh.") || entry.kind() == EntryKind::Char && entry.rdev() == Some((0, 0))
}

fn looks_like_archive(compared: &Comparison<'_>) -> bool {
    let has = |name: &[u8]| {
        let node = compared.export.child(compared.export.root(), name);
        node.is_some_and(|node| compared.verdict(node) == Verdict::Added)
    };
    has(b"manifest.json") || has(b"oci-layout")
}

/// The sentence about what the engine put there; folders only where nothing else is in them.
fn engines(compared: &Comparison<'_>) -> Option<String> {
    let export = compared.export;
    let mut names: Vec<_> = export.paths().filter(|&node| compared.verdict(node) == Verdict::Engine).collect();
    names.retain(|&node| !export.children(node).any(|child| compared.verdict(child) == Verdict::Engine));
    let mut names: Vec<_> = names.into_iter().map(|node| quoted(&export.path(node))).collect();
    names.sort();
    (!names.is_empty()).then(|| format!("the engine's own files in every container are left out: {}", names.join(", ")))
}

pub(super) fn quoted(path: &EntryPath) -> String {
    format!("`{}`", String::from_utf8_lossy(path.as_bytes()).escape_debug())
}

struct Builder<'a> {
    compared: &'a Comparison<'a>,
    entries: Entries,
    /// The path in this layer of each file with several names.
    first_names: HashMap<VersionId, EntryPath>,
}

impl Builder<'_> {
    /// Adds whiteouts, and then what the export stores, in its order.
    fn fill(&mut self, complete: bool) -> Result<(), Full> {
        let (image, export) = (self.compared.image, self.compared.export);
        let mut is_in = vec![false; export.node_count()];
        for node in export.paths() {
            is_in[node.index()] = is_in_layer(self.compared.verdict(node)) || self.is_linked_to_changed(node);
        }
        if complete {
            for &node in &self.compared.removed {
                let path = image.path(node);
                self.whiteout(&path)?;
                // The folder is in the layer as well, as in a commit.
                let parent = path.parent().map(EntryPath::normalise).and_then(|parent| export.node_at(&parent.path));
                is_in[parent.unwrap_or(export.root()).index()] = true;
            }
        }
        for node in export.paths().rev() {
            if let Some(parent) = export.parent(node).filter(|_| is_in[node.index()]) {
                is_in[parent.index()] = true;
            }
        }
        for version in export.all_versions().map(|id| export.version(id)) {
            let Some(node) = version.node().filter(|node| is_in[node.index()] && *node != export.root()) else {
                continue;
            };
            if export.live(node) == Some(version.id()) && self.is_known(node) {
                self.add(node, version)?;
            }
        }
        Ok(())
    }

    fn is_linked_to_changed(&self, node: NodeId) -> bool {
        let (_, after) = self.compared.versions(node);
        after.is_some_and(|after| self.compared.changed_inodes.contains(&after.inode().id()))
            && self.compared.verdict(node) != Verdict::Engine
    }

    /// Whether it has to be listed: a folder that no layer of the image lists, and that is only on the way to a change, would
    /// seem to be changed itself.
    fn is_known(&self, node: NodeId) -> bool {
        let (before, _) = self.compared.versions(node);
        is_in_layer(self.compared.verdict(node)) || before.is_none_or(|before| before.inode_entry().is_some())
    }

    fn whiteout(&mut self, path: &EntryPath) -> Result<(), Full> {
        let mut name = path.parent().unwrap_or_default().to_vec();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(b".wh.");
        name.extend_from_slice(path.name());
        self.entries.push(NewEntry { name: &name, mode: 0, ..NewEntry::default() }).map(drop)
    }

    fn add(&mut self, node: NodeId, version: VersionRef<'_>) -> Result<(), Full> {
        let path = self.compared.export.path(node);
        let Some(inode) = version.inode_entry() else { return Ok(()) };
        if self.compared.changed_inodes.contains(&version.inode().id()) {
            if let Some(first) = self.first_names.get(&version.inode().id()) {
                let link = NewEntry {
                    kind: EntryKind::HardLink,
                    link_target: first.as_bytes(),
                    size: 0,
                    stored: 0,
                    ..inode.renamed(path.as_bytes())
                };
                return self.entries.push(link).map(drop);
            }
            self.first_names.insert(version.inode().id(), path.clone());
        }
        let index = self.entries.push(inode.renamed(path.as_bytes()))?;
        if let Some(hash) = inode.content_hash() {
            self.entries.set_hash(index, hash);
        }
        Ok(())
    }
}
