//! The state of the screen: events and messages go in, a frame comes out. Nothing here touches a terminal, so tests
//! drive it as the loop does.

mod actions;
mod mouse;
mod reopen;

use std::sync::Arc;
use std::time::{Duration, Instant};

use mouse::MouseState;
use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyEventKind};
use ratatui::layout::{Rect, Size};
use reopen::Reopening;

use super::background::Background;
use super::tour::TourCard;
use super::{PagerOptions, ScreenOptions, bars};
use crate::format;
use crate::image::{Image, ImageSource, ListedImage, ProgressEvent};
use crate::secrets::redacted;
use crate::tui::action::{Action, Hint};
use crate::tui::app::Message;
use crate::tui::dialogs::{ExtractionDone, ExtractionEnd, PickerView, Question};
use crate::tui::model::concerns::Concerns;
use crate::tui::model::export::Export;
use crate::tui::model::marks::Marks;
use crate::tui::model::{Loaded, Model, Received};
use crate::tui::preferences::{Preferences, SearchStart};
use crate::tui::screens::VIEWS;
use crate::tui::selection;
use crate::tui::view::{self, Chosen, CursorTarget, DrawContext, Overlay, Request, Scene, View};
use crate::tui::widgets::layout::{ScreenLayout, Split};
use crate::tui::widgets::row::fit_end;
use crate::tui::widgets::theme::{self, Role};
use crate::tui::work::{Finished, Job, JobResult, PagedText, ViewCache};

/// How soon a change should be visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// There is nothing new.
    Never,
    /// With the next frame that is due anyway.
    Soon,
    /// Now.
    Now,
}

/// How long a notice is shown that says no more than that a key does nothing.
const BRIEF: Duration = Duration::from_secs(1);

/// How long a notice stays whatever is pressed, if it comes from work in the background.
const WHILE: Duration = Duration::from_secs(3);

/// A notice in the footer, until the next key.
struct Notice {
    text: String,
    role: Role,
    /// When it goes by itself.
    until: Option<Instant>,
    /// Until when keys leave it, since nobody waited for it.
    stays: Option<Instant>,
}

impl Notice {
    fn new(text: String) -> Self {
        Self { text, role: Role::Strong, until: None, stays: None }
    }
}

/// What the loop should do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopRequest {
    /// Leave the screen.
    Quit,
    /// Suspend the program.
    Suspend,
    /// Leave the screen with this error.
    Fail(String),
    /// Put a text on the clipboard.
    Copy(String),
    /// Open the image of the archive that has this index, or compare two.
    OpenImages(Vec<usize>),
    /// Open what is shown again.
    Reopen,
    /// Show a text in the pager.
    Page(PagedText),
}

/// Everything that the screen shows and remembers.
pub struct Screen {
    options: ScreenOptions,
    size: Size,
    model: Model,
    /// The images of the archive, if there are several.
    images: Option<Arc<[ListedImage]>>,
    /// What the user is asked about them, until an image is read.
    question: Question,
    /// Whether the two images that are compared were chosen among them.
    compares_chosen: bool,
    /// Every view, in the order of `VIEWS`.
    views: Vec<Box<dyn View>>,
    /// Index of the one that is shown.
    shown: usize,
    /// The views that led here one after the other, for going back.
    before: Vec<usize>,
    mouse: MouseState,
    /// Open dialogs, the topmost last: it receives the keys.
    overlays: Vec<Box<dyn Overlay>>,
    notice: Option<Notice>,
    chosen: Chosen,
    /// What the cursor was on when the view was shown, as of the first key after that.
    arrived: Option<CursorTarget>,
    request: Option<LoopRequest>,
    jobs: Vec<Job>,
    tour: Option<TourCard>,
    reopening: Option<Reopening>,
}

