//! Files of real archives, packed in every way, read back in any order.

use std::io::Read;
use std::path::Path;

use crate::testing::members::{Members, gzip, open_path};
use layerscope::image::{Contents, EntryKind, EntryRef, LayerNumber};
use layerscope::source::{ImageChoice, OpenedImage, Quiet};

fn image(name: &str) -> OpenedImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name);
    open_path(&path).unwrap().select(&ImageChoice::default()).unwrap()
}

fn content(opened: &OpenedImage, layer: LayerNumber, entry: EntryRef<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    opened.open(layer, entry).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_file_of_a_packed_layer_is_the_same_forwards_and_backwards_scanned_and_not() {
    for name in ["buildx-gzip.tar", "buildx-estargz.tar", "buildx-zstd.tar", "skopeo-oci", "skopeo-oci-zstdchunked"] {
        let scanned = image(name);
        let layers = scanned.scan(&Quiet);
        // Opened apart, so that its points come from reading alone.
        let unscanned = image(name);
        let mut files = 0;
        for (index, entries) in layers.iter().enumerate() {
            let layer = LayerNumber::from_index(index);
            let stored: Vec<_> = entries.iter().filter(|entry| entry.kind() == EntryKind::File).collect();
            let forwards: Vec<_> = stored.iter().map(|&entry| content(&unscanned, layer, entry)).collect();
            for (&entry, forwards) in stored.iter().zip(&forwards).rev() {
                assert!(content(&scanned, layer, entry) == *forwards, "{name}: {:?}", entry.path());
                assert_eq!(forwards.len() as u64, entry.size(), "{name}: {:?}", entry.path());
            }
            files += stored.len();
        }
        assert!(files > 10, "{name} has {files} files");
    }
}

#[test]
fn a_file_is_read_from_any_place_in_it() {
    for name in ["buildx-uncompressed.tar", "buildx-gzip.tar", "buildx-estargz.tar", "skopeo-oci-zstdchunked"] {
        let opened = image(name);
        for (index, entries) in opened.scan(&Quiet).iter().enumerate() {
            let layer = LayerNumber::from_index(index);
            for entry in entries.iter().filter(|entry| entry.kind() == EntryKind::File) {
                let whole = content(&opened, layer, entry);
                for part in [3, 0, 4, 2, 5] {
                    let offset = entry.size() * part / 4;
                    let (begin, mut reader) = opened.open_near(layer, entry, offset).unwrap();
                    assert!(begin <= offset, "{name}: {begin} is behind {offset}");
                    let mut bytes = Vec::new();
                    reader.read_to_end(&mut bytes).unwrap();
                    assert!(
                        bytes == whole[usize::try_from(begin).unwrap()..],
                        "{name}: {:?} from {offset}",
                        entry.path()
                    );
                }
            }
        }
    }
}

#[test]
fn a_packed_layer_reads_as_its_plain_one() {
    let (plain, packed) = (image("buildx-uncompressed.tar"), image("buildx-estargz.tar"));
    let mut compared = 0;
    for (index, (ours, theirs)) in plain.scan(&Quiet).iter().zip(packed.scan(&Quiet)).enumerate() {
        let layer = LayerNumber::from_index(index);
        for entry in ours.iter().filter(|entry| entry.kind() == EntryKind::File) {
            let Some(same) = theirs.iter().find(|other| other.path() == entry.path() && other.kind() == entry.kind())
            else {
                continue;
            };
            assert!(content(&plain, layer, entry) == content(&packed, layer, same), "{:?}", entry.path());
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared} files compared");
}

#[test]
fn an_archive_that_changes_while_it_is_open_gives_errors_and_no_other_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    let mut layer = Members::default();
    for number in 0..40_u8 {
        let text: Vec<u8> = (0..20_000_u32).map(|at| number ^ at.wrapping_mul(at).to_le_bytes()[1]).collect();
        layer.file(&format!("file-{number}"), text);
    }
    let mut members = Members::default();
    let descriptor = members.image(&[gzip(&layer.tar())], "linux/amd64");
    members.index(&[descriptor]);
    let archive = members.tar();
    std::fs::write(&path, &archive).unwrap();
    let opened = open_path(&path).unwrap().select(&ImageChoice::default()).unwrap();
    let entries = opened.scan(&Quiet);
    let layer = LayerNumber::from_index(0);
    let read_all = || {
        let read = |entry| {
            let mut bytes = Vec::new();
            let result = opened.open(layer, entry).map(|mut reader| reader.read_to_end(&mut bytes));
            matches!(result, Ok(Ok(_))).then_some(bytes)
        };
        entries[0].iter().map(read).collect::<Vec<_>>()
    };
    let before = read_all();
    assert!(before.len() == 40 && before.iter().all(Option::is_some), "whole while nothing changes");
    // Written over in place, as the file stays open.
    let scrambled: Vec<u8> =
        archive.iter().enumerate().map(|(at, byte)| if at % 997 == 0 { byte ^ 0x55 } else { *byte }).collect();
    for bytes in [&scrambled[..], &archive[..archive.len() / 3], b""] {
        std::fs::write(&path, bytes).unwrap();
        let after = read_all();
        assert!(after.iter().any(Option::is_none), "a change is noticed");
        assert!(after.iter().zip(&before).all(|(now, then)| now.is_none() || now == then), "other bytes came");
    }
}
