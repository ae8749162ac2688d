//! The SHA-256 of every member of a tar, computed while the tar is copied: reading a layer of gigabytes again for its
//! digest would take seconds.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::image::{Digest, Hasher};

use super::tar::{BLOCK, Block, content_size};

/// The limit on members whose digests are kept: an archive of images has a few hundred.
const MOST: usize = 65_536;

/// Digests of parts of a file, by offset and length. Each is the digest of exactly these bytes, whatever the tar says.
#[derive(Clone, Debug, Default)]
pub(super) struct MemberDigests(BTreeMap<(u64, u64), Digest>);

impl MemberDigests {
    /// Digests that are known already.
    pub(super) fn new(digests: impl IntoIterator<Item = ((u64, u64), Digest)>) -> Self {
        Self(digests.into_iter().collect())
    }

    /// The digest of a part.
    pub(super) fn of(&self, at: u64, len: u64) -> Option<&Digest> {
        self.0.get(&(at, len))
    }

    /// All parts, in the order of the file; no two overlap.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64, &Digest)> {
        self.0.iter().map(|(&(at, len), digest)| (at, len, digest))
    }

    /// Whether some part has a digest.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.0.values().any(|known| known == digest)
    }
}

/// A reader of a tar that hashes the members that pass through. It knows plain headers only: where a size is in an
/// extended header, or the tar is compressed, the digests of all that follows are missing.
pub(super) struct TarHasher<R> {
    inner: R,
    at: u64,
    header: Vec<u8>,
    member: Option<RunningMember>,
    padding: u64,
    is_lost: bool,
    found: MemberDigests,
}

struct RunningMember {
    at: u64,
    len: u64,
    left: u64,
    hasher: Hasher,
}

impl<R> TarHasher<R> {
    pub(super) fn new(inner: R) -> Self {
        let header = Vec::with_capacity(BLOCK);
        Self { inner, at: 0, header, member: None, padding: 0, is_lost: false, found: MemberDigests::default() }
    }

    /// The digests of the members that have passed as a whole.
    pub(super) fn finish(self) -> MemberDigests {
        self.found
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_lost {
            let count = if let Some(member) = &mut self.member {
                let count = part(bytes, member.left);
                member.hasher.update(&bytes[..count]);
                member.left -= count as u64;
                count
            } else if self.padding > 0 {
                let count = part(bytes, self.padding);
                self.padding -= count as u64;
                count
            } else {
                let count = part(bytes, (BLOCK - self.header.len()) as u64);
                self.header.extend_from_slice(&bytes[..count]);
                count
            };
            self.at += count as u64;
            bytes = &bytes[count..];
            if let Some(done) = self.member.take_if(|member| member.left == 0)
                && let Ok(digest) = format!("sha256:{}", done.hasher.finish()).parse()
            {
                self.found.0.insert((done.at, done.len), digest);
            }
            if let Ok(block) = <&Block>::try_from(self.header.as_slice()) {
                let block = *block;
                self.begin(&block);
            }
        }
    }

    /// Begins what follows a header.
    fn begin(&mut self, block: &Block) {
        self.header.clear();
        if *block == [0; BLOCK] {
            return;
        }
        let Some(size) = content_size(block).filter(|_| self.found.0.len() < MOST) else {
            self.is_lost = true;
            return;
        };
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
        if size > 0 {
            self.member = Some(RunningMember { at: self.at, len: size, left: size, hasher: Hasher::sha256() });
        }
    }
}

fn part(bytes: &[u8], at_most: u64) -> usize {
    bytes.len().min(usize::try_from(at_most).unwrap_or(usize::MAX))
}

impl<R: Read> Read for TarHasher<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tar::tests::build::Tar;

    /// Reads in pieces of so many bytes.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            self.0.read(&mut buffer[..count])
        }
    }

    fn digests(tar: &[u8], piece: usize) -> MemberDigests {
        let mut hasher = TarHasher::new(Pieces(tar, piece));
        let mut copy = Vec::new();
        hasher.read_to_end(&mut copy).expect("read");
        assert_eq!(copy, tar);
        hasher.finish()
    }

    #[test]
    fn every_member_has_the_digest_of_its_bytes_however_they_come() {
        let contents = [&b""[..], b"a", &[7; 512], &[8; 1025]];
        let tar = contents.iter().fold(Tar::default(), |tar, content| tar.file("name", content)).end().0;
        for piece in [1, 7, 512, 513, 1 << 20] {
            let found = digests(&tar, piece);
            assert_eq!(found.iter().count(), 3);
            for (at, len, digest) in found.iter() {
                let bytes = &tar[usize::try_from(at).expect("small")..][..usize::try_from(len).expect("small")];
                assert!(contents.contains(&bytes), "{at} {len}");
                assert_eq!((digest, found.of(at, len)), (&Digest::of(bytes), Some(digest)));
            }
        }
    }

    #[test]
    fn what_is_no_tar_or_ends_early_has_no_digests() {
        let tar = Tar::default().file("name", &[7; 1000]).end().0;
        assert_eq!(digests(&tar[..1500], 100).iter().count(), 0);
        assert_eq!(digests(&[1; 5000], 100).iter().count(), 0);
        assert_eq!(digests(b"short", 2).iter().count(), 0);
    }
}
