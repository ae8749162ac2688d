//! The versions of a path as a list: what stored each, and what ended it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::path::{self, PathEvent};
use crate::format;
use crate::tui::model::{Model, instruction};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::theme::Role;
use crate::union::{NodeId, VersionId};

/// What happened to a path, and the selected version.
pub(super) struct VersionList {
    node: NodeId,
    events: Vec<PathEvent>,
    cursor: Cursor,
    edition: Option<u32>,
}

impl VersionList {
    pub fn new(node: NodeId) -> Self {
        Self { node, events: Vec::new(), cursor: Cursor::default(), edition: None }
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Rebuilds the list when more is known; selects a version the first time.
    pub fn update(&mut self, model: &Model, first: Option<VersionId>) {
        if self.edition == Some(model.edition) {
            return;
        }
        let Some(union) = &model.union else { return };
        let versions: Vec<_> = union.versions(self.node).map(|id| union.version(id)).collect();
        self.events = path::path_history(model, union, &versions);
        if self.edition.replace(model.edition).is_none() {
            let brought = |event: &PathEvent| Some(event.version) == first && event.bytes.is_some();
            let brought = self.events.iter().position(brought);
            let of_it = self.events.iter().position(|event| Some(event.version) == first);
            self.cursor.select(brought.or(of_it).unwrap_or(self.events.len().saturating_sub(1)));
        }
    }

    pub fn clamp(&mut self, height: usize) {
        self.cursor.clamp(self.events.len(), height);
    }

    pub fn go(&mut self, motion: Motion, height: usize) {
        self.cursor.go(motion, self.events.len(), height);
    }

    /// Selects an older or newer version; returns whether there is one.
    pub fn step(&mut self, newer: bool) -> bool {
        let at = self.cursor.selected();
        let Some(now) = self.selected() else { return false };
        let other = |&place: &usize| self.events[place].version != now;
        let found = if newer { (at..self.events.len()).find(other) } else { (0..at).rev().find(other) };
        // Going back selects where a version was stored, not where it was removed.
        let found = found.map(|place| {
            let version = self.events[place].version;
            self.events.iter().position(|event| event.version == version).unwrap_or(place)
        });
        if let Some(found) = found {
            self.cursor.select(found);
        }
        found.is_some()
    }

    /// The selected version.
    pub fn selected(&self) -> Option<VersionId> {
        self.events.get(self.cursor.selected()).map(|event| event.version)
    }

    /// The previous version.
    pub fn before(&self) -> Option<VersionId> {
        let now = self.selected()?;
        let first = self.events.iter().position(|event| event.version == now)?;
        self.events[..first].last().map(|event| event.version)
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, model: &Model, framing: Framing<'_>) {
        if area.height == 0 {
            return;
        }
        let room = usize::from(area.width).saturating_sub(8);
        let path = model.union.as_ref().map(|union| format::safe(union.path(self.node).as_bytes())).unwrap_or_default();
        let inner = pane::open(buffer, area, &fit_end(&format!("/{path}"), room), "", framing).intersection(area);
        pane::position(buffer, area, &self.cursor, self.events.len(), inner, framing);
        let visible = self.cursor.visible(self.events.len(), usize::from(inner.height));
        let digits = model.layer_count().to_string().len();
        let width = usize::from(inner.width);
        let rows = self.events[visible].iter().map(|event| {
            let said = model.image.as_ref().map_or("", |image| image.instruction_of(event.layer));
            let said = instruction::one_line(said);
            let bytes = event.bytes.map(format::bytes).unwrap_or_default();
            let row = Row::new().gap(1).text(Role::Dim, "layer ").right(Role::Text, &event.layer.to_string(), digits);
            let row = row.gap(1).right(Role::Text, &bytes, 7).gap(2);
            // What happened comes first, and leaves some room for the step that caused it.
            let until = if said.is_empty() { width } else { (width * 7 / 10).max(row.width() + 14) };
            let row = row.until(event.role, &event.what, until);
            if said.is_empty() { row } else { row.text(Role::Dim, " · ").text(Role::Dim, &said) }
        });
        paint_rows(buffer, inner, framing.theme, rows, Some((self.cursor.line(), framing.selection())));
    }
}
