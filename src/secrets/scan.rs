//! Reads the files worth reading and combines the results.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::analysis::each_file;
use crate::analysis::{Account, Analysis, Base, Waste};
use crate::image::magic::{SEVEN_ZIP, ZIP};
use crate::image::{
    Compression, Contents, EntryKind, EntryPath, EntryRef, Finding, FindingKind, Image, Progress, ProgressEvent,
};
use crate::union::{Union, VersionId, VersionRef};

use super::forms::{self, ContentKind};
use super::known::LayersToKeep;
use super::{Secret, SecretHit, SecretLocation, Severity, aws, documents, files, window};

/// A file whose name makes it worthwhile is read up to this size.
const NAMED: u64 = 1 << 20;
/// So much of any other file above the base image.
const OTHERS: u64 = 8 << 20;
/// Text has no zero byte in front.
const LOOKED_AT: usize = 1024;
/// Hits of one file.
const OF_A_FILE: usize = 20;
/// A root filesystem of a distribution has one of these.
const OF_A_DISTRIBUTION: [&[u8]; 2] = [b"etc/os-release", b"usr/lib/os-release"];
/// The limit on secrets that are kept; an image of nothing else would fill the memory.
const MOST: usize = 10_000;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The most certain first; then by location.
    pub found: Vec<Secret>,
    /// How many more there are than are kept.
    pub more: usize,
    /// Contents that could not be read.
    pub findings: Vec<Finding>,
    /// How many layers, from the bottom, were searched by the names of their files only.
    pub by_names: usize,
}

/// Searches an image.
pub fn find(
    image: &Image,
    union: &Union,
    analysis: &Analysis,
    contents: &dyn Contents,
    progress: &dyn Progress,
) -> Secrets {
    let by_names = layers_by_names(image, union);
    let wanted: Vec<VersionId> = union.all_versions().filter(|&id| is_wanted(union.version(id), by_names)).collect();
    let ended: HashMap<VersionId, &Waste> = analysis.waste.iter().map(|row| (row.version, row)).collect();
    let (mut to_keep, wanted) = LayersToKeep::new(union, contents, by_names, wanted);
    let all = wanted.len();
    let mut secrets = Secrets { found: documents::find(image), by_names, ..Secrets::default() };
    secrets.more = secrets.found.len().saturating_sub(MOST);
    secrets.found.truncate(MOST);
    let searched = SearchCache::default();
    each_file(
        image,
        union,
        wanted,
        progress,
        |done| progress.report(ProgressEvent::Searching { done, total: all }),
        |version| searched.search(version, contents),
        |id, result| {
            if result.as_ref().is_ok_and(Vec::is_empty) {
                return;
            }
            let version = union.version(id);
            to_keep.note(version.layer(), id);
            match result {
                Ok(hits) => secrets.add(union, version, hits, ended.get(&id).copied()),
                Err(finding) if secrets.findings.len() < MOST => secrets.findings.push(finding),
                Err(_) => {}
            }
        },
    );
    if !progress.cancelled() {
        to_keep.keep(contents);
    }
    secrets.found.sort_by(|a, b| (b.severity, place(a), a.kind).cmp(&(a.severity, place(b), b.kind)));
    secrets
}

/// Files in the order of their paths and layers; secrets in documents before them.
fn place(secret: &Secret) -> (u8, usize, &[u8]) {
    match &secret.location {
        SecretLocation::Env(name) => (0, 0, name.as_bytes()),
        SecretLocation::Label(name) => (1, 0, name.as_bytes()),
        SecretLocation::Document(place) => (2, 0, place.as_bytes()),
        SecretLocation::Step { number, .. } => (3, *number, b""),
        SecretLocation::File { layer, path, .. } => (4, layer.get(), path.as_bytes()),
    }
}

/// What came with a base that is a distribution is public already. Any other base may be one's own, however it was built,
/// so its contents are read: being wrong about it must not hide a secret.
fn layers_by_names(image: &Image, union: &Union) -> usize {
    let published = Base::detect(image).published;
    let is_there = |path: &[u8]| {
        let versions =
            union.node_at(&EntryPath::normalise(path).path).into_iter().flat_map(|node| union.versions(node));
        versions.map(|id| union.version(id)).any(|version| version.layer().get() <= published)
    };
    if OF_A_DISTRIBUTION.into_iter().any(is_there) { published } else { 0 }
}

