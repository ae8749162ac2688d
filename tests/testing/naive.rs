//! The layer rule once more, written the slow and plain way: a map from path to what is there, layers applied one after
//! another. It shares no code with the library, so that the two can disagree.

use std::collections::{BTreeMap, BTreeSet};

use layerscope::image::{Entries, EntryKind, NewEntry};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    File(Vec<u8>),
    Dir,
    Symlink(String),
    HardLink(String),
    Whiteout,
}

/// One entry of a layer. Names may be whiteouts; `Kind::Whiteout` is a device 0:0.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub kind: Kind,
    pub mode: u16,
}

type Path = Vec<String>;

/// What stands at a path, as far as listings tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub kind: &'static str,
    pub mode: u16,
    pub content: Vec<u8>,
    pub target: String,
}

#[derive(Clone, Debug)]
struct Version {
    path: Path,
    born: usize,
    ended: Option<usize>,
    shown: Shown,
    inode: usize,
    bytes: u64,
}

#[derive(Default)]
pub struct Naive {
    /// Every version there ever was, in the order of birth.
    versions: Vec<Version>,
    live: BTreeMap<Path, usize>,
    layer: usize,
    /// Bytes that nobody ever saw, by layer.
    unseen: Vec<(usize, u64)>,
    pub views: Vec<BTreeMap<Path, Shown>>,
}

fn parts(name: &str) -> Path {
    let mut path = Path::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part.to_owned()),
        }
    }
    path
}

impl Naive {
    pub fn build(layers: &[Vec<Item>]) -> Self {
        let mut naive = Self::default();
        for layer in layers {
            naive.layer += 1;
            naive.apply(layer);
            let view = naive.live.iter().map(|(path, &at)| (path.clone(), naive.versions[at].shown.clone())).collect();
            naive.views.push(view);
        }
        naive
    }

    fn apply(&mut self, layer: &[Item]) {
        for item in layer {
            let path = parts(&item.name);
            if path.last().is_some_and(|name| name == ".wh..wh..opq") {
                self.end_below(&path[..path.len() - 1]);
            }
        }
        for item in layer {
            let path = parts(&item.name);
            let Some((name, folder)) = path.split_last() else { continue };
            let hidden = match (name.strip_prefix(".wh."), &item.kind) {
                (Some(".wh..opq" | "" | "." | ".."), _) => continue,
                (Some(hidden), _) => hidden.to_owned(),
                (None, Kind::Whiteout) => name.clone(),
                _ => continue,
            };
            let mut target = folder.to_vec();
            target.push(hidden);
            self.end_below(&target);
            self.end(&target);
        }
        for item in layer {
            let path = parts(&item.name);
            let hidden = path.last().is_some_and(|name| name.starts_with(".wh.")) || item.kind == Kind::Whiteout;
            if hidden {
                if let Kind::File(content) = &item.kind {
                    self.unseen.push((self.layer, content.len() as u64));
                }
                self.shadow(&path);
            } else {
                self.lay(&path, item);
            }
        }
    }

    /// A marker below a lower link or file puts a folder in its place.
    fn shadow(&mut self, marker: &Path) {
        let Some((name, folder)) = marker.split_last() else { return };
        if matches!(name.as_str(), ".wh." | ".wh.." | ".wh...") {
            return;
        }
        for end in 1..=folder.len() {
            let Some(&at) = self.live.get(&folder[..end]) else { return };
            let known = &self.versions[at];
            if known.shown.kind != "dir" {
                if known.born != self.layer {
                    self.end(&folder[..end]);
                    self.bear(folder[..end].to_vec(), plain("dir", 0o755, b"", ""), None, 0);
                }
                return;
            }
        }
    }

