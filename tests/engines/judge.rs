//! One image, in every form that tools give it, against the kernel's mount of it, umoci's unpacking and the engine's words.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::image::{Contents, EntryKind, Finding};
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet};
use layerscope::union::{Scope, Union, View};
use layerscope::verify::verify;

use super::builds::{Made, saved};
use super::engine::{Cannot, Engine, run, tool};
use super::listing::{Tree, below};
use super::mounts::{self, Mount};
use super::pipe;
use super::report::Report;
use super::steps::{self, Step};

/// An image as we have it.
pub struct Ours {
    pub opened: OpenedImage,
    pub union: Union,
}

impl Ours {
    /// Opens an archive or a layout of one image.
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::of(&archive(path)?, None)
    }

    /// One image of several, by its name; without one, the only one.
    pub fn of(archive: &Archive, name: Option<&str>) -> Result<Self, String> {
        let selector = name.map(str::parse).transpose().map_err(|error| format!("{error}"))?;
        let opened = archive.select(&ImageChoice { selector, platform: None }).map_err(|error| error.to_string())?;
        let union = Union::build(opened.scan(&Quiet));
        Ok(Self { opened, union })
    }

    /// The merged view in the end.
    pub fn tree(&self) -> Tree {
        self.union.layer_numbers().next_back().map_or_else(Tree::default, |last| Tree::of_union(&self.union, last))
    }

    /// Every doubt that we have.
    pub fn doubts(&self) -> Vec<String> {
        let all: Vec<&Finding> = self.opened.image().findings.iter().chain(self.union.findings()).collect();
        let doubt = |finding: &&Finding| {
            format!("{} {:?} {:?}: {}", finding.kind.name(), finding.layer, finding.path, finding.message)
        };
        all.iter().map(doubt).collect()
    }
}

fn archive(path: &Path) -> Result<Archive, String> {
    Archive::open(&Location::of_path(path), &Quiet).map_err(|error| error.to_string())
}

/// What an engine makes of an image.
pub struct Truth {
    /// Where the kernel shows it.
    pub root: PathBuf,
    /// What is there.
    pub seen: Tree,
    /// The steps, where the engine tells them.
    pub history: Option<Vec<Step>>,
}

impl Truth {
    /// Holds one archive of the image against it. What cannot be opened is told, too.
    pub fn hold(&self, form: &str, path: &Path, report: &mut Report) -> Option<Ours> {
        let (archive, ours) =
            match archive(path).and_then(|archive| Ours::of(&archive, None).map(|ours| (archive, ours))) {
                Ok(both) => both,
                Err(error) => {
                    report.compared(format!("{form}, opened"), 1, &[error]);
                    return None;
                }
            };
        let faults = verify(&archive, None, &Quiet).map_or(usize::MAX, |verification| verification.fault_count());
        report.compared(
            format!("{form}, verified"),
            1,
            &if faults == 0 { vec![] } else { vec![format!("{faults} faults")] },
        );
        report.compared(format!("{form}, doubts"), 1, &ours.doubts());
        let tree = ours.tree();
        report.compared(format!("{form}, merged view and mount"), tree.len(), &tree.differences(&self.seen));
        let (files, differences) = contents(&ours, &self.root);
        report.compared(format!("{form}, contents"), files, &differences);
        if let Some(history) = &self.history {
            let steps = steps::of_image(ours.opened.image(), &ours.union);
            report.compared(format!("{form}, history"), steps.len(), &steps::differences(&steps, history));
        }
        report.compared(format!("{form}, live bytes"), 1, &live_bytes(&ours, &self.seen));
        Some(ours)
    }
}

/// Compares everything that there is to compare of one image of the engine's.
pub fn judge(engine: &Engine, image: &Made, report: &mut Report) -> Result<(), Cannot> {
    let folder = engine.folder(&image.name)?;
    let layers = mounts::layers(engine, &image.reference)?;
    let mounted = Mount::new(&layers, &folder)?;
    let history = Some(steps::of_engine(engine, &image.reference)?);
    let truth = Truth { root: mounted.root().to_owned(), seen: Tree::of_folder(mounted.root())?, history };
    let differences = match pipe::listed(engine, image)? {
        Ok(listed) => listed.differences(&truth.seen),
        Err(error) => vec![error],
    };
    report.compared("docker save through a pipe, ls", truth.seen.len(), &differences);
    report.compared("sizes as written", 1, &steps::spellings(engine, &image.reference)?);
    for (form, path) in forms(engine, image, &folder)? {
        let Some(ours) = truth.hold(form, &path, report) else { continue };
        if form == SAVED {
            layer_by_layer(&ours, &layers, &folder, report)?;
        }
        if form == GZIP {
            let tree = ours.tree();
            report.compared("umoci", tree.len(), &tree.differences(&umoci(&path, &folder)?));
        }
    }
    Ok(())
}

const SAVED: &str = "docker save";
const GZIP: &str = "OCI layout, gzip";

