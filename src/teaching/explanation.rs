//! An image from its first step to its last: a paragraph for every layer, and one for the steps between that made none.

use crate::analysis::{Analysis, Base, Cause, Instruction, beginning};
use crate::format::{bytes, count, percent, safe_str};
use crate::image::{Image, LayerNumber, Step};
use crate::secrets::Redactor;
use crate::union::Union;

use super::layer::LayerFacts;
use super::step::{only_metadata, why_no_layer};
use super::words::{code, counted, joined};

/// Steps without a layer that a paragraph quotes.
const QUOTED: usize = 6;

/// One layer, or a few steps without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// The layer it is about.
    pub layer: Option<LayerNumber>,
    /// `Layer 5, 8.2 MB`, or what the steps have in common.
    pub title: String,
    /// The instruction; empty for several steps.
    pub instruction: String,
    /// What the image shows about it.
    pub sentences: Vec<String>,
}

/// An image, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The image as a whole.
    pub introduction: Vec<String>,
    /// In the order of the build.
    pub paragraphs: Vec<Paragraph>,
}

impl Explanation {
    /// Explains an image. Its documents are redacted already, paths are not.
    #[must_use]
    pub fn new(image: &Image, union: &Union, analysis: &Analysis, redactor: &Redactor) -> Self {
        let causes = analysis.causes(image, union);
        let facts = Context { image, union, analysis, redactor, causes: &causes, base: Base::detect(image) };
        let mut layers = LayerFacts::all(&facts).into_iter();
        let mut paragraphs = Vec::new();
        let mut pending: Vec<&Step> = Vec::new();
        for step in &image.steps {
            let Some(layer) = step.layer else {
                pending.push(step);
                continue;
            };
            paragraphs.extend(without_layer(&std::mem::take(&mut pending)));
            let sentences = layers.next().map_or_else(Vec::new, |known| known.sentences(&facts));
            paragraphs.push(Paragraph {
                layer: Some(layer),
                title: format!("Layer {layer}, {}", bytes(analysis.layer(layer).accounts.total())),
                instruction: safe_str(&Instruction::read(&beginning(step.description())).line()),
                sentences,
            });
        }
        paragraphs.extend(without_layer(&pending));
        Self { introduction: introduction(&facts), paragraphs }
    }
}

/// What all sentences are made of.
pub(super) struct Context<'a> {
    pub(super) image: &'a Image,
    pub(super) union: &'a Union,
    pub(super) analysis: &'a Analysis,
    pub(super) redactor: &'a Redactor,
    pub(super) causes: &'a [Cause],
    pub(super) base: Base<'a>,
}

fn introduction(facts: &Context<'_>) -> Vec<String> {
    let Context { image, analysis, base, .. } = facts;
    let with_layer = image.own_steps().iter().filter(|step| step.layer.is_some()).count();
    let steps = image.own_steps().len();
    let mut said = Vec::new();
    let stack = counted(image.own_layers(), "layer", "layers");
    said.push(match image.own_layers() {
        0 => "The image has no layers.".to_owned(),
        1 => "The image has 1 layer, which stores all of its files.".to_owned(),
        _ => format!("The image is a stack of {stack}: each stores only what differs from the layers below it."),
    });
    said.push(match steps - with_layer {
        0 if steps == 0 => "It has no history.".to_owned(),
        0 if steps == 1 => "Its history has 1 step, which made a layer.".to_owned(),
        0 => format!("Its history has {}, and each made a layer.", counted(steps, "step", "steps")),
        without => format!(
            "Its history has {}: {} made a layer, {} made none.",
            counted(steps, "step", "steps"),
            count(with_layer),
            count(without)
        ),
    });
    if let Some(container) = image.container() {
        said.push(format!("Layer {container} is not part of it: it is the writable layer of a container."));
    }
    let totals = &analysis.totals;
    let stored = format!("The layers store {} in files", bytes(totals.total()));
    said.push(if totals.total() == 0 {
        "The layers store no content of files.".to_owned()
    } else if totals.wasted() == 0 {
        format!("{stored}, and a container sees all of it.")
    } else {
        let wasted = percent(1.0 - totals.efficiency());
        let (live, lost) = (bytes(totals.live), bytes(totals.wasted()));
        format!("{stored}. A container sees {live} of it; {lost} ({wasted}) is wasted: stored, and hidden by a higher layer.")
    });
    said.extend(missing(image));
    if let Some(known) = base.describe_with(code).filter(|_| base.layers > 0) {
        said.push(format!("The base image is {known}; what is above was built on it."));
    }
    said
}

/// What `docker history` prints where an image has no ID of its own for a step.
fn missing(image: &Image) -> Option<String> {
    let steps = image.own_steps();
    let rows = steps.len() - usize::from(image.digest.is_some() && !steps.is_empty());
    (rows > 0).then(|| {
        format!(
            "`docker history` prints `<missing>` for {}: an image has one ID, that of its newest step, and no \
             intermediate image comes with it.",
            counted(rows, "of these steps", "of these steps")
        )
    })
}

/// A paragraph for steps in a row that made no layer.
fn without_layer(steps: &[&Step]) -> Option<Paragraph> {
    let instruction = |step: &Step| Instruction::read(&beginning(step.description())).line();
    let (title, quoted, sentences) = match steps {
        [] => return None,
        [one] => ("No layer".to_owned(), safe_str(&instruction(one)), why_no_layer(one).into_iter().collect()),
        _ => {
            let mut named: Vec<_> = steps.iter().take(QUOTED).map(|step| code(&instruction(step))).collect();
            if steps.len() > QUOTED {
                named.push(format!("{} more", count(steps.len() - QUOTED)));
            }
            let mut reasons: Vec<String> = Vec::new();
            let all_metadata = steps.iter().all(|step| only_metadata(step));
            if all_metadata {
                reasons.push(format!(
                    "{} change only the configuration of the image: they store no file, so they make no layer.",
                    joined(&named)
                ));
            } else {
                for step in steps {
                    reasons.extend(why_no_layer(step).map(|why| format!("{}: {why}", code(&instruction(step)))));
                }
            }
            (format!("No layer, {}", counted(steps.len(), "step", "steps")), String::new(), reasons)
        }
    };
    Some(Paragraph { layer: None, title, instruction: quoted, sentences })
}
