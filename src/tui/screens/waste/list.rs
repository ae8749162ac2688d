//! Views 2 and 3: waste, either all of it or only what was removed, as rows that unfold to their files, ungrouped or
//! under headings.

mod find;

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::headings::{HeadingRow, Headings, RequestedSections, SectionTotal};
use super::{details, draw};
use crate::analysis::{Account, Grouping, Section, SectionKind, WasteGroup};
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared::DetailedList;
use crate::tui::search::{WasteFound, WasteKey};
use crate::tui::view::{CursorTarget, DrawContext, FindingAt, WasteOf};
use crate::tui::widgets::scroll::{ClickTarget, Pointer};
use crate::tui::work::Job;
use crate::union::VersionRef;

use find::Wanted;

pub(in crate::tui) use find::RequestedRows;

/// A row, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WasteRow {
    /// A heading over groups.
    Section(usize),
    /// What was wasted at once: a file, or a folder as a whole.
    Group(usize),
    /// A file of an open group, by its index among all waste.
    File { group: usize, file: usize },
}

/// Rows of waste, the selection, and which rows are open.
pub(super) struct WasteView {
    only: Option<Account>,
    sort: Sort,
    headings: Headings,
    /// Indices of the groups that are shown, in the order of the view.
    groups: Vec<usize>,
    open: HashSet<usize>,
    list: DetailedList<WasteRow, (Option<Grouping>, u32)>,
    /// Headings over rows that contain a secret.
    telling: HashSet<usize>,
    /// The edition of junk and secrets that `telling` was made from.
    marked: Option<u32>,
    /// The edition of the model that the rows were made from, and whether the order of paths was known and wanted.
    edition: Option<(u32, bool)>,
    /// Files of all groups that are shown.
    files: usize,
    /// Bytes of the largest of them.
    largest: u64,
    /// What to select once the rows are known.
    wanted: Option<Wanted>,
    found: Option<(WasteKey, WasteFound)>,
    requested: Option<WasteKey>,
}

impl WasteView {
    /// Of one account, by path; or of all, by cause.
    pub fn new(only: Option<Account>) -> Self {
        let mut headings = Headings::default();
        if only.is_none() {
            headings.group_by(Grouping::Cause);
        }
        Self {
            only,
            sort: Sort::Size,
            headings,
            groups: Vec::new(),
            open: HashSet::new(),
            list: DetailedList::new(true),
            telling: HashSet::new(),
            marked: None,
            edition: None,
            files: 0,
            largest: 0,
            wanted: None,
            found: None,
            requested: None,
        }
    }

