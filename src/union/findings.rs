//! A limit on findings: a hostile layer can have a million of one kind.

use crate::image::{EntryPath, Finding, FindingKind, LayerNumber};

/// The limit on findings of one kind in one layer.
const ENOUGH: usize = 100;

/// Of all sorts, in all layers: a thousand layers can hold a hundred of each sort, each with a path of kilobytes.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    counts: Vec<(FindingKind, usize)>,
    /// How many were left out beyond [`MOST`].
    more: usize,
    has_left_out: bool,
}

impl Findings {
    /// Adds a finding about a path of the layer being applied; path and message are only built if it is kept.
    pub(super) fn add(&mut self, kind: FindingKind, layer: LayerNumber, what: impl FnOnce() -> (EntryPath, String)) {
        let at = self.counts.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.counts.push((kind, 0));
            self.counts.len() - 1
        });
        let count = &mut self.counts[at].1;
        *count += 1;
        if *count > ENOUGH {
            return;
        }
        if self.kept.len() >= MOST {
            self.more += 1;
            return;
        }
        let (path, message) = what();
        self.kept.push(Finding::of_path(kind, layer, path, message));
    }

    /// Notes that something was left out, once: the image is incomplete from there on.
    pub(super) fn leave_out(&mut self, layer: LayerNumber, what: impl FnOnce() -> (EntryPath, String)) {
        if !std::mem::replace(&mut self.has_left_out, true) {
            let (path, message) = what();
            self.kept.push(Finding::of_path(FindingKind::TooMuch, layer, path, message).gap());
        }
    }

    /// Reports how many were left out for the layer just applied.
    pub(super) fn end_layer(&mut self, layer: LayerNumber) {
        for (kind, count) in self.counts.drain(..) {
            if count > ENOUGH {
                let message = format!("{} more findings of this kind in this layer", count - ENOUGH);
                self.kept.push(Finding::of_layer(kind, layer, message));
            }
        }
    }

    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.more > 0 {
            let message = format!("{} more warnings about its layers are left out", self.more);
            self.kept.push(Finding::of_image(FindingKind::TooMuch, message));
        }
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::files;
    use crate::union::Union;

    #[test]
    fn a_whiteout_that_hides_nothing_says_whether_its_layer_or_no_layer_is_to_blame() {
        let lower = files(&[("t/x", 1), ("y", 1)]);
        let upper = files(&[(".wh.t", 0), ("t/.wh.x", 0), (".wh.gone", 0)]);
        let union = Union::build(vec![lower, upper]);
        let said: Vec<_> = union.findings().map(|finding| finding.message.as_str()).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said.iter().any(|text| text.starts_with("a whiteout of a path that another marker of this layer hides"))
        );
        assert!(said.iter().any(|text| text.starts_with("a whiteout of a path that no lower layer has")), "{said:?}");
    }
}
