//! View 4: every step of the build, those that made a layer and those that changed metadata only.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::shared::{self, DetailedList};
use crate::analysis::{
    Base, BuildPlan, Instruction, Knowledge, Marked, Rerun, StepKind, StepOutcome, outcomes, replaced_by,
};
use crate::format;
use crate::image::{LayerNumber, Step, UnplacedStep};
use crate::teaching::{history_line, is_metadata};
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::search::{Finder, QuerySubject};
use crate::tui::view::hints::{COPY, EXTRACT, FIND, MARK, MOVE, OPEN, PANE, QUIT, VIEWS};
use crate::tui::view::{
    Chosen, CursorTarget, DrawContext, Effect, HISTORY, Request, View, ViewSpec, no_such_key_unless,
};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, on_two_lines};
use crate::tui::widgets::scroll::{ClickTarget, Pointer};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-history", title: "History", help: "every step of the build" },
    new: |_| Box::new(HistoryView { newest_first: false, list: DetailedList::new(false), rebuild: None }),
    figure: |_| None,
    command: Some(HISTORY),
};

/// Steps, in either order.
pub(super) struct HistoryView {
    newest_first: bool,
    /// The indices of the steps that match the filter.
    list: DetailedList<usize>,
    /// What runs again if a step changes.
    rebuild: Option<Rebuild>,
}

/// What happens to a step of the history after a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StepFate {
    Outcome(StepOutcome),
    /// It is of the base, and another base is taken.
    NewBase,
    /// It only writes the configuration: there is nothing to cache and nothing to run.
    Metadata,
    /// It is the one that changes, and only writes the configuration.
    Changed,
}

/// What a change of one step does to the others.
struct Rebuild {
    /// The index of the changed step.
    step: usize,
    /// By step.
    fates: Vec<StepFate>,
    /// The same as `layerscope rebuild` reports.
    rerun: Rerun,
    knowledge: Knowledge,
}

impl Rebuild {
    /// What changes with a step; a step of the base means another base.
    fn new(model: &Model, step: usize) -> Option<Self> {
        let (image, analysis) = (model.image.as_ref()?, model.analysis.as_ref()?);
        let plan = BuildPlan::new(image);
        let own = plan.steps.iter().position(|planned| planned.is_shown && planned.step == Some(step + 1));
        let changed = own.or(plan.base.filter(|_| step < model.base_steps()))?;
        let of_plan = outcomes(&plan.steps, &[changed]);
        let base = own.is_none().then(|| Base::detect(image));
        let rerun = Rerun::new(&plan.steps, &of_plan, base.as_ref(), analysis);
        let mut by_step = vec![StepFate::Outcome(StepOutcome::Cached); image.steps.len()];
        for (planned, outcome) in plan.steps.iter().zip(of_plan).filter(|(planned, _)| planned.is_shown) {
            if let Some(place) = planned.step.and_then(|number| by_step.get_mut(number.checked_sub(1)?)) {
                let is_metadata = matches!(planned.kind, StepKind::Metadata | StepKind::Environment);
                *place = if is_metadata { StepFate::Metadata } else { StepFate::Outcome(outcome) };
            }
        }
        if let Some(place) = by_step.get_mut(step).filter(|fate| **fate == StepFate::Metadata) {
            *place = StepFate::Changed;
        }
        if own.is_none() {
            by_step.iter_mut().take(model.base_steps()).for_each(|fate| *fate = StepFate::NewBase);
        }
        Some(Self { step, fates: by_step, rerun, knowledge: plan.knowledge })
    }

    /// `9 steps run again, 30 MB`, and how that is known.
    fn summary(&self, model: &Model, width: u16) -> String {
        let bytes = format::bytes(self.rerun.bytes);
        let verb = if self.rerun.steps == 1 { "runs" } else { "run" };
        let steps = counted(self.rerun.steps, "step");
        let knowledge = self.knowledge.word();
        if self.fates.get(self.step) == Some(&StepFate::NewBase) {
            return format!("· if the base changes: {steps} {verb} again, {bytes} ({knowledge})");
        }
        let instruction = model.steps().get(self.step).map_or("", |step| step.description());
        // The figures come after it, and matter more.
        let room = usize::from(width).saturating_sub(68).clamp(12, 30);
        let instruction = format::fit(&format::safe_str(&Instruction::read(instruction).line_or_missing()), room);
        format!("· if `{instruction}` changes: {steps} {verb} again, {bytes} ({knowledge})")
    }
}

