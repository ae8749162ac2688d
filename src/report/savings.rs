//! The first lines about an image: which changes save most, and whether there are secrets.

use std::io::{self, Write};

use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole};
use crate::analysis::Base;
use crate::format::{bytes, count, fit, percent, safe, safe_str};
use crate::lint::Junk;
use crate::overview::{Overview, Saving, SavingReason};

/// The number of savings.
const SAVINGS: usize = 3;
/// The width of a path, of a page that has 80 columns.
const PATH: usize = 30;

/// The largest savings, each with the layer to blame and how to fix it.
pub(super) fn largest(subject: &Subject<'_>, junk: &Junk, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let Subject { image, union, analysis, .. } = subject;
    let overview = Overview::new(image, union, analysis, Some(&subject.causes()), Some(junk), None);
    let savings = overview.savings.as_deref().unwrap_or_default();
    if savings.is_empty() {
        return writeln!(out, "  nothing is wasted");
    }
    let columns = [("size", Right), ("share", Right), ("why", Left), ("path", Left), ("caused by", Left)];
    let mut table = Table::headed("  ", &columns);
    for saving in savings.iter().take(SAVINGS) {
        table.row([
            Cell::with_role(TextRole::Waste, bytes(saving.bytes)),
            Cell::from(percent(super::summary::fraction(saving.bytes, overview.totals.total()))),
            Cell::from(why(saving)),
            Cell::from(fit(&path(saving), PATH)),
            Cell::from(subject.layer_name(saving.caused_by)),
        ]);
        table.note(format!("→ {}", safe_str(&saving.fix)));
    }
    table.write(page, out)
}

fn why(saving: &Saving) -> String {
    match &saving.reason {
        SavingReason::Wasted(account) => account.name().to_owned(),
        SavingReason::Junk(_) => "junk".to_owned(),
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
