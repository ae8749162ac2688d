//! The state of the screen: events and messages go in, a frame comes out. Nothing in here touches a terminal, so tests
//! drive it as the loop does.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::{Rect, Size};

use crate::analysis::Account;

use super::action::Action;
use super::facts::{Facts, Progress};
use super::layout::Whole;
use super::life::LifeView;
use super::overlay::{Effect, Overlay, Scene, Target};
use super::panes::{self, Hint};
use super::tree::Sort;
use super::views::{AboutView, HelpView, HistoryView, LayersView, Look, WasteView};
use super::work::{Job, Product, Workshop};
use super::{Message, Options};

/// The views on the number keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ViewName {
    #[default]
    Layers,
    Waste,
    Removed,
    History,
    About,
}

/// How soon a change should be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// There is nothing new.
    Never,
    /// With the next frame that is due anyway.
    Soon,
    /// Now.
    Now,
}

/// What the loop is to do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Leave the screen.
    Quit,
    /// Put the program to sleep.
    Suspend,
    /// Leave the screen and say this.
    Fail(String),
}

/// Everything that the screen shows and remembers.
pub struct Screen {
    options: Options,
    size: Size,
    facts: Facts,
    view: ViewName,
    layers: LayersView,
    waste: WasteView,
    removed: WasteView,
    history: HistoryView,
    about: AboutView,
    /// What lies on top, the last one topmost: it has the keys.
    overlays: Vec<Box<dyn Overlay>>,
    /// What happened, until the next key.
    notice: Option<String>,
    request: Option<Request>,
    jobs: Vec<Job>,
}

impl Screen {
    /// An empty screen of a size, before anything is known.
    #[must_use]
    pub fn new(options: Options, size: Size) -> Self {
        let title = match options.opened.first().map_or("", String::as_str) {
            "-" => "standard input".to_owned(),
            image => image.to_owned(),
        };
        let facts = Facts { title, opened: options.opened.clone(), ..Facts::default() };
        Self {
            options,
            size,
            facts,
            view: ViewName::default(),
            layers: LayersView::default(),
            waste: WasteView::new(None),
            removed: WasteView::new(Some(Account::Removed)),
            history: HistoryView::default(),
            about: AboutView::default(),
            overlays: Vec::new(),
            notice: None,
            request: None,
            jobs: Vec::new(),
        }
    }

