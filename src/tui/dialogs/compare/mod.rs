//! Two images side by side: their layers, aligned, and below them the tree of what differs. It lies on the view of the
//! second image; leaving it leads there, and going back from there leads here.

mod files;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use self::files::{FileList, Listed, Opened};
use crate::analysis::{Instruction, beginning};
use crate::compare::{AlignedLayers, ComparedImages, Relation};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::{CursorTarget, DrawContext, Effect, FindingAt, HelpSection, Overlay, Request, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, Pointer};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};

/// Why a file does not open: this screen is that of the second image.
const ONLY_IN_A: &str = "only A has it: `Y` copies the command that prints it";

/// Why nothing is compared.
const NO_DIFFERENCE: &str = "select a file that both images have and that differs";

const HELP: HelpSection = HelpSection {
    title: "Two images",
    lines: &[
        (None, "same", "both images have this layer, by its digest"),
        (None, "recompressed", "the same, but its blob is another one and is pushed again"),
        (None, "rebuilt", "the same instruction made other content"),
        (None, "times only", "rebuilt, and only times differ: a timestamp made the layer"),
        (None, "metadata only", "rebuilt, and only modes, owners, attributes or times differ"),
        (None, "only in A, only in B", "the other image has no such layer and no such instruction"),
        (None, "not read", "a layer of it could not be read and is not compared"),
        (None, "A  R  M  m  ?", "added, removed, modified, metadata only, not compared"),
        (Some(Action::ShowUnchanged), "", "hides or shows metadata only; the same for the other kinds"),
        (Some(Action::Diff), "", "what differs in a file that both have"),
        (Some(Action::Merged), "", "the merged view of A, that of B, and what differs again"),
        (Some(Action::Mark), "", "marks what B has; the size of the marks is that in B"),
    ],
};

/// The lowest heights with one line, two and more above the panes, and how many there are at most.
const ROOM_FOR_HEAD: u16 = 12;
const ROOM_FOR_TWO: u16 = 16;
const ROOM_FOR_HEADS: u16 = 20;
const HEADS: usize = 4;

/// The lines of a pane above its rows.
const HEADED: u16 = 2;
/// From this width on, the reason of a rebuilt layer is written out.
const WIDE: u16 = 100;

/// The dialog.
pub(in crate::tui) struct CompareView {
    pair: Arc<ComparedImages>,
    in_files: bool,
    layers: Cursor,
    files: FileList,
    typing: bool,
    /// What to know before the layers, most important first.
    heads: Vec<String>,
    list: ImageList,
}

/// What the images have to do with the list of the images of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum ImageList {
    /// There is none.
    None,
    /// There is one.
    Open,
    /// Both images were chosen in it.
    Chosen,
}

impl CompareView {
    pub fn new(pair: Arc<ComparedImages>, list: ImageList) -> Self {
        let mut layers = Cursor::default();
        layers.select(pair.comparison.alignment.first_difference().unwrap_or(0));
        let mut heads = pair.heads();
        heads.extend(pair.cache_break());
        let files = FileList::new(Arc::clone(&pair));
        Self { in_files: false, layers, files, typing: false, heads, list, pair }
    }

    /// The lines above the panes, where there is room for them.
    fn head(&self, body: Rect) -> Rect {
        let most = match body.height {
            ROOM_FOR_HEADS.. => HEADS,
            ROOM_FOR_TWO.. => 2,
            ROOM_FOR_HEAD.. => 1,
            _ => 0,
        };
        Rect { height: u16::try_from(self.heads.len().min(most)).unwrap_or(0), ..body }
    }

    /// Where the rows of both panes are.
    fn lists(&self, body: Rect) -> [Rect; 2] {
        self.parts(body).map(|part| layout::below_heads(layout::inner(part, layout::boxed(body))))
    }

    /// The layers above, the files below. Neither has more lines than it needs where the other has too few.
    fn parts(&self, body: Rect) -> [Rect; 2] {
        let head = self.head(body).height;
        let body = Rect { y: body.y + head, height: body.height - head, ..body };
        let frame = HEADED + u16::from(layout::boxed(body));
        let needed = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(frame);
        let share = body.height * 2 / 5;
        let below = if self.files.is_waiting() { u16::MAX } else { needed(self.files.len()) };
        let room = body.height.saturating_sub(below).max(share);
        let above = needed(self.pair.comparison.alignment.rows.len()).min(room).max(5).min(body.height);
        [Rect { height: above, ..body }, Rect { y: body.y + above, height: body.height - above, ..body }]
    }

    /// To the files of the selected layers, into a folder, or to the file in the view of the second image.
    fn open(&mut self) -> Vec<Effect> {
        if !self.in_files {
            self.in_files = true;
            self.files.show(Listed::Layers(self.layers.selected()));
            return Vec::new();
        }
        match self.files.open() {
            Some(Opened::File { node, layer }) => vec![Effect::GoTo(Request::Show { node, layer })],
            Some(Opened::Both) => vec![Effect::ShowDifference(self.files.target())],
            Some(Opened::OnlyInA) => vec![Effect::Notice(ONLY_IN_A.to_owned())],
            Some(Opened::Folder) | None => Vec::new(),
        }
    }

