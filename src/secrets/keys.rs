//! Private keys, in separate files or inside other text: PEM (RFC 7468), OpenSSH, PGP and `PuTTY`.

use std::ops::Range;

use super::SecretHit;
use super::forms::ContentKind;
use super::shapes::different;

const DASHES: &[u8] = b"-----";
/// The limit on the length of a key.
const LONGEST: usize = 32 << 10;
/// An Ed25519 key has this many characters; anything shorter is an example.
const LEAST: usize = 60;
/// The minimum number of distinct characters in a real key.
const VARIED: usize = 16;

const KIND: &str = "private-key";
/// The beginning of OpenSSH's own format, in base64.
const OPENSSH: &[u8] = b"b3BlbnNzaC1rZXktdjE";
/// The same up to the name of the cipher, if that is `none`: a key without a passphrase.
const OPENSSH_PLAIN: &[u8] = b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

/// The hit for a key. The severity of one with a passphrase is only medium.
pub(super) fn hits(bytes: &[u8], key: Range<usize>, _: ContentKind) -> Vec<SecretHit> {
    let value = bytes.get(key).unwrap_or_default();
    let head = value.get(..512).unwrap_or(value);
    let has = |what: &[u8]| head.windows(what.len()).any(|part| part == what);
    let is_encrypted = has(b"ENCRYPTED")
        || (has(OPENSSH) && !has(OPENSSH_PLAIN))
        || (has(b"\nEncryption: ") && !has(b"\nEncryption: none"));
    let hit =
        if is_encrypted { SecretHit::medium("encrypted-private-key", value) } else { SecretHit::high(KIND, value) };
    vec![hit]
}

/// `PuTTY` files: header lines, then a number of lines of base64.
pub(super) fn putty(rest: &[u8], _: ContentKind) -> Option<usize> {
    const PRIVATE: &[u8] = b"\nPrivate-Lines: ";
    const MOST: usize = 8 << 10;
    let rest = rest.get(..MOST).unwrap_or(rest);
    let at = position(rest, PRIVATE)? + PRIVATE.len();
    let end = position(rest.get(at..)?, b"\nPrivate-MAC").map_or(rest.len(), |len| at + len);
    let is_text = rest.get(..end)?.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    (is_text && end - at >= LEAST).then_some(end)
}

/// The length of a key in PEM or a similar format, after `-----BEGIN `. Certificates and public keys are not secrets. Neither
/// is a header without a key, as in programs that read keys.
pub(super) fn private_key(rest: &[u8], _: ContentKind) -> Option<usize> {
    let label_len = position(rest.get(..64).unwrap_or(rest), DASHES)?;
    let label = rest.get(..label_len)?;
    if !label.ends_with(b"PRIVATE KEY") && label != b"PGP PRIVATE KEY BLOCK" {
        return None;
    }
    let from = label_len + DASHES.len();
    let rest = rest.get(from..)?;
    // The body ends at the first dashes, so that a file of only headers is read once.
    let body_len = position(rest.get(..LONGEST).unwrap_or(rest), DASHES)?;
    if !rest.get(body_len..)?.starts_with(b"-----END ") {
        return None;
    }
    let body = unescaped(rest.get(..body_len)?);
    let letters: Vec<u8> =
        body.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).collect();
    let is_body = body.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    // DER in base64 begins with `M`; encrypted and PGP keys begin with headers.
    let begins = letters.starts_with(b"M") || letters.starts_with(OPENSSH);
    let headed = label.starts_with(b"PGP") || body.contains(&b':');
    let is_key = letters.len() >= LEAST && different(&letters) >= VARIED && is_body && (begins || headed);
    is_key.then_some(from + body_len)
}

