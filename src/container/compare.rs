//! Compares the filesystem of a container with its image, path by path.

use std::collections::HashSet;
use std::io::Read;

use crate::analysis::each_chunk;
use crate::image::{
    Contents, EntryKind, EntryRef, Finding, FindingKind, LayerNumber, Progress, ProgressEvent, ReadError, read_some,
};
use crate::union::{NodeId, Union, VersionId, VersionRef};

use super::engine::is_engines;
use super::metadata::{MetadataChange, same_size};

/// How a path of the container compares with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not in the container.
    Absent,
    /// It is as the image has it.
    Same,
    /// The image has none.
    Added,
    /// It became something else, or its content or metadata differ.
    Changed,
    /// The engine put it there.
    Engine,
}

/// How much of the image a container still has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resemblance {
    /// Files and links of the image, folders not counted.
    pub(super) all: usize,
    /// Those that the container has, with the same content.
    pub(super) same: usize,
}

pub(super) struct Comparison<'a> {
    pub(super) image: &'a Union,
    pub(super) export: &'a Union,
    /// By the nodes of the export.
    pub(super) verdicts: Vec<Verdict>,
    /// The paths of the image that the container no longer has, the topmost of each.
    pub(super) removed: Vec<NodeId>,
    /// Files of the export with several names of which one changed: then all of them are in the layer.
    pub(super) changed_inodes: HashSet<VersionId>,
    pub(super) resemblance: Resemblance,
    pub(super) findings: Vec<Finding>,
    /// The node of the image for each of the export.
    twins: Vec<Option<NodeId>>,
}

