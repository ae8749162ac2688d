//! Where the base image ends, as everything that asks is answered; and that a secret is not missed where it may end
//! elsewhere.

use serde_json::{Value, json};

use crate::archive::{Archive, Member};
use crate::secrets::key;
use crate::tool::layerscope;
use crate::waste::fits_schema;

/// A history of instructions; those of metadata have no layer.
fn history(steps: &[&str]) -> Value {
    let is_empty = |step: &str| ["CMD", "ENTRYPOINT", "ENV"].iter().any(|word| step.contains(word));
    steps.iter().map(|step| json!({ "created_by": step, "empty_layer": is_empty(step) })).collect()
}

/// Secrets found, layers searched by names only, and the exit code of `check`.
fn found(archive: &Archive) -> (u64, u64, Option<i32>) {
    let path = archive.path();
    let path = path.to_str().expect("a path");
    let json = layerscope(&["secrets", path, "--format", "json"]).ok().json();
    fits_schema(&json, "secrets.schema.json");
    let number = |field: &str| json[field].as_u64().expect("a number");
    let code = layerscope(&["check", path, "--forbid-secrets"]).code;
    (number("secrets_total_count"), number("layers_by_name_count"), code)
}

#[test]
fn a_secret_is_found_whatever_made_the_layer_that_holds_it() {
    let key = key();
    let imported = json!({ "created_by": "", "comment": "Imported from -" });
    let squashed = json!([
        { "created_by": "COPY a /", "empty_layer": true },
        { "created_by": "", "comment": "merge sha256:1 to sha256:2" },
    ]);
    let shapes = [
        // The history, how many layers, and which of them holds the secret.
        (json!([]), 1, 0),
        (history(&["/bin/sh -c #(nop) ADD file:1 in / "]), 1, 0),
        (json!([imported]), 1, 0),
        (history(&["bazel build ..."]), 1, 0),
        (history(&["ADD file:1 in /", "COPY secret /", "CMD [\"/bin/bash\"]", "RUN y"]), 3, 1),
        (history(&["ADD file:1 in /", "COPY secret /", "ENTRYPOINT [\"/e\"]", "RUN y"]), 3, 1),
        (history(&["ADD file:1 in /", "COPY secret /", "CMD [\"a\"]", "RUN y", "CMD [\"b\"]"]), 3, 1),
        (history(&["ADD file:1 in /", "RUN y"]), 2, 0),
        (json!([imported, { "created_by": "RUN y" }]), 2, 0),
        (history(&["bazel build ...", "bazel build ..."]), 2, 0),
        (history(&["bazel build ...", "bazel build ...", "jib-maven-plugin:3.4.0"]), 3, 1),
        (history(&["kodata contents", "go build output"]), 2, 0),
        (history(&["/bin/sh", "RUN y"]), 2, 0),
        (history(&["COPY secret /"]), 1, 0),
        (history(&["", "", "COPY secret /"]), 3, 2),
        (squashed, 1, 0),
        (json!([]), 3, 0),
    ];
    for (history, count, holder) in shapes {
        let layer =
            |at| vec![if at == holder { (&b"app/config.yaml"[..], key.as_bytes()) } else { (&b"x"[..], &b"y"[..]) }];
        let archive = Archive::with_history(&(0..count).map(layer).collect::<Vec<_>>(), &history);
        assert_eq!(found(&archive), (1, 0, Some(1)), "{history}");
    }
}

