//! Whether what a container starts can start: its loader must be present, and libraries as new as it was linked with.
//!
//! Only what is certain is reported. A version counts as present if any file with the library's name defines it,
//! anywhere, and nothing is reported about an image of which a part cannot be read.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use crate::analysis::{Program, ProgramState, command_words, first_of_script, interpreter, shell_script};
use crate::image::{Digest, EntryPath, Finding, FindingKind, ReadError};
use crate::union::{Destination, NodeId, VersionId, VersionRef};

use super::elf::Elf;
use super::known::kept_texts;
use super::links::{self, RequiredVersion};
use super::{JunkHit, JunkLook, JunkPlace, Search};

/// Programs that are started one by the other.
const MOST_PROGRAMS: usize = 8;
/// Files of one library's name.
const MOST_LIBRARIES: usize = 64;
/// The limit on files that are inspected for all programs: twenty times what the largest programs load. A program can
/// name thousands of libraries, each with as many files.
const MOST_OPENED: usize = 1024;
/// Bytes that are read of them.
const MOST_READ: u64 = 1 << 30;
/// A script that starts another program is read so far.
const SCRIPT: u64 = 64 << 10;
/// A file up to this size is read in one go.
const SMALL: u64 = 16 << 20;
/// Libraries that come with a distribution. Others may be supplied when the container starts, as drivers are.
const OF_THE_SYSTEM: [&[u8]; 7] =
    [b"libc.so.6", b"libm.so.6", b"libpthread.so.0", b"libdl.so.2", b"librt.so.1", b"libgcc_s.so.1", b"libstdc++.so.6"];
/// Programs that start the one they are given.
const INITS: [&str; 4] = ["tini", "tini-static", "dumb-init", "docker-init"];

pub(super) fn find(search: &Search<'_>) -> (Vec<JunkHit>, Vec<Finding>) {
    let union = search.union;
    if search.rules_of(JunkLook::Runtime).next().is_none() {
        return Default::default();
    }
    if union.layer_numbers().any(|layer| !union.entries(layer).complete) {
        return Default::default();
    }
    let config = format!("{:?}", search.image.config);
    let faults = kept_texts(search, &[b"programs that cannot start", config.as_bytes()], start_faults);
    let (mut hits, mut findings) = (Vec::new(), Vec::new());
    for fault in &faults {
        let (digits, why) = fault.split_once(' ').unwrap_or((fault, ""));
        let Some(node) = Digest::decode(digits).and_then(|path| union.node_at(&EntryPath::normalise(&path).path))
        else {
            continue;
        };
        let Some(file) = search.file_at(node) else { continue };
        if why.is_empty() {
            let message = format!(
                "it was not checked whether it can start: that needs more than {MOST_OPENED} files or {} GiB",
                MOST_READ >> 30
            );
            findings.push(Finding::of_path(FindingKind::TooMuch, file.layer(), union.path(node), message).gap());
            continue;
        }
        let place = JunkPlace::Layer { layer: file.layer(), live: true };
        let hit = search.hit(JunkLook::Runtime, place, why.to_owned());
        hits.extend(hit.map(|hit| JunkHit {
            files: 1,
            versions: vec![file.id()],
            samples: vec![union.path(node)],
            ..hit
        }));
    }
    (hits, findings)
}

/// The programs that cannot start: of each its path in hex digits, and after a space why not, if not too much has to be
/// read for that.
fn start_faults(search: &Search<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let looked_at = Inspected::default();
    for node in programs(search) {
        let Some(file) = search.file_at(node) else { continue };
        let note = match (StartedProgram { search, file, looked_at: &looked_at }).fails() {
            Ok(Some(note)) => note,
            // An unreadable file proves nothing.
            Ok(None) | Err(Unknown::Unreadable) => continue,
            Err(Unknown::TooMuch) => String::new(),
        };
        faults.push(format!("{} {note}", Digest::encode(search.union.path(node).as_bytes())));
    }
    faults
}

/// Why nothing is known about a program.
enum Unknown {
    Unreadable,
    TooMuch,
}

impl From<ReadError> for Unknown {
    fn from(_: ReadError) -> Self {
        Self::Unreadable
    }
}

