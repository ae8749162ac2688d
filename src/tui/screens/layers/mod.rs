//! View 1: the whole image with the answer about it, then the steps of the build with their layers, the files of the
//! selected one, and the details of the selection.

mod draw_files;
mod files;
mod overview;
pub(in crate::tui) mod span;
mod steps;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::shared;
use crate::image::LayerNumber;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::{Model, ShownFiles};
use crate::tui::search::Finder;
use crate::tui::view::hints::{CHANGES, COPY, EXTRACT, FIND, FOLDS, MARK, MERGED, MOVE, OPEN, PANE, QUIT, SORT, VIEWS};
use crate::tui::view::{Chosen, CursorTarget, DrawContext, Effect, FindingAt, Request, View, ViewSpec};
use crate::tui::viewer::path::{self, FolderBytes};
use crate::tui::widgets::layout::{self, LayersLayout, Pane, Split};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::scroll::{ClickTarget, Motion, MouseAction, Pointer};
use crate::tui::widgets::text::Scrolled;
use crate::tui::work::{Job, JobResult};
use crate::union::{NodeId, Scope, VersionRef};

use files::{Files, Handled};
use overview::OverviewPane;
use span::Span;
use steps::StepList;

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-layers", title: "Layers", help: "layers and their files" },
    new: |preferences| Box::new(LayersView::new(preferences.split)),
    figure: |_| None,
    command: Some(("layers", "")),
};

/// What the details are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DetailsSubject {
    Image,
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
    steps: StepList,
    overview: OverviewPane,
    files: Files,
    details: Scrolled<(DetailsSubject, u32, Option<path::FolderKey>)>,
    folder: FolderBytes,
    /// Where the combined layers begin.
    span: Option<Span>,
    split: Split,
    /// Whether the focused pane has the whole body.
    is_zoomed: bool,
}

impl LayersView {
    /// With borders where they were left.
    pub fn new(split: Split) -> Self {
        Self { split, ..Self::default() }
    }

    fn layout(&self, model: &Model, body: Rect) -> LayersLayout {
        let text = self.details.tallest();
        let of_rows = |rows| LayersLayout::new(body, rows, text, self.focus, self.split, self.shows_overview());
        let mut layout = of_rows(model.steps().len() + 1);
        if layout::is_roomy(body)
            && let Some(lines) = StepList::wrapped_lines(model, layout.layers.width.saturating_sub(2), body.height)
        {
            let wrapped = of_rows(usize::from(lines));
            let has_room = layout::below_heads(layout::inner(wrapped.layers, true)).height >= lines;
            layout = if has_room { wrapped } else { layout };
        }
        if self.is_zoomed { layout.zoomed(body, self.focus) } else { layout }
    }

    /// The selected step; none where the whole image is selected.
    fn step(&self) -> Option<usize> {
        self.steps.selected()
    }

    fn select_step(&mut self, step: usize) {
        self.steps.select(step);
    }

    /// Whether the overview is in the place of the files; the whole image has files, too, in the merged view.
    fn shows_overview(&self) -> bool {
        self.step().is_none() && !self.files.merged
    }

    fn list_height(&self, layout: &LayersLayout, pane: Pane, body: Rect) -> usize {
        let inner = layout::inner(layout.of_pane(pane).unwrap_or_default(), layout::boxed(body));
        let rows = if pane == Pane::Files {
            shared::filtered_rows(inner, self.files.finder())
        } else {
            layout::below_heads(inner)
        };
        usize::from(rows.height)
    }

    /// Keeps what the lists show up to date with the model and their areas.
    fn refresh_lists(&mut self, layout: &LayersLayout, model: &Model, body: Rect) -> Option<Job> {
        let (steps, files) =
            (self.list_height(layout, Pane::Layers, body), self.list_height(layout, Pane::Files, body));
        self.steps.refresh(model, steps, layout::is_roomy(body));
        if self.shows_overview() {
            let area = layout::inner(layout.files, layout::boxed(body));
            self.overview.refresh(model, area, self.focus == Pane::Files);
        }
        self.files.refresh(self.scope(model), model, files)
    }

    /// Handles an action in the focused pane.
    fn act_on_pane(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        let layout = self.layout(model, body);
        let inner = |area| layout::inner(area, layout::boxed(body));
        match (self.focus, action) {
            (Pane::Layers, Action::Open | Action::Expand) => self.focus(Pane::Files),
            (Pane::Details, Action::Collapse) => self.focus(self.list),
            (Pane::Details, Action::Open) => {
                self.focus(self.list);
                return self.act_on_pane(action, model, body);
            }
            (Pane::Files, Action::Open | Action::Expand) if self.shows_overview() => {
                return self.overview.leads_to().map(Effect::GoTo).into_iter().collect();
            }
            (Pane::Files, Action::Collapse) if self.shows_overview() => self.focus(Pane::Layers),
            (Pane::Files, _) if !self.shows_overview() => {
                match self.files.act(action, self.list_height(&layout, Pane::Files, body)) {
                    Handled::Here => {}
                    Handled::ToTheLeft => self.focus(Pane::Layers),
                    Handled::Nowhere => return vec![Effect::NoSuchKey],
                }
            }
            _ => match (self.focus, Motion::from_action(action), layout.details) {
                (Pane::Layers, Some(motion), _) => {
                    self.steps.go(motion, model, self.list_height(&layout, Pane::Layers, body));
                }
                (Pane::Files, Some(motion), _) => self.overview.go(motion, inner(layout.files)),
                (Pane::Details, Some(motion), Some(area)) => self.details.go(motion, inner(area)),
                _ => return vec![Effect::NoSuchKey],
            },
        }
        Vec::new()
    }

