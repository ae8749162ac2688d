//! `layerscope shared --engine`, against engines that answer from recordings.

use serde_json::{Value, json};

use crate::engine::{LEGACY, NOWHERE, run_with};
use crate::mini_engine::{Answer, MiniEngine, recorded, success};
use crate::shared::assert_fits;

const NODE: &str = "sha256:56f760a994407846f65b650441f6ce9712951c47dbf3e92127dbebac34a147cc";
const BASE: &str = "sha256:84df7ff9ff6113a6fee0c0dc8d74a684981317fcfaa709ecd2f4179db6176225";
const ATTESTED: &str = "sha256:dd82804b504bcbaabc3175082fa4e46ad5cec9e8ea98bfe667d2566b93c3e547";

/// An engine of a version with these images: each with the answers of inspect and history.
fn engine(version: &str, ping: &str, info: Answer, images: &[(&str, Answer, Answer)]) -> MiniEngine {
    let listed: Vec<Value> = images.iter().map(|(id, ..)| json!({ "Id": id, "RepoTags": null })).collect();
    let path = |rest: &str| format!("/{version}{rest}");
    let mut routes = vec![
        ("/_ping".to_owned(), recorded(ping)),
        (path("/info"), info),
        (path("/images/json"), success(json!(listed).to_string())),
    ];
    for (id, inspected, history) in images {
        routes.push((path(&format!("/images/{id}/json")), inspected.clone()));
        routes.push((path(&format!("/images/{id}/history")), history.clone()));
    }
    MiniEngine::new(routes.iter().map(|(path, answer)| (path.as_str(), answer.clone())).collect())
}

fn docker(images: &[(&str, Answer, Answer)]) -> MiniEngine {
    engine("v1.41", "docker-20.10/ping.http", recorded("docker-20.10/info.http"), images)
}

fn node_and_base() -> MiniEngine {
    docker(&[
        (NODE, recorded("docker-20.10/node-inspect.http"), recorded("docker-20.10/node-history.http")),
        (BASE, recorded("docker-20.10/base-inspect.http"), recorded("docker-20.10/base-history.http")),
    ])
}

fn podman() -> MiniEngine {
    let legacy = (LEGACY, recorded("podman-4.3/inspect.http"), recorded("podman-4.3/history.http"));
    engine("v1.41", "podman-4.3/ping.http", recorded("podman-4.3/info.http"), &[legacy])
}

fn sizes(document: &Value) -> Vec<[u64; 3]> {
    let number = |image: &Value, key: &str| image[key].as_u64().expect("a number");
    let images = document["images"].as_array().expect("images");
    images.iter().map(|image| ["stored_bytes", "shared_bytes", "unique_bytes"].map(|key| number(image, key))).collect()
}

#[test]
fn all_images_of_an_engine_are_compared_without_an_export() {
    let engine = node_and_base();
    let run = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "json"]).ok();
    let document = run.json();
    assert_fits(&document);
    // The figures of `docker system df -v`.
    assert_eq!(sizes(&document), [[2_154_175_028, 198_898_814, 1_955_276_214], [198_898_814, 198_898_814, 0]]);
    assert_eq!(document["stored_once_bytes"], 2_154_175_028_u64);
    assert_eq!(document["images"][0]["base_image"], 1);
    assert_eq!(document["images"][0]["source"], format!("docker-daemon:{NODE}"));
    assert_eq!(document["complete"], true, "Podman does not run, which is no fault");
    let layers = document["layers"].as_array().expect("layers");
    assert_eq!(layers[0]["images"], json!([0, 1]));
    let empty: Vec<_> = layers.iter().filter(|layer| layer["stored_bytes"] == 0).collect();
    assert_eq!(empty.len(), 3, "a folder and two steps that only remove files: {layers:?}");
    assert!(engine.requests().iter().all(|request| !request.ends_with("/get")), "{:?}", engine.requests());

    let text = run_with(&engine.host(), NOWHERE, &["shared", "--engine"]).ok().text().to_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for part in ["2 images: separately 2.4 GB, stored once 2.2 GB", "those of the files", "not counted: Podman"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let markdown = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "markdown"]).ok();
    assert!(markdown.text().contains("| `kit-node:latest` | `2 (kit-base:latest)` |"), "{}", markdown.text());
}

#[test]
fn every_engine_has_a_store_of_its_own() {
    let legacy = (LEGACY, recorded("docker-20.10/inspect.http"), recorded("docker-20.10/history.http"));
    let (docker, podman) = (docker(&[legacy]), podman());
    let run = run_with(&docker.host(), &podman.host(), &["shared", "--engine", "--format", "json"]).ok();
    let document = run.json();
    assert_fits(&document);
    let sizes = sizes(&document);
    assert!(sizes.iter().all(|[stored, shared, unique]| *shared == 0 && stored == unique), "{sizes:?}");
    assert_eq!(sizes[1][0], 285_696, "tars");
    assert_eq!(document["images"][0]["unknown_sizes"], 7, "which empty steps made layers, Docker does not say");
    assert_eq!(document["images"][1]["unknown_sizes"], 0);
    assert_eq!(document["recompressed_bytes"], document["images"][1]["stored_bytes"]);
    let text = run_with(&docker.host(), &podman.host(), &["shared", "--engine"]).ok().text().to_owned();
    for part in ["in another\n  engine", "size of 7 layers is unknown", "≥ "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let same = run_with(&podman.host(), &podman.host(), &["shared", "--engine", "--format", "json"]).ok().json();
    assert_eq!(same["images"].as_array().map(Vec::len), Some(1), "Podman where Docker is expected is the same engine");
}

#[test]
fn disk_usage_is_never_shown_as_the_size_of_a_layer() {
    let attested = (ATTESTED, recorded("docker-26.1/inspect.http"), recorded("docker-26.1/history.http"));
    let engine = engine("v1.45", "docker-26.1/ping.http", recorded("docker-26.1/info.http"), &[attested]);
    let document = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "json"]).ok().json();
    assert_fits(&document);
    assert_eq!(document["engines"][0]["sizes_of"], "unknown");
    let layers = document["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 14);
    assert!(layers.iter().all(|layer| layer["stored_bytes"].is_null() && layer["instruction"] != ""), "{layers:?}");
    let text = run_with(&engine.host(), NOWHERE, &["shared", "--engine"]).ok().text().to_owned();
    assert!(text.starts_with("1 image: 14 layers, 14 of them different\n"), "{text}");
    assert!(text.contains("it reports disk usage") && !text.contains(" kB"), "{text}");
}