#[test]
fn the_output_says_how_many_layers_were_searched_by_names_only() {
    let key = key();
    let base: Vec<Member<'_>> = vec![(b"etc/os-release", b"ID=debian"), (b"usr/share/a.txt", key.as_bytes())];
    let of = |above: &[u8]| {
        let layers = [base.clone(), vec![(&b"app/a.txt"[..], above)], vec![(&b"x"[..], &b"y"[..])]];
        Archive::with_history(&layers, &history(&["ADD file:1 in /", "COPY a /app", "CMD [\"a\"]", "RUN y"]))
    };
    assert_eq!(found(&of(key.as_bytes())), (1, 1, Some(1)), "only the layer of the distribution");
    let clean = of(b"nothing");
    assert_eq!(found(&clean), (0, 1, Some(0)));
    let path = clean.path();
    let path = path.to_str().expect("a path");
    let said = "layer 1 of the base was searched by file names only";
    for command in [
        &["secrets", path][..],
        &["check", path, "--forbid-secrets"],
        &["check", path, "--forbid-secrets", "--format", "json"],
        &["check", path, "--forbid-secrets", "--format", "markdown"],
        &["report", path, "-o", "-", "--format", "html"],
        &["report", path, "-o", "-", "--format", "markdown"],
    ] {
        let run = layerscope(command).ok();
        assert!(run.text().contains(said), "{command:?}: {}", run.text());
    }
    let report = layerscope(&["report", path, "-o", "-", "--format", "json"]).ok().json();
    assert_eq!(report["secrets_layers_by_name_count"], 1);
}

#[test]
fn waste_and_junk_have_one_base() {
    let layers = [
        vec![(&b"tmp/a"[..], &[b'a'; 9][..])],
        vec![(&b"tmp/a"[..], &[b'b'; 9][..]), (b"root/.npm/_cacache/b", &[b'c'; 9][..])],
        vec![(&b"tmp/.wh.a"[..], &b""[..]), (b"root/.npm/_cacache/.wh.b", b""), (b"app", b"x")],
    ];
    let archive = Archive::with_history(&layers, &history(&["", "", "COPY a /app"]));
    let path = archive.path();
    let path = path.to_str().expect("a path");
    let waste = layerscope(&["waste", path, "--format", "json"]).ok().json();
    let causes = waste["causes"].as_array().expect("causes");
    assert!(!causes.is_empty() && causes.iter().all(|cause| cause["fix"]["kind"] == "base"), "{waste}");
    let junk = layerscope(&["junk", path]).ok();
    assert!(junk.text().contains("hidden, base"), "{}", junk.text());
}

#[test]
fn the_base_is_named_with_what_shows_it_and_what_it_costs() {
    let summary = |words: &[&str]| layerscope(&[&["summary"], words].concat()).ok().text().to_owned();
    let text = summary(&["demo"]);
    assert!(text.contains("base     debian:12-slim, layer 1 (from provenance)"), "{text}");
    assert!(text.contains(" · base "), "{text}");
    assert!(summary(&["docker26-containerd.tar"]).contains("none: built from scratch (from provenance)"));
    let json = layerscope(&["summary", "demo", "--format", "json"]).ok().json();
    assert_eq!((&json["base"]["layers"], &json["base"]["evidence"]), (&1.into(), &"provenance".into()));
    let own = json["base"]["own_bytes"].as_u64().zip(json["base"]["bytes"].as_u64()).map(|(own, base)| own + base);
    assert_eq!(own, json["totals"]["total_bytes"].as_u64());
}

#[test]
fn a_base_that_is_named_must_be_below_the_image() {
    let layers = [vec![(&b"a"[..], &b"1"[..])], vec![(&b"b"[..], &b"2"[..])], vec![(&b"c"[..], &b"3"[..])]];
    let base = Archive::with_history(&layers[..2], &history(&["COPY a /", "COPY b /"]));
    let image = Archive::with_history(&layers, &history(&["COPY a /", "COPY b /", "COPY c /"]));
    let (base, image) = (base.path(), image.path());
    let (base, image) = (base.to_str().expect("a path"), image.to_str().expect("a path"));
    let text = layerscope(&["summary", image, "--base", base]).ok().text().to_owned();
    assert!(text.contains("layers 1 to 2 (by --base)"), "{text}");
    let refused = layerscope(&["summary", base, "--base", image]).refusal();
    assert!(refused.ends_with("is not the base of this image: of its 3 layers, the lowest 2 are those of the image"));
}
