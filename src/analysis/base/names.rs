//! What the name of a base image says about its size.

use crate::image::familiar_name;

/// Docker's own images that have a tag with `slim` for each version.
const WITH_SLIM: [&str; 13] = [
    "clojure", "debian", "elixir", "erlang", "haskell", "node", "openjdk", "perl", "pypy", "python", "ruby", "rust",
    "swift",
];
/// Words in the names of images that hold little more than a program needs.
const SMALL: [&str; 13] = [
    "alpine",
    "busybox",
    "chainguard",
    "chiseled",
    "chiselled",
    "distroless",
    "micro",
    "minimal",
    "nano",
    "scratch",
    "slim",
    "static",
    "wolfi",
];

/// Whether a name says that the image is a small variant already.
pub(super) fn is_small(name: &str) -> bool {
    let mut words = name.split(|character: char| !character.is_ascii_alphabetic());
    words.any(|word| SMALL.contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether the same image has a slim variant.
pub(super) fn has_slim_variant(name: &str) -> bool {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let familiar = familiar_name(name);
    let repository = match familiar.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => familiar,
    };
    // Mirrors keep the folder of Docker's own images.
    let own = match repository.rsplit_once('/') {
        None => Some(repository),
        Some((folder, last)) => (folder.ends_with("/library")).then_some(last),
    };
    own.is_some_and(|own| WITH_SLIM.contains(&own)) && !is_small(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whether_there_is_less_of_the_same_image() {
        for (name, small, slim) in [
            ("debian:12", false, true),
            ("docker.io/library/node:20", false, true),
            ("public.ecr.aws/docker/library/python:3.12@sha256:ab", false, true),
            ("localhost:5000/library/ruby", false, true),
            ("docker.io/library/debian:12-slim", true, false),
            ("node:20-bookworm-slim", true, false),
            ("alpine:3.20", true, false),
            ("gcr.io/distroless/base-debian12", true, false),
            ("registry.access.redhat.com/ubi9/ubi-micro", true, false),
            ("registry.example/team/node:20", false, false),
            ("localhost:5000/node", false, false),
            ("ubuntu:24.04", false, false),
            ("slimmer", false, false),
            ("", false, false),
            ("@", false, false),
        ] {
            assert_eq!((is_small(name), has_slim_variant(name)), (small, slim), "{name}");
        }
    }
}
