//! Where package managers keep downloads: known paths, which a cache mount should hold during a build.

/// From the root.
const FIXED: &[&str] = &[
    "var/lib/apt/lists",
    "var/cache/apt",
    "var/cache/apk",
    "var/cache/dnf",
    "var/cache/libdnf5",
    "var/cache/yum",
    "var/cache/zypp",
    "var/cache/pacman/pkg",
    "usr/local/share/.cache/yarn",
    "usr/local/cargo/registry",
    "go/pkg/mod/cache",
    "opt/conda/pkgs",
];

/// In anyone's home.
const AT_HOME: &[&str] = &[
    ".cache/pip",
    ".cache/uv",
    ".cache/pypoetry",
    ".cache/yarn",
    ".cache/go-build",
    ".cache/composer",
    ".composer/cache",
    ".npm",
    ".local/share/pnpm/store",
    ".cargo/registry",
    ".m2/repository",
    ".gradle/caches",
];

/// The package manager's cache that a path is in, as a prefix of the path.
#[must_use]
pub(super) fn cache_of(path: &[u8]) -> Option<&[u8]> {
    let is_end = |at: usize| path.get(at) == Some(&b'/');
    let fixed = FIXED.iter().find(|cache| path.starts_with(cache.as_bytes()) && is_end(cache.len()));
    if let Some(cache) = fixed {
        return path.get(..cache.len());
    }
    // The part that matters begins with a hidden folder, in anyone's home.
    let starts =
        std::iter::once(0).chain(path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1));
    for start in starts.filter(|&start| path.get(start) == Some(&b'.')) {
        let rest = path.get(start..).unwrap_or_default();
        let cache = AT_HOME.iter().find(|cache| rest.starts_with(cache.as_bytes()) && is_end(start + cache.len()));
        if let Some(cache) = cache {
            return path.get(..start + cache.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_known_by_its_path_and_nothing_else_is_one() {
        for (path, cache) in [
            ("var/lib/apt/lists/deb.debian.org_x", Some("var/lib/apt/lists")),
            ("root/.cache/pip/http/a/b", Some("root/.cache/pip")),
            (".npm/_cacache/x", Some(".npm")),
            ("home/a/.m2/repository/x.jar", Some("home/a/.m2/repository")),
            ("var/lib/apt/listsuffix", None),
            ("var/cache/aptitude/x", None),
            ("app/.npmrc", None),
            ("srv/var/cache/apt/x", None),
            ("", None),
        ] {
            assert_eq!(cache_of(path.as_bytes()), cache.map(str::as_bytes), "{path}");
        }
    }
}
