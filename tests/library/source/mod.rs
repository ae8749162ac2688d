//! Archives of real engines, opened: kinds, names, layers, and contents read back.

mod docker;
mod documents;
mod mutated;
mod oci;
mod refusals;

use std::io::Read;
use std::path::PathBuf;

use layerscope::image::{Compression, Contents, EntryKind, LayerNumber};
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet, SourceError};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name)
}

fn location(name: &str) -> Location {
    Location::of_path(path(name))
}

fn open(name: &str) -> Archive {
    Archive::open(&location(name), &Quiet).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn only(name: &str) -> OpenedImage {
    open(name).select(&ImageChoice::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn refused(name: &str) -> String {
    let opened = Archive::open(&location(name), &Quiet).and_then(|archive| archive.select(&ImageChoice::default()));
    opened.expect_err(name).to_string()
}

/// What an archive is expected to be: kind, name, how its layers are packed, how many there are.
const ARCHIVES: [(&str, &str, &str, Compression, usize); 13] = [
    ("docker20-legacy.tar", "docker archive", "lessons:legacy", Compression::None, 12),
    ("docker20-buildkit.tar", "docker archive", "lessons:buildkit", Compression::None, 14),
    ("docker26-containerd.tar", "docker and OCI archive", "lessons:attested", Compression::Gzip, 14),
    ("docker26-reloaded.tar", "docker and OCI archive", "lessons:buildkit", Compression::None, 14),
    ("skopeo-docker-archive.tar", "docker archive", "docker.io/library/lessons:skopeo", Compression::None, 12),
    ("buildah-docker.tar", "docker archive", "docker.io/library/lessons:buildah", Compression::None, 13),
    ("buildah-oci.tar", "OCI archive", "lessons", Compression::None, 13),
    ("buildx-gzip.tar", "OCI archive", "docker.io/library/lessons:gzip", Compression::Gzip, 14),
    ("buildx-zstd.tar", "OCI archive", "docker.io/library/lessons:zstd", Compression::Zstd, 14),
    ("buildx-estargz.tar", "OCI archive", "docker.io/library/lessons:estargz", Compression::Gzip, 14),
    ("buildx-uncompressed.tar", "OCI archive", "docker.io/library/lessons:uncompressed", Compression::None, 14),
    ("skopeo-oci", "OCI layout", "lessons", Compression::Gzip, 12),
    ("skopeo-oci-zstdchunked", "OCI layout", "lessons", Compression::Zstd, 12),
];

#[test]
fn every_engines_archive_opens_as_what_it_is() {
    for (file, kind, name, compression, layers) in ARCHIVES {
        let archive = open(file);
        assert_eq!(archive.kind(), kind, "{file}");
        assert_eq!(archive.images().len(), 1, "{file}: attestations are no images");
        let listed = &archive.images()[0];
        assert_eq!((listed.layers, listed.available, listed.note.as_str()), (layers, true, ""), "{file}");
        let opened = archive.select(&ImageChoice::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
        let image = opened.image();
        assert_eq!(image.names, [name], "{file}");
        assert_eq!(image.platform.as_ref().map(ToString::to_string).as_deref(), Some("linux/amd64"), "{file}");
        assert_eq!(image.layers.len(), layers, "{file}");
        assert_eq!(image.findings, [], "{file}");
        assert!(image.digest.is_some() && image.created.is_some() && !image.raw_config.is_empty(), "{file}");
        assert_eq!(image.layers[0].compression, Some(compression), "{file}");
        assert!(image.layers.iter().all(|layer| layer.diff_id.is_some() && layer.step.is_some()), "{file}");
    }
}

#[test]
fn every_layer_is_read_to_its_end_without_a_doubt() {
    for (file, ..) in ARCHIVES {
        let opened = only(file);
        for (index, entries) in opened.scan(&Quiet).iter().enumerate() {
            assert!(entries.complete, "{file}: layer {}", index + 1);
            // BuildKit writes the table of contents of an eStargz layer after the end of its tar.
            let tables = usize::from(file.contains("estargz"));
            assert_eq!(entries.findings.len(), tables, "{file}: layer {}: {:?}", index + 1, entries.findings);
            assert!(entries.findings.iter().all(|finding| finding.message.contains("an eStargz table of contents")));
            assert_eq!(entries.tar_bytes % 512, 0, "{file}: layer {}", index + 1);
        }
    }
}

/// A removed private key is still there, in whichever way the archive packs it.
#[test]
fn contents_are_read_back_from_any_archive() {
    let mut keys = Vec::new();
    for (file, ..) in ARCHIVES {
        let opened = only(file);
        let layers = opened.scan(&Quiet);
        let mut found = None;
        for (index, entries) in layers.iter().enumerate() {
            for entry in entries.iter().filter(|entry| entry.path().as_bytes() == b"root/.ssh/id_ed25519") {
                let layer = LayerNumber::from_index(index);
                let mut bytes = Vec::new();
                opened.open(layer, entry).unwrap().read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len() as u64, entry.size(), "{file}");
                found = Some((bytes, opened.identity(layer, entry).unwrap()));
            }
        }
        keys.push(found.unwrap_or_else(|| panic!("{file}: no key")));
    }
    assert!(keys[0].0.starts_with(b"EXAMPLE ONLY, NOT A KEY\n"), "{}", keys[0].0.escape_ascii());
    assert!(keys.iter().all(|key| *key == keys[0]), "the same key, with the same identity, everywhere");
}

/// In a compressed layer the hash was made in passing, in a plain one it is made now.
#[test]
fn a_files_identity_is_the_hash_of_its_bytes() {
    for (file, ..) in ARCHIVES {
        let opened = only(file);
        for (index, entries) in opened.scan(&Quiet).iter().enumerate() {
            let layer = LayerNumber::from_index(index);
            for entry in entries.iter().filter(|entry| entry.kind() == EntryKind::File) {
                let mut bytes = Vec::new();
                opened.open(layer, entry).unwrap().read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len() as u64, entry.size(), "{file}: {entry:?}");
                let identity = opened.identity(layer, entry).unwrap();
                assert_eq!(twox_hash::XxHash3_128::oneshot(&bytes), identity, "{file}: {entry:?}");
            }
        }
    }
}

#[test]
fn one_of_several_images_must_be_chosen() {
    let archive = open("docker20-multi.tar");
    let refused = archive.select(&ImageChoice::default()).expect_err("ambiguous");
    assert!(matches!(refused, SourceError::Several { .. }));
    let text = refused.to_string();
    assert!(text.contains("`lessons:legacy`") && text.contains("`lessons:legacy-v2`"), "{text}");
    for (asked, name) in [
        ("lessons:legacy", "lessons:legacy"),
        ("docker.io/library/lessons:legacy-v2", "lessons:legacy-v2"),
        ("legacy-v2", "lessons:legacy-v2"),
        ("@0", "lessons:legacy"),
        ("c349c7e5", "lessons:legacy"),
    ] {
        let choice = ImageChoice { selector: Some(asked.parse().unwrap()), platform: None };
        assert_eq!(archive.select(&choice).unwrap().image().names, [name], "{asked}");
    }
    let typed = format!("docker-archive:{}:lessons:legacy", path("docker20-multi.tar").display());
    let archive = Archive::open(&typed.parse().unwrap(), &Quiet).unwrap();
    assert_eq!(archive.select(&ImageChoice::default()).unwrap().image().names, ["lessons:legacy"]);
}

#[test]
fn a_root_file_system_is_refused_as_what_it_is() {
    let text = refused("lessons.rootfs.tar");
    assert!(text.contains("root file system (docker export), not an image: save it with `docker save`"), "{text}");
}
