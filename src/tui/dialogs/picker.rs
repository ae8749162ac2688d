//! The images of an archive: choose one, or mark two to compare them. It fills the screen before an image is open, and
//! lies on the view of one later.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::format;
use crate::image::{Image, ListedImage};
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, Pointer};
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;

/// The letters of the two marked images: A is before, B is after.
const MARKS: [&str; 2] = ["A", "B"];
/// From this width on, the time of creation and the digest have columns.
const WIDE: usize = 110;

/// What the user chooses among the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// One to open, or two to compare.
    Open,
    /// The first of two images to compare.
    Before,
    /// The second one.
    After,
    /// The one that a tour is about.
    Tour,
}

impl Question {
    fn text(self) -> &'static str {
        match self {
            Self::Open => "open one, or mark two to compare them",
            Self::Before => "choose A, the image before",
            Self::After => "choose B, the image after",
            Self::Tour => "choose the image of the tour",
        }
    }
}

/// The dialog.
pub(in crate::tui) struct PickerView {
    images: Arc<[ListedImage]>,
    question: Question,
    /// Whether an image is open below.
    over_image: bool,
    /// Indices of the rows that pass the filter.
    rows: Vec<usize>,
    cursor: Cursor,
    /// Indices of the marked rows, in the order in which they were marked.
    marked: Vec<usize>,
    filter: InputLine,
    typing: bool,
}

impl PickerView {
    /// The list, at the image that is open.
    pub fn new(images: Arc<[ListedImage]>, question: Question, open: Option<&Image>) -> Self {
        let is_open = |listed: &ListedImage| {
            open.is_some_and(|open| {
                listed.digest == open.digest && listed.names.iter().all(|name| open.names.contains(name))
            })
        };
        let mut cursor = Cursor::default();
        cursor.select(images.iter().position(is_open).unwrap_or(0));
        let rows = (0..images.len()).collect();
        Self {
            images,
            question,
            over_image: open.is_some(),
            rows,
            cursor,
            marked: Vec::new(),
            filter: InputLine::default(),
            typing: false,
        }
    }

    fn selected(&self) -> Option<usize> {
        self.rows.get(self.cursor.selected()).copied()
    }

    /// Lists the images that contain every word of the filter, in any column.
    fn search(&mut self) {
        let selected = self.selected();
        let words: Vec<String> = self.filter.text().split_whitespace().map(str::to_lowercase).collect();
        let has = |&at: &usize| {
            let text = searched(&self.images[at]);
            words.iter().all(|word| text.contains(word))
        };
        self.rows = (0..self.images.len()).filter(has).collect();
        self.cursor.select(self.rows.iter().position(|&row| Some(row) == selected).unwrap_or(0));
    }

    fn clear_filter(&mut self) {
        (self.filter, self.typing) = (InputLine::default(), false);
        self.search();
    }

    fn mark(&mut self) -> Vec<Effect> {
        if self.question != Question::Open {
            return vec![Effect::Notice("one image is chosen here: open it".to_owned())];
        }
        let Some(row) = self.selected() else { return Vec::new() };
        if let Some(at) = self.marked.iter().position(|&marked| marked == row) {
            self.marked.remove(at);
        } else if let Some(why) = refusal(&self.images[row]) {
            return vec![Effect::Notice(why)];
        } else if self.marked.len() == MARKS.len() {
            return vec![Effect::Notice("two images are marked already: unmark one of them first".to_owned())];
        } else {
            self.marked.push(row);
        }
        Vec::new()
    }

    /// Compares the two marked images, or opens the selected one.
    fn open(&self) -> Vec<Effect> {
        let rows = if self.marked.len() == MARKS.len() { &self.marked[..] } else { &[] };
        let chosen = if rows.is_empty() { self.selected().into_iter().collect() } else { rows.to_vec() };
        if let Some(why) = chosen.iter().find_map(|&row| refusal(&self.images[row])) {
            return vec![Effect::Notice(why)];
        }
        let images: Vec<usize> = chosen.iter().map(|&row| self.images[row].index).collect();
        if images.is_empty() { Vec::new() } else { vec![Effect::OpenImages(images)] }
    }

    fn leave(&mut self, action: Action) -> Vec<Effect> {
        if action == Action::Close && !self.filter.text().is_empty() {
            self.clear_filter();
            return Vec::new();
        }
        vec![if self.over_image { Effect::Close } else { Effect::Quit }]
    }

    /// The area of the rows, below the headings.
    fn list(body: Rect) -> Rect {
        layout::below_heads(layout::inner(body, layout::boxed(body)))
    }

    fn row(&self, row: usize, width: usize) -> Row {
        let image = &self.images[row];
        let mark = self.marked.iter().position(|&marked| marked == row).map_or("", |at| MARKS[at]);
        let role = if image.available { Role::Text } else { Role::Dim };
        let columns = Columns::new(width);
        let name = name(image);
        let line = Row::new().gap(1).left(Role::Strong, mark, 2);
        let end = line.width() + columns.name;
        let line = match image.note.as_str() {
            "" => line.text(role, &fit_end(&format::safe_str(&name), columns.name)),
            note => line.until(role, &name, end).until(Role::Warning, &format!("  {note}"), end),
        };
        let gap = end.saturating_sub(line.width()) + 1;
        let unknown = || "–".to_owned();
        let is_known = image.layers > 0 || image.stored_bytes.is_some();
        let layers = if is_known { image.layers.to_string() } else { unknown() };
        let created = image.created.as_deref();
        let created = created.map_or_else(unknown, |at| format::timestamp(at).unwrap_or_else(|| at.to_owned()));
        let created = if columns.wide { created.as_str() } else { created.split(' ').next().unwrap_or_default() };
        let line = line
            .gap(gap)
            .left(role, image.platform.as_deref().unwrap_or("–"), columns.platform)
            .gap(1)
            .right(role, &layers, 6)
            .gap(1)
            .right(role, &image.stored_bytes.map_or_else(unknown, format::bytes), 7)
            .gap(2)
            .left(role, created, columns.created);
        match image.digest.as_ref().filter(|_| columns.wide) {
            Some(digest) => line.gap(2).left(Role::Dim, digest.short(), 12),
            None => line,
        }
    }
}

