//! Wasted bytes as rows: one per stored file, grouped where one layer removed many.

use std::collections::{HashMap, HashSet};

use crate::image::{EntryPath, LayerNumber};
use crate::union::{HowEnded, NodeId, Union, VersionId};

use super::Account;
use super::causes::common;
use rewritten::RewrittenFolders;

mod rewritten;

/// One stored file that is not visible in the final image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waste {
    /// The version that stores the bytes.
    pub version: VersionId,
    /// Its last visible name, whose end decided the account; the same version unless it has hard links.
    pub name: VersionId,
    /// Overwritten, rewritten or removed.
    pub account: Account,
    /// Bytes stored.
    pub bytes: u64,
    /// The layer that stores them.
    pub layer: LayerNumber,
    /// The layer that wasted them.
    pub by: LayerNumber,
}

/// What one layer stores and one layer wasted in one place: a file, or a whole folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WasteGroup {
    /// The file, or the topmost folder that was removed or rewritten with it. If several layers store such a folder, it is
    /// the innermost folder of what this layer stores.
    pub path: EntryPath,
    /// Whether the path is a folder that was removed or rewritten with everything in it, or emptied by an opaque marker.
    pub folder: bool,
    /// Overwritten, rewritten or removed.
    pub account: Account,
    /// Bytes stored by all of it.
    pub bytes: u64,
    /// The layer that stores them.
    pub layer: LayerNumber,
    /// The layer that wasted them.
    pub by: LayerNumber,
    /// The files, as indices in [`super::Analysis::waste`], largest first.
    pub files: Vec<usize>,
    /// How many of the files, at the end of the list, are empty.
    pub empty: usize,
}

impl WasteGroup {
    /// The files that are not empty, or all of them.
    #[must_use]
    pub fn files(&self, with_empty: bool) -> &[usize] {
        let hidden = if with_empty { 0 } else { self.empty };
        &self.files[..self.files.len().saturating_sub(hidden)]
    }
}

/// Groups rows, largest first. Removed files are grouped under the topmost folder that the same layer removed or made
/// opaque, rewritten ones under the topmost folder of which the layer stores everything again, and copies that a layer
/// itself repeats under their path; every other row is its own group. What another layer stores has another instruction to
/// change, so it is another group.
pub(super) fn group(union: &Union, waste: &[Waste]) -> Vec<WasteGroup> {
    let mut places: HashMap<(NodeId, LayerNumber, Account, LayerNumber), usize> = HashMap::new();
    let mut tops = Tops::new();
    let mut whole = RewrittenFolders::new(union, waste);
    let mut ends = PathEnds::default();
    let mut repeats: HashMap<(NodeId, LayerNumber, Account), usize> = HashMap::new();
    let mut groups: Vec<WasteGroup> = Vec::new();
    for (index, row) in waste.iter().enumerate() {
        let name = union.version(row.name);
        let top = name.node().and_then(|node| match row.account {
            Account::Removed => Some(topmost(union, node, row.by, &mut tops, &mut ends)),
            Account::Rewritten => whole.topmost(union, node, row.by),
            Account::Live | Account::Overwritten => None,
        });
        // A path that a layer repeats is one act, however often it does.
        let repeat =
            name.node().filter(|_| top.is_none() && row.layer == row.by).map(|node| (node, row.by, row.account));
        let known = top.and_then(|top| places.get(&(top, row.by, row.account, row.layer)).copied());
        let known = known.or_else(|| repeats.get(&repeat?).copied());
        let place = known.unwrap_or_else(|| {
            let folder = top.is_some() && top != name.node();
            groups.push(WasteGroup {
                path: top.map_or_else(|| name.path(), |top| union.path(top)),
                folder,
                account: row.account,
                bytes: 0,
                layer: row.layer,
                by: row.by,
                // Most groups are one file: room for one, not for the few that a list starts with.
                files: Vec::with_capacity(1),
                empty: 0,
            });
            if let Some(top) = top {
                places.insert((top, row.by, row.account, row.layer), groups.len() - 1);
            }
            repeats.extend(repeat.map(|repeat| (repeat, groups.len() - 1)));
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.bytes = group.bytes.saturating_add(row.bytes);
        group.files.push(index);
        group.empty += usize::from(row.bytes == 0);
    }
    let mut parts: HashMap<(NodeId, LayerNumber, Account), usize> = HashMap::new();
    for &(top, by, account, _) in places.keys() {
        *parts.entry((top, by, account)).or_default() += 1;
    }
    for (&(top, by, account, _), &at) in &places {
        if groups[at].folder && parts.get(&(top, by, account)).is_some_and(|&layers| layers > 1) {
            name_part(union, waste, &mut groups[at]);
        }
    }
    groups.sort_by(|a, b| {
        b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)).then((a.by, a.layer).cmp(&(b.by, b.layer)))
    });
    groups
}

