//! Where a symlink points inside the image; never resolved on the host.

use super::path::what;
use crate::format;
use crate::image::{EntryRef, LayerNumber};
use crate::union::{Destination, FinalSymlink, MOST_LINKS, Union, VersionRef};

/// In words: the path at the end of all links and what it is after a layer, or why there is none.
pub(super) fn symlink_target(union: &Union, link: VersionRef<'_>, after: LayerNumber) -> String {
    let folder = link.node().and_then(|node| union.parent(node)).unwrap_or(union.root());
    let target = link.entry().map_or(&[][..], EntryRef::link_target);
    let way = union.follow_from(after, folder, target, FinalSymlink::Follow);
    let nowhere = |path: &[u8], why| format!("points nowhere: /{} is {why} after layer {after}", format::safe(path));
    match way.end {
        // The link itself counts towards the limit, as it does for a kernel.
        Destination::Found(_) if way.links.len() == MOST_LINKS => symlink_loop(),
        Destination::Found(node) => {
            let found = union.visible(node, after).map_or("folder", |id| what(union.version(id).inode()));
            let path = union.path(node);
            format!("points to /{} ({found}) after layer {after}", format::safe(path.as_bytes()))
        }
        Destination::Missing(path) => nowhere(path.as_bytes(), "missing"),
        Destination::NotAFolder(path) => nowhere(path.as_bytes(), "not a folder"),
        Destination::Loop => symlink_loop(),
    }
}

fn symlink_loop() -> String {
    format!("symlink loop, or more than {MOST_LINKS} links")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::image::{Entries, EntryKind, EntryPath, NewEntry};

    use super::*;

    fn union(links: &[(&str, &str)]) -> Union {
        let mut entries = Entries::new();
        for (name, target) in links {
            let (name, link_target) = (name.as_bytes(), target.as_bytes());
            let kind = match *target {
                "" => EntryKind::File,
                "/" => EntryKind::Dir,
                _ => EntryKind::Symlink,
            };
            let link_target = if kind == EntryKind::Symlink { link_target } else { b"" };
            entries.push(NewEntry { name, kind, link_target, ..NewEntry::default() }).expect("room");
        }
        Union::build(vec![Arc::new(entries)])
    }

    fn from(union: &Union, path: &str) -> String {
        let node = union.node_at(&EntryPath::normalise(path.as_bytes()).path).expect("a path");
        let link = union.version(union.live(node).expect("it is there"));
        symlink_target(union, link, LayerNumber::from_index(0))
    }

    #[test]
    fn links_lead_through_links_and_folders_and_never_above_the_root() {
        let image = union(&[
            ("usr", "/"),
            ("usr/lib", "/"),
            ("usr/lib/x.so.1", ""),
            ("lib", "usr/lib"),
            ("x", "lib/x.so"),
            ("usr/lib/x.so", "x.so.1"),
            ("up", "../../../lib/./../lib/x.so.1"),
            ("root", "/"),
            ("one", "two"),
            ("two", "/one"),
            ("gone", "usr/nothing/at/all"),
            ("top", "/.."),
        ]);
        assert_eq!(from(&image, "x"), "points to /usr/lib/x.so.1 (file) after layer 1");
        assert_eq!(from(&image, "lib"), "points to /usr/lib (folder) after layer 1");
        assert_eq!(from(&image, "up"), "points to /usr/lib/x.so.1 (file) after layer 1");
        assert_eq!(from(&image, "gone"), "points nowhere: /usr/nothing is missing after layer 1");
        assert_eq!(from(&image, "top"), "points to / (folder) after layer 1");
        assert!(from(&image, "one").contains("symlink loop"));
    }
}
