//! The headers of ELF files (gABI; elf(5)), and the parts of a file that are worth reading for them.
//!
//! ```text
//! 0 ┌────────┬─────────────────┬─── … ───┬────────────┬───────────┬────────────────┐
//!   │ header │ program headers │ content │ .debug_* … │ .shstrtab │ section table  │
//!   └────────┴─────────────────┴─── … ───┴────────────┴───────────┴────────────────┘
//!      │                                     names of sections ▲  ▲
//!      └──────────────────────────────────────────────────────────┘
//! ```
//!
//! Everything in a file is hostile: each number is read only if it is inside the file, and how much is read is bounded.
//! A malformed file is not an ELF file, or has no sections; it is never an error.

use std::io::{self, Read};

use elf::abi::{EI_NIDENT, ET_DYN, ET_EXEC, SHT_NOBITS};
use elf::endian::AnyEndian;
use elf::file::{FileHeader, parse_ident};
use elf::parse::{ParseAt, ParsingTable};
use elf::section::SectionHeader;
use elf::segment::ProgramHeader;

use crate::image::{Contents, ReadError};
use crate::union::VersionRef;

/// The longest header in bytes.
const HEADER: usize = 64;
/// The limit on segments of one file; linkers create a dozen.
const MOST_SEGMENTS: usize = 256;
/// The limit on sections of one file; linkers create a few dozen.
const MOST_SECTIONS: usize = 4096;
/// Longer than any name of a section, a library or a version.
const LONGEST_NAME: usize = 1024;
/// The limit on the names of sections.
const MOST_NAMES: u64 = 1 << 20;
/// The names of sections usually precede their table: this much is read with it.
const BEFORE: u64 = 16 << 10;

/// The header, if these are the first bytes of an ELF file.
fn header(bytes: &[u8]) -> Option<FileHeader<AnyEndian>> {
    let (ident, rest) = bytes.split_at_checked(EI_NIDENT)?;
    FileHeader::parse_tail(parse_ident(ident).ok()?, rest).ok()
}

/// An ELF file that is read only where necessary.
pub(super) struct Elf<'a> {
    contents: &'a dyn Contents,
    version: VersionRef<'a>,
    size: u64,
    /// What was read last, and its offset.
    held: (u64, Vec<u8>),
    pub(super) header: FileHeader<AnyEndian>,
}

impl<'a> Elf<'a> {
    /// Opens a file; `None` if it is not an ELF file.
    pub(super) fn open(contents: &'a dyn Contents, version: VersionRef<'a>) -> Result<Option<Self>, ReadError> {
        let Some(entry) = version.entry() else { return Ok(None) };
        let mut head = Vec::new();
        let reader = contents.open(version.layer(), entry)?;
        let layer = version.layer();
        reader.take(HEADER as u64).read_to_end(&mut head).map_err(|source| ReadError::Io { layer, source })?;
        let Some(header) = header(&head) else { return Ok(None) };
        Ok(Some(Self { contents, version, size: entry.size(), held: (0, head), header }))
    }

    /// A part of the file; less at the end of the file.
    pub(super) fn part(&mut self, at: u64, len: usize) -> Result<&[u8], ReadError> {
        self.part_after(at, len, 0)
    }

    /// The same, where what precedes it will be needed next.
    fn part_after(&mut self, at: u64, len: usize, before: u64) -> Result<&[u8], ReadError> {
        let at = at.min(self.size);
        let end = at.saturating_add(len as u64).min(self.size);
        let (begin, held) = &self.held;
        if at < *begin || end > begin.saturating_add(held.len() as u64) {
            let from = at.saturating_sub(before);
            self.held = (from, self.read(from, end - from)?);
        }
        let (begin, held) = &self.held;
        let place = |at: u64| usize::try_from(at - begin).unwrap_or(usize::MAX).min(held.len());
        Ok(&held[place(at)..place(end)])
    }

