//! `layerscope export`: where it writes, and what it refuses.

use std::io::Read;

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::tool::{images, layerscope};

fn exported(options: &[&str]) -> Vec<u8> {
    layerscope(&[&["export", "docker20-buildkit.tar"], options].concat()).ok().stdout
}

fn names(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("a tar");
    entries.map(|entry| String::from_utf8_lossy(&entry.expect("sound").path_bytes()).into_owned()).collect()
}

#[test]
fn a_file_a_pipe_and_gzip_hold_the_same() {
    let plain = exported(&[]);
    assert!(!names(&plain).is_empty() && plain.len().is_multiple_of(512));
    assert_eq!(exported(&["--output", "-"]), plain);
    let mut unpacked = Vec::new();
    GzDecoder::new(&exported(&["--gzip"])[..]).read_to_end(&mut unpacked).expect("gzip");
    assert!(unpacked == plain);
    let folder = TempDir::new().expect("a folder");
    for (name, is_packed) in [("root.tar", false), ("root.tar.gz", true), ("root.tgz", true)] {
        let path = folder.path().join(name);
        let text = path.to_str().expect("a path");
        assert!(exported(&["-o", text]).is_empty(), "nothing on standard output");
        let bytes = std::fs::read(&path).expect("written");
        assert_eq!(bytes.starts_with(b"\x1f\x8b"), is_packed, "{name}");
        assert!(is_packed || bytes == plain);
    }
}

#[test]
fn a_layer_is_written_as_it_is() {
    let outer = std::fs::read(images().join("docker20-buildkit.tar")).expect("there");
    let layer = exported(&["--layer", "1"]);
    assert!(outer.windows(layer.len()).any(|part| part == layer), "the very bytes of a member");
    let all = names(&exported(&[]));
    let first = names(&exported(&["--up-to", "1"]));
    assert!(first.len() < all.len(), "{} of {}", first.len(), all.len());
}

#[test]
fn what_cannot_be_exported_is_an_error() {
    for (options, says) in [
        (&["--layer", "99"][..], "`--layer 99`: the image has layers 1 to"),
        (&["--up-to", "0"], "`--up-to 0`"),
        (&["-o", "nowhere/root.tar"], "cannot write to `nowhere/root.tar`"),
    ] {
        let run = layerscope(&[&["export", "docker20-buildkit.tar"], options].concat());
        let refusal = run.refusal();
        assert!(refusal.contains(says), "{refusal}");
    }
}
