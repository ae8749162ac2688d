//! The rules of the comparison, on layers and exports of a few entries.

use std::sync::Arc;

use super::{layer, refusal};
use crate::analysis::test_union::BySize;
use crate::image::{Entries, EntryKind, FindingKind, Mtime, NewEntry, Quiet};
use crate::union::testing::{entry, files};

fn export<'a>(entries: impl IntoIterator<Item = NewEntry<'a>>) -> Entries {
    let mut export = Entries::new();
    for entry in entries {
        export.push(entry).expect("room");
    }
    export
}

/// The names of the layer, in their order.
fn names(layers: &[Arc<Entries>], whole: Entries) -> Vec<String> {
    let made = layer(layers, whole, &BySize, &Quiet);
    made.iter().map(|entry| String::from_utf8_lossy(entry.path().as_bytes()).into_owned()).collect()
}

#[test]
fn what_is_new_changed_and_gone_is_in_the_layer() {
    let image = [files(&[("etc/", 0), ("etc/a", 1), ("etc/b", 2), ("etc/c", 3), ("old/", 0), ("old/x", 4)])];
    let whole = export([entry("etc/", 0), entry("etc/a", 1), entry("etc/b", 20), entry("new", 5)]);
    assert_eq!(names(&image, whole), ["etc/.wh.c", ".wh.old", "etc", "etc/b", "new"]);
    let same = export([entry("etc/", 0), entry("etc/a", 1), entry("etc/b", 2), entry("etc/c", 3)]);
    assert_eq!(names(&image, same), [".wh.old"]);
}

#[test]
fn a_folder_that_becomes_a_file_needs_no_whiteout() {
    let image = [files(&[("d/", 0), ("d/x", 4), ("f", 1)])];
    let whole = export([entry("d", 7), entry("f/", 0), entry("f/y", 1)]);
    assert_eq!(names(&image, whole), ["d", "f", "f/y"]);
}

#[test]
fn metadata_alone_makes_a_change_but_not_the_time_of_a_folder() {
    let later = Mtime { seconds: 9, nanoseconds: 0 };
    let image = [files(&[("d/", 0), ("d/a", 1), ("d/b", 1), ("d/c", 1)])];
    let whole = export([
        NewEntry { mtime: later, ..entry("d/", 0) },
        NewEntry { mode: 0o755, ..entry("d/a", 1) },
        NewEntry { mtime: later, ..entry("d/b", 1) },
        entry("d/c", 1),
    ]);
    assert_eq!(names(&image, whole), ["d", "d/a", "d/b"]);
}

#[test]
fn the_engines_own_files_are_left_out_and_named() {
    let image = [files(&[("etc/", 0), ("etc/hosts", 174), ("bin", 1)])];
    let link = NewEntry { kind: EntryKind::Symlink, link_target: b"/proc/mounts", ..entry("etc/mtab", 0) };
    let rest = ["dev/", "dev/console", "dev/pts/", "etc/hosts", "etc/resolv.conf", "proc/", "sys/", ".dockerenv"];
    let own = rest.iter().map(|name| entry(name, 0));
    let made = layer(&image, export([entry("etc/", 0), entry("bin", 1), link].into_iter().chain(own)), &BySize, &Quiet);
    assert_eq!(made.len(), 0, "{made:?}");
    let told = made.findings.iter().find(|finding| finding.kind == FindingKind::EngineFiles).expect("said so");
    for name in ["`.dockerenv`", "`dev/console`", "`etc/hosts`", "`etc/mtab`", "`proc`", "`sys`"] {
        assert!(told.message.contains(name), "{}", told.message);
    }
    let written =
        export([entry("etc/", 0), entry("bin", 1), entry("etc/hosts", 200), entry("dev/", 0), entry("dev/f", 1)]);
    assert_eq!(names(&image, written), ["etc", "etc/hosts", "dev", "dev/f"], "what has content is the container's");
}

#[test]
fn a_link_to_a_file_of_the_image_stores_the_file_again() {
    let image = [files(&[("a", 5), ("z", 1)])];
    let link = NewEntry { kind: EntryKind::HardLink, link_target: b"a", ..entry("b", 0) };
    let made = layer(&image, export([entry("a", 5), link, entry("z", 1)]), &BySize, &Quiet);
    let rows: Vec<_> = made.iter().map(|entry| (entry.name().to_vec(), entry.kind(), entry.stored())).collect();
    assert_eq!(rows, [(b"a".to_vec(), EntryKind::File, 5), (b"b".to_vec(), EntryKind::HardLink, 0)]);
}

#[test]
fn nothing_counts_as_removed_if_the_export_was_cut() {
    let image = [files(&[("a", 1), ("b", 2)])];
    let mut cut = export([entry("a", 10)]);
    cut.complete = false;
    let made = layer(&image, cut, &BySize, &Quiet);
    assert_eq!((made.len(), made.complete), (1, false));
    assert!(made.findings.iter().any(|finding| finding.is_gap && finding.message.contains("removed is not shown")));
}

#[test]
fn a_filesystem_of_another_image_is_refused_by_how_much_differs() {
    let names: Vec<_> = (0..20).map(|number| format!("f{number}")).collect();
    let image = [files(&names.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>())];
    let with = |count: usize| export(names.iter().take(count).map(|name| entry(name, 1)));
    let refused = [layer(&image, with(1), &BySize, &Quiet)].map(Arc::new);
    assert_eq!(refusal(&refused).map(|why| why.contains("19 of the 20 files of the image (95 %)")), Some(true));
    assert_eq!((refused[0].len(), refused[0].complete), (0, false));
    let unlikely = [layer(&image, with(9), &BySize, &Quiet)].map(Arc::new);
    assert!(refusal(&unlikely).is_none() && unlikely[0].complete);
    assert!(unlikely[0].findings.iter().any(|finding| finding.kind == FindingKind::OtherImage));
    let likely = layer(&image, with(10), &BySize, &Quiet);
    assert!(likely.findings.is_empty(), "{:?}", likely.findings);
}

#[test]
fn what_a_layer_cannot_name_is_reported() {
    let image = [files(&[("a", 1)])];
    let made = layer(&image, export([entry("a", 1), entry(".wh.a", 0)]), &BySize, &Quiet);
    assert_eq!((made.len(), made.complete), (0, false));
    assert!(made.findings[0].message.contains("1 files are named or made like whiteouts"));
}
