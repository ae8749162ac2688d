//! The members of an archive by name, whether it is a tar or a folder.

mod folder;
mod index;
mod links;
mod members;
#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests;

use std::io::{self, Read};
use std::sync::Arc;

use crate::image::{Digest, EntryPath, Hasher, read_some};

use super::blob::Blob;
use super::watched::Watched;

use folder::OutsideFiles;

pub(super) use folder::FolderStore;
pub(super) use index::TarIndex;
pub(super) use members::MemberStore;

/// Where the members are.
#[derive(Debug)]
pub(super) enum Store {
    Tar(Box<TarIndex>),
    Folder(FolderStore),
    /// What the store of an engine holds of one image, under the names that an archive would have.
    Members(MemberStore),
}

/// What a lookup gave.
#[derive(Debug)]
pub(super) enum Lookup {
    /// The bytes, and the name of the member that holds them, every link followed.
    Blob(Blob, Vec<u8>),
    /// Nothing has that name.
    Absent,
    /// Something has, but it is not to be read: why.
    Refused(String),
    /// It is unknown whether it exists, or it cannot be read: why, as a verb phrase.
    Unreadable(String),
}

impl Lookup {
    /// Whether it is there, or cannot be looked for.
    pub(super) fn may_be_there(&self) -> bool {
        matches!(self, Self::Blob(..) | Self::Unreadable(_))
    }

    pub(super) fn blob(self) -> Option<Blob> {
        match self {
            Self::Blob(blob, _) => Some(blob),
            Self::Absent | Self::Refused(_) | Self::Unreadable(_) => None,
        }
    }
}

/// Documents larger than this are not read: containerd has the same limit.
pub(super) const LARGE_DOCUMENT: u64 = 20 << 20;
/// For manifests and indexes: what registries and containers/image hold to.
pub(super) const DOCUMENT: u64 = 4 << 20;

impl Store {
    /// A member by its name, however it is spelt.
    pub(super) fn find(&self, name: &str) -> Lookup {
        let name = EntryPath::normalise(name.as_bytes());
        if name.escaped || name.path.is_root() {
            return Lookup::Absent;
        }
        match self {
            Self::Tar(index) => index.find(&name.path),
            Self::Folder(folder) => folder.find(&name.path, OutsideFiles::Refused),
            Self::Members(members) => members.find(&name.path),
        }
    }

    /// A document at the top that lists images. Naming a folder includes these, so in a folder of links (Bazel's
    /// runfiles, Nix' link farms) they are followed wherever they lead.
    pub(super) fn find_list(&self, name: &str) -> Lookup {
        match self {
            Self::Tar(_) | Self::Members(_) => self.find(name),
            Self::Folder(folder) => folder.find(&EntryPath::normalise(name.as_bytes()).path, OutsideFiles::Taken),
        }
    }

    /// A blob of an OCI layout, or of a `dir:` folder, where its name is only its digits, and a manifest of several has
    /// a suffix.
    pub(super) fn find_digest(&self, digest: &Digest) -> Lookup {
        let (algorithm, encoded) = (digest.algorithm(), digest.encoded());
        for name in [format!("blobs/{algorithm}/{encoded}"), encoded.to_owned(), format!("{encoded}.manifest.json")] {
            let path = EntryPath::normalise(name.as_bytes()).path;
            let found = match self {
                Self::Tar(index) => index.find(&path),
                Self::Folder(folder) => folder.find(&path, OutsideFiles::Hashed(digest)),
                Self::Members(members) => members.find_blob(&path, digest),
            };
            if !matches!(found, Lookup::Absent) {
                return found;
            }
        }
        Lookup::Absent
    }

    pub(super) fn has(&self, name: &str) -> bool {
        matches!(self.find(name), Lookup::Blob(..))
    }

    /// The name of a member that holds a blob, where any tar finds it by that.
    pub(super) fn plain_member(&self, name: &[u8]) -> Option<String> {
        match self {
            Self::Tar(index) if index.is_plain(name) => String::from_utf8(name.to_vec()).ok(),
            _ => None,
        }
    }

    /// The names of the members, at least those at the top, in any order and up to a limit.
    pub(super) fn names(&self, at_most: usize) -> io::Result<Vec<String>> {
        match self {
            Self::Tar(index) => Ok(index.names(at_most)),
            Self::Folder(folder) => folder.names(at_most),
            Self::Members(members) => Ok(members.names().take(at_most).collect()),
        }
    }

    /// The names of all files in it that can be looked up, each once: of a folder, those at its top and its blobs.
    /// With it comes what kept folders from being read, as sentences.
    pub(super) fn members(&self) -> (Vec<String>, Vec<String>) {
        match self {
            Self::Tar(index) => (index.members(), Vec::new()),
            Self::Folder(folder) => folder.members(),
            Self::Members(members) => (members.names().collect(), Vec::new()),
        }
    }

    /// The tar that it is.
    pub(super) fn tar(&self) -> Option<&Arc<Watched>> {
        match self {
            Self::Tar(index) => Some(index.file()),
            Self::Folder(_) | Self::Members(_) => None,
        }
    }

    /// Where a tar ends too early: inside a member, where it is broken, or where nothing marks its end.
    pub(super) fn cut_at(&self) -> Option<u64> {
        match self {
            Self::Tar(index) => index.cut_at(),
            Self::Folder(_) | Self::Members(_) => None,
        }
    }
}

/// The whole of a small blob.
pub(super) fn read_document(blob: &Blob, limit: u64) -> Result<Vec<u8>, String> {
    if blob.len() > limit {
        return Err(format!("is larger than {} MiB", limit >> 20));
    }
    let mut bytes = Vec::new();
    let result = blob.reader().read_to_end(&mut bytes);
    match result {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err("is cut off by the end of the archive".to_owned())
        }
        Err(error) => Err(format!("cannot be read ({error})")),
        Ok(_) if blob.is_cut() || (bytes.len() as u64) < blob.len() => {
            Err("is cut off by the end of the archive".to_owned())
        }
        Ok(_) => Ok(bytes),
    }
}

/// Whether bytes hash to a digest; nothing for an algorithm that this program cannot compute.
pub(super) fn hashes_to(bytes: impl Read, digest: &Digest) -> io::Result<Option<bool>> {
    Ok(sum(bytes, digest.algorithm())?.map(|sum| sum == digest.encoded()))
}

/// The hash of bytes in hex digits; nothing for an algorithm that this program cannot compute.
pub(super) fn sum(mut bytes: impl Read, algorithm: &str) -> io::Result<Option<String>> {
    let Some(mut hasher) = Hasher::new(algorithm) else { return Ok(None) };
    let mut buffer = vec![0; 64 << 10];
    loop {
        match read_some(&mut bytes, &mut buffer)? {
            0 => return Ok(Some(hasher.finish())),
            count => hasher.update(&buffer[..count]),
        }
    }
}
