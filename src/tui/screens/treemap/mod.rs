//! View 6: the treemap of the layers that the files pane shows. It shows one folder at a time, and what is in its
//! subfolders.

mod draw;
mod plot;
mod squarify;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::view::hints::{CHANGES, COPY, MERGED, QUIT, VIEWS};
use crate::tui::view::{Chosen, CursorTarget, DrawContext, Effect, Request, View, ViewSpec};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::Framing;
use crate::tui::widgets::scroll::{ClickTarget, MouseAction, Pointer};
use crate::tui::work::{Job, JobResult};
use crate::union::{self, NodeId, VersionRef};

use plot::{Plot, PlotItem, PlotKey, Shade, arrange};
use squarify::{Direction, neighbour};

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-treemap", title: "Map", help: "treemap: folders and files by size" },
    new: |_| Box::<TreemapView>::default(),
    figure: |_| None,
    command: None,
};

/// The areas of a folder, and the selected one.
#[derive(Default)]
pub(super) struct TreemapView {
    folder: Option<NodeId>,
    /// How many of its largest children are left out, and how many were before each box of the rest was opened.
    skip: usize,
    before: Vec<usize>,
    shown: Option<(PlotKey, Plot)>,
    requested: Option<PlotKey>,
    /// Index of the selected area.
    selected: usize,
    /// The path to select as soon as there are areas.
    at: Option<NodeId>,
}

/// Areas that were requested.
struct RequestedPlot {
    key: PlotKey,
    plot: Plot,
}

impl TreemapView {
    fn plot(&self) -> Option<&Plot> {
        self.shown.as_ref().map(|(_, plot)| plot)
    }

    /// Every item with its area.
    pub fn areas(&self, body: Rect) -> Vec<(PlotItem, Rect)> {
        let map = draw::treemap_area(layout::inner(body, layout::boxed(body)));
        self.plot().map_or_else(Vec::new, |plot| arrange(&plot.items, map))
    }

    pub fn selected(&self) -> usize {
        self.selected
    }

    fn selected_item(&self, body: Rect) -> Option<PlotItem> {
        self.areas(body).into_iter().nth(self.selected).map(|(item, _)| item)
    }

    /// Requests the areas that are wanted, unless they are present or on their way.
    fn request(&mut self, model: &Model, body: Rect) -> Option<Job> {
        let scope = model.files.scope;
        let wanted = scope.zip(model.union.as_ref()).map(|(scope, union)| {
            let folder = self.folder.unwrap_or(union.root());
            (PlotKey { scope, folder, skip: self.skip }, Arc::clone(union))
        });
        let shown = self.shown.as_ref().map(|(key, _)| *key);
        if shown.map(|key| key.scope) != scope {
            self.at = self.at.or_else(|| self.selected_item(body)?.node);
        }
        let Some((key, union)) = wanted else {
            (self.shown, self.requested) = (None, None);
            return None;
        };
        if shown == Some(key) && self.at.is_some() {
            self.select_wanted(model, body);
            if self.skip != key.skip {
                return self.request(model, body);
            }
        }
        if shown == Some(key) {
            self.selected = self.selected.min(self.areas(body).len().saturating_sub(1));
            self.requested = None;
            return None;
        }
        if self.requested == Some(key) {
            return None;
        }
        self.requested = Some(key);
        let known = self.plot().map(|plot| Arc::clone(&plot.view)).filter(|view| view.scope() == key.scope);
        Some(Job::background(move |tell| {
            let view = known.unwrap_or_else(|| Arc::new(union::View::new(&union, key.scope)));
            tell(JobResult::new(RequestedPlot { key, plot: Plot::new(&union, view, key) }));
        }))
    }

    /// Opens a box; returns the path that another view can show better.
    fn go_in(&mut self, body: Rect) -> Option<NodeId> {
        let item = self.selected_item(body)?;
        match item.node {
            None => return if self.open_rest(&item) { None } else { self.folder },
            Some(folder) if item.shade == Shade::Folder => self.show_folder(folder),
            file => return file,
        }
        (self.at, self.selected) = (None, 0);
        None
    }

    /// Makes room for the paths in the box of the rest; returns whether that is possible.
    fn open_rest(&mut self, rest: &PlotItem) -> bool {
        let Some(skip) = self.plot().and_then(|plot| plot.without_shown(rest)) else { return false };
        self.before.push(self.skip);
        (self.skip, self.selected) = (skip, 0);
        true
    }

    /// Selects the path that was asked for; if it is in the rest, the rest is opened.
    fn select_wanted(&mut self, model: &Model, body: Rect) {
        let Some((at, union)) = self.at.zip(model.union.as_ref()) else {
            let areas = self.areas(body);
            if self.selected >= areas.len() {
                let rest = areas.iter().position(|(item, _)| item.node.is_none());
                self.selected = rest.unwrap_or(areas.len().saturating_sub(1));
            }
            return;
        };
        // A box of several folders has the path of the innermost.
        let is_in = |node| std::iter::successors(Some(node), |&node| union.parent(node)).any(|node| node == at);
        let found = self.areas(body).iter().position(|(item, _)| item.node.is_some_and(is_in));
        self.selected = found.unwrap_or(0);
        let in_rest = self.plot().and_then(|plot| plot.rank(union, at)).filter(|_| found.is_none() && self.skip == 0);
        match in_rest {
            Some(rank) if rank > 0 => {
                self.before.push(0);
                self.skip = rank;
            }
            _ => self.at = None,
        }
    }

