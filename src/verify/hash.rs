//! Hashes streams in parallel, largest first, with buffers of fixed size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::image::{Digest, Hasher, Progress, ProgressEvent, read_some};
use crate::source::{Audit, Stream};

const BUFFER: usize = 256 << 10;

/// The result of hashing a stream, for one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashResult {
    /// The hash is the claimed one.
    Same,
    /// The hash differs; this is the computed one.
    Other(String),
    /// The algorithm is unknown.
    Unknown,
    /// The stream could not be read completely.
    Broken(String),
}

/// The results for all claims of an audit.
pub(super) struct HashResults {
    by_claim: BTreeMap<(usize, Digest), HashResult>,
    pub(super) bytes: u64,
}

impl HashResults {
    pub(super) fn get(&self, stream: usize, digest: &Digest) -> &HashResult {
        self.by_claim.get(&(stream, digest.clone())).unwrap_or(&HashResult::Unknown)
    }
}

/// Hashes every stream once; `None` if cancelled.
pub(super) fn hash_all(audit: &Audit, progress: &dyn Progress) -> Option<HashResults> {
    let mut wanted: BTreeMap<usize, BTreeSet<&Digest>> = BTreeMap::new();
    for claim in &audit.claims {
        wanted.entry(claim.stream).or_default().insert(&claim.digest);
    }
    let mut work: Vec<_> = wanted.into_iter().collect();
    work.sort_by_key(|(stream, _)| std::cmp::Reverse(audit.streams[*stream].stored_size()));
    let total = work.iter().map(|(stream, _)| audit.streams[*stream].stored_size()).sum();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let verdicts = Mutex::new(HashResults { by_claim: BTreeMap::new(), bytes: 0 });
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(work.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((stream, digests)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let source = &audit.streams[*stream];
                    let mut counted = 0;
                    let mut go_on = |bytes: u64| {
                        // Progress counts stored bytes: a compressed stream yields more bytes than that, so they are
                        // capped.
                        let step = bytes.min(source.stored_size().saturating_sub(counted));
                        counted += step;
                        let all = done.fetch_add(step, Ordering::Relaxed) + step;
                        progress.report(ProgressEvent::Hashing { done: all, total });
                        !progress.cancelled()
                    };
                    let (found, bytes) = hash(source, digests, &mut go_on);
                    let mut verdicts = verdicts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    verdicts.bytes += bytes;
                    for (digest, verdict) in digests.iter().zip(found) {
                        verdicts.by_claim.insert((*stream, (*digest).clone()), verdict);
                    }
                    if progress.cancelled() {
                        return;
                    }
                }
            });
        }
    });
    if progress.cancelled() {
        return None;
    }
    Some(verdicts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn hash(stream: &Stream, digests: &BTreeSet<&Digest>, go_on: &mut dyn FnMut(u64) -> bool) -> (Vec<HashResult>, u64) {
    let mut hashers: Vec<_> = digests.iter().map(|digest| Hasher::new(digest.algorithm())).collect();
    let mut bytes = 0;
    if hashers.iter().all(Option::is_none) {
        return (vec![HashResult::Unknown; hashers.len()], 0);
    }
    let mut fault = None;
    match stream.open() {
        Err(error) => fault = Some(error.to_string()),
        Ok(mut reader) => {
            let mut buffer = vec![0; BUFFER];
            loop {
                match read_some(&mut reader, &mut buffer) {
                    Ok(0) => break,
                    Ok(count) => {
                        for hasher in hashers.iter_mut().flatten() {
                            hasher.update(&buffer[..count]);
                        }
                        bytes += count as u64;
                        if !go_on(count as u64) {
                            break;
                        }
                    }
                    Err(error) => {
                        fault = Some(error.to_string());
                        break;
                    }
                }
            }
        }
    }
    let verdict = |(hasher, digest): (Option<Hasher>, &&Digest)| match (hasher, &fault) {
        (None, _) => HashResult::Unknown,
        (Some(_), Some(error)) => HashResult::Broken(error.clone()),
        (Some(hasher), None) => {
            let found = hasher.finish();
            if found == digest.encoded() {
                HashResult::Same
            } else {
                HashResult::Other(format!("{}:{found}", digest.algorithm()))
            }
        }
    };
    (hashers.into_iter().zip(digests).map(verdict).collect(), bytes)
}
