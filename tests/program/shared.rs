//! `layerscope shared`, and the names of images in a file.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::tool::{images, layerscope};

fn document(words: &[&str]) -> Value {
    let json = layerscope(&[&["shared", "--format", "json"], words].concat()).ok().json();
    assert_fits(&json);
    json
}

pub fn assert_fits(json: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/shared.schema.json");
    let schema = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> = validator.iter_errors(json).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_builds_of_the_demo_share_their_lower_layers() {
    let text = layerscope(&["shared", "demo:1.4", "demo:1.5"]).ok().text().to_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
    let json = document(&["demo:1.4", "demo:1.5"]);
    let number = |value: &Value| value.as_u64().expect("a number");
    let images = json["images"].as_array().expect("images");
    let separately: u64 = images.iter().map(|image| number(&image["stored_bytes"])).sum();
    assert_eq!(number(&json["separately_bytes"]), separately);
    let unique: u64 = images.iter().map(|image| number(&image["unique_bytes"])).sum();
    assert_eq!(number(&json["stored_once_bytes"]), unique + number(&json["matrix"][0][1]));
    let markdown = layerscope(&["shared", "demo:1.4", "demo:1.5", "--format", "markdown"]).ok().text().to_owned();
    assert!(markdown.lines().next().is_some_and(|line| line.contains("stored once")), "{markdown}");
}

#[test]
fn every_image_of_a_file_or_a_folder_counts() {
    let all = document(&["docker20-multi.tar"]);
    let images_of = |json: &Value| json["images"].as_array().expect("images").len();
    assert!(images_of(&all) > 1, "{all}");
    let one = document(&["docker20-multi.tar@0"]);
    assert_eq!(images_of(&one), 1);
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["buildx-gzip.tar", "buildx-zstd.tar"] {
        fs::copy(images().join(name), folder.path().join(name)).expect("room");
    }
    let path = folder.path().to_str().expect("a path");
    let both = document(&[path]);
    assert_eq!(images_of(&both), 2);
    assert!(both["recompressed_bytes"].as_u64() > Some(0), "gzip and zstd of one image: {both}");
    fs::write(folder.path().join("readme.txt"), "no image").expect("room");
    let run = layerscope(&["shared", path, "--format", "json"]);
    assert_eq!(run.code, Some(1), "what was not read is not passed over");
    assert_fits(&run.json());
    assert_eq!(run.json()["skipped"].as_array().map(Vec::len), Some(1));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(
        layerscope(&["shared", empty.path().to_str().expect("a path")]).refusal().contains("no image in the folder")
    );
}

#[test]
fn the_same_image_under_another_compression_has_recompressed_layers() {
    let json = layerscope(&["compare", "buildx-gzip.tar", "buildx-zstd.tar", "--format", "json"]).ok().json();
    let layers = json["layers"].as_array().expect("layers");
    assert!(layers.iter().all(|layer| layer["relation"] == "same"), "{json}");
    assert!(layers.iter().any(|layer| layer["recompressed"] == true), "{json}");
    assert_eq!(json["paths"].as_array().map(Vec::len), Some(0));
    assert_eq!(json["same"], false);
}

#[test]
fn a_number_after_a_path_names_an_image_in_every_command() {
    let by_option = layerscope(&["layers", "docker20-multi.tar", "--image", "@1"]).ok().text().to_owned();
    assert_eq!(layerscope(&["layers", "docker20-multi.tar@1"]).ok().text(), by_option);
    assert!(layerscope(&["layers", "docker20-multi.tar@9"]).refusal().contains("@9"));
    let run = layerscope(&["compare", "docker20-multi.tar@0", "docker20-multi.tar@1"]);
    assert!(run.ok().text().starts_with("A  "));
}
