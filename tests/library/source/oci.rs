//! OCI layouts: nested, shared, half empty, hostile.

use crate::testing::members;
use std::io::Read;
use std::time::{Duration, Instant};

use crate::testing::members::{
    CONFIG, INDEX, MANIFEST, Members, TAR, gzip, kinds, layer, only, open, open_path, paths, refusal, sha256,
};
use layerscope::image::{BlobState, Contents, LayerNumber};
use layerscope::source::{ImageChoice, Quiet};
use serde_json::{Value, json};

fn plain() -> Vec<u8> {
    layer(&[("etc/a", b"1")])
}

#[test]
fn platforms_that_are_named_but_absent_are_listed_as_that() {
    let mut members = Members::default();
    let there = members.image(&[plain()], "linux/s390x");
    let mut absent = Members::default().image(&[layer(&[("b", b"")])], "linux/arm64");
    absent["platform"]["variant"] = json!("v8");
    let nested = members.blob(INDEX, json!({"manifests": [absent, there]}).to_string());
    members.index(&[nested]);
    let archive = open(&members.tar()).unwrap();
    let listed: Vec<_> = archive
        .images()
        .iter()
        .map(|image| (image.platform.clone().unwrap(), image.available, image.note.as_str()))
        .collect();
    assert_eq!(
        listed,
        [("linux/arm64".to_owned(), false, "its manifest is not in the archive"), ("linux/s390x".to_owned(), true, "")]
    );
    assert_eq!(paths(&archive.select(&ImageChoice::default()).unwrap()), [["etc/a"]], "the only one that is there");
    let asked = ImageChoice { selector: None, platform: "linux/arm64".parse().ok() };
    assert!(archive.select(&asked).unwrap_err().to_string().contains("does not contain it"));
    let asked = ImageChoice { selector: None, platform: "linux/mips".parse().ok() };
    assert!(archive.select(&asked).unwrap_err().to_string().contains("no image for linux/mips"));
}

