//! What this process reads to find engines: its environment, and small files.

use std::path::Path;

use crate::engine::Surroundings;

use super::plain;

/// The limit on a configuration file of an engine.
const LONGEST: u64 = 4 << 20;

/// The real ones.
pub(super) struct Process;

impl Surroundings for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn file(&self, path: &Path) -> Option<Vec<u8>> {
        plain::text(path, LONGEST).ok().map(String::into_bytes)
    }

    fn exists(&self, path: &Path) -> bool {
        plain::is_there(path)
    }

    #[cfg(unix)]
    fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    #[cfg(not(unix))]
    fn is_root(&self) -> bool {
        false
    }
}
