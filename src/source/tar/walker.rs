//! The walk from header to header.

use crate::image::EntryKind;

use super::fault::Fault;
use super::header::{BLOCK, Block, Dialect, Header, until_nul};
use super::input::Input;
use super::member::{Member, is_header_only};
use super::pax::Pax;
use super::sparse::{self, PaxFormat};

/// A header that only says something of the next one may be as long as this; Go has the same limit.
pub(super) const SPECIAL_LIMIT: usize = 1 << 20;

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
}

/// What the headers before an entry's own said of it.
#[derive(Default)]
struct Ahead {
    pax: Option<Pax>,
    name: Vec<u8>,
    link: Vec<u8>,
}

impl Ahead {
    fn is_some(&self) -> bool {
        self.pax.is_some() || !self.name.is_empty() || !self.link.is_empty()
    }
}

impl<I: Input> Walker<I> {
    pub(in crate::source) fn new(input: I) -> Self {
        Self { input, content: 0, padding: 0, ended: false, end_marker: false, global_headers: 0 }
    }

    /// Where the bytes come from.
    pub(in crate::source) fn input_mut(&mut self) -> &mut I {
        &mut self.input
    }

    /// How many global extended headers there were.
    pub(in crate::source) fn global_headers(&self) -> usize {
        self.global_headers
    }

    /// Whether a block of zeros marked the end. One is enough, as for Go.
    pub(in crate::source) fn has_end_marker(&self) -> bool {
        self.end_marker
    }

    /// Bytes behind us.
    pub(in crate::source) fn position(&self) -> u64 {
        self.input.position()
    }

    /// Fills in the next entry; `false` at the end of the archive. Content that nobody took is passed over.
    pub(in crate::source) fn next(&mut self, member: &mut Member) -> Result<bool, Fault> {
        let mut ahead = Ahead::default();
        let mut block: Block = [0; BLOCK];
        loop {
            if let (_, Some(fault)) = self.content(None) {
                return Err(fault);
            }
            // As in Go, an archive may end inside the padding of its last entry.
            self.input.skip(std::mem::take(&mut self.padding))?;
            let at = self.input.position();
            let Some(header) = self.header(&mut block, at)? else {
                // A header that speaks of the next one promises one.
                let is_owed = !self.end_marker && ahead.is_some();
                return if is_owed { Err(Fault::Truncated { at }) } else { Ok(false) };
            };
            match header.flag() {
                // Only the last of several counts, as a whole.
                b'x' => ahead.pax = Some(Pax::parse(&self.special(header, at)?)),
                b'g' => {
                    // Global records are applied by no engine.
                    self.global_headers += 1;
                    self.expect_content(header, at)?;
                    ahead = Ahead::default();
                }
                b'L' => ahead.name = until_nul(&self.special(header, at)?).to_vec(),
                b'K' => ahead.link = until_nul(&self.special(header, at)?).to_vec(),
                _ => return self.entry(header, at, ahead, member).map(|()| true),
            }
        }
    }

