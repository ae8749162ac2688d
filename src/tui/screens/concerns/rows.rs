//! Which rows there are: what was found, in order, as far as it matches the filter.

use super::{ConcernRow, ConcernsView, Tally};
use crate::analysis::Account;
use crate::lint::JunkHit;
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::model::concerns::{FoundJunk, FoundSecrets, SearchKind, sample_of};
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared;
use crate::tui::search::{Filter, QuerySubject};
use crate::union::{Change, Union, VersionId, VersionRef};

impl ConcernsView {
    pub(super) fn rebuild_rows(&mut self, model: &Model, filter: Option<&Filter>) {
        self.list.rows.clear();
        self.matching.clear();
        self.tally = Tally::default();
        let Some(union) = &model.union else { return };
        match self.kind {
            SearchKind::Junk => {
                if let Some(found) = &model.concerns.junk {
                    self.spread_junk(found, union, filter);
                }
            }
            SearchKind::Secrets => {
                if let Some(found) = &model.concerns.secrets {
                    self.spread_secrets(found, model, filter);
                }
            }
        }
    }

    fn push(&mut self, row: ConcernRow, matches: bool) {
        self.list.rows.push(row);
        self.matching.push(matches);
    }

    fn spread_junk(&mut self, found: &FoundJunk, union: &Union, filter: Option<&Filter>) {
        let hits = &found.junk.hits;
        let mut order: Vec<usize> = (0..hits.len()).collect();
        if self.sort == Sort::Name {
            order.sort_by_key(|&at| (&hits[at].rule.text.id, hits[at].place));
        }
        self.tally.total = order.len();
        for at in order {
            let hit = &hits[at];
            let itself = filter.is_none_or(|filter| holds_hit(filter, hit));
            let samples: Vec<usize> = (0..hit.samples.len())
                .filter(|&sample| itself || filter.is_some_and(|filter| holds_sample(filter, union, hit, sample)))
                .collect();
            if !itself && samples.is_empty() {
                continue;
            }
            let live = hit.place.is_live();
            self.tally.shown += 1;
            self.tally.live += usize::from(live);
            self.tally.bytes = self.tally.bytes.saturating_add(hit.bytes);
            self.tally.live_bytes = self.tally.live_bytes.saturating_add(if live { hit.bytes } else { 0 });
            self.tally.files += hit.files;
            self.push(ConcernRow::Junk(at), itself);
            if self.open.contains(&at) || !itself {
                for sample in samples {
                    let matches = filter.is_none_or(|filter| holds_sample(filter, union, hit, sample));
                    self.push(ConcernRow::Sample { hit: at, sample }, matches);
                }
            }
        }
    }

    fn spread_secrets(&mut self, found: &FoundSecrets, model: &Model, filter: Option<&Filter>) {
        let secrets = &found.secrets.found;
        let mut order: Vec<usize> = (0..secrets.len()).collect();
        if self.sort == Sort::Name {
            order.sort_by_cached_key(|&at| location_key(&secrets[at]));
        }
        self.tally.total = order.len();
        for at in order {
            let secret = &secrets[at];
            if filter.is_some_and(|filter| !holds_secret(filter, model, secret, found.version(at))) {
                continue;
            }
            self.tally.shown += 1;
            self.tally.live += usize::from(secret.is_live());
            self.push(ConcernRow::Secret(at), true);
        }
    }
}

/// Whether a hit has paths to show.
pub(super) fn has_samples(model: &Model, hit: usize) -> bool {
    let hit = model.concerns.junk.as_ref().and_then(|found| found.junk.hits.get(hit));
    hit.is_some_and(|hit| !hit.samples.is_empty())
}

/// For sorting: the path, or the index of the step where there is none.
fn location_key(secret: &Secret) -> (Vec<u8>, usize) {
    match &secret.location {
        SecretLocation::File { path, layer, .. } => (path.as_bytes().to_vec(), layer.get()),
        SecretLocation::Env(name) | SecretLocation::Label(name) => (name.clone().into_bytes(), 0),
        SecretLocation::Step { number, .. } => (Vec::new(), *number),
        SecretLocation::Document(place) => (place.as_bytes().to_vec(), 0),
    }
}

fn change(is_live: bool) -> Option<Change> {
    (!is_live).then_some(Change::Removed)
}

/// Whether the name of a rule matches a filter.
fn holds_hit(filter: &Filter, hit: &JunkHit) -> bool {
    let (size, change) = (Some(hit.bytes), change(hit.place.is_live()));
    let names = [&hit.rule.text.id, &hit.rule.text.what];
    names.into_iter().any(|name| filter.matches(&QuerySubject { path: name.as_bytes(), size, version: None, change }))
}

fn holds_sample(filter: &Filter, union: &Union, hit: &JunkHit, sample: usize) -> bool {
    let Some(path) = hit.samples.get(sample) else { return false };
    let version = sample_of(union, hit, sample).map(|id| union.version(id));
    let path = [b"/", path.as_bytes()].concat();
    let (size, change) = (version.map(VersionRef::size), change(hit.place.is_live()));
    filter.matches(&QuerySubject { path: &path, size, version, change })
}

/// Whether the location or the kind of a secret matches a filter.
fn holds_secret(filter: &Filter, model: &Model, secret: &Secret, version: Option<VersionId>) -> bool {
    let version = version.zip(model.union.as_ref()).map(|(id, union)| union.version(id));
    let size = version.map(VersionRef::size);
    let change = match &secret.location {
        SecretLocation::File { account: Account::Removed, .. } => Some(Change::Removed),
        SecretLocation::File { hidden_by: Some(_), .. } => Some(Change::Modified),
        _ => None,
    };
    let place = match &secret.location {
        SecretLocation::File { path, .. } => [b"/", path.as_bytes()].concat(),
        _ => shared::secret_location(model, secret).into_bytes(),
    };
    let names = [place.as_slice(), secret.kind.as_bytes()];
    names.into_iter().any(|path| filter.matches(&QuerySubject { path, size, version, change }))
}
