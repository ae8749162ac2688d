//! The walk from header to header.

use std::io;

use crate::image::EntryKind;

use super::bound::bound;
use super::doubt::{Doubt, Doubts};
use super::fault::TarError;
use super::header::{BLOCK, Block, Dialect, TarHeader, until_nul};
use super::input::TarInput;
use super::member::{Member, is_header_only};
use super::pax::{Pax, keys};
use super::sparse::{self, PaxFormat};

/// The limit on a header that only describes the next one; Go has the same limit.
pub(super) const SPECIAL_LIMIT: usize = 1 << 20;

/// Whether engines refuse a tar for records that apply to no entry: they are parsed, but their values are not read.
fn is_refused(records: Doubts) -> bool {
    [Doubt::PaxRecord, Doubt::PaxNul, Doubt::SparseOrder].into_iter().any(|doubt| records.has(doubt))
}

/// The member in which eStargz layers keep a table of their contents; some builders write it after the tar's end.
const STARGZ_CONTENTS: &[u8; 18] = b"stargz.index.json\0";

/// What follows a tar's end-of-archive marker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct AfterEnd {
    /// Bytes from the first on that is not zero.
    pub(in crate::source) bytes: u64,
    /// Whether they begin like an eStargz table of contents.
    pub(in crate::source) is_stargz_contents: bool,
}

/// Who wants to see content as it passes by.
type Sink<'a> = dyn FnMut(&[u8]) + 'a;

/// Goes through a tar once.
#[derive(Debug)]
pub(in crate::source) struct Walker<I> {
    input: I,
    /// Bytes of the current entry's content that are still ahead, and of its padding.
    content: u64,
    padding: u64,
    ended: bool,
    end_marker: bool,
    global_headers: usize,
    malformed_globals: usize,
    /// Whether the keys of extended headers are kept.
    with_keys: bool,
}

/// What the headers before an entry's own say about it.
#[derive(Default)]
struct PendingHeaders {
    pax: Option<Pax>,
    keys: Vec<Vec<u8>>,
    name: Vec<u8>,
    link: Vec<u8>,
    malformed: bool,
    is_some: bool,
}

impl<I: TarInput> Walker<I> {
    pub(in crate::source) fn new(input: I) -> Self {
        Self {
            input,
            content: 0,
            padding: 0,
            ended: false,
            end_marker: false,
            global_headers: 0,
            malformed_globals: 0,
            with_keys: false,
        }
    }

    /// The same, but members have the keys of their extended headers.
    pub(in crate::source) fn with_keys(mut self) -> Self {
        self.with_keys = true;
        self
    }

    /// Where the bytes come from.
    pub(in crate::source) fn input_mut(&mut self) -> &mut I {
        &mut self.input
    }

    /// How many global extended headers there were.
    pub(in crate::source) fn global_headers(&self) -> usize {
        self.global_headers
    }

    /// How many of them hold malformed records.
    pub(in crate::source) fn malformed_globals(&self) -> usize {
        self.malformed_globals
    }

    /// Whether a block of zeros marked the end. One is enough, as for Go.
    pub(in crate::source) fn has_end_marker(&self) -> bool {
        self.end_marker
    }

    /// Reads what follows the end of the archive. Zeros are padding. `go_on` is called with the position now and
    /// then, and may end it.
    pub(in crate::source) fn rest(&mut self, go_on: &dyn Fn(u64) -> io::Result<()>) -> io::Result<AfterEnd> {
        loop {
            go_on(self.input.position())?;
            let at_hand = self.input.fill()?;
            if at_hand.is_empty() {
                return Ok(AfterEnd::default());
            }
            // In pieces that the compiler makes wide instructions of.
            let zeros = at_hand.chunks(64).take_while(|piece| piece.iter().fold(0, |all, byte| all | byte) == 0);
            let zeros = zeros.map(<[u8]>::len).sum::<usize>();
            let first = at_hand[zeros..].iter().position(|&byte| byte != 0);
            self.input.consume(zeros + first.unwrap_or(0));
            if first.is_some() {
                let mut name = [0; STARGZ_CONTENTS.len()];
                let bytes = self.input.read_full(&mut name)? as u64 + self.input.skip(u64::MAX)?;
                return Ok(AfterEnd { bytes, is_stargz_contents: name == *STARGZ_CONTENTS });
            }
        }
    }

    /// Bytes that were consumed.
    pub(in crate::source) fn position(&self) -> u64 {
        self.input.position()
    }

