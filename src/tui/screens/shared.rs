//! What several views show: a step in words, findings, the dot of a marked row, and the line of a filter.

mod list;

use std::fmt::Write;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Account, Analysis, Instruction, LayerAnalysis, Marked, step_name};
use crate::format;
use crate::image::{BlobState, Compression, Finding, Layer, LayerNumber, Step};
use crate::secrets::{Secret, SecretLocation, is_attested};
use crate::teaching;
use crate::tui::model::Model;
use crate::tui::search::Finder;
use crate::tui::widgets::layout;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::table::Cell;
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::{Role, Theme};
use crate::union::Change;

pub(super) use list::DetailedList;

/// The limit on markers that are named.
const MOST_MARKERS: usize = 20;
/// The limit on findings.
const MOST_FINDINGS: usize = 500;

pub(in crate::tui) fn findings<'a>(
    text: &mut Text,
    title: &str,
    findings: impl Iterator<Item = &'a Finding>,
    with_layer: bool,
) {
    let mut count = 0;
    for finding in findings {
        if count == 0 {
            text.heading(title);
        }
        count += 1;
        if count > MOST_FINDINGS {
            continue;
        }
        let mut said = String::from("! ");
        if let Some(layer) = finding.layer.filter(|_| with_layer) {
            let _ = write!(said, "layer {layer}: ");
        }
        if let Some(path) = &finding.path {
            let _ = write!(said, "{}: ", format::safe(path.as_bytes()));
        }
        let _ = write!(said, "{} ({})", finding.message, finding.kind.name());
        text.wrapped(Role::Warning, &said, 1);
    }
    if count > MOST_FINDINGS {
        text.wrapped(Role::Dim, &format!("and {} more", format::count(count - MOST_FINDINGS)), 1);
    }
}

/// A time in the history, formatted for people if it is valid.
pub(super) fn timestamp(created: &str) -> String {
    format::timestamp(created).unwrap_or_else(|| created.to_owned())
}

/// Wasted bytes in a column; nothing where there are none.
pub(super) fn wasted(bytes: u64) -> Cell {
    if bytes > 0 { Cell::Text(Role::Wasted, format::bytes(bytes)) } else { Cell::Empty }
}

/// The column that shows where the base image ends.
pub(super) fn from_base(is_base: bool) -> Cell {
    if is_base { Cell::Text(Role::Dim, "base".to_owned()) } else { Cell::Empty }
}

/// The first column of a row: a dot if it is marked.
pub(in crate::tui) fn mark(model: &Model, mark: Option<Marked>) -> Row {
    dot(mark.is_some_and(|mark| model.marks.contains(mark)))
}

pub(in crate::tui) fn dot(is_marked: bool) -> Row {
    if is_marked { Row::new().text(Role::Strong, "•") } else { Row::new().gap(1) }
}

pub(super) fn step_title(model: &Model, step: usize) -> String {
    let Some(found) = model.steps().get(step) else { return "Details".to_owned() };
    let mut title = match found.layer {
        Some(layer) => format!("Layer {layer}"),
        None => "No layer".to_owned(),
    };
    if found.layer.is_some() {
        let _ = write!(title, " of {}", model.layer_count());
    }
    let doubts = model.findings().filter(|finding| found.layer.is_some() && finding.layer == found.layer).count();
    match doubts {
        0 => {}
        1 => title.push_str(" · 1 finding"),
        _ => {
            let _ = write!(title, " · {} findings", format::count(doubts));
        }
    }
    title
}

pub(in crate::tui) fn step(text: &mut Text, model: &Model, step: usize) {
    let unplaced = model.export.as_ref().and_then(|export| export.unplaced(step));
    let Some(step) = model.steps().get(step) else { return };
    whole_instruction(text, step);
    if let Some(source) = &step.source {
        text.field("lines", &format!("{source}, {}", source.evidence.describe()));
    }
    if let Some(image) = &model.image {
        if let Some(from) = teaching::copied_from(image, step) {
            text.field("copied from", &from);
        }
        if let Some(replaced) = teaching::replacement(image, step) {
            text.wrapped(Role::Modified, &replaced, 1);
        }
    }
    match step.layer {
        Some(number) => {
            if let Some(layer) = model.layer(number) {
                of_layer(text, model, number, layer);
            }
        }
        None if step.inconsistent => text.wrapped(
            Role::Warning,
            "! the history says this step made a layer, but the image has no more layers",
            1,
        ),
        None if unplaced.is_some() => {
            text.wrapped(Role::Dim, "the engine does not say whether this step made a layer, or which", 1);
        }
        None => text.wrapped(Role::Dim, &teaching::why_no_layer(step).unwrap_or_default(), 1),
    }
    if let Some(created) = &step.created {
        text.field("created", &timestamp(created));
    }
    if !step.author.is_empty() {
        text.field("author", &step.author);
    }
    if !step.comment.is_empty() {
        text.field("comment", &step.comment);
    }
    if let Some(number) = step.layer {
        markers(text, model, number);
    }
    dockerfile(text, model, step);
    if let Some(number) = step.layer {
        findings(text, "Findings", model.findings().filter(|finding| finding.layer == Some(number)), false);
    }
    if unplaced.is_none() {
        history_row(text, model, step);
    }
    if let Some(number) = step.layer {
        identity(text, model, number);
    }
}

