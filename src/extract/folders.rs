//! The folders that are written into, created if missing and kept open from one path to the next: a path of any depth
//! costs one step, not one per parent folder.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder};

use crate::union::{NodeId, Union};

use super::destination::{host_name, unwritable};
use super::{ExtractError, Subtree, Which, WhyNot};

/// Folders that are open at once, of the thousand files that a process may usually have open.
const OPEN: usize = 128;

/// Over more folders than these, the system goes by itself if they are there.
const FAR: usize = 4;

pub(super) struct Folders<'a> {
    union: &'a Union,
    which: Which,
    /// The node whose children go right into the folder that was named.
    base: NodeId,
    top: Rc<Dir>,
    /// Each with the time of its last use.
    open: HashMap<NodeId, (Rc<Dir>, u64)>,
    wanted: u64,
    /// Folders that could not be created, and their contents.
    refused: HashSet<NodeId>,
    pub(super) made: usize,
    /// How often one was made or opened.
    steps: usize,
}

impl<'a> Folders<'a> {
    pub(super) fn open(
        union: &'a Union,
        Subtree { node, which }: Subtree,
        folder: &Path,
    ) -> Result<Self, ExtractError> {
        let fault = |source| match folder.ancestors().find(|path| path.exists()).filter(|path| !path.is_dir()) {
            Some(path) => ExtractError::NotAFolder { path: path.to_owned() },
            None => ExtractError::Folder { folder: folder.to_owned(), source },
        };
        // The user chose this folder, so links in its own path are followed.
        std::fs::create_dir_all(folder).map_err(fault)?;
        let top = Dir::open_ambient_dir(folder, ambient_authority()).map_err(fault)?;
        Ok(Self {
            union,
            which,
            base: union.parent(node).unwrap_or(union.root()),
            top: Rc::new(top),
            open: HashMap::new(),
            wanted: 0,
            refused: HashSet::new(),
            made: 0,
            steps: 0,
        })
    }

    /// The parent folder of a path.
    pub(super) fn above(&mut self, node: NodeId) -> Result<Rc<Dir>, WhyNot> {
        self.folder(self.union.parent(node).unwrap_or(self.base))
    }

    /// A folder, open; it and those above it are made where they are missing.
    pub(super) fn folder(&mut self, node: NodeId) -> Result<Rc<Dir>, WhyNot> {
        let mut missing = Vec::new();
        let mut at = node;
        let mut folder = loop {
            if at == self.base {
                break Rc::clone(&self.top);
            }
            if let Some((folder, last)) = self.open.get_mut(&at) {
                self.wanted += 1;
                *last = self.wanted;
                break Rc::clone(folder);
            }
            if self.refused.contains(&at) {
                self.refused.extend(missing);
                return Err(WhyNot::Below);
            }
            missing.push(at);
            at = self.union.parent(at).unwrap_or(self.base);
        };
        if missing.len() > FAR {
            self.steps += 1;
            let names: Option<Vec<_>> = missing.iter().rev().map(|&node| host_name(self.union.name(node))).collect();
            if let Some(there) = names.and_then(|names| open_at_once(&folder, &names.iter().collect::<PathBuf>())) {
                let there = Rc::new(there);
                self.keep(node, Rc::clone(&there));
                return Ok(there);
            }
        }
        while let Some(next) = missing.pop() {
            match self.make(&folder, next) {
                Ok(made) => folder = Rc::new(made),
                Err(why) => {
                    self.refused.insert(next);
                    let is_asked_for = missing.is_empty();
                    self.refused.extend(missing);
                    return Err(if is_asked_for { why } else { WhyNot::Below });
                }
            }
            self.keep(next, Rc::clone(&folder));
        }
        Ok(folder)
    }

    fn make(&mut self, within: &Dir, node: NodeId) -> Result<Dir, WhyNot> {
        let name = host_name(self.union.name(node)).ok_or(WhyNot::Name)?;
        self.steps += 1;
        match make_folder(within, name, self.which.mode_of_folder(self.union, node)) {
            Ok(()) => self.made += 1,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let known = within.symlink_metadata(name).map_err(|error| unwritable(&error))?;
                if !known.is_dir() {
                    return Err(WhyNot::InTheWay);
                }
            }
            Err(error) => return Err(unwritable(&error)),
        }
        within.open_dir(name).map_err(|error| unwritable(&error))
    }

    fn keep(&mut self, node: NodeId, folder: Rc<Dir>) {
        if self.open.len() >= OPEN {
            // Half of them at once, so that finding the oldest is amortised.
            let oldest = self.wanted.saturating_sub(OPEN as u64 / 2);
            self.open.retain(|_, (_, last)| *last > oldest);
        }
        self.wanted += 1;
        self.open.insert(node, (folder, self.wanted));
    }
}

