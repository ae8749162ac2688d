//! A row of junk or secrets in words: what it is, why it matters, what to do, and the command that shows it.

use std::fmt::Write;

use super::ConcernRow;
use crate::analysis::{Base, Severity, step_name_with_lines};
use crate::format;
use crate::format::shell::CommandTemplate;
use crate::image::LayerNumber;
use crate::lint::{JunkHit, JunkPlace};
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::model::concerns::sample_of;
use crate::tui::screens::shared::{secret_begins, secret_place, who_reads};
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;

/// One row of junk or secrets.
pub(super) fn concern(text: &mut Text, model: &Model, row: ConcernRow) {
    match row {
        ConcernRow::Junk(at) | ConcernRow::More(at) => {
            if let Some(hit) = hit_at(model, at) {
                junk(text, model, (at, hit), None);
            }
        }
        ConcernRow::Sample { hit: at, sample } => {
            if let Some(hit) = hit_at(model, at) {
                junk(text, model, (at, hit), Some(sample));
            }
        }
        ConcernRow::Secret(at) => {
            if let Some(found) = &model.concerns.secrets
                && let Some(of) = found.get(at)
            {
                secret(text, model, of);
            }
        }
    }
}

fn junk(text: &mut Text, model: &Model, (at, hit): (usize, &JunkHit), sample: Option<usize>) {
    let rule = &hit.rule.text;
    if let Some(path) = sample.and_then(|sample| hit.samples.get(sample)) {
        text.wrapped(Role::Strong, &format!("/{}", format::safe(path.as_bytes())), 1);
    } else {
        let mut title = rule.what.clone();
        if hit.files > 0 {
            let _ = write!(title, ": {} in {}", format::bytes(hit.bytes), counted(hit.files, "file"));
        } else if hit.bytes > 0 {
            let _ = write!(title, ": {}", format::bytes(hit.bytes));
        }
        text.wrapped(Role::Strong, &title, 1);
    }
    if !hit.note.is_empty() {
        text.wrapped(Role::Text, &hit.note, 1);
    }
    if hit.bytes > 0 {
        text.wrapped(Role::Text, why_junk(hit), 1);
    }
    if let Some(image) = &model.image {
        text.field("what to do", &hit.fix(&Base::detect(image)));
    }
    if sample.is_none() {
        saves(text, model, at, hit);
    }
    // Without a path, the title already says what it is.
    let what = sample.map_or_else(String::new, |_| format!(": {}", rule.what));
    text.field("rule", &format!("{}{what} ({})", rule.id, hit.rule.severity.name()));
    match hit.place {
        JunkPlace::Layer { layer, .. } => text.field("stored by", &model.layer_and_instruction(layer)),
        JunkPlace::Step(number) => text.field("instruction", &step(model, number)),
        JunkPlace::Image => {}
    }
    if let Some(by) = sample.and_then(|sample| hidden_by(model, hit, sample)) {
        text.field("hidden", &format!("by {}", model.layer_and_instruction(by)));
    }
    let template = CommandTemplate::new(&model.opened);
    if let Some((layer, path)) = hit.place.layer().zip(hit.samples.get(sample.unwrap_or(0))) {
        text.field("to see it", &template.stored(path.as_bytes(), layer, false));
    }
    if template.image != "-" {
        text.field("all of it", &template.command(&format!("junk {}", template.image)));
    }
}

/// The limit on older copies that are listed.
const COPIES: usize = 3;

/// What the first screen counts as saved, if that is more than this hit, or if the bytes of this hit are counted there.
fn saves(text: &mut Text, model: &Model, at: usize, hit: &JunkHit) {
    let Some(overview) = &model.overview else { return };
    for (saving, bytes) in overview.savings_of_hidden_junk(at) {
        let bytes = if bytes == hit.bytes { "it is".to_owned() } else { format!("{} of it are", format::bytes(bytes)) };
        let layers = saving.junk.iter().filter_map(|&live| live_layer(model, live));
        let layers = layers.map(|layer| layer.to_string()).collect::<Vec<_>>();
        let layers = format!("{} {}", if layers.len() == 1 { "layer" } else { "layers" }, format::joined(&layers));
        let total = format::bytes(saving.bytes);
        text.field("saves", &format!("{bytes} saved with the newer copy in {layers}: {total} in all"));
    }
    let Some(saving) = overview.saving_of_junk(at) else { return };
    let others = saving.junk.iter().filter(|&&other| other != at);
    let others = others.filter_map(|&other| Some((live_layer(model, other)?, hit_at(model, other)?.bytes)));
    let others = others.map(|(layer, bytes)| (bytes, format!("{} in layer {layer}", format::bytes(bytes))));
    let copy = |&(layer, bytes): &(LayerNumber, u64)| {
        (bytes, format!("{} in an older copy, layer {layer}", format::bytes(bytes)))
    };
    let parts: Vec<_> = others.chain(saving.copies.iter().map(copy)).collect();
    if parts.is_empty() {
        return;
    }
    let mut said = format!("{}: {} here", format::bytes(saving.bytes), format::bytes(hit.bytes));
    // One more would take the room of the sentence.
    let listed = if parts.len() == COPIES + 1 { COPIES + 1 } else { COPIES };
    for (_, part) in parts.iter().take(listed) {
        let _ = write!(said, ", {part}");
    }
    let rest = parts.get(listed..).unwrap_or_default();
    if !rest.is_empty() {
        let bytes = rest.iter().fold(0, |sum: u64, (bytes, _)| sum.saturating_add(*bytes));
        let _ = write!(said, ", {} in {}", format::bytes(bytes), counted(rest.len(), "more place"));
    }
    text.field("saves", &said);
}

