//! A finished analysis as text and JSON: bytes out, no files, no terminal, no environment.
//!
//! Text is for people: sizes with units, one line per item, everything from the image made safe, cut at the width of
//! the page. JSON is for programs: integers, nothing cut, a fixed order, `"schema_version": 1`; its rules are in
//! `json`.

mod causes;
mod checked;
mod compare;
mod container;
mod cost;
mod dockerfile;
mod explain;
mod export;
mod history;
mod images;
mod json;
mod junk;
mod layers;
mod lines;
mod listing;
mod names;
mod page;
mod rebuild;
mod savings;
mod secrets;
mod shared;
mod summary;
mod table;
mod verification;
mod waste;

pub use checked::{check_github, check_json, check_junit, check_markdown, check_sarif, check_text};
pub use compare::{ComparedFindings, ComparedSubjects, compare_json, compare_markdown, compare_text};
pub use cost::{CostReport, cost_json, cost_markdown, cost_text};
pub use dockerfile::dockerfile;
pub use explain::{explain_markdown, explain_text};
pub use export::{
    SearchResults, TreeScope, report_csv, report_dive, report_html, report_json, report_markdown, report_ncdu,
};
pub use history::{HistoryOptions, history_json, history_text};
pub use images::{engines_json, engines_text, images_json, images_text};
pub use junk::{junk_json, junk_text};
pub use layers::{layers_json, layers_ndjson, layers_text};
pub use listing::{ListingReport, listing_json, listing_ndjson, listing_text};
pub use page::{Ink, Page, TextRole};
pub use rebuild::{Rebuild, rebuild_json, rebuild_markdown, rebuild_text};
pub use secrets::{secrets_json, secrets_ndjson, secrets_text};
pub use shared::{SharedEngine, SharedImage, SharedReport, SizesOf, shared_json, shared_markdown, shared_text};
pub use summary::{summary_json, summary_text};
pub use verification::{verification_json, verification_text};
pub use waste::{waste_json, waste_ndjson, waste_text};

use std::borrow::Cow;

use crate::analysis::{self, Analysis, Cause, Instruction, WasteGroup};
use crate::image::{Completeness, Finding, Image, LayerNumber};
use crate::secrets::Redactor;
use crate::union::Union;

/// One fully analysed image: the input of every report.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its documents.
    pub image: &'a Image,
    /// Its merged layers.
    pub union: &'a Union,
    /// The accounts.
    pub analysis: &'a Analysis,
    /// What could not be read.
    pub completeness: &'a Completeness,
    /// Redacts secrets in paths and messages. The documents of `image` are redacted already.
    pub redactor: &'a Redactor,
}

impl<'a> Subject<'a> {
    /// All findings: about the documents, the layers, and the contents, in this order.
    fn findings(&self) -> impl Iterator<Item = Finding> {
        let found = self.image.findings.iter().chain(self.union.findings()).chain(&self.analysis.findings);
        found.map(|finding| self.redactor.finding(finding))
    }

    fn findings_count(&self) -> usize {
        self.image.findings.len() + self.union.findings().count() + self.analysis.findings.len()
    }

    /// A path as safe text.
    fn path(&self, path: &[u8]) -> String {
        crate::format::safe(&self.redactor.path(path))
    }

    /// A path as JSON has it.
    fn json_path(&self, path: &[u8]) -> (String, Option<String>) {
        let path = self.redactor.path(path);
        let (text, base64) = json::text(&path);
        (text.into_owned(), base64)
    }

    /// Bytes that the layers above the base store, and those of the base.
    fn own_and_base(&self, base: &analysis::Base<'_>) -> (u64, u64) {
        let sizes = self.union.layer_numbers().map(|layer| (layer, self.analysis.layer(layer).accounts.total()));
        sizes.fold((0, 0), |(own, below), (layer, size)| {
            if base.has(layer) { (own, below.saturating_add(size)) } else { (own.saturating_add(size), below) }
        })
    }

    fn waste_groups(&self) -> Vec<WasteGroup> {
        self.largest_waste(usize::MAX).0
    }

    /// The largest rows of waste, and how many there are: only what is shown is redacted.
    fn largest_waste(&self, most: usize) -> (Vec<WasteGroup>, usize) {
        let mut groups = self.analysis.waste_groups(self.union);
        let all = groups.len();
        groups.truncate(most);
        for group in &mut groups {
            group.path = self.redactor.entry_path(&group.path);
        }
        (groups, all)
    }

    fn causes(&self) -> Vec<Cause> {
        let mut causes = self.analysis.causes(self.image, self.union);
        for cause in &mut causes {
            cause.folder = self.redactor.entry_path(&cause.folder);
            cause.file = cause.file.as_ref().map(|file| self.redactor.entry_path(file));
            cause.fix.text = self.redactor.text(&cause.fix.text).into_owned();
        }
        causes
    }

    /// The instruction that made a layer, or what is said instead of one, on one safe line.
    fn instruction(&self, layer: LayerNumber) -> String {
        crate::format::safe_str(&Instruction::read(self.image.description_of(layer)).line())
    }

    /// `layer 5: RUN make`, as safe text.
    fn layer_name(&self, layer: LayerNumber) -> String {
        crate::format::safe_str(&analysis::layer_name(self.image, layer))
    }

    /// The same with the lines of the Dockerfile.
    fn layer_name_with_lines(&self, layer: LayerNumber) -> String {
        crate::format::safe_str(&analysis::layer_name_with_lines(self.image, layer))
    }

    /// The same, cut where it is longer than a row needs.
    fn brief(&self, layer: LayerNumber) -> String {
        crate::format::safe_str(&Instruction::read(&self.quoted(layer)).line())
    }

    /// The same of every layer, for tables with many rows of one.
    fn briefs(&self) -> Vec<String> {
        self.union.layer_numbers().map(|layer| self.brief(layer)).collect()
    }

    /// The instruction as it came, cut where it is longer than a row needs.
    fn quoted(&self, layer: LayerNumber) -> Cow<'a, str> {
        analysis::beginning(self.image.instruction_of(layer))
    }

    /// Whether everything was read that the archive says the image holds.
    fn complete(&self) -> bool {
        self.completeness.is_complete()
    }

    /// Why it is incomplete, as a safe sentence without a full stop.
    fn incomplete(&self) -> Option<String> {
        let reason = self.completeness.reason()?;
        Some(format!(
            "incomplete: {}; all numbers cover only what could be read",
            crate::format::safe_str(&self.redactor.text(&reason))
        ))
    }

    /// Bytes of the blobs as stored in the archive: a blob that serves as two layers is stored once.
    fn stored_bytes(&self) -> u64 {
        let once = self.image.layers.iter().filter(|layer| layer.same_as.is_none());
        once.filter_map(|layer| layer.stored_size).fold(0, u64::saturating_add)
    }
}
