//! One page about an image: what to change first, where the bytes are, how many of them are wasted, and the findings.

use std::io::{self, Write};

use serde::Serialize;

use super::container::{self, ContainerRecord};
use super::layers::{LayerRecord, records, remark};
use super::savings::{self, SavingRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::waste::{self, WasteRecord};
use super::{Page, Subject, TextRole, json, names};
use crate::analysis::{Account, Base};
use crate::container::ContainerChanges;
use crate::dive::Dive;
use crate::format::{bytes, count, fit, percent, safe, safe_str, wrap};
use crate::image::{Finding, Image, ImageSource, LayerNumber};
use crate::lint::Junk;

/// Rows of a part of the page.
const ROWS: usize = 8;
/// The limit on findings.
const FINDINGS: usize = 5;
/// The limit on savings and on rows of waste in the document; `waste` has all rows.
const WASTE: usize = 100;
/// The length of the longest bar.
const BAR: u128 = 12;

/// The width of a page that has none.
const WIDTH: usize = 80;

/// The page as text. `junk` is what has no place in the image; it is among the savings.
///
/// # Errors
/// If `out` cannot be written.
pub fn summary_text(
    subject: &Subject<'_>,
    junk: &Junk,
    dive: &Dive,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &Page { width: page.width.or(Some(WIDTH)), ink: page.ink };
    let heading = |out: &mut dyn Write, text: &str| writeln!(out, "\n{}", page.ink.mark(Some(TextRole::Heading), text));
    writeln!(out, "{}", names::headline(subject))?;
    if let Some(said) = names::source(subject.image) {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Dim), &said))?;
    }
    if let Some(said) = subject.incomplete() {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Waste), &said))?;
    }

    if let Some(changes) = ContainerChanges::new(subject.image, subject.union, subject.analysis) {
        heading(out, &format!("Container: layer {}", changes.layer))?;
        container::section(subject, &changes, page, out)?;
    }

    heading(out, "Largest savings")?;
    savings::largest(subject, junk, page, out)?;
    writeln!(out)?;
    savings::hints(subject, page, out)?;

    heading(out, "Where the bytes are")?;
    accounts(subject, page, out)?;

    heading(out, "Largest layers")?;
    largest_layers(subject, page, out)?;

    let (groups, all) = subject.largest_waste(ROWS);
    if !groups.is_empty() {
        heading(out, "Wasted")?;
        let mut table = waste::table("  ");
        let instructions = subject.briefs();
        for group in &groups {
            waste::row(&instructions, group, page, &mut table);
        }
        table.write(page, out)?;
        more(all - groups.len(), "`layerscope waste` lists them", out)?;
    }

    let found = subject.findings_count();
    if found > 0 {
        heading(out, &format!("Findings: {}", count(found)))?;
        for finding in subject.findings().take(FINDINGS) {
            let line = format!("  {}", finding_line(&finding));
            writeln!(out, "{}", page.width.map_or_else(|| line.clone(), |columns| fit(&line, columns)))?;
        }
        more(found.saturating_sub(FINDINGS), "`--format json` lists them", out)?;
    }

    let dive = format!(
        "by dive's count: efficiency {}, wasted {}, user wasted {} (it counts every copy of a repeated path)",
        percent(dive.efficiency),
        bytes(dive.wasted_bytes),
        percent(dive.user_wasted_percent),
    );
    writeln!(out)?;
    let lines = page.width.map_or_else(|| vec![dive.clone()], |columns| wrap(&dive, columns, 0));
    lines.iter().try_for_each(|line| writeln!(out, "{}", page.ink.mark(Some(TextRole::Dim), line)))
}

fn accounts(subject: &Subject<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let totals = &subject.analysis.totals;
    let mut table = Table::new("  ", &[Left, Right, Right, Left]);
    for account in [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed] {
        let (of, what) = (totals.bytes_in(account), meaning(account));
        let what = match account {
            Account::Live => format!("{what}, {} files", count(subject.analysis.files)),
            _ => what.to_owned(),
        };
        let role = (account != Account::Live && of > 0).then_some(TextRole::Waste);
        let size = bytes(of);
        table.row([
            Cell::from(account.name().to_owned()),
            role.map_or_else(|| Cell::from(size.clone()), |role| Cell::with_role(role, size.clone())),
            Cell::from(percent(fraction(of, totals.total()))),
            Cell::with_role(TextRole::Dim, what),
        ]);
    }
    table.write(page, out)
}

pub(super) fn meaning(account: Account) -> &'static str {
    match account {
        Account::Live => "what a container sees",
        Account::Overwritten => "a later layer stores other content in its place",
        Account::Rewritten => "same content stored again: chmod, chown, touch",
        Account::Removed => "a later layer removed it; it is still readable",
    }
}

fn largest_layers(subject: &Subject<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let size = |layer: LayerNumber| subject.analysis.layer(layer).accounts.total();
    let mut largest: Vec<_> = subject.union.layer_numbers().collect();
    largest.sort_by_key(|&layer| (std::cmp::Reverse(size(layer)), layer));
    let most = largest.first().map_or(0, |&layer| size(layer));
    let columns = [("#", Right), ("size", Right), ("", Left), ("wasted", Right), ("instruction", Left)];
    let mut table = Table::headed("  ", &columns);
    for &layer in largest.iter().take(ROWS) {
        let wasted = subject.analysis.layer(layer).accounts.wasted();
        table.row([
            Cell::from(layer.to_string()),
            Cell::from(bytes(size(layer))),
            Cell::from(bar(size(layer), most)),
            if wasted > 0 { Cell::with_role(TextRole::Waste, bytes(wasted)) } else { Cell::from(String::new()) },
            Cell::from(remark(subject, layer) + &subject.instruction(layer)),
        ]);
    }
    table.write(page, out)?;
    more(largest.len().saturating_sub(ROWS), "`layerscope layers` lists them", out)
}