    fn lay(&mut self, path: &Path, item: &Item) {
        let Some((name, folder)) = path.split_last() else { return };
        let Some(mut place) = self.folder(folder) else {
            if let Kind::File(content) = &item.kind {
                self.unseen.push((self.layer, content.len() as u64));
            }
            return;
        };
        place.push(name.clone());
        let mut inode = None;
        if let Kind::HardLink(target) = &item.kind {
            match self.find(&parts(target)) {
                Some((found, _)) if found == place => return,
                Some((_, at)) if self.versions[at].shown.kind != "dir" => inode = Some(self.versions[at].inode),
                _ if parts(target) == place && self.live.contains_key(&place) => return,
                _ => {}
            }
        }
        let shown = match (&item.kind, inode) {
            (_, Some(inode)) => self.versions[inode].shown.clone(),
            (Kind::File(content), _) => plain("file", item.mode, content, ""),
            (Kind::Dir, _) => plain("dir", item.mode, b"", ""),
            (Kind::Symlink(target), _) => plain("symlink", item.mode, b"", target),
            (Kind::HardLink(_), _) => plain("broken", item.mode, b"", ""),
            (Kind::Whiteout, _) => return,
        };
        let old_is_dir = self.live.get(&place).is_some_and(|&at| self.versions[at].shown.kind == "dir");
        if old_is_dir && shown.kind != "dir" {
            self.end_below(&place);
        }
        self.end(&place);
        let bytes = if let (Kind::File(content), None) = (&item.kind, inode) { content.len() as u64 } else { 0 };
        self.bear(place, shown, inode, bytes);
    }

    fn bear(&mut self, path: Path, shown: Shown, inode: Option<usize>, bytes: u64) {
        let at = self.versions.len();
        let version =
            Version { path: path.clone(), born: self.layer, ended: None, shown, inode: inode.unwrap_or(at), bytes };
        self.versions.push(version);
        self.live.insert(path, at);
    }

    fn end(&mut self, path: &[String]) {
        if let Some(at) = self.live.remove(path) {
            self.versions[at].ended = Some(self.layer);
        }
    }

    fn end_below(&mut self, path: &[String]) {
        let below: Vec<Path> =
            self.live.keys().filter(|key| key.len() > path.len() && key.starts_with(path)).cloned().collect();
        for key in below {
            self.end(&key);
        }
    }

    /// Where a folder really lies, made where it is missing.
    fn folder(&mut self, folder: &[String]) -> Option<Path> {
        let mut at = Path::new();
        let mut todo: Vec<String> = folder.iter().rev().cloned().collect();
        let mut hops = 0;
        while let Some(part) = todo.pop() {
            if part == ".." {
                at.pop();
                continue;
            }
            let mut next = at.clone();
            next.push(part);
            match self.live.get(&next).map(|&at| self.versions[at].clone()) {
                None => self.bear(next.clone(), plain("dir", 0o755, b"", ""), None, 0),
                Some(known) if known.shown.kind == "dir" => {}
                Some(known) if known.shown.kind == "symlink" && known.born == self.layer => {
                    hops += 1;
                    if hops > 40 {
                        return None;
                    }
                    follow(&known.shown.target, &mut at, &mut todo);
                    continue;
                }
                Some(_) => {
                    self.end(&next);
                    self.bear(next.clone(), plain("dir", 0o755, b"", ""), None, 0);
                }
            }
            at = next;
        }
        Some(at)
    }

    fn find(&self, path: &[String]) -> Option<(Path, usize)> {
        let mut at = Path::new();
        let mut todo: Vec<String> = path.iter().rev().cloned().collect();
        let mut hops = 0;
        while let Some(part) = todo.pop() {
            if part == ".." {
                at.pop();
                continue;
            }
            let mut next = at.clone();
            next.push(part);
            let known = &self.versions[*self.live.get(&next)?];
            if !todo.is_empty() && known.shown.kind == "symlink" && known.born == self.layer {
                hops += 1;
                if hops > 40 {
                    return None;
                }
                follow(&known.shown.target, &mut at, &mut todo);
                continue;
            }
            at = next;
        }
        let found = *self.live.get(&at)?;
        Some((at, found))
    }

