//! Views 2 and 3: what is stored for nothing, all of it or what was removed, as rows that open to their files.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Account, WasteGroup};
use crate::tui::action::Action;
use crate::tui::facts::Facts;
use crate::tui::layout::{self, ListLayout};
use crate::tui::overlay::Target;
use crate::tui::pane::Framing;
use crate::tui::panes;
use crate::tui::pointer::{Deed, Hit, Pointer};
use crate::tui::scroll::{Cursor, Motion};
use crate::tui::text::Scrolled;
use crate::tui::texts;
use crate::tui::tree::Sort;

use crate::union::VersionRef;

use super::Look;

/// A row: a group, or one of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct WasteRow {
    /// Place among the groups.
    pub group: usize,
    /// Place among all waste, for a file of an open group.
    pub file: Option<usize>,
}

/// Rows of waste, where one is, which are open.
pub(in crate::tui) struct WasteView {
    only: Option<Account>,
    sort: Sort,
    /// Places of the groups that are shown, in the order of the view.
    groups: Vec<usize>,
    open: HashSet<usize>,
    rows: Vec<WasteRow>,
    /// Which edition of the facts the rows are of.
    edition: Option<u32>,
    /// Files of all groups that are shown.
    files: usize,
    /// Bytes of the largest of them.
    largest: u64,
    cursor: Cursor,
    in_details: bool,
    details: Scrolled<(Option<WasteRow>, u32)>,
}

impl WasteView {
    /// Of one account, or of all.
    pub fn new(only: Option<Account>) -> Self {
        Self {
            only,
            sort: Sort::Size,
            groups: Vec::new(),
            open: HashSet::new(),
            rows: Vec::new(),
            edition: None,
            files: 0,
            largest: 0,
            cursor: Cursor::default(),
            in_details: false,
            details: Scrolled::default(),
        }
    }

