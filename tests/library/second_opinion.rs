//! Random stacks of layers, and what a naive implementation of the rule makes of them. Set `LAYERSCOPE_CASES` for more
//! than the usual number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::testing::naive::{Item, Kind, Naive, Shown, entries, identity};
use layerscope::analysis::{Account, Analysis};
use layerscope::image::{EntryKind, EntryRef, Image, LayerNumber};
use layerscope::union::{Change, Scope, Union, VersionRef, View};
use proptest::prelude::*;
use proptest::sample::select;

fn cases() -> u32 {
    std::env::var("LAYERSCOPE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000)
}

fn name() -> impl Strategy<Value = String> {
    let part = select(vec!["a", "b", "c", "d"]);
    let leaf = prop_oneof![
        12 => select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned),
        3 => select(vec!["a", "b", "c", "d"]).prop_map(|name| format!(".wh.{name}")),
        1 => Just(".wh..wh..opq".to_owned()),
    ];
    (prop::collection::vec(part, 0..3), leaf).prop_map(|(folders, leaf)| {
        let mut path = folders.join("/");
        if !path.is_empty() {
            path.push('/');
        }
        path + &leaf
    })
}

fn target() -> impl Strategy<Value = String> {
    (select(vec!["", "/", "../", "a/../"]), prop::collection::vec(select(vec!["a", "b", "c", "d"]), 1..3))
        .prop_map(|(start, parts)| format!("{start}{}", parts.join("/")))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        8 => select(vec!["", "x", "y", "xx", "yy"]).prop_map(|text| Kind::File(text.into())),
        6 => Just(Kind::Dir),
        2 => target().prop_map(Kind::Symlink),
        2 => prop::collection::vec(select(vec!["a", "b", "c", "d"]), 1..3).prop_map(|parts| Kind::HardLink(parts.join("/"))),
        1 => Just(Kind::Whiteout),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    (name(), kind(), select(vec![0o755, 0o700])).prop_map(|(name, kind, mode)| Item { name, kind, mode })
}

fn stack() -> impl Strategy<Value = Vec<Vec<Item>>> {
    prop::collection::vec(prop::collection::vec(item(), 0..8), 1..5)
}

fn union(layers: &[Vec<Item>]) -> Union {
    Union::build(layers.iter().map(|layer| Arc::new(entries(layer))).collect())
}

type Path = Vec<String>;

