//! The layers of an image as the engine keeps them, laid over each other by the kernel: what a container sees.

use std::path::{Path, PathBuf};

use super::engine::{Cannot, Engine, run, tool};

/// The folders in which the engine keeps an image's layers, lowest first.
pub fn layers(engine: &Engine, reference: &str) -> Result<Vec<PathBuf>, Cannot> {
    let format = "{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}";
    let all = engine.ask(["image", "inspect", "--format", format, reference])?;
    let folders: Vec<_> =
        all.split(':').filter(|one| !one.is_empty() && *one != "<no value>").map(PathBuf::from).collect();
    Ok(folders.into_iter().rev().collect())
}

/// An overlay, as long as this lives.
pub struct Mount(PathBuf);

impl Mount {
    /// Mounts layers, lowest first. `folder` takes the mount point and the links by which the layers are named: with
    /// their own names they would not fit into one page of options.
    pub fn new(layers: &[PathBuf], folder: &Path) -> Result<Self, Cannot> {
        let target = folder.join("merged");
        std::fs::create_dir_all(&target)?;
        // The kernel wants two folders at least.
        std::fs::create_dir_all(folder.join("0"))?;
        for (index, layer) in layers.iter().enumerate() {
            let link = folder.join((index + 1).to_string());
            if link.symlink_metadata().is_err() {
                std::os::unix::fs::symlink(layer, link)?;
            }
        }
        let lower: Vec<_> = (0..=layers.len()).rev().map(|index| index.to_string()).collect();
        let options = format!("ro,lowerdir={}", lower.join(":"));
        run(tool("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&target).current_dir(folder))?;
        Ok(Self(target))
    }

    /// Where the container's root is.
    pub fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = run(tool("umount").arg(&self.0));
    }
}
