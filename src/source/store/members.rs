//! Members by name that are in no archive: documents in memory, and layers or all blobs in the store of an engine.

use std::collections::BTreeMap;

use crate::image::{Digest, EntryPath};
use crate::source::blob::Blob;

use super::folder::OutsideFiles;
use super::{FolderStore, Lookup};

/// What this program makes itself to list an image.
const LISTS: [&str; 3] = ["manifest.json", "index.json", "oci-layout"];

/// Members by name.
#[derive(Debug, Default)]
pub(in crate::source) struct MemberStore {
    members: BTreeMap<String, Blob>,
    /// Where blobs are that are looked up by digest. It has those of all images, so it is never listed.
    blobs: Option<FolderStore>,
    /// The names of those that belong to this image.
    own_blobs: Vec<String>,
}

impl MemberStore {
    /// Members only.
    pub(in crate::source) fn new(members: BTreeMap<String, Blob>) -> Self {
        Self { members, ..Self::default() }
    }

    /// Members, a folder of blobs, and the names of those that belong to the image.
    pub(in crate::source) fn with_blobs(
        members: BTreeMap<String, Blob>,
        blobs: FolderStore,
        own_blobs: Vec<String>,
    ) -> Self {
        Self { members, blobs: Some(blobs), own_blobs }
    }

    pub(super) fn find(&self, name: &EntryPath) -> Lookup {
        let found = std::str::from_utf8(name.as_bytes()).ok().and_then(|name| self.members.get(name));
        found.map_or(Lookup::Absent, |blob| Lookup::Blob(blob.clone(), name.as_bytes().to_vec()))
    }

    /// The blob of a digest, which an OCI layout would have under this name.
    pub(super) fn find_blob(&self, name: &EntryPath, digest: &Digest) -> Lookup {
        match (self.find(name), &self.blobs) {
            (Lookup::Absent, Some(blobs)) => blobs.find(name, OutsideFiles::Hashed(digest)),
            (found, _) => found,
        }
    }

    /// The names of what the store has. Lists of images are not among it: this program made them.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let own = self.members.keys().filter(|name| !LISTS.contains(&name.as_str()));
        own.chain(&self.own_blobs).cloned()
    }
}
