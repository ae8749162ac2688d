//! The state of the screen: events and messages go in, a frame comes out. Nothing in here touches a terminal, so tests
//! drive it as the loop does.

mod find;
mod mouse;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::{Rect, Size};

use crate::analysis::Account;

use super::action::{Action, Group};
use super::facts::{Facts, Progress};
use super::layout::{Split, Whole};
use super::life::LifeView;
use super::overlay::{Effect, Overlay, Scene, Target};
use super::panes::{self, Hint};
use super::taking;
use super::tree::Sort;
use super::views::{AboutView, HelpView, HistoryView, LayersView, Look, TreemapView, WasteView};
use super::work::{Job, Product, Workshop};
use super::{Message, Options, ascii};
use mouse::Mouse;

/// The views on the number keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ViewName {
    #[default]
    Layers,
    Waste,
    Removed,
    History,
    About,
    Treemap,
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
    /// Put a text on the clipboard.
    Copy(String),
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
    treemap: TreemapView,
    mouse: Mouse,
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
        let taking = Some(options.taking);
        let facts = Facts { title, opened: options.opened.clone(), taking, ..Facts::default() };
        let layers = LayersView::new(options.comfort.split);
        Self {
            options,
            size,
            facts,
            view: ViewName::default(),
            layers,
            waste: WasteView::new(None),
            removed: WasteView::new(Some(Account::Removed)),
            history: HistoryView::default(),
            about: AboutView::default(),
            treemap: TreemapView::default(),
            mouse: Mouse::default(),
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

    /// Where borders are, to be remembered.
    #[must_use]
    pub fn split(&self) -> Split {
        self.layers.split()
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
                if let Some(top) = self.overlays.last_mut() {
                    top.pasted(text);
                } else if let Some(finder) = self.finder_mut() {
                    finder.pasted(text);
                }
            }
            Event::Resize(width, height) => self.size = Size { width: *width, height: *height },
            Event::Mouse(event) => {
                if self.point(*event) == Due::Never {
                    return Due::Never;
                }
            }
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
        self.weigh_marks();
    }

    /// Asks what the image would lose without what is marked.
    fn weigh_marks(&mut self) {
        self.jobs.extend(self.facts.union.as_ref().and_then(|union| self.facts.marks.job(union)));
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
            ViewName::Waste => self.waste.is_waiting(&self.facts),
            ViewName::Removed => self.removed.is_waiting(&self.facts),
            ViewName::Treemap => self.treemap.is_waiting(),
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
            Product::Plot { key, plot } => self.treemap.take(key, plot, self.body()),
            Product::Reading(reading) => self.about.take(reading),
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
            Product::WasteFound { key, found } => {
                if self.waste.take_found(key, found).or_else(|found| self.removed.take_found(key, found)).is_err() {
                    return Due::Never;
                }
            }
            Product::Loss { revision, loss } => self.facts.marks.take(revision, loss),
            Product::Sections { groups, key, sections } => {
                if !self.facts.groups.as_ref().is_some_and(|known| Arc::ptr_eq(known, &groups)) {
                    return Due::Never;
                }
                match key.only {
                    None => self.waste.take(key, groups, sections),
                    Some(_) => self.removed.take(key, groups, sections),
                }
            }
            // Whoever asked for it is gone.
            Product::Best(_) | Product::Life(_) | Product::Taking { .. } => return Due::Never,
            Product::TakingOver { said, .. } => {
                self.overlays.retain(|overlay| !overlay.is_over());
                self.notice = Some(said);
            }
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
            ViewName::Treemap => self.treemap.target(&self.facts, self.layers.scope(&self.facts), self.body()),
        }
    }

    /// Gives a key to what takes text; says whether that took it.
    fn typed(&mut self, key: KeyEvent) -> bool {
        if self.overlays.is_empty() {
            return self.typed_in_filter(key);
        }
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
                self.notice = Some("nothing to compare: no layer lies above the base".to_owned());
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
                // It shows what the files pane shows.
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

    /// The keys that matter most where one is.
    fn help_first(&self) -> &'static [Group] {
        match self.view {
            ViewName::Layers | ViewName::Waste | ViewName::Removed => &[Group::Rows, Group::Find, Group::Taking],
            ViewName::History => &[Group::Rows, Group::Taking],
            ViewName::Treemap => &[Group::Rows],
            ViewName::About => &[],
        }
    }

    /// Opens what the cursor is on, if that is a row of a path and no folder.
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

    /// Brings what is seen in line with what is known and how large the screen is.
    fn settle(&mut self) {
        let body = self.body();
        match self.view {
            ViewName::Layers => self.jobs.extend(self.layers.settle(&self.facts, body)),
            ViewName::Waste => self.jobs.extend(self.waste.settle(&self.facts, body)),
            ViewName::Removed => self.jobs.extend(self.removed.settle(&self.facts, body)),
            ViewName::History => self.history.settle(&self.facts, body),
            ViewName::About => self.jobs.extend(self.about.settle(&self.facts, body)),
            ViewName::Treemap => {
                let scope = self.layers.scope(&self.facts);
                self.jobs.extend(self.treemap.settle(scope, &self.facts, body));
            }
        }
        let target = self.target();
        for overlay in &mut self.overlays {
            self.jobs.extend(overlay.settle(Self::scene(&self.facts, &self.options, body, target)));
        }
    }

    /// Draws it all, and changes nothing.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        self.draw_signs(frame);
        if self.options.comfort.ascii {
            ascii::reduce(frame.buffer_mut());
        }
    }

    fn draw_signs(&self, frame: &mut Frame<'_>) {
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
                ViewName::Treemap => {
                    self.treemap.draw(buffer, &self.facts, self.layers.scope(&self.facts), body, look);
                }
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
        const FIND: Hint = (&[Action::Find], "filter");
        const QUIT: Hint = (&[Action::Quit], "quit");
        const VIEWS: Hint = (
            &[Action::Layers, Action::Waste, Action::Removed, Action::History, Action::About, Action::Treemap],
            "views",
        );
        const OPEN: Hint = (&[Action::Open], "open");
        const MERGED: Hint = (&[Action::Merged], "merged");
        const ALONE: Hint = (&[Action::Merged], "changes");
        const FOLDS: Hint = (&[Action::FoldAll, Action::UnfoldAll], "fold/unfold all");
        const COMPARE: Hint = (&[Action::Compare], "compare");
        const COMPARED: Hint = (&[Action::Compare], "end comparing");
        const NEIGHBOURS: Hint = (&[Action::Collapse, Action::Down, Action::Up, Action::Expand], "move");
        const ZOOM_IN: Hint = (&[Action::Open], "zoom in");
        const ZOOM_OUT: Hint = (&[Action::Close], "out");
        const LAYER: Hint = (&[Action::PageUp, Action::PageDown], "layer");
        const TURN: Hint = (&[Action::Sort], "turn round");
        const GROUP: Hint = (&[Action::Group], "group");
        const MARK: Hint = (&[Action::Mark], "mark");
        const EXTRACT: Hint = (&[Action::Extract], "extract");
        const COPY: Hint = (&[Action::Copy, Action::CopyCommand], "copy");
        if let Some(top) = self.overlays.last() {
            return top.hints();
        }
        if self.facts.image.is_none() {
            return &[QUIT];
        }
        if let Some(hints) = self.filter_hints() {
            return hints;
        }
        match self.view {
            ViewName::Layers if self.layers.is_comparing() => {
                &[PANE, MOVE, OPEN, COMPARED, FIND, VIEWS, SORT, EXTRACT, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Layers if self.layers.is_merged() => {
                &[PANE, MOVE, OPEN, ALONE, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Layers => {
                &[PANE, MOVE, OPEN, MERGED, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Treemap if self.layers.is_merged() => &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, ALONE, LAYER, VIEWS, QUIT],
            ViewName::Treemap => &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, MERGED, LAYER, VIEWS, QUIT],
            ViewName::Waste | ViewName::Removed => {
                &[PANE, MOVE, OPEN, FIND, GROUP, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::History => &[PANE, MOVE, TURN, VIEWS, EXTRACT, MARK, COPY, QUIT],
            ViewName::About => &[MOVE, VIEWS, QUIT],
        }
    }
}
