//! What makes a comparison mean less than it seems, to be said before any figure.

use crate::analysis::Base;
use crate::format::safe_str;
use crate::image::{Image, LayerNumber, Platform};

use super::{Comparison, Relation};

/// The limit on sentences about digests.
const CONTRADICTIONS: usize = 3;

impl Comparison {
    /// What to know before the figures, as safe sentences without a full stop: that both are one image, are of different
    /// platforms, have no history, or different bases. The images must be those to show, without secrets.
    #[must_use]
    pub fn premises(&self, images: [&Image; 2]) -> Vec<String> {
        let [a, b] = images;
        let mut said = Vec::new();
        let is_one = a.digest.as_ref().zip(b.digest.as_ref()).is_some_and(|(a, b)| a == b);
        if is_one && self.alignment.first_difference().is_none() {
            said.push("A and B are the same image".to_owned());
        }
        let name = |platform: &Platform| safe_str(&platform.to_string());
        if let (Some(of_a), Some(of_b)) = (&a.platform, &b.platform)
            && of_a != of_b
        {
            said.push(format!(
                "A is for {} and B is for {}: programs and libraries differ for this reason alone; `--platform` chooses",
                name(of_a),
                name(of_b)
            ));
        }
        for (image, (name, unread)) in images.into_iter().zip(["A", "B"].into_iter().zip(&self.unread)) {
            if image.layers.is_empty() {
                said.push(format!("{name} has no layers"));
            } else if !unread.config && !has_history(image) {
                said.push(format!("{name} has no history: its layers are aligned by their digests only"));
            }
        }
        said.extend(self.different_bases(images));
        for [a, b] in self.alignment.contradictions.iter().take(CONTRADICTIONS) {
            said.push(format!(
                "layer {a} of A and layer {b} of B have the same digest but other entries: one of the archives is \
                 damaged or forged, and `layerscope verify` says which"
            ));
        }
        said
    }

    fn different_bases(&self, images: [&Image; 2]) -> Option<String> {
        let bases = images.map(Base::detect);
        let common = bases[0].layers.min(bases[1].layers);
        let is_same = |at: usize| {
            let layer = LayerNumber::from_index(at);
            self.alignment.is_same_content(layer, layer)
        };
        if (0..common).all(is_same) {
            return None;
        }
        // An image that shares nothing with the other one has another base in any case.
        if self.alignment.count(Relation::Same) + self.alignment.count(Relation::Rebuilt) == 0 {
            return None;
        }
        let said = |base: &Base<'_>, image: &str| {
            let layers = base.layers_in_words().unwrap_or_default();
            let name = base.familiar_name().map_or_else(String::new, |name| format!(" ({})", safe_str(name)));
            format!("{layers} of {image}{name}")
        };
        let assumed =
            if bases.iter().any(|base| base.evidence.is_assumed()) { ", as far as the history shows" } else { "" };
        let [a, b] = &bases;
        Some(format!("A and B have different bases{assumed}: {} and {}", said(a, "A"), said(b, "B")))
    }
}

fn has_history(image: &Image) -> bool {
    (0..image.layers.len()).any(|at| !image.instruction_of(LayerNumber::from_index(at)).is_empty())
}
