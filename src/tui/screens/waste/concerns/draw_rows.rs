//! The rows of junk and secrets, and their column headings.

use super::{ConcernRow, ConcernsView};
use crate::analysis::secrets::{Secret, SecretLocation};
use crate::analysis::{JunkHit, JunkPlace, Marked, Severity, step_name};
use crate::format;
use crate::image::LayerNumber;
use crate::tui::model::Model;
use crate::tui::model::concerns::{FoundJunk, FoundSecrets, sample_of};
use crate::tui::screens::shared::mark;
use crate::tui::screens::waste::draw::{account_role, short};
use crate::tui::widgets::row::{Row, bar, fit_end};
use crate::tui::widgets::theme::Role;
use crate::union::VersionRef;

/// Columns for a width.
pub(in crate::tui) struct ConcernColumns {
    whole: usize,
    /// `high`, or its initial.
    severity: usize,
    bar: usize,
    /// The rule, or the kind of secret.
    what: usize,
    /// Where junk is stored, or how the file with a secret was removed.
    place: usize,
    files: usize,
    /// The advice is in the last column.
    fix: bool,
}

impl ConcernColumns {
    pub(in crate::tui) fn for_width(width: usize, severity: usize, longest: usize) -> Self {
        let narrow = width < 60;
        Self {
            whole: width,
            severity: if narrow { 1 } else { severity },
            bar: if width < 110 { 0 } else { (width / 12).clamp(6, 16) },
            what: longest.clamp(4, if narrow { width / 3 } else { width / 4 }.max(8)),
            place: if narrow { 10 } else { 20 },
            files: if narrow { 0 } else { 6 },
            fix: width >= 100,
        }
    }
}

pub(in crate::tui) fn junk_heads(columns: &ConcernColumns) -> Row {
    let mut row =
        Row::new().gap(1).left(Role::Heading, if columns.severity > 1 { "severity" } else { "" }, columns.severity);
    row = row.gap(1).right(Role::Heading, "bytes", 7).gap(1);
    if columns.bar > 0 {
        row = row.gap(columns.bar + 1);
    }
    row = row.left(Role::Heading, "  rule", columns.what).gap(1).left(Role::Heading, "where", columns.place);
    if columns.files > 0 {
        row = row.gap(1).right(Role::Heading, "files", columns.files);
    }
    if columns.fix { row.gap(2).text(Role::Heading, "what to do") } else { row }
}

pub(in crate::tui) fn junk_row(
    model: &Model,
    found: &FoundJunk,
    view: &ConcernsView,
    at: usize,
    largest: u64,
    columns: &ConcernColumns,
) -> Option<Row> {
    let before = 1 + columns.severity + 1 + 7 + 1 + if columns.bar > 0 { columns.bar + 1 } else { 0 };
    match *view.rows().get(at)? {
        ConcernRow::Junk(hit) => {
            let hit = found.junk.hits.get(hit)?;
            let severity = hit.rule.severity;
            let role = if severity == Severity::High { Role::Warning } else { Role::Text };
            let row = Row::new().gap(1).left(role, &short(severity.name(), columns.severity), columns.severity).gap(1);
            let size = if hit.bytes > 0 { format::bytes(hit.bytes) } else { String::new() };
            let row = row.right(Role::Text, &size, 7).gap(1);
            let row = if columns.bar > 0 {
                let (live, wasted) = if hit.place.is_live() { (hit.bytes, 0) } else { (0, hit.bytes) };
                bar(row, live, wasted, largest, columns.bar).gap(1)
            } else {
                row
            };
            let fold = match (hit.samples.is_empty(), view.is_open(at)) {
                (true, _) => "  ",
                (false, true) => "▾ ",
                (false, false) => "▸ ",
            };
            let row = row.text(Role::Dim, fold).left(Role::Text, &hit.rule.text.id, columns.what.saturating_sub(2));
            let role = if hit.place.is_live() { Role::Text } else { Role::Removed };
            let row = row.gap(1).left(role, &place(model, hit, columns), columns.place);
            let files = if hit.files > 0 { format::count(hit.files) } else { String::new() };
            let row = if columns.files > 0 { row.gap(1).right(Role::Text, &files, columns.files) } else { row };
            Some(if columns.fix { row.gap(2).until(Role::Dim, &hit.rule.text.fix, columns.whole) } else { row })
        }
        ConcernRow::Sample { hit, sample } => {
            let hit = found.junk.hits.get(hit)?;
            let union = model.union.as_ref()?;
            let version = sample_of(union, hit, sample).map(|id| union.version(id));
            let marked = version.and_then(VersionRef::node).map(Marked::Path);
            let size = version.map_or_else(String::new, |version| format::bytes(version.size()));
            let row = mark(model, marked).gap(columns.severity + 1).right(Role::Dim, &size, 7);
            let row = row.gap(before.saturating_sub(columns.severity + 9) + 4);
            let path = format::safe(hit.samples.get(sample)?.as_bytes());
            let room = columns.whole.saturating_sub(row.width());
            Some(row.text(Role::Text, &fit_end(&path, room)))
        }
        ConcernRow::Secret(_) => None,
    }
}