    /// Selects the nearest step that made a layer.
    fn go_to_layer(&mut self, upward: bool, model: &Model) {
        let selected = self.step();
        let mut made = model.steps().iter().zip(0..).filter(|(step, _)| step.layer.is_some()).map(|(_, step)| step);
        let next = if upward {
            made.find(|&next| Some(next) > selected)
        } else {
            made.take_while(|&next| Some(next) < selected).last()
        };
        if let Some(step) = next {
            self.select_step(step);
        }
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
        let last_step = model.steps().len().checked_sub(1);
        let (first, last) = match (self.step(), self.span) {
            (step, _) if self.files.merged => model.layer_after(step.or(last_step)?).map(|layer| (layer, layer))?,
            (Some(step), Some(span)) => span.layers(step, model)?,
            (Some(step), None) => model.steps().get(step)?.layer.map(|layer| (layer, layer))?,
            (None, _) => return None,
        };
        model.union.as_ref().filter(|union| last.index() < union.layer_count())?;
        Some(if self.files.merged { Scope::Merged(last) } else { Scope::Changes(first, last) })
    }

    fn subject(&self, model: &Model) -> DetailsSubject {
        let of_row = match self.step() {
            None if model.image.is_some() => DetailsSubject::Image,
            Some(step) if !model.steps().is_empty() => DetailsSubject::Step(step),
            _ => DetailsSubject::Nothing,
        };
        match self.list {
            Pane::Files if !self.shows_overview() => self.files.selected().map_or(of_row, DetailsSubject::Path),
            _ => of_row,
        }
    }

