//! The records of a PAX extended header, as Go's `archive/tar` reads them: the last of two equal keys wins, an empty
//! value takes the record back, and whatever is malformed is left out with a word about it.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use crate::image::{Mtime, Xattr};

/// What the records of one `x` header say of the entry behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) uid: Option<i64>,
    pub(super) gid: Option<i64>,
    pub(super) mtime: Option<Mtime>,
    /// An error is kept: nobody can say where the next header is if this is unclear.
    pub(super) size: Option<Result<u64, ()>>,
    pub(super) xattrs: Vec<Xattr>,
    pub(super) sparse: PaxSparse,
    /// What was malformed.
    pub(super) doubts: Vec<String>,
}

/// The `GNU.sparse.*` records.
#[derive(Clone, Debug, Default)]
pub(super) struct PaxSparse {
    pub(super) major: Vec<u8>,
    pub(super) minor: Vec<u8>,
    pub(super) name: Vec<u8>,
    pub(super) size: Vec<u8>,
    /// The map of format 0.1, or 0.0's pieces in the same shape.
    pub(super) map: Vec<u8>,
}

impl Pax {
    /// Takes a header's payload apart.
    pub(super) fn parse(mut text: &[u8]) -> Self {
        let mut pax = Self::default();
        let (mut pieces, mut encoded) = (Vec::new(), Vec::new());
        while !text.is_empty() {
            let Some((key, value, rest)) = record(text) else {
                pax.doubts.push("an extended header with a malformed record, which was ignored".to_owned());
                break;
            };
            text = rest;
            pax.take(key, value, &mut pieces, &mut encoded);
        }
        if !pieces.is_empty() {
            pax.sparse.map = pieces;
        }
        pax.xattrs = settled(encoded, pax.xattrs);
        pax
    }

    fn take(&mut self, key: &[u8], value: &[u8], pieces: &mut Vec<u8>, encoded: &mut Vec<Xattr>) {
        let names = matches!(key, b"path" | b"linkpath");
        if names && value.contains(&0) || key.contains(&0) {
            self.doubts.push("an extended header with a NUL where none may be, which was ignored".to_owned());
            return;
        }
        match key {
            b"path" => self.path = value.to_vec(),
            b"linkpath" => self.link = value.to_vec(),
            b"uid" => self.uid = self.decimal(key, value),
            b"gid" => self.gid = self.decimal(key, value),
            b"mtime" if value.is_empty() => self.mtime = None,
            b"mtime" => match time(value) {
                Some(mtime) => self.mtime = Some(mtime),
                None => self.doubt(key),
            },
            b"size" if value.is_empty() => self.size = None,
            b"size" => self.size = Some(integer(value).and_then(|size| u64::try_from(size).ok()).ok_or(())),
            b"GNU.sparse.major" => self.sparse.major = value.to_vec(),
            b"GNU.sparse.minor" => self.sparse.minor = value.to_vec(),
            b"GNU.sparse.name" => self.sparse.name = value.to_vec(),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse.size = value.to_vec(),
            b"GNU.sparse.map" => self.sparse.map = value.to_vec(),
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                if !pieces.is_empty() {
                    pieces.push(b',');
                }
                pieces.extend_from_slice(value);
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    self.xattrs.push((name.into(), value.into()));
                } else if let Some(name) = key.strip_prefix(b"LIBARCHIVE.xattr.") {
                    match BASE64_STANDARD.decode(value).or_else(|_| BASE64_STANDARD_NO_PAD.decode(value)) {
                        Ok(value) => encoded.push((percent_decoded(name).into(), value.into())),
                        Err(_) => self.doubt(b"LIBARCHIVE.xattr"),
                    }
                }
            }
        }
    }

    fn decimal(&mut self, key: &[u8], value: &[u8]) -> Option<i64> {
        let number = integer(value);
        if number.is_none() && !value.is_empty() {
            self.doubt(key);
        }
        number
    }

    fn doubt(&mut self, key: &[u8]) {
        self.doubts.push(format!("an extended header whose `{}` is malformed, which was ignored", key.escape_ascii()));
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

/// `length key=value\n`, the length counting itself; what is behind it.
fn record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = text.iter().take(20).position(|&byte| byte == b' ')?;
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
        return Some(Mtime { seconds: seconds.checked_sub(1)?, nanoseconds: 1_000_000_000 - nanoseconds });
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
        assert!(pax.doubts.is_empty());
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
            assert_eq!((pax.path.len(), pax.doubts.len()), (0, 1), "{}", text.escape_ascii());
        }
        let pax = Pax::parse(&[line("mtime", "soon"), line("path", "a\0b"), line("size", "-1")].concat());
        assert_eq!((pax.doubts.len(), pax.size), (2, Some(Err(()))));
    }
}