/// Opens a folder far below another in one step and without following a link; `None` if there is none, or no such step.
/// Layers whose files alternate between many deep folders would otherwise cost as many steps per file.
#[cfg(target_os = "linux")]
fn open_at_once(within: &Dir, path: &Path) -> Option<Dir> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = openat2(within, path, flags, Mode::empty(), resolve).ok()?;
    Some(Dir::from_std_file(opened.into()))
}

#[cfg(not(target_os = "linux"))]
fn open_at_once(_: &Dir, _: &Path) -> Option<Dir> {
    None
}

/// Creates a folder that is no more accessible to others than in the image, but always to its owner, who has to write
/// into it.
#[cfg(unix)]
fn make_folder(within: &Dir, name: &OsStr, mode: u16) -> io::Result<()> {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(u32::from(mode & 0o777) | 0o700);
    within.create_dir_with(name, &builder)
}

#[cfg(not(unix))]
fn make_folder(within: &Dir, name: &OsStr, _: u16) -> io::Result<()> {
    within.create_dir_with(name, &DirBuilder::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::EntryPath;
    use crate::union::testing::{entry, layer};

    fn union(paths: &[String]) -> Union {
        Union::build(vec![layer(paths.iter().map(|path| entry(path, 0)))])
    }

    /// How many steps it takes to reach the folders of all these paths, one after another.
    fn steps(paths: &[String]) -> usize {
        let scratch = tempfile::tempdir().expect("a folder");
        let union = union(paths);
        let which = Which::MergedAfter(union.layer_numbers().next().expect("one"));
        let mut folders =
            Folders::open(&union, Subtree { node: union.root(), which }, scratch.path()).expect("a folder");
        for path in paths {
            let node = union.node_at(&EntryPath::normalise(path.as_bytes()).path).expect("a path");
            folders.above(node).expect("made");
        }
        folders.steps
    }

    fn deep(first: &str, depth: usize) -> String {
        format!("{first}{}/f", "/d".repeat(depth))
    }

    #[test]
    fn a_path_costs_as_many_steps_as_it_has_folders_and_its_neighbours_cost_none() {
        let depth = 600;
        let chain: Vec<_> = (0..depth).map(|depth| deep("a", depth)).collect();
        assert_eq!(steps(&chain), depth);
        let back: Vec<_> = chain.into_iter().rev().collect();
        assert!(steps(&back) <= 6 * depth, "{}", steps(&back));
        let many: Vec<_> = (0..2000).map(|n| format!("{}{n}", deep(&format!("a{}", n % 200), 20))).collect();
        #[cfg(target_os = "linux")]
        assert!(steps(&many) <= 200 * 21 + 2000, "more by turns than are kept open: {}", steps(&many));
        #[cfg(not(target_os = "linux"))]
        drop(many);
        let neighbours: Vec<_> = (0..100).map(|number| format!("{}{number}", deep("a", 100))).collect();
        assert_eq!(steps(&neighbours), 1 + 101);
        let by_turns: Vec<_> = (0..100).map(|n| format!("{}{n}", deep(["a", "b"][n % 2], 50))).collect();
        assert_eq!(steps(&by_turns), 2 * (1 + 51));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_tried_once() {
        let scratch = tempfile::tempdir().expect("a folder");
        std::fs::write(scratch.path().join("a"), "in the way").expect("room");
        let paths: Vec<_> = (0..100).map(|depth| deep("a", depth)).collect();
        let union = union(&paths);
        let which = Which::MergedAfter(union.layer_numbers().next().expect("one"));
        let mut folders =
            Folders::open(&union, Subtree { node: union.root(), which }, scratch.path()).expect("a folder");
        let mut whys = union.paths().filter(|&node| union.name(node) == b"f").map(|node| folders.above(node).err());
        assert_eq!(whys.next(), Some(Some(WhyNot::InTheWay)));
        assert!(whys.all(|why| why == Some(WhyNot::Below)));
        assert_eq!(folders.steps, 1);
    }
}