/// Replaces escaped line ends (`\n`), as in JSON, shells and source code.
fn unescaped(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut bytes = body.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            bytes.next();
            out.push(b'\n');
        } else {
            out.push(byte);
        }
    }
    out
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut at = 0;
    while let Some(next) = bytes.get(at..)?.iter().position(|&byte| byte == first) {
        at += next;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::forms::find;
    use super::*;

    /// A generated key, so that the repository contains none.
    fn made(label: &str, first: &str, line_end: &str) -> String {
        let letters: String = (0..96u32).filter_map(|at| char::from_u32(97 + (at * 7) % 26)).collect();
        let (dashes, letters) = ("-".repeat(5), format!("{first}{}", letters.to_uppercase() + &letters));
        format!("{dashes}BEGIN {label}{dashes}{line_end}{letters}{line_end}{dashes}END {label}{dashes}{line_end}")
    }

    fn count(text: &str) -> usize {
        let hits = find(text.as_bytes(), ContentKind::Text);
        assert_eq!(find(text.as_bytes(), ContentKind::Binary), hits);
        hits.len()
    }

    #[test]
    fn a_key_is_found_in_a_separate_file_and_inside_any_text() {
        assert_eq!(count(&made("PRIVATE KEY", "MIIE", "\n")), 1);
        assert_eq!(count(&made("RSA PRIVATE KEY", "MIIE", "\r\n")), 1);
        assert_eq!(count(&made("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjE", "\n")), 1);
        assert_eq!(count(&format!("{{\"private_key\": \"{}\"}}", made("PRIVATE KEY", "MIIE", "\\n"))), 1);
        let headers = "\nProc-Type: 4,ENCRYPTED\n\n";
        assert_eq!(count(&made("RSA PRIVATE KEY", "x", "\n").replacen('\n', headers, 1)), 1);
        assert_eq!(count(&made("PGP PRIVATE KEY BLOCK", "lQ", "\n").replacen('\n', "\n\n", 1)), 1);
        assert_eq!(count(&(made("PRIVATE KEY", "MIIE", "\n") + &made("EC PRIVATE KEY", "MHcC", "\n"))), 2);
    }

    #[test]
    fn a_key_with_a_passphrase_is_reported_as_encrypted() {
        let kind = |text: &str| find(text.as_bytes(), ContentKind::Text).first().map(|hit| (hit.kind, hit.severity));
        let (open, guarded) = (Some((KIND, Severity::High)), Some(("encrypted-private-key", Severity::Medium)));
        assert_eq!(kind(&made("PRIVATE KEY", "MIIE", "\n")), open);
        assert_eq!(kind(&made("ENCRYPTED PRIVATE KEY", "MIIE", "\n")), guarded);
        let headers = "\nProc-Type: 4,ENCRYPTED\n\n";
        assert_eq!(kind(&made("RSA PRIVATE KEY", "x", "\n").replacen('\n', headers, 1)), guarded);
        assert_eq!(kind(&made("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "\n")), open);
        assert_eq!(kind(&made("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1", "\n")), guarded);
        let putty = |cipher: &str, lines: &str| {
            let begin = ["PuTTY-User-Key", "-File-3: ssh-ed25519"].concat();
            format!("{begin}\nEncryption: {cipher}\nPublic-Lines: 1\nAAAA\nPrivate-Lines: {lines}\nPrivate-MAC: 0\n")
        };
        let lines = format!("1\n{}", "AQIDBAUG".repeat(9));
        assert_eq!(kind(&putty("none", &lines)), open);
        assert_eq!(kind(&putty("aes256-cbc", &lines)), guarded);
        assert_eq!(kind(&putty("none", "0")), None);
    }

    #[test]
    fn certificates_public_keys_and_programs_that_read_keys_are_not_found() {
        assert_eq!(count(&made("CERTIFICATE", "MIIE", "\n")), 0);
        assert_eq!(count(&made("PUBLIC KEY", "MIIE", "\n")), 0);
        let marks = made("PRIVATE KEY", "MIIE", "\n");
        let begin = marks.lines().next().expect("a line");
        assert_eq!(count(&format!("if text.startswith('{begin}'): raise")), 0);
        let dummy = format!("{begin}\n{}\n{}", "M".repeat(200), begin.replace("BEGIN", "END"));
        assert_eq!(count(&dummy), 0);
        assert_eq!(count("-----BEGIN -----BEGIN "), 0);
    }
}
