//! A row of waste: why its bytes are wasted, who stored them, who wasted them, and how to get them back.

use std::fmt::Write;

use super::concerns::details::{junk_of_waste, secrets_of_waste};
use super::list::WasteRow;
use crate::analysis::{Account, Section, SectionKind};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::model::Model;
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
