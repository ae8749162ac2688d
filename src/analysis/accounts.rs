//! The four accounts, and how the account of a stored file is decided.

use std::collections::HashMap;

use crate::image::{EntryKind, LayerNumber};
use crate::union::{HowEnded, Union, VersionId, VersionRef};

use super::identity::{Identities, Sameness, sameness};
use super::waste::Waste;

/// How a stored byte counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Account {
    /// Visible in the final image.
    Live,
    /// Other content is stored under its path.
    Overwritten,
    /// The same content is stored again under its path.
    Rewritten,
    /// Nothing of its kind is under its path any more.
    Removed,
}

impl Account {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Overwritten => "overwritten",
            Self::Rewritten => "rewritten",
            Self::Removed => "removed",
        }
    }
}

/// Bytes of file content by account. They always add up to [`Accounts::total`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Bytes visible in the final image.
    pub live: u64,
    /// Bytes replaced by other content.
    pub overwritten: u64,
    /// Bytes replaced by the same content, stored again.
    pub rewritten: u64,
    /// Bytes that were removed and are still stored.
    pub removed: u64,
}

impl Accounts {
    /// All bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.live.saturating_add(self.wasted())
    }

    /// All bytes that are not live.
    #[must_use]
    pub fn wasted(&self) -> u64 {
        self.overwritten.saturating_add(self.rewritten).saturating_add(self.removed)
    }

    /// Live bytes as a fraction of all; 1 for an image without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a fraction for people; 53 bits are enough of it")]
    pub fn efficiency(&self) -> f64 {
        if self.total() == 0 { 1.0 } else { self.live as f64 / self.total() as f64 }
    }

    /// The bytes in one account.
    #[must_use]
    pub fn bytes_in(&self, account: Account) -> u64 {
        match account {
            Account::Live => self.live,
            Account::Overwritten => self.overwritten,
            Account::Rewritten => self.rewritten,
            Account::Removed => self.removed,
        }
    }

    /// Adds those of something else.
    pub fn extend(&mut self, other: &Self) {
        let accounts = [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed];
        for account in accounts {
            self.add(account, other.bytes_in(account));
        }
    }

    pub(crate) fn add(&mut self, account: Account, bytes: u64) {
        let of = match account {
            Account::Live => &mut self.live,
            Account::Overwritten => &mut self.overwritten,
            Account::Rewritten => &mut self.rewritten,
            Account::Removed => &mut self.removed,
        };
        // Sizes in headers are hostile; sums that no disk can hold saturate instead of wrapping around.
        *of = of.saturating_add(bytes);
    }
}

/// The other names of files that have more than one.
pub(super) struct HardLinks {
    names: HashMap<VersionId, Vec<VersionId>>,
}

impl HardLinks {
    pub(super) fn new(union: &Union) -> Self {
        let mut names: HashMap<VersionId, Vec<VersionId>> = HashMap::new();
        for version in union.all_versions().map(|id| union.version(id)) {
            let inode = version.inode().id();
            if inode != version.id() {
                names.entry(inode).or_default().push(version.id());
            }
        }
        Self { names }
    }

    fn names(&self, inode: VersionId) -> &[VersionId] {
        self.names.get(&inode).map_or(&[], Vec::as_slice)
    }
}

/// How a stored file counts.
pub(super) enum FileAccount<'a> {
    Live,
    Wasted { account: Account, by: LayerNumber, name: VersionRef<'a> },
}

impl FileAccount<'_> {
    pub(super) fn account(&self) -> Account {
        match self {
            Self::Live => Account::Live,
            Self::Wasted { account, .. } => *account,
        }
    }

    pub(super) fn waste(&self, inode: VersionRef<'_>, bytes: u64) -> Option<Waste> {
        match self {
            Self::Live => None,
            Self::Wasted { account, by, name } => Some(Waste {
                version: inode.id(),
                name: name.id(),
                account: *account,
                bytes,
                layer: inode.layer(),
                by: *by,
            }),
        }
    }
}

/// The account of an inode is that of its last visible name; among names that end together, overwritten comes before
/// rewritten before removed.
pub(super) fn end_of<'a>(inode: VersionRef<'a>, links: &HardLinks, identities: &Identities) -> FileAccount<'a> {
    let names = links.names(inode.id()).iter().map(|&id| inode.sibling(id));
    let mut last: Option<(LayerNumber, Account, VersionRef<'a>)> = None;
    for name in std::iter::once(inode).chain(names) {
        let Some(ended) = name.ended() else { return FileAccount::Live };
        let account = account_of(name, ended.how, identities);
        let later = last.as_ref().is_none_or(|(by, known, _)| (ended.by, *known) > (*by, account));
        if later {
            last = Some((ended.by, account, name));
        }
    }
    match last {
        Some((by, account, name)) => FileAccount::Wasted { account, by, name },
        None => FileAccount::Live,
    }
}

/// The account of one name: its immediate successor decides.
fn account_of(name: VersionRef<'_>, how: HowEnded, identities: &Identities) -> Account {
    if how == HowEnded::NeverVisible {
        return Account::Removed;
    }
    match name.successor() {
        None => Account::Removed,
        Some(successor) => match sameness(name, successor) {
            Sameness::OtherSort => Account::Removed,
            Sameness::Same => Account::Rewritten,
            Sameness::Different => Account::Overwritten,
            Sameness::Unknown(pair) => {
                if identities.same(pair) {
                    Account::Rewritten
                } else {
                    Account::Overwritten
                }
            }
        },
    }
}

/// How many paths each layer added, modified and removed, in this order.
pub(super) fn count_changes(union: &Union) -> Vec<[usize; 3]> {
    let mut counts = vec![[0; 3]; union.layer_count()];
    for node in union.paths() {
        union.each_change(node, |layer, change| counts[layer.index()][change as usize] += 1);
    }
    counts
}

/// Regular files visible in the final image, by name.
pub(super) fn count_files(union: &Union) -> usize {
    union
        .all_versions()
        .map(|id| union.version(id))
        .filter(|version| version.node().is_some() && version.ended().is_none())
        .filter(|version| version.inode_entry().is_some_and(|entry| entry.kind() == EntryKind::File))
        .count()
}
