//! All images of the engines, by what these say of them: layers and history, nothing is exported.

use crate::engine::Engine;
use crate::image::Image;
use crate::report::SharedEngine;

#[cfg(feature = "network")]
use super::reported;
use super::storage;

/// The images of one engine.
pub(in crate::run) struct Inventory {
    pub(in crate::run) engine: SharedEngine,
    /// The images, each with a location that means it only.
    pub(in crate::run) images: Vec<(Image, String)>,
    /// What is not counted, and why.
    pub(in crate::run) skipped: Vec<(String, String)>,
    /// Whether an engine that runs did not answer everything.
    pub(in crate::run) is_faulty: bool,
    /// The root folder of its store on this machine.
    pub(super) store: String,
}

impl Inventory {
    pub(super) fn new(engine: Engine, endpoint: String) -> Self {
        let engine =
            SharedEngine { kind: engine.transport(), engine: engine.name(), endpoint, ..SharedEngine::default() };
        Self { engine, images: Vec::new(), skipped: Vec::new(), is_faulty: false, store: String::new() }
    }

    pub(super) fn skip(&mut self, what: &str, why: String) {
        self.is_faulty = true;
        self.skipped.push((what.to_owned(), why));
    }
}

/// What the engines have, at most so many images of each.
pub(in crate::run) fn inventories(most: usize) -> Vec<Inventory> {
    let stored = if storage::is_local() { storage::inventory(most) } else { None };
    #[cfg(feature = "network")]
    {
        let docker = reported::inventory(Engine::Docker, most);
        let podman = stored.unwrap_or_else(|| reported::inventory(Engine::Podman, most));
        // Podman can listen where Docker is expected.
        let is_same = docker.engine.kind == podman.engine.kind
            && podman.engine.fault.is_none()
            && (docker.engine.endpoint == podman.engine.endpoint
                || !docker.store.is_empty() && docker.store == podman.store);
        if is_same { vec![podman] } else { vec![docker, podman] }
    }
    #[cfg(not(feature = "network"))]
    stored.into_iter().collect()
}
