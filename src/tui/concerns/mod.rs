//! Junk and secrets: searched for when a view first asks, on a thread of their own, and stopped when nobody is there any
//! more.
//!
//! ```text
//! view 2 or 3 is shown ─▶ Concerns::begin ─▶ thread: junk, then secrets
//!                               ▲                           │
//!                               └───── Told ◀───────────────┘ each as soon as it is known, and how far it is
//! ```
//!
//! What was found lies behind an `Arc` and never changes, so drawing holds nobody up.

mod junk;
mod secrets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::analysis::{Analysis, JunkRule, WasteGroup};
use crate::image::{Contents, Image};
use crate::union::Union;

use super::work::{Job, JobResult};

pub(super) use junk::{FoundJunk, is_of, sample_of};
pub(super) use secrets::FoundSecrets;

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
pub(super) enum Sought {
    Junk,
    Secrets,
}

impl Sought {
    pub fn name(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::Secrets => "secrets",
        }
    }
}

/// What the thread reports.
pub(super) enum Told {
    /// Progress as a fraction.
    Progress(Sought, f64),
    Junk(Arc<FoundJunk>),
    Secrets(Arc<FoundSecrets>),
}

/// Everything that the search needs.
pub(super) struct Known {
    pub image: Arc<Image>,
    pub contents: Arc<dyn Contents>,
    pub union: Arc<Union>,
    pub analysis: Arc<Analysis>,
    pub groups: Arc<Vec<WasteGroup>>,
}

/// What is known about junk and secrets.
#[derive(Default)]
pub(super) struct Concerns {
    rules: JunkRules,
    /// Present once the search has begun; dropping it cancels the search.
    stop: Option<Stop>,
    progress: Option<(Sought, f64)>,
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
        self.stop.is_some()
    }

    /// What is being searched for, and its progress.
    pub fn progress(&self) -> Option<(Sought, f64)> {
        self.progress
    }

    /// The search, to be started once.
    pub fn begin(&mut self, known: Known) -> Job {
        let stop = Arc::<AtomicBool>::default();
        self.stop = Some(Stop(Arc::clone(&stop)));
        self.progress = Some((Sought::Junk, 0.0));
        let rules = self.rules.rules.clone();
        Job::Background(Box::new(move |tell| {
            let mut search = Search { known, stop, told: Instant::now() };
            search.junk(rules, tell);
            search.secrets(tell);
        }))
    }

    /// Handles a report of the thread. Returns whether it is more than progress.
    pub fn take(&mut self, told: Told) -> bool {
        match told {
            Told::Progress(sought, fraction) => {
                self.progress = Some((sought, fraction));
                return false;
            }
            Told::Junk(junk) => {
                self.junk = Some(junk);
                self.progress = Some((Sought::Secrets, 0.0));
            }
            Told::Secrets(secrets) => {
                self.secrets = Some(secrets);
                self.progress = None;
            }
        }
        self.edition += 1;
        true
    }
}

/// Cancels the search when dropped.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The search on its thread.
struct Search {
    known: Known,
    stop: Arc<AtomicBool>,
    /// When progress was last reported.
    told: Instant,
}

impl Search {
    fn junk(&mut self, rules: Vec<Arc<JunkRule>>, tell: &mut dyn FnMut(JobResult)) {
        let Self { known, stop, told } = self;
        let on_read = |done, of| go_on(Sought::Junk, (done, of), stop, told, tell);
        let junk = crate::analysis::junk(&known.image, &known.union, &*known.contents, &rules, on_read);
        let found = FoundJunk::new(junk, rules, &known.union, &known.analysis, stop);
        if !stop.load(Ordering::Relaxed) {
            tell(JobResult::Concern(Told::Junk(Arc::new(found))));
        }
    }

    fn secrets(&mut self, tell: &mut dyn FnMut(JobResult)) {
        let Self { known, stop, told } = self;
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let on_read = |done, of| go_on(Sought::Secrets, (done, of), stop, told, tell);
        let Known { image, union, analysis, contents, groups } = known;
        let secrets = crate::analysis::secrets::find(image, union, analysis, &**contents, on_read);
        if !stop.load(Ordering::Relaxed) {
            let found = FoundSecrets::new(secrets, union, analysis, groups);
            tell(JobResult::Concern(Told::Secrets(Arc::new(found))));
        }
    }
}

/// Reports progress now and then, and returns whether to continue.
fn go_on(
    sought: Sought,
    (done, of): (usize, usize),
    stop: &AtomicBool,
    told: &mut Instant,
    tell: &mut dyn FnMut(JobResult),
) -> bool {
    if told.elapsed() >= OFTEN {
        *told = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "it is shown in percent")]
        tell(JobResult::Concern(Told::Progress(sought, done as f64 / of.max(1) as f64)));
    }
    !stop.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stops_when_nobody_is_there_any_more() {
        let (mut told, mut said) = (Instant::now(), 0);
        let stop = Arc::<AtomicBool>::default();
        let mut concerns = Concerns { stop: Some(Stop(Arc::clone(&stop))), ..Concerns::default() };
        let mut tell = |_| said += 1;
        assert!(go_on(Sought::Secrets, (1, 2), &stop, &mut told, &mut tell));
        assert!(!concerns.take(Told::Progress(Sought::Secrets, 0.5)) && concerns.edition == 0);
        assert_eq!(concerns.progress(), Some((Sought::Secrets, 0.5)));
        drop(concerns);
        assert!(!go_on(Sought::Secrets, (1, 2), &stop, &mut told, &mut tell));
        assert_eq!(said, 0, "progress is not reported twice within a moment");
    }
}
