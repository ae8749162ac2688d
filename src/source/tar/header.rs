//! One block of 512 bytes read as a tar header: v7, ustar, star or GNU, as Go's `archive/tar` reads it.

use super::doubt::{Doubt, Doubts};

/// Every header and every padding is a multiple of this.
pub(in crate::source) const BLOCK: usize = 512;

/// A block of a tar.
pub(in crate::source) type Block = [u8; BLOCK];

/// What the magic says about the fields after the first 257 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// No magic: nothing is there.
    V7,
    /// A prefix of 155 bytes.
    Ustar,
    /// A prefix of 131 bytes, then times.
    Star,
    /// Times and a sparse map.
    Gnu,
}

/// A header's block, its checksum found right.
#[derive(Clone, Copy)]
pub(super) struct TarHeader<'a>(&'a Block);

impl<'a> TarHeader<'a> {
    /// Whether a block is a header by its checksum. Some old programs summed signed bytes.
    pub(super) fn new(block: &'a Block) -> Option<Self> {
        checksum_is_right(block).then_some(Self(block))
    }

    pub(super) fn dialect(self) -> Dialect {
        match &self.0[257..265] {
            b"ustar  \0" => Dialect::Gnu,
            magic if magic.starts_with(b"ustar\0") => {
                if &self.0[508..512] == b"tar\0" {
                    Dialect::Star
                } else {
                    Dialect::Ustar
                }
            }
            _ => Dialect::V7,
        }
    }

    pub(super) fn flag(self) -> u8 {
        self.0[156]
    }

    /// The name with its prefix, if there is one.
    pub(super) fn name_into(self, name: &mut Vec<u8>) {
        name.clear();
        let prefix = match self.dialect() {
            Dialect::Ustar => until_nul(&self.0[345..500]),
            Dialect::Star => until_nul(&self.0[345..476]),
            Dialect::Gnu => self.misplaced_prefix(),
            Dialect::V7 => b"",
        };
        if !prefix.is_empty() {
            name.extend_from_slice(prefix);
            name.push(b'/');
        }
        name.extend_from_slice(until_nul(&self.0[..100]));
    }

    /// Docker before 17.06 was built with a Go that wrote a prefix into GNU headers, where there is no place for one.
    /// Go still reads it if the times that belong there are no numbers and it is ASCII.
    fn misplaced_prefix(self) -> &'a [u8] {
        let is_time = |field: &[u8]| field[0] == 0 || number(field).is_some();
        if is_time(&self.0[345..357]) && is_time(&self.0[357..369]) {
            return b"";
        }
        let prefix = until_nul(&self.0[345..500]);
        if prefix.is_ascii() { prefix } else { b"" }
    }

    /// Malformed fields that are not read here, but for which engines refuse a header.
    pub(super) fn doubts(self) -> Doubts {
        let mut doubts = Doubts::default();
        let dialect = self.dialect();
        if dialect == Dialect::V7 {
            return doubts;
        }
        let devices = &self.0[329..345];
        // What nearly every header has there.
        let usual = devices == [0; 16] || devices == b"0000000\x000000000\0";
        if !usual && (number(&devices[..8]).is_none() || number(&devices[8..]).is_none()) {
            doubts.add(Doubt::DeviceField);
        }
        if dialect == Dialect::Star && (number(&self.0[476..488]).is_none() || number(&self.0[488..500]).is_none()) {
            doubts.add(Doubt::OtherTime);
        }
        doubts
    }

    /// Whether engines refuse the header for one of its numbers, the size aside.
    pub(super) fn is_malformed(self) -> bool {
        [self.mode(), self.uid(), self.gid(), self.mtime()].contains(&None) || self.doubts() != Doubts::default()
    }

    pub(super) fn link(self) -> &'a [u8] {
        until_nul(&self.0[157..257])
    }

    pub(super) fn mode(self) -> Option<i64> {
        number(&self.0[100..108])
    }

    pub(super) fn uid(self) -> Option<i64> {
        number(&self.0[108..116])
    }

    pub(super) fn gid(self) -> Option<i64> {
        number(&self.0[116..124])
    }

    pub(super) fn size(self) -> Option<i64> {
        number(&self.0[124..136])
    }

    pub(super) fn mtime(self) -> Option<i64> {
        number(&self.0[136..148])
    }

    /// Major and minor number; v7 has none.
    pub(super) fn device(self) -> Option<(i64, i64)> {
        if self.dialect() == Dialect::V7 {
            return Some((0, 0));
        }
        Some((number(&self.0[329..337])?, number(&self.0[337..345])?))
    }

    /// The four pieces of an old GNU sparse map in the header, and whether blocks with more follow.
    pub(super) fn sparse_pieces(self) -> (&'a [u8], bool) {
        (&self.0[386..482], self.0[482] != 0)
    }

    /// The size of an old GNU sparse file with its holes.
    pub(super) fn sparse_size(self) -> Option<i64> {
        number(&self.0[483..495])
    }
}

