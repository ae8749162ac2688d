//! dive's figures, and the verdicts on them, held against what dive itself wrote of the same archives.

use std::path::{Path, PathBuf};
use std::process::Command;

use layerscope::dive::Dive;
use layerscope::source::{Archive, ImageChoice, Location, Quiet, Selector};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every archive that dive could open, with what it wrote.
fn opened_by_dive() -> Vec<(PathBuf, Value)> {
    let files =
        std::fs::read_dir(root().join("tests/dive")).expect("a folder").map(|file| file.expect("a file").path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let read = |file: PathBuf| {
        let archive = root().join("tests/images").join(file.with_extension("tar").file_name().expect("a name"));
        (archive, serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON"))
    };
    files.map(read).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

#[test]
fn the_three_figures_and_every_repeated_path_are_dives_own() {
    let all = opened_by_dive();
    assert!(all.len() >= 7);
    for (path, wrote) in all {
        let archive = Archive::open(&Location::of_path(&path), &Quiet).expect("an archive");
        let choice = ImageChoice { selector: Some(Selector::Index(0)), platform: None };
        let layers = archive.select(&choice).expect("an image").scan(&Quiet);
        let (dive, repeated) = Dive::with_repeated(&layers);
        let image = &wrote["image"];
        // To the last digit.
        assert_eq!(Some(dive.efficiency), image["efficiencyScore"].as_f64(), "{}", path.display());
        assert_eq!(dive.wasted_bytes, number(&image["inefficientBytes"]), "{}", path.display());
        assert_eq!(dive.total_bytes, number(&image["sizeBytes"]), "{}", path.display());
        let user: u64 = wrote["layer"].as_array().expect("layers")[1..].iter().map(|of| number(&of["sizeBytes"])).sum();
        assert_eq!(dive.user_bytes, user, "{}", path.display());
        let mut theirs: Vec<_> = image["fileReference"].as_array().expect("paths").iter().map(reference).collect();
        let mut ours: Vec<_> = repeated
            .iter()
            .map(|of| (format!("/{}", String::from_utf8_lossy(of.path.as_bytes())), of.count as u64, of.bytes))
            .collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "{}", path.display());
    }
}

fn reference(of: &Value) -> (String, u64, u64) {
    (of["file"].as_str().expect("a path").to_owned(), number(&of["count"]), number(&of["sizeBytes"]))
}

/// Runs the check in a folder with such a `.dive-ci`; the exit code.
fn verdict(archive: &Path, rules: &str) -> Option<i32> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(".dive-ci"), rules).expect("room");
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command.current_dir(folder.path()).arg("check").arg(archive).args(["--image", "@0", "--no-cache"]);
    command.output().expect("it starts").status.code()
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "dive divides as floats too")]
fn a_dive_ci_passes_at_equality_and_fails_next_to_it() {
    for (archive, wrote) in opened_by_dive() {
        let image = &wrote["image"];
        let efficiency = image["efficiencyScore"].as_f64().expect("a number");
        let wasted = number(&image["inefficientBytes"]);
        let user: u64 = wrote["layer"].as_array().expect("layers")[1..].iter().map(|of| number(&of["sizeBytes"])).sum();
        let percent = wasted as f64 / user as f64;
        let rules = |efficiency: f64, wasted: u64, percent: f64| {
            format!(
                "rules:\n  lowestEfficiency: {efficiency}\n  highestWastedBytes: {wasted}B\n  highestUserWastedPercent: {percent}\n"
            )
        };
        assert_eq!(verdict(&archive, &rules(efficiency, wasted, percent)), Some(0), "{}", archive.display());
        assert_eq!(verdict(&archive, &rules(efficiency.next_up(), wasted, percent)), Some(1));
        assert_eq!(verdict(&archive, &rules(efficiency, wasted - 1, percent)), Some(1));
        assert_eq!(verdict(&archive, &rules(efficiency, wasted, percent.next_down())), Some(1));
    }
}
