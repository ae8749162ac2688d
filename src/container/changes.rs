//! What a container changed, with sizes: what `docker diff` and `docker ps -s` say of it, in one.

use std::collections::HashSet;

use crate::analysis::{Account, Analysis};
use crate::image::{EntryKind, EntryRef, Image, LayerNumber};
use crate::union::{Change, NodeId, Scope, Union, VersionId, VersionRef, View};

use super::metadata::MetadataChange;

/// How a path differs from the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowChanged {
    /// The image has no such path.
    Added,
    /// Its content is another one.
    Content,
    /// Its content is the image's, but all of it is stored again, because what is named here differs.
    CopiedUp(Vec<&'static str>),
    /// A folder or a link of which what is named here differs: it has no content to copy.
    Metadata(Vec<&'static str>),
    /// It became something else, such as a folder that is a file now.
    Type,
    /// The container has no such path.
    Removed,
}

impl HowChanged {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Content => "content",
            Self::CopiedUp(_) => "copied-up",
            Self::Metadata(_) => "metadata",
            Self::Type => "type",
            Self::Removed => "removed",
        }
    }

    /// What differs, where not the content does.
    #[must_use]
    pub fn differs(&self) -> &[&'static str] {
        match self {
            Self::CopiedUp(differs) | Self::Metadata(differs) => differs,
            _ => &[],
        }
    }
}

/// A path that a container changed.
#[derive(Clone, Debug)]
pub struct ContainerChange {
    /// Its node in the union.
    pub node: NodeId,
    /// Added, modified or removed.
    pub change: Change,
    /// The same in detail.
    pub how: HowChanged,
    /// Bytes of content in the image; 0 where it has none.
    pub before: u64,
    /// Bytes of content in the container; 0 where it has none.
    pub after: u64,
}

/// What a container changed.
#[derive(Clone, Debug)]
pub struct ContainerChanges {
    /// Its layer.
    pub layer: LayerNumber,
    /// Bytes in its layer: the `SIZE` of `docker ps -s`.
    pub size: u64,
    /// Bytes in its layer and in those of its image: the `virtual` size of `docker ps -s`.
    pub virtual_size: u64,
    /// Files that are stored again although their content is the image's.
    pub copied_up: usize,
    /// Bytes of these.
    pub copied_up_bytes: u64,
    /// Every path that differs; of a removed folder also what was in it. Folders before what is in them, by name.
    pub changes: Vec<ContainerChange>,
}

impl ContainerChanges {
    /// What the container on top of an image changed; `None` if there is none.
    #[must_use]
    pub fn new(image: &Image, union: &Union, analysis: &Analysis) -> Option<Self> {
        let layer = image.container().filter(|layer| layer.get() <= union.layer_count())?;
        let wasted = analysis.waste.iter().filter(|waste| waste.by == layer && waste.account == Account::Rewritten);
        let rewritten: HashSet<VersionId> = wasted.map(|waste| waste.version).collect();
        let below = LayerNumber::new(layer.get() - 1);
        let view = View::new(union, Scope::layer(layer));
        let changes = view.walk(union).filter_map(|row| {
            let before = below.and_then(|below| union.visible(row.node, below)).map(|id| union.version(id));
            let after = union.live(row.node).map(|id| union.version(id));
            let size = |version: Option<VersionRef<'_>>| version.map_or(0, |version| version.inode().stored());
            let how = match (before, after) {
                (Some(before), Some(after)) => how(before, after, &rewritten),
                (None, _) => HowChanged::Added,
                (_, None) => HowChanged::Removed,
            };
            let (change, before, after) = (row.change?, size(before), size(after));
            Some(ContainerChange { node: row.node, change, how, before, after })
        });
        let changes: Vec<_> = changes.collect();
        let copied = || changes.iter().filter(|change| matches!(change.how, HowChanged::CopiedUp(_)));
        Some(Self {
            layer,
            size: analysis.layer(layer).accounts.total(),
            virtual_size: analysis.totals.total(),
            copied_up: copied().count(),
            copied_up_bytes: copied().fold(0, |sum, change| sum.saturating_add(change.after)),
            changes,
        })
    }

    /// How many paths changed in one way.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.changes.iter().filter(|row| row.change == change).count()
    }
}

fn how(before: VersionRef<'_>, after: VersionRef<'_>, rewritten: &HashSet<VersionId>) -> HowChanged {
    if before.inode().kind() != after.inode().kind() {
        return HowChanged::Type;
    }
    let metadata = MetadataChange::between(before, after);
    if after.inode().kind() != EntryKind::File {
        return HowChanged::Metadata(metadata.names());
    }
    let hash = |version: VersionRef<'_>| version.inode_entry().and_then(EntryRef::content_hash);
    let is_same_content = before.size() == after.size()
        && (after.size() == 0
            || rewritten.contains(&before.inode().id())
            || hash(before).is_some_and(|known| hash(after) == Some(known)));
    if is_same_content { HowChanged::CopiedUp(metadata.names()) } else { HowChanged::Content }
}
