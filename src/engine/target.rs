//! What the IMAGE argument names: a file, an image or a container in an engine, an image in a storage or in a registry.

use crate::source::{Location, SourceError, StorageError};

use super::endpoint::Engine;
use super::reference::Reference;
use super::storage::StorageRoot;

/// Where the user says that the image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file, a folder or standard input.
    Archive(Location),
    /// An image in this engine, or in the first one that has it.
    Engine {
        /// The engine, if the spelling includes it.
        engine: Option<Engine>,
        /// The image.
        reference: Reference,
    },
    /// A container in this engine, or in the first one that has it.
    Container {
        /// The engine, if the spelling includes it.
        engine: Option<Engine>,
        /// Its name, its ID or the beginning of that.
        name: String,
    },
    /// An image in a storage of containers/storage, read without an engine.
    Storage {
        /// The root folder, if the spelling includes it.
        root: Option<StorageRoot>,
        /// The image.
        reference: Reference,
    },
}

/// Why a word names nothing that can be opened. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is not valid as the location of a file.
    #[error(transparent)]
    Location(#[from] SourceError),
    /// An image in a registry.
    #[error(
        "`{t}` is an image in a registry, and registries are not read yet: run `docker pull {r}`, then open \
         `docker-daemon:{r}` ({note})", t = text.escape_debug(), r = reference.escape_debug()
    )]
    Registry {
        /// As typed.
        text: String,
        /// The image.
        reference: String,
        /// What else the spelling could mean.
        note: &'static str,
    },
    /// What follows `container:` is not the name of a container.
    #[error(
        "`{t}` is not a container: write it as `container:NAME`, or `container:NAME@podman` for one of two engines",
        t = text.escape_debug()
    )]
    Container {
        /// As typed.
        text: String,
    },
    /// An image of containerd itself.
    #[error(
        "`{t}`: images of containerd are not read by name yet: `ctr images export - {r} | layerscope -` opens one",
        t = text.escape_debug(), r = reference.escape_debug()
    )]
    Containerd {
        /// As typed.
        text: String,
        /// The image.
        reference: String,
    },
    /// What follows the transport is not a name.
    #[error(
        "`{t}`: `{r}` is not the name or the ID of an image; an example is `{transport}:app:1.4`",
        t = text.escape_debug(), r = reference.escape_debug()
    )]
    Reference {
        /// As typed.
        text: String,
        /// What should be a reference.
        reference: String,
        /// The transport before it.
        transport: &'static str,
    },
    /// What is in the brackets is not the root of a storage.
    #[error(
        "`{}`: the root of a storage is written `containers-storage:[overlay@/path]app:1.4`, with an absolute path",
        text.escape_debug()
    )]
    StorageRoot {
        /// As typed.
        text: String,
    },
    /// A storage of a driver that cannot be read.
    #[error("`{t}`: {why}", t = text.escape_debug())]
    StorageDriver {
        /// As typed.
        text: String,
        /// Why, and what to do.
        why: StorageError,
    },
}

/// Endings of files that hold images: a word that ends like this is never the name of an image.
const SUFFIXES: [&str; 12] =
    [".tar", ".tgz", ".gz", ".zst", ".tzst", ".xz", ".txz", ".bz2", ".tbz2", ".oci", ".json", ".zip"];

const AS_SKOPEO: &str = "`docker://` means a registry, as in skopeo; the engine is `docker-daemon:`";
const NOT_A_NAME: &str = "an image of the engine that is called `registry` is `docker-daemon:registry:TAG`";

impl Target {
    /// Reads the IMAGE argument. A path that exists always wins; whether it does is answered by `exists`.
    ///
    /// # Errors
    /// If the word is invalid, or names what cannot be read yet.
    pub fn parse(word: &str, exists: impl Fn(&str) -> bool) -> Result<Self, TargetError> {
        if word.is_empty() || word == "-" {
            return Ok(Self::Archive(word.parse()?));
        }
        if exists(word) {
            return Ok(Self::Archive(Location::of_path(word)));
        }
        let text = word.to_owned();
        let (transport, rest) = word.split_once(':').unwrap_or(("", word));
        // dive writes every source like a URL.
        let name = rest.strip_prefix("//").unwrap_or(rest);
        let engine = |engine, transport| match Reference::parse(name) {
            Some(reference) => Ok(Self::Engine { engine: Some(engine), reference }),
            None => Err(TargetError::Reference { text: text.clone(), reference: name.to_owned(), transport }),
        };
        match transport {
            "docker-archive" | "oci" | "oci-dir" | "oci-archive" | "dir" => Ok(Self::Archive(word.parse()?)),
            "docker-daemon" => engine(Engine::Docker, "docker-daemon"),
            "podman" => engine(Engine::Podman, "podman"),
            "containers-storage" => storage(word, name),
            "docker" if rest.starts_with("//") => {
                Err(TargetError::Registry { text, reference: name.to_owned(), note: AS_SKOPEO })
            }
            "registry" => Err(TargetError::Registry { text, reference: name.to_owned(), note: NOT_A_NAME }),
            "container" => container(word, name),
            "containerd" => Err(TargetError::Containerd { text, reference: name.to_owned() }),
            _ => match Reference::parse(word).filter(|_| !looks_like_a_path(word)) {
                Some(reference) => Ok(Self::Engine { engine: None, reference }),
                None => Ok(Self::Archive(word.parse()?)),
            },
        }
    }
}

