//! The maps of sparse files: which parts of the file are stored, in the four shapes that GNU tar has written them.

use super::fault::TarError;
use super::header::{BLOCK, Block, TarHeader, number};
use super::input::TarInput;
use super::pax::{PaxSparse, integer};
use super::walker::{SPECIAL_LIMIT, read_block};

/// Offset and length of the stored parts, in the file.
pub(super) type Map = Vec<(u64, u64)>;

/// Reads the map of an old GNU sparse file (type `S`): four pieces in the header, 21 in each block after it. `None` if
/// a number is malformed.
pub(super) fn old_gnu<I: TarInput>(header: TarHeader<'_>, input: &mut I) -> Result<Option<Map>, TarError> {
    let mut map = Some(Map::new());
    let (pieces, mut more) = header.sparse_pieces();
    take_pieces(pieces, &mut map);
    let mut bytes = pieces.len() + 1;
    while more {
        let mut block: Block = [0; BLOCK];
        let at = input.position();
        if read_block(input, &mut block)? < BLOCK {
            return Err(TarError::Truncated { at: input.position() });
        }
        bytes += BLOCK;
        if bytes >= SPECIAL_LIMIT {
            return Err(TarError::Broken { at, why: "a sparse map of more than 1 MiB".to_owned() });
        }
        more = block[504] != 0;
        take_pieces(&block[..504], &mut map);
    }
    Ok(map)
}

/// Takes the pieces of one block: they end at the first without an offset, and those of the next block count again.
fn take_pieces(pieces: &[u8], map: &mut Option<Map>) {
    for piece in pieces.chunks_exact(24).take_while(|piece| piece[0] != 0) {
        match (number(&piece[..12]).map(u64::try_from), number(&piece[12..]).map(u64::try_from)) {
            (Some(Ok(offset)), Some(Ok(length))) => {
                if let Some(map) = map {
                    map.push((offset, length));
                }
            }
            _ => *map = None,
        }
    }
}

/// How a PAX header marks its file as sparse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaxFormat {
    /// It does not.
    No,
    /// 0.0 and 0.1: the map is in the header.
    InHeader,
    /// 1.0: the map is before the content.
    InContent,
}

pub(super) fn pax_format(records: &PaxSparse) -> PaxFormat {
    match (records.major.as_slice(), records.minor.as_slice()) {
        (b"0", b"0" | b"1") => PaxFormat::InHeader,
        (b"1", b"0") => PaxFormat::InContent,
        (b"", b"") if !records.map.is_empty() => PaxFormat::InHeader,
        _ => PaxFormat::No,
    }
}

/// `offset,length,offset,length…`
pub(super) fn in_header(text: &[u8]) -> Option<Map> {
    let mut map = Map::new();
    let mut numbers = text.split(|&byte| byte == b',');
    while let Some(offset) = numbers.next() {
        if offset.is_empty() && map.is_empty() && numbers.next().is_none() {
            return Some(map);
        }
        map.push((unsigned(offset)?, unsigned(numbers.next()?)?));
    }
    Some(map)
}

/// Reads a map of format 1.0: lines with the number of pieces and then each offset and length, padded to a block.
/// Returns how many bytes of the content it took.
pub(super) fn in_content<I: TarInput>(input: &mut I, content: u64) -> Result<(Option<Map>, u64), TarError> {
    let mut lines = Lines { input, block: [0; BLOCK], at: BLOCK, taken: 0, content, digits: Vec::new() };
    let map = lines.map()?;
    Ok((map, lines.taken))
}

struct Lines<'a, I> {
    input: &'a mut I,
    block: Block,
    at: usize,
    taken: u64,
    content: u64,
    digits: Vec<u8>,
}

impl<I: TarInput> Lines<'_, I> {
    fn map(&mut self) -> Result<Option<Map>, TarError> {
        let mut map = Map::new();
        let Some(pieces) = self.number()? else { return Ok(None) };
        // The count is not trusted: the lines end with the content at the latest.
        for _ in 0..pieces {
            let (Some(offset), Some(length)) = (self.number()?, self.number()?) else { return Ok(None) };
            map.push((offset, length));
        }
        Ok(Some(map))
    }

    fn number(&mut self) -> Result<Option<u64>, TarError> {
        self.digits.clear();
        loop {
            if self.at == BLOCK && !self.next_block()? {
                return Ok(None);
            }
            let byte = self.block[self.at];
            self.at += 1;
            match byte {
                b'\n' => return Ok(unsigned(&self.digits)),
                _ => self.digits.push(byte),
            }
        }
    }

    fn next_block(&mut self) -> Result<bool, TarError> {
        let block = BLOCK as u64;
        if self.taken + block > self.content.min(SPECIAL_LIMIT as u64) {
            return Ok(false);
        }
        if read_block(self.input, &mut self.block)? < BLOCK {
            return Err(TarError::Truncated { at: self.input.position() });
        }
        self.taken += block;
        self.at = 0;
        Ok(true)
    }
}

fn unsigned(text: &[u8]) -> Option<u64> {
    integer(text).and_then(|number| u64::try_from(number).ok())
}

/// How many pieces a header of format 0.0 or 0.1 promises.
pub(super) fn promised(records: &PaxSparse) -> Option<usize> {
    integer(&records.count).and_then(|count| usize::try_from(count).ok())
}

/// The bytes that a sound map has a place for.
pub(super) fn mapped(map: &[(u64, u64)]) -> u64 {
    map.iter().map(|&(_, length)| length).sum()
}

/// Whether a map ascends, stays inside the file, and maps no more than is stored.
pub(super) fn is_sound(map: &[(u64, u64)], size: u64, stored: u64) -> bool {
    let mut end = 0;
    let mut mapped = 0_u64;
    for &(offset, length) in map {
        let Some(next) = offset.checked_add(length) else { return false };
        if offset < end || next > size {
            return false;
        }
        end = next;
        mapped += length;
    }
    mapped <= stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_must_ascend_and_fit() {
        assert!(is_sound(&[(0, 10), (20, 5), (100, 0)], 100, 15));
        assert!(!is_sound(&[(0, 10), (5, 5)], 100, 15), "overlaps");
        assert!(!is_sound(&[(90, 11)], 100, 11), "leaves the file");
        assert!(!is_sound(&[(0, 10)], 100, 9), "maps more than is stored");
        assert!(!is_sound(&[(u64::MAX, 2)], u64::MAX, 2), "overflows");
    }

    #[test]
    fn a_map_in_the_header_is_pairs() {
        assert_eq!(in_header(b"0,10,20,5"), Some(vec![(0, 10), (20, 5)]));
        assert_eq!(in_header(b""), Some(vec![]));
        assert_eq!(in_header(b"0"), None);
        assert_eq!(in_header(b"0,x"), None);
        assert_eq!(in_header(b"-1,1"), None);
    }
}
