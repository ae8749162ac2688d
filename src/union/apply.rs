//! Applies one layer after another to the arena.
//!
//! The rule, and its sources: whiteouts and opaque markers act on the layers below only, in any order (image-spec
//! `layer.md`); paths through symlinks, files in place of folders and devices 0:0 behave as on an overlay mount,
//! because that is what people run; what every engine refuses is kept as far as it makes sense. Each ambiguous case
//! leaves a finding that says what was assumed and what engines make of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::image::{Entries, EntryIndex, EntryKind, EntryPath, EntryRef, Finding, FindingKind, LayerNumber, PATH_MOST};

use super::arena::{Arena, HowEnded, MOST_PATH_BYTES, NoPath, NodeId, VersionId};
use super::findings::Findings;
use super::own_whiteouts::{Disagreement, OwnWhiteouts};
use super::whiteout::{EntryRole, is_aufs, role};

/// As many links as Linux follows when it resolves a path.
const MOST_HOPS: usize = 40;

/// The limit on steps along symlink targets in one layer. Targets of thousands of components, chained, under a million
/// entries would otherwise keep a processor busy for hours.
const MOST_LINK_STEPS: usize = 5_000_000;

/// The longest name on Linux file systems.
const LONGEST_NAME: usize = 255;

/// The last second that engines keep: more nanoseconds do not fit their clocks.
const LATEST_TIME: i64 = i64::MAX / 1_000_000_000;

/// The last user or group ID on Linux; the one above it means "unchanged".
const LAST_OWNER: i64 = 0xffff_fffe;

/// Applies all layers, lowest first.
pub(super) fn apply_all(layers: &[Arc<Entries>]) -> (Arena, Vec<Finding>) {
    let mut arena = Arena::new(layers.iter().map(|layer| layer.len()).sum());
    let mut findings = Findings::default();
    for index in 0..layers.len() {
        arena.begin_layer();
        let entries = &layers[index];
        LayerApplier {
            layers,
            entries,
            number: LayerNumber::from_index(index),
            arena: &mut arena,
            findings: &mut findings,
            aufs: HashMap::new(),
            folders: LayerFolders::new(entries),
            own_whiteouts: OwnWhiteouts::default(),
            opaque: Vec::new(),
            link_steps: 0,
            in_no_folder: Vec::new(),
        }
        .run();
        findings.end_layer(LayerNumber::from_index(index));
    }
    arena.finish();
    (arena, findings.into_findings())
}

/// The nodes of this layer's folders, as far as they are known and still valid.
struct LayerFolders {
    nodes: Vec<(NodeId, u32)>,
    /// Incremented when a folder or a symlink of the arena ends: paths resolved before may point elsewhere now.
    epoch: u32,
    below_aufs: Vec<bool>,
}

impl LayerFolders {
    fn new(entries: &Entries) -> Self {
        let mut below_aufs = vec![false; entries.dir_count()];
        for dir in 1..entries.dir_count() {
            let (parent, name) = entries.dir(u32::try_from(dir).unwrap_or(0));
            below_aufs[dir] = if parent == 0 { is_aufs(name) } else { below_aufs[parent as usize] };
        }
        Self { nodes: vec![(NodeId::ROOT, 0); entries.dir_count()], epoch: 1, below_aufs }
    }
}

/// Why an entry cannot be applied.
enum Refusal {
    /// A symlink loop in its path, or too many symlinks.
    SymlinkLoop,
    NoPath(NoPath),
}

impl From<NoPath> for Refusal {
    fn from(why: NoPath) -> Self {
        Self::NoPath(why)
    }
}

/// A component on the path to a folder: of the layer's own path, or of a symlink's target.
enum PathComponent<'a> {
    Up,
    Name { name: &'a [u8], place: (u32, (u32, u16)) },
}

struct LayerApplier<'a> {
    layers: &'a [Arc<Entries>],
    entries: &'a Entries,
    number: LayerNumber,
    arena: &'a mut Arena,
    findings: &'a mut Findings,
    /// AUFS hard-link targets of this layer, by path.
    aufs: HashMap<EntryPath, VersionId>,
    folders: LayerFolders,
    own_whiteouts: OwnWhiteouts<'a>,
    opaque: Vec<EntryIndex>,
    /// Steps along symlink targets so far.
    link_steps: usize,
    /// Whiteouts and opaque markers below what the lower layers have as something else than a folder.
    in_no_folder: Vec<(EntryIndex, EntryKind)>,
}

