//! What a treemap shows of a folder: its largest children, each with its own largest children, and the rest combined. A
//! folder of a million files is traversed once, and a few hundred items are kept.

use std::cmp::Reverse;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::squarify::squarify;
use crate::image::EntryKind;
use crate::union::{Change, HowEnded, NodeId, Scope, Union, View};

/// How many items are kept of the folder itself, and of each folder in it.
const MOST: usize = 400;
const MOST_INSIDE: usize = 100;
/// Folders of at least this fraction of the whole are expanded two levels deep.
const LARGE: u64 = 8;
/// An item that would get fewer cells than this is part of the rest, as long as the rest is small.
const CELLS: u128 = 8;
/// Below this, an area is no area.
const LEAST_CELLS: u128 = 2;
/// The rest is at most this fraction of the whole where there are cells for all others.
const REST: u128 = 10;

/// What a treemap is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlotKey {
    pub scope: Scope,
    pub folder: NodeId,
    /// How many of the largest children are left out, to make room for the others.
    pub skip: usize,
}

/// How an area is shaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Shade {
    /// Visible in the final image, or unchanged.
    Live,
    Folder,
    Changed(Change),
    /// Items too small to show on their own.
    Rest,
}

/// One area.
#[derive(Clone, Debug)]
pub(in crate::tui) struct PlotItem {
    /// None for the rest.
    pub node: Option<NodeId>,
    pub bytes: u64,
    /// How many paths it contains.
    pub count: usize,
    pub shade: Shade,
    pub inside: Arc<[PlotItem]>,
}

/// The areas of a folder, largest first.
pub(super) struct Plot {
    pub view: Arc<View>,
    pub folder: NodeId,
    pub skip: usize,
    /// Those of the whole folder.
    pub bytes: u64,
    pub items: Vec<PlotItem>,
}

impl Plot {
    /// Builds the areas of a folder, or of its innermost parent that has any bytes. Takes time proportional to what is
    /// in it.
    pub fn new(union: &Union, view: Arc<View>, key: PlotKey) -> Self {
        let mut folder = key.folder;
        while let Some(above) = union.parent(folder).filter(|_| weight(&view, folder) == 0) {
            folder = above;
        }
        let bytes = weight(&view, folder);
        let wanted = if folder == key.folder { key.skip } else { 0 };
        let mut skip = wanted;
        let mut items = largest(union, &view, folder, skip, MOST);
        if items.is_empty() {
            skip = 0;
            items = largest(union, &view, folder, skip, MOST);
        }
        // One level deeper; two where a folder is so large that there is room.
        open(union, &view, &mut items, 0);
        for item in items.iter_mut().filter(|item| is_large(item, bytes)) {
            let mut inside = item.inside.to_vec();
            open(union, &view, &mut inside, bytes / LARGE);
            item.inside = inside.into();
        }
        Self { view, folder, skip, bytes, items }
    }

    /// How many of the largest children to leave out, so that there is room for those in a box of the rest; `None` where
    /// none has any room.
    pub fn without_shown(&self, rest: &PlotItem) -> Option<usize> {
        let shown = self.items.iter().map(|item| item.count).sum::<usize>().checked_sub(rest.count)?;
        (shown > 0).then_some(self.skip + shown)
    }

    /// How many children are larger than the one that a path is in; `None` where the path has no bytes in this folder.
    pub fn rank(&self, union: &Union, path: NodeId) -> Option<usize> {
        let mut above = std::iter::successors(Some(path), |&node| union.parent(node));
        let child = above.find(|&node| union.parent(node) == Some(self.folder))?;
        let order = |node| (Reverse(weight(&self.view, node)), union.name(node));
        let own = order(child);
        (own.0.0 > 0).then(|| union.children(self.folder).filter(|&other| order(other) < own).count())
    }

    /// The innermost parent folder that holds more.
    pub fn above(&self, union: &Union) -> Option<NodeId> {
        let mut above = union.parent(self.folder)?;
        while let Some(next) = union.parent(above).filter(|_| weight(&self.view, above) == self.bytes) {
            above = next;
        }
        Some(above)
    }
}

/// Bytes that are there, and bytes that were removed there.
fn weight(view: &View, node: NodeId) -> u64 {
    view.bytes(node).saturating_add(view.removed_bytes(node))
}

/// Expands folders of at least this many bytes.
fn open(union: &Union, view: &View, items: &mut [PlotItem], least: u64) {
    for item in items.iter_mut().filter(|item| item.shade == Shade::Folder && item.bytes >= least) {
        if let Some(node) = item.node {
            item.inside = largest(union, view, node, 0, MOST_INSIDE).into();
        }
    }
}

