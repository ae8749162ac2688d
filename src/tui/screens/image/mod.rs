//! View 5: the image itself, as one text: its names, what it runs, where its bytes are, and its findings.

mod config;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::shared::{findings, secret_place, timestamp, who_reads};
use crate::analysis::Account;
use crate::format;
use crate::image::Image;
use crate::teaching::{OwnBlobs, base_share, disk_use, image_names};
use crate::tui::action::{Action, Hint, ViewName};
use crate::tui::model::Model;
use crate::tui::view::hints::{COPY, MOVE, QUIT, VIEWS};
use crate::tui::view::{DrawContext, Effect, View, ViewSpec};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::scroll::{ClickTarget, Motion, Pointer};
use crate::tui::widgets::text::{Scrolled, Text, counted};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};

use config::{ProgramFiles, base, config, list, program_files, runs};

pub(super) static VIEW: ViewSpec = ViewSpec {
    name: ViewName { action: "view-image", title: "Image", help: "the image: configuration, totals, findings" },
    new: |_| Box::<AboutView>::default(),
    figure: |_| None,
    command: Some(("summary", "")),
};

/// A text and its scroll position.
#[derive(Default)]
pub(super) struct AboutView {
    text: Scrolled<(u32, bool)>,
    requested: bool,
    files: Option<ProgramFiles>,
}

impl View for AboutView {
    fn act(&mut self, action: Action, _: &Model, body: Rect) -> Vec<Effect> {
        match Motion::from_action(action) {
            Some(motion) => self.text.go(motion, layout::inner(body, layout::boxed(body))),
            None if action == Action::Close => {}
            None => return vec![Effect::NoSuchKey],
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        pointer.on_text(&mut self.text, layout::inner(body, layout::boxed(body)));
        ClickTarget::Nothing
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        result.take().map(|files| self.files = Some(files)).err()
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        let area = layout::inner(body, layout::boxed(body));
        let files = self.files.as_ref();
        let about = (model.text_edition(), files.is_some());
        self.text.refresh(about, area, |text| image(text, model, files));
        let job = if self.requested { None } else { program_files(model) };
        self.requested |= job.is_some();
        job.into_iter().collect()
    }

    fn hints(&self, model: &Model) -> &'static [Hint] {
        const IMAGES: Hint = (&[Action::Images], "other images");
        if model.images > 1 { &[MOVE, VIEWS, IMAGES, COPY, QUIT] } else { &[MOVE, VIEWS, COPY, QUIT] }
    }

    fn draw(&self, buffer: &mut Buffer, _: &Model, body: Rect, context: DrawContext<'_>) {
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        pane::text(buffer, body, "Image", &self.text, framing);
    }
}

fn image(text: &mut Text, model: &Model, files: Option<&ProgramFiles>) {
    let Some(image) = &model.image else { return };
    identity(text, image, model);
    if model.images > 1 {
        text.field("in a file", &format!("with {}", counted(model.images - 1, "other image")));
    }
    if let Some(reason) = model.completeness.reason() {
        text.field_as(Role::Warning, "incomplete", &reason);
    }
    runs(text, &image.config, model, files);
    bytes(text, model);
    config(text, &image.config, model, files);
    names(text, image);
    disk(text, image, model);
    if let Some(export) = &model.export {
        text.heading("Export");
        text.wrapped(Role::Dim, &export.lines()[3..].join(" "), 1);
    }
    concerns(text, model);
    findings(text, "Findings", model.findings(), true);
    if model.union.is_some() && model.findings().next().is_none() {
        text.heading("Findings");
        text.wrapped(Role::Dim, "none: the archive is well-formed", 1);
    }
}

/// The limit on secrets, and on places of junk, that are listed: each has a view.
const MOST: usize = 5;

