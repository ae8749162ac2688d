//! What is no image: one sentence that says what it looks like and what would work.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{Members, gzip, layer, open_path, refusal};

fn says(bytes: &[u8], parts: &[&str]) {
    let text = refusal(bytes);
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    assert!(!text.contains('\n') && !text.ends_with('.'), "one sentence: {text}");
}

#[test]
fn a_file_that_is_no_archive_is_called_what_it_is() {
    says(b"", &["is empty"]);
    says(b"hello, this is a text", &["looks like a text file, not an image"]);
    says(b"{\"schemaVersion\": 2}", &["looks like a JSON document", "the folder that it belongs to"]);
    says(&gzip(b"hello"), &["looks like a text file, gzip-compressed"]);
    let mut sif = vec![0; 4096];
    sif[32..41].copy_from_slice(b"SIF_MAGIC");
    says(&sif, &["Apptainer image (SIF)"]);
    says(b"hsqs\0\0\0\0", &["squashfs"]);
    let mut ext = vec![0; 4096];
    ext[1080..1082].copy_from_slice(&[0x53, 0xef]);
    says(&ext, &["looks like an ext file system"]);
    says(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", &["a Git LFS pointer", "`git lfs pull`"]);
}

#[test]
fn a_tar_that_is_no_image_is_called_what_it_looks_like() {
    let files = |names: &[&str]| layer(&names.iter().map(|name| (*name, &b""[..])).collect::<Vec<_>>());
    says(
        &files(&["bin/sh", "etc/passwd", "usr/lib/x", "var/y"]),
        &["root file system (docker export)", "`docker save`"],
    );
    says(&files(&[".dockerenv"]), &["root file system (docker export)"]);
    says(&files(&["etc/.wh.passwd"]), &["single layer"]);
    says(&gzip(&files(&["app/Chart.yaml", "app/values.yaml"])), &["Helm chart"]);
    says(&files(&["readme"]), &["neither `manifest.json` nor `index.json`"]);
    says(&files(&["oci-layout", "blobs/sha256/x"]), &["without an `index.json`"]);
    says(&vec![0; 10240], &["is an empty tar"]);
}

#[test]
fn a_path_that_leads_nowhere_is_told_apart_from_a_folder_without_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open_path(&folder.path().join("no such\u{1b}")).unwrap_err().to_string();
    assert!(missing.contains("does not exist") && !missing.contains('\u{1b}'), "{missing}");
    let empty = open_path(folder.path()).unwrap_err().to_string();
    assert!(empty.contains("is an empty folder"), "{empty}");
    std::fs::write(folder.path().join("x"), "y").unwrap();
    let other = open_path(folder.path()).unwrap_err().to_string();
    assert!(other.contains("is a folder, but holds neither"), "{other}");
}

#[test]
fn a_spelling_that_asks_for_another_kind_says_which_it_is() {
    let mut members = Members::default();
    members.index(&[]);
    let folder = tempfile::tempdir().unwrap();
    members.write_to(folder.path());
    let typed = format!("docker-archive:{}", folder.path().display());
    let text = layerscope::source::Archive::open(&typed.parse().unwrap(), &layerscope::source::Quiet).unwrap_err();
    assert!(text.to_string().contains("is no docker archive: it is an OCI layout"), "{text}");
}
