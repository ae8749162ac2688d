//! What an ELF program requires of its loader, and what a library provides: its interpreter, and versions of symbols
//! (gABI, *Program Loading*; LSB, *Symbol Versioning*).

use elf::abi::{PT_INTERP, SHT_GNU_VERDEF, SHT_GNU_VERNEED, VER_FLG_WEAK};
use elf::gnu_symver::{VerDefIterator, VerNeedIterator};
use elf::section::SectionHeader;

use crate::image::ReadError;

use super::elf::{Elf, text_at};

/// The limit on versions of one file; glibc defines about fifty.
const MOST_VERSIONS: usize = 4096;
/// Tables of versions are small, the names of symbols are not.
const MOST_TABLE: u64 = 1 << 20;
const MOST_NAMES: u64 = 64 << 20;
/// Longer than any path that a system takes.
const LONGEST_PATH: u64 = 4096;

/// The path of the program's loader; `None` for a static program.
pub(super) fn interpreter(elf: &mut Elf<'_>) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(segment) = elf.segments()?.into_iter().find(|segment| segment.p_type == PT_INTERP) else {
        return Ok(None);
    };
    let Some(len) = usize::try_from(segment.p_filesz).ok().filter(|_| segment.p_filesz <= LONGEST_PATH) else {
        return Ok(None);
    };
    let bytes = elf.part(segment.p_offset, len)?;
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
        let Some(table) = sections.iter().find(|section| section.sh_type == sort) else { return Ok(None) };
        let Some(names) = usize::try_from(table.sh_link).ok().and_then(|link| sections.get(link)) else {
            return Ok(None);
        };
        let mut bytes = |section: &SectionHeader, most| match usize::try_from(section.sh_size) {
            Ok(len) if section.sh_size <= most => elf.part(section.sh_offset, len).map(<[u8]>::to_vec),
            _ => Ok(Vec::new()),
        };
        Ok(Some(Self { table: bytes(table, MOST_TABLE)?, names: bytes(names, MOST_NAMES)? }))
    }
}

/// The versions that must be there for the program to start; those marked weak need not.
pub(super) fn needs(elf: &mut Elf<'_>) -> Result<Vec<RequiredVersion>, ReadError> {
    let (class, order) = (elf.header.class, elf.header.endianness);
    let Some(SymbolVersions { table, names }) = SymbolVersions::read(elf, SHT_GNU_VERNEED)? else {
        return Ok(Vec::new());
    };
    let libraries = VerNeedIterator::new(order, class, u64::MAX, 0, &table).take(MOST_VERSIONS);
    let needs = libraries.flat_map(|(library, versions)| {
        let versions = versions.take(MOST_VERSIONS).filter(|version| version.vna_flags & VER_FLG_WEAK == 0);
        let names = &names;
        versions.map(move |version| RequiredVersion {
            library: text_at(names, library.vn_file).to_vec(),
            version: text_at(names, version.vna_name).to_vec(),
        })
    });
    Ok(needs.take(MOST_VERSIONS).collect())
}

/// The versions that a library defines, its own name among them.
pub(super) fn defined(elf: &mut Elf<'_>) -> Result<Vec<Vec<u8>>, ReadError> {
    let (class, order) = (elf.header.class, elf.header.endianness);
    let Some(SymbolVersions { table, names }) = SymbolVersions::read(elf, SHT_GNU_VERDEF)? else {
        return Ok(Vec::new());
    };
    let versions = VerDefIterator::new(order, class, u64::MAX, 0, &table).take(MOST_VERSIONS);
    let names = versions.filter_map(|(_, mut versions)| Some(text_at(&names, versions.next()?.vda_name).to_vec()));
    Ok(names.collect())
}
