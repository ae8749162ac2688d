//! `layerscope export`: the root filesystem as a tar, or the tar of one layer.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};

use crate::cli::ExportArgs;
use crate::export::{self, ExportError};
use crate::image::LayerNumber;
use crate::secrets::redacted;
use crate::source::OpenedImage;
use crate::union::Union;

use super::open::open_image;
use super::output::warn;
use super::progress::ProgressLine;
use super::{Outcome, atomic_write, layer_number, numbered, pipeline};

pub(super) fn export(args: &ExportArgs) -> Result<Outcome> {
    let to_stdout = args.output == Path::new("-");
    if to_stdout && io::stdout().is_terminal() {
        bail!("a tar is not written to a terminal: name a file with `-o FILE`, or write to a pipe");
    }
    let suffix = args.output.extension().and_then(OsStr::to_str);
    let gzip = args.gzip || suffix.is_some_and(|suffix| matches!(suffix.to_ascii_lowercase().as_str(), "gz" | "tgz"));
    let opened = open_image(&args.image)?;
    let line = ProgressLine::on_terminal();
    if let Some(number) = args.layer {
        let layer = layer_number(opened.image().layers.len(), number, "--layer")?;
        if opened.image().container() == Some(layer) {
            return container(args, gzip, &opened, layer, &line);
        }
        let mut tar = opened.layer_tar(layer)?;
        write(&args.output, gzip, |out| export::copy_layer(&mut tar, out, &line))?;
        return Ok(Outcome::Done);
    }
    let union = pipeline::merge_layers(&opened)?;
    let up_to = match args.up_to {
        Some(number) => numbered(&union, number, "--up-to")?,
        None => union.layer_numbers().next_back().unwrap_or(LayerNumber::FIRST),
    };
    let mut left_out = 0;
    write(&args.output, gzip, |out| {
        left_out = export::export(&union, up_to, &opened, out, &line)?.left_out;
        Ok(())
    })?;
    drop(line);
    Ok(outcome(&opened, &union, left_out))
}

/// The layer of a container, which is computed and not copied.
fn container(
    args: &ExportArgs,
    gzip: bool,
    opened: &OpenedImage,
    layer: LayerNumber,
    line: &ProgressLine,
) -> Result<Outcome> {
    let union = pipeline::merge_layers(opened)?;
    let mut left_out = 0;
    write(&args.output, gzip, |out| {
        left_out = export::export_layer(&union, layer, opened, out, line)?.left_out;
        Ok(())
    })?;
    Ok(outcome(opened, &union, left_out))
}

/// What standard error says of an incomplete tar, and the outcome.
fn outcome(opened: &OpenedImage, union: &Union, left_out: usize) -> Outcome {
    let completeness = pipeline::completeness(&redacted(opened.image()), union);
    pipeline::warn_incomplete(&completeness);
    if left_out > 0 {
        warn(&format!("{left_out} entries were left out: they link to nothing or have an unknown type"));
    }
    let is_whole = left_out == 0 && completeness.is_complete();
    if is_whole { Outcome::Done } else { Outcome::FaultFound }
}

/// Writes a whole file, or none. What fails in the image is not an error of writing.
fn write(
    target: &Path,
    gzip: bool,
    write: impl FnOnce(&mut dyn Write) -> std::result::Result<(), ExportError>,
) -> Result<()> {
    let mut fault = None;
    let written = atomic_write::write(target, |out| {
        let result = if gzip {
            // Neither a name nor a time, so that the same image gives the same bytes.
            let mut packed = GzBuilder::new().write(out, Compression::default());
            write(&mut packed).and_then(|()| packed.finish().map(drop).map_err(ExportError::Write))
        } else {
            write(out)
        };
        result.map_err(|error| match error {
            ExportError::Write(error) => error,
            other => {
                fault = Some(other);
                io::Error::other("the tar is incomplete")
            }
        })
    });
    match fault {
        Some(fault) => Err(fault).with_context(|| format!("nothing is written to `{}`", target.display())),
        None => written,
    }
}
