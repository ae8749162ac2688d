//! What several images share.

use std::io::{self, Write};

use serde::Serialize;

use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, TextRole, json};
use crate::compare::{ImageShare, SharedBlob, Sharing};
use crate::format::markdown::{code_in_cell, escaped};
use crate::format::{bytes, count, fit, safe_str, wrap};
use crate::image::familiar_name;

/// The width of a page that has none.
const WIDTH: usize = 80;
/// Rows of layers.
const LAYERS: usize = 20;
/// The most images whose matrix is printed, and its columns side by side.
const MATRIX: usize = 32;
const COLUMNS: usize = 7;
/// Images that a row names.
const NAMED: usize = 8;

/// An image among others; texts without secrets, hostile.
#[derive(Clone, Debug, Default)]
pub struct SharedImage {
    /// Its name, or that of its file.
    pub name: String,
    /// The file and the index that choose it.
    pub source: String,
    /// Its digest.
    pub digest: Option<String>,
    /// The base it was built on, as its history or a label names it.
    pub base_name: Option<String>,
    /// The instruction of each layer.
    pub instructions: Vec<String>,
    /// The diff ID of each layer.
    pub diff_ids: Vec<Option<String>>,
    /// The digest of each layer's blob.
    pub digests: Vec<Option<String>>,
}

/// What the sizes are that an engine reports of layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SizesOf {
    /// The contents of the files.
    Files,
    /// The tars, not compressed.
    Tars,
    /// Nothing: it reports disk usage only, or was not asked.
    #[default]
    Unknown,
}

/// An engine whose images are among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SharedEngine {
    /// The transport that opens its images.
    pub kind: &'static str,
    /// Its name.
    pub engine: &'static str,
    /// Where it listens, or the root folder of the storage.
    pub endpoint: String,
    /// Why not all of its images are counted.
    pub fault: Option<String>,
    /// How many of its images are counted.
    pub images: usize,
    /// What the sizes of its layers are.
    pub sizes_of: SizesOf,
}

impl SharedEngine {
    fn remark(&self) -> String {
        let at = if self.endpoint.is_empty() { String::new() } else { format!(" at {}", self.endpoint) };
        if let (Some(fault), 0) = (&self.fault, self.images) {
            return safe_str(&format!("not counted: {fault}"));
        }
        let sizes = match self.sizes_of {
            _ if self.images == 0 => "",
            SizesOf::Files => "; sizes are those of the files in a layer",
            SizesOf::Tars => "; sizes are those of layers as tars",
            SizesOf::Unknown => "; it reports disk usage, which is not the size of a layer",
        };
        let fault = self.fault.as_ref().map_or_else(String::new, |fault| format!("; not all: {fault}"));
        safe_str(&format!("{}{at}: {}{sizes}{fault}", self.engine, images_counted(self.images)))
    }
}

fn images_counted(images: usize) -> String {
    format!("{} {}", count(images), if images == 1 { "image" } else { "images" })
}

/// Several images, and what they share.
#[derive(Clone, Copy)]
pub struct SharedReport<'a> {
    /// The images, as they were added.
    pub images: &'a [SharedImage],
    /// What they share.
    pub sharing: &'a Sharing,
    /// The engines, if all their images are counted.
    pub engines: &'a [SharedEngine],
    /// What was not counted, and why.
    pub skipped: &'a [(String, String)],
}

impl SharedReport<'_> {
    fn verdict(&self) -> String {
        let (all, once) = (self.sharing.separately(), self.sharing.stored_once());
        let images = images_counted(self.images.len());
        if self.has_no_sizes() {
            let (layers, different) = (self.sharing.layer_count(), self.sharing.blobs.len());
            return format!("{images}: {} layers, {} of them different", count(layers), count(different));
        }
        format!("{images}: separately {}, stored once {}", bytes(all), bytes(once))
    }

    /// Whether no layer has a size.
    fn has_no_sizes(&self) -> bool {
        self.sharing.blobs.iter().all(|blob| blob.bytes.is_none())
    }

    /// Bytes of an image; unknown if the size of none of its layers is known.
    fn bytes_of(&self, image: usize, of: u64) -> String {
        match &self.sharing.images[image] {
            share if share.unknown == 0 => bytes(of),
            share if share.known == 0 => "–".to_owned(),
            _ => format!("≥ {}", bytes(of)),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self.engines.iter().map(SharedEngine::remark).collect();
        let again = self.sharing.recompressed();
        if again > 0 {
            let why = match self.engines.iter().filter(|engine| engine.images > 0).count() {
                0 => "under another compression: a registry stores it again",
                1 => "on top of other layers: the engine stores it again",
                _ => "on top of other layers or in another engine: it is stored again there",
            };
            remarks.push(format!("{} of it is the same content again, {why}", bytes(again)));
        }
        let unknown = self.sharing.blobs.iter().filter(|blob| blob.bytes.is_none()).count();
        if unknown > 0 && !self.has_no_sizes() {
            let why = if self.engines.is_empty() { "" } else { ": the engine does not say which steps made them" };
            remarks.push(format!("the size of {} layers is unknown and counts as 0{why}", count(unknown)));
        }
        for (what, why) in self.skipped.iter().take(NAMED) {
            remarks.push(format!("not counted: {}: {}", safe_str(what), safe_str(why)));
        }
        if self.skipped.len() > NAMED {
            remarks.push(format!("and {} more that are not counted", count(self.skipped.len() - NAMED)));
        }
        remarks
    }

    fn base(&self, image: usize) -> String {
        match (self.sharing.images[image].base, &self.images[image].base_name) {
            (Some(base), _) => format!("{} ({})", base + 1, safe_str(familiar_name(&self.images[base].name))),
            (None, Some(name)) => safe_str(familiar_name(name)),
            (None, None) => String::new(),
        }
    }

    /// The instruction of a blob's first layer.
    fn instruction(&self, blob: &SharedBlob) -> String {
        let instruction = self.images.get(blob.first.0).and_then(|image| image.instructions.get(blob.first.1));
        instruction.map_or_else(String::new, |text| safe_str(text))
    }
}

