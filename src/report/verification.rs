//! What `verify` found.

use std::io::{self, Write};

use serde::Serialize;

use super::{Page, TextRole, json};
use crate::format::{bytes, safe_str};
use crate::image::{Finding, LayerNumber};
use crate::verify::{CheckOutcome, Verification};

/// The limit on names that are listed one by one.
const MOST_NAMES: usize = 12;

fn count(verification: &Verification, wanted: fn(&CheckOutcome) -> bool, diff_ids: bool) -> usize {
    let checks = verification.checks.iter();
    checks.filter(|check| check.diff_id_of.is_some() == diff_ids && wanted(&check.outcome)).count()
}

/// The faults, then what was sound, what cannot be said, and what nothing covers.
///
/// # Errors
/// If `out` cannot be written.
pub fn verification_text(report: &Verification, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    for check in &report.checks {
        let (word, why) = match &check.outcome {
            CheckOutcome::Sound => continue,
            CheckOutcome::Fault(why) => (page.ink.mark(Some(TextRole::Waste), "FAULT"), why),
            CheckOutcome::Unverifiable(why) => (page.ink.mark(Some(TextRole::Dim), "not verifiable"), why),
        };
        let what = match check.diff_id_of {
            Some((image, layer)) => format!("image @{image}, layer {layer}, diff ID"),
            None => "blob".to_owned(),
        };
        writeln!(out, "{word}  {what} {} in {}: {}", safe_str(&check.digest), safe_str(&check.member), safe_str(why))?;
    }
    for (image, finding) in &report.faults {
        let image = image.map_or_else(String::new, |image| format!("image @{image}, "));
        let layer = finding.layer.map_or_else(String::new, |layer| format!("layer {layer}, "));
        let path = finding
            .path
            .as_ref()
            .map_or_else(String::new, |path| format!("`{}`: ", crate::format::safe(path.as_bytes())));
        writeln!(
            out,
            "{}  {image}{layer}{}: {path}{}",
            page.ink.mark(Some(TextRole::Waste), "FAULT"),
            finding.kind.name(),
            safe_str(&finding.message)
        )?;
    }
    let sound = |verdict: &CheckOutcome| *verdict == CheckOutcome::Sound;
    writeln!(
        out,
        "{} of {} blobs match their digests, {} of {} layers match their diff IDs; {} hashed",
        count(report, sound, false),
        count(report, |_| true, false),
        count(report, sound, true),
        count(report, |_| true, true),
        bytes(report.hashed_bytes)
    )?;
    for note in &report.notes {
        writeln!(out, "note: {}: {}", note.kind.name(), safe_str(&note.message))?;
    }
    for absent in &report.absent {
        writeln!(out, "not in this archive: {}", safe_str(absent))?;
    }
    if !report.uncovered.is_empty() {
        writeln!(
            out,
            "not covered by a digest: {}, and the headers of the archive around them",
            uncovered(&report.uncovered)
        )?;
    }
    match report.fault_count() {
        0 => writeln!(out, "no fault found"),
        1 => writeln!(out, "1 fault"),
        faults => writeln!(out, "{faults} faults"),
    }
}

/// The names, with those that occur in many folders listed once.
fn uncovered(names: &[String]) -> String {
    let mut shown: Vec<(String, usize)> = Vec::new();
    for name in names {
        let text = match name.rsplit_once('/') {
            Some((_, last)) => format!("…/{last}"),
            None => name.clone(),
        };
        match shown.iter().position(|(known, _)| *known == text) {
            Some(at) => shown[at].1 += 1,
            None if shown.len() == MOST_NAMES => return format!("{}, …", join(&shown)),
            None => shown.push((text, 1)),
        }
    }
    join(&shown)
}

fn join(shown: &[(String, usize)]) -> String {
    let words = shown.iter().map(|(text, times)| match times {
        1 => safe_str(text),
        times => format!("{times} × {}", safe_str(text)),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct VerificationDocument<'a> {
    schema_version: u32,
    complete: bool,
    faults: usize,
    hashed_bytes: u64,
    checks: Vec<CheckRecord<'a>>,
    findings: Vec<FaultRecord<'a>>,
    notes: Vec<FaultRecord<'a>>,
    absent: &'a [String],
    uncovered: &'a [String],
}

#[derive(Serialize)]
struct CheckRecord<'a> {
    kind: &'static str,
    member: &'a str,
    digest: &'a str,
    image: Option<usize>,
    layer: Option<usize>,
    verdict: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct FaultRecord<'a> {
    image: Option<usize>,
    layer: Option<usize>,
    kind: &'static str,
    path: Option<String>,
    message: &'a str,
}

impl<'a> FaultRecord<'a> {
    fn new(image: Option<usize>, finding: &'a Finding) -> Self {
        Self {
            image,
            layer: finding.layer.map(LayerNumber::get),
            kind: finding.kind.name(),
            path: finding.path.as_ref().map(|path| json::text(path.as_bytes()).0.into_owned()),
            message: &finding.message,
        }
    }
}

/// The same as a document, the sound checks included.
///
/// # Errors
/// If `out` cannot be written.
pub fn verification_json(report: &Verification, out: &mut dyn Write) -> io::Result<()> {
    let checks = report.checks.iter().map(|check| {
        let (verdict, message) = match &check.outcome {
            CheckOutcome::Sound => ("sound", ""),
            CheckOutcome::Fault(why) => ("fault", why.as_str()),
            CheckOutcome::Unverifiable(why) => ("unverifiable", why.as_str()),
        };
        CheckRecord {
            kind: if check.diff_id_of.is_some() { "diff_id" } else { "blob" },
            member: &check.member,
            digest: &check.digest,
            image: check.diff_id_of.map(|(image, _)| image),
            layer: check.diff_id_of.map(|(_, layer)| layer.get()),
            verdict,
            message,
        }
    });
    let findings = report.faults.iter().map(|(image, finding)| FaultRecord::new(*image, finding));
    let document = VerificationDocument {
        schema_version: json::SCHEMA,
        complete: report.faults.iter().all(|(_, finding)| !finding.is_gap),
        faults: report.fault_count(),
        hashed_bytes: report.hashed_bytes,
        checks: checks.collect(),
        findings: findings.collect(),
        notes: report.notes.iter().map(|note| FaultRecord::new(None, note)).collect(),
        absent: &report.absent,
        uncovered: &report.uncovered,
    };
    json::document(out, &document)
}
