//! Why bytes are wasted: which step stored them, which step wasted them, and how to fix it.
//!
//! A cause is everything that one layer stored and another, or the same, wasted in one way. Every wasted byte is in
//! exactly one cause, so the causes add up to the accounts.

mod asked;
mod difference;
mod fix;
mod modes;
mod names;
mod rewritten;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::image::{EntryPath, Image, LayerNumber};
use crate::union::{NodeId, Union, VersionRef};

use super::caches::cache_of;
use super::origins::Origins;
use super::{Account, Analysis, Base};
use difference::{Common, VersionDifferences};
use modes::ChangedFolders;
use names::NameEndings;

pub use fix::{Fix, FixKind};

/// What one layer stored and one layer wasted in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Overwritten, rewritten or removed.
    pub account: Account,
    /// The layer that stores the bytes.
    pub stored_by: LayerNumber,
    /// The layer that wasted them; it may be the same.
    pub wasted_by: LayerNumber,
    /// Bytes.
    pub bytes: u64,
    /// Files that contain them.
    pub files: usize,
    /// The innermost folder that contains them all.
    pub folder: EntryPath,
    /// The path, if all of them are stored under one: a single file, or copies of it.
    pub file: Option<EntryPath>,
    /// How to fix it.
    pub fix: Fix,
}

impl Cause {
    /// The path of which this is an old copy, and whether the base image stores the copy: one instruction after the other
    /// overwrites such a path, so all of its old copies have one fix.
    #[must_use]
    pub fn copied_path(&self, base: &Base<'_>) -> Option<(&EntryPath, bool)> {
        let path = self.file.as_ref().filter(|_| self.account == Account::Overwritten)?;
        Some((path, base.has(self.stored_by)))
    }

    /// How to fix one cause, or all old copies of one path.
    #[must_use]
    pub fn joint_fix<'a>(causes: &[&'a Self]) -> Cow<'a, str> {
        let Some(first) = causes.first() else { return "".into() };
        match &first.file {
            Some(path) if causes.len() > 1 && first.fix.kind != FixKind::Base => {
                let copies: usize = causes.iter().map(|cause| cause.files).sum();
                let path = String::from_utf8_lossy(path.as_bytes());
                let stored =
                    format!("{copies} old copies of `/{path}` are stored, one for each instruction that writes it");
                format!("{stored}: write it in one instruction").into()
            }
            _ => first.fix.text.as_str().into(),
        }
    }
}

/// A cause while it is collected.
struct CauseBuilder<'a> {
    bytes: u64,
    files: usize,
    /// `None` before the first file, then the innermost common folder.
    folder: Option<NodeId>,
    /// The largest file, to be named if it is the only one.
    largest: EntryPath,
    /// The paths of the files.
    path: Common<Option<NodeId>>,
    differences: VersionDifferences,
    /// The layer that stored removed files first, if later ones only stored them again.
    origin: Common<LayerNumber>,
    /// Bytes below each package manager's cache.
    caches: HashMap<Vec<u8>, u64>,
    /// Bytes that the wasting layer stores again under another path.
    moved: u64,
    /// The largest of them, and where it went.
    moved_as: Option<(EntryPath, EntryPath)>,
    /// The names of removed files.
    names: NameEndings<'a>,
}

/// Groups wasted files by cause, largest first.
pub(super) fn causes(image: &Image, union: &Union, analysis: &Analysis) -> Vec<Cause> {
    let mut gathered: HashMap<(Account, LayerNumber, LayerNumber), CauseBuilder<'_>> = HashMap::new();
    let mut origins = Origins::new(union, analysis);
    // Removed files without bytes are listed elsewhere; there is nothing to fix.
    for row in analysis.waste.iter().filter(|row| row.bytes > 0) {
        let name = union.version(row.name);
        let cause = gathered.entry((row.account, row.layer, row.by)).or_insert_with(|| CauseBuilder {
            bytes: 0,
            files: 0,
            folder: None,
            largest: name.path(),
            path: Common::None,
            differences: VersionDifferences::default(),
            origin: Common::None,
            caches: HashMap::new(),
            moved: 0,
            moved_as: None,
            names: NameEndings::default(),
        });
        cause.bytes = cause.bytes.saturating_add(row.bytes);
        cause.files += 1;
        cause.path.see(name.node());
        cause.folder = Some(common(union, cause.folder, folder_of(union, name)));
        match row.account {
            Account::Rewritten => cause.differences.see(name),
            Account::Removed => {
                cause.origin.see(origins.first_stored_by(name));
                let path = name.path();
                if let Some(node) = name.node() {
                    cause.names.see(union.name(node), row.bytes);
                }
                if let Some(&to) = analysis.moved.get(&row.version) {
                    cause.moved = cause.moved.saturating_add(row.bytes);
                    // The largest comes first.
                    cause.moved_as.get_or_insert_with(|| (path.clone(), union.version(to).path()));
                }
                if let Some(cache) = cache_of(path.as_bytes()) {
                    let bytes = cause.caches.entry(cache.to_vec()).or_default();
                    *bytes = bytes.saturating_add(row.bytes);
                }
            }
            Account::Live | Account::Overwritten => {}
        }
    }
    let base = Base::detect(image).layers;
    let mut folders = ChangedFolders::default();
    let mut gathered: Vec<_> = gathered.into_iter().collect();
    gathered.sort_unstable_by_key(|((account, stored_by, wasted_by), _)| (*wasted_by, *stored_by, *account));
    let mut causes: Vec<_> = gathered
        .into_iter()
        .map(|((account, stored_by, wasted_by), mut of)| {
            let folder = of.folder.unwrap_or(union.root());
            if of.differences.modes_differ() && of.files > 1 {
                folders.below(union, wasted_by, folder, &mut of.differences);
            }
            let fix = fix::suggest(&fix::FixInputs {
                image,
                base,
                account,
                stored_by,
                wasted_by,
                collected: &of,
                whole_layer: analysis.layer(stored_by).accounts.total() == of.bytes,
                folder: union.path(folder),
            });
            let is_one = of.files == 1 || of.path.only().flatten().is_some();
            let CauseBuilder { bytes, files, largest, .. } = of;
            let file = is_one.then_some(largest);
            Cause { account, stored_by, wasted_by, bytes, files, folder: union.path(folder), file, fix }
        })
        .collect();
    causes.sort_by(|a, b| {
        let place = |cause: &Cause| (cause.wasted_by, cause.stored_by, cause.account);
        b.bytes.cmp(&a.bytes).then_with(|| place(a).cmp(&place(b)))
    });
    causes
}

/// The folder of a file; for an entry that was never visible, the innermost known one.
fn folder_of(union: &Union, name: VersionRef<'_>) -> NodeId {
    if let Some(node) = name.node() {
        return union.parent(node).unwrap_or(union.root());
    }
    let path = name.path();
    let folder = path.parent().unwrap_or_default();
    union.node_at(&EntryPath::normalise(folder).path).unwrap_or(union.root())
}

/// The innermost folder that contains both. A parent's ID is lower than those of its children.
pub(super) fn common(union: &Union, known: Option<NodeId>, mut other: NodeId) -> NodeId {
    let Some(mut known) = known else { return other };
    while known != other {
        let higher = if known.index() > other.index() { &mut known } else { &mut other };
        *higher = union.parent(*higher).unwrap_or(union.root());
    }
    known
}

#[cfg(test)]
mod tests;
