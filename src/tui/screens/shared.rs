//! The texts of the detail panes. Each is one function from the model to a text.

use std::fmt::Write;

use crate::analysis::Marked;
use crate::format;
use crate::image::Finding;
use crate::tui::model::Model;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::text::Text;
use crate::tui::widgets::theme::Role;

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
pub(in crate::tui) fn timestamp(created: &str) -> String {
    format::timestamp(created).unwrap_or_else(|| created.to_owned())
}

/// The first column of a row: a dot if it is marked.
pub(in crate::tui) fn mark(model: &Model, mark: Option<Marked>) -> Row {
    match mark.filter(|&mark| model.marks.contains(mark)) {
        Some(_) => Row::new().text(Role::Strong, "•"),
        None => Row::new().gap(1),
    }
}
