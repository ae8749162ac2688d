use crate::archive::Archive;
use crate::tool::{images, layerscope, read};

#[test]
fn a_sound_archive_is_verified_and_what_nothing_covers_is_said() {
    let run = layerscope(&["verify", "docker20-legacy.tar"]).ok();
    assert!(
        run.text().contains("1 of 1 blobs match their digests, 12 of 12 layers match their diff IDs"),
        "{}",
        run.text()
    );
    assert!(run.text().contains("not covered by a digest: 12 × …/VERSION, 12 × …/json, manifest.json, repositories"));
    assert!(run.text().ends_with("no fault found\n"));
}

#[test]
fn a_fault_ends_verification_with_one() {
    let mut bytes = std::fs::read(images().join("buildx-gzip.tar")).expect("an archive");
    // The last bytes of a blob lie before the padding of its member; the index stands behind the blobs.
    let at = bytes.len() / 2;
    bytes[at] ^= 4;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("flipped.tar");
    std::fs::write(&file, bytes).expect("room");
    let run = layerscope(&["verify".as_ref(), file.as_os_str()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{}", run.text());
    assert!(run.text().starts_with("FAULT  "), "{}", run.text());
    let run = layerscope(&["verify".as_ref(), file.as_os_str(), "--format".as_ref(), "json".as_ref()]);
    let json = run.json();
    assert_eq!((run.code, json["schema_version"].as_u64()), (Some(1), Some(1)));
    assert!(json["faults"].as_u64().is_some_and(|faults| faults > 0));
    let verdicts = json["checks"].as_array().expect("checks");
    assert!(verdicts.iter().any(|check| check["verdict"] == "fault"));
}

#[test]
fn a_diff_id_that_is_not_the_layers_is_a_fault_of_that_layer() {
    let archive = Archive::new(&[("COPY", vec![(b"a", b"a")])]);
    let run = layerscope(&["verify".as_ref(), archive.path().as_os_str()]);
    assert_eq!(run.code, Some(1));
    assert!(run.text().contains("FAULT  image @0, layer 1, diff ID sha256:000000"), "{}", run.text());
}

#[test]
fn one_of_several_images_can_be_verified_and_all_are_without_a_choice() {
    let diff_ids = |words: &[&str]| {
        let run = layerscope(words).ok();
        let checks = run.json()["checks"].as_array().expect("checks").clone();
        checks.iter().filter(|check| check["kind"] == "diff_id").count()
    };
    assert_eq!(diff_ids(&["verify", "docker20-multi.tar", "--format", "json"]), 24);
    assert_eq!(diff_ids(&["verify", "docker20-multi.tar", "--format", "json", "--image", "lessons:legacy"]), 12);
}

#[test]
fn what_cannot_be_verified_at_all_is_an_error() {
    assert!(layerscope(&["verify", "lessons.rootfs.tar"]).refusal().contains("looks like a root file system"));
    assert!(layerscope(&["verify", "nonesuch.tar"]).refusal().contains("`nonesuch.tar` does not exist"));
}

#[test]
fn a_removed_key_is_extracted_from_the_layer_that_stored_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let words = [
        "extract".as_ref(),
        "lessons.tar.gz".as_ref(),
        "root/.ssh".as_ref(),
        out.as_os_str(),
        "--layer".as_ref(),
        "4".as_ref(),
    ];
    let run = layerscope(&words).ok();
    assert!(run.text().contains(": 1 files, 1 folders, 0 symlinks, 127 B"), "{}", run.text());
    let key = std::fs::read_to_string(out.join(".ssh/id_ed25519")).expect("the key");
    assert!(key.contains("PRIVATE KEY"));
    let again = layerscope(&words).refusal();
    assert!(again.ends_with("id_ed25519` exists: choose another folder, or use `--overwrite`"), "{again}");
}

#[test]
fn the_whole_image_is_extracted_as_the_container_sees_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for archive in ["docker20-legacy.tar", "skopeo-oci-zstdchunked", "buildah-oci.tar"] {
        let out = folder.path().join(archive);
        layerscope(&["extract".as_ref(), archive.as_ref(), "/".as_ref(), out.as_os_str()]).ok();
        for line in read("lessons.merged.txt").lines().filter(|line| line.starts_with('f') || line.starts_with('d')) {
            let fields: Vec<_> = line.splitn(6, ' ').collect();
            let known = out.join(fields[5]).symlink_metadata();
            assert!(known.is_ok(), "{archive}: {line}");
            let known = known.expect("just asked");
            assert!(known.is_dir() == (fields[0] == "d"), "{archive}: {line}");
            assert!(known.is_dir() || known.len().to_string() == fields[4], "{archive}: {line}");
        }
        assert!(!out.join("var/cache").exists() && !out.join("data/pipe").exists());
    }
}
