//! Which layers came with the base image, as far as an image tells: nothing in it says where a `FROM` stood.
//!
//! An image ends with what to run. So a `CMD` or `ENTRYPOINT` behind which more layers follow is the end of an image that
//! somebody built on, and the layers up to it are its. A lowest layer that is a whole root file system, or of which the
//! history says nothing a Dockerfile could hold, is a base of its own.

use crate::image::{Image, LayerNumber};

use super::Instruction;

/// The layers from the bottom that seem to belong to a base image, as a count.
#[must_use]
pub fn base_layers(image: &Image) -> usize {
    let mut known = usize::from(!image.layers.is_empty() && lowest_is_base(image));
    let mut ended = 0;
    let mut layers = 0;
    for step in &image.steps {
        if let Some(layer) = step.layer {
            known = known.max(ended);
            layers = layer.get();
        } else if matches!(
            Instruction::read(&step.created_by),
            Instruction::Written { keyword: "CMD" | "ENTRYPOINT", .. }
        ) {
            ended = layers;
        }
    }
    known
}

fn lowest_is_base(image: &Image) -> bool {
    match Instruction::read(image.instruction_of(LayerNumber::FIRST)) {
        Instruction::Written { keyword: "ADD", rest } => {
            let target = rest.split_whitespace().next_back();
            target == Some("/")
        }
        Instruction::Written { .. } => false,
        Instruction::Nothing | Instruction::Run { .. } | Instruction::Other(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{HistoryEntry, Layer, pair_history};

    fn base(steps: &[&str]) -> usize {
        let empty = |text: &str| ["CMD", "ENV", "ENTRYPOINT"].iter().any(|word| text.starts_with(word));
        let history: Vec<_> = steps
            .iter()
            .map(|text| HistoryEntry {
                created_by: (*text).to_owned(),
                empty_layer: empty(text),
                ..HistoryEntry::default()
            })
            .collect();
        let layers = vec![Layer::default(); steps.iter().filter(|text| !empty(text)).count()];
        let mut image = Image { layers, ..Image::default() };
        (image.steps, _) = pair_history(history, &mut image.layers);
        base_layers(&image)
    }

    #[test]
    fn what_to_run_ends_a_base_where_more_is_built_on_it() {
        assert_eq!(
            base(&["ADD file:1 in /", "CMD [\"sh\"]", "RUN a", "ENV A=b", "CMD [\"a\"]", "COPY b /", "RUN c"]),
            2
        );
        assert_eq!(base(&["ADD file:1 in /", "CMD [\"sh\"]", "RUN a", "CMD [\"a\"]"]), 1);
        assert_eq!(base(&["COPY app /", "RUN a", "CMD [\"a\"]"]), 0);
        assert_eq!(base(&["", "COPY app /app"]), 1);
        assert_eq!(base(&[]), 0);
    }
}
