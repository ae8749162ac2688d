//! Views 7 and 8: secrets and junk of the whole image as lists: what was found, worst first, with advice for each.

mod details;
mod draw;
mod rows;

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::image::EntryKind;
use crate::overview::SecretsFound;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::model::concerns::SearchKind;
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared::DetailedList;
use crate::tui::search::Finder;
use crate::tui::view::hints::{COPY, EXTRACT, FIND, FOLDS, MARK, MOVE, OPEN, PANE, QUIT, SORT, VIEWS};
use crate::tui::view::{
    Chosen, CursorTarget, DrawContext, Effect, Figure, Request, View, ViewSpec, no_such_key_unless,
};
use crate::tui::widgets::row::whole_percent;
use crate::tui::widgets::scroll::{ClickTarget, Pointer};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// A row, by its index among what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConcernRow {
    /// What a junk rule found in one place.
    Junk(usize),
    /// A path that it matches.
    Sample { hit: usize, sample: usize },
    /// The other paths that it matches, which are not listed.
    More(usize),
    /// A secret.
    Secret(usize),
}

/// The totals of the listed rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Tally {
    /// Rows that match, out of all rows, not counting paths.
    pub shown: usize,
    pub total: usize,
    /// How many of the matching rows are in the final image.
    pub live: usize,
    pub bytes: u64,
    pub live_bytes: u64,
    pub files: usize,
}

/// What can be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Unfold its paths.
    Unfold,
    /// Open the file.
    File,
    Nothing,
}

pub(super) static SECRETS: ViewSpec = ViewSpec {
    name: ViewName { action: "view-secrets", title: "Secrets", help: "secrets, in removed files too" },
    new: |_| Box::new(ConcernsView::new(SearchKind::Secrets)),
    figure: |model| {
        let found = model.overview.as_ref().and_then(|overview| Some(overview.secrets.as_ref()?.count));
        figure(model, SearchKind::Secrets, found, Role::Warning, 4)
    },
    command: Some(("secrets", "")),
};

pub(super) static JUNK: ViewSpec = ViewSpec {
    name: ViewName { action: "view-junk", title: "Junk", help: "junk: what has no place in an image" },
    new: |_| Box::new(ConcernsView::new(SearchKind::Junk)),
    figure: |model| {
        let found = model.concerns.junk.as_ref().map(|found| found.junk.hits.len());
        figure(model, SearchKind::Junk, found, Role::Text, 2)
    },
    command: Some(("junk", "")),
};

/// How many there are; while they are searched for, how far that is, and never a 0 before it is done.
fn figure(model: &Model, kind: SearchKind, found: Option<usize>, role: Role, matters: u8) -> Option<Figure> {
    let (text, role, matters) = match (found, model.concerns.progress()) {
        (Some(0), _) => ("0".to_owned(), Role::Dim, matters),
        (Some(found), _) => (format::count(found), role, matters),
        (None, Some((searched, fraction))) if searched == kind && fraction >= 0.01 => {
            (whole_percent(fraction), Role::Dim, matters)
        }
        (None, Some(_)) => ("…".to_owned(), Role::Dim, 0),
        (None, None) => return None,
    };
    Some(Figure { text, role, matters })
}

/// A list, and the position in it.
pub(super) struct ConcernsView {
    kind: SearchKind,
    sort: Sort,
    open: HashSet<usize>,
    list: DetailedList<ConcernRow>,
    /// For each row, whether it matches itself, not only one of its paths.
    matching: Vec<bool>,
    tally: Tally,
    /// The secrets of the listed rows; several rows can be one.
    secrets: SecretsFound,
    /// The edition of the model and the revision of the filter that the rows were made from.
    made: Option<(u32, u32)>,
}

impl ConcernsView {
    pub fn new(kind: SearchKind) -> Self {
        Self {
            kind,
            sort: Sort::Size,
            open: HashSet::new(),
            list: DetailedList::new(true),
            matching: Vec::new(),
            tally: Tally::default(),
            secrets: SecretsFound::default(),
            made: None,
        }
    }

    pub fn kind(&self) -> SearchKind {
        self.kind
    }

