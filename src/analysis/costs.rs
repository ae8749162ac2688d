//! The cost of analysing hostile layers, counted in visits to nodes and versions: proportional to what the layers hold,
//! never to its square or to the product of two counts.

use crate::image::{Image, LayerNumber};
use crate::union::{Union, assert_linear};

use super::test_union::{Line, union};
use super::{Analysis, Globs};

fn files(folder: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{folder}{number}")).collect()
}

fn lines(names: &[String]) -> Vec<Line<'_>> {
    names.iter().map(|name| (name.as_str(), Ok(1))).collect()
}

fn repeated<'a>(times: usize, line: &'static str) -> Vec<Line<'a>> {
    vec![(line, Ok(0)); times]
}

#[test]
fn layers_that_all_store_the_same_paths_are_compared_once_each() {
    let input = |layers| vec![vec![("a", Ok(1)), ("b", Ok(2)), ("c/d", Ok(3))]; layers];
    assert_linear(|size| union(&input(size)), |union| drop(Analysis::new(union, None)));
}

#[test]
fn a_path_that_one_layer_stores_again_and_again_is_gone_through_once() {
    let input = |times| vec![repeated(times, "f"), repeated(times, "f")];
    assert_linear(
        |size| union(&input(size)),
        |union| {
            let analysis = Analysis::new(union, None);
            drop(analysis.waste_groups_and_empty(union));
            drop(analysis.causes(&Image::default(), union));
        },
    );
}

#[test]
fn a_folder_stored_again_and_again_does_not_cost_each_file_removed_from_it_as_much() {
    let input = |size| {
        let (names, hidden) = (files("d/", size), files("d/.wh.", size));
        let below = [repeated(size, "d/"), lines(&names)].concat();
        union(&[below, [repeated(size, "d/"), lines(&hidden)].concat()])
    };
    assert_linear(input, |union| drop(Analysis::new(union, None).waste_groups(union)));
}

#[test]
fn a_path_stored_and_removed_in_turn_is_traced_back_once() {
    let input = |size| {
        let layers = (0..size).map(|layer| vec![(if layer % 2 == 0 { "p" } else { ".wh.p" }, Ok(1)), ("q", Ok(1))]);
        union(&layers.collect::<Vec<_>>())
    };
    let causes = |union: &Union| drop(Analysis::new(union, None).causes(&Image::default(), union));
    assert_linear(input, causes);
}

#[test]
fn what_is_hidden_already_is_not_hidden_again() {
    let again = |size, line: &'static str| {
        let names = files("d/", 200);
        union(&[lines(&names), repeated(size, line)])
    };
    // Applying the layers is the work: the input is only their number.
    for line in ["d/.wh..wh..opq", ".wh..wh..opq"] {
        assert_linear(|size| size, |&size| drop(again(size, line)));
    }
    let turned = |size: usize| {
        let names = files("d/", size);
        let turns: Vec<Line<'_>> = (0..size).flat_map(|_| [("d", Ok(0)), ("d/x", Ok(0))]).collect();
        union(&[lines(&names), turns])
    };
    assert_linear(|size| size, |&size| drop(turned(size)));
}

#[test]
fn what_a_crowded_path_shows_after_a_layer_is_looked_up() {
    let input = |size| union(&vec![vec![("f", Ok(1)), ("f", Ok(1))]; size]);
    let all = |union: &Union| {
        let node = union.paths().next().expect("a path");
        for layer in union.layer_numbers() {
            let shown = union.version(union.visible(node, layer).expect("it is there"));
            assert_eq!(shown.layer(), layer);
        }
    };
    assert_linear(input, all);
    let gone = union(&[vec![("f", Ok(1)); 20], vec![(".wh.f", Ok(0))], vec![("g", Ok(1))]]);
    let node = gone.paths().next().expect("a path");
    let shown: Vec<_> = gone.layer_numbers().map(|layer| gone.visible(node, layer).is_some()).collect();
    assert_eq!(shown, [true, false, false]);
}

#[test]
fn paths_are_held_against_patterns_without_building_each_folder_again() {
    // The deepest path is as long as a path may be.
    let input = |depth: usize| union(&[vec![(["d"].repeat(depth).join("/").as_str(), Ok(1))]]);
    let globs = Globs::read(["a/**"]).expect("a pattern");
    assert_linear(input, |union| {
        let mut count = 0;
        union.each_path(|node, path| {
            assert!(!globs.matches(path));
            assert_eq!(path.name(), union.name(node));
            count += 1;
            std::ops::ControlFlow::Continue(())
        });
        assert_eq!(count, union.node_count() - 1);
    });
}

#[test]
fn a_walk_through_links_with_endless_targets_ends() {
    use crate::image::{Entries, EntryKind, NewEntry};
    use crate::union::Destination;

    let mut entries = Entries::new();
    let folder = NewEntry { name: b"d", kind: EntryKind::Dir, ..NewEntry::default() };
    entries.push(folder).expect("room");
    let target = [&b"d/../".repeat(700)[..], b"d"].concat();
    for number in 0..30 {
        let name = format!("d{number}");
        let link_target = [&target[..], b"/../d", (number + 1).to_string().as_bytes()].concat();
        let link = NewEntry {
            name: name.as_bytes(),
            kind: EntryKind::Symlink,
            link_target: &link_target,
            ..NewEntry::default()
        };
        entries.push(link).expect("room");
    }
    let union = Union::build(vec![std::sync::Arc::new(entries)]);
    assert_eq!(union.follow(LayerNumber::FIRST, b"d0").end, Destination::Loop);
    assert!(matches!(union.follow(LayerNumber::FIRST, b"d29").end, Destination::Missing(_)));
}

/// A union of entries by name and symlinks' targets.
fn linked(lines: &[(String, &str)]) -> Union {
    use crate::image::{Entries, EntryKind, NewEntry};

    let mut entries = Entries::new();
    for (name, target) in lines {
        let kind = if target.is_empty() { EntryKind::File } else { EntryKind::Symlink };
        let (name, link_target) = (name.as_bytes(), target.as_bytes());
        entries.push(NewEntry { name, kind, link_target, ..NewEntry::default() }).expect("room");
    }
    Union::build(vec![std::sync::Arc::new(entries)])
}

#[test]
fn links_lead_no_path_deeper_than_systems_take() {
    let half = vec!["d".repeat(200); 12].join("/");
    let link = |at: &str| (format!("{at}l"), half.as_str());
    let lines = [link(""), link("l/"), link("l/l/"), ("l/l/l/f".to_owned(), "")];
    let union = linked(&lines);
    assert!(union.paths().all(|node| union.path(node).as_bytes().len() <= 4_096));
    let kinds: Vec<_> = union.findings().map(|finding| finding.kind).collect();
    assert!(kinds.contains(&crate::image::FindingKind::BadEntry), "{kinds:?}");
}

#[test]
fn paths_that_are_too_long_all_together_are_left_out_and_reported() {
    let folder = ["d"].repeat(2_000).join("/");
    let lines: Vec<_> = (0..2_000).map(|number| (format!("{folder}/{number}"), "")).collect();
    let union = linked(&lines);
    let bytes: usize = union.paths().map(|node| union.path(node).as_bytes().len()).sum();
    // One path may have been tried without finding room.
    assert!(bytes <= (4 << 20) + 4_096 && bytes > 3 << 20, "{bytes}");
    let left_out: Vec<_> = union.own_findings().iter().map(|finding| (finding.kind, finding.is_gap)).collect();
    assert_eq!(left_out, [(crate::image::FindingKind::TooMuch, true)], "no gate passes");
}
