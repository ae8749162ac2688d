//! The headings over rows of waste: which are wanted, which are known, which are open, and how they are drawn.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::draw::{WasteCells, WasteTable, span};
use crate::analysis::{Account, Base, Grouping, Instruction, Section, SectionKind, Sections, WasteGroup};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::screens::shared;
use crate::tui::widgets::row::{Row, fit_end};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

type Groups = Arc<Vec<WasteGroup>>;

/// Which rows of waste are grouped under headings, and under which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SectionsKey {
    only: Option<Account>,
    grouping: Grouping,
}

/// Headings that were requested.
pub(super) struct RequestedSections {
    key: SectionsKey,
    groups: Groups,
    sections: Sections,
}

/// Bytes and files below a heading.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct SectionTotal {
    pub bytes: u64,
    pub files: usize,
}

/// Headings, computed by the worker.
#[derive(Default)]
pub(super) struct Headings {
    grouping: Option<Grouping>,
    /// The parameters, the groups they were computed from, and the headings.
    known: Option<(SectionsKey, Groups, Sections)>,
    requested: Option<(SectionsKey, Groups)>,
    /// Indices of the groups below each heading, in the order of the view.
    members: Vec<Vec<usize>>,
    /// What matches below each heading; none without a filter.
    matching: Option<Vec<SectionTotal>>,
    open: HashSet<usize>,
}

impl Headings {
    pub fn grouping(&self) -> Option<Grouping> {
        self.grouping
    }

    /// By cause, by folder, by path, by instruction.
    pub fn cycle(&mut self) {
        self.grouping = match self.grouping {
            Some(Grouping::Cause) => Some(Grouping::Folder),
            Some(Grouping::Folder) => None,
            None => Some(Grouping::Instruction),
            Some(Grouping::Instruction) => Some(Grouping::Cause),
        };
        self.clear();
    }

    pub fn group_by(&mut self, grouping: Grouping) {
        if self.grouping != Some(grouping) {
            self.grouping = Some(grouping);
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.known = None;
        self.members.clear();
        self.matching = None;
        self.open.clear();
    }

    fn sections(&self) -> Option<&Sections> {
        self.known.as_ref().filter(|_| self.grouping.is_some()).map(|(.., sections)| sections)
    }

    /// `None` if there are none, or none yet.
    pub fn list(&self) -> Option<&[Section]> {
        self.sections().map(|sections| &*sections.list)
    }

    /// The heading over a group.
    pub fn section_of(&self, group: usize) -> Option<usize> {
        self.sections()?.of_group.get(group).copied().flatten().map(|section| section as usize)
    }

    pub fn is_open(&self, section: usize) -> bool {
        self.open.contains(&section)
    }

    pub fn set_open(&mut self, section: usize, open: bool) {
        if open {
            self.open.insert(section);
        } else {
            self.open.remove(&section);
        }
    }

    pub fn set_all(&mut self, open: bool) {
        self.open.clear();
        if open {
            self.open.extend(0..self.members.len());
        }
    }

    /// The headings with rows, and the groups below each: the largest come first.
    pub fn shown(&self) -> Vec<(usize, &[usize])> {
        let members = self.members.iter().map(Vec::as_slice).enumerate();
        let mut shown: Vec<_> = members.filter(|(_, members)| !members.is_empty()).collect();
        if self.matching.is_some() {
            shown.sort_by_key(|(section, _)| Reverse(self.matching(*section).map(|total| total.bytes)));
        }
        shown
    }

    /// What matches the filter below a heading; none without a filter.
    pub fn matching(&self, section: usize) -> Option<SectionTotal> {
        self.matching.as_ref()?.get(section).copied()
    }

    /// The bytes below the largest heading.
    pub fn largest(&self) -> Option<u64> {
        match &self.matching {
            Some(matching) => matching.iter().map(|total| total.bytes).max(),
            None => self.list()?.first().map(|section| section.bytes),
        }
    }

    /// Assigns groups to their headings, in order; `matching` is what matches a filter in a group.
    pub fn gather(&mut self, groups: &[usize], matching: Option<&dyn Fn(usize) -> SectionTotal>) {
        let sections = self.list().map_or(0, <[Section]>::len);
        let mut members = vec![Vec::new(); sections];
        let mut totals = vec![SectionTotal::default(); sections];
        for &group in groups {
            let Some(section) = self.section_of(group).filter(|&section| section < sections) else { continue };
            members[section].push(group);
            if let Some(matching) = matching {
                let of_group = matching(group);
                totals[section].bytes = totals[section].bytes.saturating_add(of_group.bytes);
                totals[section].files += of_group.files;
            }
        }
        self.members = members;
        self.matching = matching.map(|_| totals);
    }

    /// The group of a heading that has only this one and says the same as its row; that of an instruction does not.
    pub fn lone_group(&self, section: usize) -> Option<usize> {
        let is_lone = self.list()?.get(section)?.rows == 1 && self.grouping != Some(Grouping::Instruction);
        self.members.get(section)?.first().copied().filter(|_| is_lone)
    }

    /// The group whose path is that of all rows below a heading: the only one, or an old copy.
    pub fn only_path(&self, section: usize) -> Option<usize> {
        let has_copies =
            matches!(&self.list()?.get(section)?.kind, SectionKind::Cause { parts, .. } if parts.len() > 1);
        self.lone_group(section).or_else(|| self.members.get(section)?.first().copied().filter(|_| has_copies))
    }

    /// Whether headings are wanted but not present.
    pub fn are_missing(&self) -> bool {
        self.grouping.is_some() && self.known.is_none()
    }

    /// Requests the headings that are wanted, unless they are present or on their way.
    pub fn request(&mut self, model: &Model, only: Option<Account>) -> Option<Job> {
        let groups = model.groups.as_ref();
        if self.known.as_ref().is_some_and(|(_, of, _)| !groups.is_some_and(|groups| Arc::ptr_eq(groups, of))) {
            self.clear();
        }
        let (key, groups) = (SectionsKey { only, grouping: self.grouping? }, groups?);
        let asked = self.requested.as_ref().is_some_and(|(asked, of)| *asked == key && Arc::ptr_eq(of, groups));
        if asked || self.known.as_ref().is_some_and(|(known, ..)| *known == key) {
            return None;
        }
        self.requested = Some((key, Arc::clone(groups)));
        let groups = Arc::clone(groups);
        let base = model.image.as_ref().map_or(0, |image| Base::detect(image).layers);
        // Two views may each have asked for their own.
        Some(Job::queued(move |_| {
            let sections = Sections::new(&groups, key.grouping, key.only, base);
            Some(RequestedSections { key, groups, sections })
        }))
    }

    /// Whether these headings are the ones that are wanted.
    pub fn wants(&self, requested: &RequestedSections) -> bool {
        let RequestedSections { key, groups, .. } = requested;
        self.requested.as_ref().is_some_and(|(asked, of)| asked == key && Arc::ptr_eq(of, groups))
    }

    pub fn set_sections(&mut self, RequestedSections { key, groups, sections }: RequestedSections) {
        self.requested = None;
        self.clear();
        self.known = Some((key, groups, sections));
    }
}

/// A heading as it is drawn.
pub(super) struct HeadingRow<'a> {
    pub section: &'a Section,
    /// What matches the filter below it; none without a filter.
    pub matching: Option<SectionTotal>,
    /// The only path below it.
    pub only: Option<&'a WasteGroup>,
    /// Whether its rows are visible; `None` if it has no more to show.
    pub open: Option<bool>,
    pub holds_secret: bool,
}

