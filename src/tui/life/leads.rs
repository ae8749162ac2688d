//! Where a symlink leads inside the image; never on the machine that shows it.

use crate::format;
use crate::image::{EntryKind, EntryPath, EntryRef, LayerNumber};
use crate::tui::texts::what;
use crate::union::{Union, VersionRef};

/// As many links as Linux follows on the way to a file.
const MOST_HOPS: usize = 40;

/// In words: the path at the end of all links and what it is after a layer, or why there is none.
pub(super) fn leads(union: &Union, link: VersionRef<'_>, after: LayerNumber) -> String {
    let mut at = link.path();
    let mut way: Vec<Vec<u8>> = Vec::new();
    let mut hops = 0;
    let mut link = Some(link);
    loop {
        if let Some(target) = link.take() {
            hops += 1;
            if hops > MOST_HOPS {
                return format!("leads in a circle, or through more than {MOST_HOPS} links");
            }
            let target = target.entry().map_or(&[][..], EntryRef::link_target);
            at = if target.starts_with(b"/") { EntryPath::root() } else { folder_of(&at) };
            let names = target.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
            way.extend(names.rev().map(<[u8]>::to_vec));
        }
        let Some(name) = way.pop() else { break };
        if name == b".." {
            at = folder_of(&at);
            continue;
        }
        at.push(&name);
        let Some(found) = visible(union, &at, after) else {
            return format!("leads nowhere: /{} is not there after layer {after}", format::safe(at.as_bytes()));
        };
        link = (found.kind() == EntryKind::Symlink).then_some(found);
    }
    let found = visible(union, &at, after).map_or("folder", |version| what(version.inode()));
    format!("leads to /{} ({found}) after layer {after}", format::safe(at.as_bytes()))
}

fn folder_of(path: &EntryPath) -> EntryPath {
    EntryPath::normalise(path.parent().unwrap_or_default()).path
}

fn visible<'a>(union: &'a Union, path: &EntryPath, after: LayerNumber) -> Option<VersionRef<'a>> {
    let id = union.visible(union.node_at(path)?, after)?;
    Some(union.version(id))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::image::{Entries, NewEntry};

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
        leads(union, link, LayerNumber::from_index(0))
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
        assert_eq!(from(&image, "x"), "leads to /usr/lib/x.so.1 (file) after layer 1");
        assert_eq!(from(&image, "lib"), "leads to /usr/lib (folder) after layer 1");
        assert_eq!(from(&image, "up"), "leads to /usr/lib/x.so.1 (file) after layer 1");
        assert_eq!(from(&image, "gone"), "leads nowhere: /usr/nothing is not there after layer 1");
        assert_eq!(from(&image, "top"), "leads to / (folder) after layer 1");
        assert!(from(&image, "one").contains("in a circle"));
    }
}
