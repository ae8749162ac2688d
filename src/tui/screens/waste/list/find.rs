//! Rows that are looked for: those that match the filter, and the one that another view leads to.

use std::sync::Arc;

use super::{WasteRow, WasteView, has_files, opens};
use crate::analysis::{Grouping, Section, SectionKind, WasteGroup};
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::search::{Finder, WasteFound, WasteKey, find_in_waste};
use crate::tui::view::{Chosen, WasteOf};
use crate::tui::work::{Job, JobResult};
use crate::union::{NodeId, VersionRef};

/// What another view leads to.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) enum Wanted {
    /// Waste of one cause.
    Cause(WasteOf),
    /// The path or the layer that was selected there, if it wastes anything.
    Chosen(Chosen),
}

/// The result of a filter, with its parameters.
pub(in crate::tui) struct RequestedRows {
    key: WasteKey,
    found: WasteFound,
}

impl WasteView {
    pub fn filter(&self) -> &Finder {
        &self.list.finder
    }

    pub fn filter_mut(&mut self) -> &mut Finder {
        &mut self.list.finder
    }

    pub fn found(&self) -> Option<&WasteFound> {
        self.found.as_ref().map(|(_, found)| found)
    }

    pub fn is_requested(&self) -> bool {
        self.requested.is_some()
    }

