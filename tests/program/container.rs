//! A container on its image, as a real engine exported it: equal to `docker diff` path by path.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::tool::{Run, layerscope};

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/container");
    folder.join(name).to_str().expect("a plain path").to_owned()
}

fn on_image(command: &str, more: &[&str]) -> Run {
    let (image, export) = (file("image.tar.zst"), file("export.tar.zst"));
    layerscope(&[&[command, &image, "--container", &export], more].concat())
}

/// The rows of `docker diff`, by path without a slash at its beginning.
fn docker_diff() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file("docker-diff.txt")).expect("a recording");
    let rows = text.lines().filter_map(|line| line.split_once(" /"));
    rows.map(|(letter, path)| (path.to_owned(), letter.to_owned())).collect()
}

/// The same of ours. Docker lists only the topmost of what was removed, and calls what was modified `C`.
fn ours() -> BTreeMap<String, String> {
    let listed = on_image("ls", &["--layer", "6", "--format", "json"]).ok().json();
    let entries = listed["entries"].as_array().expect("entries").clone();
    let change = |path: &str| entries.iter().find(|entry| entry["path"] == path).map(|entry| entry["change"].clone());
    let rows = entries.iter().filter_map(|entry| {
        let path = entry["path"].as_str().expect("a path");
        let letter = match entry["change"].as_str().expect("a change") {
            "added" => "A",
            "modified" => "C",
            _ => "D",
        };
        let above = path.rsplit_once('/').and_then(|(folder, _)| change(folder));
        let is_implied =
            letter == "D" && above.is_some_and(|above| above == "removed" || path.starts_with("dir-file/"));
        (!is_implied).then(|| (path.to_owned(), letter.to_owned()))
    });
    rows.collect()
}

#[test]
fn a_container_has_the_changes_that_docker_lists() {
    let (docker, ours) = (docker_diff(), ours());
    let mut missing: Vec<_> = docker.iter().filter(|(path, letter)| ours.get(*path) != Some(letter)).collect();
    // Docker lists a folder that is merely on the way to a change, or was made anew as it was: its time is another one.
    missing.retain(|(path, letter)| !(*letter == "C" && ["again", "etc", "srv"].contains(&path.as_str())));
    assert_eq!(missing, [], "in `docker diff` alone");
    let more: Vec<_> = ours.keys().filter(|path| !docker.contains_key(*path)).map(String::as_str).collect();
    // A hard link to a file of the image copies the file up; Docker compares the file with itself and finds no change.
    assert_eq!(more, ["srv/same", "srv/two"], "in ours alone");
}