    /// Fills in the next entry; `false` at the end of the archive. Content that was not read is skipped.
    pub(in crate::source) fn next(&mut self, member: &mut Member) -> Result<bool, TarError> {
        let mut pending = PendingHeaders::default();
        let mut block: Block = [0; BLOCK];
        loop {
            if let (_, Some(fault)) = self.content(None) {
                return Err(fault);
            }
            // As in Go, an archive may end inside the padding of its last entry.
            self.input.skip(std::mem::take(&mut self.padding))?;
            let at = self.input.position();
            let Some(header) = self.header(&mut block, at)? else {
                if pending.is_some && !self.end_marker {
                    // A header that speaks of the next one promises one.
                    return Err(TarError::Truncated { at });
                }
                if pending.malformed || pending.pax.is_some_and(|pax| is_refused(pax.doubts)) {
                    let why = "a malformed header without the entry that it describes".to_owned();
                    return Err(TarError::Broken { at, why });
                }
                return Ok(false);
            };
            let is_special = matches!(header.flag(), b'x' | b'L' | b'K');
            pending.is_some |= is_special;
            pending.malformed |= is_special && header.is_malformed();
            match header.flag() {
                // Only the last of several counts, as a whole.
                b'x' => {
                    let text = self.special(header, at)?;
                    if self.with_keys {
                        pending.keys = keys(&text);
                    }
                    let pax = Pax::parse(&text);
                    pending.malformed |= pending.pax.replace(pax).is_some_and(|earlier| is_refused(earlier.doubts));
                }
                b'g' => {
                    // Global records are applied by no engine.
                    self.global_headers += 1;
                    self.expect_content(header, at)?;
                    let mut is_malformed = header.is_malformed()
                        || self.content > SPECIAL_LIMIT as u64
                        || pending.malformed
                        || pending.pax.is_some_and(|earlier| is_refused(earlier.doubts));
                    if !is_malformed {
                        is_malformed = is_refused(Pax::parse(&self.special(header, at)?).doubts);
                    }
                    self.malformed_globals += usize::from(is_malformed);
                    pending = PendingHeaders::default();
                }
                b'L' => pending.name = until_nul(&self.special(header, at)?).to_vec(),
                b'K' => pending.link = until_nul(&self.special(header, at)?).to_vec(),
                _ => {
                    self.entry(header, at, pending, member)?;
                    bound(member);
                    return Ok(true);
                }
            }
        }
    }

    /// Shows the rest of the current entry's content, or skips it; returns how many bytes there were.
    pub(in crate::source) fn content(&mut self, mut sink: Option<&mut Sink<'_>>) -> (u64, Option<TarError>) {
        let expected = std::mem::take(&mut self.content);
        let mut done = 0;
        while done < expected {
            let left = expected - done;
            let step = match &mut sink {
                None => self.input.skip(left),
                Some(sink) => self.input.fill().map(|at_hand| {
                    let step = usize::try_from(left).unwrap_or(usize::MAX).min(at_hand.len());
                    sink(&at_hand[..step]);
                    step as u64
                }),
            };
            match step {
                Err(error) => return (done, Some(TarError::Read(error))),
                Ok(0) => {
                    self.ended = true;
                    return (done, Some(TarError::Truncated { at: self.input.position() }));
                }
                Ok(step) => {
                    if sink.is_some() {
                        self.input.consume(usize::try_from(step).unwrap_or(usize::MAX));
                    }
                    done += step;
                }
            }
        }
        (done, None)
    }

