//! Files of the final image that have the same content as another one. Files that are no longer visible are reported as
//! waste instead; another name of the same file is not a copy.

use std::collections::{HashMap, HashSet};

use crate::image::{EntryRef, Finding, FindingKind};
use crate::union::{VersionId, VersionRef};

use super::{HitCollector, JunkLook, JunkPlace, Search};

/// Files of the same size that one rule applies to, lowest layer first.
pub(super) struct SameSize {
    rule: usize,
    pub(super) files: Vec<VersionId>,
}

/// The files that may be copies: only files of the same size are compared.
pub(super) fn wanted(search: &Search<'_>, taken: &HashSet<VersionId>) -> Vec<SameSize> {
    let mut groups: HashMap<(usize, u64, u64), Vec<VersionId>> = HashMap::new();
    let is_live = |version: &VersionRef<'_>| version.ended().is_none() && !taken.contains(&version.id());
    for version in search.stored_files().filter(is_live) {
        let mut rules = search.rules_of(JunkLook::Copies).filter(|(_, rule)| version.stored() > rule.text.more_than);
        if let Some((rule, _)) = rules.find(|(_, rule)| rule.is_about(&version.path())) {
            groups.entry((rule, version.stored(), version.size())).or_default().push(version.id());
        }
    }
    let groups = groups.into_iter().filter(|(_, files)| files.len() > 1);
    groups.map(|((rule, ..), files)| SameSize { rule, files }).collect()
}

/// The identity of a file's content.
pub(super) fn identity(search: &Search<'_>, version: VersionRef<'_>) -> Result<u128, Finding> {
    let unread = |why: &dyn std::fmt::Display| {
        let message = format!("it cannot be read, so it was not compared with files of the same size: {why}");
        Finding::of_path(FindingKind::Unreadable, version.layer(), version.path(), message).gap()
    };
    let entry: EntryRef<'_> = version.entry().ok_or_else(|| unread(&"the archive has no entry for it"))?;
    search.contents.identity_within(version.layer(), entry).map_err(|error| unread(&error.in_full()))
}

/// Reports every copy except the first, and marks it as counted.
pub(super) fn add_hits(
    search: &Search<'_>,
    groups: &[SameSize],
    known: &HashMap<VersionId, u128>,
    taken: &mut HashSet<VersionId>,
    found: &mut HitCollector,
) {
    for SameSize { rule, files } in groups {
        let mut firsts: HashMap<u128, VersionId> = HashMap::new();
        for &id in files {
            let Some(&identity) = known.get(&id) else { continue };
            let first = *firsts.entry(identity).or_insert(id);
            if first == id {
                continue;
            }
            taken.insert(id);
            let (version, first) = (search.union.version(id), search.union.version(first));
            let (bytes, place) = (version.stored(), JunkPlace::of_version(version));
            if let Some(note) = found.add(*rule, place, id, (bytes, bytes), version.path()) {
                let path = first.path();
                *note = format!("the same as /{} in layer {}", String::from_utf8_lossy(path.as_bytes()), first.layer());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, TestFile, file, looking};
    use super::super::{JunkHit, JunkLook};

    fn content(byte: u8) -> Vec<u8> {
        vec![byte; 100]
    }

    #[test]
    fn a_copy_is_reported_with_its_original() {
        let it = Fixture::new(vec![
            ("ADD a", vec![file("a/one", content(1)), file("a/same", content(1)), file("a/other", content(2))]),
            ("COPY b", vec![file("b/one", content(1)), file("b/small", vec![1; 9]), file("b/small2", vec![1; 9])]),
        ]);
        let rule = looking(JunkLook::Copies, |text| text.more_than = 50);
        assert_eq!(
            it.lines(std::slice::from_ref(&rule)),
            [
                "copies: layer 1, 100 B, 1 files a/same (the same as /a/one in layer 1)",
                "copies: layer 2, 100 B, 1 files b/one (the same as /a/one in layer 1)",
            ]
        );
        let elsewhere = looking(JunkLook::Copies, |text| text.paths = vec!["b/**".to_owned()]);
        assert_eq!(
            it.lines(&[elsewhere]),
            ["copies: layer 2, 9 B, 1 files b/small2 (the same as /b/small in layer 2)"]
        );
        let junk = looking(JunkLook::Paths, |text| text.paths = vec!["same".to_owned()]);
        assert_eq!(it.lines(&[junk, rule]).len(), 2, "a file that a rule about paths found is not reported again");
    }

    #[test]
    fn waste_and_other_names_of_a_file_are_not_copies() {
        let it = Fixture::new(vec![
            (
                "ADD a",
                vec![
                    file("a", content(1)),
                    TestFile::HardLink("b", "a"),
                    TestFile::Link("c", "a"),
                    file("d", content(3)),
                ],
            ),
            ("RUN chmod", vec![file("a", content(1)), file("e", content(4))]),
            ("RUN mv", vec![file(".wh.d", ""), file("f", content(3))]),
        ]);
        assert!(it.lines(&[looking(JunkLook::Copies, |_| {})]).is_empty());
    }

    #[test]
    fn unreadable_files_are_reported_and_the_others_compared() {
        let ten = |text: &str| text.as_bytes().to_vec();
        let files = vec![file("a", ten("unreadable")), file("b", ten("0123456789")), file("c", ten("0123456789"))];
        let it = Fixture::new(vec![("ADD a", files)]);
        let found = it.search(&[looking(JunkLook::Copies, |_| {})]);
        let paths = |hit: &JunkHit| hit.samples.iter().map(|path| path.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(found.hits.iter().map(paths).collect::<Vec<_>>(), [[b"c".to_vec()]]);
        assert_eq!(found.findings.len(), 1);
    }
}