    pub fn list(&self) -> &DetailedList<ConcernRow> {
        &self.list
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn tally(&self) -> Tally {
        self.tally
    }

    pub fn secrets(&self) -> &SecretsFound {
        &self.secrets
    }

    /// Whether the paths of a row are visible.
    pub fn is_open(&self, row: usize) -> bool {
        matches!(self.list.rows.get(row + 1), Some(ConcernRow::Sample { .. }))
    }

    fn fold(&mut self, action: Action) {
        let (hit, on_head) = match self.list.selected() {
            Some(ConcernRow::Junk(hit)) => (hit, true),
            Some(ConcernRow::Sample { hit, .. } | ConcernRow::More(hit)) if action != Action::Open => (hit, false),
            _ => return,
        };
        let open = match action {
            Action::Expand => true,
            Action::Collapse => false,
            _ => on_head && !self.is_open(self.list.cursor.selected()),
        };
        if open {
            self.open.insert(hit);
        } else {
            self.open.remove(&hit);
            self.list.select(ConcernRow::Junk(hit));
        }
        self.made = None;
    }

    fn target_of(&self, model: &Model) -> Option<CursorTarget> {
        rows::target(self.list.selected()?, model)
    }

    /// What can be done with the selected row.
    pub fn offer(&self, model: &Model) -> Offer {
        match self.list.selected() {
            Some(ConcernRow::Junk(hit)) if rows::has_samples(model, hit) => Offer::Unfold,
            Some(_) if is_file(model, self.target_of(model).unwrap_or_default()) => Offer::File,
            _ => Offer::Nothing,
        }
    }
}

impl View for ConcernsView {
    fn needs_search(&self) -> bool {
        true
    }

    fn act(&mut self, action: Action, _: &Model, body: Rect) -> Vec<Effect> {
        match action {
            Action::Sort => {
                self.sort = self.sort.other();
                self.made = None;
            }
            Action::FoldAll | Action::UnfoldAll => {
                let heads = self.list.rows.iter().filter_map(|row| match row {
                    ConcernRow::Junk(hit) if action == Action::UnfoldAll => Some(*hit),
                    _ => None,
                });
                self.open = heads.collect();
                self.made = None;
            }
            Action::Open => self.fold(action),
            Action::Fold | Action::Expand | Action::Collapse if !self.list.in_details => {
                self.fold(action);
            }
            Action::Close if !self.list.in_details => self.fold(Action::Collapse),
            _ => return no_such_key_unless(self.list.act(action, body)),
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        self.list.point(pointer, body)
    }

    fn target(&self, model: &Model, _: Rect) -> CursorTarget {
        self.target_of(model).unwrap_or_default()
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        let of = (model.text_edition(), self.list.finder.revision());
        if self.made != Some(of) {
            if self.made.is_some_and(|(_, revision)| revision != self.list.finder.revision()) {
                self.list.cursor.select(0);
            }
            let filter = self.list.finder.filter();
            self.rebuild_rows(model, filter.as_ref());
            self.made = Some(of);
        }
        self.list.refresh(model.text_edition(), body, |text, row| details::concern(text, model, row));
        Vec::new()
    }

    fn follow(&mut self, chosen: Chosen, model: &Model, body: Rect) {
        self.list.in_details = false;
        self.refresh(model, body);
        self.select_chosen(chosen, model);
    }

    fn serve(&mut self, request: Request, model: &Model, body: Rect) -> bool {
        let Request::Concern { kind, at } = request else { return false };
        if kind != self.kind {
            return false;
        }
        self.list.finder.clear();
        self.list.in_details = false;
        if kind == SearchKind::Junk && self.open.insert(at) {
            self.made = None;
        }
        self.refresh(model, body);
        self.list.select(match kind {
            SearchKind::Junk => ConcernRow::Junk(at),
            SearchKind::Secrets => ConcernRow::Secret(at),
        });
        if kind == SearchKind::Junk {
            self.list.cursor.select_unfolded(self.list.cursor.selected());
        }
        true
    }

    fn opens_files(&self) -> bool {
        true
    }

    fn finder(&self) -> Option<&Finder> {
        Some(&self.list.finder)
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        Some(&mut self.list.finder)
    }

    fn go_to_list(&mut self) {
        self.list.in_details = false;
    }

    fn go_to_match(&mut self, forward: bool) -> Option<bool> {
        self.list.finder.query()?;
        self.list.go_to_match(forward, |at, _| self.matching.get(at).copied().unwrap_or(false))
    }

    fn clear_filter(&mut self, _: &Model) -> bool {
        self.list.clear_filter()
    }

    fn hints(&self, model: &Model) -> &'static [Hint] {
        match (self.kind, self.offer(model)) {
            (_, Offer::Unfold) => &[PANE, MOVE, OPEN, FIND, VIEWS, SORT, MARK, COPY, FOLDS, QUIT],
            (SearchKind::Junk, Offer::File) => &[PANE, MOVE, OPEN, FIND, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT],
            (SearchKind::Secrets, Offer::File) => &[PANE, MOVE, OPEN, FIND, EXTRACT, VIEWS, SORT, MARK, COPY, QUIT],
            (_, Offer::Nothing) => &[PANE, MOVE, FIND, VIEWS, SORT, COPY, QUIT],
        }
    }

