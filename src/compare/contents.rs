//! Reads the contents that decide whether files are the same.

use crate::analysis::each_chunk;
use crate::image::{Contents, Finding, FindingKind, Progress, ProgressEvent};
use crate::union::{Union, VersionId};

use super::Sides;
use super::moment::ContentPair;

/// Answers about pairs of files.
#[derive(Clone, Debug, Default)]
pub struct ContentAnswers {
    hashes: [ContentHashes; 2],
    /// Contents of the first and of the second image that could not be read. They count as different.
    pub findings: [Vec<Finding>; 2],
}

impl ContentAnswers {
    /// Reads every content once, several at a time. What is not read because `progress` cancels it is unread.
    pub(super) fn read(
        sides: &Sides<'_>,
        contents: [&dyn Contents; 2],
        pairs: &[ContentPair],
        progress: &dyn Progress,
    ) -> Self {
        let unions = [sides.a.union, sides.b.union];
        let mut wanted: Vec<(u8, VersionId)> = pairs.iter().flat_map(|pair| [(0, pair.a), (1, pair.b)]).collect();
        // Versions are numbered in stored order, so that every thread reads forwards.
        wanted.sort_unstable();
        wanted.dedup();
        let mut answers = Self { hashes: unions.map(ContentHashes::of), ..Self::default() };
        let mut done = 0;
        each_chunk(
            &wanted,
            progress,
            |(side, id)| read(unions[usize::from(side)], contents[usize::from(side)], id),
            |at, results| {
                done += results.len();
                for (&(side, id), result) in wanted.iter().skip(at).zip(results) {
                    match result {
                        Ok(hash) => answers.hashes[usize::from(side)].add(id, hash),
                        Err(finding) => answers.findings[usize::from(side)].push(finding),
                    }
                }
                progress.report(ProgressEvent::Comparing { done, total: wanted.len() });
            },
        );
        for findings in &mut answers.findings {
            findings.sort_by(|a, b| (a.layer, &a.path).cmp(&(b.layer, &b.path)));
        }
        answers
    }

    /// Whether two contents are the same; `None` if one could not be read.
    pub(super) fn same(&self, pair: ContentPair) -> Option<bool> {
        let [a, b] = &self.hashes;
        Some(a.get(pair.a)? == b.get(pair.b)?)
    }
}

/// The hashes of some contents of an image, in the order in which they were read.
#[derive(Clone, Debug, Default)]
struct ContentHashes {
    hashes: Vec<u128>,
    /// By version: how many hashes were known with its own; 0 without one.
    places: Vec<u32>,
}

impl ContentHashes {
    fn of(union: &Union) -> Self {
        Self { hashes: Vec::new(), places: vec![0; union.version_count()] }
    }

    fn add(&mut self, id: VersionId, hash: u128) {
        self.hashes.push(hash);
        if let (Some(place), Ok(known)) = (self.places.get_mut(id.index()), u32::try_from(self.hashes.len())) {
            *place = known;
        }
    }

    fn get(&self, id: VersionId) -> Option<u128> {
        let place = self.places.get(id.index())?.checked_sub(1)?;
        self.hashes.get(place as usize).copied()
    }
}

fn read(union: &Union, contents: &dyn Contents, id: VersionId) -> Result<u128, Finding> {
    let version = union.version(id);
    let unread = |why: &dyn std::fmt::Display| {
        let message = format!("its content cannot be compared and counts as different: {why}");
        Finding::of_path(FindingKind::Unreadable, version.layer(), version.path(), message).gap()
    };
    let entry = version.entry().ok_or_else(|| unread(&"the archive has no entry for it"))?;
    contents.identity(version.layer(), entry).map_err(|error| unread(&error))
}
