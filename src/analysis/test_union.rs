//! Merged layers for tests.

use crate::image::{Contents, EntryKind, EntryRef, LayerNumber, NewEntry, ReadError};
use crate::union::Union;
use crate::union::testing::{self, entry};

/// A file of this many bytes, or another name for one.
pub(super) type Line<'a> = (&'a str, Result<u64, &'a str>);

pub(super) fn union(layers: &[Vec<Line<'_>>]) -> Union {
    let lay = |lines: &Vec<Line<'_>>| {
        testing::layer(lines.iter().map(|(name, what)| match what {
            Ok(size) => NewEntry { kind: EntryKind::File, ..entry(name, *size) },
            Err(target) => NewEntry { kind: EntryKind::HardLink, link_target: target.as_bytes(), ..entry(name, 0) },
        }))
    };
    Union::build(layers.iter().map(lay).collect())
}

/// Treats files of the same size as identical.
pub(crate) struct BySize;

impl Contents for BySize {
    fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn std::io::Read + Send + 'a>, ReadError> {
        Ok(Box::new(std::io::empty()))
    }

    fn identity(&self, _: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(entry.size().into())
    }
}