    fn help(&self) -> &'static [Group] {
        &[Group::Rows, Group::Find, Group::Selection]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        self.list.draw(buffer, body, context.theme, "How to fix it", |buffer, area, framing| {
            draw::concerns(buffer, area, model, self, framing);
        });
    }
}

/// Whether there is a content to open.
fn is_file(model: &Model, target: CursorTarget) -> bool {
    let union = model.union.as_ref().filter(|_| target.node.is_some());
    union.zip(target.version).is_some_and(|(union, version)| union.version(version).kind() != EntryKind::Dir)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analysis::{Analysis, Severity};
    use crate::image::{Cancel, Entries, EntryPath, HistoryEntry, Image, Layer, LayerNumber, pair_history};
    use crate::lint::{Junk, JunkHit, JunkPlace, JunkRule, JunkText};
    use crate::tui::model::concerns::{FoundJunk, SearchUpdate};
    use crate::tui::widgets::text::Text;
    use crate::union::Union;

    /// Two steps, of which the second made a layer, and junk in one of them and in the whole image.
    fn model() -> Model {
        let step = |created_by: &str, empty_layer| HistoryEntry {
            created_by: created_by.to_owned(),
            empty_layer,
            ..HistoryEntry::default()
        };
        let (steps, _) = pair_history(vec![step("ENV A=1", true), step("RUN a", false)], &mut [Layer::default()]);
        let union = Arc::new(Union::build(vec![Arc::new(Entries::new())]));
        let analysis = Arc::new(Analysis::new(&union, None));
        let text = JunkText { id: "x".to_owned(), what: "what it is".to_owned(), ..JunkText::default() };
        let rule = Arc::new(JunkRule::new(text, Severity::Low).expect("no patterns"));
        let hit = |place| JunkHit {
            rule: Arc::clone(&rule),
            place,
            bytes: 0,
            files: 0,
            versions: Vec::new(),
            folder: EntryPath::default(),
            samples: Vec::new(),
            note: "what was seen".to_owned(),
        };
        let hits = vec![hit(JunkPlace::Step(2)), hit(JunkPlace::Image)];
        let junk = Junk { hits, findings: Vec::new() };
        let found = FoundJunk::new(junk, vec![Arc::clone(&rule)], &union, &analysis, &Cancel::default());
        let image = Some(Arc::new(Image { steps, ..Image::default() }));
        let mut model = Model { image, union: Some(union), analysis: Some(analysis), ..Model::default() };
        model.concerns.receive(SearchUpdate::Junk(Arc::new(found)));
        model
    }

    #[test]
    fn junk_that_lies_in_no_file_is_of_its_step_or_of_nothing() {
        let (model, body) = (model(), Rect::new(0, 0, 80, 22));
        let mut view = ConcernsView::new(SearchKind::Junk);
        view.refresh(&model, body);
        assert_eq!(view.list.rows, [ConcernRow::Junk(0), ConcernRow::Junk(1)]);
        let target = view.target(&model, body);
        assert_eq!((target.step, target.layer, target.node), (Some(1), Some(LayerNumber::FIRST), None));
        assert_eq!(view.offer(&model), Offer::Nothing);
        view.act(Action::Down, &model, body);
        view.act(Action::Open, &model, body);
        view.refresh(&model, body);
        let of_nothing = CursorTarget { finding: view.target(&model, body).finding, ..CursorTarget::default() };
        assert!(of_nothing.finding.is_some());
        assert_eq!((view.target(&model, body), view.list.rows.len()), (of_nothing, 2));
        let mut text = Text::new(80);
        details::concern(&mut text, &model, ConcernRow::Junk(0));
        assert!(text.len() >= 5);
    }
}
