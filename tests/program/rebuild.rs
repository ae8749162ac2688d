//! `layerscope rebuild`: what runs again, how that is known, and what cannot be asked.

use crate::archive::Archive;
use crate::tool::{Run, layerscope};
use crate::waste::fits_schema;

fn rebuild(image: &str, words: &[&str]) -> Run {
    layerscope(&[&["rebuild", image], words].concat())
}

#[test]
fn an_edit_of_a_file_runs_everything_above_its_copy_again() {
    let run = rebuild("demo", &["--change-file", "server.js"]).ok();
    insta::assert_snapshot!(run.text());
    assert!(run.text().lines().all(|line| line.chars().count() <= 80), "{}", run.text());
    let json = rebuild("demo", &["--change-file", "server.js", "--format", "json"]).ok().json();
    fits_schema(&json, "rebuild.schema.json");
    assert_eq!((&json["knowledge"], &json["change"]["kind"]), (&"provenance".into(), &"file".into()));
    let totals = &json["totals"];
    let new = totals["new_layers"].as_u64().zip(totals["kept_layers"].as_u64()).map(|(new, kept)| new + kept);
    assert_eq!(new, Some(13), "{totals}");
    assert!(
        rebuild("demo", &["--change-step", "COPY . .", "--format", "markdown"]).ok().text().contains("| runs again |")
    );
}

#[test]
fn the_three_grades_of_knowledge_are_named() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/lessons/Dockerfile");
    for (image, words, grade) in [
        ("docker20-legacy.tar", &[][..], "from the image alone"),
        ("docker20-legacy.tar", &["--dockerfile", file], "from the Dockerfile"),
        ("docker26-containerd.tar", &[], "from provenance"),
    ] {
        let text = rebuild(image, &[&["--change-layer", "3"], words].concat()).ok().text().to_owned();
        assert!(text.contains(grade), "{text}");
        assert!(text.contains(" again: 1") && text.contains("to store and push"), "{text}");
    }
    let layers = |words: &[&str]| {
        let json = rebuild("docker20-buildkit.tar", &[words, &["--format", "json"]].concat()).ok().json();
        fits_schema(&json, "rebuild.schema.json");
        json["totals"]["new_layers"].as_u64().expect("a number")
    };
    assert_eq!(layers(&["--change-step", "LABEL"]), 0, "settings only");
    assert_eq!(layers(&["--change-step", "ENV"]), 12, "every command sees the environment");
    assert_eq!(layers(&["--change-file", "app/config.toml"]), 13);
    assert_eq!(layers(&["--change-file", "keys/id_ed25519"]), 11);
}

#[test]
fn what_means_no_step_or_several_is_refused_in_one_sentence() {
    let refused = |words: &[&str]| rebuild("docker20-buildkit.tar", words).refusal();
    let several = refused(&["--change-step", "run"]);
    assert!(several.starts_with("10 instructions begin with `run`: `RUN /t mkdir"), "{several}");
    assert!(several.contains(" and 5 more"), "{several}");
    assert!(refused(&["--change-step", "RUN make"]).starts_with("no instruction begins with `RUN make`"));
    assert!(refused(&["--change-step", ""]).contains("instructions begin with ``"));
    assert!(refused(&["--change-layer", "99"]).starts_with("layer 99 is not made by a step"));
    assert!(refused(&["--change-layer", "0"]).starts_with("layer 0 is not made by a step"));
    assert!(refused(&["--change-file", "nowhere\u{1b}"]).starts_with("no COPY or ADD brings a file `nowhere\\u{1b}`"));
    assert!(rebuild("docker26-containerd.tar", &["--change-base"]).refusal().starts_with("the image is not built on"));
    let both = rebuild("demo", &["--change-base", "--change-layer", "1"]);
    assert_eq!(both.code, Some(2));
}

#[test]
fn a_better_order_is_measured_where_the_image_shows_that_it_is_possible() {
    let copied = vec![(&b"app/package.json"[..], &b"{}"[..]), (b"app/server.js", b"1")];
    let installed = vec![(&b"app/node_modules/a/index.js"[..], &[b'x'; 5_000][..])];
    let advice = |history: &[&str], copied: Vec<(&[u8], &[u8])>, installed: Vec<(&[u8], &[u8])>| {
        let steps = history.iter().map(|step| serde_json::json!({ "created_by": step })).collect();
        let archive = Archive::with_history(&[vec![(&b"etc/os"[..], &b"1"[..])], copied, installed], &steps);
        let json = rebuild(archive.path().to_str().expect("a path"), &["--format", "json"]).ok().json();
        fits_schema(&json, "rebuild.schema.json");
        json["order"]
            .as_array()
            .expect("advice")
            .first()
            .map(|one| (one["copy_first"].clone(), one["saved_bytes"].clone()))
    };
    let npm = ["ADD file:1 in / ", "COPY . /app # buildkit", "RUN /bin/sh -c npm ci # buildkit"];
    assert_eq!(advice(&npm, copied.clone(), installed.clone()), Some(("package*.json".into(), 5_000.into())));
    let built = ["ADD file:1 in / ", "COPY . /app # buildkit", "RUN /bin/sh -c npm ci && npm run build # buildkit"];
    assert_eq!(advice(&built, copied.clone(), installed.clone()), None, "a build needs the files");
    let elsewhere = vec![(&b"app/dist/a.js"[..], &[b'x'; 5_000][..])];
    assert_eq!(advice(&npm, copied, elsewhere), None, "it made other files");
    let manifests = vec![(&b"app/package.json"[..], &b"{}"[..]), (b"app/package-lock.json", b"{}")];
    assert_eq!(advice(&npm, manifests, installed), None, "the order is right");
}

#[test]
fn the_help_of_every_kind_of_change_fits() {
    let text = layerscope(&["rebuild", "--help"]).ok().text().to_owned();
    for option in ["--change-layer <N>", "--change-step <TEXT>", "--change-file <PATH>", "--change-base"] {
        assert!(text.contains(option), "{text}");
    }
}