/// What was inspected so far, for all programs.
#[derive(Default)]
struct Inspected {
    files: Cell<usize>,
    bytes: Cell<u64>,
}

impl Inspected {
    fn add(&self, files: usize, bytes: u64) -> Result<(), Unknown> {
        self.files.set(self.files.get() + files);
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.files.get() > MOST_OPENED || self.bytes.get() > MOST_READ { Err(Unknown::TooMuch) } else { Ok(()) }
    }
}

/// Every file that certainly runs when a container starts: the first, and what each of them starts.
fn programs(search: &Search<'_>) -> Vec<NodeId> {
    let config = &search.image.config;
    let words = command_words(config);
    let mut pending: Vec<String> = Vec::new();
    pending.extend(words.first().map(|&word| word.to_owned()));
    pending.extend(shell_script(&words).and_then(first_of_script).map(str::to_owned));
    pending.extend(behind_init(&words).map(str::to_owned));
    let mut programs = Vec::new();
    let mut done = 0;
    while let Some(word) = pending.get(done).filter(|_| done < MOST_PROGRAMS).cloned() {
        done += 1;
        let ProgramState::Runs(node) = Program::search(search.union, config, &word).outcome else { continue };
        if !programs.contains(&node) {
            programs.push(node);
            pending.extend(started_by_script(search, node));
        }
    }
    programs
}

/// `tini -- program`
fn behind_init<'a>(words: &[&'a str]) -> Option<&'a str> {
    let name = words.first()?.rsplit('/').next()?;
    let mut rest = words.get(1..)?.iter().copied();
    let next = rest.next().filter(|_| INITS.contains(&name))?;
    if next == "--" { rest.next() } else { Some(next).filter(|word| !word.starts_with('-')) }
}

/// The interpreter of a script, and what the script finally executes.
fn started_by_script(search: &Search<'_>, node: NodeId) -> Vec<String> {
    let Some(text) = search.file_at(node).and_then(|file| head(search, file)) else { return Vec::new() };
    let Some((by, argument)) = interpreter(&text) else { return Vec::new() };
    let mut words = vec![by.clone()];
    words.extend(argument.filter(|word| by.ends_with("/env") && !word.starts_with('-')));
    let config = &search.image.config;
    let hands_over = String::from_utf8_lossy(&text).lines().any(|line| line.trim() == "exec \"$@\"");
    words.extend(config.cmd.first().filter(|_| hands_over && !config.entrypoint.is_empty()).cloned());
    words
}

fn head(search: &Search<'_>, file: VersionRef<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = search.contents.open(file.layer(), file.entry()?).ok()?;
    reader.by_ref().take(2).read_to_end(&mut bytes).ok()?;
    if bytes == b"#!" {
        reader.take(SCRIPT).read_to_end(&mut bytes).ok()?;
    }
    Some(bytes)
}

/// A program that is started.
struct StartedProgram<'a> {
    search: &'a Search<'a>,
    file: VersionRef<'a>,
    looked_at: &'a Inspected,
}

impl<'a> StartedProgram<'a> {
    /// Why it cannot start, if it cannot.
    fn fails(&self) -> Result<Option<String>, Unknown> {
        let Some(mut elf) = self.open(self.file)? else { return Ok(self.script_fails()) };
        let Some(loader) = links::interpreter(&mut elf)? else { return Ok(None) };
        let shown = String::from_utf8_lossy(&loader).into_owned();
        let node = match self.search.follow(&loader) {
            Some(Destination::Found(node)) => node,
            Some(Destination::Missing(_) | Destination::NotAFolder(_)) => {
                return Ok(Some(format!(
                    "it is loaded by {shown}, which is not in the image{}",
                    self.other_libc(&loader)
                )));
            }
            Some(Destination::Loop) | None => return Ok(None),
        };
        // Only glibc's loader checks versions of symbols; with another one in its place, nothing is certain.
        let Some(mut loader) = self.search.file_at(node).map(|file| self.open(file)).transpose()?.flatten() else {
            return Ok(None);
        };
        if !links::defined(&mut loader)?.iter().any(|version| version.starts_with(b"GLIBC_")) {
            return Ok(None);
        }
        self.unmet(&links::needs(&mut elf)?, &elf)
    }

