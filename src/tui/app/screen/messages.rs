//! Messages from threads: those that load the image, and those that do jobs.

use std::sync::Arc;

use super::{Due, LoopRequest, Screen};
use crate::image::ProgressEvent;
use crate::secrets::redacted;
use crate::tui::app::Message;
use crate::tui::dialogs::ExtractionDone;
use crate::tui::model::{Loaded, Received};
use crate::tui::work::JobResult;

impl Screen {
    /// Handles a message of a loading thread.
    pub fn message(&mut self, message: Message) -> Due {
        match message {
            Message::Progress(event) => {
                self.progress(event);
                return Due::Soon;
            }
            Message::Opened { image, contents } => {
                self.model.contents = Some(contents);
                self.model.layers.resize(image.layers.len(), Loaded::default());
                let shown =
                    if self.options.preferences.show_secrets { Arc::clone(&image) } else { Arc::new(redacted(&image)) };
                (self.model.image, self.model.whole) = (Some(shown), Some(image));
                for view in &mut self.views {
                    view.opened(&self.model);
                }
            }
            Message::Ready { union, analysis } => {
                self.model.union = Some(union);
                let jobs = self.model.set_analysis(analysis);
                self.jobs.extend(jobs);
            }
            Message::Compared(analysis) => {
                let jobs = self.model.set_analysis(analysis);
                self.jobs.extend(jobs);
            }
            Message::Failed(why) => self.request = Some(LoopRequest::Fail(why)),
        }
        self.model.complete();
        self.model.edition += 1;
        self.refresh();
        Due::Now
    }

    fn progress(&mut self, event: ProgressEvent) {
        let loaded = |done, total, finished| Loaded { done, total, finished };
        let (layer, now) = match event {
            ProgressEvent::Spooling { done, total } => {
                self.model.spooling = Some(loaded(done, total, false));
                return;
            }
            ProgressEvent::Layer { layer, done, total } => (layer, loaded(done, total, false)),
            ProgressEvent::LayerDone { layer, .. } => (layer, loaded(0, None, true)),
            _ => return,
        };
        if let Some(known) = self.model.layers.get_mut(layer.index()) {
            *known = now;
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
                self.overlays.retain(|overlay| !overlay.is_over());
                self.notice = Some(done.summary);
                None
            }
            Some(Err(result)) => Some(result),
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
