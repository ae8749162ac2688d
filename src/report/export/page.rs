//! The text of the page, made safe; the template escapes it.

use serde::Serialize;

use crate::analysis::{Account, Accounts, Cause, WasteGroup};
use crate::dive::Dive;
use crate::format::{bytes, count, fit, percent, safe, safe_str, timestamp};
use crate::image::{Finding, LayerNumber, Step, familiar_name};
use crate::report::compare::ComparisonSection;
use crate::report::summary::{fraction, meaning};
use crate::report::{Subject, history, layers, lines, names};

use super::html::MOST;
use super::search_results::{SearchResults, Tables};
use super::settings::{SettingRow, settings};
use super::tree::{self, TreeEntry};
use super::verdict::VerdictSection;

const ACCOUNTS: [Account; 4] = [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed];
/// The width of an instruction in a table, and of an instruction in the history, a path, a message.
pub(super) const INSTRUCTION: usize = 200;
pub(super) const WHOLE: usize = 4_000;
/// The length of a full bar in units.
const BAR: u64 = 1_000;

#[derive(Serialize)]
pub(super) struct HtmlPage {
    title: String,
    generator: &'static str,
    platform: String,
    created: Option<String>,
    digest: Option<String>,
    more_names: Vec<String>,
    incomplete: Option<String>,
    total: String,
    stored: String,
    wasted: String,
    wasted_any: bool,
    wasted_percent: String,
    files: String,
    verdict: VerdictSection,
    comparison: Option<ComparisonSection>,
    parts: Vec<BarPart>,
    accounts: Vec<AccountRow>,
    dive: DiveRow,
    layers_count: usize,
    layers: Vec<PageLayerRow>,
    most_places: String,
    places: Vec<PlaceRow>,
    causes: Vec<CauseRow>,
    causes_of: Option<String>,
    waste: Vec<PageWasteRow>,
    waste_of: Option<String>,
    #[serde(flatten)]
    results: Tables,
    history: Vec<StepRow>,
    history_of: Option<String>,
    findings: Vec<FindingRow>,
    findings_of: Option<String>,
    config: Vec<SettingRow>,
    glossary: &'static [crate::teaching::Term],
}

/// A part of a bar.
#[derive(Serialize)]
struct BarPart {
    account: &'static str,
    x: u64,
    width: u64,
}

#[derive(Serialize)]
struct AccountRow {
    name: &'static str,
    size: String,
    percent: String,
    meaning: &'static str,
}

#[derive(Serialize)]
struct DiveRow {
    efficiency: String,
    wasted: String,
    user_wasted: String,
}

#[derive(Serialize)]
struct PageLayerRow {
    number: usize,
    parts: Vec<BarPart>,
    said: String,
    bytes: u64,
    size: String,
    wasted_bytes: u64,
    wasted: String,
    added: Number,
    modified: Number,
    removed: Number,
    stored_bytes: u64,
    stored: String,
    instruction: String,
}

/// A number, and how people read it.
#[derive(Serialize)]
struct Number {
    number: usize,
    said: String,
}

impl Number {
    fn new(number: usize) -> Self {
        Self { number, said: count(number) }
    }
}

#[derive(Serialize)]
struct PlaceRow {
    name: String,
    bytes: u64,
    size: String,
    cells: Vec<PageCell>,
}

#[derive(Serialize)]
struct PageCell {
    bytes: u64,
    size: String,
}

#[derive(Serialize)]
struct CauseRow {
    bytes: u64,
    size: String,
    account: &'static str,
    files: Number,
    stored_by: String,
    wasted_by: String,
    fix: String,
}

#[derive(Serialize)]
struct PageWasteRow {
    bytes: u64,
    size: String,
    account: &'static str,
    layer: usize,
    by: usize,
    path: String,
    instruction: String,
}

#[derive(Serialize)]
struct StepRow {
    layer: Option<usize>,
    bytes: u64,
    size: String,
    created: String,
    instruction: String,
    comment: String,
}

#[derive(Serialize)]
struct FindingRow {
    kind: &'static str,
    layer: Option<usize>,
    path: String,
    message: String,
}

