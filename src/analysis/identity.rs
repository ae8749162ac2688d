//! Whether a file and what took its place are the same bytes: decided without reading where that can be, else by the
//! contents' hashes.

use std::collections::HashMap;

use crate::image::{Contents, EntryKind, Finding, FindingKind};
use crate::union::{Union, VersionId, VersionRef};

/// A stored file and the one that took its place, both named by the version that holds the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The lower, wasted one.
    pub lower: VersionId,
    /// The one in its place.
    pub upper: VersionId,
}

/// What is known about pairs without reading.
pub(super) enum Sameness {
    /// The path became something else: a folder, a link.
    OtherSort,
    Same,
    Different,
    /// Only the contents can tell.
    Unknown(Pair),
}

pub(super) fn sameness(lower: VersionRef<'_>, upper: VersionRef<'_>) -> Sameness {
    let (lower, upper) = (lower.inode(), upper.inode());
    let (Some(old), Some(new)) = (lower.entry(), upper.entry()) else { return Sameness::OtherSort };
    if old.kind() != new.kind() {
        return Sameness::OtherSort;
    }
    if lower.id() == upper.id() {
        return Sameness::Same;
    }
    if old.kind() != EntryKind::File {
        return Sameness::Different;
    }
    if old.size() != new.size() || old.stored() != new.stored() || old.sparse_map() != new.sparse_map() {
        return Sameness::Different;
    }
    match (old.content_hash(), new.content_hash()) {
        (Some(old), Some(new)) if old == new => Sameness::Same,
        (Some(_), Some(_)) => Sameness::Different,
        _ => Sameness::Unknown(Pair { lower: lower.id(), upper: upper.id() }),
    }
}

/// The pairs whose contents must be read before the accounts are final.
#[must_use]
pub fn pairs(union: &Union) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for version in union.all_versions().map(|id| union.version(id)) {
        if version.inode().stored() == 0 {
            continue;
        }
        if let Some(Sameness::Unknown(pair)) = version.successor().map(|successor| sameness(version, successor)) {
            pairs.push(pair);
        }
    }
    pairs
}

/// What the contents said about pairs.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    same: HashMap<Pair, bool>,
    /// Contents that could not be read; they count as different.
    pub findings: Vec<Finding>,
}

impl Identities {
    /// Reads what must be read. `on_pair` is told how many pairs are done and says whether to go on; what is not
    /// compared counts as different.
    pub fn compare(
        union: &Union,
        contents: &dyn Contents,
        pairs: &[Pair],
        mut on_pair: impl FnMut(usize) -> bool,
    ) -> Self {
        let mut hashes: HashMap<VersionId, Option<u128>> = HashMap::new();
        let mut known = Self::default();
        for (done, &pair) in pairs.iter().enumerate() {
            if !on_pair(done) {
                break;
            }
            let mut hash = |id: VersionId| *hashes.entry(id).or_insert_with(|| known.read(union, contents, id));
            let (lower, upper) = (hash(pair.lower), hash(pair.upper));
            known.same.insert(pair, lower.is_some() && lower == upper);
        }
        known
    }

    fn read(&mut self, union: &Union, contents: &dyn Contents, id: VersionId) -> Option<u128> {
        let version = union.version(id);
        let entry = version.entry()?;
        match contents.identity(version.layer(), entry) {
            Ok(hash) => Some(hash),
            Err(error) => {
                self.findings.push(Finding::of_path(
                    FindingKind::Unreadable,
                    version.layer(),
                    version.path(),
                    format!("its content cannot be compared and counts as different: {error}"),
                ));
                None
            }
        }
    }

    pub(super) fn same(&self, pair: Pair) -> bool {
        self.same.get(&pair).copied().unwrap_or(false)
    }
}
