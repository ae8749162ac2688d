//! Whether a file and its replacement have the same bytes: decided without reading if possible, else by hashing the
//! contents.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::image::{Contents, EntryKind, Finding, FindingKind, Progress, ProgressEvent};
use crate::union::{Union, VersionId, VersionRef};

use super::moved;

/// A stored file and its replacement, each represented by the version that stores the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The lower, wasted one.
    pub lower: VersionId,
    /// The replacement.
    pub upper: VersionId,
}

/// What is known about pairs without reading.
pub(super) enum Sameness {
    /// The path became something else: a folder, a link.
    OtherSort,
    Same,
    Different,
    /// Only the contents decide.
    Unknown(Pair),
}

pub(super) fn sameness(lower: VersionRef<'_>, upper: VersionRef<'_>) -> Sameness {
    let (lower, upper) = (lower.inode(), upper.inode());
    let (Some(old), Some(new)) = (lower.entry(), upper.entry()) else { return Sameness::OtherSort };
    if old.kind() != new.kind() {
        return Sameness::OtherSort;
    }
    if lower.id() == upper.id() {
        return Sameness::Same;
    }
    if old.kind() != EntryKind::File {
        return Sameness::Different;
    }
    if old.size() != new.size() || old.stored() != new.stored() || old.sparse_map() != new.sparse_map() {
        return Sameness::Different;
    }
    match (old.content_hash(), new.content_hash()) {
        (Some(old), Some(new)) if old == new => Sameness::Same,
        (Some(_), Some(_)) => Sameness::Different,
        _ => Sameness::Unknown(Pair { lower: lower.id(), upper: upper.id() }),
    }
}

/// The pairs whose contents must be read before the accounts are final.
#[must_use]
pub fn pairs(union: &Union) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for version in union.all_versions().map(|id| union.version(id)) {
        if version.inode().stored() == 0 {
            continue;
        }
        if let Some(Sameness::Unknown(pair)) = version.successor().map(|successor| sameness(version, successor)) {
            pairs.push(pair);
        }
    }
    pairs.extend(moved::pairs(union));
    pairs
}

/// The result of comparing pairs.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    same: HashMap<Pair, bool>,
    /// Contents that could not be read; they count as different.
    pub findings: Vec<Finding>,
}

