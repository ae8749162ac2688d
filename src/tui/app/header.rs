//! The header: the image, its size, and how much is wasted. Also the screen while the image is opened, and in a terminal
//! that is too small.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view::DrawContext;
use crate::tui::widgets::row::{Row, fit_end, paint_rows, progress, whole_percent};
use crate::tui::widgets::theme::{Role, Theme};

/// A part of the line. The least important one is dropped first when there is no room.
struct HeaderPart {
    matters: u8,
    role: Role,
    text: String,
    joined: &'static str,
}

fn part(matters: u8, role: Role, text: String) -> HeaderPart {
    HeaderPart { matters, role, text, joined: " · " }
}

pub(super) fn header(buffer: &mut Buffer, area: Rect, model: &Model, context: DrawContext<'_>) {
    let width = usize::from(area.width);
    let word = if width < 60 { "" } else { " help" };
    let help = context.keymap.keys(Action::Help).next().map(|key| format!("{}{word}", context.keymap.spelling(key)));
    let corner = help.as_ref().map_or(0, |help| format::width(help) + 2);
    let mut room = width.saturating_sub(corner + 2);
    let mut parts = parts(model);
    let (name_role, mut name) = name(model);
    let taken = |name: &str, parts: &[HeaderPart]| {
        format::width(name)
            + parts.iter().map(|part| format::width(&part.text) + format::width(part.joined)).sum::<usize>()
    };
    if taken(&name, &parts) > room {
        name = short_name(&name, (width / 4).max(10));
    }
    while taken(&name, &parts) > room && !parts.is_empty() {
        let least = parts.iter().enumerate().min_by_key(|(_, part)| part.matters).map_or(0, |(at, _)| at);
        parts.remove(least);
    }
    if parts.is_empty() {
        room = room.min(width);
        name = fit_end(&name, room);
    }
    let mut row = Row::new().gap(1).text(name_role, &name);
    for part in &parts {
        row = row.text(Role::Dim, part.joined).text(part.role, &part.text);
    }
    if let Some(help) = help.filter(|help| row.width() + format::width(help) + 2 <= width) {
        let at = width - format::width(&help) - 1;
        let key = help.strip_suffix(word).unwrap_or(&help);
        let gap = at - row.width();
        row = row.gap(gap).text(Role::Key, key).text(Role::Dim, word);
    }
    row.paint(buffer, area, context.theme);
}

/// Whether a column of the line is on the help key.
pub(super) fn is_on_help(column: u16, area: Rect, keymap: &Keymap) -> bool {
    let Some(key) = keymap.keys(Action::Help).next() else { return false };
    let word = if area.width < 60 { "" } else { " help" };
    let columns = format::width(&keymap.spelling(key)) + format::width(word) + 1;
    usize::from(column) + columns >= usize::from(area.right())
}

/// A name without its registry, then without its folders, then cut.
fn short_name(name: &str, columns: usize) -> String {
    let shorter = name.match_indices('/').map(|(at, _)| format!("…{}", &name[at..]));
    let fits = shorter.into_iter().find(|shorter| format::width(shorter) <= columns);
    fits.unwrap_or_else(|| fit_end(name, columns))
}

fn name(model: &Model) -> (Role, String) {
    let names = model.image.as_ref().map_or(&[][..], |image| &image.names);
    let text = match names {
        [] => format::safe_str(&model.title),
        [name] => format::safe_str(name),
        [name, more @ ..] => format!("{} +{}", format::safe_str(name), more.len()),
    };
    (Role::Strong, text)
}

fn parts(model: &Model) -> Vec<HeaderPart> {
    let Some(image) = &model.image else { return Vec::new() };
    let mut parts = Vec::new();
    if let Some(platform) = &image.platform {
        parts.push(part(2, Role::Text, format::safe_str(&platform.to_string())));
    }
    let layers = image.layers.len();
    parts.push(part(3, Role::Text, format!("{layers} {}", if layers == 1 { "layer" } else { "layers" })));
    let stored = format!("{} stored", format::bytes(model.stored()));
    let incomplete = (!model.completeness.is_complete()).then(|| part(10, Role::Warning, "incomplete".to_owned()));
    let Some(analysis) = &model.analysis else {
        parts.push(part(1, Role::Text, stored));
        let reading =
            model.fraction().map_or("reading".to_owned(), |fraction| format!("reading {}", whole_percent(fraction)));
        parts.push(part(9, Role::Strong, reading));
        parts.extend(incomplete);
        return parts;
    };
    let totals = analysis.totals;
    parts.push(part(7, Role::Strong, format::bytes(totals.total())));
    parts.push(HeaderPart { joined: " ", ..part(4, Role::Strong, "in files".to_owned()) });
    parts.push(HeaderPart { joined: ", ", ..part(1, Role::Text, stored) });
    let wasted = totals.wasted();
    let role = if wasted > 0 { Role::Wasted } else { Role::Text };
    parts.push(part(8, role, format!("wasted {}", format::bytes(wasted))));
    let share = format!("({})", format::percent(1.0 - totals.efficiency()));
    parts.push(HeaderPart { joined: " ", ..part(6, role, share) });
    parts.extend(incomplete);
    let marks = model.marks.list().len();
    if marks > 0 {
        let bytes = model.marks.loss().map_or("…".to_owned(), |loss| format::bytes(loss.bytes));
        parts.push(part(9, Role::Strong, format!("{} marked: {bytes}", format::count(marks))));
    }
    if !analysis.compared && wasted > 0 {
        parts.push(part(5, Role::Dim, "comparing".to_owned()));
    }
    parts
}

pub(super) fn opening(buffer: &mut Buffer, area: Rect, model: &Model, theme: &Theme) {
    let mut rows = vec![
        Row::new(),
        Row::new().gap(1).text(Role::Text, "opening ").text(Role::Strong, &model.title).text(Role::Text, "…"),
    ];
    if let Some(spooling) = model.spooling {
        let amount = match spooling.total {
            Some(total) => format!("{} of {} copied", format::bytes(spooling.done), format::bytes(total)),
            None => format!("{} copied", format::bytes(spooling.done)),
        };
        rows.push(Row::new());
        let columns = usize::from(area.width).saturating_sub(8).min(40);
        let mut row = progress(Row::new().gap(1), spooling.fraction(), columns);
        if let Some(fraction) = spooling.fraction() {
            row = row.right(Role::Text, &whole_percent(fraction), 6);
        }
        rows.push(row);
        rows.push(Row::new().gap(1).text(Role::Dim, &amount));
    }
    paint_rows(buffer, area, theme, rows, None);
}

pub(super) fn too_small(buffer: &mut Buffer, area: Rect, theme: &Theme) {
    let text = Row::new().text(Role::Text, "too small: needs 24×6");
    let text = if area.width < 24 { Row::new().text(Role::Text, "too small") } else { text };
    text.paint(buffer, area, theme);
}