    fn show_folder(&mut self, folder: NodeId) {
        self.folder = Some(folder);
        self.skip = 0;
        self.before.clear();
    }

    fn go_out(&mut self, model: &Model) {
        if let Some(skip) = self.before.pop() {
            self.skip = skip;
            self.selected = usize::MAX;
            return;
        }
        let Some((plot, union)) = self.plot().zip(model.union.as_ref()) else { return };
        if let Some(above) = plot.above(union) {
            self.at = Some(plot.folder);
            self.show_folder(above);
        }
    }
}

impl View for TreemapView {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        let toward = match action {
            Action::Up => Direction::Up,
            Action::Down => Direction::Down,
            Action::Collapse => Direction::Left,
            Action::Expand => Direction::Right,
            Action::Open => {
                let file = self.go_in(body);
                return file.map(|node| Effect::GoTo(Request::Select(node))).into_iter().collect();
            }
            // It shows what the files pane shows.
            Action::Merged | Action::MergedView | Action::LayerChanges | Action::Combine | Action::CombineAboveBase => {
                return vec![Effect::Ask(Request::Act(action))];
            }
            Action::PageUp | Action::PageDown => {
                return vec![Effect::Ask(Request::Layer { upward: action == Action::PageDown })];
            }
            Action::Close | Action::ZoomOut => {
                self.go_out(model);
                return Vec::new();
            }
            Action::Top => {
                self.selected = 0;
                return Vec::new();
            }
            Action::Bottom => {
                self.selected = usize::MAX;
                return Vec::new();
            }
            _ => return vec![Effect::NoSuchKey],
        };
        let places: Vec<Rect> = self.areas(body).into_iter().map(|(_, place)| place).collect();
        match neighbour(&places, self.selected, toward) {
            Some(found) => self.selected = found,
            // As in a tree, moving left from the leftmost area leads to the parent folder.
            None if toward == Direction::Left => self.go_out(model),
            None => {}
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        if pointer.action != MouseAction::Click {
            return ClickTarget::Nothing;
        }
        match self.areas(body).iter().position(|(_, place)| pointer.is_in(*place)) {
            Some(at) if at == self.selected => ClickTarget::SelectedRow,
            Some(at) => {
                self.selected = at;
                ClickTarget::Row
            }
            None => ClickTarget::Nothing,
        }
    }

    /// Shows the folder of a path; the area of the path is selected.
    fn follow(&mut self, chosen: Chosen, model: &Model, body: Rect) {
        let Some((node, union)) = chosen.node.zip(model.union.as_ref()) else { return };
        let Some(folder) = union.parent(node) else { return };
        if let Some(at) = self.areas(body).iter().position(|(item, _)| item.node == Some(node)) {
            self.selected = at;
        } else {
            self.at = Some(node);
            self.show_folder(folder);
        }
    }

    fn target(&self, model: &Model, body: Rect) -> CursorTarget {
        let scope = model.files.scope;
        let node = self.selected_item(body).and_then(|item| item.node);
        let union = model.union.as_ref();
        let row = node.zip(union).zip(self.plot()).and_then(|((node, union), plot)| plot.view.row(union, node));
        let version = row.map(|row| row.version);
        let (version, layer) = (version.map(VersionRef::id), version.map(VersionRef::layer));
        CursorTarget { layer, node, version, scope, ..CursorTarget::default() }
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        self.request(model, body).into_iter().collect()
    }

    fn receive(&mut self, result: JobResult, model: &Model, body: Rect) -> Option<JobResult> {
        let RequestedPlot { key, plot } = match result.take() {
            Ok(requested) => requested,
            Err(result) => return Some(result),
        };
        if self.requested != Some(key) {
            return None;
        }
        self.requested = None;
        // The plot may be of a parent folder, where this one is empty.
        (self.folder, self.skip) = (Some(plot.folder), plot.skip);
        if plot.skip == 0 {
            self.before.clear();
        }
        self.shown = Some((PlotKey { folder: plot.folder, skip: plot.skip, ..key }, plot));
        self.select_wanted(model, body);
        None
    }

    fn is_waiting(&self, _: &Model) -> bool {
        self.requested.is_some()
    }

    fn hints(&self, model: &Model) -> &'static [Hint] {
        const NEIGHBOURS: Hint = (&[Action::Collapse, Action::Down, Action::Up, Action::Expand], "move");
        const ZOOM_IN: Hint = (&[Action::Open], "zoom in");
        const ZOOM_OUT: Hint = (&[Action::Close], "out");
        const LAYER: Hint = (&[Action::PageUp, Action::PageDown], "layer");
        if model.files.merged {
            &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, CHANGES, LAYER, VIEWS, COPY, QUIT]
        } else {
            &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, MERGED, LAYER, VIEWS, COPY, QUIT]
        }
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        draw::treemap(buffer, body, model, self, model.files.scope, framing);
    }
}
