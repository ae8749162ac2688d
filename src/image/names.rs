//! Names of images as people write them.

/// What engines put before the name of one of Docker's own images.
const OWN: [&str; 2] = ["docker.io/library/", "index.docker.io/library/"];

/// A name as people write it: `debian:12` instead of `docker.io/library/debian:12`.
#[must_use]
pub fn familiar_name(name: &str) -> &str {
    OWN.iter().find_map(|prefix| name.strip_prefix(prefix)).filter(|rest| !rest.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_a_name_of_docker_is_shown_without_its_registry() {
        for (name, familiar) in [
            ("docker.io/library/debian:12-slim", "debian:12-slim"),
            ("index.docker.io/library/node", "node"),
            ("docker.io/team/app:1", "docker.io/team/app:1"),
            ("registry.example/docker.io/library/debian", "registry.example/docker.io/library/debian"),
            ("docker.io/library/", "docker.io/library/"),
            ("", ""),
        ] {
            assert_eq!(familiar_name(name), familiar);
        }
    }
}
