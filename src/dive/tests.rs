use crate::union::testing::files;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::image::EntryKind;

/// Layers of files with their sizes. A path that ends with a slash is a folder.
fn layers(layers: &[&[(&str, u64)]]) -> Vec<Arc<Entries>> {
    layers.iter().map(|layer| files(layer)).collect()
}

fn figures(of: &[&[(&str, u64)]]) -> (f64, u64, u64, u64) {
    let Dive { efficiency, wasted_bytes, total_bytes, user_bytes, .. } = Dive::new(&layers(of));
    (efficiency, wasted_bytes, total_bytes, user_bytes)
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn the_example_of_dives_own_test_has_the_same_result() {
    let layers = layers(&[
        &[("etc/nginx/nginx.conf", 2000), ("etc/nginx/public", 3000)],
        &[("etc/nginx/nginx.conf", 5000), ("etc/athing", 10_000)],
        &[("etc/.wh.nginx", 0)],
    ]);
    let (dive, repeated) = Dive::with_repeated(&layers);
    assert!(same(dive.efficiency, 0.75), "{}", dive.efficiency);
    let path = EntryPath::normalise(b"etc/nginx/nginx.conf").path;
    assert_eq!(repeated.iter().collect::<Vec<_>>(), [Repeated { path, count: 2, bytes: 7000 }]);
    assert!(same(figures(&[&[("file", 0)]]).0, 1.0));
}

#[test]
fn a_removed_folder_is_free() {
    let listed: &[&[(&str, u64)]] = &[&[("a/", 0), ("a/f1", 1000), ("a/f2", 2000), ("b", 500)], &[(".wh.a", 0)]];
    let (efficiency, wasted, ..) = figures(listed);
    assert!(same(efficiency, 1.0) && wasted == 0, "{efficiency} {wasted}");
    assert_eq!(Dive::new(&layers(listed)).user_wasted_percent.to_string(), "NaN", "nothing by nothing");
}

#[test]
fn a_folder_removed_twice_counts_in_addition_to_its_files() {
    let dive =
        Dive::new(&layers(&[&[("d/", 0), ("d/f", 900)], &[(".wh.d", 0)], &[("d/", 0), ("d/f", 50)], &[(".wh.d", 0)]]));
    assert_eq!((dive.wasted_bytes, dive.total_bytes), (1900, 950));
    assert!(same(dive.user_wasted_percent, 38.0));
}

#[test]
fn a_removed_file_counts_as_two_copies_of_which_one_is_empty() {
    let (efficiency, wasted, ..) = figures(&[&[("a", 1000), ("b", 1000)], &[(".wh.a", 0)]]);
    assert!(same(efficiency, 0.5) && wasted == 1000);
}

#[test]
fn a_whiteout_of_nothing_ends_its_layer_and_takes_one_from_the_smallest() {
    let dive = Dive::new(&layers(&[&[("keep", 3500 - 1300), ("z", 1300)], &[(".wh.nothing", 0), ("z", 1300)]]));
    assert!(same(dive.efficiency, 3499.0 / 3500.0), "{}", dive.efficiency);
    assert_eq!(dive.wasted_bytes, 0);
}

#[test]
fn a_whiteout_over_an_empty_upper_half_wastes_infinitely_much() {
    let dive = Dive::new(&layers(&[&[("b", 7)], &[(".wh.b", 0)]]));
    assert!(dive.user_wasted_percent.is_infinite());
}

/// The definition in dive's source: maps of paths, with all layers stacked again for every whiteout.
mod literal {
    use super::*;

    type Tree = BTreeMap<Vec<String>, (u64, bool)>;

    fn add(tree: &mut Tree, path: &[String], record: (u64, bool)) {
        for end in 1..=path.len() {
            if !tree.contains_key(&path[..end]) {
                if path[end - 1].starts_with(".wh..wh.") {
                    return;
                }
                tree.insert(path[..end].to_vec(), (0, false));
            }
        }
        tree.insert(path.to_vec(), record);
    }

    fn tree(entries: &Entries) -> Tree {
        let mut tree = Tree::new();
        for entry in entries.iter() {
            let path = entry.path();
            let path: Vec<_> = path.components().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            if !path.is_empty() {
                add(&mut tree, &path, (entry.size(), entry.kind() == EntryKind::Dir));
            }
        }
        tree
    }

    /// Children before parents, by name.
    fn post_order(tree: &Tree) -> Vec<Vec<String>> {
        fn visit(tree: &Tree, at: &[String], order: &mut Vec<Vec<String>>) {
            let children: BTreeSet<&Vec<String>> =
                tree.keys().filter(|path| path.len() == at.len() + 1 && path.starts_with(at)).collect();
            for child in children {
                visit(tree, child, order);
                order.push(child.clone());
            }
        }
        let mut order = Vec::new();
        visit(tree, &[], &mut order);
        order
    }

    fn shown(path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        if let Some(last) = path.last_mut() {
            *last = last.strip_prefix(".wh.").unwrap_or(last).to_owned();
        }
        path
    }

    fn is_whiteout(path: &[String]) -> bool {
        path.last().is_some_and(|name| name.starts_with(".wh."))
    }

    fn stack(trees: &[Tree], count: usize) -> Tree {
        let mut stack = trees[0].clone();
        for tree in &trees[..count] {
            for path in post_order(tree) {
                if is_whiteout(&path) {
                    let hidden: Vec<_> = shown(&path).into_iter().filter(|name| !name.is_empty()).collect();
                    if !hidden.is_empty() {
                        stack.retain(|path, _| !path.starts_with(&hidden));
                    }
                } else {
                    add(&mut stack, &path, tree[&path]);
                }
            }
        }
        stack
    }

    pub(super) fn figures(layers: &[Arc<Entries>]) -> (f64, u64) {
        let trees: Vec<_> = layers.iter().map(|entries| tree(entries)).collect();
        let mut scores: BTreeMap<Vec<String>, (u64, i64, usize)> = BTreeMap::new();
        for (index, tree) in trees.iter().enumerate() {
            for path in post_order(tree) {
                if tree.keys().any(|other| other.len() > path.len() && other.starts_with(&path)) {
                    continue;
                }
                let score = scores.entry(shown(&path)).or_insert((0, -1, 0));
                let mut size = tree[&path].0;
                if is_whiteout(&path) {
                    let stacked = stack(&trees, index);
                    let hidden: Vec<_> = shown(&path).into_iter().filter(|name| !name.is_empty()).collect();
                    let target = if hidden.is_empty() { Some(&(0, false)) } else { stacked.get(&hidden) };
                    let Some(&(_, is_dir)) = target else { break };
                    let below = stacked.iter().filter(|(path, _)| path.starts_with(&hidden)).map(|(_, (size, _))| size);
                    size = if is_dir { below.sum() } else { 0 };
                }
                let bytes = i64::try_from(size).expect("small");
                *score = (score.0 + size, if score.1 < 0 { bytes } else { score.1.min(bytes) }, score.2 + 1);
            }
        }
        let smallest: i64 = scores.values().map(|score| score.1).sum();
        let all: u64 = scores.values().map(|score| score.0).sum();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let efficiency = if all == 0 { 1.0 } else { smallest as f64 / all as f64 };
        (efficiency, scores.values().filter(|score| score.2 >= 2).map(|score| score.0).sum())
    }
}

#[test]
fn paths_beyond_the_limit_are_left_out_and_reported() {
    let folder = ["d"].repeat(2_000).join("/");
    let paths: Vec<_> = (0..2_000).map(|number| format!("{folder}/{number}")).collect();
    let files: Vec<_> = paths.iter().map(|path| (path.as_str(), 1)).collect();
    let layers = layers(&[&files[..], &files[..]]);
    let (_, repeated) = Dive::with_repeated(&layers);
    assert!(repeated.iter().map(|of| of.path.as_bytes().len() as u64).sum::<u64>() <= crate::union::MOST_PATH_BYTES);
    assert!(repeated.left_out().is_some_and(|finding| finding.is_gap), "no gate passes");
}

proptest! {
    #[test]
    fn repeated_paths_are_ordered_by_bytes_and_name(
        paths in prop::collection::vec("(a|a-|a.b|-|0)(/(a|a-b|0)){0,2}", 1..20)
    ) {
        let files: Vec<(&str, u64)> = paths.iter().map(|path| (path.as_str(), 1)).collect();
        let layers = layers(&[&files[..], &files[..]]);
        let (_, repeated) = Dive::with_repeated(&layers);
        let repeated: Vec<_> = repeated.iter().map(|of| (std::cmp::Reverse(of.bytes), of.path)).collect();
        prop_assert!(repeated.is_sorted(), "{:?}", repeated);
        prop_assert!(!repeated.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn one_growing_tree_has_the_same_result_as_stacking_again(
        drawn in prop::collection::vec(
            prop::collection::vec(("(a|-b|.wh.a|.wh.-b|.wh.|.wh..wh..opq)(/(a|c|.wh.a|.wh.c|.wh..wh.x)){0,2}/?", 0_u64..100), 0..7),
            1..5,
        )
    ) {
        let listed: Vec<Vec<(&str, u64)>> =
            drawn.iter().map(|layer| layer.iter().map(|(name, size)| (name.as_str(), *size)).collect()).collect();
        let layers = layers(&listed.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let dive = Dive::new(&layers);
        let (efficiency, wasted) = literal::figures(&layers);
        prop_assert!(same(dive.efficiency, efficiency), "{} and {efficiency}", dive.efficiency);
        prop_assert_eq!(dive.wasted_bytes, wasted);
    }
}
