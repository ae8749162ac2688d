//! What removing some paths and layers from an image would save, every byte counted once.
//!
//! Leaving a path out of a build leaves out every version of it and everything below it. A file with several names
//! stays stored until none of them is left.

use std::collections::HashSet;

use super::{Account, Waste};
use crate::image::{EntryPath, LayerNumber};
use crate::union::{NodeId, Union, VersionId, VersionRef};

/// Something marked for removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Marked {
    /// All versions of a path, with everything below it.
    Path(NodeId),
    /// Everything that a layer stores.
    Layer(LayerNumber),
    /// What is wasted at a path and below it; what is visible stays.
    Wasted(NodeId),
    /// What one layer stores and one layer wastes in one way.
    Cause {
        /// Overwritten, rewritten or removed.
        account: Account,
        /// The layer that stores it.
        stored_by: LayerNumber,
        /// The layer that wastes it.
        by: LayerNumber,
    },
}

/// What would no longer be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Bytes of file content.
    pub bytes: u64,
    /// The same by the layer that stores them, lowest first.
    pub layers: Vec<u64>,
    /// How many stored files they are.
    pub files: usize,
    /// For each mark, in order, what is stored at it regardless of the other marks.
    pub each: Vec<u64>,
    /// For each mark, in order, another name of its file that is not marked, and with which the content stays.
    pub kept_as: Vec<Option<EntryPath>>,
}

impl Loss {
    /// Adds up what goes with the marked paths and layers; takes time proportional to the number of versions.
    #[must_use]
    pub fn new(union: &Union, waste: &[Waste], marked: &[Marked]) -> Self {
        let mut loss = Self { layers: vec![0; union.layer_count()], ..Self::default() };
        let covered = covered(
            union,
            marked.iter().filter_map(|mark| match mark {
                Marked::Path(node) => Some(*node),
                _ => None,
            }),
        );
        let wasted = WastedMarks::new(union, waste, marked);
        let mut below = vec![0_u64; union.node_count()];
        let mut stored = vec![0_u64; union.layer_count()];
        let mut gone_layers = vec![false; union.layer_count()];
        for mark in marked {
            if let Marked::Layer(layer) = mark
                && let Some(gone) = gone_layers.get_mut(layer.index())
            {
                *gone = true;
            }
        }
        // The names with which inodes stay.
        let mut named: Vec<Option<VersionId>> = vec![None; union.all_versions().count()];
        for version in union.all_versions().map(|id| union.version(id)) {
            if !covered[node_of(union, version).index()] {
                named[version.inode().id().index()] = Some(version.id());
            }
        }
        for version in union.all_versions().map(|id| union.version(id)) {
            let bytes = version.stored();
            let layer = version.layer().index();
            let at = node_of(union, version).index();
            below[at] = below[at].saturating_add(bytes);
            stored[layer] = stored[layer].saturating_add(bytes);
            let id = version.id().index();
            let goes = gone_layers[layer] || named[id].is_none() || wasted.gone[id];
            if bytes > 0 && version.inode().id() == version.id() && goes {
                loss.bytes = loss.bytes.saturating_add(bytes);
                loss.layers[layer] = loss.layers[layer].saturating_add(bytes);
                loss.files += 1;
            }
        }
        for node in union.nodes().rev() {
            if let Some(parent) = union.parent(node) {
                below[parent.index()] = below[parent.index()].saturating_add(below[node.index()]);
            }
        }
        let each = marked.iter().map(|mark| match mark {
            Marked::Path(node) => below[node.index()],
            Marked::Layer(layer) => stored.get(layer.index()).copied().unwrap_or(0),
            Marked::Wasted(node) => wasted.below[node.index()],
            Marked::Cause { .. } => {
                let of_mark = waste.iter().filter(|waste| *mark == cause_of(waste));
                of_mark.fold(0, |sum: u64, waste| sum.saturating_add(waste.bytes))
            }
        });
        loss.each = each.collect();
        loss.kept_as = marked.iter().map(|mark| kept_as(union, *mark, &named)).collect();
        loss
    }
}

/// What goes with marks of waste.
struct WastedMarks {
    /// By version.
    gone: Vec<bool>,
    /// Wasted bytes at a node and below it.
    below: Vec<u64>,
}

