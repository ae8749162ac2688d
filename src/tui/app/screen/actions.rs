//! Handles actions of keys: in a dialog, in a view, or on the screen itself.

use std::sync::Arc;

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{LoopRequest, Screen};
use crate::compare::ComparedImages;
use crate::tui::action::{Action, Hint, ViewName};
use crate::tui::app::tour::{LOWEST, SaveText};
use crate::tui::dialogs::{
    CompareView, HelpView, ImageList, JumpView, PickerView, Prompt, Question, RawEntriesView, Reply,
};
use crate::tui::preferences::Preferences;
use crate::tui::screens::VIEWS;
use crate::tui::screens::layers::span::Span;
use crate::tui::search::Finder;
use crate::tui::selection;
use crate::tui::view::{Chosen, CursorTarget, Effect, Overlay, Request};
use crate::tui::viewer::{FileOfBoth, Viewer};
use crate::tui::widgets::scroll::Motion;

/// Terminals refuse more, and no path or command is longer.
const MOST: usize = 64 * 1024;

impl Screen {
    /// Passes a key to the open dialog or filter if it accepts text. Returns whether it did.
    pub(super) fn typed(&mut self, key: KeyEvent) -> bool {
        if self.tour.as_mut().is_some_and(|tour| tour.typed(key)) {
            return true;
        }
        if self.overlays.is_empty() {
            return self.typed_in_filter(key);
        }
        let scene = Self::scene((&self.model, self.shown), &self.options, self.body(), self.target());
        let Some(effects) = self.overlays.last_mut().and_then(|top| top.typed(key, scene)) else { return false };
        self.apply(effects);
        true
    }

    pub(super) fn act(&mut self, action: Action) {
        let body = self.body();
        match action {
            Action::QuitNow => self.request = Some(LoopRequest::Quit),
            Action::Suspend => self.request = Some(LoopRequest::Suspend),
            Action::Reopen => self.request_reopening(),
            Action::NextLesson | Action::PreviousLesson | Action::LeaveTour | Action::AnswerQuestion => {
                self.go_on_tour(action);
            }
            Action::Open if self.overlays.is_empty() && !self.is_filtering() && self.point_out() => {}
            Action::View(name) if self.overlays.iter().all(|overlay| overlay.gives_way()) => {
                self.show(name);
                if let Some(said) = self.tour.as_ref().and_then(|tour| tour.before_choice(&self.options.keymap)) {
                    self.say(said);
                }
            }
            _ if !self.overlays.is_empty() => {
                let own = self.overlays.last().and_then(|top| top.target()).filter(|_| selection::is_one(action));
                let scene =
                    Self::scene((&self.model, self.shown), &self.options, body, own.unwrap_or_else(|| self.target()));
                let effects = match own {
                    Some(_) => selection::act(action, scene),
                    None => self.overlays.last_mut().map_or_else(Vec::new, |top| top.act(action, scene)),
                };
                self.apply(effects);
            }
            _ if self.find(action) => {}
            Action::Quit => self.request = Some(LoopRequest::Quit),
            Action::Help => self.help(),
            Action::Images => self.show_images(Question::Open),
            Action::CombineAboveBase if self.model.image.is_some() && Span::above_base(&self.model).is_none() => {
                self.say("nothing to combine: there is no layer above the base");
            }
            Action::RawEntries => self.show_raw_entries(),
            Action::Close if !self.before.is_empty() => {
                self.shown = self.before.pop().unwrap_or(self.shown);
                self.arrived = Some(CursorTarget::default());
            }
            Action::Close if self.goes_back_to_pair() => {}
            Action::Open if self.open_file() => {}
            _ if selection::is_one(action) => {
                let scene = Self::scene((&self.model, self.shown), &self.options, body, self.target());
                let effects = selection::act(action, scene);
                self.apply(effects);
            }
            _ => {
                let (view, model) = self.view_mut();
                let effects = view.act(action, model, body);
                if action == Action::Fold && matches!(effects.as_slice(), [Effect::NoSuchKey]) {
                    // What has no folds is marked by the key that folds elsewhere.
                    return self.act(Action::Mark);
                }
                self.apply(effects);
            }
        }
    }