impl HistoryView {
    /// Selects a step, or the row nearest to where it would be.
    fn select(&mut self, step: Option<usize>) {
        let is_at = |&row: &usize| step.is_some_and(|step| if self.newest_first { row <= step } else { row >= step });
        let rows = &self.list.rows;
        let row = rows.iter().position(is_at).unwrap_or_else(|| rows.len().saturating_sub(1));
        self.list.cursor.select(if step.is_some() { row } else { 0 });
    }

    fn columns(&self, model: &Model) -> OptionalColumns {
        OptionalColumns {
            lines: model.steps().iter().any(|step| step.source.is_some()),
            fate: self.rebuild.is_some(),
            from: model.base_steps() > 0,
        }
    }

    fn rebuild_rows(&mut self, model: &Model) {
        let selected = self.list.selected();
        let filter = self.list.finder.filter();
        let matches = |step: &Step| {
            let size = step.layer.and_then(|layer| model.accounts(layer)).map(|accounts| accounts.total());
            let texts = [step.created_by.as_bytes(), step.comment.as_bytes()];
            let subject = |path| QuerySubject { path, size, version: None, change: None };
            filter.as_ref().is_none_or(|filter| texts.into_iter().any(|text| filter.matches(&subject(text))))
        };
        let shown = model.steps().iter().zip(0..).filter(|(step, _)| matches(step)).map(|(_, step)| step);
        self.list.rows = shown.collect();
        if self.newest_first {
            self.list.rows.reverse();
        }
        self.select(selected);
    }
}

impl View for HistoryView {
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect> {
        let step = self.target(model, body).step;
        let request = match action {
            Action::Combine | Action::CombineAboveBase => step.map(|step| Request::Combine { step, action }),
            Action::Open => step.map(Request::Step),
            Action::Expand if !self.list.in_details => step.map(Request::Step),
            Action::Rebuild => {
                let is_other = |step: &usize| self.rebuild.as_ref().is_none_or(|known| known.step != *step);
                let other = step.filter(is_other);
                let found = other.and_then(|step| Rebuild::new(model, step));
                if other.is_some() && found.is_none() {
                    return no_such_key_unless(false);
                }
                self.rebuild = found;
                None
            }
            Action::Close if self.rebuild.is_some() && !self.list.in_details && self.list.finder.query().is_none() => {
                self.rebuild = None;
                None
            }
            Action::Sort => {
                self.newest_first = !self.newest_first;
                self.rebuild_rows(model);
                None
            }
            _ => return no_such_key_unless(self.list.act(action, body) || action == Action::Close),
        };
        request.map(Effect::GoTo).into_iter().collect()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        self.list.point(pointer, body)
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        let step = self.list.selected();
        let of_step = step.and_then(|step| model.steps().get(step));
        CursorTarget { step: of_step.and(step), layer: of_step.and_then(|step| step.layer), ..CursorTarget::default() }
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        self.rebuild_rows(model);
        let width = self.list.width(body);
        let table = table(width, &self.columns(model));
        let rebuild = &self.rebuild;
        self.list.wrap(body, |at| {
            HistoryRow::new(model, rebuild.as_ref(), at).is_some_and(|row| !row.lines_of(&table, width).1.is_empty())
        });
        self.list.refresh(model.edition, body, |text, step| shared::step(text, model, step));
        Vec::new()
    }

    fn follow(&mut self, chosen: Chosen, model: &Model, _: Rect) {
        self.list.in_details = false;
        self.rebuild_rows(model);
        if chosen.step.is_some() {
            self.select(chosen.step);
        }
    }

    fn finder(&self) -> Option<&Finder> {
        Some(&self.list.finder)
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        Some(&mut self.list.finder)
    }

    fn is_in_list(&self) -> bool {
        !self.list.in_details
    }

    fn go_to_list(&mut self) {
        self.list.in_details = false;
    }

    /// Every row matches.
    fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        self.list.finder.query()?;
        self.list.go_to_match(forward, |_, _| true)
    }

    fn clear_filter(&mut self, _: &Model) -> bool {
        self.list.clear_filter()
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        const TURN: Hint = (&[Action::Sort], "reverse");
        const REBUILD: Hint = (&[Action::Rebuild], "if it changes");
        &[PANE, MOVE, OPEN, TURN, REBUILD, FIND, VIEWS, COPY, EXTRACT, MARK, QUIT]
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        let title = self.list.selected().map_or_else(|| "Details".to_owned(), |step| shared::step_title(model, step));
        self.list.draw(buffer, body, context.theme, &title, |buffer, area, framing| {
            history(buffer, area, model, self, framing);
        });
    }
}

