//! What an earlier run learnt about the files of a layer: which of them hold a secret. All others need not be read again.
//!
//! Only the positions of these files are kept, and nothing that was found in them: they are searched again. So nothing
//! outside of the image says what a secret is, and what is found does not depend on what is kept.

use crate::analysis::LayerQuestion;
use crate::image::{Contents, LayerNumber};
use crate::union::{Union, VersionId};

use super::Detectors;

/// Changes with the meaning of what is kept. What is searched for changes with the build of the program, which is part
/// of the key too.
const QUESTION: &[u8] = b"files with secrets";
/// The limit on files of one layer that are kept.
const MOST: usize = 100_000;

/// The layers that are searched in full, and the files in which something was found.
pub(super) struct LayersToKeep(Vec<SearchedLayer>);

struct SearchedLayer {
    question: LayerQuestion,
    /// Positions among its files.
    found: Vec<u32>,
}

impl LayersToKeep {
    /// Leaves out of the wanted files those of which an earlier run knows that they hold nothing.
    pub(super) fn new(
        union: &Union,
        contents: &dyn Contents,
        by_names: usize,
        wanted: Vec<VersionId>,
    ) -> (Self, Vec<VersionId>) {
        let detectors = Detectors::own().map_or("", Detectors::fingerprint).as_bytes();
        let (mut unknown, mut to_search) = (Vec::new(), Vec::new());
        let about = |layer: LayerNumber| {
            let names_only: &[u8] = if layer.get() <= by_names { &[1] } else { &[0] };
            vec![QUESTION, names_only, detectors]
        };
        for question in LayerQuestion::by_layer(union, wanted, about) {
            let kept = question.recall(contents);
            if let Some(found) = kept.and_then(|kept| positions(&kept, question.files.len())) {
                to_search.extend(found.into_iter().filter_map(|at| question.files.get(at)));
            } else {
                to_search.extend(&question.files);
                unknown.push(SearchedLayer { question, found: Vec::new() });
            }
        }
        (Self(unknown), to_search)
    }

    /// Notes a file that has to be searched the next time too: something was found, or it could not be read.
    pub(super) fn note(&mut self, layer: LayerNumber, id: VersionId) {
        let known = self.0.binary_search_by_key(&layer, |known| known.question.layer).ok();
        let Some(known) = known.and_then(|at| self.0.get_mut(at)) else { return };
        if let Some(at) = known.question.files.binary_search(&id).ok().and_then(|at| u32::try_from(at).ok()) {
            known.found.push(at);
        }
    }

    /// Keeps the result for the next run. All layers have been searched to their end.
    pub(super) fn keep(self, contents: &dyn Contents) {
        for mut known in self.0 {
            if known.found.len() > MOST {
                continue;
            }
            known.found.sort_unstable();
            let answer: Vec<u8> = known.found.iter().flat_map(|at| at.to_le_bytes()).collect();
            known.question.keep(contents, &answer);
        }
    }
}

/// The positions of files among so many, if these are what was kept.
fn positions(kept: &[u8], files: usize) -> Option<Vec<usize>> {
    let numbers = kept.chunks_exact(size_of::<u32>());
    let is_whole = numbers.remainder().is_empty();
    let number = |bytes: &[u8]| usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok();
    let found: Vec<usize> = numbers.map(number).collect::<Option<_>>()?;
    let is_sound = is_whole && found.is_sorted_by(|a, b| a < b) && found.last().is_none_or(|&last| last < files);
    is_sound.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascending_positions_of_files_that_are_there_count() {
        let bytes = |numbers: &[u32]| numbers.iter().flat_map(|at| at.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(positions(&bytes(&[0, 2, 5]), 6), Some(vec![0, 2, 5]));
        assert_eq!(positions(b"", 0), Some(vec![]));
        for (wrong, files) in [(bytes(&[0, 6]), 6), (bytes(&[2, 1]), 6), (bytes(&[1, 1]), 6), (vec![1, 0, 0], 6)] {
            assert_eq!(positions(&wrong, files), None, "{wrong:?}");
        }
    }
}
