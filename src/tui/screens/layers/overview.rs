//! The answer beside the row of the whole image: where its bytes are, which secrets it holds, what saves most. Each item
//! leads to the view that shows more. With little room, a saving takes two lines, and more only where lines are left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Account, Base, Severity, beginning, layer_in_sentence, layer_name};
use crate::format;
use crate::image::{Image, familiar_name};
use crate::overview::{JunkFound, Overview, Saving, SavingReason, SecretsFound};
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::model::concerns::SearchKind;
use crate::tui::view::{FindingAt, Request, WasteOf};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, MouseAction, Pointer};
use crate::tui::widgets::text::{Scrolled, Text, counted};
use crate::tui::widgets::theme::Role;

/// The limit on savings that are listed.
const SAVINGS: usize = 5;
/// The number of savings that are visible without scrolling, even with little room.
const VISIBLE: usize = 3;
/// The limit on the lines of a fix where there is little room.
const FIX: usize = 3;
/// A pane with fewer lines has little room.
const ROOMY: u16 = 28;

/// A line that leads somewhere.
struct OverviewItem {
    /// The first of its lines.
    line: usize,
    to: Request,
    /// What it says.
    finding: FindingAt,
}

/// The text, its items, and which of them is selected.
#[derive(Default)]
pub(super) struct OverviewPane {
    text: Scrolled<(u32, Option<SearchKind>, usize, u16)>,
    items: Vec<OverviewItem>,
    cursor: Cursor,
    /// Whether an item was selected by hand.
    is_chosen: bool,
}

impl OverviewPane {
    pub fn refresh(&mut self, model: &Model, area: Rect, is_focused: bool) {
        let mut items = None;
        let searching = model.concerns.progress().map(|(kind, _)| kind);
        self.text.refresh((model.text_edition(), searching, model.layers_read(), area.height), area, |text| {
            items = Some(overview(text, model, area.height));
        });
        if let Some(items) = items {
            // What is found later comes above, and must not put another item under the key.
            let selected = self.leads_to().filter(|_| is_focused || self.is_chosen);
            self.items = items;
            if let Some(at) = selected.and_then(|to| self.items.iter().position(|item| item.to == to)) {
                self.select(at, area);
            }
        }
        self.cursor.clamp(self.items.len(), self.items.len());
    }

    /// Moves to another item, and scrolls so that all of it is visible; a page scrolls the text, and an item on it is
    /// selected.
    pub fn go(&mut self, motion: Motion, area: Rect) {
        self.is_chosen = true;
        let (before, items) = (self.cursor.selected(), self.items.len());
        if motion.is_page() {
            let top = self.text.top();
            self.text.go(motion, area);
            if self.text.top() != top {
                let visible = self.text.visible(area);
                let first = self.items.partition_point(|item| item.line < visible.start);
                let last = self.items.partition_point(|item| item.line < visible.end).saturating_sub(1);
                self.cursor.select(before.max(first).min(last.max(first)).min(items.saturating_sub(1)));
                return;
            }
        }
        self.cursor.go(motion, items, items);
        match (motion, self.cursor.selected()) {
            (Motion::Top, _) | (Motion::Up, 0) if before == self.cursor.selected() || motion == Motion::Top => {
                self.text.go(Motion::Top, area);
            }
            (_, selected) => self.reveal(selected, area),
        }
    }

    fn reveal(&mut self, item: usize, area: Rect) {
        let begin = self.items.get(item).map_or(0, |item| item.line);
        let end = self.items.get(item + 1).map_or(usize::MAX, |item| item.line);
        self.text.reveal(begin, end, area);
    }

    fn select(&mut self, item: usize, area: Rect) {
        if item != self.cursor.selected() {
            self.cursor.select(item);
            self.reveal(item, area);
        }
    }

    /// A click selects an item, and opens the one that is selected.
    pub fn point(&mut self, pointer: Pointer, area: Rect) -> ClickTarget {
        if pointer.action != MouseAction::Click {
            pointer.on_text(&mut self.text, area);
            return ClickTarget::Nothing;
        }
        let line = self.text.top() + usize::from(pointer.at.y.saturating_sub(area.y));
        let Some(at) = self.items.iter().rposition(|item| item.line <= line) else { return ClickTarget::Nothing };
        if self.cursor.selected() == at {
            return ClickTarget::SelectedRow;
        }
        self.is_chosen = true;
        self.cursor.select(at);
        ClickTarget::Row
    }

    /// Where the selected item leads.
    pub fn leads_to(&self) -> Option<Request> {
        self.items.get(self.cursor.selected()).map(|item| item.to)
    }

