//! The image configuration (image-spec `config.md`, and Docker's older shape of it).

use serde_json::Value;

use crate::image::{Config, DiffId, Finding, FindingKind, Healthcheck, HistoryEntry, Platform};

use super::descriptor::platform;
use super::json::Walk;

/// So many steps are read. Engines take 127 layers, and a Dockerfile has a few steps for each; millions fit into a document.
const HISTORY_MOST: usize = 10_000;
/// A longer text is not a time.
const TIME_BYTES_MOST: usize = 255;

/// A parsed configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) config: Config,
    pub(super) platform: Option<Platform>,
    pub(super) created: Option<String>,
    pub(super) history: Vec<HistoryEntry>,
    /// As written; a text that is not a digest is kept, so that it counts.
    pub(super) diff_ids: Vec<Result<DiffId, String>>,
}

impl Parsed {
    /// Parses a configuration, and reports what was left out.
    pub(super) fn new(value: &Value, findings: &mut Vec<Finding>) -> Self {
        let history = value.field("history").items();
        if history.len() > HISTORY_MOST {
            let message = format!("the history has {} steps: the first {HISTORY_MOST} are shown", history.len());
            findings.push(Finding::of_image(FindingKind::TooMuch, message).gap());
        }
        let diff_ids = value.field("rootfs").field("diff_ids").items().iter();
        Self {
            config: config(value.field("config")),
            platform: platform(value),
            created: created(value),
            history: history.iter().take(HISTORY_MOST).map(history_entry).collect(),
            diff_ids: diff_ids
                .map(|id| {
                    let text = id.as_str().unwrap_or_default();
                    text.parse().map(DiffId).map_err(|_| text.to_owned())
                })
                .collect(),
        }
    }
}

/// When something was created, as written.
pub(super) fn created(value: &Value) -> Option<String> {
    Some(value.text("created")).filter(|text| !text.is_empty() && text.len() <= TIME_BYTES_MOST).map(str::to_owned)
}

fn history_entry(value: &Value) -> HistoryEntry {
    HistoryEntry {
        created: created(value),
        created_by: value.text("created_by").to_owned(),
        author: value.text("author").to_owned(),
        comment: value.text("comment").to_owned(),
        empty_layer: value.field("empty_layer").as_bool().unwrap_or(false),
    }
}

/// The runtime half of a configuration; engines describe it in the same words.
#[must_use]
pub fn config(value: &Value) -> Config {
    Config {
        user: value.text("User").to_owned(),
        entrypoint: value.words("Entrypoint"),
        cmd: value.words("Cmd"),
        env: value.words("Env"),
        working_dir: value.text("WorkingDir").to_owned(),
        exposed_ports: keys(value.field("ExposedPorts")),
        volumes: keys(value.field("Volumes")),
        labels: pairs(value.field("Labels")),
        stop_signal: value.text("StopSignal").to_owned(),
        healthcheck: healthcheck(value.field("Healthcheck")),
        on_build: value.words("OnBuild"),
        shell: value.words("Shell"),
    }
}

fn healthcheck(value: &Value) -> Option<Healthcheck> {
    let number = |name| value.field(name).as_u64().unwrap_or(0);
    Some(value.words("Test")).filter(|test| !test.is_empty()).map(|test| Healthcheck {
        test,
        interval: number("Interval"),
        timeout: number("Timeout"),
        start_period: number("StartPeriod"),
        retries: number("Retries"),
    })
}

/// The keys of a Go set.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(set) => set.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let Some(object) = value.as_object() else { return Vec::new() };
    object
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}
