//! How text names a step of the build: by its layer and its instruction. Numbers of steps are for programs and for the
//! history, where they can be looked up.
//!
//! All of it quotes the image: hostile.

use super::Instruction;
use crate::image::{Image, LayerNumber, Step};

/// Letters of an instruction that rows about files repeat: `history` has all of it. An instruction can have megabytes,
/// and an image a million rows about what it did.
const LONGEST: usize = 1_000;
/// Letters of an instruction in the middle of a sentence.
const LONGEST_IN_SENTENCE: usize = 48;

/// The beginning of an instruction as it came.
#[must_use]
pub fn beginning(created_by: &str) -> std::borrow::Cow<'_, str> {
    cut(created_by, LONGEST).map_or(created_by.into(), Into::into)
}

/// `layer 5: RUN make`, or the only one of the two that is known.
#[must_use]
pub fn step_name(step: &Step) -> String {
    let instruction = Instruction::read(&beginning(step.description())).line();
    match step.layer {
        Some(layer) if instruction.is_empty() => format!("layer {layer}"),
        Some(layer) => format!("layer {layer}: {instruction}"),
        None => instruction,
    }
}

/// The same with the lines of the Dockerfile, where they are known: `layer 5, Dockerfile:14-15: RUN make`.
#[must_use]
pub fn step_name_with_lines(step: &Step) -> String {
    let Some(source) = &step.source else { return step_name(step) };
    let instruction = Instruction::read(&beginning(step.description())).line();
    let place = step.layer.map_or_else(|| source.to_string(), |layer| format!("layer {layer}, {source}"));
    if instruction.is_empty() { place } else { format!("{place}: {instruction}") }
}

/// The same of the step that made a layer.
#[must_use]
pub fn layer_name_with_lines(image: &Image, layer: LayerNumber) -> String {
    image.step_of(layer).map_or_else(|| format!("layer {layer}"), step_name_with_lines)
}

/// The name without lines of the step that made a layer.
#[must_use]
pub fn layer_name(image: &Image, layer: LayerNumber) -> String {
    image.step_of(layer).map_or_else(|| format!("layer {layer}"), step_name)
}

/// The same in the middle of a sentence: `` `RUN make` (layer 5) ``.
#[must_use]
pub fn step_in_sentence(step: &Step) -> String {
    let instruction = Instruction::read(&beginning(step.description())).line().replace('`', "'");
    let instruction = cut(&instruction, LONGEST_IN_SENTENCE).unwrap_or(instruction);
    let lines = step.source.as_ref().map(ToString::to_string);
    match (step.layer, lines) {
        (Some(layer), None) if instruction.is_empty() => format!("layer {layer}"),
        (Some(layer), Some(lines)) if instruction.is_empty() => format!("layer {layer} ({lines})"),
        (Some(layer), None) => format!("`{instruction}` (layer {layer})"),
        (Some(layer), Some(lines)) => format!("`{instruction}` (layer {layer}, {lines})"),
        (None, Some(lines)) => format!("`{instruction}` ({lines})"),
        (None, None) => format!("`{instruction}`"),
    }
}

/// The same of the step that made a layer.
#[must_use]
pub fn layer_in_sentence(image: &Image, layer: LayerNumber) -> String {
    image.step_of(layer).map_or_else(|| format!("layer {layer}"), step_in_sentence)
}

fn cut(text: &str, most: usize) -> Option<String> {
    text.char_indices().nth(most).map(|(end, _)| format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{HistoryEntry, Layer, pair_history};

    fn image(history: &[(&str, bool)], layers: usize) -> Image {
        let mut image = Image { layers: vec![Layer::default(); layers], ..Image::default() };
        let entry = |&(created_by, empty_layer): &(&str, bool)| HistoryEntry {
            created_by: created_by.to_owned(),
            empty_layer,
            ..HistoryEntry::default()
        };
        (image.steps, _) = pair_history(history.iter().map(entry).collect(), &mut image.layers);
        image
    }

    #[test]
    fn a_step_is_named_by_its_layer_and_its_instruction() {
        let image = image(&[("/bin/sh -c make", false), ("ENV A=b", true)], 2);
        let steps: Vec<_> = image.steps.iter().map(|step| (step_name(step), step_in_sentence(step))).collect();
        let steps: Vec<_> = steps.iter().map(|(name, sentence)| (name.as_str(), sentence.as_str())).collect();
        assert_eq!(
            steps,
            [("layer 1: RUN make", "`RUN make` (layer 1)"), ("ENV A=b", "`ENV A=b`"), ("layer 2", "layer 2")]
        );
    }

    #[test]
    fn a_sentence_quotes_the_beginning_of_a_long_instruction() {
        let image = image(&[(&format!("RUN echo `date` {}", "x".repeat(2_000)), false)], 1);
        let sentence = step_in_sentence(&image.steps[0]);
        assert_eq!(sentence, format!("`RUN echo 'date' {}…` (layer 1)", "x".repeat(32)));
        assert_eq!(step_name(&image.steps[0]).chars().count(), "layer 1: ".len() + LONGEST + 1);
    }
}
