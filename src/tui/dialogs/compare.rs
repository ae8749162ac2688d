//! Two images side by side: their layers, aligned, and below them the tree of what differs. It lies on the view of the
//! second image; leaving it leads there, and going back from there leads here.

use std::cmp::Reverse;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::analysis::{Instruction, beginning};
use crate::compare::{AlignedLayers, Comparison, DifferenceKind, Relation, RowId, Sides};
use crate::format::{self, safe};
use crate::image::{Image, LayerNumber};
use crate::secrets::Redactor;
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, Overlay, Request, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, Pointer};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;
use crate::union::Union;

/// Two images and what differs between them.
pub struct ComparedImages {
    /// Their documents, without secrets.
    pub images: [Image; 2],
    /// Their layers.
    pub unions: [Arc<Union>; 2],
    /// What differs.
    pub comparison: Comparison,
    /// Redacts the secrets of their documents in paths.
    pub redactors: [Redactor; 2],
}

impl ComparedImages {
    fn sides(&self) -> Sides<'_> {
        self.comparison.sides(&self.unions[0], &self.unions[1])
    }

    fn path(&self, row: RowId) -> String {
        let path = self.comparison.differences.path(&self.sides(), row);
        safe(&self.redactors[1].path(&self.redactors[0].path(path.as_bytes())))
    }

    fn title(&self, side: usize) -> String {
        self.images[side].names.first().cloned().unwrap_or_else(|| "an untagged image".to_owned())
    }

    /// What a push of B sends, where the registry has A.
    fn push(&self) -> String {
        let [old, new] = &self.redactors;
        self.comparison.cost.verdict(&|text| new.text(&old.text(text)).into_owned())
    }

    /// Whether a part of either image could not be read.
    fn is_incomplete(&self) -> bool {
        let has_gap = self.images.iter().flat_map(|image| &image.findings).any(|finding| finding.is_gap);
        let is_cut = |union: &Arc<Union>| union.layer_numbers().any(|layer| !union.entries(layer).complete);
        has_gap
            || self.unions.iter().any(is_cut)
            || self.comparison.answers.findings.iter().any(|list| !list.is_empty())
    }

    fn instruction(&self, row: &AlignedLayers) -> String {
        let (side, layer) = match (row.a, row.b) {
            (_, Some(layer)) => (1, layer),
            (Some(layer), None) => (0, layer),
            (None, None) => return String::new(),
        };
        Instruction::read(&beginning(self.images[side].description_of(layer))).line()
    }
}

/// The most rows that a filter leaves.
const FOUND: usize = 5_000;

/// The lowest height with a line above the panes.
const ROOM_FOR_HEAD: u16 = 12;

/// The dialog.
pub(in crate::tui) struct CompareView {
    pair: Arc<ComparedImages>,
    in_files: bool,
    layers: Cursor,
    files: Cursor,
    /// The folder whose rows are shown.
    folder: RowId,
    by_name: bool,
    filter: Option<InputLine>,
    typing: bool,
    rows: Vec<RowId>,
}

impl CompareView {
    pub fn new(pair: Arc<ComparedImages>) -> Self {
        let mut layers = Cursor::default();
        layers.select(pair.comparison.alignment.first_difference().unwrap_or(0));
        let mut view = Self {
            pair,
            in_files: false,
            layers,
            files: Cursor::default(),
            folder: 0,
            by_name: false,
            filter: None,
            typing: false,
            rows: Vec::new(),
        };
        view.list();
        view
    }

    /// The line that says what a push sends, where there is room for it.
    fn head(body: Rect) -> Rect {
        Rect { height: u16::from(body.height >= ROOM_FOR_HEAD), ..body }
    }

    /// The layers above, the files below.
    fn parts(body: Rect) -> [Rect; 2] {
        let head = Self::head(body).height;
        let body = Rect { y: body.y + head, height: body.height - head, ..body };
        let above = (body.height * 2 / 5).max(4).min(body.height);
        [Rect { height: above, ..body }, Rect { y: body.y + above, height: body.height - above, ..body }]
    }

    /// Lists what is in the folder, or what the filter finds anywhere.
    fn list(&mut self) {
        let differences = &self.pair.comparison.differences;
        let wanted = self.filter.as_ref().map(|line| line.text().to_lowercase()).filter(|text| !text.is_empty());
        self.rows = match wanted {
            Some(text) => {
                let has = |&id: &RowId| self.pair.path(id).to_lowercase().contains(&text);
                differences.walk().filter(has).take(FOUND).collect()
            }
            None => differences.children(self.folder).to_vec(),
        };
        if !self.by_name {
            let weight = |&id: &RowId| {
                let totals = differences.row(id).totals;
                Reverse((totals.before.max(totals.after), totals.all()))
            };
            self.rows.sort_by_cached_key(weight);
        }
        self.files.select(0);
    }

