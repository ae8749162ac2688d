//! What a push sends and a pull fetches: as text, as a document, for a pull request.

use std::io::{self, Write};

use serde::Serialize;

use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, TextRole, json, names};
use crate::analysis::{Instruction, beginning};
use crate::cost::{Amount, BlobKind, Cost, CostBlob, CostRemark, HeldImage, SendReason, Whereabouts};
use crate::format::markdown::{code, code_in_cell, escaped, prose};
use crate::format::{bytes, count, fit, safe_str, wrap};
use crate::image::{DiffId, Digest, Image, LayerNumber, familiar_name};
use crate::secrets::Redactor;

/// The width of a page that has none.
const WIDTH: usize = 80;
/// The width of a name in a cell.
const NAME: usize = 60;
/// The width of where a blob is.
const WHERE: usize = 24;
/// Blobs that a comment on a pull request lists.
const ROWS: usize = 40;

/// A cost, and what is shown with it.
#[derive(Clone, Copy)]
pub struct CostReport<'a> {
    /// The image, without secrets.
    pub image: &'a Image,
    /// What its push and its pull cost.
    pub cost: &'a Cost,
    /// Take the secrets of the image and of the baselines out of text.
    pub redactors: &'a [Redactor],
}

impl CostReport<'_> {
    fn words(&self, text: &str) -> String {
        self.redactors.iter().fold(text.to_owned(), |text, redactor| redactor.text(&text).into_owned())
    }

    fn verdict(&self) -> String {
        self.cost.verdict(&|text| self.words(text))
    }

    fn remarks(&self) -> Vec<CostRemark> {
        self.cost.remarks(&|text| self.words(text))
    }

    fn name(&self, text: &str) -> String {
        safe_str(familiar_name(&self.words(text)))
    }

    fn instruction(&self, blob: &CostBlob) -> String {
        let line =
            |&layer: &LayerNumber| safe_str(&Instruction::read(&beginning(self.image.description_of(layer))).line());
        blob.layers.first().map_or_else(String::new, line)
    }

    fn platform(&self) -> Option<String> {
        self.image.platform.as_ref().map(|platform| safe_str(&platform.to_string()))
    }

    /// The nodes, each with what it fetches.
    fn nodes(&self) -> Vec<(String, Amount)> {
        let fresh = std::iter::once(("a fresh node".to_owned(), self.cost.total));
        let with = |(held, amount): (&HeldImage, &Amount)| {
            (format!("a node that has {}", fit(&self.name(&held.label), NAME)), *amount)
        };
        fresh.chain(self.cost.baselines.iter().zip(&self.cost.nodes).map(with)).collect()
    }

    /// Where a push finds a blob, in a word or two.
    fn place(&self, blob: &CostBlob) -> String {
        let from = |at: usize| self.cost.baselines.get(at).and_then(|held| held.repository()).unwrap_or_default();
        match &blob.whereabouts {
            Whereabouts::There(_) => "there".to_owned(),
            Whereabouts::Mountable(at) => fit(&format!("mount {}", self.name(from(*at))), WHERE),
            Whereabouts::Sent(SendReason::New) => "new".to_owned(),
            Whereabouts::Sent(SendReason::Recompressed { .. }) => "recompressed".to_owned(),
            Whereabouts::Sent(SendReason::CompressionUnknown { .. }) => "recompressed?".to_owned(),
            Whereabouts::Sent(SendReason::Unread(_)) => "not read".to_owned(),
        }
    }
}

fn size(blob: &CostBlob) -> String {
    let mark = if blob.is_estimated { "≈" } else { "" };
    blob.bytes.map_or_else(|| "–".to_owned(), |size| format!("{mark}{}", bytes(size)))
}

fn role(blob: &CostBlob) -> TextRole {
    match &blob.whereabouts {
        Whereabouts::There(_) | Whereabouts::Mountable(_) => TextRole::Dim,
        Whereabouts::Sent(SendReason::New) => TextRole::Added,
        Whereabouts::Sent(SendReason::Unread(_)) => TextRole::Waste,
        Whereabouts::Sent(_) => TextRole::Modified,
    }
}

