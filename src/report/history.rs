//! The history as `docker history` prints it: newest first, sizes and ages as docker writes them, `<missing>` for every
//! step but the newest, since an image keeps no identity for the others.

use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::{Page, Subject, TextRole, json};
use crate::format::{docker_size, docker_time, fit, safe_str, since, width};
use crate::image::{LayerNumber, Step};

/// The width of an instruction in docker's table.
const CREATED_BY: usize = 45;
/// Docker's columns are at least this wide, and this far apart.
const LEAST: usize = 10;
const GAP: usize = 3;

/// Options of the history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryOptions {
    /// Show full digests and instructions.
    pub no_trunc: bool,
    /// The current time in seconds since the epoch, from which ages are computed.
    pub now: i64,
}

/// The history as docker's table.
///
/// # Errors
/// If `out` cannot be written.
pub fn history_text(
    subject: &Subject<'_>,
    options: HistoryOptions,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    // One column more than docker has, where there is something to show.
    let columns = if lines::any(subject.image) { 6 } else { 5 };
    let mut rows = vec![["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT", "DOCKERFILE"].map(str::to_owned)];
    let newest = subject.image.own_steps().len();
    for step in subject.image.steps.iter().rev() {
        let digest = subject.image.digest.as_ref().filter(|_| step.number == newest);
        let id = digest.map(|digest| if options.no_trunc { digest.as_str() } else { digest.short() });
        let created = step.created.as_deref();
        let created_by = safe_str(&step.created_by.replace('\t', " "));
        rows.push([
            // Docker does not list the layer of a container.
            id.map_or_else(|| if step.number > newest { "-" } else { "<missing>" }.to_owned(), safe_str),
            since(created.unwrap_or_default(), options.now),
            if options.no_trunc { created_by } else { fit(&created_by, CREATED_BY) },
            docker_size(size(subject, step)),
            safe_str(&step.comment),
            step.source.as_ref().map_or_else(String::new, |source| source.lines.to_string()),
        ]);
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (known, cell) in widths.iter_mut().zip(row) {
            *known = (*known).max((width(cell) + GAP).max(LEAST));
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let cells = row
            .iter()
            .zip(widths)
            .take(columns)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        let line: String = cells.collect();
        writeln!(out, "{}", page.ink.mark((at == 0).then_some(TextRole::Heading), line.trim_end()))?;
    }
    Ok(())
}

/// Bytes of content that a step's layer stores; 0 for a step without a layer.
pub(super) fn size(subject: &Subject<'_>, step: &Step) -> u64 {
    step.layer.map_or(0, |layer| subject.analysis.layer(layer).accounts.total())
}

#[derive(Serialize)]
pub(super) struct StepRecord<'a> {
    /// From 1, oldest first, whatever the order of the list.
    step: usize,
    layer: Option<usize>,
    /// The image's digest at its newest step; null for the others.
    id: Option<&'a str>,
    created: Option<&'a str>,
    /// The same time as docker prints it: to the second, in UTC.
    created_at: Option<String>,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    author: &'a str,
    comment: &'a str,
    /// Whether the step has no layer.
    empty_layer: bool,
    /// Whether history and layers disagree here.
    inconsistent: bool,
    size_bytes: u64,
    /// The same as docker writes it.
    size: String,
}

#[derive(Serialize)]
struct HistoryDocument<'a> {
    schema_version: u32,
    complete: bool,
    history: Vec<StepRecord<'a>>,
}

/// The history as a document, newest first.
///
/// # Errors
/// If `out` cannot be written.
pub fn history_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document =
        HistoryDocument { schema_version: json::SCHEMA, complete: subject.complete(), history: records(subject) };
    json::document(out, &document)
}

/// Every step, newest first.
pub(super) fn records<'a>(subject: &Subject<'a>) -> Vec<StepRecord<'a>> {
    let newest = subject.image.own_steps().len();
    let records = subject.image.steps.iter().rev().map(|step| StepRecord {
        step: step.number,
        layer: step.layer.map(LayerNumber::get),
        id: subject.image.digest.as_ref().filter(|_| step.number == newest).map(crate::image::Digest::as_str),
        created: step.created.as_deref(),
        created_at: step.created.as_deref().and_then(docker_time),
        created_by: &step.created_by,
        dockerfile: lines::of_step(Some(step)),
        author: &step.author,
        comment: &step.comment,
        empty_layer: step.layer.is_none(),
        inconsistent: step.inconsistent,
        size_bytes: size(subject, step),
        size: docker_size(size(subject, step)),
    });
    records.collect()
}