    /// What the loop is to do; asked after every event and message.
    pub fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Takes what a person did.
    pub fn handle(&mut self, event: &Event) -> Due {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let had_notice = self.notice.take().is_some();
                if !self.typed(*key) {
                    match self.options.keymap.action((*key).into()) {
                        Some(action) => self.act(action),
                        None if had_notice => {}
                        None => return Due::Never,
                    }
                }
            }
            Event::Paste(text) => {
                let Some(top) = self.overlays.last_mut() else { return Due::Never };
                top.pasted(text);
            }
            Event::Resize(width, height) => self.size = Size { width: *width, height: *height },
            Event::FocusGained => {}
            _ => return Due::Never,
        }
        self.settle();
        Due::Now
    }

    /// Takes what a loading thread has to say.
    pub fn message(&mut self, message: Message) -> Due {
        let progress = |done, total, finished| Progress { done, total, finished };
        match message {
            Message::Spooling { done, total } => {
                self.facts.spooling = Some(progress(done, total, false));
                return Due::Soon;
            }
            Message::Layer { layer, done, total } => {
                self.progress(layer.index(), progress(done, total, false));
                return Due::Soon;
            }
            Message::LayerDone { layer, .. } => {
                self.progress(layer.index(), progress(0, None, true));
                return Due::Soon;
            }
            Message::Opened { image, contents } => {
                self.facts.contents = Some(contents);
                self.facts.layers.resize(image.layers.len(), Progress::default());
                self.facts.image = Some(image);
                self.layers.opened(&self.facts);
            }
            Message::Ready { union, analysis } => {
                self.facts.union = Some(union);
                self.analysed(analysis);
            }
            Message::Compared(analysis) => self.analysed(analysis),
            Message::Failed(why) => self.request = Some(Request::Fail(why)),
        }
        self.facts.edition += 1;
        self.settle();
        Due::Now
    }

    fn progress(&mut self, layer: usize, progress: Progress) {
        if let Some(known) = self.facts.layers.get_mut(layer) {
            *known = progress;
        }
    }

    fn analysed(&mut self, analysis: Arc<crate::analysis::Analysis>) {
        if let Some(union) = &self.facts.union {
            self.jobs.push(Job::Waste { union: Arc::clone(union), analysis: Arc::clone(&analysis) });
        }
        // Groups name rows of the analysis they were made of.
        (self.facts.groups, self.facts.groups_by_path) = (None, None);
        self.facts.analysis = Some(analysis);
    }

    /// What is to be worked out, elsewhere.
    pub(super) fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// Whether the next frame would be better with something that is on its way.
    pub(super) fn is_waiting(&self) -> bool {
        if let Some(top) = self.overlays.last() {
            return top.is_waiting();
        }
        match self.view {
            ViewName::Layers => self.layers.is_waiting(),
            ViewName::Waste | ViewName::Removed => self.facts.union.is_some() && self.facts.groups.is_none(),
            ViewName::History | ViewName::About => false,
        }
    }

    /// Whether a view waits for waste in the order of its paths.
    fn sorts_by_path(&self) -> bool {
        [&self.waste, &self.removed].iter().any(|view| view.sort() == Sort::Name)
    }

    /// Takes what was worked out.
    pub(super) fn take(&mut self, product: Product) -> Due {
        // Whoever lies on top asked last.
        let mut product = Some(product);
        for overlay in self.overlays.iter_mut().rev() {
            product = product.and_then(|product| overlay.take(product));
        }
        let Some(product) = product else {
            self.settle();
            return Due::Now;
        };
        match product {
            Product::Tree { key, tree } => self.layers.take(key, tree),
            Product::Waste { analysis, groups } => {
                // Groups of an analysis that another has followed are of no use.
                if !self.facts.analysis.as_ref().is_some_and(|known| Arc::ptr_eq(known, &analysis)) {
                    return Due::Never;
                }
                self.jobs.push(Job::WasteByPath { groups: Arc::clone(&groups) });
                self.facts.groups = Some(groups);
                self.facts.edition += 1;
            }
            Product::WasteByPath { groups, order } => {
                if !self.facts.groups.as_ref().is_some_and(|known| Arc::ptr_eq(known, &groups)) {
                    return Due::Never;
                }
                self.facts.groups_by_path = Some(order);
                if !self.sorts_by_path() {
                    return Due::Never;
                }
                self.facts.edition += 1;
            }
            // The file is closed by now.
            Product::Life(_) => return Due::Never,
        }
        self.settle();
        Due::Now
    }

    /// Works out here and now what the loop would give to its worker.
    pub fn finish_work(&mut self) {
        let mut workshop = Workshop::default();
        loop {
            let jobs = self.take_jobs();
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                workshop.run(job, &mut |product| {
                    self.take(product);
                });
            }
        }
    }

    fn body(&self) -> Rect {
        Whole::of(self.size).map_or(Rect::ZERO, |whole| whole.body)
    }

    /// What is on the screen, for whoever decides something.
    fn scene<'a>(facts: &'a Facts, options: &'a Options, body: Rect, target: Target) -> Scene<'a> {
        Scene { facts, keymap: &options.keymap, body, target }
    }

    /// What the cursor of the view is on.
    fn target(&self) -> Target {
        match self.view {
            ViewName::Layers => self.layers.target(&self.facts),
            ViewName::Waste => self.waste.target(&self.facts),
            ViewName::Removed => self.removed.target(&self.facts),
            ViewName::History => self.history.target(&self.facts),
            ViewName::About => Target::default(),
        }
    }

    /// Gives a key to what takes text; says whether that took it.
    fn typed(&mut self, key: KeyEvent) -> bool {
        let scene = Self::scene(&self.facts, &self.options, self.body(), self.target());
        let Some(effects) = self.overlays.last_mut().and_then(|top| top.typed(key, scene)) else { return false };
        self.apply(effects);
        true
    }

    fn act(&mut self, action: Action) {
        let body = self.body();
        match action {
            Action::QuitNow => self.request = Some(Request::Quit),
            Action::Suspend => self.request = Some(Request::Suspend),
            _ if !self.overlays.is_empty() => {
                let scene = Self::scene(&self.facts, &self.options, body, self.target());
                let effects = self.overlays.last_mut().map_or_else(Vec::new, |top| top.act(action, scene));
                self.apply(effects);
            }
            Action::Quit => self.request = Some(Request::Quit),
            Action::Help => self.overlays.push(Box::new(HelpView::default())),
            Action::Layers => self.view = ViewName::Layers,
            Action::Waste => self.view = ViewName::Waste,
            Action::Removed => self.view = ViewName::Removed,
            Action::History => self.view = ViewName::History,
            Action::About => self.view = ViewName::About,
            Action::Open if self.open_file() => {}
            _ => match self.view {
                ViewName::Layers => self.layers.act(action, &self.facts, body),
                ViewName::Waste => self.waste.act(action, &self.facts, body),
                ViewName::Removed => self.removed.act(action, &self.facts, body),
                ViewName::History => self.history.act(action, &self.facts, body),
                ViewName::About => self.about.act(action, body),
            },
        }
    }

    /// Opens what the cursor is on, if that is a row of a path and no folder.
    fn open_file(&mut self) -> bool {
        let on_row = match self.view {
            ViewName::Layers => self.layers.is_on_files(),
            ViewName::Waste => self.waste.is_on_row(),
            ViewName::Removed => self.removed.is_on_row(),
            ViewName::History | ViewName::About => false,
        };
        let file = Some(self.target()).filter(|target| on_row && target.version.is_some());
        let Some(life) = file.and_then(|target| LifeView::of(target, &self.facts)) else { return false };
        self.overlays.push(Box::new(life));
        true
    }

    /// Does what an overlay or a view wants done outside of it.
    fn apply(&mut self, effects: Vec<Effect>) {
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
            }
        }
    }

    /// Brings what is seen in line with what is known and how large the screen is.
    fn settle(&mut self) {
        let body = self.body();
        match self.view {
            ViewName::Layers => self.jobs.extend(self.layers.settle(&self.facts, body)),
            ViewName::Waste => self.waste.settle(&self.facts, body),
            ViewName::Removed => self.removed.settle(&self.facts, body),
            ViewName::History => self.history.settle(&self.facts, body),
            ViewName::About => self.about.settle(&self.facts, body),
        }
        let target = self.target();
        for overlay in &mut self.overlays {
            self.jobs.extend(overlay.settle(Self::scene(&self.facts, &self.options, body, target)));
        }
    }

    /// Draws it all, and changes nothing.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let look = Look { theme: &self.options.theme, keymap: &self.options.keymap };
        // A terminal that was made smaller a moment ago is drawn at its new size before the event about it comes.
        let size = Size { width: self.size.width.min(area.width), height: self.size.height.min(area.height) };
        let Some(Whole { header, body, footer }) = Whole::of(size) else {
            panes::too_small(buffer, area, look.theme);
            return;
        };
        panes::header(buffer, header, &self.facts, look);
        if self.facts.image.is_none() {
            panes::opening(buffer, body, &self.facts, look.theme);
        } else {
            match self.view {
                ViewName::Layers => self.layers.draw(buffer, &self.facts, body, look),
                ViewName::Waste => self.waste.draw(buffer, &self.facts, body, look),
                ViewName::Removed => self.removed.draw(buffer, &self.facts, body, look),
                ViewName::History => self.history.draw(buffer, &self.facts, body, look),
                ViewName::About => self.about.draw(buffer, body, look),
            }
        }
        for overlay in &self.overlays {
            overlay.draw(buffer, body, &self.facts, look);
        }
        match &self.notice {
            Some(notice) => panes::notice(buffer, footer, notice, look.theme),
            None => panes::footer(buffer, footer, self.hints(), look),
        }
    }

    /// What the last line offers, as far as there is room; the way out comes last.
    fn hints(&self) -> &'static [Hint] {
        const MOVE: Hint = (&[Action::Up, Action::Down], "move");
        const PANE: Hint = (&[Action::NextPane], "pane");
        const SORT: Hint = (&[Action::Sort], "sort");
        const QUIT: Hint = (&[Action::Quit], "quit");
        const VIEWS: Hint =
            (&[Action::Layers, Action::Waste, Action::Removed, Action::History, Action::About], "views");
        const OPEN: Hint = (&[Action::Open], "open");
        const MERGED: Hint = (&[Action::Merged], "merged");
        const ALONE: Hint = (&[Action::Merged], "changes");
        const FOLDS: Hint = (&[Action::FoldAll, Action::UnfoldAll], "fold/unfold all");
        const TURN: Hint = (&[Action::Sort], "turn round");
        if let Some(top) = self.overlays.last() {
            return top.hints();
        }
        if self.facts.image.is_none() {
            return &[QUIT];
        }
        match self.view {
            ViewName::Layers if self.layers.is_merged() => &[PANE, MOVE, OPEN, ALONE, SORT, VIEWS, FOLDS, QUIT],
            ViewName::Layers => &[PANE, MOVE, OPEN, MERGED, SORT, VIEWS, FOLDS, QUIT],
            ViewName::Waste | ViewName::Removed => &[PANE, MOVE, OPEN, SORT, VIEWS, FOLDS, QUIT],
            ViewName::History => &[PANE, MOVE, TURN, VIEWS, QUIT],
            ViewName::About => &[MOVE, VIEWS, QUIT],
        }
    }
}
