//! Digests, checked before anything is looked up by them (image-spec `descriptor.md`, *Digests*).

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::sha256;

/// The longest digest in use, a sha512, has 135 bytes; registries refuse much longer ones.
const BYTES_MOST: usize = 1_024;

/// A text that is not a digest, as far as a message may quote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{quoted}` is not a digest: `algorithm:encoded` is expected, with 64 lower-case hex digits for sha256 and 128 for \
     sha512"
)]
pub struct BadDigest {
    /// A known algorithm and an ellipsis: the text can be anything, a secret too.
    pub quoted: String,
}

impl BadDigest {
    fn new(text: &str) -> Self {
        let algorithm = text.split_once(':').map(|(algorithm, _)| algorithm);
        let known = algorithm.filter(|algorithm| ["sha256", "sha384", "sha512", "blake3"].contains(algorithm));
        Self { quoted: known.map_or_else(|| "…".to_owned(), |algorithm| format!("{algorithm}:…")) }
    }
}

/// Names a blob by its bytes as stored: `algorithm:encoded`.
///
/// The grammar is checked when one is created, so a digest never leads out of a `blobs` folder (CVE-2024-3727).
/// Algorithms that this program cannot compute are legal: they can be looked up but not verified.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Digest {
    /// The SHA-256 digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_sha256(&sha256(bytes))
    }

    /// A digest from a SHA-256 hash.
    #[must_use]
    pub fn of_sha256(hash: &[u8]) -> Self {
        Self(format!("sha256:{}", Self::encode(hash)))
    }

    /// A hash in lower-case hex digits, as after the colon.
    #[must_use]
    pub fn encode(hash: &[u8]) -> String {
        use fmt::Write;
        hash.iter().fold(String::with_capacity(hash.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The bytes of hex digits, as [`Digest::encode`] writes them.
    #[must_use]
    pub fn decode(digits: &str) -> Option<Vec<u8>> {
        let bytes = (0..digits.len()).step_by(2);
        bytes.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
    }

    /// The part before the colon.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The part after the colon.
    #[must_use]
    pub fn encoded(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, encoded)| encoded)
    }

    /// The full text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Twelve digits, as engines shorten them.
    #[must_use]
    pub fn short(&self) -> &str {
        let encoded = self.encoded();
        encoded.get(..12).unwrap_or(encoded)
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        // oci-spec knows the grammar, but accepts a sha512 of the wrong length and a separator at the end.
        let sound = text.len() <= BYTES_MOST
            && oci_spec::image::Digest::from_str(text).is_ok()
            && text.split_once(':').is_some_and(|(algorithm, encoded)| {
                let hex =
                    |digits| encoded.len() == digits && encoded.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                match algorithm {
                    "sha256" => hex(64),
                    "sha512" => hex(128),
                    _ => algorithm.split(['+', '.', '_', '-']).all(|part| !part.is_empty()),
                }
            });
        if sound { Ok(Self(text.to_owned())) } else { Err(BadDigest::new(text)) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the tar inside a layer's blob by its bytes, padding included: what `rootfs.diff_ids` lists.
///
/// It equals the blob's [`Digest`] only where the blob is not compressed, so the two are never compared by accident.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DiffId(pub Digest);

impl DiffId {
    /// The full text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for DiffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_grammar_allows_is_a_digest() {
        let sha256 = format!("sha256:{}", "0a".repeat(32));
        let sha512 = format!("sha512:{}", "0a".repeat(64));
        let good = [
            sha256.as_str(),
            &sha512,
            "blake3:Zm9v_-=",
            "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
        ];
        for text in good {
            assert_eq!(text.parse::<Digest>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        let upper = format!("sha256:{}", "0A".repeat(32));
        for text in [
            "",
            ":",
            "sha256:",
            "sha256:../../etc/passwd",
            "sha256:abc",
            &upper,
            "a+:b",
            "SHA256:ab",
            "x:y/z",
            "sha512:00",
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text} must be refused");
        }
        for (text, quoted) in
            [("sha256:hunter2", "`sha256:…` is not"), ("Hunter2:aa", "`…` is not"), ("hunter2", "`…` is not")]
        {
            let message = text.parse::<Digest>().expect_err("refused").to_string();
            assert!(message.starts_with(quoted), "{message}");
        }
    }

    #[test]
    fn a_short_digest_is_its_first_twelve_digits() {
        assert_eq!(Digest::of_sha256(&[0xab; 32]).short(), "abababababab");
    }
}
