//! A row of a list in words. Waste: why its bytes are wasted, who stored and who wasted them, how to get them back.
//! Junk and secrets: what it is, why it matters, what to do, and the command that shows it.

use std::fmt::Write;

use super::concerns::{ConcernRow, draw};
use super::list::WasteRow;
use crate::analysis::{Account, Base, Section, SectionKind, Severity, step_name};
use crate::format;
use crate::image::LayerNumber;
use crate::lint::{JunkHit, JunkPlace};
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::model::concerns::sample_of;
use crate::tui::model::instruction::layer_and_instruction;
use crate::tui::shell::CommandTemplate;
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;

pub(in crate::tui) fn waste(text: &mut Text, model: &Model, sections: &[Section], row: WasteRow) {
    let (place, at) = match row {
        WasteRow::Section(at) => {
            if let Some(section) = sections.get(at) {
                heading(text, model, section);
            }
            return;
        }
        WasteRow::Group(group) => (group, None),
        WasteRow::File { group, file } => (group, Some(file)),
    };
    let Some(group) = model.groups.as_ref().and_then(|groups| groups.get(place)) else { return };
    let file = at.and_then(|file| model.analysis.as_ref()?.waste.get(file));
    let union = model.union.as_ref();
    let path = match file.zip(union) {
        Some((file, union)) => union.version(file.name).path(),
        None => group.path.clone(),
    };
    let folder = group.folder && file.is_none();
    let shown = format!("/{}{}", format::safe(path.as_bytes()), if folder { "/" } else { "" });
    text.wrapped(Role::Strong, &shown, 1);
    let (bytes, files) = file.map_or((group.bytes, group.files.len()), |file| (file.bytes, 1));
    let mut sentence = String::new();
    if folder {
        let _ = write!(sentence, "{} in {}: ", format::bytes(bytes), counted(files, "file"));
    } else {
        let _ = write!(sentence, "{}: ", format::bytes(bytes));
    }
    sentence.push_str(why(group.account));
    text.wrapped(Role::Text, &sentence, 1);
    secrets_of_waste(text, model, place, at, &group.files);
    let layers: Vec<LayerNumber> = file.map_or_else(|| group.layers.clone(), |file| vec![file.layer]);
    for &layer in &layers {
        text.field("stored by", &layer_and_instruction(model, layer));
    }
    text.field(group.account.name(), &format!("by {}", layer_and_instruction(model, group.by)));
    fix(text, model, group.account, &layers, group.by);
    junk_of_waste(text, model, at, &group.files);
    let template = CommandTemplate::new(&model.opened);
    for &layer in &layers {
        text.field("to see it", &template.stored(&path, layer, folder));
    }
}

/// What the rows under a heading have in common.
fn heading(text: &mut Text, model: &Model, section: &Section) {
    let come_to = format!("{} in {}", format::bytes(section.bytes), counted(section.files, "file"));
    match &section.kind {
        SectionKind::Cause { account, layers, by } => {
            text.wrapped(Role::Strong, &format!("{come_to}, {}", account.name()), 1);
            text.wrapped(Role::Text, why(*account), 1);
            for &layer in layers {
                text.field("stored by", &layer_and_instruction(model, layer));
            }
            text.field(account.name(), &format!("by {}", layer_and_instruction(model, *by)));
            fix(text, model, *account, layers, *by);
        }
        SectionKind::Instruction(by) => {
            text.wrapped(Role::Strong, &format!("{come_to}, wasted by one layer"), 1);
            text.field("wasted by", &layer_and_instruction(model, *by));
        }
        SectionKind::Folder(folder) => {
            text.wrapped(Role::Strong, &format!("{come_to}, at or below"), 1);
            text.wrapped(Role::Text, &format!("/{}", format::safe(folder.as_bytes())), 1);
        }
    }
    text.field("rows", &format::count(section.rows));
}

/// How to fix it, for each layer that stores some of it.
fn fix(text: &mut Text, model: &Model, account: Account, stored_by: &[LayerNumber], by: LayerNumber) {
    let mut said: Vec<&str> = stored_by.iter().filter_map(|&layer| model.fix(account, layer, by)).collect();
    said.dedup();
    for fix in said {
        text.field("to fix it", fix);
    }
}

fn why(account: Account) -> &'static str {
    match account {
        Account::Live => "visible in the final image",
        Account::Overwritten => "other content was stored under the same path; the old content is still there",
        Account::Rewritten => "the same content was stored again, only for its mode, its owner or its time",
        Account::Removed => "no container sees it, but it is still stored and can still be read",
    }
}

/// The limit on secrets listed for one row of waste.
const MOST_SECRETS: usize = 5;

