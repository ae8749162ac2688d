//! What a key does: in a dialog, in a view, or on the screen itself.

use ratatui::crossterm::event::KeyEvent;

use crate::tui::action::Action;
use crate::tui::dialogs::HelpView;
use crate::tui::overlay::Effect;
use crate::tui::screens::layers::span::Span;
use crate::tui::selection;
use crate::tui::viewer::Viewer;

use super::{LoopRequest, Screen};

impl Screen {
    /// Passes a key to what accepts text; returns whether it was handled.
    pub(super) fn typed(&mut self, key: KeyEvent) -> bool {
        if self.overlays.is_empty() {
            return self.typed_in_filter(key);
        }
        let scene = Self::scene(&self.model, &self.options, self.body(), self.target());
        let Some(effects) = self.overlays.last_mut().and_then(|top| top.typed(key, scene)) else { return false };
        self.apply(effects);
        true
    }

    pub(super) fn act(&mut self, action: Action) {
        let body = self.body();
        match action {
            Action::QuitNow => self.request = Some(LoopRequest::Quit),
            Action::Suspend => self.request = Some(LoopRequest::Suspend),
            _ if !self.overlays.is_empty() => {
                let own = self.overlays.last().and_then(|top| top.target()).filter(|_| selection::is_one(action));
                let scene = Self::scene(&self.model, &self.options, body, own.unwrap_or_else(|| self.target()));
                let effects = match own {
                    Some(_) => selection::act(action, scene),
                    None => self.overlays.last_mut().map_or_else(Vec::new, |top| top.act(action, scene)),
                };
                self.apply(effects);
            }
            _ if self.find(action) => {}
            Action::Quit => self.request = Some(LoopRequest::Quit),
            Action::Help => self.overlays.push(Box::new(HelpView::about(self.view().help()))),
            Action::CompareBase if self.model.image.is_some() && Span::above_base(&self.model).is_none() => {
                self.notice = Some("nothing to combine: there is no layer above the base".to_owned());
            }
            Action::Open if self.open_file() => {}
            _ if selection::is_one(action) => {
                let scene = Self::scene(&self.model, &self.options, body, self.target());
                let effects = selection::act(action, scene);
                self.apply(effects);
            }
            _ => {
                if let Some(view) = self.views.iter().position(|(shows, _)| *shows == action) {
                    self.shown = view;
                    return;
                }
                let (view, model) = self.view_mut();
                let effects = view.act(action, model, body);
                self.apply(effects);
            }
        }
    }

    /// Opens the file under the cursor, if it is one.
    fn open_file(&mut self) -> bool {
        let file = Some(self.target()).filter(|target| self.view().opens_files() && target.version.is_some());
        let Some(viewer) = file.and_then(|target| Viewer::open(target, &self.model)) else { return false };
        self.overlays.push(Box::new(viewer));
        true
    }

    /// Carries out the effects of a dialog or a view.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Close => drop(self.overlays.pop()),
                Effect::Open(overlay) => self.overlays.push(overlay),
                Effect::Notice(text) => self.notice = Some(text),
                Effect::Work(job) => self.jobs.push(job),
                Effect::GoTo(request) => {
                    self.overlays.clear();
                    self.shown = self.serve(request).unwrap_or(self.shown);
                }
                Effect::Ask(request) => drop(self.serve(request)),
                Effect::Copy { text, what } => match selection::request(text, &what) {
                    Ok((request, said)) => (self.request, self.notice) = (Some(request), Some(said)),
                    Err(why) => self.notice = Some(why),
                },
                Effect::Mark(mark) => {
                    self.model.marks.toggle(mark);
                    self.jobs.extend(self.model.weigh_marks());
                }
                Effect::ClearMarks => self.model.marks.clear(),
            }
        }
    }
}
