//! Junk and secrets as lists: severity, what it is, size, where it is stored and whether a container sees it.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ConcernsView;
use crate::format;
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::model::concerns::SearchKind;
use crate::tui::model::tree::Sort;
use crate::tui::screens::filter;
use crate::tui::screens::waste::draw::waste_rows;
use crate::tui::search::Finder;
use crate::tui::widgets::bars::whole_percent;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;

use super::draw_rows::{ConcernColumns, junk_heads, junk_row, secret_heads, secret_row};

pub(in crate::tui) fn concerns(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    view: &ConcernsView,
    finder: &Finder,
    framing: Framing<'_>,
) {
    let name = if view.kind() == SearchKind::Junk { "Junk" } else { "Secrets" };
    let about = |short| {
        let of = if view.only_stored() { "that no container sees" } else { "of the whole image" };
        let sort = match (view.sort(), view.kind()) {
            (Sort::Name, SearchKind::Junk) => "by rule",
            (Sort::Name, SearchKind::Secrets) => "by path",
            _ => "worst first",
        };
        let said = filter::concerns_filter(finder, view.tally(), short);
        said.map_or_else(|| format!("{of} · {sort}"), |said| format!("{of} · {said} · {sort}"))
    };
    let about = pane::about_that_fits(area, name, about(false), || about(true));
    let inner = pane::open(buffer, area, name, &about, framing);
    filter::filter_line(buffer, inner.intersection(area), finder, framing.theme);
    let inner = filter::above_filter(inner, finder);
    if view.rows().is_empty() {
        pane::note(buffer, inner.intersection(area), framing.theme, &nothing(model, view));
        return;
    }
    let width = usize::from(inner.width);
    let list = waste_rows(inner);
    let cursor = view.cursor();
    let visible = cursor.visible(view.rows().len(), usize::from(list.height));
    let rows: Vec<Row> = match (view.kind(), &model.concerns.junk, &model.concerns.secrets) {
        (SearchKind::Junk, Some(found), _) => {
            let hits = || found.junk.hits.iter();
            let longest = hits().map(|hit| format::width(&format::safe_str(&hit.rule.text.id))).max();
            let columns = ConcernColumns::for_width(width, 8, longest.unwrap_or(0) + 2);
            junk_heads(&columns).paint(buffer, inner.intersection(area), framing.theme);
            let largest = hits().map(|hit| hit.bytes).max().unwrap_or(0);
            visible.filter_map(|at| junk_row(model, found, view, at, largest, &columns)).collect()
        }
        (SearchKind::Secrets, _, Some(found)) => {
            let longest = found.secrets.found.iter().map(|secret| format::width(secret.kind)).max();
            let columns = ConcernColumns::for_width(width, 6, longest.unwrap_or(0));
            secret_heads(&columns).paint(buffer, inner.intersection(area), framing.theme);
            visible.filter_map(|at| secret_row(model, found, *view.rows().get(at)?, &columns)).collect()
        }
        _ => return,
    };
    pane::position(buffer, area, &cursor, view.rows().len(), list, framing);
    paint_rows(buffer, list, framing.theme, rows, Some((cursor.line(), framing.selection())));
    let foot = Rect { y: list.bottom(), height: 1, ..inner };
    if list.bottom() < area.bottom() {
        total(model, view).paint(buffer, foot.intersection(inner), framing.theme);
    }
}

/// Why there are no rows.
fn nothing(model: &Model, view: &ConcernsView) -> String {
    let (concerns, kind) = (&model.concerns, view.kind());
    let is_known = match kind {
        SearchKind::Junk => concerns.junk.is_some(),
        SearchKind::Secrets => concerns.secrets.is_some(),
    };
    if !is_known {
        return searching(model).unwrap_or_else(|| "known once the layers are read and compared".to_owned());
    }
    if view.tally().total > 0 {
        return "no matches".to_owned();
    }
    let nothing = match (kind, view.only_stored()) {
        (SearchKind::Junk, false) => "no junk rule finds anything",
        (SearchKind::Junk, true) => "no junk rule finds anything that is only stored",
        (SearchKind::Secrets, false) => "no secret was found",
        (SearchKind::Secrets, true) => "no secret was found that is only stored",
    };
    format!("{nothing}{}", doubts(model, kind))
}

/// What is being searched for, and the progress.
fn searching(model: &Model) -> Option<String> {
    let (kind, fraction) = model.concerns.progress()?;
    let so_far = if fraction > 0.0 { format!(" {}", whole_percent(fraction)) } else { String::new() };
    Some(format!("searching for {}{so_far}", kind.name()))
}

