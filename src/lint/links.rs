//! What an ELF program requires of its loader, and what a library provides: its interpreter, and versions of symbols
//! (gABI, *Program Loading*; LSB, *Symbol Versioning*).

use crate::image::ReadError;

use super::elf::{Elf, ElfSection, text_at};

/// The limit on versions of one file; glibc defines about fifty.
const MOST_VERSIONS: usize = 4096;
/// Tables of versions are small, the names of symbols are not.
const MOST_TABLE: u64 = 1 << 20;
const MOST_NAMES: u64 = 64 << 20;
/// Longer than any path that a system takes.
const LONGEST_PATH: u64 = 4096;

const INTERPRETER: u32 = 3;
const NEEDED: u32 = 0x6fff_fffe;
const DEFINED: u32 = 0x6fff_fffd;
/// A version without which the program starts all the same.
const WEAK: u16 = 2;

/// The path of the program's loader; `None` for a static program.
pub(super) fn interpreter(elf: &mut Elf<'_>) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(segment) = elf.segments()?.into_iter().find(|segment| segment.sort == INTERPRETER) else {
        return Ok(None);
    };
    let Some(len) = usize::try_from(segment.size).ok().filter(|_| segment.size <= LONGEST_PATH) else {
        return Ok(None);
    };
    let bytes = elf.part(segment.at, len)?;
    let path = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Ok((path.starts_with(b"/")).then(|| path.to_vec()))
}

/// A library by its file's name, and a version that it must define.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequiredVersion {
    pub(super) library: Vec<u8>,
    pub(super) version: Vec<u8>,
}

/// A section of versions, and the names that it speaks of.
struct SymbolVersions {
    table: Vec<u8>,
    names: Vec<u8>,
}

impl SymbolVersions {
    fn read(elf: &mut Elf<'_>, sort: u32) -> Result<Option<Self>, ReadError> {
        let sections = elf.sections()?;
        let Some(table) = sections.iter().find(|section| section.sort == sort) else { return Ok(None) };
        let Some(names) = usize::try_from(table.link).ok().and_then(|link| sections.get(link)) else { return Ok(None) };
        let mut bytes = |section: &ElfSection, most| match usize::try_from(section.size) {
            Ok(len) if section.size <= most => elf.part(section.at, len).map(<[u8]>::to_vec),
            _ => Ok(Vec::new()),
        };
        Ok(Some(Self { table: bytes(table, MOST_TABLE)?, names: bytes(names, MOST_NAMES)? }))
    }
}

/// The versions that must be there for the program to start.
pub(super) fn needs(elf: &mut Elf<'_>) -> Result<Vec<RequiredVersion>, ReadError> {
    let form = elf.header.form;
    let Some(SymbolVersions { table, names }) = SymbolVersions::read(elf, NEEDED)? else { return Ok(Vec::new()) };
    let mut needs = Vec::new();
    each(&table, |library| {
        let name = text_at(&names, form.word(library, 4)?);
        let first = usize::try_from(form.word(library, 8)?).ok()?;
        each(library.get(first..)?, |version| {
            if form.half(version, 4)? & WEAK == 0 && needs.len() < MOST_VERSIONS {
                let version = text_at(&names, form.word(version, 8)?).to_vec();
                needs.push(RequiredVersion { library: name.to_vec(), version });
            }
            form.word(version, 12)
        });
        form.word(library, 12)
    });
    Ok(needs)
}

/// The versions that a library defines, its own name among them.
pub(super) fn defined(elf: &mut Elf<'_>) -> Result<Vec<Vec<u8>>, ReadError> {
    let form = elf.header.form;
    let Some(SymbolVersions { table, names }) = SymbolVersions::read(elf, DEFINED)? else { return Ok(Vec::new()) };
    let mut versions = Vec::new();
    each(&table, |version| {
        let first = usize::try_from(form.word(version, 12)?).ok()?;
        versions.push(text_at(&names, form.word(version.get(first..)?, 0)?).to_vec());
        form.word(version, 16)
    });
    Ok(versions)
}

/// Walks a list whose items give the distance to the next, 0 for the last.
fn each(table: &[u8], mut item: impl FnMut(&[u8]) -> Option<u32>) {
    let mut rest = table;
    for _ in 0..MOST_VERSIONS {
        let step = item(rest).and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
        match rest.get(step..).filter(|_| step > 0) {
            Some(next) => rest = next,
            None => break,
        }
    }
}
