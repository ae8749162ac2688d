//! What headers say, separately and together.

use crate::image::{EntryKind, Mtime};

use super::build::{Tar, gnu, sum};
use super::{TarError, walk};

#[test]
fn an_entry_is_what_its_header_says() {
    let tar = Tar::default()
        .file("etc/passwd", b"root")
        .header("etc/", b'5', 0, |block| block[100..108].copy_from_slice(b"0040755\0"))
        .header("bin/sh", b'2', 0, |block| block[157..164].copy_from_slice(b"busybox"))
        .header("dev/null", b'3', 0, |block| {
            block[329..337].copy_from_slice(b"0000001\0");
            block[337..345].copy_from_slice(b"0000003\0");
        })
        .end();
    let walk = walk(&tar.0);
    assert!(walk.fault.is_none());
    let members: Vec<_> = walk.entries.iter().map(|(member, _)| member).collect();
    assert_eq!((members[0].mode, members[0].uid, members[0].gid), (0o644, 1, 2));
    assert_eq!((members[0].mtime.seconds, members[0].size, members[0].data_offset), (15, 4, 512));
    assert_eq!(walk.entries[0].1, b"root");
    assert_eq!((members[1].kind, members[1].mode), (EntryKind::Dir, 0o755));
    assert_eq!((members[2].kind, members[2].link.as_slice()), (EntryKind::Symlink, &b"busybox"[..]));
    assert_eq!((members[3].kind, members[3].rdev), (EntryKind::Char, Some((1, 3))));
}

/// The reader that most engines are not would lose its place here.
#[test]
fn what_has_no_content_has_none_whatever_its_size_says() {
    let mut tar = Tar::default();
    for flag in [b'1', b'2', b'3', b'4', b'5', b'6'] {
        tar = tar.header("x", flag, 1000, |_| {});
    }
    let walk = walk(&tar.file("after", b"").end().0);
    assert_eq!(walk.entries.len(), 7);
    assert!(walk.entries.iter().all(|(member, _)| member.size == 0));
}

#[test]
fn old_ways_to_say_directory_are_understood() {
    let v7 = |block: &mut crate::source::tar::Block| block[257..265].fill(0);
    let tar = Tar::default()
        .header("nul/", 0, 512, |_| {})
        .header("v7/", b'0', 0, v7)
        .header("file/", b'0', 0, |_| {})
        .header("contiguous", b'7', 3, |_| {})
        .data(b"abc")
        .end();
    let shapes = walk(&tar.0).shapes();
    let kinds: Vec<_> = shapes.iter().map(|(name, kind, size)| (name.as_str(), *kind, *size)).collect();
    // A slash counts only without a type: for Go, and so for engines, a `0` is a file with any name.
    assert_eq!(kinds, [("nul/", "dir", 0), ("v7/", "file", 0), ("file/", "file", 0), ("contiguous", "file", 3)]);
}

#[test]
fn long_names_come_in_three_ways() {
    let long = "d/".repeat(80) + "file";
    let tar = Tar::default()
        .header("file", b'0', 0, |block| block[345..350].copy_from_slice(b"a/b/c"))
        .special(b'L', format!("{long}\0").as_bytes())
        .special(b'K', b"target\0")
        .header("short", b'2', 0, gnu)
        .pax(&[("path", long.as_bytes()), ("linkpath", b"elsewhere")])
        .header("short", b'1', 0, |_| {})
        .end();
    let walk = walk(&tar.0);
    assert_eq!(walk.names(), ["a/b/c/file", &long, &long]);
    assert_eq!(walk.entries[1].0.link, b"target");
    assert_eq!(walk.entries[2].0.link, b"elsewhere");
}

#[test]
fn an_extended_header_overrides_and_the_last_of_two_wins() {
    let tar = Tar::default()
        .pax(&[("path", b"first"), ("uid", b"5")])
        .pax(&[
            ("size", b"3"),
            ("mtime", b"-1.25"),
            ("gid", b"4294967296"),
            ("SCHILY.xattr.security.capability", b"\x01\0\n="),
        ])
        .header("name", b'0', 9999, |_| {})
        .data(b"abc")
        .file("plain", b"x")
        .end();
    let walk = walk(&tar.0);
    let member = &walk.entries[0].0;
    assert_eq!((member.name.as_slice(), member.size, member.uid, member.gid), (&b"name"[..], 3, 1, 1 << 32));
    assert_eq!(member.mtime, Mtime { seconds: -2, nanoseconds: 750_000_000 });
    assert_eq!(member.xattrs, [(Box::from(&b"security.capability"[..]), Box::from(&b"\x01\0\n="[..]))]);
    let plain = &walk.entries[1].0;
    assert_eq!((plain.gid, plain.xattrs.len(), plain.mtime.nanoseconds), (2, 0, 0), "nothing is left over");
}