/// How wide the columns are.
struct Columns {
    wide: bool,
    name: usize,
    platform: usize,
    created: usize,
}

impl Columns {
    fn new(width: usize) -> Self {
        let wide = width >= WIDE;
        let (platform, created, digest) = if wide { (20, 19, 14) } else { (12, 10, 0) };
        let others = 3 + 1 + platform + 1 + 6 + 1 + 7 + 2 + created + digest + 1;
        Self { wide, name: width.saturating_sub(others).max(8), platform, created }
    }

    fn heads(&self) -> Row {
        let row = Row::new()
            .gap(3)
            .left(Role::Heading, "name", self.name)
            .gap(1)
            .left(Role::Heading, "platform", self.platform)
            .gap(1)
            .right(Role::Heading, "layers", 6)
            .gap(1)
            .right(Role::Heading, "stored", 7)
            .gap(2)
            .left(Role::Heading, "created", self.created);
        if self.wide { row.gap(2).left(Role::Heading, "digest", 12) } else { row }
    }
}

fn name(image: &ListedImage) -> String {
    match image.names.as_slice() {
        [] => {
            image.digest.as_ref().map_or_else(|| "untagged".to_owned(), |digest| format!("untagged {}", digest.short()))
        }
        [name] => name.clone(),
        [name, more @ ..] => format!("{name} +{}", more.len()),
    }
}

/// What a filter finds of an image, in lower case.
fn searched(image: &ListedImage) -> String {
    let digest = image.digest.as_ref().map(|digest| digest.as_str().to_owned());
    let texts = image.names.iter().cloned().chain(image.platform.clone()).chain(image.created.clone()).chain(digest);
    texts.chain([image.note.clone()]).collect::<Vec<_>>().join("\n").to_lowercase()
}

/// Why an image cannot be opened.
fn refusal(image: &ListedImage) -> Option<String> {
    let note = if image.note.is_empty() { "not in the archive" } else { &image.note };
    (!image.available).then(|| format!("cannot be opened: {note}"))
}

impl Overlay for PickerView {
    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        if !self.typing {
            return None;
        }
        match key.code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => self.clear_filter(),
            _ if self.filter.typed(key) => self.search(),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn pasted(&mut self, text: &str) {
        if self.typing {
            self.filter.insert(text);
            self.search();
        }
    }

    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        match action {
            Action::Open | Action::Expand => return self.open(),
            Action::Fold | Action::Mark => return self.mark(),
            Action::Find => self.typing = true,
            Action::Close | Action::Quit => return self.leave(action),
            Action::Images if self.over_image => return vec![Effect::Close],
            Action::Help => return vec![Effect::Help],
            _ => {
                let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
                self.cursor.go(motion, self.rows.len(), usize::from(Self::list(scene.body).height));
            }
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, scene: Scene<'_>) -> Vec<Effect> {
        match pointer.on_list(&mut self.cursor, Self::list(scene.body), self.rows.len()) {
            ClickTarget::SelectedRow => self.open(),
            ClickTarget::Row | ClickTarget::Nothing => Vec::new(),
        }
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        self.cursor.clamp(self.rows.len(), usize::from(Self::list(scene.body).height));
        Vec::new()
    }

    fn gives_way(&self) -> bool {
        self.over_image
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        let count = format::count(self.images.len());
        let about = if self.typing || !self.filter.text().is_empty() {
            format!("· containing “{}”: {} of {count}", self.filter.text(), format::count(self.rows.len()))
        } else if self.marked.len() == MARKS.len() {
            format!("· {count} · two are marked: A is before, B after")
        } else {
            format!("· {count} · {}", self.question.text())
        };
        let inner = pane::open(buffer, body, "Images", &about, framing);
        let width = usize::from(inner.width);
        Columns::new(width).heads().paint(buffer, inner, context.theme);
        let list = Self::list(body);
        if self.rows.is_empty() {
            return pane::note(buffer, list, context.theme, "nothing matches");
        }
        let visible = self.cursor.visible(self.rows.len(), usize::from(list.height));
        let rows = self.rows[visible].iter().map(|&row| self.row(row, width));
        paint_rows(buffer, list, context.theme, rows, Some((self.cursor.line(), framing.selection())));
        pane::position(buffer, body, &self.cursor, self.rows.len(), list, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        const MOVE: Hint = (&[Action::Up, Action::Down], "move");
        const MARK: Hint = (&[Action::Fold], "mark");
        const FILTER: Hint = (&[Action::Find], "filter");
        match (self.typing, self.marked.len() == MARKS.len(), self.over_image) {
            (true, ..) => &[(&[Action::Open], "keep"), MOVE, (&[Action::Close], "clear")],
            (false, true, _) => &[(&[Action::Open], "compare A and B"), MARK, MOVE, (&[Action::Quit], "quit")],
            _ if self.question != Question::Open => {
                &[MOVE, (&[Action::Open], "choose"), FILTER, (&[Action::Quit], "quit")]
            }
            (false, false, false) => &[MOVE, (&[Action::Open], "open"), MARK, FILTER, (&[Action::Quit], "quit")],
            (false, false, true) => &[MOVE, (&[Action::Open], "open"), MARK, FILTER, (&[Action::Close], "back")],
        }
    }
}
