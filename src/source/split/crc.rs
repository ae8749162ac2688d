//! CRC-64/ISO, as Go computes it (`hash/crc64`): tar-split has one of every file.

/// The reversed polynomial.
const POLYNOMIAL: u64 = 0xD800_0000_0000_0000;

/// Tables for eight bytes at once.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    byte = 0;
    while byte < 256 {
        let mut crc = tables[0][byte];
        let mut table = 1;
        while table < 8 {
            crc = tables[0][(crc & 0xff) as usize] ^ (crc >> 8);
            tables[table][byte] = crc;
            table += 1;
        }
        byte += 1;
    }
    tables
}

/// A checksum of bytes that come in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crc64(u64);

impl Crc64 {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let index = |word: u64, shift: u32| usize::try_from((word >> shift) & 0xff).unwrap_or(0);
        let mut crc = !self.0;
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            let word = crc ^ u64::from_le_bytes(*word);
            crc = (0..8).fold(0, |sum, at| {
                let table: usize = 7 - at;
                sum ^ TABLES[table][index(word, u32::try_from(at * 8).unwrap_or(0))]
            });
        }
        for &byte in rest {
            crc = TABLES[0][index(crc ^ u64::from(byte), 0)] ^ (crc >> 8);
        }
        self.0 = !crc;
    }

    pub(super) fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_one_of_go_however_the_bytes_come() {
        let sum = |text: &str| {
            let mut crc = Crc64::default();
            crc.update(text.as_bytes());
            crc.finish()
        };
        // From Go's own test, hash/crc64/crc64_test.go.
        for (text, iso) in [("", 0), ("a", 0x3420_0000_0000_0000), ("ab", 0x36c4_2000_0000_0000)] {
            assert_eq!(sum(text), iso, "{text}");
        }
        let text: String = ('a'..='z').cycle().take(100).collect();
        let mut pieces = Crc64::default();
        text.as_bytes().chunks(7).for_each(|piece| pieces.update(piece));
        assert_eq!(pieces.finish(), sum(&text));
        let mut single = Crc64::default();
        text.as_bytes().chunks(1).for_each(|piece| single.update(piece));
        assert_eq!(single.finish(), sum(&text), "eight at once are the same as one by one");
    }
}
