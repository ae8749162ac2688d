//! The comparison on a page.

use std::io::{self, Write};

use crate::compare::{DifferenceKind, Presence, RowId};
use crate::format::{bytes, count, fit, safe_str, signed, wrap};
use crate::image::LayerNumber;
use crate::report::table::Alignment::{Left, Right};
use crate::report::table::{Cell, Table};
use crate::report::{Page, TextRole, checked};
use crate::secrets::Secret;

use super::{ComparedSubjects, aspects, presence, sizes};

/// The width of a page that has none.
const WIDTH: usize = 80;
/// Rows of a part of the page.
const ROWS: usize = 12;
/// Folders that are listed.
const FOLDERS: usize = 8;
/// The widest value of a setting.
const VALUE: usize = 30;

/// The comparison as text; with `all`, every file that differs.
///
/// # Errors
/// If `out` cannot be written.
pub fn compare_text(subjects: &ComparedSubjects<'_>, all: bool, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let page = &Page { width: page.width.or(Some(WIDTH)), ink: page.ink };
    head(subjects, page, out)?;
    layers(subjects, page, out)?;
    files(subjects, all, page, out)?;
    settings(subjects, page, out)?;
    packages(subjects, page, out)?;
    secrets(subjects, page, out)?;
    junk(subjects, page, out)?;
    if let Some(judgement) = subjects.judgement {
        heading(page, out, "Rules")?;
        checked::rules_text(&subjects.b, judgement, page, out)?;
    }
    Ok(())
}

fn heading(page: &Page, out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}", page.ink.mark(Some(TextRole::Heading), text))
}

