//! Archives held to their own word: whole ones pass, and no flipped bit that a digest covers goes unseen.

use crate::testing::members;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::testing::archive::Scratch;
use crate::testing::members::{CONFIG, MANIFEST, Member, Members, TAR, gzip, layer, sha256};
use layerscope::source::{Archive, Input, Location, Quiet, Transport};
use layerscope::verify::{CheckOutcome, Verification, verify};
use serde_json::json;

fn image(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name)
}

fn archives() -> Vec<PathBuf> {
    let all = std::fs::read_dir(image("")).expect("archives lie in the project");
    let mut paths: Vec<_> = all.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let is_tar = path.extension().is_some_and(|extension| extension == "tar");
        (is_tar && name != "lessons.rootfs.tar") || name.starts_with("skopeo-oci")
    });
    paths.sort();
    paths
}

fn open(path: &Path) -> Option<Archive> {
    let location = Location { input: Input::Path(path.to_owned()), transport: Transport::Detect, selector: None };
    Archive::open(&location, &Quiet).ok()
}

fn check(archive: &Archive) -> Verification {
    verify(archive, None, &Quiet).expect("nobody stopped it")
}

#[test]
fn real_archives_are_sound() {
    let archives = archives();
    assert!(archives.len() >= 14, "{archives:?}");
    for path in archives {
        let verification = check(&open(&path).expect("an image"));
        let wrong: Vec<_> = verification.checks.iter().filter(|c| !matches!(c.outcome, CheckOutcome::Sound)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
        assert!(verification.faults.is_empty(), "{}: {:?}", path.display(), verification.faults);
        assert!(verification.checks.iter().any(|check| check.diff_id_of.is_some()));
        assert!(verification.hashed_bytes > 100_000);
    }
}

/// Where the bytes of each member lie in a plain tar.
fn members(tar: &[u8]) -> BTreeMap<String, std::ops::Range<usize>> {
    let mut members = BTreeMap::new();
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries().expect("a tar") {
        let entry = entry.expect("a sound one");
        let begin = usize::try_from(entry.raw_file_position()).expect("small");
        let size = usize::try_from(entry.size()).expect("small");
        if entry.header().entry_type().is_file() {
            members.insert(entry.path().expect("a name").to_string_lossy().into_owned(), begin..begin + size);
        }
    }
    members
}

#[test]
fn no_flipped_bit_that_a_digest_covers_goes_unseen() {
    let scratch = Scratch::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for path in archives().into_iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path).expect("readable");
        let uncovered = check(&open(&path).expect("an image")).uncovered;
        for (member, range) in members(&bytes) {
            if uncovered.contains(&member) || range.is_empty() {
                continue;
            }
            for _ in 0..2 {
                let mut flipped = bytes.clone();
                let at = range.start + random(range.len());
                flipped[at] ^= 1 << random(8);
                let file = scratch.file("flipped.tar", &flipped);
                // What no longer opens has been noticed as well.
                let faults = open(&file).map_or(1, |archive| check(&archive).fault_count());
                assert!(faults > 0, "{}: a bit of {member} at {at}", path.display());
            }
        }
    }
}

#[test]
fn what_no_digest_covers_is_said() {
    let of = |name: &str| check(&open(&image(name)).expect("an image")).uncovered;
    assert_eq!(of("buildx-gzip.tar"), ["index.json", "oci-layout"]);
    assert_eq!(of("docker26-containerd.tar"), ["index.json", "manifest.json", "oci-layout"]);
    let legacy = of("docker20-legacy.tar");
    assert!(legacy.iter().any(|name| name == "manifest.json") && legacy.iter().any(|name| name.ends_with("/json")));
    assert!(legacy.iter().all(|name| !name.ends_with("layer.tar")), "diff IDs cover the layers: {legacy:?}");
}

/// Digests by name that hold, and all that is wrong.
fn held(archive: &Archive) -> (usize, usize) {
    let verification = check(archive);
    let by_name = verification.checks.iter().filter(|check| check.diff_id_of.is_none());
    (by_name.filter(|check| check.outcome == CheckOutcome::Sound).count(), verification.fault_count())
}

#[test]
fn a_blob_behind_a_link_is_held_against_its_digest() {
    let tar = layer(&[("etc/a", b"1")]);
    let (packed, other) = (gzip(&tar), [gzip(&tar), gzip(b"")].concat());
    let mut members = Members::default();
    let layer = members.blob(&format!("{TAR}+gzip"), packed.clone());
    let config = json!({"os": "linux", "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&tar))]}});
    let config = members.blob(CONFIG, config.to_string());
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let manifest = members.blob(MANIFEST, manifest.to_string());
    // The same tar in another packing: its diff ID holds, its digest and its size do not.
    for (bytes, sound, faults) in [(&packed, 3, 0), (&other, 2, 2)] {
        for symlinks in [true, false] {
            let mut linked = Members::default();
            for (at, member) in members.0.iter().enumerate() {
                let Member::File(name, content) = member else { continue };
                linked.file(&format!("store/{at}"), if *content == packed { bytes.clone() } else { content.clone() });
                if symlinks {
                    linked.symlink(name, &format!("../../store/{at}"));
                } else {
                    linked.hard_link(name, &format!("store/{at}"));
                }
            }
            linked.index(std::slice::from_ref(&manifest));
            assert_eq!(held(&members::open(&linked.tar()).unwrap()), (sound, faults), "symlinks: {symlinks}");
        }
        #[cfg(unix)]
        {
            let folder = tempfile::tempdir().unwrap();
            let mut shared = Members::default();
            shared.index(std::slice::from_ref(&manifest));
            for member in &members.0 {
                let Member::File(name, content) = member else { continue };
                let name = name.replace("blobs/", "shared/");
                shared.file(&name, if *content == packed { bytes.clone() } else { content.clone() });
            }
            shared.write_to(folder.path());
            std::os::unix::fs::symlink("shared", folder.path().join("blobs")).unwrap();
            assert_eq!(held(&open(folder.path()).unwrap()), (sound, faults), "a folder of shared blobs");
        }
    }
}
