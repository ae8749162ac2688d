//! Applies a filter to the waste: groups, and the files of each.

use std::sync::Arc;

use super::{Filter, QuerySubject};
use crate::analysis::{Account, Analysis, Waste, WasteGroup};
use crate::image::LayerNumber;
use crate::union::{Change, Union, VersionRef};

/// The parameters of a search: in which rows, and with which filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct WasteKey {
    /// Only this account; `None` for all.
    pub only: Option<Account>,
    /// Changes when the groups change.
    pub edition: u32,
    /// The revision of the filter.
    pub revision: u32,
}

/// Which groups, and which of their files, match a filter.
pub(in crate::tui) struct WasteFound {
    groups: Vec<bool>,
    files: Vec<bool>,
    /// Groups with any match, and all groups.
    pub matches: usize,
    pub total: usize,
    /// Bytes of what matches.
    pub bytes: u64,
    /// The number of matching files.
    pub count: usize,
}

impl WasteFound {
    /// Whether a group itself matches, not only one of its files.
    pub fn is_match(&self, group: usize) -> bool {
        self.groups.get(group).copied().unwrap_or(false)
    }

    /// Whether a file matches.
    pub fn has_file(&self, file: usize) -> bool {
        self.files.get(file).copied().unwrap_or(false)
    }

    /// The visible files of a group: all if the group itself matches, else those that match.
    pub fn files_of<'a>(&'a self, group: usize, files: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
        let all = self.is_match(group);
        files.iter().copied().filter(move |&file| all || self.has_file(file))
    }

    /// Whether a group has a row.
    pub fn shows(&self, group: usize, files: &[usize]) -> bool {
        self.is_match(group) || files.iter().any(|&file| self.has_file(file))
    }
}

/// Applies a filter to every group and every file of one account, or of all. `None` if the result is no longer wanted.
pub(in crate::tui) fn find_in_waste(
    union: &Union,
    analysis: &Analysis,
    groups: &Arc<Vec<WasteGroup>>,
    only: Option<Account>,
    filter: &Filter,
) -> Option<WasteFound> {
    let mut found = WasteFound {
        groups: vec![false; groups.len()],
        files: vec![false; analysis.waste.len()],
        matches: 0,
        total: 0,
        bytes: 0,
        count: 0,
    };
    let mut step = 0;
    for (at, group) in groups.iter().enumerate() {
        if only.is_some_and(|only| only != group.account) {
            continue;
        }
        found.total += 1;
        let (mut bytes, mut count) = (0_u64, 0);
        for &file in &group.files {
            if filter.ticket.is_stale_at(step) {
                return None;
            }
            step += 1;
            let Some(waste) = analysis.waste.get(file) else { continue };
            if filter.matches(&of_file(union, waste, &path(union.version(waste.name).path().as_bytes()))) {
                found.files[file] = true;
                bytes = bytes.saturating_add(waste.bytes);
                count += 1;
            }
        }
        let single = if group.folder { None } else { group.files.first().and_then(|&file| analysis.waste.get(file)) };
        let whole = path(group.path.as_bytes());
        let subject = QuerySubject {
            path: &whole,
            size: Some(group.bytes),
            version: single.map_or_else(|| folder(union, group), |waste| Some(union.version(waste.name))),
            change: Some(change(group.account)),
        };
        if filter.matches(&subject) {
            found.groups[at] = true;
            (bytes, count) = (group.bytes, group.files.len());
        }
        found.matches += usize::from(count > 0 || found.groups[at]);
        found.bytes = found.bytes.saturating_add(bytes);
        found.count += count;
    }
    Some(found)
}

fn of_file<'a>(union: &'a Union, waste: &Waste, path: &'a [u8]) -> QuerySubject<'a> {
    let version = Some(union.version(waste.name));
    QuerySubject { path, size: Some(waste.bytes), version, change: Some(change(waste.account)) }
}

/// The folder that was removed: the version that this layer ended.
fn folder<'a>(union: &'a Union, group: &WasteGroup) -> Option<VersionRef<'a>> {
    let node = union.node_at(&group.path)?;
    let before = LayerNumber::new(group.by.index()).and_then(|below| union.visible(node, below));
    before.or_else(|| union.versions(node).next()).map(|id| union.version(id))
}

fn change(account: Account) -> Change {
    if account == Account::Removed { Change::Removed } else { Change::Modified }
}

fn path(bytes: &[u8]) -> Vec<u8> {
    [b"/", bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::search::{Hidden, Query, Tickets};

    /// A folder of two files that is removed, and a file that is stored twice.
    fn image() -> (Union, Analysis) {
        let layer = crate::union::testing::files;
        let files = [("cache/a.whl", 3_000), ("cache/b.txt", 40), ("app", 500)];
        let union = Union::build(vec![layer(&files), layer(&[(".wh.cache", 0), ("app", 700)])]);
        let analysis = Analysis::new(&union, None);
        (union, analysis)
    }

    fn found(only: Option<Account>, query: &str) -> (usize, usize, u64, usize) {
        let (union, analysis) = image();
        let groups = Arc::new(analysis.waste_groups(&union));
        let mut tickets = Tickets::default();
        let query = Query::parse(query).expect("sound").map(Arc::new);
        let filter = Filter { query, hidden: Hidden::default(), ticket: tickets.draw() };
        let found = find_in_waste(&union, &analysis, &groups, only, &filter).expect("wanted");
        let shown = groups.iter().enumerate().filter(|(at, group)| found.shows(*at, &group.files));
        let rows: usize = shown.map(|(at, group)| found.files_of(at, &group.files).count()).sum();
        assert_eq!(rows, found.count, "what is counted is what is visible");
        (found.matches, found.total, found.bytes, found.count)
    }

    #[test]
    fn an_act_is_found_by_itself_or_by_its_files() {
        assert_eq!(found(None, "cache"), (1, 2, 3_040, 2));
        assert_eq!(found(None, "*.whl"), (1, 2, 3_000, 1));
        assert_eq!(
            found(None, "cache >1k"),
            (1, 2, 3_040, 2),
            "the group has as many bytes, and all its files are \
              visible"
        );
        assert_eq!(found(None, "re:^app$"), (1, 2, 500, 1));
        assert_eq!(found(None, "is:modified"), (1, 2, 500, 1));
        assert_eq!(found(Some(Account::Removed), "is:modified"), (0, 1, 0, 0));
        assert_eq!(found(None, "kind:dir"), (1, 2, 3_040, 2));
        assert_eq!(found(None, "<100"), (1, 2, 40, 1));
    }
}
