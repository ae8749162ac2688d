//! Rows of waste under a common heading: the same cause, the same instruction, the same folder.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::image::{EntryPath, LayerNumber};

use super::{Account, WasteGroup};

/// What the rows of a section have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// The account, the layer that stored them, and the layer that wasted them; all old copies of one path together.
    Cause,
    /// The layer that wasted them.
    Instruction,
    /// The top-level folder, and as far down as they all share it.
    Folder,
}

/// What a section is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionKind {
    /// See [`Grouping::Cause`].
    Cause {
        /// Overwritten, rewritten or removed.
        account: Account,
        /// The layer that stored the bytes and the layer that wasted them. Of old copies of one path, those of each copy,
        /// the largest first.
        parts: Vec<(LayerNumber, LayerNumber)>,
    },
    /// See [`Grouping::Instruction`].
    Instruction(LayerNumber),
    /// See [`Grouping::Folder`].
    Folder,
}

/// Rows of waste with something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What they have in common.
    pub kind: SectionKind,
    /// The innermost folder of them all.
    pub folder: EntryPath,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Stored files in all of them.
    pub files: usize,
    /// How many rows there are.
    pub rows: usize,
}

/// Rows of waste by what they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    /// The sections, largest first.
    pub list: Vec<Section>,
    /// For each row the index of its section; `None` for those that are left out.
    pub of_group: Vec<Option<u32>>,
}

#[derive(PartialEq, Eq, Hash)]
enum SectionKey<'a> {
    Cause(Account, LayerNumber, LayerNumber),
    /// Old copies of one path, and whether the base image stores them.
    Copies(&'a EntryPath, bool),
    Instruction(LayerNumber),
    Folder(Option<&'a [u8]>),
}

impl Sections {
    /// Puts every row of one account, or of all, in its section. `base` is how many layers belong to the base image.
    #[must_use]
    pub fn new(groups: &[WasteGroup], grouping: Grouping, only: Option<Account>, base: usize) -> Self {
        let copied = if grouping == Grouping::Cause { copied_paths(groups) } else { HashMap::new() };
        let mut places: HashMap<SectionKey<'_>, usize> = HashMap::new();
        let mut list: Vec<Section> = Vec::new();
        let mut of_group: Vec<Option<usize>> = Vec::with_capacity(groups.len());
        for group in groups {
            // A row without bytes is not waste; it is listed among what was removed.
            if only.map_or(group.bytes == 0, |only| group.account != only) {
                of_group.push(None);
                continue;
            }
            let copy = copied.get(&(group.layer, group.by)).filter(|_| group.account == Account::Overwritten);
            let key = match copy {
                Some(path) => SectionKey::Copies(path, group.layer.get() <= base),
                None => key(group, grouping),
            };
            let place = *places.entry(key).or_insert_with(|| {
                list.push(Section { kind: first(group, grouping), folder: folder(group), bytes: 0, files: 0, rows: 0 });
                list.len() - 1
            });
            let section = &mut list[place];
            section.bytes = section.bytes.saturating_add(group.bytes);
            section.files += group.files(only.is_some()).len();
            section.rows += 1;
            if let SectionKind::Cause { parts, .. } = &mut section.kind
                && copy.is_some()
                && parts.last() != Some(&(group.layer, group.by))
            {
                parts.push((group.layer, group.by));
            }
            shorten(&mut section.folder, group);
            of_group.push(Some(place));
        }
        drop(places);
        // Sections were found in the order of their largest row: a stable sort keeps that order between equals.
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by_key(|&at| Reverse(list[at].bytes));
        let mut moved = vec![0; list.len()];
        for (to, &from) in order.iter().enumerate() {
            moved[from] = to;
        }
        let mut sections: Vec<Option<Section>> = list.into_iter().map(Some).collect();
        Self {
            list: order.iter().filter_map(|&at| sections[at].take()).collect(),
            of_group: of_group.into_iter().map(|place| u32::try_from(moved[place?]).ok()).collect(),
        }
    }
}

fn key(group: &WasteGroup, grouping: Grouping) -> SectionKey<'_> {
    match grouping {
        Grouping::Cause => SectionKey::Cause(group.account, group.layer, group.by),
        Grouping::Instruction => SectionKey::Instruction(group.by),
        Grouping::Folder => SectionKey::Folder(top(group)),
    }
}

