//! Opens the image of the screen again. What the user looks at stays until the new image is read, and where the user is
//! stays after that, as far as the new image has it.

use super::{Due, LoopRequest, Screen, advance};
use crate::image::{DiffId, EntryPath};
use crate::tui::action::Action;
use crate::tui::app::Message;
use crate::tui::model::{Loaded, Model};
use crate::tui::search::Finder;
use crate::tui::view::{Chosen, Request};

/// The image that is read while the one before it is shown.
pub(super) struct Reopening {
    opened: Vec<String>,
    /// What comes once it is shown.
    messages: Vec<Message>,
    /// How much of it is read.
    progress: Model,
    is_ready: bool,
}

/// Where the user is, in words that mean the same in two images.
struct Place {
    view: usize,
    step: Option<PlacedStep>,
    path: Option<EntryPath>,
    /// The layer that stores the path.
    stored_by: Option<PlacedStep>,
    is_merged: bool,
    is_in_files: bool,
}

struct PlacedStep {
    diff_id: Option<DiffId>,
    /// Where it is if there is no such layer.
    step: usize,
}

impl Screen {
    pub(super) fn request_reopening(&mut self) {
        let why_not = if self.reopening.is_some() {
            "the image is being reopened"
        } else if self.tour.is_some() {
            "a tour is about the image as it was opened: leave it first"
        } else if !self.is_choosing() && self.model.analysis.as_ref().is_none_or(|analysis| !analysis.compared) {
            "the image is still being read"
        } else {
            return self.request = Some(LoopRequest::Reopen);
        };
        self.say(why_not);
    }

    /// Whether the list of images is shown, and none of them is open or read.
    fn is_choosing(&self) -> bool {
        self.model.image.is_none() && self.images.is_some() && !self.overlays.is_empty()
    }

    /// Shows that the image is opened again with these arguments.
    pub fn begin_reopening(&mut self, opened: Vec<String>) {
        let progress = Model::default();
        self.reopening = Some(Reopening { opened, messages: Vec::new(), progress, is_ready: false });
        self.model.reopening = Some(0.0);
    }

    /// Whether an image is read that will replace the one that is shown.
    #[must_use]
    pub fn is_reopening(&self) -> bool {
        self.reopening.is_some()
    }

    /// Handles a message about the image that is opened again; `None` if none will follow.
    pub fn message_of_reopening(&mut self, message: Option<Message>) -> Due {
        let Some(next) = &mut self.reopening else { return Due::Never };
        match message {
            Some(Message::Progress(event)) => {
                advance(&mut next.progress, event);
                let read = next.progress.fraction().or(next.progress.spooling.and_then(Loaded::fraction));
                self.model.reopening = read.or(Some(0.0));
                return Due::Soon;
            }
            Some(Message::Failed(why)) => self.end_reopening(&why),
            None if !next.is_ready => self.end_reopening("the image could not be read completely"),
            // The image that is shown is not described by an engine any more.
            None | Some(Message::Exporting(_)) => return Due::Never,
            Some(message) => {
                next.is_ready |= match &message {
                    Message::Images { ask, .. } => ask.is_some(),
                    Message::Ready { analysis, .. } | Message::Compared(analysis) => analysis.compared,
                    _ => false,
                };
                if let Message::Opened { image, .. } = &message {
                    next.progress.layers.resize(image.layers.len(), Loaded::default());
                    next.progress.image = Some(std::sync::Arc::clone(image));
                }
                next.messages.push(message);
            }
        }
        Due::Now
    }

    fn end_reopening(&mut self, why: &str) {
        (self.reopening, self.model.reopening) = (None, None);
        self.say_for_a_while(format!("not reopened: {why}"));
    }

    /// Shows the image that was opened again, once it is read and the user has answered what is asked. Returns whether it
    /// is shown.
    pub fn take_reopened(&mut self) -> bool {
        let is_busy = self.overlays.iter().any(|overlay| !overlay.gives_way()) && !self.is_choosing()
            || self.view().finder().is_some_and(Finder::is_typing);
        let Some(next) = self.reopening.take_if(|next| next.is_ready && !is_busy) else { return false };
        let place = self.place();
        self.images = None;
        self.begin_again(next.opened);
        for message in next.messages {
            self.message(message);
        }
        self.go_to_place(place);
        self.say_for_a_while("reopened".to_owned());
        true
    }

    fn place(&self) -> Place {
        let target = self.target();
        // Other views are about what was chosen before.
        let chosen = if self.view().files(&self.model).is_some() { Chosen::default() } else { self.chosen };
        let step = target.step.or(chosen.step);
        let of_layer = |layer| self.model.steps().iter().position(|step| step.layer == Some(layer));
        let placed = |step: usize| {
            let layer = self.model.steps().get(step).and_then(|step| step.layer);
            PlacedStep { diff_id: layer.and_then(|layer| self.model.layer(layer)?.diff_id.clone()), step }
        };
        let union = self.model.union.as_ref();
        Place {
            view: self.shown,
            step: step.map(placed),
            path: target.node.or(chosen.node).zip(union).map(|(node, union)| union.path(node)),
            stored_by: target.layer.filter(|_| target.scope.is_none()).and_then(of_layer).map(placed),
            is_merged: self.model.files.merged,
            is_in_files: target.scope.is_some() && target.node.is_some(),
        }
    }

    fn go_to_place(&mut self, place: Place) {
        let Some(union) = self.model.union.clone() else { return };
        let find = |placed: PlacedStep| {
            let steps = self.model.steps();
            let is_same = |diff_id: &DiffId, layer| {
                self.model.layer(layer).is_some_and(|layer| layer.diff_id.as_ref() == Some(diff_id))
            };
            let same = placed.diff_id.and_then(|diff_id| {
                steps.iter().position(|step| step.layer.is_some_and(|layer| is_same(&diff_id, layer)))
            });
            same.or(Some(placed.step).filter(|&step| step < steps.len()))
        };
        let step = place.step.and_then(find);
        let stored_by = place.stored_by.and_then(find).and_then(|step| self.model.steps().get(step)?.layer);
        let node = place.path.and_then(|path| union.node_at(&path));
        self.shown = place.view;
        self.chosen = Chosen { step, node, stored_by };
        self.refresh();
        let (chosen, body) = (self.chosen, self.body());
        for (at, view) in self.views.iter_mut().enumerate() {
            let decides_layer = view.files(&self.model).is_some();
            if decides_layer && at == self.shown && place.is_in_files {
                if let Some(step) = step {
                    view.serve(Request::Step(step), &self.model, body);
                }
                if place.is_merged {
                    view.serve(Request::Act(Action::MergedView), &self.model, body);
                }
                if let Some(node) = node {
                    view.serve(Request::Select(node), &self.model, body);
                }
            } else if at == self.shown || decides_layer {
                view.follow(chosen, &self.model, body);
                if decides_layer && place.is_merged {
                    view.serve(Request::Act(Action::MergedView), &self.model, body);
                }
            }
        }
        self.refresh();
    }
}
