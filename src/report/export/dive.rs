//! What `dive --json` writes (`export.go`), for programs that read it.

use std::io::{self, Write};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::dive::{Dive, RepeatedPaths};
use crate::image::{Entries, EntryKind, EntryRef, Image, Layer};
use crate::report::json;
use crate::secrets::Redactor;

use super::dive_tree::in_order;

#[derive(Serialize)]
struct DiveDocument<'a> {
    layer: Layers<'a>,
    image: DiveImageRecord<'a>,
}

/// The layers, each made when it is written: with the paths of all their files they would need more memory than the image.
struct Layers<'a>(&'a Image, &'a [Arc<Entries>], &'a Redactor);

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(image, layers, redactor) = *self;
        let files = layers.iter().map(|entries| DiveFiles(entries, redactor)).enumerate();
        serializer.collect_seq(files.map(|(index, files)| layer(image, index, files)))
    }
}

/// The files of a layer, made one by one.
struct DiveFiles<'a>(&'a Entries, &'a Redactor);

impl Serialize for DiveFiles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed =
            in_order(self.0).into_iter().map(|entry| entry.map_or_else(DiveFile::default, |entry| file(entry, self.1)));
        serializer.collect_seq(listed)
    }
}

/// The paths that occur more than once, made one by one.
struct References<'a>(&'a RepeatedPaths<'a>, &'a Redactor);

impl Serialize for References<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|of| DiveFileReference {
            count: of.count,
            size_bytes: of.bytes,
            file: format!("/{}", text(&self.1.path(of.path.as_bytes()))),
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiveLayerRecord<'a> {
    index: usize,
    id: String,
    digest_id: String,
    size_bytes: u64,
    command: String,
    file_list: DiveFiles<'a>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct DiveFile {
    path: String,
    type_flag: u8,
    link_name: String,
    size: u64,
    file_mode: u32,
    uid: i64,
    gid: i64,
    is_dir: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiveImageRecord<'a> {
    size_bytes: u64,
    inefficient_bytes: u64,
    efficiency_score: f64,
    file_reference: References<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiveFileReference {
    count: usize,
    size_bytes: u64,
    file: String,
}

/// The image in dive's document. Paths that occur equally often and are equally large have no fixed order in dive; here
/// they are sorted by name.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_dive(
    image: &Image,
    redactor: &Redactor,
    layers: &[Arc<Entries>],
    dive: &Dive,
    repeated: &RepeatedPaths<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = DiveDocument {
        layer: Layers(image, layers, redactor),
        image: DiveImageRecord {
            size_bytes: dive.total_bytes,
            inefficient_bytes: dive.wasted_bytes,
            efficiency_score: dive.efficiency,
            file_reference: References(repeated, redactor),
        },
    };
    json::document(out, &document)
}

fn layer<'a>(image: &Image, index: usize, files: DiveFiles<'a>) -> DiveLayerRecord<'a> {
    let layer = image.layers.get(index);
    let member = layer.map_or("", |layer: &Layer| layer.listed_as.as_str());
    let created_by = crate::image::LayerNumber::new(index + 1).map_or("", |number| image.instruction_of(number));
    DiveLayerRecord {
        index,
        id: member.split('/').next().unwrap_or_default().to_owned(),
        digest_id: layer.and_then(|layer| layer.diff_id.as_ref()).map_or_else(String::new, |id| id.as_str().to_owned()),
        size_bytes: files.0.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size())),
        command: created_by.strip_prefix("/bin/sh -c ").unwrap_or(created_by).to_owned(),
        file_list: files,
    }
}

fn file(entry: EntryRef<'_>, redactor: &Redactor) -> DiveFile {
    let (type_flag, bits) = sort(entry);
    let mode = u32::from(entry.mode());
    // Go keeps these bits elsewhere (`io/fs`, `FileMode`).
    let special = [(0o4000, 23), (0o2000, 22), (0o1000, 20)];
    let special = special.iter().filter(|(bit, _)| mode & bit != 0).fold(0, |bits, (_, at)| bits | 1 << at);
    DiveFile {
        path: text(&redactor.path(entry.path().as_bytes())),
        type_flag,
        link_name: text(&redactor.path(entry.link_target())),
        size: entry.size(),
        file_mode: mode & 0o777 | special | bits,
        uid: entry.uid(),
        gid: entry.gid(),
        is_dir: entry.kind() == EntryKind::Dir,
    }
}

/// The type flag of a tar header, and Go's mode bits for it.
fn sort(entry: EntryRef<'_>) -> (u8, u32) {
    match entry.kind() {
        EntryKind::File => (b'0', 0),
        EntryKind::HardLink => (b'1', 0),
        EntryKind::Symlink => (b'2', 1 << 27),
        EntryKind::Char => (b'3', 1 << 26 | 1 << 21),
        EntryKind::Block => (b'4', 1 << 26),
        EntryKind::Dir => (b'5', 1 << 31),
        EntryKind::Fifo => (b'6', 1 << 25),
        EntryKind::Unknown(flag) => (flag, 0),
    }
}

/// Go writes every byte that is not UTF-8 as one replacement character.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
