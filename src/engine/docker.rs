//! The endpoint of Docker, resolved like its command-line program does: `DOCKER_HOST`, `DOCKER_CONTEXT`, the current
//! context of `config.json`, the default socket. Docker Desktop, colima, Rancher Desktop, `OrbStack`, Lima and rootless
//! Docker all install a context.

use std::path::PathBuf;

use serde_json::Value;

use crate::image::{Digest, sha256};

use super::endpoint::{Endpoint, EndpointError, Engine, Surroundings};

const DEFAULT: &str = "/var/run/docker.sock";
/// Sockets of engines whose context may not be current, below the home folder.
const AT_HOME: [&str; 4] =
    [".docker/run/docker.sock", ".colima/default/docker.sock", ".rd/docker.sock", ".orbstack/run/docker.sock"];

/// Where Docker listens. Without any configuration this is the first socket that exists, else the default one.
///
/// # Errors
/// If what names a context names none that exists.
pub fn docker_endpoint(surroundings: &dyn Surroundings) -> Result<Endpoint, EndpointError> {
    if let Some(host) = surroundings.variable("DOCKER_HOST") {
        let host = if host.contains("://") { host } else { format!("tcp://{host}") };
        let has_tls = ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].iter().any(|name| surroundings.variable(name).is_some());
        return Ok(Endpoint::at(Engine::Docker, &host, "DOCKER_HOST".to_owned(), &["-H", &host], has_tls));
    }
    let named = match surroundings.variable("DOCKER_CONTEXT") {
        Some(name) => Some(("DOCKER_CONTEXT", name)),
        None => current_context(surroundings)?.map(|name| ("the configuration of Docker", name)),
    };
    match named.filter(|(_, name)| name != "default") {
        Some((by, name)) => context(surroundings, by, &name),
        None => Ok(default(surroundings)),
    }
}

fn folder(surroundings: &dyn Surroundings) -> Option<PathBuf> {
    let set = surroundings.variable("DOCKER_CONFIG").map(PathBuf::from);
    set.or_else(|| Some(surroundings.home()?.join(".docker")))
}

fn current_context(surroundings: &dyn Surroundings) -> Result<Option<String>, EndpointError> {
    let Some(file) = folder(surroundings).map(|folder| folder.join("config.json")) else { return Ok(None) };
    let Some(bytes) = surroundings.file(&file) else { return Ok(None) };
    let config: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(file, &error))?;
    let name = config.get("currentContext").and_then(Value::as_str).unwrap_or_default();
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

fn wrong(file: PathBuf, error: &serde_json::Error) -> EndpointError {
    EndpointError::File { file, why: error.to_string() }
}

fn context(surroundings: &dyn Surroundings, by: &'static str, name: &str) -> Result<Endpoint, EndpointError> {
    let id = Digest::encode(&sha256(name.as_bytes()));
    let missing = || EndpointError::NoContext { by, name: name.to_owned() };
    let folder = folder(surroundings).ok_or_else(missing)?.join("contexts");
    let file = folder.join("meta").join(&id).join("meta.json");
    let bytes = surroundings.file(&file).ok_or_else(missing)?;
    let meta: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(file.clone(), &error))?;
    let Some(host) = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str).filter(|host| !host.is_empty())
    else {
        return Err(EndpointError::File { file, why: "it has no endpoint of Docker".to_owned() });
    };
    let has_tls = surroundings.exists(&folder.join("tls").join(&id).join("docker"))
        || meta.pointer("/Endpoints/docker/SkipTLSVerify").and_then(Value::as_bool).unwrap_or_default();
    Ok(Endpoint::at(Engine::Docker, host, format!("context {name}"), &["--context", name], has_tls))
}

