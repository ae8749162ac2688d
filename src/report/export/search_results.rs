//! What was found in an image besides its bytes: secrets and junk, as rows of a page.

use serde::Serialize;

use crate::analysis::{Base, Severity};
use crate::format::{count, fit, safe, safe_str};
use crate::image::LayerNumber;
use crate::lint::{Junk, JunkHit};
use crate::report::{ComparedSubjects, Subject, junk, secrets};
use crate::secrets::{Secret, SecretLocation, Secrets};

use super::html::MOST;
use super::page::{WHOLE, cut};

/// The results of the searches.
#[derive(Clone, Copy)]
pub struct SearchResults<'a> {
    /// Secrets; their values are never written.
    pub secrets: &'a Secrets,
    /// Junk: what usually has no place in an image.
    pub junk: &'a Junk,
    /// What differs from a baseline, if there is one.
    pub compared: Option<ComparedSubjects<'a>>,
}

/// The two tables; the template escapes their text.
#[derive(Serialize)]
pub(super) struct Tables {
    secrets: Vec<SecretRow>,
    secrets_of: Option<String>,
    junk: Vec<JunkRow>,
    junk_of: Option<String>,
}

#[derive(Serialize)]
struct SecretRow {
    rank: u8,
    severity: &'static str,
    kind: &'static str,
    value: String,
    layer: Option<usize>,
    became: String,
    location: String,
}

#[derive(Serialize)]
struct JunkRow {
    rank: u8,
    severity: &'static str,
    bytes: u64,
    size: String,
    files: usize,
    files_said: String,
    layer: Option<usize>,
    place: &'static str,
    id: String,
    what: String,
    sample: String,
    fix: String,
}

impl Tables {
    pub(super) fn new(subject: &Subject<'_>, results: &SearchResults<'_>) -> Self {
        let (secrets, hits) = (&results.secrets.found, &results.junk.hits);
        let all = secrets::total(results.secrets);
        Self {
            secrets: secrets.iter().take(MOST).map(|secret| secret_row(subject, secret)).collect(),
            secrets_of: (all > secrets.len().min(MOST)).then(|| count(all)),
            junk: hits.iter().take(MOST).map(|hit| junk_row(subject, hit)).collect(),
            junk_of: cut(hits.len()),
        }
    }
}

fn secret_row(subject: &Subject<'_>, secret: &Secret) -> SecretRow {
    SecretRow {
        rank: if secret.severity == Severity::High { 2 } else { 1 },
        severity: secret.severity.name(),
        kind: secret.kind,
        value: secrets::redacted(secret, false),
        layer: secret.layer().map(LayerNumber::get),
        became: state_and_access(secret),
        location: fit(&secrets::location(subject, secret), WHOLE),
    }
}

/// Whether and how it was removed, and whether any user can read it.
pub(super) fn state_and_access(secret: &Secret) -> String {
    let any = if matches!(secret.location, SecretLocation::File { world_readable: true, .. }) {
        ", readable by any user"
    } else {
        ""
    };
    secrets::removal_state(secret) + any
}

fn junk_row(subject: &Subject<'_>, hit: &JunkHit) -> JunkRow {
    let text = &hit.rule.text;
    JunkRow {
        rank: match hit.rule.severity {
            Severity::Low => 1,
            Severity::Medium => 2,
            Severity::High => 3,
        },
        severity: hit.rule.severity.name(),
        bytes: hit.bytes,
        size: junk::size(hit),
        files: hit.files,
        files_said: count(hit.files),
        layer: junk::layer(subject, hit).map(LayerNumber::get),
        place: junk::place(hit),
        id: safe_str(&text.id),
        what: fit(&safe_str(&text.what), WHOLE),
        sample: fit(&sample(subject, hit), WHOLE),
        fix: fit(&safe_str(&hit.fix(&Base::detect(subject.image))), WHOLE),
    }
}

/// The instruction or one of the files, and what was seen.
pub(super) fn sample(subject: &Subject<'_>, hit: &JunkHit) -> String {
    let path = || hit.samples.first().map(|path| format!("/{}", safe(path.as_bytes())));
    let path = junk::instruction(subject, hit).or_else(path);
    let note = Some(safe_str(&hit.note)).filter(|note| !note.is_empty());
    path.into_iter().chain(note).collect::<Vec<_>>().join(": ")
}