fn head(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let width = page.width.unwrap_or(WIDTH);
    for (side, subject) in subjects.subjects().into_iter().enumerate() {
        let platform = subject.image.platform.as_ref();
        let platform =
            platform.map_or_else(|| "unknown platform".to_owned(), |platform| safe_str(&platform.to_string()));
        let layers = subject.union.layer_count();
        let least = if subjects.comparison.unread[side].has_files() { "at least " } else { "" };
        let facts = format!(
            "   {platform} · {} layer{} · {least}{} in files, {} stored",
            count(layers),
            if layers == 1 { "" } else { "s" },
            bytes(subject.analysis.totals.total()),
            bytes(subject.stored_bytes())
        );
        writeln!(out, "{}", fit(&format!("{}  {}", ["A", "B"][side], subjects.title(side)), width))?;
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Dim), &fit(&facts, width)))?;
    }
    writeln!(out)?;
    for premise in subjects.premises() {
        for line in wrap(&premise, width, 2) {
            writeln!(out, "{}", page.ink.mark(Some(TextRole::Modified), &line))?;
        }
    }
    for line in wrap(&subjects.verdict(), width, 0) {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &line))?;
    }
    for line in wrap(&subjects.push(), width, 2) {
        writeln!(out, "{line}")?;
    }
    for gap in subjects.gaps() {
        for line in wrap(&gap, width, 2) {
            writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &line))?;
        }
    }
    for remark in subjects.remarks() {
        for line in wrap(&remark, width, 2) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn layers(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let alignment = &subjects.comparison.alignment;
    if alignment.rows.is_empty() {
        return Ok(());
    }
    heading(page, out, "Layers")?;
    let columns = [("A", Right), ("B", Right), ("size A", Right), ("size B", Right), ("", Left), ("instruction", Left)];
    let mut table = Table::headed("", &columns);
    let first = subjects.first_difference();
    for (at, row) in alignment.rows.iter().enumerate() {
        let number = |layer: Option<LayerNumber>| Cell::from(layer.map_or_else(String::new, |layer| layer.to_string()));
        let role = match row.relation {
            crate::compare::Relation::Same => TextRole::Dim,
            crate::compare::Relation::Rebuilt => TextRole::Modified,
            crate::compare::Relation::OnlyInA => TextRole::Removed,
            crate::compare::Relation::OnlyInB => TextRole::Added,
        };
        table.row([
            number(row.a),
            number(row.b),
            Cell::from(subjects.layer_size(0, row.a)),
            Cell::from(subjects.layer_size(1, row.b)),
            Cell::with_role(role, subjects.relation(at)),
            Cell::from(subjects.instruction(at)),
        ]);
        if let Some((_, said)) = first.as_ref().filter(|(row, _)| *row == at) {
            table.note(format!("→ {said}"));
        }
        if let Some(reason) = subjects.reason_text(at) {
            table.note(reason);
        }
    }
    table.write(page, out)
}

fn files(subjects: &ComparedSubjects<'_>, all: bool, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let differences = &subjects.comparison.differences;
    let totals = differences.totals();
    heading(page, out, "Files")?;
    writeln!(out, "{}", subjects.files())?;
    if differences.is_empty() {
        return Ok(());
    }
    let folders = folders(subjects);
    if folders.len() > 1 {
        // A kind that hardly ever occurs needs no column of zeros.
        let is_shown = |kind: &DifferenceKind| *kind != DifferenceKind::NotCompared || totals.count(*kind) > 0;
        let kinds: Vec<_> = DifferenceKind::ALL.into_iter().filter(is_shown).collect();
        let name = |kind: &DifferenceKind| match kind {
            DifferenceKind::NotCompared => ("not compared", Right),
            kind => (kind.name(), Right),
        };
        let columns = [("change", Right)].into_iter().chain(kinds.iter().map(name)).chain([("folder", Left)]);
        let mut table = Table::headed("", &columns.collect::<Vec<_>>());
        for &row in folders.iter().take(FOLDERS) {
            let totals = differences.row(row).totals;
            let number = |kind: DifferenceKind| Cell::from(count(totals.count(kind)));
            let change = match totals.count(DifferenceKind::NotCompared) {
                0 => signed(totals.before, totals.after),
                _ => "?".to_owned(),
            };
            let cells = [Cell::from(change)].into_iter().chain(kinds.iter().map(|&kind| number(kind)));
            table.row(cells.chain([Cell::from(format!("/{}", subjects.path(row)))]));
        }
        writeln!(out)?;
        table.write(page, out)?;
        more(folders.len(), FOLDERS, "folders", out)?;
    }
    let (rows, number) = if all { (differences.walk().collect(), totals.all()) } else { differences.largest(ROWS) };
    let sides = subjects.sides();
    let columns = [("", Left), ("size", Right), ("A", Right), ("B", Right), ("what", Left), ("path", Left)];
    let mut table = Table::headed("", &columns);
    for id in rows {
        let row = differences.row(id);
        let Some(kind) = row.kind else { continue };
        let [a, b] = differences.layers(&sides, id);
        let layer = |layer: Option<LayerNumber>| Cell::from(layer.map_or_else(String::new, |layer| layer.to_string()));
        let role = match kind {
            DifferenceKind::Added => TextRole::Added,
            DifferenceKind::Removed => TextRole::Removed,
            DifferenceKind::Modified | DifferenceKind::NotCompared => TextRole::Modified,
            DifferenceKind::Metadata => TextRole::Dim,
        };
        table.row([
            Cell::with_role(role, kind.letter().to_string()),
            Cell::from(sizes(row, differences.versions(&sides, id))),
            layer(a),
            layer(b),
            Cell::from(aspects(row)),
            Cell::from(format!("/{}", subjects.path(id))),
        ]);
    }
    writeln!(out)?;
    table.write(page, out)?;
    if !all && number > ROWS {
        writeln!(out, "and {} more: `--all` lists them", count(number - ROWS))?;
    }
    Ok(())
}

/// The folders whose totals say most: below each of the highest ones, the first that holds several rows. By change.
fn folders(subjects: &ComparedSubjects<'_>) -> Vec<RowId> {
    let differences = &subjects.comparison.differences;
    let sides = subjects.sides();
    let mut found: Vec<RowId> = Vec::new();
    for &top in differences.children(0) {
        let mut at = top;
        while let [only] = differences.children(at) {
            if differences.row(at).kind.is_some() || !differences.is_folder(&sides, *only) {
                break;
            }
            at = *only;
        }
        if differences.is_folder(&sides, at) {
            found.push(at);
        }
    }
    let weight = |&row: &RowId| {
        let totals = differences.row(row).totals;
        std::cmp::Reverse((totals.before.max(totals.after), totals.all()))
    };
    found.sort_by_key(weight);
    found
}

fn settings(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    if subjects.settings.is_empty() {
        return Ok(());
    }
    heading(page, out, "Settings")?;
    let mut table = Table::headed("", &[("setting", Left), ("A", Left), ("B", Left)]);
    for change in subjects.settings {
        let value = |value: &Option<String>, most: usize| match value.as_deref() {
            None => "–".to_owned(),
            Some("") => "set".to_owned(),
            Some(text) => fit(&safe_str(&subjects.words(text)), most),
        };
        let secret = if change.secret { " (another secret)" } else { "" };
        table.row([
            Cell::from(fit(&safe_str(&subjects.words(&change.name)), VALUE)),
            Cell::from(value(&change.before, VALUE)),
            Cell::from(value(&change.after, usize::MAX) + secret),
        ]);
    }
    table.write(page, out)
}

fn packages(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let changes = &subjects.comparison.packages.changes;
    if changes.is_empty() {
        return Ok(());
    }
    heading(page, out, "Packages")?;
    let mut table = Table::headed("", &[("", Left), ("", Left), ("package", Left), ("versions", Left)]);
    let most = if changes.len() > 2 * ROWS { 2 * ROWS } else { changes.len() };
    for change in &changes[..most] {
        let versions = |versions: &[String]| safe_str(&subjects.words(&versions.join(", ")));
        let (before, after) = (versions(&change.before), versions(&change.after));
        let (role, letter, text) = match (change.before.is_empty(), change.after.is_empty()) {
            (true, _) => (TextRole::Added, "A", after),
            (_, true) => (TextRole::Removed, "R", before),
            _ => (TextRole::Modified, "M", format!("{before} → {after}")),
        };
        table.row([
            Cell::with_role(role, letter.to_owned()),
            Cell::from(change.ecosystem.name().to_owned()),
            Cell::from(fit(&safe_str(&subjects.words(&change.name)), 40)),
            Cell::from(text),
        ]);
    }
    table.write(page, out)?;
    more(changes.len(), most, "packages, which `--format json` lists", out)
}

fn secrets(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let Some(findings) = subjects.findings else { return Ok(()) };
    let left_out = subjects.secrets_left_out();
    if findings.secret_changes.is_empty() && left_out == 0 {
        return Ok(());
    }
    heading(page, out, "Secrets")?;
    let [new, still, gone] =
        [Presence::New, Presence::Still, Presence::Gone].map(|presence| subjects.secrets_with(presence));
    let not_compared = match subjects.secrets_with(Presence::NotCompared) {
        0 => String::new(),
        number => format!(", {} not compared", count(number)),
    };
    writeln!(out, "{} new, {} still there, {} gone{not_compared}", count(new), count(still), count(gone))?;
    let mut table = Table::headed("", &[("", Left), ("what", Left), ("layer", Right), ("where", Left)]);
    for change in findings.secret_changes.iter().take(ROWS) {
        let Some((side, secret)) = subjects.secret(change) else { continue };
        table.row([
            Cell::with_role(role(change.presence), presence(change.presence).to_owned()),
            Cell::from(secret.kind.to_owned()),
            Cell::from(secret.layer().map_or_else(String::new, |layer| layer.to_string())),
            Cell::from(format!("{}{}", subjects.secret_place(side, secret), hidden(secret))),
        ]);
    }
    table.write(page, out)?;
    more(findings.secret_changes.len() + left_out, ROWS.min(findings.secret_changes.len()), "secrets", out)
}

fn hidden(secret: &Secret) -> &'static str {
    if secret.is_live() { "" } else { " (hidden, still stored)" }
}