/// The cost as text, the verdict first.
///
/// # Errors
/// If `out` cannot be written.
pub fn cost_text(report: &CostReport<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let page = &Page { width: page.width.or(Some(WIDTH)), ink: page.ink };
    let width = page.width.unwrap_or(WIDTH);
    let heading = |out: &mut dyn Write, text: &str| writeln!(out, "\n{}", page.ink.mark(Some(TextRole::Heading), text));
    for line in wrap(&report.verdict(), width, 2) {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &line))?;
    }
    let platform = report.platform().unwrap_or_else(|| "unknown platform".to_owned());
    let title = format!("{} · {platform}", names::title(report.image));
    writeln!(out, "{}", page.ink.mark(Some(TextRole::Dim), &fit(&title, width)))?;
    for remark in report.remarks() {
        let role = remark.is_gap.then_some(TextRole::Waste);
        for line in wrap(&remark.text, width, 2) {
            writeln!(out, "{}", page.ink.mark(role, &line))?;
        }
    }
    heading(out, "Pull")?;
    let mut table = Table::headed("", &[("size", Right), ("blobs", Right), ("to", Left)]);
    for (node, amount) in report.nodes() {
        table.row([Cell::from(amount.size()), Cell::from(count(amount.blobs)), Cell::from(node)]);
    }
    table.write(page, out)?;
    heading(out, "Push")?;
    let columns = [("size", Right), ("blob", Left), ("push", Left), ("instruction", Left)];
    let mut table = Table::headed("", &columns);
    for blob in &report.cost.blobs {
        table.row([
            Cell::from(size(blob)),
            Cell::from(blob.title()),
            Cell::with_role(role(blob), report.place(blob)),
            Cell::from(report.instruction(blob)),
        ]);
    }
    table.write(page, out)
}

/// The same for a pull request.
///
/// # Errors
/// If `out` cannot be written.
pub fn cost_markdown(report: &CostReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**\n", escaped(&report.verdict()))?;
    writeln!(out, "{}", code(&fit(&names::title(report.image), NAME)))?;
    for remark in report.remarks() {
        writeln!(out, "\n{}.", prose(&remark.text))?;
    }
    writeln!(out, "\n| size | blobs | pull to |\n|--:|--:|---|")?;
    for (node, amount) in report.nodes() {
        writeln!(out, "| {} | {} | {} |", amount.size(), amount.blobs, code_in_cell(&node))?;
    }
    writeln!(out, "\n| size | blob | push | instruction |\n|--:|---|---|---|")?;
    for blob in report.cost.blobs.iter().take(ROWS) {
        let instruction = code_in_cell(&fit(&report.instruction(blob), 100));
        let place = code_in_cell(&report.place(blob));
        writeln!(out, "| {} | {} | {place} | {instruction} |", size(blob), blob.title())?;
    }
    if report.cost.blobs.len() > ROWS {
        writeln!(out, "\nand {} more blobs", count(report.cost.blobs.len() - ROWS))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct CostDocument<'a> {
    schema_version: u32,
    complete: bool,
    verdict: String,
    incomplete: Vec<String>,
    remarks: Vec<String>,
    name: Option<String>,
    digest: Option<&'a str>,
    platform: Option<String>,
    push: PushRecord,
    pull: PullRecord,
    blobs: Vec<BlobRecord<'a>>,
}

/// What a push sends; the same in every document.
#[derive(Serialize)]
pub(super) struct PushRecord {
    #[serde(flatten)]
    sent: AmountRecord,
    there: AmountRecord,
    mountable: Vec<MountRecord>,
    layers: Vec<usize>,
    recompressed_layers: Vec<usize>,
}

#[derive(Serialize)]
struct AmountRecord {
    bytes: u64,
    blobs: usize,
    estimated: bool,
}

impl From<Amount> for AmountRecord {
    fn from(amount: Amount) -> Self {
        Self { bytes: amount.bytes, blobs: amount.blobs, estimated: amount.is_estimated }
    }
}

#[derive(Serialize)]
struct MountRecord {
    repository: String,
    #[serde(flatten)]
    amount: AmountRecord,
}

#[derive(Serialize)]
struct PullRecord {
    fresh: AmountRecord,
    nodes: Vec<NodeRecord>,
}

#[derive(Serialize)]
struct NodeRecord {
    baseline: String,
    #[serde(flatten)]
    amount: AmountRecord,
}

#[derive(Serialize)]
struct BlobRecord<'a> {
    kind: &'static str,
    layers: Vec<usize>,
    digest: Option<&'a str>,
    diff_id: Option<&'a str>,
    bytes: Option<u64>,
    estimated: bool,
    push: &'static str,
    /// The baseline that has it, from 0.
    baseline: Option<usize>,
    /// The layer of the baseline with the same content.
    baseline_layer: Option<usize>,
    instruction: Option<String>,
}

