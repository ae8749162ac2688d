//! What removing some paths and layers from an image would save, every byte counted once.
//!
//! Leaving a path out of a build leaves out every version of it and everything below it. A file with several names
//! stays stored until none of them is left.

use crate::image::LayerNumber;
use crate::union::{NodeId, Union, VersionRef};

/// Something marked for removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Marked {
    /// All versions of a path, with everything below it.
    Path(NodeId),
    /// Everything that a layer stores.
    Layer(LayerNumber),
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
}

impl Loss {
    /// Adds up what goes with the marked paths and layers; takes time proportional to the number of versions.
    #[must_use]
    pub fn new(union: &Union, marked: &[Marked]) -> Self {
        let mut loss = Self { layers: vec![0; union.layer_count()], ..Self::default() };
        let covered = covered(union, marked);
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
        // Which inodes keep a name that is not marked.
        let mut named = vec![false; union.all_versions().count()];
        for version in union.all_versions().map(|id| union.version(id)) {
            if !covered[node_of(union, version).index()] {
                named[version.inode().id().index()] = true;
            }
        }
        for version in union.all_versions().map(|id| union.version(id)) {
            let bytes = version.stored();
            let layer = version.layer().index();
            let at = node_of(union, version).index();
            below[at] = below[at].saturating_add(bytes);
            stored[layer] = stored[layer].saturating_add(bytes);
            if bytes > 0 && version.inode().id() == version.id() && (gone_layers[layer] || !named[version.id().index()])
            {
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
        });
        loss.each = each.collect();
        loss
    }
}

/// Which nodes are marked or below a marked one.
fn covered(union: &Union, marked: &[Marked]) -> Vec<bool> {
    let mut covered = vec![false; union.node_count()];
    for mark in marked {
        if let Marked::Path(node) = mark {
            covered[node.index()] = true;
        }
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
    use crate::image::EntryPath;

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
        assert_eq!(Loss::new(&union, &[path(&union, "a/one")]).layers, [1, 1000]);
        let lost = Loss { bytes: 100, layers: vec![100, 0], files: 1, each: vec![100] };
        assert_eq!(Loss::new(&union, &[path(&union, "b")]), lost);
        assert_eq!(Loss::new(&union, &[]).bytes, 0);
        assert_eq!(Loss::new(&union, &[Marked::Path(union.root())]).bytes, 11_111);
    }

    #[test]
    fn a_folder_and_a_file_in_it_count_once() {
        let union = shop();
        let both = [path(&union, "a"), path(&union, "a/one"), Marked::Layer(LayerNumber::FIRST)];
        let loss = Loss::new(&union, &both);
        assert_eq!((loss.layers, loss.each), (vec![111, 1000], vec![1011, 1001, 111]));
    }

    #[test]
    fn a_file_goes_with_the_last_of_its_names() {
        let union = shop();
        assert_eq!(Loss::new(&union, &[path(&union, "c")]).bytes, 0);
        assert_eq!(Loss::new(&union, &[path(&union, "a/two")]).bytes, 0);
        assert_eq!(Loss::new(&union, &[path(&union, "a/two"), path(&union, "c")]).bytes, 10);
        assert_eq!(Loss::new(&union, &[path(&union, "a"), path(&union, "c")]).bytes, 1011);
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
            let loss = Loss::new(&union, &marked);
            prop_assert_eq!(loss.bytes, naive(&union, &marked));
            prop_assert_eq!(loss.bytes, loss.layers.iter().sum::<u64>());
        }
    }
}
