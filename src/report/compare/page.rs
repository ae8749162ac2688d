//! The comparison as a section of a page for a browser; its template escapes the text.

use serde::Serialize;

use crate::compare::{Presence, Relation};
use crate::format::{count, fit, safe_str};
use crate::image::LayerNumber;

use super::{ComparedSubjects, aspects, change, presence, sizes};

/// Rows of a table.
const ROWS: usize = 100;
/// The width of text from an image.
const WIDTH: usize = 200;

/// The section.
#[derive(Serialize)]
pub(in crate::report) struct ComparisonSection {
    with: String,
    premises: Vec<String>,
    verdict: String,
    push: String,
    remarks: Vec<String>,
    tables: Vec<ComparisonTable>,
}

#[derive(Serialize)]
struct ComparisonTable {
    caption: String,
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl ComparisonSection {
    pub(in crate::report) fn new(subjects: &ComparedSubjects<'_>) -> Self {
        let tables = [layers(subjects), files(subjects), settings(subjects), packages(subjects), found(subjects)];
        Self {
            with: fit(&subjects.title(0), WIDTH),
            premises: subjects.premises(),
            verdict: subjects.verdict(),
            push: subjects.push(),
            remarks: subjects.gaps().into_iter().chain(subjects.remarks()).collect(),
            tables: tables.into_iter().filter(|table| !table.rows.is_empty()).collect(),
        }
    }
}

/// A table, whose caption says how many rows it leaves out.
fn table(
    caption: String,
    headings: &[&'static str],
    all: usize,
    rows: impl Iterator<Item = Vec<String>>,
) -> ComparisonTable {
    let cut = if all > ROWS { format!("; the first {ROWS} of {}", count(all)) } else { String::new() };
    ComparisonTable { caption: caption + &cut, headings: headings.to_vec(), rows: rows.take(ROWS).collect() }
}

fn layers(subjects: &ComparedSubjects<'_>) -> ComparisonTable {
    let alignment = &subjects.comparison.alignment;
    let changed: Vec<_> = (0..alignment.rows.len())
        .filter(|&at| {
            alignment.rows[at].relation != Relation::Same
                || alignment.rows[at].recompressed
                || alignment.rows[at].unread
        })
        .collect();
    let row = |&at: &usize| {
        let row = &alignment.rows[at];
        let number = |layer: Option<LayerNumber>| layer.map_or_else(|| "–".to_owned(), |layer| layer.to_string());
        vec![
            number(row.a),
            number(row.b),
            subjects.layer_size(0, row.a),
            subjects.layer_size(1, row.b),
            subjects.relation(at),
            fit(&subjects.instruction(at), WIDTH),
            subjects.reason_text(at).unwrap_or_default(),
        ]
    };
    let headings = ["A", "B", "size A", "size B", "relation", "instruction", "why"];
    table("Layers that are not the same".to_owned(), &headings, changed.len(), changed.iter().map(row))
}

fn files(subjects: &ComparedSubjects<'_>) -> ComparisonTable {
    let differences = &subjects.comparison.differences;
    let sides = subjects.sides();
    let caption = format!("Files: {}", subjects.files());
    let (rows, all) = differences.largest(ROWS);
    let row = |id| {
        let row = differences.row(id);
        let [a, b] = differences.layers(&sides, id);
        let layer = |layer: Option<LayerNumber>| layer.map_or_else(String::new, |layer| layer.to_string());
        vec![
            row.kind.map_or("", change).to_owned(),
            sizes(row, differences.versions(&sides, id)),
            layer(a),
            layer(b),
            aspects(row),
            format!("/{}", subjects.path(id)),
        ]
    };
    let headings = ["change", "size", "layer A", "layer B", "what", "path"];
    table(caption, &headings, all, rows.into_iter().map(row))
}

fn settings(subjects: &ComparedSubjects<'_>) -> ComparisonTable {
    let row = |change: &crate::compare::SettingChange| {
        let value = |value: &Option<String>| match value.as_deref() {
            None => "–".to_owned(),
            Some("") => "set".to_owned(),
            Some(text) => fit(&safe_str(&subjects.words(text)), WIDTH),
        };
        let secret = if change.secret { " (another secret)" } else { "" };
        let name = fit(&safe_str(&subjects.words(&change.name)), WIDTH);
        vec![name, value(&change.before), value(&change.after) + secret]
    };
    let rows = subjects.settings;
    table("Settings that differ".to_owned(), &["setting", "A", "B"], rows.len(), rows.iter().map(row))
}

fn packages(subjects: &ComparedSubjects<'_>) -> ComparisonTable {
    let changes = &subjects.comparison.packages.changes;
    let row = |change: &crate::compare::PackageChange| {
        let words = |text: &str| fit(&safe_str(&subjects.words(text)), WIDTH);
        let versions = |versions: &[String]| {
            if versions.is_empty() { "–".to_owned() } else { words(&versions.join(", ")) }
        };
        vec![change.ecosystem.name().to_owned(), words(&change.name), versions(&change.before), versions(&change.after)]
    };
    let headings = ["from", "package", "A", "B"];
    table("Packages that differ".to_owned(), &headings, changes.len(), changes.iter().map(row))
}

/// Secrets and junk that are not in both.
fn found(subjects: &ComparedSubjects<'_>) -> ComparisonTable {
    let secrets = subjects.findings.map_or(&[][..], |findings| &findings.secret_changes);
    let junk = subjects.findings.map_or(&[][..], |findings| &findings.junk_changes);
    let secrets = secrets.iter().filter(|change| change.presence != Presence::Still).filter_map(|change| {
        let (side, secret) = subjects.secret(change)?;
        let place = subjects.secret_place(side, secret);
        Some(vec![presence(change.presence).to_owned(), format!("secret: {}", secret.kind), place])
    });
    let junk = junk.iter().filter(|change| change.presence != Presence::Still).map(|change| {
        vec![presence(change.presence).to_owned(), format!("junk: {}", safe_str(&change.id)), safe_str(&change.what)]
    });
    let rows: Vec<_> = secrets.chain(junk).collect();
    let caption = "Secrets and junk that only one of them has".to_owned();
    table(caption, &["presence", "what", "where"], rows.len(), rows.into_iter())
}
