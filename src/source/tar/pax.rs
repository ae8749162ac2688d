//! The records of a PAX extended header, as Go's `archive/tar` reads them: the last of two equal keys wins, an empty
//! value removes the record, and malformed records are left out and reported.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use crate::image::{Mtime, Xattr};

use super::doubt::{Doubt, Doubts};

/// What the records of one `x` header say about the next entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) uid: Option<i64>,
    pub(super) gid: Option<i64>,
    pub(super) mtime: Option<Mtime>,
    /// An error is kept: without it, the next header cannot be located.
    pub(super) size: Option<Result<i64, ()>>,
    pub(super) xattrs: Vec<Xattr>,
    pub(super) sparse: PaxSparse,
    /// What was malformed.
    pub(super) doubts: Doubts,
}

/// The `GNU.sparse.*` records.
#[derive(Clone, Debug, Default)]
pub(super) struct PaxSparse {
    pub(super) major: Vec<u8>,
    pub(super) minor: Vec<u8>,
    pub(super) name: Vec<u8>,
    pub(super) size: Vec<u8>,
    /// How many pieces the map has.
    pub(super) count: Vec<u8>,
    /// The map of format 0.1, or 0.0's pieces in the same shape.
    pub(super) map: Vec<u8>,
}

/// The last value of each key. They are read once all are known, since only the last of several counts, and an empty
/// one is none.
#[derive(Default)]
struct LastRecords<'a> {
    path: &'a [u8],
    link: &'a [u8],
    uid: &'a [u8],
    gid: &'a [u8],
    mtime: &'a [u8],
    other_times: [&'a [u8]; 2],
    size: &'a [u8],
    major: &'a [u8],
    minor: &'a [u8],
    name: &'a [u8],
    sparse_size: &'a [u8],
    real_size: &'a [u8],
    count: &'a [u8],
    map: &'a [u8],
    pieces: Vec<&'a [u8]>,
    encoded: Vec<Xattr>,
    plain: Vec<Xattr>,
    doubts: Doubts,
}

impl Pax {
    /// Takes a header's payload apart.
    pub(super) fn parse(mut text: &[u8]) -> Self {
        let mut last = LastRecords::default();
        while !text.is_empty() {
            let Some((key, value, rest)) = record(text) else {
                last.doubts.add(Doubt::PaxRecord);
                break;
            };
            text = rest;
            last.set(key, value);
        }
        last.read()
    }
}

/// The keys of the records, in their order, until one is malformed.
pub(super) fn keys(mut text: &[u8]) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    while let Some((key, _, rest)) = record(text) {
        keys.push(key.to_vec());
        text = rest;
    }
    keys
}

impl<'a> LastRecords<'a> {
    fn set(&mut self, key: &'a [u8], value: &'a [u8]) {
        let is_text = matches!(key, b"path" | b"linkpath" | b"uname" | b"gname");
        if (if is_text { value } else { key }).contains(&0) {
            self.doubts.add(Doubt::PaxNul);
            return;
        }
        match key {
            b"path" => self.path = value,
            b"linkpath" => self.link = value,
            b"uid" => self.uid = value,
            b"gid" => self.gid = value,
            b"mtime" => self.mtime = value,
            b"atime" => self.other_times[0] = value,
            b"ctime" => self.other_times[1] = value,
            b"size" => self.size = value,
            b"GNU.sparse.major" => self.major = value,
            b"GNU.sparse.minor" => self.minor = value,
            b"GNU.sparse.name" => self.name = value,
            b"GNU.sparse.size" => self.sparse_size = value,
            b"GNU.sparse.realsize" => self.real_size = value,
            b"GNU.sparse.numblocks" => self.count = value,
            b"GNU.sparse.map" => self.map = value,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                if (key == b"GNU.sparse.offset") != self.pieces.len().is_multiple_of(2) || value.contains(&b',') {
                    self.doubts.add(Doubt::SparseOrder);
                }
                self.pieces.push(value);
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    self.plain.push((name.into(), value.into()));
                } else if let Some(name) = key.strip_prefix(b"LIBARCHIVE.xattr.") {
                    match BASE64_STANDARD.decode(value).or_else(|_| BASE64_STANDARD_NO_PAD.decode(value)) {
                        Ok(value) => self.encoded.push((percent_decoded(name).into(), value.into())),
                        Err(_) => self.doubts.add(Doubt::PaxXattr),
                    }
                }
            }
        }
    }

    fn read(mut self) -> Pax {
        for value in self.other_times {
            self.read_one(value, time, Doubt::OtherTime);
        }
        let uid = self.read_one(self.uid, integer, Doubt::PaxOwner);
        let gid = self.read_one(self.gid, integer, Doubt::PaxGroup);
        let mtime = self.read_one(self.mtime, time, Doubt::PaxTime);
        let map = if self.pieces.is_empty() { self.map.to_vec() } else { self.pieces.join(&b',') };
        let size = if self.sparse_size.is_empty() { self.real_size } else { self.sparse_size };
        Pax {
            path: self.path.to_vec(),
            link: self.link.to_vec(),
            uid,
            gid,
            mtime,
            size: (!self.size.is_empty()).then(|| integer(self.size).ok_or(())),
            xattrs: settled(self.encoded, self.plain),
            sparse: PaxSparse {
                major: self.major.to_vec(),
                minor: self.minor.to_vec(),
                name: self.name.to_vec(),
                size: size.to_vec(),
                count: self.count.to_vec(),
                map,
            },
            doubts: self.doubts,
        }
    }

    fn read_one<T>(&mut self, value: &[u8], read: fn(&[u8]) -> Option<T>, doubt: Doubt) -> Option<T> {
        let is_given = !value.is_empty();
        let read = is_given.then(|| read(value)).flatten();
        if is_given && read.is_none() {
            self.doubts.add(doubt);
        }
        read
    }
}

