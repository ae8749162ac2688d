//! The lines around the view: the header with the image, its size, and how much is wasted; the tabs of the views; the
//! footer with the keys that matter here, from the current keymap. Also the screen while the image is opened, and in a
//! terminal that is too small.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::image::{Compression, Layer, familiar_name};
use crate::tui::action::{Action, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::screens::VIEWS;
use crate::tui::view::hints::MOVE;
use crate::tui::view::{DrawContext, Figure, ViewSpec};
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
    let (name_role, mut name) = name(model, width);
    let taken = |name: &str, parts: &[HeaderPart]| {
        format::width(name)
            + parts.iter().map(|part| format::width(&part.text) + format::width(part.joined)).sum::<usize>()
    };
    if taken(&name, &parts) > room && model.pair.is_none() {
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

fn name(model: &Model, width: usize) -> (Role, String) {
    if let Some(pair) = &model.pair {
        // Both are named, and the figures that follow are those of B.
        let name = |side: usize| {
            let name = format::safe_str(&pair.images[side].title());
            if format::width(&name) > width / 4 { short_name(&name, width / 4) } else { name }
        };
        return (Role::Strong, format!("A {} · B {}", name(0), name(1)));
    }
    let names = model.image.as_ref().map_or(&[][..], |image| &image.names);
    let text = match names {
        [] => format::safe_str(&model.title),
        [name] => format::safe_str(familiar_name(name)),
        [name, more @ ..] => format!("{} +{}", format::safe_str(familiar_name(name)), more.len()),
    };
    (Role::Strong, text)
}

fn parts(model: &Model) -> Vec<HeaderPart> {
    let Some(image) = &model.image else { return Vec::new() };
    let mut parts = Vec::new();
    if let Some(source) = &image.source {
        parts.push(part(5, Role::Text, format!("from {}", source.short())));
    }
    if let Some(platform) = &image.platform {
        parts.push(part(2, Role::Text, format::safe_str(&platform.to_string())));
    }
    parts.push(part(3, Role::Text, image.layers_in_words()));
    let is_packed = |layer: &Layer| layer.compression.is_some_and(|compression| compression != Compression::None);
    let how = if image.layers.iter().any(is_packed) { "compressed" } else { "stored" };
    let stored = format!("{} {how}", format::bytes(model.stored()));
    let incomplete = (!model.completeness.is_complete()).then(|| part(10, Role::Warning, "incomplete".to_owned()));
    if let Some(export) = &model.export {
        let amount = export.amount();
        parts.push(part(9, Role::Warning, "exporting".to_owned()));
        parts.extend((!amount.is_empty()).then(|| HeaderPart { joined: " ", ..part(8, Role::Warning, amount) }));
        return parts;
    }
    let Some(analysis) = &model.analysis else {
        // The stores of engines do not know it before the layers are read.
        if model.stored() > 0 {
            parts.push(part(1, Role::Text, stored));
        }
        let reading =
            model.fraction().map_or("reading".to_owned(), |fraction| format!("reading {}", whole_percent(fraction)));
        parts.push(part(9, Role::Strong, reading));
        parts.extend(incomplete);
        return parts;
    };
    if let Some(fraction) = model.reopening {
        parts.push(part(11, Role::Warning, format!("reopening {}", whole_percent(fraction))));
    }
    if let Some(export) = &model.export_again {
        parts.push(part(11, Role::Warning, export.reading()));
    }
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
        let of = if model.pair.is_some() { " in B" } else { "" };
        parts.push(part(9, Role::Strong, format!("{} marked: {bytes}{of}", format::count(marks))));
    }
    if !analysis.compared && wasted > 0 {
        parts.push(part(5, Role::Dim, "comparing".to_owned()));
    }
    parts
}

/// The tab of a view: its key and title, and a figure.
struct Tab {
    key: String,
    title: &'static str,
    figure: Option<Figure>,
}

impl Tab {
    fn width(&self) -> usize {
        let figure = self.figure.as_ref().map_or(0, |figure| 1 + format::width(&figure.text));
        format::width(&self.key) + usize::from(!self.title.is_empty()) + format::width(self.title) + figure
    }
}

/// The tabs as far as there is room: without the figures that matter least, then closer together, and last with the
/// title of the open view alone. Returns the columns between them, too.
fn tabs(width: usize, shown: usize, model: &Model, keymap: &Keymap) -> (Vec<Tab>, usize) {
    let tab = |view: &'static ViewSpec| {
        let key = keymap.keys(Action::View(&view.name)).next().map_or_else(String::new, |key| keymap.spelling(key));
        Tab { key, title: view.name.title, figure: (view.figure)(model) }
    };
    let mut tabs: Vec<Tab> = VIEWS.iter().copied().map(tab).collect();
    let gaps = tabs.len().saturating_sub(1);
    let taken = |tabs: &[Tab], gap: usize| 1 + tabs.iter().map(Tab::width).sum::<usize>() + gaps * gap;
    while taken(&tabs, 2) > width {
        let with_figure = tabs.iter_mut().filter(|tab| tab.figure.is_some());
        match with_figure.min_by_key(|tab| tab.figure.as_ref().map(|figure| figure.matters)) {
            Some(tab) => tab.figure = None,
            None => break,
        }
    }
    let gap = if taken(&tabs, 2) > width { 1 } else { 2 };
    if taken(&tabs, gap) > width {
        for (at, tab) in tabs.iter_mut().enumerate().filter(|(_, tab)| !tab.key.is_empty()) {
            tab.title = if at == shown { tab.title } else { "" };
        }
    }
    (tabs, gap)
}

