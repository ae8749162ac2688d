//! `layerscope extract`: files of any version, written below a folder.

use anyhow::Result;

use crate::cli::ExtractArgs;
use crate::extract::{self, Options, Which};
use crate::format::{bytes, count, safe};
use crate::image::LayerNumber;
use crate::union::Scope;

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
