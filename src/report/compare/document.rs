//! The comparison as a document.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::compare::{DifferenceKind, PackageChange, RowId, Totals};
use crate::image::LayerNumber;
use crate::report::checked::RuleRecord;
use crate::report::cost::PushRecord;
use crate::report::listing::VersionRecord;
use crate::report::secrets::{self, SecretRecord};
use crate::report::summary::ImageRecord;
use crate::report::{Subject, json};
use crate::union::VersionRef;

use super::ComparedSubjects;

#[derive(Serialize)]
struct CompareDocument<'a> {
    schema_version: u32,
    complete: bool,
    incomplete: Vec<String>,
    same: bool,
    premises: Vec<String>,
    verdict: String,
    configuration: Vec<String>,
    a: SideRecord<'a>,
    b: SideRecord<'a>,
    growth_bytes: Option<i128>,
    push: PushRecord,
    first_difference: Option<usize>,
    layers: Vec<LayerPair>,
    files: FilesRecord,
    folders: Rows<'a>,
    paths: Rows<'a>,
    settings: Vec<SettingRecord>,
    packages: Vec<PackageRecord>,
    secrets: Option<Vec<SecretRow<'a>>>,
    secrets_left_out: usize,
    junk: Option<Vec<JunkRow<'a>>>,
    rules: Option<Vec<RuleRecord<'a>>>,
}

#[derive(Serialize)]
struct SideRecord<'a> {
    image: ImageRecord<'a>,
    complete: bool,
    layers: usize,
    total_bytes: u64,
    stored_bytes: u64,
}

#[derive(Serialize)]
struct LayerPair {
    relation: &'static str,
    a: Option<usize>,
    b: Option<usize>,
    total_bytes_a: Option<u64>,
    total_bytes_b: Option<u64>,
    recompressed: bool,
    moved_to: Option<usize>,
    unread: bool,
    instruction: String,
    reason: Option<ReasonRecord>,
}

#[derive(Serialize)]
struct ReasonRecord {
    content: usize,
    mode: usize,
    owner: usize,
    attributes: usize,
    time: usize,
    only_in_a: usize,
    only_in_b: usize,
    removals: usize,
    not_compared: usize,
    unread: usize,
    time_only: bool,
    metadata_only: bool,
    usual_reasons: Vec<UsualReason>,
    text: String,
}

#[derive(Serialize)]
struct UsualReason {
    what: &'static str,
    paths: usize,
}

#[derive(Serialize)]
struct FilesRecord {
    added: usize,
    removed: usize,
    modified: usize,
    metadata: usize,
    not_compared: usize,
    bytes_a: u64,
    bytes_b: u64,
}

impl From<Totals> for FilesRecord {
    fn from(totals: Totals) -> Self {
        let count = |kind| totals.count(kind);
        Self {
            added: count(DifferenceKind::Added),
            removed: count(DifferenceKind::Removed),
            modified: count(DifferenceKind::Modified),
            metadata: count(DifferenceKind::Metadata),
            not_compared: count(DifferenceKind::NotCompared),
            bytes_a: totals.before,
            bytes_b: totals.after,
        }
    }
}

/// Rows that are built while they are written.
struct Rows<'a> {
    subjects: ComparedSubjects<'a>,
    folders: bool,
}

#[derive(Serialize)]
struct FolderRecord {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    #[serde(flatten)]
    totals: FilesRecord,
}

#[derive(Serialize)]
struct PathRecord {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    change: &'static str,
    differs: Vec<&'static str>,
    unread: bool,
    a: Option<SideVersion>,
    b: Option<SideVersion>,
}

#[derive(Serialize)]
struct SideVersion {
    #[serde(flatten)]
    version: VersionRecord,
    layer: Option<usize>,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let subjects = &self.subjects;
        let differences = &subjects.comparison.differences;
        if self.folders {
            let sides = subjects.sides();
            let folders = differences.all_rows().filter(|&id| differences.is_folder(&sides, id) || id == 0);
            return serializer.collect_seq(folders.map(|id| folder(subjects, id)));
        }
        serializer.collect_seq(differences.walk().map(|id| path(subjects, id)))
    }
}