fn is_large(item: &PlotItem, whole: u64) -> bool {
    item.bytes >= whole / LARGE
}

/// The largest children but for the very largest, and the rest as one item.
fn largest(union: &Union, view: &View, folder: NodeId, skip: usize, most: usize) -> Vec<PlotItem> {
    let mut all: Vec<(u64, NodeId)> =
        union.children(folder).map(|child| (weight(view, child), child)).filter(|(bytes, _)| *bytes > 0).collect();
    let mut rest = None;
    let order = |&(bytes, node): &(u64, NodeId)| (Reverse(bytes), union.name(node));
    if skip > 0 {
        all.sort_unstable_by(|one, other| order(one).cmp(&order(other)));
        all.drain(..skip.min(all.len()));
    }
    if all.len() > most {
        all.select_nth_unstable_by(most - 1, |one, other| order(one).cmp(&order(other)));
        let left = all.split_off(most);
        let bytes = left.iter().fold(0, |sum: u64, (bytes, _)| sum.saturating_add(*bytes));
        rest = Some(PlotItem { node: None, bytes, count: left.len(), shade: Shade::Rest, inside: Arc::default() });
    }
    let items = all.into_iter().map(|(bytes, node)| {
        let node = innermost(union, view, node, bytes);
        PlotItem { node: Some(node), bytes, count: 1, shade: shade(union, view, node), inside: Arc::default() }
    });
    let mut items: Vec<_> = items.chain(rest).collect();
    items.sort_by(|one, other| {
        let names = || one.node.map(|node| union.name(node)).cmp(&other.node.map(|node| union.name(node)));
        other.bytes.cmp(&one.bytes).then_with(names)
    });
    items
}

/// A folder that holds nothing but one folder is skipped.
fn innermost(union: &Union, view: &View, node: NodeId, bytes: u64) -> NodeId {
    let mut at = node;
    loop {
        let mut inside = union.children(at).filter(|&child| weight(view, child) > 0);
        match (inside.next(), inside.next()) {
            (Some(only), None) if weight(view, only) == bytes && shade(union, view, only) == Shade::Folder => at = only,
            _ => return at,
        }
    }
}

fn shade(union: &Union, view: &View, node: NodeId) -> Shade {
    let Some(row) = view.row(union, node) else { return Shade::Live };
    let folder = row.version.inode().kind() == EntryKind::Dir;
    match (view.scope(), row.change, row.version.ended()) {
        (_, Some(Change::Removed), _) if !folder => Shade::Changed(Change::Removed),
        _ if folder && view.has_children(union, node) => Shade::Folder,
        (Scope::Changes(..), Some(change), _) => Shade::Changed(change),
        // In a merged view: visible now, but wasted in the final image.
        (Scope::Merged(_), _, Some(ended)) if ended.how == HowEnded::Replaced => Shade::Changed(Change::Modified),
        (Scope::Merged(_), _, Some(_)) => Shade::Changed(Change::Removed),
        _ => Shade::Live,
    }
}

/// Positions of items in an area; items without room are added to the rest.
pub(super) fn arrange(items: &[PlotItem], area: Rect) -> Vec<(PlotItem, Rect)> {
    let total: u128 = items.iter().map(|item| u128::from(item.bytes)).sum();
    let cells = u128::from(area.area());
    let mut before: u128 = 0;
    // Items are sorted, the largest first.
    let (shown, small): (Vec<&PlotItem>, Vec<&PlotItem>) = items.iter().partition(|item| {
        let bytes = u128::from(item.bytes);
        let least = if (total - before) * REST > total { LEAST_CELLS } else { CELLS };
        let has_room = item.node.is_some() && bytes * cells >= least * total;
        before += if has_room { bytes } else { 0 };
        has_room
    });
    let mut shown: Vec<PlotItem> = shown.into_iter().cloned().collect();
    let small = small.into_iter();
    let (bytes, count) =
        small.fold((0_u64, 0), |(bytes, count), item| (bytes.saturating_add(item.bytes), count + item.count));
    if bytes > 0 {
        let rest = PlotItem { node: None, bytes, count, shade: Shade::Rest, inside: Arc::default() };
        let at = shown.partition_point(|item| item.bytes >= bytes);
        shown.insert(at, rest);
    }
    let weights: Vec<_> = shown.iter().map(|item| item.bytes).collect();
    let places = squarify(&weights, area);
    shown.into_iter().zip(places).filter(|(_, place)| !place.is_empty()).collect()
}
