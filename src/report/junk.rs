//! What the junk rules found.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole, json};
use crate::analysis::{Base, Instruction, Severity, beginning};
use crate::format::{bytes, count, safe, safe_str, wrap};
use crate::image::{EntryPath, LayerNumber, Step};
use crate::lint::{Junk, JunkHit, JunkPlace};

/// The hits as a table, each with its fix below.
///
/// # Errors
/// If `out` cannot be written.
pub fn junk_text(subject: &Subject<'_>, junk: &Junk, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let hits = &junk.hits;
    if !junk.findings.is_empty() {
        let said = format!("incomplete: {} files could not be read and were not checked", count(junk.findings.len()));
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &said))?;
    }
    if let Some(said) = subject.incomplete() {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &said))?;
    }
    if hits.is_empty() {
        return writeln!(out, "no junk rule finds anything");
    }
    let columns = [
        ("severity", Left),
        ("size", Right),
        ("files", Right),
        ("rule", Left),
        ("layer", Right),
        ("state", Left),
        ("for example", Left),
    ];
    let mut table = Table::headed("", &columns);
    let mut told: Vec<(&str, bool)> = Vec::new();
    let base = Base::detect(subject.image);
    let of_base = |hit: &JunkHit| hit.place.layer().is_some_and(|layer| base.has(layer));
    for hit in hits {
        let text = &hit.rule.text;
        let severity = hit.rule.severity;
        let role = if severity == Severity::High { TextRole::Waste } else { TextRole::Dim };
        let layer = layer(subject, hit).map_or_else(String::new, |layer| layer.to_string());
        table.row([
            Cell::with_role(role, severity.name().to_owned()),
            Cell::from(size(hit)),
            Cell::from(if hit.files > 0 { count(hit.files) } else { String::new() }),
            Cell::from(safe_str(&text.id)),
            Cell::from(layer),
            Cell::from(state(hit, of_base(hit))),
            Cell::from(example(subject, hit)),
        ]);
        let notes =
            [safe_str(&hit.note), lines::text(step(subject, hit)).map_or_else(String::new, |at| format!("from {at}"))];
        let note = notes.iter().filter(|note| !note.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        if !note.is_empty() {
            table.note(note);
        }
        // The fix is the same for every layer above the base.
        let told_rule = (text.id.as_str(), of_base(hit));
        if !told.contains(&told_rule) {
            told.push(told_rule);
            table.note(format!("→ {}: {}", safe_str(&text.what), safe_str(&hit.fix(&base))));
        }
    }
    table.write(page, out)?;
    if hits.iter().any(of_base) {
        let said = safe_str(&base.ownership("hits marked `base`", false));
        writeln!(out, "\n{}", wrap(&said, page.width.unwrap_or(usize::MAX), 0).join("\n"))?;
    }
    let (all, live) = (total(hits), live(hits));
    if all == 0 {
        return Ok(());
    }
    let whole = bytes(subject.analysis.totals.total());
    writeln!(out, "\n{} of {whole} in all, {} of it in the final image", bytes(all), bytes(live))
}

/// Bytes of all hits: no file is counted twice.
pub(super) fn total(hits: &[JunkHit]) -> u64 {
    hits.iter().fold(0, |sum, hit| sum.saturating_add(hit.bytes))
}

/// Bytes of the hits that are in the final image.
pub(super) fn live(hits: &[JunkHit]) -> u64 {
    hits.iter().filter(|hit| hit.place.is_live()).fold(0, |sum, hit| sum.saturating_add(hit.bytes))
}

/// Its bytes; empty if it is not about bytes.
pub(super) fn size(hit: &JunkHit) -> String {
    if hit.bytes > 0 { bytes(hit.bytes) } else { String::new() }
}

