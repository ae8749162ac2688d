//! Tokens that say what they are by how they begin; where they carry a checksum, it must be right.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Hit;

/// A sort of token: how it begins, and how long the token is in what follows.
struct Form {
    kind: &'static str,
    prefix: &'static [u8],
    length: fn(&[u8]) -> Option<usize>,
}

const FORMS: &[Form] = &[
    Form { kind: "github-token", prefix: b"ghp_", length: with_checksum },
    Form { kind: "github-token", prefix: b"gho_", length: with_checksum },
    Form { kind: "github-token", prefix: b"ghu_", length: with_checksum },
    Form { kind: "github-token", prefix: b"ghs_", length: with_checksum },
    Form { kind: "github-token", prefix: b"ghr_", length: with_checksum },
    Form { kind: "github-token", prefix: b"github_pat_", length: fine_grained },
    Form { kind: "npm-token", prefix: b"npm_", length: with_checksum },
    Form { kind: "aws-access-key", prefix: b"AKIA", length: aws },
    Form { kind: "aws-access-key", prefix: b"ASIA", length: aws },
    Form { kind: "slack-token", prefix: b"xox", length: slack },
    Form { kind: "gitlab-token", prefix: b"glpat-", length: |rest| random(rest, 20) },
    Form { kind: "stripe-key", prefix: b"sk_live_", length: |rest| random(rest, 24) },
    Form { kind: "stripe-key", prefix: b"rk_live_", length: |rest| random(rest, 24) },
    Form { kind: "google-api-key", prefix: b"AIza", length: |rest| random(rest, 35).filter(|&len| len == 35) },
    Form { kind: "pypi-token", prefix: b"pypi-AgEIcHlwaS5vcmc", length: |rest| random(rest, 50) },
    Form { kind: "jwt", prefix: b"eyJ", length: jwt },
];

/// The tokens in some bytes. One begins where a word does, so that no piece of something longer is taken for one.
pub(super) fn find(bytes: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    let mut before = b' ';
    while let Some(&byte) = bytes.get(at) {
        if !is_word(before) && begins_one(byte) {
            let rest = &bytes[at..];
            let form = FORMS.iter().find(|form| rest.starts_with(form.prefix));
            let found =
                form.and_then(|form| Some((form, form.prefix.len() + (form.length)(&rest[form.prefix.len()..])?)));
            if let Some((form, len)) = found {
                let token = &rest[..len];
                hits.push(if form.kind == "jwt" { Hit::medium(form.kind, token) } else { Hit::high(form.kind, token) });
                at += len;
                before = b'_';
                continue;
            }
        }
        before = byte;
        at += 1;
    }
    hits
}

fn begins_one(byte: u8) -> bool {
    matches!(byte, b'g' | b'n' | b'A' | b'x' | b's' | b'r' | b'p' | b'e')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// No token is longer, but the claims of a JWT. Without a limit, a file of nothing but beginnings would be read once for
/// each of them.
const LONGEST: usize = 1024;

/// How many bytes at the beginning pass; not more than [`LONGEST`].
fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    run_of(bytes, LONGEST, of)
}

fn run_of(bytes: &[u8], longest: usize, of: impl Fn(u8) -> bool) -> usize {
    let bytes = bytes.get(..longest).unwrap_or(bytes);
    bytes.iter().position(|&byte| !of(byte)).unwrap_or(bytes.len())
}

/// 30 random letters and 6 of the checksum over them: CRC-32 in base 62.
fn with_checksum(rest: &[u8]) -> Option<usize> {
    const RANDOM: usize = 30;
    const ALL: usize = 36;
    if run(rest, is_word) != ALL {
        return None;
    }
    let sum = crc32(&rest[..RANDOM]);
    let orders: [&[u8]; 2] = [
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ];
    orders.iter().any(|digits| base62(sum, digits) == rest[RANDOM..ALL]).then_some(ALL)
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
fn fine_grained(rest: &[u8]) -> Option<usize> {
    (run(rest, is_word) == 82 && rest.get(22) == Some(&b'_')).then_some(82).filter(|&len| varied(&rest[..len]))
}

/// 16 letters of base 32; AWS's own examples say that they are.
fn aws(rest: &[u8]) -> Option<usize> {
    let len = run(rest, is_word);
    let key = rest.get(..len)?;
    let base32 = key.iter().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte));
    (len == 16 && base32 && !key.ends_with(b"EXAMPLE") && varied(key)).then_some(len)
}

