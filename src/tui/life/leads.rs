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
