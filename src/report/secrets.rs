//! Secrets that can be read from an image. Their values are shown only on request.

use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole, json};
use crate::analysis::{Account, Base, Severity, step_name};
use crate::format::{count, fit, safe, safe_str};
use crate::image::LayerNumber;
use crate::overview::SecretsFound;
use crate::secrets::{Secret, SecretLocation, Secrets, is_attested};

/// A secret in JSON.
#[derive(Serialize)]
pub(super) struct SecretRecord<'a> {
    kind: &'static str,
    severity: &'static str,
    found_in: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    step: Option<usize>,
    layer: Option<usize>,
    created_by: &'a str,
    from_base: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    state: &'static str,
    hidden_by_layer: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    world_readable: Option<bool>,
    value_begins: &'a str,
    value_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

pub(super) fn record<'a>(subject: &Subject<'a>, secret: &'a Secret, show: bool) -> SecretRecord<'a> {
    let layer = secret.layer();
    let (found_in, name) = match &secret.location {
        SecretLocation::File { .. } => ("file", None),
        SecretLocation::Env(name) => ("env", Some(name.as_str())),
        SecretLocation::Label(name) => ("label", Some(name.as_str())),
        SecretLocation::Step { .. } => ("history", None),
        SecretLocation::Document(place) => ("document", Some(*place)),
    };
    let (path, path_base64, hidden_by) = match &secret.location {
        SecretLocation::File { path, hidden_by, .. } => {
            let (text, base64) = json::text(path.as_bytes());
            (Some(text.into_owned()), base64, *hidden_by)
        }
        _ => (None, None, None),
    };
    let step = match (&secret.location, layer) {
        (SecretLocation::Step { number, .. }, _) => Some(*number),
        (_, Some(layer)) => subject.image.step_of(layer).map(|step| step.number),
        _ => None,
    };
    SecretRecord {
        kind: secret.kind,
        severity: secret.severity.name(),
        found_in,
        name,
        step,
        layer: layer.map(LayerNumber::get),
        created_by: layer.map_or("", |layer| subject.image.instruction_of(layer)),
        from_base: Base::detect(subject.image).has_some(layer),
        dockerfile: lines::of_step(step.and_then(|number| subject.image.step(number))),
        path,
        path_base64,
        state: state(secret),
        hidden_by_layer: hidden_by.map(LayerNumber::get),
        world_readable: match secret.location {
            SecretLocation::File { world_readable, .. } => Some(world_readable),
            _ => None,
        },
        value_begins: secret.begins(),
        value_length: secret.length(),
        value: show.then_some(secret.value.as_str()),
    }
}

fn state(secret: &Secret) -> &'static str {
    match &secret.location {
        SecretLocation::File { account, .. } => account.name(),
        _ => Account::Live.name(),
    }
}

/// `ghp_… (40)`.
pub(super) fn redacted(secret: &Secret, show: bool) -> String {
    let length = secret.length();
    match length {
        0 => "the whole file".to_owned(),
        _ if show => safe_str(&secret.value),
        _ => format!("{}… ({length})", safe_str(secret.begins())),
    }
}

/// Where it is stored, in a few words.
pub(super) fn location(subject: &Subject<'_>, secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => format!("/{}", safe(path.as_bytes())),
        SecretLocation::Env(name) => format!("ENV {}", safe_str(name)),
        SecretLocation::Label(name) => format!("LABEL {}", safe_str(name)),
        SecretLocation::Step { number, .. } => {
            subject.image.step(*number).map_or_else(String::new, |step| safe_str(&step_name(step)))
        }
        SecretLocation::Document(place) => (*place).to_owned(),
    }
}

/// `Dockerfile:14-15`: the lines of the step that stores it.
fn stored_at(subject: &Subject<'_>, secret: &Secret) -> Option<String> {
    let step = match &secret.location {
        SecretLocation::File { layer, .. } => subject.image.step_of(*layer),
        SecretLocation::Step { number, .. } => subject.image.step(*number),
        _ => None,
    };
    lines::text(step)
}

/// The layer that stores it, and whether and how it was removed.
fn seen(secret: &Secret, from_base: bool) -> String {
    match &secret.location {
        SecretLocation::File { layer, .. } => {
            let whose = if from_base { " of the base" } else { "" };
            format!("layer {layer}{whose}, {}", removal_state(secret))
        }
        _ => removal_state(secret),
    }
}

