//! `layerscope extract`: files of any version, written below a folder; from the command line and from the screen.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cli::ExtractArgs;
use crate::extract::{self, ExtractOptions, Extracted, Subtree, Which, WhyNot};
use crate::format::{bytes, count, error_chain, safe, safe_str};
use crate::image::{Contents, EntryKind, EntryPath, LayerNumber, Progress};
use crate::secrets::redacted;
use crate::union::{NodeId, Scope, Union};

use super::find::{listed, quoted, spellings, stored_in, typed_path};
use super::open::open_image;
use super::output::{print_text, warn};
use super::progress::ProgressLine;
use super::{Outcome, numbered, pipeline};

pub(super) fn extract(args: &ExtractArgs) -> Result<Outcome> {
    let opened = open_image(&args.image)?;
    let union = pipeline::merge_layers(&opened)?;
    let path = typed_path(&args.path);
    let which = match (args.layer, args.up_to) {
        (Some(number), _) => Which::StoredBy(numbered(&union, number, "--layer")?),
        (None, Some(number)) => Which::MergedAfter(numbered(&union, number, "--up-to")?),
        (None, None) => Which::MergedAfter(union.layer_numbers().next_back().unwrap_or(LayerNumber::FIRST)),
    };
    let node = match which {
        Which::MergedAfter(layer) => listed(&union, Scope::Merged(layer), &path)?,
        Which::StoredBy(layer) => match spellings(&union, &path, layer)
            .iter()
            .filter_map(|path| union.node_at(path))
            .find(|&node| extract::stores(&union, node, layer))
        {
            Some(node) => node,
            // Returns the error that names the layers that do store it.
            None => stored_in(&union, &path, layer)?.node().unwrap_or(union.root()),
        },
    };
    let line = ProgressLine::on_terminal();
    let options = ExtractOptions { overwrite: args.overwrite, force: args.force };
    let done = extract::extract(&union, &opened, Subtree { node, which }, &args.folder, options, &line)?;
    drop(line);
    pipeline::warn_incomplete(&pipeline::completeness(&redacted(opened.image()), &union));
    if done.is_nothing()
        && let Some((path, why)) = done.failed.first.first()
    {
        let more =
            if done.failed.len() > 1 { format!("; nor {} more", count(done.failed.len() - 1)) } else { String::new() };
        bail!("{}{more}", refused(path, why));
    }
    print_text(|out| {
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
        for (path, why) in &done.skipped.first {
            writeln!(out, "left out: {} ({why})", quoted(path))?;
        }
        match done.skipped.more() {
            0 => Ok(()),
            more => writeln!(out, "left out: {} more", count(more)),
        }
    })?;
    for (path, why) in &done.failed.first {
        warn(&refused(path, why));
    }
    if done.failed.more() > 0 {
        warn(&format!("{} more could not be extracted", count(done.failed.more())));
    }
    // A file that was extracted completely is not affected by what else is missing.
    let lacks_layers = is_folder(&union, node) && union.layer_numbers().any(|layer| !union.entries(layer).complete);
    Ok(if done.failed.is_empty() && !lacks_layers { Outcome::Done } else { Outcome::FaultFound })
}

fn is_folder(union: &Union, node: NodeId) -> bool {
    node == union.root() || union.versions(node).any(|version| union.version(version).kind() == EntryKind::Dir)
}

/// Why a path was not extracted, as a sentence.
fn refused(path: &EntryPath, why: &WhyNot) -> String {
    match why {
        WhyNot::Exists => format!("{} exists: choose another folder, or use `--overwrite`", quoted(path)),
        why => format!("{} was not extracted: {}", quoted(path), safe_str(&why.to_string())),
    }
}

/// Extracts for the screen: never replaces a file, and returns every error as one sentence.
pub(super) fn extract_for_screen(
    union: &Union,
    contents: &dyn Contents,
    what: Subtree,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Extracted, String> {
    let folder = at_home(folder);
    let done = extract::extract(union, contents, what, &folder, ExtractOptions::default(), progress);
    let done = done.map_err(|error| error_chain(&error))?;
    match done.failed.first.first() {
        Some((path, WhyNot::Exists)) if done.is_nothing() && done.failed.len() == 1 => {
            Err(format!("{} exists and is not replaced: choose another folder", quoted(path)))
        }
        Some((path, why)) if done.is_nothing() && done.failed.len() == 1 => Err(refused(path, why)),
        _ => Ok(done),
    }
}

/// Expands `~`, as a shell would.
pub(super) fn at_home(folder: &Path) -> PathBuf {
    match (folder.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => folder.to_owned(),
    }
}
