//! Where the step of a row is in the Dockerfile.

use serde::Serialize;

use crate::format::safe_str;
use crate::image::{Image, LayerNumber, Step};

/// Lines in JSON.
#[derive(Serialize)]
pub(super) struct LinesRecord<'a> {
    path: &'a str,
    first_line: usize,
    last_line: usize,
    /// What shows that it is these lines.
    evidence: &'static str,
    /// What a copy from another stage or image copies from.
    #[serde(skip_serializing_if = "Option::is_none")]
    copied_from: Option<CopiedFromRecord<'a>>,
}

#[derive(Serialize)]
struct CopiedFromRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    lines: Vec<[usize; 2]>,
}

/// The lines of a step.
pub(super) fn of_step(step: Option<&Step>) -> Option<LinesRecord<'_>> {
    let source = step?.source.as_ref()?;
    let copied_from = source.copied_from.as_ref().map(|from| CopiedFromRecord {
        stage: from.is_stage.then_some(from.name.as_str()),
        image: (!from.is_stage).then_some(from.name.as_str()),
        lines: from.lines.iter().map(|lines| [lines.first(), lines.last()]).collect(),
    });
    Some(LinesRecord {
        path: &source.file,
        first_line: source.lines.first(),
        last_line: source.lines.last(),
        evidence: source.evidence.word(),
        copied_from,
    })
}

/// The lines of the step that made a layer.
pub(super) fn of_layer(image: &Image, layer: LayerNumber) -> Option<LinesRecord<'_>> {
    of_step(image.step_of(layer))
}

/// `Dockerfile:14-15`, as safe text.
pub(super) fn text(step: Option<&Step>) -> Option<String> {
    Some(safe_str(&step?.source.as_ref()?.to_string()))
}

/// Whether lines of any step are known, so that a column for them is useful.
pub(super) fn any(image: &Image) -> bool {
    image.steps.iter().any(|step| step.source.is_some())
}