fn named(subjects: &ComparedSubjects<'_>, id: RowId) -> (String, Option<String>) {
    let path = subjects.comparison.differences.path(&subjects.sides(), id);
    let path = subjects.redacted(path.as_bytes());
    let (text, base64) = json::text(&path);
    (text.into_owned(), base64)
}

fn folder(subjects: &ComparedSubjects<'_>, id: RowId) -> FolderRecord {
    let (path, path_base64) = named(subjects, id);
    FolderRecord { path, path_base64, totals: subjects.comparison.differences.row(id).totals.into() }
}

fn path(subjects: &ComparedSubjects<'_>, id: RowId) -> PathRecord {
    let differences = &subjects.comparison.differences;
    let (path, path_base64) = named(subjects, id);
    let row = differences.row(id);
    let [a, b] = differences.versions(&subjects.sides(), id).map(|version| version.map(side_version));
    PathRecord {
        path,
        path_base64,
        change: row.kind.map_or("", DifferenceKind::name),
        differs: row.aspects.names().collect(),
        unread: row.unread,
        a,
        b,
    }
}

fn side_version(version: VersionRef<'_>) -> SideVersion {
    let layer = version.entry().map(|_| version.layer().get());
    SideVersion { version: VersionRecord::new(version, version.kind()), layer }
}

#[derive(Serialize)]
struct SettingRecord {
    setting: String,
    a: Option<String>,
    b: Option<String>,
    secret: bool,
}

#[derive(Serialize)]
struct PackageRecord {
    ecosystem: &'static str,
    name: String,
    change: &'static str,
    a: Vec<String>,
    b: Vec<String>,
}

#[derive(Serialize)]
struct SecretRow<'a> {
    presence: &'static str,
    image: &'static str,
    #[serde(flatten)]
    secret: SecretRecord<'a>,
}

#[derive(Serialize)]
struct JunkRow<'a> {
    presence: &'static str,
    id: &'a str,
    severity: &'static str,
    what: &'a str,
    bytes_a: u64,
    bytes_b: u64,
    files_a: usize,
    files_b: usize,
}

/// The comparison as a document, with every path that differs.
///
/// # Errors
/// If `out` cannot be written.
pub fn compare_json(subjects: &ComparedSubjects<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = subjects.comparison;
    let document = CompareDocument {
        schema_version: json::SCHEMA,
        complete: subjects.complete(),
        incomplete: subjects.gaps(),
        same: subjects.is_same() && subjects.complete() && comparison.configuration.is_empty(),
        premises: subjects.premises(),
        verdict: subjects.verdict(),
        configuration: comparison.configuration.iter().map(|part| subjects.words(part)).collect(),
        a: side(&subjects.a),
        b: side(&subjects.b),
        growth_bytes: growth(subjects),
        push: PushRecord::new(&comparison.cost, &|text| subjects.words(text)),
        first_difference: comparison.alignment.first_difference().filter(|_| !subjects.is_unmatched()),
        layers: (0..comparison.alignment.rows.len()).map(|row| layer_pair(subjects, row)).collect(),
        files: comparison.differences.totals().into(),
        folders: Rows { subjects: *subjects, folders: true },
        paths: Rows { subjects: *subjects, folders: false },
        settings: settings(subjects),
        packages: comparison.packages.changes.iter().map(|change| package(subjects, change)).collect(),
        secrets: secret_rows(subjects),
        secrets_left_out: subjects.secrets_left_out(),
        junk: junk_rows(subjects),
        rules: subjects
            .judgement
            .map(|judgement| judgement.rules.iter().map(|judged| RuleRecord::new(subjects.b.image, judged)).collect()),
    };
    json::document(out, &document)
}