    fn open(&self, file: VersionRef<'a>) -> Result<Option<Elf<'a>>, Unknown> {
        let elf = Elf::open(self.search.contents, file)?;
        let Some(mut elf) = elf else { return Ok(None) };
        if file.size() <= SMALL {
            self.looked_at.add(0, file.size())?;
            elf.hold_all()?;
        }
        Ok(Some(elf))
    }

    fn script_fails(&self) -> Option<String> {
        let (by, argument) = interpreter(&head(self.search, self.file)?)?;
        let way = self.search.follow(by.as_bytes())?;
        if by.starts_with('/') && matches!(way, Destination::Missing(_) | Destination::NotAFolder(_)) {
            return Some(format!("it is a script for {by}, which is not in the image"));
        }
        let word = argument.filter(|word| by.ends_with("/env") && !word.contains(['-', '=', ' ', '/']))?;
        let found = Program::search(self.search.union, &self.search.image.config, &word);
        (found.outcome == ProgramState::Missing).then(|| format!("it is a script for {word}, which is not on its PATH"))
    }

    /// The other C library, where the image has that one.
    fn other_libc(&self, loader: &[u8]) -> &'static str {
        let name = EntryPath::normalise(loader).path.name().to_vec();
        if name.starts_with(b"ld-musl") && self.has_loader(b"ld-linux") {
            ": it was built for musl, the image has glibc"
        } else if name.starts_with(b"ld-linux") && self.has_loader(b"ld-musl") {
            ": it was built for glibc, the image has musl"
        } else {
            ""
        }
    }

    fn has_loader(&self, name: &[u8]) -> bool {
        let union = self.search.union;
        ["lib", "lib64"].iter().any(|folder| match self.search.follow(folder.as_bytes()) {
            Some(Destination::Found(folder)) => {
                let is_one = |node: NodeId| union.name(node).starts_with(name) && union.live(node).is_some();
                union.children(folder).any(is_one)
            }
            _ => false,
        })
    }

    /// The newest version that no file of its library's name defines.
    fn unmet(&self, needs: &[RequiredVersion], elf: &Elf<'_>) -> Result<Option<String>, Unknown> {
        let mut libraries: BTreeMap<&[u8], Vec<&RequiredVersion>> = BTreeMap::new();
        for need in needs {
            libraries.entry(need.library.as_slice()).or_default().push(need);
        }
        let named = self.named(libraries.keys().copied());
        for (library, needs) in libraries {
            let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
            let nodes = named.get(library).map_or(&[][..], Vec::as_slice);
            let Some(definitions) = self.definitions(nodes, &needs, elf)? else {
                if !OF_THE_SYSTEM.contains(&library) {
                    continue;
                }
                return Ok(Some(format!("it needs {}, which is not in the image", text(library))));
            };
            let unmet = needs.iter().filter(|need| !definitions.met.contains(need.version.as_slice()));
            if let Some(need) = unmet.max_by_key(|need| numbers(&need.version)) {
                let there = definitions.newest.get(kind(&need.version)).map_or_else(
                    || "the image's version has none of these symbols".to_owned(),
                    |(_, newest)| format!("the image's version has at most {}", text(newest)),
                );
                return Ok(Some(format!("it needs {} of {}, {there}", text(&need.version), text(library))));
            }
        }
        Ok(None)
    }

