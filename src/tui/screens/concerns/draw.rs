//! Junk and secrets as lists: severity, what it is, size, where it is stored and whether a container sees it.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ConcernRow, ConcernsView, Tally};
use crate::analysis::{Base, Marked, Severity};
use crate::format;
use crate::lint::{JunkHit, JunkPlace};
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::model::concerns::{FoundJunk, FoundSecrets, SearchKind, sample_of};
use crate::tui::model::tree::Sort;
use crate::tui::screens::shared::{self, account_role, mark, secret_location, short};
use crate::tui::search::Finder;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, whole_percent};
use crate::tui::widgets::table::{Cell, Table};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::union::VersionRef;

pub(in crate::tui) fn concerns(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    view: &ConcernsView,
    framing: Framing<'_>,
) {
    let finder = &view.list().finder;
    let name = if view.kind() == SearchKind::Junk { "Junk" } else { "Secrets" };
    let about = |short| {
        let sort = match (view.sort(), view.kind()) {
            (Sort::Name, SearchKind::Junk) => "by rule",
            (Sort::Name, SearchKind::Secrets) => "by path",
            _ => "worst first",
        };
        let said = concerns_filter(finder, view.tally(), short);
        said.map_or_else(|| format!("· {sort}"), |said| format!("· {said} · {sort}"))
    };
    let about = pane::about_that_fits(area, name, about(false), || about(true));
    let inner = view.list().open(buffer, area, name, &about, framing);
    let width = usize::from(inner.width);
    if view.list().rows.is_empty() {
        pane::note(buffer, inner.intersection(area), framing.theme, &nothing(model, view, width));
        return;
    }
    let total = Some(total(model, view, width));
    match (view.kind(), &model.concerns.junk, &model.concerns.secrets) {
        (SearchKind::Junk, Some(found), _) => {
            let hits = || found.junk.hits.iter();
            let longest = hits().map(|hit| format::width(&format::safe_str(&hit.rule.text.id))).max();
            let table = junk_table(width, longest.unwrap_or(0));
            let heads = with_fix(table.heads(Row::new().gap(1)), Role::Heading, "what to do", width);
            heads.paint(buffer, inner.intersection(area), framing.theme);
            let largest = hits().map(|hit| hit.bytes).max().unwrap_or(0);
            view.list().draw_rows(buffer, area, inner, framing, total, |at, row| {
                let open = view.is_open(at);
                junk_row(model, found, row, open, largest, &table, width)
            });
        }
        (SearchKind::Secrets, _, Some(found)) => {
            let longest = found.secrets.found.iter().map(|secret| format::width(secret.kind)).max();
            let table = secret_table(width, longest.unwrap_or(0));
            let heads = table.heads(Row::new().gap(1)).until(Role::Heading, "where", width);
            heads.paint(buffer, inner.intersection(area), framing.theme);
            let row = |_, row| secret_row(model, found, row, &table, width);
            view.list().draw_rows(buffer, area, inner, framing, total, row);
        }
        _ => {}
    }
}