/// The limit on lines of the Dockerfile that are shown for a step.
const MOST_LINES: usize = 200;

/// The step as the Dockerfile has it.
fn dockerfile(text: &mut Text, model: &Model, step: &Step) {
    let file = model.image.as_ref().and_then(|image| image.dockerfile.as_ref());
    let Some((source, file)) = step.source.as_ref().zip(file) else { return };
    let (first, last) = (source.lines.first(), source.lines.last());
    text.heading(&source.to_string());
    let width = last.to_string().len();
    for (at, line) in file.text.lines().enumerate().skip(first - 1).take((last + 1 - first).min(MOST_LINES)) {
        text.wrapped(Role::Text, &format!("{:>width$}  {line}", at + 1), 1);
    }
}

/// The whole instruction.
fn whole_instruction(text: &mut Text, step: &Step) {
    let lines = Instruction::read(&format::safe_lines(step.description())).lines(text.width().saturating_sub(2));
    if lines.is_empty() {
        text.wrapped(Role::Dim, "<missing>: the history has no instruction for this layer", 1);
    }
    for line in lines {
        text.wrapped(Role::Strong, &line, 1);
    }
    if let Instruction::Run { arguments, .. } = Instruction::read(&step.created_by)
        && !arguments.is_empty()
    {
        text.field("with", arguments);
    }
}

fn of_layer(text: &mut Text, model: &Model, number: LayerNumber, layer: &Layer) {
    if let Some(fault) = model.fault(number) {
        let said = match &layer.blob {
            BlobState::Present => "the layer's tar ends early: what comes before is shown",
            _ => fault,
        };
        text.wrapped(Role::Warning, &format!("! {said}"), 1);
    }
    if let Some(same) = layer.same_as {
        text.wrapped(Role::Dim, &format!("the same blob as layer {same}: stored once, applied twice"), 1);
    }
    let analysis = model.analysis.as_ref().and_then(|analysis| analysis.layers.get(number.index()));
    // Nothing that could be counted is known about an unreadable layer.
    if let Some(analysis) =
        analysis.filter(|analysis| layer.blob == BlobState::Present || analysis.accounts.total() > 0)
    {
        accounts(text, analysis, layer.is_container);
        copied_up(text, model, number);
        let is_empty = model.union.as_ref().is_some_and(|union| union.entries(number).is_empty());
        if is_empty && layer.blob == BlobState::Present {
            text.wrapped(
                Role::Dim,
                "empty: the step changed no file. BuildKit stores a layer for it, a classic builder none",
                1,
            );
        }
    }
    let Some(stored) = layer.stored_size else { return };
    if model.export.is_some() {
        return text.field("size", &format!("{}, as the engine counts", format::bytes(stored)));
    }
    let packed = match layer.compression {
        None => String::new(),
        Some(Compression::None) => ", not compressed".to_owned(),
        Some(compression) => format!(", {}", compression.name()),
    };
    text.field("stored", &format!("{}{packed}", format::bytes(stored)));
}

/// The files that a layer stores again though their content is the same.
fn copied_up(text: &mut Text, model: &Model, number: LayerNumber) {
    let rewritten = |analysis: &Arc<Analysis>| {
        let of_layer = analysis.waste.iter().filter(|row| row.account == Account::Rewritten && row.by == number);
        of_layer.fold((0, 0_u64), |(files, bytes), row| (files + 1, bytes.saturating_add(row.bytes)))
    };
    let (files, bytes) = model.analysis.as_ref().map_or((0, 0), rewritten);
    if files > 0 {
        let said = format!(
            "{} in {} stored again as a whole, content unchanged",
            format::bytes(bytes),
            counted(files, "file")
        );
        text.field("copy-up", &said);
    }
}