    /// The live paths with the names of libraries, some of each: all paths are visited once, not once per library.
    fn named<'n>(&self, libraries: impl Iterator<Item = &'n [u8]>) -> HashMap<&'n [u8], Vec<NodeId>> {
        let union = self.search.union;
        let mut named: HashMap<&[u8], Vec<NodeId>> = libraries.map(|library| (library, Vec::new())).collect();
        if named.is_empty() {
            return named;
        }
        for node in union.paths() {
            if let Some(nodes) = named.get_mut(union.name(node)).filter(|nodes| nodes.len() < MOST_LIBRARIES)
                && union.live(node).is_some()
            {
                nodes.push(node);
            }
        }
        named
    }

    /// Which of the needed versions files with a library's name define, for the same machine; `None` if there is no
    /// such file.
    fn definitions<'n>(
        &self,
        named: &[NodeId],
        needs: &[&'n RequiredVersion],
        elf: &Elf<'_>,
    ) -> Result<Option<Definitions<'n>>, Unknown> {
        let union = self.search.union;
        let needed: HashSet<&[u8]> = needs.iter().map(|need| need.version.as_slice()).collect();
        let kinds: HashSet<&[u8]> = needed.iter().map(|version| kind(version)).collect();
        let mut seen: HashSet<VersionId> = HashSet::new();
        let mut definitions: Option<Definitions<'_>> = None;
        for &node in named {
            self.looked_at.add(1, 0)?;
            let Some(Destination::Found(node)) = self.search.follow(union.path(node).as_bytes()) else { continue };
            let Some(file) = self.search.file_at(node).filter(|file| seen.insert(file.id())) else { continue };
            let Some(mut found) = self.open(file)? else { continue };
            if found.runs_beside(elf) {
                let definitions = definitions.get_or_insert_default();
                for version in links::defined(&mut found)? {
                    definitions.add(&needed, &kinds, version);
                }
            }
        }
        Ok(definitions)
    }
}

/// What the files of a library's name define, as far as somebody needs it.
#[derive(Default)]
struct Definitions<'a> {
    met: HashSet<&'a [u8]>,
    /// The newest version of each kind that is needed, with its numbers.
    newest: HashMap<&'a [u8], (Vec<u64>, Vec<u8>)>,
}

impl<'a> Definitions<'a> {
    fn add(&mut self, needed: &HashSet<&'a [u8]>, kinds: &HashSet<&'a [u8]>, version: Vec<u8>) {
        self.met.extend(needed.get(version.as_slice()));
        let numbers = numbers(&version);
        if let Some(of_kind) = kinds.get(kind(&version)).filter(|_| !numbers.is_empty()) {
            let newest = self.newest.entry(of_kind).or_default();
            if newest.0 <= numbers {
                *newest = (numbers, version);
            }
        }
    }
}

/// The kind of a version: `GLIBC` of `GLIBC_2.34`.
fn kind(version: &[u8]) -> &[u8] {
    version.split(|&byte| byte == b'_').next().unwrap_or_default()
}

