//! Which rows there are: what was found, in order, as far as it matches the filter; and what each is about.

use std::cmp::Reverse;

use super::{ConcernRow, ConcernsView, Tally};
use crate::analysis::Account;
use crate::image::LayerNumber;
use crate::lint::{JunkHit, JunkPlace};
use crate::overview::SecretsFound;
use crate::secrets::{Secret, SecretLocation, Secrets};
use crate::tui::model::Model;
use crate::tui::model::concerns::{FoundJunk, FoundSecrets, SearchKind, sample_of};
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared;
use crate::tui::search::{Filter, QuerySubject};
use crate::tui::view::{Chosen, CursorTarget, FindingAt};
use crate::union::{Change, Union, VersionId, VersionRef};

/// What a cursor on a row is on.
pub(super) fn target(row: ConcernRow, model: &Model) -> Option<CursorTarget> {
    let step = |number: usize, layer: Option<LayerNumber>| {
        let at = model.steps().iter().position(|step| step.number == number)?;
        let layer = layer.or_else(|| model.steps().get(at)?.layer);
        Some(CursorTarget { step: Some(at), layer, ..CursorTarget::default() })
    };
    match row {
        ConcernRow::Junk(hit) | ConcernRow::More(hit) => {
            match model.concerns.junk.as_ref()?.junk.hits.get(hit)?.place {
                JunkPlace::Layer { layer, .. } => Some(CursorTarget { layer: Some(layer), ..CursorTarget::default() }),
                JunkPlace::Step(number) => step(number, None),
                JunkPlace::Image => Some(CursorTarget::default()),
            }
            .map(|target| CursorTarget { finding: Some(FindingAt::Junk(hit)), ..target })
        }
        ConcernRow::Sample { hit, sample } => {
            let hit = model.concerns.junk.as_ref()?.junk.hits.get(hit)?;
            let version = sample_of(model.union.as_ref()?, hit, sample);
            file(model, version, hit.place.layer())
        }
        ConcernRow::Secret(secret) => {
            let found = model.concerns.secrets.as_ref()?;
            let target = match &found.get(secret)?.location {
                SecretLocation::File { layer, .. } => {
                    let target = file(model, found.version(secret), Some(*layer))?;
                    Some(CursorTarget { secret: Some(secret), ..target })
                }
                SecretLocation::Step { number, layer } => step(*number, *layer),
                SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
                    Some(CursorTarget::default())
                }
            };
            target.map(|target| CursorTarget { finding: Some(FindingAt::Secret(secret)), ..target })
        }
    }
}

fn file(model: &Model, version: Option<VersionId>, layer: Option<LayerNumber>) -> Option<CursorTarget> {
    let union = model.union.as_ref()?;
    let node = version.and_then(|version| union.version(version).node());
    Some(CursorTarget { layer, node, version, ..CursorTarget::default() })
}

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
                    self.spread_secrets(found, union, model, filter);
                }
            }
        }
    }

    /// Selects the row of a path, or else the first of a layer, unless one of them is selected.
    pub(super) fn select_chosen(&mut self, chosen: Chosen, model: &Model) {
        let target = |row| target(row, model).unwrap_or_default();
        let is_in = |row, node| match (row, &model.concerns.junk, &model.union) {
            (ConcernRow::Junk(hit), Some(found), Some(union)) => found.junk.hits.get(hit).is_some_and(|hit| {
                let at = |sample| sample_of(union, hit, sample).and_then(|version| union.version(version).node());
                (0..hit.samples.len()).any(|sample| at(sample) == Some(node))
            }),
            _ => target(row).node == Some(node),
        };
        let layer = chosen.step.and_then(|step| model.steps().get(step)?.layer);
        let position = |is_wanted: &dyn Fn(ConcernRow) -> bool| {
            let selected = self.list.selected().filter(|&row| is_wanted(row));
            selected.map_or_else(
                || self.list.rows.iter().position(|&row| is_wanted(row)),
                |_| Some(self.list.cursor.selected()),
            )
        };
        let of_path = chosen.node.and_then(|node| {
            let stored_by = chosen.stored_by;
            let of_version = stored_by
                .and_then(|layer| position(&|row| target(row).node == Some(node) && target(row).layer == Some(layer)));
            of_version
                .or_else(|| position(&|row| target(row).node == Some(node)))
                .or_else(|| position(&|row| is_in(row, node)))
        });
        let of_layer = || layer.and_then(|layer| position(&|row| target(row).layer == Some(layer)));
        if let Some(row) = of_path.or_else(of_layer) {
            self.list.cursor.select(row);
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
                if filter.is_none() && hit.files > hit.samples.len() {
                    self.push(ConcernRow::More(at), false);
                }
            }
        }
    }

    fn spread_secrets(&mut self, found: &FoundSecrets, union: &Union, model: &Model, filter: Option<&Filter>) {
        let secrets = &found.secrets.found;
        let mut order: Vec<usize> = (0..secrets.len()).collect();
        match self.sort {
            Sort::Name => order.sort_by_cached_key(|&at| location_key(&secrets[at])),
            // What a container sees is worse than what is only stored.
            _ => order.sort_by_key(|&at| (Reverse(secrets[at].severity), !secrets[at].is_live())),
        }
        self.tally.total = order.len();
        let more = if filter.is_none() { found.secrets.more } else { 0 };
        let mut listed = Secrets { more, ..Secrets::default() };
        for at in order {
            let secret = &secrets[at];
            if filter.is_some_and(|filter| !holds_secret(filter, model, secret, found.version(at))) {
                continue;
            }
            self.tally.shown += 1;
            self.tally.live += usize::from(secret.is_live());
            self.push(ConcernRow::Secret(at), true);
            listed.found.push(secret.clone());
        }
        self.secrets = SecretsFound::new(&listed, union);
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
