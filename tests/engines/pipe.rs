//! `docker save IMAGE | layerscope -`: the archive comes on standard input, of a process of its own.

use std::path::PathBuf;
use std::process::Stdio;

use layerscope::source::{Archive, Location, Quiet};

use super::builds::Made;
use super::engine::{Cannot, Engine, run, tool};
use super::judge::Ours;
use super::report::Report;

/// Says to the child where to write what it saw.
const VARIABLE: &str = "LAYERSCOPE_ENGINES_PIPE";

/// Compares what a child read from the engine's pipe with what we read from the file.
pub fn judge(engine: &Engine, image: &Made) -> Result<Report, Cannot> {
    let mut report = Report::of(format!("{} through a pipe", image.name));
    let folder = engine.folder(&image.name)?;
    let seen = folder.join("piped.txt");
    let mut save = engine.docker().args(["save", &image.reference]).stdout(Stdio::piped()).spawn()?;
    let pipe = save.stdout.take().ok_or_else(|| Cannot("the engine has no output".into()))?;
    let child = std::env::current_exe()?;
    let arguments = ["--exact", "what_comes_on_standard_input_is_listed_for_the_parent"];
    let read = run(tool(&child.to_string_lossy()).args(arguments).env(VARIABLE, &seen).stdin(pipe));
    if !save.wait()?.success() {
        return Err(Cannot(format!("`docker save {}` fails", image.reference)));
    }
    let differences = match (read, Ours::open(&folder.join("saved.tar"))) {
        (Ok(_), Ok(ours)) => {
            let piped = std::fs::read_to_string(&seen)?;
            let tree = ours.tree().to_string();
            let both = tree.lines().zip(piped.lines()).filter(|(mine, piped)| mine != piped);
            let mut lines: Vec<_> = both.map(|(mine, piped)| format!("{mine}; piped {piped}")).collect();
            if tree.lines().count() != piped.lines().count() {
                lines.push(format!("{} paths; piped {}", tree.lines().count(), piped.lines().count()));
            }
            lines
        }
        (read, ours) => vec![format!("{:?}; file: {:?}", read.err(), ours.err())],
    };
    report.compared("merged view", 1, &differences);
    Ok(report)
}

/// What the child does; nothing where no parent asks.
pub fn child() {
    let Some(to) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return };
    let location: Location = "-".parse().expect("standard input is a location");
    let archive = Archive::open(&location, &Quiet).expect("an archive on standard input");
    let ours = Ours::of(&archive, None).expect("one image");
    std::fs::write(to, ours.tree().to_string()).expect("a folder of the parent's");
}
