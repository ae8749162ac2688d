//! Junk and secrets: searched for once contents are compared, on a separate thread of low priority, and cancelled when the
//! screen ends.
//!
//! ```text
//! contents compared ─────▶ Concerns::begin ─▶ thread: junk, then secrets
//!                               ▲                           │
//!                               └── SearchUpdate ◀──────────┘ each as soon as it is known, and the progress
//! ```
//!
//! What was found is shared by an `Arc` and never changes, so drawing never waits for a lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::ModelUpdate;
use crate::analysis::{Account, Analysis, WasteGroup};
use crate::format;
use crate::image::{
    Cancel, CancelOnDrop, CheckedContents, Contents, ContentsState, EntryKind, EntryPath, Image, LayerNumber, Progress,
    ProgressEvent,
};
use crate::lint::{Junk, JunkHit, JunkPlace, JunkRule, PathRules};
use crate::overview::Saving;
use crate::secrets::{Secret, SecretLocation, Secrets};
use crate::tui::widgets::text::counted;
use crate::tui::work::{Job, JobResult, ResultSink, Updates, lower_priority};
use crate::union::{Union, VersionId};

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
    /// The rest needs files that an engine would have to export. Nobody has asked for it yet.
    Left,
}

impl From<SearchUpdate> for JobResult {
    fn from(update: SearchUpdate) -> Self {
        Self::new(ModelUpdate::new(|model| model.set_found(update)))
    }
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
    /// Whether the search begins before a view needs it.
    begins_by_itself: bool,
    /// Present once the search has begun; dropping it cancels the search.
    search: Option<CancelOnDrop>,
    progress: Option<(SearchKind, f64)>,
    pub junk: Option<Arc<FoundJunk>>,
    pub secrets: Option<Arc<FoundSecrets>>,
    /// Changes with every result.
    pub edition: u32,
}

impl Concerns {
    pub fn new(rules: JunkRules, begins_by_itself: bool) -> Self {
        Self { rules, begins_by_itself, ..Self::default() }
    }

    /// The error in the rules.
    pub fn fault(&self) -> Option<&str> {
        self.rules.fault.as_deref()
    }

    /// Whether nothing is searched for until a view needs it.
    pub fn is_left_to_views(&self) -> bool {
        !self.begins_by_itself && self.search.is_none()
    }

    pub fn has_begun(&self) -> bool {
        self.search.is_some()
    }

    /// What is being searched for, and its progress.
    pub fn progress(&self) -> Option<(SearchKind, f64)> {
        self.progress
    }

    /// `964 MB without PLACE, which is junk and counted there`: what the first screen counts as saved, if junk in it is a
    /// saving of its own. `place` writes a path, and whether it is that of a folder.
    pub fn without_junk(&self, saving: &Saving, place: impl Fn(&[u8], bool) -> String) -> Option<String> {
        let (first, others) = saving.without.split_first()?;
        let hit = self.junk.as_ref()?.junk.hits.get(*first)?;
        let place = match hit.samples.as_slice() {
            [one] if hit.files == 1 => place(one.as_bytes(), false),
            _ => place(hit.folder.as_bytes(), true),
        };
        let (more, are) = match others.len() {
            0 => (String::new(), "is"),
            others => (format!(" and {}", counted(others, "other place")), "are"),
        };
        Some(format!("{} without {place}{more}, which {are} junk and counted there", format::bytes(saving.bytes)))
    }