fn default(surroundings: &dyn Surroundings) -> Endpoint {
    let rootless = surroundings.variable("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("docker.sock"));
    let at_home = AT_HOME.iter().filter_map(|path| Some(surroundings.home()?.join(path)));
    let mut sockets = std::iter::once(PathBuf::from(DEFAULT)).chain(rootless).chain(at_home);
    let socket = sockets.find(|path| surroundings.exists(path)).unwrap_or_else(|| DEFAULT.into());
    if cfg!(windows) {
        return Endpoint::at(Engine::Docker, "npipe:////./pipe/docker_engine", String::new(), &[], false);
    }
    Endpoint::at(Engine::Docker, &format!("unix://{}", socket.display()), String::new(), &[], false)
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::endpoint::{Fake, Via};
    use super::*;

    fn meta(name: &str, host: &str) -> (String, String) {
        let id = Digest::encode(&sha256(name.as_bytes()));
        let text = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        (format!("/home/me/.docker/contexts/meta/{id}/meta.json"), text)
    }

    fn config(current: &str) -> (String, String) {
        ("/home/me/.docker/config.json".to_owned(), format!(r#"{{"auths":{{}},"currentContext":"{current}"}}"#))
    }

    fn file(path: &str) -> (String, String) {
        (path.to_owned(), String::new())
    }

    fn resolved(variables: &[(&'static str, &'static str)], files: &[(String, String)]) -> String {
        let mut variables = variables.to_vec();
        variables.push(("HOME", "/home/me"));
        match docker_endpoint(&Fake { variables, files: files.to_vec(), is_root: false }) {
            Ok(endpoint) => {
                let via = match &endpoint.via {
                    Via::Unix(path) => format!("unix {}", path.display()),
                    Via::Tcp(host) => format!("tcp {host}"),
                    Via::Child { program, arguments } => format!("{program} {}", arguments.join(" ")),
                };
                if endpoint.chosen_by.is_empty() { via } else { format!("{via} by {}", endpoint.chosen_by) }
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_endpoint_is_the_one_of_the_command_line() {
        let colima = meta("colima", "unix:///home/me/.colima/default/docker.sock");
        let far = meta("far", "ssh://me@host");
        for (variables, files, expected) in [
            (vec![], vec![], "unix /var/run/docker.sock"),
            (vec![("DOCKER_HOST", "unix:///x.sock"), ("DOCKER_CONTEXT", "far")], vec![], "unix /x.sock by DOCKER_HOST"),
            (vec![("DOCKER_HOST", "tcp://h:2375")], vec![], "tcp h:2375 by DOCKER_HOST"),
            (vec![("DOCKER_HOST", "h:2375")], vec![], "tcp h:2375 by DOCKER_HOST"),
            (
                vec![("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1")],
                vec![],
                "docker -H tcp://h:2376 system dial-stdio by DOCKER_HOST",
            ),
            (vec![("DOCKER_HOST", "ssh://me@h")], vec![], "docker -H ssh://me@h system dial-stdio by DOCKER_HOST"),
            (vec![("DOCKER_HOST", "")], vec![], "unix /var/run/docker.sock"),
            (
                vec![("DOCKER_CONTEXT", "far")],
                vec![far.clone(), config("colima"), colima.clone()],
                "docker --context far system dial-stdio by context far",
            ),
            (
                vec![],
                vec![config("colima"), colima.clone()],
                "unix /home/me/.colima/default/docker.sock by context colima",
            ),
            (vec![("DOCKER_CONTEXT", "default")], vec![config("colima"), colima.clone()], "unix /var/run/docker.sock"),
            (vec![], vec![config("")], "unix /var/run/docker.sock"),
            (
                vec![("XDG_RUNTIME_DIR", "/run/user/1")],
                vec![file("/run/user/1/docker.sock")],
                "unix /run/user/1/docker.sock",
            ),
            (vec![], vec![file("/home/me/.rd/docker.sock")], "unix /home/me/.rd/docker.sock"),
            (vec![], vec![file("/home/me/.rd/docker.sock"), file("/var/run/docker.sock")], "unix /var/run/docker.sock"),
            (
                vec![("DOCKER_CONTEXT", "gone")],
                vec![],
                "DOCKER_CONTEXT names the context `gone`, which does not exist: `docker context ls` lists them",
            ),
            (
                vec![],
                vec![config("gone")],
                "the configuration of Docker names the context `gone`, which does not exist: `docker context ls` lists \
                 them",
            ),
        ] {
            assert_eq!(resolved(&variables, &files), expected, "{variables:?} {files:?}");
        }
    }

    #[test]
    fn a_configuration_that_cannot_be_understood_is_an_error() {
        let broken = ("/home/me/.docker/config.json".to_owned(), "{".to_owned());
        assert!(resolved(&[], &[broken]).contains("config.json` cannot be understood"));
        let (path, _) = meta("x", "");
        let empty = resolved(&[("DOCKER_CONTEXT", "x")], &[(path, "{}".to_owned())]);
        assert!(empty.contains("no endpoint of Docker"), "{empty}");
        let tls = meta("x", "tcp://h:2376");
        let key = file(&tls.0.replace("meta", "tls").replace("tls.json", "docker/ca.pem"));
        assert_eq!(
            resolved(&[("DOCKER_CONTEXT", "x")], &[tls, key]),
            "docker --context x system dial-stdio by context x"
        );
    }

    #[test]
    fn a_configuration_folder_of_its_own_is_used() {
        let files = [("/etc/d/config.json".to_owned(), r#"{"currentContext":"gone"}"#.to_owned())];
        assert!(resolved(&[("DOCKER_CONFIG", "/etc/d")], &files).contains("`gone`"));
    }
}