    fn help(&mut self) {
        let section = self.overlays.last().and_then(|overlay| overlay.help());
        let help = HelpView::about(self.view().help(), VIEWS[self.shown].name.action).with_section(section);
        self.overlays.push(Box::new(help));
    }

    /// Goes back to the comparison with another image, where there is nothing else to close.
    fn goes_back_to_pair(&mut self) -> bool {
        let is_filtered = self.view().finder().is_some_and(|finder| finder.query().is_some());
        let Some(pair) = self.model.pair.clone().filter(|_| !is_filtered) else { return false };
        self.show_pair(pair);
        true
    }

    /// Shows the comparison with another image on top.
    pub(super) fn show_pair(&mut self, pair: Arc<ComparedImages>) {
        let list = match &self.images {
            None => ImageList::None,
            Some(_) if self.compares_chosen => ImageList::Chosen,
            Some(_) => ImageList::Open,
        };
        self.overlays.push(Box::new(CompareView::new(pair, list)));
    }

    /// Shows a view, at what was selected in the last one.
    fn show(&mut self, name: &ViewName) {
        // The filter that is typed is applied.
        if let Some(finder) = self.finder_mut().filter(|finder| finder.is_typing()) {
            finder.keep();
        }
        self.overlays.clear();
        self.before.clear();
        let Some(view) = VIEWS.iter().position(|view| view.name == *name) else { return };
        let target = self.target();
        let has_moved = self.arrived.take().is_some_and(|arrived| arrived != target);
        let decides_layer = self.view().files(&self.model).is_some();
        if has_moved {
            self.chosen.update(target, decides_layer, &self.model);
        }
        let (chosen, body) = (self.chosen, self.body());
        self.shown = view;
        // The view that decides which files are shown follows in any case: others show the same files.
        for (at, view) in self.views.iter_mut().enumerate() {
            if at == self.shown || has_moved && !decides_layer && view.files(&self.model).is_some() {
                view.follow(chosen, &self.model, body);
            }
        }
    }

    pub(super) fn go_on_tour(&mut self, action: Action) {
        let card = self.card();
        let Some(tour) = &mut self.tour else { return self.say("there is no tour: `layerscope tour` begins one") };
        match action {
            Action::LeaveTour => self.tour = None,
            _ if card.height == 0 => {
                self.say(format!("no room for the card of the tour: it needs {LOWEST} lines"));
            }
            Action::AnswerQuestion => match tour.to_save() {
                Some((text, save)) => self.overlays.push(Box::new(save_prompt(text, save))),
                None => {
                    if let Some(said) = tour.begin() {
                        self.say(said);
                    }
                }
            },
            _ => match tour.go(action == Action::NextLesson, card, &self.options.keymap) {
                Ok(true) => self.show_lesson(),
                Ok(false) => {}
                Err(why) => self.say(why),
            },
        }
    }

    /// Takes the row under the cursor as the answer to the question of a lesson.
    fn point_out(&mut self) -> bool {
        let (target, is_seen) = (self.target(), self.card().height > 0);
        self.tour.as_mut().is_some_and(|tour| is_seen && tour.point_out(target, self.model.union.as_deref()))
    }

    /// Shows what the lesson is about.
    pub(super) fn show_lesson(&mut self) {
        let Some(tour) = &self.tour else { return };
        let Some(lesson) = tour.lesson() else { return };
        let asks_for_layer = tour.asks_for_layer();
        let (view, layer, node) = (format!("view-{}", lesson.view), lesson.layer, lesson.node);
        let step = layer.and_then(|layer| self.model.steps().iter().position(|step| step.layer == Some(layer)));
        let Some(view) = VIEWS.iter().position(|known| known.name.action == view) else { return };
        self.overlays.clear();
        self.before.clear();
        (self.shown, self.arrived) = (view, None);
        // What was switched on in an earlier lesson is not part of this one.
        let preferences = Preferences { split: self.split(), ..self.options.preferences };
        self.views[view] = (VIEWS[view].new)(&preferences);
        self.chosen = Chosen { step, node, stored_by: layer.filter(|_| node.is_some()) };
        self.refresh();
        let (chosen, body) = (self.chosen, self.body());
        self.views[view].follow(chosen, &self.model, body);
        if asks_for_layer && chosen.node.is_some() {
            // The answer is in the list, and the cursor among the files.
            self.views[view].serve(Request::Act(Action::PreviousPane), &self.model, body);
        }
    }

