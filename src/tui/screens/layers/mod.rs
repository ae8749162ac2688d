//! View 1: the steps of the build with their layers, the files of the selected one, and the details of the selection.

mod draw_files;
mod draw_steps;
mod files;
pub(in crate::tui) mod span;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{filter, shared};
use crate::image::LayerNumber;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::{Model, ShownFiles};
use crate::tui::search::Finder;
use crate::tui::view::hints::{CHANGES, COPY, EXTRACT, FIND, FOLDS, MARK, MERGED, MOVE, OPEN, PANE, QUIT, SORT, VIEWS};
use crate::tui::view::{CursorTarget, DrawContext, Effect, Request, View, ViewSpec};
use crate::tui::viewer::path;
use crate::tui::widgets::layout::{self, LayersLayout, Pane, Split};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::pointer::{ClickTarget, MouseAction, Pointer};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::text::Scrolled;
use crate::tui::work::{Job, JobResult};
use crate::union::{NodeId, Scope, VersionRef};

use files::Files;
use span::Span;

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-layers", title: "Layers", help: "layers and their files" },
    new: |preferences| Box::new(LayersView::new(preferences.split)),
};

/// What the details are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DetailsSubject {
    Step(usize),
    Path(NodeId),
    Nothing,
}

/// Layers, files, details.
#[derive(Default)]
pub(super) struct LayersView {
    focus: Pane,
    /// The list that was focused last: the details describe its selection.
    list: Pane,
    steps: Cursor,
    files: Files,
    details: Scrolled<(DetailsSubject, u32)>,
    /// Where the combined layers begin.
    span: Option<Span>,
    split: Split,
}

impl LayersView {
    /// With borders where they were left.
    pub fn new(split: Split) -> Self {
        Self { split, ..Self::default() }
    }

    fn layout(&self, model: &Model, body: Rect) -> LayersLayout {
        LayersLayout::new(body, model.steps().len(), self.focus, self.split)
    }

    fn list_height(&self, layout: &LayersLayout, pane: Pane, body: Rect) -> usize {
        let inner = layout::inner(layout.of_pane(pane).unwrap_or_default(), layout::boxed(body));
        let rows = if pane == Pane::Files {
            filter::filtered_rows(inner, self.files.finder())
        } else {
            layout::below_heads(inner)
        };
        usize::from(rows.height)
    }

    fn act_on_steps(&mut self, action: Action, model: &Model, height: usize) {
        match action {
            Action::Open | Action::Expand => self.focus(Pane::Files),
            _ => {
                if let Some(motion) = Motion::from_action(action) {
                    self.steps.go(motion, model.steps().len(), height);
                }
            }
        }
    }

    /// Selects the nearest step that made a layer.
    fn go_to_layer(&mut self, upward: bool, model: &Model) {
        let (at, steps) = (self.steps.selected(), model.steps());
        let mut made = steps.iter().enumerate().filter(|(_, step)| step.layer.is_some()).map(|(step, _)| step);
        let next = if upward { made.find(|&step| step > at) } else { made.rfind(|&step| step < at) };
        self.steps.select(next.unwrap_or(at));
    }

    /// Selects a path in the files pane.
    fn go_to(&mut self, node: NodeId, model: &Model) {
        self.files.go_to(node, model);
        self.focus(Pane::Files);
    }

    fn focus(&mut self, pane: Pane) {
        self.focus = pane;
        if pane != Pane::Details {
            self.list = pane;
        }
    }

    /// What the files pane shows; `None` where the step made no layer or the layers are not read.
    fn scope(&self, model: &Model) -> Option<Scope> {
        let step = self.steps.selected();
        let (first, last) = match self.span {
            _ if self.files.merged => model.layer_after(step).map(|layer| (layer, layer))?,
            Some(span) => span.layers(step, model)?,
            None => model.steps().get(step)?.layer.map(|layer| (layer, layer))?,
        };
        model.union.as_ref().filter(|union| last.index() < union.layer_count())?;
        Some(if self.files.merged { Scope::Merged(last) } else { Scope::Changes(first, last) })
    }

