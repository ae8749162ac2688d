//! Properties of comparisons, on random pairs of images.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::image::ProgressEvent;
use crate::image::{Entries, EntryKind, EntryRef, Layer, LayerNumber, Mtime, NewEntry, ReadError, Step};
use crate::union::testing::layer;
use crate::union::{Aspects, Change, Scope, VersionId, View};

/// The content of a file is where its bytes begin; those that begin at 3 cannot be read.
struct ByOffset;

const UNREADABLE: u64 = 3;

impl Contents for ByOffset {
    fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(Box::new(io::empty()))
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        if entry.data_offset() == UNREADABLE {
            return Err(ReadError::Io { layer, source: io::ErrorKind::UnexpectedEof.into() });
        }
        Ok(u128::from(entry.data_offset()))
    }
}

struct Silent;

impl Progress for Silent {
    fn report(&self, _: ProgressEvent) {}
}

#[derive(Clone, Debug)]
struct Made {
    path: usize,
    kind: usize,
    content: u64,
    mode: u32,
    seconds: i64,
}

const PATHS: [&str; 9] = ["a", "a/b", "a/b/c", "a/d", "e", "e/f", "g", "e/.wh.f", ".wh.a"];

fn made() -> impl Strategy<Value = Made> {
    (0..PATHS.len(), 0_usize..4, 0_u64..4, 0_u32..2, 0_i64..2).prop_map(|(path, kind, content, mode, seconds)| Made {
        path,
        kind,
        content,
        mode,
        seconds,
    })
}

fn layers() -> impl Strategy<Value = Vec<Vec<Made>>> {
    prop::collection::vec(prop::collection::vec(made(), 0..6), 0..4)
}

fn entries(made: &[Made]) -> Arc<Entries> {
    layer(made.iter().map(|made| {
        let kind = match made.kind {
            0 | 1 => EntryKind::File,
            2 => EntryKind::Dir,
            _ => EntryKind::HardLink,
        };
        let is_file = kind == EntryKind::File;
        NewEntry {
            name: PATHS[made.path].as_bytes(),
            kind,
            mode: 0o644 + made.mode,
            mtime: Mtime { seconds: made.seconds, nanoseconds: 0 },
            size: if is_file { 10 } else { 0 },
            stored: if is_file { 10 } else { 0 },
            data_offset: if is_file { made.content } else { 0 },
            link_target: if kind == EntryKind::HardLink { b"g" } else { b"" },
            ..NewEntry::default()
        }
    }))
}

fn union(layers: &[Vec<Made>]) -> Union {
    Union::build(layers.iter().map(|layer| entries(layer)).collect())
}

/// What a container sees at a path, in the plainest form.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    kind: EntryKind,
    content: u64,
    rest: (u16, (i64, i64), Option<Mtime>),
}

fn seen(union: &Union) -> BTreeMap<Vec<u8>, Seen> {
    let paths = union.paths().filter_map(|node| {
        let version = union.version(union.live(node)?);
        let kind = version.inode().kind();
        let entry = version.inode_entry();
        let time = entry.map(EntryRef::mtime).filter(|_| kind != EntryKind::Dir);
        let content = entry.map_or(0, EntryRef::data_offset);
        let rest = (version.mode(), version.owner(), time);
        Some((union.path(node).as_bytes().to_vec(), Seen { kind, content, rest }))
    });
    paths.collect()
}

/// Path by path, without any of what the tree does.
fn naive(a: &Union, b: &Union) -> BTreeSet<(Vec<u8>, DifferenceKind)> {
    let (a, b) = (seen(a), seen(b));
    let paths: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let kind = |path: &Vec<u8>| match (a.get(path), b.get(path)) {
        (None, _) => Some(DifferenceKind::Added),
        (_, None) => Some(DifferenceKind::Removed),
        (Some(old), Some(new)) => {
            let is_file = old.kind == EntryKind::File && new.kind == EntryKind::File;
            let is_other = is_file && (old.content != new.content || old.content == UNREADABLE);
            if old.kind != new.kind || is_other {
                Some(DifferenceKind::Modified)
            } else {
                (old.rest != new.rest).then_some(DifferenceKind::Metadata)
            }
        }
    };
    paths.into_iter().filter_map(|path| Some((path.clone(), kind(path)?))).collect()
}

fn bytes_seen(union: &Union) -> u64 {
    let inodes: BTreeSet<_> =
        union.nodes().filter_map(|node| union.live(node)).map(|id| union.version(id).inode().id()).collect();
    inodes.into_iter().map(|id| union.version(id).stored()).sum()
}

/// The differences of two images whose layers share no digest.
fn compare(a: &Union, b: &Union) -> (Alignment, Differences) {
    let alignment = Alignment::default();
    let sides = Sides::of_images(a, b, &alignment);
    let paths = PathPairs::new(&sides);
    let draft = Draft::new(&sides, &paths);
    let pairs: Vec<_> = draft.pairs().collect();
    let answers = ContentAnswers::read(&sides, [&ByOffset, &ByOffset], &pairs, &Silent);
    let differences = draft.finish(&sides, &paths, &answers);
    (alignment, differences)
}