impl HtmlPage {
    pub(super) fn new(
        subject: &Subject<'_>,
        dive: &Dive,
        results: &SearchResults<'_>,
        causes: &[Cause],
        groups: &[WasteGroup],
        tree: &[TreeEntry],
    ) -> Self {
        let Subject { image, union, analysis, .. } = subject;
        let totals = &analysis.totals;
        let findings = subject.findings().count();
        Self {
            title: match &results.compared {
                Some(compared) => format!("{} compared with {}", names::title(image), names::title(compared.a.image)),
                None => names::title(image),
            },
            generator: concat!("layerscope ", env!("CARGO_PKG_VERSION")),
            platform: image
                .platform
                .as_ref()
                .map_or_else(|| "unknown platform".to_owned(), |platform| safe_str(&platform.to_string())),
            created: image.created.as_deref().and_then(timestamp),
            digest: image.digest.as_ref().map(|digest| safe_str(digest.as_str())),
            more_names: image.names.iter().skip(1).take(MOST).map(|name| safe_str(familiar_name(name))).collect(),
            incomplete: subject.incomplete().map(|said| said.trim_start_matches("incomplete: ").to_owned()),
            total: bytes(totals.total()),
            stored: bytes(subject.stored_bytes()),
            wasted: bytes(totals.wasted()),
            wasted_any: totals.wasted() > 0,
            wasted_percent: percent(1.0 - totals.efficiency()),
            files: count(analysis.files),
            verdict: VerdictSection::new(subject, results, causes),
            comparison: results.compared.as_ref().map(ComparisonSection::new),
            parts: parts(totals, totals.total()),
            accounts: ACCOUNTS.iter().map(|&account| account_row(totals, account)).collect(),
            dive: DiveRow {
                efficiency: percent(dive.efficiency),
                wasted: bytes(dive.wasted_bytes),
                user_wasted: percent(dive.user_wasted_percent),
            },
            layers_count: union.layer_count(),
            layers: layer_rows(subject),
            most_places: count(tree::LARGEST),
            places: tree.iter().filter(|place| place.is_topmost()).map(place_row).collect(),
            causes: causes.iter().take(MOST).map(|cause| cause_row(subject, cause)).collect(),
            causes_of: cut(causes.len()),
            waste: groups.iter().take(MOST).map(|group| waste_row(subject, group)).collect(),
            waste_of: cut(groups.len()),
            results: Tables::new(subject, results),
            history: image.steps.iter().rev().take(MOST).map(|step| step_row(subject, step)).collect(),
            history_of: cut(image.steps.len()),
            findings: subject.findings().take(MOST).map(finding_row).collect(),
            findings_of: cut(findings),
            config: settings(subject.image),
            glossary: crate::teaching::glossary(),
        }
    }
}

/// How many there are, if that is more than are shown.
pub(super) fn cut(all: usize) -> Option<String> {
    (all > MOST).then(|| count(all))
}

/// The parts of a bar that is full at `most`; a part that is not zero is always visible.
fn parts(accounts: &Accounts, most: u64) -> Vec<BarPart> {
    let mut x = 0;
    let scaled = |of: u64| u64::try_from(u128::from(of) * u128::from(BAR) / u128::from(most.max(1))).unwrap_or(BAR);
    let mut parts = Vec::new();
    for account in ACCOUNTS.into_iter().filter(|&account| accounts.bytes_in(account) > 0) {
        let width = scaled(accounts.bytes_in(account)).max(4);
        parts.push(BarPart { account: account.name(), x, width });
        x += width;
    }
    parts
}

fn account_row(totals: &Accounts, account: Account) -> AccountRow {
    let of = totals.bytes_in(account);
    AccountRow {
        name: account.name(),
        size: bytes(of),
        percent: percent(fraction(of, totals.total())),
        meaning: meaning(account),
    }
}

