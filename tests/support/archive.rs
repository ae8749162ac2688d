//! Puts layers into a docker archive.

use std::path::PathBuf;

use super::tarball::{Member, archive};

/// A `docker save` archive of one image whose steps are called `step 1`, `step 2`, …
pub fn docker_save(layers: &[Vec<u8>]) -> Vec<u8> {
    let mut members = Vec::new();
    let mut names = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("{index}/layer.tar");
        members.push(Member::file(&name, layer));
        names.push(format!("\"{name}\""));
    }
    let history: Vec<_> = (1..=layers.len()).map(|number| format!("{{\"created_by\":\"step {number}\"}}")).collect();
    let diff_ids: Vec<_> = (0..layers.len()).map(|index| format!("\"sha256:{index:064x}\"")).collect();
    let config = format!(
        "{{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{{}},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{}]}},\"history\":[{}]}}",
        diff_ids.join(","),
        history.join(",")
    );
    members.push(Member::file("config.json", config.as_bytes()));
    let manifest =
        format!("[{{\"Config\":\"config.json\",\"RepoTags\":[\"test:latest\"],\"Layers\":[{}]}}]", names.join(","));
    members.push(Member::file("manifest.json", manifest.as_bytes()));
    archive(&members)
}

/// A file in a folder that goes when it is dropped.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }
}
