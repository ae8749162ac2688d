//! Who put the bytes into a folder: what each layer stores at and below a path, and where it has ended up.

use crate::image::{EntryKind, LayerNumber};
use crate::union::{NodeId, Union, VersionRef};

use super::{Account, Accounts, Analysis, Waste};

/// What one layer stores at and below a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The layer.
    pub layer: LayerNumber,
    /// Files with content of their own; other names of them do not count.
    pub files: usize,
    /// Where their bytes have ended up.
    pub accounts: Accounts,
}

impl Analysis {
    /// What each layer stores at and below a path, lowest layer first; layers that store no file there are left out.
    #[must_use]
    pub fn contributions(&self, union: &Union, top: NodeId) -> Vec<Contribution> {
        let mut by_layer = vec![(0_usize, Accounts::default()); union.layer_count()];
        let mut pending = vec![top];
        while let Some(node) = pending.pop() {
            pending.extend(union.children(node));
            for version in union.versions(node).map(|id| union.version(id)) {
                if version.kind() != EntryKind::File || version.inode().id() != version.id() {
                    continue;
                }
                if let Some((files, accounts)) = by_layer.get_mut(version.layer().index()) {
                    *files += 1;
                    accounts.add(self.account_of(version), version.stored());
                }
            }
        }
        let layers = union.layer_numbers().zip(by_layer).filter(|(_, (files, _))| *files > 0);
        layers.map(|(layer, (files, accounts))| Contribution { layer, files, accounts }).collect()
    }

    /// The row of waste of a stored file; `None` for what is live or has no bytes.
    #[must_use]
    pub fn waste_of(&self, version: VersionRef<'_>) -> Option<&Waste> {
        let inode = version.inode();
        // Largest first, then in the order of versions: a path that many layers repeat is looked up often.
        let place = |waste: &Waste| inode.stored().cmp(&waste.bytes).then(waste.version.cmp(&inode.id()));
        self.waste.binary_search_by(place).ok().map(|at| &self.waste[at])
    }

    fn account_of(&self, version: VersionRef<'_>) -> Account {
        self.waste_of(version).map_or(Account::Live, |waste| waste.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::EntryPath;
    use crate::union::testing::files;

    /// Layer, files, live and wasted bytes.
    fn of(layers: &[&[(&str, u64)]], path: &str) -> Vec<(usize, usize, u64, u64)> {
        let union = Union::build(layers.iter().map(|layer| files(layer)).collect());
        let analysis = Analysis::new(&union, None);
        let node = union.node_at(&EntryPath::normalise(path.as_bytes()).path).expect("a path");
        let found = analysis.contributions(&union, node);
        found.iter().map(|one| (one.layer.get(), one.files, one.accounts.live, one.accounts.wasted())).collect()
    }

    #[test]
    fn each_layer_is_named_with_what_it_stores_in_a_folder_and_what_is_left_of_it() {
        let layers: [&[_]; 4] = [
            &[("app/", 0), ("app/a", 5), ("etc/os", 7)],
            &[("app/m/x", 100), ("app/m/y", 20), ("app/empty", 0)],
            &[("app/m/x", 100), ("app/m/.wh.y", 0)],
            &[("app/", 0), ("etc/os", 8)],
        ];
        assert_eq!(of(&layers, "app"), [(1, 1, 5, 0), (2, 3, 0, 120), (3, 1, 100, 0)]);
        assert_eq!(of(&layers, "app/m"), [(2, 2, 0, 120), (3, 1, 100, 0)]);
        assert_eq!(of(&layers, ""), [(1, 2, 5, 7), (2, 3, 0, 120), (3, 1, 100, 0), (4, 1, 8, 0)]);
        assert_eq!(of(&layers, "app/m/y"), [(2, 1, 0, 20)]);
    }
}