    pub fn only(&self) -> Option<Account> {
        self.only
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn rows(&self) -> &[WasteRow] {
        &self.rows
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn files(&self) -> usize {
        self.files
    }

    pub fn largest(&self) -> u64 {
        self.largest
    }

    pub fn is_open(&self, group: usize) -> bool {
        self.open.contains(&group)
    }

    fn layout(&self, body: Rect) -> ListLayout {
        if self.rows.is_empty() {
            return ListLayout { list: body, details: None };
        }
        ListLayout::of(body, self.rows.len() + 2, self.in_details)
    }

    fn height(&self, body: Rect) -> usize {
        let rows = panes::waste_rows(layout::inner(self.layout(body).list, layout::boxed(body)));
        usize::from(rows.height)
    }

    pub fn act(&mut self, action: Action, facts: &Facts, body: Rect) {
        let height = self.height(body);
        let layout = self.layout(body);
        match action {
            Action::NextPane | Action::PreviousPane => self.in_details = !self.in_details && layout.details.is_some(),
            Action::Sort => {
                self.sort = self.sort.other();
                self.edition = None;
            }
            Action::FoldAll | Action::UnfoldAll => {
                self.open.clear();
                if action == Action::UnfoldAll {
                    self.open.extend(self.groups.iter().filter(|&&group| opens(facts, group)));
                }
                self.spread(facts);
            }
            _ if self.in_details => {
                if let Some((motion, area)) = Motion::of(action).zip(layout.details) {
                    self.details.go(motion, layout::inner(area, layout::boxed(body)));
                }
            }
            Action::Open | Action::Fold | Action::Expand | Action::Collapse => self.fold(action, facts),
            _ => {
                if let Some(motion) = Motion::of(action) {
                    self.cursor.go(motion, self.rows.len(), height);
                }
            }
        }
    }

    /// Takes a click or the wheel.
    pub fn point(&mut self, pointer: Pointer, body: Rect) -> Hit {
        let layout = self.layout(body);
        let boxed = layout::boxed(body);
        if let Some(area) = layout.details.filter(|&area| pointer.is_in(area)) {
            self.in_details |= pointer.deed == Deed::Click;
            pointer.on_text(&mut self.details, layout::inner(area, boxed));
            return Hit::Nothing;
        }
        let had_keys = !self.in_details;
        self.in_details &= pointer.deed != Deed::Click;
        let rows = panes::waste_rows(layout::inner(layout.list, boxed));
        let hit = pointer.on_list(&mut self.cursor, rows, self.rows.len());
        if hit == Hit::SelectedRow && !had_keys { Hit::Row } else { hit }
    }

    fn fold(&mut self, action: Action, facts: &Facts) {
        let Some(WasteRow { group, .. }) = self.rows.get(self.cursor.selected()).copied() else { return };
        let open = match action {
            Action::Expand => true,
            Action::Collapse => false,
            _ => !self.open.contains(&group),
        };
        if open && opens(facts, group) {
            self.open.insert(group);
        } else {
            self.open.remove(&group);
        }
        self.spread(facts);
        let head = self.rows.iter().position(|row| row.group == group && row.file.is_none());
        if let Some(head) = head.filter(|_| !open) {
            self.cursor.select(head);
        }
    }

    /// What the cursor is on: a file, or what is hidden as a whole.
    pub fn target(&self, facts: &Facts) -> Target {
        let row = self.rows.get(self.cursor.selected());
        let union = facts.union.as_ref();
        let Some(((row, groups), union)) = row.zip(facts.groups.as_ref()).zip(union) else { return Target::default() };
        let Some(group) = groups.get(row.group) else { return Target::default() };
        let file =
            row.file.or_else(|| group.files.first().copied().filter(|_| !group.folder && group.files.len() == 1));
        let waste = file.and_then(|file| facts.analysis.as_ref()?.waste.get(file));
        let version = waste.map(|waste| union.version(waste.version));
        let node = version.and_then(VersionRef::node).or_else(|| union.node_at(&group.path));
        let layer = version.map_or(group.layers.last().copied(), |version| Some(version.layer()));
        Target { layer, node, version: version.map(VersionRef::id), ..Target::default() }
    }

    pub fn settle(&mut self, facts: &Facts, body: Rect) {
        if self.edition != Some(facts.edition) {
            self.edition = Some(facts.edition);
            self.choose(facts);
            self.spread(facts);
        }
        self.in_details &= self.layout(body).details.is_some();
        let height = self.height(body);
        self.cursor.settle(self.rows.len(), height);
        if let Some(area) = self.layout(body).details {
            let row = self.rows.get(self.cursor.selected()).copied();
            let area = layout::inner(area, layout::boxed(body));
            self.details.settle((row, facts.edition), area, |text| {
                if let Some(row) = row {
                    texts::waste(text, facts, row);
                }
            });
        }
    }

    fn choose(&mut self, facts: &Facts) {
        let groups: &[WasteGroup] = facts.groups.as_ref().map_or(&[], |groups| groups);
        let shown =
            |at: &usize| groups.get(*at).is_some_and(|group| self.only.is_none_or(|only| group.account == only));
        self.groups = match self.sort {
            Sort::Size => (0..groups.len()).filter(shown).collect(),
            Sort::Name => facts.groups_by_path.iter().flatten().copied().filter(shown).collect(),
        };
        let shown = || self.groups.iter().filter_map(|&group| groups.get(group));
        self.files = shown().map(|group| group.files.len()).sum();
        self.largest = shown().map(|group| group.bytes).max().unwrap_or(0);
        self.open.retain(|&group| group < groups.len());
    }

    fn spread(&mut self, facts: &Facts) {
        self.rows.clear();
        let groups: &[WasteGroup] = facts.groups.as_ref().map_or(&[], |groups| groups);
        for &group in &self.groups {
            self.rows.push(WasteRow { group, file: None });
            if self.open.contains(&group) {
                let files = groups.get(group).map_or(&[][..], |group| &group.files);
                self.rows.extend(files.iter().map(|&file| WasteRow { group, file: Some(file) }));
            }
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, facts: &Facts, body: Rect, look: Look<'_>) {
        let layout = self.layout(body);
        let framing = |focused| Framing { theme: look.theme, boxed: layout::boxed(body), focused };
        panes::waste(buffer, layout.list, facts, self, framing(!self.in_details));
        if let Some(area) = layout.details {
            panes::details(buffer, area, "What became of it", &self.details, framing(self.in_details));
        }
    }
}

/// Whether a group has more to show than its own row.
pub(in crate::tui) fn opens(facts: &Facts, group: usize) -> bool {
    let group = facts.groups.as_ref().and_then(|groups| groups.get(group));
    group.is_some_and(|group| group.folder || group.files.len() > 1)
}
