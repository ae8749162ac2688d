//! Errors of talking to an engine. Each sentence says what to do next.

use std::io;

use super::endpoint::Engine;

/// Why an engine gave no answer, or not the one that was needed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Nothing listens there.
    #[error(
        "{engine} does not listen on {address}: start it, or choose another one with {}",
        setting(*.engine)
    )]
    NotRunning {
        /// The engine.
        engine: Engine,
        /// Where.
        address: String,
    },
    /// The socket belongs to others.
    #[error(
        "no permission to use {address}: run the command with `sudo`, or {}",
        if *.engine == Engine::Docker { "as a member of the group `docker`" } else { "as the user who runs Podman" }
    )]
    Denied {
        /// The engine.
        engine: Engine,
        /// Where.
        address: String,
    },
    /// The engine's program is needed to reach it.
    #[error("{address} is reached through `{program}`, which cannot be run: install it, or use a unix socket")]
    NoProgram {
        /// The program.
        program: &'static str,
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The connection failed.
    #[error("the connection to {engine} at {address} failed: {why}; `{}` tries it too", trial(*.engine))]
    Connection {
        /// The engine.
        engine: Engine,
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// Something else answers there.
    #[error(
        "what answers at {address} is not a container engine: {why}; choose another address with {}", setting(*.engine)
    )]
    NotAnEngine {
        /// The engine that was expected.
        engine: Engine,
        /// Where.
        address: String,
        /// How that shows.
        why: String,
    },
    /// The versions of the interface do not meet.
    #[error(
        "{engine} at {address} speaks version {theirs} of its interface, and layerscope speaks {ours}: {}", advice(*.too_old)
    )]
    Version {
        /// The engine.
        engine: Engine,
        /// Where.
        address: String,
        /// Its version.
        theirs: String,
        /// The versions of this program.
        ours: &'static str,
        /// Whether the engine is the older one.
        too_old: bool,
    },
    /// The engine refused our version of the interface.
    #[error("{engine} at {address} refuses the version of layerscope: {message}; {}", advice(*.too_old))]
    VersionRefused {
        /// The engine.
        engine: Engine,
        /// Where.
        address: String,
        /// Its own sentence.
        message: String,
        /// Whether the engine is the older one.
        too_old: bool,
    },
    /// The engine refused a request.
    #[error("{engine} answers: {message}; {}", next_step(message))]
    Refused {
        /// The engine.
        engine: Engine,
        /// Its own sentence.
        message: String,
    },
    /// The answer cannot be understood.
    #[error(
        "the answer of {engine} about {about} cannot be understood: {why}; `{} save` writes an image to a file, which can \
         be opened", engine.program()
    )]
    Answer {
        /// The engine.
        engine: Engine,
        /// What was asked for.
        about: &'static str,
        /// Why.
        why: String,
    },
    /// The image is there for other platforms only.
    #[error("{engine} has `{reference}` for {available}, not for {wanted}: choose one of these with `--platform`")]
    NoPlatform {
        /// The engine.
        engine: Engine,
        /// The image.
        reference: String,
        /// What was requested.
        wanted: String,
        /// What is there.
        available: String,
    },
    /// The image is there for several platforms, and none is the one of this machine.
    #[error("{engine} has `{reference}` for {available}: choose one with `--platform`")]
    SeveralPlatforms {
        /// The engine.
        engine: Engine,
        /// The image.
        reference: String,
        /// What is there.
        available: String,
    },
    /// The engine knows the image, but has no contents of it.
    #[error("{engine} lists `{reference}` but has its contents for no platform: pull it again")]
    NoContents {
        /// The engine.
        engine: Engine,
        /// The image.
        reference: String,
    },
}

/// What to do about a failure that the engine itself reports.
pub(super) fn next_step(message: &str) -> &'static str {
    if message.contains("no space left on device") {
        "free some space on the disk where the engine stores its data"
    } else {
        "the log of the engine may say more"
    }
}

/// How another engine is chosen.
fn setting(engine: Engine) -> &'static str {
    match engine {
        Engine::Docker => "`docker context use` or DOCKER_HOST",
        Engine::Podman => "`podman system connection default` or CONTAINER_HOST",
    }
}

/// A command that needs the same connection.
fn trial(engine: Engine) -> &'static str {
    match engine {
        Engine::Docker => "docker version",
        Engine::Podman => "podman --remote version",
    }
}

/// What to do if versions do not meet.
fn advice(is_theirs_older: bool) -> &'static str {
    if is_theirs_older {
        "update the engine, or `docker save` the image and open the file"
    } else {
        "update layerscope"
    }
}
