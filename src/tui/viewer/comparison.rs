//! A version next to the previous one: what changed in its metadata and its content.

use super::content_view::SIDEWAYS;
use super::diff::{self, Diff, DiffRow, DiffSign};
use super::stored::{PendingRequest, Stored, TaggedUpdate, Update, start_request};
use super::versions::differences;
use crate::format;
use crate::image::LayerNumber;
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;
use crate::union::VersionId;

/// Two versions of a path, or the first one only.
pub(super) struct Comparison {
    pub after: VersionId,
    /// The layers of both; the first version has only the second.
    layers: (Option<LayerNumber>, LayerNumber),
    /// What is shown above the content.
    said: Vec<(Role, String)>,
    contents: Option<(Stored, Stored)>,
    pending: Option<PendingRequest>,
    diff: Option<Diff>,
    top: usize,
    left: usize,
}

impl Comparison {
    pub fn new(model: &Model, before: Option<VersionId>, after: VersionId) -> Option<Self> {
        let union = model.union.as_ref()?;
        let new = union.version(after);
        let mut comparison = Self {
            after,
            layers: (before.map(|before| union.version(before).layer()), new.layer()),
            said: Vec::new(),
            contents: None,
            pending: None,
            diff: None,
            top: 0,
            left: 0,
        };
        let Some(before) = before else {
            comparison.said.push((Role::Dim, "the first version: there is no earlier one".to_owned()));
            return Some(comparison);
        };
        let found = differences(union.version(before), new);
        if found.is_empty() {
            comparison.said.push((Role::Dim, "the same mode, owner, time and attributes".to_owned()));
        }
        comparison.said.extend(found.into_iter().map(|said| (Role::Modified, said)));
        comparison.contents = Stored::new(model, before).zip(Stored::new(model, after));
        Some(comparison)
    }

    /// Requests the difference of the contents, once.
    pub fn refresh(&mut self, height: usize) -> Option<Job> {
        self.top = self.top.min(self.rows().saturating_sub(height));
        let (before, after) = self.contents.take()?;
        let (pending, job) = start_request(move |request| diff::compare(&before, &after, request));
        self.pending = Some(pending);
        Some(job)
    }

    /// Takes an update, or returns it if it belongs to another request.
    pub fn receive(&mut self, update: TaggedUpdate) -> Option<TaggedUpdate> {
        let Some(pending) = self.pending.as_mut().filter(|pending| pending.matches(&update)) else {
            return Some(update);
        };
        match update.update {
            Update::Progress(at) => pending.done = at,
            Update::Diff(diff) => {
                self.said.push((Role::Strong, diff.summary.clone()));
                if !diff.rows.is_empty() {
                    self.said.push((Role::Dim, String::new()));
                }
                (self.diff, self.pending) = (Some(diff), None);
            }
            Update::Failed(why) => {
                self.said.push((Role::Warning, why));
                self.pending = None;
            }
            _ => self.pending = None,
        }
        None
    }

    pub fn act(&mut self, action: Action, height: usize) -> bool {
        match action {
            Action::Expand => self.left = (self.left + SIDEWAYS).min(super::rows::LONGEST),
            Action::Collapse => self.left = self.left.saturating_sub(SIDEWAYS),
            _ => {
                let Some(motion) = Motion::from_action(action) else { return false };
                self.top = motion.from(self.top, self.rows().saturating_sub(height), height);
            }
        }
        true
    }

    fn rows(&self) -> usize {
        self.said.len() + self.diff.as_ref().map_or(0, |diff| diff.rows.len())
    }

    /// `layer 2 → layer 5`.
    pub fn title(&self) -> String {
        match self.layers {
            (Some(before), after) => format!("Layer {before} → layer {after}"),
            (None, only) => format!("Layer {only}"),
        }
    }

    /// The progress of the comparison, while it runs.
    pub fn progress(&self) -> Option<String> {
        self.pending.as_ref().map(|pending| {
            if pending.done == 0 {
                "comparing…".to_owned()
            } else {
                format!("comparing… {} so far", format::bytes(pending.done))
            }
        })
    }

    /// The first row that is shown, and how many there are.
    pub fn position(&self) -> (usize, usize) {
        (self.top, self.rows())
    }

    /// The visible rows.
    pub fn seen(&self, height: usize, keymap: &Keymap) -> Vec<Row> {
        let said = self.said.iter().map(|(role, said)| {
            let said = format::safe_str(&view::failure(said, keymap));
            Row::new().gap(1).text(*role, super::text::from_column(&said, self.left))
        });
        let first = self.top.saturating_sub(self.said.len());
        let rows = self.diff.iter().flat_map(|diff| diff.rows.iter().skip(first)).map(|row| self.row(row));
        said.skip(self.top).chain(rows).take(height).collect()
    }

    fn row(&self, row: &DiffRow) -> Row {
        let (sign, role) = match row.sign {
            DiffSign::Same => (" ", Role::Text),
            DiffSign::Removed => ("-", Role::Removed),
            DiffSign::Added => ("+", Role::Added),
            DiffSign::Place => ("", Role::Dim),
        };
        let shown = super::text::shown_whole(&row.bytes);
        Row::new().text(role, sign).text(role, super::text::from_column(&shown, self.left))
    }
}
