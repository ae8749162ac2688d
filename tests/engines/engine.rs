//! The engine and the tools beside it, as processes with a bounded time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Seconds that one command may take.
const PATIENCE: &str = "120";

/// Why no comparison can be made: the machine's fault or an engine's, never ours.
#[derive(Debug)]
pub struct Cannot(pub String);

impl From<std::io::Error> for Cannot {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A running engine. It ends when this is dropped; what it built stays for the next run.
pub struct Engine {
    host: String,
    /// A folder for one run's archives and mounts.
    work: PathBuf,
    /// When no further comparison is begun.
    deadline: Option<Instant>,
}

/// A file of this test's folder.
pub fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(name)
}

impl Engine {
    /// Starts it, or finds it running.
    pub fn start() -> Result<Self, Cannot> {
        let seconds = std::env::var("LAYERSCOPE_ENGINES_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
        let deadline = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let out = Command::new(here("start")).output()?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !out.status.success() {
            return Err(Cannot(said(&out.stderr).lines().last().unwrap_or("it does not start").to_owned()));
        }
        let line = said(&out.stdout);
        let host = line.strip_prefix("DOCKER_HOST=").ok_or_else(|| Cannot(format!("no host in `{line}`")))?;
        let socket = Path::new(host.strip_prefix("unix://").unwrap_or(host));
        let work = socket.parent().map(|state| state.join("work")).ok_or_else(|| Cannot("no state folder".into()))?;
        let engine = Self { host: host.to_owned(), work, deadline };
        if engine.work.exists() {
            std::fs::remove_dir_all(&engine.work)?;
        }
        std::fs::create_dir_all(&engine.work)?;
        Ok(engine)
    }

    /// A new folder for something's files; none is given once the time is up.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Cannot> {
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(Cannot("the time given by LAYERSCOPE_ENGINES_SECONDS is up".to_owned()));
        }
        let folder = self.work.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A folder that is kept for the next run.
    pub fn kept(&self, name: &str) -> Result<PathBuf, Cannot> {
        let folder = self.work.with_file_name(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The client, to be given its arguments.
    pub fn docker(&self) -> Command {
        let mut docker = tool("/usr/bin/docker");
        // Its own configuration, not the user's; and times as the archives have them.
        docker.env("DOCKER_HOST", &self.host).env("DOCKER_CONFIG", self.work.join("client")).env("TZ", "UTC");
        docker
    }

    /// What the client prints.
    pub fn ask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String, Cannot> {
        Ok(String::from_utf8_lossy(&run(self.docker().args(arguments))?.stdout).trim().to_owned())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = Command::new(here("stop")).status();
    }
}

/// Another tool, to be given its arguments.
pub fn tool(program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args([PATIENCE, program]).stdin(std::process::Stdio::null());
    command
}

/// Runs a command that must work.
pub fn run(command: &mut Command) -> Result<Output, Cannot> {
    let out = command.output()?;
    if out.status.success() {
        return Ok(out);
    }
    let words: Vec<_> = command.get_args().skip(1).map(|word| word.to_string_lossy()).collect();
    let said = String::from_utf8_lossy(&out.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Err(Cannot(format!("`{}` ended with {}: {last}", words.join(" "), out.status)))
}