    fn subject(&self, model: &Model) -> DetailsSubject {
        match self.list {
            Pane::Files => {
                self.files.selected().map_or(DetailsSubject::Step(self.steps.selected()), DetailsSubject::Path)
            }
            _ if model.steps().is_empty() => DetailsSubject::Nothing,
            _ => DetailsSubject::Step(self.steps.selected()),
        }
    }

    /// Shows a path: among the changes of a layer, or in the merged view of all.
    fn show(&mut self, node: NodeId, layer: Option<LayerNumber>, model: &Model) {
        self.files.merged = layer.is_none();
        let step = match layer {
            Some(layer) => model.steps().iter().position(|step| step.layer == Some(layer)),
            None => model.steps().len().checked_sub(1),
        };
        self.steps.select(step.unwrap_or(0));
        self.files.go_to(node, model);
        self.focus(Pane::Files);
    }

    /// Handles a click or the wheel.
    fn point_at_pane(&mut self, pointer: Pointer, model: &Model, body: Rect) -> ClickTarget {
        let layout = self.layout(model, body);
        let panes = [Pane::Layers, Pane::Files, Pane::Details];
        let met =
            panes.into_iter().find_map(|pane| Some((pane, layout.of_pane(pane).filter(|&area| pointer.is_in(area))?)));
        let Some((pane, area)) = met else { return ClickTarget::Nothing };
        let had_keys = self.focus == pane;
        if pointer.action == MouseAction::Click {
            self.focus(pane);
        }
        let inner = layout::inner(area, layout::boxed(body));
        let hit = match pane {
            Pane::Layers => pointer.on_list(&mut self.steps, layout::below_heads(inner), model.steps().len()),
            Pane::Files => {
                let list = filter::filtered_rows(inner, self.files.finder());
                self.files.point(pointer, list)
            }
            Pane::Details => {
                pointer.on_text(&mut self.details, inner);
                ClickTarget::Nothing
            }
        };
        if hit == ClickTarget::SelectedRow && !had_keys { ClickTarget::Row } else { hit }
    }
}

impl View for LayersView {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        let layout = self.layout(model, body);
        match action {
            Action::NextPane => self.focus(next(self.focus, &layout, 1)),
            Action::PreviousPane => self.focus(next(self.focus, &layout, 2)),
            Action::Wider | Action::Narrower => {
                self.split = layout.resized(body, action == Action::Wider, self.split);
            }
            Action::Compare | Action::CompareBase => self.compare(action, model),
            Action::Close => self.span = None,
            _ if self.files.act_on_all(action) => {}
            _ => match self.focus {
                Pane::Layers => self.act_on_steps(action, model, self.list_height(&layout, Pane::Layers, body)),
                Pane::Files => {
                    let height = self.list_height(&layout, Pane::Files, body);
                    if self.files.act(action, height) {
                        self.focus(Pane::Layers);
                    }
                }
                Pane::Details => {
                    if let Some((motion, area)) = Motion::from_action(action).zip(layout.details) {
                        self.details.go(motion, layout::inner(area, layout::boxed(body)));
                    }
                }
            },
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, model: &Model, body: Rect) -> ClickTarget {
        self.point_at_pane(pointer, model, body)
    }

    fn border_at(&self, at: Position, model: &Model, body: Rect) -> bool {
        self.layout(model, body).border_at(at)
    }

    fn drag_border(&mut self, at: Position, model: &Model, body: Rect) {
        self.split = self.layout(model, body).dragged(body, at, self.split);
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        if self.layout(model, body).of_pane(self.focus).is_none() {
            self.focus(self.list);
        }
        let layout = self.layout(model, body);
        let (steps, files) =
            (self.list_height(&layout, Pane::Layers, body), self.list_height(&layout, Pane::Files, body));
        self.steps.clamp(model.steps().len(), steps);
        let job = self.files.refresh(self.scope(model), model, files);
        let subject = self.subject(model);
        if let Some(area) = layout.details {
            let area = layout::inner(area, layout::boxed(body));
            self.details.refresh((subject, model.edition), area, |text| match subject {
                DetailsSubject::Step(step) => shared::step(text, model, step),
                DetailsSubject::Path(node) => path::path(text, model, node),
                DetailsSubject::Nothing => {}
            });
        }
        job.into_iter().collect()
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        result.take().map(|tree| self.files.set_tree(tree)).err()
    }

