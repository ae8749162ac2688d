//! `layerscope compare`, and the rules and reports that need a second image.

mod unread;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::archive::{Member, add};
use crate::tool::{Run, layerscope};

/// A layer: the instruction that made it, and its files.
type Step<'a> = (&'a str, Vec<Member<'a>>);

/// Archives with true diff IDs.
struct Images {
    folder: TempDir,
}

impl Images {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn write(&self, name: &str, platform: &str, config: &Value, steps: &[Step<'_>]) -> PathBuf {
        let mut archive = tar::Builder::new(Vec::new());
        let (mut names, mut diff_ids, mut history) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (created_by, files)) in steps.iter().enumerate() {
            let mut layer = tar::Builder::new(Vec::new());
            for (path, content) in files {
                add(&mut layer, path, content, 0o644);
            }
            let layer = layer.into_inner().expect("memory");
            let digest = Sha256::digest(&layer).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            let file = format!("{at}/layer.tar");
            add(&mut archive, file.as_bytes(), &layer, 0o644);
            names.push(file);
            diff_ids.push(format!("sha256:{digest}"));
            history.push(json!({ "created_by": created_by }));
        }
        if steps.iter().all(|(created_by, _)| created_by.is_empty()) {
            history.clear();
        }
        let (os, architecture) = platform.split_once('/').expect("a platform");
        let document = json!({
            "os": os, "architecture": architecture, "config": config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids }, "history": history,
        });
        add(&mut archive, b"config.json", document.to_string().as_bytes(), 0o644);
        let manifest = json!([{ "Config": "config.json", "RepoTags": [format!("{name}:1")], "Layers": names }]);
        add(&mut archive, b"manifest.json", manifest.to_string().as_bytes(), 0o644);
        let path = self.folder.path().join(format!("{name}.tar"));
        fs::write(&path, archive.into_inner().expect("memory")).expect("room");
        path
    }

    fn linux(&self, name: &str, steps: &[Step<'_>]) -> PathBuf {
        self.write(name, "linux/amd64", &json!({}), steps)
    }
}

fn compare(a: &Path, b: &Path, options: &[&str]) -> Run {
    let words = ["compare", a.to_str().expect("a path"), b.to_str().expect("a path")];
    layerscope(&[&words[..], options].concat())
}

/// The document, which fits its schema.
fn document(a: &Path, b: &Path) -> Value {
    let json = compare(a, b, &["--format", "json"]).ok().json();
    assert_fits(&json);
    json
}

fn assert_fits(json: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/compare.schema.json");
    let schema = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> =
        validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

fn base() -> Step<'static> {
    ("ADD rootfs.tar /", vec![(b"etc/os-release", b"ID=debian"), (b"etc/motd", b"hello")])
}

#[test]
fn the_two_builds_of_the_demo_differ_in_one_file_and_many_times() {
    insta::assert_snapshot!(layerscope(&["compare", "demo:1.4", "demo:1.5"]).ok().text());
    insta::assert_snapshot!(
        "demo_markdown",
        layerscope(&["compare", "demo", "demo:1.5", "--format", "markdown"]).ok().text()
    );
    let json = layerscope(&["compare", "demo:1.4", "demo:1.5", "--format", "json"]).ok().json();
    assert_fits(&json);
    assert_eq!((&json["first_difference"], &json["files"]["modified"]), (&4.into(), &1.into()));
}

#[test]
fn no_line_of_the_text_is_wider_than_eighty_columns() {
    let images = Images::new();
    let long = "x".repeat(200);
    let deep = format!("srv/{}", "y".repeat(90));
    let a = images.write("a", "linux/amd64", &json!({ "Env": [format!("A={long}")] }), &[base()]);
    let config = json!({ "Env": [format!("A={long}2")], "Labels": { (long.as_str()): "1" } });
    let run = format!("RUN {long}");
    let b = images.write("b", "linux/arm64", &config, &[base(), (&run, vec![(deep.as_bytes(), b"1")])]);
    for (a, b) in [(&a, &b), (&b, &a)] {
        let run = compare(a, b, &["--highest-growth-bytes", "1GB"]);
        for line in run.ok().text().lines() {
            assert!(unicode_width(line) <= 80, "{line}");
        }
    }
    for line in layerscope(&["compare", "demo", "demo:1.5"]).ok().text().lines() {
        assert!(unicode_width(line) <= 80, "{line}");
    }
}

