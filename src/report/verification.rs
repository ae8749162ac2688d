//! What `verify` found. `report` does not know archives, so the caller fills in the rows.

use std::io::{self, Write};

use serde::Serialize;

use super::{Page, TextRole, json};
use crate::format::{bytes, safe_str};
use crate::image::{Finding, LayerNumber};

/// The limit on names that are listed one by one.
const MOST_NAMES: usize = 12;

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerificationOutcome {
    /// As claimed.
    Sound,
    /// Not as claimed.
    Fault(String),
    /// Unknown.
    Unverifiable(String),
}

/// A digest that was computed again.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// The member of the archive.
    pub member: String,
    /// The claimed digest.
    pub digest: String,
    /// For a diff ID: the index of the image, from 0.
    pub image: Option<usize>,
    /// For a diff ID: the layer.
    pub layer: Option<LayerNumber>,
    /// The outcome.
    pub verdict: VerificationOutcome,
}

/// Something else that is wrong.
#[derive(Clone, Debug)]
pub struct FaultRow {
    /// The index of the image, from 0, if it is about one.
    pub image: Option<usize>,
    /// What.
    pub finding: Finding,
}

/// Everything that was checked.
#[derive(Clone, Debug)]
pub struct VerificationReport {
    /// Digests and diff IDs.
    pub checks: Vec<CheckRow>,
    /// Everything else that is wrong.
    pub faults: Vec<FaultRow>,
    /// What is doubtful and no fault.
    pub notes: Vec<Finding>,
    /// What is referenced but need not be present.
    pub absent: Vec<String>,
    /// Members that no digest covers.
    pub uncovered: Vec<String>,
    /// Bytes that were hashed.
    pub hashed_bytes: u64,
}

impl VerificationReport {
    fn count(&self, wanted: fn(&VerificationOutcome) -> bool, diff_ids: bool) -> usize {
        self.checks.iter().filter(|check| check.layer.is_some() == diff_ids && wanted(&check.verdict)).count()
    }

    fn fault_count(&self) -> usize {
        let is_fault = |verdict: &VerificationOutcome| matches!(verdict, VerificationOutcome::Fault(_));
        self.faults.len() + self.count(is_fault, true) + self.count(is_fault, false)
    }
}

/// The faults, then what was sound, what cannot be said, and what nothing covers.
///
/// # Errors
/// If `out` cannot be written.
pub fn verification_text(report: &VerificationReport, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    for check in &report.checks {
        let (word, why) = match &check.verdict {
            VerificationOutcome::Sound => continue,
            VerificationOutcome::Fault(why) => (page.ink.mark(Some(TextRole::Waste), "FAULT"), why),
            VerificationOutcome::Unverifiable(why) => (page.ink.mark(Some(TextRole::Dim), "not verifiable"), why),
        };
        let what = match (check.image, check.layer) {
            (Some(image), Some(layer)) => format!("image @{image}, layer {layer}, diff ID"),
            _ => "blob".to_owned(),
        };
        writeln!(out, "{word}  {what} {} in {}: {}", safe_str(&check.digest), safe_str(&check.member), safe_str(why))?;
    }
    for fault in &report.faults {
        let finding = &fault.finding;
        let image = fault.image.map_or_else(String::new, |image| format!("image @{image}, "));
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
    let sound = |verdict: &VerificationOutcome| *verdict == VerificationOutcome::Sound;
    writeln!(
        out,
        "{} of {} blobs hash to their names, {} of {} layers to their diff IDs; {} hashed",
        report.count(sound, false),
        report.count(|_| true, false),
        report.count(sound, true),
        report.count(|_| true, true),
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
            "no digest covers: {}, nor the headers of the archive around them",
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
pub fn verification_json(report: &VerificationReport, out: &mut dyn Write) -> io::Result<()> {
    let checks = report.checks.iter().map(|check| {
        let (verdict, message) = match &check.verdict {
            VerificationOutcome::Sound => ("sound", ""),
            VerificationOutcome::Fault(why) => ("fault", why.as_str()),
            VerificationOutcome::Unverifiable(why) => ("unverifiable", why.as_str()),
        };
        CheckRecord {
            kind: if check.layer.is_some() { "diff_id" } else { "blob" },
            member: &check.member,
            digest: &check.digest,
            image: check.image,
            layer: check.layer.map(LayerNumber::get),
            verdict,
            message,
        }
    });
    let findings = report.faults.iter().map(|fault| FaultRecord::new(fault.image, &fault.finding));
    let document = VerificationDocument {
        schema_version: json::SCHEMA,
        complete: report.faults.iter().all(|fault| !fault.finding.is_gap),
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