    /// Reads a header; none at the end of the archive: two blocks of zeros, or one, or no more bytes.
    fn header<'b>(&mut self, block: &'b mut Block, at: u64) -> Result<Option<TarHeader<'b>>, TarError> {
        if self.ended {
            return Ok(None);
        }
        let mut zeros = 0;
        loop {
            match read_block(&mut self.input, block)? {
                BLOCK => {}
                // Nothing, or a part of a marker, which is empty too.
                count if block[..count].iter().all(|&byte| byte == 0) => {
                    self.end_marker = zeros > 0;
                    return Ok(self.end());
                }
                _ => return Err(TarError::Truncated { at: self.input.position() }),
            }
            if block.iter().any(|&byte| byte != 0) {
                break;
            }
            zeros += 1;
            if zeros == 2 {
                self.end_marker = true;
                return Ok(self.end());
            }
        }
        if zeros == 1 {
            return Err(TarError::Broken { at, why: "a single block of zeros in the middle".to_owned() });
        }
        let broken = || TarError::Broken { at, why: "there is no header where one is expected".to_owned() };
        TarHeader::new(block).ok_or_else(broken).map(Some)
    }

    fn end<T>(&mut self) -> Option<T> {
        self.ended = true;
        None
    }

    /// Sets the distance to the next header, from a size field.
    fn expect(&mut self, size: u64, at: u64) -> Result<(), TarError> {
        let block = BLOCK as u64;
        // A size near 2⁶³ must not wrap when the padding is added.
        if size > i64::MAX as u64 - block {
            return Err(TarError::Broken { at, why: "an impossible size".to_owned() });
        }
        self.content = size;
        self.padding = size.next_multiple_of(block) - size;
        Ok(())
    }

    fn expect_content(&mut self, header: TarHeader<'_>, at: u64) -> Result<(), TarError> {
        let size = header.size().and_then(|size| u64::try_from(size).ok());
        let size = size.ok_or_else(|| TarError::Broken { at, why: "a malformed size".to_owned() })?;
        self.expect(size, at)
    }

    /// Reads the whole content of a header that speaks of the next one.
    fn special(&mut self, header: TarHeader<'_>, at: u64) -> Result<Vec<u8>, TarError> {
        self.expect_content(header, at)?;
        if self.content > SPECIAL_LIMIT as u64 {
            return Err(TarError::Broken { at, why: "a long name or extended header of more than 1 MiB".to_owned() });
        }
        let mut text = Vec::new();
        match self.content(Some(&mut |bytes| text.extend_from_slice(bytes))) {
            (_, None) => Ok(text),
            (_, Some(fault)) => Err(fault),
        }
    }

    fn entry(
        &mut self,
        header: TarHeader<'_>,
        at: u64,
        pending: PendingHeaders,
        member: &mut Member,
    ) -> Result<(), TarError> {
        member.fill(header);
        if pending.malformed {
            member.doubts.add(Doubt::Special);
        }
        let mut pax = pending.pax.unwrap_or_default();
        let records = std::mem::take(&mut pax.sparse);
        let pax_size = pax.size;
        member.extend(pax);
        member.pax_keys = pending.keys;
        if !pending.name.is_empty() {
            member.name = pending.name;
        }
        if !pending.link.is_empty() {
            member.link = pending.link;
        }
        // Before there was a type for directories, a slash marked them.
        if header.flag() == 0 && member.name.ends_with(b"/") {
            member.kind = EntryKind::Dir;
        }
        let own_size = header.size();
        if is_header_only(member.kind) {
            // Without a type it was a file until its name was read.
            if own_size.is_none_or(|size| size < 0 && header.flag() == 0) {
                member.doubts.add(Doubt::Size);
            }
            if pax_size == Some(Err(())) {
                member.doubts.add(Doubt::PaxSize);
            }
            if sparse::pax_format(&records) != PaxFormat::No {
                member.doubts.add(Doubt::SparseKind);
            }
            (member.size, member.stored, member.data_offset) = (0, 0, self.input.position());
            return Ok(());
        }
        match pax_size {
            None => self.expect_content(header, at)?,
            Some(size) => {
                let size = size.ok().and_then(|size| u64::try_from(size).ok());
                let why = || TarError::Broken { at, why: "a malformed size in its extended header".to_owned() };
                self.expect(size.ok_or_else(why)?, at)?;
                if own_size.is_none_or(|size| size < 0) {
                    member.doubts.add(Doubt::Size);
                }
            }
        }
        (member.size, member.stored) = (self.content, self.content);
        if header.flag() == b'S' {
            // Sparse files of other dialects look different, and no engine reads them.
            let is_gnu = header.dialect() == Dialect::Gnu;
            let map = if is_gnu { sparse::old_gnu(header, &mut self.input)? } else { None };
            let size = header.sparse_size().and_then(|size| u64::try_from(size).ok());
            apply_sparse_map(member, map, size, self.content);
        } else {
            self.pax_sparse(&records, member)?;
        }
        member.data_offset = self.input.position();
        Ok(())
    }

    fn pax_sparse(&mut self, records: &super::pax::PaxSparse, member: &mut Member) -> Result<(), TarError> {
        let format = sparse::pax_format(records);
        if format == PaxFormat::No {
            return Ok(());
        }
        if !records.name.is_empty() {
            member.name.clone_from(&records.name);
        }
        let size = super::pax::integer(&records.size).and_then(|size| u64::try_from(size).ok());
        let map = if format == PaxFormat::InHeader {
            sparse::in_header(&records.map)
        } else {
            let (map, taken) = sparse::in_content(&mut self.input, self.content)?;
            self.content -= taken;
            map
        };
        let size = if records.size.is_empty() { Some(member.size) } else { size };
        apply_sparse_map(member, map, size, self.content);
        let pieces = member.sparse.as_ref().map(|map| map.len());
        if format == PaxFormat::InHeader && pieces.is_some() && pieces != sparse::promised(records) {
            member.doubts.add(Doubt::SparseCount);
        }
        Ok(())
    }
}

/// Makes an entry sparse, if its map can be one; else it is the bytes that are stored.
fn apply_sparse_map(member: &mut Member, map: Option<sparse::Map>, size: Option<u64>, stored: u64) {
    member.stored = stored;
    member.size = stored;
    match map.zip(size).filter(|(map, size)| sparse::is_sound(map, *size, stored)) {
        Some((map, size)) => {
            if sparse::mapped(&map) < stored {
                member.doubts.add(Doubt::SparseRest);
            }
            member.size = size;
            member.sparse = Some(map.into_boxed_slice());
        }
        None => member.doubts.add(Doubt::SparseMap),
    }
}

/// Reads one block; fewer bytes only at the end.
pub(super) fn read_block<I: TarInput>(input: &mut I, block: &mut Block) -> Result<usize, TarError> {
    Ok(input.read_full(block)?)
}
