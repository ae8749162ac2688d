//! A version next to the previous one, or a file of one image next to that of another: what differs in metadata and
//! content.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::content_view::SIDEWAYS;
use super::diff::{self, Diff, DiffRow, DiffSign};
use super::stored::{PendingRequest, Stored, TaggedUpdate, Update, start_request};
use super::versions::differences;
use crate::compare::{ComparedImage, ComparedImages};
use crate::format;
use crate::tui::action::{Action, Group, Hint};
use crate::tui::dialogs::HelpView;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view::{self, CursorTarget, DrawContext, Effect, Overlay, Request, Scene, no_such_key_unless};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};
use crate::union::{VersionId, VersionRef};

/// Two versions of a path, or the first one only.
pub(super) struct Comparison {
    pub after: VersionId,
    /// `Layer 2 → layer 5`.
    title: String,
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
        let Some(before) = before else {
            let mut comparison = Self::empty(after, format!("Layer {}", new.layer()));
            comparison.said.push((Role::Dim, "the first version: there is no earlier one".to_owned()));
            return Some(comparison);
        };
        let old = union.version(before);
        let mut comparison = Self::empty(after, format!("Layer {} → layer {}", old.layer(), new.layer()));
        comparison.list_differences(old, new);
        comparison.contents = Stored::new(model, before).zip(Stored::new(model, after));
        Some(comparison)
    }

    /// A version of the first image next to one of the second.
    fn of_images(images: &[ComparedImage; 2], [before, after]: [VersionId; 2]) -> Self {
        let [a, b] = images;
        let (old, new) = (a.union.version(before), b.union.version(after));
        let title = format!("layer {} of A → layer {} of B", old.layer(), new.layer());
        let mut comparison = Self::empty(after, title);
        comparison.list_differences(old, new);
        let stored = |image: &ComparedImage, version: VersionId| {
            Stored::in_image(Arc::clone(&image.contents), Arc::clone(&image.union), version)
        };
        comparison.contents = stored(a, before).zip(stored(b, after));
        comparison
    }

    fn empty(after: VersionId, title: String) -> Self {
        Self { after, title, said: Vec::new(), contents: None, pending: None, diff: None, top: 0, left: 0 }
    }

    fn list_differences(&mut self, old: VersionRef<'_>, new: VersionRef<'_>) {
        let found = differences(old, new);
        if found.is_empty() {
            self.said.push((Role::Dim, "the same mode, owner, time and attributes".to_owned()));
        }
        self.said.extend(found.into_iter().map(|said| (Role::Modified, said)));
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

    pub fn title(&self) -> String {
        self.title.clone()
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

/// The dialog on top of the comparison of two images: what differs in a file that both have.
pub(in crate::tui) struct FileOfBoth {
    path: String,
    comparison: Comparison,
    target: CursorTarget,
}

impl FileOfBoth {
    /// `None` if the cursor is on nothing that both images have.
    pub fn open(target: CursorTarget, pair: &ComparedImages) -> Option<Self> {
        let [before, after] = target.compared_path()?.versions;
        let versions = [before?, after?];
        let path = pair.redacted(pair.images[1].union.version(versions[1]).path().as_bytes());
        let comparison = Comparison::of_images(&pair.images, versions);
        Some(Self { path: format!("/{}", format::safe(&path)), comparison, target })
    }

    fn inner(body: Rect) -> Rect {
        layout::inner(body, layout::boxed(body))
    }
}

impl Overlay for FileOfBoth {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        let height = usize::from(Self::inner(scene.body).height);
        match action {
            Action::Close | Action::Quit | Action::Diff => vec![Effect::Close],
            Action::Open => match self.target.node {
                Some(node) => vec![Effect::GoTo(Request::Show { node, layer: self.target.layer })],
                None => vec![Effect::NoSuchKey],
            },
            Action::Help => vec![Effect::Open(Box::new(HelpView::about(&[Group::File], "view-layers")))],
            // The space bar pages, as in other viewers.
            Action::Fold => no_such_key_unless(self.comparison.act(Action::PageDown, height)),
            _ => no_such_key_unless(self.comparison.act(action, height)),
        }
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let height = usize::from(Self::inner(scene.body).height);
        self.comparison.refresh(height).into_iter().collect()
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        match result.take() {
            Ok(update) => self.comparison.receive(update).map(JobResult::new),
            Err(result) => Some(result),
        }
    }

    fn target(&self) -> Option<CursorTarget> {
        Some(self.target)
    }

    fn is_waiting(&self) -> bool {
        self.comparison.progress().is_some()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        let progress = self.comparison.progress().map_or_else(String::new, |progress| format!(" · {progress}"));
        let about = format!("· {}{progress}", self.comparison.title);
        let inner = pane::open(buffer, body, &self.path, &about, framing);
        let height = usize::from(inner.height);
        paint_rows(buffer, inner, context.theme, self.comparison.seen(height, context.keymap), None);
        let (top, all) = self.comparison.position();
        pane::scrollbar(buffer, body, inner, top..(top + height).min(all), all, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Open], "show in B"),
            (&[Action::Copy, Action::CopyCommand], "copy"),
            (&[Action::Extract], "extract from B"),
            (&[Action::Close], "back"),
        ]
    }
}
