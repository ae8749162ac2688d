//! Layers made to exhaust whoever reads them: they end, soon, and say what was wrong.

mod support;

use std::io::Write;
use std::sync::Arc;

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::image::{Entries, EntryKind, FindingKind, NewEntry};
use layerscope::source::{Archive, Choice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::{Scope, Union, View};
use support::archive::{Scratch, docker_save};
use support::tarball::{Member, archive};

fn open(scratch: &Scratch, layers: &[Vec<u8>]) -> OpenedImage {
    let path = scratch.file("image.tar", &docker_save(layers));
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    Archive::open(&location, &Quiet).expect("an archive").select(&Choice::default()).expect("an image")
}

/// All that any command does with an image.
fn everything(opened: &OpenedImage) -> (Union, Analysis) {
    let union = Union::build(opened.scan(&Quiet));
    let identities = Identities::compare(&union, opened, &pairs(&union), |_, _| true);
    let analysis = Analysis::new(&union, Some(&identities));
    let _ = analysis.waste_groups(&union);
    if let Some(last) = union.layer_numbers().next_back() {
        let view = View::new(&union, Scope::Merged(last));
        assert!(view.walk(&union).count() <= union.node_count());
    }
    (union, analysis)
}

#[test]
fn a_path_ten_thousand_folders_deep_is_a_path() {
    let deep = vec!["d"; 10_000].join("/");
    let file = |data: &[u8]| {
        let mut member = Member::file("f", data);
        member.pax.push((b"path".to_vec(), format!("{deep}/f").into_bytes()));
        archive(&[member])
    };
    let scratch = Scratch::new();
    let (union, analysis) =
        everything(&open(&scratch, &[file(b"one"), archive(&[Member::file(".wh.d", b"")]), file(b"three")]));
    assert_eq!(union.node_count(), 10_002);
    assert_eq!((analysis.totals.removed, analysis.totals.live), (3, 5));
    assert_eq!(analysis.waste_groups(&union)[0].path.as_bytes(), b"d");
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
