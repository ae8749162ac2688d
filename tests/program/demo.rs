//! The demo holds what its story says, and the program holds the demo that its generator writes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::Command;

use serde_json::Value;

#[allow(dead_code, reason = "the generator's main writes the files")]
#[path = "../../examples/make-demo/main.rs"]
mod make_demo;

use make_demo::archive::{archive, digest, tar};
use make_demo::disk::{Change, Kind, Node};
use make_demo::story::{self, Build};

fn inflated(name: &str) -> Vec<u8> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(name);
    zstd::decode_all(std::fs::File::open(file).expect(name)).expect(name)
}

fn layerscope(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command.env_remove("HOME").env_remove("XDG_CACHE_HOME").args(arguments);
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_generator_writes_the_committed_demo_again() {
    let committed = inflated("shop.tar.zst");
    let mut blobs = BTreeMap::new();
    for entry in tar::Archive::new(&committed[..]).entries().expect("a tar") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a blob");
        if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            let inflated = zstd::decode_all(&bytes[..]).expect("a layer");
            blobs.insert(digest(&inflated), path);
        }
    }
    for build in [Build::first(), Build::second()] {
        for step in &build.steps {
            let Some(layer) = &step.layer else { continue };
            assert!(blobs.contains_key(&digest(&tar(layer))), "shop:{}: {}", build.version, step.created_by);
        }
    }
    assert!(inflated("container.tar.zst") == tar(&story::exported()), "the container is another");
}

#[test]
fn the_generator_writes_the_same_bytes_twice() {
    let write = || archive(&[Build::first(), Build::second()], 1);
    assert!(write() == write());
}

/// How an entry is listed: its change, its type, and for a file its size.
type Row = (String, String, u64);

fn row(change: &str, node: &Node, files: &BTreeMap<String, Node>) -> Row {
    let (kind, size) = match &node.kind {
        Kind::Directory => ("dir", 0),
        Kind::File(content) => ("file", content.len()),
        Kind::Symlink(_) => ("symlink", 0),
        Kind::HardLink(target) => match &files[target].kind {
            Kind::File(content) => ("hardlink", content.len()),
            kind => unreachable!("{target} is {kind:?}"),
        },
        Kind::Device(..) => ("char", 0),
    };
    (change.to_owned(), kind.to_owned(), size as u64)
}

/// What every layer of a build changes, replayed from the entries that its steps store.
fn replayed(build: &Build) -> Vec<BTreeMap<String, Row>> {
    let mut visible: BTreeMap<String, Node> = BTreeMap::new();
    let layers = build.steps.iter().filter_map(|step| step.layer.as_ref());
    let changes = layers.map(|layer| {
        let before = visible.clone();
        let removed = layer.changes.iter().filter(|(_, change)| matches!(change, Change::Removed));
        let removed: BTreeSet<_> = removed.map(|(path, _)| path.clone()).collect();
        visible.retain(|path, _| {
            let above = |hides: &BTreeSet<String>| path.match_indices('/').any(|(at, _)| hides.contains(&path[..at]));
            !removed.contains(path) && !above(&removed) && !above(&layer.opaque)
        });
        for (path, change) in &layer.changes {
            if let Change::Stored(node) = change {
                visible.insert(path.clone(), node.clone());
            }
        }
        let mut rows = BTreeMap::new();
        for (path, node) in &visible {
            let is_stored = layer.changes.contains_key(path);
            match before.get(path) {
                None => _ = rows.insert(path.clone(), row("added", node, &visible)),
                // A folder is stored with all that is below it, and only its mode and its owner count.
                Some(old) if node.kind == Kind::Directory && (old.mode, old.owner) == (node.mode, node.owner) => {}
                Some(_) if is_stored => _ = rows.insert(path.clone(), row("modified", node, &visible)),
                Some(_) => {}
            }
        }
        for (path, node) in &before {
            if !visible.contains_key(path) {
                rows.insert(path.clone(), row("removed", node, &before));
            }
        }
        rows
    });
    changes.collect()
}

#[test]
fn every_layer_holds_what_its_step_did() {
    for build in [Build::first(), Build::second()] {
        let name = format!("demo:{}", build.version);
        for (index, expected) in replayed(&build).into_iter().enumerate() {
            let layer = (index + 1).to_string();
            let listed = layerscope(&["ls", &name, "--layer", &layer, "--format", "ndjson", "--no-cache"]);
            let listed: BTreeMap<String, Row> = listed
                .lines()
                .map(|line| {
                    let record: Value = serde_json::from_str(line).expect("JSON");
                    let text = |key: &str| record[key].as_str().expect(key).to_owned();
                    let size = if text("type") == "symlink" { 0 } else { record["size"].as_u64().expect("a size") };
                    (text("path"), (text("change"), text("type"), size))
                })
                .collect();
            for path in expected.keys().chain(listed.keys()) {
                assert_eq!(listed.get(path), expected.get(path), "{name}, layer {layer}: {path}");
            }
        }
    }
}

#[test]
fn the_history_is_that_of_the_story_and_no_digest_is_wrong() {
    for (build, names) in [(Build::first(), &["demo", "demo:1.4"][..]), (Build::second(), &["demo:1.5"])] {
        for name in names {
            let history: Value =
                serde_json::from_str(&layerscope(&["history", name, "--format", "json"])).expect("JSON");
            let text = history.to_string();
            for step in &build.steps {
                assert!(
                    text.contains(&Value::from(step.created_by.as_str()).to_string()),
                    "{name}: {}",
                    step.created_by
                );
            }
            assert!(layerscope(&["verify", name]).contains("no fault found"), "{name}");
        }
    }
}

#[test]
fn the_next_build_shares_the_layers_below_the_change() {
    let layers = |build: Build| -> Vec<_> {
        build.steps.iter().filter_map(|step| step.layer.as_ref()).map(|layer| digest(&tar(layer))).collect()
    };
    let (first, second) = (layers(Build::first()), layers(Build::second()));
    let shared: Vec<_> = first.iter().zip(&second).map(|(first, second)| first == second).collect();
    // The last one is empty, and so the same again.
    assert_eq!(shared, [&[true; 4][..], &[false; 8], &[true]].concat());
}

#[test]
fn names_of_the_demo_are_checked() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_layerscope")).args(["summary", "demo:2"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`demo:2` is not part of the demo"));
}

#[test]
fn the_demo_is_below_a_megabyte() {
    let size = |name: &str| std::fs::metadata(format!("{}/assets/demo/{name}", env!("CARGO_MANIFEST_DIR")));
    let size = |name| size(name).expect(name).len();
    assert!(size("shop.tar.zst") + size("container.tar.zst") < 1_000_000);
}