fn path(version: VersionRef<'_>) -> Path {
    version.path().components().map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

fn shown(version: VersionRef<'_>, content: &BTreeMap<u128, Vec<u8>>) -> Shown {
    let inode = version.inode();
    let entry = inode.entry();
    Shown {
        kind: match inode.kind() {
            EntryKind::File => "file",
            EntryKind::Dir => "dir",
            EntryKind::Symlink => "symlink",
            EntryKind::HardLink => "broken",
            _ => "odd",
        },
        mode: version.mode(),
        content: entry
            .and_then(EntryRef::content_hash)
            .and_then(|hash| content.get(&hash).cloned())
            .unwrap_or_default(),
        target: entry
            .filter(|entry| entry.kind() == EntryKind::Symlink)
            .map(|e| String::from_utf8_lossy(e.link_target()).into_owned())
            .unwrap_or_default(),
    }
}

fn contents(layers: &[Vec<Item>]) -> BTreeMap<u128, Vec<u8>> {
    let files = layers.iter().flatten().filter_map(|item| match &item.kind {
        Kind::File(content) => Some(content.clone()),
        _ => None,
    });
    files.map(|content| (identity(&content), content)).collect()
}

fn merged(union: &Union, layers: &[Vec<Item>], after: LayerNumber) -> BTreeMap<Path, Shown> {
    let contents = contents(layers);
    View::new(union, Scope::Merged(after))
        .walk(union)
        .map(|row| (path(row.version), shown(row.version, &contents)))
        .collect()
}

fn accounts(analysis: &Analysis) -> Vec<[u64; 4]> {
    analysis
        .layers
        .iter()
        .map(|l| [l.accounts.live, l.accounts.overwritten, l.accounts.rewritten, l.accounts.removed])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_union_agrees_with_a_naive_one(layers in stack()) {
        let (union, naive) = (union(&layers), Naive::build(&layers));
        for layer in union.layer_numbers() {
            prop_assert_eq!(&merged(&union, &layers, layer), &naive.views[layer.index()], "merged after {}", layer);
            let view = View::new(&union, Scope::layer(layer));
            let changes: BTreeSet<_> =
                view.walk(&union).filter_map(|row| row.change.map(|change| (change.letter(), path(row.version)))).collect();
            prop_assert_eq!(&changes, &naive.changes(layer.get()), "changes of {}", layer);
            let counts = [Change::Added, Change::Modified, Change::Removed].map(|change| view.count(change));
            let expected = ['A', 'M', 'R'].map(|letter| changes.iter().filter(|(known, _)| *known == letter).count());
            prop_assert_eq!(counts, expected);
        }
        let analysis = Analysis::new(&union, Some(&layerscope::analysis::Identities::default()));
        prop_assert_eq!(accounts(&analysis), naive.accounts());
    }

    #[test]
    fn all_accounts_add_up_to_what_is_stored(layers in stack()) {
        let union = union(&layers);
        let analysis = Analysis::new(&union, None);
        let stored: u64 = layers.iter().flatten().map(|item| match &item.kind {
            Kind::File(content) => content.len() as u64,
            _ => 0,
        }).sum();
        prop_assert_eq!(analysis.totals.total(), stored);
        let waste: u64 = analysis.waste.iter().map(|row| row.bytes).sum();
        prop_assert_eq!(waste, analysis.totals.wasted());
        let grouped: u64 = analysis.waste_groups(&union).iter().map(|group| group.bytes).sum();
        prop_assert_eq!(grouped, analysis.totals.wasted());
        let causes = analysis.causes(&Image::default(), &union);
        let of = |account| causes.iter().filter(|cause| cause.account == account).map(|cause| cause.bytes).sum::<u64>();
        for account in [Account::Overwritten, Account::Rewritten, Account::Removed] {
            prop_assert_eq!(of(account), analysis.totals.bytes_in(account));
        }
        for layer in union.layer_numbers() {
            let here = |stored: bool| causes
                .iter()
                .filter(|cause| if stored { cause.stored_by == layer } else { cause.wasted_by == layer })
                .map(|cause| cause.bytes)
                .sum::<u64>();
            prop_assert_eq!(here(true), analysis.layer(layer).accounts.wasted());
            prop_assert_eq!(here(false), analysis.layer(layer).wasted_by);
        }
        let holding = analysis.waste.iter().filter(|row| row.bytes > 0).count();
        prop_assert_eq!(causes.iter().map(|cause| cause.files).sum::<usize>(), holding);
        let by: u64 = analysis.layers.iter().map(|layer| layer.wasted_by).sum();
        prop_assert_eq!(by, analysis.totals.wasted());
        let live: u64 = match union.layer_numbers().next_back() {
            Some(last) => View::new(&union, Scope::Merged(last)).bytes(union.root()),
            None => 0,
        };
        prop_assert_eq!(live, analysis.totals.live);
    }

    #[test]
    fn the_order_within_a_layer_does_not_matter(layers in stack(), seed in any::<u64>()) {
        let layers: Vec<_> = layers.into_iter().map(without_order).collect();
        let mut shuffled = layers.clone();
        let mut state = seed | 1;
        for layer in &mut shuffled {
            for at in (1..layer.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                layer.swap(at, usize::try_from(state >> 33).unwrap_or(0) % (at + 1));
            }
        }
        let (one, other) = (union(&layers), union(&shuffled));
        for layer in one.layer_numbers() {
            prop_assert_eq!(merged(&one, &layers, layer), merged(&other, &shuffled, layer));
        }
        let none = layerscope::analysis::Identities::default();
        let of = |union: &Union| accounts(&Analysis::new(union, Some(&none)));
        prop_assert_eq!(of(&one), of(&other));
    }
}

/// Drops what the rule itself makes depend on order: paths repeated, links of both sorts, paths below a file.
fn without_order(layer: Vec<Item>) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::new();
    for item in layer {
        if matches!(item.kind, Kind::HardLink(_) | Kind::Symlink(_)) {
            continue;
        }
        let clash = kept.iter().any(|other| {
            let below = |upper: &Item, lower: &Item| {
                !matches!(upper.kind, Kind::Dir) && lower.name.starts_with(&format!("{}/", upper.name))
            };
            other.name == item.name || below(other, &item) || below(&item, other)
        });
        if !clash {
            kept.push(item);
        }
    }
    kept
}
