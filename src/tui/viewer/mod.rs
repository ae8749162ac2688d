//! The history of a file: its versions through the layers, and the content of the selected one, removed or not.
//!
//! ```text
//! Versions ─ which one ─▶ Reading ─ Rows, Chunk, Look ─┐      ┌─▶ text by pages
//!                    └──▶ Comparison ─ Diff ───────────┴ ask ─┼─▶ hex by chunks
//!                              other threads, with Stored ◀───┘   an archive's listing
//! ```
//!
//! Nothing is read while drawing, and no content is held in full: a position is requested, and the bytes around it
//! arrive.

mod comparison;
mod content_view;
mod diff;
mod hex;
pub(super) mod path;
mod rows;
mod search;
mod stored;
mod text;
mod versions;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::image::EntryKind;
use crate::tui::action::{Action, Group, Hint};
use crate::tui::dialogs::HelpView;
use crate::tui::model::Model;
use crate::tui::view::{CursorTarget, DrawContext, Effect, Overlay, Scene, no_such_key_unless};
use crate::tui::widgets::layout::{self, ViewerLayout};
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::text::Scrolled;
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};
use crate::union::{VersionId, VersionRef};

use comparison::Comparison;
pub(super) use comparison::FileOfBoth;
use content_view::ContentView;
use search::Pattern;
use stored::Stored;
use versions::{VersionList, about, other};

/// What is shown of a version.
enum Content {
    File(Box<ContentView>),
    /// A description, for what has no bytes.
    Other(Scrolled<u32>),
}

/// The dialog that shows an open file.
pub(super) struct Viewer {
    versions: VersionList,
    /// The version that the cursor was on.
    first: Option<VersionId>,
    /// What that version is opened at: the first line of a secret.
    begin: Option<Pattern>,
    /// The line of a search that is being typed.
    line: Option<InputLine>,
    /// What is searched for.
    pattern: Option<Pattern>,
    in_versions: bool,
    content: Option<(VersionId, Content)>,
    /// What changed, shown instead of the content on request.
    comparison: Option<Comparison>,
    differs: bool,
    about: Scrolled<(Option<VersionId>, u32)>,
    target: CursorTarget,
}

impl Viewer {
    /// Opens what a cursor is on, unless it is a folder.
    pub fn open(target: CursorTarget, model: &Model) -> Option<Self> {
        let union = model.union.as_ref()?;
        let node = target.node?;
        let first = target.version.or_else(|| union.versions(node).last())?;
        if union.version(first).kind() == EntryKind::Dir {
            return None;
        }
        let secret = target.secret.and_then(|secret| model.concerns.secrets.as_ref()?.get(secret));
        let line = secret.and_then(|secret| secret.value.lines().find(|line| !line.is_empty()));
        Some(Self {
            versions: VersionList::new(node),
            first: Some(first),
            begin: line.and_then(Pattern::exact),
            line: None,
            pattern: None,
            in_versions: false,
            content: None,
            comparison: None,
            differs: false,
            about: Scrolled::default(),
            target,
        })
    }

    fn areas(&self, body: Rect) -> ViewerLayout {
        ViewerLayout::new(body, self.versions.len(), self.in_versions)
    }

    /// Handles an action; returns whether there is one for it.
    fn act_on_content(&mut self, action: Action, areas: ViewerLayout) -> bool {
        let inner = layout::inner(areas.content, areas.boxed);
        match (&mut self.comparison, &mut self.content) {
            (Some(comparison), _) => comparison.act(action, areas.height()),
            (None, Some((_, Content::File(view)))) => view.act(action, areas.height(), usize::from(inner.width)),
            (None, Some((_, Content::Other(text)))) => {
                Motion::from_action(action).map(|motion| text.go(motion, inner)).is_some()
            }
            (None, None) => Motion::from_action(action).is_some(),
        }
    }

    /// Goes to the next or previous match of what was typed.
    fn search(&mut self, backwards: bool) -> Vec<Effect> {
        match (&self.pattern, &mut self.content) {
            (Some(pattern), Some((_, Content::File(view)))) if self.comparison.is_none() => {
                view.search(pattern.clone(), backwards);
                Vec::new()
            }
            _ => vec![Effect::NoSuchKey],
        }
    }

    /// The whole content, for the pager.
    fn paged(&self) -> Effect {
        let refused = |why: &str| Effect::Notice(why.to_owned());
        match &self.content {
            _ if self.comparison.is_some() => refused("the pager shows contents: go back to the content first"),
            Some((_, Content::File(view))) => match view.paged() {
                Some(text) => Effect::Page(text),
                None if view.is_empty() => refused("the file is empty"),
                None => refused("the content is not known yet: try again once it is shown"),
            },
            _ => refused("the pager shows contents, and this has none"),
        }
    }

    /// Whether there is a content that can be searched.
    fn is_searchable(&self) -> bool {
        matches!(self.content, Some((_, Content::File(_)))) && self.comparison.is_none() && !self.in_versions
    }

