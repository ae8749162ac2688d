//! `layerscope waste`: the causes, and how to fix them.

use std::fs;
use std::path::Path;

use crate::archive::Archive;
use crate::tool::layerscope;

/// Holds a document to one of our schemas.
pub fn fits_schema(document: &serde_json::Value, schema: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(schema);
    let schema: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_causes_add_up_and_the_document_keeps_to_its_schema() {
    for image in ["lessons.tar.gz", "buildah-docker.tar", "buildx-zstd.tar", "skopeo-oci", "docker26-containerd.tar"] {
        let document = layerscope(&["waste", image, "--all", "--format", "json"]).ok().json();
        fits_schema(&document, "waste.schema.json");
        let causes = document["causes"].as_array().expect("causes");
        let sum: u64 = causes.iter().map(|cause| cause["bytes"].as_u64().expect("bytes")).sum();
        assert_eq!(Some(sum), document["wasted_bytes"].as_u64(), "{image}");
        let row_sum = |rows: &[serde_json::Value], account: &str| -> u64 {
            let rows = rows.iter().filter(|row| row["account"] == account);
            rows.map(|row| row["bytes"].as_u64().expect("bytes")).sum()
        };
        for account in ["overwritten", "rewritten", "removed"] {
            let rows = document["waste"].as_array().expect("rows");
            assert_eq!(row_sum(causes, account), row_sum(rows, account), "{image} {account}");
        }
    }
}

#[test]
fn the_fix_of_a_removed_key_names_the_step_that_copied_it() {
    let document = layerscope(&["waste", "lessons.tar.gz", "--format", "json"]).ok().json();
    let causes = document["causes"].as_array().expect("causes");
    let key = causes.iter().find(|cause| cause["folder"] == "root/.ssh").expect("the key's cause");
    assert_eq!((&key["layer"], &key["by_layer"], &key["fix"]["kind"]), (&4.into(), &6.into(), &"leave-out".into()));
    let text = key["fix"]["text"].as_str().expect("text");
    assert!(text.contains("in /root/.ssh/id_ed25519` (layer 4)") && text.contains("--mount=type=secret"), "{text}");
}

#[test]
fn no_name_of_a_file_gets_through_a_fix() {
    let name: &[u8] = b"x\x1b[31m\n|`";
    let archive = Archive::new(&[
        ("ADD a /", vec![(b"etc", b"")]),
        ("COPY b /", vec![(name, b"12345")]),
        ("RUN c", vec![(b".wh.x\x1b[31m\n|`", b"")]),
    ]);
    let path = archive.path();
    for format in ["text", "json"] {
        let run = layerscope(&["waste".as_ref(), path.as_os_str(), "--format".as_ref(), format.as_ref()]).ok();
        assert!(!run.text().contains('\x1b'), "{}", run.text());
        assert!(run.text().contains("out of `COPY b /` (layer 2)"), "{}", run.text());
    }
}

#[test]
fn what_to_do_is_not_swayed_by_files_that_hold_nothing() {
    let archive = Archive::new(&[
        ("COPY . /", vec![(b"d/a", b"aaaaa"), (b"d/empty", b"")]),
        ("RUN chown -R 1 /d", vec![(b"d/a", b"aaaaa"), (b"d/empty", b"")]),
        ("RUN rm /d/*", vec![(b"d/.wh.a", b""), (b"d/.wh.empty", b"")]),
    ]);
    let path = archive.path();
    let json = layerscope(&["waste", path.to_str().expect("a path"), "--format", "json"]).ok().json();
    let causes = json["causes"].as_array().expect("causes");
    let removed = causes.iter().find(|cause| cause["account"] == "removed").expect("a cause");
    assert_eq!(removed["files"], 1);
    let fix = removed["fix"]["text"].as_str().expect("words");
    assert!(fix.contains("out of `COPY . /` (layer 1)"), "{fix}");
}