/// Names what one of several layers stores of a folder by the innermost folder of it, or by its only file.
fn name_part(union: &Union, waste: &[Waste], group: &mut WasteGroup) {
    let mut names = group.files.iter().filter_map(|&file| union.version(waste.get(file)?.name).node());
    if let [_] = group.files[..] {
        group.folder = false;
        group.path = names.next().map_or_else(|| group.path.clone(), |file| union.path(file));
        return;
    }
    let folders = names.map(|file| union.parent(file).unwrap_or(union.root()));
    if let Some(folder) = folders.reduce(|one, other| common(union, Some(one), other)) {
        group.path = union.path(folder);
    }
}

type Tops = HashMap<(NodeId, LayerNumber), NodeId>;

/// The topmost folder that was removed with a path in a layer, or emptied; the path itself if its folder stayed.
fn topmost(union: &Union, node: NodeId, by: LayerNumber, known: &mut Tops, ends: &mut PathEnds) -> NodeId {
    let mut way = Vec::new();
    let mut top = node;
    loop {
        if let Some(&found) = known.get(&(top, by)) {
            top = found;
            break;
        }
        // An opaque marker keeps its folder, and removes everything in it.
        let emptied = ends.end_of(union, top, by).opaque;
        let Some(parent) = union.parent(top).filter(|&parent| emptied || ends.end_of(union, parent, by).removed) else {
            break;
        };
        way.push(parent);
        top = parent;
    }
    for folder in way {
        known.insert((folder, by), top);
    }
    top
}

/// How the versions of a path that a layer ended came to their end.
#[derive(Clone, Copy, Default)]
struct PathEnd {
    /// One went with the contents of a folder above it.
    opaque: bool,
    /// The path was there before the layer and is not there, or is something else, after it.
    removed: bool,
}

impl PathEnd {
    fn see(&mut self, how: HowEnded) {
        self.opaque |= how == HowEnded::Opaque;
        self.removed |= matches!(how, HowEnded::Whiteout | HowEnded::Opaque | HowEnded::TypeChange);
    }
}

/// The ends of paths by layer. Paths with many versions are visited once, not once per query: a folder that is stored a
/// million times may have as many files that need it.
#[derive(Default)]
struct PathEnds {
    known: HashMap<(NodeId, LayerNumber), PathEnd>,
    gone_through: HashSet<NodeId>,
}

/// Fewer versions than this are traversed faster than a table is looked up.
const FEW_VERSIONS: usize = 16;

impl PathEnds {
    fn end_of(&mut self, union: &Union, node: NodeId, by: LayerNumber) -> PathEnd {
        let is_known = self.gone_through.contains(&node);
        if !is_known && union.versions(node).nth(FEW_VERSIONS).is_none() {
            let mut end = PathEnd::default();
            ends_of(union, node).filter(|(layer, _)| *layer == by).for_each(|(_, how)| end.see(how));
            return end;
        }
        if !is_known {
            self.gone_through.insert(node);
            for (layer, how) in ends_of(union, node) {
                self.known.entry((node, layer)).or_default().see(how);
            }
        }
        self.known.get(&(node, by)).copied().unwrap_or_default()
    }
}

/// The versions of a path that a later layer ended: by which layer, and how.
fn ends_of(union: &Union, node: NodeId) -> impl Iterator<Item = (LayerNumber, HowEnded)> {
    let versions = union.versions(node).map(|id| union.version(id));
    versions.filter_map(|version| {
        let ended = version.ended().filter(|ended| version.layer() < ended.by)?;
        Some((ended.by, ended.how))
    })
}

#[cfg(test)]
mod tests {
    use crate::analysis::test_union::{BySize, Line, union};
    use crate::analysis::{Account, Analysis, Identities, pairs};
    use crate::image::Quiet;

