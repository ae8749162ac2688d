//! Waste: where it is stored, which layer wasted it, and by which instruction.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole, causes, json};
use crate::analysis::{Waste, WasteGroup};
use crate::format::{bytes, count, fit, safe};
use crate::image::EntryPath;

/// Letters of a path where the page has no width.
const LONGEST_PATH: usize = 1_000;
/// The limit on causes above the rows, unless all are requested.
const CAUSES: usize = 20;

/// A row of waste in JSON.
#[derive(Serialize)]
pub(super) struct WasteRecord<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    account: &'static str,
    bytes: u64,
    /// Whether the path is a folder that was removed or rewritten with everything in it.
    folder: bool,
    /// The layer that stores it.
    layer: usize,
    created_by: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    by_layer: usize,
    by_created_by: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_dockerfile: Option<LinesRecord<'a>>,
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

/// A row in JSON, with the files of a folder if requested.
pub(super) fn record<'a>(subject: &Subject<'a>, group: &WasteGroup, with_files: bool) -> WasteRecord<'a> {
    let (path, path_base64) = json::text(group.path.as_bytes());
    WasteRecord {
        path: path.into_owned(),
        path_base64,
        account: group.account.name(),
        bytes: group.bytes,
        folder: group.folder,
        layer: group.layer.get(),
        created_by: subject.quoted(group.layer),
        dockerfile: lines::of_layer(subject.image, group.layer),
        by_layer: group.by.get(),
        by_created_by: subject.quoted(group.by),
        by_dockerfile: lines::of_layer(subject.image, group.by),
        files: (with_files && group.folder)
            .then(|| files(subject, group).map(|file| file_record(subject, file)).collect()),
    }
}

fn file_record(subject: &Subject<'_>, file: &Waste) -> FileRecord {
    let (path, path_base64) = subject.json_path(path_of(subject, file).as_bytes());
    FileRecord { path, path_base64, bytes: file.bytes, layer: file.layer.get() }
}

fn files<'a>(subject: &Subject<'a>, group: &WasteGroup) -> impl Iterator<Item = &'a Waste> {
    let waste = &subject.analysis.waste;
    group.files.iter().filter_map(|&at| waste.get(at))
}

fn path_of(subject: &Subject<'_>, file: &Waste) -> EntryPath {
    subject.union.version(file.name).path()
}

/// The path of a row, with a slash after a folder.
fn shown(group: &WasteGroup) -> String {
    let mut path = safe(group.path.as_bytes());
    if group.folder {
        path.push('/');
    }
    path
}

/// A table of what is wasted: which layers store it, which layer wasted it, and the instruction of that layer.
pub(super) fn table(indent: &'static str) -> Table {
    let columns = [
        ("size", Right),
        ("account", Left),
        ("stored in", Right),
        ("by", Right),
        ("path", Left),
        ("instruction", Left),
    ];
    Table::headed(indent, &columns)
}

/// Adds a row to such a table; a path may take a third of the page, so that the instruction still fits.
/// `instructions` are those of all layers, as [`Subject::briefs`] gives them.
pub(super) fn row(instructions: &[String], group: &WasteGroup, page: &Page, table: &mut Table) {
    let instruction = instructions.get(group.by.index()).map_or("", String::as_str);
    table.row([
        Cell::with_role(TextRole::Waste, bytes(group.bytes)),
        Cell::from(group.account.name().to_owned()),
        Cell::from(group.layer.to_string()),
        Cell::from(group.by.to_string()),
        Cell::from(fit_path(&shown(group), page)),
        Cell::from(if instruction.is_empty() { "(no history)" } else { instruction }.to_owned()),
    ]);
}

fn fit_path(path: &str, page: &Page) -> String {
    fit(path, page.width.map_or(LONGEST_PATH, |columns| columns / 3))
}

/// The causes, each with how to fix it, then every wasted path, largest first; with `all`, the files of a removed
/// folder below it.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_text(subject: &Subject<'_>, all: bool, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.waste_groups();
    if groups.is_empty() {
        return writeln!(out, "nothing is wasted");
    }
    let more = causes::table(subject, if all { usize::MAX } else { CAUSES }, "", page, out)?;
    if more > 0 {
        writeln!(out, "and {} more causes: `--all` lists them", count(more))?;
    }
    writeln!(out)?;
    let mut table = table("");
    let instructions = subject.briefs();
    for group in &groups {
        row(&instructions, group, page, &mut table);
        for file in files(subject, group).filter(|_| all && group.folder) {
            let path = format!("  {}", subject.path(path_of(subject, file).as_bytes()));
            table.row([
                Cell::with_role(TextRole::Dim, bytes(file.bytes)),
                Cell::from(String::new()),
                Cell::with_role(TextRole::Dim, file.layer.to_string()),
                Cell::from(String::new()),
                Cell::with_role(TextRole::Dim, fit_path(&path, page)),
                Cell::from(String::new()),
            ]);
        }
    }
    table.write(page, out)
}

