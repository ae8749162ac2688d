//! What a key does: in a dialog, in a view, or on the screen itself.

use ratatui::crossterm::event::KeyEvent;

use crate::tui::action::Action;
use crate::tui::life::LifeView;
use crate::tui::overlay::Effect;
use crate::tui::taking;
use crate::tui::views::{HelpView, LayersView};

use super::{Request, Screen, ViewName};

impl Screen {
    /// Passes a key to what accepts text; returns whether it was handled.
    pub(super) fn typed(&mut self, key: KeyEvent) -> bool {
        if self.overlays.is_empty() {
            return self.typed_in_filter(key);
        }
        let scene = Self::scene(&self.facts, &self.options, self.body(), self.target());
        let Some(effects) = self.overlays.last_mut().and_then(|top| top.typed(key, scene)) else { return false };
        self.apply(effects);
        true
    }

    pub(super) fn act(&mut self, action: Action) {
        let body = self.body();
        match action {
            Action::QuitNow => self.request = Some(Request::Quit),
            Action::Suspend => self.request = Some(Request::Suspend),
            _ if !self.overlays.is_empty() => {
                let own = self.overlays.last().and_then(|top| top.target()).filter(|_| taking::is_one(action));
                let scene = Self::scene(&self.facts, &self.options, body, own.unwrap_or_else(|| self.target()));
                let effects = match own {
                    Some(_) => taking::act(action, scene),
                    None => self.overlays.last_mut().map_or_else(Vec::new, |top| top.act(action, scene)),
                };
                self.apply(effects);
            }
            _ if self.find(action) => {}
            Action::Quit => self.request = Some(Request::Quit),
            Action::Help => self.overlays.push(Box::new(HelpView::about(self.help_first()))),
            Action::Layers => self.view = ViewName::Layers,
            Action::Waste => self.view = ViewName::Waste,
            Action::Removed => self.view = ViewName::Removed,
            Action::History => self.view = ViewName::History,
            Action::About => self.view = ViewName::About,
            Action::Treemap => self.view = ViewName::Treemap,
            Action::CompareBase if self.facts.image.is_some() && !LayersView::has_base(&self.facts) => {
                self.notice = Some("nothing to combine: no layer is above the base".to_owned());
            }
            Action::Compare | Action::CompareBase if self.view == ViewName::History => {
                if let Some(step) = self.target().step {
                    self.layers.compare_from(step, action, &self.facts);
                    self.view = ViewName::Layers;
                }
            }
            Action::Open if self.open_file() => {}
            _ if taking::is_one(action) => {
                let scene = Self::scene(&self.facts, &self.options, body, self.target());
                let effects = taking::act(action, scene);
                self.apply(effects);
            }
            _ => match self.view {
                ViewName::Layers => self.layers.act(action, &self.facts, body),
                ViewName::Waste => self.waste.act(action, &self.facts, body),
                ViewName::Removed => self.removed.act(action, &self.facts, body),
                ViewName::History => self.history.act(action, &self.facts, body),
                ViewName::About => self.about.act(action, body),
                // The treemap shows what the files pane shows.
                ViewName::Treemap if matches!(action, Action::Merged | Action::Compare | Action::CompareBase) => {
                    self.layers.act(action, &self.facts, body);
                }
                ViewName::Treemap if matches!(action, Action::PageUp | Action::PageDown) => {
                    self.layers.go_to_layer(action == Action::PageDown, &self.facts);
                }
                ViewName::Treemap => {
                    if let Some(node) = self.treemap.act(action, &self.facts, body) {
                        self.layers.go_to(node, &self.facts);
                        self.view = ViewName::Layers;
                    }
                }
            },
        }
    }

    /// Opens the file under the cursor, if it is one.
    fn open_file(&mut self) -> bool {
        let on_row = match self.view {
            ViewName::Layers => self.layers.is_on_files(),
            ViewName::Waste => !self.waste.is_in_details(),
            ViewName::Removed => !self.removed.is_in_details(),
            ViewName::History | ViewName::About | ViewName::Treemap => false,
        };
        let file = Some(self.target()).filter(|target| on_row && target.version.is_some());
        let Some(life) = file.and_then(|target| LifeView::of(target, &self.facts)) else { return false };
        self.overlays.push(Box::new(life));
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
                Effect::Show { node, layer } => {
                    self.overlays.clear();
                    self.view = ViewName::Layers;
                    self.layers.show(node, layer, &self.facts);
                }
                Effect::Copy { text, what } => match taking::request(text, &what) {
                    Ok((request, said)) => (self.request, self.notice) = (Some(request), Some(said)),
                    Err(why) => self.notice = Some(why),
                },
                Effect::Mark(mark) => {
                    self.facts.marks.toggle(mark);
                    self.weigh_marks();
                }
                Effect::ClearMarks => self.facts.marks.clear(),
            }
        }
    }
}
