//! Paths as globs.

use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::image::EntryPath;

/// Some globs, as they were written and as they match.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    globs: Vec<GlobMatcher>,
}

impl Paths {
    /// Reads globs: `*` and `?` stay within a name, `**` goes over folders, `[…]` and `{a,b}` choose. A slash at the
    /// front may be there or not. One without any slash is about names in every folder, as in `.gitignore`.
    ///
    /// # Errors
    /// The first that is none, and why.
    pub fn read<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let glob = |text: S| -> Result<GlobMatcher, String> {
            let text = text.as_ref();
            let (path, anywhere) = (text.trim_start_matches('/'), !text.contains('/'));
            let whole = if anywhere { format!("**/{path}") } else { path.to_owned() };
            let built = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build();
            built
                .map(|glob| glob.compile_matcher())
                .map_err(|error| format!("`{text}` is no pattern: {}", error.kind()))
        };
        Ok(Self { globs: texts.into_iter().map(glob).collect::<Result<_, _>>()? })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// The globs, as they match: from the root on, without a slash at the front.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &GlobMatcher)> {
        self.globs.iter().map(|matcher| (Glob::glob(matcher.glob()), matcher))
    }

    /// Whether one of them matches.
    #[must_use]
    pub fn matches(&self, path: &EntryPath) -> bool {
        self.globs.iter().any(|glob| matches(glob, path))
    }
}

/// Whether a glob matches a path, whose bytes need not be text.
#[cfg(unix)]
pub(super) fn matches(glob: &GlobMatcher, path: &EntryPath) -> bool {
    use std::os::unix::ffi::OsStrExt;
    glob.is_match(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

#[cfg(not(unix))]
pub(super) fn matches(glob: &GlobMatcher, path: &EntryPath) -> bool {
    glob.is_match(&*String::from_utf8_lossy(path.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_about_whole_paths_and_one_without_a_slash_about_names() {
        let matches =
            |glob: &str, path: &[u8]| Paths::read([glob]).expect(glob).matches(&EntryPath::normalise(path).path);
        assert!(matches("/etc/*.conf", b"etc/a.conf") && matches("etc/*.conf", b"/etc/a.conf"));
        assert!(!matches("etc/*.conf", b"etc/a/b.conf") && matches("etc/**", b"etc/a/b.conf"));
        assert!(matches("*.map", b"app/x/y.map") && matches("*.map", b"y.map") && !matches("/*.map", b"app/y.map"));
        assert!(matches(".git", b"app/.git") && !matches(".git", b"app/.gitignore"));
        assert!(matches("**/id_{rsa,ed25519}", b"root/.ssh/id_rsa"));
        assert!(matches("caf?", b"caf\xe9"), "bytes that are no text");
        assert!(Paths::read(["a[", "b"]).is_err_and(|why| why.contains("`a[`")));
    }
}
