//! Resolves a path inside an image, through its symlinks and never out of it, as `path_resolution(7)` does.

use crate::image::{EntryKind, EntryPath, LayerNumber};

use super::{NodeId, Union};

/// The number of links on one path that Linux allows.
pub const MOST_LINKS: usize = 40;

/// Names on one way. A chain of links whose targets have thousands of names would turn a path of a few bytes into a
/// hundred thousand steps.
const MOST_STEPS: usize = 4096;

/// What to do with a symlink at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalSymlink {
    /// Follow it.
    Follow,
    /// Stop at it.
    Stay,
}

/// A resolved path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPath {
    /// The links on the path, in order: where each is, and its target as written.
    pub links: Vec<(EntryPath, Vec<u8>)>,
    /// Where it ends.
    pub end: Destination,
}

/// Where a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// At a node that exists; it is a symlink only where resolution should stop at one.
    Found(NodeId),
    /// This does not exist.
    Missing(EntryPath),
    /// This is not a folder, but the path continues.
    NotAFolder(EntryPath),
    /// A symlink loop, or more links than a system follows.
    Loop,
}

impl Union {
    /// Resolves a path from the root, as a container of the layers up to this one would. A leading slash makes no
    /// difference.
    #[must_use]
    pub fn follow(&self, after: LayerNumber, path: &[u8]) -> ResolvedPath {
        self.follow_from(after, self.root(), path, FinalSymlink::Follow)
    }

    /// The same from a folder on, unless the path begins with a slash.
    #[must_use]
    pub fn follow_from(
        &self,
        after: LayerNumber,
        folder: NodeId,
        path: &[u8],
        at_the_end: FinalSymlink,
    ) -> ResolvedPath {
        let mut links = Vec::new();
        let mut pending = Vec::new();
        push(&mut pending, path);
        let mut at = if path.starts_with(b"/") { self.root() } else { folder };
        let mut steps = 0;
        while let Some(name) = pending.pop() {
            steps += 1;
            if steps > MOST_STEPS {
                return ResolvedPath { links, end: Destination::Loop };
            }
            if name == b".." {
                at = self.parent(at).unwrap_or(self.root());
                continue;
            }
            let Some(child) = self.arena.child(&self.layers, at, &name) else {
                let mut missing = self.path(at);
                missing.push(&name);
                return ResolvedPath { links, end: Destination::Missing(missing) };
            };
            let Some(version) = self.visible(child, after).map(|id| self.version(id)) else {
                return ResolvedPath { links, end: Destination::Missing(self.path(child)) };
            };
            match version.inode().kind() {
                EntryKind::Symlink if pending.is_empty() && at_the_end == FinalSymlink::Stay => at = child,
                EntryKind::Symlink if links.len() == MOST_LINKS => {
                    return ResolvedPath { links, end: Destination::Loop };
                }
                EntryKind::Symlink => {
                    let target = version.inode_entry().map_or(&[][..], |entry| entry.link_target());
                    links.push((self.path(child), target.to_vec()));
                    if target.starts_with(b"/") {
                        at = self.root();
                    }
                    push(&mut pending, target);
                }
                EntryKind::Dir => at = child,
                _ if pending.is_empty() => at = child,
                _ => return ResolvedPath { links, end: Destination::NotAFolder(self.path(child)) },
            }
        }
        ResolvedPath { links, end: Destination::Found(at) }
    }
}

/// Pushes the components of a path onto those still to be resolved, the first one on top.
fn push(pending: &mut Vec<Vec<u8>>, path: &[u8]) {
    let components = path.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    pending.extend(components.rev().map(<[u8]>::to_vec));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Entries, NewEntry};

    fn union() -> Union {
        let mut layer = Entries::new();
        let mut add = |name: &str, kind, target: &str| {
            let new = NewEntry { name: name.as_bytes(), kind, link_target: target.as_bytes(), ..NewEntry::default() };
            layer.push(new).expect("room");
        };
        for folder in ["usr", "usr/bin", "opt", "opt/app"] {
            add(folder, EntryKind::Dir, "");
        }
        add("usr/bin/env", EntryKind::File, "");
        for (link, target) in [
            ("bin", "usr/bin"),
            ("opt/run", "app/../../bin/env"),
            ("opt/absolute", "/bin/env"),
            ("opt/away", "../../../../usr/bin"),
            ("opt/gone", "nowhere/env"),
            ("opt/one", "two"),
            ("opt/two", "one"),
            ("opt/empty", ""),
        ] {
            add(link, EntryKind::Symlink, target);
        }
        let mut second = Entries::new();
        let whiteout = NewEntry { name: b"usr/bin/.wh.env", ..NewEntry::default() };
        second.push(whiteout).expect("room");
        Union::build(vec![Arc::new(layer), Arc::new(second)])
    }

    fn end(path: &str) -> (usize, String) {
        let union = union();
        let followed = union.follow(LayerNumber::FIRST, path.as_bytes());
        let shown = |path: &EntryPath| String::from_utf8_lossy(path.as_bytes()).into_owned();
        let end = match &followed.end {
            Destination::Found(node) => shown(&union.path(*node)),
            Destination::Missing(path) => format!("missing {}", shown(path)),
            Destination::NotAFolder(path) => format!("not a folder {}", shown(path)),
            Destination::Loop => "loop".to_owned(),
        };
        (followed.links.len(), end)
    }

    #[test]
    fn links_lead_on_from_where_they_lie_or_from_the_root() {
        assert_eq!(end("/usr/bin/env"), (0, "usr/bin/env".to_owned()));
        assert_eq!(end("bin/env"), (1, "usr/bin/env".to_owned()));
        assert_eq!(end("/opt/run"), (2, "usr/bin/env".to_owned()));
        assert_eq!(end("/opt/absolute"), (2, "usr/bin/env".to_owned()));
        assert_eq!(end("/opt/./app/..//run"), (2, "usr/bin/env".to_owned()));
    }

    #[test]
    fn no_link_leads_out_of_the_image() {
        assert_eq!(end("/opt/away/env"), (1, "usr/bin/env".to_owned()));
        assert_eq!(end("../../.."), (0, String::new()));
    }

    #[test]
    fn ways_that_end_nowhere_say_where() {
        assert_eq!(end("/opt/gone"), (1, "missing opt/nowhere".to_owned()));
        assert_eq!(end("/usr/bin/env/x"), (0, "not a folder usr/bin/env".to_owned()));
        assert_eq!(end("/opt/one"), (MOST_LINKS, "loop".to_owned()));
        assert_eq!(end("/opt/empty"), (1, "opt".to_owned()));
        let union = union();
        let second = LayerNumber::new(2).expect("not 0");
        let missing = Destination::Missing(EntryPath::normalise(b"usr/bin/env").path);
        assert_eq!(union.follow(second, b"/bin/env").end, missing, "as of the second layer, which removes it");
    }
}
