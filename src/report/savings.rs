//! The largest savings on a page and in JSON, and what else to know at first: where secrets are searched for, the user.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole};
use crate::analysis::{Base, Cause};
use crate::format::{bytes, count, fit, percent, safe, safe_str};
use crate::image::LayerNumber;
use crate::lint::Junk;
use crate::overview::{Overview, Saving, SavingReason};

/// The number of savings.
const SAVINGS: usize = 3;
/// The width of a path, of a page that has 80 columns.
const PATH: usize = 30;

/// The savings of the overview, the largest first, without secrets. Junk that is only stored is waste already, so no byte
/// is in two of them.
pub(super) fn savings(subject: &Subject<'_>, causes: &[Cause], junk: &Junk) -> Vec<Saving> {
    let Subject { image, union, analysis, redactor, .. } = subject;
    let overview = Overview::new(image, union, analysis, Some(causes), Some(junk), None);
    let mut savings = overview.savings.unwrap_or_default();
    for saving in &mut savings {
        saving.path = redactor.entry_path(&saving.path);
    }
    savings
}

/// A saving in JSON.
#[derive(Serialize)]
pub(super) struct SavingRecord<'a> {
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    bytes: u64,
    files: usize,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    by_layer: usize,
    by_step: Option<usize>,
    by_created_by: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_dockerfile: Option<LinesRecord<'a>>,
    layers: Vec<usize>,
    from_base: bool,
    fix: String,
}

/// A saving as a record.
pub(super) fn record<'a>(subject: &Subject<'a>, saving: &Saving) -> SavingRecord<'a> {
    let (path, path_base64) = subject.json_path(saving.path.as_bytes());
    let by = saving.caused_by;
    let what = match &saving.reason {
        SavingReason::Junk(what) => Some(what.clone()),
        SavingReason::Wasted(_) => None,
    };
    SavingRecord {
        why: why(saving),
        what,
        bytes: saving.bytes,
        files: saving.files,
        path,
        path_base64,
        by_layer: by.get(),
        by_step: subject.image.step_of(by).map(|step| step.number),
        by_created_by: subject.quoted(by),
        by_dockerfile: lines::of_layer(subject.image, by),
        layers: saving.stored_by.iter().map(|layer| layer.get()).collect(),
        from_base: saving.of_base,
        fix: saving.fix.clone(),
    }
}

/// The largest savings, each with the layer to blame and how to fix it.
pub(super) fn largest(subject: &Subject<'_>, junk: &Junk, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let savings = savings(subject, &subject.causes(), junk);
    if savings.is_empty() {
        return writeln!(out, "  nothing is wasted");
    }
    let columns = [("size", Right), ("share", Right), ("why", Left), ("path", Left), ("caused by", Left)];
    let mut table = Table::headed("  ", &columns);
    for saving in savings.iter().take(SAVINGS) {
        table.row([
            Cell::with_role(TextRole::Waste, bytes(saving.bytes)),
            Cell::from(percent(super::summary::fraction(saving.bytes, subject.analysis.totals.total()))),
            Cell::from(why(saving).to_owned()),
            Cell::from(fit(&path(saving), PATH)),
            Cell::from(subject.layer_name(saving.caused_by)),
        ]);
        table.note(format!("→ {}", safe_str(&saving.fix)));
    }
    table.write(page, out)
}

fn why(saving: &Saving) -> &'static str {
    match &saving.reason {
        SavingReason::Wasted(account) => account.name(),
        SavingReason::Junk(_) => "junk",
    }
}

/// Who stored the bytes and who is to blame: the words of a rule and the name of a layer as the format has safe text.
pub(super) fn blame(
    subject: &Subject<'_>,
    saving: &Saving,
    words: impl Fn(&str) -> String,
    name: impl Fn(&str) -> String,
) -> String {
    let layer = |layer: LayerNumber| name(&subject.layer_name_with_lines(layer));
    let (why, by) = (why(saving), layer(saving.caused_by));
    match (&saving.reason, saving.stored_by.as_slice()) {
        (SavingReason::Junk(what), _) => format!("{why}: {}, stored by {by}", words(&safe_str(what))),
        (SavingReason::Wasted(_), [one]) if *one == saving.caused_by => format!("{why}: stored and wasted by {by}"),
        (SavingReason::Wasted(_), stored) => {
            let first = stored.first().map_or_else(String::new, |&one| layer(one));
            let others = match stored.len().saturating_sub(1) {
                0 => String::new(),
                1 => " and 1 other layer".to_owned(),
                others => format!(" and {} other layers", count(others)),
            };
            format!("{why}: stored by {first}{others}, wasted by {by}")
        }
    }
}

/// The path, with a slash after a folder; of several copies, their number too.
fn path(saving: &Saving) -> String {
    let path = safe(saving.path.as_bytes());
    match (saving.is_one_path, saving.files) {
        (false, _) => format!("{path}/"),
        (true, 1) => path,
        (true, copies) => format!("{} copies of {path}", count(copies)),
    }
}

/// What else is worth a look: where secrets are searched for, the user, the base.
pub(super) fn hints(subject: &Subject<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new("  ", &[Left, Left]);
    let mut row = |name: &str, text: String| table.row([Cell::from(name.to_owned()), Cell::from(text)]);
    row("secrets", "not searched here: `layerscope secrets` lists them".to_owned());
    row("junk", "`layerscope junk` lists all of it, with what saves little".to_owned());
    let base = Base::detect(subject.image);
    if let Some(text) = base.describe() {
        row("base", safe_str(&text));
    }
    if base.layers > 0 {
        let (own, below) = subject.own_and_base(&base);
        row("bytes", format!("yours {} · base {}", bytes(own), bytes(below)));
    }
    if crate::analysis::runs_as_root(&subject.image.config) {
        row("user", "runs as root".to_owned());
    }
    table.write(page, out)
}
