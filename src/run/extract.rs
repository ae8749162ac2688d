//! `layerscope extract`: files of any version, written below a folder; from the command line and from the screen.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::ExtractArgs;
use crate::extract::{self, Options, Which};
use crate::format::{bytes, count, safe};
use crate::image::{Contents, LayerNumber};
use crate::tui::{TakeWhich, Taken};
use crate::union::{NodeId, Scope, Union};

use super::find::{listed, quoted, stored_in, typed_path};
use super::open::open_image;
use super::output::print;
use super::progress::Line;
use super::{numbered, prepared};

/// Files that are left out and named; of the others only the number is said.
const NAMED: usize = 10;

pub(super) fn extract(args: &ExtractArgs) -> Result<()> {
    let opened = open_image(&args.image)?;
    let union = prepared::lay(&opened);
    let path = typed_path(&args.path);
    let which = match (args.layer, args.up_to) {
        (Some(number), _) => Which::StoredBy(numbered(&union, number, "--layer")?),
        (None, Some(number)) => Which::MergedAfter(numbered(&union, number, "--up-to")?),
        (None, None) => Which::MergedAfter(union.layer_numbers().next_back().unwrap_or(LayerNumber::FIRST)),
    };
    let node = match which {
        Which::MergedAfter(layer) => listed(&union, Scope::Merged(layer), &path)?,
        Which::StoredBy(layer) => match union.node_at(&path).filter(|&node| extract::stores(&union, node, layer)) {
            Some(node) => node,
            // The error that says who does store it.
            None => stored_in(&union, &path, layer)?.node().unwrap_or(union.root()),
        },
    };
    let line = Line::on_terminal();
    let options = Options { overwrite: args.overwrite };
    let done = extract::extract(&union, &opened, (node, which), &args.folder, options, &mut |bytes| {
        line.extracting(bytes);
        true
    })?;
    drop(line);
    print(|out| {
        writeln!(
            out,
            "{} to {}: {} files, {} folders, {} symlinks, {}",
            quoted(&path),
            safe(args.folder.as_os_str().as_encoded_bytes()),
            count(done.files),
            count(done.folders),
            count(done.links),
            bytes(done.bytes)
        )?;
        for skipped in done.skipped.iter().take(NAMED) {
            writeln!(out, "left out: {} ({})", quoted(&skipped.path), skipped.why)?;
        }
        match done.skipped.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => writeln!(out, "left out: {} more", count(more)),
        }
    })
}

/// What the screen does by: the same, with nothing ever replaced, and every fault one sentence.
pub(super) fn take(
    union: &Union,
    contents: &dyn Contents,
    (node, which): (NodeId, TakeWhich),
    folder: &Path,
    on_bytes: &mut dyn FnMut(u64) -> bool,
) -> Result<Taken, String> {
    let which = match which {
        TakeWhich::MergedAfter(layer) => Which::MergedAfter(layer),
        TakeWhich::StoredBy(layer) => Which::StoredBy(layer),
    };
    let folder = at_home(folder);
    let mut written = 0;
    let mut on_bytes = |bytes| {
        written = bytes;
        on_bytes(bytes)
    };
    let done = extract::extract(union, contents, (node, which), &folder, Options::default(), &mut on_bytes);
    let done = done.map_err(|error| {
        let said = match &error {
            extract::ExtractError::Exists { path } => {
                format!("`{}` exists and is not replaced: name another folder", path.display())
            }
            error => chained(error),
        };
        match (written, &error) {
            (0, _) | (_, extract::ExtractError::Stopped) => said,
            _ => format!("{said}; what was written before stays"),
        }
    })?;
    let mut left_out: Vec<(String, usize)> = Vec::new();
    for skipped in done.skipped {
        match left_out.iter_mut().find(|(why, _)| *why == skipped.why) {
            Some((_, count)) => *count += 1,
            None => left_out.push((skipped.why, 1)),
        }
    }
    Ok(Taken { files: done.files, folders: done.folders, links: done.links, bytes: done.bytes, left_out })
}

/// An error with its causes.
fn chained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

/// A folder as a shell would have read it: there is none between the screen and the disk.
fn at_home(folder: &Path) -> PathBuf {
    match (folder.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => folder.to_owned(),
    }
}
