//! What rules about junk found.

use std::io::{self, Write};

use serde::Serialize;

use super::table::Lean::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Role, Subject, json};
use crate::analysis::{JunkHit, JunkSeverity};
use crate::format::{bytes, count, safe, safe_str};

/// The hits as a table, each with what to do below it.
///
/// # Errors
/// If `out` cannot be written.
pub fn junk_text(subject: &Subject<'_>, hits: &[JunkHit<'_>], page: &Page, out: &mut dyn Write) -> io::Result<()> {
    if hits.is_empty() {
        return writeln!(out, "no rule about junk finds anything");
    }
    let columns = [
        ("severity", Left),
        ("size", Right),
        ("files", Right),
        ("rule", Left),
        ("layer", Right),
        ("where", Left),
        ("for example", Left),
    ];
    let mut table = Table::headed("", &columns);
    let mut told: Vec<&str> = Vec::new();
    for hit in hits {
        let text = &hit.rule.text;
        let severity = hit.rule.severity;
        let role = if severity == JunkSeverity::High { Role::Waste } else { Role::Dim };
        let sample = hit.samples.first().map_or_else(String::new, |path| safe(path.as_bytes()));
        table.row([
            Cell::of(role, severity.name().to_owned()),
            Cell::from(bytes(hit.bytes)),
            Cell::from(count(hit.files)),
            Cell::from(safe_str(&text.id)),
            Cell::from(hit.layer.to_string()),
            Cell::from(place(hit).to_owned()),
            Cell::from(sample),
        ]);
        // What to do is the same for every layer.
        if !told.contains(&text.id.as_str()) {
            told.push(&text.id);
            table.note(format!("→ {}: {}", safe_str(&text.what), safe_str(&text.mend)));
        }
    }
    table.write(page, out)?;
    let all = hits.iter().fold(0_u64, |sum, hit| sum.saturating_add(hit.bytes));
    let live = hits.iter().filter(|hit| hit.live).fold(0_u64, |sum, hit| sum.saturating_add(hit.bytes));
    let whole = bytes(subject.analysis.totals.total());
    writeln!(out, "\n{} of {whole} in all, {} of it in the final image", bytes(all), bytes(live))
}

fn place(hit: &JunkHit<'_>) -> &'static str {
    if hit.live { "in the image" } else { "only stored" }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    complete: bool,
    total_bytes: u64,
    junk: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    severity: &'static str,
    what: &'a str,
    mend: &'a str,
    bytes: u64,
    files: usize,
    layer: usize,
    step: Option<usize>,
    created_by: &'a str,
    live: bool,
    samples: Vec<Sample>,
}

#[derive(Serialize)]
struct Sample {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
}

/// The hits as one document, the worst and the largest first.
///
/// # Errors
/// If `out` cannot be written.
pub fn junk_json(subject: &Subject<'_>, hits: &[JunkHit<'_>], out: &mut dyn Write) -> io::Result<()> {
    let record = |hit: &JunkHit<'_>| -> Vec<Sample> {
        let sample = |path: &crate::image::EntryPath| {
            let (path, path_base64) = json::text(path.as_bytes());
            Sample { path: path.into_owned(), path_base64 }
        };
        hit.samples.iter().map(sample).collect()
    };
    let records = hits.iter().map(|hit| Record {
        id: &hit.rule.text.id,
        severity: hit.rule.severity.name(),
        what: &hit.rule.text.what,
        mend: &hit.rule.text.mend,
        bytes: hit.bytes,
        files: hit.files,
        layer: hit.layer.get(),
        step: subject.image.step_of(hit.layer).map(|step| step.number),
        created_by: subject.image.instruction_of(hit.layer),
        live: hit.live,
        samples: record(hit),
    });
    let document = Document {
        schema_version: json::SCHEMA,
        complete: subject.complete(),
        total_bytes: hits.iter().fold(0, |sum, hit| sum.saturating_add(hit.bytes)),
        junk: records.collect(),
    };
    json::document(out, &document)
}