/// The first component of the folder that contains a row or is it; `None` for a file directly in the root.
fn top(group: &WasteGroup) -> Option<&[u8]> {
    let mut names = group.path.components();
    names.next().filter(|_| group.folder || names.next().is_some())
}

fn first(group: &WasteGroup, grouping: Grouping) -> SectionKind {
    match grouping {
        Grouping::Cause => SectionKind::Cause { account: group.account, parts: vec![(group.layer, group.by)] },
        Grouping::Instruction => SectionKind::Instruction(group.by),
        Grouping::Folder => SectionKind::Folder,
    }
}

/// The paths of the causes that are each an old copy of one path, by the layer that stores it and the one that wasted it.
fn copied_paths(groups: &[WasteGroup]) -> HashMap<(LayerNumber, LayerNumber), &EntryPath> {
    let mut paths: HashMap<_, Option<&EntryPath>> = HashMap::new();
    for group in groups.iter().filter(|group| group.account == Account::Overwritten && group.bytes > 0) {
        let path = paths.entry((group.layer, group.by)).or_insert(Some(&group.path));
        *path = path.filter(|path| **path == group.path);
    }
    paths.into_iter().filter_map(|(part, path)| Some((part, path?))).collect()
}

/// The folder that contains a row, or is it.
fn folder(group: &WasteGroup) -> EntryPath {
    if group.folder { group.path.clone() } else { EntryPath::normalise(group.path.parent().unwrap_or_default()).path }
}

