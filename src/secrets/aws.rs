//! Access keys of AWS: an ID, which is not a secret by itself, and the secret somewhere near it.

use std::ops::Range;

use super::SecretHit;
use super::forms::{ContentKind, is_word};
use super::shapes::varied;

const KIND: &str = "aws-access-key";
/// A secret is so near to its identifier.
pub(super) const NEAR: usize = 256;
/// Letters of a secret.
const SECRET: usize = 40;

/// 16 characters of base 32; AWS's own examples are marked as such.
pub(super) fn identifier(rest: &[u8], content_kind: ContentKind) -> Option<usize> {
    const LEN: usize = 16;
    let key = rest.get(..LEN)?;
    let base32 = key.iter().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte));
    let ends = !rest.get(LEN).is_some_and(|&next| match content_kind {
        ContentKind::Text => is_word(next),
        ContentKind::Binary => next.is_ascii_uppercase() || next.is_ascii_digit(),
    });
    (base32 && ends && !key.ends_with(b"EXAMPLE") && varied(key)).then_some(LEN)
}

/// An ID with the secret near it; without one it is not certain in text, and ignored in a binary file.
pub(super) fn pair(bytes: &[u8], identifier: Range<usize>, content_kind: ContentKind) -> Vec<SecretHit> {
    let value = bytes.get(identifier.clone()).unwrap_or_default();
    let behind = bytes.get(identifier.end..(identifier.end + NEAR).min(bytes.len())).unwrap_or_default();
    let before = bytes.get(identifier.start.saturating_sub(NEAR)..identifier.start).unwrap_or_default();
    match (secret(behind).or_else(|| secret(before)), content_kind) {
        (Some(secret), _) => vec![SecretHit::high(KIND, value), SecretHit::high("aws-secret-key", secret)],
        (None, ContentKind::Text) => vec![SecretHit::medium(KIND, value)],
        (None, ContentKind::Binary) => Vec::new(),
    }
}

/// The first run of exactly 40 base64 characters that is not a checksum and not a path.
fn secret(bytes: &[u8]) -> Option<&[u8]> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+';
    bytes.split(|&byte| !is_letter(byte)).find(|run| {
        let has = |sort: fn(&u8) -> bool| run.iter().any(sort);
        run.len() == SECRET
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && !run.ends_with(b"EXAMPLEKEY")
            && varied(run)
    })
}

#[cfg(test)]
mod tests {
    use super::super::forms::find;
    use super::super::shapes::tests::{capitals, letters};
    use super::*;

    fn told(text: &str, content_kind: ContentKind) -> Vec<String> {
        find(text.as_bytes(), content_kind).iter().map(|hit| format!("{} {}", hit.severity.name(), hit.value)).collect()
    }

    #[test]
    fn an_identifier_is_sure_with_its_secret_near_it() {
        let (key, secret) = (format!("AKIA{}", capitals(16)), letters(40));
        for text in [format!("id = {key}\nsecret = {secret}\n"), format!("{secret} {key}")] {
            for content_kind in [ContentKind::Text, ContentKind::Binary] {
                assert_eq!(told(&text, content_kind), [format!("high {key}"), format!("high {secret}")], "{text}");
            }
        }
        for far in [format!("{key} {}", letters(41)), format!("{key} {} {secret}", " ".repeat(NEAR)), key.clone()] {
            assert_eq!(told(&far, ContentKind::Text), [format!("medium {key}")], "{far}");
            assert_eq!(told(&far, ContentKind::Binary), [""; 0], "{far}");
        }
        assert_eq!(told(&["AKIA", "IOSFODNN7", "EXAMPLE"].concat(), ContentKind::Text), [""; 0]);
    }
}