    /// What the selected item says.
    pub fn finding(&self) -> Option<FindingAt> {
        self.items.get(self.cursor.selected()).map(|item| item.finding)
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, model: &Model, framing: Framing<'_>) {
        let inner = pane::open(buffer, area, "Overview", &title(model), framing);
        if let Some(export) = &model.export {
            return export.draw(buffer, inner, framing.theme);
        }
        self.text.draw(buffer, inner, framing.theme);
        if framing.focused
            && let Some(item) = self.items.get(self.cursor.selected())
        {
            self.text.highlight(buffer, inner, framing.theme, item.line);
        }
        pane::scrollbar(buffer, area, inner, self.text.visible(inner), self.text.len(), framing);
    }
}

/// `1.1 GB of 1.8 GB wasted (61 %)`.
fn title(model: &Model) -> String {
    let Some(overview) = &model.overview else { return String::new() };
    let (all, wasted) = (overview.totals.total(), overview.totals.wasted());
    if wasted == 0 {
        return format!("· {}, nothing wasted", format::bytes(all));
    }
    let share = format::percent(1.0 - overview.totals.efficiency());
    format!("· {} of {} wasted ({share})", format::bytes(wasted), format::bytes(all))
}

fn overview(text: &mut Text, model: &Model, height: u16) -> Vec<OverviewItem> {
    let roomy = height >= ROOMY;
    let mut items = Vec::new();
    let Some((overview, image)) = model.overview.as_ref().zip(model.image.as_ref()) else {
        let count = format!("reading layers: {} of {} done", model.layers_read(), model.layer_count());
        text.wrapped(Role::Dim, &count, 1);
        return items;
    };
    if let Some(reason) = model.completeness.reason() {
        text.wrapped(Role::Warning, &format!("incomplete: {reason}"), 1);
    }
    if roomy {
        bar(text, overview);
    } else {
        low_bar(text, overview);
    }
    secrets(text, overview, model, roomy, &mut items);
    savings(text, overview, image, (!roomy).then_some(usize::from(height)), &mut items);
    junk(text, overview, model, &mut items);
    settings(text, image, model);
    items
}

/// What is live and what is wasted.
fn coloured_bar(row: Row, overview: &Overview, columns: usize) -> Row {
    let wasted: u64 = overview.shares().iter().skip(1).map(|(_, share)| share).sum();
    let of_waste = usize::try_from(wasted).unwrap_or(100) * columns / 100;
    let of_waste = of_waste.max(usize::from(overview.totals.wasted() > 0));
    let row = row.text(Role::Bar, &"█".repeat(columns.saturating_sub(of_waste)));
    row.text(Role::BarWasted, &"░".repeat(of_waste))
}

/// A heading, after a blank line where there is room for one.
fn heading(text: &mut Text, title: &str, roomy: bool) {
    if roomy {
        text.heading(title);
    } else {
        text.row(Row::new().gap(1).text(Role::Heading, title));
    }
}

/// One bar of all stored bytes by account, and what its parts are.
fn bar(text: &mut Text, overview: &Overview) {
    let shares = overview.shares();
    if overview.totals.total() == 0 {
        text.wrapped(Role::Dim, "no layer stores any file content", 1);
        return;
    }
    text.row(coloured_bar(Row::new().gap(1), overview, text.width().saturating_sub(2)));
    let mut row = Row::new().gap(1);
    for (account, share) in shares {
        let bytes = overview.totals.bytes_in(account);
        if bytes == 0 {
            continue;
        }
        let (mark, role) = if account == Account::Live { ("█", Role::Bar) } else { ("░", Role::BarWasted) };
        let gap = if row.width() > 1 { 2 } else { 0 };
        let share = if share == 0 { "< 1 %".to_owned() } else { format!("{share} %") };
        let said = format!("{} {} ({share})", account.name(), format::bytes(bytes));
        if row.width() + gap + 2 + format::width(&said) > text.width() {
            text.row(std::mem::take(&mut row).gap(0));
            row = Row::new().gap(1).text(role, mark).text(Role::Text, &format!(" {said}"));
            continue;
        }
        row = row.gap(gap).text(role, mark).text(Role::Text, &format!(" {said}"));
    }
    text.row(row);
}

