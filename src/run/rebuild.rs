//! `layerscope rebuild`.

use anyhow::Result;

use crate::analysis::{BuildChange, BuildPlan};
use crate::cli::{PageFormat, RebuildArgs};
use crate::report::{Rebuild, rebuild_json, rebuild_markdown, rebuild_text};

use super::output::{page, print, print_document, print_text};
use super::pipeline::{Depth, Pipeline};

pub(super) fn rebuild(args: &RebuildArgs) -> Result<()> {
    let pipeline = Pipeline::open(&args.image, Depth::Sizes)?.showing_secrets(args.secrets.show_secrets);
    let subject = pipeline.subject();
    let plan = BuildPlan::new(subject.image);
    let change = change(args);
    let changed = match &change {
        Some(change) => change.find(&plan, subject.image, subject.union)?,
        None => Vec::new(),
    };
    let rebuild = Rebuild::new(&subject, &plan, change.as_ref(), &changed);
    match args.format {
        PageFormat::Text => print_text(|out| rebuild_text(&rebuild, &page(args.paint), out)),
        PageFormat::Json => print(|out| rebuild_json(&rebuild, out)),
        PageFormat::Markdown => print_document(|out| rebuild_markdown(&rebuild, out)),
    }
}

fn change(args: &RebuildArgs) -> Option<BuildChange> {
    let layer = args.change_layer.map(BuildChange::Layer);
    let step = || args.change_step.clone().map(BuildChange::Step);
    let file = || args.change_file.as_ref().map(|path| BuildChange::File(path.to_string_lossy().into_owned()));
    layer.or_else(step).or_else(file).or_else(|| args.change_base.then_some(BuildChange::Base))
}