#[derive(Serialize)]
struct WasteDocument<'a> {
    schema_version: u32,
    complete: bool,
    wasted_bytes: u64,
    causes: Vec<causes::CauseRecord<'a>>,
    waste_total_count: usize,
    waste: Records<'a>,
}

/// The rows, each made when it is written.
struct Records<'a> {
    subject: &'a Subject<'a>,
    groups: &'a [WasteGroup],
    all: bool,
}

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.groups.iter().map(|group| record(self.subject, group, self.all)))
    }
}

/// Every wasted path as one document.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_json(subject: &Subject<'_>, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.waste_groups();
    let document = WasteDocument {
        schema_version: json::SCHEMA,
        complete: subject.complete(),
        wasted_bytes: subject.analysis.totals.wasted(),
        causes: causes::records(subject, &subject.causes()),
        waste_total_count: groups.len(),
        waste: Records { subject, groups: &groups, all },
    };
    json::document(out, &document)
}

/// Every wasted path as one record a line.
///
/// # Errors
/// If `out` cannot be written.
pub fn waste_ndjson(subject: &Subject<'_>, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.waste_groups();
    groups.iter().try_for_each(|group| json::line(out, &record(subject, group, all)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Identities};
    use crate::image::{EntryKind, HistoryEntry, Image, Layer, NewEntry, pair_history};
    use crate::secrets::Redactor;
    use crate::union::Union;
    use crate::union::testing::{self, entry};

    /// Layers of names, each made by `RUN` and its number; a file's size is the length of its name.
    fn lines(layers: &[&[&str]]) -> Vec<String> {
        let scans = layers.iter().map(|names| {
            let size = |name: &str| if name.contains(".wh.") { 0 } else { name.len() as u64 };
            testing::layer(names.iter().map(|name| NewEntry { kind: EntryKind::File, ..entry(name, size(name)) }))
        });
        let union = Union::build(scans.collect());
        let mut image = Image { layers: vec![Layer::default(); layers.len()], ..Image::default() };
        let history = (1..layers.len())
            .map(|number| HistoryEntry { created_by: format!("RUN {number}"), ..HistoryEntry::default() });
        (image.steps, _) = pair_history(history.collect(), &mut image.layers);
        let analysis = Analysis::new(&union, Some(&Identities::default()));
        let completeness = crate::image::Completeness::default();
        let redactor = Redactor::for_image(&image);
        let (image, union, analysis, completeness, redactor) = (&image, &union, &analysis, &completeness, &redactor);
        let subject = Subject { image, union, analysis, completeness, redactor };
        let mut out = Vec::new();
        waste_text(&subject, true, &Page::plain(None), &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        // The causes are above, then an empty line.
        text.lines()
            .skip_while(|line| !line.is_empty())
            .skip(2)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn a_row_says_which_layer_made_it_waste_and_how() {
        assert_eq!(lines(&[&["a"], &[".wh.a"], &["b"]]), ["1 B removed 1 2 a RUN 2"]);
        assert_eq!(lines(&[&["a"], &["a"], &["b"]]), ["1 B overwritten 1 2 a RUN 2"]);
        assert_eq!(lines(&[&["a", "a"], &["b"]]), ["1 B overwritten 1 1 a RUN 1"]);
        assert_eq!(lines(&[&["a"], &["a"]]), ["1 B overwritten 1 2 a (no history)"]);
        assert_eq!(lines(&[&["a"]]), [""; 0], "nothing at all");
    }

    #[test]
    fn a_removed_folder_is_one_row_that_opens() {
        assert_eq!(
            lines(&[&["d/one", "d/three"], &[".wh.d"]]),
            ["12 B removed 1 2 d/ (no history)", "7 B 1 d/three", "5 B 1 d/one"]
        );
    }

    #[test]
    fn what_several_layers_store_of_a_removed_folder_is_a_row_for_each() {
        assert_eq!(
            lines(&[&["d/one", "d/a/x"], &["d/a/three", "d/a/y"], &["d/z"], &[".wh.d"], &["e"]]),
            [
                "14 B removed 2 4 d/a/ RUN 4",
                "9 B 2 d/a/three",
                "5 B 2 d/a/y",
                "10 B removed 1 4 d/ RUN 4",
                "5 B 1 d/one",
                "5 B 1 d/a/x",
                "3 B removed 3 4 d/z RUN 4",
            ]
        );
    }
}