/// A letter for the sort, numbers, then a random part.
fn slack(rest: &[u8]) -> Option<usize> {
    let sort = rest.first().filter(|sort| b"abeoprs".contains(sort) && rest.get(1) == Some(&b'-'));
    sort?;
    let len = 2 + run(&rest[2..], |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let token = &rest[2..len];
    let numbers = run(token, |byte| byte.is_ascii_digit());
    (numbers >= 8 && token.get(numbers) == Some(&b'-') && len >= 30 && varied(token)).then_some(len)
}

/// At least so many letters that look random.
fn random(rest: &[u8], least: usize) -> Option<usize> {
    let len = run(rest, |byte| is_word(byte) || byte == b'-');
    (len >= least && varied(&rest[..len])).then_some(len)
}

/// A header that names an algorithm, claims, and a signature. The example that every tutorial has is none.
fn jwt(rest: &[u8]) -> Option<usize> {
    let part = |bytes: &[u8], longest: usize| run_of(bytes, longest, |byte| is_word(byte) || byte == b'-');
    let header = part(rest, LONGEST);
    let claims = rest.get(header).filter(|&&dot| dot == b'.').map(|_| part(&rest[header + 1..], 16 * LONGEST))?;
    let after = header + 1 + claims;
    let signature = rest.get(after).filter(|&&dot| dot == b'.').map(|_| part(&rest[after + 1..], LONGEST))?;
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

/// Whether a text has the variety of something random: dummies and words have not.
pub(super) fn varied(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in text {
        seen[usize::from(byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different * 5 >= text.len().min(32) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters that look random, made here so that no token lies in the repository.
    fn letters(count: usize) -> String {
        let base62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..count).map(|at| char::from(base62[(at * 37 + at / 3 + 11) % 62])).collect()
    }

    fn capitals(count: usize) -> String {
        letters(400).chars().filter(char::is_ascii_uppercase).take(count).collect()
    }

    fn checked(prefix: &str) -> String {
        let random = letters(30);
        let sum = base62(crc32(random.as_bytes()), b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        format!("{prefix}{random}{}", String::from_utf8_lossy(&sum))
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        find(text.as_bytes()).into_iter().map(|hit| hit.kind).collect()
    }

    fn signed(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part("{\"alg\":\"HS256\"}"), part(claims), letters(43))
    }

    #[test]
    fn the_checksum_is_the_usual_crc() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62(61, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), b"00000z");
    }

    #[test]
    fn every_sort_of_token_is_found_wherever_it_stands() {
        let tokens = [
            ("github-token", checked("ghp_")),
            ("github-token", checked("ghs_")),
            ("github-token", format!("github_pat_{}_{}", letters(22), letters(59))),
            ("npm-token", checked("npm_")),
            ("aws-access-key", format!("AKIA{}", capitals(16))),
            ("slack-token", format!("xoxb-{}-{}-{}", "123456789012", "987654321098", letters(24))),
            ("gitlab-token", format!("glpat-{}", letters(20))),
            ("stripe-key", format!("sk_live_{}", letters(24))),
            ("google-api-key", format!("AIza{}", letters(35))),
            ("pypi-token", format!("pypi-AgEIcHlwaS5vcmc{}", letters(80))),
            ("jwt", signed("{\"sub\":\"7\"}")),
        ];
        for (kind, token) in tokens {
            for text in [token.clone(), format!("curl -H \"Authorization: {token}\" x"), format!("A='{token}'\n")] {
                assert_eq!(kinds(&text), [kind], "{text}");
                assert_eq!(find(text.as_bytes())[0].value, token);
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_token_is_none() {
        let wrong_sum = checked("ghp_").replacen("ghp_", "ghp_x", 1).chars().take(40).collect::<String>();
        for text in [
            wrong_sum,
            format!("ghp_{}", "x".repeat(36)),
            format!("x{}", checked("ghp_")),
            checked("ghp_") + "a",
            "npm_config_registry npm_lifecycle_event npm_package_version".to_owned(),
            ["AKIA", "IOSFODNN7", "EXAMPLE"].concat(),
            "xoxb-your-token-here-0000000000".to_owned(),
            format!("glpat-{}", "x".repeat(20)),
            "sk_live_...".to_owned(),
            signed("{\"sub\":\"1234567890\"}"),
            "eyJ.eyJ.eyJ".to_owned(),
            letters(300),
        ] {
            assert_eq!(kinds(&text), [""; 0], "{text}");
        }
    }
}
