//! Junk and secrets: searched for once contents are compared, on a separate thread of low priority, and cancelled when the
//! screen ends.
//!
//! ```text
//! contents compared ─────▶ Concerns::begin ─▶ thread: junk, then secrets
//!                               ▲                           │
//!                               └───── Told ◀───────────────┘ each as soon as it is known, and how far it is
//! ```
//!
//! What was found lies behind an `Arc` and never changes, so drawing holds nobody up.

mod found;

use std::sync::Arc;
use std::time::Duration;

use crate::analysis::{Analysis, WasteGroup};
use crate::image::{Cancel, CancelOnDrop, Contents, Image, Progress, ProgressEvent};
use crate::lint::JunkRule;
use crate::tui::work::{Job, JobResult, ResultSink, Updates, lower_priority};
use crate::union::Union;

pub(in crate::tui) use found::{FoundJunk, FoundSecrets, sample_of};

/// The interval between progress reports.
const OFTEN: Duration = Duration::from_millis(100);

/// The junk rules, as read from the configuration.
#[derive(Clone, Debug, Default)]
pub struct JunkRules {
    /// In their order: a file belongs to the first rule it matches.
    pub rules: Vec<Arc<JunkRule>>,
    /// Why configured rules are missing, as one sentence.
    pub fault: Option<String>,
}

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum SearchKind {
    Junk,
    Secrets,
}

impl SearchKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::Secrets => "secrets",
        }
    }
}

/// What the thread reports.
pub(in crate::tui) enum SearchUpdate {
    /// Progress as a fraction.
    Progress(SearchKind, f64),
    Junk(Arc<FoundJunk>),
    Secrets(Arc<FoundSecrets>),
}

/// Everything that the search needs.
pub(in crate::tui) struct SearchInputs {
    pub image: Arc<Image>,
    pub contents: Arc<dyn Contents>,
    pub union: Arc<Union>,
    pub analysis: Arc<Analysis>,
    pub groups: Arc<Vec<WasteGroup>>,
}

/// What is known about junk and secrets.
#[derive(Default)]
pub(in crate::tui) struct Concerns {
    rules: JunkRules,
    /// Present once the search has begun; dropping it cancels the search.
    search: Option<CancelOnDrop>,
    progress: Option<(SearchKind, f64)>,
    pub junk: Option<Arc<FoundJunk>>,
    pub secrets: Option<Arc<FoundSecrets>>,
    /// Changes with every result.
    pub edition: u32,
}

impl Concerns {
    pub fn new(rules: JunkRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The error in the rules.
    pub fn fault(&self) -> Option<&str> {
        self.rules.fault.as_deref()
    }

    pub fn has_begun(&self) -> bool {
        self.search.is_some()
    }

    /// What is being searched for, and its progress.
    pub fn progress(&self) -> Option<(SearchKind, f64)> {
        self.progress
    }

    /// The search, to be started once.
    pub fn begin(&mut self, inputs: SearchInputs) -> Job {
        let cancel = Cancel::default();
        self.search = Some(CancelOnDrop(cancel.clone()));
        self.progress = Some((SearchKind::Junk, 0.0));
        let rules = self.rules.rules.clone();
        Job::background(move |tell| {
            lower_priority();
            let search = BackgroundSearch { inputs, cancel };
            search.junk(rules, tell);
            search.secrets(tell);
        })
    }

    /// Handles a report of the thread. Returns whether it is more than progress.
    pub fn receive(&mut self, update: SearchUpdate) -> bool {
        match update {
            SearchUpdate::Progress(kind, fraction) => {
                self.progress = Some((kind, fraction));
                return false;
            }
            SearchUpdate::Junk(junk) => {
                self.junk = Some(junk);
                self.progress = Some((SearchKind::Secrets, 0.0));
            }
            SearchUpdate::Secrets(secrets) => {
                self.secrets = Some(secrets);
                self.progress = None;
            }
        }
        self.edition += 1;
        true
    }
}

/// The search on its thread.
struct BackgroundSearch {
    inputs: SearchInputs,
    cancel: Cancel,
}

impl BackgroundSearch {
    fn junk(&self, rules: Vec<Arc<JunkRule>>, tell: ResultSink<'_>) {
        let SearchInputs { image, union, analysis, contents, .. } = &self.inputs;
        let junk = crate::lint::find_junk(image, union, &**contents, &rules, &self.updates(SearchKind::Junk, tell));
        let found = FoundJunk::new(junk, rules, union, analysis, &self.cancel);
        if !self.cancel.is_cancelled() {
            tell(JobResult::new(SearchUpdate::Junk(Arc::new(found))));
        }
    }

    fn secrets(&self, tell: ResultSink<'_>) {
        if self.cancel.is_cancelled() {
            return;
        }
        let SearchInputs { image, union, analysis, contents, groups } = &self.inputs;
        let secrets =
            crate::secrets::find(image, union, analysis, &**contents, &self.updates(SearchKind::Secrets, tell));
        if !self.cancel.is_cancelled() {
            let found = FoundSecrets::new(secrets, union, analysis, groups);
            tell(JobResult::new(SearchUpdate::Secrets(Arc::new(found))));
        }
    }

    fn updates<'a>(&'a self, kind: SearchKind, tell: ResultSink<'a>) -> impl Progress {
        Updates::new(&self.cancel, OFTEN, tell, move |event| {
            let ProgressEvent::Searching { done, total } = event else { return None };
            #[expect(clippy::cast_precision_loss, reason = "it is shown in percent")]
            let fraction = done as f64 / total.max(1) as f64;
            Some(JobResult::new(SearchUpdate::Progress(kind, fraction)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stops_when_nobody_is_there_any_more() {
        let cancel = Cancel::default();
        let mut concerns = Concerns { search: Some(CancelOnDrop(cancel.clone())), ..Concerns::default() };
        let mut said = 0;
        let mut tell = |_| said += 1;
        let updates = Updates::new(&cancel, OFTEN, &mut tell, |_| {
            Some(JobResult::new(SearchUpdate::Progress(SearchKind::Junk, 0.0)))
        });
        updates.report(ProgressEvent::Searching { done: 1, total: 2 });
        assert!(!updates.cancelled());
        assert!(!concerns.receive(SearchUpdate::Progress(SearchKind::Secrets, 0.5)) && concerns.edition == 0);
        assert_eq!(concerns.progress(), Some((SearchKind::Secrets, 0.5)));
        drop(concerns);
        assert!(updates.cancelled());
        assert_eq!(said, 0, "progress is not reported twice within a moment");
    }
}
