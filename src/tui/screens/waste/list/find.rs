//! The filter of the waste list: its parameters and its results.

use std::sync::Arc;

use super::{WasteRow, WasteView};
use crate::tui::model::Model;
use crate::tui::search::{Finder, WasteFound, WasteKey, find_in_waste};
use crate::tui::work::{Job, JobResult};

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

    pub fn is_in_details(&self) -> bool {
        self.list.in_details
    }

    /// Moves the focus to the list.
    pub fn leave_details(&mut self) {
        self.list.in_details = false;
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    pub fn next_found(&mut self, forward: bool) -> Option<bool> {
        let (_, found) = self.found.as_ref()?;
        self.list.go_to_match(forward, |_, row| match row {
            WasteRow::Section(_) => false,
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
}
