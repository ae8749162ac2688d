//! A row of waste in words: why its bytes are wasted, who stored and who wasted them, how to get them back.

use std::fmt::Write;

use super::headings::{Headings, old_copies};
use super::list::WasteRow;
use crate::analysis::{Account, Section, SectionKind};
use crate::format;
use crate::format::shell::CommandTemplate;
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::screens::shared::{secret_begins, secret_place, who_reads};
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;

pub(super) fn waste(text: &mut Text, model: &Model, headings: &Headings, row: WasteRow) {
    let (place, at) = match row {
        WasteRow::Section(at) => match (headings.lone_group(at), headings.list().and_then(|list| list.get(at))) {
            (Some(group), _) => (group, None),
            (None, Some(section)) => return heading(text, model, section, headings.only_path(at)),
            (None, None) => return,
        },
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
    let layer = file.map_or(group.layer, |file| file.layer);
    fix(text, model, group.account, layer, group.by);
    if matches!(row, WasteRow::Section(_)) {
        without_junk(text, model, group.account, layer, group.by);
    }
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
    text.field("stored by", &model.layer_and_instruction(layer));
    text.field(group.account.name(), &format!("by {}", model.layer_and_instruction(group.by)));
    junk_of_waste(text, model, at, &group.files);
    let template = CommandTemplate::new(&model.opened);
    text.field("to see it", &template.stored(path.as_bytes(), layer, folder));
}

/// The limit on old copies whose layers are listed.
const COPIES: usize = 10;

/// What the rows under a heading have in common.
fn heading(text: &mut Text, model: &Model, section: &Section, only_path: Option<usize>) {
    let come_to = format!("{} in {}", format::bytes(section.bytes), counted(section.files, "file"));
    match &section.kind {
        SectionKind::Cause { account, parts } => {
            let path = only_path.and_then(|group| Some(&model.groups.as_ref()?.get(group)?.path));
            let title = match path {
                Some(path) => format!(
                    "/{}: {} in {}",
                    format::safe(path.as_bytes()),
                    format::bytes(section.bytes),
                    old_copies(section.files)
                ),
                None => format!("{come_to}, {}", account.name()),
            };
            text.wrapped(Role::Strong, &title, 1);
            if let Some(&(stored_by, by)) = parts.first() {
                fix(text, model, *account, stored_by, by);
                without_junk(text, model, *account, stored_by, by);
            }
            text.wrapped(Role::Text, why(*account), 1);
            // One more would take the line of the sentence.
            let listed = if parts.len() > COPIES + 1 { COPIES } else { parts.len() };
            for &(stored_by, by) in &parts[..listed] {
                text.field("stored by", &model.layer_and_instruction(stored_by));
                text.field(account.name(), &format!("by {}", model.layer_and_instruction(by)));
            }
            if parts.len() > listed {
                text.field("", &format!("and {} more like these", format::count(parts.len() - listed)));
            }
        }
        SectionKind::Instruction(by) => {
            text.wrapped(Role::Strong, &format!("{come_to}, wasted by one layer"), 1);
            text.field("wasted by", &model.layer_and_instruction(*by));
        }
        SectionKind::Folder => {
            text.wrapped(Role::Strong, &format!("{come_to}, at or below"), 1);
            text.wrapped(Role::Text, &format!("/{}", format::safe(section.folder.as_bytes())), 1);
        }
    }
    text.field("rows", &format::count(section.rows));
}

fn fix(text: &mut Text, model: &Model, account: Account, stored_by: LayerNumber, by: LayerNumber) {
    if let Some(fix) = model.fix(account, stored_by, by) {
        text.field("fix", &fix);
    }
}

/// What the first screen counts as saved, if junk in it is a saving of its own.
fn without_junk(text: &mut Text, model: &Model, account: Account, stored_by: LayerNumber, by: LayerNumber) {
    let saving = model.overview.as_ref().and_then(|overview| overview.saving_of_cause(account, stored_by, by));
    let place = |path: &[u8], is_folder: bool| format!("/{}{}", format::safe(path), if is_folder { "/" } else { "" });
    if let Some(said) = saving.and_then(|saving| model.concerns.without_junk(saving, place)) {
        text.field("saves", &format!("{said}: view 8"));
    }
}

fn why(account: Account) -> &'static str {
    match account {
        Account::Live => "visible in the final image",
        Account::Overwritten => "other content was stored under the same path; the old content is still there",
        Account::Rewritten => "the same content was stored again",
        Account::Removed => "no container sees it, but it is still stored and can still be read",
    }
}

/// The limit on secrets listed for one row of waste.
const MOST_SECRETS: usize = 5;

/// The secrets in a row of waste.
fn secrets_of_waste(text: &mut Text, model: &Model, group: usize, file: Option<usize>, files: &[usize]) {
    let Some(found) = &model.concerns.secrets else { return };
    let held = file.map_or_else(|| found.of_group(group), |file| found.of_file(file));
    let single = file.is_some() || files.len() == 1;
    for secret in held.iter().take(MOST_SECRETS).filter_map(|&at| found.get(at)) {
        let at = if single { String::new() } else { format!(" in {}", secret_place(model, secret)) };
        let begins = match secret.length() {
            0 => String::new(),
            letters if secret.begins().is_empty() => format!(", {}", counted(letters, "character")),
            _ => format!(", begins {}", secret_begins(secret)),
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