impl Screen {
    /// An empty screen of the given size, before anything is known.
    #[must_use]
    pub fn new(options: ScreenOptions, size: Size) -> Self {
        let title = match options.opened.first().map_or("", String::as_str) {
            "-" => "standard input".to_owned(),
            image => image.to_owned(),
        };
        let (extractor, reporter) = (Some(options.extractor), Some(options.reporter));
        let concerns = Concerns::new(options.junk.clone(), options.preferences.search == SearchStart::AtOnce);
        let notice = options.junk.fault.clone().map(Notice::new);
        let model = Model { title, opened: options.opened.clone(), extractor, reporter, concerns, ..Model::default() };
        let views = VIEWS.iter().map(|view| (view.new)(&options.preferences)).collect();
        Self {
            options,
            size,
            model,
            images: None,
            question: Question::Open,
            compares_chosen: false,
            views,
            shown: 0,
            before: Vec::new(),
            mouse: MouseState::default(),
            overlays: Vec::new(),
            notice,
            chosen: Chosen::default(),
            arrived: None,
            request: None,
            jobs: Vec::new(),
            tour: None,
            reopening: None,
        }
    }

    /// Begins again with another image of the archive.
    pub fn begin_again(&mut self, opened: Vec<String>) {
        let preferences = Preferences { split: self.split(), ..self.options.preferences };
        let options = ScreenOptions { opened, preferences, ..self.options.clone() };
        let images = self.images.take();
        let (question, compares_chosen) = (self.question, self.compares_chosen);
        *self = Self { images, question, compares_chosen, ..Self::new(options, self.size) };
        self.model.images = self.images.as_ref().map_or(0, |images| images.len());
    }

    /// Shows the images of the archive, on top of the one that is open.
    fn show_images(&mut self, question: Question) {
        let Some(images) = &self.images else { return self.say("this is the only image here") };
        self.overlays.push(Box::new(PickerView::new(Arc::clone(images), question, self.model.image.as_deref())));
    }

    /// What the loop should do; called after every event and message.
    pub fn take_request(&mut self) -> Option<LoopRequest> {
        self.request.take()
    }

    /// Where the borders are, to be remembered.
    #[must_use]
    pub fn split(&self) -> Split {
        self.views.iter().find_map(|view| view.split()).unwrap_or_default()
    }

    /// Handles an input event.
    pub fn handle(&mut self, event: &Event) -> Due {
        if self.arrived.is_none() && matches!(event, Event::Key(_) | Event::Mouse(_)) {
            self.arrived = Some(self.target());
        }
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.notice.take_if(|notice| notice.stays.is_none_or(|stays| stays <= Instant::now()));
                if !self.typed(*key) {
                    match self.options.keymap.action((*key).into()) {
                        Some(action) => self.act(action),
                        None => self.say_no_such_key(),
                    }
                }
            }
            Event::Paste(text) => {
                let is_answer = self.tour.as_mut().is_some_and(|tour| tour.pasted(text));
                if let Some(top) = self.overlays.last_mut().filter(|_| !is_answer) {
                    top.pasted(text);
                } else if let Some(finder) = self.finder_mut().filter(|_| !is_answer) {
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
        self.refresh();
        Due::Now
    }

    /// When a notice goes that is shown only for a while.
    pub(super) fn notice_ends(&self) -> Option<Instant> {
        self.notice.as_ref()?.until
    }

    /// Removes a notice whose time is over.
    pub fn end_notice(&mut self, now: Instant) {
        self.notice.take_if(|notice| notice.until.is_some_and(|until| until <= now));
    }

    /// How the user reads long texts.
    pub(super) fn pager(&self) -> &PagerOptions {
        &self.options.pager
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice::new(text.into()));
    }

    fn say_for_a_while(&mut self, text: String) {
        self.notice = Some(Notice { stays: Some(Instant::now() + WHILE), ..Notice::new(text) });
    }

    fn say_no_such_key(&mut self) {
        let help = self.options.keymap.keys(Action::Help).next();
        let help = help.map(|key| format!(" · {} keys", self.options.keymap.spelling(key)));
        let text = format!("no such key here{}", help.unwrap_or_default());
        self.notice = Some(Notice { until: Some(Instant::now() + BRIEF), ..Notice::new(text) });
    }