impl<'a> LayerApplier<'a> {
    fn run(&mut self) {
        if self.arena.live(NodeId::ROOT).is_none() {
            self.arena.add_version(NodeId::ROOT, None, None);
        }
        self.hide();
        self.in_no_folder.sort_unstable_by_key(|(entry, _)| *entry);
        self.folders.epoch += 1;
        let entries = self.entries;
        for entry in entries.iter() {
            match self.role(entry) {
                EntryRole::Entry => {
                    self.doubt_order(entry);
                    self.apply(entry);
                }
                EntryRole::Aufs => {
                    let version = self.park(entry);
                    self.aufs.extend(version.map(|version| (entry.path(), version)));
                }
                role => {
                    if role != EntryRole::BadWhiteout {
                        self.arena.add_marker(entry.index());
                    }
                    if entry.stored() > 0 {
                        self.park(entry);
                    }
                    if self.in_no_folder.binary_search_by_key(&entry.index(), |(entry, _)| *entry).is_ok() {
                        self.shadow(entry);
                    }
                }
            }
        }
        self.folders.epoch += 1;
        self.doubt_opaque_folders();
        self.doubt_in_no_folder();
    }

    fn role(&self, entry: EntryRef<'a>) -> EntryRole<'a> {
        let dir = self.entries.dir_index(entry.index());
        role(entry, dir == 0, self.folders.below_aufs[dir as usize])
    }

    fn doubt(&mut self, kind: FindingKind, entry: EntryRef<'_>, message: impl FnOnce() -> String) {
        self.findings.add(kind, self.number, || (entry.path(), message()));
    }

    /// Reports an entry of this layer at or below one of its own whiteouts: engines agree only if it is a file after
    /// the whiteout.
    fn doubt_order(&mut self, entry: EntryRef<'a>) {
        let trouble = self.own_whiteouts.trouble(self.entries, entry);
        if let Some(trouble) = trouble {
            self.doubt(FindingKind::WhiteoutOrder, entry, || match trouble {
                Disagreement::Later => "a whiteout of it follows later in the same layer: the whiteout hides only what \
                      lower layers have, as the specification says; overlay engines refuse the layer, engines that \
                      copy layers remove both"
                    .to_owned(),
                Disagreement::Folder => "a folder that the same layer whites out: the whiteout hides what lower layers had in it; \
                                    engines that copy layers agree, overlay engines keep the lower content or refuse the \
                                    layer"
                    .to_owned(),
            });
        }
    }

    /// Opaque markers in folders that the layer does not list leave the attributes of the folder, or whether it exists,
    /// to the engine.
    fn doubt_opaque_folders(&mut self) {
        for index in std::mem::take(&mut self.opaque) {
            let dir = self.entries.dir_index(index);
            if self.listed_at(dir).is_none() {
                let entry = self.entries.get(index);
                self.doubt(FindingKind::OpaqueFolder, entry, || {
                    "an opaque marker in a folder that the layer does not list: the folder stays as it was, or \
                     missing; Docker and podman create one with fresh attributes, other engines keep the lower one's"
                        .to_owned()
                });
            }
        }
    }

    /// Markers below a link or a file of a lower layer are ambiguous unless the layer has put a folder in its place before
    /// them, as Docker does: then there is nothing to hide.
    fn doubt_in_no_folder(&mut self) {
        for (index, kind) in std::mem::take(&mut self.in_no_folder) {
            let entry = self.entries.get(index);
            let opaque = self.role(entry) == EntryRole::Opaque;
            let dir = self.entries.dir_index(index);
            let (Ok(innermost) | Err(innermost)) = self.lower_folder(dir);
            let live = self.arena.live(innermost);
            let is_shadowed = live.is_some_and(|live| self.arena.version(live).layer() == self.number);
            if !is_shadowed || self.listed_at(dir).is_some_and(|folder| folder < index) {
                if !opaque {
                    self.doubt_idle(entry, None);
                }
                continue;
            }
            let marker = if opaque { "an opaque marker" } else { "a whiteout" };
            if kind == EntryKind::Symlink {
                let copies = if opaque { "empty the link's target" } else { "remove the file behind the link" };
                self.doubt(FindingKind::ThroughSymlink, entry, || {
                    format!(
                        "{marker} below a symlink of a lower layer: a folder takes the link's place, as with overlay \
                         engines; engines that copy layers {copies}"
                    )
                });
            } else {
                self.doubt(FindingKind::ParentNotDirectory, entry, || {
                    format!(
                        "{marker} below a {} of a lower layer: a folder takes its place, as with overlay engines; engines \
                         that copy layers refuse it",
                        kind.name()
                    )
                });
            }
        }
    }

    /// Puts a folder in the place of what a lower layer has on the way to a marker that is not a folder, as overlay engines do,
    /// which unpack a layer by itself.
    fn shadow(&mut self, marker: EntryRef<'a>) {
        let mut node = NodeId::ROOT;
        let mut names = self.steps_to(self.entries.dir_index(marker.index()));
        while let Some(PathComponent::Name { name, .. }) = names.pop() {
            let child = self.arena.child(self.layers, node, name);
            let Some((child, live)) = child.and_then(|child| Some((child, self.arena.live(child)?))) else { return };
            if self.arena.kind(self.layers, live) != EntryKind::Dir {
                if self.arena.version(live).layer() != self.number {
                    match self.arena.count_version(child) {
                        Ok(()) => self.put_folder(child),
                        Err(no_path) => self.refuse(marker, &no_path.into()),
                    }
                }
                return;
            }
            node = child;
        }
    }

    /// Puts a folder that no entry lists in the place of something else.
    fn put_folder(&mut self, node: NodeId) {
        self.folders.epoch += 1;
        self.arena.end(node, HowEnded::TypeChange);
        self.arena.add_version(node, None, None);
    }

    fn doubt_idle(&mut self, whiteout: EntryRef<'a>, path: Option<NodeId>) {
        let last = path.and_then(|node| self.arena.versions_of(node).last());
        let ended = last.and_then(|last| self.arena.version(last).ended());
        let what = match ended {
            Some(ending) if ending.by == self.number && ending.how != HowEnded::NeverVisible => {
                "a path that another marker of this layer hides already: it hides nothing more"
            }
            _ => "a path that no lower layer has: it hides nothing",
        };
        self.doubt(FindingKind::IdleWhiteout, whiteout, || {
            format!(
                "a whiteout of {what}; overlay engines may leave a name there that cannot be opened, or refuse the layer"
            )
        });
    }

    /// The entry of this layer for one of its folders, once the whole layer is applied.
    fn listed_at(&mut self, dir: u32) -> Option<EntryIndex> {
        let node = self.lower_folder(dir).ok()?;
        let version = self.arena.version(self.arena.live(node)?);
        if version.layer() == self.number { version.entry() } else { None }
    }

    // ---- what the layer hides of the layers below ----

    fn hide(&mut self) {
        let entries = self.entries;
        for entry in entries.iter() {
            if self.role(entry) == EntryRole::Opaque {
                self.apply_opaque(entry);
            }
        }
        for entry in entries.iter() {
            match self.role(entry) {
                EntryRole::Whiteout(hidden) => self.apply_whiteout(entry, hidden),
                EntryRole::OverlayWhiteout => {
                    self.doubt(FindingKind::OverlayWhiteout, entry, || {
                        "a character device 0:0: treated as a whiteout, as overlay engines do; engines that copy \
                         layers create a device"
                            .to_owned()
                    });
                    self.apply_whiteout(entry, entry.name());
                }
                EntryRole::BadWhiteout => self.doubt(FindingKind::BadWhiteout, entry, || {
                    "a whiteout without a name to hide: ignored; most engines refuse the layer".to_owned()
                }),
                EntryRole::Aufs => self.doubt(FindingKind::AufsMetadata, entry, || {
                    "a metadata file of the AUFS storage driver: hidden, its bytes count as removed".to_owned()
                }),
                EntryRole::Entry | EntryRole::Opaque => {}
            }
        }
    }

    fn apply_opaque(&mut self, entry: EntryRef<'a>) {
        let dir = self.entries.dir_index(entry.index());
        let folder = match self.lower_folder(dir) {
            Ok(folder) => folder,
            Err(innermost) => {
                match self.lower_in_the_way(innermost) {
                    Some(kind) => self.in_no_folder.push((entry.index(), kind)),
                    None => self.opaque.push(entry.index()),
                }
                return;
            }
        };
        // Docker writes a marker into every folder that a layer creates: with nothing below, it hides nothing.
        let hid = self.arena.end_below(folder, HowEnded::Opaque);
        if let Some(kind) = self.lower_in_the_way(folder) {
            self.in_no_folder.push((entry.index(), kind));
        } else if folder != NodeId::ROOT {
            self.opaque.push(entry.index());
        } else if hid {
            self.doubt(FindingKind::BadWhiteout, entry, || {
                "an opaque marker in the root: everything below is hidden, as the specification says; overlay \
                 engines ignore this one"
                    .to_owned()
            });
        }
    }

    fn apply_whiteout(&mut self, entry: EntryRef<'a>, hidden: &'a [u8]) {
        let dir = self.entries.dir_index(entry.index());
        if entry.name() != hidden {
            self.own_whiteouts.add(dir, hidden, entry.index());
        }
        let folder = self.lower_folder(dir);
        let (Ok(innermost) | Err(innermost)) = folder;
        if let Some(kind) = self.lower_in_the_way(innermost) {
            return self.in_no_folder.push((entry.index(), kind));
        }
        let target = folder.ok().and_then(|folder| self.arena.child(self.layers, folder, hidden));
        match target {
            Some(node) if self.arena.live(node).is_some() => {
                self.arena.end_below(node, HowEnded::Whiteout);
                self.arena.end(node, HowEnded::Whiteout);
            }
            _ if entry.name() == hidden => {}
            _ => self.doubt_idle(entry, target),
        }
    }

    /// The node of one of this layer's folders as the layers below had it, links not followed; the innermost node above it
    /// where there is none. It need not be visible.
    fn lower_folder(&mut self, dir: u32) -> Result<NodeId, NodeId> {
        let mut names = Vec::new();
        let mut at = dir;
        while at != 0 {
            if self.folders.nodes[at as usize].1 == self.folders.epoch {
                break;
            }
            names.push(at);
            at = self.entries.dir(at).0;
        }
        let mut node = self.folders.nodes[at as usize].0;
        for &dir in names.iter().rev() {
            node = self.arena.child(self.layers, node, self.entries.dir(dir).1).ok_or(node)?;
            self.folders.nodes[dir as usize] = (node, self.folders.epoch);
        }
        Ok(node)
    }

    /// What the layers below show at a node, or at the innermost above it, if that is not a folder.
    fn lower_in_the_way(&self, node: NodeId) -> Option<EntryKind> {
        let mut at = node;
        loop {
            match self.arena.live(at) {
                Some(live) => return Some(self.arena.kind(self.layers, live)).filter(|kind| *kind != EntryKind::Dir),
                None if at == NodeId::ROOT => return None,
                None => at = self.arena.node(at).parent,
            }
        }
    }

    // ---- the entries of the layer ----

    fn apply(&mut self, entry: EntryRef<'a>) {
        if entry.escaped() {
            self.doubt(FindingKind::EscapingPath, entry, || {
                "the name climbs above the root: clamped to it, as older engines do; newer ones refuse the layer"
                    .to_owned()
            });
        }
        if entry.name().len() > LONGEST_NAME {
            self.doubt(FindingKind::BadEntry, entry, || {
                format!(
                    "a name of {} bytes: kept; engines refuse it, no file system holds more than 255",
                    entry.name().len()
                )
            });
        }
        if !(0..=LATEST_TIME).contains(&entry.mtime().seconds) {
            self.doubt(FindingKind::OddTime, entry, || {
                format!(
                    "modified {} seconds after 1970: shown as written; most engines set it to 0",
                    entry.mtime().seconds
                )
            });
        }
        if [entry.uid(), entry.gid()].iter().any(|id| !(0..=LAST_OWNER).contains(id)) {
            self.doubt(FindingKind::OddOwner, entry, || {
                format!("owned by {}:{}: shown as written; engines cut it to 32 bits", entry.uid(), entry.gid())
            });
        }
        if entry.xattrs().iter().any(|(name, _)| name.starts_with(b"trusted.overlay.")) {
            self.doubt(FindingKind::OverlayXattr, entry, || {
                "an attribute of the overlay file system: ignored; Docker's and podman's overlay drivers apply it, \
                 other engines drop or keep it"
                    .to_owned()
            });
        }
        if entry.name().is_empty() {
            return self.apply_root(entry);
        }
        if let EntryKind::Unknown(flag) = entry.kind() {
            self.doubt(FindingKind::UnknownType, entry, || {
                format!("entry type `{}`: shown as it is; engines refuse the layer", flag.escape_ascii())
            });
        }
        let node = match self.node_for(entry) {
            Ok(node) => node,
            Err(refused) => return self.refuse(entry, &refused),
        };
        let inode = if entry.kind() == EntryKind::HardLink {
            match self.link_target(entry, node) {
                LinkTarget::Inode(inode) => Some(inode),
                LinkTarget::Itself if self.arena.live(node).is_some() => return,
                LinkTarget::Itself | LinkTarget::Broken => None,
            }
        } else {
            None
        };
        self.replace(node, entry, inode);
    }

    /// The node of an entry, with room for one more version of it.
    fn node_for(&mut self, entry: EntryRef<'a>) -> Result<NodeId, Refusal> {
        let folder = self.folder_for(entry)?;
        let place = (self.layer_place(), self.entries.name_place(entry.index()));
        let node = self.arena.child_or_new(self.layers, folder, entry.name(), place)?;
        self.arena.count_version(node)?;
        Ok(node)
    }

    fn refuse(&mut self, entry: EntryRef<'a>, refused: &Refusal) {
        match refused {
            Refusal::SymlinkLoop => self.doubt(FindingKind::BadEntry, entry, || {
                "a symlink loop in its path, or too many symlinks: left out; engines refuse the layer".to_owned()
            }),
            Refusal::NoPath(NoPath::TooLong) => self.doubt(FindingKind::BadEntry, entry, || {
                format!(
                    "symlinks lead it to a path of more than {PATH_MOST} bytes: left out; engines refuse it, no \
                     system allows longer ones"
                )
            }),
            Refusal::NoPath(NoPath::TooMuch) => {
                let room = MOST_PATH_BYTES >> 20;
                let message = || format!("all paths of the image have more than {room} MiB: left out from here on");
                return self.findings.leave_out(self.number, || (entry.path(), message()));
            }
        }
        self.park(entry);
    }

    /// Keeps an entry that is never visible, for its bytes.
    fn park(&mut self, entry: EntryRef<'a>) -> Option<VersionId> {
        match self.arena.count_path(entry.path().as_bytes().len()) {
            Ok(()) => Some(self.arena.park(entry.index())),
            Err(no_path) => {
                self.refuse(entry, &no_path.into());
                None
            }
        }
    }

    fn apply_root(&mut self, entry: EntryRef<'a>) {
        if entry.kind() == EntryKind::Dir {
            if entry.mode() != 0o755 || (entry.uid(), entry.gid()) != (0, 0) {
                self.doubt(FindingKind::BadEntry, entry, || {
                    format!(
                        "the layer gives the root directory mode {:04o} and owner {}:{}: shown so; Docker and \
                         containerd leave the root unchanged, other engines apply them",
                        entry.mode(),
                        entry.uid(),
                        entry.gid()
                    )
                });
            }
            self.arena.end(NodeId::ROOT, HowEnded::Replaced);
            self.arena.add_version(NodeId::ROOT, Some(entry.index()), None);
        } else {
            self.doubt(FindingKind::BadEntry, entry, || {
                format!("a {} in place of the root: left out; engines ignore or refuse it", entry.kind().name())
            });
            self.park(entry);
        }
    }

    /// Gives a path its new version and ends what it replaces.
    fn replace(&mut self, node: NodeId, entry: EntryRef<'a>, inode: Option<VersionId>) {
        if let Some(old) = self.arena.live(node) {
            let old_kind = self.arena.kind(self.layers, old);
            let new_kind = inode.map_or(entry.kind(), |inode| self.arena.kind(self.layers, inode));
            let repeats = self.arena.version(old).layer() == self.number && self.arena.version(old).entry().is_some();
            if repeats {
                self.doubt(FindingKind::Duplicate, entry, || {
                    "the layer repeats this path: the last entry counts, as in containerd; Docker and podman refuse \
                     the layer"
                        .to_owned()
                });
            }
            if old_kind == EntryKind::Dir && new_kind == EntryKind::Dir {
                self.arena.end(node, HowEnded::Replaced);
            } else {
                if matches!(old_kind, EntryKind::Dir | EntryKind::Symlink) {
                    self.folders.epoch += 1;
                }
                if old_kind == EntryKind::Dir {
                    self.arena.end_below(node, HowEnded::TypeChange);
                }
                let how = if old_kind == new_kind { HowEnded::Replaced } else { HowEnded::TypeChange };
                self.arena.end(node, how);
            }
        }
        self.arena.add_version(node, Some(entry.index()), inode);
    }

    fn layer_place(&self) -> u32 {
        u32::try_from(self.number.index()).unwrap_or(u32::MAX)
    }

    /// The folder an entry goes into, created if it is missing.
    fn folder_for(&mut self, entry: EntryRef<'a>) -> Result<NodeId, Refusal> {
        let dir = self.entries.dir_index(entry.index());
        let (node, epoch) = self.folders.nodes[dir as usize];
        if dir == 0 {
            return Ok(NodeId::ROOT);
        }
        if epoch == self.folders.epoch {
            return Ok(node);
        }
        let node = self.walk_to(dir, entry)?;
        self.folders.nodes[dir as usize] = (node, self.folders.epoch);
        Ok(node)
    }

    /// The steps to one of this layer's folders, the last one first.
    fn steps_to(&self, dir: u32) -> Vec<PathComponent<'a>> {
        let mut steps = Vec::new();
        let mut at = dir;
        while at != 0 {
            let place = (self.layer_place(), self.entries.dir_name_place(at));
            let (parent, name) = self.entries.dir(at);
            steps.push(PathComponent::Name { name, place });
            at = parent;
        }
        steps
    }

