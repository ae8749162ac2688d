//! Docker archives of every age and producer, and broken ones.

use crate::testing::members;
use crate::testing::members::{Members, gzip, kinds, layer, only, open, open_path, paths, refusal, sha256};
use layerscope::image::{BlobState, EntryRef, LayerNumber};
use layerscope::source::{Archive, ImageChoice, Location, Progress, ProgressEvent, Quiet, SourceError};
use serde_json::json;

fn config(layers: &[&[u8]]) -> String {
    let diff_ids: Vec<_> = layers.iter().map(|layer| format!("sha256:{}", sha256(layer))).collect();
    json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": diff_ids},
        "history": layers.iter().enumerate().map(|(at, _)| json!({"created_by": format!("RUN {at}")})).collect::<Vec<_>>()})
    .to_string()
}

/// An archive of one image, as Docker 1.10 to 24 wrote it, with the layers under the names given.
fn archive(layers: &[(&str, &[u8])], listed: &[&str]) -> Members {
    let mut members = Members::default();
    for (name, bytes) in layers {
        members.file(name, *bytes);
    }
    let by_name = |name: &&str| layers.iter().find(|(layer, _)| layer == name).map_or(&b""[..], |(_, bytes)| bytes);
    let config = config(&listed.iter().map(by_name).collect::<Vec<_>>());
    let name = format!("{}.json", sha256(config.as_bytes()));
    members.file(&name, config);
    members.json("manifest.json", &json!([{"Config": name, "RepoTags": ["app:1"], "Layers": listed}]));
    members
}

#[test]
fn a_layer_that_is_a_link_to_another_is_that_layer() {
    let tar = layer(&[("a", b"1")]);
    let mut members = Members::default();
    // The link may stand before its target, lead over another, and be hard.
    members.symlink("one/layer.tar", "../two/layer.tar");
    members.symlink("two/layer.tar", "../three/layer.tar");
    members.hard_link("four/layer.tar", "three/layer.tar");
    members.0.extend(archive(&[("three/layer.tar", &tar)], &["one/layer.tar", "three/layer.tar", "four/layer.tar"]).0);
    let opened = only(&members.tar());
    assert_eq!(paths(&opened), [["a"], ["a"], ["a"]]);
    let first = Some(LayerNumber::FIRST);
    assert_eq!(opened.image().layers.iter().map(|layer| layer.same_as).collect::<Vec<_>>(), [None, first, first]);
}

#[test]
fn links_that_loop_or_leave_the_archive_are_followed_nowhere() {
    let mut members = Members::default();
    members.symlink("a/layer.tar", "../b/layer.tar");
    members.symlink("b/layer.tar", "../a/layer.tar");
    members.symlink("c/layer.tar", "../../../etc/passwd");
    members.symlink("d/layer.tar", "/etc/passwd");
    members.0.extend(archive(&[], &["a/layer.tar", "b/layer.tar", "c/layer.tar", "d/layer.tar", "../../e"]).0);
    let opened = only(&members.tar());
    let layers = opened.scan(&Quiet);
    assert!(layers.iter().all(|entries| !entries.complete && entries.is_empty() && entries.findings.len() == 1));
    let states: Vec<_> = opened.image().layers.iter().map(|layer| layer.blob.clone()).collect();
    assert!(matches!(states[0], BlobState::NotTar(_)), "{states:?}");
    assert_eq!(states[4], BlobState::Absent);
}

#[test]
fn keys_in_any_case_and_nulls_are_read() {
    let mut members = archive(&[("x.tar.gz", &gzip(&layer(&[("a", b"")])))], &["x.tar.gz"]);
    let config = members.0.iter().find_map(|member| match member {
        members::Member::File(name, _) if name.contains(".json") && name != "manifest.json" => Some(name.clone()),
        _ => None,
    });
    members.json("manifest.json", &json!([{"config": config, "repoTags": null, "layers": ["x.tar.gz"]}]));
    let opened = only(&members.tar());
    assert_eq!(paths(&opened), [["a"]]);
    assert!(opened.image().names.is_empty());
    assert_eq!(opened.image().instruction_of(LayerNumber::FIRST), "RUN 0");
    assert_eq!(
        kinds(&opened.image().findings),
        ["duplicate", "odd-document"],
        "the last manifest.json counts, with keys that Docker never writes"
    );
}