impl WastedMarks {
    fn new(union: &Union, waste: &[Waste], marked: &[Marked]) -> Self {
        let is_below = covered(
            union,
            marked.iter().filter_map(|mark| match mark {
                Marked::Wasted(node) => Some(*node),
                _ => None,
            }),
        );
        let causes: HashSet<&Marked> = marked.iter().filter(|mark| matches!(mark, Marked::Cause { .. })).collect();
        let mut gone = vec![false; union.all_versions().count()];
        let mut below = vec![0_u64; union.node_count()];
        for waste in waste {
            let at = node_of(union, union.version(waste.name)).index();
            below[at] = below[at].saturating_add(waste.bytes);
            gone[waste.version.index()] |= is_below[at] || causes.contains(&cause_of(waste));
        }
        for node in union.nodes().rev() {
            if let Some(parent) = union.parent(node) {
                below[parent.index()] = below[parent.index()].saturating_add(below[node.index()]);
            }
        }
        Self { gone, below }
    }
}

fn cause_of(waste: &Waste) -> Marked {
    Marked::Cause { account: waste.account, stored_by: waste.layer, by: waste.by }
}

/// The other name of a marked file.
fn kept_as(union: &Union, mark: Marked, named: &[Option<VersionId>]) -> Option<EntryPath> {
    let Marked::Path(node) = mark else { return None };
    let mut inodes = union.versions(node).map(|id| union.version(id).inode()).filter(|inode| inode.stored() > 0);
    let name = inodes.find_map(|inode| named[inode.id().index()])?;
    Some(union.version(name).path())
}

/// Which of all nodes are these or below one of them.
fn covered(union: &Union, marked: impl Iterator<Item = NodeId>) -> Vec<bool> {
    let mut covered = vec![false; union.node_count()];
    for node in marked {
        covered[node.index()] = true;
    }
    // A parent's ID is lower than those of its children: one pass from the start reaches everything.
    for node in union.nodes() {
        if let Some(parent) = union.parent(node) {
            covered[node.index()] |= covered[parent.index()];
        }
    }
    covered
}

