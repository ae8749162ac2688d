//! Documents that are odd, broken or huge: what is read of them, and what is said.

use crate::testing::members;
use crate::testing::members::{INDEX, MANIFEST, Members, kinds, layer, only, open, paths, refusal, sha256};
use layerscope::image::{Image, LayerNumber};
use layerscope::source::{Archive, ImageChoice, Quiet};
use layerscope::verify::verify;
use serde_json::{Value, json};

fn plain() -> Vec<u8> {
    layer(&[("etc/a", b"1")])
}

/// A docker archive of one layer; its item and its configuration as they come out of a change.
fn docker(change: impl FnOnce(&mut Value, &mut Value)) -> Members {
    let mut members = Members::default();
    let tar = plain();
    let mut config = json!({"os": "linux", "architecture": "amd64", "created": "2024-01-02T03:04:05Z",
        "config": {"Cmd": ["sh"], "Env": ["A=1"], "Labels": {"a": "b"}},
        "rootfs": {"diff_ids": [format!("sha256:{}", sha256(&tar))]}, "history": [{"created_by": "RUN x"}]});
    let mut item = json!({"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["1/layer.tar"]});
    change(&mut item, &mut config);
    members.file("1/layer.tar", tar);
    // A test writes what no JSON library would: half a surrogate pair.
    members.file("config.json", config.to_string().replace("HALF", "\\ud800"));
    members.json("manifest.json", &json!([item]));
    members
}

fn faults(archive: &Archive) -> Vec<String> {
    let verification = verify(archive, None, &Quiet).unwrap();
    assert_eq!(verification.fault_count(), verification.faults.len(), "no digest is wrong");
    verification.faults.into_iter().map(|(_, finding)| finding.message).collect()
}

#[test]
fn a_field_of_another_type_is_read_as_far_as_it_goes_and_fails_verification() {
    type Change = fn(&mut Value, &mut Value);
    type Look = fn(&Image) -> bool;
    let cases: [(Change, Look, &str); 9] = [
        (
            |item, _| item["RepoTags"] = json!("phono:latest"),
            |image| image.names == ["phono:latest"],
            "`RepoTags` is a string",
        ),
        (
            |_, config| config["config"]["Cmd"] = json!(1),
            |image| image.config.env == ["A=1"],
            "`config.Cmd` is a number",
        ),
        (
            |_, config| config["config"]["Env"] = json!("B=2"),
            |image| image.config.env == ["B=2"],
            "`config.Env` is a string",
        ),
        (
            |_, config| config["config"]["Labels"] = json!([]),
            |image| image.config.cmd == ["sh"],
            "`config.Labels` is an array",
        ),
        (|_, config| config["os"] = json!(1), |image| image.steps.len() == 1, "`os` is a number"),
        (|_, config| config["created"] = json!(1), |image| image.created.is_none(), "`created` is a number"),
        (|_, config| config["created"] = json!("yesterday"), |image| image.created.is_some(), "`created` is a string"),
        (
            |_, config| config["history"][0]["created_by"] = json!([]),
            |image| image.steps.len() == 1,
            "`history[0].created_by` is an array",
        ),
        (
            |_, config| config["config"]["User"] = json!("HALF"),
            |image| image.config.user == "\u{fffd}",
            "replaced by U+FFFD",
        ),
    ];
    for (change, look, said) in cases {
        let bytes = docker(change).tar();
        let opened = only(&bytes);
        assert!(look(opened.image()), "{said}: {:?}", opened.image());
        assert_eq!(opened.image().layers.len(), 1, "{said}");
        let faults = faults(&open(&bytes).unwrap());
        assert!(faults.len() == 1 && faults[0].contains(said), "{said}: {faults:?}");
    }
    assert!(faults(&open(&docker(|_, _| {}).tar()).unwrap()).is_empty());
}

#[test]
fn a_size_of_another_type_in_a_manifest_fails_verification() {
    let mut members = Members::default();
    let mut image = members.image(&[plain()], "linux/amd64");
    image["size"] = json!("many");
    members.index(&[image]);
    let faults = faults(&open(&members.tar()).unwrap());
    assert!(faults.len() == 1 && faults[0].contains("`manifests[0].size` is a string"), "{faults:?}");
}

/// An archive with both lists.
fn hybrid() -> Members {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/amd64");
    members.index(&[image]);
    let blobs = members.0.iter().filter_map(|member| match member {
        members::Member::File(name, _) if name.starts_with("blobs/") => Some(name.clone()),
        _ => None,
    });
    let blobs: Vec<String> = blobs.collect();
    members.json("manifest.json", &json!([{"Config": blobs[0], "RepoTags": ["a:1"], "Layers": [blobs[1]]}]));
    members
}

#[test]
fn a_broken_list_does_not_hide_a_whole_one() {
    for broken in ["index.json", "manifest.json"] {
        for bytes in [&b"{"[..], b"", b"[{\"Config\": \"x"] {
            let mut members = hybrid();
            for member in &mut members.0 {
                if let members::Member::File(name, content) = member
                    && name == broken
                {
                    *content = bytes.to_vec();
                }
            }
            let archive = open(&members.tar()).unwrap();
            let opened = archive.select(&ImageChoice::default()).unwrap();
            assert_eq!(paths(&opened), [["etc/a"]], "{broken}");
            assert_eq!(kinds(&opened.image().findings), ["odd-document"], "{broken}");
            assert!(faults(&archive).iter().any(|fault| fault.contains(broken)), "{broken}");
        }
    }
}

#[test]
fn a_list_that_the_archive_ends_in_does_not_hide_a_whole_one() {
    let mut members = hybrid();
    let Some(members::Member::File(_, list)) = members.0.last_mut() else { panic!("a list") };
    list.extend(b" ".repeat(4096));
    let bytes = members.tar();
    let archive = open(&bytes[..bytes.len() - 4096]).unwrap();
    let opened = archive.select(&ImageChoice::default()).unwrap();
    assert_eq!(paths(&opened), [["etc/a"]]);
    assert!(kinds(&opened.image().findings).contains(&"truncated"));
}

#[test]
fn images_that_differ_in_the_version_of_windows_are_told_apart() {
    let mut members = Members::default();
    let mut versions: Vec<Value> = ["10.0.17763.5458", "10.0.20348.2322"]
        .iter()
        .map(|version| {
            let mut image = members.image(&[layer(&[(version, b"")])], "windows/amd64");
            image["platform"]["os.version"] = json!(version);
            image
        })
        .collect();
    versions.push(members.image(&[plain()], "linux/s390x"));
    members.index(&versions);
    let bytes = members.tar();
    let archive = open(&bytes).unwrap();
    let shown: Vec<_> = archive.images().iter().filter_map(|listed| listed.platform.as_deref()).collect();
    assert_eq!(shown, ["windows(10.0.17763.5458)/amd64", "windows(10.0.20348.2322)/amd64", "linux/s390x"]);
    for (asked, found) in [("windows(10.0.20348)/amd64", "10.0.20348.2322"), (shown[0], "10.0.17763.5458")] {
        let choice = ImageChoice { selector: None, platform: asked.parse().ok() };
        assert_eq!(paths(&archive.select(&choice).unwrap()), [[found]], "{asked}");
    }
    let text = refusal(&bytes);
    assert!(
        text.contains("windows(10.0.17763.5458)/amd64") && text.contains("windows(10.0.20348.2322)/amd64"),
        "{text}"
    );
}

#[test]
fn images_that_look_alike_are_told_apart_by_their_digests() {
    let mut members = Members::default();
    let both: Vec<Value> = ["a", "b"]
        .iter()
        .map(|file| {
            let mut image = members.image(&[layer(&[(file, b"")])], "linux/s390x");
            image["annotations"] = json!({"org.opencontainers.image.ref.name": "app"});
            image
        })
        .collect();
    members.index(&both);
    let text = refusal(&members.tar());
    for image in both {
        let digest = image["digest"].as_str().unwrap();
        assert!(text.contains(&digest["sha256:".len()..][..12]), "{text}");
    }
}

#[test]
fn a_manifest_that_is_listed_for_two_platforms_opens_for_each() {
    let mut members = Members::default();
    let image = members.image(&[plain()], "linux/s390x");
    let mut other = image.clone();
    other["platform"]["architecture"] = json!("arm64");
    for children in [vec![image.clone(), other.clone()], {
        let below = members.blob(INDEX, json!({"manifests": [other]}).to_string());
        vec![image, below]
    }] {
        members.index(&children);
        let archive = open(&members.tar()).unwrap();
        assert_eq!(archive.images()[0].platform.as_deref(), Some("linux/s390x, linux/arm64"));
        for platform in ["linux/s390x", "linux/arm64"] {
            let choice = ImageChoice { selector: None, platform: platform.parse().ok() };
            assert_eq!(paths(&archive.select(&choice).unwrap()), [["etc/a"]], "{platform}");
        }
        assert!(archive.select(&ImageChoice { selector: None, platform: "linux/mips".parse().ok() }).is_err());
    }
}

#[test]
fn a_build_cache_is_called_that_and_its_blobs_are_no_images() {
    let mut members = Members::default();
    let blob = members.blob("application/vnd.oci.image.layer.v1.tar+gzip", "no JSON");
    let config = members.blob("application/vnd.buildkit.cacheconfig.v0", "{\"layers\": []}");
    let index = members.blob(INDEX, json!({"manifests": [blob.clone(), config]}).to_string());
    members.index(&[index]);
    let text = refusal(&members.tar());
    assert!(text.contains("has no image, only a build cache"), "{text}");
    members.index(&[blob]);
    let text = refusal(&members.tar());
    assert!(text.contains("has no image, only a layer without an image"), "{text}");
}

#[test]
fn a_manifest_of_schema_1_says_what_to_do_about_it() {
    let schema = json!({"schemaVersion": 1, "fsLayers": [{"blobSum": "sha256:0"}], "history": []});
    let mut members = Members::default();
    let old = members.blob("application/vnd.docker.distribution.manifest.v1+prettyjws", schema.to_string());
    members.index(&[old]);
    let mut folder = Members::default();
    folder.json("manifest.json", &schema);
    for members in [members, folder] {
        let archive = open(&members.tar()).unwrap();
        let said = "a manifest of schema 1, which no current engine writes: convert it with skopeo";
        assert_eq!((archive.images()[0].note.as_str(), archive.images()[0].faulty), (said, true));
        let text = refusal(&members.tar());
        assert!(text.matches(said).count() == 1 && !text.contains("not in the archive"), "{text}");
        assert!(faults(&archive).iter().any(|fault| fault.contains(said)));
    }
}

#[test]
fn not_in_the_archive_is_said_of_absence_alone() {
    let mut members = Members::default();
    let garbage = members.blob(MANIFEST, "no JSON");
    let empty = members.blob(MANIFEST, "{}");
    let mut absent = garbage.clone();
    absent["digest"] = json!(format!("sha256:{}", sha256(b"absent")));
    members.index(&[garbage, empty, absent]);
    let archive = open(&members.tar()).unwrap();
    let notes: Vec<_> = archive.images().iter().map(|listed| (listed.faulty, listed.note.as_str())).collect();
    assert!(notes[0].0 && notes[0].1.starts_with("its manifest is not valid JSON"), "{notes:?}");
    assert!(notes[1].0 && notes[1].1.contains("neither `layers` nor `config`"), "{notes:?}");
    assert_eq!(notes[2], (false, "its manifest is not in the archive"));
    assert_eq!(faults(&archive).iter().filter(|fault| fault.contains("cannot be read")).count(), 2);
}

#[test]
fn a_configuration_that_cannot_be_read_is_noted_in_the_list() {
    let mut members = docker(|_, _| {});
    for member in &mut members.0 {
        if let members::Member::File(name, content) = member
            && name == "config.json"
        {
            content.truncate(10);
        }
    }
    let archive = open(&members.tar()).unwrap();
    let listed = &archive.images()[0];
    assert!(
        listed.available && listed.faulty && listed.note.contains("its configuration is not valid JSON"),
        "{listed:?}"
    );
}

#[test]
fn the_folder_of_a_list_of_platforms_opens() {
    let mut layout = Members::default();
    let images = [("amd64", "a"), ("arm64", "b")]
        .map(|(architecture, file)| layout.image(&[layer(&[(file, b"")])], &format!("linux/{architecture}")));
    let mut members = Members::default();
    for member in &layout.0 {
        let members::Member::File(name, bytes) = member else { continue };
        let hex = name.rsplit('/').next().unwrap();
        let is_manifest = images.iter().any(|image| image["digest"].as_str().unwrap().ends_with(hex));
        members.file(&if is_manifest { format!("{hex}.manifest.json") } else { hex.to_owned() }, bytes.clone());
    }
    members.json("manifest.json", &json!({"schemaVersion": 2, "manifests": images}));
    members.file("version", "Directory Transport Version: 1.1\n");
    let folder = tempfile::tempdir().unwrap();
    members.write_to(folder.path());
    let location = format!("dir:{}", folder.path().display()).parse().unwrap();
    let archive = Archive::open(&location, &Quiet).unwrap();
    assert!(archive.images().iter().all(|listed| listed.available));
    let choice = ImageChoice { selector: None, platform: "linux/arm64".parse().ok() };
    assert_eq!(paths(&archive.select(&choice).unwrap()), [["b"]]);
    assert!(faults(&archive).is_empty());
}

#[test]
fn more_layers_than_any_engine_takes_are_read_in_part() {
    // Of one image, more than all images of an archive may have together.
    let count = 250_000;
    let bytes = docker(|item, _| item["Layers"] = json!(vec!["1/layer.tar"; count])).tar();
    let opened = only(&bytes);
    assert_eq!(opened.image().layers.len(), 1_024);
    assert_eq!(opened.image().layers[1_023].same_as, Some(LayerNumber::FIRST));
    let kinds = kinds(&opened.image().findings);
    assert!(kinds.contains(&"too-much") && kinds.contains(&"layer-count-mismatch"), "{kinds:?}");
}

#[test]
fn all_layers_together_have_a_bounded_number_of_entries() {
    let names: Vec<String> = (0..5_000).map(|at| at.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let mut members = docker(|item, _| item["Layers"] = json!(vec!["1/layer.tar"; 1_000]));
    members.0[0] = members::Member::File("1/layer.tar".to_owned(), layer(&files));
    let layers = only(&members.tar()).scan(&Quiet);
    assert_eq!(layers.iter().map(|entries| entries.len()).sum::<usize>(), 1_005_000);
    assert!(layers[200].complete && !layers[201].complete && layers[999].is_empty());
    assert_eq!(kinds(&layers[201].findings), ["too-much"]);
}

#[test]
fn a_layer_of_several_images_is_read_once_for_verification() {
    let mut twice = Members::default();
    twice.file("a", "1");
    twice.file("a", "2");
    let mut members = docker(|_, _| {});
    members.0[0] = members::Member::File("1/layer.tar".to_owned(), twice.tar());
    let items = ["a:1", "b:1"]
        .map(|name| json!({"Config": format!("{name}.json"), "Layers": vec!["1/layer.tar"; 2], "RepoTags": [name]}));
    for name in ["a:1.json", "b:1.json"] {
        members.file(name, json!({"os": "linux", "architecture": name, "rootfs": {"diff_ids": []}}).to_string());
    }
    members.json("manifest.json", &json!(items));
    let archive = open(&members.tar()).unwrap();
    assert_eq!(archive.images().len(), 2);
    let verification = verify(&archive, None, &Quiet).unwrap();
    let repeats = verification.faults.iter().filter(|(_, finding)| finding.message == "the layer repeats this path");
    assert_eq!(repeats.count(), 1);
}

#[test]
fn more_steps_than_any_image_has_are_read_in_part() {
    let bytes = docker(|_, config| config["history"] = json!(vec![json!({}); 20_000])).tar();
    let opened = only(&bytes);
    assert_eq!(opened.image().steps.len(), 10_000);
    assert!(kinds(&opened.image().findings).contains(&"too-much"));
}

#[test]
fn all_images_together_have_a_bounded_number_of_layers() {
    let mut members = docker(|_, _| {});
    let item = json!({"Config": "config.json", "Layers": vec!["1/layer.tar"; 1_000]});
    members.json("manifest.json", &json!(vec![item; 300]));
    // They are one image with one configuration; what counts is what was read.
    let archive = open(&members.tar()).unwrap();
    assert_eq!(archive.images().len(), 1);
    let opened = archive.select(&ImageChoice::default()).unwrap();
    assert!(opened.image().findings.iter().any(|finding| finding.message.contains("more than 200000 layers")));
}

#[test]
fn a_document_that_the_specification_refuses_is_shown_with_the_reason() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(Change, Option<&str>); 6] = [
        (|_, _| {}, None),
        (|config, _| drop(config.as_object_mut().unwrap().remove("architecture")), Some("it has no `architecture`")),
        (|config, _| config["history"] = Value::Null, None),
        (|_, manifest| drop(manifest.as_object_mut().unwrap().remove("schemaVersion")), Some("no `schemaVersion`")),
        (|_, manifest| manifest["mediaType"] = json!(INDEX), Some("its `mediaType` is not")),
        (|_, manifest| drop(manifest["layers"][0].as_object_mut().unwrap().remove("size")), Some("has no `size`")),
    ];
    for (change, reason) in cases {
        let tar = plain();
        let mut members = Members::default();
        let mut config = json!({"os": "linux", "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&tar))]}});
        let layer = members.blob(members::TAR, tar);
        let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [layer]});
        change(&mut config, &mut manifest);
        manifest["config"] = members.blob(members::CONFIG, config.to_string());
        let manifest = members.blob(MANIFEST, manifest.to_string());
        members.index(&[manifest]);
        let bytes = members.tar();
        assert_eq!(only(&bytes).image().layers.len(), 1, "{reason:?}");
        let faults = faults(&open(&bytes).unwrap());
        match reason {
            None => assert!(faults.is_empty(), "{faults:?}"),
            Some(reason) => assert!(
                faults.len() == 1
                    && faults[0].contains("is not valid by the OCI image specification: ")
                    && faults[0].contains(reason),
                "{reason}: {faults:?}"
            ),
        }
    }
}
