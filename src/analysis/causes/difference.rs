//! How the metadata of files that were stored again differs.

use crate::union::VersionRef;

use super::modes::Modes;

/// Nothing yet, one value for all, or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Common<T> {
    #[default]
    None,
    Only(T),
    Several,
}

impl<T: Copy + PartialEq> Common<T> {
    pub(super) fn see(&mut self, value: T) {
        *self = match *self {
            Self::None => Self::Only(value),
            Self::Only(known) if known == value => Self::Only(known),
            Self::Only(_) | Self::Several => Self::Several,
        };
    }

    pub(super) fn add(&mut self, other: Self) {
        match other {
            Self::None => {}
            Self::Only(value) => self.see(value),
            Self::Several => *self = Self::Several,
        }
    }

    pub(super) fn only(self) -> Option<T> {
        match self {
            Self::Only(value) => Some(value),
            Self::None | Self::Several => None,
        }
    }
}

/// What differs between the old and the new versions of some files.
#[derive(Default)]
pub(super) struct VersionDifferences {
    modes: Modes,
    owners: bool,
    owner: Common<(i64, i64)>,
    pub(super) times: bool,
    pub(super) attributes: bool,
}

impl VersionDifferences {
    /// Compares a file with its replacement.
    pub(super) fn see(&mut self, old: VersionRef<'_>) {
        let Some(new) = old.successor() else { return };
        let (Some(before), Some(after)) = (old.inode_entry(), new.inode_entry()) else { return };
        self.modes.see(before.mode(), after.mode(), false);
        self.owners |= old.owner() != new.owner();
        self.owner.see(new.owner());
        self.times |= before.mtime() != after.mtime();
        self.attributes |= before.xattrs() != after.xattrs();
    }

    /// Adds folders that were stored again with them.
    pub(super) fn see_folders(&mut self, folders: &Modes) {
        self.modes.add(folders);
    }

    /// Whether anything differs at all.
    pub(super) fn any(&self) -> bool {
        self.modes_differ() || self.owners || self.times || self.attributes
    }

    pub(super) fn modes_differ(&self) -> bool {
        self.modes.differ()
    }

    pub(super) fn owners_differ(&self) -> bool {
        self.owners
    }

    /// The equivalent value of `--chmod=`.
    pub(super) fn mode_flag(&self) -> Option<String> {
        self.modes.flag()
    }

    /// The equivalent value of `--chown=`.
    pub(super) fn owner_flag(&self) -> Option<String> {
        self.owner.only().map(|(user, group)| format!("{user}:{group}"))
    }
}
