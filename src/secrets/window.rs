//! A long content, seen through a window that moves over it, so that it is never in memory as a whole.

use std::io::{self, Read};
use std::ops::Range;

/// Bytes in memory at a time.
const WINDOW: usize = 512 << 10;

/// Shows a content piece by piece: some bytes, and the range of them in which what begins was not shown before. After
/// the range there are `ahead` more bytes, unless the content ends; before it, `behind`, unless it begins. Continues as
/// long as `show` returns true. `size` is how long the content is expected to be: most are short and are then read in
/// one call.
pub(super) fn each(
    mut content: impl Read,
    size: u64,
    behind: usize,
    ahead: usize,
    mut show: impl FnMut(&[u8], Range<usize>) -> bool,
) -> io::Result<()> {
    let expected = usize::try_from(size).map_or(WINDOW, |size| size.min(WINDOW));
    // `read_to_end` reads pieces of 32 bytes where there is no room for more.
    let mut window = Vec::with_capacity(expected.max(32));
    let mut from = 0;
    loop {
        let room = WINDOW.saturating_sub(window.len());
        let got = content.by_ref().take(room as u64).read_to_end(&mut window)?;
        let is_last = got < room;
        let to = if is_last { window.len() } else { WINDOW.saturating_sub(ahead) };
        if !show(&window, from..to) || is_last {
            return Ok(());
        }
        let gone = to.saturating_sub(behind);
        window.drain(..gone);
        from = to - gone;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was shown as new, put together.
    fn shown(len: usize) -> Vec<u8> {
        let content: Vec<u8> = (0..len).map(|at| u8::try_from(at * 7 % 251).expect("a byte")).collect();
        let mut new = Vec::new();
        let whole = each(&content[..], len as u64, 100, 1000, |bytes, range| {
            let at = new.len();
            assert_eq!(bytes[..range.start], content[at - at.min(100)..at], "what comes before");
            let behind = (at + range.len() + 1000).min(len) - at - range.len();
            assert!(bytes.len() - range.end >= behind, "enough comes behind");
            assert!(bytes.len() <= WINDOW);
            new.extend_from_slice(&bytes[range]);
            true
        });
        whole.expect("memory");
        assert_eq!(new, content);
        new
    }

    #[test]
    fn every_byte_is_new_once_with_enough_around_it() {
        for len in [0, 1, 999, WINDOW - 1001, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 77] {
            assert_eq!(shown(len).len(), len);
        }
    }
}
