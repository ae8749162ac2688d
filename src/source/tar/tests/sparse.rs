//! Sparse files in each of the four shapes.

use super::build::{Tar, gnu};
use super::walk;

/// The expected result of each shape: name, size, stored, map, content.
fn check(tar: Tar, data_offset: u64) {
    let seen = walk(&tar.file("after", b"").end().0);
    assert_eq!(seen.names(), ["sparse", "after"]);
    let (member, content) = &seen.entries[0];
    assert_eq!((member.size, member.stored, member.data_offset), (100, 5, data_offset));
    assert_eq!(member.sparse.as_deref(), Some(&[(10, 3), (50, 2), (100, 0)][..]));
    assert_eq!((content.as_slice(), member.doubts.iter().count()), (&b"abcde"[..], 0));
}

fn pieces(map: &[(u64, u64)]) -> Vec<u8> {
    map.iter().flat_map(|(offset, len)| format!("{offset:011o}\0{len:011o}\0").into_bytes()).collect()
}

/// A file of 100 bytes, all holes but for `abc` at 10 and `de` at 50, in each of the four shapes, and where its data is.
pub(in crate::source) fn shapes(name: &str) -> [(Tar, u64); 4] {
    let old_gnu = Tar::default().header(name, b'S', 5, |block| {
        gnu(block);
        let map = pieces(&[(10, 3), (50, 2), (100, 0)]);
        block[386..386 + map.len()].copy_from_slice(&map);
        block[483..495].copy_from_slice(b"00000000144\0");
    });
    let zero_zero = Tar::default().pax(&[
        ("GNU.sparse.size", b"100"),
        ("GNU.sparse.numblocks", b"3"),
        ("GNU.sparse.offset", b"10"),
        ("GNU.sparse.numbytes", b"3"),
        ("GNU.sparse.offset", b"50"),
        ("GNU.sparse.numbytes", b"2"),
        ("GNU.sparse.offset", b"100"),
        ("GNU.sparse.numbytes", b"0"),
    ]);
    let zero_one = Tar::default().pax(&[
        ("GNU.sparse.size", b"100"),
        ("GNU.sparse.numblocks", b"3"),
        ("GNU.sparse.map", b"10,3,50,2,100,0"),
        ("GNU.sparse.name", name.as_bytes()),
    ]);
    let one_zero = Tar::default().pax(&[
        ("GNU.sparse.major", b"1"),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.name", name.as_bytes()),
        ("GNU.sparse.realsize", b"100"),
    ]);
    let packed = format!("GNUSparseFile.0/{name}");
    [
        (old_gnu, 512),
        (zero_zero.header(name, b'0', 5, |_| {}), 1536),
        (zero_one.header(&packed, b'0', 5, |_| {}), 1536),
        (one_zero.header(&packed, b'0', 517, |_| {}).data(b"3\n10\n3\n50\n2\n100\n0\n"), 2048),
    ]
    .map(|(tar, data_offset)| (tar.data(b"abcde"), data_offset))
}

#[test]
fn each_shape_is_the_same_file() {
    for (tar, data_offset) in shapes("sparse") {
        check(tar, data_offset);
    }
}

#[test]
fn the_old_gnu_shape_goes_on_in_blocks_behind_it() {
    let mut tar = Tar::default().header("sparse", b'S', 4, |block| {
        gnu(block);
        let map = pieces(&[(0, 1), (2, 1), (4, 1), (6, 0)]);
        block[386..386 + map.len()].copy_from_slice(&map);
        block[482] = 1;
        block[483..495].copy_from_slice(b"00000000144\0");
    });
    let mut more = pieces(&[(8, 1), (100, 0)]);
    more.resize(512, 0);
    tar.0.extend(more);
    let seen = walk(&tar.data(b"abcd").end().0);
    let (member, content) = &seen.entries[0];
    assert_eq!(member.sparse.as_deref(), Some(&[(0, 1), (2, 1), (4, 1), (6, 0), (8, 1), (100, 0)][..]));
    assert_eq!((member.size, member.data_offset, content.as_slice()), (100, 1024, &b"abcd"[..]));
}

#[test]
fn a_map_that_makes_no_sense_leaves_the_stored_bytes() {
    for map in ["10,3,5,2", "90,20", "0,6", "1", "x,1", "18446744073709551615,2"] {
        let tar = Tar::default().pax(&[("GNU.sparse.size", b"100"), ("GNU.sparse.map", map.as_bytes())]);
        let seen = walk(&tar.header("sparse", b'0', 5, |_| {}).data(b"abcde").file("after", b"").end().0);
        let member = &seen.entries[0].0;
        assert_eq!((member.size, member.sparse.is_none(), member.doubts.iter().count()), (5, true, 1), "{map}");
        assert_eq!(seen.names(), ["sparse", "after"], "{map}");
    }
}

#[test]
fn a_map_that_claims_a_billion_pieces_ends_with_the_content() {
    let records = [("GNU.sparse.major", &b"1"[..]), ("GNU.sparse.minor", b"0"), ("GNU.sparse.realsize", b"100")];
    let tar = Tar::default().pax(&records).header("sparse", b'0', 512, |_| {}).data(b"1000000000\n0\n1\n");
    let seen = walk(&tar.file("after", b"").end().0);
    assert_eq!(seen.names(), ["sparse", "after"]);
    assert_eq!(seen.entries[0].0.doubts.iter().count(), 1);
}