#[test]
fn what_an_engine_does_not_answer_is_reported() {
    let history = || recorded("docker-20.10/base-history.http");
    let hostile = |layers: Value| success(json!({ "Id": BASE, "RootFS": { "Layers": layers } }).to_string());
    for (inspected, history, why) in [
        (Answer::Whole("HTTP/1.1 500 X".to_owned(), b"{\"message\":\"broken\"}".to_vec()), history(), "broken"),
        (success("7"), history(), "cannot be understood"),
        (hostile(json!(["../\u{1b}[2J"])), history(), "one of its layers is `../"),
        (hostile(Value::Null), history(), "does not say what its layers are"),
        (recorded("docker-20.10/base-inspect.http"), success("{"), "cannot be understood"),
    ] {
        let node = (NODE, recorded("docker-20.10/node-inspect.http"), recorded("docker-20.10/node-history.http"));
        let engine = docker(&[(BASE, inspected, history), node]);
        let run = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "json"]);
        assert_eq!(run.code, Some(1), "{why}");
        assert_fits(&run.json());
        assert_eq!(run.json()["images"].as_array().map(Vec::len), Some(1));
        assert!(
            run.json()["skipped"][0]["why"].as_str().is_some_and(|text| text.contains(why)),
            "{why}: {}",
            run.json()
        );
        let text = run_with(&engine.host(), NOWHERE, &["shared", "--engine"]);
        assert!(!String::from_utf8_lossy(&text.stdout).contains('\u{1b}'), "{why}");
    }
    let removed = engine("v1.41", "docker-20.10/ping.http", recorded("docker-20.10/info.http"), &[]);
    let empty = run_with(&removed.host(), NOWHERE, &["shared", "--engine"]).ok();
    assert!(empty.text().contains("0 images"), "{}", empty.text());
    let nothing = run_with(NOWHERE, NOWHERE, &["shared", "--engine"]);
    let refusal = nothing.refusal();
    assert!(refusal.contains("Docker does not listen") && refusal.contains("Podman does not listen"), "{refusal}");
}

#[test]
fn the_other_platforms_of_an_image_are_not_passed_over() {
    let manifest = |architecture: &str, variant: &str, available: bool| {
        let platform = json!({ "os": "linux", "architecture": architecture, "variant": variant });
        json!({ "Kind": "image", "Available": available, "Descriptor": { "platform": platform } })
    };
    let described = |manifests: Value| {
        let layers = json!({ "Layers": [format!("sha256:{}", "a".repeat(64))] });
        json!({ "Id": BASE, "Os": "linux", "Architecture": "arm64", "RootFS": layers, "Manifests": manifests })
            .to_string()
    };
    let (arm, amd, power) =
        (manifest("arm64", "v8", true), manifest("amd64", "", true), manifest("ppc64le", "", false));
    for (manifests, code) in [(json!([arm, power]), 0), (json!([arm, amd, power]), 1)] {
        let engine = MiniEngine::new(vec![
            ("/_ping", recorded("docker-1.56/ping.http")),
            ("/v1.55/info", recorded("docker-26.1/info.http")),
            ("/v1.55/images/json", success(json!([{ "Id": BASE, "RepoTags": ["app:1"] }]).to_string())),
            (&format!("/v1.55/images/{BASE}/json?manifests=1"), success(described(manifests))),
            (&format!("/v1.55/images/{BASE}/history"), success("[]")),
        ]);
        let run = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "json"]);
        assert_eq!(run.code, Some(code), "{}", run.json());
        let skipped = run.json()["skipped"].clone();
        let why = json!([{ "what": "app:1", "why": "its images for linux/amd64 are not counted" }]);
        assert_eq!(skipped, if code == 0 { json!([]) } else { why });
    }
}

#[test]
fn secrets_in_a_history_are_redacted() {
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let step = json!([{ "CreatedBy": format!("RUN curl -H 'Authorization: token {token}' x"), "Size": 5 }]);
    let layers = json!({ "Layers": [format!("sha256:{}", "a".repeat(64))] });
    let inspected = json!({ "Id": BASE, "RootFS": layers, "Config": { "Env": [7, "A=b"], "Labels": null } });
    let engine = docker(&[(BASE, success(inspected.to_string()), success(step.to_string()))]);
    let run = run_with(&engine.host(), NOWHERE, &["shared", "--engine", "--format", "json"]).ok();
    assert!(run.text().contains("RUN curl"), "{}", run.text());
    assert!(!run.text().contains(&token), "{}", run.text());
}
