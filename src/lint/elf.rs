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

use crate::image::magic::ELF;
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

/// How a file encodes its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElfEncoding {
    wide: bool,
    big: bool,
}

impl ElfEncoding {
    fn bytes<const N: usize>(self, bytes: &[u8], at: usize) -> Option<[u8; N]> {
        let mut number: [u8; N] = bytes.get(at..at.checked_add(N)?)?.try_into().ok()?;
        if self.big {
            number.reverse();
        }
        Some(number)
    }

    pub(super) fn half(self, bytes: &[u8], at: usize) -> Option<u16> {
        self.bytes(bytes, at).map(u16::from_le_bytes)
    }

    pub(super) fn word(self, bytes: &[u8], at: usize) -> Option<u32> {
        self.bytes(bytes, at).map(u32::from_le_bytes)
    }

    /// An offset or a size, which have other positions in the narrow form.
    fn long(self, bytes: &[u8], narrow: usize, wide: usize) -> Option<u64> {
        if self.wide {
            self.bytes(bytes, wide).map(u64::from_le_bytes)
        } else {
            self.word(bytes, narrow).map(u64::from)
        }
    }

    fn pick(self, narrow: usize, wide: usize) -> usize {
        if self.wide { wide } else { narrow }
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElfHeader {
    pub(super) form: ElfEncoding,
    /// `ET_EXEC`, `ET_DYN`, …
    sort: u16,
    pub(super) machine: u16,
    segments_at: u64,
    segments: usize,
    sections_at: u64,
    sections: usize,
    names_in: usize,
}

impl ElfHeader {
    fn read(bytes: &[u8]) -> Option<Self> {
        let form = match bytes.strip_prefix(ELF)? {
            [class @ (1 | 2), order @ (1 | 2), ..] => ElfEncoding { wide: *class == 2, big: *order == 2 },
            _ => return None,
        };
        let half = |narrow, wide| form.half(bytes, form.pick(narrow, wide));
        let entry = half(46, 58)?;
        let sections = if usize::from(entry) == form.pick(40, 64) { usize::from(half(48, 60)?) } else { 0 };
        let segment = half(42, 54)?;
        let segments = if usize::from(segment) == form.pick(32, 56) { usize::from(half(44, 56)?) } else { 0 };
        Some(Self {
            form,
            segments_at: form.long(bytes, 28, 32)?,
            segments: segments.min(MOST_SEGMENTS),
            sort: half(16, 16)?,
            machine: half(18, 18)?,
            sections_at: form.long(bytes, 32, 40)?,
            sections: sections.min(MOST_SECTIONS),
            names_in: usize::from(half(50, 62)?),
        })
    }

    /// Whether it runs or is loaded by what runs: not an object file, not a core dump.
    pub(super) fn is_linked(&self) -> bool {
        matches!(self.sort, 2 | 3)
    }
}

/// A part of a file, with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElfSection {
    name: u32,
    /// `SHT_PROGBITS`, `SHT_NOBITS`, …
    pub(super) sort: u32,
    pub(super) at: u64,
    pub(super) size: u64,
    /// A related section, usually the names it refers to.
    pub(super) link: u32,
}

/// A part of a file that is loaded, or describes how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// `PT_LOAD`, `PT_INTERP`, …
    pub(super) sort: u32,
    pub(super) at: u64,
    pub(super) size: u64,
}

impl Segment {
    fn read(form: ElfEncoding, bytes: &[u8]) -> Option<Self> {
        Some(Self { sort: form.word(bytes, 0)?, at: form.long(bytes, 4, 8)?, size: form.long(bytes, 16, 32)? })
    }
}

impl ElfSection {
    /// Takes no room in the file.
    const NO_BITS: u32 = 8;

    fn read(form: ElfEncoding, bytes: &[u8]) -> Option<Self> {
        Some(Self {
            name: form.word(bytes, 0)?,
            sort: form.word(bytes, 4)?,
            at: form.long(bytes, 16, 24)?,
            size: form.long(bytes, 20, 32)?,
            link: form.word(bytes, form.pick(24, 40))?,
        })
    }
}

/// An ELF file that is read only where necessary.
pub(super) struct Elf<'a> {
    contents: &'a dyn Contents,
    version: VersionRef<'a>,
    size: u64,
    /// What was read last, and its offset.
    held: (u64, Vec<u8>),
    pub(super) header: ElfHeader,
}

impl<'a> Elf<'a> {
    /// Opens a file; `None` if it is not an ELF file.
    pub(super) fn open(contents: &'a dyn Contents, version: VersionRef<'a>) -> Result<Option<Self>, ReadError> {
        let Some(entry) = version.entry() else { return Ok(None) };
        let mut head = Vec::new();
        let reader = contents.open(version.layer(), entry)?;
        let layer = version.layer();
        reader.take(HEADER as u64).read_to_end(&mut head).map_err(|source| ReadError::Io { layer, source })?;
        let Some(header) = ElfHeader::read(&head) else { return Ok(None) };
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

    /// The table of segments, as far as it is inside the file.
    pub(super) fn segments(&mut self) -> Result<Vec<Segment>, ReadError> {
        let ElfHeader { form, segments_at, segments, .. } = self.header;
        let entry = form.pick(32, 56);
        let table = self.part(segments_at, segments * entry)?;
        Ok(table.chunks_exact(entry).map_while(|bytes| Segment::read(form, bytes)).collect())
    }

    /// The table of sections, as far as it is inside the file.
    pub(super) fn sections(&mut self) -> Result<Vec<ElfSection>, ReadError> {
        let ElfHeader { form, sections_at, sections, .. } = self.header;
        let entry = form.pick(40, 64);
        let table = self.part_after(sections_at, sections * entry, BEFORE)?;
        Ok(table.chunks_exact(entry).map_while(|bytes| ElfSection::read(form, bytes)).collect())
    }

    /// Bytes of the sections whose name matches, each byte of the file counted once.
    pub(super) fn bytes_of(&mut self, is_one: impl Fn(&[u8]) -> bool) -> Result<u64, ReadError> {
        let sections = self.sections()?;
        let Some(&ElfSection { at, size: len, .. }) = sections.get(self.header.names_in) else { return Ok(0) };
        let Some(len) = usize::try_from(len).ok().filter(|_| len <= MOST_NAMES) else { return Ok(0) };
        let size = self.size;
        let names = self.part(at, len)?;
        let is_wanted =
            |section: &&ElfSection| section.sort != ElfSection::NO_BITS && is_one(text_at(names, section.name));
        let mut ranges: Vec<(u64, u64)> = sections
            .iter()
            .filter(is_wanted)
            .map(|section| (section.at.min(size), section.at.saturating_add(section.size).min(size)))
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
