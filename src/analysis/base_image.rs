//! Where the image that this one was built on ends. Nothing in an image says it for certain; this takes what there is.

use crate::image::{Image, LayerNumber};

/// The label and annotation that names the base image (image-spec `annotations.md`).
pub const BASE_NAME: &str = "org.opencontainers.image.base.name";
/// The one that gives its digest.
pub const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// The base of an image, as far as the image tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base<'a> {
    /// Its uppermost layer.
    pub last: LayerNumber,
    /// Whether that is told by layers at the bottom that have no instruction, as builders leave them which know only
    /// their own steps. Else it is what [`super::base_layers`] makes of the history, or the first layer.
    pub told: bool,
    /// What a label calls it; hostile, as it came.
    pub name: Option<&'a str>,
}

impl<'a> Base<'a> {
    /// None for an image without layers.
    #[must_use]
    pub fn of(image: &'a Image) -> Option<Self> {
        let layers = image.layers.len();
        let untold = (0..layers)
            .take_while(|&index| image.instruction_of(LayerNumber::from_index(index)).trim().is_empty())
            .count();
        let told = (1..layers).contains(&untold);
        let guessed = super::base_layers(image).clamp(1, layers.max(1));
        let last = LayerNumber::new(if told { untold } else { guessed }).filter(|_| layers > 0)?;
        let name = image.config.labels.iter().find(|(key, value)| key == BASE_NAME && !value.is_empty());
        Some(Self { last, told, name: name.map(|(_, value)| value.as_str()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{HistoryEntry, Layer, pair_history};

    fn base(instructions: &[&str]) -> Option<(usize, bool)> {
        let history = instructions
            .iter()
            .map(|&said| HistoryEntry { created_by: said.to_owned(), ..HistoryEntry::default() })
            .collect();
        let mut layers = vec![Layer::default(); instructions.len()];
        let (steps, _) = pair_history(history, &mut layers);
        let image = Image { layers, steps, ..Image::default() };
        Base::of(&image).map(|base| (base.last.get(), base.told))
    }

    #[test]
    fn layers_at_the_bottom_that_have_no_instruction_are_the_base() {
        assert_eq!(base(&["", "", "COPY a", "RUN b"]), Some((2, true)));
        assert_eq!(base(&["ADD rootfs", "COPY a"]), Some((1, false)));
        assert_eq!(base(&["", ""]), Some((1, false)), "where none has one, nothing is told");
        assert_eq!(base(&[]), None);
    }
}