/// The same on one line: what the parts are, in per cent, and a short bar.
fn low_bar(text: &mut Text, overview: &Overview) {
    const LEAST: usize = 8;
    let shares = overview.shares().into_iter().filter(|(account, _)| overview.totals.bytes_in(*account) > 0);
    let parts = shares.map(|(account, share)| match share {
        0 => format!("{} < 1 %", account.name()),
        share => format!("{} {share} %", account.name()),
    });
    let said = parts.collect::<Vec<_>>().join("  ");
    let columns = text.width().saturating_sub(format::width(&said) + 4);
    if overview.totals.total() == 0 || columns < LEAST {
        return bar(text, overview);
    }
    let row = coloured_bar(Row::new().gap(1), overview, columns);
    text.row(row.gap(2).text(Role::Text, &said));
}

/// The savings, in a pane of so many lines if it is a low one.
fn savings(text: &mut Text, overview: &Overview, image: &Image, low: Option<usize>, items: &mut Vec<OverviewItem>) {
    let roomy = low.is_none();
    let Some(savings) = &overview.savings else {
        heading(text, "Largest savings", roomy);
        text.wrapped(Role::Dim, "comparing contents…", 1);
        return;
    };
    if savings.is_empty() {
        heading(text, "Largest savings", roomy);
        text.wrapped(Role::Dim, "none: every stored byte is visible in a container", 1);
        return;
    }
    let (own, of_base) = savings.split_at(savings.partition_point(|saving| !saving.of_base));
    if !own.is_empty() {
        let title = if overview.junk.is_some() { "Largest savings" } else { "Largest savings so far, without junk" };
        heading(text, title, roomy);
    }
    // A line that says "and 1 more" takes as much room as that one.
    let listed = if own.len() == SAVINGS + 1 { own.len() } else { SAVINGS };
    for (at, saving) in own.iter().take(listed).enumerate() {
        items.push(OverviewItem { line: text.len(), to: leads_to(saving), finding: FindingAt::Saving(at) });
        let fix_lines = low.map_or(usize::MAX, |lines| {
            let others = own.len().min(VISIBLE).saturating_sub(at + 1) * 2;
            lines.saturating_sub(text.len() + 1 + others).clamp(1, FIX)
        });
        if roomy {
            row(text, saving, None);
            why(text, saving, image);
        } else {
            row(text, saving, Some(&layer_name(image, saving.caused_by)));
        }
        text.wrapped_to(Role::Text, &format!("fix: {}", saving.fix), 10, fix_lines);
    }
    if own.len() > listed {
        let more = &own[listed..];
        let is_junk = |saving: &Saving| matches!(saving.reason, SavingReason::Junk(_));
        let (to, views) = match more.iter().filter(|saving| is_junk(saving)).count() {
            0 => (Request::Waste { at: None }, "view 2"),
            junk if junk == more.len() => (leads_to(&more[0]), "view 8"),
            _ => (Request::Waste { at: None }, "views 2 and 8"),
        };
        items.push(OverviewItem { line: text.len(), to, finding: FindingAt::Image });
        text.wrapped(Role::Dim, &format!("and {} more in {views}", format::count(more.len())), 1);
    }
    if let Some(first) = of_base.first() {
        let bytes = of_base.iter().fold(0, |sum: u64, saving| sum.saturating_add(saving.bytes));
        items.push(OverviewItem { line: text.len(), to: leads_to(first), finding: FindingAt::Image });
        let base = Base::detect(image);
        let slim = if base.has_slim_variant() { ", for example its slim variant" } else { "" };
        let (bytes, base) = (format::bytes(bytes), base.in_words());
        let said = format!("{bytes} more belong to {base}: only another base avoids them{slim}");
        text.wrapped(Role::Dim, &said, 1);
    }
}

fn leads_to(saving: &Saving) -> Request {
    match saving.reason {
        SavingReason::Wasted(account) => {
            let layer = saving.stored_by.first().copied().unwrap_or(saving.caused_by);
            Request::Waste { at: Some(WasteOf { account, by: saving.caused_by, layer }) }
        }
        SavingReason::Junk(_) => {
            Request::Concern { kind: SearchKind::Junk, at: saving.junk.first().copied().unwrap_or_default() }
        }
    }
}

/// Bytes and where they are, and what is to blame.
fn row(text: &mut Text, saving: &Saving, by: Option<&str>) {
    let path = format!("/{}", format::safe(saving.path.as_bytes()));
    let (path, files) = match (saving.is_one_path, saving.files) {
        (true, 0 | 1) => (path, String::new()),
        (true, copies) => (path, format!("  {} copies", format::count(copies))),
        (false, files) => (format!("{}/", path.trim_end_matches('/')), format!("  {}", counted(files, "file"))),
    };
    let row = Row::new().gap(1).right(Role::Wasted, &format::bytes(saving.bytes), 7).gap(2);
    let room = text.width().saturating_sub(row.width() + 1);
    let end = text.width().saturating_sub(1);
    text.row(if let Some(by) = by {
        row.text(Role::Strong, &fit_end(&path, room / 2)).gap(2).until(Role::Text, by, end)
    } else {
        let path = fit_end(&path, room.saturating_sub(format::width(&files)));
        row.text(Role::Strong, &path).until(Role::Dim, &files, end)
    });
}