/// Why there are no rows.
fn nothing(model: &Model, view: &ConcernsView, width: usize) -> String {
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
    let nothing = match kind {
        SearchKind::Junk => "no junk rule finds anything",
        SearchKind::Secrets => "no secret was found",
    };
    let searched = if kind == SearchKind::Secrets { " in files, history, build arguments, settings" } else { "" };
    let doubts = doubts(model, kind);
    let whole = format!("{nothing}{searched}{doubts}");
    // Why there may be more matters most.
    if format::width(&whole) < width { whole } else { format!("{nothing}{doubts}") }
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
fn total(model: &Model, view: &ConcernsView, width: usize) -> Row {
    let tally = view.tally();
    let row = match view.kind() {
        SearchKind::Junk if tally.bytes == 0 => Row::new().gap(1).text(Role::Strong, &counted(tally.shown, "hit")),
        SearchKind::Junk => {
            let row = Row::new().gap(1).text(Role::Strong, &format::bytes(tally.bytes));
            let row = row.text(Role::Text, &format!(" in {}", counted(tally.files, "file")));
            let live = if tally.live_bytes > 0 { format::bytes(tally.live_bytes) } else { "none".to_owned() };
            row.text(Role::Dim, &format!(", {live} of it in the final image"))
        }
        SearchKind::Secrets => return total_secrets(model, view, width),
    };
    row.text(Role::Warning, &doubts(model, view.kind()))
}

/// What was searched too, where nothing was found in it.
const NONE_IN_DOCUMENTS: &str = "none in history, build arguments, settings";

/// How many secrets are listed, where they are, and why there may be more. With little room, the reasons come first.
fn total_secrets(model: &Model, view: &ConcernsView, width: usize) -> Row {
    let secrets = view.secrets();
    let gone = secrets.count.saturating_sub(secrets.visible);
    let (none, all, them) = match secrets.count {
        1 => ("not in the final image", "in the final image", "it"),
        _ => ("none in the final image", "all in the final image", "them"),
    };
    let parts = match (secrets.visible, gone) {
        (0, _) => none.to_owned(),
        (_, 0) => all.to_owned(),
        (live, gone) => format!("{} in the final image, {} only stored", format::count(live), format::count(gone)),
    };
    let (counted, doubts) = (secrets.in_words(), doubts(model, SearchKind::Secrets));
    let names = model
        .concerns
        .secrets
        .as_ref()
        .and_then(|found| found.secrets.searched_by_names().zip(found.secrets.searched_by_names_in_short()));
    let in_short = names.map_or_else(|| doubts.clone(), |(long, short)| doubts.replace(&long, &short));
    let brief = format!(": {parts}");
    let readable = format!("{brief}; anyone who can pull the image can read {them}");
    let in_files = |secret: &Secret| matches!(secret.location, SecretLocation::File { .. });
    let only_files = model
        .concerns
        .secrets
        .as_ref()
        .is_some_and(|found| found.secrets.more == 0 && found.secrets.found.iter().all(in_files));
    let documents = if only_files { format!(" · {NONE_IN_DOCUMENTS}") } else { String::new() };
    let (whole, brief_too) = (format!("{readable}{documents}"), format!("{brief}{documents}"));
    let row = |parts: &str, doubts: &str| {
        let row = Row::new().gap(1).text(Role::Strong, &counted).text(Role::Dim, parts);
        row.text(Role::Warning, doubts)
    };
    let choices = [
        (whole.as_str(), &doubts),
        (&brief_too, &doubts),
        (&readable, &doubts),
        (&brief, &doubts),
        (&brief, &in_short),
        ("", &doubts),
    ];
    let fitting = choices.into_iter().map(|(parts, doubts)| row(parts, doubts)).find(|row| row.width() <= width);
    fitting.unwrap_or_else(|| row("", &in_short))
}

/// The width of the severity: a word, or its initial.
fn severity_columns(width: usize, word: usize) -> usize {
    if width < 60 { 1 } else { word }
}

/// The width of the rule, or of the kind of secret.
fn what_columns(width: usize, longest: usize) -> usize {
    longest.clamp(4, if width < 60 { width / 3 } else { (width / 4).max(8) })
}

fn severity(severity: Severity, width: usize) -> Cell {
    let role = if severity == Severity::High { Role::Warning } else { Role::Text };
    Cell::Text(role, short(severity.name(), width))
}

/// Junk in the list.
struct JunkRow<'a> {
    model: &'a Model,
    hit: &'a JunkHit,
    /// Whether its samples are shown.
    open: bool,
    /// The most bytes of a hit, for the bars.
    largest: u64,
}

impl JunkRow<'_> {
    fn rule(&self) -> Cell {
        let fold = match (self.hit.samples.is_empty(), self.open) {
            (true, _) => "  ",
            (false, true) => "▾ ",
            (false, false) => "▸ ",
        };
        Cell::Texts(0, vec![(Role::Dim, fold.to_owned()), (Role::Text, self.hit.rule.text.id.clone())])
    }

    fn bar(&self) -> Cell {
        let JunkRow { hit, largest, .. } = self;
        if hit.place.is_live() { Cell::Bar(hit.bytes, 0, *largest) } else { Cell::Bar(0, hit.bytes, *largest) }
    }

    fn place(&self, width: usize) -> Cell {
        let role = if self.hit.place.is_live() { Role::Text } else { Role::Removed };
        Cell::Text(role, place(self.model, self.hit, width))
    }
}