/// Shortens a folder to what it shares with the folder of another row.
fn shorten(shared: &mut EntryPath, group: &WasteGroup) {
    let whole = group.path.as_bytes();
    let other = if group.folder { whole } else { group.path.parent().unwrap_or_default() };
    let inside = |rest: &[u8]| rest.is_empty() || rest.starts_with(b"/");
    if shared.is_root() || other.strip_prefix(shared.as_bytes()).is_some_and(inside) {
        return;
    }
    let mut cut = EntryPath::root();
    let others = other.split(|&byte| byte == b'/');
    for (name, _) in shared.components().zip(others).take_while(|(one, other)| one == other) {
        cut.push(name);
    }
    *shared = cut;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::union::testing::layer_number;

    fn row(path: &str, account: Account, bytes: u64, layer: usize, by: usize) -> WasteGroup {
        WasteGroup {
            path: EntryPath::normalise(path.as_bytes()).path,
            folder: path.ends_with('/'),
            account,
            bytes,
            layer: layer_number(layer),
            by: layer_number(by),
            files: vec![0],
            empty: 0,
        }
    }

    fn rows() -> Vec<WasteGroup> {
        vec![
            row("var/lib/apt/lists/", Account::Removed, 50, 2, 3),
            row("usr/lib/a.so", Account::Overwritten, 40, 1, 2),
            row("usr/lib/x/b.so", Account::Overwritten, 30, 1, 2),
            row("key", Account::Removed, 5, 1, 3),
            row("usr/bin/c", Account::Rewritten, 4, 1, 3),
        ]
    }

    fn shown(grouping: Grouping, only: Option<Account>) -> Vec<(SectionKind, u64, usize)> {
        let groups = rows();
        let sections = Sections::new(&groups, grouping, only, 0);
        let sum: u64 = sections.list.iter().map(|section| section.bytes).sum();
        let all = groups.iter().filter(|group| only.is_none_or(|only| group.account == only));
        assert_eq!(sum, all.map(|group| group.bytes).sum::<u64>(), "sections add up");
        for (place, section) in sections.list.iter().enumerate() {
            let own = groups.iter().zip(&sections.of_group);
            let own = own.filter(|(_, of)| of.map(|of| of as usize) == Some(place));
            assert_eq!(own.map(|(group, _)| group.bytes).sum::<u64>(), section.bytes);
        }
        sections.list.into_iter().map(|section| (section.kind, section.bytes, section.rows)).collect()
    }

    #[test]
    fn waste_with_one_cause_stands_together() {
        let cause =
            |account, layer, by| SectionKind::Cause { account, parts: vec![(layer_number(layer), layer_number(by))] };
        assert_eq!(
            shown(Grouping::Cause, None),
            [
                (cause(Account::Overwritten, 1, 2), 70, 2),
                (cause(Account::Removed, 2, 3), 50, 1),
                (cause(Account::Removed, 1, 3), 5, 1),
                (cause(Account::Rewritten, 1, 3), 4, 1),
            ]
        );
    }

    #[test]
    fn old_copies_of_one_path_stand_together_as_in_the_overview() {
        let log = |bytes, layer| row("data/log", Account::Overwritten, bytes, layer, layer + 1);
        let groups = [log(30, 4), log(20, 3), row("x", Account::Overwritten, 15, 5, 6), log(10, 2), log(9, 1)];
        let listed = |base| {
            let sections = Sections::new(&groups, Grouping::Cause, None, base).list.into_iter();
            let parts = |kind| match kind {
                SectionKind::Cause { parts, .. } => parts.iter().map(|(layer, by)| (layer.get(), by.get())).collect(),
                _ => Vec::new(),
            };
            sections.map(|section| (section.bytes, section.rows, parts(section.kind))).collect::<Vec<_>>()
        };
        assert_eq!(listed(0), [(69, 4, vec![(4, 5), (3, 4), (2, 3), (1, 2)]), (15, 1, vec![(5, 6)])]);
        let of_base = vec![(60, 3, vec![(4, 5), (3, 4), (2, 3)]), (15, 1, vec![(5, 6)]), (9, 1, vec![(1, 2)])];
        assert_eq!(listed(1), of_base);
        let mut several = groups.to_vec();
        several.push(row("y", Account::Overwritten, 1, 3, 4));
        let sections = Sections::new(&several, Grouping::Cause, None, 0).list;
        assert_eq!(sections.iter().map(|section| section.bytes).collect::<Vec<_>>(), [49, 21, 15], "a cause is whole");
    }

    #[test]
    fn waste_of_one_instruction_stands_together() {
        let by = |number| SectionKind::Instruction(layer_number(number));
        assert_eq!(shown(Grouping::Instruction, None), [(by(2), 70, 2), (by(3), 59, 3)]);
        assert_eq!(shown(Grouping::Instruction, Some(Account::Removed)), [(by(3), 55, 2)]);
    }

    #[test]
    fn a_folder_is_named_as_far_down_as_all_share_it() {
        let folder = |path: &str| EntryPath::normalise(path.as_bytes()).path;
        let folders = |only| {
            let sections = Sections::new(&rows(), Grouping::Folder, only, 0).list.into_iter();
            sections.map(|section| (section.folder, section.bytes, section.rows)).collect::<Vec<_>>()
        };
        assert_eq!(folders(None), [(folder("usr"), 74, 3), (folder("var/lib/apt/lists"), 50, 1), (folder(""), 5, 1)]);
        assert_eq!(folders(Some(Account::Overwritten)), [(folder("usr/lib"), 70, 2)]);
        let by_cause: Vec<_> = Sections::new(&rows(), Grouping::Cause, None, 0).list;
        assert_eq!(by_cause[0].folder, folder("usr/lib"), "those of one cause have one, too");
        assert_eq!(Sections::new(&[], Grouping::Folder, None, 0), Sections::default());
    }
}