/// The numbers of a version, `GLIBC_2.34` as 2 and 34; empty for a name without any.
fn numbers(version: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(version);
    let digits = text.rsplit('_').next().unwrap_or_default();
    digits.split('.').map_while(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{Fixture, Linked, TestFile, file, looking, program};
    use super::*;

    const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";
    const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

    fn linked(loader: &'static str, needs: &[(&'static str, &'static str)]) -> Vec<u8> {
        let needs = needs.iter().map(|&(library, version)| (library, version, false)).collect();
        Linked { loader: Some(loader), needs, ..Linked::default() }.made()
    }

    fn library(defines: &[&'static str]) -> Vec<u8> {
        Linked { defines: defines.to_vec(), ..Linked::default() }.made()
    }

    /// A small glibc 2.36 with `lib64` as a link.
    fn glibc() -> Vec<TestFile<'static>> {
        vec![
            TestFile::Link("lib64", "usr/lib64"),
            TestFile::Link("usr/lib64/ld-linux-x86-64.so.2", "../lib/ld-2.36.so"),
            program("usr/lib/ld-2.36.so", library(&["ld-linux-x86-64.so.2", "GLIBC_2.2.5", "GLIBC_2.36"])),
            program(
                "usr/lib/libc-2.36.so",
                library(&["libc.so.6", "GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.36", "GLIBC_PRIVATE"]),
            ),
            TestFile::Link("usr/lib/libc.so.6", "libc-2.36.so"),
        ]
    }

    fn notes(entrypoint: &[&str], cmd: &[&str], base: Vec<TestFile<'_>>, made: Vec<TestFile<'_>>) -> Vec<String> {
        let mut it = Fixture::new(vec![("ADD rootfs.tar /", base), ("COPY a /", made)]);
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        (it.image.config.entrypoint, it.image.config.cmd) = (owned(entrypoint), owned(cmd));
        let hits = it.search(&[looking(JunkLook::Runtime, |_| {})]).hits;
        let note = |hit: &JunkHit| format!("{:?}: {}", hit.samples[0], hit.note);
        hits.iter().map(note).collect()
    }

    fn of(program_bytes: Vec<u8>, base: Vec<TestFile<'_>>) -> Vec<String> {
        notes(&["/app"], &[], base, vec![program("app", program_bytes)])
    }

    #[test]
    fn a_loader_that_is_not_there_is_told_with_the_libc_that_is() {
        let musl = || vec![program("lib/ld-musl-x86_64.so.1", library(&[]))];
        let said =
            |loader: &str, more: &str| [format!("`app`: it is loaded by {loader}, which is not in the image{more}")];
        assert_eq!(of(linked(GLIBC, &[]), musl()), said(GLIBC, ": it was built for glibc, the image has musl"));
        assert_eq!(of(linked(MUSL, &[]), glibc()), said(MUSL, ": it was built for musl, the image has glibc"));
        assert_eq!(of(linked(GLIBC, &[]), Vec::new()), said(GLIBC, ""));
        for fits in [of(linked(MUSL, &[]), musl()), of(linked(GLIBC, &[]), glibc()), of(library(&[]), Vec::new())] {
            assert!(fits.is_empty(), "{fits:?}");
        }
    }

    #[test]
    fn many_libraries_do_not_cost_each_path_as_many_looks() {
        let of = |size: usize| {
            let names: Vec<String> = (0..size).map(|number| format!("p/{number}")).collect();
            let libraries: Vec<String> = (0..size).map(|number| format!("lib{number}.so")).collect();
            let needs = libraries.iter().map(|library| (library.as_str(), "V_1", false)).collect();
            let wanting = Linked { loader: Some(GLIBC), needs, ..Linked::default() }.made();
            let mut made: Vec<TestFile<'_>> = names.iter().map(|name| file(name, "")).collect();
            made.push(program("app", wanting));
            let mut it = Fixture::new(vec![("ADD rootfs.tar /", glibc()), ("COPY a /", made)]);
            it.image.config.entrypoint = vec!["/app".to_owned()];
            it
        };
        crate::union::assert_linear(of, |it| assert!(it.search(&[looking(JunkLook::Runtime, |_| {})]).hits.is_empty()));
    }

    #[test]
    fn a_program_with_more_libraries_than_any_is_reported_as_not_looked_into() {
        let libraries: Vec<String> = (0..=MOST_OPENED).map(|number| format!("lib{number}.so")).collect();
        let needs = libraries.iter().map(|library| (library.as_str(), "V_1", false)).collect();
        let wanting = Linked { loader: Some(GLIBC), needs, ..Linked::default() }.made();
        let mut made: Vec<TestFile<'_>> = libraries.iter().map(|name| program(name, library(&["V_1"]))).collect();
        made.push(program("app", wanting));
        let mut it = Fixture::new(vec![("ADD rootfs.tar /", glibc()), ("COPY a /", made)]);
        it.image.config.entrypoint = vec!["/app".to_owned()];
        let found = it.search(&[looking(JunkLook::Runtime, |_| {})]);
        assert!(found.hits.is_empty());
        assert_eq!(found.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [FindingKind::TooMuch]);
    }

    #[test]
    fn a_version_that_no_library_of_that_name_defines_is_told_with_the_newest_that_is() {
        let needs = [("libc.so.6", "GLIBC_2.2.5"), ("libc.so.6", "GLIBC_2.38"), ("libc.so.6", "GLIBC_2.9")];
        assert_eq!(
            of(linked(GLIBC, &needs), glibc()),
            ["`app`: it needs GLIBC_2.38 of libc.so.6, the image's version has at most GLIBC_2.36"]
        );
        assert!(of(linked(GLIBC, &[needs[0], needs[2]]), glibc()).is_empty());
        let mut with_another = glibc();
        with_another.push(program("opt/lib/libc.so.6", library(&["GLIBC_2.38"])));
        assert!(of(linked(GLIBC, &needs), with_another).is_empty(), "it might be loaded from anywhere");
        let other = linked(GLIBC, &[("libstdc++.so.6", "CXXABI_1.3")]);
        assert_eq!(of(other, glibc()), ["`app`: it needs libstdc++.so.6, which is not in the image"]);
        let driver = linked(GLIBC, &[("libcublas.so.12", "libcublas.so.12")]);
        assert!(of(driver, glibc()).is_empty(), "it may be mounted");
        let weak = Linked { loader: Some(GLIBC), needs: vec![("libc.so.6", "GLIBC_3", true)], ..Linked::default() };
        assert!(of(weak.made(), glibc()).is_empty(), "a weak need stops nothing");
    }

    #[test]
    fn where_another_loader_stands_in_for_that_of_glibc_nothing_is_certain() {
        let alpine = vec![
            program("lib/ld-musl-x86_64.so.1", library(&[])),
            TestFile::Link("lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"),
        ];
        assert!(of(linked(GLIBC, &[("libc.so.6", "GLIBC_2.38")]), alpine).is_empty());
    }

    #[test]
    fn what_is_started_is_followed_through_shells_scripts_and_inits() {
        let broken = || program("usr/bin/app", linked(MUSL, &[]));
        let fails = "`usr/bin/app`: it is loaded by /lib/ld-musl-x86_64.so.1, which is not in the image";
        let script = |text: &str| program("start", text);
        let shell = || program("bin/sh", library(&[]));
        for (entrypoint, cmd, text) in [
            (&["app"][..], &[][..], ""),
            (&["/bin/sh", "-c", "exec app --now"], &[], ""),
            (&["/bin/tini", "--", "app"], &[], ""),
            (&["/start"], &["app"], "#!/bin/sh\nset -e\nexec \"$@\"\n"),
            (&["/start"], &[], "#!/usr/bin/app\n"),
            (&["/start"], &[], "#!/usr/bin/env app\n"),
        ] {
            let env = program("usr/bin/env", library(&[]));
            let made = vec![broken(), script(text), shell(), env];
            assert_eq!(notes(entrypoint, cmd, Vec::new(), made), [fails], "{entrypoint:?} {text}");
        }
        let made = vec![broken(), script("#!/bin/sh\n$@\n"), shell()];
        assert!(notes(&["/start"], &["app"], Vec::new(), made).is_empty());
        let made = vec![script("#!/bin/bash\n"), shell()];
        assert_eq!(
            notes(&["/start"], &[], Vec::new(), made),
            ["`start`: it is a script for /bin/bash, which is not in the image"]
        );
        let env = |text: &'static str| vec![script(text), shell(), program("usr/bin/env", library(&[]))];
        assert_eq!(
            notes(&["/start"], &[], Vec::new(), env("#!/usr/bin/env bash\n")),
            ["`start`: it is a script for bash, which is not on its PATH"]
        );
        for fine in ["#!/usr/bin/env sh\n", "#!/usr/bin/env -S bash -e\n", "#!/usr/bin/env A=b sh\n"] {
            assert!(notes(&["/start"], &[], Vec::new(), env(fine)).is_empty(), "{fine}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(numbers(b"GLIBC_2.9") < numbers(b"GLIBC_2.36") && numbers(b"GLIBC_2.2.5") < numbers(b"GLIBC_2.3"));
        assert!(numbers(b"GLIBC_PRIVATE").is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(changes in prop::collection::vec((0_usize..900, any::<u8>()), 0..20), len in 0_usize..900) {
            let mut made = Linked {
                loader: Some(GLIBC),
                needs: vec![("libc.so.6", "GLIBC_2.2.5", false), ("libc.so.6", "GLIBC_2.38", false)],
                defines: vec!["app", "APP_1"],
            }
            .made();
            for (at, byte) in changes {
                if let Some(old) = made.get_mut(at) {
                    *old = byte;
                }
            }
            made.truncate(len);
            let mut base = glibc();
            base.push(file("opt/libc.so.6", made.clone()));
            of(made, base);
        }
    }
}
