//! A third builder, which shares no code with the engine: its own layers, its own archives, its own mount.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::engine::{Cannot, Engine, run, tool};
use super::judge::Truth;
use super::listing::Tree;
use super::report::Report;

/// What it can build without an engine's help: no devices, and no shell form without a shell.
pub const CONTEXTS: [&str; 5] = ["lessons", "changes", "links", "names", "merged-usr"];

fn buildah(engine: &Engine) -> Result<Command, Cannot> {
    let mut buildah = tool("buildah");
    buildah.arg("--root").arg(engine.kept("buildah")?).arg("--runroot").arg(engine.kept("buildah-run")?);
    buildah.args(["--storage-driver", "overlay"]);
    Ok(buildah)
}

/// Builds them all.
pub fn build(engine: &Engine, folder: &Path) -> Result<(), Cannot> {
    for context in CONTEXTS {
        // Its own idea of limits is more than some machines allow.
        let limits = ["--ulimit", "nproc=1024:1024", "--ulimit", "nofile=1024:1024"];
        let arguments = ["--isolation", "chroot", "--network", "host", "--layers", "-t", context];
        run(buildah(engine)?.args(["bud", "-q"]).args(limits).args(arguments).arg(folder.join(context)))?;
    }
    Ok(())
}

/// Compares both archives that it writes of an image with its mount of it.
pub fn judge(engine: &Engine, context: &str, name: &str, report: &mut Report) -> Result<(), Cannot> {
    let folder = engine.folder(name)?;
    let said = |command: &mut Command| run(command).map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let image = format!("localhost/{context}");
    let container = said(buildah(engine)?.args(["from", "-q", &image]))?;
    let root = PathBuf::from(said(buildah(engine)?.args(["mount", &container]))?);
    let truth = Truth { seen: Tree::of_folder(&root)?, root, history: None };
    for (form, to, name) in [
        ("OCI archive", "oci-archive:oci.tar:x", "oci.tar"),
        ("docker archive", "docker-archive:docker.tar:x:y", "docker.tar"),
    ] {
        run(buildah(engine)?.args(["push", "-q", &image, to]).current_dir(&folder))?;
        truth.hold(form, &folder.join(name), report);
    }
    run(buildah(engine)?.args(["umount", &container]))?;
    run(buildah(engine)?.args(["rm", &container]))?;
    Ok(())
}