impl HeadingRow<'_> {
    /// What its rows have in common, and their total.
    pub fn draw(self, model: &Model, table: &WasteTable) -> Row {
        let Self { section, matching, only, open, holds_secret } = self;
        let total = matching.unwrap_or(SectionTotal { bytes: section.bytes, files: section.files });
        let (name, count) = match only {
            Some(one) if !one.folder => {
                let copies = if section.files > 1 { old_copies(total.files) } else { String::new() };
                (format::safe(one.path.as_bytes()), copies)
            }
            Some(one) => (format!("{}/", format::safe(one.path.as_bytes())), counted(total.files, "file")),
            None => (format!("{}/", format::safe(section.folder.as_bytes())), counted(total.files, "file")),
        };
        let count = if count.is_empty() { count } else { format!("  {count}") };
        let (name, layers, account, by) = match &section.kind {
            SectionKind::Cause { account, parts } => {
                let mut layers: Vec<_> = parts.iter().map(|&(stored_by, _)| stored_by).collect();
                layers.sort_unstable();
                (name, span(&layers), Some(*account), parts.first().map(|&(_, by)| by))
            }
            SectionKind::Instruction(by) => (by_instruction(model, *by, table), String::new(), None, Some(*by)),
            SectionKind::Folder => {
                let one = only.map(|one| (one.layer.to_string(), one.account, one.by));
                let (layer, account, by) =
                    one.map_or_else(Default::default, |(layer, account, by)| (layer, Some(account), Some(by)));
                (name, layer, account, by)
            }
        };
        let room = table.path.saturating_sub(2 + count.len()).max(table.path / 2);
        let name = match section.kind {
            SectionKind::Instruction(_) => format::fit(&name, room),
            SectionKind::Cause { .. } | SectionKind::Folder => fit_end(&name, room),
        };
        let fold = match open {
            None => "  ",
            Some(true) => "▾ ",
            Some(false) => "▸ ",
        };
        let cells = WasteCells {
            role: Role::Strong,
            bytes: total.bytes,
            account,
            secret: holds_secret,
            indent: 0,
            path: vec![(Role::Dim, fold.to_owned()), (Role::Strong, name), (Role::Dim, count)],
            layers,
            by,
        };
        table.row(mark(section, model), cells, model)
    }
}

/// `3 old copies`.
pub(super) fn old_copies(number: usize) -> String {
    format!("{} old {}", format::count(number), if number == 1 { "copy" } else { "copies" })
}

/// The dot of a cause that is marked as a whole.
fn mark(section: &Section, model: &Model) -> Row {
    let marks = match &section.kind {
        SectionKind::Cause { account, parts } if !model.marks.list().is_empty() => {
            parts.first().map_or_else(Vec::new, |&(stored_by, by)| model.marks_of_cause(*account, stored_by, by))
        }
        _ => Vec::new(),
    };
    let missing = marks.iter().copied().find(|&mark| !model.marks.contains(mark));
    shared::mark(model, missing.or(marks.first().copied()))
}

/// The instruction is in the last column where there is one.
fn by_instruction(model: &Model, by: LayerNumber, table: &WasteTable) -> String {
    if table.has_instruction() {
        return format!("layer {by}");
    }
    let instruction = model.image.as_ref().map_or("", |image| image.description_of(by));
    if table.has_layer() {
        Instruction::read(instruction).line_or_missing()
    } else {
        format!("{by} {}", Instruction::read(instruction).line_or_missing())
    }
}
