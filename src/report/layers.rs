//! Links to what is at another place.

use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::{Alignment, Cell, Table};
use super::{Page, Subject, TextRole, json};
use crate::format::{bytes, count, safe_str};
use crate::image::{LayerNumber, MediaType};
use crate::union::Change;

/// A layer in JSON.
#[derive(Serialize)]
pub(super) struct LayerRecord<'a> {
    layer: usize,
    diff_id: Option<&'a str>,
    digest: Option<&'a str>,
    media_type: Option<&'a str>,
    total_bytes: u64,
    live_bytes: u64,
    overwritten_bytes: u64,
    rewritten_bytes: u64,
    removed_bytes: u64,
    stored_bytes: Option<u64>,
    added: usize,
    modified: usize,
    removed: usize,
    created: Option<&'a str>,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    comment: &'a str,
    /// Bytes that this layer wasted, wherever they are stored.
    wasted_by_bytes: u64,
    compression: Option<&'static str>,
    /// Present if it is what a container changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    container: bool,
    /// A lower layer that is the same blob, stored once.
    same_as: Option<usize>,
    complete: bool,
    /// Why its content cannot be read; empty if it can.
    note: &'a str,
}

/// Every layer, lowest first.
pub(super) fn records<'a>(subject: &Subject<'a>) -> Vec<LayerRecord<'a>> {
    subject.union.layer_numbers().map(|number| record(subject, number)).collect()
}

fn record<'a>(subject: &Subject<'a>, number: LayerNumber) -> LayerRecord<'a> {
    let layer = subject.image.layers.get(number.index());
    let step = subject.image.step_of(number);
    let analysis = subject.analysis.layer(number);
    LayerRecord {
        layer: number.get(),
        diff_id: layer.and_then(|layer| layer.diff_id.as_ref()).map(crate::image::DiffId::as_str),
        digest: layer.and_then(|layer| layer.digest.as_ref()).map(crate::image::Digest::as_str),
        media_type: layer.and_then(|layer| layer.media_type.as_ref()).map(MediaType::as_str),
        total_bytes: analysis.accounts.total(),
        live_bytes: analysis.accounts.live,
        overwritten_bytes: analysis.accounts.overwritten,
        rewritten_bytes: analysis.accounts.rewritten,
        removed_bytes: analysis.accounts.removed,
        stored_bytes: layer.and_then(|layer| layer.stored_size),
        added: analysis.added,
        modified: analysis.modified,
        removed: analysis.removed,
        created: step.and_then(|step| step.created.as_deref()),
        created_by: step.map_or("", |step| &step.created_by),
        dockerfile: lines::of_step(step),
        comment: step.map_or("", |step| &step.comment),
        wasted_by_bytes: analysis.wasted_by,
        compression: layer.and_then(|layer| layer.compression).map(crate::image::Compression::name),
        container: layer.is_some_and(|layer| layer.is_container),
        same_as: layer.and_then(|layer| layer.same_as).map(LayerNumber::get),
        complete: subject.union.entries(number).complete,
        note: layer.map_or("", |layer| layer.blob.note()),
    }
}

/// A remark about a layer before its instruction: that it could not be read, or is stored once for two.
pub(super) fn remark(subject: &Subject<'_>, number: LayerNumber) -> String {
    let Some(layer) = subject.image.layers.get(number.index()) else { return String::new() };
    let note = layer.blob.note();
    if !note.is_empty() {
        return format!("[{}] ", safe_str(note));
    }
    if !subject.union.entries(number).complete {
        return "[incomplete] ".to_owned();
    }
    layer.same_as.map_or_else(String::new, |same| format!("[stored once with {same}] "))
}

/// The layers as a table, lowest first: what each wastes of its own bytes, and what it causes to be wasted anywhere.
///
/// # Errors
/// If `out` cannot be written.
pub fn layers_text(subject: &Subject<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    use Alignment::{Left, Right};
    let with_lines = lines::any(subject.image);
    let mut columns = vec![
        ("#", Right),
        ("size", Right),
        ("wasted", Right),
        ("caused", Right),
        ("added", Right),
        ("modified", Right),
        ("removed", Right),
        ("stored", Right),
    ];
    columns.extend(with_lines.then_some(("lines", Right)));
    columns.push(("instruction", Left));
    let mut table = Table::headed("", &columns);
    for number in subject.union.layer_numbers() {
        let analysis = subject.analysis.layer(number);
        let stored = subject.image.layers.get(number.index()).and_then(|layer| layer.stored_size);
        let changed = |change, role| match subject.analysis.changed(number, change) {
            0 => Cell::with_role(TextRole::Dim, "0".to_owned()),
            some => Cell::with_role(role, count(some)),
        };
        let mut cells = vec![
            Cell::from(number.to_string()),
            Cell::from(bytes(analysis.accounts.total())),
            wasted(analysis.accounts.wasted()),
            wasted(analysis.wasted_by),
            changed(Change::Added, TextRole::Added),
            changed(Change::Modified, TextRole::Modified),
            changed(Change::Removed, TextRole::Removed),
            Cell::from(stored.map_or_else(|| "–".to_owned(), bytes)),
        ];
        if with_lines {
            let lines = subject.image.source_of(number).map(|source| source.lines.to_string());
            cells.push(Cell::with_role(TextRole::Dim, lines.unwrap_or_default()));
        }
        cells.push(Cell::from(remark(subject, number) + &subject.instruction(number)));
        table.row(cells);
    }
    table.write(page, out)
}

fn wasted(size: u64) -> Cell {
    Cell::with_role(if size == 0 { TextRole::Dim } else { TextRole::Waste }, bytes(size))
}

#[derive(Serialize)]
struct LayersDocument<'a> {
    schema_version: u32,
    complete: bool,
    layers: Vec<LayerRecord<'a>>,
}

/// The layers as one document.
///
/// # Errors
/// If `out` cannot be written.
pub fn layers_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document =
        LayersDocument { schema_version: json::SCHEMA, complete: subject.complete(), layers: records(subject) };
    json::document(out, &document)
}

/// The layers as one record per line.
///
/// # Errors
/// If `out` cannot be written.
pub fn layers_ndjson(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    records(subject).iter().try_for_each(|record| json::line(out, record))
}