fn numbers(images: &[usize]) -> String {
    let mut text = images.iter().take(NAMED).map(|image| (image + 1).to_string()).collect::<Vec<_>>().join(" ");
    if images.len() > NAMED {
        text.push_str(" …");
    }
    text
}

fn size(blob: &SharedBlob) -> String {
    blob.bytes.map_or_else(|| "–".to_owned(), bytes)
}

/// The images, the layers by how many images use them, and the matrix of what two images share.
///
/// # Errors
/// If `out` cannot be written.
pub fn shared_text(report: &SharedReport<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let page = &Page { width: page.width.or(Some(WIDTH)), ink: page.ink };
    let width = page.width.unwrap_or(WIDTH);
    let heading = |out: &mut dyn Write, text: &str| writeln!(out, "\n{}", page.ink.mark(Some(TextRole::Heading), text));
    writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &report.verdict()))?;
    for remark in report.remarks() {
        for line in wrap(&remark, width, 2) {
            writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &line))?;
        }
    }
    if report.images.is_empty() {
        return Ok(());
    }
    heading(out, "Images")?;
    let columns = [
        ("#", Right),
        ("layers", Right),
        ("stored", Right),
        ("shared", Right),
        ("unique", Right),
        ("name", Left),
        ("base", Left),
    ];
    let mut table = Table::headed("", &columns);
    for (at, (image, share)) in report.images.iter().zip(&report.sharing.images).enumerate() {
        table.row([
            Cell::from((at + 1).to_string()),
            Cell::from(count(share.layers)),
            Cell::from(report.bytes_of(at, share.bytes)),
            Cell::from(report.bytes_of(at, share.shared())),
            Cell::from(report.bytes_of(at, share.unique)),
            Cell::from(fit(&safe_str(familiar_name(&image.name)), 28)),
            Cell::from(report.base(at)),
        ]);
    }
    table.write(page, out)?;
    writeln!(out, "unique: what deleting the image frees")?;

    heading(out, "Layers by how many images use them")?;
    let mut table =
        Table::headed("", &[("used by", Right), ("stored", Right), ("images", Left), ("instruction", Left)]);
    let blobs = report.sharing.most_used();
    for blob in blobs.iter().take(LAYERS) {
        table.row([
            Cell::from(count(blob.images.len())),
            Cell::from(size(blob)),
            Cell::from(numbers(&blob.images)),
            Cell::from(report.instruction(blob)),
        ]);
    }
    table.write(page, out)?;
    if blobs.len() > LAYERS {
        writeln!(out, "and {} more: `--format json` lists them", count(blobs.len() - LAYERS))?;
    }
    let images = report.images.len();
    if images < 2 || report.has_no_sizes() {
        return Ok(());
    }
    heading(out, "Bytes that two images share")?;
    if images > MATRIX {
        return writeln!(out, "of {} images: `--format json` has the matrix", count(images));
    }
    let matrix = report.sharing.matrix();
    for first in (0..images).step_by(COLUMNS) {
        let block = first..images.min(first + COLUMNS);
        let names: Vec<_> = block.clone().map(|at| (at + 1).to_string()).collect();
        let columns: Vec<_> =
            std::iter::once(("", Right)).chain(names.iter().map(|name| (name.as_str(), Right))).collect();
        let mut table = Table::headed("", &columns);
        for (at, row) in matrix.iter().enumerate() {
            let is_unknown =
                |image: usize| report.sharing.images[image].known == 0 && report.sharing.images[image].unknown > 0;
            let cell = |other| if is_unknown(at) || is_unknown(other) { "–".to_owned() } else { bytes(row[other]) };
            let cells = block.clone().map(|other| Cell::from(cell(other)));
            table.row(std::iter::once(Cell::from((at + 1).to_string())).chain(cells));
        }
        table.write(page, out)?;
    }
    Ok(())
}

