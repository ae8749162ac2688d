//! The central directory of a zip archive (APPNOTE.TXT 4.3.12 to 4.3.16): everything a listing needs is at the end of
//! the file.

use std::io::Read;

use crate::image::{EntryKind, ListedMember, Listing, ReadError};

use super::{MemberCollector, StoredFile};

/// The last record, without the comment after it.
const END: usize = 22;
/// The record before the last record of a large archive, which says where its own last record is.
const LOCATOR: usize = 20;
/// The fixed part of a large archive's last record.
const LARGE_END: usize = 56;
/// The fixed part of a member's record.
const RECORD: usize = 46;

/// Little-endian numbers; `None` past the end.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

pub(super) fn members(inside: &StoredFile<'_>, at_most: usize) -> Result<Option<Listing>, ReadError> {
    let size = inside.entry.size();
    let tail_at = size.saturating_sub((END + usize::from(u16::MAX) + LOCATOR + LARGE_END) as u64);
    let tail = inside.bytes(tail_at, u64::MAX)?;
    let Some(directory) = directory(&tail, tail_at) else { return Ok(None) };
    let mut reader = inside.from(directory.start)?.take(directory.end - directory.start);
    Ok(Some(records(&mut reader, at_most)))
}

/// Where the members' records are. They end where the last record begins, even if other bytes precede the archive.
fn directory(tail: &[u8], tail_at: u64) -> Option<std::ops::Range<u64>> {
    let is_end = |at: &usize| {
        u32_at(tail, *at) == Some(0x0605_4b50)
            && u16_at(tail, at + 20).is_some_and(|comment| at + END + usize::from(comment) <= tail.len())
    };
    let end = (0..=tail.len().checked_sub(END)?).rev().find(is_end)?;
    let (mut size, mut ends_at) = (u64::from(u32_at(tail, end + 12)?), end);
    let locator = end.checked_sub(LOCATOR).filter(|&at| u32_at(tail, at) == Some(0x0706_4b50));
    if let Some(large) = locator.and_then(|at| at.checked_sub(LARGE_END))
        && u32_at(tail, large) == Some(0x0606_4b50)
    {
        (size, ends_at) = (u64_at(tail, large + 40)?, large);
    }
    let ends_at = tail_at + ends_at as u64;
    Some(ends_at.checked_sub(size)?..ends_at)
}

fn records(reader: &mut impl Read, at_most: usize) -> Listing {
    let mut members = MemberCollector::new("zip".to_owned(), at_most);
    loop {
        let mut record = Vec::new();
        let fixed = reader.take(RECORD as u64).read_to_end(&mut record);
        if fixed.is_ok() && record.is_empty() {
            return members.listing;
        }
        let Some(listed) = rest(&record).and_then(|rest| listed(&record, reader, rest)) else {
            members.listing.cut = Some("its list of members ends early".to_owned());
            return members.listing;
        };
        if !members.push(listed) {
            return members.listing;
        }
    }
}

/// The lengths of what follows the fixed part: name, extra fields, comment.
fn rest(record: &[u8]) -> Option<[usize; 3]> {
    if u32_at(record, 0)? != 0x0201_4b50 {
        return None;
    }
    let len = |at| u16_at(record, at).map(usize::from);
    Some([len(28)?, len(30)?, len(32)?])
}

fn listed(record: &[u8], reader: &mut impl Read, [name, extra, comment]: [usize; 3]) -> Option<ListedMember> {
    let mut rest = vec![0; name + extra + comment];
    reader.read_exact(&mut rest).ok()?;
    let (name, rest) = rest.split_at(name);
    let extra = ZipExtra::read(&rest[..extra]);
    let size = u32_at(record, 24)?;
    let size = if size == u32::MAX { extra.size.unwrap_or(u64::from(size)) } else { u64::from(size) };
    // The upper half of the attributes is a Unix mode if a Unix system wrote them.
    let mode = (record.get(5) == Some(&3)).then(|| u16_at(record, 40)).flatten().filter(|&mode| mode != 0);
    let kind = match mode.map(|mode| mode & 0o170_000) {
        Some(0o120_000) => EntryKind::Symlink,
        _ if name.ends_with(b"/") => EntryKind::Dir,
        _ => EntryKind::File,
    };
    Some(ListedMember {
        name: name.to_vec(),
        link: Vec::new(),
        kind,
        mode: mode.map(|mode| mode & 0o7777),
        size,
        mtime: extra.mtime,
    })
}