fn unicode_width(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn an_image_has_no_difference_from_itself() {
    let images = Images::new();
    let a = images.linux("a", &[base(), ("COPY . /srv", vec![(b"srv/app.js", b"1")])]);
    let json = document(&a, &a);
    assert_eq!((&json["same"], &json["complete"]), (&true.into(), &true.into()));
    assert_eq!(json["paths"].as_array().map(Vec::len), Some(0));
    let text = compare(&a, &a, &[]).ok().text().to_owned();
    assert!(text.contains("no difference: the same layers, files and settings"), "{text}");
    assert!(text.contains("A and B are the same image"), "{text}");
}

#[test]
fn swapping_the_images_swaps_the_answer() {
    let images = Images::new();
    let a = images.linux("a", &[base(), ("COPY . /srv", vec![(b"srv/app.js", b"1"), (b"srv/old", b"123")])]);
    let b = images.linux("b", &[base(), ("COPY . /srv", vec![(b"srv/app.js", b"2"), (b"srv/new", b"4")])]);
    let (there, back) = (document(&a, &b), document(&b, &a));
    let sum = |json: &Value| json["growth_bytes"].as_i64().expect("a number");
    assert_eq!(sum(&there), -sum(&back));
    let paths = |json: &Value, a: &str, b: &str| -> Vec<_> {
        let rows = json["paths"].as_array().expect("paths").iter();
        rows.map(|row| (row["path"].clone(), row["differs"].clone(), row[a].clone(), row[b].clone())).collect()
    };
    assert_eq!(paths(&there, "a", "b"), paths(&back, "b", "a"));
    assert_eq!((&there["files"]["added"], &there["files"]["removed"]), (&1.into(), &1.into()));
    assert_eq!((&back["files"]["added"], &back["files"]["removed"]), (&1.into(), &1.into()));
    assert_eq!(there["layers"][1]["reason"]["content"], 1);
}

#[test]
fn packages_settings_secrets_and_junk_are_compared() {
    let images = Images::new();
    let token = b"//registry.example.com/:_authToken=sekrit-0123456789abcdef\n";
    let status =
        |version: &str| format!("Package: curl\nStatus: install ok installed\nVersion: {version}\n\n").into_bytes();
    let (old, new) = (status("1"), status("2"));
    let a = images.write(
        "a",
        "linux/amd64",
        &json!({ "Env": ["A=1", "API_TOKEN=first-secret-value"], "User": "app" }),
        &[
            base(),
            ("RUN apt-get update", vec![(b"var/lib/dpkg/status", &old), (b"var/lib/apt/lists/x", &[b'l'; 5_000])]),
            ("RUN npm ci", vec![(b"srv/node_modules/a/package.json", br#"{"name":"a","version":"1.0.0"}"#)]),
        ],
    );
    let b = images.write(
        "b",
        "linux/amd64",
        &json!({ "Env": ["A=2", "API_TOKEN=other-secret-value"], "Entrypoint": ["/app"] }),
        &[
            base(),
            ("RUN apt-get update", vec![(b"var/lib/dpkg/status", &new), (b"root/.npmrc", token)]),
            ("RUN npm ci", vec![(b"srv/node_modules/a/package.json", br#"{"name":"a","version":"1.1.0"}"#)]),
        ],
    );
    let json = document(&a, &b);
    let row = |list: &str, name: &str, value: &str| {
        let rows = json[list].as_array().expect("rows");
        rows.iter().find(|row| row[name] == value).expect("the row").clone()
    };
    assert_eq!(row("packages", "name", "curl")["b"], json!(["2"]));
    assert_eq!(row("packages", "name", "a")["ecosystem"], "npm");
    assert_eq!(row("settings", "setting", "ENV A")["b"], "2");
    let secret = row("settings", "setting", "ENV API_TOKEN");
    assert_eq!((&secret["secret"], &secret["a"]), (&true.into(), &secret["b"]));
    assert_eq!(row("settings", "setting", "USER")["b"], Value::Null);
    assert_eq!(row("secrets", "path", "root/.npmrc")["presence"], "new");
    assert_eq!(row("junk", "id", "apt-lists")["presence"], "gone");
    for format in ["text", "json", "markdown"] {
        let text = compare(&a, &b, &["--format", format, "--all"]).ok().text().to_owned();
        assert!(!text.contains("secret-value") && !text.contains("sekrit-0123"), "{text}");
    }
    let markdown = compare(&a, &b, &["--format", "markdown"]).ok().text().to_owned();
    assert!(markdown.lines().next().is_some_and(|line| line.contains("layers rebuilt")), "{markdown}");
    assert!(markdown.contains("\npush ≈"), "{markdown}");
}

#[test]
fn rules_fail_on_growth_and_new_secrets() {
    let images = Images::new();
    let token = b"//registry.example.com/:_authToken=sekrit-0123456789abcdef\n";
    let old: Step<'_> = ("COPY key /root", vec![(b"root/.npmrc", token)]);
    let a = images.linux("a", &[base(), old.clone()]);
    let moved: Step<'_> = ("COPY key /srv", vec![(b"srv/.npmrc", token), (b"srv/big", &[b'b'; 2_000])]);
    let b = images.linux("b", &[base(), ("RUN true", vec![(b"x", b"1")]), old, moved]);
    assert_eq!(compare(&a, &b, &[]).code, Some(0));
    assert_eq!(compare(&a, &b, &["--highest-growth-bytes", "10kB"]).code, Some(0));
    assert_eq!(compare(&a, &b, &["--highest-growth-bytes", "1kB"]).code, Some(1));
    assert_eq!(compare(&b, &a, &["--forbid-new-secrets"]).code, Some(0));
    let run = compare(&a, &b, &["--forbid-new-secrets", "--format", "json"]);
    assert_eq!(run.code, Some(1));
    assert_fits(&run.json());
    let rules = run.json()["rules"].as_array().expect("rules").clone();
    let rule = rules.iter().find(|rule| rule["rule"] == "forbid-new-secrets").expect("the rule");
    assert_eq!(rule["places"].as_array().map(Vec::len), Some(1), "the old one is not new: {rule}");
    assert_eq!(rule["places"][0]["path"], "srv/.npmrc");
    // `check` says the same.
    let check = |image: &Path, baseline: &Path, options: &[&str]| {
        let words = ["check", image.to_str().expect("a path"), "--baseline", baseline.to_str().expect("a path")];
        layerscope(&[&words[..], options].concat())
    };
    assert_eq!(check(&b, &a, &["--forbid-new-secrets"]).code, Some(1));
    assert_eq!(check(&b, &a, &["--forbid-new-secrets", "--allowed-secrets", "srv/**"]).code, Some(0));
    assert_eq!(check(&a, &b, &["--forbid-new-secrets"]).code, Some(0));
    let saved = images.folder.path().join("saved.json");
    fs::write(&saved, layerscope(&["summary", a.to_str().expect("a path"), "--format", "json"]).stdout).expect("room");
    assert!(check(&b, &saved, &["--forbid-new-secrets"]).refusal().contains("needs the image"));
    assert!(compare(&a, &b, &["--no-search", "--forbid-new-secrets"]).code == Some(2));
}

/// What stands before the figures.
fn before_the_verdict(a: &Path, b: &Path) -> String {
    let text = compare(a, b, &[]).ok().text().to_owned();
    let paragraph = text.split("\n\n").nth(1).unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_limits_the_comparison_is_said_before_all_figures() {
    let images = Images::new();
    let files: Vec<Member<'_>> = vec![(b"a", b"1")];
    let none = images.write("none", "linux/amd64", &json!({}), &[("", files.clone())]);
    let arm = images.write("arm", "linux/arm64", &json!({}), &[("COPY a /", files)]);
    let said = before_the_verdict(&none, &arm);
    assert!(said.starts_with("A is for linux/amd64 and B is for linux/arm64: "), "{said}");
    assert!(said.contains("chooses A has no history: "), "{said}");
    assert!(before_the_verdict(&arm, &arm).starts_with("A and B are the same image no difference: "));
    let json = document(&none, &arm);
    assert_eq!(json["premises"].as_array().map(Vec::len), Some(2), "{json}");
    let markdown = compare(&none, &arm, &["--format", "markdown"]).ok().text().to_owned();
    let place = |text: &str| markdown.find(text).expect("the sentence");
    assert!(place("A is for linux/amd64") < place("push ≈") && markdown.starts_with("**"), "{markdown}");
}

#[test]
fn different_bases_are_named() {
    let images = Images::new();
    let classic = |sum: &str| format!("/bin/sh -c #(nop) ADD file:{} in / ", sum.repeat(64));
    let (old, new) = (classic("1"), classic("2"));
    let label = |name: &str| json!({ "Labels": { "org.opencontainers.image.base.name": name } });
    let app = ("COPY . /srv", vec![(&b"srv/app"[..], &b"1"[..])]);
    let files: [Vec<Member<'_>>; 2] = [vec![(b"etc/os-release", b"11")], vec![(b"etc/os-release", b"12")]];
    let a = images.write("a", "linux/amd64", &label("debian:11"), &[(&old, files[0].clone()), app.clone()]);
    let b = images.write("b", "linux/amd64", &label("debian:12"), &[(&new, files[1].clone()), app.clone()]);
    let said = before_the_verdict(&a, &b);
    let expected = "A and B have different bases, as far as the history shows: layer 1 of A (debian:11) and layer 1 of B \
                    (debian:12) ±0 B: 1 layer rebuilt ";
    assert!(said.starts_with(expected), "{said}");
    let json = document(&a, &b);
    assert_eq!((&json["layers"][0]["relation"], &json["layers"][1]["relation"]), (&"rebuilt".into(), &"same".into()));
    let other = images.write(
        "c",
        "linux/amd64",
        &label("debian:11"),
        &[(&old, files[0].clone()), ("RUN x", vec![(b"x", b"")])],
    );
    assert!(!before_the_verdict(&a, &other).contains("bases"), "only what is above differs");
}

#[test]
fn images_whose_configurations_differ_are_not_without_a_difference() {
    let images = Images::new();
    let a = images.linux("a", &[base()]);
    let changed = |name: &str, from: &str, to: &str| {
        let mut kept = tar::Builder::new(Vec::new());
        for entry in tar::Archive::new(fs::File::open(&a).expect("an archive")).entries().expect("members") {
            let mut entry = entry.expect("a member");
            let path = entry.path().expect("a path").to_string_lossy().into_owned();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).expect("its content");
            if path == "config.json" {
                content = String::from_utf8(content).expect("text").replace(from, to).into_bytes();
            }
            add(&mut kept, path.as_bytes(), &content, 0o644);
        }
        let path = images.folder.path().join(name);
        fs::write(&path, kept.into_inner().expect("memory")).expect("room");
        path
    };
    let dated = changed("dated.tar", "\"os\"", "\"created\":\"2024-01-01T00:00:00Z\",\"os\"");
    let said = before_the_verdict(&a, &dated);
    let expected =
        "the same layers, files and settings: the configuration differs only in the time of its creation push";
    assert!(said.starts_with(expected), "{said}");
    let json = document(&a, &dated);
    assert_eq!((&json["same"], &json["configuration"]), (&false.into(), &json!(["created"])));
    let hosted = changed("hosted.tar", "\"config\":{", "\"config\":{\"Hostname\":\"1b2c\"");
    assert!(before_the_verdict(&a, &hosted).contains("differs only in `config.Hostname`"));
}

#[test]
fn odd_pairs_are_explained() {
    let images = Images::new();
    let files: Vec<Member<'_>> = vec![(b"a", b"1")];
    let a = images.write("a", "linux/amd64", &json!({}), &[("", files.clone())]);
    let b = images.write("b", "linux/arm64", &json!({}), &[("COPY a /", vec![(b"a", b"2")])]);
    let text = compare(&a, &b, &[]).ok().text().to_owned();
    assert!(text.contains("A is for linux/amd64 and B is for linux/arm64"), "{text}");
    assert!(text.contains("A has no history"), "{text}");
    let none = images.write("none", "linux/amd64", &json!({}), &[]);
    let text = compare(&none, &a, &[]).ok().text().to_owned();
    assert!(text.contains("A has no layers"), "{text}");
    assert!(compare(&b, &b, &[]).ok().text().contains("A and B are the same image"));
    let missing = images.folder.path().join("missing.tar");
    for (a, b) in [(&a, &missing), (&missing, &a)] {
        assert!(compare(a, b, &[]).refusal().contains("missing.tar` does not exist"));
    }
    let folder = images.folder.path().to_path_buf();
    assert!(compare(&folder, &a, &[]).refusal().contains("contains the archive"));
    assert!(layerscope(&["compare", "-", "-"]).refusal().contains("standard input"));
}

#[test]
fn a_digest_that_says_the_same_of_other_entries_is_not_believed() {
    let honest = crate::archive::Archive::new(&[("RUN a", vec![(b"a", b"1")])]);
    let forged = crate::archive::Archive::new(&[("RUN a", vec![(b"a", b"22")])]);
    let text = compare(&honest.path(), &forged.path(), &[]).ok().text().to_owned();
    assert!(text.contains("the same digest but other entries") && text.contains("1 modified"), "{text}");
}

#[test]
fn a_report_has_a_section_about_its_baseline() {
    let report = |format: &str| {
        let words = ["report", "demo:1.5", "--baseline", "demo:1.4", "-o", "-", "--format", format];
        layerscope(&words)
    };
    let markdown = report("markdown").ok().text().to_owned();
    assert!(markdown.contains("#### Compared with `shop:1.4`"), "{markdown}");
    assert!(markdown.contains("8 layers rebuilt"), "{markdown}");
    let page = report("html").ok().text().to_owned();
    assert!(page.contains("Compared with shop:1.4") && page.contains("cart.js"));
    assert!(page.contains("<title>shop:1.5 compared with shop:1.4 · layerscope</title>"));
    assert!(report("json").refusal().contains("compare A B --format json"));
}