    /// Into a folder, or to the file in the view of the second image.
    fn open(&mut self) -> Vec<Effect> {
        if !self.in_files {
            self.in_files = true;
            return Vec::new();
        }
        let Some(&id) = self.rows.get(self.files.selected()) else { return Vec::new() };
        let (pair, differences) = (Arc::clone(&self.pair), &self.pair.comparison.differences);
        if !differences.children(id).is_empty() {
            (self.folder, self.filter) = (id, None);
            self.list();
            return Vec::new();
        }
        match differences.node_in_b(id) {
            Some(node) => {
                let layer = differences.layers(&pair.sides(), id)[1];
                vec![Effect::GoTo(Request::Show { node, layer })]
            }
            None => vec![Effect::Notice("only A has it: `layerscope cat` prints it".to_owned())],
        }
    }

    /// Out of a filter, a folder, the files, and at last the dialog.
    fn back(&mut self) -> Vec<Effect> {
        if self.filter.take().is_some() {
            self.list();
        } else if self.in_files {
            match self.pair.comparison.differences.parent(self.folder) {
                Some(parent) => {
                    let left = std::mem::replace(&mut self.folder, parent);
                    self.list();
                    self.files.select(self.rows.iter().position(|&row| row == left).unwrap_or(0));
                }
                None => self.in_files = false,
            }
        } else {
            return vec![Effect::Close];
        }
        Vec::new()
    }

    /// Why a rebuilt layer differs, in a word or two.
    fn why(&self, at: usize) -> String {
        match self.pair.comparison.reason(at) {
            None => String::new(),
            Some(reason) if reason.incomplete => "not all read".to_owned(),
            Some(reason) if reason.is_time_only() => "times only".to_owned(),
            Some(reason) if reason.is_metadata_only() => "metadata only".to_owned(),
            Some(reason) => format!("{} differ", format::count(reason.differing())),
        }
    }

    fn layer_row(&self, at: usize) -> Row {
        let row = &self.pair.comparison.alignment.rows[at];
        let number = |layer: Option<LayerNumber>| layer.map_or_else(String::new, |layer| layer.to_string());
        let (role, relation) = match row.relation {
            Relation::Same if row.unread => (Role::Warning, "not read"),
            Relation::Same if row.recompressed => (Role::Modified, "recompressed"),
            Relation::Same => (Role::Dim, "same"),
            Relation::Rebuilt => (Role::Modified, "rebuilt"),
            Relation::OnlyInA => (Role::Removed, "only in A"),
            Relation::OnlyInB => (Role::Added, "only in B"),
        };
        Row::new()
            .right(Role::Text, &number(row.a), 4)
            .right(Role::Text, &number(row.b), 4)
            .gap(2)
            .left(role, relation, 13)
            .left(Role::Dim, &self.why(at), 15)
            .text(Role::Text, &self.pair.instruction(row))
    }

    fn file_row(&self, id: RowId) -> Row {
        let differences = &self.pair.comparison.differences;
        let (row, sides) = (differences.row(id), self.pair.sides());
        let (role, letter) = match row.kind {
            Some(DifferenceKind::Added) => (Role::Added, "A"),
            Some(DifferenceKind::Removed) => (Role::Removed, "R"),
            Some(DifferenceKind::Modified) => (Role::Modified, "M"),
            Some(DifferenceKind::Metadata) => (Role::Dim, "m"),
            None => (Role::Text, " "),
        };
        let folder = differences.is_folder(&sides, id);
        let size = |bytes: u64| if bytes == 0 { "0 B".to_owned() } else { format::bytes(bytes) };
        let path = if self.filter.is_some() {
            self.pair.path(id)
        } else {
            let name = differences.name(&sides, id);
            safe(&self.pair.redactors[1].path(&self.pair.redactors[0].path(name)))
        };
        let what = if row.unread {
            "  not read".to_owned()
        } else if folder && row.totals.all() > 1 {
            format!("  {} differ", format::count(row.totals.all()))
        } else {
            let names: Vec<_> = row.aspects.names().collect();
            if names.is_empty() { String::new() } else { format!("  {}", names.join(", ")) }
        };
        Row::new()
            .gap(1)
            .left(role, letter, 2)
            .right(Role::Text, &size(row.totals.before), 8)
            .text(Role::Dim, " → ")
            .left(Role::Text, &size(row.totals.after), 9)
            .text(if folder { Role::Folder } else { role }, &path)
            .text(Role::Folder, if folder { "/" } else { "" })
            .text(Role::Dim, &what)
    }