/// A step in the list.
struct HistoryRow<'a> {
    step: &'a Step,
    model: &'a Model,
    is_base: bool,
    /// What happens to it after the change that was asked about.
    fate: Option<StepFate>,
}

impl<'a> HistoryRow<'a> {
    fn new(model: &'a Model, rebuild: Option<&Rebuild>, at: usize) -> Option<Self> {
        let fate = rebuild.and_then(|known| known.fates.get(at).copied());
        Some(Self { step: model.steps().get(at)?, model, is_base: at < model.base_steps(), fate })
    }

    /// The columns, and what is wrong with the layer.
    fn before_instruction(&self, table: &Table<Self>, width: usize) -> Row {
        let row = table.row(shared::mark(self.model, self.step.layer.map(Marked::Layer)), self);
        match self.step.layer.and_then(|layer| self.model.fault(layer)) {
            Some(fault) => row.until(Role::Warning, &format!("! {fault} "), width - comment_columns(width)),
            None => row,
        }
    }

    fn instruction(&self) -> String {
        let image = self.model.image.as_ref();
        image.map_or_else(String::new, |image| format::safe_str(&history_line(image, self.step)))
    }

    /// The instruction on two lines; the second is empty if one is enough.
    fn lines_of(&self, table: &Table<Self>, width: usize) -> (String, String) {
        let before = self.before_instruction(table, width).width();
        on_two_lines(self.instruction(), (width - comment_columns(width)).saturating_sub(before))
    }
}

impl HistoryRow<'_> {
    fn role(&self) -> Role {
        if self.step.layer.is_some() { Role::Text } else { Role::Dim }
    }

    fn fate(&self) -> Cell {
        let (role, text) = match self.fate {
            None => return Cell::Empty,
            Some(StepFate::NewBase) => (Role::Modified, "new base"),
            Some(StepFate::Metadata) => (Role::Dim, "no layer"),
            Some(StepFate::Changed) => (Role::Modified, "changes"),
            Some(StepFate::Outcome(outcome)) => {
                (if outcome == StepOutcome::Cached { Role::Dim } else { Role::Modified }, outcome.describe())
            }
        };
        Cell::Text(role, text.to_owned())
    }

    fn layer(&self) -> String {
        let unplaced = if self.unplaced().is_some() { "?" } else { "–" };
        self.step.layer.map_or(unplaced.to_owned(), |layer| layer.to_string())
    }

    fn size(&self) -> String {
        let Some(layer) = self.step.layer else {
            let unplaced = self.unplaced().map(|unplaced| unplaced.size.map_or("…".to_owned(), format::bytes));
            let kind = match self.model.image.as_ref() {
                Some(image) if replaced_by(image, self.step).is_some() => "replaced",
                _ if is_metadata(self.step) => "metadata",
                _ => "no layer",
            };
            return unplaced.unwrap_or(kind.to_owned());
        };
        match (self.model.fault(layer), self.model.accounts(layer)) {
            (Some(_), Some(accounts)) if accounts.total() == 0 => "?".to_owned(),
            (_, Some(accounts)) => format::bytes(accounts.total()),
            (_, None) => self.described_size(layer).map_or("…".to_owned(), format::bytes),
        }
    }

    fn unplaced(&self) -> Option<UnplacedStep> {
        self.model.export.as_ref()?.unplaced(self.step.number.checked_sub(1)?)
    }

    /// The size as the engine says that exports the image.
    fn described_size(&self, layer: LayerNumber) -> Option<u64> {
        self.model.export.as_ref().and(self.model.layer(layer)?.stored_size)
    }

    fn wasted(&self) -> u64 {
        self.step.layer.and_then(|layer| self.model.accounts(layer)).map_or(0, |accounts| accounts.wasted())
    }

    fn caused(&self) -> u64 {
        self.step.layer.map_or(0, |layer| self.model.caused(layer))
    }

    fn lines(&self) -> String {
        self.step.source.as_ref().map_or_else(String::new, |source| source.lines.to_string())
    }

    fn created(&self, width: usize) -> String {
        let created = self.step.created.as_deref();
        let shown = created.map(|text| format::timestamp(text).unwrap_or_else(|| format::safe_str(text)));
        let shown = shown.unwrap_or_default();
        shown.get(..width).unwrap_or(&shown).to_owned()
    }
}

/// Columns that only some histories have anything in.
struct OptionalColumns {
    lines: bool,
    fate: bool,
    from: bool,
}

