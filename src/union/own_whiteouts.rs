//! A layer that whites a path out and adds it again: legal, and the case on which engines differ most.

use std::collections::HashMap;

use crate::image::{Entries, EntryIndex, EntryKind, EntryRef};

/// What engines disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disagreement {
    /// The whiteout comes after the entry.
    Later,
    /// The whiteout comes first, but what is added again is a folder.
    Folder,
}

/// The whiteouts of the layer being applied, by the path they hide.
#[derive(Default)]
pub(super) struct OwnWhiteouts<'a> {
    by_path: HashMap<(u32, &'a [u8]), Whiteout>,
    /// For each of the layer's folders looked up so far: the whited-out path at or above it.
    above: HashMap<u32, Option<(u32, &'a [u8])>>,
}

struct Whiteout {
    entry: EntryIndex,
    reported: bool,
}

impl<'a> OwnWhiteouts<'a> {
    pub(super) fn add(&mut self, dir: u32, hidden: &'a [u8], entry: EntryIndex) {
        self.by_path.entry((dir, hidden)).or_insert(Whiteout { entry, reported: false });
    }

    /// Whether an entry is at or below one of the whiteouts in a way that engines disagree about; reported once per
    /// whiteout.
    pub(super) fn trouble(&mut self, entries: &'a Entries, entry: EntryRef<'a>) -> Option<Disagreement> {
        if self.by_path.is_empty() {
            return None;
        }
        let dir = entries.dir_index(entry.index());
        let own = (dir, entry.name());
        let (key, at_path) =
            if self.by_path.contains_key(&own) { (own, true) } else { (self.above(entries, dir)?, false) };
        let whiteout = self.by_path.get_mut(&key)?;
        let trouble = if whiteout.entry > entry.index() {
            Disagreement::Later
        } else if at_path && entry.kind() != EntryKind::Dir {
            return None;
        } else {
            Disagreement::Folder
        };
        (!std::mem::replace(&mut whiteout.reported, true)).then_some(trouble)
    }

    fn above(&mut self, entries: &'a Entries, dir: u32) -> Option<(u32, &'a [u8])> {
        let mut way = Vec::new();
        let mut at = dir;
        let found = loop {
            if at == 0 {
                break None;
            }
            if let Some(&known) = self.above.get(&at) {
                break known;
            }
            way.push(at);
            let (parent, name) = entries.dir(at);
            if self.by_path.contains_key(&(parent, name)) {
                break Some((parent, name));
            }
            at = parent;
        };
        for dir in way {
            self.above.insert(dir, found);
        }
        found
    }
}
