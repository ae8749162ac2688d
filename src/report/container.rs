//! What a container on top of the image changed.

use std::io::{self, Write};

use serde::Serialize;

use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole};
use crate::container::{ContainerChange, ContainerChanges, HowChanged};
use crate::format::{bytes, count};
use crate::union::Change;

/// Rows of the page.
const ROWS: usize = 8;
/// The limit on changes in the document; `ls --layer` has all of them.
const CHANGES: usize = 1_000;

/// The part of the page about the container.
pub(super) fn section(
    subject: &Subject<'_>,
    changes: &ContainerChanges,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    let engine = match subject.image.source.as_ref().map(|source| source.kind) {
        Some("podman" | "containers-storage") => "podman",
        _ => "docker",
    };
    writeln!(
        out,
        "  size {}, virtual {}, as `{engine} ps -s` has them",
        bytes(changes.size),
        bytes(changes.virtual_size)
    )?;
    let counts = [Change::Added, Change::Modified, Change::Removed];
    let counts = counts.map(|change| format!("{} {}", count(changes.count(change)), change.name()));
    let copied = match changes.copied_up {
        0 => String::new(),
        files => format!(
            "; {} copied up with the content unchanged: {} file{}",
            bytes(changes.copied_up_bytes),
            count(files),
            if files == 1 { "" } else { "s" }
        ),
    };
    writeln!(out, "  {}{copied}", counts.join(", "))?;
    let mut table = Table::new("  ", &[Left, Right, Left]);
    for change in largest(changes, ROWS) {
        let role = match change.change {
            Change::Added => TextRole::Added,
            Change::Modified => TextRole::Modified,
            Change::Removed => TextRole::Removed,
        };
        let path = subject.path(subject.union.path(change.node).as_bytes());
        table.row([
            Cell::with_role(role, change.change.letter().to_string()),
            Cell::from(sizes(change)),
            Cell::from(format!("{path}{}", remark(&change.how))),
        ]);
    }
    table.write(page, out)?;
    match changes.changes.len().saturating_sub(ROWS) {
        0 => Ok(()),
        rest => writeln!(out, "  and {} more: `layerscope ls IMAGE --layer {}` lists them", count(rest), changes.layer),
    }
}

fn sizes(change: &ContainerChange) -> String {
    match change.how {
        HowChanged::Content | HowChanged::Type => format!("{} → {}", bytes(change.before), bytes(change.after)),
        HowChanged::Removed => bytes(change.before),
        _ => bytes(change.after),
    }
}

fn remark(how: &HowChanged) -> String {
    let differs = || how.differs().join(", ");
    match how {
        HowChanged::CopiedUp(names) if names.is_empty() => " (copied up)".to_owned(),
        HowChanged::CopiedUp(_) => format!(" (copied up: {})", differs()),
        HowChanged::Metadata(_) => format!(" ({})", differs()),
        HowChanged::Type => " (another type)".to_owned(),
        _ => String::new(),
    }
}

/// The changes with most bytes.
fn largest(changes: &ContainerChanges, most: usize) -> Vec<&ContainerChange> {
    let mut largest: Vec<_> = changes.changes.iter().collect();
    largest.sort_by_key(|change| std::cmp::Reverse(change.before.max(change.after)));
    largest.truncate(most);
    largest
}

/// A container in JSON.
#[derive(Serialize)]
pub(super) struct ContainerRecord {
    layer: usize,
    size_bytes: u64,
    virtual_size_bytes: u64,
    added: usize,
    modified: usize,
    removed: usize,
    copied_up: usize,
    copied_up_bytes: u64,
    changes_total_count: usize,
    changes: Vec<ChangeRecord>,
}

#[derive(Serialize)]
struct ChangeRecord {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    change: &'static str,
    how: &'static str,
    differs: Vec<&'static str>,
    before_bytes: u64,
    after_bytes: u64,
}

/// The container of a document, if there is one: its largest changes.
pub(super) fn record(subject: &Subject<'_>) -> Option<ContainerRecord> {
    let changes = ContainerChanges::new(subject.image, subject.union, subject.analysis)?;
    Some(ContainerRecord {
        layer: changes.layer.get(),
        size_bytes: changes.size,
        virtual_size_bytes: changes.virtual_size,
        added: changes.count(Change::Added),
        modified: changes.count(Change::Modified),
        removed: changes.count(Change::Removed),
        copied_up: changes.copied_up,
        copied_up_bytes: changes.copied_up_bytes,
        changes_total_count: changes.changes.len(),
        changes: largest(&changes, CHANGES).into_iter().map(|change| change_record(subject, change)).collect(),
    })
}

fn change_record(subject: &Subject<'_>, change: &ContainerChange) -> ChangeRecord {
    let (path, path_base64) = subject.json_path(subject.union.path(change.node).as_bytes());
    ChangeRecord {
        path,
        path_base64,
        change: change.change.name(),
        how: change.how.name(),
        differs: change.how.differs().to_vec(),
        before_bytes: change.before,
        after_bytes: change.after,
    }
}