/// One row of junk or secrets.
pub(super) fn concern(text: &mut Text, model: &Model, row: ConcernRow) {
    let hit = |hit: usize| model.concerns.junk.as_ref().and_then(|found| found.junk.hits.get(hit));
    match row {
        ConcernRow::Junk(at) => {
            if let Some(hit) = hit(at) {
                junk(text, model, hit, None);
            }
        }
        ConcernRow::Sample { hit: at, sample } => {
            if let Some(hit) = hit(at) {
                junk(text, model, hit, Some(sample));
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

fn junk(text: &mut Text, model: &Model, hit: &JunkHit, sample: Option<usize>) {
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
    text.field("what to do", &rule.fix);
    if let Some(whose) = of_base(model, hit) {
        text.field("", &whose);
    }
    // Without a path, the title already says what it is.
    let what = sample.map_or_else(String::new, |_| format!(": {}", rule.what));
    text.field("rule", &format!("{}{what} ({})", rule.id, hit.rule.severity.name()));
    match hit.place {
        JunkPlace::Layer { layer, .. } => text.field("stored by", &layer_and_instruction(model, layer)),
        JunkPlace::Step(number) => text.field("instruction", &step(model, number)),
        JunkPlace::Image => {}
    }
    if let Some(by) = sample.and_then(|sample| hidden_by(model, hit, sample)) {
        text.field("hidden", &format!("by {}", layer_and_instruction(model, by)));
    }
    let template = CommandTemplate::new(&model.opened);
    if let Some((layer, path)) = hit.place.layer().zip(hit.samples.get(sample.unwrap_or(0))) {
        text.field("to see it", &template.stored(path, layer, false));
    }
    if template.image != "-" {
        text.field("all of it", &template.command(&format!("junk {}", template.image)));
    }
}

/// Who can fix it, if it belongs to the base image.
fn of_base(model: &Model, hit: &JunkHit) -> Option<String> {
    let layer = hit.place.layer()?;
    let of_base = Base::detect(model.image.as_ref()?).has(layer);
    of_base.then(|| {
        format!(
            "layer {layer} belongs to the base image: fix it there, or choose another base; a later layer only \
              hides it"
        )
    })
}

/// The layer that hid a sample, if any.
fn hidden_by(model: &Model, hit: &JunkHit, sample: usize) -> Option<LayerNumber> {
    let union = model.union.as_ref()?;
    union.version(sample_of(union, hit, sample)?).ended().map(|ended| ended.by)
}

/// `layer 12: RUN …`, without secrets.
fn step(model: &Model, number: usize) -> String {
    model.image.as_ref().and_then(|image| image.step(number)).map_or_else(String::new, step_name)
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
    text.wrapped(Role::Strong, &format!("{} in {}", secret.kind, place(model, secret)), 1);
    text.wrapped(Role::Warning, &who_reads(secret), 1);
    text.field("what to do", "revoke and replace it: it has been public since the image was first pushed");
    text.field("", then(secret));
    if let SecretLocation::File { account, hidden_by, layer, .. } = &secret.location {
        text.field("stored by", &layer_and_instruction(model, *layer));
        if let Some(by) = hidden_by {
            text.field(account.name(), &format!("by {}", layer_and_instruction(model, *by)));
        }
    }
    if let SecretLocation::Step { number, .. } = secret.location {
        text.field("instruction", &step(model, number));
    }
    match secret.length() {
        0 => text.field("it is", "the whole file"),
        characters if secret.begins().is_empty() => text.field("length", &counted(characters, "character")),
        _ => text.field("begins", &begins(secret)),
    }
    text.field("confidence", confidence(secret.severity));
    let template = CommandTemplate::new(&model.opened);
    if let SecretLocation::File { layer, path, .. } = &secret.location {
        text.field("to see it", &template.stored(path, *layer, false));
    }
    if template.image != "-" {
        text.field("all of them", &template.command(&format!("secrets {}", template.image)));
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

fn who_reads(secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { account, layer, hidden_by: Some(by), .. } => {
            let gone = account.name();
            format!("{gone} by layer {by}, but still in layer {layer}: anyone who can pull the image can read it")
        }
        SecretLocation::File { .. } => {
            "in the final image: anyone who can pull it or run a command in a container can read it".to_owned()
        }
        SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
            "in the configuration: anyone who can pull the image can read it".to_owned()
        }
        SecretLocation::Step { .. } => "in the history: anyone who can pull the image can read it".to_owned(),
    }
}

fn place(model: &Model, secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => format!("/{}", format::safe(path.as_bytes())),
        SecretLocation::Step { .. } => "the history".to_owned(),
        _ => draw::location(model, secret),
    }
}

/// No more of it than anyone may see.
fn begins(secret: &Secret) -> String {
    format!("{}… ({})", secret.begins(), counted(secret.length(), "character"))
}

fn confidence(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high: it matches the format of a secret",
        Severity::Medium | Severity::Low => {
            "medium: only its name suggests it, or it came with a package or with tests"
        }
    }
}

/// The secrets in a row of waste.
fn secrets_of_waste(text: &mut Text, model: &Model, group: usize, file: Option<usize>, files: &[usize]) {
    let Some(found) = &model.concerns.secrets else { return };
    let held = file.map_or_else(|| found.of_group(group), |file| found.of_file(file));
    let single = file.is_some() || files.len() == 1;
    for secret in held.iter().take(MOST_SECRETS).filter_map(|&at| found.get(at)) {
        let at = if single { String::new() } else { format!(" in {}", place(model, secret)) };
        let begins = match secret.length() {
            0 => String::new(),
            characters if secret.begins().is_empty() => format!(", {}", counted(characters, "character")),
            _ => format!(", begins {}", begins(secret)),
        };
        text.wrapped(Role::Removed, &format!("! {}{at}{begins}: {}", secret.kind, who_reads(secret)), 1);
    }
    if held.len() > MOST_SECRETS {
        text.wrapped(Role::Removed, &format!("! and {}", counted(held.len() - MOST_SECRETS, "more secret")), 1);
    }
}

/// The junk rules that a row of waste matches.
fn junk_of_waste(text: &mut Text, model: &Model, file: Option<usize>, files: &[usize]) {
    let Some((found, analysis)) = model.concerns.junk.as_ref().zip(model.analysis.as_ref()) else { return };
    let one = file.map(|file| [file]);
    let files = one.as_ref().map_or(files, <[usize; 1]>::as_slice);
    for share in found.shares(files, analysis) {
        let rule = &share.rule.text;
        let part = if share.files < files.len() {
            format!(", {} in {}", format::bytes(share.bytes), counted(share.files, "file"))
        } else {
            String::new()
        };
        text.field("junk", &format!("{} ({}{part}): {}", rule.id, rule.what, rule.fix));
    }
}
