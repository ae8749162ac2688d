//! Causes of waste: who stored the bytes, who wasted them, and how to fix it.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole, json};
use crate::analysis::Cause;
use crate::format::{bytes, count, fit, safe_str};

/// The minimum width of an instruction column.
const LEAST: usize = 16;
/// What precedes the instructions on a page: size, files, account, and the gaps.
const BEFORE: usize = 34;

/// A cause in JSON.
#[derive(Serialize)]
pub(super) struct CauseRecord<'a> {
    account: &'static str,
    bytes: u64,
    files: usize,
    folder: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_base64: Option<String>,
    layer: usize,
    step: Option<usize>,
    created_by: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    by_layer: usize,
    by_step: Option<usize>,
    by_created_by: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_dockerfile: Option<LinesRecord<'a>>,
    fix: FixRecord,
}

#[derive(Serialize)]
struct FixRecord {
    kind: &'static str,
    text: String,
}

/// All causes as records.
pub(super) fn records<'a>(subject: &Subject<'a>, causes: &[Cause]) -> Vec<CauseRecord<'a>> {
    causes.iter().map(|cause| record(subject, cause)).collect()
}

fn record<'a>(subject: &Subject<'a>, cause: &Cause) -> CauseRecord<'a> {
    let (folder, folder_base64) = json::text(cause.folder.as_bytes());
    let step = |layer| subject.image.step_of(layer).map(|step| step.number);
    CauseRecord {
        account: cause.account.name(),
        bytes: cause.bytes,
        files: cause.files,
        folder: folder.into_owned(),
        folder_base64,
        layer: cause.stored_by.get(),
        step: step(cause.stored_by),
        created_by: subject.quoted(cause.stored_by),
        dockerfile: lines::of_layer(subject.image, cause.stored_by),
        by_layer: cause.wasted_by.get(),
        by_step: step(cause.wasted_by),
        by_created_by: subject.quoted(cause.wasted_by),
        by_dockerfile: lines::of_layer(subject.image, cause.wasted_by),
        fix: FixRecord { kind: cause.fix.kind.name(), text: cause.fix.text.clone() },
    }
}

/// The causes as a table, each with its fix below, and how many more there are.
pub(super) fn table(
    subject: &Subject<'_>,
    most: usize,
    indent: &'static str,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let causes = subject.causes();
    let columns = [("size", Right), ("files", Right), ("why", Left), ("stored by", Left), ("wasted by", Left)];
    let mut table = Table::headed(indent, &columns);
    for cause in causes.iter().take(most) {
        table.row([
            Cell::with_role(TextRole::Waste, bytes(cause.bytes)),
            Cell::from(count(cause.files)),
            Cell::from(cause.account.name().to_owned()),
            Cell::from(half_width(&subject.layer_name(cause.stored_by), page)),
            Cell::from(half_width(&subject.layer_name(cause.wasted_by), page)),
        ]);
        table.note(format!("→ {}", safe_str(&cause.fix.text)));
    }
    table.write(page, out)?;
    Ok(causes.len().saturating_sub(most))
}

/// Both instructions get the same width.
fn half_width(text: &str, page: &Page) -> String {
    page.width.map_or_else(|| text.to_owned(), |columns| fit(text, (columns.saturating_sub(BEFORE) / 2).max(LEAST)))
}