    /// Out of a filter, a folder, what is listed, the files, and at last the dialog.
    fn back(&mut self) -> Vec<Effect> {
        if self.files.filter.take().is_some() {
            self.files.list();
        } else if self.in_files && self.files.leave_folder() {
        } else if self.files.listed != Listed::Differences {
            // The layers lead to what theirs change; the other views are of the files.
            self.in_files &= matches!(self.files.listed, Listed::Merged(_));
            self.files.show(Listed::Differences);
        } else if self.in_files {
            self.in_files = false;
        } else {
            return vec![if self.list == ImageList::Chosen { Effect::LeaveForImages } else { Effect::Close }];
        }
        Vec::new()
    }

    fn instruction(&self, row: &AlignedLayers) -> String {
        let (side, layer) = match (row.a, row.b) {
            (_, Some(layer)) => (1, layer),
            (Some(layer), None) => (0, layer),
            (None, None) => return String::new(),
        };
        Instruction::read(&beginning(self.pair.images[side].image.description_of(layer))).line()
    }

    /// Why a rebuilt layer differs, in a word or two.
    fn why(&self, at: usize, is_wide: bool) -> String {
        match self.pair.comparison.reason(at) {
            None => String::new(),
            Some(reason) if reason.is_incomplete() => "not all read".to_owned(),
            Some(reason) if reason.is_time_only() => "times only".to_owned(),
            Some(reason) if reason.is_metadata_only() => "metadata only".to_owned(),
            Some(reason) if reason.differing() == 0 => "same files".to_owned(),
            Some(reason) => {
                let metadata = reason.metadata();
                let differing = reason.differing().saturating_sub(metadata);
                let said =
                    format!("{} {}", format::count(differing), if differing == 1 { "differs" } else { "differ" });
                match (metadata, is_wide) {
                    (0, _) => said,
                    (_, false) => format!("{said}, …"),
                    (_, true) => {
                        let kind = if metadata == reason.time { "times" } else { "metadata" };
                        format!("{said}, {} {kind} only", format::count(metadata))
                    }
                }
            }
        }
    }

    fn why_width(is_wide: bool) -> usize {
        if is_wide { 30 } else { 15 }
    }

    fn layer_heads(is_wide: bool) -> Row {
        Row::new()
            .right(Role::Heading, "A", 4)
            .right(Role::Heading, "B", 4)
            .gap(2)
            .left(Role::Heading, "layer", 13)
            .left(Role::Heading, "why", Self::why_width(is_wide))
            .text(Role::Heading, "instruction")
    }