impl PushRecord {
    pub(super) fn new(cost: &Cost, words: &dyn Fn(&str) -> String) -> Self {
        let layers = |is: fn(&SendReason) -> bool| {
            let sent =
                cost.blobs.iter().filter(|blob| matches!(&blob.whereabouts, Whereabouts::Sent(reason) if is(reason)));
            let mut layers: Vec<_> = sent.flat_map(|blob| blob.layers.iter().map(|layer| layer.get())).collect();
            layers.sort_unstable();
            layers
        };
        let mount =
            |(name, amount): &(String, Amount)| MountRecord { repository: words(name), amount: (*amount).into() };
        Self {
            sent: cost.sent.into(),
            there: cost.there.into(),
            mountable: cost.mountable.iter().map(mount).collect(),
            layers: layers(|_| true),
            recompressed_layers: layers(|reason| matches!(reason, SendReason::Recompressed { .. })),
        }
    }
}

/// The name of where a blob is, the baseline that has it or its content, and the layer there.
fn place(whereabouts: &Whereabouts) -> (&'static str, Option<usize>, Option<usize>) {
    match whereabouts {
        Whereabouts::There(at) => ("there", Some(*at), None),
        Whereabouts::Mountable(at) => ("mountable", Some(*at), None),
        Whereabouts::Sent(SendReason::New) => ("new", None, None),
        Whereabouts::Sent(SendReason::Recompressed { baseline, layer, .. }) => {
            ("recompressed", Some(*baseline), Some(layer.get()))
        }
        Whereabouts::Sent(SendReason::CompressionUnknown { baseline, layer }) => {
            ("compression_unknown", Some(*baseline), Some(layer.get()))
        }
        Whereabouts::Sent(SendReason::Unread(_)) => ("unread", None, None),
    }
}

/// The same as a document.
///
/// # Errors
/// If `out` cannot be written.
pub fn cost_json(report: &CostReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cost = report.cost;
    let blobs = cost.blobs.iter().map(|of| {
        let (push, baseline, baseline_layer) = place(&of.whereabouts);
        BlobRecord {
            kind: of.kind.name(),
            layers: of.layers.iter().map(|layer| layer.get()).collect(),
            digest: of.digest.as_ref().map(Digest::as_str),
            diff_id: of.diff_id.as_ref().map(DiffId::as_str),
            bytes: of.bytes,
            estimated: of.is_estimated,
            push,
            baseline,
            baseline_layer,
            instruction: (of.kind == BlobKind::Layer).then(|| report.instruction(of)),
        }
    });
    let nodes = cost.baselines.iter().zip(&cost.nodes);
    let nodes =
        nodes.map(|(held, amount)| NodeRecord { baseline: report.words(&held.label), amount: (*amount).into() });
    let (gaps, remarks): (Vec<_>, Vec<_>) = report.remarks().into_iter().partition(|remark| remark.is_gap);
    let texts = |remarks: Vec<CostRemark>| remarks.into_iter().map(|remark| remark.text).collect();
    let document = CostDocument {
        schema_version: json::SCHEMA,
        complete: cost.is_complete(),
        verdict: report.verdict(),
        incomplete: texts(gaps),
        remarks: texts(remarks),
        name: report.image.names.first().cloned(),
        digest: report.image.digest.as_ref().map(Digest::as_str),
        platform: report.image.platform.as_ref().map(ToString::to_string),
        push: PushRecord::new(cost, &|text| report.words(text)),
        pull: PullRecord { fresh: cost.total.into(), nodes: nodes.collect() },
        blobs: blobs.collect(),
    };
    json::document(out, &document)
}
