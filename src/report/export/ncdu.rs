//! A tree as ncdu imports it (`ncdu -f FILE`), format 1.2 (<https://dev.yorhel.nl/ncdu/jsonfmt>): a folder is a list,
//! its own record first. Written while it is walked, without recursion, since the depth of paths is not bounded.

use std::io::{self, Write};

use serde::Serialize;

use crate::format::fit;
use crate::image::{EntryKind, EntryRef};
use crate::report::{Subject, json, names};
use crate::union::{NodeId, VersionRef};

use super::sizes::{Sizes, TreeScope};

/// ncdu refuses names of 32 KiB; no system has names of 256 bytes.
const LONGEST: usize = 1_000;

#[derive(Serialize)]
struct NcduHeader {
    progname: &'static str,
    progver: &'static str,
    timestamp: u64,
}

/// A path in ncdu's format; omitted fields are 0.
#[derive(Serialize, Default)]
struct Info {
    name: String,
    #[serde(skip_serializing_if = "is_zero")]
    asize: u64,
    #[serde(skip_serializing_if = "is_zero")]
    dsize: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ino: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hlnkc: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nlink: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notreg: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A tree for ncdu; `now` is in seconds since the epoch.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_ncdu(subject: &Subject<'_>, tree: TreeScope, now: u64, out: &mut dyn Write) -> io::Result<()> {
    let sizes = Sizes::new(subject, tree);
    out.write_all(b"[1,2,")?;
    json::record(out, &NcduHeader { progname: "layerscope", progver: env!("CARGO_PKG_VERSION"), timestamp: now })?;
    let title = names::title(subject.image);
    let title = match tree {
        TreeScope::Merged => title,
        TreeScope::Layer(layer) => format!("{title}, layer {layer}"),
        TreeScope::Waste => format!("{title}, waste"),
    };
    let root = Info { name: fit(&title, LONGEST), ..Info::default() };
    NcduWriter { subject, sizes: &sizes, tree, out }.folders(&root)?;
    out.write_all(b"]\n")
}

struct NcduWriter<'a> {
    subject: &'a Subject<'a>,
    sizes: &'a Sizes,
    tree: TreeScope,
    out: &'a mut dyn Write,
}

impl NcduWriter<'_> {
    fn folders(mut self, root: &Info) -> io::Result<()> {
        // The remaining children of each open folder, last name first.
        let mut open = vec![self.open(root, self.subject.union.root())?];
        while let Some(children) = open.last_mut() {
            let Some(node) = children.pop() else {
                open.pop();
                self.out.write_all(b"]")?;
                continue;
            };
            let info = self.info(node);
            if self.is_folder(node) {
                open.push(self.open(&info, node)?);
            } else {
                self.out.write_all(b",\n")?;
                json::record(self.out, &info)?;
            }
        }
        Ok(())
    }

    /// Opens a folder; returns its children, last name first.
    fn open(&mut self, info: &Info, node: NodeId) -> io::Result<Vec<NodeId>> {
        self.out.write_all(b",\n[")?;
        json::record(self.out, info)?;
        for stray in self.sizes.strays.get(&node).into_iter().flatten() {
            self.out.write_all(b",\n")?;
            let (asize, dsize) = (stray.bytes, stray.bytes);
            let name = self.name(&stray.name);
            json::record(self.out, &Info { name, asize, dsize, ..Info::default() })?;
        }
        let union = self.subject.union;
        let mut children: Vec<_> = union.children(node).filter(|child| self.sizes.shown[child.index()]).collect();
        children.sort_unstable_by(|&a, &b| union.name(b).cmp(union.name(a)));
        Ok(children)
    }

    /// A path that was a file in one layer and a folder in another is a folder with its bytes.
    fn is_folder(&self, node: NodeId) -> bool {
        let union = self.subject.union;
        let version = self.sizes.version[node.index()].map(|id| union.version(id));
        version.is_none_or(|version| version.kind() == EntryKind::Dir)
            || self.sizes.strays.contains_key(&node)
            || union.children(node).any(|child| self.sizes.shown[child.index()])
    }

    fn name(&self, bytes: &[u8]) -> String {
        fit(&self.subject.path(bytes), LONGEST)
    }

    fn info(&self, node: NodeId) -> Info {
        let union = self.subject.union;
        let bytes = self.sizes.bytes[node.index()];
        let info = Info { name: self.name(union.name(node)), asize: bytes, dsize: bytes, ..Info::default() };
        let Some(version) = self.sizes.version[node.index()].map(|id| union.version(id)) else { return info };
        let entry = version.inode_entry();
        let kind = entry.map_or(EntryKind::Dir, EntryRef::kind);
        let nlink = self.sizes.names.get(&version.inode().id()).copied();
        let (uid, gid) = version.owner();
        Info {
            // Holes take no disk space.
            asize: if self.tree == TreeScope::Merged { version.size() } else { bytes },
            ino: nlink.map(|_| version.inode().id().index() + 1),
            hlnkc: nlink.map(|_| true),
            nlink,
            notreg: (!matches!(kind, EntryKind::File | EntryKind::Dir)).then_some(true),
            uid: u32::try_from(uid).ok(),
            gid: u32::try_from(gid).ok(),
            mode: Some(mode(version, kind)),
            mtime: entry.and_then(|entry| u64::try_from(entry.mtime().seconds).ok()),
            ..info
        }
    }
}

/// The mode as `stat` has it, with the file type.
fn mode(version: VersionRef<'_>, kind: EntryKind) -> u16 {
    let sort = match kind {
        EntryKind::Dir => 0o040_000,
        EntryKind::Symlink => 0o120_000,
        EntryKind::Char => 0o020_000,
        EntryKind::Block => 0o060_000,
        EntryKind::Fifo => 0o010_000,
        EntryKind::File | EntryKind::HardLink | EntryKind::Unknown(_) => 0o100_000,
    };
    sort | version.mode()
}
