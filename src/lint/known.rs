//! What an earlier run learnt by reading the files of a layer: a number for each. They need not be read again.

use std::collections::HashMap;

use crate::analysis::LayerQuestion;
use crate::image::{CheckedContents, Contents};
use crate::union::{Union, VersionId};

use super::Search;

/// Numbers for files, and the layers of which none is known yet.
pub(super) struct KnownNumbers {
    pub(super) of: HashMap<VersionId, u128>,
    unknown: Vec<LayerQuestion>,
}

impl KnownNumbers {
    /// Splits the wanted files into those whose number is known and those that must be read. `about` says what the number
    /// is; it changes with the meaning of it.
    pub(super) fn recall(
        union: &Union,
        contents: &dyn Contents,
        about: &[u8],
        wanted: Vec<VersionId>,
    ) -> (Self, Vec<VersionId>) {
        let (mut known, mut to_read) = (Self { of: HashMap::new(), unknown: Vec::new() }, Vec::new());
        for question in LayerQuestion::by_layer(union, wanted, |_| vec![about]) {
            let kept = question.recall(contents);
            if let Some(numbers) = kept.and_then(|kept| numbers(&kept, question.files.len())) {
                known.of.extend(question.files.into_iter().zip(numbers));
            } else {
                to_read.extend(&question.files);
                known.unknown.push(question);
            }
        }
        (known, to_read)
    }

    /// Keeps the numbers of the layers that were unknown, for the next run. A layer with a file that could not be read is
    /// not kept.
    pub(super) fn keep(&self, contents: &dyn Contents) {
        for question in &self.unknown {
            let number = |id: &VersionId| self.of.get(id).map(|number| number.to_le_bytes());
            if let Some(numbers) = question.files.iter().map(number).collect::<Option<Vec<_>>>() {
                question.keep(contents, &numbers.concat());
            }
        }
    }
}

/// What a search for texts finds, which reads a few files: kept for an image that an engine exports, if all of them could
/// be read. `about` says what is searched for, and everything but files that it depends on.
pub(super) fn kept_texts(
    search: &Search<'_>,
    about: &[&[u8]],
    find: impl FnOnce(&Search<'_>) -> Vec<String>,
) -> Vec<String> {
    let Some(question) = LayerQuestion::about_export(search.union, search.contents, about) else {
        return find(search);
    };
    if let Some(texts) = question.recall(search.contents).and_then(|kept| texts(&kept)) {
        return texts;
    }
    let checked = CheckedContents::new(search.contents);
    let found = find(&Search { contents: &checked, ..*search });
    if !checked.has_failed() {
        let answer = found.iter().flat_map(|text| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat());
        question.keep(search.contents, &answer.collect::<Vec<u8>>());
    }
    found
}

/// The texts that were kept.
fn texts(kept: &[u8]) -> Option<Vec<String>> {
    let mut rest = kept;
    let mut texts = Vec::new();
    while let Some((len, more)) = rest.split_first_chunk() {
        let (text, more) = more.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        texts.push(String::from_utf8(text.to_vec()).ok()?);
        rest = more;
    }
    rest.is_empty().then_some(texts)
}

/// Numbers of so many files, if these are what was kept.
fn numbers(kept: &[u8], files: usize) -> Option<Vec<u128>> {
    let numbers = kept.chunks_exact(size_of::<u128>());
    let is_whole = numbers.remainder().is_empty();
    let numbers: Vec<_> = numbers.filter_map(|bytes| bytes.try_into().ok()).map(u128::from_le_bytes).collect();
    (is_whole && numbers.len() == files).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::fixture::{Fixture, elf, file, looking, program};
    use super::super::{JunkHit, JunkLook};
    use super::*;

    #[test]
    fn what_was_read_once_is_not_read_again_and_the_result_is_the_same() {
        let unstripped = || elf(true, false, 3, &[("", 0, Vec::new()), (".debug_info", 1, vec![b'x'; 300])]);
        let fixture = Fixture::new(vec![
            ("ADD a", vec![file("a", vec![1; 100]), program("bin/x", unstripped())]),
            ("ADD b", vec![file("b", vec![1; 100]), file("c", vec![2; 100]), file("unread", "unreadable")]),
            ("ADD c", vec![file("unread2", "0123456789")]),
        ]);
        let rules = [JunkLook::Copies, JunkLook::Debug].map(|look| looking(look, |_| {}));
        let search = || {
            let found = fixture.search(&rules);
            let hit = |hit: &JunkHit| (hit.rule.text.id.clone(), hit.place, hit.bytes, hit.samples.clone());
            let hits: Vec<_> = found.hits.iter().map(hit).collect();
            (hits, found.findings.len(), fixture.read.swap(0, Ordering::Relaxed))
        };
        let (hits, findings, read) = search();
        assert_eq!((hits.len(), findings), (2, 1));
        let (again, findings_again, read_again) = search();
        assert_eq!((again, findings_again), (hits, 1));
        assert!(read > 5, "{read} read at first");
        assert_eq!(read_again, 3, "the layer with the file that cannot be read is compared anew");
    }

    #[test]
    fn only_whole_texts_count() {
        let kept = |texts: &[&str]| -> Vec<u8> {
            texts.iter().flat_map(|text| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()).collect()
        };
        assert_eq!(texts(&kept(&["a", "", "né"])), Some(vec!["a".to_owned(), String::new(), "né".to_owned()]));
        assert_eq!(texts(b""), Some(Vec::new()));
        for wrong in [&kept(&["abc"])[..10], &[1], &[255; 8], &[kept(&["a"]), vec![0]].concat()] {
            assert_eq!(texts(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn one_number_for_each_file_is_what_counts() {
        let bytes = |numbers: &[u128]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(numbers(&bytes(&[7, u128::MAX]), 2), Some(vec![7, u128::MAX]));
        assert_eq!(numbers(b"", 0), Some(vec![]));
        for (wrong, files) in [(bytes(&[7]), 2), (bytes(&[7, 8]), 1), (vec![1; 17], 1)] {
            assert_eq!(numbers(&wrong, files), None, "{wrong:?}");
        }
    }
}