/// The image as an archive of the engine's, and as skopeo converts that.
fn forms(engine: &Engine, image: &Made, folder: &Path) -> Result<Vec<(&'static str, PathBuf)>, Cannot> {
    let save = saved(engine, &[&image.reference], folder.join("saved.tar"))?;
    let from = format!("docker-archive:{}", save.display());
    let mut forms = vec![(SAVED, save)];
    for (form, to, compression, name) in [
        (GZIP, "oci:gzip:x", "gzip", "gzip"),
        ("OCI layout, zstd", "oci:zstd:x", "zstd", "zstd"),
        ("OCI archive", "oci-archive:oci.tar:x", "gzip", "oci.tar"),
        ("docker archive of skopeo", "docker-archive:skopeo.tar:x:y", "", "skopeo.tar"),
    ] {
        let mut copy = tool("skopeo");
        copy.args(["copy", "-q"]);
        if !compression.is_empty() {
            copy.args(["--dest-compress-format", compression]);
        }
        run(copy.args([&from, to]).current_dir(folder))?;
        forms.push((form, folder.join(name)));
    }
    Ok(forms)
}

/// The view after each layer, against a mount of just so many.
fn layer_by_layer(ours: &Ours, layers: &[PathBuf], folder: &Path, report: &mut Report) -> Result<(), Cannot> {
    let count = ours.union.layer_count();
    let differences = if count == layers.len() { vec![] } else { vec![format!("{count}; theirs {}", layers.len())] };
    report.compared("layers", 1, &differences);
    for (number, upto) in ours.union.layer_numbers().zip(1..) {
        let mounted = Mount::new(&layers[..upto], &folder.join(format!("upto-{upto}")))?;
        let (tree, seen) = (Tree::of_union(&ours.union, number), Tree::of_folder(mounted.root())?);
        report.compared(format!("after layer {upto}"), tree.len(), &tree.differences(&seen));
    }
    Ok(())
}

/// Every visible file read back, against the one that the kernel shows.
pub fn contents(ours: &Ours, root: &Path) -> (usize, Vec<String>) {
    let Some(last) = ours.union.layer_numbers().next_back() else { return (0, Vec::new()) };
    let mut files = 0;
    let mut differences = Vec::new();
    for row in View::new(&ours.union, Scope::Merged(last)).walk(&ours.union) {
        let inode = row.version.inode();
        let Some(entry) = inode.entry().filter(|entry| entry.kind() == EntryKind::File) else { continue };
        files += 1;
        let path = ours.union.path(row.node);
        let theirs = File::open(below(root, &path)).and_then(hash);
        let mine = ours.opened.open(inode.layer(), entry).map_err(io::Error::other).and_then(hash);
        match (mine, theirs) {
            (Ok(mine), Ok(theirs)) if mine == theirs => {}
            (mine, theirs) => differences.push(format!("{path:?}: {mine:?}; theirs {theirs:?}")),
        }
    }
    (files, differences)
}

/// Length and hash of what is read.
fn hash(mut from: impl Read) -> io::Result<(usize, u128)> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    Ok((bytes.len(), twox_hash::XxHash3_128::oneshot(&bytes)))
}

/// The live account is what the kernel shows, each file once.
fn live_bytes(ours: &Ours, seen: &Tree) -> Vec<String> {
    let identities = Identities::compare(&ours.union, &ours.opened, &pairs(&ours.union), &Quiet);
    let live = Analysis::new(&ours.union, Some(&identities)).totals.live;
    if live == seen.bytes() { vec![] } else { vec![format!("{live}; theirs {}", seen.bytes())] }
}

/// What umoci makes of a layout.
pub fn umoci(layout: &Path, folder: &Path) -> Result<Tree, Cannot> {
    let bundle = folder.join("bundle");
    run(tool("umoci").args(["unpack", "--image", &format!("{}:x", layout.display())]).arg(&bundle))?;
    Ok(Tree::of_folder(&bundle.join("rootfs"))?)
}

/// All images in one archive, each by its name.
pub fn several_in_one_archive(engine: &Engine, images: &[Made], report: &mut Report) -> Result<(), Cannot> {
    let folder = engine.folder("several")?;
    let names: Vec<_> = images.iter().map(|image| image.reference.as_str()).collect();
    let path = saved(engine, &names, folder.join("saved.tar"))?;
    let archive = match archive(&path) {
        Ok(archive) => archive,
        Err(error) => {
            report.compared("opened", 1, &[error]);
            return Ok(());
        }
    };
    let refused = if archive.select(&ImageChoice::default()).is_err() { vec![] } else { vec!["one was chosen".into()] };
    report.compared("no choice", 1, &refused);
    for image in images {
        let layers = mounts::layers(engine, &image.reference)?;
        let mounted = Mount::new(&layers, &engine.folder(&format!("several/{}", image.name))?)?;
        let seen = Tree::of_folder(mounted.root())?;
        let differences = match Ours::of(&archive, Some(&image.reference)) {
            Ok(ours) => ours.tree().differences(&seen),
            Err(error) => vec![error],
        };
        report.compared(&image.reference, seen.len(), &differences);
    }
    Ok(())
}
