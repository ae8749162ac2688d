//! Whether two layers that claim to be one list the same.

use super::Entries;
use crate::image::EntryRef;

impl Entries {
    /// Whether another layer lists the same names, kinds, places, modes, owners, times and hashes, in the same order.
    pub(crate) fn lists_the_same(&self, other: &Self) -> bool {
        let is_same = |(a, b): (EntryRef<'_>, EntryRef<'_>)| {
            a.name() == b.name()
                && a.kind() == b.kind()
                && a.size() == b.size()
                && a.data_offset() == b.data_offset()
                && a.mode() == b.mode()
                && a.mtime() == b.mtime()
                && (a.uid(), a.gid()) == (b.uid(), b.gid())
                && a.link_target() == b.link_target()
                && a.content_hash().zip(b.content_hash()).is_none_or(|(a, b)| a == b)
        };
        self.len() == other.len() && self.iter().zip(other.iter()).all(is_same)
    }
}