    /// Lists the tar of the selected layer, where there is one: a row of it can be of a file that a lower layer stores.
    fn show_raw_entries(&mut self) {
        let target = self.target();
        let selected = target.step.and_then(|step| self.model.steps().get(step)?.layer);
        let read = selected.or(target.layer).filter(|_| self.model.contents.is_some());
        match read {
            Some(layer) => {
                let is_container = self.model.image.as_ref().is_some_and(|image| image.container() == Some(layer));
                let path = target.node.zip(self.model.union.as_ref()).map(|(node, union)| union.path(node));
                self.overlays.push(Box::new(RawEntriesView::new(layer, is_container, path.as_ref())));
            }
            None => self.say("select a layer first: its tar is listed"),
        }
    }

    /// Opens the viewer if a file is under the cursor.
    fn open_file(&mut self) -> bool {
        let file = Some(self.target()).filter(|target| self.view().opens_files() && target.version.is_some());
        let Some(viewer) = file.and_then(|target| Viewer::open(target, &self.model)) else { return false };
        self.overlays.push(Box::new(viewer));
        // What is opened is chosen, without a move as well.
        self.arrived = Some(CursorTarget::default());
        true
    }

    /// Carries out the effects of a dialog or a view.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Close => drop(self.overlays.pop()),
                Effect::Open(overlay) => self.overlays.push(overlay),
                Effect::Notice(text) => self.say(text),
                Effect::NoSuchKey => self.say_no_such_key(),
                Effect::Work(job) => self.jobs.push(job),
                Effect::GoTo(request) => {
                    self.overlays.clear();
                    if let Some(view) = self.serve(request).filter(|&view| view != self.shown) {
                        self.before.push(self.shown);
                        (self.shown, self.arrived) = (view, Some(CursorTarget::default()));
                    }
                }
                Effect::Ask(request) => drop(self.serve(request)),
                Effect::Copy { text, what } => match clipboard_request(text, &what) {
                    Ok((request, said)) => {
                        self.request = Some(request);
                        self.say(said);
                    }
                    Err(why) => self.say(why),
                },
                Effect::Page(text) => self.request = Some(LoopRequest::Page(text)),
                Effect::Mark(marks) => {
                    self.model.marks.toggle_all(&marks);
                    self.jobs.extend(self.model.weigh_marks());
                }
                Effect::ClearMarks => self.model.marks.clear(),
                Effect::ShowDifference(target) => {
                    let file = self.model.pair.as_ref().and_then(|pair| FileOfBoth::open(target, pair));
                    self.overlays.extend(file.map(|file| Box::new(file) as Box<dyn Overlay>));
                }
                Effect::ShowImages => self.show_images(Question::Open),
                Effect::LeaveForImages => {
                    self.overlays.clear();
                    let images =
                        self.images.iter().map(|images| PickerView::new(Arc::clone(images), Question::Open, None));
                    self.overlays.extend(images.map(|picker| Box::new(picker) as Box<dyn Overlay>));
                }
                Effect::OpenImages(images) => {
                    self.compares_chosen = images.len() > 1;
                    self.request = Some(LoopRequest::OpenImages(images));
                }
                Effect::Help => self.help(),
                Effect::Quit => self.request = Some(LoopRequest::Quit),
            }
        }
    }
}

impl Screen {
    pub(super) fn finder_mut(&mut self) -> Option<&mut Finder> {
        self.view_mut().0.finder_mut()
    }

    fn is_filtering(&self) -> bool {
        self.view().finder().is_some_and(Finder::is_typing)
    }

    /// Passes a key to the filter while one is typed; returns whether it was handled.
    fn typed_in_filter(&mut self, key: KeyEvent) -> bool {
        self.finder_mut().is_some_and(|finder| finder.typed(key))
    }