/// A file that has to be read: the node of the export, the image's version and the export's.
#[derive(Clone, Copy)]
struct Undecided {
    node: NodeId,
    before: VersionId,
    after: VersionId,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        image: &'a Union,
        export: &'a Union,
        number: LayerNumber,
        contents: &dyn Contents,
        progress: &dyn Progress,
    ) -> Self {
        let mut comparison = Self {
            image,
            export,
            verdicts: vec![Verdict::Absent; export.node_count()],
            removed: Vec::new(),
            changed_inodes: HashSet::new(),
            resemblance: Resemblance::default(),
            findings: Vec::new(),
            twins: twins(image, export),
        };
        let undecided = comparison.without_reading();
        comparison.read(&undecided, number, contents, progress);
        comparison.find_removed();
        comparison.leave_out_engines();
        comparison.find_changed_inodes();
        comparison
    }

    /// What the container shows at a node of the export, and what its image shows there.
    pub(super) fn versions(&self, node: NodeId) -> (Option<VersionRef<'a>>, Option<VersionRef<'a>>) {
        let before = self.twins[node.index()].and_then(|twin| self.image.live(twin));
        let after = self.export.live(node);
        (before.map(|id| self.image.version(id)), after.map(|id| self.export.version(id)))
    }

    pub(super) fn verdict(&self, node: NodeId) -> Verdict {
        self.verdicts[node.index()]
    }

    /// Decides all that kinds, sizes and metadata decide; returns the rest.
    fn without_reading(&mut self) -> Vec<Undecided> {
        let mut undecided = Vec::new();
        self.verdicts[self.export.root().index()] = Verdict::Same;
        for node in self.export.paths() {
            let (before, after) = self.versions(node);
            self.verdicts[node.index()] = match (before, after) {
                (_, None) => Verdict::Absent,
                (None, Some(_)) => Verdict::Added,
                (Some(before), Some(after)) if before.inode().kind() != after.inode().kind() => Verdict::Changed,
                (Some(before), Some(after)) => {
                    let change = MetadataChange::between(before, after);
                    let entries = before.inode_entry().zip(after.inode_entry());
                    let is_same_size = entries.is_none_or(|(before, after)| same_size(before, after));
                    let is_file = after.inode().kind() == EntryKind::File;
                    if is_file && is_same_size {
                        let (before, after) = (before.inode().id(), after.inode().id());
                        undecided.push(Undecided { node, before, after });
                    } else if !change.target && !is_file && after.inode().kind() != EntryKind::Dir {
                        self.resemblance.same += 1;
                    }
                    if change.any() || !is_same_size { Verdict::Changed } else { Verdict::Same }
                }
            };
        }
        undecided
    }

    /// Reads the files that only their contents can tell apart, in the order in which the export stores them.
    fn read(&mut self, undecided: &[Undecided], number: LayerNumber, contents: &dyn Contents, progress: &dyn Progress) {
        let (image, export) = (self.image, self.export);
        let mut done = 0;
        let mut differ = Vec::new();
        each_chunk(
            undecided,
            progress,
            |pair| {
                let (before, after) = (image.version(pair.before), export.version(pair.after));
                let (Some(old), Some(new)) = (before.entry(), after.entry()) else { return Ok(true) };
                have_same_content(contents, (before.layer(), old), (number, new)).map_err(|why| {
                    let message = format!("its content cannot be compared and counts as changed: {why}");
                    Finding::of_path(FindingKind::Unreadable, number, export.path(pair.node), message).gap()
                })
            },
            |at, results| {
                done += results.len();
                for (pair, result) in undecided[at..].iter().zip(results) {
                    differ.push((pair.node, result));
                }
                progress.report(ProgressEvent::Comparing { done, total: undecided.len() });
            },
        );
        for (node, result) in differ {
            match result {
                Ok(true) => self.resemblance.same += 1,
                Ok(false) => self.verdicts[node.index()] = Verdict::Changed,
                Err(finding) => {
                    self.verdicts[node.index()] = Verdict::Changed;
                    self.findings.push(finding);
                }
            }
        }
    }

    /// What the image has and the container has not, below a folder that both have.
    fn find_removed(&mut self) {
        let mut exported: Vec<Option<NodeId>> = vec![None; self.image.node_count()];
        exported[self.image.root().index()] = Some(self.export.root());
        for node in self.export.paths() {
            if let Some(twin) = self.twins[node.index()] {
                exported[twin.index()] = self.export.live(node).map(|_| node);
            }
        }
        for node in self.image.paths() {
            let Some(live) = self.image.live(node) else { continue };
            if self.image.version(live).inode().kind() != EntryKind::Dir {
                self.resemblance.all += 1;
            }
            let folder = self.image.parent(node).and_then(|parent| exported[parent.index()]);
            if exported[node.index()].is_none() && folder.is_some_and(|folder| self.is_folder(folder)) {
                self.removed.push(node);
            }
        }
    }

    fn is_folder(&self, node: NodeId) -> bool {
        node == self.export.root()
            || self.export.live(node).is_some_and(|live| self.export.version(live).kind() == EntryKind::Dir)
    }

    /// Sets aside what the engine put there, and the folders that it made for that.
    fn leave_out_engines(&mut self) {
        let all: Vec<_> = self.export.paths().collect();
        let mut has_own = vec![false; self.verdicts.len()];
        let mut has_engines = vec![false; self.verdicts.len()];
        // The ID of a child is higher than that of its parent.
        for node in all.into_iter().rev() {
            let index = node.index();
            let (before, after) = self.versions(node);
            let Some(after) = after else { continue };
            if matches!(self.verdicts[index], Verdict::Added | Verdict::Changed) {
                let is_folder = after.kind() == EntryKind::Dir;
                let is_named =
                    after.inode_entry().is_some_and(|entry| is_engines(self.export.path(node).as_bytes(), entry));
                let is_left_out = if is_folder {
                    before.is_none() && !has_own[index] && (is_named || has_engines[index])
                } else {
                    is_named
                };
                if is_left_out {
                    self.verdicts[index] = Verdict::Engine;
                }
            }
            if let Some(parent) = self.export.parent(node) {
                let is_engines = self.verdicts[index] == Verdict::Engine;
                has_engines[parent.index()] |= is_engines;
                has_own[parent.index()] |= !is_engines;
            }
        }
    }

    /// Files with several names are in the layer under all of them as soon as they are under one: a link to a file of the
    /// image is made to a copy of it.
    fn find_changed_inodes(&mut self) {
        let linked = self.linked();
        let nodes = self.export.paths().filter(|&node| is_in_layer(self.verdict(node)));
        let inodes = nodes.filter_map(|node| Some(self.versions(node).1?.inode().id()));
        self.changed_inodes = inodes.filter(|inode| linked.contains(inode)).collect();
    }

    /// Files of the export that have hard links.
    fn linked(&self) -> HashSet<VersionId> {
        let versions = self.export.all_versions().map(|id| self.export.version(id));
        versions.filter(|version| version.is_link()).map(|version| version.inode().id()).collect()
    }
}

/// Whether a path is in the container's layer.
pub(super) fn is_in_layer(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Added | Verdict::Changed)
}

/// The node of the image for each node of the export.
fn twins(image: &Union, export: &Union) -> Vec<Option<NodeId>> {
    let mut twins = vec![None; export.node_count()];
    twins[export.root().index()] = Some(image.root());
    for node in export.paths() {
        let parent = export.parent(node).and_then(|parent| twins[parent.index()]);
        twins[node.index()] = parent.and_then(|parent| image.child(parent, export.name(node)));
    }
    twins
}

type Stored<'a> = (LayerNumber, EntryRef<'a>);

/// Whether two files of the same size have the same bytes: by their hashes, or byte by byte where one has holes.
fn have_same_content(contents: &dyn Contents, before: Stored<'_>, after: Stored<'_>) -> Result<bool, ReadError> {
    if before.1.size() == 0 {
        return Ok(true);
    }
    if before.1.sparse_map().is_none() && after.1.sparse_map().is_none() {
        return Ok(contents.identity(before.0, before.1)? == contents.identity(after.0, after.1)?);
    }
    let io = |layer| move |source| ReadError::Io { layer, source };
    let (mut old, mut new) = (contents.open(before.0, before.1)?, contents.open(after.0, after.1)?);
    let mut buffers = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = fill(&mut old, &mut buffers.0).map_err(io(before.0))?;
        let other = fill(&mut new, &mut buffers.1).map_err(io(after.0))?;
        if buffers.0[..count] != buffers.1[..other] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some(reader, &mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