fn is_wanted(version: VersionRef<'_>, by_names: usize) -> bool {
    let Some(entry) = version.entry() else { return false };
    if entry.kind() != EntryKind::File || version.inode().id() != version.id() || entry.size() == 0 {
        return false;
    }
    let path = version.path();
    if files::is_everywhere(path.as_bytes()) {
        return false;
    }
    if version.layer().get() > by_names {
        return true;
    }
    entry.size() <= NAMED && (files::named(path.as_bytes()).is_some() || files::is_worth_it(path.as_bytes()))
}

fn search(version: VersionRef<'_>, contents: &dyn Contents) -> Result<Vec<SecretHit>, Finding> {
    let path = version.path();
    let unread = |why: &dyn std::fmt::Display| {
        let message = format!("it cannot be read, so it was not searched for secrets: {why}");
        Finding::of_path(FindingKind::Unreadable, version.layer(), version.path(), message).gap()
    };
    let entry = version.entry().ok_or_else(|| unread(&"the archive has no entry for it"))?;
    let reader = contents.open(version.layer(), entry).map_err(|error| unread(&error.in_full()))?;
    let holds = files::named(path.as_bytes()).filter(|_| entry.size() <= NAMED);
    let mut hits = match holds {
        Some(holds) => named(reader, entry.size(), holds),
        None => other(reader, entry.size()),
    }
    .map_err(|error| unread(&error))?;
    let mut known = HashSet::new();
    hits.retain(|hit| known.insert(hit.value.clone()));
    Ok(hits.into_iter().take(OF_A_FILE).map(SecretHit::shortened).collect())
}

/// Results of contents that were read, by their identity: what a later layer stores again, as `chown` does, is not
/// decompressed again.
#[derive(Default)]
struct SearchCache(Mutex<HitsByContent>);

#[derive(Default)]
struct HitsByContent {
    hits: HashMap<u128, Vec<SecretHit>>,
    /// How many hits those are.
    kept: usize,
}

impl SearchCache {
    fn search(&self, version: VersionRef<'_>, contents: &dyn Contents) -> Result<Vec<SecretHit>, Finding> {
        // What a file with a certain name must contain is not required of others.
        let is_named = || files::named(version.path().as_bytes()).is_some();
        let Some(hash) = version.entry().and_then(EntryRef::content_hash).filter(|_| !is_named()) else {
            return search(version, contents);
        };
        if let Some(hits) = self.lock().hits.get(&hash) {
            return Ok(hits.clone());
        }
        let hits = search(version, contents)?;
        // Few contain anything; those that do are cached up to a limit.
        let mut known = self.lock();
        if hits.is_empty() || known.kept < MOST {
            known.kept += hits.len();
            known.hits.insert(hash, hits.clone());
        }
        Ok(hits)
    }

    fn lock(&self) -> MutexGuard<'_, HitsByContent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file with a certain name: what it must contain, and everything that is recognised by its form.
fn named(reader: impl Read, size: u64, holds: files::ContentCheck) -> io::Result<Vec<SecretHit>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(NAMED)).unwrap_or_default());
    reader.take(NAMED).read_to_end(&mut bytes)?;
    let mut hits = holds(&bytes);
    hits.extend(forms::find(&bytes, content_kind(&bytes)));
    Ok(hits)
}

/// Any other file, up to its limit.
fn other(reader: impl Read, size: u64) -> io::Result<Vec<SecretHit>> {
    let mut hits = Vec::new();
    let mut known = None;
    let mut free = 0;
    window::each(reader.take(OTHERS), size, aws::NEAR, forms::LONGEST, |bytes, range| {
        if known.is_none() && is_packed(bytes) {
            return false;
        }
        let look = *known.get_or_insert_with(|| content_kind(bytes));
        let from = (range.start + free).min(range.end);
        let end = forms::find_in(bytes, from..range.end, look, &mut hits);
        free = end.saturating_sub(range.end);
        hits.len() < OF_A_FILE
    })?;
    Ok(hits)
}

fn content_kind(bytes: &[u8]) -> ContentKind {
    let begin = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if begin.contains(&0) { ContentKind::Binary } else { ContentKind::Text }
}

