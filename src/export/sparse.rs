//! The stored parts of a sparse file, in whole blocks: GNU tar reads each part from a block of its own, others read them
//! one after the other, and only where parts are whole blocks both see the same.

use std::io::{self, Read};

const BLOCK: u64 = super::member::BLOCK as u64;

/// The parts, made so large that all but the last are whole blocks; those that touch are one.
pub(super) fn aligned(map: &[(u64, u64)], size: u64) -> Vec<(u64, u64)> {
    let mut regions: Vec<(u64, u64)> = Vec::new();
    for &(offset, len) in map.iter().filter(|(_, len)| *len > 0) {
        let begin = offset / BLOCK * BLOCK;
        let end = offset.saturating_add(len).checked_next_multiple_of(BLOCK).unwrap_or(size).min(size);
        match regions.last_mut() {
            Some((last, len)) if begin <= *last + *len => *len = (*len).max(end.saturating_sub(*last)),
            _ => regions.push((begin, end.saturating_sub(begin))),
        }
    }
    regions
}

/// How many bytes they have.
pub(super) fn len(regions: &[(u64, u64)]) -> u64 {
    regions.iter().fold(0, |sum, (_, len)| sum.saturating_add(*len))
}

/// Reads the regions from what is stored of the parts, with zeros where no part is. An earlier end is an error.
pub(super) struct Filled<'a, R> {
    stored: R,
    parts: &'a [(u64, u64)],
    regions: &'a [(u64, u64)],
    /// The position in the file.
    at: u64,
}

impl<'a, R: Read> Filled<'a, R> {
    pub(super) fn new(stored: R, parts: &'a [(u64, u64)], regions: &'a [(u64, u64)]) -> Self {
        Self { stored, parts, regions, at: regions.first().map_or(0, |(begin, _)| *begin) }
    }
}

impl<R: Read> Read for Filled<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some((begin, len)) = self.regions.first().filter(|(begin, len)| self.at >= begin + len) {
            debug_assert!(self.at == begin + len, "a region is read to its end and no further");
            self.regions = &self.regions[1..];
            self.at = self.regions.first().map_or(self.at, |(begin, _)| *begin);
        }
        let Some(&(begin, len)) = self.regions.first() else { return Ok(0) };
        while self.parts.first().is_some_and(|(offset, len)| self.at >= offset + len) {
            self.parts = &self.parts[1..];
        }
        let region_ends = begin + len;
        let (is_stored, until) = match self.parts.first() {
            Some((offset, len)) if *offset <= self.at => (true, (offset + len).min(region_ends)),
            Some((offset, _)) => (false, (*offset).min(region_ends)),
            None => (false, region_ends),
        };
        let want = usize::try_from(until - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let count = if is_stored {
            self.stored.read(&mut buffer[..want])?
        } else {
            buffer[..want].fill(0);
            want
        };
        if count == 0 && want > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_whole_blocks_and_keep_their_bytes() {
        let map = [(0, 0), (3, 4), (600, 500), (1_100, 2), (5_000, 9), (9_998, 2)];
        let regions = aligned(&map, 10_000);
        assert_eq!(regions, [(0, 1_536), (4_608, 512), (9_728, 272)]);
        assert_eq!(len(&regions), 2_320);
        let stored: Vec<u8> = (0..517_u32).map(|at| u8::try_from(at % 255 + 1).expect("a byte")).collect();
        let mut file = vec![0; 10_000];
        let mut at = 0;
        for (offset, len) in map {
            let (offset, len) = (usize::try_from(offset).expect("small"), usize::try_from(len).expect("small"));
            file[offset..offset + len].copy_from_slice(&stored[at..at + len]);
            at += len;
        }
        let mut filled = Vec::new();
        Filled::new(&stored[..], &map, &regions).read_to_end(&mut filled).expect("memory");
        let expected: Vec<u8> = regions
            .iter()
            .flat_map(|&(offset, len)| {
                let offset = usize::try_from(offset).expect("small");
                file[offset..offset + usize::try_from(len).expect("small")].to_vec()
            })
            .collect();
        assert!(filled == expected);
        assert!(aligned(&[(u64::MAX - 3, 2)], u64::MAX).len() == 1, "nothing overflows");
    }
}
