//! What keeps an image from being whole, kind by kind: each fails both gates and says why.

use crate::testing::members;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::testing::gates::{FAILED, Gates, PASSED, completeness, gates};
use crate::testing::members::{Members, gzip, layer, only, open, open_path, refusal, sha256};
use layerscope::image::{Contents, LayerNumber};
use layerscope::source::{ImageChoice, OpenedImage, Quiet};
use serde_json::json;

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    file
}

fn of_bytes(bytes: &[u8]) -> Gates {
    gates(file(bytes).path())
}

fn reason(opened: &OpenedImage) -> String {
    completeness(opened).1.reason().unwrap_or_default()
}

fn select(path: &Path) -> OpenedImage {
    open_path(path)
        .and_then(|archive| archive.select(&ImageChoice::default()))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A layout of one image with one layer.
fn layout() -> Members {
    let mut members = Members::default();
    let image = members.image(&[layer(&[("a", b"content")])], "linux/amd64");
    members.index(&[image]);
    members
}

/// A docker archive whose item says of its layers whatever it says.
fn docker(layers: &serde_json::Value, diff_ids: usize) -> Members {
    let mut members = Members::default();
    let content = layer(&[("a", b"content")]);
    let ids: Vec<_> = (0..diff_ids).map(|_| format!("sha256:{}", sha256(&content))).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ids}});
    let config = config.to_string();
    let name = format!("{}.json", sha256(config.as_bytes()));
    members.file(&name, config);
    members.file("1/layer.tar", content);
    members.json("manifest.json", &json!([{"Config": name, "RepoTags": ["a:1"], "Layers": layers}]));
    members
}

#[test]
fn a_list_of_layers_that_does_not_match_the_configuration_is_incomplete() {
    assert_eq!(of_bytes(&docker(&json!(["1/layer.tar"]), 1).tar()), PASSED);
    for layers in [json!("1/layer.tar"), json!([]), json!(null), json!(["1/layer.tar", "1/layer.tar"])] {
        assert_eq!(of_bytes(&docker(&layers, 1).tar()), FAILED, "{layers}");
    }
    assert_eq!(of_bytes(&docker(&json!(["1/layer.tar"]), 2).tar()), FAILED);
}

#[test]
fn a_configuration_that_is_missing_or_no_json_is_incomplete() {
    let whole = docker(&json!(["1/layer.tar"]), 1);
    let mut without = whole.clone();
    without.0.remove(0);
    assert_eq!(of_bytes(&without.tar()), FAILED);
    assert!(reason(&only(&without.tar())).contains("configuration"));
}

#[test]
fn what_is_left_of_an_archive_is_not_taken_for_the_format_of_2013() {
    let mut members = Members::default();
    members.file("1/json", json!({"id": "1"}).to_string());
    members.file("1/layer.tar", layer(&[("a", b"a")]));
    assert!(refusal(&members.tar()).contains("not an image"), "without `repositories`");
    members.json("repositories", &json!({"a": {"1": "1"}}));
    let whole = members.tar();
    let of_2013 = only(&whole);
    assert!(completeness(&of_2013).1.is_complete());
    assert_eq!(of_bytes(&whole), Gates::Opened { check: true, verify: false }, "no digest covers any of it");
    for end in [whole.len() - 1024, whole.len() - 1400] {
        assert!(refusal(&whole[..end]).contains("truncated"), "cut at {end}");
    }
}

#[test]
fn a_blob_that_is_shorter_than_its_descriptor_says_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let content = layer(&[("a", b"content"), ("b", b"more")]);
    let mut members = Members::default();
    let image = members.image(std::slice::from_ref(&content), "linux/amd64");
    members.index(&[image]);
    members.write_to(folder.path());
    assert_eq!(gates(folder.path()), PASSED);
    let blob = folder.path().join(format!("blobs/sha256/{}", sha256(&content)));
    // Empty, between two members, and inside the padding at the end: nothing in the tar itself shows it.
    for len in [0, 1024, content.len() - 512] {
        std::fs::write(&blob, &content[..len]).unwrap();
        assert_eq!(gates(folder.path()), FAILED, "{len}");
        assert!(reason(&select(folder.path())).contains("shorter than its descriptor says"), "{len}");
    }
}

#[test]
fn a_missing_mark_of_the_end_is_a_finding_and_no_more() {
    let mut bytes = layout().tar();
    bytes.truncate(bytes.len() - 1024);
    assert_eq!(of_bytes(&bytes), PASSED);
    let kinds = members::kinds(&only(&bytes).image().findings);
    assert_eq!(kinds, ["no-end-marker"]);
    bytes.extend([0; 512]);
    assert!(only(&bytes).image().findings.is_empty(), "one block of zeros is enough");
}

#[test]
fn a_member_that_nobody_refers_to_may_be_cut() {
    let mut members = layout();
    members.file("notes.txt", vec![b'x'; 5000]);
    let bytes = members.tar();
    assert_eq!(of_bytes(&bytes[..bytes.len() - 4096]), PASSED);
    let findings = members::kinds(&only(&bytes[..bytes.len() - 4096]).image().findings);
    assert_eq!(findings, ["truncated"]);
}