    fn walk_to(&mut self, dir: u32, entry: EntryRef<'a>) -> Result<NodeId, Refusal> {
        let mut steps = self.steps_to(dir);
        let mut at = NodeId::ROOT;
        let mut hops = 0;
        // Steps above this index belong to a symlink, not to the path itself.
        let mut own_steps = steps.len();
        while let Some(step) = steps.pop() {
            own_steps = own_steps.min(steps.len() + 1);
            let of_link = steps.len() >= own_steps;
            let PathComponent::Name { name, place } = step else {
                at = self.arena.node(at).parent;
                continue;
            };
            let node = self.arena.child_or_new(self.layers, at, name, place)?;
            let Some(live) = self.arena.live(node) else {
                if of_link {
                    self.doubt(FindingKind::ThroughSymlink, entry, || {
                        "its path leads through a symlink to a missing target: the target is created, as in \
                         containerd and umoci; Docker and podman refuse the layer"
                            .to_owned()
                    });
                }
                self.arena.count_version(node)?;
                self.arena.add_version(node, None, None);
                at = node;
                continue;
            };
            let own = self.arena.version(live).layer() == self.number;
            match self.arena.kind(self.layers, live) {
                EntryKind::Dir => at = node,
                EntryKind::Symlink if own => {
                    hops += 1;
                    if hops > MOST_HOPS || self.link_steps > MOST_LINK_STEPS {
                        return Err(Refusal::SymlinkLoop);
                    }
                    let before = steps.len();
                    own_steps = own_steps.min(steps.len());
                    if self.push_target(live, &mut steps) {
                        at = NodeId::ROOT;
                    }
                    self.link_steps += steps.len() - before;
                }
                kind => {
                    self.doubt_shadow(entry, kind, own);
                    self.arena.count_version(node)?;
                    self.put_folder(node);
                    at = node;
                }
            }
        }
        Ok(at)
    }