    /// The search, to be started once. Unless it `may_export`, it ends where an engine would have to export the image.
    pub fn begin(&mut self, inputs: SearchInputs, may_export: bool) -> Job {
        let cancel = Cancel::default();
        self.search = Some(CancelOnDrop(cancel.clone()));
        self.progress = Some((SearchKind::Junk, 0.0));
        let rules = self.rules.rules.clone();
        Job::background(move |tell| {
            lower_priority();
            let search = BackgroundSearch { inputs, cancel };
            let contents = Arc::clone(&search.inputs.contents);
            let known = CheckedContents::without_reading(&*contents);
            let is_refused = !may_export && contents.state() == ContentsState::Remembered;
            let contents: &dyn Contents = if is_refused { &known } else { &*contents };
            search.junk(contents, rules, &|| known.has_failed(), tell);
            search.secrets(contents, &|| known.has_failed(), tell);
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
            SearchUpdate::Left => {
                (self.search, self.progress, self.begins_by_itself) = (None, None, false);
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
    fn junk(
        &self,
        contents: &dyn Contents,
        rules: Vec<Arc<JunkRule>>,
        is_refused: &dyn Fn() -> bool,
        tell: ResultSink<'_>,
    ) {
        let SearchInputs { image, union, analysis, .. } = &self.inputs;
        let junk = crate::lint::find_junk(image, union, contents, &rules, &self.updates(SearchKind::Junk, tell));
        if is_refused() {
            return;
        }
        let found = FoundJunk::new(junk, rules, union, analysis, &self.cancel);
        if !self.cancel.is_cancelled() {
            tell(SearchUpdate::Junk(Arc::new(found)).into());
        }
    }

    fn secrets(&self, contents: &dyn Contents, is_refused: &dyn Fn() -> bool, tell: ResultSink<'_>) {
        if self.cancel.is_cancelled() {
            return;
        }
        let SearchInputs { image, union, analysis, groups, .. } = &self.inputs;
        let secrets = crate::secrets::find(image, union, analysis, contents, &self.updates(SearchKind::Secrets, tell));
        if is_refused() {
            tell(SearchUpdate::Left.into());
        } else if !self.cancel.is_cancelled() {
            let found = FoundSecrets::new(secrets, union, analysis, groups);
            tell(SearchUpdate::Secrets(Arc::new(found)).into());
        }
    }

    fn updates<'a>(&'a self, kind: SearchKind, tell: ResultSink<'a>) -> impl Progress {
        Updates::new(&self.cancel, OFTEN, tell, move |event| {
            let ProgressEvent::Searching { done, total } = event else { return None };
            #[expect(clippy::cast_precision_loss, reason = "it is shown in percent")]
            let fraction = done as f64 / total.max(1) as f64;
            Some(SearchUpdate::Progress(kind, fraction).into())
        })
    }
}

/// No rule.
const NONE: u16 = u16::MAX;

/// What the rules found.
pub(in crate::tui) struct FoundJunk {
    pub junk: Junk,
    rules: Vec<Arc<JunkRule>>,
    /// The index of the rule that each wasted file matches.
    of_waste: Vec<u16>,
}

/// How many bytes of some files match a rule.
#[derive(Clone, Copy)]
pub(in crate::tui) struct Share<'a> {
    pub rule: &'a JunkRule,
    pub files: usize,
    pub bytes: u64,
}

impl FoundJunk {
    pub fn new(junk: Junk, rules: Vec<Arc<JunkRule>>, union: &Union, analysis: &Analysis, cancel: &Cancel) -> Self {
        let paths = PathRules::new(&rules);
        let place = |file: VersionId| paths.rule_of(union, file).and_then(|rule| u16::try_from(rule).ok());
        let going = analysis.waste.iter().take_while(|_| !cancel.is_cancelled());
        let of_waste = going.map(|waste| place(waste.version).unwrap_or(NONE)).collect();
        Self { junk, rules, of_waste }
    }

    /// The rules that some wasted files match, the most bytes first.
    pub fn shares<'a>(&'a self, files: &[usize], analysis: &Analysis) -> Vec<Share<'a>> {
        let mut shares: Vec<(u16, Share<'a>)> = Vec::new();
        for &file in files {
            let place = self.of_waste.get(file).copied().filter(|&place| place != NONE);
            let rule = place.and_then(|place| Some((place, self.rules.get(usize::from(place))?)));
            let Some(((place, rule), waste)) = rule.zip(analysis.waste.get(file)) else { continue };
            let at = shares.iter().position(|(known, _)| *known == place).unwrap_or_else(|| {
                shares.push((place, Share { rule, files: 0, bytes: 0 }));
                shares.len() - 1
            });
            if let Some((_, share)) = shares.get_mut(at) {
                share.files += 1;
                share.bytes = share.bytes.saturating_add(waste.bytes);
            }
        }
        shares.sort_by_key(|(_, share)| std::cmp::Reverse(share.bytes));
        shares.into_iter().map(|(_, share)| share).collect()
    }
}

/// The version of a sample of a hit.
pub(in crate::tui) fn sample_of(union: &Union, hit: &JunkHit, sample: usize) -> Option<VersionId> {
    let node = union.node_at(hit.samples.get(sample)?)?;
    let JunkPlace::Layer { layer, live } = hit.place else { return union.live(node) };
    union.versions(node).find(|&id| {
        let version = union.version(id);
        version.layer() == layer && version.ended().is_none() == live
    })
}

/// What was found.
pub(in crate::tui) struct FoundSecrets {
    pub secrets: Secrets,
    /// For each secret, the version that stores it, if it is in a file.
    versions: Vec<Option<VersionId>>,
    /// Which of them are in a wasted file, by its index, and in a row of waste.
    of_waste: HashMap<usize, Vec<usize>>,
    of_group: HashMap<usize, Vec<usize>>,
}

impl FoundSecrets {
    pub(super) fn new(secrets: Secrets, union: &Union, analysis: &Analysis, groups: &[WasteGroup]) -> Self {
        let (versions, stored) = locate(&secrets.found, union);
        let mut of_waste: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, waste) in analysis.waste.iter().enumerate() {
            if let Some(held) = stored.get(&waste.version) {
                of_waste.insert(at, held.clone());
            }
        }
        let mut of_group: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, group) in groups.iter().enumerate() {
            let held: Vec<usize> =
                group.files.iter().filter_map(|file| of_waste.get(file)).flatten().copied().collect();
            if !held.is_empty() {
                of_group.insert(at, held);
            }
        }
        Self { secrets, versions, of_waste, of_group }
    }

    pub fn get(&self, secret: usize) -> Option<&Secret> {
        self.secrets.found.get(secret)
    }

    pub fn version(&self, secret: usize) -> Option<VersionId> {
        self.versions.get(secret).copied().flatten()
    }

    /// The secrets of a wasted file.
    pub fn of_file(&self, file: usize) -> &[usize] {
        self.of_waste.get(&file).map_or(&[], Vec::as_slice)
    }

    /// The secrets of a row of waste.
    pub fn of_group(&self, group: usize) -> &[usize] {
        self.of_group.get(&group).map_or(&[], Vec::as_slice)
    }

    /// The rows of waste that contain a secret.
    pub fn groups(&self) -> impl Iterator<Item = usize> {
        self.of_group.keys().copied()
    }

    /// Whether any row of waste contains a secret.
    pub fn are_in_waste(&self) -> bool {
        !self.of_group.is_empty()
    }
}