static NO_LAYERS: std::sync::LazyLock<Alignment> = std::sync::LazyLock::new(Alignment::default);

type Listed = BTreeMap<Vec<u8>, (DifferenceKind, Aspects, [u64; 2])>;

fn listed(a: &Union, b: &Union) -> Listed {
    let (alignment, differences) = compare(a, b);
    let sides = Sides::of_images(a, b, &alignment);
    let row = |id| {
        let row = differences.row(id);
        (differences.path(&sides, id).as_bytes().to_vec(), (row.kind.expect("it differs"), row.aspects, row.bytes))
    };
    differences.walk().map(row).collect()
}

proptest! {
    #[test]
    fn a_second_implementation_agrees(a in layers(), b in layers()) {
        let (a, b) = (union(&a), union(&b));
        let found = listed(&a, &b);
        // Which names share a file is not known to the second implementation.
        let plain = found.iter().filter(|(_, row)| row.1 != Aspects::LINKS);
        let plain: BTreeSet<_> = plain.map(|(path, row)| (path.clone(), row.0)).collect();
        prop_assert_eq!(plain, naive(&a, &b));
    }

    #[test]
    fn folders_add_up_and_so_do_the_images(a in layers(), b in layers()) {
        let (a, b) = (union(&a), union(&b));
        let (alignment, differences) = compare(&a, &b);
        let sides = Sides::of_images(&a, &b, &alignment);
        for at in 0..differences.rows.len() {
            let id = u32::try_from(at).expect("few");
            let row = differences.row(id);
            let mut sum = Totals { before: row.bytes[0], after: row.bytes[1], ..Totals::default() };
            if let Some(kind) = row.kind {
                sum.counts[kind as usize] += 1;
            }
            for &child in differences.children(id) {
                prop_assert_eq!(differences.parent(child), Some(id));
                sum.add(&differences.row(child).totals);
            }
            prop_assert_eq!(sum, row.totals, "{:?}", differences.path(&sides, id));
            prop_assert!(id == 0 || row.totals.all() > 0);
        }
        let totals = differences.totals();
        prop_assert_eq!(bytes_seen(&a) + totals.after, bytes_seen(&b) + totals.before);
    }

    #[test]
    fn an_image_does_not_differ_from_itself(layers in layers()) {
        let readable: Vec<Vec<Made>> =
            layers.iter().map(|layer| layer.iter().filter(|made| made.content != UNREADABLE).cloned().collect()).collect();
        let (a, b) = (union(&readable), union(&readable));
        prop_assert!(listed(&a, &b).is_empty());
    }

    #[test]
    fn swapping_the_images_mirrors_every_row(a in layers(), b in layers()) {
        let (a, b) = (union(&a), union(&b));
        let mirrored: Listed = listed(&b, &a)
            .into_iter()
            .map(|(path, (kind, aspects, [before, after]))| (path, (kind.mirrored(), aspects, [after, before])))
            .collect();
        prop_assert_eq!(listed(&a, &b), mirrored);
    }

    #[test]
    fn what_differs_without_a_layer_differs_whatever_that_layer_has(
        a in layers(), b in layers(), cut in 0_usize..4
    ) {
        prop_assume!(cut < b.len());
        let (a, whole) = (union(&a), union(&b));
        let cut_off = |(at, layer): (usize, &Vec<Made>)| {
            let mut entries = entries(if at == cut { &[] } else { layer });
            Arc::make_mut(&mut entries).complete = at != cut;
            entries
        };
        let partial = Union::build(b.iter().enumerate().map(cut_off).collect());
        for (found, expected, is_mirrored) in
            [(listed(&a, &partial), listed(&a, &whole), false), (listed(&partial, &a), listed(&whole, &a), true)]
        {
            for (path, (kind, _, bytes)) in found {
                if kind == DifferenceKind::NotCompared {
                    prop_assert_eq!(bytes, [0; 2], "{:?}", path);
                } else {
                    let known = expected.get(&path).map(|row| row.0);
                    prop_assert_eq!(known, Some(kind), "{:?} {}", path, is_mirrored);
                }
            }
        }
    }

    #[test]
    fn images_of_one_layer_differ_as_their_layers_do(a in prop::collection::vec(made(), 0..6), b in prop::collection::vec(made(), 0..6)) {
        let (a, b) = (union(&[a]), union(&[b]));
        let sides = Sides::of_images(&a, &b, &NO_LAYERS);
        let first = Some(LayerNumber::FIRST);
        let row = AlignedLayers {
            relation: Relation::Rebuilt, a: first, b: first, recompressed: false, moved: None, unread: false
        };
        let mut alignment = Alignment::default();
        alignment.rows.push(row);
        let reasons = ReasonDraft::all(&sides, &PathPairs::new(&sides), &alignment);
        let pairs: Vec<_> = reasons.iter().flat_map(ReasonDraft::pairs).collect();
        let answers = ContentAnswers::read(&sides, [&ByOffset, &ByOffset], &pairs, &Silent);
        let comparison = Comparison { alignment, answers, ..Comparison::default() };
        let of_layers = comparison.of_layers(&a, &b, 0);
        prop_assert!(comparison.of_layers(&a, &b, 1).is_empty());
        let of_images = compare(&a, &b).1;
        let path = |tree: &Differences, id| tree.path(&sides, id).as_bytes().to_vec();
        // No layer stores a folder that it does not list.
        let is_unlisted = |id: &RowId| {
            of_images.versions(&sides, *id).into_iter().flatten().any(|version| version.entry().is_none())
        };
        let unlisted: BTreeSet<_> = of_images.walk().filter(is_unlisted).map(|id| path(&of_images, id)).collect();
        let stored = |tree: &Differences| {
            let rows = tree.walk().filter(|&id| tree.row(id).aspects != Aspects::LINKS);
            let rows = rows.map(|id| (path(tree, id), tree.row(id).kind));
            rows.filter(|(path, _)| !unlisted.contains(path)).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(stored(&of_layers), stored(&of_images));
    }

    #[test]
    fn layers_of_one_image_combined_agree_with_the_difference_of_two_images(layers in layers(), first in 0_usize..4) {
        prop_assume!(first < layers.len());
        let whole = union(&layers);
        let span = Scope::Changes(LayerNumber::from_index(first), LayerNumber::from_index(layers.len() - 1));
        let view = View::new(&whole, span);
        let expected = listed(&union(&layers[..first]), &whole);
        let change = |node| view.row(&whole, node).and_then(|row| row.change);
        for node in whole.paths() {
            let path = whole.path(node).as_bytes().to_vec();
            let file = |version: Option<VersionId>| version.map(|version| whole.version(version).inode().id());
            let kept = file(whole.visible_after(node, first)) == file(whole.live(node));
            match (change(node), expected.get(&path).map(|row| row.0)) {
                (Some(Change::Added), found) => prop_assert_eq!(found, Some(DifferenceKind::Added), "{:?}", path),
                (Some(Change::Removed), found) => prop_assert_eq!(found, Some(DifferenceKind::Removed), "{:?}", path),
                // The same file is stored again.
                (Some(Change::Modified), None) => {}
                (Some(Change::Modified), Some(found)) => {
                    prop_assert!(matches!(found, DifferenceKind::Modified | DifferenceKind::Metadata), "{:?}", path);
                }
                // A file that cannot be read is the same as itself, and only the names of another may have changed.
                (None, found) => prop_assert!(found.is_none() || kept, "{:?} {:?}", path, found),
            }
        }
    }

    #[test]
    fn swapping_the_images_mirrors_the_alignment(a in image(), b in image()) {
        let mut rows = Alignment::new(&a, &b).rows;
        let mut mirrored: Vec<_> = Alignment::new(&b, &a)
            .rows
            .into_iter()
            .map(|row| AlignedLayers { relation: row.relation.mirrored(), a: row.b, b: row.a, ..row })
            .collect();
        let order = |row: &AlignedLayers| (row.a, row.b);
        rows.sort_by_key(order);
        mirrored.sort_by_key(order);
        prop_assert_eq!(&rows, &mirrored);
        prop_assert_eq!(rows.iter().filter(|row| row.a.is_some()).count(), a.layers.len());
        prop_assert_eq!(rows.iter().filter(|row| row.b.is_some()).count(), b.layers.len());
        prop_assert!(Alignment::new(&a, &a).rows.iter().all(|row| row.relation == Relation::Same));
    }
}

/// An image of layers with one of a few contents and instructions.
fn image() -> impl Strategy<Value = Image> {
    prop::collection::vec((0_u8..5, 0_u8..3), 0..8).prop_map(|layers| {
        let mut image = Image::default();
        for (at, (content, instruction)) in layers.into_iter().enumerate() {
            let diff_id =
                format!("sha256:{}", format!("{content:02x}").repeat(32)).parse().ok().map(crate::image::DiffId);
            image.layers.push(Layer { diff_id, step: Some(at + 1), ..Layer::default() });
            image.steps.push(Step {
                number: at + 1,
                created: None,
                created_by: format!("RUN step {instruction}"),
                author: String::new(),
                comment: String::new(),
                layer: Some(LayerNumber::from_index(at)),
                inconsistent: false,
                source: None,
            });
        }
        image
    })
}

#[test]
fn what_was_not_read_is_never_the_same() {
    struct Stopped;
    impl Progress for Stopped {
        fn report(&self, _: ProgressEvent) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let file = Made { path: 6, kind: 0, content: 1, mode: 0, seconds: 0 };
    let (a, b) = (union(&[vec![file.clone()]]), union(&[vec![file]]));
    let alignment = Alignment::default();
    let sides = Sides::of_images(&a, &b, &alignment);
    let paths = PathPairs::new(&sides);
    let draft = Draft::new(&sides, &paths);
    let pairs: Vec<_> = draft.pairs().collect();
    let answers = ContentAnswers::read(&sides, [&ByOffset, &ByOffset], &pairs, &Stopped);
    let differences = draft.finish(&sides, &paths, &answers);
    let id = differences.walk().next().expect("a row");
    assert!(differences.row(id).unread);
}