/// Whether a content is compressed or a picture, in which characters occur by chance.
fn is_packed(bytes: &[u8]) -> bool {
    const BEGINS: [&[u8]; 4] = [ZIP, SEVEN_ZIP, b"\x89PNG", b"\xff\xd8\xff"];
    Compression::detect(bytes) != Compression::None || BEGINS.iter().any(|begin| bytes.starts_with(begin))
}

/// Whether any user in a container can read a file: it is live, its mode lets them, and every folder on the way lets them
/// through. A folder that no layer stores is made with the usual mode.
fn is_world_readable(union: &Union, version: VersionRef<'_>) -> bool {
    const READ: u16 = 0o004;
    const PASS: u16 = 0o001;
    let Some(node) = version.node().filter(|_| version.ended().is_none() && version.mode() & READ != 0) else {
        return false;
    };
    let folders = std::iter::successors(union.parent(node), |&folder| union.parent(folder));
    let mut modes = folders.filter_map(|folder| union.live(folder)).map(|id| union.version(id).mode());
    modes.all(|mode| mode & PASS != 0)
}

impl Secrets {
    /// `layers 1 to 3 of the base were searched by file names only`; `None` if every layer's contents were read.
    #[must_use]
    pub fn searched_by_names(&self) -> Option<String> {
        let layers = match self.by_names {
            0 => return None,
            1 => "layer 1 of the base was".to_owned(),
            last => format!("layers 1 to {last} of the base were"),
        };
        Some(format!("{layers} searched by file names only"))
    }

    /// The same where there is little room.
    #[must_use]
    pub fn searched_by_names_in_short(&self) -> Option<String> {
        let layers = match self.by_names {
            0 => return None,
            1 => "layer 1".to_owned(),
            last => format!("layers 1 to {last}"),
        };
        Some(format!("{layers} searched by file names only"))
    }

    fn add(&mut self, union: &Union, version: VersionRef<'_>, hits: Vec<SecretHit>, waste: Option<&Waste>) {
        let is_for_tests = files::is_for_tests(version.path().as_bytes());
        for mut hit in hits {
            if is_for_tests {
                hit.severity = Severity::Medium;
            }
            if self.found.len() >= MOST {
                self.more += 1;
                continue;
            }
            let location = SecretLocation::File {
                layer: version.layer(),
                path: version.path(),
                account: waste.map_or(Account::Live, |row| row.account),
                hidden_by: waste.map(|row| row.by),
                world_readable: is_world_readable(union, version),
            };
            self.found.push(hit.at(location));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Compression, Entries, LayerNumber, NewEntry, Quiet, ReadError};
    use crate::union::testing::{self, entry};

    /// Every file contains a key, except text; notes which layers were read, and keeps answers.
    #[derive(Default)]
    struct Keys {
        read: Mutex<Vec<usize>>,
        kept: Mutex<HashMap<(LayerNumber, String), Vec<u8>>>,
    }

    impl Keys {
        /// The layers of which files were read since the last call.
        fn take_read(&self) -> Vec<usize> {
            std::mem::take(&mut self.read.lock().expect("no panic"))
        }
    }

    impl Contents for Keys {
        fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            self.read.lock().expect("no panic").push(layer.get());
            if entry.name().ends_with(b".txt") {
                return Ok(Box::new(io::Cursor::new(b"nothing")));
            }
            let (dashes, letters) = ("-".repeat(5), ('A'..='Z').collect::<String>().repeat(3));
            let key = format!("{dashes}BEGIN PRIVATE KEY{dashes}\nM{letters}\n{dashes}END PRIVATE KEY{dashes}\n");
            Ok(Box::new(io::Cursor::new(key.into_bytes())))
        }

        fn identity(&self, layer: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
            Err(ReadError::NoBlob { layer, why: "nobody asks".to_owned() })
        }

        fn recall(&self, layer: LayerNumber, question: &str, _: bool) -> Option<Vec<u8>> {
            self.kept.lock().expect("no panic").get(&(layer, question.to_owned())).cloned()
        }

        fn keep(&self, layer: LayerNumber, question: &str, _: bool, answer: &[u8]) {
            self.kept.lock().expect("no panic").insert((layer, question.to_owned()), answer.to_vec());
        }
    }

