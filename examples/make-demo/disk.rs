//! A root filesystem and the layers that instructions leave of it, as an overlay stores them: an entry that is changed in
//! any way is stored whole, with the folders above it; one that is removed leaves a whiteout.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File(Rc<[u8]>),
    Symlink(String),
    /// Another name of the file at this path, which comes first in the layer.
    HardLink(String),
    /// A character device.
    Device(u32, u32),
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    pub mode: u32,
    /// User and group.
    pub owner: u32,
    /// Seconds since the epoch.
    pub modified: i64,
}

/// What a layer stores under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Stored(Node),
    Removed,
}

/// What an instruction stores, by path.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub changes: BTreeMap<String, Change>,
    /// Folders that hide everything that lower layers have in them.
    pub opaque: BTreeSet<String>,
}

/// A root filesystem while an instruction changes it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// What is visible.
    pub nodes: BTreeMap<String, Node>,
    lower: BTreeMap<String, Node>,
    upper: Layer,
    now: i64,
    owner: u32,
}

impl Disk {
    /// Begins an instruction.
    pub fn begin(&mut self, now: i64) {
        self.lower = self.nodes.clone();
        self.upper = Layer::default();
        self.now = now;
    }

    /// Ends an instruction.
    pub fn end(&mut self) -> Layer {
        std::mem::take(&mut self.upper)
    }

    /// Who owns what is written from now on.
    pub fn own(&mut self, owner: u32) {
        self.owner = owner;
    }

    /// Makes a folder and the missing ones above it.
    pub fn dir(&mut self, path: &str) {
        self.dir_with(path, 0o755);
    }

    pub fn dir_with(&mut self, path: &str, mode: u32) {
        if path.is_empty() || matches!(self.nodes.get(path), Some(Node { kind: Kind::Directory, .. })) {
            return;
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent);
        }
        if matches!(self.upper.changes.get(path), Some(Change::Removed))
            && matches!(self.lower.get(path), Some(Node { kind: Kind::Directory, .. }))
        {
            self.upper.opaque.insert(path.to_owned());
        }
        let node = Node { kind: Kind::Directory, mode, owner: self.owner, modified: self.now };
        self.put(path, node);
    }

    /// Writes a file.
    pub fn file(&mut self, path: &str, content: impl Into<Rc<[u8]>>) {
        self.file_with(path, 0o644, self.now, content);
    }

    /// Writes a program.
    pub fn program(&mut self, path: &str, content: impl Into<Rc<[u8]>>) {
        self.file_with(path, 0o755, self.now, content);
    }

    pub fn file_with(&mut self, path: &str, mode: u32, modified: i64, content: impl Into<Rc<[u8]>>) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent);
        }
        let owner = self.nodes.get(path).map_or(self.owner, |node| node.owner);
        self.put(path, Node { kind: Kind::File(content.into()), mode, owner, modified });
    }

    pub fn symlink(&mut self, path: &str, target: &str) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent);
        }
        let node = Node { kind: Kind::Symlink(target.to_owned()), mode: 0o777, owner: self.owner, modified: self.now };
        self.put(path, node);
    }

    pub fn device(&mut self, path: &str, major: u32, minor: u32) {
        let node = Node { kind: Kind::Device(major, minor), mode: 0o620, owner: self.owner, modified: self.now };
        self.put(path, node);
    }

    /// `ln FIRST SECOND`, where the names are in the order of the layer's paths.
    pub fn hard_link(&mut self, first: &str, second: &str) {
        let (from, to) = if self.nodes.contains_key(first) { (first, second) } else { (second, first) };
        let node = self.nodes[from].clone();
        self.put(to, node.clone());
        self.put(first, node.clone());
        self.put(second, Node { kind: Kind::HardLink(first.to_owned()), ..node });
    }

    /// The content of a file, as text.
    pub fn text(&self, path: &str) -> String {
        match &self.nodes[path].kind {
            Kind::File(content) => String::from_utf8_lossy(content).into_owned(),
            kind => unreachable!("{path} is {kind:?}"),
        }
    }

    /// `rm -rf`.
    pub fn remove(&mut self, path: &str) {
        for path in self.below(path) {
            self.nodes.remove(&path);
            self.upper.changes.remove(&path);
            self.upper.opaque.remove(&path);
        }
        if self.lower.contains_key(path) {
            self.upper.changes.insert(path.to_owned(), Change::Removed);
        }
        self.touch_parent(path);
    }

    /// `mv`: an overlay copies what lower layers store, and whites it out where it was.
    pub fn rename(&mut self, from: &str, to: &str) {
        let moved: Vec<_> = self.below(from).into_iter().map(|path| (self.nodes[&path].clone(), path)).collect();
        self.remove(from);
        for (node, path) in moved {
            self.put(&format!("{to}{}", &path[from.len()..]), node);
        }
    }

    /// `chown -R`.
    pub fn chown(&mut self, path: &str, owner: u32) {
        for path in self.below(path) {
            let node = Node { owner, ..self.nodes[&path].clone() };
            self.copy_up(&path);
            self.nodes.insert(path.clone(), node.clone());
            self.upper.changes.insert(path, Change::Stored(node));
        }
    }

    /// The path and all below it.
    fn below(&self, path: &str) -> Vec<String> {
        let folder = format!("{path}/");
        self.nodes.keys().filter(|one| *one == path || one.starts_with(&folder)).cloned().collect()
    }

    fn put(&mut self, path: &str, node: Node) {
        if !self.nodes.contains_key(path) {
            self.touch_parent(path);
        }
        self.copy_up(path);
        self.nodes.insert(path.to_owned(), node.clone());
        self.upper.changes.insert(path.to_owned(), Change::Stored(node));
    }

    /// A folder in which a name appears or disappears has a new time.
    fn touch_parent(&mut self, path: &str) {
        let Some((parent, _)) = path.rsplit_once('/') else { return };
        self.copy_up(path);
        if let Some(node) = self.nodes.get_mut(parent) {
            node.modified = self.now;
            self.upper.changes.insert(parent.to_owned(), Change::Stored(node.clone()));
        }
    }

    /// The folders above what a layer stores are in it too.
    fn copy_up(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            let parent = &path[..at];
            if !matches!(self.upper.changes.get(parent), Some(Change::Stored(_))) {
                let node = self.nodes[parent].clone();
                self.upper.changes.insert(parent.to_owned(), Change::Stored(node));
            }
        }
    }
}
