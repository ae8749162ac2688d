//! Patterns of paths, as `.gitignore` and build tools have them.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::image::EntryPath;

/// Some patterns, in their order.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    set: GlobSet,
    texts: Vec<String>,
}

impl Globs {
    /// Reads patterns: `*` and `?` stay within a name, `**` goes over folders, `[…]` and `{a,b}` choose. A slash at the
    /// front may be there or not. One without any slash is about names in every folder, as in `.gitignore`.
    ///
    /// # Errors
    /// The first that is none, and why.
    pub fn read<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        let mut texts = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let path = pattern.trim_start_matches('/');
            let whole = if pattern.contains('/') { path.to_owned() } else { format!("**/{path}") };
            let glob = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build();
            set.add(glob.map_err(|error| format!("`{pattern}` is no pattern: {}", error.kind()))?);
            texts.push(whole);
        }
        Ok(Self { set: set.build().map_err(|error| error.to_string())?, texts })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The patterns as they match: from the root on, without a slash at the front.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether one of them matches.
    #[must_use]
    pub fn matches(&self, path: &EntryPath) -> bool {
        with_path(path, |path| self.set.is_match(path))
    }

    /// The places of those that match.
    #[must_use]
    pub fn matching(&self, path: &EntryPath) -> Vec<usize> {
        with_path(path, |path| self.set.matches(path))
    }
}

/// A path of an image for patterns; its bytes need not be text.
#[cfg(unix)]
fn with_path<T>(path: &EntryPath, held: impl FnOnce(&std::ffi::OsStr) -> T) -> T {
    use std::os::unix::ffi::OsStrExt;
    held(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

#[cfg(not(unix))]
fn with_path<T>(path: &EntryPath, held: impl FnOnce(&std::ffi::OsStr) -> T) -> T {
    held(std::ffi::OsStr::new(&*String::from_utf8_lossy(path.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_about_whole_paths_and_one_without_a_slash_about_names() {
        let matches =
            |glob: &str, path: &[u8]| Globs::read([glob]).expect(glob).matches(&EntryPath::normalise(path).path);
        assert!(matches("/etc/*.conf", b"etc/a.conf") && matches("etc/*.conf", b"/etc/a.conf"));
        assert!(!matches("etc/*.conf", b"etc/a/b.conf") && matches("etc/**", b"etc/a/b.conf"));
        assert!(matches("*.map", b"app/x/y.map") && matches("*.map", b"y.map") && !matches("/*.map", b"app/y.map"));
        assert!(matches(".git", b"app/.git") && !matches(".git", b"app/.gitignore"));
        assert!(matches("**/id_{rsa,ed25519}", b"root/.ssh/id_rsa"));
        assert!(matches("caf?", b"caf\xe9"), "bytes that are no text");
        assert!(Globs::read(["a[", "b"]).is_err_and(|why| why.contains("`a[`")));
    }
}