    /// Work for other threads.
    pub(super) fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// Whether a result on its way would improve the next frame.
    pub(super) fn is_waiting(&self) -> bool {
        if let Some(top) = self.overlays.last() {
            return top.is_waiting();
        }
        self.view().is_waiting(&self.model)
    }

    fn view(&self) -> &dyn View {
        &*self.views[self.shown]
    }

    fn view_mut(&mut self) -> (&mut dyn View, &Model) {
        (&mut *self.views[self.shown], &self.model)
    }

    /// Lets the view that can do something do it; returns its index.
    fn serve(&mut self, request: Request) -> Option<usize> {
        let body = self.body();
        let at = self.views.iter_mut().position(|view| view.serve(request, &self.model, body))?;
        self.follow_files();
        Some(at)
    }

    /// Other views show the files that the view of the layers shows.
    fn follow_files(&mut self) {
        self.model.files = self.views.iter().find_map(|view| view.files(&self.model)).unwrap_or_default();
    }

    /// Does the worker's jobs here and now.
    pub fn finish_work(&mut self) {
        let mut views = ViewCache::default();
        loop {
            let jobs = self.take_jobs();
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                let mut results = Vec::new();
                views.run(job, &mut |result| results.push(result));
                for result in results {
                    self.receive(result);
                }
            }
        }
    }

    fn body(&self) -> Rect {
        self.layout(self.size).map_or(Rect::ZERO, |(whole, _)| whole.body)
    }

    /// The area of the card of a tour, without height if there is none.
    fn card(&self) -> Rect {
        self.layout(self.size).map_or(Rect::ZERO, |(_, card)| card)
    }

    /// The layout, and the area of the card of a tour.
    fn layout(&self, size: Size) -> Option<(ScreenLayout, Rect)> {
        let whole = ScreenLayout::new(size)?;
        let height = self.tour.as_ref().map_or(0, |tour| tour.height(size, &self.options.keymap));
        let body = Rect { height: whole.body.height.saturating_sub(height), ..whole.body };
        Some((ScreenLayout { body, ..whole }, Rect { y: body.bottom(), height, ..body }))
    }

    /// What is on the screen, for code that makes decisions based on it.
    fn scene<'a>(
        (model, shown): (&'a Model, usize),
        options: &'a ScreenOptions,
        body: Rect,
        target: CursorTarget,
    ) -> Scene<'a> {
        Scene { model, keymap: &options.keymap, body, target, view: VIEWS[shown] }
    }

    /// What the cursor of the view is on.
    fn target(&self) -> CursorTarget {
        self.view().target(&self.model, self.body())
    }

    /// Updates what is visible to match what is known and the size of the screen.
    fn refresh(&mut self) {
        let body = self.body();
        self.follow_files();
        let for_view = self.view().needs_search();
        self.jobs.extend(self.model.search(for_view));
        let (view, model) = self.view_mut();
        let jobs = view.refresh(model, body);
        self.jobs.extend(jobs);
        self.follow_files();
        let target = self.target();
        for overlay in &mut self.overlays {
            self.jobs.extend(overlay.refresh(Self::scene((&self.model, self.shown), &self.options, body, target)));
        }
    }

    /// Takes the theme that fits the background of the terminal.
    pub(super) fn adapt(&mut self, background: Background) -> Due {
        let Some(themes) = self.options.by_background.take() else { return Due::Never };
        self.options.theme = match background {
            Background::Dark => themes.dark,
            Background::Light => themes.light,
        };
        Due::Now
    }

    /// Draws everything, and changes nothing.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        self.draw_signs(frame);
        if self.options.preferences.ascii {
            theme::reduce_to_ascii(frame.buffer_mut());
        }
    }

    fn draw_signs(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let context = DrawContext { theme: &self.options.theme, keymap: &self.options.keymap };
        // A terminal that has just shrunk is drawn at its new size before the resize event arrives.
        let size = Size { width: self.size.width.min(area.width), height: self.size.height.min(area.height) };
        let Some((ScreenLayout { header, tabs, body, footer }, card)) = self.layout(size) else {
            bars::too_small(buffer, area, context.theme);
            return;
        };
        bars::header(buffer, header, &self.model, context);
        let is_choosing = self.model.image.is_none() && self.images.is_some();
        if tabs.height > 0 && !is_choosing {
            bars::draw_tabs(buffer, tabs, self.shown, &self.model, context);
        }
        if self.model.image.is_none() {
            bars::opening(buffer, body, &self.model, context.theme);
        } else {
            self.view().draw(buffer, &self.model, body, context);
        }
        for overlay in &self.overlays {
            overlay.draw(buffer, body, &self.model, context);
        }
        if let Some(tour) = self.tour.as_ref().filter(|_| card.height > 0) {
            tour.draw(buffer, card, context.theme, context.keymap);
        }
        match &self.notice {
            Some(notice) => bars::notice(buffer, footer, (notice.role, &notice.text), context.theme),
            None => bars::footer(buffer, footer, &self.hints(), context),
        }
    }

    /// The hints in the footer, as far as there is room; the way out comes last. Where there are tabs, these show the keys
    /// of the views.
    fn hints(&self) -> Vec<Hint> {
        let has_tabs = ScreenLayout::new(self.size).is_some_and(|layout| layout.tabs.height > 0);
        let tour = self.tour.as_ref().filter(|_| self.overlays.is_empty() && self.card().height > 0);
        let (is_typing, of_tour) = tour.map_or((false, [].as_slice()), TourCard::hints);
        if is_typing {
            return of_tour.to_vec();
        }
        let hints = of_tour.iter().chain(self.match_hints()).chain(self.all_hints()).copied();
        let scene = Self::scene((&self.model, self.shown), &self.options, self.body(), self.target());
        let applies = |actions: &[Action]| {
            !self.overlays.is_empty() || actions.iter().all(|&action| selection::applies(action, scene))
        };
        hints.filter(|(actions, _)| !(has_tabs && actions.is_empty()) && applies(actions)).collect()
    }

    fn all_hints(&self) -> &'static [Hint] {
        if let Some(top) = self.overlays.last() {
            return top.hints();
        }
        if self.model.image.is_none() {
            return &[view::hints::QUIT];
        }
        self.filter_hints().unwrap_or_else(|| self.view().hints(&self.model))
    }
}

