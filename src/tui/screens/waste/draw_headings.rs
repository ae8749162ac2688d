//! A heading over rows of waste.

use super::draw::{WasteColumns, account_role, blame, secret_mark, short, span, start};
use crate::analysis::{Section, SectionKind};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::model::instruction::instruction_or_missing;
use crate::tui::widgets::row::{Row, fit_end};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;

/// A heading: what its rows have in common, and their total.
pub(in crate::tui) fn heading(
    section: &Section,
    open: bool,
    holds_secret: bool,
    largest: u64,
    model: &Model,
    columns: &WasteColumns,
) -> Row {
    let row = start(Row::new().gap(1), Role::Strong, section.bytes, largest, columns);
    let row = match (&section.kind, columns.account) {
        (_, 0) => row,
        (SectionKind::Cause { account, .. }, width) => {
            row.left(account_role(*account), &short(account.name(), width), width).gap(1)
        }
        (_, width) => row.gap(width + 1),
    };
    let row = secret_mark(row, holds_secret, columns);
    let count = format!("  {}", counted(section.files, "file"));
    let (name, layers, by) = match &section.kind {
        SectionKind::Cause { account, layers, by } => {
            let plural = if layers.len() == 1 { "" } else { "s" };
            let name = format!("of layer{plural} {}, {} by {by}", span(layers), account.name());
            (name, span(layers), Some(*by))
        }
        SectionKind::Instruction(by) => (by_instruction(model, *by, columns), String::new(), Some(*by)),
        SectionKind::Folder(folder) => (format!("{}/", format::safe(folder.as_bytes())), String::new(), None),
    };
    let room = columns.path.saturating_sub(2 + count.len()).max(columns.path / 2);
    let name = match section.kind {
        SectionKind::Folder(_) => fit_end(&name, room),
        _ => format::fit(&name, room),
    };
    let at = row.width();
    let row = row.text(Role::Dim, if open { "▾ " } else { "▸ " }).text(Role::Strong, &name);
    let row = row.until(Role::Dim, &count, at + columns.path);
    let used = row.width() - at;
    let row = row.gap(columns.path.saturating_sub(used) + 1);
    blame(row, &layers, by, model, columns)
}

/// The instruction is in the last column where there is one.
fn by_instruction(model: &Model, by: LayerNumber, columns: &WasteColumns) -> String {
    if columns.instruction {
        return format!("layer {by}");
    }
    let instruction = model.image.as_ref().map_or("", |image| image.description_of(by));
    if columns.by > 0 {
        instruction_or_missing(instruction)
    } else {
        format!("{by} {}", instruction_or_missing(instruction))
    }
}