/// `NAME[@docker|@podman]`.
fn container(word: &str, rest: &str) -> Result<Target, TargetError> {
    let (name, engine) = match rest.split_once('@') {
        None => (rest, Some(None)),
        Some((name, "docker")) => (name, Some(Some(Engine::Docker))),
        Some((name, "podman")) => (name, Some(Some(Engine::Podman))),
        Some((name, _)) => (name, None),
    };
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    match engine {
        Some(engine) if is_name && name.starts_with(|first: char| first.is_ascii_alphanumeric()) => {
            Ok(Target::Container { engine, name: name.to_owned() })
        }
        _ => Err(TargetError::Container { text: word.to_owned() }),
    }
}

/// Whether a word must be meant as a path.
fn looks_like_a_path(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    word.starts_with(['/', '.', '~']) || word.contains('\\') || SUFFIXES.iter().any(|suffix| lower.ends_with(suffix))
}

/// `[[driver@]root[+run]]REF`, where the outer brackets are characters and the inner ones mark what may be left out.
fn storage(word: &str, rest: &str) -> Result<Target, TargetError> {
    let wrong = || TargetError::StorageRoot { text: word.to_owned() };
    let (root, name) = match rest.strip_prefix('[') {
        None => (None, rest),
        Some(inside) => {
            let (store, name) = inside.split_once(']').ok_or_else(wrong)?;
            let store = store.split_once(':').map_or(store, |(store, _options)| store);
            let (driver, path) = store.split_once('@').unwrap_or(("overlay", store));
            let path = path.split_once('+').map_or(path, |(path, _run)| path);
            if !path.starts_with('/') || !driver.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(wrong());
            }
            if driver != "overlay" {
                let why = StorageError::Driver { driver: driver.to_owned(), root: path.into() };
                return Err(TargetError::StorageDriver { text: word.to_owned(), why });
            }
            (Some(StorageRoot::new(path)), name)
        }
    };
    match Reference::parse(name) {
        Some(reference) => Ok(Target::Storage { root, reference }),
        None => Err(TargetError::Reference {
            text: word.to_owned(),
            reference: name.to_owned(),
            transport: "containers-storage",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> Result<String, String> {
        let target = Target::parse(word, |path| path.starts_with("there")).map_err(|error| error.to_string())?;
        Ok(match target {
            Target::Archive(location) => format!("file {}", location.input),
            Target::Engine { engine, reference } => format!("{engine:?} {reference}"),
            Target::Container { engine, name } => format!("container {engine:?} {name}"),
            Target::Storage { root, reference } => {
                format!(
                    "storage {} {reference}",
                    root.map_or_else(String::new, |root| root.path().display().to_string())
                )
            }
        })
    }

    #[test]
    fn every_spelling_says_where_the_image_is() {
        for (word, means) in [
            ("there", "file `there`"),
            ("there:1.4", "file `there:1.4`"),
            ("-", "file standard input"),
            ("app.tar", "file `app.tar`"),
            ("App.TAR.GZ", "file `App.TAR.GZ`"),
            ("./nginx", "file `./nginx`"),
            ("/nginx", "file `/nginx`"),
            ("~/nginx", "file `~/nginx`"),
            ("two words", "file `two words`"),
            ("docker-archive:app", "file `app`"),
            ("oci:layout:latest", "file `layout`"),
            ("nginx", "None nginx"),
            ("nginx:1.27", "None nginx:1.27"),
            ("docker:dind", "None docker:dind"),
            ("ghcr.io/a/b:1", "None ghcr.io/a/b:1"),
            ("3f2a", "None 3f2a"),
            ("docker-daemon:nginx", "Some(Docker) nginx"),
            ("docker-daemon:sha256:3f2a", "Some(Docker) sha256:3f2a"),
            ("docker-daemon:registry:2", "Some(Docker) registry:2"),
            ("podman:localhost/app:1", "Some(Podman) localhost/app:1"),
            ("podman://app", "Some(Podman) app"),
            ("container:web", "container None web"),
            ("container:web_1.x-2@podman", "container Some(Podman) web_1.x-2"),
            ("container://web@docker", "container Some(Docker) web"),
            ("containers-storage:app", "storage  app"),
            ("containers-storage:[/srv/s]app", "storage /srv/s app"),
            ("containers-storage:[overlay@/srv/s+/run/s]localhost/app:1", "storage /srv/s localhost/app:1"),
            ("containers-storage:[overlay@/srv/s+/run/s:overlay.mountopt=x]app", "storage /srv/s app"),
        ] {
            assert_eq!(parsed(word).as_deref(), Ok(means), "{word}");
        }
    }

    #[test]
    fn what_is_not_read_yet_says_so_and_names_the_next_command() {
        for (word, says) in [
            ("docker://nginx", "run `docker pull nginx`, then open `docker-daemon:nginx`"),
            ("docker://nginx", "as in skopeo"),
            ("registry:2", "`docker-daemon:registry:TAG`"),
            ("container:web@lxc", "`container:NAME@podman`"),
            ("container:", "is not a container"),
            ("container:../x", "is not a container"),
            ("container:-x", "is not a container"),
            ("containerd:k8s.io/app", "`ctr images export - k8s.io/app | layerscope -`"),
            ("docker-daemon:", "an example is `docker-daemon:app:1.4`"),
            ("podman:No Name", "not the name or the ID"),
            ("containers-storage:[btrfs@/x]app", "`podman --root /x --storage-driver btrfs save -o image.tar NAME`"),
            ("containers-storage:[vfs@/a b]app", "`podman --root '/a b' --storage-driver vfs save"),
            ("containers-storage:[a b@/x]app", "`containers-storage:[overlay@/path]app:1.4`"),
            ("containers-storage:[relative]app", "absolute path"),
            ("containers-storage:[/x", "written"),
            ("docker-daemon:a\u{1b}[2J", "\\u{1b}"),
            ("oci:", "the path after the format is missing"),
            ("", "it is empty"),
        ] {
            let error = parsed(word).expect_err(word);
            assert!(error.contains(says), "{word}: {error}");
        }
    }
}
