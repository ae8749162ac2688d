//! `layerscope cost`: the baselines are read one after another, so that the entries of only one are in memory.

use std::ffi::OsStr;

use anyhow::{Result, bail};

use crate::cli::{CostArgs, ImageArgs, PageFormat};
use crate::cost::{Cost, CostSide, HeldImage, SampleSize};
use crate::report::{CostReport, cost_json, cost_markdown, cost_text};
use crate::secrets::Redactor;
use crate::source::OpenedImage;

use super::open::{open_image, open_named};
use super::output::{page, print, print_document, print_text};
use super::pipeline::scan_layers;
use super::progress::ProgressLine;

pub(super) fn cost(args: &CostArgs) -> Result<()> {
    let words = args.image.image.iter().chain(&args.baseline).filter(|word| *word == "-");
    if words.chain(args.image.container.iter().filter(|word| *word == "-")).count() > 1 {
        bail!("only one of the images can be standard input: save the others to files");
    }
    let (opened, layers) = scan_layers(open_image(&args.image)?)?;
    let side = CostSide { image: opened.image(), layers: &layers };
    let mut redactors = vec![redactor(args, &opened)];
    let mut baselines = Vec::with_capacity(args.baseline.len());
    for word in &args.baseline {
        let image = ImageArgs {
            platform: args.image.platform.clone(),
            no_cache: args.image.no_cache,
            ..ImageArgs::of_word(word)
        };
        let (held, layers) = scan_layers(open_named(&image)?)?;
        redactors.push(redactor(args, &held));
        let held_side = CostSide { image: held.image(), layers: &layers };
        baselines.push(HeldImage::new(label(&held, word), held_side, side));
    }
    let cost = Cost::new(side, &opened, baselines, SampleSize::Large, &ProgressLine::on_terminal());
    let image = redactors[0].image(opened.image());
    let report = CostReport { image: &image, cost: &cost, redactors: &redactors };
    match args.format {
        PageFormat::Text => print_text(|out| cost_text(&report, &page(args.paint), out)),
        PageFormat::Json => print(|out| cost_json(&report, out)),
        PageFormat::Markdown => print_document(|out| cost_markdown(&report, out)),
    }
}

fn redactor(args: &CostArgs, opened: &OpenedImage) -> Redactor {
    if args.secrets.show_secrets { Redactor::showing() } else { Redactor::for_image(opened.image()) }
}

/// The name of a baseline, else what the user called it.
fn label(held: &OpenedImage, word: &OsStr) -> String {
    held.image().names.first().cloned().unwrap_or_else(|| word.to_string_lossy().into_owned())
}
