//! Debug information and symbol tables that were not stripped from programs and libraries.

use std::collections::HashSet;

use crate::image::{EntryPath, Finding, FindingKind, ReadError};
use crate::union::{VersionId, VersionRef};

use super::elf::Elf;
use super::{HitCollector, JunkLook, JunkPlace, Search};

/// The files that may have some, as far as is known without reading.
pub(super) fn wanted(search: &Search<'_>, taken: &HashSet<VersionId>) -> Vec<VersionId> {
    if search.rules_of(JunkLook::Debug).next().is_none() {
        return Vec::new();
    }
    let is_wanted = |version: &VersionRef<'_>| {
        let path = version.path();
        may_be_linked(*version, &path)
            && !taken.contains(&version.id())
            && rule(search, version.size(), &path).is_some()
    };
    search.stored_files().filter(is_wanted).map(VersionRef::id).collect()
}

/// Programs are executable; libraries need not be, but are named accordingly.
fn may_be_linked(version: VersionRef<'_>, path: &EntryPath) -> bool {
    let name = path.name();
    version.mode() & 0o111 != 0
        || name.ends_with(b".so")
        || name.ends_with(b".node")
        || name.windows(4).any(|part| part == b".so.")
}

/// The first rule for a file with this many bytes of debug information.
fn rule(search: &Search<'_>, bytes: u64, path: &EntryPath) -> Option<usize> {
    let mut rules = search.rules_of(JunkLook::Debug);
    rules.find(|(_, rule)| bytes > rule.text.more_than && rule.is_about(path)).map(|(at, _)| at)
}

/// Bytes of a file that only a debugger needs.
pub(super) fn bytes(search: &Search<'_>, version: VersionRef<'_>) -> Result<u64, Finding> {
    let unread = |error: ReadError| {
        let message = format!("it cannot be read, so it was not searched for debug information: {}", error.in_full());
        Finding::of_path(FindingKind::Unreadable, version.layer(), version.path(), message).gap()
    };
    match Elf::open(search.contents, version).map_err(unread)? {
        Some(mut elf) if elf.is_linked() => elf.bytes_of(is_for_debuggers).map_err(unread),
        _ => Ok(0),
    }
}

fn is_for_debuggers(section: &[u8]) -> bool {
    section.starts_with(b".debug_") || section.starts_with(b".zdebug_") || matches!(section, b".symtab" | b".strtab")
}

pub(super) fn add_hit(search: &Search<'_>, version: VersionRef<'_>, bytes: u64, found: &mut HitCollector) {
    let path = version.path();
    if let Some(rule) = rule(search, bytes, &path) {
        found.add(rule, JunkPlace::of_version(version), version.id(), (bytes, bytes), path);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::JunkRule;
    use super::super::fixture::{Fixture, TestFile, elf, file, looking, program};
    use super::*;

    const PROGRAM: u16 = 3;
    const OBJECT: u16 = 1;

    fn unstripped(wide: bool, big: bool, sort: u16) -> Vec<u8> {
        let section = |name, sort, len| (name, sort, vec![b'x'; len]);
        let sections = [
            section("", 0, 0),
            section(".text", 1, 1000),
            section(".bss", 8, 9000),
            section(".debug_info", 1, 300),
            section(".zdebug_line", 1, 40),
            section(".debug_nothing", 8, 7000),
            section(".debugger", 1, 500),
            section(".symtab", 2, 20),
            section(".strtab", 3, 5),
        ];
        elf(wide, big, sort, &sections)
    }

    #[test]
    fn debug_sections_are_counted_in_every_form_and_layer_that_there_is() {
        for (wide, big) in [(true, false), (true, true), (false, false), (false, true)] {
            let it = Fixture::new(vec![
                ("ADD x", vec![program("bin/a", unstripped(wide, big, PROGRAM)), program("bin/sh", "#!/bin/sh")]),
                ("RUN y", vec![file("lib/b.so.1", unstripped(wide, big, 2)), program("bin/a", "new")]),
            ]);
            let lines = ["debug: layer 1, hidden, 365 B, 1 files bin/a", "debug: layer 2, 365 B, 1 files lib/b.so.1"];
            assert_eq!(it.lines(&[looking(JunkLook::Debug, |_| {})]), lines, "wide {wide}, big {big}");
        }
    }

    #[test]
    fn objects_and_what_a_rule_leaves_out_are_none_of_it() {
        let it = Fixture::new(vec![(
            "ADD x",
            vec![
                program("a.o", unstripped(true, false, OBJECT)),
                program("a.debug", unstripped(true, false, PROGRAM)),
                file("data", unstripped(true, false, PROGRAM)),
                program("tmp/a", unstripped(true, false, PROGRAM)),
                program("stripped", elf(true, false, PROGRAM, &[(".text", 1, vec![0; 999])])),
                TestFile::HardLink("b.so", "a.debug"),
                TestFile::Link("c.so", "a.debug"),
            ],
        )]);
        let rule = |more_than| {
            looking(JunkLook::Debug, |text| {
                text.except = vec!["*.debug".to_owned()];
                text.more_than = more_than;
            })
        };
        let temporary = looking(JunkLook::Paths, |text| text.paths = vec!["tmp/**".to_owned()]);
        let of_debug =
            |rules: &[JunkRule]| it.lines(rules).into_iter().filter(|line| line.starts_with("debug")).count();
        assert_eq!(it.lines(&[rule(364)]), ["debug: layer 1, 365 B, 1 files tmp/a"]);
        assert_eq!(of_debug(&[rule(365)]), 0);
        assert_eq!(of_debug(&[rule(0), temporary]), 0, "no byte is told twice");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let it = Fixture::new(vec![("ADD x", vec![program("a", "unreadable")])]);
        let found = it.search(&[looking(JunkLook::Debug, |_| {})]);
        assert_eq!((found.hits.len(), found.findings.len()), (0, 1));
    }

    #[test]
    fn bytes_that_two_sections_claim_count_once() {
        let mut made = elf(true, false, PROGRAM, &[(".debug_a", 1, vec![0; 100]), (".debug_b", 1, vec![0; 50])]);
        // The second claims what the first has, and more than there is.
        let entry = made.len() - 2 * 64;
        made[entry + 24..entry + 32].copy_from_slice(&64_u64.to_le_bytes());
        made[entry + 32..entry + 40].copy_from_slice(&u64::MAX.to_le_bytes());
        let size = made.len() as u64;
        let it = Fixture::new(vec![("ADD x", vec![program("a", made)])]);
        assert_eq!(it.search(&[looking(JunkLook::Debug, |_| {})]).hits[0].bytes, size - 64);
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(
            wide: bool, big: bool, changes in prop::collection::vec((0_usize..2200, any::<u8>()), 0..20), len in 0_usize..2200,
        ) {
            let mut made = unstripped(wide, big, PROGRAM);
            for (at, byte) in changes {
                if let Some(old) = made.get_mut(at) {
                    *old = byte;
                }
            }
            made.truncate(len);
            let it = Fixture::new(vec![("ADD x", vec![program("a", made)])]);
            let found = it.search(&[looking(JunkLook::Debug, |_| {})]);
            prop_assert!(found.hits.iter().all(|hit| hit.bytes <= len as u64));
        }
    }
}
