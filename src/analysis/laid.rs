//! Merged layers for tests.

use std::sync::Arc;

use crate::image::{Entries, EntryKind, NewEntry};
use crate::union::Union;

/// A file of so many bytes, or another name for one.
pub(super) type Line<'a> = (&'a str, Result<u64, &'a str>);

pub(super) fn union(layers: &[Vec<Line<'_>>]) -> Union {
    let lay = |lines: &Vec<Line<'_>>| {
        let mut entries = Entries::new();
        for (name, what) in lines {
            let name = name.as_bytes();
            let new = match what {
                Ok(size) => NewEntry { name, size: *size, stored: *size, ..NewEntry::default() },
                Err(target) => {
                    let link_target = target.as_bytes();
                    NewEntry { name, kind: EntryKind::HardLink, link_target, ..NewEntry::default() }
                }
            };
            entries.push(new).expect("room");
        }
        Arc::new(entries)
    };
    Union::build(layers.iter().map(lay).collect())
}