#[test]
fn an_image_that_the_cut_took_is_not_replaced_by_the_one_that_is_left() {
    let mut members = Members::default();
    let content = layer(&[("a", b"a")]);
    members.0.clear();
    let arm = members.image(std::slice::from_ref(&content), "linux/arm64");
    let first = members.0.len();
    let amd = members.image(&[layer(&[("b", b"b")])], "linux/amd64");
    let rest = members.0.split_off(first);
    members.index(&[amd, arm]);
    let here = members.tar().len() - 1024;
    members.0.extend(rest);
    let bytes = members.tar();
    assert!(matches!(of_bytes(&bytes), PASSED | Gates::Opened { verify: true, .. }));
    assert_eq!(of_bytes(&bytes[..here]), FAILED);
}

#[test]
#[cfg(unix)]
fn a_file_or_folder_that_the_system_does_not_let_be_read_is_unreadable_and_not_absent() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let content = layer(&[("a", b"content")]);
    layout().write_to(folder.path());
    let blob = folder.path().join(format!("blobs/sha256/{}", sha256(&content)));
    std::fs::remove_file(&blob).unwrap();
    symlink(blob.file_name().unwrap(), &blob).unwrap();
    assert_eq!(gates(folder.path()), FAILED);
    let why = reason(&select(folder.path()));
    assert!(why.contains("cannot be read") && !why.contains("not in archive"), "{why}");

    let blobs = folder.path().join("blobs/sha256");
    std::fs::remove_dir_all(&blobs).unwrap();
    symlink("sha256", &blobs).unwrap();
    let archive = open_path(folder.path()).unwrap();
    let refused = archive.select(&ImageChoice::default()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("cannot be read") && !refused.contains("does not contain"), "{refused}");
    assert_eq!(gates(folder.path()), FAILED);

    let list = folder.path().join("index.json");
    std::fs::remove_file(&list).unwrap();
    symlink("index.json", &list).unwrap();
    let refused = open_path(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("`index.json` cannot be read"), "{refused}");
}

#[test]
#[cfg(unix)]
fn a_layout_of_links_opens_by_an_index_that_is_elsewhere() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    layout().write_to(elsewhere.path());
    for name in ["index.json", "oci-layout", "blobs"] {
        std::os::unix::fs::symlink(elsewhere.path().join(name), folder.path().join(name)).unwrap();
    }
    assert_eq!(gates(folder.path()), PASSED);
    let content = layer(&[("a", b"content")]);
    let blob = elsewhere.path().join(format!("blobs/sha256/{}", sha256(&content)));
    std::fs::write(blob, layer(&[("a", b"forgery")])).unwrap();
    assert_eq!(gates(folder.path()), FAILED, "a blob outside is what its digest says");
}

/// What a file of the first layer gives when it is read.
fn content(opened: &OpenedImage, name: &[u8]) -> Result<Vec<u8>, String> {
    let scanned = opened.scan(&Quiet);
    read(opened, &scanned[0], name)
}

fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", chain(source)))
}

fn read(opened: &OpenedImage, entries: &layerscope::image::Entries, name: &[u8]) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let entry = entries.iter().find(|entry| entry.path().as_bytes() == name).unwrap();
    let mut reader = opened.open(LayerNumber::FIRST, entry).map_err(|error| chain(&error))?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.to_string())
}

#[test]
fn bytes_written_into_an_open_archive_are_never_shown() {
    let content_of_layer = layer(&[("a", b"content"), ("b", &vec![b'x'; 100_000])]);
    for pack in [<[u8]>::to_vec as fn(&[u8]) -> Vec<u8>, gzip] {
        let mut members = Members::default();
        let packed = pack(&content_of_layer);
        let image = {
            let diff_id = format!("sha256:{}", sha256(&content_of_layer));
            let config =
                json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}});
            let config = members.blob(members::CONFIG, config.to_string());
            let layers = [members.blob(members::TAR, packed)];
            let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
            members.blob(members::MANIFEST, manifest.to_string())
        };
        members.index(&[image]);
        let bytes = members.tar();
        let named = file(&bytes);
        let opened = select(named.path());
        assert_eq!(content(&opened, b"a").unwrap(), b"content");
        let entries = opened.scan(&Quiet).swap_remove(0);
        // The same number of bytes, in place, as `docker save > image.tar` of another image may write.
        std::fs::write(named.path(), vec![b'F'; bytes.len()]).unwrap();
        named.as_file().set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
        let fault = read(&opened, &entries, b"a").unwrap_err();
        assert!(fault.contains("open it again"), "{fault}");
        assert!(reason(&opened).contains("changed"), "{}", reason(&opened));
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_incomplete_and_no_empty_layer() {
    let bytes = layout().tar();
    for keep in [512, 1024, 2048] {
        let named = file(&bytes);
        let archive = open_path(named.path()).unwrap();
        named.as_file().set_len(keep).unwrap();
        // The documents are gone as well, or the layer is found to be.
        if let Ok(opened) = archive.select(&ImageChoice::default()) {
            assert!(!completeness(&opened).1.is_complete(), "{keep}");
        }
        let named = file(&bytes);
        let opened = select(named.path());
        named.as_file().set_len(keep).unwrap();
        assert!(!completeness(&opened).1.is_complete(), "{keep}");
    }
    assert!(open(&bytes).is_ok());
}

#[test]
fn an_extended_header_without_its_member_is_cut() {
    let mut content = layer(&[("a", b"content")]);
    content.truncate(content.len() - 1024);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_pax_extensions([("path", &b"b"[..])]).unwrap();
    let extended = builder.into_inner().unwrap();
    content.extend(&extended[..extended.len() - 1024]);
    let mut members = Members::default();
    let image = members.image(&[content], "linux/amd64");
    members.index(&[image]);
    assert_eq!(of_bytes(&members.tar()), FAILED);
}
