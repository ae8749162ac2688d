//! Paths inside an image: bytes, normalised, unable to leave the root.

use std::fmt;

/// A path below the image's root: components joined by single slashes, none at either end, neither `.` nor `..` among
/// them. The root itself is the empty path.
///
/// Only `extract` ever joins it to a path of the host.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntryPath(Vec<u8>);

/// Bytes of the longest path that is kept whole: `PATH_MAX` of Linux, so no engine can make a longer one. What goes
/// through the folders of a path, or writes each of them, would take the square of its length.
pub const PATH_MOST: usize = 4_096;

/// The result of normalising a raw name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The path, clamped to the root.
    pub path: EntryPath,
    /// Whether a `..` tried to climb above the root.
    pub escaped: bool,
}

impl EntryPath {
    /// The root directory.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The root directory, with room for a path of this many bytes: a path that grows by itself takes up to twice its
    /// length.
    pub(crate) fn with_capacity(len: usize) -> Self {
        Self(Vec::with_capacity(len))
    }

    /// Splits at slashes, drops empty and `.` components, and resolves `..` without climbing above the root.
    #[must_use]
    pub fn normalise(raw: &[u8]) -> Normalised {
        let mut path = Self(Vec::with_capacity(raw.len()));
        let mut escaped = false;
        for component in raw.split(|&byte| byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." => match path.parent() {
                    Some(parent) => path.0.truncate(parent.len()),
                    None => escaped = true,
                },
                name => path.push(name),
            }
        }
        Normalised { path, escaped }
    }

    /// Appends one component, which must be neither empty nor contain a slash.
    pub fn push(&mut self, name: &[u8]) {
        debug_assert!(!name.is_empty() && !name.contains(&b'/'), "a component is a name");
        if !self.0.is_empty() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(name);
    }

    /// Cuts it back to its first bytes, which must end before a slash or at the end.
    pub(crate) fn truncate(&mut self, len: usize) {
        debug_assert!(len == 0 || self.0.get(len).is_none_or(|&byte| byte == b'/'), "a path ends with a component");
        self.0.truncate(len);
    }

    /// The parent path, as bytes; the root has none.
    #[must_use]
    pub fn parent(&self) -> Option<&[u8]> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.0.iter().rposition(|&byte| byte == b'/').map_or(&[], |slash| &self.0[..slash]))
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.0.iter().rposition(|&byte| byte == b'/').map_or(&self.0, |slash| &self.0[slash + 1..])
    }

    /// The innermost folder that contains two folders, or is one of them.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut both = Self::default();
        for (component, _) in self.components().zip(other.components()).take_while(|(one, other)| one == other) {
            both.push(component);
        }
        both
    }

    /// The components, outermost first.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/').filter(|component| !component.is_empty())
    }

    /// Whether this is the root directory.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes, as in the archive except for normalisation.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(raw: &str) -> (String, bool) {
        let Normalised { path, escaped } = EntryPath::normalise(raw.as_bytes());
        (String::from_utf8_lossy(path.as_bytes()).into_owned(), escaped)
    }

    #[test]
    fn a_name_is_the_same_path_however_it_is_spelt() {
        for raw in ["a/b", "./a/b", "/a/b", "a//b/", "a/./b/.", "a/x/../b", "//a/b//"] {
            assert_eq!(normal(raw), ("a/b".to_owned(), false), "{raw}");
        }
    }

    #[test]
    fn no_path_climbs_above_the_root() {
        assert_eq!(normal("../evil"), ("evil".to_owned(), true));
        assert_eq!(normal("a/../../evil"), ("evil".to_owned(), true));
        assert_eq!(normal("a/.."), (String::new(), false));
        assert_eq!(normal("/"), (String::new(), false));
    }

    #[test]
    fn two_folders_have_an_innermost_one_in_common() {
        let path = |text: &str| EntryPath::normalise(text.as_bytes()).path;
        for (one, other, both) in
            [("a/b", "a/b", "a/b"), ("a/b/c", "a/b", "a/b"), ("a/bc", "a/bd", "a"), ("a", "b", ""), ("", "a", "")]
        {
            assert_eq!(path(one).common(&path(other)), path(both));
            assert_eq!(path(other).common(&path(one)), path(both));
        }
    }

    #[test]
    fn parent_and_name_take_a_path_apart() {
        let path = EntryPath::normalise(b"a/b/c").path;
        assert_eq!((path.parent(), path.name()), (Some(&b"a/b"[..]), &b"c"[..]));
        assert_eq!(EntryPath::normalise(b"a").path.parent(), Some(&b""[..]));
        assert_eq!(EntryPath::root().parent(), None);
        assert_eq!(path.components().count(), 3);
        assert_eq!(EntryPath::root().components().count(), 0);
    }
}
