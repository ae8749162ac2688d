//! The images: every folder here that holds a Dockerfile, by both builders; and what is made of containers and of tars.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::buildah;
use super::engine::{Cannot, Engine, here, run, tool};
use crate::testing::notation;

/// The folders with a Dockerfile.
const CONTEXTS: [&str; 7] = ["lessons", "changes", "links", "attributes", "names", "merged-usr", "stages"];

/// The classic builder and the newer one, as `DOCKER_BUILDKIT` has them.
const BUILDERS: [(&str, &str); 2] = [("classic", "0"), ("buildkit", "1")];

/// What `ADD` unpacks: folders that no entry announces, a chain of links, and names from the root.
const ADDED: &str = "./ ./usr/lib/l=l lib->usr/lib lib64->lib ./h=>usr/lib/l /from/root{mode=4755,uid=5}=r p{fifo}";

/// What `docker import` is given: a root file system as another tool may pack it.
const IMPORTED: &str = "./ a/b/c=c ./d/{mode=2775,gid=50,mtime=1000000000} /e=>a/b/c \
    {name=x,pax.path=caf\\xc3\\xa9,pax.SCHILY.xattr.user.note=n\\x00}=1 {longpax=p}=2 f{longname=g}=3 s->/a/../a/b dev{chr,rdev=1:3}";

/// An image that the engine has.
pub struct Made {
    /// What made it, in words for a report and for a folder.
    pub name: String,
    /// What the engine calls it.
    pub reference: String,
}

impl Made {
    fn new(name: &str, by: &str) -> Self {
        Self { name: format!("{name}-{by}"), reference: format!("{name}:{by}") }
    }
}

/// Builds them all, the builders at the same time. What the third one cannot do takes nothing from the others.
pub fn all(engine: &Engine) -> Result<(Vec<Made>, Result<(), Cannot>), Cannot> {
    let folder = &engine.folder("contexts")?;
    let toolbox = folder.join("t");
    run(tool("musl-gcc").args(["-Os", "-static", "-s", "-o"]).arg(&toolbox).arg(here("toolbox.c")))?;
    let added = folder.join("add.tar");
    std::fs::write(&added, notation::layer(ADDED))?;
    for context in CONTEXTS {
        let to = folder.join(context);
        run(tool("cp").arg("-r").arg(here(context)).arg(&to))?;
        std::fs::copy(&toolbox, to.join("t"))?;
        std::fs::copy(&added, to.join("add.tar"))?;
    }
    let (docker, third) = std::thread::scope(|scope| {
        let docker = BUILDERS.map(|builder| scope.spawn(move || build_all(engine, folder, builder)));
        let third = scope.spawn(|| buildah::build(engine, folder));
        let why = "a builder's thread does not panic";
        (docker.map(|built| built.join().expect(why)), third.join().expect(why))
    });
    let mut images = Vec::new();
    for built in docker {
        images.extend(built?);
    }
    images.push(committed(engine)?);
    images.push(exported(engine)?);
    images.push(imported(engine)?);
    Ok((images, third))
}

fn build_all(engine: &Engine, folder: &Path, (by, buildkit): (&str, &str)) -> Result<Vec<Made>, Cannot> {
    let build = |context: &str| {
        let made = Made::new(context, by);
        let arguments = ["build", "-q", "--network", "none", "-t", &made.reference];
        run(engine.docker().env("DOCKER_BUILDKIT", buildkit).args(arguments).arg(folder.join(context)))?;
        Ok(made)
    };
    CONTEXTS.into_iter().map(build).collect()
}

/// What a container changed, as a layer: words of a person in the history, and files from outside.
fn committed(engine: &Engine) -> Result<Made, Cannot> {
    let made = Made::new("links", "committed");
    let changes = "rm /l/far put /l/uno again ln /l/uno /l/far chmod 0700 /l symlink /l/uno /by-hand";
    let container = engine.ask(["create", "--network", "none", "links:classic", "/t", changes])?;
    engine.ask(["start", "-a", &container])?;
    engine.ask(["cp", &here("lessons/app").to_string_lossy(), &format!("{container}:/copied")])?;
    let message = "by hand,\nin two lines\tand a tab";
    let change = "ENV BY=hand";
    engine.ask([
        "commit",
        "-a",
        "Some One <some@one.example>",
        "-m",
        message,
        "-c",
        change,
        &container,
        &made.reference,
    ])?;
    engine.ask(["rm", &container])?;
    Ok(made)
}

/// A container's file system as one layer.
fn exported(engine: &Engine) -> Result<Made, Cannot> {
    let made = Made::new("attributes", "flat");
    let container = engine.ask(["create", "--network", "none", "attributes:buildkit", "/t"])?;
    let tar = engine.folder("imports")?.join("exported.tar");
    engine.ask(["export", "-o", &tar.to_string_lossy(), &container])?;
    engine.ask(["import", "-m", "flat", "-c", "CMD [\"/t\"]", &tar.to_string_lossy(), &made.reference])?;
    engine.ask(["rm", &container])?;
    Ok(made)
}

/// A tar of no engine's, on standard input.
fn imported(engine: &Engine) -> Result<Made, Cannot> {
    let made = Made::new("root-file-system", "imported");
    let arguments = ["import", "-", &made.reference];
    feed(engine.docker().args(arguments), &notation::layer(IMPORTED))?;
    Ok(made)
}

/// Runs a command on some input.
pub fn feed(command: &mut Command, input: &[u8]) -> Result<(), Cannot> {
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut pipe) = running.stdin.take() {
        // Where it ends early, it says why.
        let _ = pipe.write_all(input);
    }
    let out = running.wait_with_output()?;
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.success() { Ok(()) } else { Err(Cannot(format!("the engine takes no input: {}", said.trim()))) }
}

/// The archive that `docker save` writes.
pub fn saved(engine: &Engine, references: &[&str], to: PathBuf) -> Result<PathBuf, Cannot> {
    run(engine.docker().args(["save", "-o"]).arg(&to).args(references))?;
    Ok(to)
}
