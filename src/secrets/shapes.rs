//! Code that checks what follows a prefix. A check returns how much of it is the token, if it is one at all.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::forms::{ContentKind, is_word};

/// Bytes after the prefix.
type MatchLength = Option<usize>;

/// The limit on the length of a token, except the claims of a JWT. Without a limit, a file that contains only prefixes
/// would be read once for each of them.
pub(super) const TOKEN: usize = 1024;

/// The number of bytes at the beginning that match, up to [`TOKEN`].
pub(super) fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    run_of(bytes, TOKEN, of)
}

fn run_of(bytes: &[u8], longest: usize, of: impl Fn(u8) -> bool) -> usize {
    let bytes = bytes.get(..longest).unwrap_or(bytes);
    bytes.iter().position(|&byte| !of(byte)).unwrap_or(bytes.len())
}

/// 30 random characters and 6 of their checksum: CRC-32 in base 62. The checksum is proof enough where words have no
/// boundaries.
pub(super) fn checksum(rest: &[u8], content_kind: ContentKind) -> MatchLength {
    const RANDOM: usize = 30;
    const ALL: usize = 36;
    let len = run(rest, is_word);
    if len < ALL || (len > ALL && content_kind == ContentKind::Text) {
        return None;
    }
    let sum = crc32(&rest[..RANDOM]);
    let orders: [&[u8]; 2] = [
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ];
    Some(ALL).filter(|_| orders.iter().any(|digits| base62(sum, digits) == rest[RANDOM..ALL]))
}