impl Identities {
    /// Reads what must be read, several contents at a time and each once. What is not
    /// compared because `progress` cancels it counts as different.
    pub fn compare(union: &Union, contents: &dyn Contents, pairs: &[Pair], progress: &dyn Progress) -> Self {
        // Versions are numbered in stored order, so that every thread reads forwards.
        let mut wanted: Vec<VersionId> = pairs.iter().flat_map(|pair| [pair.lower, pair.upper]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut hashes: Vec<Option<u128>> = vec![None; wanted.len()];
        let mut failed = BTreeMap::new();
        let mut done = 0;
        each_chunk(
            &wanted,
            progress,
            |id| read(union, contents, id),
            |at, results| {
                done += results.len();
                for (at, result) in (at..).zip(results) {
                    match result {
                        Ok(hash) => hashes[at] = Some(hash),
                        Err(finding) => {
                            failed.insert(at, finding);
                        }
                    }
                }
                progress.report(ProgressEvent::Comparing { done, total: wanted.len() });
            },
        );
        let hash = |id| wanted.binary_search(&id).ok().and_then(|at| hashes[at]);
        let same = |pair: &Pair| hash(pair.lower).is_some_and(|lower| hash(pair.upper) == Some(lower));
        Self { same: pairs.iter().map(|pair| (*pair, same(pair))).collect(), findings: failed.into_values().collect() }
    }

    pub(super) fn same(&self, pair: Pair) -> bool {
        self.same.get(&pair).copied().unwrap_or(false)
    }
}

/// How many contents are handed out at once: most are small, and a core that waits for the last one should not wait
/// long.
const CHUNK: usize = 32;

/// Processes every item on all cores; `take` receives the results of a chunk, and the index of its first item.
pub(crate) fn each_chunk<T: Copy + Sync, R: Send>(
    items: &[T],
    progress: &dyn Progress,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(usize, Vec<R>),
) {
    let next = AtomicUsize::new(0);
    let (sender, results) = channel();
    let run = |sender: Sender<(usize, Vec<R>)>| {
        while !progress.cancelled() {
            let at = next.fetch_add(CHUNK, Ordering::Relaxed);
            let Some(rest) = items.get(at..).filter(|rest| !rest.is_empty()) else { break };
            let chunk = rest.iter().take(CHUNK).map(|&item| work(item)).collect();
            // The receiver outlives this.
            let _ = sender.send((at, chunk));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len().div_ceil(CHUNK));
    thread::scope(|scope| {
        let spawn = |number| {
            let sender = sender.clone();
            thread::Builder::new().name(format!("compare-{number}")).spawn_scoped(scope, || run(sender)).is_ok()
        };
        // If the system has no thread left, this one does the work.
        if (0..threads).filter(|&number| spawn(number)).count() == 0 {
            run(sender.clone());
        }
        drop(sender);
        for (at, chunk) in results {
            take(at, chunk);
        }
    });
}

fn read(union: &Union, contents: &dyn Contents, id: VersionId) -> Result<u128, Finding> {
    let version = union.version(id);
    let doubt = |why: &dyn std::fmt::Display| {
        let message = format!("its content cannot be compared and counts as different: {why}");
        Finding::of_path(FindingKind::Unreadable, version.layer(), version.path(), message).gap()
    };
    let entry = version.entry().ok_or_else(|| doubt(&"the archive has no entry for it"))?;
    contents.identity_within(version.layer(), entry).map_err(|error| doubt(&error))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::image::{EntryRef, LayerNumber, ReadError};
    use crate::union::testing::{entry, layer};

    /// File `n` has the same content in both layers if `n` is even; the last of layer 2 cannot be read.
    struct Odd(usize);

    impl Contents for Odd {
        fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            Ok(Box::new(io::empty()))
        }

        fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
            let number: usize = String::from_utf8_lossy(entry.name()).parse().expect("a number");
            if number + 1 == self.0 && layer.get() == 2 {
                return Err(ReadError::Io { layer, source: io::ErrorKind::UnexpectedEof.into() });
            }
            Ok(if number.is_multiple_of(2) { 7 } else { 1 + layer.get() as u128 })
        }
    }

    #[derive(Default)]
    struct Heard(Mutex<Vec<(usize, usize)>>);

    impl Progress for Heard {
        fn report(&self, event: ProgressEvent) {
            let ProgressEvent::Comparing { done, total } = event else { return };
            self.0.lock().expect("whole").push((done, total));
        }
    }

    fn two_layers(files: usize) -> Union {
        let names: Vec<_> = (0..files).map(|number| number.to_string()).collect();
        let layer = layer(names.iter().map(|name| entry(name, 5)));
        Union::build(vec![Arc::clone(&layer), layer])
    }

    #[test]
    fn every_pair_gets_its_own_answer_whichever_thread_read_it() {
        let files = 10 * CHUNK + 1;
        let union = two_layers(files);
        let pairs = pairs(&union);
        assert_eq!(pairs.len(), files);
        let heard = Heard::default();
        let known = Identities::compare(&union, &Odd(files), &pairs, &heard);
        for &pair in &pairs {
            let path = union.version(pair.lower).path();
            let number: usize = String::from_utf8_lossy(path.as_bytes()).parse().expect("a number");
            assert_eq!(known.same(pair), number.is_multiple_of(2) && number + 1 < files, "{number}");
        }
        assert_eq!(known.findings.len(), 1);
        let told = heard.0.into_inner().expect("whole");
        assert_eq!(told.last(), Some(&(2 * files, 2 * files)));
        assert!(told.is_sorted());
    }
}
