//! The history of an image, and which of its steps made which layer (image-spec `config.md`, *history*).

use super::{Finding, FindingKind, Layer, LayerNumber, StepSource};

/// One entry of the configuration's `history`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryEntry {
    /// RFC 3339, if present and valid.
    pub created: Option<String>,
    /// The instruction.
    pub created_by: String,
    /// The author.
    pub author: String,
    /// The comment of the builder.
    pub comment: String,
    /// Whether the step changed metadata only and made no layer.
    pub empty_layer: bool,
}

/// A step of the build: a history entry, or a layer that is not in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From 1, oldest first.
    pub number: usize,
    /// When, as written in the history.
    pub created: Option<String>,
    /// The instruction; empty if the history has none for this layer.
    pub created_by: String,
    /// The author.
    pub author: String,
    /// The comment of the builder.
    pub comment: String,
    /// The layer it made; `None` for a change of metadata only, and for a step whose layer does not exist.
    pub layer: Option<LayerNumber>,
    /// Whether the history and the layers disagree here.
    pub inconsistent: bool,
    /// Where it is in the Dockerfile, if that is known.
    pub source: Option<StepSource>,
}

impl Step {
    /// The instruction, or the comment where a builder wrote nothing else: nix names a layer's store paths there, an import
    /// where it came from. Empty where neither says anything.
    #[must_use]
    pub fn description(&self) -> &str {
        // BuildKit notes the same comment on every step of a kind.
        if self.created_by.trim().is_empty() && !self.comment.starts_with("buildkit.") {
            &self.comment
        } else {
            &self.created_by
        }
    }
}

/// Walks the history from the oldest entry: one marked `empty_layer` takes no layer, every other takes the next from
/// the bottom. Surplus entries become steps without a layer, surplus layers become steps without an instruction, and
/// both leave a finding: the list of layers is the authority for what is applied.
#[must_use]
pub fn pair_history(history: Vec<HistoryEntry>, layers: &mut [Layer]) -> (Vec<Step>, Vec<Finding>) {
    let mut steps = Vec::with_capacity(history.len());
    let mut findings = Vec::new();
    let mut next_layer = 0;
    let with_layer = history.iter().filter(|entry| !entry.empty_layer).count();
    let no_history = history.is_empty();
    for entry in history {
        let number = steps.len() + 1;
        let mut step = Step {
            number,
            created: entry.created,
            created_by: entry.created_by,
            author: entry.author,
            comment: entry.comment,
            layer: None,
            inconsistent: false,
            source: None,
        };
        if !entry.empty_layer {
            if let Some(layer) = layers.get_mut(next_layer) {
                layer.step = Some(number);
                step.layer = Some(LayerNumber::from_index(next_layer));
                next_layer += 1;
            } else {
                step.inconsistent = true;
            }
        }
        steps.push(step);
    }
    if with_layer > layers.len() {
        findings.push(Finding::of_image(
            FindingKind::HistoryMismatch,
            format!(
                "the history has {with_layer} entries with a layer, but the image has {} layers: the surplus entries \
                 are shown without one",
                layers.len()
            ),
        ));
    }
    if next_layer < layers.len() && !no_history {
        findings.push(Finding::of_image(
            FindingKind::HistoryMismatch,
            format!(
                "the image has {} layers, but its history has {with_layer} entries with one: the upper layers have no \
                 instruction",
                layers.len()
            ),
        ));
    }
    for (index, layer) in layers.iter_mut().enumerate().skip(next_layer) {
        let number = steps.len() + 1;
        layer.step = Some(number);
        steps.push(Step {
            number,
            created: None,
            created_by: String::new(),
            author: String::new(),
            comment: String::new(),
            layer: Some(LayerNumber::from_index(index)),
            inconsistent: !no_history,
            source: None,
        });
    }
    (steps, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(created_by: &str, empty_layer: bool) -> HistoryEntry {
        HistoryEntry { created_by: created_by.to_owned(), empty_layer, ..HistoryEntry::default() }
    }

    fn paired(history: Vec<HistoryEntry>, layers: usize) -> (Vec<(String, Option<usize>)>, usize) {
        let mut layers = vec![Layer::default(); layers];
        let (steps, findings) = pair_history(history, &mut layers);
        for (index, layer) in layers.iter().enumerate() {
            let step = &steps[layer.step.expect("every layer has a step") - 1];
            assert_eq!(step.layer.map(LayerNumber::index), Some(index));
        }
        (steps.into_iter().map(|s| (s.created_by, s.layer.map(LayerNumber::get))).collect(), findings.len())
    }

    #[test]
    fn steps_without_a_layer_take_none() {
        let (steps, findings) = paired(vec![entry("ADD", false), entry("ENV", true), entry("RUN", false)], 2);
        assert_eq!(steps, [("ADD".into(), Some(1)), ("ENV".into(), None), ("RUN".into(), Some(2))]);
        assert_eq!(findings, 0);
    }

    #[test]
    fn layers_without_history_are_still_there() {
        let (steps, findings) = paired(vec![entry("ADD", false)], 3);
        assert_eq!(steps, [("ADD".into(), Some(1)), (String::new(), Some(2)), (String::new(), Some(3))]);
        assert_eq!(findings, 1);
        assert_eq!(paired(vec![], 2), (vec![(String::new(), Some(1)), (String::new(), Some(2))], 0));
    }

    #[test]
    fn a_step_without_an_instruction_is_described_by_its_comment() {
        let described = |created_by: &str, comment: &str| {
            let entry = HistoryEntry { comment: comment.to_owned(), ..entry(created_by, false) };
            let (steps, _) = pair_history(vec![entry], &mut [Layer::default()]);
            steps[0].description().to_owned()
        };
        let paths = "store paths: [\"/nix/store/abc-hello\"]";
        assert_eq!(described("", paths), paths);
        assert_eq!(described("RUN x", "buildkit.dockerfile.v0"), "RUN x");
        assert_eq!(described("", "buildkit.exporter.image.v0"), "");
    }

    #[test]
    fn surplus_history_stands_without_a_layer() {
        let (steps, findings) = paired(vec![entry("ADD", false), entry("RUN", false)], 1);
        assert_eq!(steps, [("ADD".into(), Some(1)), ("RUN".into(), None)]);
        assert_eq!(findings, 1);
    }
}
