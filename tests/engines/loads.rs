//! Images that no builder makes, loaded into the engine: layers written by hand.

use std::path::Path;

use super::engine::{Cannot, Engine, run, tool};
use super::judge::{Ours, contents, umoci};
use super::listing::Tree;
use super::mounts::{self, Mount};
use super::report::Report;
use crate::testing::archive::docker_save;
use crate::testing::{cases, notation};

/// A distribution with linked folders, and upper layers that do not know it: as packagers outside of a builder make them.
const LINKED: &str = "usr/ usr/lib/ usr/lib/libc=c lib->usr/lib usr/bin/ usr/bin/sh=s bin->/usr/bin etc/ etc/f=f | \
    lib/x=x bin/ bin/y=y | lib/z=z";

/// Loads an archive and opens it; what it is then called by the engine.
fn load(engine: &Engine, layers: &str, folder: &Path) -> Result<(Result<String, Cannot>, Ours), Cannot> {
    let layers: Vec<_> = layers.split('|').map(notation::layer).collect();
    let path = folder.join("made.tar");
    std::fs::write(&path, docker_save(&layers))?;
    let ours = Ours::open(&path).map_err(Cannot)?;
    // By its digest: all of these have one name, and several may be loaded at a time.
    let digest = ours.opened.image().digest.as_ref().map(ToString::to_string).unwrap_or_default();
    let reference = engine.ask(["load", "-q", "-i", &path.to_string_lossy()]).map(|_| digest);
    Ok((reference, ours))
}

/// A path through a symlink of a lower layer: on an overlay a folder takes the link's place, and so it does with us, with
/// a doubt. umoci writes through the link, as every engine does that copies layers over each other: there, and only
/// there, it must differ from us.
pub fn linked_folders(engine: &Engine, report: &mut Report) -> Result<(), Cannot> {
    let folder = engine.folder("linked")?;
    let (reference, ours) = load(engine, LINKED, &folder)?;
    let tree = ours.tree();
    let mounted = Mount::new(&mounts::layers(engine, &reference?)?, &folder)?;
    report.compared("merged view and mount", tree.len(), &tree.differences(&Tree::of_folder(mounted.root())?));
    let (files, differences) = contents(&ours, mounted.root());
    report.compared("contents", files, &differences);
    let doubts = ours.doubts();
    let through = doubts.iter().any(|doubt| doubt.starts_with("through-symlink"));
    report.compared("doubts", 1, &if through { vec![] } else { vec![format!("no doubt of the link: {doubts:?}")] });
    let layout = folder.join("layout");
    let (from, to) = (format!("docker-archive:{}/made.tar", folder.display()), format!("oci:{}:x", layout.display()));
    run(tool("skopeo").args(["copy", "-q", &from, &to]))?;
    let mut paths: Vec<_> = tree.differences(&umoci(&layout, &folder)?);
    for path in &mut paths {
        path.truncate(path.find(':').unwrap_or(path.len()));
    }
    let expected = ["lib", "lib/x", "lib/z", "usr/lib/x", "usr/lib/z"];
    let same = paths == expected;
    report.compared("what umoci has elsewhere", expected.len(), &if same { vec![] } else { paths });
    Ok(())
}

/// The scenarios about which we have no doubt: a real engine must have none either.
pub fn scenarios(engine: &Engine, report: &mut Report) -> Result<(), Cannot> {
    for case in cases::all().into_iter().filter(|case| case.findings == "-") {
        let folder = engine.folder(&format!("scenarios/{}", case.name))?;
        let (loaded, ours) = load(engine, &case.layers, &folder)?;
        let tree = ours.tree();
        let differences = match loaded {
            Err(Cannot(why)) => vec![format!("theirs refuse it: {why}")],
            Ok(reference) => {
                let mounted = Mount::new(&mounts::layers(engine, &reference)?, &folder)?;
                tree.differences(&Tree::of_folder(mounted.root())?)
            }
        };
        report.compared(&case.name, tree.len(), &differences);
    }
    Ok(())
}
