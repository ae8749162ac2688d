//! What a container changed, as its engine lists it, and what has to be asked to know the rest.
//!
//! The list has paths and no metadata. A folder in which something changed appears as changed itself; a folder that was
//! removed and made again appears as removed, and what is in it as added or changed: in Podman. In Docker's classic store,
//! it appears as changed, and what is missing from it does not appear. What is on volumes is not listed, but an archive of a
//! path is answered from the volume.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::image::EntryPath;

/// So many requests at most: each mounts a stopped container. One export costs the same as some of them.
const REQUESTS_MOST: usize = 100;

/// How a path changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Changed,
    Added,
    Removed,
}

/// A change, as the engine writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    path: String,
    kind: u8,
}

/// All that changed, by path.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<EntryPath, Kind>);

/// What to ask about one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// All of it.
    Whole(EntryPath),
    /// It, but not what is in it.
    Itself(EntryPath),
    /// All of it; what the image has in it is removed.
    Replaced(EntryPath),
    /// Whether it is there again.
    Removed(EntryPath),
}

impl Question {
    /// The path that it is about.
    pub(super) fn path(&self) -> &EntryPath {
        match self {
            Self::Whole(path) | Self::Itself(path) | Self::Replaced(path) | Self::Removed(path) => path,
        }
    }
}

impl Changes {
    pub(super) fn new(listed: Vec<Listed>) -> Self {
        let changes = listed.into_iter().filter_map(|Listed { path, kind }| {
            let kind = match kind {
                0 => Kind::Changed,
                1 => Kind::Added,
                2 => Kind::Removed,
                _ => return None,
            };
            Some((EntryPath::normalise(path.as_bytes()).path, kind)).filter(|(path, _)| !path.is_root())
        });
        Self(changes.collect())
    }

    /// How a path changed.
    pub(super) fn get(&self, path: &EntryPath) -> Option<Kind> {
        let known = self.0.get(path).copied();
        known.or_else(|| {
            let listed = String::from_utf8_lossy(path.as_bytes());
            let name = || EntryPath::normalise(listed.as_bytes()).path;
            listed.contains(char::REPLACEMENT_CHARACTER).then(|| self.0.get(&name()).copied()).flatten()
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&EntryPath, Kind)> {
        self.0.iter().map(|(path, kind)| (path, *kind))
    }

    /// The nearest folder above a path that was removed; what the image has in it needs no mark of its own.
    pub(super) fn is_below_removed(&self, path: &EntryPath) -> bool {
        above(path).any(|folder| self.get(&folder) == Some(Kind::Removed))
    }

    /// What to ask, path by path; `None` if one export answers it better, or alone answers it: below a mount, a single
    /// path would be answered from there.
    pub(super) fn questions(&self, mounts: &[EntryPath]) -> Option<Vec<Question>> {
        let mut questions = Vec::new();
        let mut is_answered: BTreeSet<&EntryPath> = BTreeSet::new();
        let replaced: BTreeSet<EntryPath> = self
            .iter()
            .filter(|(_, kind)| *kind != Kind::Removed)
            .flat_map(|(path, _)| above(path))
            .filter(|folder| self.get(folder) == Some(Kind::Removed))
            .collect();
        for (path, kind) in self.iter().filter(|(path, _)| !mounts.contains(path)) {
            if above(path).any(|folder| is_answered.contains(&folder)) {
                continue;
            }
            let question = match kind {
                Kind::Removed if replaced.contains(path) => Question::Replaced(path.clone()),
                Kind::Removed => Question::Removed(path.clone()),
                Kind::Added => Question::Whole(path.clone()),
                Kind::Changed => Question::Itself(path.clone()),
            };
            let is_whole = matches!(question, Question::Whole(_) | Question::Replaced(_));
            let is_below = mounts.iter().any(|mount| above(path).any(|folder| folder == *mount));
            let is_above = is_whole && mounts.iter().any(|mount| above(mount).any(|folder| folder == *path));
            if is_below || is_above || !is_name(path) || questions.len() == REQUESTS_MOST {
                return None;
            }
            if is_whole || kind == Kind::Removed {
                is_answered.insert(path);
            }
            questions.push(question);
        }
        Some(questions)
    }
}

/// Whether a path is the one in the container: in a list, what is not UTF-8 is replaced.
pub(super) fn is_name(path: &EntryPath) -> bool {
    !String::from_utf8_lossy(path.as_bytes()).contains(char::REPLACEMENT_CHARACTER)
}

/// The folders above a path, without the root.
pub(super) fn above(path: &EntryPath) -> impl Iterator<Item = EntryPath> + use<> {
    let parent = |path: &EntryPath| {
        let parent = path.parent().map(|parent| EntryPath::normalise(parent).path);
        parent.filter(|parent| !parent.is_root())
    };
    std::iter::successors(parent(path), move |path| parent(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> EntryPath {
        EntryPath::normalise(text.as_bytes()).path
    }

    fn asked(changes: &str, mounts: &[&str]) -> Option<String> {
        let listed = changes.split(' ').filter_map(|change| {
            let kind = "CAD".find(&change[..1]).and_then(|kind| u8::try_from(kind).ok())?;
            Some(Listed { path: change[1..].to_owned(), kind })
        });
        let mounts: Vec<_> = mounts.iter().map(|mount| path(mount)).collect();
        let questions = Changes::new(listed.collect()).questions(&mounts)?;
        let words = questions.iter().map(|question| match question {
            Question::Whole(path) => format!("whole {path:?}"),
            Question::Itself(path) => format!("itself {path:?}"),
            Question::Replaced(path) => format!("replaced {path:?}"),
            Question::Removed(path) => format!("removed {path:?}"),
        });
        Some(words.collect::<Vec<_>>().join(", ").replace('`', ""))
    }

    #[test]
    fn every_change_is_asked_for_once() {
        for (changes, mounts, expected) in [
            ("C/srv A/srv/big A/neu A/neu/a A/neu/a/b", &[][..], Some("whole neu, itself srv, whole srv/big")),
            ("C/srv D/srv/docs", &[], Some("itself srv, removed srv/docs")),
            ("D/srv A/srv/x C/srv/y", &[], Some("replaced srv")),
            ("D/srv D/srv/x", &[], Some("removed srv")),
            ("C/", &[], Some("")),
            ("A/data C/etc", &["/data"], Some("itself etc")),
            ("C/data/one", &["/data"], None),
            ("A/srv A/srv/data", &["/srv/data"], None),
            ("C/srv A/srv/x", &["/srv/data"], Some("itself srv, whole srv/x")),
            ("A/srvx", &["/srv"], Some("whole srvx")),
            ("C/\u{fffd}", &[], None),
            ("A/srv A/srv/\u{fffd}", &[], Some("whole srv")),
        ] {
            assert_eq!(asked(changes, mounts).as_deref(), expected, "{changes} {mounts:?}");
        }
    }

    #[test]
    fn many_changes_are_exported_at_once() {
        let many = |count| (0..count).map(|number| format!("C/{number}")).collect::<Vec<_>>().join(" ");
        assert!(asked(&many(100), &[]).is_some());
        assert_eq!(asked(&many(101), &[]), None);
    }
}
