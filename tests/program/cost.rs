//! `layerscope cost`: what a push sends, as a real registry stored it and as archives of engines have it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::archive::Archive;
use crate::tool::{Run, images, layerscope};
use crate::waste::fits_schema;

fn cost(image: &str, words: &[&str]) -> Run {
    layerscope(&[&["cost", image], words].concat())
}

fn document(image: &str, baselines: &[&str]) -> Value {
    let named = baselines.iter().flat_map(|name| ["--baseline", name]);
    let json = cost(image, &["--format", "json"].into_iter().chain(named).collect::<Vec<_>>()).ok().json();
    fits_schema(&json, "cost.schema.json");
    json
}

fn blobs(json: &Value) -> &[Value] {
    json["blobs"].as_array().expect("blobs")
}

#[test]
fn a_push_sends_what_a_real_registry_stored() {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/registry/recorded.txt");
    let recorded = fs::read_to_string(recorded).expect("a recording");
    let json = document("demo:1.5", &["demo:1.4"]);
    let sent = blobs(&json).iter().filter(|blob| blob["push"] != "there");
    let sent: BTreeSet<_> =
        sent.map(|blob| format!("{} {}", blob["digest"].as_str().expect("a digest"), blob["bytes"])).collect();
    assert_eq!(sent, recorded.lines().map(str::to_owned).collect());
    assert_eq!(json["push"]["blobs"], sent.len());
    assert_eq!((&json["push"]["estimated"], &json["complete"]), (&false.into(), &true.into()));
    assert_eq!(json["push"]["layers"], serde_json::json!([5, 6, 7, 8, 9, 10, 11, 12]));
}

#[test]
fn the_verdict_is_the_first_line_of_every_format_and_the_same_in_a_comparison() {
    let baseline = &["--baseline", "demo:1.4"];
    let text = cost("demo:1.5", baseline).ok().text().to_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let verdict = text.lines().next().expect("a line");
    assert_eq!(verdict, "push 50 kB in 10 blobs; 37 kB already there (5 blobs)");
    let markdown = cost("demo:1.5", &[&["--format", "markdown"], &baseline[..]].concat()).ok().text().to_owned();
    assert_eq!(markdown.lines().next(), Some("**push 50 kB in 10 blobs; 37 kB already there (5 blobs)**"));
    assert_eq!(document("demo:1.5", &["demo:1.4"])["verdict"], verdict);
    let compared = layerscope(&["compare", "--no-search", "demo:1.4", "demo:1.5"]).ok().text().to_owned();
    assert!(compared.lines().any(|line| line == verdict), "{compared}");
    let compared = layerscope(&["compare", "--no-search", "demo:1.4", "demo:1.5", "--format", "json"]).ok().json();
    assert_eq!(compared["push"], document("demo:1.5", &["demo:1.4"])["push"]);
    let page = tempfile::tempdir().expect("a folder");
    let page = page.path().join("page.html");
    let page = page.to_str().expect("a path");
    assert_eq!(layerscope(&["report", "demo:1.5", "--baseline", "demo:1.4", "-o", page]).code, Some(0));
    assert!(fs::read_to_string(page).expect("a page").contains(verdict));
}

#[test]
fn layers_of_docker_save_are_compared_by_diff_id_and_marked_as_estimates() {
    let json = document("docker20-multi.tar@1", &["docker20-multi.tar@0"]);
    assert_eq!((&json["push"]["estimated"], &json["push"]["blobs"]), (&true.into(), &13.into()));
    assert_eq!(json["push"]["there"]["blobs"], 1);
    for blob in blobs(&json).iter().filter(|blob| blob["kind"] == "layer") {
        assert_eq!((&blob["estimated"], &blob["digest"]), (&true.into(), &Value::Null), "{blob}");
    }
    let text = cost("docker20-multi.tar@1", &["--baseline", "docker20-multi.tar@0"]).ok().text().to_owned();
    assert!(text.starts_with("push ≈193 kB in 13 blobs; ≈22 kB already there (1 blob)\n"), "{text}");
    let same = document("docker20-legacy.tar", &["docker20-legacy.tar"]);
    assert_eq!((&same["push"]["bytes"], &same["push"]["blobs"]), (&0.into(), &0.into()));
    assert_eq!(same["remarks"][0], "the image is the same as `lessons:legacy`");
}