    /// Paths, folders with a slash at the end, bytes and files.
    fn groups(layers: &[Vec<Line<'_>>]) -> Vec<(String, u64, usize)> {
        let union = union(layers);
        shown(Analysis::new(&union, None).waste_groups(&union))
    }

    fn shown(groups: Vec<super::WasteGroup>) -> Vec<(String, u64, usize)> {
        let shown = groups.into_iter().map(|group| {
            let path = String::from_utf8_lossy(group.path.as_bytes()).into_owned();
            (path + if group.folder { "/" } else { "" }, group.bytes, group.files.len())
        });
        shown.collect()
    }

    #[test]
    fn a_folder_made_opaque_gathers_its_files_as_a_removed_one_does() {
        let below = || vec![("var/lists/a", Ok(3)), ("var/lists/sub/b", Ok(4)), ("var/keep", Ok(50))];
        let gathered = |marker| groups(&[below(), vec![(marker, Ok(0))]]);
        assert_eq!(gathered("var/lists/.wh..wh..opq"), [("var/lists/".to_owned(), 7, 2)]);
        assert_eq!(gathered("var/.wh.lists"), [("var/lists/".to_owned(), 7, 2)]);
        assert_eq!(gathered("var/lists/sub/.wh..wh..opq"), [("var/lists/sub/".to_owned(), 4, 1)]);
        assert_eq!(gathered(".wh..wh..opq"), [("/".to_owned(), 57, 3)]);
    }

    #[test]
    fn a_path_that_stands_in_an_opaque_folder_again_is_no_part_of_it() {
        let layers = [vec![("d/a", Ok(3)), ("d/b", Ok(4))], vec![("d/.wh..wh..opq", Ok(0)), ("d/a", Ok(5))]];
        assert_eq!(groups(&layers), [("d/".to_owned(), 4, 1), ("d/a".to_owned(), 3, 1)]);
    }

    #[test]
    fn an_empty_file_that_was_removed_is_known_and_costs_nothing() {
        let layers = [
            vec![("a", Ok(0)), ("d/b", Ok(4)), ("d/c", Ok(0)), ("kept", Ok(0)), ("twice", Ok(0))],
            vec![(".wh.a", Ok(0)), (".wh.d", Ok(0)), ("twice", Ok(5))],
        ];
        assert_eq!(groups(&layers), [("d/".to_owned(), 4, 1)]);
        let union = union(&layers);
        let analysis = Analysis::new(&union, None);
        let groups = analysis.waste_groups_and_empty(&union);
        let all: Vec<_> = groups.iter().map(|group| (group.path.as_bytes(), group.files.len(), group.empty)).collect();
        assert_eq!(all, [(&b"d"[..], 2, 1), (&b"a"[..], 1, 1)]);
        assert_eq!((groups[0].files(true).len(), groups[0].files(false).len()), (2, 1));
        assert_eq!(analysis.totals.removed, 4);
    }

    #[test]
    fn what_a_layer_repeats_is_one_row_beside_what_it_replaces() {
        let layers = [vec![("f", Ok(3))], vec![("f", Ok(4)), ("f", Ok(5)), ("f", Ok(6)), ("f", Ok(7))]];
        assert_eq!(groups(&layers), [("f".to_owned(), 15, 3), ("f".to_owned(), 3, 1)]);
    }

    /// The same of what was rewritten; files of the same size are the same.
    fn rewritten(layers: &[Vec<Line<'_>>]) -> Vec<(String, u64, usize)> {
        let union = union(layers);
        let identities = Identities::compare(&union, &BySize, &pairs(&union), &Quiet);
        let mut groups = Analysis::new(&union, Some(&identities)).waste_groups(&union);
        groups.retain(|group| group.account == Account::Rewritten);
        shown(groups)
    }

    #[test]
    fn a_folder_that_was_rewritten_gathers_its_files_as_a_removed_one_does() {
        let below = || vec![("app/m/a", Ok(3)), ("app/m/sub/b", Ok(4)), ("app/m/empty", Ok(0)), ("app/keep", Ok(50))];
        let again = vec![("app/m/a", Ok(3)), ("app/m/sub/b", Ok(4)), ("app/m/new", Ok(9))];
        assert_eq!(rewritten(&[below(), again.clone()]), [("app/m/".to_owned(), 7, 2)]);
        let other = vec![vec![("app/m/c", Ok(5))], again.clone()];
        let files = [("app/m/sub/b".to_owned(), 4, 1), ("app/m/a".to_owned(), 3, 1)];
        assert_eq!(rewritten(&[vec![below()], other].concat()), files, "one file is not rewritten");
        let gone = vec![vec![("app/m/c", Ok(5))], vec![("app/m/.wh.c", Ok(0))], again];
        assert_eq!(rewritten(&[vec![below()], gone].concat()), [("app/m/".to_owned(), 7, 2)]);
        let twice = [below(), below(), below()];
        assert_eq!(rewritten(&twice), [("app/".to_owned(), 57, 3), ("app/".to_owned(), 57, 3)], "once for each layer");
    }

    #[test]
    fn files_removed_one_by_one_stand_alone() {
        let layers = [vec![("d/a", Ok(3)), ("d/b", Ok(4))], vec![("d/.wh.a", Ok(0)), ("d/.wh.b", Ok(0))]];
        assert_eq!(groups(&layers), [("d/b".to_owned(), 4, 1), ("d/a".to_owned(), 3, 1)]);
    }
}