/// How many bytes of content follow a header, unless an extended header says otherwise; `None` for any other block.
pub(in crate::source) fn content_size(block: &Block) -> Option<u64> {
    let header = TarHeader::new(block)?;
    match header.flag() {
        b'1'..=b'6' => Some(0),
        _ => header.size()?.try_into().ok(),
    }
}

/// Whether a block's sum is the one that it claims.
pub(in crate::source) fn checksum_is_right(block: &Block) -> bool {
    let Some(claimed) = octal(&block[148..156]) else { return false };
    // The field itself counts as eight spaces.
    let (field, spaces) = (&block[148..156], 8 * i64::from(b' '));
    let plain = |bytes: &[u8]| i64::from(bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>());
    let unsigned = plain(block) - plain(field) + spaces;
    if claimed == unsigned {
        return true;
    }
    let signed = |bytes: &[u8]| i64::from(bytes.iter().map(|&byte| i32::from(byte.cast_signed())).sum::<i32>());
    claimed == signed(block) - signed(field) + spaces
}

/// A field up to its first NUL.
pub(super) fn until_nul(field: &[u8]) -> &[u8] {
    field.iter().position(|&byte| byte == 0).map_or(field, |end| &field[..end])
}

/// A number in octal, or in base 256 with its sign, where the first bit is set.
pub(super) fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 == 0 {
        return octal(field);
    }
    let flip = if first & 0x40 == 0 { 0 } else { 0xff };
    let mut value: u64 = 0;
    for (at, &byte) in field.iter().enumerate() {
        let byte = (byte ^ flip) & if at == 0 { 0x7f } else { 0xff };
        if value >> 56 > 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if flip == 0 { value } else { !value })
}

/// Octal digits among spaces and NULs; an empty field is 0.
fn octal(field: &[u8]) -> Option<i64> {
    // Nearly all are digits and one filler at the end; twelve digits do not overflow.
    let digits = field.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let is_usual = (1..=12).contains(&digits) && matches!(field[digits..], [] | [b' ' | 0]);
    if is_usual {
        return Some(field[..digits].iter().fold(0, |value, &byte| value * 8 + i64::from(byte - b'0')));
    }
    let is_filler = |&byte: &u8| byte == b' ' || byte == 0;
    let Some(from) = field.iter().position(|byte| !is_filler(byte)) else { return Some(0) };
    let to = field.iter().rposition(|byte| !is_filler(byte))?;
    // Fillers go first and the text ends at a NUL after that, so `1 NUL space 2` is 1 and `1 space NUL 2` is malformed.
    until_nul(&field[from..=to]).iter().try_fold(0_i64, |value, &byte| {
        let digit = byte.checked_sub(b'0').filter(|&digit| digit < 8)?;
        value.checked_mul(8)?.checked_add(i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_numbers_may_be_padded_either_way() {
        for (field, value) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b" 644 \0\0\0", Some(0o644)),
            (b"\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"12 3\0", None),
            (b"12\x003\0", Some(0o12)),
            (b"12 \x003\0", None),
            (b"89\0", None),
            (b"-1\0", None),
        ] {
            assert_eq!(number(field), value, "{}", field.escape_ascii());
        }
    }

    #[test]
    fn base_256_numbers_have_a_sign() {
        let mut minus_one = [0xff; 12];
        assert_eq!(number(&minus_one), Some(-1));
        minus_one[11] = 0xfe;
        assert_eq!(number(&minus_one), Some(-2));
        let mut large = [0; 12];
        large[0] = 0x80;
        large[6] = 1;
        assert_eq!(number(&large), Some(1 << 40));
        assert_eq!(number(&[0x80, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0]), None, "more than 63 bits");
    }
}