    fn files_title(&self) -> String {
        match &self.filter {
            Some(line) => format!("· containing “{}”: {}", line.text(), format::count(self.rows.len())),
            None => format!("· /{}", self.pair.path(self.folder)),
        }
    }
}

impl Overlay for CompareView {
    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        if !self.typing {
            return None;
        }
        match key.code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => (self.typing, self.filter) = (false, None),
            _ => {
                if !self.filter.get_or_insert_with(|| InputLine::new("")).typed(key) {
                    return None;
                }
            }
        }
        self.list();
        Some(Vec::new())
    }

    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        match action {
            Action::Open | Action::Expand => return self.open(),
            Action::Close | Action::Collapse => return self.back(),
            Action::Quit => return vec![Effect::Close],
            Action::Images => return vec![Effect::ShowImages],
            Action::Help => return vec![Effect::Help],
            Action::NextPane | Action::PreviousPane => self.in_files = !self.in_files,
            Action::Sort => {
                self.by_name = !self.by_name;
                self.list();
            }
            Action::Find => {
                (self.in_files, self.typing) = (true, true);
                self.filter.get_or_insert_with(|| InputLine::new(""));
            }
            Action::Merged => {
                let node = scene.model.union.as_ref().map(|union| union.root());
                return node.map(|node| Effect::GoTo(Request::Show { node, layer: None })).into_iter().collect();
            }
            _ => {
                let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
                let [layers, files] = Self::parts(scene.body)
                    .map(|part| usize::from(layout::inner(part, layout::boxed(scene.body)).height));
                if self.in_files {
                    self.files.go(motion, self.rows.len(), files);
                } else {
                    self.layers.go(motion, self.pair.comparison.alignment.rows.len(), layers);
                }
            }
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, scene: Scene<'_>) -> Vec<Effect> {
        let boxed = layout::boxed(scene.body);
        let [above, below] = Self::parts(scene.body);
        let in_files = pointer.is_in(below);
        let (cursor, part, rows) = if in_files {
            (&mut self.files, below, self.rows.len())
        } else {
            (&mut self.layers, above, self.pair.comparison.alignment.rows.len())
        };
        let hit = pointer.on_list(cursor, layout::inner(part, boxed), rows);
        if hit == ClickTarget::Nothing {
            return Vec::new();
        }
        let was_there = std::mem::replace(&mut self.in_files, in_files) == in_files;
        if was_there && hit == ClickTarget::SelectedRow { self.open() } else { Vec::new() }
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let boxed = layout::boxed(scene.body);
        let [layers, files] = Self::parts(scene.body).map(|part| usize::from(layout::inner(part, boxed).height));
        self.layers.clamp(self.pair.comparison.alignment.rows.len(), layers);
        self.files.clamp(self.rows.len(), files);
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let boxed = layout::boxed(body);
        let framing = |focused| Framing { theme: context.theme, boxed, focused };
        let [above, below] = Self::parts(body);
        let push = Row::new().gap(1).text(Role::Text, &self.pair.push());
        paint_rows(buffer, Self::head(body), context.theme, std::iter::once(push), None);
        let incomplete = if self.pair.is_incomplete() { "· INCOMPLETE: not everything could be read " } else { "" };
        let about = format!("{incomplete}· A {} · B {}", self.pair.title(0), self.pair.title(1));
        let area = pane::open(buffer, above, "Layers of both", &about, framing(!self.in_files));
        let rows = &self.pair.comparison.alignment.rows;
        let visible = self.layers.visible(rows.len(), usize::from(area.height));
        let selected = Some((self.layers.line(), framing(!self.in_files).selection()));
        paint_rows(buffer, area, context.theme, visible.map(|at| self.layer_row(at)), selected);
        pane::position(buffer, above, &self.layers, rows.len(), area, framing(!self.in_files));
        let area = pane::open(buffer, below, "What differs", &self.files_title(), framing(self.in_files));
        if self.rows.is_empty() {
            let nothing = self.filter.is_none() && self.pair.comparison.differences.is_empty();
            let text = if nothing { "a container sees the same files" } else { "nothing here" };
            pane::note(buffer, area, context.theme, text);
            return;
        }
        let visible = self.files.visible(self.rows.len(), usize::from(area.height));
        let selected = Some((self.files.line(), framing(self.in_files).selection()));
        paint_rows(buffer, area, context.theme, self.rows[visible].iter().map(|&id| self.file_row(id)), selected);
        pane::position(buffer, below, &self.files, self.rows.len(), area, framing(self.in_files));
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Open], "deeper"),
            (&[Action::Close], "back"),
            (&[Action::NextPane], "pane"),
            (&[Action::Find], "filter"),
            (&[Action::Sort], "sort"),
            (&[Action::Merged], "B merged"),
        ]
    }
}