fn hit_at(model: &Model, at: usize) -> Option<&JunkHit> {
    model.concerns.junk.as_ref()?.junk.hits.get(at)
}

fn live_layer(model: &Model, hit: usize) -> Option<LayerNumber> {
    hit_at(model, hit)?.place.layer()
}

/// Who can fix it, if it belongs to the base image.
fn of_base(model: &Model, layer: Option<LayerNumber>) -> Option<String> {
    let layer = layer?;
    let base = Base::detect(model.image.as_ref()?);
    base.has(layer).then(|| base.ownership(&format!("layer {layer}"), true))
}

/// The layer that hid a sample, if any.
fn hidden_by(model: &Model, hit: &JunkHit, sample: usize) -> Option<LayerNumber> {
    let union = model.union.as_ref()?;
    union.version(sample_of(union, hit, sample)?).ended().map(|ended| ended.by)
}

/// `layer 12, Dockerfile:14: RUN …`, without secrets.
fn step(model: &Model, number: usize) -> String {
    model.image.as_ref().and_then(|image| image.step(number)).map_or_else(String::new, step_name_with_lines)
}

fn why_junk(hit: &JunkHit) -> &'static str {
    match (hit.place.is_live(), hit.rule.severity) {
        (true, Severity::High) => "every container sees it: it reveals what was not meant to be public",
        (false, Severity::High) => {
            "no container sees it, but anyone who can pull the image can read it: it reveals what was not meant to \
             be public"
        }
        (true, _) => "every pull downloads it, and no container needs it",
        (false, _) => "no container sees it, but it is still stored, and every pull downloads it",
    }
}

fn secret(text: &mut Text, model: &Model, secret: &Secret) {
    text.wrapped(Role::Strong, &format!("{} in {}", secret.kind, secret_place(model, secret)), 1);
    text.wrapped(Role::Warning, &who_reads(secret), 1);
    text.field("what to do", what_to_do(secret.severity));
    text.field("", then(secret));
    if let Some(whose) = of_base(model, secret.layer()) {
        text.field("", &whose);
    }
    if let SecretLocation::File { account, hidden_by, layer, path, .. } = &secret.location {
        if let Some(first) = model.brought_by(path, *layer) {
            text.field("brought by", &model.layer_and_instruction(first));
        }
        text.field("stored by", &model.layer_and_instruction(*layer));
        if let Some(by) = hidden_by {
            text.field(account.name(), &format!("by {}", model.layer_and_instruction(*by)));
        }
    }
    if let SecretLocation::Step { number, .. } = secret.location {
        text.field("instruction", &step(model, number));
    }
    match secret.length() {
        0 => text.field("it is", "the whole file"),
        letters if secret.begins().is_empty() => text.field("length", &counted(letters, "character")),
        _ => text.field("begins", &secret_begins(secret)),
    }
    text.field("confidence", confidence(secret.severity));
    if let Some(said) = model.concerns.secrets.as_ref().and_then(|found| found.secrets.searched_by_names()) {
        text.field("caveat", &said);
    }
    let template = CommandTemplate::new(&model.opened);
    if let SecretLocation::File { layer, path, .. } = &secret.location {
        text.field("to see it", &template.stored(path.as_bytes(), *layer, false));
    }
    if template.image != "-" {
        text.field("all of them", &template.command(&format!("secrets {}", template.image)));
    }
}

/// What to do about one that may be in the image for no harm, or for much.
fn what_to_do(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "treat it as leaked: rotate it; whoever could pull the image could read it",
        Severity::Medium | Severity::Low => {
            "check whether it is real; if it is, rotate it: whoever could pull the image could read it"
        }
    }
}

/// How to build without it.
fn then(secret: &Secret) -> &'static str {
    match &secret.location {
        SecretLocation::File { hidden_by: Some(_), .. } => {
            "build without it: `RUN --mount=type=secret,id=NAME`, .dockerignore or an earlier stage; a later layer only hides it"
        }
        SecretLocation::File { .. } => {
            "build without it: use .dockerignore or `RUN --mount=type=secret,id=NAME`, or pass it to the container"
        }
        SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
            "pass it to the container when it starts, or to one instruction with `RUN --mount=type=secret,id=NAME,env=NAME`"
        }
        SecretLocation::Step { .. } => {
            "the history records build arguments and commands: use `RUN --mount=type=secret,id=NAME` instead"
        }
    }
}

fn confidence(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high, matches the token format",
        Severity::Medium | Severity::Low => {
            "medium, only its name suggests it, or it came with a package or with tests"
        }
    }
}