    fn doubt_shadow(&mut self, entry: EntryRef<'a>, kind: EntryKind, own: bool) {
        if kind == EntryKind::Symlink {
            self.doubt(FindingKind::ThroughSymlink, entry, || {
                "its path leads through a symlink of a lower layer: a folder replaces the symlink, as in overlay \
                 engines; engines that copy layers write through it"
                    .to_owned()
            });
        } else {
            self.doubt(FindingKind::ParentNotDirectory, entry, || {
                let whose = if own { "the same layer" } else { "a lower layer" };
                let engines = if own { "engines refuse the layer" } else { "engines that copy layers refuse it" };
                format!("its path leads through a {} of {whose}: a folder replaces it; {engines}", kind.name())
            });
        }
    }

    /// Pushes the components of a symlink's target, to be taken next. Returns whether the target is absolute.
    fn push_target<'s>(&self, link: VersionId, steps: &mut Vec<PathComponent<'s>>) -> bool
    where
        'a: 's,
    {
        let version = self.arena.version(link);
        // A hard link to a symlink points where the symlink points.
        let owner = self.arena.version(version.inode);
        let layer = owner.layer().index();
        let Some(entry) = owner.entry() else { return false };
        let layers: &'a [Arc<Entries>] = self.layers;
        let (target, (at, _)) = layers[layer].link_place(entry);
        let mut end = target.len();
        let layer = u32::try_from(layer).unwrap_or(u32::MAX);
        for component in target.rsplit(|&byte| byte == b'/') {
            let begin = end - component.len();
            match component {
                b"" | b"." => {}
                b".." => steps.push(PathComponent::Up),
                name => {
                    let place = (at + u32::try_from(begin).unwrap_or(0), u16::try_from(name.len()).unwrap_or(0));
                    steps.push(PathComponent::Name { name, place: (layer, place) });
                }
            }
            end = begin.saturating_sub(1);
        }
        target.first() == Some(&b'/')
    }

    // ---- hard links ----

    fn link_target(&mut self, entry: EntryRef<'a>, node: NodeId) -> LinkTarget {
        let target = EntryPath::normalise(entry.link_target());
        if let Some(&version) = self.aufs.get(&target.path) {
            return LinkTarget::Inode(version);
        }
        let found = self.find(&target.path);
        let Some((target_node, live)) = found.filter(|_| !target.escaped) else {
            self.doubt(FindingKind::BadHardLink, entry, || {
                format!(
                    "its target `{}` does not exist when it is applied: a broken link; engines refuse the layer",
                    entry.link_target().escape_ascii()
                )
            });
            return LinkTarget::Broken;
        };
        if target_node == node {
            self.doubt(FindingKind::BadHardLink, entry, || {
                "a hard link to itself: ignored where the path exists; engines refuse the layer".to_owned()
            });
            return LinkTarget::Itself;
        }
        if self.arena.kind(self.layers, live) == EntryKind::Dir {
            self.doubt(FindingKind::BadHardLink, entry, || {
                "a hard link to a directory: a broken link; engines refuse the layer".to_owned()
            });
            return LinkTarget::Broken;
        }
        if self.arena.version(live).layer() != self.number {
            self.doubt(FindingKind::BadHardLink, entry, || {
                "a hard link to a file of a lower layer: shown as one more name for it, as in engines that copy \
                 layers; overlay engines refuse the layer"
                    .to_owned()
            });
        }
        LinkTarget::Inode(self.arena.version(live).inode)
    }

    /// What a path shows now; symlinks of this layer are followed, except at its end.
    fn find(&mut self, path: &EntryPath) -> Option<(NodeId, VersionId)> {
        let mut steps: Vec<PathComponent<'_>> =
            path.components().map(|name| PathComponent::Name { name, place: (0, (0, 0)) }).collect();
        steps.reverse();
        let mut at = NodeId::ROOT;
        let mut hops = 0;
        while let Some(step) = steps.pop() {
            let PathComponent::Name { name, .. } = step else {
                at = self.arena.node(at).parent;
                continue;
            };
            let node = self.arena.child(self.layers, at, name)?;
            let live = self.arena.live(node)?;
            let own = self.arena.version(live).layer() == self.number;
            if own && !steps.is_empty() && self.arena.kind(self.layers, live) == EntryKind::Symlink {
                hops += 1;
                if hops > MOST_HOPS || self.link_steps > MOST_LINK_STEPS {
                    return None;
                }
                let before = steps.len();
                if self.push_target(live, &mut steps) {
                    at = NodeId::ROOT;
                }
                self.link_steps += steps.len() - before;
                continue;
            }
            at = node;
        }
        let live = self.arena.live(at)?;
        Some((at, live))
    }
}

/// The target of a hard link.
enum LinkTarget {
    Inode(VersionId),
    Itself,
    Broken,
}
