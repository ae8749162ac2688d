//! The endpoint of Podman's service, resolved like its command-line program does. On Linux, that program works without
//! a service and without the default connection; its storage is read in place ([`super::storage_roots`]).

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use toml::Value as Toml;

use super::endpoint::{Endpoint, EndpointError, Engine, Surroundings};

/// Where Podman's service listens; `None` if nothing is configured and no socket exists.
///
/// # Errors
/// If what names a connection names none that exists.
pub fn podman_endpoint(surroundings: &dyn Surroundings) -> Result<Option<Endpoint>, EndpointError> {
    if let Some(host) = surroundings.variable("CONTAINER_HOST") {
        let arguments = ["--remote", "--url", &host];
        return Ok(Some(Endpoint::at(Engine::Podman, &host, "CONTAINER_HOST".to_owned(), &arguments, false)));
    }
    let connections = Connections::read(surroundings)?;
    if let Some(name) = surroundings.variable("CONTAINER_CONNECTION") {
        let by = "CONTAINER_CONNECTION";
        return connections.endpoint(&name).map(Some).ok_or(EndpointError::NoConnection { by, name });
    }
    let rootless =
        surroundings.variable("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("podman/podman.sock"));
    let rootful = PathBuf::from("/run/podman/podman.sock");
    let sockets = if surroundings.is_rootful() { [Some(rootful), rootless] } else { [rootless, Some(rootful)] };
    if let Some(socket) = sockets.into_iter().flatten().find(|path| surroundings.exists(path)) {
        let address = format!("unix://{}", socket.display());
        return Ok(Some(Endpoint::at(Engine::Podman, &address, String::new(), &["--remote"], false)));
    }
    match connections.default.clone() {
        Some(name) => {
            let by = "the configuration of Podman";
            connections.endpoint(&name).map(Some).ok_or(EndpointError::NoConnection { by, name })
        }
        None => Ok(None),
    }
}

/// What is configured.
#[derive(Default)]
struct Connections {
    default: Option<String>,
    /// Names and addresses; the first of a name counts.
    known: Vec<(String, String)>,
}

impl Connections {
    fn read(surroundings: &dyn Surroundings) -> Result<Self, EndpointError> {
        let mut found = Self::default();
        if let Some(file) = surroundings.below("XDG_CONFIG_HOME", ".config", "containers/podman-connections.json")
            && let Some(bytes) = surroundings.file(&file)
        {
            let document: Json = serde_json::from_slice(&bytes)
                .map_err(|error| EndpointError::File { file: file.clone(), why: error.to_string() })?;
            let default = document.pointer("/Connection/Default").and_then(Json::as_str).unwrap_or_default();
            found.default = Some(default.to_owned()).filter(|name| !name.is_empty());
            let known = document.pointer("/Connection/Connections").and_then(Json::as_object);
            for (name, connection) in known.into_iter().flatten() {
                let uri = connection.get("URI").and_then(Json::as_str).unwrap_or_default();
                found.known.push((name.clone(), uri.to_owned()));
            }
        }
        for file in configuration_files(surroundings) {
            let Some(bytes) = surroundings.file(&file) else { continue };
            found.add_toml(&file, &bytes)?;
        }
        Ok(found)
    }

    fn add_toml(&mut self, file: &Path, bytes: &[u8]) -> Result<(), EndpointError> {
        let text = String::from_utf8_lossy(bytes);
        let document: Toml = toml::from_str(&text)
            .map_err(|error| EndpointError::File { file: file.to_owned(), why: error.message().to_owned() })?;
        let Some(engine) = document.get("engine") else { return Ok(()) };
        if self.default.is_none() {
            self.default = engine.get("active_service").and_then(Toml::as_str).map(str::to_owned);
        }
        for (name, service) in engine.get("service_destinations").and_then(Toml::as_table).into_iter().flatten() {
            let uri = service.get("uri").and_then(Toml::as_str).unwrap_or_default();
            self.known.push((name.clone(), uri.to_owned()));
        }
        Ok(())
    }

    fn endpoint(&self, name: &str) -> Option<Endpoint> {
        let (_, uri) = self.known.iter().find(|(known, uri)| known == name && !uri.is_empty())?;
        let arguments = ["--remote", "--connection", name];
        Some(Endpoint::at(Engine::Podman, uri, format!("connection {name}"), &arguments, false))
    }
}

/// The user's file first: what it sets is not replaced.
fn configuration_files(surroundings: &dyn Surroundings) -> Vec<PathBuf> {
    if let Some(file) = surroundings.variable("CONTAINERS_CONF") {
        return vec![file.into()];
    }
    let own = surroundings.below("XDG_CONFIG_HOME", ".config", "containers/containers.conf");
    let system = ["/etc/containers/containers.conf", "/usr/share/containers/containers.conf"].map(PathBuf::from);
    own.into_iter().chain(system).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::endpoint::{Fake, Via};
    use super::*;

    const CONNECTIONS: &str = r#"{"Connection":{"Default":"machine","Connections":{
        "machine":{"URI":"ssh://core@127.0.0.1:5/run/podman/podman.sock","Identity":"/k","IsMachine":true},
        "here":{"URI":"unix:///run/here.sock"}}}}"#;

    fn resolved(variables: &[(&'static str, &'static str)], files: &[(&str, &str)], is_root: bool) -> String {
        let mut variables = variables.to_vec();
        variables.push(("HOME", "/home/me"));
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        match podman_endpoint(&Fake { variables, files, is_root }) {
            Ok(None) => "none".to_owned(),
            Ok(Some(Endpoint { via: Via::Unix(path), .. })) => format!("unix {}", path.display()),
            Ok(Some(Endpoint { via: Via::Tcp(host), .. })) => format!("tcp {host}"),
            Ok(Some(Endpoint { via: Via::Child { arguments, .. }, .. })) => arguments.join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_endpoint_is_the_one_of_the_command_line() {
        let json = ("/home/me/.config/containers/podman-connections.json", CONNECTIONS);
        let toml = (
            "/etc/containers/containers.conf",
            "[engine]\nactive_service = \"old\"\n[engine.service_destinations.old]\nuri = \"unix:///run/old.sock\"\n",
        );
        let (rootless, rootful) = (("/run/user/1/podman/podman.sock", ""), ("/run/podman/podman.sock", ""));
        let user = [("XDG_RUNTIME_DIR", "/run/user/1")];
        for (variables, files, is_root, expected) in [
            (vec![], vec![], false, "none"),
            (vec![("CONTAINER_HOST", "unix:///x"), ("CONTAINER_CONNECTION", "gone")], vec![], false, "unix /x"),
            (vec![("CONTAINER_HOST", "tcp://h:1")], vec![], false, "tcp h:1"),
            (vec![("CONTAINER_HOST", "ssh://h/x")], vec![], false, "--remote --url ssh://h/x system dial-stdio"),
            (vec![("CONTAINER_CONNECTION", "here")], vec![json], false, "unix /run/here.sock"),
            (vec![], vec![json], false, "--remote --connection machine system dial-stdio"),
            (user.to_vec(), vec![json, rootless, rootful], false, "unix /run/user/1/podman/podman.sock"),
            (user.to_vec(), vec![rootless, rootful], true, "unix /run/podman/podman.sock"),
            (
                [&user[..], &[("_CONTAINERS_ROOTLESS_UID", "1000")]].concat(),
                vec![rootless, rootful],
                true,
                "unix /run/user/1/podman/podman.sock",
            ),
            (vec![], vec![toml], false, "unix /run/old.sock"),
            (vec![], vec![json, toml], false, "--remote --connection machine system dial-stdio"),
            (
                vec![("CONTAINER_CONNECTION", "gone")],
                vec![json],
                false,
                "CONTAINER_CONNECTION names the connection `gone`, which does not exist: `podman system connection list` \
                 lists them",
            ),
            (vec![("CONTAINERS_CONF", "/c")], vec![toml, ("/c", "")], false, "none"),
        ] {
            assert_eq!(resolved(&variables, &files, is_root), expected, "{variables:?} {files:?}");
        }
        let broken = resolved(&[], &[("/etc/containers/containers.conf", "[")], false);
        assert!(broken.starts_with("`/etc/containers/containers.conf` cannot be understood"), "{broken}");
    }
}