/// GHSA-3cv2-h65g-fgmm: the size of the file must not be used for its long name.
#[test]
fn an_extended_size_skips_the_long_name_between() {
    let tar = Tar::default().pax(&[("size", b"3")]).special(b'L', b"long\0").header("short", b'0', 0, gnu).data(b"abc");
    let walk = walk(&tar.file("after", b"").end().0);
    assert_eq!(walk.names(), ["long", "after"]);
    assert_eq!(walk.entries[0].1, b"abc");
}

#[test]
fn global_headers_are_skipped_and_apply_to_nothing() {
    let global = super::build::record("path", b"everything");
    let walk = walk(&Tar::default().special(b'g', &global).file("a", b"1").end().0);
    assert_eq!(walk.names(), ["a"]);
}

#[test]
fn what_no_engine_knows_is_kept_with_its_content_passed_over() {
    let walk = walk(&Tar::default().header("dump", b'D', 3, |_| {}).data(b"abc").file("a", b"").end().0);
    assert_eq!(walk.entries[0].0.kind, EntryKind::Unknown(b'D'));
    assert_eq!(walk.names(), ["dump", "a"]);
}

#[test]
fn either_way_to_sum_a_header_is_right() {
    let mut block = super::build::header("na\u{ef}ve", b'0', 0, |_| {});
    block[148..156].fill(b' ');
    let signed: i32 = block.iter().map(|&byte| i32::from(byte.cast_signed())).sum();
    block[148..156].copy_from_slice(format!("{signed:06o}\0 ").as_bytes());
    assert_eq!(walk(&block).names(), ["na\u{ef}ve"]);
}

#[test]
fn malformed_numbers_are_a_doubt_except_for_the_size() {
    let tar = Tar::default()
        .header("a", b'0', 0, |block| {
            block[100..108].copy_from_slice(b"zzzzzzz\0");
            block[136..148].fill(0xff);
        })
        .end();
    let seen = walk(&tar.0);
    assert_eq!((seen.entries[0].0.mode, seen.entries[0].0.mtime.seconds), (0, -1));
    assert_eq!(seen.entries[0].0.doubts.iter().count(), 1);
    for size in [&b"zzzzzzzzzzz\0"[..], &[0xff; 12], b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"] {
        let tar = Tar::default().file("a", b"").header("b", b'0', 0, |block| block[124..136].copy_from_slice(size));
        let seen = walk(&tar.0);
        assert_eq!(seen.names(), ["a"]);
        assert!(matches!(seen.fault, Some(TarError::Broken { at: 512, .. })), "{:?}", seen.fault);
    }
    let seen = walk(&Tar::default().pax(&[("size", b"-1")]).file("a", b"").0);
    assert!(matches!(seen.fault, Some(TarError::Broken { .. })));
}

#[test]
fn a_header_about_a_header_may_not_be_large() {
    for flag in [b'x', b'L', b'K'] {
        let seen = walk(&Tar::default().header("x", flag, 2 << 20, |_| {}).0);
        assert!(matches!(seen.fault, Some(TarError::Broken { at: 0, .. })), "{:?}", seen.fault);
    }
}

#[test]
fn a_broken_sum_ends_the_walk_where_it_stands() {
    let mut tar = Tar::default().file("a", b"1").file("b", b"2").end().0;
    tar[1024] ^= 1;
    let seen = walk(&tar);
    assert_eq!(seen.names(), ["a"]);
    assert!(matches!(seen.fault, Some(TarError::Broken { at: 1024, .. })));
    let block = <&mut [u8; 512]>::try_from(&mut tar[1024..1536]).expect("a block");
    sum(block);
    assert_eq!(walk(&tar).entries.len(), 2);
}