    /// Goes back one step: cancels a pending read, closes the comparison, or closes the dialog.
    fn close(&mut self) -> Vec<Effect> {
        if let Some((_, Content::File(view))) = &mut self.content
            && self.comparison.is_none()
            && view.stop()
        {
            return vec![Effect::Notice("stopped".to_owned())];
        }
        if std::mem::take(&mut self.differs) {
            return Vec::new();
        }
        vec![Effect::Close]
    }

    fn draw_content(&self, buffer: &mut Buffer, areas: ViewerLayout, model: &Model, context: DrawContext<'_>) {
        let framing = Framing { theme: context.theme, boxed: areas.boxed, focused: !self.in_versions };
        let area = areas.content;
        let layer =
            self.content.as_ref().and_then(|(version, _)| Some(model.union.as_ref()?.version(*version).layer()));
        let title = layer.map_or("Content".to_owned(), |layer| format!("Layer {layer}"));
        let (name, about, rows, progress) = match (&self.comparison, &self.content) {
            (Some(comparison), _) => (
                comparison.title(),
                "· what changed".to_owned(),
                comparison.seen(areas.height(), context.keymap),
                comparison.progress(),
            ),
            (None, Some((_, Content::File(view)))) => {
                let (mode, about) = view.about(areas.height());
                let name = if mode.is_empty() { title } else { format!("{title} as {mode}") };
                (
                    name,
                    format!("· {about}"),
                    view.seen(usize::from(area.width), areas.height(), context.keymap),
                    view.progress(),
                )
            }
            (None, Some((_, Content::Other(text)))) => {
                pane::text(buffer, area, &title, text, framing);
                return;
            }
            (None, None) => (title, String::new(), Vec::new(), None),
        };
        let inner = pane::open(buffer, area, &name, &about, framing).intersection(area);
        let room = inner.height > 0;
        paint_rows(buffer, inner, framing.theme, rows, None);
        let position = match (&self.comparison, &self.content) {
            (Some(comparison), _) => Some(comparison.position()),
            (None, Some((_, Content::File(view)))) => view.position(),
            _ => None,
        };
        if let Some((top, all)) = position {
            let visible = top..(top + usize::from(inner.height)).min(all);
            pane::scrollbar(buffer, area, inner, visible, all, framing);
        }
        if let Some(line) = self.line.as_ref().filter(|_| room) {
            let at = Rect { y: inner.bottom() - 1, height: 1, ..inner };
            Clear.render(at, buffer);
            let prompt = Row::new().text(Role::Key, "/");
            line.row(prompt, usize::from(at.width).saturating_sub(1)).paint(buffer, at, framing.theme);
            return;
        }
        let note = match &self.content {
            Some((_, Content::File(view))) if self.comparison.is_none() => view.note().map(str::to_owned),
            _ => None,
        };
        if let Some(progress) = progress.or(note).filter(|_| room) {
            let text = format!(" {progress} ");
            let columns = u16::try_from(crate::format::width(&text)).unwrap_or(u16::MAX).min(inner.width);
            let at = Rect { x: inner.right() - columns, y: inner.bottom() - 1, width: columns, height: 1 };
            Row::new().text(Role::Strong, &text).paint(buffer, at, framing.theme);
        }
    }
}

