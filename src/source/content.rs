//! The content of one file: exactly its bytes, with holes filled in, and its identity.

use std::io::{self, Read};

use twox_hash::XxHash3_128;

/// Reads exactly `left` bytes; an earlier end is an error.
pub(super) struct ExactReader<R> {
    inner: R,
    left: u64,
}

impl<R: Read> ExactReader<R> {
    pub(super) fn new(inner: R, len: u64) -> Self {
        Self { inner, left: len }
    }
}

impl<R: Read> Read for ExactReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        match self.inner.read(&mut buffer[..want])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

/// Reads a sparse file as an application sees it. The map was validated when the layer was read.
pub(super) struct Holes<R> {
    inner: R,
    map: Box<[(u64, u64)]>,
    /// The part of the map at or after the position.
    part: usize,
    at: u64,
    size: u64,
}

impl<R: Read> Holes<R> {
    pub(super) fn new(inner: R, map: &[(u64, u64)], size: u64) -> Self {
        Self { inner, map: map.into(), part: 0, at: 0, size }
    }

    /// From an offset in the file on; `inner` must supply what is stored after [`stored_before`] that offset.
    pub(super) fn from(inner: R, map: &[(u64, u64)], size: u64, at: u64) -> Self {
        Self { at: at.min(size), ..Self::new(inner, map, size) }
    }
}

/// How many bytes of a sparse file are stored before an offset in it.
pub(super) fn stored_before(map: &[(u64, u64)], at: u64) -> u64 {
    map.iter().fold(0, |sum, &(offset, len)| sum.saturating_add(len.min(at.saturating_sub(offset))))
}

impl<R: Read> Read for Holes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ends = |(offset, len): (u64, u64)| offset.saturating_add(len);
        while self.map.get(self.part).is_some_and(|&part| ends(part) <= self.at) {
            self.part += 1;
        }
        let next = self.map.get(self.part).copied();
        let (until, is_hole) = match next {
            Some((offset, _)) if offset > self.at => (offset, true),
            Some(part) => (ends(part), false),
            None => (self.size, true),
        };
        let left = until.min(self.size).saturating_sub(self.at);
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        let count = if is_hole {
            buffer[..want].fill(0);
            want
        } else {
            self.inner.read(&mut buffer[..want])?
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += count as u64;
        Ok(count)
    }
}

/// The identity of a file's stored bytes: their xxh3, followed by the map of a sparse file.
#[derive(Default)]
pub(super) struct Identity {
    /// Created only for content that does not come in one piece: most does, and is hashed faster that way.
    state: Option<twox_hash::xxhash3_128::Hasher>,
    only: Option<u128>,
}

impl Identity {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.state.get_or_insert_default().write(bytes);
    }

    /// All bytes at once.
    pub(super) fn add_whole(&mut self, bytes: &[u8]) {
        self.only = Some(XxHash3_128::oneshot(bytes));
    }

    pub(super) fn finish(mut self, map: Option<&[(u64, u64)]>) -> u128 {
        if let (Some(only), None) = (self.only, map) {
            return only;
        }
        for &(offset, len) in map.unwrap_or_default() {
            self.add(&offset.to_le_bytes());
            self.add(&len.to_le_bytes());
        }
        self.state.map_or_else(|| XxHash3_128::oneshot(b""), |state| state.finish_128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_zeros() {
        let mut bytes = Vec::new();
        let mut holes = Holes::new(&b"abcde"[..], &[(0, 2), (4, 0), (5, 3), (10, 0)], 10);
        holes.read_to_end(&mut bytes).expect("whole");
        assert_eq!(bytes, b"ab\0\0\0cde\0\0");
        let mut holes = Holes::new(&b"abc"[..], &[(0, 2), (5, 3)], 10);
        assert!(holes.read_to_end(&mut Vec::new()).is_err(), "the stored bytes end early");
        let mut only_hole = Vec::new();
        Holes::new(io::empty(), &[], 3).read_to_end(&mut only_hole).expect("whole");
        assert_eq!(only_hole, [0; 3]);
    }

    #[test]
    fn a_sparse_file_can_be_read_from_any_place() {
        let (stored, map) = (b"abcde", [(0, 2), (4, 0), (5, 3), (10, 0)]);
        for at in 0..=10 {
            let before = usize::try_from(stored_before(&map, at)).expect("small");
            let mut bytes = Vec::new();
            Holes::from(&stored[before..], &map, 10, at).read_to_end(&mut bytes).expect("whole");
            assert_eq!(bytes, b"ab\0\0\0cde\0\0"[usize::try_from(at).expect("small")..], "{at}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_bytes_however_they_come() {
        let mut pieces = Identity::default();
        pieces.add(b"ab");
        pieces.add(b"c");
        let mut whole = Identity::default();
        whole.add_whole(b"abc");
        let known = whole.finish(None);
        assert_eq!(pieces.finish(None), known);
        let mut sparse = Identity::default();
        sparse.add(b"abc");
        assert_ne!(sparse.finish(Some(&[(1, 3)])), known);
    }

    #[test]
    fn a_file_that_ends_early_is_an_error() {
        let mut bytes = Vec::new();
        assert!(ExactReader::new(&b"abc"[..], 4).read_to_end(&mut bytes).is_err());
        assert_eq!(ExactReader::new(&b"abc"[..], 2).read_to_end(&mut Vec::new()).expect("bounded"), 2);
    }
}
