//! View 6: the treemap of the layers that the files pane shows. It shows one folder at a time, and what is in its
//! subfolders.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::draw;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::overlay::CursorTarget;
use crate::tui::pane::Framing;
use crate::tui::plot::{Plot, PlotItem, PlotKey, Shade, arrange};
use crate::tui::pointer::{ClickTarget, MouseAction, Pointer};
use crate::tui::squarify::{Toward, neighbour};
use crate::tui::work::{Job, JobResult};
use crate::union::{NodeId, Scope, VersionRef, View};

use super::DrawContext;

/// The areas of a folder, and the selected one.
#[derive(Default)]
pub(in crate::tui) struct TreemapView {
    folder: Option<NodeId>,
    shown: Option<(PlotKey, Plot)>,
    requested: Option<PlotKey>,
    /// Index of the selected area.
    selected: usize,
    /// The path to select as soon as there are areas.
    at: Option<NodeId>,
}

impl TreemapView {
    pub fn plot(&self) -> Option<&Plot> {
        self.shown.as_ref().map(|(_, plot)| plot)
    }

    pub fn is_waiting(&self) -> bool {
        self.requested.is_some()
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

    /// Handles an action. Returns the path that the files pane should show, if any.
    pub fn act(&mut self, action: Action, model: &Model, body: Rect) -> Option<NodeId> {
        let toward = match action {
            Action::Up => Toward::Up,
            Action::Down => Toward::Down,
            Action::Collapse => Toward::Left,
            Action::Expand => Toward::Right,
            Action::Open => return self.go_in(body),
            Action::Close | Action::ZoomOut => {
                self.go_out(model);
                return None;
            }
            Action::Top => {
                self.selected = 0;
                return None;
            }
            Action::Bottom => {
                self.selected = usize::MAX;
                return None;
            }
            _ => return None,
        };
        let places: Vec<Rect> = self.areas(body).into_iter().map(|(_, place)| place).collect();
        match neighbour(&places, self.selected, toward) {
            Some(found) => self.selected = found,
            // As in a tree, moving left from the leftmost area leads to the parent folder.
            None if toward == Toward::Left => self.go_out(model),
            None => {}
        }
        None
    }

    fn go_in(&mut self, body: Rect) -> Option<NodeId> {
        let item = self.selected_item(body)?;
        if item.shade != Shade::Folder {
            return item.node;
        }
        (self.folder, self.at, self.selected) = (item.node, None, 0);
        None
    }

    fn go_out(&mut self, model: &Model) {
        let Some((plot, union)) = self.plot().zip(model.union.as_ref()) else { return };
        if let Some(above) = plot.above(union) {
            (self.at, self.folder) = (Some(plot.folder), Some(above));
        }
    }

    /// Handles a click.
    pub fn point(&mut self, pointer: Pointer, body: Rect) -> ClickTarget {
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

    /// The target of the selected area.
    pub fn target(&self, model: &Model, scope: Option<Scope>, body: Rect) -> CursorTarget {
        let node = self.selected_item(body).and_then(|item| item.node);
        let union = model.union.as_ref();
        let row = node.zip(union).zip(self.plot()).and_then(|((node, union), plot)| plot.view.row(union, node));
        let version = row.map(|row| row.version);
        let (version, layer) = (version.map(VersionRef::id), version.map(VersionRef::layer));
        CursorTarget { layer, node, version, scope, ..CursorTarget::default() }
    }

    /// Requests the areas that are wanted, unless they are present or on their way.
    pub fn refresh(&mut self, scope: Option<Scope>, model: &Model, body: Rect) -> Option<Job> {
        let wanted = scope.zip(model.union.as_ref()).map(|(scope, union)| {
            let folder = self.folder.unwrap_or(union.root());
            (PlotKey { scope, folder }, Arc::clone(union))
        });
        let shown = self.shown.as_ref().map(|(key, _)| *key);
        if shown.map(|key| key.scope) != scope {
            self.at = self.at.or_else(|| self.selected_item(body)?.node);
        }
        self.selected = self.selected.min(self.areas(body).len().saturating_sub(1));
        let Some((key, union)) = wanted else {
            (self.shown, self.requested) = (None, None);
            return None;
        };
        if shown == Some(key) {
            self.requested = None;
            return None;
        }
        if self.requested == Some(key) {
            return None;
        }
        self.requested = Some(key);
        let known = self.plot().map(|plot| Arc::clone(&plot.view)).filter(|view| view.scope() == key.scope);
        Some(Job::Background(Box::new(move |tell| {
            let view = known.unwrap_or_else(|| Arc::new(View::new(&union, key.scope)));
            tell(JobResult::Plot { key, plot: Plot::new(&union, view, key.folder) });
        })))
    }

    /// Takes requested areas; those that are no longer wanted are dropped.
    pub fn set_plot(&mut self, key: PlotKey, plot: Plot, body: Rect) {
        if self.requested != Some(key) {
            return;
        }
        self.requested = None;
        // The plot may be of a parent folder, where this one is empty.
        self.folder = Some(plot.folder);
        self.shown = Some((PlotKey { folder: plot.folder, ..key }, plot));
        let at = self.at.take();
        let found = at.and_then(|at| self.areas(body).iter().position(|(item, _)| item.node == Some(at)));
        self.selected = found.unwrap_or(0);
    }

    pub fn draw(&self, buffer: &mut Buffer, model: &Model, scope: Option<Scope>, body: Rect, context: DrawContext<'_>) {
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        draw::treemap(buffer, body, model, self, scope, framing);
    }
}
