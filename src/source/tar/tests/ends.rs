//! All the ways in which tars end, legal and not.

use super::build::Tar;
use super::{TarError, walk};

#[test]
fn an_archive_may_end_in_many_ways() {
    let one = Tar::default().file("a", b"1");
    let zeros = |count: usize| [one.0.clone(), vec![0; count]].concat();
    let behind = [zeros(1024), Tar::default().file("hidden", b"").0].concat();
    for (what, tar) in [
        ("no end at all", zeros(0)),
        ("one block of zeros", zeros(512)),
        ("two blocks", zeros(1024)),
        ("megabytes of zeros", zeros(3 << 20)),
        ("another archive after the end", behind),
        ("no padding behind the last content", one.0[..513].to_vec()),
        (
            "headers about one that never comes, and an end",
            one.clone().pax(&[("path", b"x")]).special(b'L', b"y").end().0,
        ),
    ] {
        let seen = walk(&tar);
        assert_eq!(seen.names(), ["a"], "{what}");
        assert!(seen.fault.is_none(), "{what}: {:?}", seen.fault);
    }
}

/// Go passes over it; but no program writes that, so it was cut.
#[test]
fn a_header_about_one_that_never_comes_is_a_cut() {
    let one = Tar::default().file("a", b"1");
    for tar in [one.clone().pax(&[("path", b"x")]), one.clone().special(b'L', b"y\0"), one.special(b'K', b"")] {
        let seen = walk(&tar.0);
        let len = tar.0.len() as u64;
        assert!(matches!(seen.fault, Some(TarError::Truncated { at }) if at == len), "{:?}", seen.fault);
        assert_eq!(seen.names(), ["a"]);
    }
}

#[test]
fn empty_layers_are_empty() {
    for size in [0, 512, 1024, 10240] {
        let seen = walk(&vec![0; size]);
        assert_eq!((seen.entries.len(), seen.fault.is_none()), (0, true), "{size}");
    }
}

#[test]
fn what_is_cut_is_truncated_there() {
    let tar = Tar::default().file("a", b"1").file("b", &[b'x'; 2000]).end().0;
    for (len, names, at) in [(1500, &["a", "b"][..1], 1500), (1024 + 512 + 700, &["a", "b"], 1024 + 512 + 700)] {
        let seen = walk(&tar[..len]);
        assert_eq!(seen.names(), names);
        assert!(matches!(seen.fault, Some(TarError::Truncated { at: there }) if there == at), "{:?}", seen.fault);
    }
}

#[test]
fn a_single_block_of_zeros_in_the_middle_is_a_break() {
    let tar = [Tar::default().file("a", b"").0, vec![0; 512], Tar::default().file("b", b"").0].concat();
    let seen = walk(&tar);
    assert_eq!(seen.names(), ["a"]);
    assert!(matches!(seen.fault, Some(TarError::Broken { at: 512, .. })), "{:?}", seen.fault);
}

/// No size in a header is ever allocated or trusted.
#[test]
fn sizes_beyond_the_archive_are_no_harm() {
    for size in [1_u64 << 33, (1 << 33) - 1] {
        let seen = walk(
            &Tar::default()
                .header("a", b'0', 0, |block| {
                    block[124..136].copy_from_slice(format!("{size:012o}").as_bytes());
                })
                .data(b"abc")
                .0,
        );
        assert!(matches!(seen.fault, Some(TarError::Truncated { at: 1024 })), "{:?}", seen.fault);
    }
    let seen = walk(&Tar::default().pax(&[("size", b"9223372036854775807")]).file("a", b"").0);
    assert!(matches!(seen.fault, Some(TarError::Broken { .. })), "{:?}", seen.fault);
}