/// The secrets and the junk in the image, as far as they are searched for.
fn concerns(text: &mut Text, model: &Model) {
    let more = |text: &mut Text, all: usize, kind: &str| {
        if all > MOST {
            text.wrapped(Role::Dim, &format!("and {} more in the view of {kind}", format::count(all - MOST)), 1);
        }
    };
    if let Some(found) = &model.concerns.secrets {
        let secrets = &found.secrets.found;
        text.heading("Secrets");
        for secret in secrets.iter().take(MOST) {
            let place = secret_place(model, secret);
            text.wrapped(Role::Warning, &format!("{} in {place}: {}", secret.kind, who_reads(secret)), 1);
        }
        if secrets.is_empty() {
            text.wrapped(Role::Dim, "none found", 1);
        }
        more(text, secrets.len(), "secrets");
    }
    if let Some(found) = &model.concerns.junk {
        let hits = &found.junk.hits;
        text.heading("Junk");
        for hit in hits.iter().take(MOST) {
            let bytes = if hit.bytes > 0 { format!(", {}", format::bytes(hit.bytes)) } else { String::new() };
            text.wrapped(Role::Text, &format!("{}: {}{bytes}", hit.rule.text.id, hit.rule.text.what), 1);
        }
        if hits.is_empty() {
            text.wrapped(Role::Dim, "none found", 1);
        }
        more(text, hits.len(), "junk");
    }
}

fn identity(text: &mut Text, image: &Image, model: &Model) {
    list(text, "names", &image.names);
    if image.names.is_empty() {
        text.field_as(Role::Dim, "names", "none");
    }
    text.field("opened", &model.title);
    if let Some(platform) = &image.platform {
        text.field("platform", &platform.to_string());
    }
    if let Some(created) = &image.created {
        text.field("created", &timestamp(created));
    }
    base(text, model);
    let steps = image.steps.iter().filter(|step| step.layer.is_none()).count();
    let steps =
        if model.export.is_some() { String::new() } else { format!(", and {} metadata only", counted(steps, "step")) };
    let container = if image.container().is_some() { ", 1 of the container" } else { "" };
    text.field("layers", &format!("{}{container}{steps}", image.own_layers()));
}

/// What identifies the image and its layers, each name with what it is of.
fn names(text: &mut Text, image: &Image) {
    let all = image_names(image);
    if !all.is_empty() {
        text.heading("How it is identified");
    }
    for name in all {
        text.field(name.label, &name.digest);
        text.field_as(Role::Dim, "", &name.of);
    }
}

/// What containers of the image cost on a disk.
fn disk(text: &mut Text, image: &Image, model: &Model) {
    let Some(analysis) = model.analysis.as_ref().filter(|_| model.export.is_none()) else { return };
    text.heading("On a disk, unpacked");
    for (label, said) in disk_use(image, analysis) {
        text.field(label, &said);
    }
}

fn bytes(text: &mut Text, model: &Model) {
    text.heading("Bytes");
    if model.export.is_some() {
        text.field_as(Role::Dim, "stored", "known once the export is read");
        return;
    }
    text.field("stored", &format!("{} in the archive", format::bytes(model.stored())));
    let Some(analysis) = &model.analysis else {
        text.field_as(Role::Dim, "in files", "known once the layers are read");
        return;
    };
    let totals = analysis.totals;
    let total = totals.total();
    text.field(
        "in files",
        &format!("{}; {} visible in the final image", format::bytes(total), counted(analysis.files, "file")),
    );
    if let Some((image, base)) = model.image.as_ref().zip(model.base()) {
        if let Some(share) = base_share(image, &base, analysis) {
            text.field("base", &share);
        }
        if let Some(blobs) = OwnBlobs::new(image, &base).filter(|_| base.layers > 0) {
            let blobs = format!("{} in {}", blobs.size(), blobs.sent.blobs());
            text.field("push", &format!("{blobs} where the registry has the base"));
        }
    }
    for account in [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed] {
        let bytes = totals.bytes_in(account);
        #[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
        let share = if total == 0 { 0.0 } else { bytes as f64 / total as f64 };
        let role = if account == Account::Live || bytes == 0 { Role::Text } else { Role::Wasted };
        let row = text.labelled(account.name()).right(role, &format::bytes(bytes), 7);
        text.row(row.right(Role::Text, &format::percent(share), 9));
    }
    text.field("efficiency", &format::percent(totals.efficiency()));
    if !analysis.compared {
        text.field_as(Role::Dim, "", "comparing contents: some overwritten bytes may prove to be rewritten");
    }
}