#[test]
fn an_image_without_its_configuration_or_a_layer_still_opens() {
    let tar = layer(&[("a", b"")]);
    let mut members = archive(&[("x.tar", &tar)], &["x.tar", "gone.tar"]);
    let opened = only(&members.tar());
    assert_eq!(opened.image().layers[1].blob, BlobState::Absent);
    let layers = opened.scan(&Quiet);
    assert_eq!((layers[0].complete, layers[1].complete), (true, false));
    assert_eq!(kinds(&layers[1].findings), ["blob-missing"]);
    members.0.retain(|member| !matches!(member, members::Member::File(name, _) if name.len() > 60));
    let opened = only(&members.tar());
    assert_eq!((paths(&opened)[0].len(), kinds(&opened.image().findings)), (1, vec!["odd-document"]));
}

#[test]
fn an_item_that_names_no_configuration_is_said_to_name_none() {
    let mut members = Members::default();
    members.file("a.tar", layer(&[("a", b"1")]));
    members.file("manifest.json", r#"[{"RepoTags": ["a:1"], "Layers": ["a.tar"]}]"#);
    let audit = open(&members.tar()).unwrap().audit(None);
    let messages: Vec<_> = audit.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(messages.iter().any(|message| message.contains("does not name its configuration")), "{messages:?}");
    assert!(!messages.iter().any(|message| message.contains("``")), "{messages:?}");
}

#[test]
fn a_configuration_under_a_wrong_name_is_read_with_a_doubt() {
    let mut members = Members::default();
    let zeros = "0".repeat(64);
    members.file(&format!("sha256:{zeros}"), config(&[]));
    members.json("manifest.json", &json!([{"Config": format!("sha256:{zeros}"), "Layers": null}]));
    let opened = only(&members.tar());
    assert_eq!(kinds(&opened.image().findings), ["digest-mismatch"]);
    assert_eq!(opened.image().digest.as_ref().map(|digest| digest.encoded().to_owned()), Some(zeros));
}

#[test]
fn counts_that_do_not_fit_are_doubts() {
    let tar = layer(&[("a", b"")]);
    let mut members = archive(&[("x.tar", &tar), ("y.tar", &tar)], &["x.tar"]);
    let name = "manifest.json";
    let Some(members::Member::File(_, bytes)) =
        members.0.iter_mut().find(|member| matches!(member, members::Member::File(n, _) if n == name))
    else {
        panic!("no manifest")
    };
    *bytes = String::from_utf8(bytes.clone()).unwrap().replace("[\"x.tar\"]", "[\"x.tar\",\"y.tar\"]").into_bytes();
    let opened = only(&members.tar());
    assert_eq!(kinds(&opened.image().findings), ["layer-count-mismatch", "history-mismatch"]);
    assert_eq!(paths(&opened).len(), 2);
}

#[test]
fn the_first_format_is_a_chain_of_parents() {
    let mut members = Members::default();
    members.json("repositories", &json!({"app": {"1": "bbb", "latest": "bbb"}}));
    for (id, parent, file) in [("aaa", "", "a"), ("bbb", "aaa", "b"), ("ccc", "aaa", "c")] {
        members.file(&format!("{id}/VERSION"), "1.0");
        let cmd = ["/bin/sh", "-c", id];
        members.json(
            &format!("{id}/json"),
            &json!({"id": id, "parent": parent, "os": "linux", "architecture": "amd64",
                "container_config": {"Cmd": cmd}, "config": {"User": id}}),
        );
        members.file(&format!("{id}/layer.tar"), layer(&[(file, b"")]));
    }
    let archive = open(&members.tar()).unwrap();
    assert_eq!(archive.kind(), "docker archive of the first format");
    assert_eq!(archive.images().len(), 2, "the head without a name as well");
    let choice = ImageChoice { selector: Some("app".parse().unwrap()), platform: None };
    let opened = archive.select(&choice).unwrap();
    assert_eq!(paths(&opened), [["a"], ["b"]]);
    assert_eq!(opened.image().names, ["app:1", "app:latest"]);
    assert_eq!(opened.image().steps[1].created_by, "/bin/sh -c bbb");
    assert_eq!((opened.image().config.user.as_str(), opened.image().findings.len()), ("bbb", 0));
}

#[test]
fn a_layer_that_is_its_own_ancestor_ends_the_chain() {
    let mut members = Members::default();
    members.json("repositories", &json!({"app": {"1": "aaa"}}));
    for (id, parent) in [("aaa", "bbb"), ("bbb", "aaa")] {
        members.json(&format!("{id}/json"), &json!({"parent": parent}));
        members.file(&format!("{id}/layer.tar"), "");
    }
    let opened = only(&members.tar());
    assert_eq!(opened.image().layers.len(), 2);
    assert_eq!(kinds(&opened.image().findings), ["odd-document"]);
    assert!(opened.scan(&Quiet).iter().all(|entries| entries.complete), "nothing at all is an empty layer");
}

#[test]
fn any_packing_around_the_archive_is_seen_through() {
    let plain = archive(&[("x.tar", &layer(&[("a", b"1")]))], &["x.tar"]).tar();
    let skippable =
        [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc", &zstd::encode_all(plain.as_slice(), 1).unwrap()];
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    std::io::Write::write_all(&mut xz, &plain).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    std::io::Write::write_all(&mut bzip2, &plain).unwrap();
    for packed in [gzip(&plain), skippable.concat(), xz.finish().unwrap(), bzip2.finish().unwrap()] {
        let opened = only(&packed);
        assert_eq!((paths(&opened), opened.image().findings.len()), (vec![vec!["a".to_owned()]], 0));
    }
}

#[test]
fn a_folder_with_an_unpacked_archive_opens() {
    let folder = tempfile::tempdir().unwrap();
    archive(&[("x/layer.tar", &layer(&[("a", b"1")]))], &["x/layer.tar"]).write_to(folder.path());
    let archive = open_path(folder.path()).unwrap();
    assert_eq!(archive.kind(), "docker folder");
    assert_eq!(paths(&archive.select(&ImageChoice::default()).unwrap()), [["a"]]);
}

#[test]
fn a_truncated_archive_shows_what_is_complete() {
    let tar = layer(&[("a", b"1"), ("b", &[b'x'; 5000])]);
    let mut members = archive(&[], &["x.tar"]);
    members.file("x.tar", tar);
    let whole = members.tar();
    let opened = only(&whole[..whole.len() - 6000]);
    assert_eq!(kinds(&opened.image().findings), ["truncated"]);
    let layers = opened.scan(&Quiet);
    assert!(!layers[0].complete);
    assert_eq!(paths(&opened), [["a", "b"]]);
    let stored: Vec<u64> = layers[0].iter().map(EntryRef::stored).collect();
    assert!(stored[1] < 5000, "only what is there is counted: {stored:?}");

    let first = archive(&[("x.tar", &layer(&[("b", &[b'x'; 5000])]))], &["x.tar"]).tar();
    let text = refusal(&first[..3000]);
    assert!(text.contains("is truncated at byte 3000"), "{text}");
    let packed = gzip(&first);
    let text = refusal(&packed[..packed.len() / 2]);
    assert!(text.contains("is broken: its gzip stream ends or is corrupt"), "{text}");
}

#[test]
fn what_lists_no_images_says_so() {
    let with = |text: &str| {
        let mut members = Members::default();
        members.file("manifest.json", text);
        refusal(&members.tar())
    };
    for (text, said) in [
        ("null", "lists no images in its `manifest.json`"),
        ("[]", "lists no images in its `manifest.json`"),
        ("{}", "is an object, not a list of images"),
        ("{oops", "is not valid JSON"),
        ("", "is empty"),
    ] {
        assert!(with(text).contains(said), "{text}: {}", with(text));
    }
}

#[derive(Default)]
struct Listener {
    events: std::sync::Mutex<Vec<ProgressEvent>>,
    stop: std::sync::atomic::AtomicBool,
}

impl Progress for Listener {
    fn report(&self, event: ProgressEvent) {
        self.events.lock().unwrap().push(event);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[test]
fn progress_is_told_and_an_end_can_be_asked_for() {
    let noise: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let tar = layer(&[("noise", &noise)]);
    let members = archive(&[("x.tar", &gzip(&tar))], &["x.tar"]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &gzip(&members.tar())).unwrap();
    let listener = Listener::default();
    let location = Location::of_path(file.path());
    let opened = Archive::open(&location, &listener).unwrap().select(&ImageChoice::default()).unwrap();
    let spooled = listener.events.lock().unwrap().iter().any(|event| matches!(event, ProgressEvent::Spooling { .. }));
    assert!(spooled);
    assert!(opened.scan(&listener)[0].complete);
    let events = std::mem::take(&mut *listener.events.lock().unwrap());
    assert!(events.iter().any(|event| matches!(event, ProgressEvent::Layer { total: Some(_), .. })));
    assert_eq!(events.last(), Some(&ProgressEvent::LayerDone { layer: LayerNumber::FIRST, entries: 1 }));

    listener.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(!opened.scan(&listener)[0].complete);
    assert!(matches!(Archive::open(&location, &listener), Err(SourceError::Cancelled { .. })));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_as_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let tar = archive(&[("x.tar", &layer(&[("a", b"1")]))], &["x.tar"]).tar();
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, tar).unwrap()
    });
    let opened = open_path(&pipe).unwrap().select(&ImageChoice::default()).unwrap();
    writer.join().unwrap();
    assert_eq!(paths(&opened), [["a"]]);
}
