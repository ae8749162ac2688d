//! How tokens go on behind their prefix. A shape says how much of what follows is the token, if it is one at all.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Severity;
use super::forms::{Look, is_word};

pub(super) type Shape = fn(&[u8], Look) -> Option<(usize, Severity)>;
type Found = Option<(usize, Severity)>;

/// No token is longer, but the claims of a JWT. Without a limit, a file of nothing but beginnings would be read once for
/// each of them.
const TOKEN: usize = 1024;

/// How many bytes at the beginning pass; not more than [`TOKEN`].
pub(super) fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    run_of(bytes, TOKEN, of)
}

fn run_of(bytes: &[u8], longest: usize, of: impl Fn(u8) -> bool) -> usize {
    let bytes = bytes.get(..longest).unwrap_or(bytes);
    bytes.iter().position(|&byte| !of(byte)).unwrap_or(bytes.len())
}

fn high(len: usize) -> Found {
    Some((len, Severity::High))
}

/// 30 random letters and 6 of the checksum over them: CRC-32 in base 62. The sum is proof enough where words do not end.
pub(super) fn checksum(rest: &[u8], look: Look) -> Found {
    const RANDOM: usize = 30;
    const ALL: usize = 36;
    let len = run(rest, is_word);
    if len < ALL || (len > ALL && look == Look::Text) {
        return None;
    }
    let sum = crc32(&rest[..RANDOM]);
    let orders: [&[u8]; 2] = [
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ];
    high(ALL).filter(|_| orders.iter().any(|digits| base62(sum, digits) == rest[RANDOM..ALL]))
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

/// 22 letters, an underscore, 59 letters.
pub(super) fn fine_grained(rest: &[u8], look: Look) -> Found {
    const ALL: usize = 82;
    let len = run(rest, is_word);
    let fits = if look == Look::Text { len == ALL } else { len >= ALL };
    high(ALL).filter(|_| fits && rest.get(22) == Some(&b'_') && is_random(&rest[..ALL]))
}

/// At least so many letters of base 64 for URLs that look random.
pub(super) fn base64url<const LEAST: usize>(rest: &[u8], _: Look) -> Found {
    let len = run(rest, |byte| is_word(byte) || byte == b'-');
    high(len).filter(|_| len >= LEAST && is_random(&rest[..len]))
}

/// A letter for the sort, numbers, then a random part.
pub(super) fn slack(rest: &[u8], _: Look) -> Found {
    rest.first().filter(|sort| b"abeoprs".contains(sort) && rest.get(1) == Some(&b'-'))?;
    let len = 2 + run(&rest[2..], |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let token = &rest[2..len];
    let numbers = run(token, |byte| byte.is_ascii_digit());
    high(len).filter(|_| numbers >= 8 && token.get(numbers) == Some(&b'-') && len >= 30 && varied(token))
}

/// Exactly 35 letters of base 64 for URLs: in more than that, four letters of a prefix stand by chance.
pub(super) fn google(rest: &[u8], _: Look) -> Found {
    const LEN: usize = 35;
    let len = run(rest, |byte| is_word(byte) || byte == b'-');
    high(LEN).filter(|_| len == LEN && is_random(&rest[..LEN]))
}

/// A header that names an algorithm, claims, and a signature. The example that every tutorial has is none.
pub(super) fn jwt(rest: &[u8], _: Look) -> Found {
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
    (header.get("alg").is_some() && !example).then_some((after + 1 + signature, Severity::Medium))
}

/// Whether a text has the variety of something random: dummies have not.
pub(super) fn varied(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in text {
        seen[usize::from(byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different * 5 >= text.len().min(32) * 2
}

/// Whether it has small letters, capitals and digits too: names have not.
pub(super) fn is_random(text: &[u8]) -> bool {
    let has = |sort: fn(&u8) -> bool| text.iter().any(sort);
    varied(text) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Letters that look random, made here so that no token lies in the repository.
    pub(in super::super) fn letters(count: usize) -> String {
        let base62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..count).map(|at| char::from(base62[(at * 37 + at / 3 + 11) % 62])).collect()
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