impl Overlay for Viewer {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        let areas = self.areas(scene.body);
        match action {
            Action::Close => return self.close(),
            Action::Quit => return vec![Effect::Close],
            Action::Help => return vec![Effect::Open(Box::new(HelpView::about(&[Group::File], "view-layers")))],
            Action::NextPane | Action::PreviousPane => self.in_versions = !self.in_versions,
            Action::OlderVersion | Action::NewerVersion => {
                let newer = action == Action::NewerVersion;
                if !self.versions.step(newer) {
                    let which = if newer { "newest" } else { "oldest" };
                    return vec![Effect::Notice(format!("this is the {which} version"))];
                }
            }
            Action::Diff => self.differs = !self.differs,
            Action::Pager => return vec![self.paged()],
            Action::Find if self.is_searchable() => self.line = Some(InputLine::default()),
            Action::NextMatch => return self.search(false),
            Action::PreviousMatch => return self.search(true),
            Action::ViewAs if self.differs => self.differs = false,
            _ if self.in_versions => match (action, Motion::from_action(action)) {
                (Action::Open | Action::Expand, _) => self.in_versions = false,
                (_, Some(motion)) => {
                    let height = usize::from(layout::inner(areas.versions, areas.boxed).height);
                    self.versions.go(motion, height);
                }
                _ => return vec![Effect::NoSuchKey],
            },
            // The space bar pages, as in other viewers.
            Action::Fold => return no_such_key_unless(self.act_on_content(Action::PageDown, areas)),
            _ => return no_such_key_unless(self.act_on_content(action, areas)),
        }
        Vec::new()
    }

    fn typed(&mut self, key: KeyEvent, _: Scene<'_>) -> Option<Vec<Effect>> {
        let line = self.line.as_mut()?;
        match key.code {
            KeyCode::Esc => self.line = None,
            KeyCode::Enter => {
                let typed = Pattern::typed(line.text()).filter(|_| !line.text().is_empty());
                self.line = None;
                self.pattern = typed.or(self.pattern.take());
                if self.pattern.is_some() {
                    return Some(self.search(false));
                }
            }
            _ if line.typed(key) => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    fn pasted(&mut self, text: &str) {
        if let Some(line) = &mut self.line {
            line.insert(text);
        }
    }

    fn target(&self) -> Option<CursorTarget> {
        Some(self.target)
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let Scene { model, body, .. } = scene;
        self.versions.update(model, self.first);
        let areas = self.areas(body);
        self.versions.clamp(usize::from(layout::inner(areas.versions, areas.boxed).height));
        let selected = self.versions.selected();
        if self.content.as_ref().map(|(version, _)| *version) != selected {
            self.content = selected.map(|version| {
                let content = match Stored::new(model, version) {
                    Some(stored) => {
                        let begin = self.begin.clone().filter(|_| self.first == Some(version));
                        Content::File(Box::new(ContentView::new(stored, begin)))
                    }
                    None => Content::Other(Scrolled::default()),
                };
                (version, content)
            });
        }
        let wanted = selected.filter(|_| self.differs);
        if self.comparison.as_ref().map(|comparison| comparison.after) != wanted {
            self.comparison = wanted.and_then(|after| Comparison::new(model, self.versions.before(), after));
        }
        let inner = layout::inner(areas.content, areas.boxed);
        let below = layout::inner(areas.about, areas.boxed);
        if let Some(union) = &model.union {
            let version = selected.map(|version| union.version(version));
            self.target = CursorTarget {
                node: self.target.node,
                version: selected,
                layer: version.map(VersionRef::layer),
                ..CursorTarget::default()
            };
            self.about.refresh((selected, model.edition), below, |text| about(text, model, union, selected));
            if let Some((version, Content::Other(text))) = &mut self.content {
                text.refresh(model.edition, inner, |text| other(text, union, *version));
            }
        }
        let job = match (&mut self.comparison, &mut self.content) {
            (Some(comparison), _) => comparison.refresh(areas.height()),
            (None, Some((_, Content::File(view)))) if areas.height() > 0 => view.refresh(areas.height()),
            _ => None,
        };
        job.into_iter().collect()
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        let update = match result.take() {
            Ok(update) => update,
            Err(result) => return Some(result),
        };
        let update = match &mut self.comparison {
            Some(comparison) => comparison.receive(update)?,
            None => update,
        };
        let update = match &mut self.content {
            Some((_, Content::File(view))) => view.receive(update)?,
            _ => update,
        };
        Some(JobResult::new(update))
    }

    fn is_waiting(&self) -> bool {
        match (&self.comparison, &self.content) {
            (Some(comparison), _) => comparison.progress().is_some(),
            (None, Some((_, Content::File(view)))) => view.progress().is_some(),
            _ => false,
        }
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, model: &Model, context: DrawContext<'_>) {
        Clear.render(body, buffer);
        let areas = self.areas(body);
        let framing = |focused| Framing { theme: context.theme, boxed: areas.boxed, focused };
        self.versions.draw(buffer, areas.versions, model, framing(self.in_versions));
        if areas.about.height > 1 {
            pane::text(buffer, areas.about, "This version", &self.about, framing(false));
        }
        if areas.content.height > 0 {
            self.draw_content(buffer, areas, model, context);
        }
    }

    fn hints(&self) -> &'static [Hint] {
        const MOVE: Hint = (&[Action::Up, Action::Down], "move");
        const VERSIONS: Hint = (&[Action::OlderVersion, Action::NewerVersion], "older/newer");
        const DIFF: Hint = (&[Action::Diff], "what changed");
        const CONTENT: Hint = (&[Action::Diff], "content");
        const AS: Hint = (&[Action::ViewAs], "text/hex");
        const PAGER: Hint = (&[Action::Pager], "pager");
        const PANE: Hint = (&[Action::NextPane], "pane");
        const EXTRACT: Hint = (&[Action::Extract], "extract");
        const COPY: Hint = (&[Action::Copy, Action::CopyCommand], "copy");
        const SEARCH: Hint = (&[Action::Find], "search");
        const CLOSE: Hint = (&[Action::Close], "close");
        const SHOW: Hint = (&[Action::Open], "read this version");
        if self.line.is_some() {
            &[(&[Action::Open], "search"), (&[Action::Close], "cancel")]
        } else if self.in_versions && !self.differs {
            &[MOVE, SHOW, DIFF, PANE, EXTRACT, COPY, CLOSE]
        } else if self.differs {
            &[MOVE, VERSIONS, CONTENT, PANE, EXTRACT, COPY, CLOSE]
        } else {
            &[MOVE, VERSIONS, DIFF, SEARCH, AS, PAGER, PANE, EXTRACT, COPY, CLOSE]
        }
    }
}