    fn layer_row(&self, at: usize, is_wide: bool) -> Row {
        let row = &self.pair.comparison.alignment.rows[at];
        let number = |layer: Option<LayerNumber>| layer.map_or_else(String::new, |layer| layer.to_string());
        let (role, relation) = match row.relation {
            _ if row.unread => (Role::Warning, "not read"),
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
            .left(Role::Dim, &self.why(at, is_wide), Self::why_width(is_wide))
            .text(Role::Text, &self.instruction(row))
    }
}

impl Overlay for CompareView {
    fn help(&self) -> Option<&'static HelpSection> {
        Some(&HELP)
    }

    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        if !self.typing {
            return None;
        }
        match key.code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => (self.typing, self.files.filter) = (false, None),
            _ => {
                if !self.files.filter.get_or_insert_with(|| InputLine::new("")).typed(key) {
                    return None;
                }
            }
        }
        self.files.list();
        Some(Vec::new())
    }

    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        match action {
            Action::Open | Action::Expand => return self.open(),
            Action::Close | Action::Collapse => return self.back(),
            Action::Quit => return vec![Effect::Quit],
            Action::Images => return vec![Effect::ShowImages],
            Action::Help => return vec![Effect::Help],
            Action::NextPane | Action::PreviousPane => self.in_files = !self.in_files,
            Action::Sort => {
                self.files.by_name = !self.files.by_name;
                self.files.list();
            }
            Action::Diff => {
                let file = Some(self.files.target()).filter(|_| self.in_files && self.files.has_difference());
                return vec![file.map_or_else(|| Effect::Notice(NO_DIFFERENCE.to_owned()), Effect::ShowDifference)];
            }
            _ if self.files.hide(action) => {}
            Action::Find => {
                (self.in_files, self.typing) = (true, true);
                self.files.filter.get_or_insert_with(|| InputLine::new(""));
            }
            Action::Merged => {
                self.in_files = true;
                self.files.show_next();
            }
            _ => {
                let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
                let [layers, files] = self.lists(scene.body).map(|list| usize::from(list.height));
                if self.in_files {
                    let rows = self.files.len();
                    self.files.cursor.go(motion, rows, files);
                } else {
                    self.layers.go(motion, self.pair.comparison.alignment.rows.len(), layers);
                }
            }
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, scene: Scene<'_>) -> Vec<Effect> {
        let [above, below] = self.lists(scene.body);
        let in_files = pointer.is_in(below);
        let rows = self.files.len();
        let (cursor, list, rows) = if in_files {
            (&mut self.files.cursor, below, rows)
        } else {
            (&mut self.layers, above, self.pair.comparison.alignment.rows.len())
        };
        let hit = pointer.on_list(cursor, list, rows);
        if hit == ClickTarget::Nothing {
            return Vec::new();
        }
        let was_there = std::mem::replace(&mut self.in_files, in_files) == in_files;
        if was_there && hit == ClickTarget::SelectedRow { self.open() } else { Vec::new() }
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let [layers, files] = self.lists(scene.body).map(|list| usize::from(list.height));
        self.layers.clamp(self.pair.comparison.alignment.rows.len(), layers);
        let rows = self.files.len();
        self.files.cursor.clamp(rows, files);
        self.files.job().into_iter().collect()
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        self.files.receive(result)
    }

    fn is_waiting(&self) -> bool {
        self.files.is_waiting()
    }

    fn target(&self) -> Option<CursorTarget> {
        if self.in_files {
            return Some(self.files.target());
        }
        let at = self.layers.selected();
        let row = self.pair.comparison.alignment.rows.get(at)?;
        let step =
            row.b.and_then(|layer| self.pair.images[1].image.steps.iter().position(|step| step.layer == Some(layer)));
        Some(CursorTarget {
            step,
            layer: row.b,
            finding: Some(FindingAt::RebuiltLayers(at)),
            ..CursorTarget::default()
        })
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, model: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let boxed = layout::boxed(body);
        let framing = |focused| Framing { theme: context.theme, boxed, focused };
        let [above, below] = self.parts(body);
        let heads = self.heads.iter().map(|head| Row::new().gap(1).text(Role::Text, head));
        paint_rows(buffer, self.head(body), context.theme, heads, None);
        let unread = self.pair.unread_part();
        let incomplete = unread.map_or_else(String::new, |part| format!("· INCOMPLETE: {part} "));
        let about = format!("{incomplete}· A {} · B {}", self.pair.images[0].title(), self.pair.images[1].title());
        let area = pane::open(buffer, above, "Layers of both", &about, framing(!self.in_files));
        let rows = &self.pair.comparison.alignment.rows;
        let is_wide = area.width >= WIDE;
        paint_rows(buffer, area, context.theme, std::iter::once(Self::layer_heads(is_wide)), None);
        let [area, _] = self.lists(body);
        let visible = self.layers.visible(rows.len(), usize::from(area.height));
        let selected = Some((self.layers.line(), framing(!self.in_files).selection()));
        paint_rows(buffer, area, context.theme, visible.map(|at| self.layer_row(at, is_wide)), selected);
        pane::position(buffer, above, &self.layers, rows.len(), area, framing(!self.in_files));
        let (name, about) = self.files.title();
        let area = pane::open(buffer, below, &name, &about, framing(self.in_files));
        paint_rows(buffer, area, context.theme, std::iter::once(FileList::heads()), None);
        let [_, area] = self.lists(body);
        if self.files.len() == 0 {
            pane::note(buffer, area, context.theme, self.files.note());
            return;
        }
        let cursor = &self.files.cursor;
        let visible = cursor.visible(self.files.len(), usize::from(area.height));
        let selected = Some((cursor.line(), framing(self.in_files).selection()));
        paint_rows(buffer, area, context.theme, visible.map(|at| self.files.row(at, model)), selected);
        pane::position(buffer, below, cursor, self.files.len(), area, framing(self.in_files));
    }

    fn hints(&self) -> &'static [Hint] {
        const BACK: Hint = (&[Action::Close], "back");
        const MERGED: Hint = (&[Action::Merged], "A, B or both");
        const COPY: Hint = (&[Action::Copy, Action::CopyCommand], "copy");
        const REPORT: Hint = (&[Action::Report], "report");
        const FIND: Hint = (&[Action::Find], "filter");
        const IMAGES: Hint = (&[Action::Images], "images");
        const QUIT: Hint = (&[Action::Quit], "quit");
        const CHANGES: Hint = (&[Action::Open], "what they change");
        const TO_FILES: Hint = (&[Action::NextPane], "files");
        const OPEN: Hint = (&[Action::Open], "open");
        const HIDE: Hint = (&[Action::ShowUnchanged], "metadata only");
        const SORT: Hint = (&[Action::Sort], "sort");
        const MARK: Hint = (&[Action::Mark], "mark");
        const TO_LAYERS: Hint = (&[Action::NextPane], "layers");
        match (self.in_files, self.list != ImageList::None) {
            (false, false) => &[CHANGES, BACK, TO_FILES, MERGED, COPY, REPORT, FIND, QUIT],
            (false, true) => &[CHANGES, BACK, IMAGES, TO_FILES, MERGED, COPY, REPORT, FIND, QUIT],
            (true, false) => &[OPEN, BACK, HIDE, MERGED, COPY, REPORT, FIND, SORT, MARK, TO_LAYERS, QUIT],
            (true, true) => &[OPEN, BACK, IMAGES, HIDE, MERGED, COPY, REPORT, FIND, SORT, MARK, TO_LAYERS, QUIT],
        }
    }
}