    /// Moves the focus to the list.
    pub fn leave_details(&mut self) {
        self.list.in_details = false;
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    pub fn next_found(&mut self, forward: bool) -> Option<bool> {
        let (_, found) = self.found.as_ref()?;
        let headings = &self.headings;
        self.list.go_to_match(forward, |_, row| match row {
            WasteRow::Section(section) => headings.lone_group(section).is_some_and(|group| found.is_match(group)),
            WasteRow::Group(group) => found.is_match(group),
            WasteRow::File { file, .. } => found.has_file(file),
        })
    }

    pub fn clear_filter(&mut self) -> bool {
        self.list.clear_filter()
    }

    /// Whether this is the result that was requested last.
    pub fn wants_found(&self, requested: &RequestedRows) -> bool {
        self.requested == Some(requested.key)
    }

    pub fn set_found(&mut self, RequestedRows { key, found }: RequestedRows) {
        (self.requested, self.found, self.edition) = (None, Some((key, found)), None);
        self.list.cursor.select(0);
    }

    /// Requests the result of the filter, unless it is known or requested already.
    pub(super) fn request(&mut self, model: &Model) -> Option<Job> {
        let key = WasteKey { only: self.only, edition: model.edition, revision: self.list.finder.revision() };
        let known = model.union.as_ref().zip(model.analysis.as_ref()).zip(model.groups.as_ref());
        let Some((filter, ((union, analysis), groups))) = self.list.finder.filter().zip(known) else {
            self.requested = None;
            if self.found.take().is_some() {
                self.edition = None;
            }
            return None;
        };
        let shown = self.found.as_ref().map(|(key, _)| *key);
        // Its indices refer to the groups before they changed.
        if shown.is_some_and(|shown| shown.edition != key.edition) {
            self.found = None;
        }
        if shown == Some(key) || self.requested == Some(key) {
            return None;
        }
        self.requested = Some(key);
        let (union, analysis, groups) = (Arc::clone(union), Arc::clone(analysis), Arc::clone(groups));
        Some(Job::background(move |tell| {
            if let Some(found) = find_in_waste(&union, &analysis, &groups, key.only, &filter) {
                tell(JobResult::new(RequestedRows { key, found }));
            }
        }))
    }

    /// Groups by cause, with the rows of one cause visible as soon as they are known.
    pub fn show_cause(&mut self, cause: Option<WasteOf>) {
        self.filter_mut().clear();
        self.list.in_details = false;
        self.headings.group_by(Grouping::Cause);
        self.wanted = cause.map(Wanted::Cause);
        self.list.cursor.select(0);
        self.edition = None;
    }

    /// Selects what was selected in another view as soon as the rows are known.
    pub fn follow_chosen(&mut self, chosen: Chosen) {
        self.list.in_details = false;
        self.wanted = Some(Wanted::Chosen(chosen));
    }

    /// Selects what another view led to, once its row is known.
    pub(super) fn go_to_wanted(&mut self, model: &Model) {
        if model.groups.is_none() || self.headings.are_missing() {
            return;
        }
        match self.wanted.take() {
            Some(Wanted::Cause(cause)) => self.go_to_cause(cause, model),
            Some(Wanted::Chosen(chosen)) => self.go_to_chosen(chosen, model),
            None => {}
        }
    }

    fn go_to_cause(&mut self, wanted: WasteOf, model: &Model) {
        let is_wanted = |section: &Section| match &section.kind {
            SectionKind::Cause { account, parts } => {
                *account == wanted.account && parts.contains(&(wanted.layer, wanted.by))
            }
            SectionKind::Instruction(_) | SectionKind::Folder => false,
        };
        if let Some(section) = self.headings.list().and_then(|sections| sections.iter().position(is_wanted)) {
            if self.lone_group(section).is_none_or(|group| opens(model, group)) {
                self.headings.set_open(section, true);
            }
            self.rebuild_rows(model);
            if let Some(at) = self.list.rows.iter().position(|&row| row == WasteRow::Section(section)) {
                self.list.cursor.select_unfolded(at);
            }
        }
    }

    fn go_to_chosen(&mut self, chosen: Chosen, model: &Model) {
        let target = self.target_of(model).unwrap_or_default();
        if chosen.node.is_some() && target.node == chosen.node {
            return;
        }
        if let Some(row) = chosen.node.and_then(|node| self.row_of_path(node, chosen.stored_by, model)) {
            let (WasteRow::Group(group) | WasteRow::File { group, .. }) = row else { return };
            let shown = self.shown_as(row);
            if let Some(section) = self.headings.section_of(group).filter(|&at| shown != WasteRow::Section(at)) {
                self.headings.set_open(section, true);
            }
            if row != WasteRow::Group(group) {
                self.open.insert(group);
            }
            self.rebuild_rows(model);
            self.select_row(shown);
            return;
        }
        let layer = chosen.step.and_then(|step| model.steps().get(step)?.layer);
        if layer.is_some()
            && target.layer != layer
            && let Some(row) = layer.and_then(|layer| self.row_of_layer(layer, model))
        {
            self.select_row(row);
        }
    }

    fn select_row(&mut self, row: WasteRow) {
        if let Some(at) = self.list.rows.iter().position(|&other| other == row) {
            self.list.cursor.select(at);
        }
    }

    /// The row of a path, preferably of what one layer stores: a folder that is waste as a whole, or a file.
    fn row_of_path(&self, node: NodeId, stored_by: Option<LayerNumber>, model: &Model) -> Option<WasteRow> {
        let (union, analysis) = (model.union.as_ref()?, model.analysis.as_ref()?);
        let (path, groups) = (union.path(node), model.groups.as_ref()?);
        let is_at = |file: &usize| {
            let waste = analysis.waste.get(*file)?;
            (VersionRef::node(union.version(waste.name)) == Some(node)).then_some(waste.layer)
        };
        let row_in = |at: usize, group: &WasteGroup, layer: Option<LayerNumber>| {
            if group.folder && group.path == path {
                return layer.is_none_or(|layer| group.layer == layer).then_some(WasteRow::Group(at));
            }
            let mut files = group.files(self.only.is_some()).iter().copied();
            let file = files.find(|file| is_at(file).is_some_and(|at| layer.is_none_or(|layer| layer == at)))?;
            Some(if has_files(group) { WasteRow::File { group: at, file } } else { WasteRow::Group(at) })
        };
        let row = |layer| self.groups.iter().find_map(|&at| row_in(at, groups.get(at)?, layer));
        stored_by.and_then(|layer| row(Some(layer))).or_else(|| row(None))
    }

    /// The first row of waste that a layer caused, or else of waste that it stores.
    fn row_of_layer(&self, layer: LayerNumber, model: &Model) -> Option<WasteRow> {
        let Some(sections) = self.headings.list() else {
            let groups = model.groups.as_ref()?;
            let row = |is_wanted: &dyn Fn(&WasteGroup) -> bool| {
                self.groups.iter().copied().find(|&at| groups.get(at).is_some_and(is_wanted))
            };
            let group = row(&|group| group.by == layer).or_else(|| row(&|group| group.layer == layer));
            return group.map(WasteRow::Group);
        };
        let row = |is_wanted: &dyn Fn(&SectionKind) -> bool| {
            let is_shown = |row: &&WasteRow| matches!(row, WasteRow::Section(at) if is_wanted(&sections[*at].kind));
            self.list.rows.iter().find(is_shown).copied()
        };
        let caused = row(&|kind| match kind {
            SectionKind::Cause { parts, .. } => parts.iter().any(|&(_, by)| by == layer),
            SectionKind::Instruction(by) => *by == layer,
            SectionKind::Folder => false,
        });
        let stored = |kind: &SectionKind| match kind {
            SectionKind::Cause { parts, .. } => parts.iter().any(|&(stored_by, _)| stored_by == layer),
            _ => false,
        };
        caused.or_else(|| row(&stored))
    }
}