/// The node of a version; for one that was never visible, the innermost node on its path.
fn node_of(union: &Union, version: VersionRef<'_>) -> NodeId {
    version.node().unwrap_or_else(|| union.innermost(&version.path()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::test_union::{Line, union};
    use crate::format;

    fn path(union: &Union, path: &str) -> Marked {
        Marked::Path(union.node_at(&EntryPath::normalise(path.as_bytes()).path).expect("a path of the image"))
    }

    fn shop() -> Union {
        union(&[
            vec![("a/one", Ok(1)), ("a/two", Ok(10)), ("b", Ok(100)), ("c", Err("a/two"))],
            vec![("a/one", Ok(1000)), (".wh.b", Ok(0)), ("d", Ok(10_000))],
        ])
    }

    #[test]
    fn all_versions_of_a_path_go_and_a_removed_one_too() {
        let union = shop();
        assert_eq!(Loss::new(&union, &[], &[path(&union, "a/one")]).layers, [1, 1000]);
        let lost = Loss { bytes: 100, layers: vec![100, 0], files: 1, each: vec![100], kept_as: vec![None] };
        assert_eq!(Loss::new(&union, &[], &[path(&union, "b")]), lost);
        assert_eq!(Loss::new(&union, &[], &[]).bytes, 0);
        assert_eq!(Loss::new(&union, &[], &[Marked::Path(union.root())]).bytes, 11_111);
    }

    #[test]
    fn a_folder_and_a_file_in_it_count_once() {
        let union = shop();
        let both = [path(&union, "a"), path(&union, "a/one"), Marked::Layer(LayerNumber::FIRST)];
        let loss = Loss::new(&union, &[], &both);
        assert_eq!((loss.layers, loss.each), (vec![111, 1000], vec![1011, 1001, 111]));
    }

    #[test]
    fn a_file_goes_with_the_last_of_its_names() {
        let union = shop();
        assert_eq!(Loss::new(&union, &[], &[path(&union, "c")]).bytes, 0);
        assert_eq!(Loss::new(&union, &[], &[path(&union, "a/two")]).bytes, 0);
        assert_eq!(Loss::new(&union, &[], &[path(&union, "a/two"), path(&union, "c")]).bytes, 10);
        assert_eq!(Loss::new(&union, &[], &[path(&union, "a"), path(&union, "c")]).bytes, 1011);
    }

    #[test]
    fn of_waste_only_the_wasted_bytes_go() {
        let union = shop();
        let analysis = crate::analysis::Analysis::new(&union, None);
        let loss = |mark| Loss::new(&union, &analysis.waste, &[mark]);
        let wasted = |name| match path(&union, name) {
            Marked::Path(node) => Marked::Wasted(node),
            other => other,
        };
        assert_eq!((loss(path(&union, "a")).bytes, loss(wasted("a")).bytes, loss(wasted("b")).bytes), (1001, 1, 100));
        assert_eq!(loss(wasted("a")).each, [1]);
        assert_eq!(loss(Marked::Wasted(union.root())).bytes, analysis.totals.wasted());
        let second = LayerNumber::from_index(1);
        let cause = Marked::Cause { account: Account::Removed, stored_by: LayerNumber::FIRST, by: second };
        assert_eq!((loss(cause).bytes, loss(cause).each), (100, vec![100]));
        let both = Loss::new(&union, &analysis.waste, &[cause, wasted("b"), path(&union, "b")]);
        assert_eq!((both.bytes, both.files), (100, 1), "once");
    }

    #[test]
    fn a_hard_link_says_with_which_name_the_content_stays() {
        let union = shop();
        let kept = |names: &[&str]| {
            let marks: Vec<Marked> = names.iter().map(|name| path(&union, name)).collect();
            let loss = Loss::new(&union, &[], &marks);
            loss.kept_as.into_iter().map(|path| path.map(|path| format::safe(path.as_bytes()))).collect::<Vec<_>>()
        };
        assert_eq!(kept(&["c"]), [Some("a/two".to_owned())]);
        assert_eq!(kept(&["a/two"]), [Some("c".to_owned())]);
        assert_eq!(kept(&["a/two", "c", "b"]), [None, None, None]);
    }

    /// Whether a stored file has a name that no mark is above.
    fn naive(union: &Union, marked: &[Marked]) -> u64 {
        let below = |name: &EntryPath| {
            marked.iter().any(|mark| {
                let Marked::Path(node) = mark else { return false };
                let folder = union.path(*node);
                let inside = |rest: &[u8]| rest.is_empty() || rest.starts_with(b"/");
                folder.is_root() || name.as_bytes().strip_prefix(folder.as_bytes()).is_some_and(inside)
            })
        };
        let mut sum = 0;
        for version in union.all_versions().map(|id| union.version(id)).filter(|version| !version.is_link()) {
            let names = union.all_versions().map(|id| union.version(id));
            let mut names = names.filter(|name| name.inode().id() == version.id());
            if marked.contains(&Marked::Layer(version.layer())) || names.all(|name| below(&name.path())) {
                sum += version.stored();
            }
        }
        sum
    }

    const NAMES: &[&str] = &["a", "a/b", "a/b/c", "ab", "d", "d/e", "f"];

    fn lines() -> impl Strategy<Value = Vec<Line<'static>>> {
        let name = || prop::sample::select(NAMES);
        let line = prop_oneof![
            4 => (name(), 1_u64..1000).prop_map(|(name, size)| (name, Ok(size))),
            2 => (name(), name()).prop_map(|(name, target)| (name, Err(target))),
            1 => prop::sample::select(&[".wh.a", "a/.wh.b", ".wh.d", "a/.wh..wh..opq"][..]).prop_map(|name| (name, Ok(0))),
        ];
        prop::collection::vec(line, 0..8)
    }

    proptest! {
        #[test]
        fn a_naive_count_agrees(
            layers in prop::collection::vec(lines(), 1..5),
            places in prop::collection::vec((any::<bool>(), 0_usize..1000), 0..5),
        ) {
            let union = union(&layers);
            let nodes: Vec<NodeId> = union.nodes().collect();
            let marked: Vec<Marked> = places
                .into_iter()
                .map(|(layer, at)| {
                    if layer {
                        Marked::Layer(LayerNumber::from_index(at % layers.len()))
                    } else {
                        Marked::Path(nodes[at % nodes.len()])
                    }
                })
                .collect();
            let loss = Loss::new(&union, &[], &marked);
            prop_assert_eq!(loss.bytes, naive(&union, &marked));
            prop_assert_eq!(loss.bytes, loss.layers.iter().sum::<u64>());
        }
    }
}