fn base62(mut number: u32, digits: &[u8]) -> [u8; 6] {
    let mut text = [digits[0]; 6];
    for place in text.iter_mut().rev() {
        *place = digits[(number % 62) as usize];
        number /= 62;
    }
    text
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// 22 characters, an underscore, 59 characters.
pub(super) fn fine_grained(rest: &[u8], content_kind: ContentKind) -> MatchLength {
    const ALL: usize = 82;
    let len = run(rest, is_word);
    let fits = if content_kind == ContentKind::Text { len == ALL } else { len >= ALL };
    Some(ALL).filter(|_| fits && rest.get(22) == Some(&b'_') && is_random(&rest[..ALL]))
}

/// A letter for the kind, numbers, then a random part.
pub(super) fn slack(rest: &[u8], _: ContentKind) -> MatchLength {
    rest.first().filter(|sort| b"abeoprs".contains(sort) && rest.get(1) == Some(&b'-'))?;
    let len = 2 + run(&rest[2..], |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let token = &rest[2..len];
    let numbers = run(token, |byte| byte.is_ascii_digit());
    Some(len).filter(|_| numbers >= 8 && token.get(numbers) == Some(&b'-') && len >= 30 && varied(token))
}

/// A header that names an algorithm, claims, and a signature. The example of all tutorials is not a secret.
pub(super) fn jwt(rest: &[u8], _: ContentKind) -> MatchLength {
    let part = |bytes: &[u8], longest: usize| run_of(bytes, longest, |byte| is_word(byte) || byte == b'-');
    let header = part(rest, TOKEN);
    let claims = rest.get(header).filter(|&&dot| dot == b'.').map(|_| part(&rest[header + 1..], 16 * TOKEN))?;
    let after = header + 1 + claims;
    let signature = rest.get(after).filter(|&&dot| dot == b'.').map(|_| part(&rest[after + 1..], TOKEN))?;
    if signature < 32 {
        return None;
    }
    let object = |text: &[u8]| -> Option<serde_json::Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok().filter(serde_json::Value::is_object)
    };
    let header_text: Vec<u8> = b"eyJ".iter().chain(&rest[..header]).copied().collect();
    let (header, claims) = (object(&header_text)?, object(&rest[header + 1..after])?);
    let example = claims.get("sub").and_then(serde_json::Value::as_str) == Some("1234567890");
    (header.get("alg").is_some() && !example).then_some(after + 1 + signature)
}

/// Parts of URL-safe base64 with a separator between them, each of exactly its length.
fn parts(rest: &[u8], mark: u8, lens: &[usize]) -> Option<usize> {
    let mut at = 0;
    for (number, &len) in lens.iter().enumerate() {
        if number > 0 {
            at += usize::from(*rest.get(at)? == mark);
        }
        let part = rest.get(at..)?;
        if run(part, |byte| byte != mark && (is_word(byte) || byte == b'-')) != len || !varied(&part[..len]) {
            return None;
        }
        at += len;
    }
    Some(at)
}

/// 22 characters, a dot, 43 characters.
pub(super) fn sendgrid(rest: &[u8], _: ContentKind) -> MatchLength {
    parts(rest, b'.', &[22, 43]).filter(|&len| is_random(&rest[..len]))
}

/// 32 characters, an underscore, a checksum of 8.
pub(super) fn glsa(rest: &[u8], _: ContentKind) -> MatchLength {
    parts(rest, b'_', &[32, 8]).filter(|&len| is_random(&rest[..len]))
}

/// A type, an optional environment, and 40 to 44 characters, separated by dots.
pub(super) fn doppler(rest: &[u8], _: ContentKind) -> MatchLength {
    let len = run(rest, |byte| is_word(byte) || byte == b'-' || byte == b'.');
    let mut parts = rest[..len].split(|&byte| byte == b'.');
    let sort = parts.next()?;
    let last = parts.next_back()?;
    let is_sort = [&b"pt"[..], b"st", b"ct", b"sa", b"scim", b"audit"].contains(&sort) && parts.count() <= 1;
    let is_token = (40..=44).contains(&last.len()) && is_alphanumeric(last) && is_random(last);
    Some(len).filter(|_| is_sort && is_token)
}

/// A number, and 60 characters or more.
pub(super) fn discord(rest: &[u8], _: ContentKind) -> MatchLength {
    let number = run(rest, |byte| byte.is_ascii_digit());
    let secret = rest.get(number..)?.strip_prefix(b"/")?;
    let len = run(secret, |byte| is_word(byte) || byte == b'-');
    Some(number + 1 + len).filter(|_| number >= 17 && len >= 60 && is_random(&secret[..len]))
}

/// 64 bytes in base64. The public key of the emulator is not a secret.
pub(super) fn account_key(rest: &[u8], _: ContentKind) -> MatchLength {
    const LEN: usize = 88;
    const EMULATOR: &[u8] = b"Eby8vdM02xNOcq";
    let key = rest.get(..LEN).filter(|key| key.ends_with(b"==") && !key.starts_with(EMULATOR))?;
    let len = run(key, |byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    Some(LEN).filter(|_| len == LEN - 2 && is_random(key))
}

/// A signature of 32 bytes, in percent-encoded base64. It may have expired.
pub(super) fn shared_access(rest: &[u8], _: ContentKind) -> MatchLength {
    let len = run(rest, |byte| byte.is_ascii_alphanumeric() || b"%+/".contains(&byte));
    let signature = &rest[..len];
    let escaped = signature.split(|&byte| byte == b'%').count() - 1;
    let is_one = signature.ends_with(b"%3D") && len == 44 + 2 * escaped && is_random(signature);
    is_one.then_some(len)
}

/// Whether a text has as many different characters as a random one; placeholders do not.
pub(super) fn varied(text: &[u8]) -> bool {
    different(text) * 5 >= text.len().min(32) * 2
}

/// The number of different bytes.
pub(super) fn different(text: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in text {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Whether a text mixes lower and upper case like a random one, or contains digits between letters; names do not.
pub(super) fn is_random(text: &[u8]) -> bool {
    let count = |sort: fn(&u8) -> bool| text.iter().filter(|&byte| sort(byte)).count();
    let (small, capital, digits) =
        (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
    let mixed = capital * 4 >= small && small * 4 >= capital;
    varied(text) && small > 0 && capital > 0 && (digits > 0 || mixed) && (mixed || digits * 8 >= text.len())
}

pub(super) fn is_alphanumeric(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_alphanumeric)
}

pub(super) fn is_hex(text: &[u8]) -> bool {
    let has = |sort: fn(&u8) -> bool| text.iter().any(sort);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && different(text) >= 8;
    is_mixed && text.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Generated random letters, so that the repository contains no token.
    pub(in super::super) fn letters(count: usize) -> String {
        let base62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..count).map(|at| char::from(base62[(at * 37 + at / 3 + 11) % 62])).collect()
    }

    /// Hexadecimal digits that look random.
    pub(in super::super) fn hex(count: usize) -> String {
        (0..count).map(|at| char::from(b"0123456789abcdef"[(at * 7 + at / 3 + 5) % 16])).collect()
    }

    pub(in super::super) fn capitals(count: usize) -> String {
        letters(400).chars().filter(char::is_ascii_uppercase).take(count).collect()
    }

    pub(in super::super) fn checked(prefix: &str) -> String {
        let random = letters(30);
        let sum = base62(crc32(random.as_bytes()), b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        format!("{prefix}{random}{}", String::from_utf8_lossy(&sum))
    }

    pub(in super::super) fn signed(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part("{\"alg\":\"HS256\"}"), part(claims), letters(43))
    }

    #[test]
    fn the_checksum_is_the_usual_crc() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62(61, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), b"00000z");
    }
}