/// The topmost layer first, as in a stack.
fn layer_rows(subject: &Subject<'_>) -> Vec<PageLayerRow> {
    let of = |layer| &subject.analysis.layer(layer).accounts;
    let most = subject.union.layer_numbers().map(|layer| of(layer).total()).max().unwrap_or(0);
    let row = |layer: LayerNumber| {
        let analysis = subject.analysis.layer(layer);
        let accounts = of(layer);
        let stored = subject.image.layers.get(layer.index()).and_then(|layer| layer.stored_size);
        let said = ACCOUNTS.iter().filter(|&&account| accounts.bytes_in(account) > 0);
        let said = said.map(|&account| format!("{} {}", account.name(), bytes(accounts.bytes_in(account))));
        PageLayerRow {
            number: layer.get(),
            parts: parts(accounts, most),
            said: said.collect::<Vec<_>>().join(", "),
            bytes: accounts.total(),
            size: bytes(accounts.total()),
            wasted_bytes: accounts.wasted(),
            wasted: some_bytes(accounts.wasted()),
            added: Number::new(analysis.added),
            modified: Number::new(analysis.modified),
            removed: Number::new(analysis.removed),
            stored_bytes: stored.unwrap_or(0),
            stored: stored.map_or_else(|| "–".to_owned(), bytes),
            instruction: layers::remark(subject, layer)
                + &lines_before(subject.image.step_of(layer))
                + &fit(&subject.instruction(layer), INSTRUCTION),
        }
    };
    subject.union.layer_numbers().rev().take(MOST).map(row).collect()
}

fn place_row(place: &TreeEntry) -> PlaceRow {
    let accounts = place.accounts();
    let cell = |&account: &Account| PageCell {
        bytes: accounts.bytes_in(account),
        size: some_bytes(accounts.bytes_in(account)),
    };
    PlaceRow {
        name: place.shown(),
        bytes: accounts.total(),
        size: bytes(accounts.total()),
        cells: ACCOUNTS.iter().map(cell).collect(),
    }
}

fn some_bytes(size: u64) -> String {
    if size == 0 { String::new() } else { bytes(size) }
}

fn cause_row(subject: &Subject<'_>, cause: &Cause) -> CauseRow {
    CauseRow {
        bytes: cause.bytes,
        size: bytes(cause.bytes),
        account: cause.account.name(),
        files: Number::new(cause.files),
        stored_by: fit(&subject.layer_name_with_lines(cause.stored_by), INSTRUCTION),
        wasted_by: fit(&subject.layer_name_with_lines(cause.wasted_by), INSTRUCTION),
        fix: fit(&safe_str(&cause.fix.text), WHOLE),
    }
}

fn waste_row(subject: &Subject<'_>, group: &WasteGroup) -> PageWasteRow {
    let slash = if group.folder { "/" } else { "" };
    PageWasteRow {
        bytes: group.bytes,
        size: bytes(group.bytes),
        account: group.account.name(),
        layer: group.layer.get(),
        by: group.by.get(),
        path: format!("{}{slash}", fit(&safe(group.path.as_bytes()), WHOLE)),
        instruction: fit(&subject.instruction(group.by), INSTRUCTION),
    }
}

/// `Dockerfile:14-15: `, where lines are known.
fn lines_before(step: Option<&Step>) -> String {
    lines::text(step).map_or_else(String::new, |at| format!("{}: ", fit(&at, INSTRUCTION)))
}

fn step_row(subject: &Subject<'_>, step: &Step) -> StepRow {
    let size = history::size(subject, step);
    let instruction = crate::analysis::Instruction::read(&step.created_by).line();
    StepRow {
        layer: step.layer.map(LayerNumber::get),
        bytes: size,
        size: some_bytes(size),
        created: step.created.as_deref().and_then(timestamp).unwrap_or_default(),
        instruction: lines_before(Some(step)) + &fit(&safe_str(&instruction), WHOLE),
        comment: fit(&safe_str(&step.comment), INSTRUCTION),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as the iterator gives it")]
fn finding_row(finding: Finding) -> FindingRow {
    FindingRow {
        kind: finding.kind.name(),
        layer: finding.layer.map(LayerNumber::get),
        path: finding.path.as_ref().map_or_else(String::new, |path| fit(&safe(path.as_bytes()), WHOLE)),
        message: fit(&safe_str(&finding.message), WHOLE),
    }
}
