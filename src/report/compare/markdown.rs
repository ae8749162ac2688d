//! The comparison for a pull request, the verdict on the first line.

use std::io::{self, Write};

use crate::compare::{DifferenceKind, Presence, Relation};
use crate::format::markdown::{code, code_in_cell, escaped, escaped_in_cell, prose};
use crate::format::{bytes, count, fit, safe_str};
use crate::image::LayerNumber;
use crate::report::checked::rules_markdown;

use super::{ComparedSubjects, aspects, presence, sizes};

/// Rows of each part.
const ROWS: usize = 10;
const LAYERS: usize = 40;
/// The width of text from an image.
const WIDTH: usize = 100;

/// The comparison as Markdown.
///
/// # Errors
/// If `out` cannot be written.
pub fn compare_markdown(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**\n", escaped(&subjects.verdict()))?;
    writeln!(out, "{} → {}", code(&fit(&subjects.title(0), WIDTH)), code(&fit(&subjects.title(1), WIDTH)))?;
    body(subjects, out)?;
    if let Some(judgement) = subjects.judgement {
        writeln!(out)?;
        rules_markdown(&subjects.b, judgement, out)?;
    }
    Ok(())
}

/// The comparison as a section of a report about the second image.
pub(in crate::report) fn section(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n#### Compared with {}\n", code(&fit(&subjects.title(0), WIDTH)))?;
    writeln!(out, "**{}**", escaped(&subjects.verdict()))?;
    body(subjects, out)
}

fn body(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    for said in subjects.premises() {
        writeln!(out, "\n{}.", prose(&said))?;
    }
    writeln!(out, "\n{}.", escaped(&subjects.push()))?;
    for said in subjects.gaps().iter().chain(&subjects.remarks()) {
        writeln!(out, "\n{}.", prose(said))?;
    }
    layers(subjects, out)?;
    files(subjects, out)?;
    settings(subjects, out)?;
    packages(subjects, out)?;
    findings(subjects, out)
}

fn layers(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    let alignment = &subjects.comparison.alignment;
    let changed: Vec<_> = (0..alignment.rows.len())
        .filter(|&at| {
            alignment.rows[at].relation != Relation::Same
                || alignment.rows[at].recompressed
                || alignment.rows[at].unread
        })
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| A | B | size A | size B | | instruction | why |\n|--:|--:|--:|--:|---|---|---|")?;
    for &at in changed.iter().take(LAYERS) {
        let row = &alignment.rows[at];
        let number = |layer: Option<LayerNumber>| layer.map_or_else(String::new, |layer| layer.to_string());
        let first = if alignment.first_difference() == Some(at) { ", the first difference" } else { "" };
        let why = subjects.reason(at).map_or_else(String::new, |(said, samples)| {
            let samples: Vec<_> =
                samples.iter().map(|path| if path == "…" { path.clone() } else { cell(path) }).collect();
            if samples.is_empty() {
                escaped_in_cell(&said)
            } else {
                format!("{}: {}", escaped_in_cell(&said), samples.join(", "))
            }
        });
        writeln!(
            out,
            "| {} | {} | {} | {} | {}{first} | {} | {why} |",
            number(row.a),
            number(row.b),
            subjects.layer_size(0, row.a),
            subjects.layer_size(1, row.b),
            escaped_in_cell(&subjects.relation(at)),
            cell(&subjects.instruction(at))
        )?;
    }
    more(changed.len(), LAYERS, out)
}

fn files(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    let differences = &subjects.comparison.differences;
    if differences.is_empty() {
        return writeln!(out, "\nFiles: {}", escaped(&subjects.files()));
    }
    writeln!(out, "\nFiles: {}\n\n| | size | path | what |\n|---|--:|---|---|", escaped(&subjects.files()))?;
    let (rows, all) = differences.largest(ROWS);
    let sides = subjects.sides();
    for id in rows {
        let row = differences.row(id);
        let letter = row.kind.map_or(' ', DifferenceKind::letter);
        let path = cell(&format!("/{}", subjects.path(id)));
        writeln!(out, "| {letter} | {} | {path} | {} |", sizes(row, differences.versions(&sides, id)), aspects(row))?;
    }
    more(all, ROWS, out)
}

fn settings(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    if subjects.settings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| setting | A | B |\n|---|---|---|")?;
    for change in subjects.settings.iter().take(2 * ROWS) {
        let value = |value: &Option<String>| match value.as_deref() {
            None => "–".to_owned(),
            Some("") => "set".to_owned(),
            Some(text) => cell(&safe_str(&subjects.words(text))),
        };
        let name = cell(&safe_str(&subjects.words(&change.name)));
        let secret = if change.secret { " \\(another secret\\)" } else { "" };
        writeln!(out, "| {name} | {} | {}{secret} |", value(&change.before), value(&change.after))?;
    }
    more(subjects.settings.len(), 2 * ROWS, out)
}

fn packages(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    let changes = &subjects.comparison.packages.changes;
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| package | | A | B |\n|---|---|---|---|")?;
    for change in changes.iter().take(2 * ROWS) {
        let versions = |versions: &[String]| {
            let text = safe_str(&subjects.words(&versions.join(", ")));
            if text.is_empty() { "–".to_owned() } else { cell(&text) }
        };
        let name = cell(&safe_str(&subjects.words(&change.name)));
        let of = change.ecosystem.name();
        writeln!(out, "| {name} | {of} | {} | {} |", versions(&change.before), versions(&change.after))?;
    }
    more(changes.len(), 2 * ROWS, out)
}

fn findings(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(findings) = subjects.findings else { return Ok(()) };
    let listed: Vec<_> = findings.secret_changes.iter().filter(|change| change.presence != Presence::Still).collect();
    let still = subjects.secrets_with(Presence::Still);
    if !listed.is_empty() {
        writeln!(out, "\n| secret | what | where |\n|---|---|---|")?;
        for change in listed.iter().take(ROWS) {
            let Some((side, secret)) = subjects.secret(change) else { continue };
            let place = cell(&subjects.secret_place(side, secret));
            writeln!(out, "| {} | {} | {place} |", presence(change.presence), escaped_in_cell(secret.kind))?;
        }
        more(listed.len(), ROWS, out)?;
    }
    if still > 0 {
        writeln!(out, "\n{} {} in both images.", count(still), if still == 1 { "secret is" } else { "secrets are" })?;
    }
    let left_out = subjects.secrets_left_out();
    if left_out > 0 {
        writeln!(out, "\n{} more secrets were found and not compared.", count(left_out))?;
    }
    let changed: Vec<_> = findings.junk_changes.iter().filter(|change| change.presence != Presence::Still).collect();
    if !changed.is_empty() {
        writeln!(out, "\n| junk | rule | what | size |\n|---|---|---|--:|")?;
        for change in changed.iter().take(ROWS) {
            let size = bytes(change.bytes[0].max(change.bytes[1]));
            let (id, what) = (cell(&safe_str(&change.id)), cell(&safe_str(&change.what)));
            writeln!(out, "| {} | {id} | {what} | {size} |", presence(change.presence))?;
        }
        more(changed.len(), ROWS, out)?;
    }
    Ok(())
}

fn more(all: usize, shown: usize, out: &mut dyn Write) -> io::Result<()> {
    if all > shown { writeln!(out, "\nand {} more", count(all - shown)) } else { Ok(()) }
}

fn cell(safe: &str) -> String {
    code_in_cell(&fit(safe, WIDTH))
}