    /// A layer of files with the hashes of their contents.
    fn hashed(files: &[(&str, u128)]) -> Arc<Entries> {
        let mut scan = Entries::new();
        for (name, hash) in files {
            let at = scan.push(NewEntry { name: name.as_bytes(), size: 9, ..NewEntry::default() }).expect("room");
            scan.set_hash(at, *hash);
        }
        Arc::new(scan)
    }

    fn packed_image(layers: usize) -> Image {
        let packed = crate::image::Layer { compression: Some(Compression::Gzip), ..crate::image::Layer::default() };
        Image { layers: vec![packed; layers], ..Image::default() }
    }

    #[test]
    fn what_a_later_layer_stores_again_is_told_of_both_and_read_once() {
        let union =
            Union::build(vec![hashed(&[]), hashed(&[("a", 7)]), hashed(&[("tests/a", 7)]), hashed(&[("b", 8)])]);
        let image = packed_image(4);
        let (keys, analysis) = (Keys::default(), Analysis::new(&union, None));
        let found = find(&image, &union, &analysis, &keys, &Quiet).found;
        let told: Vec<_> = found.iter().map(|secret| (place(secret).1, secret.severity)).collect();
        assert_eq!(told, [(2, Severity::High), (4, Severity::High), (3, Severity::Medium)]);
        assert_eq!(keys.take_read(), [2, 4]);
    }

    /// Cancelled from the beginning, or never.
    struct Stopped(bool);

    impl Progress for Stopped {
        fn report(&self, _: ProgressEvent) {}

        fn cancelled(&self) -> bool {
            self.0
        }
    }

    #[test]
    fn a_second_look_reads_only_the_files_with_secrets() {
        let layers = |content: u128| {
            let first = hashed(&[("a.txt", 1), ("b.txt", 2), ("key", 3), ("c.txt", 4)]);
            Union::build(vec![first, hashed(&[("d.txt", 5), ("e.txt", content)])])
        };
        let (union, image, keys) = (layers(6), packed_image(2), Keys::default());
        let search = |union: &Union, stop| find(&image, union, &Analysis::new(union, None), &keys, &Stopped(stop));
        search(&union, true);
        assert!(keys.kept.lock().expect("no panic").is_empty(), "a search that was cancelled is not kept");
        keys.take_read();
        let first = search(&union, false).found;
        assert_eq!((first.len(), keys.take_read()), (1, vec![1, 1, 1, 1, 2, 2]));
        assert_eq!((search(&union, false).found, keys.take_read()), (first.clone(), vec![1]));
        let changed = layers(7);
        assert_eq!((search(&changed, false).found, keys.take_read()), (first.clone(), vec![1, 2, 2]));
        for answer in keys.kept.lock().expect("no panic").values_mut() {
            answer.push(9);
        }
        assert_eq!((search(&union, false).found, keys.take_read()), (first, vec![1, 1, 1, 1, 2, 2]));
    }

    /// Whether anybody can read `d/key` after these layers of folders and files with their modes; a folder has a slash.
    fn is_open(layers: &[&[(&str, u32)]]) -> bool {
        let layer = |entries: &&[(&str, u32)]| {
            testing::layer(entries.iter().map(|&(name, mode)| NewEntry { mode, ..entry(name, 0) }))
        };
        let union = Union::build(layers.iter().map(layer).collect());
        let mut keys = union.all_versions().map(|id| union.version(id));
        let key = keys.find(|version| version.path().as_bytes() == b"d/key").expect("the key");
        is_world_readable(&union, key)
    }

    #[test]
    fn a_file_is_open_to_all_if_its_mode_and_its_folders_let_them() {
        assert!(is_open(&[&[("d/", 0o755), ("d/key", 0o644)]]));
        assert!(is_open(&[&[("d/key", 0o604)]]), "a folder that no layer stores");
        assert!(is_open(&[&[("d/", 0o711), ("d/key", 0o644)]]));
        assert!(!is_open(&[&[("d/", 0o755), ("d/key", 0o640)]]));
        assert!(!is_open(&[&[("d/", 0o700), ("d/key", 0o644)]]));
        assert!(!is_open(&[&[("d/", 0o755), ("d/key", 0o644)], &[("d/", 0o750)]]), "the folder as it is at last");
        assert!(!is_open(&[&[("d/", 0o755), ("d/key", 0o644)], &[("d/.wh.key", 0)]]), "removed");
    }
}
