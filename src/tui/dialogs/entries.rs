//! The entries of a layer's tar as they are: names with `./` and `.wh.`, in the order of the tar, with the keys of their
//! extended headers. They arrive while the layer is read. A container has no tar of its layer, only its whole filesystem:
//! of it, what the comparison with the image found is listed, as an engine would store it.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::format;
use crate::image::{Cancel, EntryKind, EntryPath, EntryRef, FileChanged, LayerNumber, ListedMember, RawEntry};
use crate::tui::action::{Action, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::search::{Finder, QuerySubject};
use crate::tui::view::{self, DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};
use crate::union::{OPAQUE_MARKER, WHITEOUT_PREFIX};

/// The limit on entries that are listed.
const MOST: usize = 200_000;
/// The limit on bytes of their names.
const MOST_NAMES: usize = 32 << 20;
/// Folders above a path whose whiteouts are looked for.
const MOST_FOLDERS: usize = 64;
/// As many entries arrive at once.
const BATCH: usize = 1_000;

/// The dialog.
pub(in crate::tui) struct RawEntriesView {
    layer: LayerNumber,
    is_container: bool,
    entries: Vec<RawEntry>,
    state: ReadState,
    cursor: Cursor,
    finder: Finder,
    /// The entries that match the filter.
    rows: Vec<usize>,
    /// How many entries were compared with the filter, and with which one.
    matched: (usize, u32),
    /// Where the cursor begins: the names of entries, and how near each is to what was selected.
    wanted: HashMap<Vec<u8>, usize>,
    cancel: Cancel,
}

/// How much of the tar is read.
enum ReadState {
    Waiting,
    Reading,
    Done,
    /// Why there may be more.
    Cut(String),
}

/// Entries of a layer's tar, and how much of it is read with them.
struct Batch {
    layer: LayerNumber,
    entries: Vec<RawEntry>,
    state: ReadState,
}

impl Drop for RawEntriesView {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl RawEntriesView {
    /// The entries of a layer; the cursor begins at that of a path, or at the whiteout that hides it.
    pub fn new(layer: LayerNumber, is_container: bool, path: Option<&EntryPath>) -> Self {
        Self {
            layer,
            is_container,
            entries: Vec::new(),
            state: ReadState::Waiting,
            cursor: Cursor::default(),
            finder: Finder::default(),
            rows: Vec::new(),
            matched: (0, 0),
            wanted: path.map(|path| names_about(path.as_bytes())).unwrap_or_default(),
            cancel: Cancel::default(),
        }
    }

    /// Lists what the container changed.
    fn list_container(&mut self, model: &Model) {
        let Some(union) = &model.union else { return };
        let entries = union.entries(self.layer);
        self.entries = entries.iter().take(MOST).map(as_written).collect();
        self.state = if entries.len() > MOST {
            ReadState::Cut(format!("only the first {} are listed", format::count(MOST)))
        } else if !entries.complete {
            ReadState::Cut("the container was not read to its end".to_owned())
        } else {
            ReadState::Done
        };
    }

    /// Reads the tar on another thread.
    fn read(&self, model: &Model) -> Option<Job> {
        let (layer, cancel, contents) = (self.layer, self.cancel.clone(), model.contents.clone()?);
        Some(Job::background(move |tell| {
            let (mut batch, mut count, mut names) = (Vec::new(), 0, 0);
            let mut cut = None;
            let read = contents.raw_entries(layer, &cancel, &mut |entry| {
                let keys: usize = entry.pax.iter().map(Vec::len).sum();
                names += entry.member.name.len() + entry.member.link.len() + keys;
                if count == MOST || names > MOST_NAMES {
                    cut = Some(format!("only the first {} are listed", format::count(count)));
                    return false;
                }
                count += 1;
                batch.push(entry);
                if batch.len() == BATCH {
                    tell(JobResult::new(Batch {
                        layer,
                        entries: std::mem::take(&mut batch),
                        state: ReadState::Reading,
                    }));
                }
                true
            });
            let fault = read.err().map(|error| match std::error::Error::source(&error) {
                _ if FileChanged::caused(&error) => view::FILE_CHANGED.to_owned(),
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            });
            let state = fault.or(cut).map_or(ReadState::Done, ReadState::Cut);
            tell(JobResult::new(Batch { layer, entries: batch, state }));
        }))
    }

    /// Compares with the filter what was not compared with it.
    fn filter(&mut self) {
        let revision = self.finder.revision();
        if self.matched.1 != revision {
            self.rows.clear();
            self.matched = (0, revision);
        }
        let filter = self.finder.filter().filter(|_| self.finder.query().is_some());
        for (at, RawEntry { member, .. }) in self.entries.iter().enumerate().skip(self.matched.0) {
            let subject = QuerySubject { path: &member.name, size: Some(member.size), version: None, change: None };
            if filter.as_ref().is_none_or(|filter| filter.matches(&subject)) {
                self.rows.push(at);
            }
            if self.wanted.is_empty() {
                continue;
            }
            if let Some(&rank) = self.wanted.get(EntryPath::normalise(&member.name).path.as_bytes()) {
                self.cursor.select(self.rows.len().saturating_sub(1));
                self.wanted.retain(|_, other| *other < rank);
            }
        }
        self.matched.0 = self.entries.len();
    }

    fn about(&self, keymap: &Keymap) -> String {
        let count = if self.finder.query().is_some() {
            format!("{} of {} match", format::count(self.rows.len()), format::count(self.entries.len()))
        } else if self.entries.len() == 1 {
            "1 entry".to_owned()
        } else {
            format!("{} entries", format::count(self.entries.len()))
        };
        let markers = self.entries.iter().filter(|entry| is_marker(entry)).count();
        let opaque = self.entries.iter().filter(|entry| name(entry) == OPAQUE_MARKER).count();
        let whiteouts = match markers - opaque {
            0 => String::new(),
            whiteouts => format!(", {}", counted(whiteouts, "whiteout")),
        };
        let opaque = if opaque == 0 { String::new() } else { format!(", {} opaque", format::count(opaque)) };
        match &self.state {
            ReadState::Waiting | ReadState::Reading => format!("· {count}, reading…"),
            ReadState::Done => format!("· {count}{whiteouts}{opaque}"),
            ReadState::Cut(why) => format!("· {count} · incomplete: {}", view::failure(why, keymap)),
        }
    }

    fn list_area(body: Rect) -> Rect {
        layout::inner(body, layout::boxed(body))
    }

    /// The lines of the list: one of the pane is for the filter.
    fn height(&self, body: Rect) -> usize {
        usize::from(Self::list_area(body).height).saturating_sub(usize::from(self.finder.has_line()))
    }
}

/// The names of the entries that a layer can have about a path, and how near each is: the path itself, its whiteout, then
/// the whiteouts and opaque markers of the folders above it.
fn names_about(path: &[u8]) -> HashMap<Vec<u8>, usize> {
    let mut names = vec![path.to_vec()];
    let mut rest = path;
    for _ in 0..MOST_FOLDERS {
        let (folder, name) = rest.split_at(rest.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1));
        names.push([folder, WHITEOUT_PREFIX, name].concat());
        names.push([folder, OPAQUE_MARKER].concat());
        let Some(above) = folder.strip_suffix(b"/") else { break };
        rest = above;
    }
    names.into_iter().zip(0..).collect()
}

/// The last component of an entry's path.
fn name(entry: &RawEntry) -> &[u8] {
    let name = entry.member.name.as_slice();
    let name = name.strip_suffix(b"/").unwrap_or(name);
    name.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

/// Whether an entry is a whiteout or an opaque marker by its name.
fn is_marker(entry: &RawEntry) -> bool {
    name(entry).starts_with(WHITEOUT_PREFIX)
}

/// An entry of the layer of a container, as it would be written.
fn as_written(entry: EntryRef<'_>) -> RawEntry {
    let mut name = entry.path().as_bytes().to_vec();
    if entry.kind() == EntryKind::Dir {
        name.push(b'/');
    }
    let member = ListedMember {
        name,
        link: entry.link_target().to_vec(),
        kind: entry.kind(),
        mode: Some(entry.mode()),
        size: entry.size(),
        mtime: None,
    };
    RawEntry { member, owner: (entry.uid(), entry.gid()), pax: Vec::new() }
}

fn row(entry: &RawEntry) -> Row {
    let RawEntry { member, owner: (user, group), pax } = entry;
    let mode = member.mode.map_or_else(|| "–".to_owned(), |mode| member.kind.mode_letters(mode));
    let size = if member.kind == EntryKind::File { format::bytes(member.size) } else { String::new() };
    let role = match member.kind {
        _ if is_marker(entry) => Role::Removed,
        EntryKind::Dir => Role::Folder,
        _ => Role::Text,
    };
    let row = Row::new().left(Role::Dim, &mode, 11).right(Role::Dim, &format!("{user}:{group}"), 10);
    let mut row = row.right(Role::Text, &size, 8).gap(2).bytes(role, &member.name);
    if !member.link.is_empty() {
        row = row.text(Role::Link, " → ").bytes(Role::Link, &member.link);
    }
    if !pax.is_empty() {
        let keys: Vec<_> = pax.iter().map(|key| format::safe(key)).collect();
        row = row.text(Role::Dim, &format!("  PAX: {}", keys.join(", ")));
    }
    row
}

impl Overlay for RawEntriesView {
    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        self.finder.typed(key).then(Vec::new)
    }

    fn pasted(&mut self, text: &str) {
        self.finder.pasted(text);
    }

    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        match action {
            Action::Close if self.finder.clear() => {}
            Action::Close | Action::Quit | Action::RawEntries => return vec![Effect::Close],
            Action::Open if self.finder.is_typing() => self.finder.keep(),
            Action::Find => {
                self.wanted.clear();
                self.finder.begin();
            }
            _ => {
                let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
                self.wanted.clear();
                self.cursor.go(motion, self.rows.len(), self.height(scene.body));
            }
        }
        Vec::new()
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        if self.is_container && matches!(self.state, ReadState::Waiting) {
            self.list_container(scene.model);
        }
        self.filter();
        self.cursor.clamp(self.rows.len(), self.height(scene.body));
        if self.is_container || !matches!(self.state, ReadState::Waiting) {
            return Vec::new();
        }
        self.state = ReadState::Reading;
        self.read(scene.model).into_iter().collect()
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        if result.get::<Batch>().is_none_or(|batch| batch.layer != self.layer) {
            return Some(result);
        }
        let batch = result.take::<Batch>().ok()?;
        self.entries.extend(batch.entries);
        self.state = batch.state;
        None
    }

    fn is_waiting(&self) -> bool {
        self.entries.is_empty() && matches!(self.state, ReadState::Waiting | ReadState::Reading)
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        let title = if self.is_container {
            format!("Layer {} as a commit would store it", self.layer)
        } else {
            format!("Tar of layer {}", self.layer)
        };
        let inner = pane::open(buffer, body, &title, &self.about(context.keymap), framing);
        let list = Rect { height: u16::try_from(self.height(body)).unwrap_or(0).min(inner.height), ..inner };
        if self.rows.is_empty() {
            let text = match (&self.state, self.entries.is_empty()) {
                (ReadState::Waiting | ReadState::Reading, _) => "reading the layer",
                (_, true) if self.is_container => "the container changed nothing",
                (_, true) => "the tar has no entries",
                (_, false) => "no matches",
            };
            pane::note(buffer, list, context.theme, text);
        }
        let visible = self.cursor.visible(self.rows.len(), usize::from(list.height));
        let selected = (!self.rows.is_empty()).then(|| (self.cursor.line(), framing.selection()));
        paint_rows(buffer, list, context.theme, self.rows[visible].iter().map(|&at| row(&self.entries[at])), selected);
        pane::position(buffer, body, &self.cursor, self.rows.len(), list, framing);
        if self.finder.has_line() && inner.height > 0 {
            let line = Rect { y: inner.bottom() - 1, height: 1, ..inner };
            let start = Row::new().gap(1).text(Role::Key, "filter").gap(2);
            let room = usize::from(inner.width).saturating_sub(start.width() + 1);
            self.finder.line().row(start, room).paint(buffer, line, context.theme);
        }
    }

    fn hints(&self) -> &'static [Hint] {
        if self.finder.is_typing() {
            return &[(&[Action::Open], "keep"), (&[Action::Up, Action::Down], "move"), (&[Action::Close], "clear")];
        }
        &[(&[Action::Up, Action::Down], "move"), (&[Action::Find], "filter"), (&[Action::Close], "back")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name that the cursor begins at, if the entries arrive in this order.
    fn begins_at<'a>(path: &str, names: &[&'a str]) -> &'a str {
        let path = EntryPath::normalise(path.as_bytes()).path;
        let mut view = RawEntriesView::new(LayerNumber::FIRST, false, Some(&path));
        for name in names {
            let member = ListedMember {
                name: name.as_bytes().to_vec(),
                link: Vec::new(),
                kind: EntryKind::File,
                mode: None,
                size: 0,
                mtime: None,
            };
            view.entries.push(RawEntry { member, owner: (0, 0), pax: Vec::new() });
            view.filter();
        }
        names[view.cursor.selected()]
    }

    #[test]
    fn the_cursor_begins_at_what_the_tar_says_about_the_path() {
        assert_eq!(begins_at("a/b/c", &["x", "./a/b/c", "a/b/.wh.c", "y"]), "./a/b/c");
        assert_eq!(begins_at("a/b/c", &["x", "./a/.wh.b", "./a/b/.wh.c", "y"]), "./a/b/.wh.c");
        assert_eq!(begins_at("a/b/c", &["x", "a/.wh.b", "y"]), "a/.wh.b");
        assert_eq!(begins_at("a/b/c", &["x", "a/.wh..wh..opq", "y"]), "a/.wh..wh..opq");
        assert_eq!(begins_at("c", &["x", ".wh.c"]), ".wh.c");
        assert_eq!(begins_at("a/b/c", &["x", "a/b", "a/.wh.c"]), "x", "none is about it");
    }
}
