//! An image from its first step to its last: a paragraph for every layer, and one for the steps between that made none.

use crate::analysis::{Analysis, Base, Cause, Instruction, beginning};
use crate::format::{bytes, count, joined, percent, safe_str};
use crate::image::{Image, LayerNumber, Step};
use crate::secrets::Redactor;
use crate::union::Union;

use super::layer::LayerFacts;
use super::step::{history_line, only_metadata, recorded, why_no_layer};
use super::words::{self, code, counted};

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
                instruction: safe_str(&line_with_stage(image, step)),
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
    let with_layer = recorded(image).filter(|step| step.layer.is_some()).count();
    let lost = recorded(image).filter(|step| step.layer.is_none() && step.inconsistent).count();
    let steps = recorded(image).count();
    let mut said = Vec::new();
    let stack = counted(image.own_layers(), "layer", "layers");
    said.push(match image.own_layers() {
        0 => "The image has no layers.".to_owned(),
        1 => "The image has 1 layer, which stores all of its files.".to_owned(),
        _ => format!("The image is a stack of {stack}: each stores only what differs from the layers below it."),
    });
    said.push(match steps - with_layer {
        0 if steps == 0 => "It has no history, so the instructions are not known.".to_owned(),
        0 if steps == 1 => "Its history has 1 step, which made a layer.".to_owned(),
        0 => format!("Its history has {}, and each made a layer.", counted(steps, "step", "steps")),
        _ if with_layer == 0 => format!("Its history has {}; none has a layer.", counted(steps, "step", "steps")),
        without => format!(
            "Its history has {}: {} made a layer, {} made none.",
            counted(steps, "step", "steps"),
            count(with_layer),
            count(without)
        ),
    });
    if lost > 0 {
        said.push(match lost {
            1 => "The history says that 1 step without a layer made one, but the image lacks it.".to_owned(),
            many => format!(
                "The history says that {} steps without a layer made one each, but the image lacks them.",
                count(many)
            ),
        });
    }
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
    if let Some(known) = words::base(base) {
        said.push(format!("{}; what is above was built on it.", words::capital(&known)));
    }
    said
}

/// What `docker history` prints where an image has no ID of its own for a step.
fn missing(image: &Image) -> Option<String> {
    let steps = recorded(image).count();
    let rows = steps.saturating_sub(1);
    (rows > 0).then(|| {
        format!(
            "`docker history` prints `<missing>` for {} of these steps: an image has one ID, that of its newest step, and no \
             intermediate image comes with it.",
            count(rows)
        )
    })
}

/// A paragraph for steps in a row that made no layer.
fn without_layer(steps: &[&Step]) -> Option<Paragraph> {
    let (title, instruction) = match steps {
        [] => return None,
        [one] => ("No layer".to_owned(), safe_str(&line(one))),
        _ => (format!("No layer, {}", counted(steps.len(), "step", "steps")), String::new()),
    };
    let sentences = match steps {
        [one] => why_no_layer(one).into_iter().collect(),
        _ => reasons(steps),
    };
    Some(Paragraph { layer: None, title, instruction, sentences })
}

/// With what a copy is from, which only the Dockerfile has.
fn line_with_stage(image: &Image, step: &Step) -> String {
    if step.source.is_some() { history_line(image, step) } else { line(step) }
}

fn line(step: &Step) -> String {
    Instruction::read(&beginning(step.description())).line()
}

/// Why none of several steps made a layer: each reason once, with the steps that it is of.
fn reasons(steps: &[&Step]) -> Vec<String> {
    let is_argument = |step: &Step| line(step).starts_with("ARG");
    // `None` is the reason of all that write the configuration.
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    for &step in steps {
        let why = why_no_layer(step).filter(|_| !only_metadata(step) || is_argument(step));
        let named = code(&line(step));
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, of)) => of.push(named),
            None => groups.push((why, vec![named])),
        }
    }
    groups.into_iter().map(|(why, named)| reason(why.as_deref(), named)).collect()
}

fn reason(why: Option<&str>, steps: Vec<String>) -> String {
    let is_one = steps.len() == 1;
    // A program that writes the same text for all of its steps is named once.
    let mut named: Vec<(String, usize)> = Vec::new();
    for step in steps {
        match named.iter_mut().find(|(known, _)| *known == step) {
            Some((_, times)) => *times += 1,
            None => named.push((step, 1)),
        }
    }
    let named = named.into_iter().map(|(name, times)| match times {
        1 => name,
        times => format!("{name} ({} times)", count(times)),
    });
    let mut named: Vec<_> = named.collect();
    if named.len() > QUOTED {
        let more = named.len() - QUOTED;
        named.truncate(QUOTED);
        named.push(format!("{} more", count(more)));
    }
    let named = joined(&named);
    match why {
        None if is_one => {
            format!("{named} changes only the configuration of the image: it stores no file, so it makes no layer.")
        }
        None => {
            format!("{named} change only the configuration of the image: they store no file, so they make no layer.")
        }
        Some(why) => {
            let mut letters = why.chars();
            let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
            format!("{named}{} {first}{}", if is_one { ":" } else { ": for each," }, letters.as_str())
        }
    }
}