/// Which instruction is to blame, and for what.
fn why(text: &mut Text, saving: &Saving, image: &Image) {
    let by = layer_in_sentence(image, saving.caused_by);
    let stored = match saving.stored_by.as_slice() {
        [one] if *one == saving.caused_by => None,
        [one] => Some(layer_in_sentence(image, *one)),
        [one, more @ ..] => {
            Some(format!("{} and {} stored", layer_in_sentence(image, *one), counted(more.len(), "other layer")))
        }
        [] => None,
    };
    let stored = stored.map(|stored| if stored.ends_with("stored") { stored } else { format!("{stored} stored") });
    let said = match (&saving.reason, stored) {
        (SavingReason::Wasted(Account::Rewritten), Some(stored)) => format!("{by} stores again what {stored}"),
        (SavingReason::Wasted(Account::Removed), Some(stored)) => format!("{by} only hides what {stored}"),
        (SavingReason::Wasted(_), Some(stored)) => format!("{by} replaces what {stored}"),
        (SavingReason::Wasted(_), None) => format!("{by} wastes what it stores itself"),
        (SavingReason::Junk(what), _) => format!("{by} stores {}", format::safe_str(what)),
    };
    text.wrapped(Role::Text, &said, 10);
}

fn secrets(text: &mut Text, overview: &Overview, model: &Model, roomy: bool, items: &mut Vec<OverviewItem>) {
    let Some(secrets) = &overview.secrets else {
        text.wrapped(Role::Dim, &format!("secrets: {}", searching(model, SearchKind::Secrets)), 1);
        return;
    };
    let SecretsFound { count, visible, possible, worst, .. } = secrets;
    if *count == 0 {
        text.wrapped(Role::Dim, "no secrets found", 1);
        return;
    }
    let none_for_0 = |count: usize| if count == 0 { "none".to_owned() } else { format::count(count) };
    let (shown, hidden) = (none_for_0(*visible), none_for_0(count.saturating_sub(*visible)));
    let (said, role) = match *possible {
        0 => (secrets.in_words(), Role::Removed),
        all if all == *count => (secrets.in_words().replacen("secret", "possible secret", 1), Role::Warning),
        some => (format!("{}, {} of them only possible", secrets.in_words(), format::count(some)), Role::Removed),
    };
    text.wrapped(role, &format!("{said}: {shown} visible in a container, {hidden} hidden but still readable"), 1);
    let found = model.concerns.secrets.as_deref();
    for (listed, secret) in worst.iter().filter_map(|listed| Some((listed, found?.get(listed.index)?))) {
        let (line, finding) = (text.len(), FindingAt::Secret(listed.index));
        let to = Request::Concern { kind: SearchKind::Secrets, at: listed.index };
        items.push(OverviewItem { line, to, finding });
        secret_row(text, secret, listed.places, model, roomy);
    }
}

/// `! visible  private-key  /root/.ssh/id_rsa (layer 3, again in 4)`: only a path is long, so it is what is cut.
fn secret_row(text: &mut Text, secret: &Secret, places: usize, model: &Model, roomy: bool) {
    let (mark, role, confidence) = match secret.severity {
        Severity::High => ("!", Role::Removed, String::new()),
        severity => ("?", Role::Warning, format!(" ({})", severity.name())),
    };
    let state = if secret.is_live() { "visible" } else { "hidden" };
    let head = format!(" {state:7}  {}{confidence}", format::safe_str(secret.kind));
    let row = Row::new().gap(1).text(role, mark).text(Role::Text, &head);
    let (path, note) = secret_place(secret, places, model);
    let room = text.width().saturating_sub(row.width() + 3);
    let needed = format::width(&path) + format::width(&note);
    if needed <= room || !roomy {
        let path = fit_end(&path, room.saturating_sub(format::width(&note)));
        text.row(row.gap(2).text(Role::Text, &path).text(Role::Dim, &note));
        return;
    }
    text.row(row);
    text.wrapped(Role::Text, &format!("{path}{note}"), 12);
}