/// Whether and how it was removed.
pub(super) fn removal_state(secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { account, hidden_by: Some(by), .. } => {
            format!("{} by {by}, still stored", account.name())
        }
        SecretLocation::File { .. } => "in the final image".to_owned(),
        SecretLocation::Document(place) if is_attested(place) => "in the attestation".to_owned(),
        SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
            "in the configuration".to_owned()
        }
        SecretLocation::Step { .. } => "in the history".to_owned(),
    }
}

/// All that were found, listed or not.
pub(super) fn total(secrets: &Secrets) -> usize {
    secrets.found.len().saturating_add(secrets.more)
}

/// `2 secrets in 3 places`.
pub(super) fn in_words(subject: &Subject<'_>, secrets: &Secrets) -> String {
    SecretsFound::new(secrets, subject.union).in_words()
}

/// What was found, the surest first; the secrets themselves only where `show` says so.
///
/// # Errors
/// If `out` cannot be written.
pub fn secrets_text(
    subject: &Subject<'_>,
    secrets: &Secrets,
    show: bool,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    let unread = secrets.findings.len();
    if unread > 0 {
        let said = format!("incomplete: {} files could not be read and were not searched", count(unread));
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &said))?;
    }
    if let Some(first) = secrets.findings.first().map(|finding| subject.redactor.finding(finding)) {
        let path = first.path.as_ref().map(|path| safe(path.as_bytes())).unwrap_or_default();
        let layer = first.layer.map(|layer| format!(" in layer {layer}")).unwrap_or_default();
        writeln!(out, "  the first is {path}{layer}: {}", safe_str(&first.message))?;
    }
    if let Some(said) = subject.incomplete() {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &said))?;
    }
    if let Some(said) = secrets.searched_by_names() {
        writeln!(out, "{said}")?;
    }
    if secrets.found.is_empty() {
        return writeln!(out, "no secret was found");
    }
    let all = total(secrets);
    let them = if all == 1 { "it" } else { "them" };
    let said =
        format!("{} found: anyone who can pull the image can read {them}, removed or not", in_words(subject, secrets));
    writeln!(out, "{}\n", page.ink.mark(Some(TextRole::Heading), &said))?;
    let columns = [("confidence", Left), ("what", Left), ("begins (length)", Right), ("state", Left), ("where", Left)];
    let mut table = Table::headed("", &columns);
    let base = Base::detect(subject.image);
    for secret in &secrets.found {
        let role = if secret.severity == Severity::High { TextRole::Waste } else { TextRole::Dim };
        let (value, place) = (redacted(secret, show), location(subject, secret));
        table.row([
            Cell::with_role(role, secret.severity.name().to_owned()),
            Cell::from(secret.kind.to_owned()),
            Cell::from(if show { String::new() } else { value.clone() }),
            Cell::from(seen(secret, base.has_some(secret.layer()))),
            Cell::from(page.width.filter(|_| show).map_or_else(|| place.clone(), |width| fit(&place, width))),
        ]);
        if show {
            table.note(value);
        }
        if let Some(lines) = stored_at(subject, secret) {
            table.note(format!("→ from {lines}"));
        }
        if matches!(secret.location, SecretLocation::File { world_readable: true, .. }) {
            table.note("→ any user in the container can read it".to_owned());
        }
    }
    table.write(page, out)?;
    if secrets.more > 0 {
        writeln!(out, "and {} more", count(secrets.more))?;
    }
    if !show {
        writeln!(
            out,
            "\ntheir values are hidden: `--show-secrets` shows them, `layerscope cat --layer` prints a file"
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct SecretsDocument<'a> {
    schema_version: u32,
    complete: bool,
    secrets_total_count: usize,
    unread_count: usize,
    layers_by_name_count: usize,
    secrets: Vec<SecretRecord<'a>>,
}

/// The same as one document.
///
/// # Errors
/// If `out` cannot be written.
pub fn secrets_json(subject: &Subject<'_>, secrets: &Secrets, show: bool, out: &mut dyn Write) -> io::Result<()> {
    let document = SecretsDocument {
        schema_version: json::SCHEMA,
        complete: subject.complete() && secrets.findings.is_empty(),
        secrets_total_count: total(secrets),
        unread_count: secrets.findings.len(),
        layers_by_name_count: secrets.by_names,
        secrets: secrets.found.iter().map(|secret| record(subject, secret, show)).collect(),
    };
    json::document(out, &document)
}

/// The same as one record a line.
///
/// # Errors
/// If `out` cannot be written.
pub fn secrets_ndjson(subject: &Subject<'_>, secrets: &Secrets, show: bool, out: &mut dyn Write) -> io::Result<()> {
    secrets.found.iter().try_for_each(|secret| json::line(out, &record(subject, secret, show)))
}
