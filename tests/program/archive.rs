//! Writes docker archives of a few entries, as no engine would.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A name and what is in it.
pub type Member<'a> = (&'a [u8], &'a [u8]);

/// An archive that goes with its folder.
pub struct Archive {
    folder: TempDir,
}

impl Archive {
    /// Layers of name and content, each with the instruction that made it.
    pub fn new(layers: &[(&str, Vec<Member<'_>>)]) -> Self {
        Self::built(layers, &json!({}), 0o644)
    }

    /// The same with files that may be executed, one of which a container starts.
    pub fn running(entrypoint: &str, layers: &[(&str, Vec<Member<'_>>)]) -> Self {
        Self::built(layers, &json!({ "Entrypoint": [entrypoint] }), 0o755)
    }

    /// Layers that any history goes with.
    pub fn with_history(layers: &[Vec<Member<'_>>], history: &Value) -> Self {
        Self::written(layers, history, &json!({}), "history", 0o644)
    }

    fn built(layers: &[(&str, Vec<Member<'_>>)], runs: &Value, mode: u32) -> Self {
        let step = |created_by: &str| json!({ "created_by": created_by, "created": "2026-11-21T04:06:08Z", "comment": created_by });
        let history: Vec<_> = layers.iter().map(|(created_by, _)| step(created_by)).collect();
        let entries: Vec<_> = layers.iter().map(|(_, entries)| entries.clone()).collect();
        Self::written(&entries, &json!(history), runs, layers.first().map_or("none", |layer| layer.0), mode)
    }

    fn written(layers: &[Vec<Member<'_>>], history: &Value, runs: &Value, tag: &str, mode: u32) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut archive = tar::Builder::new(Vec::new());
        let mut names = Vec::new();
        for (at, entries) in layers.iter().enumerate() {
            let mut layer = tar::Builder::new(Vec::new());
            for (name, content) in entries {
                add(&mut layer, name, content, mode);
            }
            let name = format!("{at}/layer.tar");
            add(&mut archive, name.as_bytes(), &layer.into_inner().expect("memory"), mode);
            names.push(name);
        }
        let diff_ids: Vec<_> = (0..layers.len()).map(|at| format!("sha256:{at:064x}")).collect();
        let config = json!({
            "os": "linux", "architecture": "amd64", "config": runs,
            "rootfs": { "type": "layers", "diff_ids": diff_ids }, "history": history,
        });
        add(&mut archive, b"config.json", config.to_string().as_bytes(), mode);
        let manifest = json!([{ "Config": "config.json", "RepoTags": [format!("test:{tag}")], "Layers": names }]);
        add(&mut archive, b"manifest.json", manifest.to_string().as_bytes(), mode);
        let bytes = archive.into_inner().expect("memory");
        std::fs::write(folder.path().join("image.tar"), bytes).expect("room on the disk");
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("image.tar")
    }
}

/// Adds a file under any name at all.
pub fn add(tar: &mut tar::Builder<Vec<u8>>, name: &[u8], content: &[u8], mode: u32) {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().expect("just made").name[..name.len()].copy_from_slice(name);
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    header.set_mtime(1_700_000_000);
    header.set_cksum();
    tar.append(&header, content).expect("memory");
}