pub(super) fn draw_tabs(buffer: &mut Buffer, area: Rect, shown: usize, model: &Model, context: DrawContext<'_>) {
    let (tabs, gap) = tabs(usize::from(area.width), shown, model, context.keymap);
    let mut row = Row::new().gap(1);
    for (at, tab) in tabs.iter().enumerate() {
        let open = at == shown;
        let role = |role| if open { Role::Selected } else { role };
        row = row.text(role(Role::Key), &tab.key);
        if !tab.title.is_empty() {
            row = row.text(role(Role::Text), " ").text(role(Role::Text), tab.title);
        }
        if let Some(figure) = &tab.figure {
            row = row.text(role(Role::Text), " ").text(role(figure.role), &figure.text);
        }
        row = row.gap(gap);
    }
    row.paint(buffer, area, context.theme);
}

/// The view whose tab is at a column.
pub(super) fn tab_at(column: u16, area: Rect, shown: usize, model: &Model, keymap: &Keymap) -> Option<usize> {
    let (tabs, gap) = tabs(usize::from(area.width), shown, model, keymap);
    let column = usize::from(column.checked_sub(area.x)?);
    let mut begin = 1;
    tabs.iter().position(|tab| {
        let end = begin + tab.width();
        let is_here = (begin..end).contains(&column);
        begin = end + gap;
        is_here
    })
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

/// A piece of the line: what a click on it does, if that is unambiguous.
struct FooterPiece {
    role: Role,
    text: String,
    action: Option<Action>,
}

/// What a click on a column of the line means.
pub(super) fn footer_action(column: u16, area: Rect, hints: &[Hint], keymap: &Keymap) -> Option<Action> {
    let column = usize::from(column.checked_sub(area.x)?).checked_sub(1)?;
    let mut end = 0;
    pieces(usize::from(area.width), hints, keymap)
        .into_iter()
        .find(|piece| {
            end += format::width(&piece.text);
            column < end
        })
        .and_then(|piece| piece.action)
}

/// As many hints as fit, and always the last one: it says how to leave.
pub(super) fn footer(buffer: &mut Buffer, area: Rect, hints: &[Hint], context: DrawContext<'_>) {
    let pieces = pieces(usize::from(area.width), hints, context.keymap);
    let row = pieces.iter().fold(Row::new().gap(1), |row, piece| row.text(piece.role, &piece.text));
    row.paint(buffer, area, context.theme);
}

fn pieces(width: usize, hints: &[Hint], keymap: &Keymap) -> Vec<FooterPiece> {
    let mut pieces = Vec::new();
    let Some((last, hints)) = hints.split_last() else { return pieces };
    let columns = |pieces: &[FooterPiece]| pieces.iter().map(|piece| format::width(&piece.text)).sum::<usize>();
    let leaving = hint(keymap, last);
    let room = width.saturating_sub(columns(&leaving) + 1);
    let hints = || hints.iter().map(|shown| (shown.1, hint(keymap, shown))).filter(|(_, hint)| !hint.is_empty());
    let fitting = |hints: Vec<Vec<FooterPiece>>| {
        let mut taken = 1;
        let fits = move |hint: &Vec<FooterPiece>| {
            taken += columns(hint) + 3;
            taken <= room
        };
        hints.into_iter().take_while(fits).collect::<Vec<_>>()
    };
    let all = fitting(hints().map(|(_, hint)| hint).collect());
    // Everyone tries the arrow keys: their room is for another hint.
    let others = fitting(hints().filter(|&(word, _)| word != MOVE.1).map(|(_, hint)| hint).collect());
    for hint in if all.len() < hints().count() && others.len() >= all.len() { others } else { all } {
        pieces.extend(hint);
        pieces.push(FooterPiece { role: Role::Dim, text: " · ".to_owned(), action: None });
    }
    pieces.extend(leaving);
    pieces
}

/// The first key of every action, and the word; empty if none has a key.
fn hint(keymap: &Keymap, (actions, word): &Hint) -> Vec<FooterPiece> {
    let views = keymap.views().filter(|_| actions.is_empty());
    let keys = actions.iter().copied().chain(views).filter_map(|action| Some((action, keymap.keys(action).next()?)));
    let mut pieces: Vec<FooterPiece> = Vec::new();
    for (action, key) in keys {
        let text = keymap.spelling(key);
        // Names of keys are separated; single symbols need no separator.
        if pieces.last().is_some_and(|before| format::width(&before.text).max(format::width(&text)) > 1) {
            pieces.push(FooterPiece { role: Role::Dim, text: "/".to_owned(), action: None });
        }
        pieces.push(FooterPiece { role: Role::Key, text, action: Some(action) });
    }
    if !pieces.is_empty() {
        let action = if let [action] = actions { Some(*action) } else { None };
        pieces.push(FooterPiece { role: Role::Dim, text: format!(" {word}"), action });
    }
    pieces
}

/// A notice, in place of the hints.
pub(super) fn notice(buffer: &mut Buffer, area: Rect, (role, text): (Role, &str), theme: &Theme) {
    Row::new().gap(1).text(role, text).paint(buffer, area, theme);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::concerns::{SearchKind, SearchUpdate};
    use crate::tui::screens;

    #[test]
    fn a_tab_says_how_far_its_search_is_and_never_a_0_before_it_is_done() {
        let keys = screens::view_keys().map(|(name, key)| (name, vec![key]));
        let keymap = Keymap::from_bindings(screens::view_names(), keys).expect("the default keys are sound");
        let mut model = Model::default();
        let mut said = |kind, fraction, width| {
            model.concerns.receive(SearchUpdate::Progress(kind, fraction));
            let (tabs, gap) = tabs(width, 0, &model, &keymap);
            let text = |tab: &Tab| {
                let figure = tab.figure.as_ref().map_or_else(String::new, |figure| format!(" {}", figure.text));
                format!("{} {}{figure}", tab.key, tab.title)
            };
            let texts: Vec<_> = tabs.iter().map(text).collect();
            let columns = 1 + texts.iter().map(|text| format::width(text)).sum::<usize>() + gap * (texts.len() - 1);
            assert!(columns <= width, "{texts:?}");
            texts[6..].join("  ")
        };
        for (kind, fraction, wide, narrow) in [
            (SearchKind::Junk, 0.0, "7 Secrets …  8 Junk …", "7 Secrets …  8 Junk …"),
            (SearchKind::Junk, 0.4, "7 Secrets …  8 Junk 40 %", "7 Secrets  8 Junk 40 %"),
            (SearchKind::Secrets, 0.001, "7 Secrets …  8 Junk …", "7 Secrets …  8 Junk …"),
            (SearchKind::Secrets, 0.6, "7 Secrets 60 %  8 Junk …", "7 Secrets 60 %  8 Junk"),
        ] {
            assert_eq!((said(kind, fraction, 160).as_str(), said(kind, fraction, 80).as_str()), (wide, narrow));
        }
    }
}