#[test]
fn the_sizes_are_those_of_the_files() {
    let summary = on_image("summary", &["--format", "json"]).ok().json();
    let container = &summary["container"];
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/container.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("a schema")).expect("JSON");
    assert!(jsonschema::is_valid(&schema, container), "{container}");
    // `docker ps -s` says 91,037: also 10,000 of `srv/opened`, which was opened for writing and left as it was, and the
    // targets of two symlinks. Neither is in an export.
    assert_eq!(container["size_bytes"], 91_037 - 10_000 - "/new".len() - "edit".len());
    assert_eq!(container["virtual_size_bytes"], summary["totals"]["total_bytes"]);
    let change = |path: &str| {
        let all = container["changes"].as_array().expect("changes");
        let row = all.iter().find(|row| row["path"] == path).expect(path);
        let text = |field: &str| row[field].as_str().expect(field).to_owned();
        (text("how"), row["differs"].to_string(), row["before_bytes"].clone(), row["after_bytes"].clone())
    };
    let expected = |how: &str, differs: &str, before: u64, after: u64| {
        (how.to_owned(), differs.to_owned(), before.into(), after.into())
    };
    assert_eq!(change("srv/mode"), expected("copied-up", r#"["mode"]"#, 20_000, 20_000));
    assert_eq!(change("srv/owner"), expected("copied-up", r#"["owner"]"#, 15_000, 15_000));
    assert_eq!(change("srv/touched"), expected("copied-up", r#"["time"]"#, 9_000, 9_000));
    assert_eq!(change("etc/shrink"), expected("content", "[]", 13, 5));
    assert_eq!(change("dir-file"), expected("type", "[]", 0, 10));
    assert_eq!(change("modes"), expected("metadata", r#"["mode"]"#, 0, 0));
    assert_eq!(change("srv/gone"), expected("removed", "[]", 4, 0));
    assert_eq!(change("log/app/today"), expected("added", "[]", 0, 30_000));
    let findings = summary["findings"].to_string();
    assert!(findings.contains("`.dockerenv`") && findings.contains("`/data`"), "{findings}");
}

#[test]
fn every_command_works_on_a_container() {
    let text = |command: &str, more: &[&str]| on_image(command, more).ok().text().to_owned();
    assert!(text("layers", &[]).lines().last().is_some_and(|line| line.ends_with("the container's writable layer")));
    assert!(text("waste", &[]).contains("the container copied"));
    assert!(text("history", &["--format", "dockerfile"]).ends_with("# the container's writable layer\n"));
    assert_eq!(text("cat", &["etc/edit"]), "after");
    assert_eq!(text("cat", &["etc/edit", "--layer", "2"]), "before");
    let judged = on_image("check", &["--highest-wasted-bytes", "1KB"]);
    assert_eq!(judged.code, Some(1));
    let tar = on_image("export", &["--layer", "6", "-o", "-"]).ok().stdout;
    let mut tar = tar::Archive::new(&tar[..]);
    let names: Vec<_> =
        tar.entries().expect("a tar").map(|entry| entry.expect("whole").path_bytes().into_owned()).collect();
    assert!(names.contains(&b".wh.old".to_vec()) && names.contains(&b"srv/mode".to_vec()), "{names:?}");
    let page = layerscope(&["summary", "demo:container"]).ok();
    assert!(page.text().contains("srv/shop/logs/shop.log"), "{}", page.text());
    assert!(page.text().lines().skip(1).take(8).all(|line| line.chars().count() <= 80));
}

#[test]
fn a_tar_that_is_no_container_of_the_image_is_refused() {
    let (image, export) = (file("image.tar.zst"), file("export.tar.zst"));
    let refusal = |words: &[&str]| layerscope(words).refusal();
    assert_eq!(
        refusal(&["summary", &image, "--container", &image]),
        "the container's tar is an archive of images, not the filesystem of a container: 23 of the 23 files of the image \
         (100 %) are missing from it or have other content"
    );
    assert!(
        refusal(&["ls", "demo", "--container", &export]).contains("not the filesystem of a container of this image")
    );
    assert!(refusal(&["ls", "demo:container", "--container", &export]).contains("has a container already"));
    assert!(refusal(&["ls", "-", "--container", "-"]).contains("cannot be both"));
    let missing = refusal(&["ls", &image, "--container", "no-such.tar"]);
    assert!(missing.contains("`no-such.tar` does not exist") && missing.contains("docker export"), "{missing}");
    let dockerfile = file("Dockerfile");
    assert!(refusal(&["ls", &image, "--container", &dockerfile]).contains("docker export"));
}

#[test]
fn a_container_that_was_cut_is_incomplete() {
    let whole = zstd::decode_all(std::fs::File::open(file("export.tar.zst")).expect("a fixture")).expect("whole");
    let folder = tempfile::tempdir().expect("a folder");
    let cut = folder.path().join("cut.tar");
    let image = file("image.tar.zst");
    // In the middle of an entry, and between two.
    for len in [60_000, whole.len() - 2_048 - 62_976] {
        std::fs::write(&cut, &whole[..len / 512 * 512]).expect("room");
        let words = ["summary", &image, "--container", cut.to_str().expect("a path"), "--format", "json"];
        let summary = layerscope(&words).json();
        assert_eq!((&summary["complete"], &summary["container"]["removed"]), (&false.into(), &1.into()), "{len}");
        let judged = layerscope(&["check", &image, "--container", words[3], "--highest-image-bytes", "1GB"]);
        assert_eq!(judged.code, Some(1), "{len}");
    }
}