impl Screen {
    /// Handles a message of a loading thread.
    pub fn message(&mut self, message: Message) -> Due {
        match message {
            Message::Progress(event) => {
                advance(&mut self.model, event);
                return Due::Soon;
            }
            Message::ExportingAgain(done) => {
                self.model.export_again(done, Instant::now());
                return Due::Soon;
            }
            Message::Images { images, ask } => {
                self.model.images = images.len();
                self.images = Some(images);
                if let Some(question) = ask {
                    self.end_export();
                    self.question = question;
                    self.show_images(question);
                }
            }
            Message::Exporting(described) => {
                let by = described.image.source.as_ref().map_or("the engine", ImageSource::short);
                self.model.export = Some(Export::new(by, described.unplaced));
                self.model.image = Some(self.shown(&Arc::new(described.image)));
            }
            Message::Opened { image, contents } => {
                let steps = |image: &Image| image.steps.iter().map(|step| step.layer).collect::<Vec<_>>();
                let described = self.model.image.take().filter(|_| self.model.export.is_some());
                if described.is_some_and(|described| steps(&described) != steps(&image)) {
                    self.end_export();
                }
                self.model.export = None;
                self.model.contents = Some(contents);
                self.model.layers.resize(image.layers.len(), Loaded::default());
                (self.model.image, self.model.whole) = (Some(self.shown(&image)), Some(image));
                for view in &mut self.views {
                    view.opened(&self.model);
                }
            }
            Message::Ready { union, analysis } => {
                self.question = Question::Open;
                self.model.union = Some(union);
                self.model.learn_sizes();
                let jobs = self.model.set_analysis(analysis);
                self.jobs.extend(jobs);
            }
            Message::Compared(analysis) => {
                let jobs = self.model.set_analysis(analysis);
                self.jobs.extend(jobs);
            }
            Message::Pair(pair) => {
                self.show_pair(Arc::clone(&pair));
                self.model.pair = Some(pair);
            }
            Message::Tour(start) => {
                let card = TourCard::new(*start);
                let continued = card.continued(&self.options.keymap);
                self.tour = Some(card);
                self.refresh();
                self.show_lesson();
                if let Some(continued) = continued {
                    self.say(continued);
                }
            }
            Message::Failed(why) if self.images.is_some() => {
                self.end_export();
                self.show_images(self.question);
                self.say(why);
            }
            Message::Failed(why) => self.request = Some(LoopRequest::Fail(why)),
        }
        self.model.complete();
        self.model.edition += 1;
        self.refresh();
        Due::Now
    }