/// umoci and containerd spin for minutes on this.
#[test]
fn a_billion_paths_through_an_index_are_walked_at_once() {
    let began = Instant::now();
    // Each round is two levels; the deep one is cut off, the shallow one is not.
    for (rounds, images) in [(7, Some(1)), (15, None)] {
        let mut members = Members::default();
        let mut child = members.image(&[plain()], "linux/amd64");
        for round in 0..rounds {
            let both = ["left", "right"].map(|side| {
                let index = json!({"manifests": [child, child], "annotations": {side: round.to_string()}});
                members.blob(INDEX, index.to_string())
            });
            child = members.blob(INDEX, json!({"manifests": both}).to_string());
        }
        members.index(&[child]);
        assert_eq!(open(&members.tar()).ok().map(|archive| archive.images().len()), images);
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn indexes_that_are_too_deep_or_list_too_much_end_somewhere() {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/amd64");
    let mut child = members.image(&[layer(&[("b", b"")])], "linux/arm64");
    for _ in 0..200 {
        child = members.blob(INDEX, json!({"schemaVersion": 2, "manifests": [child]}).to_string());
    }
    members.index(&[image.clone(), child]);
    let opened = only(&members.tar());
    assert_eq!(kinds(&opened.image().findings), ["odd-document"]);

    let many: Vec<Value> = (0..20_000)
        .map(|n: u32| json!({"mediaType": MANIFEST, "digest": format!("sha256:{}", sha256(&n.to_le_bytes()))}))
        .collect();
    members.index(&[&[image][..], &many].concat());
    let archive = open(&members.tar()).unwrap();
    assert!(archive.images().len() <= 10_000);
    assert!(kinds(&archive.select(&ImageChoice::default()).unwrap().image().findings).contains(&"too-much"));
}

#[test]
fn attestations_and_artifacts_are_never_offered() {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/amd64");
    let config = members.blob("application/vnd.cncf.helm.config.v1+json", "{}");
    let chart = members.blob(MANIFEST, json!({"config": config, "layers": []}).to_string());
    let statement = members.blob("application/vnd.in-toto+json", "{}");
    let config = members.blob(CONFIG, "{}");
    let attestation = members.blob(MANIFEST, json!({"config": config, "layers": [statement]}).to_string());
    members.index(&[attestation.clone(), chart.clone(), image]);
    assert_eq!(open(&members.tar()).unwrap().images().len(), 1);
    members.index(&[attestation, chart]);
    let text = refusal(&members.tar());
    assert!(text.contains("has no image, only an attestation, a Helm chart"), "{text}");
}

#[test]
fn one_blob_under_two_tags_is_one_image_with_two_names() {
    let mut members = Members::default();
    let mut image = members.image(&[plain()], "linux/amd64");
    let mut tagged = |tag: &str| {
        image["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        image.clone()
    };
    let both = [tagged("1"), tagged("latest")];
    members.index(&both);
    let archive = open(&members.tar()).unwrap();
    assert_eq!(archive.images().len(), 1);
    assert_eq!(archive.images()[0].names, ["1", "latest"]);
}

#[test]
fn documents_that_do_not_hash_to_their_names_are_read_with_a_doubt() {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/amd64");
    for member in &mut members.0 {
        if let members::Member::File(_, bytes) = member
            && bytes.starts_with(b"{")
        {
            bytes.push(b'\n');
        }
    }
    members.index(&[image]);
    let opened = only(&members.tar());
    assert_eq!(kinds(&opened.image().findings), ["digest-mismatch", "digest-mismatch"]);
    assert_eq!(paths(&opened), [["etc/a"]]);
}

#[test]
fn a_document_that_is_index_and_manifest_at_once_is_told_by_its_type() {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/amd64");
    let config = members.blob(CONFIG, json!({"os": "linux", "architecture": "amd64"}).to_string());
    let confused = json!({"manifests": [image], "config": config, "layers": []}).to_string();
    for (media_type, layers) in [(MANIFEST, 0), (INDEX, 1)] {
        let descriptor = members.blob(media_type, confused.clone());
        members.index(&[descriptor]);
        let opened = only(&members.tar());
        assert_eq!(opened.image().layers.len(), layers, "{media_type}");
        assert!(kinds(&opened.image().findings).contains(&"odd-document"));
    }
}

#[test]
fn a_blob_that_came_with_its_descriptor_is_used_if_it_is_the_right_one() {
    use base64::Engine;
    let encoded = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
    let config = json!({"os": "linux", "architecture": "amd64", "created": "2026-01-01T00:00:00Z"}).to_string();
    for (data, created) in [(encoded(config.as_bytes()), true), (encoded(b"{\"created\": \"never\"}"), false)] {
        let mut members = Members::default();
        let mut descriptor = Members::default().blob(CONFIG, config.clone());
        descriptor["data"] = json!(data);
        let manifest = members.blob(MANIFEST, json!({"config": descriptor, "layers": []}).to_string());
        members.index(&[manifest]);
        assert_eq!(only(&members.tar()).image().created.is_some(), created);
    }
}

#[test]
fn layers_that_cannot_be_read_are_listed_and_the_rest_opens() {
    let mut members = Members::default();
    let good = members.blob(TAR, plain());
    let lies = members.blob(TAR, gzip(&plain()));
    let encrypted = members.blob(&format!("{TAR}+gzip+encrypted"), "secret");
    let text = members.blob(TAR, "foo");
    let mut foreign = Members::default().blob("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "x");
    foreign["urls"] = json!(["https://example.com/layer"]);
    let absent = Members::default().blob(TAR, "gone");
    let invalid = json!({"mediaType": TAR, "digest": "sha256:../../../../etc/passwd", "size": -1});
    let layers = [good, lies, encrypted, text, foreign, absent, invalid];
    let config = members.blob(CONFIG, json!({"rootfs": {"diff_ids": vec!["x"; layers.len()]}}).to_string());
    let manifest = members.blob(MANIFEST, json!({"config": config, "layers": layers}).to_string());
    members.index(&[manifest]);
    let opened = only(&members.tar());
    let states: Vec<_> = opened.image().layers.iter().map(|layer| layer.blob.clone()).collect();
    assert_eq!(states[..3], [BlobState::Present, BlobState::Present, BlobState::Encrypted]);
    assert!(matches!(&states[3], BlobState::NotTar(what) if what == "a text file, not a tar"));
    assert_eq!(states[4..6], [BlobState::Foreign, BlobState::Absent]);
    assert!(matches!(&states[6], BlobState::NotTar(what) if what.contains("is not a digest")), "{:?}", states[6]);
    assert!(kinds(&opened.image().findings).contains(&"media-type"));
    let layers = opened.scan(&Quiet);
    assert_eq!(
        layers.iter().map(|layer| layer.complete).collect::<Vec<_>>(),
        [true, true, false, false, false, false, false]
    );
    let entry = layers[0].iter().next().unwrap();
    assert!(opened.open(LayerNumber::new(3).unwrap(), entry).is_err());
}

#[test]
fn an_image_that_is_listed_for_another_platform_than_its_own_is_a_doubt() {
    for (own, listed, doubts) in [
        ("linux/arm64", &["linux/amd64"][..], 1),
        ("linux/arm64", &["linux/amd64", "linux/arm64"], 0),
        ("linux/arm", &["linux/arm"], 0),
        ("wasip1/wasm", &["wasi/wasm"], 0),
    ] {
        let mut members = Members::default();
        let image = members.image(&[plain()], own);
        let descriptors: Vec<Value> = listed
            .iter()
            .map(|platform| {
                let (os, architecture) = platform.split_once('/').unwrap();
                let mut descriptor = image.clone();
                descriptor["platform"] = json!({"os": os, "architecture": architecture});
                descriptor
            })
            .collect();
        members.index(&descriptors);
        let opened = only(&members.tar());
        let messages: Vec<_> = opened.image().findings.iter().map(|finding| &finding.message).collect();
        let about_it = messages.iter().filter(|message| message.contains("its configuration is for"));
        assert_eq!(about_it.count(), doubts, "{own} {listed:?}: {messages:?}");
    }
}

#[test]
fn a_layer_that_is_no_tar_is_called_what_it_is_and_is_not_complete() {
    let mut erofs = vec![0; 4096];
    erofs[1024..1028].copy_from_slice(&[0xe2, 0xe1, 0xf5, 0xe0]);
    let nydus = "application/vnd.oci.image.layer.nydus.blob.v1";
    let cases = [
        ("application/vnd.erofs.layer.v1", erofs.clone(), "an EROFS file system, not a tar"),
        (TAR, erofs, "an EROFS file system, not a tar"),
        (nydus, vec![0x80; 600], "bytes of the type `application/vnd.oci.image.layer.nydus.blob.v1`, not a tar"),
        (TAR, vec![0x80; 600], "not an archive of any known kind, not a tar"),
    ];
    for (media_type, bytes, what) in cases {
        let mut members = Members::default();
        let blob = members.blob(media_type, bytes);
        let config = members.blob(CONFIG, "{}");
        let manifest = members.blob(MANIFEST, json!({"config": config, "layers": [blob]}).to_string());
        members.index(&[manifest]);
        let opened = only(&members.tar());
        assert_eq!(opened.image().layers[0].blob, BlobState::NotTar(what.to_owned()));
        assert!(!opened.scan(&Quiet)[0].complete, "{what}");
    }
}

#[test]
fn a_layer_that_breaks_keeps_what_came_before() {
    let big = layer(&[("a", b"1"), ("b", &vec![b'x'; 100_000])]);
    let packed = gzip(&big);
    let mut broken = big.clone();
    broken[1024] ^= 0xff;
    let layers = [packed[..packed.len() - 20].to_vec(), [gzip(&big), b"junk".to_vec()].concat(), broken];
    let mut members = Members::default();
    let image = members.image(&layers, "linux/amd64");
    members.index(&[image]);
    let opened = only(&members.tar());
    let read = opened.scan(&Quiet);
    assert_eq!((read[0].complete, kinds(&read[0].findings)), (false, vec!["truncated"]));
    assert_eq!((read[1].complete, kinds(&read[1].findings), read[1].len()), (true, vec!["trailing-data"], 2));
    assert_eq!((read[2].complete, kinds(&read[2].findings), read[2].len()), (false, vec!["bad-tar"], 1));
}

#[test]
fn sparse_files_come_back_with_their_holes() {
    let mut tar = Vec::new();
    let mut header = tar::Header::new_gnu();
    header.set_path("sparse").unwrap();
    header.set_size(5);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::GNUSparse);
    {
        let gnu = header.as_gnu_mut().unwrap();
        for (at, (offset, len)) in [(2, 3), (8, 2)].into_iter().enumerate() {
            gnu.sparse[at].offset.copy_from_slice(format!("{offset:011o}\0").as_bytes());
            gnu.sparse[at].numbytes.copy_from_slice(format!("{len:011o}\0").as_bytes());
        }
        gnu.realsize.copy_from_slice(b"00000000014\0");
    }
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(b"abcde");
    tar.resize(1024 + 1024, 0);
    let mut members = Members::default();
    let image = members.image(&[tar.clone(), gzip(&tar)], "linux/amd64");
    members.index(&[image]);
    let opened = only(&members.tar());
    let layers = opened.scan(&Quiet);
    let mut identities = Vec::new();
    for (index, entries) in layers.iter().enumerate() {
        let entry = entries.iter().next().unwrap();
        assert_eq!((entry.size(), entry.stored()), (12, 5));
        let layer = LayerNumber::from_index(index);
        let mut bytes = Vec::new();
        opened.open(layer, entry).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"\0\0abc\0\0\0de\0\0");
        identities.push(opened.identity(layer, entry).unwrap());
    }
    assert_eq!(identities[0], identities[1]);
}

#[test]
fn docker_25_is_read_by_the_list_that_holds_together() {
    let layers = [layer(&[("a", b"")]), layer(&[("b", b"")]), layer(&[("a", b"")])];
    let mut members = Members::default();
    let image = members.image(&layers, "linux/amd64");
    let manifest = members.0.iter().find_map(|member| match member {
        members::Member::File(name, bytes) if image["digest"].as_str().unwrap().ends_with(&name[13..]) => {
            serde_json::from_slice::<Value>(bytes).ok()
        }
        _ => None,
    });
    let mut manifest = manifest.unwrap();
    // As 25.0.0 did: deduplicated, in the order of a hash table.
    let listed = manifest["layers"].as_array().unwrap().clone();
    manifest["layers"] = json!([listed[1], listed[0]]);
    let mut shuffled = members.blob(MANIFEST, manifest.to_string());
    shuffled["annotations"] = json!({"io.containerd.image.name": "docker.io/library/app:1"});
    members.index(&[shuffled]);
    let names: Vec<_> = layers.iter().map(|layer| format!("blobs/sha256/{}", sha256(layer))).collect();
    let config = manifest["config"]["digest"].as_str().unwrap().replace("sha256:", "blobs/sha256/");
    members.json("manifest.json", &json!([{"Config": config, "RepoTags": ["app:1"], "Layers": names}]));
    let opened = only(&members.tar());
    assert_eq!(paths(&opened), [["a"], ["b"], ["a"]]);
    assert_eq!((opened.image().names.as_slice(), opened.image().findings.len()), (&["app:1".to_owned()][..], 0));
    assert_eq!(opened.image().layers[2].same_as, Some(LayerNumber::FIRST));
}

#[test]
fn the_folder_of_the_dir_transport_opens() {
    let folder = tempfile::tempdir().unwrap();
    let tar = plain();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": []}}).to_string();
    let descriptor = |bytes: &[u8]| json!({"digest": format!("sha256:{}", sha256(bytes)), "size": bytes.len()});
    let mut members = Members::default();
    members.json(
        "manifest.json",
        &json!({"schemaVersion": 2, "config": descriptor(config.as_bytes()), "layers": [descriptor(&tar)]}),
    );
    members.file(&sha256(&tar), tar);
    members.file(&sha256(config.as_bytes()), config);
    members.file("version", "Directory Transport Version: 1.1\n");
    members.write_to(folder.path());
    let archive = open_path(folder.path()).unwrap();
    assert_eq!(archive.kind(), "folder of the `dir` transport");
    assert_eq!(paths(&archive.select(&ImageChoice::default()).unwrap()), [["etc/a"]]);
}

#[cfg(unix)]
#[test]
fn a_folders_blobs_are_regular_files_and_lead_nowhere_else() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    let (right, wrong) = (layer(&[("right", b"")]), layer(&[("wrong", b"")]));
    let piped = layer(&[("piped", b"")]);
    let mut members = Members::default();
    let image = members.image(&[right.clone(), wrong.clone(), piped.clone()], "linux/amd64");
    members.index(&[image]);
    members.write_to(&layout);
    let blob = |bytes: &[u8]| layout.join("blobs/sha256").join(sha256(bytes));
    // Outside the layout: what the digest names, and something else. And a pipe that nobody writes to.
    std::fs::rename(blob(&right), folder.path().join("right.tar")).unwrap();
    symlink("../../../right.tar", blob(&right)).unwrap();
    std::fs::remove_file(blob(&wrong)).unwrap();
    std::fs::write(folder.path().join("secret"), layer(&[("secret", b"")])).unwrap();
    symlink(folder.path().join("secret"), blob(&wrong)).unwrap();
    std::fs::remove_file(blob(&piped)).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(blob(&piped)).status().unwrap().success());
    let opened = open_path(&layout).unwrap().select(&ImageChoice::default()).unwrap();
    assert_eq!(paths(&opened), [vec!["right".to_owned()], vec![], vec![]]);
    assert!(opened.scan(&Quiet)[1].findings[0].message.contains("link out of the folder"));
}