fn table<'a>(width: usize, shown: &OptionalColumns) -> Table<HistoryRow<'a>> {
    let created = match width {
        0..90 => 10,
        90..120 => 16,
        _ => 19,
    };
    Table::new(width)
        .right(0, "layer", 5, |row: &HistoryRow<'a>, _| Cell::Text(row.role(), row.layer()))
        .left(if shown.fate { 0 } else { usize::MAX }, "then", 11, |row, _| row.fate())
        .right(if shown.lines { 84 } else { usize::MAX }, "lines", 7, |row, _| Cell::Text(Role::Dim, row.lines()))
        .right(0, "size", 8, |row, _| Cell::Text(row.role(), row.size()))
        .right(64, "wasted", 7, |row, _| shared::wasted(row.wasted()))
        .right(64, "caused", 7, |row, _| shared::wasted(row.caused()))
        .gap(2)
        .left(if shown.from { 72 } else { usize::MAX }, "from", 4, |row, _| shared::from_base(row.is_base))
        .left(60, "created", created, |row, width| Cell::Text(Role::Dim, row.created(width)))
        .gap(2)
}

fn history(buffer: &mut Buffer, area: Rect, model: &Model, view: &HistoryView, framing: Framing<'_>) {
    let steps = model.steps();
    let is_unplaced = |at| model.export.as_ref().is_some_and(|export| export.unplaced(at).is_some());
    let without = steps.iter().enumerate().filter(|(at, step)| step.layer.is_none() && !is_unplaced(*at)).count();
    let order = if view.newest_first { "newest first" } else { "oldest first" };
    let counts = Some(shared::FilterCounts { matches: view.list.rows.len(), total: steps.len(), bytes: String::new() });
    let about = match shared::filter_summary(&view.list.finder, counts, false, area.width < 100) {
        Some(said) => format!("· {said} · {order}"),
        None if view.rebuild.is_some() => {
            view.rebuild.as_ref().map_or_else(String::new, |known| known.summary(model, area.width))
        }
        None => {
            let is_known = |step: &Step| step.layer.is_some() || is_metadata(step);
            let why = if without > 0 && steps.iter().all(is_known) { ", metadata only" } else { "" };
            let container = model.image.as_ref().and_then(|image| image.container());
            let own = steps.iter().filter(|step| step.layer.is_none() || step.layer != container).count();
            let others = if own < steps.len() { " + the layer of the container" } else { "" };
            format!("· {}{others}, {without} made no layer{why} · {order}", counted(own, "step"))
        }
    };
    let inner = view.list.open(buffer, area, "History", &about, framing);
    let width = usize::from(inner.width);
    let table = table(width, &view.columns(model));
    with_comment(table.heads(Row::new().gap(1)), Role::Heading, "instruction", "comment", width).paint(
        buffer,
        inner.intersection(area),
        framing.theme,
    );
    if view.list.rows.is_empty() {
        let why = if steps.is_empty() { "the image has no history" } else { "no matches" };
        pane::note(buffer, layout::below_heads(inner), framing.theme, why);
        return;
    }
    view.list.draw_wrapped_rows(buffer, area, inner, framing, None, |_, at| {
        let of_step = HistoryRow::new(model, view.rebuild.as_ref(), at)?;
        Some(rows(&of_step, &table, width, view.list.is_wrapped()))
    });
}

/// The line of a step, and its second line if it has one.
fn rows<'a>(
    of_step: &HistoryRow<'a>,
    table: &Table<HistoryRow<'a>>,
    width: usize,
    is_wrapped: bool,
) -> (Row, Option<Row>) {
    let step = of_step.step;
    let comment = if step.description() == step.comment { "" } else { &step.comment };
    let (first, rest) =
        if is_wrapped { of_step.lines_of(table, width) } else { (of_step.instruction(), String::new()) };
    let row = with_comment(of_step.before_instruction(table, width), of_step.role(), &first, comment, width);
    let start = table.heads(Row::new().gap(1)).width();
    let end = width - comment_columns(width);
    (row, (!rest.is_empty()).then(|| Row::new().gap(start).until(of_step.role(), &rest, end)))
}

/// The comment has a column of its own where there is room for one.
fn comment_columns(width: usize) -> usize {
    if width < 120 { 0 } else { 26 }
}

fn with_comment(row: Row, role: Role, instruction: &str, comment: &str, width: usize) -> Row {
    let columns = comment_columns(width);
    let end = width - columns;
    let row = row.until(role, instruction, end);
    if columns == 0 || comment.is_empty() {
        return row;
    }
    let gap = end.saturating_sub(row.width()) + 2;
    let role = if role == Role::Heading { role } else { Role::Dim };
    row.gap(gap).until(role, comment, width)
}