    /// Takes a key that is text for a filter and after which other keys wait; says whether it was one. The next event
    /// settles what it changed.
    pub(in crate::tui::app) fn type_ahead(&mut self, event: &Event) -> bool {
        let Event::Key(key) = event else { return false };
        let is_letter = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace);
        let is_plain = key.kind == KeyEventKind::Press && (key.modifiers - KeyModifiers::SHIFT).is_empty();
        is_letter
            && is_plain
            && self.overlays.is_empty()
            && self.finder_mut().is_some_and(|finder| finder.is_typing() && finder.type_ahead(*key))
    }

    /// Handles search actions; returns whether nothing is left to do.
    fn find(&mut self, action: Action) -> bool {
        // The selection can move while a filter is typed; any other action applies what was typed.
        if Motion::from_action(action).is_none()
            && action != Action::Close
            && let Some(finder) = self.finder_mut().filter(|finder| finder.is_typing())
        {
            finder.keep();
        }
        match action {
            Action::Find => self.begin_filter(),
            Action::NextMatch => self.go_to_match(true),
            Action::PreviousMatch => self.go_to_match(false),
            Action::Jump if self.model.union.is_some() => {
                let sought = self.view().sought_elsewhere().unwrap_or_default();
                self.overlays.push(Box::new(JumpView::searching(&sought)));
            }
            Action::Jump => self.say("paths are known once the layers are read"),
            Action::Close => return self.clear_filter(),
            _ => return false,
        }
        true
    }

    fn begin_filter(&mut self) {
        self.view_mut().0.go_to_list();
        match self.finder_mut() {
            Some(finder) => finder.begin(),
            None => self.say("there is nothing to filter here"),
        }
    }

    fn go_to_match(&mut self, forward: bool) {
        let round = self.view_mut().0.go_to_match(forward);
        let filtered = self.view().finder().is_some_and(|finder| finder.revision() > 0);
        let says = match round {
            Some(true) if forward => "wrapped to the top",
            Some(true) => "wrapped to the bottom",
            Some(false) => return,
            None if self.is_waiting() => "still searching",
            None if filtered => "no matches",
            None => "there is no filter",
        };
        self.say(says);
    }

    /// Clears the filter of the focused list; returns whether there was one.
    fn clear_filter(&mut self) -> bool {
        let (view, model) = self.view_mut();
        view.clear_filter(model)
    }

    /// The hints in the footer while a filter is typed.
    pub(super) fn filter_hints(&self) -> Option<&'static [Hint]> {
        self.is_filtering().then_some(&[
            (&[Action::Open], "keep"),
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Close], "clear"),
        ])
    }

    /// The hints that come before those of the view while a filter is applied to the focused list.
    pub(super) fn match_hints(&self) -> &'static [Hint] {
        let applies = |finder: &Finder| finder.query().is_some() && !finder.is_typing() && self.view().is_in_list();
        if !self.overlays.is_empty() || !self.view().finder().is_some_and(applies) {
            return &[];
        }
        &[(&[Action::NextMatch, Action::PreviousMatch], "match"), (&[Action::Close], "clear")]
    }
}

/// Asks for the file for what was learnt.
fn save_prompt(text: String, save: SaveText) -> Prompt {
    let note = "nothing that exists is replaced";
    Prompt::new("Save what was learnt, as:", note, "layerscope-tour.txt", move |file, _, _| {
        match save(file.trim(), &text) {
            Ok(()) => Reply::Effects(vec![Effect::Close, Effect::Notice(format!("saved as {}", file.trim()))]),
            Err(why) => Reply::Effects(vec![Effect::Notice(why)]),
        }
    })
}

/// The request to the loop and the notice when something is copied; or why it is not.
fn clipboard_request(text: String, what: &str) -> Result<(LoopRequest, String), String> {
    if text.len() > MOST {
        return Err(format!("{what} is too long to copy: terminals accept at most 64 KiB"));
    }
    let said = format!("copied {what}, if this terminal allows it (OSC 52)");
    Ok((LoopRequest::Copy(text), said))
}