fn accounts(text: &mut Text, layer: &LayerAnalysis, is_container: bool) {
    let accounts = layer.accounts;
    let mut files = format::bytes(accounts.total());
    if accounts.wasted() > 0 {
        let all = [Account::Live, Account::Removed, Account::Overwritten, Account::Rewritten];
        let parts = all.iter().filter(|&&account| accounts.bytes_in(account) > 0);
        let parts: Vec<_> =
            parts.map(|&account| format!("{} {}", account.name(), format::bytes(accounts.bytes_in(account)))).collect();
        let _ = write!(files, ": {}", parts.join(", "));
    } else if accounts.total() > 0 {
        files.push_str(", all live");
    }
    text.field("in files", &files);
    if layer.wasted_by > 0 {
        let whose = if is_container { ": by this container, not by a step of the image" } else { "" };
        text.field("caused", &format!("{} of waste, stored here or below{whose}", format::bytes(layer.wasted_by)));
    }
    let count = |change: Change, count: usize| format!("{} {}", format::count(count), change.name());
    let paths = [
        count(Change::Added, layer.added),
        count(Change::Modified, layer.modified),
        count(Change::Removed, layer.removed),
    ];
    text.field("paths", &paths.join(", "));
}

/// The whiteouts and opaque markers of a layer.
fn markers(text: &mut Text, model: &Model, number: LayerNumber) {
    let union = model.union.as_ref().filter(|union| number.index() < union.layer_count());
    let Some((named, more)) = union.map(|union| teaching::markers(union, number, MOST_MARKERS)) else { return };
    if named.is_empty() {
        return;
    }
    text.heading(&format!("It hides {} of the layers below", counted(named.len() + more, "path")));
    for (name, what) in named {
        text.wrapped(Role::Removed, &name, 1);
        text.wrapped(Role::Dim, &what, 3);
    }
    if more > 0 {
        text.wrapped(Role::Dim, &format!("and {} more", format::count(more)), 1);
    }
}

/// What `docker history` prints for a step.
fn history_row(text: &mut Text, model: &Model, step: &Step) {
    let Some(image) = model.image.as_ref().filter(|image| step.number <= image.own_steps().len()) else { return };
    let bytes = match step.layer {
        Some(layer) => model.accounts(layer).map(|accounts| accounts.total()),
        None => Some(0),
    };
    let Some((row, why)) = bytes.map(|bytes| teaching::history_row(image, step, bytes)) else { return };
    text.heading("Its row in `docker history`");
    for (column, value) in row {
        text.field(column, &value);
    }
    if let Some(why) = why {
        text.wrapped(Role::Dim, why, 1);
    }
}

/// The names of a layer, and where engines keep it.
fn identity(text: &mut Text, model: &Model, number: LayerNumber) {
    let Some((layer, image)) = model.layer(number).zip(model.image.as_ref()) else { return };
    if layer.is_container {
        let totals = model.accounts(number).zip(model.analysis.as_ref());
        if let Some((own, all)) = totals.map(|(own, analysis)| (own.total(), analysis.totals.total())) {
            text.heading("Its row in `docker ps --size`");
            text.field("size", &format!("{}, written by this container", format::bytes(own)));
            text.field("virtual", &format!("{}, with the layers of its image", format::bytes(all)));
        }
        return;
    }
    text.heading("How it is identified");
    for name in teaching::layer_names(image, number) {
        text.field(name.label, &name.digest);
        text.field_as(Role::Dim, "", name.of);
    }
    if let Some(media_type) = &layer.media_type {
        text.field("media type", media_type.as_str());
    }
    let places = teaching::places_on_host(image, number);
    if !places.is_empty() {
        text.heading("Where engines keep it on a host");
    }
    for (engine, place) in places {
        text.field(engine, &place);
    }
}

pub(in crate::tui) fn account_role(account: Account) -> Role {
    match account {
        Account::Live => Role::Text,
        Account::Overwritten => Role::Modified,
        Account::Rewritten => Role::Dim,
        Account::Removed => Role::Removed,
    }
}

/// A word, or its initial where there is no room for more.
pub(in crate::tui) fn short(word: &str, columns: usize) -> String {
    if columns > 1 { word.to_owned() } else { word.chars().take(1).flat_map(char::to_uppercase).collect() }
}

/// Where a secret is stored, in a few words.
pub(in crate::tui) fn secret_location(model: &Model, secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => format::safe(path.as_bytes()),
        SecretLocation::Env(name) => format!("ENV {}", format::safe_str(name)),
        SecretLocation::Label(name) => format!("LABEL {}", format::safe_str(name)),
        SecretLocation::Step { number, .. } => {
            let step = model.image.as_ref().and_then(|image| image.step(*number));
            step.map_or_else(String::new, |step| format::safe_str(&step_name(step)))
        }
        SecretLocation::Document(place) => (*place).to_owned(),
    }
}

