//! Members of an outer tar that are not stored as they are.

use crate::image::Quiet;
use std::io::{Read, Write};
use std::sync::Arc;

use crate::source::tar::tests::build::{Tar, gnu};
use crate::source::tar::tests::sparse::shapes;
use crate::source::watched::Watched;

use super::{Lookup, Store, TarIndex};

fn file(bytes: &[u8]) -> Arc<Watched> {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room");
    Arc::new(Watched::private(file))
}

fn store(tar: &Tar) -> Store {
    Store::Tar(Box::new(index(tar)))
}

fn index(tar: &Tar) -> TarIndex {
    TarIndex::read(file(&tar.0), tar.0.len() as u64, &Quiet).expect("readable")
}

#[test]
fn a_sparse_member_is_a_blob_whose_holes_are_zeros() {
    let mut whole = vec![0; 100];
    whole[10..13].copy_from_slice(b"abc");
    whole[50..52].copy_from_slice(b"de");
    for (number, (tar, _)) in shapes("layer.tar").into_iter().enumerate() {
        let store = store(&tar.file("after", b"x").end());
        let Lookup::Blob(blob, _) = store.find("layer.tar") else { panic!("shape {number} is not found") };
        let mut bytes = Vec::new();
        blob.reader().read_to_end(&mut bytes).expect("readable");
        assert_eq!((blob.len(), blob.is_cut(), bytes), (100, false, whole.clone()), "shape {number}");
        assert!(store.has("after"), "shape {number}");
    }
}

#[test]
fn a_sparse_member_that_is_cut_is_cut() {
    let (mut tar, at) = shapes("layer.tar").into_iter().next().expect("four");
    tar.0.truncate(usize::try_from(at).expect("small") + 4);
    let store = store(&tar);
    let Lookup::Blob(blob, _) = store.find("layer.tar") else { panic!("not found") };
    assert!(blob.is_cut() && blob.reader().read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn a_sparse_member_that_cannot_be_read_whole_is_refused() {
    let sparse = |name: &str, size: &[u8], map: &[u8]| {
        let records = [("GNU.sparse.size", size), ("GNU.sparse.numblocks", b"1"), ("GNU.sparse.map", map)];
        Tar::default().pax(&records).header(name, b'0', 3, |_| {}).data(b"abc")
    };
    let no_gnu = Tar::default().header("no-gnu", b'S', 3, |_| {}).data(b"abc");
    let huge = sparse("huge", b"4611686018427387904", b"0,3");
    let broken = sparse("broken", b"10", b"9,3");
    let store = store(&Tar([huge.0, broken.0, no_gnu.0].concat()).end());
    for (name, why) in [
        ("huge", "a sparse file of almost only holes, which is too large to read"),
        ("broken", "a sparse file with an invalid map"),
        ("no-gnu", "a sparse file with an invalid map"),
    ] {
        assert!(matches!(store.find(name), Lookup::Refused(told) if told == why), "{name}");
    }
}

#[test]
fn a_prefix_that_an_old_docker_wrote_into_a_gnu_header_is_part_of_the_name() {
    let tar = Tar::default().header("layer.tar", b'0', 0, |block| {
        gnu(block);
        block[345..348].copy_from_slice(b"one");
    });
    let store = store(&tar.end());
    assert!(store.has("one/layer.tar") && !store.has("layer.tar"));
}

#[test]
fn an_archive_that_becomes_shorter_while_it_is_read_is_cut_off() {
    let tar = Tar::default().file("a", b"abc").file("b", &vec![b'x'; 70_000]).end().0;
    let whole = tar.len() as u64;
    // At a header, in a content, and in the marker at the end.
    for len in [0, 1024, 1024 + 512 + 10, tar.len() - 1024] {
        let index = TarIndex::read(file(&tar[..len]), whole, &Quiet).expect("what is there");
        assert!(index.truncated_at.is_some(), "{len}");
    }
}

#[test]
fn what_comes_after_the_end_of_an_archive_is_noted() {
    let tar = Tar::default().file("a", b"abc");
    assert_eq!(index(&tar.clone().end()).trailing, 0);
    assert_eq!(index(&tar.clone().end().file("b", b"")).trailing, 512);
    assert_eq!(index(&tar.pax(&[("path", b"b")])).truncated_at, Some(2048));
}
