//! Files of the final image that are setuid, setgid, or writable for every user.

use std::collections::HashSet;

use crate::image::EntryKind;

use super::{HitCollector, JunkLook, JunkPlace, Search};

/// The looks at modes, and their bits. A file matches if it has one of the bits.
const LOOKS: [(JunkLook, u16); 2] = [(JunkLook::WorldWritable, 0o002), (JunkLook::Setuid, 0o6000)];

/// Finds the files. One with several names is reported once.
pub(super) fn find(search: &Search<'_>, found: &mut HitCollector) {
    let looks: Vec<_> = LOOKS.into_iter().filter(|(look, _)| search.rules_of(*look).next().is_some()).collect();
    let mut reported = HashSet::new();
    let any = looks.iter().fold(0, |all, (_, bits)| all | bits);
    let live = search.union.paths().filter_map(|node| search.union.live(node));
    for version in live.map(|id| search.union.version(id)) {
        let mode = version.mode();
        if mode & any == 0 || version.inode().kind() != EntryKind::File || !reported.insert(version.inode().id()) {
            continue;
        }
        let path = version.path();
        for (look, _) in looks.iter().filter(|(_, bits)| mode & bits != 0) {
            let Some((rule, _)) = search.rules_of(*look).find(|(_, rule)| rule.is_about(&path)) else { continue };
            found.add(rule, JunkPlace::of_version(version), version.id(), (0, version.size()), path.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, TestFile, file, looking};
    use super::*;

    #[test]
    fn live_files_are_reported_once_each() {
        let made = |path, mode| TestFile::File(path, mode, b"x".to_vec());
        let it = Fixture::new(vec![
            (
                "ADD a",
                vec![made("bin/su", 0o4755), made("bin/wall", 0o2755), made("gone", 0o4755), made("fixed", 0o666)],
            ),
            (
                "RUN b",
                vec![
                    file(".wh.gone", ""),
                    made("fixed", 0o644),
                    made("open", 0o666),
                    TestFile::HardLink("open2", "open"),
                    TestFile::Link("link", "open"),
                    made("sticky", 0o1644),
                ],
            ),
        ]);
        let rules = [looking(JunkLook::WorldWritable, |_| {}), looking(JunkLook::Setuid, |_| {})];
        assert_eq!(
            it.lines(&rules),
            ["setuid: layer 1, 0 B, 2 files bin/su", "world-writable: layer 2, 0 B, 1 files open"]
        );
        let but = looking(JunkLook::Setuid, |text| text.except = vec!["bin/su".to_owned()]);
        assert_eq!(it.lines(&[but]), ["setuid: layer 1, 0 B, 1 files bin/wall"]);
    }
}
