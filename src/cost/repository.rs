//! Where in which registry an image is, as its name says.

/// A repository in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    /// As it is written, without the tag.
    pub(super) text: String,
    /// The registry, if the name begins with one.
    host: Option<String>,
    path: String,
}

/// How two repositories relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// They are in registries that are not the same.
    OtherRegistry,
    /// A registry can mount blobs of one in the other.
    SameRegistry,
    /// They are one.
    Same,
}

impl Repository {
    /// The repository of a name; `None` for a tag alone, which is all that an archive of buildx or skopeo may have.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (whole, digest) = name.split_once('@').map_or((name, false), |(name, _)| (name, true));
        // A colon before the last slash is a port.
        let (text, tagged) = match whole.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, true),
            _ => (whole, false),
        };
        if text.is_empty() || !(tagged || digest || text.contains('/')) {
            return None;
        }
        // As engines decide it: a registry has a dot or a port, or is this machine.
        let (host, path) = match text.split_once('/') {
            Some((host, path)) if host == "localhost" || host.contains(['.', ':']) => (Some(host), path),
            _ => (None, text),
        };
        let host = host.map(|host| if host == "index.docker.io" { "docker.io" } else { host }.to_lowercase());
        let path = if host.as_deref().is_none_or(|host| host == "docker.io") {
            path.strip_prefix("library/").unwrap_or(path)
        } else {
            path
        };
        Some(Self { text: text.to_owned(), host, path: path.to_owned() })
    }

    /// A name without a registry may be in any.
    pub(super) fn nearness(&self, other: &Self) -> Nearness {
        match (&self.host, &other.host) {
            (Some(own), Some(other)) if own != other => Nearness::OtherRegistry,
            _ if self.path == other.path => Nearness::Same,
            _ => Nearness::SameRegistry,
        }
    }
}

/// The nearest of the repositories of two images. An image without a name counts as pushed to the other's repository.
pub(super) fn nearest(own: &[Repository], other: &[Repository]) -> Nearness {
    let pairs = own.iter().flat_map(|own| other.iter().map(|other| own.nearness(other)));
    pairs.max().unwrap_or(Nearness::Same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_repository_are_recognised_however_they_are_spelt() {
        let same = |a: &str, b: &str| {
            Repository::parse(a).expect("a repository").nearness(&Repository::parse(b).expect("a repository"))
        };
        for (a, b, is) in [
            ("app:1", "app:2", Nearness::Same),
            ("app:1", "docker.io/library/app:2", Nearness::Same),
            ("index.docker.io/team/app:1", "team/app@sha256:0", Nearness::Same),
            ("host:5000/team/app", "HOST:5000/team/app:2", Nearness::Same),
            ("team/app:1", "ghcr.io/team/app:1", Nearness::Same),
            ("team/app:1", "team/base:1", Nearness::SameRegistry),
            ("ghcr.io/team/app:1", "debian:12", Nearness::SameRegistry),
            ("ghcr.io/team/app:1", "docker.io/library/debian:12", Nearness::OtherRegistry),
            ("ghcr.io/library/app:1", "ghcr.io/app:1", Nearness::SameRegistry),
        ] {
            assert_eq!(same(a, b), is, "{a} {b}");
        }
        for tag in ["latest", "", ":1", "v1"] {
            assert_eq!(Repository::parse(tag), None, "{tag}");
        }
    }
}