/// For each secret in a file, the version that stores it, and for each such version its secrets.
fn locate(found: &[Secret], union: &Union) -> (Vec<Option<VersionId>>, HashMap<VersionId, Vec<usize>>) {
    let mut wanted: HashMap<LayerNumber, HashMap<&EntryPath, Vec<usize>>> = HashMap::new();
    for (at, secret) in found.iter().enumerate() {
        if let SecretLocation::File { layer, path, .. } = &secret.location {
            wanted.entry(*layer).or_default().entry(path).or_default().push(at);
        }
    }
    let mut versions = vec![None; found.len()];
    let mut stored: HashMap<VersionId, Vec<usize>> = HashMap::new();
    for (layer, paths) in wanted {
        for version in union.added_by(layer).map(|id| union.version(id)) {
            if version.kind() != EntryKind::File || version.inode().id() != version.id() {
                continue;
            }
            let Some(held) = paths.get(&version.path()) else { continue };
            stored.insert(version.id(), held.clone());
            for &secret in held {
                let Some(Secret { location: SecretLocation::File { account, .. }, .. }) = found.get(secret) else {
                    continue;
                };
                // A layer may hold a path twice: at most one of the two is visible.
                let fits = (version.ended().is_none()) == (*account == Account::Live);
                if let Some(place) = versions.get_mut(secret).filter(|place| place.is_none() || fits) {
                    *place = Some(version.id());
                }
            }
        }
    }
    (versions, stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Severity;
    use crate::union::testing::{files, layer_number};

    #[test]
    fn a_search_stops_when_nobody_is_there_any_more() {
        let cancel = Cancel::default();
        let mut concerns = Concerns { search: Some(CancelOnDrop(cancel.clone())), ..Concerns::default() };
        let mut said = 0;
        let mut tell = |_| said += 1;
        let progress = || SearchUpdate::Progress(SearchKind::Junk, 0.0);
        let updates = Updates::new(&cancel, OFTEN, &mut tell, |_| Some(progress().into()));
        updates.report(ProgressEvent::Searching { done: 1, total: 2 });
        assert!(!updates.cancelled());
        assert!(!concerns.receive(SearchUpdate::Progress(SearchKind::Secrets, 0.5)) && concerns.edition == 0);
        assert_eq!(concerns.progress(), Some((SearchKind::Secrets, 0.5)));
        drop(concerns);
        assert!(updates.cancelled());
        assert_eq!(said, 0, "progress is not reported twice within a moment");
    }

    fn secret(location: SecretLocation) -> Secret {
        Secret { kind: "private-key", severity: Severity::High, location, value: "hunter2".to_owned() }
    }

    #[test]
    fn a_secret_is_found_again_in_its_file_and_in_the_row_of_the_folder_that_went() {
        let union =
            Union::build(vec![files(&[("s/key", 3), ("s/x", 9), ("live", 4), ("live", 5)]), files(&[(".wh.s", 0)])]);
        let analysis = Analysis::new(&union, None);
        let groups = analysis.waste_groups(&union);
        let file = |path: &str, account, hidden_by| {
            let path = EntryPath::normalise(path.as_bytes()).path;
            secret(SecretLocation::File { layer: layer_number(1), path, account, hidden_by, world_readable: false })
        };
        let found = vec![
            file("s/key", Account::Removed, Some(layer_number(2))),
            file("live", Account::Live, None),
            file("live", Account::Overwritten, Some(layer_number(1))),
            secret(SecretLocation::Env("TOKEN".to_owned())),
        ];
        let secrets = Secrets { found, ..Secrets::default() };
        let found = FoundSecrets::new(secrets, &union, &analysis, &groups);
        let size = |at| found.version(at).map(|id| union.version(id).size());
        assert_eq!([0, 1, 2, 3].map(size), [Some(3), Some(5), Some(4), None]);
        let folder = groups.iter().position(|group| group.folder).expect("a folder");
        assert_eq!(found.of_group(folder), [0]);
        let key = groups[folder].files.iter().copied().find(|&file| !found.of_file(file).is_empty()).expect("a key");
        assert_eq!(analysis.waste[key].bytes, 3);
    }
}