fn role(presence: Presence) -> TextRole {
    match presence {
        Presence::New => TextRole::Waste,
        Presence::Still | Presence::NotCompared => TextRole::Modified,
        Presence::Gone => TextRole::Added,
    }
}

fn junk(subjects: &ComparedSubjects<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let Some(findings) = subjects.findings.filter(|findings| !findings.junk_changes.is_empty()) else { return Ok(()) };
    heading(page, out, "Junk")?;
    let mut table =
        Table::headed("", &[("", Left), ("size A", Right), ("size B", Right), ("rule", Left), ("what", Left)]);
    for change in &findings.junk_changes {
        let size = |side: usize| {
            let is_found = change.files[side] + change.places[side] > 0;
            Cell::from(if !is_found {
                "–".to_owned()
            } else if change.bytes[side] > 0 {
                bytes(change.bytes[side])
            } else {
                String::new()
            })
        };
        table.row([
            Cell::with_role(role(change.presence), presence(change.presence).to_owned()),
            size(0),
            size(1),
            Cell::from(safe_str(&change.id)),
            Cell::from(safe_str(&change.what)),
        ]);
    }
    table.write(page, out)
}

fn more(all: usize, shown: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if all > shown { writeln!(out, "and {} more {what}", count(all - shown)) } else { Ok(()) }
}
