//! Whether everything was read that an archive says an image holds: one answer for every gate, report and screen.

use super::{Entries, Finding, Image, LayerNumber};

/// Something that the archive says the image holds and that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The layer it is in, if it is in one.
    pub layer: Option<LayerNumber>,
    /// What is missing and why, without a full stop; may quote hostile text.
    pub what: String,
}

/// What could not be read of an image.
///
/// A blob, document or folder that is missing, cut short or unreadable is a gap, and so is a list of layers that does not
/// match its configuration. A layer that is to be fetched from elsewhere or is encrypted is one as well: no gate can
/// judge what is in it. Images of an index that were not chosen, and members that nothing refers to, are not this image's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    gaps: Vec<Gap>,
}

impl Completeness {
    /// What is missing of the documents and of the layers, lowest first.
    #[must_use]
    pub fn new<'a>(image: &Image, layers: impl IntoIterator<Item = &'a Entries>) -> Self {
        let mut found = Self::default();
        found.add(&image.findings);
        for (index, entries) in layers.into_iter().enumerate().filter(|(_, entries)| !entries.complete) {
            let note = image.layers.get(index).map_or("", |layer| layer.blob.note());
            let reason = entries.findings.iter().find(|finding| finding.is_gap).map(|finding| finding.message.as_str());
            let what = match (note, reason) {
                ("", Some(reason)) => reason,
                ("", None) => "could not be read completely",
                (note, _) => note,
            };
            found.gaps.push(Gap { layer: Some(LayerNumber::from_index(index)), what: what.to_owned() });
        }
        found
    }

    /// Adds what was missed later, when contents were read.
    pub fn add<'a>(&mut self, findings: impl IntoIterator<Item = &'a Finding>) {
        let gaps = findings.into_iter().filter(|finding| finding.is_gap);
        self.gaps.extend(gaps.map(|finding| Gap { layer: finding.layer, what: finding.message.clone() }));
    }

    /// Adds what is missing of the image that this one is compared with.
    pub fn add_baseline(&mut self, other: &Self) {
        let said = |gap: &Gap| match gap.layer {
            Some(layer) => format!("the baseline, layer {layer}: {}", gap.what),
            None => format!("the baseline: {}", gap.what),
        };
        self.gaps.extend(other.gaps.iter().map(|gap| Gap { layer: None, what: said(gap) }));
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// What is missing.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether nothing is missing of the documents and of the layers up to one.
    #[must_use]
    pub fn is_complete_up_to(&self, last: LayerNumber) -> bool {
        self.gaps.iter().all(|gap| gap.layer.is_some_and(|layer| layer > last))
    }

    /// The first reason, and how many more there are; none where nothing is missing.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.reason_but(|_| false)
    }

    /// The same without the reasons that are said elsewhere.
    #[must_use]
    pub fn reason_but(&self, is_said: impl Fn(&Gap) -> bool) -> Option<String> {
        let mut gaps = self.gaps.iter().filter(|gap| !is_said(gap));
        let first = gaps.next()?;
        let layer = first.layer.map_or_else(String::new, |layer| format!("layer {layer}: "));
        let more = match gaps.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(format!("{layer}{}{more}", first.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{BlobState, FindingKind, Layer};

    #[test]
    fn only_what_is_missing_makes_an_image_incomplete() {
        let doubt = Finding::of_image(FindingKind::Duplicate, "a name twice".to_owned());
        let mut image = Image { findings: vec![doubt], ..Image::default() };
        assert!(Completeness::new(&image, [&Entries::new()]).is_complete());
        image.findings.push(Finding::of_image(FindingKind::OddDocument, "no configuration".to_owned()).gap());
        let found = Completeness::new(&image, [&Entries::new()]);
        assert_eq!(found.reason().as_deref(), Some("no configuration"));
        assert!(!found.is_complete_up_to(LayerNumber::FIRST));
    }

    #[test]
    fn a_layer_that_was_not_read_to_its_end_says_why() {
        let absent = Layer { blob: BlobState::Absent, ..Layer::default() };
        let image = Image { layers: vec![Layer::default(), absent, Layer::default()], ..Image::default() };
        let mut cut = Entries::new();
        cut.complete = false;
        let whole = Entries::new();
        let found = Completeness::new(&image, [&whole, &cut, &cut]);
        assert_eq!(found.gaps()[0].what, "blob not in archive");
        assert!(found.is_complete_up_to(LayerNumber::FIRST));
        assert_eq!(found.reason().as_deref(), Some("layer 2: blob not in archive (and 1 more)"));
        let why = Finding::of_layer(FindingKind::Truncated, LayerNumber::FIRST, "the tar ends".to_owned()).gap();
        cut.findings.push(why);
        assert_eq!(Completeness::new(&image, [&cut]).reason().as_deref(), Some("layer 1: the tar ends"));
    }
}