/// At least one mark for a size that is not zero.
fn bar(size: u64, most: u64) -> String {
    let marks = (u128::from(size) * BAR).div_ceil(u128::from(most.max(1)));
    (0..marks).map(|_| '▇').collect()
}

#[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
pub(super) fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn more(rest: usize, how: &str, out: &mut dyn Write) -> io::Result<()> {
    if rest == 0 { Ok(()) } else { writeln!(out, "  and {} more: {how}", count(rest)) }
}

pub(super) fn finding_line(finding: &Finding) -> String {
    let layer = finding.layer.map_or_else(String::new, |layer| format!("layer {layer}: "));
    let path = finding.path.as_ref().map_or_else(String::new, |path| format!("`{}`: ", safe(path.as_bytes())));
    format!("{layer}{path}{}", safe_str(&finding.message))
}

#[derive(Serialize)]
struct SummaryDocument<'a> {
    schema_version: u32,
    image: ImageRecord<'a>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<ContainerRecord>,
    dive: DiveRecord,
    savings_total_count: usize,
    savings: Vec<SavingRecord<'a>>,
    layers: Vec<LayerRecord<'a>>,
    waste_total_count: usize,
    waste: Vec<WasteRecord<'a>>,
    findings: Vec<FindingRecord>,
    complete: bool,
}

#[derive(Serialize)]
pub(super) struct ImageRecord<'a> {
    names: &'a [String],
    platform: Option<String>,
    digest: Option<&'a str>,
    created: Option<&'a str>,
    source: Option<&'a ImageSource>,
}

#[derive(Serialize)]
pub(super) struct Totals {
    total_bytes: u64,
    live_bytes: u64,
    overwritten_bytes: u64,
    rewritten_bytes: u64,
    removed_bytes: u64,
    wasted_bytes: u64,
    stored_bytes: u64,
    efficiency: f64,
    files: usize,
}

#[derive(Serialize)]
pub(super) struct DiveRecord {
    efficiency: f64,
    wasted_bytes: u64,
    user_wasted_percent: f64,
}

#[derive(Serialize)]
pub(super) struct FindingRecord {
    kind: &'static str,
    layer: Option<usize>,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    message: String,
}

/// The base image, with what shows it.
#[derive(Serialize)]
struct BaseRecord<'a> {
    name: Option<&'a str>,
    digest: Option<&'a str>,
    layers: usize,
    evidence: &'static str,
    bytes: u64,
    own_bytes: u64,
}

impl<'a> BaseRecord<'a> {
    /// Nothing if nothing is known about it.
    fn new(subject: &Subject<'a>) -> Option<Self> {
        let base = Base::detect(subject.image);
        base.describe()?;
        let (own_bytes, bytes) = subject.own_and_base(&base);
        let Base { name, digest, layers, evidence, .. } = base;
        Some(Self { name, digest, layers, evidence: evidence.word(), bytes, own_bytes })
    }
}

impl<'a> ImageRecord<'a> {
    pub(super) fn new(image: &'a Image) -> Self {
        Self {
            names: &image.names,
            platform: image.platform.as_ref().map(ToString::to_string),
            digest: image.digest.as_ref().map(crate::image::Digest::as_str),
            created: image.created.as_deref(),
            source: image.source.as_ref(),
        }
    }
}

impl Totals {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        let totals = &subject.analysis.totals;
        Self {
            total_bytes: totals.total(),
            live_bytes: totals.live,
            overwritten_bytes: totals.overwritten,
            rewritten_bytes: totals.rewritten,
            removed_bytes: totals.removed,
            wasted_bytes: totals.wasted(),
            stored_bytes: subject.stored_bytes(),
            efficiency: totals.efficiency(),
            files: subject.analysis.files,
        }
    }
}

impl DiveRecord {
    pub(super) fn new(dive: &Dive) -> Self {
        Self {
            efficiency: dive.efficiency,
            wasted_bytes: dive.wasted_bytes,
            user_wasted_percent: dive.user_wasted_percent,
        }
    }
}

impl FindingRecord {
    pub(super) fn new(finding: Finding) -> Self {
        let path = finding.path.as_ref().map(|path| json::text(path.as_bytes()));
        let (path, path_base64) = path.map_or((None, None), |(text, base64)| (Some(text.into_owned()), base64));
        Self {
            kind: finding.kind.name(),
            layer: finding.layer.map(LayerNumber::get),
            path,
            path_base64,
            message: finding.message,
        }
    }
}

/// The page as a document. `junk` is what has no place in the image; it is among the savings.
///
/// # Errors
/// If `out` cannot be written.
pub fn summary_json(subject: &Subject<'_>, junk: &Junk, dive: &Dive, out: &mut dyn Write) -> io::Result<()> {
    let savings = savings::savings(subject, &subject.causes(), junk);
    let (groups, all) = subject.largest_waste(WASTE);
    let document = SummaryDocument {
        schema_version: json::SCHEMA,
        image: ImageRecord::new(subject.image),
        totals: Totals::new(subject),
        base: BaseRecord::new(subject),
        container: container::record(subject),
        dive: DiveRecord::new(dive),
        savings_total_count: savings.len(),
        savings: savings.iter().take(WASTE).map(|saving| savings::record(subject, saving)).collect(),
        layers: records(subject),
        waste_total_count: all,
        waste: groups.iter().map(|group| waste::record(subject, group, false)).collect(),
        findings: subject.findings().map(FindingRecord::new).collect(),
        complete: subject.complete(),
    };
    json::document(out, &document)
}
