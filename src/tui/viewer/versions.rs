//! The versions of a path: the list of what stored and what ended each, and what each is apart from its content: its metadata,
//! how that differs from another version, and where a symlink points inside the image; it is never resolved on the host.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::path::{self, PathEvent, what};
use crate::analysis::Instruction;
use crate::format;
use crate::image::{EntryKind, EntryRef, LayerNumber, Mtime};
use crate::tui::model::Model;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;
use crate::union::{Destination, FinalSymlink, MOST_LINKS, NodeId, Union, VersionId, VersionRef};

/// What happened to a path, and the selected version.
pub(super) struct VersionList {
    node: NodeId,
    events: Vec<PathEvent>,
    cursor: Cursor,
    edition: Option<u32>,
}

impl VersionList {
    pub fn new(node: NodeId) -> Self {
        Self { node, events: Vec::new(), cursor: Cursor::default(), edition: None }
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Rebuilds the list when more is known; selects a version the first time.
    pub fn update(&mut self, model: &Model, first: Option<VersionId>) {
        if self.edition == Some(model.edition) {
            return;
        }
        let Some(union) = &model.union else { return };
        let versions: Vec<_> = union.versions(self.node).map(|id| union.version(id)).collect();
        self.events = path::path_history(model, union, &versions);
        if self.edition.replace(model.edition).is_none() {
            let brought = |event: &PathEvent| Some(event.version) == first && event.bytes.is_some();
            let brought = self.events.iter().position(brought);
            let of_it = self.events.iter().position(|event| Some(event.version) == first);
            self.cursor.select(brought.or(of_it).unwrap_or(self.events.len().saturating_sub(1)));
        }
    }

    pub fn clamp(&mut self, height: usize) {
        self.cursor.clamp(self.events.len(), height);
    }

    pub fn go(&mut self, motion: Motion, height: usize) {
        self.cursor.go(motion, self.events.len(), height);
    }

    /// Selects an older or newer version; returns whether there is one.
    pub fn step(&mut self, newer: bool) -> bool {
        let at = self.cursor.selected();
        let Some(now) = self.selected() else { return false };
        let other = |&place: &usize| self.events[place].version != now;
        let found = if newer { (at..self.events.len()).find(other) } else { (0..at).rev().find(other) };
        // Going back selects where a version was stored, not where it was removed.
        let found = found.map(|place| {
            let version = self.events[place].version;
            self.events.iter().position(|event| event.version == version).unwrap_or(place)
        });
        if let Some(found) = found {
            self.cursor.select(found);
        }
        found.is_some()
    }

    /// The selected version.
    pub fn selected(&self) -> Option<VersionId> {
        self.events.get(self.cursor.selected()).map(|event| event.version)
    }

    /// The previous version.
    pub fn before(&self) -> Option<VersionId> {
        let now = self.selected()?;
        let first = self.events.iter().position(|event| event.version == now)?;
        self.events[..first].last().map(|event| event.version)
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, model: &Model, framing: Framing<'_>) {
        if area.height == 0 {
            return;
        }
        let room = usize::from(area.width).saturating_sub(8);
        let path = model.union.as_ref().map(|union| format::safe(union.path(self.node).as_bytes())).unwrap_or_default();
        let inner = pane::open(buffer, area, &fit_end(&format!("/{path}"), room), "", framing).intersection(area);
        pane::position(buffer, area, &self.cursor, self.events.len(), inner, framing);
        let visible = self.cursor.visible(self.events.len(), usize::from(inner.height));
        let digits = model.layer_count().to_string().len();
        let width = usize::from(inner.width);
        let rows = self.events[visible].iter().map(|event| {
            let said = model.image.as_ref().map_or("", |image| image.instruction_of(event.layer));
            let said = Instruction::read(said).line();
            let bytes = event.bytes.map(format::bytes).unwrap_or_default();
            let row = Row::new().gap(1).text(Role::Dim, "layer ").right(Role::Text, &event.layer.to_string(), digits);
            let row = row.gap(1).right(Role::Text, &bytes, 7).gap(2);
            // What happened comes first, and leaves some room for the step that caused it.
            let until = if said.is_empty() { width } else { (width * 7 / 10).max(row.width() + 14) };
            let row = row.until(event.role, &event.what, until);
            if said.is_empty() { row } else { row.text(Role::Dim, " · ").text(Role::Dim, &said) }
        });
        paint_rows(buffer, inner, framing.theme, rows, Some((self.cursor.line(), framing.selection())));
    }
}

/// A version and the step that stored it.
pub(super) fn about(text: &mut Text, model: &Model, union: &Union, version: Option<VersionId>) {
    let Some(version) = version.map(|version| union.version(version)) else { return };
    path::about(text, version);
    let said = model.layer_and_instruction(version.layer());
    text.wrapped(Role::Dim, &said, 1);
}

/// A version that has no bytes.
pub(super) fn other(text: &mut Text, union: &Union, version: VersionId) {
    let version = union.version(version);
    path::about(text, version);
    // The target is resolved in the image as it was while this version was present.
    let last = union.layer_numbers().next_back();
    let after = version.ended().map_or(last, |ended| ended.by.index().checked_sub(1).map(LayerNumber::from_index));
    match version.kind() {
        EntryKind::Symlink => {
            if let Some(after) = after {
                text.wrapped(Role::Text, &symlink_target(union, version, after.max(version.layer())), 1);
            }
        }
        EntryKind::Dir => {
            let below = version.node().map_or(0, |node: NodeId| union.children(node).count());
            let said = if below == 0 {
                "empty".to_owned()
            } else {
                format!("all layers together store {} in it", counted(below, "name"))
            };
            text.wrapped(Role::Text, &said, 1);
        }
        EntryKind::Unknown(_) => text.wrapped(Role::Dim, "no engine knows this type or unpacks it", 1),
        _ => text.wrapped(Role::Dim, "it has no bytes", 1),
    }
}

/// One sentence per difference; empty if there is none.
pub(super) fn differences(before: VersionRef<'_>, after: VersionRef<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let (old, new) = (before.inode(), after.inode());
    if before.kind() != after.kind() {
        found.push(format!("was a {}, is a {}", what(before), what(after)));
    }
    let target = |version: VersionRef<'_>| version.entry().map_or(&[][..], |entry| entry.link_target()).to_vec();
    let (led, symlink_target) = (target(before), target(after));
    if led != symlink_target && before.kind() == after.kind() {
        found.push(format!("target {} → {}", format::safe(&led), format::safe(&symlink_target)));
    }
    if old.mode() != new.mode() {
        found.push(format!("mode {:04o} → {:04o}", old.mode(), new.mode()));
    }
    if old.owner() != new.owner() {
        let ((user, group), (new_user, new_group)) = (old.owner(), new.owner());
        found.push(format!("owner {user}:{group} → {new_user}:{new_group}"));
    }
    let Some((old, new)) = old.entry().zip(new.entry()) else { return found };
    if old.kind() == EntryKind::File && new.kind() == EntryKind::File && old.size() != new.size() {
        found.push(format!("size {} B → {} B", count(old.size()), count(new.size())));
    }
    if old.rdev() != new.rdev() {
        let device = |rdev: Option<(u32, u32)>| rdev.map_or("none".to_owned(), |(a, b)| format!("{a}:{b}"));
        found.push(format!("device {} → {}", device(old.rdev()), device(new.rdev())));
    }
    if old.mtime() != new.mtime() {
        found.push(format!("time {}", times(old.mtime(), new.mtime())));
    }
    for (name, value) in old.xattrs() {
        match new.xattrs().iter().find(|(other, _)| other == name) {
            None => found.push(format!("attribute {} removed", format::safe(name))),
            Some((_, other)) if other != value => {
                found.push(format!("attribute {} {} → {}", format::safe(name), valued(value), valued(other)));
            }
            Some(_) => {}
        }
    }
    for (name, value) in new.xattrs().iter().filter(|(name, _)| !old.xattrs().iter().any(|(other, _)| other == name)) {
        found.push(format!("attribute {} added: {}", format::safe(name), valued(value)));
    }
    found
}

fn count(bytes: u64) -> String {
    format::count(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// In seconds if those differ, else with the fraction.
fn times(old: Mtime, new: Mtime) -> String {
    let (before, after) = (format::mtime(old.seconds), format::mtime(new.seconds));
    if old.seconds == new.seconds {
        return format!("{before}.{:09} → .{:09}", old.nanoseconds, new.nanoseconds);
    }
    format!("{before} → {after}")
}

/// A value, if it is short enough to read.
fn valued(value: &[u8]) -> String {
    if value.len() <= 40 { format!("`{}`", format::safe(value)) } else { format!("({} bytes)", value.len()) }
}

/// In words: the path at the end of all links and what it is after a layer, or why there is none.
fn symlink_target(union: &Union, link: VersionRef<'_>, after: LayerNumber) -> String {
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