/// Where junk is stored, in a few words.
fn place(model: &Model, hit: &JunkHit, columns: &ConcernColumns) -> String {
    match hit.place {
        JunkPlace::Layer { layer, live } if columns.place < 20 => {
            format!("{layer} {}", if live { "live" } else { "stored" })
        }
        JunkPlace::Layer { layer, live: true } => format!("layer {layer}, live"),
        JunkPlace::Layer { layer, live: false } => format!("layer {layer}, only stored"),
        JunkPlace::Step(number) => {
            let layer = model.image.as_ref().and_then(|image| image.step(number)?.layer);
            match layer {
                None => "history".to_owned(),
                Some(layer) if columns.place < 20 => format!("{layer} history"),
                Some(layer) => format!("layer {layer}, history"),
            }
        }
        JunkPlace::Image => "the whole image".to_owned(),
    }
}

pub(in crate::tui) fn secret_heads(columns: &ConcernColumns) -> Row {
    let mut row =
        Row::new().gap(1).left(Role::Heading, if columns.severity > 1 { "sure" } else { "" }, columns.severity);
    row = row.gap(1).left(Role::Heading, "what", columns.what).gap(1);
    if columns.files > 0 {
        row = row.left(Role::Heading, "state", 11).gap(1).right(Role::Heading, "in", 3).gap(1);
        row = row.right(Role::Heading, "by", 3).gap(1);
    }
    row.until(Role::Heading, "where", columns.whole)
}

pub(in crate::tui) fn secret_row(
    model: &Model,
    found: &FoundSecrets,
    row: ConcernRow,
    columns: &ConcernColumns,
) -> Option<Row> {
    let ConcernRow::Secret(at) = row else { return None };
    let secret = found.get(at)?;
    let node = found.version(at).zip(model.union.as_ref()).and_then(|(id, union)| union.version(id).node());
    let role = if secret.severity == Severity::High { Role::Warning } else { Role::Text };
    let row = mark(model, node.map(Marked::Path));
    let row = row.left(role, &short(secret.severity.name(), columns.severity), columns.severity).gap(1);
    let mut row = row.left(Role::Text, secret.kind, columns.what).gap(1);
    let number = |layer: Option<LayerNumber>| layer.map_or_else(String::new, |layer| layer.to_string());
    if columns.files > 0 {
        let (role, state, by) = match &secret.location {
            SecretLocation::File { account, hidden_by, .. } => (account_role(*account), account.name(), *hidden_by),
            SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
                (Role::Text, "in config", None)
            }
            SecretLocation::Step { .. } => (Role::Text, "in history", None),
        };
        row = row.left(role, state, 11).gap(1);
        row = row.right(Role::Text, &number(secret.layer()), 3).gap(1).right(Role::Text, &number(by), 3).gap(1);
    }
    let room = columns.whole.saturating_sub(row.width());
    // The end of a path says most, and the beginning of an instruction.
    let fit = if matches!(secret.location, SecretLocation::Step { .. }) { format::fit } else { fit_end };
    Some(row.text(Role::Text, &fit(&location(model, secret), room)))
}

/// Where a secret is stored, in a few words.
pub(in crate::tui) fn location(model: &Model, secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => format::safe(path.as_bytes()),
        SecretLocation::Env(name) => format!("ENV {}", format::safe_str(name)),
        SecretLocation::Label(name) => format!("LABEL {}", format::safe_str(name)),
        SecretLocation::Step { number, .. } => {
            let step = model.image.as_ref().and_then(|image| image.step(*number));
            step.map_or_else(String::new, |step| format::safe_str(&step_name(step)))
        }
        SecretLocation::Document(place) => (*place).to_owned(),
    }
}
