//! What is stored for nothing: where, since when, and which instruction made it so.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::table::Lean::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Role, Subject, json, names};
use crate::analysis::{Account, Waste, WasteGroup};
use crate::format::{bytes, fit, safe};
use crate::image::EntryPath;

/// A row of waste, as JSON has it.
#[derive(Serialize)]
pub(super) struct WasteRecord<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    account: &'static str,
    bytes: u64,
    /// Whether the path is a folder that was removed with all that was in it.
    folder: bool,
    /// The lowest layer that stores it, and all of them.
    layer: usize,
    layers: Vec<usize>,
    created_by: &'a str,
    by_layer: usize,
    by_created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FileRecord>>,
}

/// One stored file of a removed folder.
#[derive(Serialize)]
struct FileRecord {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    bytes: u64,
    layer: usize,
}

/// A row as JSON has it, with the files of a folder if they are wanted.
pub(super) fn record<'a>(subject: &Subject<'a>, group: &WasteGroup, with_files: bool) -> WasteRecord<'a> {
    let lowest = group.layers.first().copied().unwrap_or(group.by);
    let (path, path_base64) = json::text(group.path.as_bytes());
    WasteRecord {
        path: path.into_owned(),
        path_base64,
        account: group.account.name(),
        bytes: group.bytes,
        folder: group.folder,
        layer: lowest.get(),
        layers: group.layers.iter().map(|layer| layer.get()).collect(),
        created_by: subject.image.instruction_of(lowest),
        by_layer: group.by.get(),
        by_created_by: subject.image.instruction_of(group.by),
        files: (with_files && group.folder)
            .then(|| files(subject, group).map(|file| file_record(subject, file)).collect()),
    }
}

fn file_record(subject: &Subject<'_>, file: &Waste) -> FileRecord {
    let path = path_of(subject, file);
    let (path, path_base64) = json::text(path.as_bytes());
    FileRecord { path: path.into_owned(), path_base64, bytes: file.bytes, layer: file.layer.get() }
}

fn files<'a>(subject: &Subject<'a>, group: &WasteGroup) -> impl Iterator<Item = &'a Waste> {
    let waste = &subject.analysis.waste;
    group.files.iter().filter_map(|&at| waste.get(at))
}

fn path_of(subject: &Subject<'_>, file: &Waste) -> EntryPath {
    subject.union.version(file.name).path()
}

/// `in layers 2 and 4, removed by layer 6: RUN rm -rf /var/cache`.
pub(super) fn cause(subject: &Subject<'_>, group: &WasteGroup) -> String {
    let instruction = subject.instruction(group.by);
    let instruction = if instruction.is_empty() { Cow::Borrowed("no history") } else { Cow::Owned(instruction) };
    let by = group.by;
    if group.layers == [by] {
        return match group.account {
            Account::Removed => format!("in layer {by} and never visible: {instruction}"),
            _ => format!("more than once in layer {by}: {instruction}"),
        };
    }
    format!("in {}, {} by layer {by}: {instruction}", names::layers(&group.layers), group.account.name())
}

/// The path of a row, with a slash behind a folder.
pub(super) fn shown(group: &WasteGroup) -> String {
    let mut path = safe(group.path.as_bytes());
    if group.folder {
        path.push('/');
    }
    path
}

/// Adds a row to a table of bytes, account, path and cause.
pub(super) fn row(subject: &Subject<'_>, group: &WasteGroup, path: String, table: &mut Table) {
    table.row([
        Cell::of(Role::Waste, bytes(group.bytes)),
        Cell::from(group.account.name().to_owned()),
        Cell::from(path),
        Cell::from(cause(subject, group)),
    ]);
}

/// Every wasted path, largest first; with `all`, the files of a removed folder below it.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_text(subject: &Subject<'_>, all: bool, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.analysis.waste_groups(subject.union);
    if groups.is_empty() {
        return writeln!(out, "nothing is stored for nothing");
    }
    // A path may take half of a page, so that its cause still fits.
    let room = page.width.map_or(usize::MAX, |columns| columns / 2);
    let mut table = Table::headed(&[("size", Right), ("account", Left), ("path", Left), ("cause", Left)]);
    for group in &groups {
        row(subject, group, fit(&shown(group), room), &mut table);
        for file in files(subject, group).filter(|_| all && group.folder) {
            table.row([
                Cell::of(Role::Dim, bytes(file.bytes)),
                Cell::from(String::new()),
                Cell::of(Role::Dim, fit(&format!("  {}", safe(path_of(subject, file).as_bytes())), room)),
                Cell::of(Role::Dim, format!("in layer {}", file.layer)),
            ]);
        }
    }
    table.write(page, out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    complete: bool,
    wasted_bytes: u64,
    waste_total_count: usize,
    waste: Vec<WasteRecord<'a>>,
}

/// Every wasted path as one document.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_json(subject: &Subject<'_>, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.analysis.waste_groups(subject.union);
    let document = Document {
        schema_version: json::SCHEMA,
        complete: subject.complete(),
        wasted_bytes: subject.analysis.totals.wasted(),
        waste_total_count: groups.len(),
        waste: groups.iter().map(|group| record(subject, group, all)).collect(),
    };
    json::document(out, &document)
}

/// Every wasted path as one record a line.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_ndjson(subject: &Subject<'_>, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.analysis.waste_groups(subject.union);
    groups.iter().try_for_each(|group| json::line(out, &record(subject, group, all)))
}