    /// Shows the rest of the current entry's content, or passes over it; says how many bytes there were.
    pub(in crate::source) fn content(&mut self, mut sink: Option<&mut Sink<'_>>) -> (u64, Option<Fault>) {
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
                Err(error) => return (done, Some(Fault::Read(error))),
                Ok(0) => {
                    self.ended = true;
                    return (done, Some(Fault::Truncated { at: self.input.position() }));
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
    fn header<'b>(&mut self, block: &'b mut Block, at: u64) -> Result<Option<Header<'b>>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let mut zeros = 0;
        loop {
            match read_block(&mut self.input, block)? {
                0 => {
                    self.end_marker = zeros > 0;
                    return Ok(self.end());
                }
                BLOCK => {}
                _ => return Err(Fault::Truncated { at: self.input.position() }),
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
            return Err(Fault::Broken { at, why: "a single block of zeros in the middle".to_owned() });
        }
        let broken = || Fault::Broken { at, why: "no header where one must be".to_owned() };
        Header::new(block).ok_or_else(broken).map(Some)
    }

    fn end<T>(&mut self) -> Option<T> {
        self.ended = true;
        None
    }

    /// Sets what lies before the next header, from a size field.
    fn expect(&mut self, size: u64, at: u64) -> Result<(), Fault> {
        let block = BLOCK as u64;
        // A size near 2⁶³ must not wrap when the padding is added.
        if size > i64::MAX as u64 - block {
            return Err(Fault::Broken { at, why: "an impossible size".to_owned() });
        }
        self.content = size;
        self.padding = size.next_multiple_of(block) - size;
        Ok(())
    }

    fn expect_content(&mut self, header: Header<'_>, at: u64) -> Result<(), Fault> {
        let size = header.size().and_then(|size| u64::try_from(size).ok());
        let size = size.ok_or_else(|| Fault::Broken { at, why: "a malformed size".to_owned() })?;
        self.expect(size, at)
    }

    /// Reads the whole content of a header that speaks of the next one.
    fn special(&mut self, header: Header<'_>, at: u64) -> Result<Vec<u8>, Fault> {
        self.expect_content(header, at)?;
        if self.content > SPECIAL_LIMIT as u64 {
            return Err(Fault::Broken { at, why: "a long name or extended header of more than 1 MiB".to_owned() });
        }
        let mut text = Vec::new();
        match self.content(Some(&mut |bytes| text.extend_from_slice(bytes))) {
            (_, None) => Ok(text),
            (_, Some(fault)) => Err(fault),
        }
    }

    fn entry(&mut self, header: Header<'_>, at: u64, ahead: Ahead, member: &mut Member) -> Result<(), Fault> {
        member.fill(header);
        let mut pax = ahead.pax.unwrap_or_default();
        let records = std::mem::take(&mut pax.sparse);
        let pax_size = pax.size;
        member.extend(pax);
        if !ahead.name.is_empty() {
            member.name = ahead.name;
        }
        if !ahead.link.is_empty() {
            member.link = ahead.link;
        }
        if member.kind == EntryKind::File && member.name.ends_with(b"/") {
            // Before there was a type for directories, a slash said it.
            let old_habit = header.dialect() == Dialect::V7 && header.flag() == b'0' && header.size() == Some(0);
            if header.flag() == 0 || old_habit {
                member.kind = EntryKind::Dir;
            }
        }
        if is_header_only(member.kind) {
            (member.size, member.stored, member.data_offset) = (0, 0, self.input.position());
            return Ok(());
        }
        match pax_size {
            None => self.expect_content(header, at)?,
            Some(Ok(size)) => self.expect(size, at)?,
            Some(Err(())) => {
                return Err(Fault::Broken { at, why: "a malformed size in its extended header".to_owned() });
            }
        }
        (member.size, member.stored) = (self.content, self.content);
        if header.flag() == b'S' {
            let map = sparse::old_gnu(header, &mut self.input)?;
            let size = header.sparse_size().and_then(|size| u64::try_from(size).ok());
            settle(member, map, size, self.content);
        } else if member.kind == EntryKind::File {
            self.pax_sparse(&records, member)?;
        }
        member.data_offset = self.input.position();
        Ok(())
    }

    fn pax_sparse(&mut self, records: &super::pax::PaxSparse, member: &mut Member) -> Result<(), Fault> {
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
        settle(member, map, size, self.content);
        Ok(())
    }
}

/// Makes an entry sparse, if its map can be one; else it is the bytes that are stored.
fn settle(member: &mut Member, map: Option<sparse::Map>, size: Option<u64>, stored: u64) {
    member.stored = stored;
    member.size = stored;
    match map.zip(size).filter(|(map, size)| sparse::is_sound(map, *size, stored)) {
        Some((map, size)) => {
            member.size = size;
            member.sparse = Some(map.into_boxed_slice());
        }
        None => member.doubts.push("a sparse map that makes no sense: its stored bytes are shown instead".to_owned()),
    }
}

/// Reads one block; fewer bytes only at the end.
pub(super) fn read_block<I: Input>(input: &mut I, block: &mut Block) -> Result<usize, Fault> {
    Ok(input.read_full(block)?)
}
