//! Messages from threads: those that load the image, and those that do jobs.

use crate::image::ProgressEvent;
use std::sync::Arc;

use crate::analysis::Analysis;
use crate::analysis::secrets::redacted;
use crate::tui::Message;
use crate::tui::model::Loaded;
use crate::tui::tree::Sort;
use crate::tui::work::{Job, JobResult};

use super::{Due, LoopRequest, Screen, ViewName};

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
                self.layers.opened(&self.model);
            }
            Message::Ready { union, analysis } => {
                self.model.union = Some(union);
                self.analysed(analysis);
            }
            Message::Compared(analysis) => self.analysed(analysis),
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

    fn analysed(&mut self, analysis: Arc<Analysis>) {
        if let Some(union) = &self.model.union {
            self.jobs.push(Job::Waste { union: Arc::clone(union), analysis: Arc::clone(&analysis) });
        }
        if let Some((image, union)) =
            self.model.image.clone().zip(self.model.union.clone()).filter(|_| analysis.compared)
        {
            let analysis = Arc::clone(&analysis);
            self.jobs.push(Job::Background(Box::new(move |tell| {
                let causes = analysis.causes(&image, &union);
                tell(JobResult::Causes { analysis, causes });
            })));
        }
        // Groups refer to rows of the analysis they were made from.
        (self.model.groups, self.model.groups_by_path) = (None, None);
        self.model.causes.clear();
        self.model.analysis = Some(analysis);
        self.weigh_marks();
    }

    /// Requests what removing the marked paths would save.
    pub(super) fn weigh_marks(&mut self) {
        self.jobs.extend(self.model.union.as_ref().and_then(|union| self.model.marks.job(union)));
    }

    /// Whether a view waits for waste sorted by path.
    fn sorts_by_path(&self) -> bool {
        [&self.waste, &self.removed].iter().any(|view| view.sort() == Sort::Name)
    }

    /// Handles the result of a job.
    pub(in crate::tui) fn receive(&mut self, result: JobResult) -> Due {
        // The topmost dialog asked last.
        let mut result = Some(result);
        for overlay in self.overlays.iter_mut().rev() {
            result = result.and_then(|result| overlay.receive(result));
        }
        let Some(result) = result else {
            self.refresh();
            return Due::Now;
        };
        match result {
            JobResult::Plot { key, plot } => self.treemap.set_plot(key, plot, self.body()),
            JobResult::ProgramFiles(files) => self.about.set_files(files),
            JobResult::Tree { key, tree } => self.layers.set_tree(key, tree),
            JobResult::Waste { analysis, groups } => {
                // Groups of an outdated analysis are of no use.
                if !self.model.analysis.as_ref().is_some_and(|known| Arc::ptr_eq(known, &analysis)) {
                    return Due::Never;
                }
                self.jobs.push(Job::WasteByPath { groups: Arc::clone(&groups) });
                self.model.groups = Some(groups);
                self.model.edition += 1;
            }
            JobResult::WasteByPath { groups, order } => {
                if !self.model.groups.as_ref().is_some_and(|known| Arc::ptr_eq(known, &groups)) {
                    return Due::Never;
                }
                self.model.groups_by_path = Some(order);
                if !self.sorts_by_path() {
                    return Due::Never;
                }
                self.model.edition += 1;
            }
            JobResult::Causes { analysis, causes } => {
                if !self.model.analysis.as_ref().is_some_and(|known| Arc::ptr_eq(known, &analysis)) {
                    return Due::Never;
                }
                self.model.causes = causes;
                self.model.edition += 1;
            }
            JobResult::WasteFound { key, found } => {
                if self.waste.take_found(key, found).or_else(|found| self.removed.take_found(key, found)).is_err() {
                    return Due::Never;
                }
            }
            JobResult::Loss { revision, loss } => self.model.marks.set_loss(revision, loss),
            JobResult::Sections { groups, key, sections } => {
                if !self.model.groups.as_ref().is_some_and(|known| Arc::ptr_eq(known, &groups)) {
                    return Due::Never;
                }
                match key.only {
                    None => self.waste.set_sections(key, groups, sections),
                    Some(_) => self.removed.set_sections(key, groups, sections),
                }
            }
            JobResult::Concern(told) => {
                let is_news = self.model.concerns.receive(told);
                self.model.complete();
                if !is_news {
                    let is_seen = matches!(self.view, ViewName::Waste | ViewName::Removed);
                    return if is_seen { Due::Soon } else { Due::Never };
                }
            }
            // Its requester is gone.
            JobResult::Best(_) | JobResult::Viewer(_) | JobResult::ExtractionProgress { .. } => return Due::Never,
            JobResult::ExtractionDone { summary, .. } => {
                self.overlays.retain(|overlay| !overlay.is_over());
                self.notice = Some(summary);
            }
        }
        self.refresh();
        Due::Now
    }
}
