//! Members by name that are in no archive: documents in memory, and layers in the store of an
//! engine.

use std::collections::BTreeMap;

use crate::image::EntryPath;
use crate::source::blob::Blob;

use super::Lookup;

/// Members by name.
#[derive(Debug, Default)]
pub(in crate::source) struct MemberStore {
    members: BTreeMap<String, Blob>,
}

impl MemberStore {
    /// Members only.
    pub(in crate::source) fn new(members: BTreeMap<String, Blob>) -> Self {
        Self { members }
    }

    pub(super) fn find(&self, name: &EntryPath) -> Lookup {
        let found = std::str::from_utf8(name.as_bytes()).ok().and_then(|name| self.members.get(name));
        found.map_or(Lookup::Absent, |blob| Lookup::Blob(blob.clone(), name.as_bytes().to_vec()))
    }

    /// The names of what the store has. The list of images is not among it: this program made it.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.members.keys().filter(|name| *name != "manifest.json").cloned()
    }
}