/// Where it is stored, in a few words.
pub(super) fn place(hit: &JunkHit) -> &'static str {
    match hit.place {
        JunkPlace::Layer { live: true, .. } => "in the image",
        JunkPlace::Layer { live: false, .. } => "only stored",
        JunkPlace::Step(_) => "in the history",
        JunkPlace::Image => "the image as a whole",
    }
}

/// The layer that stores it, or that its instruction made.
pub(super) fn layer(subject: &Subject<'_>, hit: &JunkHit) -> Option<LayerNumber> {
    step(subject, hit).and_then(|step| step.layer)
}

/// The instruction that it is about, as safe text.
pub(super) fn instruction(subject: &Subject<'_>, hit: &JunkHit) -> Option<String> {
    let step = step(subject, hit).filter(|_| matches!(hit.place, JunkPlace::Step(_)))?;
    Some(safe_str(&Instruction::read(&beginning(&step.created_by)).line()))
}

/// The same in fewer characters, since the example next to it needs the room; and whether only the base image can fix
/// it.
fn state(hit: &JunkHit, of_base: bool) -> String {
    match hit.place {
        JunkPlace::Layer { live, .. } => {
            let whose = if of_base { ", base" } else { "" };
            format!("{}{whose}", if live { "live" } else { "hidden" })
        }
        JunkPlace::Step(_) => "history".to_owned(),
        JunkPlace::Image => String::new(),
    }
}

/// The instruction, or the largest file.
fn example(subject: &Subject<'_>, hit: &JunkHit) -> String {
    let sample = || hit.samples.first().map_or_else(String::new, |path| safe(path.as_bytes()));
    instruction(subject, hit).unwrap_or_else(sample)
}

#[derive(Serialize)]
struct JunkDocument<'a> {
    schema_version: u32,
    complete: bool,
    total_bytes: u64,
    junk: Vec<JunkRecord<'a>>,
}

/// The step that made it, if known.
fn step<'a>(subject: &Subject<'a>, hit: &JunkHit) -> Option<&'a Step> {
    match hit.place {
        JunkPlace::Layer { layer, .. } => subject.image.step_of(layer),
        JunkPlace::Step(number) => subject.image.step(number),
        JunkPlace::Image => None,
    }
}

/// A hit in JSON.
#[derive(Serialize)]
pub(super) struct JunkRecord<'a> {
    id: &'a str,
    severity: &'static str,
    what: &'a str,
    fix: Cow<'a, str>,
    bytes: u64,
    files: usize,
    layer: Option<usize>,
    step: Option<usize>,
    created_by: &'a str,
    from_base: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    live: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
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
pub fn junk_json(subject: &Subject<'_>, junk: &Junk, out: &mut dyn Write) -> io::Result<()> {
    let document = JunkDocument {
        schema_version: json::SCHEMA,
        complete: subject.complete() && junk.findings.is_empty(),
        total_bytes: total(&junk.hits),
        junk: junk.hits.iter().map(|hit| record(subject, hit)).collect(),
    };
    json::document(out, &document)
}

pub(super) fn record<'a>(subject: &Subject<'a>, hit: &'a JunkHit) -> JunkRecord<'a> {
    let text = &hit.rule.text;
    let base = Base::detect(subject.image);
    let step = step(subject, hit);
    let sample = |path: &EntryPath| {
        let (path, path_base64) = json::text(path.as_bytes());
        Sample { path: path.into_owned(), path_base64 }
    };
    JunkRecord {
        id: &text.id,
        severity: hit.rule.severity.name(),
        what: &text.what,
        fix: hit.fix(&base),
        bytes: hit.bytes,
        files: hit.files,
        layer: hit.place.layer().map(LayerNumber::get),
        step: step.map(|step| step.number),
        created_by: step.map_or("", |step| step.created_by.as_str()),
        from_base: base.has_some(hit.place.layer()),
        dockerfile: lines::of_step(step),
        live: hit.place.is_live(),
        note: &hit.note,
        samples: hit.samples.iter().map(sample).collect(),
    }
}
