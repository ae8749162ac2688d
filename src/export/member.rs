//! The headers of one member. Names that are too long use GNU's long names, which can contain any bytes. Times, attributes
//! and everything else that does not fit use a PAX record. Sparse files use GNU's old map, which every reader knows.

use std::io::{self, Write};

use tar::{EntryType, GnuExtSparseHeader, GnuSparseHeader, Header};

use crate::image::{EntryKind, Mtime, Xattr};

pub(super) const BLOCK: usize = 512;
/// The limit on the length of a name or a link target in a header.
const NAME: usize = 100;
/// The largest time in a header: eleven octal digits.
const TIME_MOST: i64 = 0o777_7777_7777;

#[derive(Clone, Copy)]
pub(super) enum Link<'a> {
    None,
    Symbolic(&'a [u8]),
    /// To the member of this name, without a slash at its start.
    Hard(&'a [u8]),
}

/// A member of the tar; its content follows it.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: EntryKind,
    pub(super) mode: u16,
    pub(super) owner: (i64, i64),
    pub(super) mtime: Mtime,
    pub(super) link: Link<'a>,
    pub(super) rdev: Option<(u32, u32)>,
    pub(super) xattrs: &'a [Xattr],
    /// Bytes that follow.
    pub(super) stored: u64,
    /// Bytes with holes.
    pub(super) size: u64,
    pub(super) sparse: Option<&'a [(u64, u64)]>,
}

impl Member<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let records = self.records();
        if !records.is_empty() {
            extra(EntryType::XHeader, b"PaxHeader", &records, out)?;
        }
        let (entry_type, target) = match self.link {
            Link::Hard(target) => (EntryType::Link, target),
            Link::Symbolic(target) => (EntryType::Symlink, target),
            Link::None => (self.entry_type(), &[][..]),
        };
        if target.len() > NAME {
            extra(EntryType::GNULongLink, b"././@LongLink", &[target, b"\0"].concat(), out)?;
        }
        if self.name.len() > NAME {
            extra(EntryType::GNULongName, b"././@LongLink", &[self.name, b"\0"].concat(), out)?;
        }
        let mut header = Header::new_gnu();
        header.set_entry_type(entry_type);
        header.set_mode(u32::from(self.mode));
        // A number that no system has cannot be an owner; engines would make it the superuser's.
        header.set_uid(u64::try_from(self.owner.0).unwrap_or_default());
        header.set_gid(u64::try_from(self.owner.1).unwrap_or_default());
        header.set_mtime(self.mtime.seconds.clamp(0, TIME_MOST).unsigned_abs());
        header.set_size(self.stored);
        let old = header.as_old_mut();
        put(&mut old.name, self.name);
        put(&mut old.linkname, target);
        if let Some((major, minor)) = self.rdev {
            header.set_device_major(major)?;
            header.set_device_minor(minor)?;
        }
        let more = self.sparse.map_or_else(Vec::new, |map| self.put_map(&mut header, map));
        header.set_cksum();
        out.write_all(header.as_bytes())?;
        more.iter().try_for_each(|more| out.write_all(more.as_bytes()))
    }

    fn entry_type(&self) -> EntryType {
        match self.kind {
            EntryKind::Dir => EntryType::Directory,
            EntryKind::Symlink => EntryType::Symlink,
            EntryKind::Char => EntryType::Char,
            EntryKind::Block => EntryType::Block,
            EntryKind::Fifo => EntryType::Fifo,
            EntryKind::File if self.sparse.is_some() => EntryType::GNUSparse,
            EntryKind::File | EntryKind::HardLink | EntryKind::Unknown(_) => EntryType::Regular,
        }
    }

    /// What no header can hold, as PAX records.
    fn records(&self) -> Vec<u8> {
        let mut records = Vec::new();
        let Mtime { seconds, nanoseconds } = self.mtime;
        if nanoseconds != 0 || !(0..=TIME_MOST).contains(&seconds) {
            records.extend(record(b"mtime", decimal(seconds, nanoseconds).as_bytes()));
        }
        for (name, value) in self.xattrs {
            records.extend(record(&[b"SCHILY.xattr.", &**name].concat(), value));
        }
        records
    }

    /// Puts the map of a sparse file into its header, and what does not fit into blocks after it.
    fn put_map(&self, header: &mut Header, map: &[(u64, u64)]) -> Vec<GnuExtSparseHeader> {
        const IN_BLOCK: usize = 21;
        let ends = map.last().map_or(0, |&(offset, len)| offset.saturating_add(len));
        // A file ends with its last part, so a hole at the end needs an empty part after it.
        let end = (ends < self.size).then_some((self.size, 0));
        let parts: Vec<_> = map.iter().copied().chain(end).collect();
        let Some(gnu) = header.as_gnu_mut() else { return Vec::new() };
        number(&mut gnu.realsize, self.size);
        let (first, rest) = parts.split_at(parts.len().min(gnu.sparse.len()));
        fill(&mut gnu.sparse, first);
        gnu.isextended[0] = u8::from(!rest.is_empty());
        let blocks = rest.len().div_ceil(IN_BLOCK);
        rest.chunks(IN_BLOCK)
            .enumerate()
            .map(|(at, parts)| {
                let mut block = GnuExtSparseHeader::new();
                fill(&mut block.sparse, parts);
                block.isextended[0] = u8::from(at + 1 < blocks);
                block
            })
            .collect()
    }
}