    /// An image as it may be shown.
    fn shown(&self, image: &Arc<Image>) -> Arc<Image> {
        if self.options.preferences.show_secrets { Arc::clone(image) } else { Arc::new(redacted(image)) }
    }

    /// Forgets what an engine said about the image, and what refers to it.
    fn end_export(&mut self) {
        if self.model.export.take().is_some() {
            self.model.image = None;
            self.model.marks = Marks::default();
            self.views = VIEWS.iter().map(|view| (view.new)(&self.options.preferences)).collect();
            self.overlays.clear();
            self.before.clear();
            (self.chosen, self.arrived) = (Chosen::default(), None);
        }
    }

    /// Handles the result of a job.
    pub(in crate::tui::app) fn receive(&mut self, result: JobResult) -> Due {
        let mut result = Some(result);
        // The topmost dialog asked last.
        for overlay in self.overlays.iter_mut().rev() {
            result = result.and_then(|result| overlay.receive(result));
        }
        let body = self.body();
        for view in &mut self.views {
            result = result.and_then(|result| view.receive(result, &self.model, body));
        }
        let result = match result.map(JobResult::take::<ExtractionDone>) {
            Some(Ok(done)) => {
                if let Some(at) = self.overlays.iter().position(|overlay| overlay.is_over()) {
                    // The prompt below asked for the folder.
                    self.overlays.truncate(if done.end == ExtractionEnd::Nothing { at } else { at.saturating_sub(1) });
                }
                let role = if done.end == ExtractionEnd::Written { Role::Strong } else { Role::Warning };
                self.notice = Some(Notice { role, ..Notice::new(done.summary) });
                None
            }
            Some(Err(result)) => match result.take::<Finished>() {
                Ok(Finished { what, path }) => {
                    let room = usize::from(self.size.width).saturating_sub(format::width(&what) + 2);
                    self.say_for_a_while(what + &fit_end(&format::safe_str(&path), room));
                    None
                }
                Err(result) => Some(result),
            },
            None => None,
        };
        match result.map_or(Received::News(None), |result| self.model.receive(result)) {
            // Tabs show how far it is.
            Received::SearchProgress => return Due::Soon,
            Received::Nothing => return Due::Never,
            Received::News(job) => self.jobs.extend(job),
        }
        self.refresh();
        Due::Now
    }
}

/// Notes how much of an image is read.
fn advance(model: &mut Model, event: ProgressEvent) {
    let loaded = |done, total, finished| Loaded { done, total, finished };
    let (layer, now) = match event {
        ProgressEvent::Spooling { done, total } => {
            if let Some(export) = &mut model.export {
                export.advance(done, Instant::now());
            }
            model.spooling = Some(loaded(done, total, false));
            return;
        }
        ProgressEvent::Layer { layer, done, total } => (layer, loaded(done, total, false)),
        ProgressEvent::LayerDone { layer, .. } => (layer, loaded(0, None, true)),
        _ => return,
    };
    if let Some(known) = model.layers.get_mut(layer.index()) {
        *known = now;
    }
}