/// Keeps the last of several attributes of one name, and the plain spelling where both were written.
fn settled(encoded: Vec<Xattr>, plain: Vec<Xattr>) -> Vec<Xattr> {
    let mut all = encoded;
    all.extend(plain);
    all.reverse();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.dedup_by(|later, kept| later.0 == kept.0);
    all
}

/// `length key=value\n`, the length counting itself; and the rest.
fn record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = text.iter().position(|&byte| byte == b' ')?;
    let length = usize::try_from(integer(&text[..space])?).ok()?;
    let body = text.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|&byte| byte == b'=').filter(|&at| at > 0)?;
    Some((&body[..equals], &body[equals + 1..], &text[length..]))
}

/// A decimal integer.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Decimal seconds with a fraction and a sign; digits below the nanosecond are cut.
fn time(text: &[u8]) -> Option<Mtime> {
    let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
    let seconds = integer(&text[..point])?;
    let fraction = text.get(point + 1..).unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let nanoseconds = (0..9).fold(0_u32, |sum, at| sum * 10 + u32::from(fraction.get(at).map_or(0, |d| d - b'0')));
    if text.starts_with(b"-") && nanoseconds > 0 {
        return Some(Mtime { seconds: seconds.wrapping_sub(1), nanoseconds: 1_000_000_000 - nanoseconds });
    }
    Some(Mtime { seconds, nanoseconds })
}

fn percent_decoded(name: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        let escaped = (byte == b'%').then(|| Some(digit(0)? * 16 + digit(1)?)).flatten();
        if let Some(value) = escaped.and_then(|value| u8::try_from(value).ok()) {
            decoded.push(value);
            rest = &behind[2..];
        } else {
            decoded.push(byte);
            rest = behind;
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, value: &str) -> Vec<u8> {
        let body = format!(" {key}={value}\n");
        let mut length = body.len() + 1;
        while length != body.len() + length.to_string().len() {
            length += 1;
        }
        format!("{length}{body}").into_bytes()
    }

    #[test]
    fn the_last_of_two_equal_keys_wins() {
        let text = [line("path", "a"), line("path", "b"), line("uid", "7"), line("size", "12")].concat();
        let pax = Pax::parse(&text);
        assert_eq!((pax.path.as_slice(), pax.uid, pax.size), (&b"b"[..], Some(7), Some(Ok(12))));
        assert_eq!(pax.doubts.iter().count(), 0);
    }

    #[test]
    fn times_have_fractions_and_signs() {
        for (text, seconds, nanoseconds) in [
            ("1350244992.023960108", 1_350_244_992, 23_960_108),
            ("-1.5", -2, 500_000_000),
            ("-0.25", -1, 750_000_000),
            ("5", 5, 0),
            ("5.", 5, 0),
            ("1.1234567899", 1, 123_456_789),
        ] {
            assert_eq!(time(text.as_bytes()), Some(Mtime { seconds, nanoseconds }), "{text}");
        }
        assert_eq!(time(b"1.x"), None);
        assert_eq!(time(b"yesterday"), None);
    }

    #[test]
    fn attributes_are_bytes_in_either_spelling() {
        let text = [line("SCHILY.xattr.user.a", "\0\u{1}"), line("LIBARCHIVE.xattr.user%2Eb", "AAE=")].concat();
        let pax = Pax::parse(&text);
        let xattr = |name: &[u8], value: &[u8]| (Box::from(name), Box::from(value));
        assert_eq!(pax.xattrs, [xattr(b"user.a", b"\0\x01"), xattr(b"user.b", b"\0\x01")]);
    }

    #[test]
    fn what_is_malformed_is_left_out_with_a_doubt() {
        for text in [&b"99 path=a\n"[..], b"junk", b"3 =\n", b"8 path=a", b"-5 a=b\n"] {
            let pax = Pax::parse(text);
            assert_eq!((pax.path.len(), pax.doubts.iter().count()), (0, 1), "{}", text.escape_ascii());
        }
        let pax = Pax::parse(&[line("mtime", "soon"), line("path", "a\0b"), line("size", "x")].concat());
        assert_eq!((pax.doubts.iter().count(), pax.size), (2, Some(Err(()))));
    }

    #[test]
    fn a_malformed_value_does_not_count_where_the_key_comes_again() {
        let pax = Pax::parse(&[line("uid", "x"), line("uid", "7"), line("mtime", "x"), line("mtime", "")].concat());
        assert_eq!((pax.uid, pax.mtime, pax.doubts.iter().count()), (Some(7), None, 0));
    }

    #[test]
    fn ten_thousand_malformed_records_are_one_warning() {
        let pax = Pax::parse(&line("linkpath", "\0").repeat(10_000));
        assert!(pax.doubts.iter().eq([Doubt::PaxNul]));
    }
}