/// The same for a pull request or a wiki.
///
/// # Errors
/// If `out` cannot be written.
pub fn shared_markdown(report: &SharedReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**", escaped(&report.verdict()))?;
    for remark in report.remarks() {
        writeln!(out, "\n{}.", escaped(&remark))?;
    }
    writeln!(out, "\n| # | layers | stored | shared | unique | name | base |\n|--:|--:|--:|--:|--:|---|---|")?;
    for (at, (image, share)) in report.images.iter().zip(&report.sharing.images).enumerate() {
        let (name, base) = (cell(&safe_str(familiar_name(&image.name))), cell(&report.base(at)));
        let [all, shared, unique] = [share.bytes, share.shared(), share.unique].map(|of| report.bytes_of(at, of));
        writeln!(out, "| {} | {} | {all} | {shared} | {unique} | {name} | {base} |", at + 1, share.layers)?;
    }
    writeln!(out, "\n| used by | stored | images | instruction |\n|--:|--:|---|---|")?;
    let blobs = report.sharing.most_used();
    for blob in blobs.iter().take(LAYERS) {
        let (size, images) = (size(blob), numbers(&blob.images));
        writeln!(out, "| {} | {size} | {images} | {} |", blob.images.len(), cell(&report.instruction(blob)))?;
    }
    if blobs.len() > LAYERS {
        writeln!(out, "\nand {} more", count(blobs.len() - LAYERS))?;
    }
    Ok(())
}

fn cell(safe: &str) -> String {
    code_in_cell(&fit(safe, 100))
}

#[derive(Serialize)]
struct SharedDocument<'a> {
    schema_version: u32,
    complete: bool,
    separately_bytes: u64,
    stored_once_bytes: u64,
    recompressed_bytes: u64,
    engines: &'a [SharedEngine],
    images: Vec<ImageRow<'a>>,
    layers: Vec<BlobRow<'a>>,
    matrix: Vec<Vec<u64>>,
    skipped: Vec<SkippedRow<'a>>,
}

#[derive(Serialize)]
struct ImageRow<'a> {
    name: &'a str,
    source: &'a str,
    digest: Option<&'a str>,
    layers: usize,
    stored_bytes: u64,
    shared_bytes: u64,
    unique_bytes: u64,
    recompressed_bytes: u64,
    unknown_sizes: usize,
    base_image: Option<usize>,
    base_name: Option<&'a str>,
}

#[derive(Serialize)]
struct BlobRow<'a> {
    diff_id: Option<&'a str>,
    digest: Option<&'a str>,
    stored_bytes: Option<u64>,
    content: usize,
    images: &'a [usize],
    instruction: &'a str,
}

#[derive(Serialize)]
struct SkippedRow<'a> {
    what: &'a str,
    why: &'a str,
}

/// The same as a document; images are numbered from 0, in their order.
///
/// # Errors
/// If `out` cannot be written.
pub fn shared_json<'a>(report: &SharedReport<'a>, complete: bool, out: &mut dyn Write) -> io::Result<()> {
    let image = |(image, share): (&'a SharedImage, &ImageShare)| ImageRow {
        name: &image.name,
        source: &image.source,
        digest: image.digest.as_deref(),
        layers: share.layers,
        stored_bytes: share.bytes,
        shared_bytes: share.shared(),
        unique_bytes: share.unique,
        recompressed_bytes: share.recompressed,
        unknown_sizes: share.unknown,
        base_image: share.base,
        base_name: image.base_name.as_deref(),
    };
    let blob = |blob: &'a SharedBlob| {
        let (image, layer) = (&report.images[blob.first.0], blob.first.1);
        BlobRow {
            diff_id: image.diff_ids.get(layer).and_then(Option::as_deref),
            digest: image.digests.get(layer).and_then(Option::as_deref),
            stored_bytes: blob.bytes,
            content: blob.content,
            images: &blob.images,
            instruction: image.instructions.get(layer).map_or("", String::as_str),
        }
    };
    let document = SharedDocument {
        schema_version: json::SCHEMA,
        complete,
        separately_bytes: report.sharing.separately(),
        stored_once_bytes: report.sharing.stored_once(),
        recompressed_bytes: report.sharing.recompressed(),
        engines: report.engines,
        images: report.images.iter().zip(&report.sharing.images).map(image).collect(),
        layers: report.sharing.most_used().into_iter().map(blob).collect(),
        matrix: report.sharing.matrix(),
        skipped: report.skipped.iter().map(|(what, why)| SkippedRow { what, why }).collect(),
    };
    json::document(out, &document)
}
