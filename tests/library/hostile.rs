//! Layers made to exhaust whoever reads them: they end, soon, and say what was wrong.

use std::io::Write;
use std::sync::Arc;

use crate::testing::archive::{Scratch, docker_save};
use crate::testing::tarball::{Member, archive};
use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::image::{Entries, EntryKind, FindingKind, NewEntry};
use layerscope::source::{Archive, ImageChoice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::{Scope, Union, View};

fn open(scratch: &Scratch, layers: &[Vec<u8>]) -> OpenedImage {
    let path = scratch.file("image.tar", &docker_save(layers));
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    Archive::open(&location, &Quiet).expect("an archive").select(&ImageChoice::default()).expect("an image")
}

/// All that any command does with an image.
fn everything(opened: &OpenedImage) -> (Union, Analysis) {
    let union = Union::build(opened.scan(&Quiet));
    let identities = Identities::compare(&union, opened, &pairs(&union), &Quiet);
    let analysis = Analysis::new(&union, Some(&identities));
    let _ = analysis.waste_groups(&union);
    if let Some(last) = union.layer_numbers().next_back() {
        let view = View::new(&union, Scope::Merged(last));
        assert!(view.walk(&union).count() <= union.node_count());
    }
    (union, analysis)
}

#[test]
fn a_path_two_thousand_folders_deep_is_a_path() {
    let deep = vec!["d"; 2_000].join("/");
    let file = |data: &[u8]| {
        let mut member = Member::file("f", data);
        member.pax.push((b"path".to_vec(), format!("{deep}/f").into_bytes()));
        archive(&[member])
    };
    let scratch = Scratch::new();
    let (union, analysis) =
        everything(&open(&scratch, &[file(b"one"), archive(&[Member::file(".wh.d", b"")]), file(b"three")]));
    assert_eq!(union.node_count(), 2_002);
    assert_eq!((analysis.totals.removed, analysis.totals.live), (3, 5));
    assert_eq!(analysis.waste_groups(&union)[0].path.as_bytes(), b"d");
}

/// A file whose name and link target come from an extended header.
fn long(kind: u8, records: &[(&str, &str)]) -> Member {
    let mut member = Member::new(b"short", kind);
    for (key, value) in records {
        member.pax.push((key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }
    member
}

/// The paths of a layer, and what was found in it.
fn layer_of(tar: Vec<u8>) -> (Vec<Vec<u8>>, Arc<Entries>) {
    let scratch = Scratch::new();
    let entries = Arc::clone(&open(&scratch, &[tar]).scan(&Quiet)[0]);
    (entries.iter().map(|entry| entry.path().as_bytes().to_vec()).collect(), entries)
}

fn kinds(entries: &Entries) -> Vec<&str> {
    entries.findings.iter().map(|finding| finding.kind.name()).collect()
}

#[test]
fn a_path_that_no_system_can_make_is_shortened_and_never_becomes_another() {
    let (one, two) = ("d/".repeat(250_000) + "one", "d/".repeat(250_000) + "two");
    let longest = "d/".repeat(2047) + "ff";
    let name = |name| long(b'0', &[("path", name)]);
    let (paths, entries) = layer_of(archive(&[name(&one), name(&two), name(&one), name(&longest), name("././a")]));
    assert!(paths[..3].iter().all(|path| path.len() == 4_096 && path.starts_with(b"d/d/d/")));
    assert_ne!(paths[0], paths[1]);
    assert_eq!(paths[0], paths[2], "the same path is the same again");
    assert_eq!((paths[3].as_slice(), paths[4].as_slice()), (longest.as_bytes(), &b"a"[..]));
    assert_eq!(kinds(&entries), ["too-much"; 4], "each, and how many");
    assert!(!entries.complete, "no rule about paths may pass");
}

#[test]
fn a_long_spelling_of_a_short_path_is_that_path() {
    let (paths, entries) = layer_of(archive(&[long(b'0', &[("path", &("./".repeat(5_000) + "a"))])]));
    assert_eq!((paths.as_slice(), entries.complete), (&[b"a".to_vec()][..], true));
    let link = long(b'1', &[("path", "link"), ("linkpath", &("a/../".repeat(5_000) + "a"))]);
    let (_, entries) = layer_of(archive(&[Member::file("a", b""), link]));
    let targets: Vec<&[u8]> = entries.iter().map(layerscope::image::EntryRef::link_target).collect();
    assert_eq!((targets.as_slice(), entries.complete), (&[&b""[..], b"a"][..], true));
}

#[test]
fn a_hard_link_to_a_shortened_path_still_finds_it() {
    let name = "d/".repeat(3_000) + "f";
    let link = long(b'1', &[("path", "link"), ("linkpath", &name)]);
    let mut file = long(b'0', &[("path", &name)]);
    file.data = b"abc".to_vec();
    let scratch = Scratch::new();
    let (union, analysis) = everything(&open(&scratch, &[archive(&[file, link])]));
    assert!(!union.findings().any(|finding| finding.kind == FindingKind::BadHardLink));
    assert_eq!(analysis.totals.live, 3);
}

#[test]
fn what_a_tar_hides_after_its_end_is_a_finding_with_its_size() {
    let secret = archive(&[Member::file("secret", b"token")]);
    let twice = [archive(&[Member::file("a", b"")]), vec![0; 9_000], secret.clone()].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(&twice).expect("memory");
    for tar in [twice, gzip.finish().expect("memory")] {
        let (paths, entries) = layer_of(tar);
        assert_eq!((paths.len(), kinds(&entries)), (1, vec!["trailing-data"]));
        assert!(entries.findings[0].message.starts_with(&format!("{} bytes after", secret.len())));
        assert!(entries.complete, "all that a container sees was read");
    }
}

#[test]
fn zeros_after_the_end_of_a_tar_are_nothing() {
    let (_, entries) = layer_of([archive(&[Member::file("a", b"")]), vec![0; 3 << 20]].concat());
    assert_eq!((kinds(&entries), entries.complete), (vec![], true));
}

#[test]
fn a_tar_without_a_marker_at_its_end_is_whole_and_an_empty_one_needs_none() {
    let tar = archive(&[Member::file("a", b"abc")]);
    let zeros = vec![0; 2 << 20];
    // An extended header and its records, and then nothing.
    let mut announced = tar[..1024].to_vec();
    announced.extend_from_slice(&archive(&[long(b'0', &[("path", "b")])])[..1024]);
    for (what, tar, found, complete) in [
        ("no marker", tar[..1024].to_vec(), vec!["no-end-marker"], true),
        ("no padding either", tar[..515].to_vec(), vec!["no-end-marker"], true),
        ("a part of the marker", tar[..1100].to_vec(), vec!["no-end-marker"], true),
        ("half of the marker", tar[..1536].to_vec(), vec![], true),
        ("nothing at all", vec![], vec![], true),
        ("nothing but a record of padding", zeros[..10_240].to_vec(), vec![], true),
        ("two megabytes of zeros", zeros.clone(), vec!["only-zeros"], true),
        ("a content that is cut", tar[..514].to_vec(), vec!["truncated"], false),
        ("a header about one that never comes", announced.clone(), vec!["truncated"], false),
    ] {
        let (_, entries) = layer_of(tar);
        assert_eq!((kinds(&entries), entries.complete), (found, complete), "{what}");
    }
}

#[test]
fn a_stream_of_zeros_is_read_without_being_held() {
    // Two gigabytes would do; a hundred megabytes in a hundred kilobytes tell as much, and sooner.
    let size = 100 << 20;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let mut member = Member::file("zeros", b"");
    member.size = Some(size);
    let mut header = Vec::new();
    member.write(&mut header);
    gzip.write_all(&header).expect("memory");
    let block = vec![0; 1 << 20];
    for _ in 0..100 {
        gzip.write_all(&block).expect("memory");
    }
    gzip.write_all(&[0; 1024]).expect("memory");
    let scratch = Scratch::new();
    let (_, analysis) = everything(&open(&scratch, &[gzip.finish().expect("memory")]));
    assert_eq!(analysis.totals.live, 100 << 20);
}

#[test]
fn sizes_that_no_disk_can_hold_do_not_wrap() {
    let mut entries = Entries::new();
    for number in 0..8 {
        let name = format!("f{number}");
        let huge = NewEntry { name: name.as_bytes(), size: u64::MAX / 2, stored: u64::MAX / 2, ..NewEntry::default() };
        entries.push(huge).expect("room");
    }
    let union = Union::build(vec![Arc::new(entries)]);
    assert_eq!(Analysis::new(&union, None).totals.total(), u64::MAX);
    let view = View::new(&union, Scope::layer(layerscope::image::LayerNumber::FIRST));
    assert_eq!(view.bytes(union.root()), u64::MAX);
}

#[test]
fn long_chains_of_links_cost_only_so_much() {
    let mut entries = Entries::new();
    let target = "a/../".repeat(800);
    let mut push = |name: String, kind: EntryKind, target: &str| {
        let entry = NewEntry { name: name.as_bytes(), kind, link_target: target.as_bytes(), ..NewEntry::default() };
        entries.push(entry).expect("room");
    };
    push("a".to_owned(), EntryKind::Dir, "");
    for link in 0..30 {
        push(format!("l{link}"), EntryKind::Symlink, &format!("{target}l{}", link + 1));
    }
    push("l30".to_owned(), EntryKind::Dir, "");
    for file in 0..400 {
        push(format!("l0/folder-{file}/f"), EntryKind::File, "");
    }
    let union = Union::build(vec![Arc::new(entries)]);
    let refused = union.findings().filter(|finding| finding.kind == FindingKind::BadEntry).count();
    assert!(refused > 0, "beyond the bound, entries are set aside and told");
}

#[test]
fn a_layer_that_repeats_one_name_is_read_once() {
    let mut entries = Entries::new();
    for _ in 0..200_000 {
        entries.push(NewEntry { name: b"f", size: 1, stored: 1, ..NewEntry::default() }).expect("room");
    }
    let union = Union::build(vec![Arc::new(entries)]);
    let analysis = Analysis::new(&union, None);
    assert_eq!((analysis.totals.live, analysis.totals.overwritten), (1, 199_999));
    assert!(union.findings().count() < 200, "nobody reads two hundred thousand findings");
}

#[test]
fn opaque_markers_and_whiteouts_by_the_thousand_stay_quick() {
    let layer = |number: i64| {
        let mut entries = Entries::new();
        for file in 0..20_000 {
            let folder = file / 10;
            for name in
                [format!("d/{folder}/.wh..wh..opq"), format!("d/{folder}/.wh.{file}"), format!("d/{folder}/{file}")]
            {
                entries
                    .push(NewEntry {
                        name: name.as_bytes(),
                        mtime: layerscope::image::Mtime { seconds: number, nanoseconds: 0 },
                        ..NewEntry::default()
                    })
                    .expect("room");
            }
        }
        Arc::new(entries)
    };
    let union = Union::build((0..10).map(layer).collect());
    assert_eq!(
        View::new(&union, Scope::Merged(union.layer_numbers().next_back().expect("ten"))).walk(&union).count(),
        22_001
    );
}