fn junk_table<'a>(width: usize, longest: usize) -> Table<JunkRow<'a>> {
    let severity_columns = severity_columns(width, 8);
    let title = if severity_columns > 1 { "severity" } else { "" };
    let place = if width < 60 { 10 } else { 20 };
    Table::new(width)
        .left(0, title, severity_columns, |row: &JunkRow<'a>, width| severity(row.hit.rule.severity, width))
        .right(0, "bytes", 7, |row, _| match row.hit.bytes {
            0 => Cell::Empty,
            bytes => Cell::Text(Role::Text, format::bytes(bytes)),
        })
        .left(110, "", (width / 12).clamp(6, 16), |row, _| row.bar())
        .left(0, "  rule", what_columns(width, longest + 2), |row, _| row.rule())
        .left(0, "where", place, JunkRow::place)
        .right(60, "files", 6, |row, _| match row.hit.files {
            0 => Cell::Empty,
            files => Cell::Text(Role::Text, format::count(files)),
        })
}

/// The advice is in the last column, where there is room for it.
fn with_fix(row: Row, role: Role, fix: &str, width: usize) -> Row {
    if width < 100 { row } else { row.gap(1).until(role, fix, width) }
}

fn junk_row<'a>(
    model: &'a Model,
    found: &'a FoundJunk,
    row: ConcernRow,
    open: bool,
    largest: u64,
    table: &Table<JunkRow<'a>>,
    width: usize,
) -> Option<Row> {
    match row {
        ConcernRow::Junk(hit) => {
            let marked = !model.marks.list().is_empty() && model.marks.contains_all(&model.marks_of_junk(hit));
            let hit = found.junk.hits.get(hit)?;
            let row = table.row(shared::dot(marked), &JunkRow { model, hit, open, largest });
            let fix = model.image.as_ref().map(|image| hit.fix(&Base::detect(image)));
            Some(with_fix(row, Role::Dim, &fix.unwrap_or_default(), width))
        }
        ConcernRow::Sample { hit, sample } => {
            let hit = found.junk.hits.get(hit)?;
            let union = model.union.as_ref()?;
            let version = sample_of(union, hit, sample).map(|id| union.version(id));
            let marked = version.and_then(VersionRef::node).map(Marked::Path);
            let size = version.map_or_else(String::new, |version| format::bytes(version.size()));
            let row = mark(model, marked).gap(table.start("bytes")).right(Role::Dim, &size, 7);
            let indent = table.start("  rule") + 5;
            let path = format::safe(hit.samples.get(sample)?.as_bytes());
            let gap = indent.saturating_sub(row.width());
            let row = row.gap(gap);
            let room = width.saturating_sub(row.width());
            Some(row.text(Role::Text, &fit_end(&path, room)))
        }
        ConcernRow::More(hit) => {
            let hit = found.junk.hits.get(hit)?;
            let more = counted(hit.files.saturating_sub(hit.samples.len()), "more file");
            let said = format!("and {more}, none of them larger");
            Some(Row::new().gap(table.start("  rule") + 5).until(Role::Dim, &said, width))
        }
        ConcernRow::Secret(_) => None,
    }
}

/// Where junk is stored, in a few words.
fn place(model: &Model, hit: &JunkHit, width: usize) -> String {
    match hit.place {
        JunkPlace::Layer { layer, live } if width < 20 => {
            format!("{layer} {}", if live { "live" } else { "stored" })
        }
        JunkPlace::Layer { layer, live: true } => format!("layer {layer}, live"),
        JunkPlace::Layer { layer, live: false } => format!("layer {layer}, only stored"),
        JunkPlace::Step(number) => {
            let layer = model.image.as_ref().and_then(|image| image.step(number)?.layer);
            match layer {
                None => "history".to_owned(),
                Some(layer) if width < 20 => format!("{layer} history"),
                Some(layer) => format!("layer {layer}, history"),
            }
        }
        JunkPlace::Image => "the whole image".to_owned(),
    }
}

fn secret_table<'a>(width: usize, longest: usize) -> Table<&'a Secret> {
    let severity_columns = severity_columns(width, 10);
    let title = if severity_columns > 1 { "confidence" } else { "" };
    Table::new(width)
        .left(0, title, severity_columns, |secret: &&'a Secret, width| severity(secret.severity, width))
        .left(0, "what", what_columns(width, longest), |secret, _| Cell::Text(Role::Text, secret.kind.to_owned()))
        .left(60, "state", 11, |secret, _| match &secret.location {
            SecretLocation::File { account, .. } => Cell::Text(account_role(*account), account.name().to_owned()),
            SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
                Cell::Text(Role::Text, "in config".to_owned())
            }
            SecretLocation::Step { .. } => Cell::Text(Role::Text, "in history".to_owned()),
        })
        .right(60, "in", 3, |secret, _| Cell::number(secret.layer()))
        .right(60, "by", 3, |secret, _| match secret.location {
            SecretLocation::File { hidden_by, .. } => Cell::number(hidden_by),
            _ => Cell::Empty,
        })
}

fn secret_row<'a>(
    model: &Model,
    found: &'a FoundSecrets,
    row: ConcernRow,
    table: &Table<&'a Secret>,
    width: usize,
) -> Option<Row> {
    let ConcernRow::Secret(at) = row else { return None };
    let secret = found.get(at)?;
    let node = found.version(at).zip(model.union.as_ref()).and_then(|(id, union)| union.version(id).node());
    let row = table.row(mark(model, node.map(Marked::Path)), &secret);
    let room = width.saturating_sub(row.width());
    // The end of a path says most, and the beginning of an instruction.
    let fit = if matches!(secret.location, SecretLocation::Step { .. }) { format::fit } else { fit_end };
    Some(row.text(Role::Text, &fit(&secret_location(model, secret), room)))
}

/// What the title says about the filter; secrets have no bytes.
fn concerns_filter(finder: &Finder, tally: Tally, in_short: bool) -> Option<String> {
    let bytes = if tally.bytes > 0 { format::bytes(tally.bytes) } else { String::new() };
    shared::filter_summary(
        finder,
        Some(shared::FilterCounts { matches: tally.shown, total: tally.total, bytes }),
        false,
        in_short,
    )
}
