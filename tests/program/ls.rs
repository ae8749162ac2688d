use serde_json::Value;

use crate::tool::{layerscope, read};

/// Archives, and the file with what their merged view must be (`README.md` there).
const TRUTHS: [(&str, &str); 13] = [
    ("docker20-legacy.tar", "lessons.merged.txt"),
    ("skopeo-docker-archive.tar", "lessons.merged.txt"),
    ("skopeo-oci", "lessons.merged.txt"),
    ("skopeo-oci-zstdchunked", "lessons.merged.txt"),
    ("buildah-oci.tar", "lessons.merged.txt"),
    ("buildah-docker.tar", "lessons.merged.txt"),
    ("docker20-buildkit.tar", "buildkit20.merged.txt"),
    ("docker26-reloaded.tar", "buildkit20.merged.txt"),
    ("docker26-containerd.tar", "buildkit26.merged.txt"),
    ("buildx-gzip.tar", "buildkit26.merged.txt"),
    ("buildx-zstd.tar", "buildkit26.merged.txt"),
    ("buildx-estargz.tar", "buildkit26.merged.txt"),
    ("buildx-uncompressed.tar", "buildkit26.merged.txt"),
];

/// A record as the truth has it: `type mode uid gid size path -> target`.
fn line(record: &Value) -> String {
    let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
    let named = text("type");
    let sort = match named.as_str() {
        "file" | "hardlink" => "f",
        "dir" => "d",
        "symlink" => "l",
        "fifo" => "p",
        "char" => "c",
        "block" => "b",
        other => other,
    };
    let target = if sort == "l" { format!(" -> {}", text("link_target")) } else { String::new() };
    let size = if sort == "f" { &record["size"] } else { &Value::from(0) };
    format!("{sort} {} {} {} {size} {}{target}", text("mode"), record["uid"], record["gid"], text("path"))
}

fn lines(ndjson: &str) -> String {
    ndjson.lines().map(|record| line(&serde_json::from_str(record).expect("a record a line")) + "\n").collect()
}

#[test]
fn every_archive_shows_what_a_container_would_see() {
    for (archive, truth) in TRUTHS {
        let run = layerscope(&["ls", archive, "--format", "ndjson"]).ok();
        assert_eq!(lines(run.text()), read(truth), "{archive}");
    }
}

#[test]
fn one_image_of_several_is_shown_when_it_is_named() {
    for choice in ["lessons:legacy", "@0"] {
        let run = layerscope(&["ls", "docker20-multi.tar", "--image", choice, "--format", "ndjson"]).ok();
        assert_eq!(lines(run.text()), read("lessons.merged.txt"));
    }
    let run = layerscope(&["ls", "docker-archive:docker20-multi.tar:lessons:legacy", "--format", "ndjson"]).ok();
    assert_eq!(lines(run.text()), read("lessons.merged.txt"));
}

#[test]
fn one_document_holds_the_same_records_as_the_lines() {
    let document = layerscope(&["ls", "buildx-gzip.tar", "--format", "json"]).ok().json();
    let records = layerscope(&["ls", "buildx-gzip.tar", "--format", "ndjson"]).ok();
    let records: Vec<Value> = records.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(document["entries"], Value::from(records));
    assert_eq!((&document["schema_version"], &document["complete"]), (&1.into(), &true.into()));
    assert_eq!((&document["up_to"], &document["layer"]), (&14.into(), &Value::Null));
}

#[test]
fn text_lists_types_owners_and_targets() {
    insta::assert_snapshot!(layerscope(&["ls", "lessons.tar.gz"]).ok().text());
}

#[test]
fn a_layer_shows_what_it_changed_and_where_the_removed_still_lies() {
    insta::assert_snapshot!(layerscope(&["ls", "lessons.tar.gz", "--layer", "8"]).ok().text());
    let records = layerscope(&["ls", "lessons.tar.gz", "root", "--layer", "6", "--format", "ndjson"]).ok();
    let record: Value = serde_json::from_str(records.text()).expect("one record");
    assert_eq!((&record["path"], &record["change"]), (&"root/.ssh/id_ed25519".into(), &"removed".into()));
    assert_eq!(record["layer"], 4, "where it is stored");
}

#[test]
fn an_earlier_moment_shows_what_was_there_then() {
    let run = layerscope(&["ls", "lessons.tar.gz", "root", "--up-to", "5"]).ok();
    assert!(run.text().contains("root/.ssh/id_ed25519"), "{}", run.text());
    let run = layerscope(&["ls", "lessons.tar.gz", "/root/", "--up-to", "6"]).ok();
    assert!(!run.text().contains("id_ed25519"), "{}", run.text());
}

#[test]
fn a_path_that_is_not_there_is_said_to_be_elsewhere_or_nowhere() {
    assert_eq!(
        layerscope(&["ls", "lessons.tar.gz", "var/cache"]).refusal(),
        "layer 6 removed the folder `var/cache`: `layerscope ls IMAGE --up-to 5` still shows it"
    );
    assert_eq!(
        layerscope(&["ls", "lessons.tar.gz", "nowhere"]).refusal(),
        "no layer has `nowhere`: `layerscope ls` lists all paths"
    );
    assert_eq!(
        layerscope(&["ls", "lessons.tar.gz", "data", "--up-to", "2"]).refusal(),
        "`data` does not exist yet after layer 2: layer 9 adds it"
    );
    assert_eq!(
        layerscope(&["ls", "lessons.tar.gz", "--layer", "13"]).refusal(),
        "`--layer 13`: the image has layers 1 to 12"
    );
}