/// Why a list may be incomplete.
fn doubts(model: &Model, kind: SearchKind) -> String {
    let concerns = &model.concerns;
    let (unread, fault) = match kind {
        SearchKind::Junk => (concerns.junk.as_ref().map_or(0, |found| found.junk.findings.len()), concerns.fault()),
        SearchKind::Secrets => (concerns.secrets.as_ref().map_or(0, |found| found.secrets.findings.len()), None),
    };
    let mut doubts = String::new();
    let searched = concerns.secrets.as_ref().filter(|_| kind == SearchKind::Secrets);
    if let Some(said) = searched.and_then(|found| found.secrets.searched_by_names()) {
        let _ = write!(doubts, " · {said}");
    }
    if unread > 0 {
        let _ = write!(doubts, " · incomplete: {} could not be read", counted(unread, "file"));
    } else if !model.completeness.is_complete() {
        doubts += " · incomplete: not everything could be read";
    }
    if let Some(fault) = fault {
        let _ = write!(doubts, " · {fault}");
    }
    doubts
}

/// The totals.
fn total(model: &Model, view: &ConcernsView) -> Row {
    let tally = view.tally();
    let row = match view.kind() {
        SearchKind::Junk if tally.bytes == 0 => Row::new().gap(1).text(Role::Strong, &counted(tally.shown, "hit")),
        SearchKind::Junk => {
            let row = Row::new().gap(1).text(Role::Strong, &format::bytes(tally.bytes));
            let row = row.text(Role::Text, &format!(" in {}", counted(tally.files, "file")));
            if view.only_stored() {
                row
            } else {
                let live = if tally.live_bytes > 0 { format::bytes(tally.live_bytes) } else { "none".to_owned() };
                row.text(Role::Dim, &format!(", {live} of it in the final image"))
            }
        }
        SearchKind::Secrets => {
            let row = Row::new().gap(1).text(Role::Strong, &counted(tally.shown, "secret"));
            let more = model.concerns.secrets.as_ref().map_or(0, |found| found.secrets.more);
            let row = if more > 0 { row.text(Role::Text, &format!(" and {} more", format::count(more))) } else { row };
            let gone = tally.shown.saturating_sub(tally.live);
            let (none, all, them) = match tally.shown {
                1 => ("not in the final image", "in the final image", "it"),
                _ => ("none in the final image", "all in the final image", "them"),
            };
            let parts = match (tally.live, gone) {
                (0, _) => none.to_owned(),
                (_, 0) => all.to_owned(),
                (live, gone) => {
                    format!("{} in the final image, {} only stored", format::count(live), format::count(gone))
                }
            };
            row.text(Role::Dim, &format!(": {parts}; anyone who can pull the image can read {them}"))
        }
    };
    row.text(Role::Warning, &doubts(model, view.kind()))
}

/// The summary of junk and secrets below a list of waste, in full and in short; empty before they are searched for.
pub(in crate::tui) fn summary(model: &Model, only_stored: bool, keymap: &Keymap) -> Option<(String, String)> {
    let concerns = &model.concerns;
    if let Some(searching) = searching(model) {
        return Some((searching.clone(), searching));
    }
    let secrets = concerns.secrets.as_ref()?.count(only_stored);
    let junk = concerns.junk.as_ref()?.rules_hit(only_stored);
    let found = [(secrets, "secret", ""), (junk, "junk rule", " hit")].into_iter().filter(|(count, ..)| *count > 0);
    let found: Vec<_> = found.map(|(count, one, hit)| format!("{}{hit}", counted(count, one))).collect();
    if found.is_empty() {
        return Some(("no secret, no junk".to_owned(), "no secret, no junk".to_owned()));
    }
    let (full, short) = (found.join(" · "), found.join(", "));
    let Some(key) = keymap.keys(Action::Lists).next().map(|key| keymap.spelling(key)) else {
        return Some((full, short));
    };
    let them = if secrets + junk == 1 { "it" } else { "them" };
    Some((format!("{full}: {key} shows {them}"), format!("{short} ({key})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::concerns::SearchUpdate;

    #[test]
    fn how_far_the_search_is_is_told_once_it_is_somewhere() {
        let mut model = Model::default();
        let keymap = Keymap::from_bindings([("lists", ["T"])]).expect("sound");
        assert_eq!(summary(&model, false, &keymap), None);
        for (kind, fraction, said) in
            [(SearchKind::Junk, 0.0, "searching for junk"), (SearchKind::Secrets, 0.349, "searching for secrets 34 %")]
        {
            model.concerns.receive(SearchUpdate::Progress(kind, fraction));
            assert_eq!(summary(&model, false, &keymap).map(|(full, _)| full).as_deref(), Some(said));
        }
    }
}