    /// Live, overwritten, rewritten and removed bytes by layer, lowest first.
    pub fn accounts(&self) -> Vec<[u64; 4]> {
        let mut accounts = vec![[0; 4]; self.layer];
        for &(layer, bytes) in &self.unseen {
            accounts[layer - 1][3] += bytes;
        }
        for (at, version) in self.versions.iter().enumerate().filter(|(at, version)| version.inode == *at) {
            let names: Vec<_> = self.versions.iter().enumerate().filter(|(_, name)| name.inode == at).collect();
            let account = if names.iter().any(|(_, name)| name.ended.is_none()) {
                0
            } else {
                let last = names.iter().filter_map(|(_, name)| name.ended).max().unwrap_or(0);
                let ended_last = names.iter().filter(|(_, name)| name.ended == Some(last));
                ended_last.map(|(at, name)| self.account(*at, name, last)).min().unwrap_or(3)
            };
            accounts[version.born - 1][account] += version.bytes;
        }
        accounts
    }

    fn account(&self, at: usize, name: &Version, ended: usize) -> usize {
        let next = self.versions.iter().skip(at + 1).find(|other| other.path == name.path && other.born == ended);
        match next {
            Some(next) if next.shown.kind == name.shown.kind => {
                1 + usize::from(next.shown.content == name.shown.content)
            }
            _ => 3,
        }
    }

    /// Paths that a layer (from 1) added, modified and removed.
    pub fn changes(&self, layer: usize) -> BTreeSet<(char, Path)> {
        let empty = BTreeMap::new();
        let before = if layer > 1 { &self.views[layer - 2] } else { &empty };
        let after = &self.views[layer - 1];
        let born: BTreeSet<&Path> =
            self.versions.iter().filter(|version| version.born == layer).map(|version| &version.path).collect();
        let mut changes = BTreeSet::new();
        for (path, now) in after {
            match before.get(path) {
                None => {
                    changes.insert(('A', path.clone()));
                }
                Some(then) if born.contains(path) => {
                    let folders = then.kind == "dir" && now.kind == "dir";
                    if !folders || then.mode != now.mode {
                        changes.insert(('M', path.clone()));
                    }
                }
                Some(_) => {}
            }
        }
        changes.extend(before.keys().filter(|path| !after.contains_key(*path)).map(|path| ('R', path.clone())));
        changes
    }
}

fn plain(kind: &'static str, mode: u16, content: &[u8], target: &str) -> Shown {
    Shown { kind, mode, content: content.to_vec(), target: target.to_owned() }
}

fn follow(target: &str, at: &mut Path, todo: &mut Vec<String>) {
    if target.starts_with('/') {
        at.clear();
    }
    for part in target.rsplit('/').filter(|part| !part.is_empty() && *part != ".") {
        todo.push(part.to_owned());
    }
}

/// A layer as the library has it. A content is its own hash: these are a few bytes long.
pub fn entries(layer: &[Item]) -> Entries {
    let mut entries = Entries::new();
    for item in layer {
        let mut new = NewEntry { name: item.name.as_bytes(), mode: item.mode.into(), ..NewEntry::default() };
        let mut hash = 0;
        match &item.kind {
            Kind::File(content) => {
                (new.size, new.stored) = (content.len() as u64, content.len() as u64);
                hash = identity(content);
            }
            Kind::Dir => new.kind = EntryKind::Dir,
            Kind::Symlink(target) => (new.kind, new.link_target) = (EntryKind::Symlink, target.as_bytes()),
            Kind::HardLink(target) => (new.kind, new.link_target) = (EntryKind::HardLink, target.as_bytes()),
            Kind::Whiteout => (new.kind, new.rdev) = (EntryKind::Char, Some((0, 0))),
        }
        let index = entries.push(new).expect("room");
        entries.set_hash(index, hash);
    }
    entries
}

/// What stands for a content of a few bytes.
pub fn identity(content: &[u8]) -> u128 {
    content.iter().fold(1, |hash, &byte| hash * 256 + u128::from(byte))
}