    pub fn only(&self) -> Option<Account> {
        self.only
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn grouping(&self) -> Option<Grouping> {
        self.headings.grouping()
    }

    /// The headings; `None` if there are none, or none yet.
    pub fn sections(&self) -> Option<&[Section]> {
        self.headings.list()
    }

    /// The only group of a cause or a folder: the heading says all that its row would.
    pub fn lone_group(&self, section: usize) -> Option<usize> {
        self.headings.lone_group(section)
    }

    /// How a heading is drawn.
    pub fn heading_row<'a>(&'a self, section: usize, groups: &'a [WasteGroup]) -> Option<HeadingRow<'a>> {
        let only = self.headings.only_path(section).and_then(|group| groups.get(group));
        let opens = self.lone_group(section).is_none() || only.is_some_and(has_files);
        Some(HeadingRow {
            section: self.sections()?.get(section)?,
            matching: self.headings.matching(section),
            only,
            open: opens.then(|| self.headings.is_open(section)),
            holds_secret: self.telling.contains(&section),
        })
    }

    /// Whether a result on its way would change the frame.
    pub fn awaits(&self, model: &Model) -> bool {
        model.union.is_some() && (model.groups.is_none() || self.headings.are_missing() || self.requested.is_some())
    }

    pub fn list(&self) -> &DetailedList<WasteRow, (Option<Grouping>, u32)> {
        &self.list
    }

    pub fn files(&self) -> usize {
        self.files
    }

    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// Whether the children of a row are visible: it was opened, or only files of it match.
    pub fn is_open(&self, row: WasteRow) -> bool {
        match row {
            WasteRow::Section(section) => self.headings.is_open(section),
            WasteRow::Group(group) => {
                self.open.contains(&group) || self.found().is_some_and(|found| !found.is_match(group))
            }
            WasteRow::File { .. } => false,
        }
    }

    /// Handles an action; returns whether there is one for it.
    pub fn act_on_list(&mut self, action: Action, model: &Model, body: Rect) -> bool {
        match action {
            Action::Sort => {
                self.sort = self.sort.other();
                self.edition = None;
            }
            Action::Group => {
                self.headings.cycle();
                self.list.cursor.select(0);
                self.edition = None;
            }
            Action::FoldAll | Action::UnfoldAll => {
                self.open.clear();
                self.headings.set_all(action == Action::UnfoldAll);
                if action == Action::UnfoldAll {
                    self.open.extend(self.groups.iter().filter(|&&group| opens(model, group)));
                }
                self.rebuild_rows(model);
            }
            Action::Open => self.fold(action, model),
            Action::Fold | Action::Expand | Action::Collapse if !self.list.in_details => {
                self.fold(action, model);
            }
            Action::Close if !self.list.in_details => self.fold(Action::Collapse, model),
            _ => return self.list.act(action, body),
        }
        true
    }

    /// Handles a click or the wheel.
    pub fn point_at_list(&mut self, pointer: Pointer, body: Rect) -> ClickTarget {
        self.list.point(pointer, body)
    }

    fn fold(&mut self, action: Action, model: &Model) {
        let Some(row) = self.list.selected() else { return };
        // A row without children folds its parent, except for the key that opens.
        let head = match row {
            WasteRow::File { .. } if action == Action::Open => return,
            WasteRow::File { group, .. } => self.shown_as(WasteRow::Group(group)),
            WasteRow::Group(group) if action == Action::Collapse && !self.open.contains(&group) => {
                self.headings.section_of(group).map_or(row, WasteRow::Section)
            }
            _ => row,
        };
        let open = match action {
            Action::Expand => true,
            Action::Collapse => false,
            _ => !self.is_open(head),
        };
        match head {
            WasteRow::Section(section) if self.lone_group(section).is_some_and(|group| !opens(model, group)) => return,
            WasteRow::Section(section) => self.headings.set_open(section, open),
            WasteRow::Group(group) if open && opens(model, group) => drop(self.open.insert(group)),
            WasteRow::Group(group) => drop(self.open.remove(&group)),
            WasteRow::File { .. } => {}
        }
        self.rebuild_rows(model);
        if !open {
            self.list.select(head);
        }
    }

    /// Whether a group has a row below its heading.
    pub fn has_own_row(&self, group: usize) -> bool {
        self.shown_as(WasteRow::Group(group)) == WasteRow::Group(group)
    }

    /// The row of a group, or the heading instead of it.
    fn shown_as(&self, row: WasteRow) -> WasteRow {
        let WasteRow::Group(group) = row else { return row };
        let section = self.headings.section_of(group);
        let instead = section.filter(|&section| self.lone_group(section).is_some());
        instead.map_or(row, WasteRow::Section)
    }

    /// What the cursor is on: a file, or what was hidden as a whole. A heading over several rows has no path.
    pub fn target_of(&self, model: &Model) -> Option<CursorTarget> {
        match self.list.selected()? {
            WasteRow::Section(section) => {
                let (layer, finding) = match &self.sections()?.get(section)?.kind {
                    SectionKind::Cause { account, parts } => {
                        let &(layer, by) = parts.first()?;
                        (Some(by), Some(FindingAt::Cause(WasteOf { account: *account, by, layer })))
                    }
                    SectionKind::Instruction(by) => (Some(*by), None),
                    SectionKind::Folder => (None, None),
                };
                let Some(lone) = self.lone_group(section) else {
                    return Some(CursorTarget { layer, finding, ..CursorTarget::default() });
                };
                let target = target_of_group(model, lone, None)?;
                Some(CursorTarget { finding: finding.or(target.finding), ..target })
            }
            WasteRow::Group(group) => target_of_group(model, group, None),
            WasteRow::File { group, file } => target_of_group(model, group, Some(file)),
        }
    }

    pub fn refresh_list(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        let jobs = self.headings.request(model, self.only).into_iter().chain(self.request(model)).collect();
        let edition = (model.edition, self.sort == Sort::Name && model.groups_by_path.is_some());
        if self.headings.are_missing() {
            // Collecting the groups takes a while, and without headings none of them is visible.
            (self.edition, self.list.rows) = (None, Vec::new());
        } else if self.edition != Some(edition) {
            self.edition = Some(edition);
            self.collect_groups(model);
            self.rebuild_rows(model);
            self.marked = None;
        }
        self.go_to_wanted(model);
        if self.marked != Some(model.concerns.edition) {
            self.marked = Some(model.concerns.edition);
            let holding = model.concerns.secrets.iter().flat_map(|found| found.groups());
            self.telling = holding.filter_map(|group| self.headings.section_of(group)).collect();
        }
        let edition = (self.headings.grouping(), model.text_edition());
        let headings = &self.headings;
        self.list.refresh(edition, body, |text, row| details::waste(text, model, headings, row));
        jobs
    }

    /// Whether these headings are the ones that are wanted.
    pub fn wants_sections(&self, requested: &RequestedSections) -> bool {
        self.headings.wants(requested)
    }

    pub fn set_sections(&mut self, requested: RequestedSections) {
        self.headings.set_sections(requested);
        self.edition = None;
    }

    fn collect_groups(&mut self, model: &Model) {
        let groups: &[WasteGroup] = model.groups.as_ref().map_or(&[], |groups| groups);
        // A group without bytes is not waste; it is listed among what was removed.
        let is_shown = |group: &WasteGroup| self.only.map_or(group.bytes > 0, |only| group.account == only);
        let found = self.found();
        let holds = |at: usize, group: &WasteGroup| found.is_none_or(|found| found.shows(at, &group.files));
        let shown = |at: &usize| groups.get(*at).is_some_and(|group| is_shown(group) && holds(*at, group));
        self.groups = match self.sort {
            Sort::Name => model.groups_by_path.iter().flatten().copied().filter(shown).collect(),
            _ => (0..groups.len()).filter(shown).collect(),
        };
        let shown = || self.groups.iter().filter_map(|&group| groups.get(group));
        self.files = shown().map(|group| group.files(self.only.is_some()).len()).sum();
        self.largest = shown().map(|group| group.bytes).max().unwrap_or(0);
        self.open.retain(|&group| group < groups.len());
        let matching = |found: &WasteFound, at: usize| {
            let Some((group, analysis)) = groups.get(at).zip(model.analysis.as_ref()) else {
                return SectionTotal::default();
            };
            let files = || found.files_of(at, &group.files).filter_map(|file| analysis.waste.get(file));
            let bytes = if found.is_match(at) { group.bytes } else { files().map(|file| file.bytes).sum() };
            SectionTotal { bytes, files: files().count() }
        };
        match self.found.as_ref() {
            Some((_, found)) => self.headings.gather(&self.groups, Some(&|group| matching(found, group))),
            None => self.headings.gather(&self.groups, None),
        }
        self.largest = self.headings.largest().unwrap_or(self.largest);
    }

    fn rebuild_rows(&mut self, model: &Model) {
        let mut rows = std::mem::take(&mut self.list.rows);
        rows.clear();
        let groups: &[WasteGroup] = model.groups.as_ref().map_or(&[], |groups| groups);
        if self.headings.grouping().is_none() {
            self.spread_groups(&mut rows, &self.groups, groups);
        } else {
            for (section, members) in self.headings.shown() {
                rows.push(WasteRow::Section(section));
                match self.lone_group(section) {
                    _ if !self.headings.is_open(section) => {}
                    Some(group) => rows.extend(self.files_below(group, groups)),
                    None => self.spread_groups(&mut rows, members, groups),
                }
            }
        }
        self.list.rows = rows;
    }

    fn spread_groups(&self, rows: &mut Vec<WasteRow>, members: &[usize], groups: &[WasteGroup]) {
        for &group in members {
            rows.push(WasteRow::Group(group));
            if self.is_open(WasteRow::Group(group)) {
                rows.extend(self.files_below(group, groups));
            }
        }
    }

    /// The files of a group that match the filter, if it has more to show than its own row.
    fn files_below<'a>(&'a self, group: usize, groups: &'a [WasteGroup]) -> impl Iterator<Item = WasteRow> + 'a {
        let of = groups.get(group).filter(|of| has_files(of));
        let files = of.map_or(&[][..], |of| of.files(self.only.is_some()));
        let is_shown =
            move |file: &usize| self.found().is_none_or(|found| found.is_match(group) || found.has_file(*file));
        files.iter().copied().filter(is_shown).map(move |file| WasteRow::File { group, file })
    }

    pub fn draw_list(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>) {
        self.list.draw(buffer, body, context.theme, "Details", |buffer, area, framing| {
            draw::waste(buffer, area, model, self, framing);
        });
    }
}

/// What a row of waste is about, or a file of it.
fn target_of_group(model: &Model, at: usize, file: Option<usize>) -> Option<CursorTarget> {
    let union = model.union.as_ref()?;
    let group = model.groups.as_ref()?.get(at)?;
    let finding = Some(FindingAt::Waste { group: at, file });
    let file = file.or_else(|| group.files.first().copied().filter(|_| !group.folder && group.files.len() == 1));
    let waste = file.and_then(|file| model.analysis.as_ref()?.waste.get(file));
    // By the name that was visible last: the bytes may be stored under another name.
    let version = waste.map(|waste| union.version(waste.name));
    let node = version.and_then(VersionRef::node).or_else(|| union.node_at(&group.path));
    let layer = Some(group.layer);
    let gone_by = (file.is_none() && group.folder && group.account == Account::Removed).then_some(group.by);
    let version = version.map(VersionRef::id);
    Some(CursorTarget { layer, node, version, gone_by, finding, ..CursorTarget::default() })
}

/// Whether a group has more to show than its own row.
fn opens(model: &Model, group: usize) -> bool {
    let group = model.groups.as_ref().and_then(|groups| groups.get(group));
    group.is_some_and(has_files)
}

fn has_files(group: &WasteGroup) -> bool {
    group.folder || group.files.len() > 1
}
