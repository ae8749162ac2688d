//! Layers for tests.

use std::sync::Arc;

use crate::image::{Entries, EntryKind, LayerNumber, NewEntry};

/// A file of so many bytes; a folder if the name ends in a slash.
pub(crate) fn entry(name: &str, size: u64) -> NewEntry<'_> {
    let kind = if name.ends_with('/') { EntryKind::Dir } else { EntryKind::File };
    NewEntry { name: name.as_bytes(), kind, size, stored: size, ..NewEntry::default() }
}

/// A layer of entries.
pub(crate) fn layer<'a>(entries: impl IntoIterator<Item = NewEntry<'a>>) -> Arc<Entries> {
    let mut layer = Entries::new();
    for entry in entries {
        layer.push(entry).expect("room");
    }
    Arc::new(layer)
}

/// A layer of files, each with its size.
pub(crate) fn files(files: &[(&str, u64)]) -> Arc<Entries> {
    layer(files.iter().map(|&(name, size)| entry(name, size)))
}

/// The number of a layer, from 1.
pub(crate) fn layer_number(number: usize) -> LayerNumber {
    LayerNumber::new(number).expect("from 1")
}
