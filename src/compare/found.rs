//! Secrets and junk of two images: new in the second, gone from it, or in both.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::Severity;
use crate::image::Image;
use crate::lint::{JunkHit, JunkPlace};
use crate::secrets::{Secret, SecretLocation};

use super::UnreadParts;
use super::align::normalised;

/// Which of two images something was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// Only the second image has it.
    New,
    /// Both have it.
    Still,
    /// Only the first image has it.
    Gone,
    /// One image has it, and of the other not everything was read.
    NotCompared,
}

impl Presence {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Still => "still",
            Self::Gone => "gone",
            Self::NotCompared => "not_compared",
        }
    }
}

/// A secret of one or both images: the index of it in the list of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretChange {
    /// Which images have it.
    pub presence: Presence,
    /// In the list of the first image.
    pub a: Option<usize>,
    /// In the list of the second image.
    pub b: Option<usize>,
}

/// A secret is the same if its kind, its value and its place are: the file, the variable, the label or the instruction,
/// whichever layer that is in. The lists must have the places as they are, not redacted.
#[must_use]
pub fn secret_changes(images: [&Image; 2], a: &[Secret], b: &[Secret], unread: [&UnreadParts; 2]) -> Vec<SecretChange> {
    // Whether the image that does not have it was read where it could be.
    let is_known = |secret: &Secret, other: &UnreadParts| match &secret.location {
        SecretLocation::File { .. } => !other.has_files(),
        _ => !other.config,
    };
    let mut known: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, secret) in a.iter().enumerate().rev() {
        known.entry(key(images[0], secret)).or_default().push(at);
    }
    let mut changes = Vec::new();
    for (at, secret) in b.iter().enumerate() {
        let old = known.get_mut(&key(images[1], secret)).and_then(Vec::pop);
        let presence = match old {
            Some(_) => Presence::Still,
            None if is_known(secret, unread[0]) => Presence::New,
            None => Presence::NotCompared,
        };
        changes.push(SecretChange { presence, a: old, b: Some(at) });
    }
    let mut gone: Vec<usize> = known.into_values().flatten().collect();
    gone.sort_unstable();
    changes.extend(gone.into_iter().map(|at| {
        let presence = if is_known(&a[at], unread[1]) { Presence::Gone } else { Presence::NotCompared };
        SecretChange { presence, a: Some(at), b: None }
    }));
    changes.sort_by_key(|change| change.presence);
    changes
}

fn key<'a>(image: &Image, secret: &'a Secret) -> (&'static str, String, &'a str) {
    let place = match &secret.location {
        SecretLocation::File { path, .. } => format!("file {:?}", path.as_bytes()),
        SecretLocation::Env(name) => format!("env {name}"),
        SecretLocation::Label(name) => format!("label {name}"),
        SecretLocation::Document(place) => format!("document {place}"),
        SecretLocation::Step { number, .. } => {
            format!("step {}", image.step(*number).map_or_else(String::new, |step| normalised(step.description())))
        }
    };
    (secret.kind, place, secret.value.as_str())
}

/// What one rule finds in two images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JunkChange {
    /// Which images have it.
    pub presence: Presence,
    /// The rule.
    pub id: String,
    /// What it finds, in a few words.
    pub what: String,
    /// How bad that is.
    pub severity: Severity,
    /// Bytes of its files in the first and in the second image.
    pub bytes: [u64; 2],
    /// How many files it finds in each.
    pub files: [usize; 2],
    /// How many steps and other places without files it finds in each.
    pub places: [usize; 2],
}

/// The rules that find something in either image, what is new first. What a rule finds in several layers is one row.
#[must_use]
pub fn junk_changes(a: &[JunkHit], b: &[JunkHit], unread: [&UnreadParts; 2]) -> Vec<JunkChange> {
    // Without its configuration, an image may have less, or seem to have more, as it has no user.
    let is_known = |side: usize| !unread[side].has_files() && unread.iter().all(|parts| !parts.config);
    let mut rows: BTreeMap<&str, JunkChange> = BTreeMap::new();
    for (side, hit) in a.iter().map(|hit| (0, hit)).chain(b.iter().map(|hit| (1, hit))) {
        let text = &hit.rule.text;
        let row = rows.entry(&text.id).or_insert_with(|| JunkChange {
            presence: Presence::Still,
            id: text.id.clone(),
            what: text.what.clone(),
            severity: hit.rule.severity,
            bytes: [0; 2],
            files: [0; 2],
            places: [0; 2],
        });
        row.bytes[side] = row.bytes[side].saturating_add(hit.bytes);
        row.files[side] += hit.files;
        row.places[side] += usize::from(!matches!(hit.place, JunkPlace::Layer { .. }) || hit.files == 0);
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    for row in &mut rows {
        let has = |side: usize| row.files[side] + row.places[side] > 0;
        row.presence = match (has(0), has(1)) {
            (false, _) if is_known(0) => Presence::New,
            (_, false) if is_known(1) => Presence::Gone,
            (false, _) | (_, false) => Presence::NotCompared,
            _ => Presence::Still,
        };
    }
    rows.sort_by(|a, b| (a.presence, b.severity).cmp(&(b.presence, a.severity)).then(a.id.cmp(&b.id)));
    rows
}