    /// Selects the first layer.
    fn opened(&mut self, model: &Model) {
        self.steps.select(model.steps().iter().position(|step| step.layer.is_some()).unwrap_or(0));
    }

    fn serve(&mut self, request: Request, model: &Model, body: Rect) -> bool {
        match request {
            Request::Show { node, layer } => self.show(node, layer, model),
            Request::Select(node) => self.go_to(node, model),
            Request::Combine { step, action } => self.compare_from(step, action, model),
            Request::Layer { upward } => self.go_to_layer(upward, model),
            Request::Act(action) => drop(self.act(action, model, body)),
        }
        true
    }

    fn is_waiting(&self, _: &Model) -> bool {
        self.files.is_requested()
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        let step = self.steps.selected();
        let of_step = model.steps().get(step);
        let scope = self.scope(model);
        let mut target = CursorTarget {
            step: of_step.map(|_| step),
            layer: of_step.and_then(|step| step.layer),
            scope,
            ..CursorTarget::default()
        };
        if self.list == Pane::Files
            && let Some((node, union)) = self.files.selected().zip(model.union.as_ref())
        {
            let version = self.files.tree().and_then(|tree| tree.view().row(union, node)).map(|row| row.version);
            target.node = Some(node);
            target.version = version.map(VersionRef::id);
            target.layer = version.map(VersionRef::layer);
        }
        target
    }

    fn opens_files(&self) -> bool {
        self.is_in_list()
    }

    fn finder(&self) -> Option<&Finder> {
        Some(self.files.finder())
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        Some(self.files.finder_mut())
    }

    fn is_in_list(&self) -> bool {
        self.focus == Pane::Files
    }

    fn go_to_list(&mut self) {
        self.focus(Pane::Files);
    }

    fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        let round = self.files.go_to_match(forward)?;
        self.focus(Pane::Files);
        Some(round)
    }

    fn clear_filter(&mut self, model: &Model) -> bool {
        self.is_in_list() && self.files.clear_filter(model)
    }

    fn files(&self, model: &Model) -> Option<ShownFiles> {
        Some(ShownFiles { scope: self.scope(model), merged: self.files.merged })
    }

    fn split(&self) -> Option<Split> {
        Some(self.split)
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const COMPARE: Hint = (&[Action::Compare], "compare");
        const COMPARED: Hint = (&[Action::Compare], "end combining");
        if self.span.is_some() {
            return &[PANE, MOVE, OPEN, COMPARED, FIND, VIEWS, SORT, EXTRACT, MARK, COPY, FOLDS, QUIT];
        }
        if self.files.merged {
            return &[PANE, MOVE, OPEN, CHANGES, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT];
        }
        &[PANE, MOVE, OPEN, MERGED, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let layout = self.layout(model, body);
        let framing = |pane| Framing { theme: context.theme, boxed: layout::boxed(body), focused: pane == self.focus };
        if layout.layers.height > 0 {
            let step = self.steps.selected();
            let bracket = self.span.map(|span| draw_steps::Bracket {
                steps: span.steps(step),
                about: span.base_label(step, model).unwrap_or_default(),
            });
            draw_steps::steps(buffer, layout.layers, model, &self.steps, bracket.as_ref(), framing(Pane::Layers));
        }
        if layout.files.height > 0 {
            let step = self.steps.selected();
            let shown = draw_files::FilesShown { files: &self.files, step, scope: self.scope(model) };
            draw_files::files(buffer, layout.files, model, &shown, framing(Pane::Files));
        }
        if let Some(area) = layout.details {
            let title = match self.subject(model) {
                DetailsSubject::Step(step) => shared::step_title(model, step),
                DetailsSubject::Path(_) => "Path through the layers".to_owned(),
                DetailsSubject::Nothing => "Details".to_owned(),
            };
            pane::text(buffer, area, &title, &self.details, framing(Pane::Details));
        }
    }
}

fn next(from: Pane, layout: &LayersLayout, by: usize) -> Pane {
    let order: Vec<Pane> =
        [Pane::Layers, Pane::Files, Pane::Details].into_iter().filter(|&pane| layout.of_pane(pane).is_some()).collect();
    let at = order.iter().position(|&pane| pane == from).unwrap_or(0);
    let by = if by == 1 { 1 } else { order.len() - 1 };
    order[(at + by) % order.len()]
}