/// Who can read a secret, as a sentence.
pub(in crate::tui) fn who_reads(secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { account, layer, hidden_by: Some(by), .. } => {
            let gone = account.name();
            format!("{gone} by layer {by}, but still in layer {layer}: anyone who can pull the image can read it")
        }
        SecretLocation::File { .. } => {
            "in the final image: anyone who can pull it or run a command in a container can read it".to_owned()
        }
        SecretLocation::Document(place) if is_attested(place) => {
            "in the attestation: anyone who can pull the image can read it".to_owned()
        }
        SecretLocation::Env(_) | SecretLocation::Label(_) | SecretLocation::Document(_) => {
            "in the configuration: anyone who can pull the image can read it".to_owned()
        }
        SecretLocation::Step { .. } => "in the history: anyone who can pull the image can read it".to_owned(),
    }
}

/// Where a secret is stored, for a sentence.
pub(in crate::tui) fn secret_place(model: &Model, secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => format!("/{}", format::safe(path.as_bytes())),
        SecretLocation::Step { .. } => "the history".to_owned(),
        _ => secret_location(model, secret),
    }
}

/// No more of it than anyone may see.
pub(in crate::tui) fn secret_begins(secret: &Secret) -> String {
    format!("{}… ({})", secret.begins(), counted(secret.length(), "character"))
}

/// What can be typed.
const WORDS: &str = "part of a path, *.so, re:regex, >1MB, <10k, kind:file, owner:1000, setuid, is:added";

/// Takes the filter line, if there is one, from the area below a title.
fn above_filter(inner: Rect, finder: &Finder) -> Rect {
    Rect { height: inner.height.saturating_sub(u16::from(finder.has_line())), ..inner }
}

/// The area of a list with column headings, above its filter.
pub(super) fn filtered_rows(inner: Rect, finder: &Finder) -> Rect {
    layout::below_heads(above_filter(inner, finder))
}

/// Draws the filter on the last line of a pane.
pub(super) fn filter_line(buffer: &mut Buffer, inner: Rect, finder: &Finder, theme: &Theme) {
    if !finder.has_line() || inner.height == 0 {
        return;
    }
    let area = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let row = Row::new().gap(1).text(Role::Key, "filter").gap(2);
    let room = usize::from(area.width).saturating_sub(row.width() + 1);
    let row = if finder.is_typing() && finder.line().text().is_empty() {
        finder.line().row(row, 1).gap(1).text(Role::Dim, WORDS)
    } else if finder.is_typing() {
        finder.line().row(row, room)
    } else {
        row.until(Role::Strong, finder.line().text(), usize::from(area.width))
    };
    row.paint(buffer, area, theme);
}

/// The rows that a filter leaves.
pub(super) struct FilterCounts {
    pub matches: usize,
    /// Of how many.
    pub total: usize,
    /// Their bytes, in words; empty where they have none.
    pub bytes: String,
}

/// What a title says about a filter; `None` if everything is shown.
pub(in crate::tui) fn filter_summary(
    finder: &Finder,
    counts: Option<FilterCounts>,
    waiting: bool,
    in_short: bool,
) -> Option<String> {
    let mut words = Vec::new();
    if let Some(fault) = finder.fault() {
        words.push(fault.to_owned());
    }
    if let Some(query) = finder.query() {
        if let Some(FilterCounts { matches, total: of, bytes }) = &counts {
            let verb = match (in_short, *matches) {
                (true, _) => "",
                (false, 1) => " matches",
                (false, _) => " match",
            };
            let dots = if waiting { "… " } else { "" };
            let bytes = if bytes.is_empty() { String::new() } else { format!(", {bytes}") };
            words.push(format!("{dots}{} of {}{verb}{bytes}", format::count(*matches), format::count(*of)));
        } else {
            words.push("…".to_owned());
        }
        let mode = query.mode();
        if !mode.is_empty() {
            words.push(mode);
        }
    }
    if finder.hidden().any() {
        if let Some(FilterCounts { matches, total: of, .. }) = counts.filter(|_| finder.query().is_none()) {
            words.push(format!("{} of {}", format::count(matches), format::count(of)));
        }
        words.push(format!("{} hidden", finder.hidden().names()));
    }
    (!words.is_empty()).then(|| words.join(" · "))
}