/// Unknown if files were not read.
fn growth(subjects: &ComparedSubjects<'_>) -> Option<i128> {
    let [a, b] = subjects.subjects().map(|subject| i128::from(subject.analysis.totals.total()));
    (!subjects.comparison.has_unread_files()).then_some(b - a)
}

fn side<'a>(subject: &Subject<'a>) -> SideRecord<'a> {
    SideRecord {
        image: ImageRecord::new(subject.image),
        complete: subject.complete(),
        layers: subject.union.layer_count(),
        total_bytes: subject.analysis.totals.total(),
        stored_bytes: subject.stored_bytes(),
    }
}

fn layer_pair(subjects: &ComparedSubjects<'_>, at: usize) -> LayerPair {
    let row = &subjects.comparison.alignment.rows[at];
    let reason = subjects.comparison.reason(at).zip(subjects.reason_text(at)).map(|(reason, text)| ReasonRecord {
        content: reason.content,
        mode: reason.mode,
        owner: reason.owner,
        attributes: reason.attributes,
        time: reason.time,
        only_in_a: reason.only_in_a,
        only_in_b: reason.only_in_b,
        removals: reason.removals,
        not_compared: reason.not_compared,
        unread: reason.unread,
        time_only: reason.is_time_only(),
        metadata_only: reason.is_metadata_only(),
        usual_reasons: reason.culprits.iter().map(|&(what, paths)| UsualReason { what, paths }).collect(),
        text,
    });
    LayerPair {
        relation: row.relation.name(),
        a: row.a.map(LayerNumber::get),
        b: row.b.map(LayerNumber::get),
        total_bytes_a: subjects.layer_bytes(0, row.a),
        total_bytes_b: subjects.layer_bytes(1, row.b),
        recompressed: row.recompressed,
        moved_to: row.moved.map(LayerNumber::get),
        unread: row.unread,
        instruction: subjects.instruction(at),
        reason,
    }
}

fn settings(subjects: &ComparedSubjects<'_>) -> Vec<SettingRecord> {
    let value = |value: &Option<String>| value.as_deref().map(|text| subjects.words(text));
    let record = |change: &crate::compare::SettingChange| SettingRecord {
        setting: subjects.words(&change.name),
        a: value(&change.before),
        b: value(&change.after),
        secret: change.secret,
    };
    subjects.settings.iter().map(record).collect()
}

fn package(subjects: &ComparedSubjects<'_>, change: &PackageChange) -> PackageRecord {
    let words = |versions: &[String]| versions.iter().map(|version| subjects.words(version)).collect();
    PackageRecord {
        ecosystem: change.ecosystem.name(),
        name: subjects.words(&change.name),
        change: match (change.before.is_empty(), change.after.is_empty()) {
            (true, _) => "added",
            (_, true) => "removed",
            _ => "changed",
        },
        a: words(&change.before),
        b: words(&change.after),
    }
}

fn secret_rows<'a>(subjects: &ComparedSubjects<'a>) -> Option<Vec<SecretRow<'a>>> {
    let findings = subjects.findings?;
    let row = |change: &crate::compare::SecretChange| {
        let (side, secret) = subjects.secret(change)?;
        let subject = if side == 0 { &subjects.a } else { &subjects.b };
        Some(SecretRow {
            presence: change.presence.name(),
            image: ["a", "b"][side],
            secret: secrets::record(subject, secret, false),
        })
    };
    Some(findings.secret_changes.iter().filter_map(row).collect())
}

fn junk_rows<'a>(subjects: &ComparedSubjects<'a>) -> Option<Vec<JunkRow<'a>>> {
    let row = |change: &'a crate::compare::JunkChange| JunkRow {
        presence: change.presence.name(),
        id: &change.id,
        severity: change.severity.name(),
        what: &change.what,
        bytes_a: change.bytes[0],
        bytes_b: change.bytes[1],
        files_a: change.files[0],
        files_b: change.files[1],
    };
    Some(subjects.findings?.junk_changes.iter().map(row).collect())
}