    fn read(&self, at: u64, len: u64) -> Result<Vec<u8>, ReadError> {
        let Some(entry) = self.version.entry() else { return Ok(Vec::new()) };
        let layer = self.version.layer();
        let failed = |source| ReadError::Io { layer, source };
        let (begin, mut reader) = self.contents.open_near(layer, entry, at)?;
        io::copy(&mut (&mut reader).take(at.saturating_sub(begin)), &mut io::sink()).map_err(failed)?;
        let mut bytes = Vec::new();
        reader.take(len).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// Reads all of it at once, for a file whose parts are needed in no order.
    pub(super) fn hold_all(&mut self) -> Result<(), ReadError> {
        self.held = (0, self.read(0, self.size)?);
        Ok(())
    }

    /// Whether it runs or is loaded by what runs: not an object file, not a core dump.
    pub(super) fn is_linked(&self) -> bool {
        matches!(self.header.e_type, ET_EXEC | ET_DYN)
    }

    /// Whether both are for the same processor.
    pub(super) fn runs_beside(&self, other: &Self) -> bool {
        let of = |header: &FileHeader<AnyEndian>| (header.class, header.endianness, header.e_machine);
        of(&self.header) == of(&other.header)
    }

    /// The table of segments, as far as it is inside the file.
    pub(super) fn segments(&mut self) -> Result<Vec<ProgramHeader>, ReadError> {
        let FileHeader { e_phoff, e_phentsize, e_phnum, .. } = self.header;
        self.table(e_phoff, e_phentsize, usize::from(e_phnum).min(MOST_SEGMENTS), 0)
    }

    /// The table of sections, as far as it is inside the file.
    pub(super) fn sections(&mut self) -> Result<Vec<SectionHeader>, ReadError> {
        let FileHeader { e_shoff, e_shentsize, e_shnum, .. } = self.header;
        self.table(e_shoff, e_shentsize, usize::from(e_shnum).min(MOST_SECTIONS), BEFORE)
    }

    fn table<P: ParseAt>(&mut self, at: u64, entry: u16, count: usize, before: u64) -> Result<Vec<P>, ReadError> {
        let FileHeader { class, endianness, .. } = self.header;
        let size = P::size_for(class);
        let count = if usize::from(entry) == size { count } else { 0 };
        let table = self.part_after(at, count * size, before)?;
        Ok(ParsingTable::new(endianness, class, table).iter().collect())
    }

    /// Bytes of the sections whose name matches, each byte of the file counted once.
    pub(super) fn bytes_of(&mut self, is_one: impl Fn(&[u8]) -> bool) -> Result<u64, ReadError> {
        let sections = self.sections()?;
        let Some(names) = sections.get(usize::from(self.header.e_shstrndx)) else { return Ok(0) };
        let (at, len) = (names.sh_offset, names.sh_size);
        let Some(len) = usize::try_from(len).ok().filter(|_| len <= MOST_NAMES) else { return Ok(0) };
        let size = self.size;
        let names = self.part(at, len)?;
        let is_wanted =
            |section: &&SectionHeader| section.sh_type != SHT_NOBITS && is_one(text_at(names, section.sh_name));
        let mut ranges: Vec<(u64, u64)> = sections
            .iter()
            .filter(is_wanted)
            .map(|section| (section.sh_offset.min(size), section.sh_offset.saturating_add(section.sh_size).min(size)))
            .collect();
        ranges.sort_unstable();
        let mut counted = 0;
        let sum = ranges.into_iter().map(|(from, to)| {
            let new = to.saturating_sub(from.max(counted));
            counted = counted.max(to);
            new
        });
        Ok(sum.sum())
    }
}

/// The text at an offset of a string table; empty if there is none, and cut if it has no end.
pub(super) fn text_at(names: &[u8], at: u32) -> &[u8] {
    let rest = usize::try_from(at).ok().and_then(|at| names.get(at..)).unwrap_or_default();
    let rest = rest.get(..LONGEST_NAME).unwrap_or(rest);
    rest.split(|&byte| byte == 0).next().unwrap_or_default()
}
