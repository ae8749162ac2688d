//! Where an engine listens, and how it is reached.

use std::fmt;
use std::path::{Path, PathBuf};

/// A container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Engine {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
        }
    }

    /// The transport of containers-transports(5), or its usual extension.
    #[must_use]
    pub fn transport(self) -> &'static str {
        match self {
            Self::Docker => "docker-daemon",
            Self::Podman => "podman",
        }
    }

    /// The name of its command-line program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// How an engine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A unix socket.
    Unix(PathBuf),
    /// A plain TCP connection to a host and port.
    Tcp(String),
    /// A child process that connects its standard input and output to the engine: the engine's own program, which knows
    /// ssh, TLS, pipes and its contexts.
    Child {
        /// The program.
        program: &'static str,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// An engine, and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The engine.
    pub engine: Engine,
    /// How it is reached.
    pub via: Via,
    /// The address for people, without a password: `unix:///var/run/docker.sock`, `ssh://user@host`.
    pub address: String,
    /// Why this endpoint and not another: `DOCKER_HOST`, `context colima`; empty for a default.
    pub chosen_by: String,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        if !self.chosen_by.is_empty() {
            write!(f, ", from {}", self.chosen_by)?;
        }
        Ok(())
    }
}

impl Endpoint {
    /// An endpoint at an address like `unix:///run/x.sock`. What is neither a unix socket nor plain TCP is left to the
    /// engine's program with these arguments.
    pub(super) fn at(engine: Engine, address: &str, chosen_by: String, arguments: &[&str], has_tls: bool) -> Self {
        let via = match address.split_once("://") {
            Some(("unix", path)) => Via::Unix(path.into()),
            Some(("tcp", host)) if !has_tls && !host.is_empty() => Via::Tcp(host.trim_end_matches('/').to_owned()),
            _ => {
                let arguments = arguments.iter().chain(&["system", "dial-stdio"]).map(|&word| word.to_owned());
                Via::Child { program: engine.program(), arguments: arguments.collect() }
            }
        };
        Self { engine, via, address: without_password(address), chosen_by }
    }

    /// Whether the engine runs on this machine, as far as its address shows.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.via, Via::Unix(_))
    }
}

/// An address without the password in it.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("{scheme}://{user}@{host}{path}")
        }
        None => address.to_owned(),
    }
}

/// Why the endpoint of an engine is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// A context that is not there.
    #[error("{by} names the context `{}`, which does not exist: `docker context ls` lists them", name.escape_debug())]
    NoContext {
        /// What names it.
        by: &'static str,
        /// The context.
        name: String,
    },
    /// A connection that is not there.
    #[error(
        "{by} names the connection `{}`, which does not exist: `podman system connection list` lists them",
        name.escape_debug()
    )]
    NoConnection {
        /// What names it.
        by: &'static str,
        /// The connection.
        name: String,
    },
    /// A file that cannot be understood.
    #[error("`{}` cannot be understood: {why}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        why: String,
    },
}

/// What the resolution of endpoints reads: variables, and small files.
pub trait Surroundings {
    /// A variable of the environment; empty counts as not set.
    fn variable(&self, name: &str) -> Option<String>;

    /// A file; `None` if it cannot be read.
    fn file(&self, path: &Path) -> Option<Vec<u8>>;

    /// Whether a path exists.
    fn exists(&self, path: &Path) -> bool;

    /// Whether this is the superuser.
    fn is_root(&self) -> bool;

    /// Whether Podman and its storage are those of the system. `podman unshare` makes a user the superuser of a namespace,
    /// and says whose it is.
    fn is_rootful(&self) -> bool {
        self.is_root() && self.variable("_CONTAINERS_ROOTLESS_UID").is_none_or(|uid| uid == "0")
    }

    /// The home folder.
    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }

    /// A path below the folder of a variable, else below a folder in the home folder.
    fn below(&self, variable: &str, at_home: &str, path: &str) -> Option<PathBuf> {
        let set = self.variable(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let folder = set.or_else(|| self.home().map(|home| home.join(at_home)))?;
        Some(folder.join(path))
    }
}

/// Surroundings for tests: variables and files in memory.
#[cfg(test)]
#[derive(Clone, Debug, Default)]
pub(super) struct Fake {
    pub(super) variables: Vec<(&'static str, &'static str)>,
    pub(super) files: Vec<(String, String)>,
    pub(super) is_root: bool,
}

#[cfg(test)]
impl Surroundings for Fake {
    fn variable(&self, name: &str) -> Option<String> {
        let set = self.variables.iter().find(|(other, value)| *other == name && !value.is_empty());
        set.map(|(_, value)| (*value).to_owned())
    }

    fn file(&self, path: &Path) -> Option<Vec<u8>> {
        let file = self.files.iter().find(|(other, _)| Path::new(other) == path);
        file.map(|(_, text)| text.clone().into_bytes())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.iter().any(|(other, _)| Path::new(other).starts_with(path))
    }

    fn is_root(&self) -> bool {
        self.is_root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (address, shown) in [
            ("ssh://me:secret@host:22/run/x.sock", "ssh://me@host:22/run/x.sock"),
            ("ssh://me@host", "ssh://me@host"),
            ("tcp://a:b@c@host:1", "tcp://a@host:1"),
            ("unix:///a@b:c", "unix:///a@b:c"),
            ("host:1", "host:1"),
        ] {
            assert_eq!(Endpoint::at(Engine::Docker, address, String::new(), &[], false).address, shown);
        }
    }
}