/// Where a secret is, and which layers say more about it, as safe text.
fn secret_place(secret: &Secret, places: usize, model: &Model) -> (String, String) {
    let step = |number| model.image.as_ref().and_then(|image| image.step(number));
    let in_places = || if places > 1 { format!("in {places} places") } else { String::new() };
    let (place, notes) = match &secret.location {
        SecretLocation::File { path, layer, account, hidden_by, .. } => {
            let first = model.brought_by(path, *layer);
            let layers = match first {
                Some(first) => format!("layer {first}, again in {layer}"),
                None => format!("layer {layer}"),
            };
            let hidden = hidden_by.map_or_else(String::new, |by| format!("{} by {by}", account.name()));
            // The layer that brought it is a place that the line names.
            let others = if places == 2 && first.is_some() { String::new() } else { in_places() };
            (format!("/{}", format::safe(path.as_bytes())), vec![layers, hidden, others])
        }
        SecretLocation::Env(name) => (format!("ENV {}", format::safe_str(name)), vec![in_places()]),
        SecretLocation::Label(name) => (format!("LABEL {}", format::safe_str(name)), vec![in_places()]),
        SecretLocation::Step { number, .. } => {
            let step = step(*number).map(|step| beginning(step.description()).into_owned());
            let step = step.map(|step| format!("`{}`", format::fit(&format::safe_str(&step), 60)));
            (step.unwrap_or_else(|| "the history".to_owned()), vec![in_places()])
        }
        SecretLocation::Document(place) => ((*place).to_owned(), vec![in_places()]),
    };
    let notes = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join(", ");
    (place, if notes.is_empty() { notes } else { format!(" ({notes})") })
}

fn junk(text: &mut Text, overview: &Overview, model: &Model, items: &mut Vec<OverviewItem>) {
    text.heading("Also");
    let Some(JunkFound { bytes, live, places }) = overview.junk else {
        text.wrapped(Role::Dim, &format!("junk: {}", searching(model, SearchKind::Junk)), 1);
        return;
    };
    if places == 0 {
        text.wrapped(Role::Dim, "no junk found", 1);
        return;
    }
    let to = Request::Concern { kind: SearchKind::Junk, at: 0 };
    items.push(OverviewItem { line: text.len(), to, finding: FindingAt::Junk(0) });
    let said = match bytes {
        0 => format!("junk: {}", counted(places, "hit")),
        _ => format!(
            "junk: {}, {}, {} of it visible in a container",
            counted(places, "hit"),
            format::bytes(bytes),
            format::bytes(live)
        ),
    };
    text.wrapped(Role::Text, &said, 1);
}

fn searching(model: &Model, wanted: SearchKind) -> String {
    match model.concerns.progress() {
        Some((kind, _)) if kind == wanted => "searching".to_owned(),
        Some((kind, _)) => format!("searched for after {}", kind.name()),
        _ if model.concerns.is_left_to_views() => {
            let view = if wanted == SearchKind::Secrets { 7 } else { 8 };
            format!("not searched for yet: view {view} does that")
        }
        _ => "the search begins once the contents of the layers are compared".to_owned(),
    }
}

/// What else to know before the image is used.
fn settings(text: &mut Text, image: &Image, model: &Model) {
    let root = crate::analysis::runs_as_root(&image.config);
    let findings = model.findings().count();
    if root {
        text.wrapped(Role::Text, "a container runs as root: no USER is set, or it is root", 1);
    }
    if findings > 0 {
        text.wrapped(
            Role::Warning,
            &format!("{} about the archive: view 5 lists them", counted(findings, "finding")),
            1,
        );
    }
}

/// The image in the details: what it is called and what it is.
pub(super) fn identity(text: &mut Text, model: &Model) {
    let Some(image) = &model.image else { return };
    for (at, name) in image.names.iter().enumerate() {
        text.field(if at == 0 { "name" } else { "" }, familiar_name(name));
    }
    if let Some(platform) = &image.platform {
        text.field("platform", &platform.to_string());
    }
    if let Some(created) = &image.created {
        text.field("created", &crate::tui::screens::shared::timestamp(created));
    }
    if let Some(said) = model.base().and_then(|base| base.describe()) {
        text.field("base", &said);
    }
    let metadata = counted(image.steps.iter().filter(|step| step.layer.is_none()).count(), "instruction");
    let metadata = if model.export.is_some() { String::new() } else { format!(", and {metadata} metadata only") };
    text.field("layers", &format!("{}{metadata}", image.layers.len()));
    if let Some(digest) = &image.digest {
        text.field("digest", digest.as_str());
    }
}
