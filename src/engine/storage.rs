//! Where containers/storage keeps its images (containers-storage.conf(5)): Podman, Buildah and CRI-O share it.

use std::path::{Path, PathBuf};

use toml::Value;

use super::endpoint::Surroundings;

/// The root folder of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageRoot(PathBuf);

impl StorageRoot {
    /// A root folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// The storage of this user, and the additional stores of images that it reads, in the order in which they are searched.
#[must_use]
pub fn storage_roots(surroundings: &dyn Surroundings) -> Vec<StorageRoot> {
    let files = configuration_files(surroundings);
    let documents: Vec<(bool, Value)> = files
        .into_iter()
        .filter_map(|(is_own, file)| {
            let text = surroundings.file(&file)?;
            Some((is_own, toml::from_str(&String::from_utf8_lossy(&text)).ok()?))
        })
        .collect();
    let is_root = surroundings.is_rootful();
    let own_root = documents.iter().find_map(|(is_own, document)| {
        let storage = document.get("storage")?;
        // The root of the system's files is the superuser's.
        let key = if is_root || *is_own { "graphroot" } else { "rootless_storage_path" };
        Some(expanded(storage.get(key)?.as_str()?, surroundings)).filter(|path| path.is_absolute())
    });
    // Images may be apart from containers.
    let images = documents.iter().find_map(|(_, document)| document.get("storage")?.get("imagestore"));
    let images = images.and_then(Value::as_str).map(|path| expanded(path, surroundings));
    let default = || {
        if is_root {
            Some(PathBuf::from("/var/lib/containers/storage"))
        } else {
            surroundings.below("XDG_DATA_HOME", ".local/share", "containers/storage")
        }
    };
    let more = documents
        .iter()
        .find_map(|(_, document)| document.get("storage")?.get("options")?.get("additionalimagestores"));
    let more = more.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(PathBuf::from);
    let images = images.into_iter().filter(|path| path.is_absolute());
    own_root.or_else(default).into_iter().chain(images).chain(more).map(StorageRoot).collect()
}

/// The files that may configure it, the first that sets something wins; whether each is for this user only.
fn configuration_files(surroundings: &dyn Surroundings) -> Vec<(bool, PathBuf)> {
    if let Some(file) = surroundings.variable("CONTAINERS_STORAGE_CONF") {
        return vec![(true, file.into())];
    }
    let own = (!surroundings.is_rootful())
        .then(|| surroundings.below("XDG_CONFIG_HOME", ".config", "containers/storage.conf"))
        .flatten();
    let system = ["/etc/containers/storage.conf", "/usr/share/containers/storage.conf"];
    own.map(|file| (true, file)).into_iter().chain(system.map(|file| (false, file.into()))).collect()
}

/// A path with the variables that the configuration may use.
fn expanded(path: &str, surroundings: &dyn Surroundings) -> PathBuf {
    let mut path = path.to_owned();
    for (name, value) in
        [("HOME", surroundings.home().map(|home| home.display().to_string())), ("USER", surroundings.variable("USER"))]
    {
        path = path.replace(&format!("${name}"), value.as_deref().unwrap_or_default());
    }
    path.into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::endpoint::Fake;
    use super::*;

    #[test]
    fn the_storage_is_the_one_of_this_user() {
        let system = "[storage]\ngraphroot = \"/srv/all\"\nrootless_storage_path = \"/srv/$USER\"\n\
                      [storage.options]\nadditionalimagestores = [\"/srv/more\"]\n";
        let own = "[storage]\ngraphroot = \"$HOME/store\"\n";
        for (is_root, variables, files, expected) in [
            (true, vec![], vec![], vec!["/var/lib/containers/storage"]),
            (false, vec![], vec![], vec!["/home/me/.local/share/containers/storage"]),
            (
                true,
                vec![("_CONTAINERS_ROOTLESS_UID", "1000")],
                vec![],
                vec!["/home/me/.local/share/containers/storage"],
            ),
            (true, vec![("_CONTAINERS_ROOTLESS_UID", "0")], vec![], vec!["/var/lib/containers/storage"]),
            (false, vec![("XDG_DATA_HOME", "/data")], vec![], vec!["/data/containers/storage"]),
            (true, vec![], vec![("/etc/containers/storage.conf", system)], vec!["/srv/all", "/srv/more"]),
            (false, vec![], vec![("/etc/containers/storage.conf", system)], vec!["/srv/me", "/srv/more"]),
            (
                false,
                vec![],
                vec![("/home/me/.config/containers/storage.conf", own), ("/etc/containers/storage.conf", system)],
                vec!["/home/me/store", "/srv/more"],
            ),
            (true, vec![("CONTAINERS_STORAGE_CONF", "/c")], vec![("/c", own)], vec!["/home/me/store"]),
            (true, vec![], vec![("/etc/containers/storage.conf", "[")], vec!["/var/lib/containers/storage"]),
            (
                true,
                vec![],
                vec![("/etc/containers/storage.conf", "[storage]\ngraphroot = \"/g\"\nimagestore = \"/i\"")],
                vec!["/g", "/i"],
            ),
            (
                true,
                vec![],
                vec![("/etc/containers/storage.conf", "[storage]\ngraphroot = \"x\"")],
                vec!["/var/lib/containers/storage"],
            ),
        ] {
            let mut variables = variables;
            variables.extend([("HOME", "/home/me"), ("USER", "me")]);
            let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
            let roots = storage_roots(&Fake { variables: variables.clone(), files, is_root });
            let roots: Vec<_> = roots.iter().map(|root| root.path().to_str().expect("text")).collect();
            assert_eq!(roots, expected, "{variables:?}");
        }
    }
}