#[test]
fn layers_under_another_compression_are_named() {
    let text = cost("buildx-zstd.tar", &["--baseline", "buildx-gzip.tar"]).ok().text().to_owned();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("layers 1–14 (209 kB) will be uploaded again although nothing changed:"), "{text}");
    assert!(words.contains("(gzip there, zstd here)"), "{text}");
    let json = document("buildx-zstd.tar", &["buildx-gzip.tar"]);
    assert_eq!(json["push"]["recompressed_layers"].as_array().map(Vec::len), Some(14));
    let both = document("buildx-zstd.tar", &["buildx-gzip.tar", "buildx-zstd.tar"]);
    assert_eq!(both["push"]["blobs"], 0, "the second baseline has them");
    assert_eq!(both["pull"]["nodes"][0]["bytes"], json["push"]["bytes"]);
}

#[test]
fn every_archive_of_every_engine_costs_nothing_if_it_is_there() {
    for name in ["buildah-docker.tar", "buildah-oci.tar", "buildx-estargz.tar", "docker26-containerd.tar", "skopeo-oci"]
    {
        let json = document(name, &[name]);
        assert_eq!(json["push"]["bytes"], 0, "{name}");
        assert_eq!(json["push"]["there"]["blobs"], blobs(&json).len(), "{name}");
    }
    assert_eq!(document("demo:container", &["demo"])["push"]["blobs"], 0, "a container is not pushed");
}

#[test]
fn what_is_cut_is_sent_and_said_to_be_incomplete() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.tar");
    let whole = fs::read(images().join("buildx-gzip.tar")).expect("an archive");
    fs::write(&path, &whole[..whole.len() * 2 / 3]).expect("room");
    let path = path.to_str().expect("a path");
    let cut = layerscope(&["cost", "buildx-gzip.tar", "--baseline", path, "--format", "json"]);
    if cut.code == Some(0) {
        let json = cut.json();
        fits_schema(&json, "cost.schema.json");
        assert_eq!(json["complete"], false);
        assert!(json["push"]["bytes"].as_u64() > Some(0), "{json}");
    }
    let empty = Archive::new(&[]);
    let text = cost(empty.path().to_str().expect("a path"), &["--baseline", "demo"]).ok().text().to_owned();
    assert!(text.contains("the image has no layers"), "{text}");
}

#[test]
fn what_cannot_be_asked_is_refused_in_one_sentence() {
    assert!(cost("-", &["--baseline", "-"]).refusal().contains("only one of the images can be standard input"));
    assert!(cost("demo", &["--baseline", "nowhere.tar"]).refusal().contains("nowhere.tar"));
    assert_eq!(cost("demo", &[]).code, Some(2), "nothing to compare with");
    let refusal = layerscope(&["cost", "demo", "demo:1.5"]).stderr;
    assert!(refusal.contains("needs `--baseline` before it: `layerscope cost demo --baseline demo:1.5`"), "{refusal}");
    let refusal = layerscope(&["cost", "--baseline", "demo", "demo:1.5", "a b.tar"]).stderr;
    assert!(refusal.contains("`layerscope cost --baseline demo demo:1.5 --baseline \"a b.tar\"`"), "{refusal}");
}

#[test]
fn an_image_can_come_after_the_baselines() {
    let after = layerscope(&["cost", "--baseline", "demo:1.4", "demo:1.5"]).ok().text().to_owned();
    assert_eq!(after, cost("demo:1.5", &["--baseline", "demo:1.4"]).ok().text());
}