/// What the extra fields say that the record cannot.
#[derive(Default)]
struct ZipExtra {
    size: Option<u64>,
    mtime: Option<i64>,
}

impl ZipExtra {
    fn read(mut bytes: &[u8]) -> Self {
        let mut extra = Self::default();
        while let (Some(id), Some(len)) = (u16_at(bytes, 0), u16_at(bytes, 2)) {
            let Some(field) = bytes.get(4..4 + usize::from(len)) else { break };
            match id {
                1 => extra.size = u64_at(field, 0),
                0x5455 if field.first().is_some_and(|flags| flags & 1 == 1) => {
                    extra.mtime = u32_at(field, 1).map(|seconds| i64::from(seconds.cast_signed()));
                }
                _ => {}
            }
            bytes = &bytes[4 + usize::from(len)..];
        }
        extra
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member's record as zip writes it on Unix.
    fn record(name: &str, size: u32, mode: u16, extra: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; RECORD];
        bytes[..4].copy_from_slice(&0x0201_4b50_u32.to_le_bytes());
        bytes[5] = 3;
        bytes[24..28].copy_from_slice(&size.to_le_bytes());
        bytes[28..30].copy_from_slice(&u16::try_from(name.len()).expect("short").to_le_bytes());
        bytes[30..32].copy_from_slice(&u16::try_from(extra.len()).expect("short").to_le_bytes());
        bytes[40..42].copy_from_slice(&mode.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(extra);
        bytes
    }

    fn ended(records: &[u8], comment: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04, and whatever the members hold".to_vec();
        bytes.extend_from_slice(records);
        let mut end = vec![0; END];
        end[..4].copy_from_slice(&0x0605_4b50_u32.to_le_bytes());
        end[12..16].copy_from_slice(&u32::try_from(records.len()).expect("short").to_le_bytes());
        end[20..22].copy_from_slice(&u16::try_from(comment.len()).expect("short").to_le_bytes());
        bytes.extend_from_slice(&end);
        bytes.extend_from_slice(comment.as_bytes());
        bytes
    }

    #[test]
    fn a_zip_is_listed_by_its_directory() {
        let mut all = record("META-INF/", 0, 0o040_755, b"");
        all.extend(record("a.class", 1234, 0o100_644, b"UT\x05\x00\x01\x00\xf1\x53\x65"));
        let zip = ended(&all, "a comment");
        let found = directory(&zip, 0).expect("a directory");
        assert_eq!(&zip[usize::try_from(found.start).expect("small")..][..all.len()], all);
        let listing = records(&mut &all[..], 10);
        assert_eq!(listing.members.len(), 2, "{listing:?}");
        let (folder, class) = (&listing.members[0], &listing.members[1]);
        assert_eq!((folder.kind, folder.mode), (EntryKind::Dir, Some(0o755)));
        assert_eq!((class.size, class.mtime), (1234, Some(1_700_000_000)));
        assert_eq!(listing.cut, None);
        assert!(records(&mut &all[..all.len() - 3], 10).cut.is_some());
        assert_eq!(records(&mut &all[..], 1).members.len(), 1);
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let zip = ended(&record("a", 1, 0, b"\x01\x00\xff\xff"), "");
        for cut in 0..zip.len() {
            let _ = directory(&zip[..cut], 0);
            let _ = records(&mut &zip[cut..], 10);
        }
        let mut lying = ended(b"", "");
        let at = lying.len() - END;
        lying[at + 12..at + 16].fill(0xff);
        assert_eq!(directory(&lying, 0), None);
    }
}
