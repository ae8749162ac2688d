//! Patterns of paths, as `.gitignore` and build tools have them.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::image::EntryPath;

/// Some patterns, in their order.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    set: GlobSet,
    texts: Vec<String>,
}

impl Globs {
    /// Reads patterns, each as [`glob`] does.
    ///
    /// # Errors
    /// The first that is invalid, and why.
    pub fn read<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        let mut texts = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let glob = glob(pattern).map_err(|why| format!("`{pattern}` is not a valid pattern: {why}"))?;
            texts.push(glob.glob().to_owned());
            set.add(glob);
        }
        Ok(Self { set: set.build().map_err(|error| error.to_string())?, texts })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The patterns as they are matched: from the root, without a leading slash.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether one of them matches.
    #[must_use]
    pub fn matches(&self, path: &EntryPath) -> bool {
        with_path(path, |path| self.set.is_match(path))
    }

    /// The indices of those that match.
    #[must_use]
    pub fn matching(&self, path: &EntryPath) -> Vec<usize> {
        with_path(path, |path| self.set.matches(path))
    }
}

/// Reads one pattern, for a path without its leading slash: `*` and `?` stay within a name, `**` crosses folders, `[…]`
/// and `{a,b}` choose, `\` escapes. A leading slash is optional. A pattern without any slash matches names in every
/// folder, as in `.gitignore`.
///
/// # Errors
/// Why the pattern is invalid.
pub fn glob(pattern: &str) -> Result<Glob, String> {
    let path = pattern.trim_start_matches('/');
    let anchored = if pattern.contains('/') { path.to_owned() } else { format!("**/{path}") };
    let glob = GlobBuilder::new(&anchored).literal_separator(true).backslash_escape(true).build();
    glob.map_err(|error| error.kind().to_string())
}

/// A path of an image for matching; its bytes need not be text.
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
