//! Everything in one document: what the image is, where its bytes are, and its findings.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::analysis::{Cause, WasteGroup};
use crate::dive::Dive;
use crate::image::Image;
use crate::report::causes::{self, CauseRecord};
use crate::report::container::{self, ContainerRecord};
use crate::report::history::{self, StepRecord};
use crate::report::junk::{self, JunkRecord};
use crate::report::layers::{self, LayerRecord};
use crate::report::savings::{self, SavingRecord};
use crate::report::secrets::{self, SecretRecord};
use crate::report::summary::{DiveRecord, FindingRecord, ImageRecord, Totals};
use crate::report::{Subject, json, waste};

use super::search_results::SearchResults;
use super::tree::{self, TreeEntry};

/// The document; with a limit, it has only the first rows of its long lists and says how many there are.
#[derive(Serialize)]
pub(super) struct FullReport<'a> {
    schema_version: u32,
    generator: &'static str,
    complete: bool,
    image: ImageRecord<'a>,
    config: ConfigRecord<'a>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<ContainerRecord>,
    dive: DiveRecord,
    layers: Vec<LayerRecord<'a>>,
    history: Vec<StepRecord<'a>>,
    savings_total_count: usize,
    savings: Vec<SavingRecord<'a>>,
    causes_total_count: usize,
    causes: Vec<CauseRecord<'a>>,
    waste_total_count: usize,
    waste: WasteRecords<'a>,
    secrets_total_count: usize,
    secrets_unread_count: usize,
    secrets_layers_by_name_count: usize,
    secrets: Vec<SecretRecord<'a>>,
    junk_total_count: usize,
    junk_total_bytes: u64,
    junk_unread_count: usize,
    junk: Vec<JunkRecord<'a>>,
    findings_total_count: usize,
    findings: Vec<FindingRecord>,
    tree_total_count: usize,
    pub(super) tree: Vec<TreeEntry>,
}

#[derive(Serialize)]
struct ConfigRecord<'a> {
    user: &'a str,
    entrypoint: &'a [String],
    cmd: &'a [String],
    env: &'a [String],
    working_dir: &'a str,
    exposed_ports: &'a [String],
    volumes: &'a [String],
    labels: Vec<Label<'a>>,
    stop_signal: &'a str,
    healthcheck: &'a [String],
    on_build: &'a [String],
    shell: &'a [String],
}

#[derive(Serialize)]
struct Label<'a> {
    name: &'a str,
    value: &'a str,
}

/// Rows of waste, built while they are written.
struct WasteRecords<'a> {
    subject: Subject<'a>,
    groups: &'a [WasteGroup],
}

impl Serialize for WasteRecords<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.groups.iter().map(|group| waste::record(&self.subject, group, false)))
    }
}

impl<'a> FullReport<'a> {
    pub(super) fn new(
        subject: &Subject<'a>,
        dive: &Dive,
        results: &SearchResults<'a>,
        causes: &[Cause],
        groups: &'a [WasteGroup],
        most: usize,
    ) -> Self {
        let tree = tree::largest(subject);
        let savings = savings::savings(subject, causes, results.junk);
        Self {
            schema_version: json::SCHEMA,
            generator: concat!("layerscope ", env!("CARGO_PKG_VERSION")),
            complete: subject.complete(),
            image: ImageRecord::new(subject.image),
            config: ConfigRecord::new(subject.image),
            totals: Totals::new(subject),
            container: container::record(subject),
            dive: DiveRecord::new(dive),
            layers: layers::records(subject),
            history: history::records(subject),
            savings_total_count: savings.len(),
            savings: savings.iter().take(most).map(|saving| savings::record(subject, saving)).collect(),
            causes_total_count: causes.len(),
            causes: causes::records(subject, causes.get(..most).unwrap_or(causes)),
            waste_total_count: groups.len(),
            waste: WasteRecords { subject: *subject, groups: groups.get(..most).unwrap_or(groups) },
            secrets_total_count: secrets::total(results.secrets),
            secrets_unread_count: results.secrets.findings.len(),
            secrets_layers_by_name_count: results.secrets.by_names,
            secrets: results.secrets.found.iter().take(most).map(|one| secrets::record(subject, one, false)).collect(),
            junk_total_count: results.junk.hits.len(),
            junk_total_bytes: junk::total(&results.junk.hits),
            junk_unread_count: results.junk.findings.len(),
            junk: results.junk.hits.iter().take(most).map(|hit| junk::record(subject, hit)).collect(),
            findings_total_count: subject.findings_count(),
            findings: subject.findings().take(most).map(FindingRecord::new).collect(),
            tree_total_count: tree.total_count,
            tree: tree.places,
        }
    }
}

impl<'a> ConfigRecord<'a> {
    fn new(image: &'a Image) -> Self {
        let config = &image.config;
        Self {
            user: &config.user,
            entrypoint: &config.entrypoint,
            cmd: &config.cmd,
            env: &config.env,
            working_dir: &config.working_dir,
            exposed_ports: &config.exposed_ports,
            volumes: &config.volumes,
            labels: config.labels.iter().map(|(name, value)| Label { name, value }).collect(),
            stop_signal: &config.stop_signal,
            healthcheck: config.healthcheck.as_ref().map_or(&[], |check| &check.test),
            on_build: &config.on_build,
            shell: &config.shell,
        }
    }
}

/// The whole report as a document.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_json(
    subject: &Subject<'_>,
    dive: &Dive,
    results: &SearchResults<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = subject.waste_groups();
    let causes = subject.causes();
    json::document(out, &FullReport::new(subject, dive, results, &causes, &groups, usize::MAX))
}