fn fill(places: &mut [GnuSparseHeader], parts: &[(u64, u64)]) {
    for (place, &(offset, len)) in places.iter_mut().zip(parts) {
        number(&mut place.offset, offset);
        number(&mut place.numbytes, len);
    }
}

/// A number as eleven octal digits, or in GNU's binary form where those do not hold it.
fn number(field: &mut [u8; 12], value: u64) {
    if value < 1 << 33 {
        field[..11].copy_from_slice(format!("{value:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&value.to_be_bytes());
    }
}

fn put(field: &mut [u8], text: &[u8]) {
    let len = text.len().min(field.len());
    field[..len].copy_from_slice(&text[..len]);
}

/// A member that says more about the one after it.
fn extra(entry_type: EntryType, name: &[u8], content: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(entry_type);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    put(&mut header.as_old_mut().name, name);
    header.set_cksum();
    out.write_all(header.as_bytes())?;
    out.write_all(content)?;
    pad(content.len() as u64, out)
}

/// Fills the last block.
pub(super) fn pad(len: u64, out: &mut dyn Write) -> io::Result<()> {
    let over = usize::try_from(len % BLOCK as u64).unwrap_or_default();
    if over == 0 { Ok(()) } else { out.write_all(&[0; BLOCK][over..]) }
}

/// A PAX record: its length, which counts itself, a name and a value.
fn record(name: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = name.len() + value.len() + 3;
    let mut len = rest + 1;
    while len != rest + len.to_string().len() {
        len = rest + len.to_string().len();
    }
    [len.to_string().as_bytes(), b" ", name, b"=", value, b"\n"].concat()
}

/// A time as PAX has it: a decimal fraction of seconds since the epoch.
fn decimal(seconds: i64, nanoseconds: u32) -> String {
    const GIGA: i128 = 1_000_000_000;
    let whole = i128::from(seconds) * GIGA + i128::from(nanoseconds);
    let (sign, whole) = if whole < 0 { ("-", -whole) } else { ("", whole) };
    let text = format!("{sign}{}.{:09}", whole / GIGA, whole % GIGA);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(record(b"mtime", b"1.5"), b"13 mtime=1.5\n");
        for len in [80, 81, 82, 83, 84, 85, 86, 980, 981, 982, 983, 984, 985] {
            let record = record(b"path", &vec![b'x'; len]);
            let digits = record.iter().position(|&byte| byte == b' ').expect("a blank");
            assert_eq!(String::from_utf8_lossy(&record[..digits]).parse(), Ok(record.len()), "{len}");
        }
    }

    #[test]
    fn times_are_decimal_fractions() {
        let times =
            [(0, 5, "0.000000005"), (-1, 500_000_000, "-0.5"), (-2, 0, "-2"), (i64::MAX, 0, "9223372036854775807")];
        for (seconds, nanoseconds, text) in times {
            assert_eq!(decimal(seconds, nanoseconds), text);
        }
    }
}