    /// Shows a path: among the changes of a layer, or in the merged view of all.
    fn show(&mut self, node: NodeId, layer: Option<LayerNumber>, model: &Model) {
        self.span = None;
        self.files.merged = layer.is_none();
        let step = match layer {
            Some(layer) => model.steps().iter().position(|step| step.layer == Some(layer)),
            None => model.steps().len().checked_sub(1),
        };
        self.select_step(step.unwrap_or(0));
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
            Pane::Layers => self.steps.point(pointer, model, inner),
            Pane::Files if self.shows_overview() => self.overview.point(pointer, inner),
            Pane::Files => {
                let list = shared::filtered_rows(inner, self.files.finder());
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
            Action::Zoom => self.is_zoomed = !self.is_zoomed,
            Action::Wider | Action::Narrower if !self.is_zoomed => {
                self.split = layout.resized(body, action == Action::Wider, self.split);
            }
            Action::Combine if self.step().is_none() && self.span.is_none() => {
                return vec![Effect::Notice("select a layer first: the layers from there on are combined".to_owned())];
            }
            Action::Combine | Action::CombineAboveBase => self.combine(action, model),
            Action::Close if self.span.is_some() => self.span = None,
            Action::Close => self.focus(Pane::Layers),
            Action::Sort if self.focus == Pane::Layers => self.steps.sort_by_next(),
            Action::Merged | Action::MergedView | Action::LayerChanges => {
                self.files.act_on_all(action);
                self.focus(self.list);
            }
            _ if !self.shows_overview() && self.files.act_on_all(action) => {}
            _ => return self.act_on_pane(action, model, body),
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
        let job = self.refresh_lists(&layout, model, body);
        let subject = self.subject(model);
        let selected = if let DetailsSubject::Path(node) = subject { Some(node) } else { None };
        let folder = layout.details.and_then(|_| self.folder.refresh(selected, model));
        if let Some(area) = layout.details {
            let area = layout::inner(area, layout::boxed(body));
            let bytes = selected.and_then(|node| self.folder.of(node));
            self.details.refresh(
                (subject, model.edition, self.folder.known().filter(|_| bytes.is_some())),
                area,
                |text| match subject {
                    DetailsSubject::Image => overview::identity(text, model),
                    DetailsSubject::Step(step) => shared::step(text, model, step),
                    DetailsSubject::Path(node) => path::path(text, model, node, bytes),
                    DetailsSubject::Nothing => {}
                },
            );
            // The text may have moved the borders.
            let moved = self.layout(model, body);
            if moved != layout {
                self.refresh_lists(&moved, model, body);
            }
        }
        job.into_iter().chain(folder).collect()
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        let result = result.take().map(|tree| self.files.set_tree(tree)).err()?;
        self.folder.receive(result)
    }

    fn follow(&mut self, chosen: Chosen, model: &Model, _: Rect) {
        self.focus(Pane::Layers);
        match (chosen.node, chosen.stored_by) {
            (Some(node), Some(layer)) => self.show(node, Some(layer), model),
            (node, _) => {
                if let Some(step) = chosen.step.filter(|&step| Some(step) != self.step()) {
                    self.span = None;
                    self.select_step(step);
                }
                if let Some(node) = node.filter(|_| !self.shows_overview()) {
                    self.files.go_to(node, model);
                }
            }
        }
    }

    fn serve(&mut self, request: Request, model: &Model, body: Rect) -> bool {
        match request {
            Request::Show { node, layer } => self.show(node, layer, model),
            Request::Step(step) => {
                self.span = None;
                self.files.merged = false;
                self.select_step(step);
                // There is nothing to see among the files of a step without a layer.
                let has_layer = model.steps().get(step).is_some_and(|step| step.layer.is_some());
                self.focus(if has_layer { Pane::Files } else { Pane::Layers });
            }
            Request::Select(node) => self.go_to(node, model),
            Request::Combine { step, action } => self.combine_from(step, action, model),
            Request::Layer { upward } => self.go_to_layer(upward, model),
            Request::Act(action) => drop(self.act(action, model, body)),
            Request::Waste { .. } | Request::Concern { .. } => return false,
        }
        true
    }

    fn is_waiting(&self, _: &Model) -> bool {
        self.files.is_requested()
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        let step = self.step();
        let of_step = step.and_then(|step| model.steps().get(step));
        let scope = self.scope(model);
        let mut target = CursorTarget {
            step: of_step.and(step),
            layer: of_step.and_then(|step| step.layer),
            scope,
            ..CursorTarget::default()
        };
        if self.shows_overview() {
            let item = self.overview.finding().filter(|_| self.list == Pane::Files);
            target.finding = Some(item.unwrap_or(FindingAt::Image));
        }
        if self.list == Pane::Files
            && !self.shows_overview()
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
        self.list == Pane::Files && !self.shows_overview()
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

    /// The files of the whole image are those of the merged view.
    fn go_to_list(&mut self) {
        self.files.merged |= self.shows_overview();
        self.focus(Pane::Files);
    }

    fn sought_elsewhere(&self) -> Option<String> {
        let query = self.files.finder().query()?;
        let found = self.files.tree()?.found().filter(|found| found.matches == 0)?;
        (found.elsewhere > 0).then(|| query.text().to_owned())
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
        // The files of the whole image are those that a container sees.
        let whole = || {
            let last = model.layer_after(model.steps().len().checked_sub(1)?)?;
            let is_read = model.union.as_ref().is_some_and(|union| last.index() < union.layer_count());
            (is_read && self.step().is_none()).then_some(Scope::Merged(last))
        };
        Some(ShownFiles { scope: self.scope(model).or_else(whole), merged: self.files.merged })
    }

    fn split(&self) -> Option<Split> {
        Some(self.split)
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const COMBINE: Hint = (&[Action::Combine], "combine");
        const COMBINED: Hint = (&[Action::Combine], "end combining");
        const FILES: Hint = (&[Action::Merged], "all files");
        const OVERVIEW: Hint = (&[Action::Merged], "overview");
        if self.shows_overview() {
            return &[PANE, MOVE, OPEN, FILES, FIND, VIEWS, COPY, QUIT];
        }
        if self.span.is_some() {
            return &[PANE, MOVE, OPEN, COMBINED, FIND, VIEWS, SORT, COPY, EXTRACT, MARK, FOLDS, QUIT];
        }
        if self.files.merged && self.step().is_none() {
            return &[PANE, MOVE, OPEN, OVERVIEW, FIND, VIEWS, SORT, COPY, EXTRACT, MARK, FOLDS, QUIT];
        }
        if self.files.merged {
            return &[PANE, MOVE, OPEN, CHANGES, FIND, VIEWS, SORT, COPY, EXTRACT, COMBINE, MARK, FOLDS, QUIT];
        }
        &[PANE, MOVE, OPEN, MERGED, FIND, VIEWS, SORT, COPY, EXTRACT, COMBINE, MARK, FOLDS, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let layout = self.layout(model, body);
        let framing = |pane| Framing { theme: context.theme, boxed: layout::boxed(body), focused: pane == self.focus };
        if layout.layers.height > 0 {
            let bracket = self.span.zip(self.step()).map(|(span, step)| steps::Bracket {
                steps: span.steps(step),
                about: span.base_label(step, model).unwrap_or_default(),
            });
            steps::steps(buffer, layout.layers, model, &self.steps, bracket.as_ref(), framing(Pane::Layers));
        }
        if layout.files.height > 0 && self.shows_overview() {
            self.overview.draw(buffer, layout.files, model, framing(Pane::Files));
        } else if layout.files.height > 0 {
            let shown = draw_files::FilesShown {
                files: &self.files,
                step: self.step(),
                scope: self.scope(model),
                keymap: context.keymap,
            };
            draw_files::files(buffer, layout.files, model, &shown, framing(Pane::Files));
        }
        if let Some(area) = layout.details {
            let title = match self.subject(model) {
                DetailsSubject::Image => "Image".to_owned(),
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
