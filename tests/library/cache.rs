//! Layers that are kept between runs: known again, and never shown when the bytes are others.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::testing::members::{CONFIG, MANIFEST, Member, Members, TAR, gzip, open_path, sha256};
use layerscope::image::{Contents, Entries, LayerNumber};
use layerscope::source::{ImageChoice, LayerCache, Limits, OpenedImage, Progress, ProgressEvent, Quiet};
use serde_json::json;
use tempfile::TempDir;

/// Longer than the coarsest clock of a file system that is trusted; what is waited for is never how fast anything is.
const TICK: Duration = Duration::from_millis(50);

/// What does not compress, and differs from seed to seed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(step).take(len).collect()
}

/// A layer of a few files of noise.
fn layer(seed: u64) -> Vec<u8> {
    let mut members = Members::default();
    for number in 0..4 {
        members.file(&format!("srv/{seed}/file-{number}"), noise(seed * 10 + number, 30_000));
    }
    members.symlink("srv/link", "file-0");
    members.tar()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// An archive of these blobs, under their own digests or others.
fn archive(blobs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut members = Members::default();
    let config = members.blob(CONFIG, json!({"os": "linux", "architecture": "amd64"}).to_string());
    let mut layers = Vec::new();
    // At the end, so that a cut file still has its lists.
    let mut at_the_end = Vec::new();
    for (digest, bytes) in blobs {
        let digest = if digest.is_empty() { sha256(bytes) } else { (*digest).to_owned() };
        at_the_end.push(Member::File(format!("blobs/sha256/{digest}"), bytes.clone()));
        layers.push(json!({"mediaType": TAR, "digest": format!("sha256:{digest}"), "size": bytes.len()}));
    }
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
    let manifest = members.blob(MANIFEST, manifest.to_string());
    members.index(&[manifest]);
    members.0.extend(at_the_end);
    members.tar()
}

/// What is kept, and a file to look at. On the disk that holds the build: temporary folders may lie in memory, where
/// files have no stamps.
struct Fixture {
    folder: TempDir,
    limits: Limits,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let limits = Limits { smallest_blob: 1000, settled: Duration::ZERO, ..Limits::default() };
        Self { folder, limits }
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image.tar")
    }

    /// Puts an archive in place, and waits until its time is past.
    fn put(&self, bytes: &[u8]) {
        fs::write(self.image(), bytes).unwrap();
        sleep(TICK);
    }

    fn opened(&self, path: &Path) -> OpenedImage {
        let kept = LayerCache::new(self.kept(), "a build".to_owned()).with_limits(self.limits);
        plain(path).with_cache(Some(Arc::new(kept)))
    }

    fn look(&self) -> Look {
        look(&self.opened(&self.image()))
    }

    /// A look at a file in its present state, which must be right, whatever was kept.
    #[track_caller]
    fn right_look(&self) -> Look {
        let seen = self.look();
        assert_eq!(seen.told, look(&plain(&self.image())).told);
        seen
    }

    fn records(&self) -> Vec<PathBuf> {
        let Ok(listed) = fs::read_dir(self.kept()) else { return Vec::new() };
        listed.map(|entry| entry.unwrap().path()).collect()
    }
}

fn plain(path: &Path) -> OpenedImage {
    open_path(path).unwrap().select(&ImageChoice::default()).unwrap()
}

/// What a look saw, and how much it was told to have read.
struct Look {
    told: String,
    /// The furthest that any layer was said to be read, in bytes; layers are told of once in a mebibyte.
    done: u64,
    layers_done: usize,
}

#[derive(Default)]
struct Watch {
    done: AtomicU64,
    layers: Mutex<Vec<LayerNumber>>,
    stop: AtomicBool,
}

impl Progress for Watch {
    fn report(&self, event: ProgressEvent) {
        match event {
            ProgressEvent::Layer { done, .. } => drop(self.done.fetch_max(done, Ordering::Relaxed)),
            ProgressEvent::LayerDone { layer, .. } => self.layers.lock().unwrap().push(layer),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn look(opened: &OpenedImage) -> Look {
    let watch = Watch::default();
    let layers = opened.scan(&watch);
    let layers_done = watch.layers.lock().unwrap().len();
    Look { told: told(&layers), done: watch.done.load(Ordering::Relaxed), layers_done }
}

/// All that anyone can ask of some layers.
fn told(layers: &[Arc<Entries>]) -> String {
    let mut all = String::new();
    for entries in layers {
        writeln!(all, "layer {} {} {:?}", entries.complete, entries.tar_bytes, entries.findings).unwrap();
        for e in entries.iter() {
            let (place, owner, target) = ((e.size(), e.stored(), e.data_offset()), (e.uid(), e.gid()), e.link_target());
            let rest = (e.mtime(), e.rdev(), e.xattrs(), e.sparse_map(), e.escaped(), e.content_hash());
            writeln!(all, "{e:?} {:o} {place:?} {owner:?} {target:?} {rest:?}", e.mode()).unwrap();
        }
    }
    all
}

/// Every file's bytes, as far as they come.
fn contents(opened: &OpenedImage) -> Vec<Option<Vec<u8>>> {
    let layers = opened.scan(&Quiet);
    let mut all = Vec::new();
    for (index, entries) in layers.iter().enumerate() {
        for entry in entries.iter() {
            let mut bytes = Vec::new();
            let read = opened.open(LayerNumber::from_index(index), entry).map(|mut from| from.read_to_end(&mut bytes));
            all.push(matches!(read, Ok(Ok(_))).then_some(bytes));
        }
    }
    all
}

/// Whether records can know a file again without reading it here.
fn has_stamps(fixture: &Fixture) -> bool {
    cfg!(target_os = "linux") && {
        let known = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e, 0x794c_7630];
        file_system(fixture.folder.path()).is_some_and(|name| known.contains(&name))
    }
}

#[cfg(target_os = "linux")]
fn file_system(path: &Path) -> Option<u64> {
    let system = rustix::fs::statfs(path).ok()?;
    u64::try_from(system.f_type & 0xffff_ffff).ok()
}

#[cfg(not(target_os = "linux"))]
fn file_system(_: &Path) -> Option<u64> {
    None
}

/// Hides which blob is served from where: the record's own word is replaced by another, under a check sum that holds,
/// so that a look that believes the record can be told from one that reads the blob.
fn mark_records(fixture: &Fixture) {
    for path in fixture.records() {
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(6).position(|window| window == b"file-0").unwrap();
        bytes[at..at + 6].copy_from_slice(b"marked");
        let sum = twox_hash::XxHash3_128::oneshot(&bytes[28..]);
        bytes[12..28].copy_from_slice(&sum.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    }
}

fn is_from_record(look: &Look) -> bool {
    look.told.contains("marked")
}

/// Writes in the middle of the layer's bytes, in place, and says where.
fn change_in_place(path: &Path, needle: &[u8]) {
    let bytes = fs::read(path).unwrap();
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap() + needle.len() / 2;
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[bytes[at] ^ 0x55]).unwrap();
}

#[test]
fn the_second_look_is_the_first() {
    for pack in [gzip, zstd] {
        let fixture = Fixture::new();
        fixture.put(&archive(&[("", pack(&layer(1))), ("", pack(&layer(2))), ("", pack(&layer(1)))]));
        let first = fixture.right_look();
        assert_eq!(fixture.records().len(), 2);
        let second = fixture.right_look();
        assert_eq!((second.layers_done, first.layers_done), (3, 3));
        let (plain, opened) = (plain(&fixture.image()), fixture.opened(&fixture.image()));
        assert_eq!(contents(&opened), contents(&plain), "read back without points that were gathered");
        assert!(contents(&opened).iter().all(Option::is_some));
        mark_records(&fixture);
        assert!(is_from_record(&fixture.look()), "or this would be no test");
    }
}

/// Bytes this process has read so far, from whatever; none where the system does not count them.
fn read_so_far() -> Option<u64> {
    let counts = fs::read_to_string("/proc/thread-self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

#[test]
fn a_file_that_is_known_is_not_read() {
    let fixture = Fixture::new();
    let mut members = Members::default();
    members.file("large", noise(1, 6 << 20));
    fixture.put(&archive(&[("", gzip(&members.tar()))]));
    assert!(fixture.right_look().done > 5 << 20);
    let opened = fixture.opened(&fixture.image());
    // One layer is read by the thread that asks.
    let Some(before) = read_so_far() else { return };
    let second = look(&opened);
    let read = read_so_far().unwrap() - before;
    if has_stamps(&fixture) {
        assert_eq!(second.done, 0);
        assert!(read < 64 << 10, "{read} bytes were read, a record has some hundreds");
    } else {
        assert!(second.done > 5 << 20);
    }
}

#[test]
fn another_image_on_the_same_base_knows_it_by_its_bytes() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1))), ("", gzip(&layer(2)))]));
    fixture.right_look();
    mark_records(&fixture);
    let other = fixture.folder.path().join("other.tar");
    fs::write(&other, archive(&[("", gzip(&layer(3))), ("", gzip(&layer(1)))])).unwrap();
    sleep(TICK);
    let told = look(&fixture.opened(&other)).told;
    assert!(told.contains("srv/1/marked") && told.contains("srv/3/file-0"), "{told}");
    assert_eq!(fixture.records().len(), 3);
    // It is known without being read from now on: the record has heard of this file, too.
    if has_stamps(&fixture) {
        let watch = Watch { stop: AtomicBool::new(true), ..Watch::default() };
        let layers = fixture.opened(&other).scan(&watch);
        assert!(layers.iter().all(|entries| entries.complete), "nothing was read that could be stopped");
    }
}

#[test]
fn of_many_files_with_the_same_layer_the_last_are_known() {
    let fixture = Fixture::new();
    if !has_stamps(&fixture) {
        return;
    }
    let paths: Vec<_> = (0..10).map(|number| fixture.folder.path().join(format!("{number}.tar"))).collect();
    for path in &paths {
        fs::write(path, archive(&[("", gzip(&layer(1)))])).unwrap();
    }
    sleep(TICK);
    for path in &paths {
        assert!(fixture.opened(path).scan(&Quiet)[0].complete);
    }
    let is_known = |path: &PathBuf| {
        let watch = Watch { stop: AtomicBool::new(true), ..Watch::default() };
        fixture.opened(path).scan(&watch)[0].complete
    };
    let known: Vec<_> = paths.iter().map(is_known).collect();
    assert_eq!(known, [vec![false; 2], vec![true; 8]].concat());
}

#[test]
fn doubts_carry_the_number_of_the_layer_they_stand_with_now() {
    let fixture = Fixture::new();
    let doubtful = [gzip(&layer(1)), noise(2, 200_000)].concat();
    fixture.put(&archive(&[("", doubtful.clone())]));
    fixture.right_look();
    assert_eq!(fixture.records().len(), 1, "the whole blob is hashed, the stream's end is not its end");
    fixture.put(&archive(&[("", gzip(&layer(2))), ("", doubtful)]));
    let second = fixture.right_look();
    assert!(second.told.contains("layer: Some(LayerNumber(2))"), "{}", second.told);
}

#[test]
fn other_bytes_under_the_same_digest_are_read() {
    let fixture = Fixture::new();
    let digest = "ab".repeat(32);
    let blobs: Vec<_> = (1..3).map(|seed| gzip(&layer(seed))).collect();
    fixture.put(&archive(&[(&digest, blobs[0].clone())]));
    fixture.right_look();
    let len = blobs[0].len().max(blobs[1].len());
    for blob in &blobs {
        fixture.put(&archive(&[(&digest, blob.clone())]));
        fixture.right_look();
        assert_eq!(fixture.records().len(), 1);
        // And padded to the same length.
        let padded = [&blob[..], &vec![b'x'; len - blob.len()]].concat();
        fixture.put(&archive(&[(&digest, padded)]));
        fixture.right_look();
    }
}

/// One way a file can change, and whether the layer in it is still the same.
struct Change {
    name: &'static str,
    make: fn(&Fixture),
    same: bool,
}

const CHANGES: &[Change] = &[
    Change { name: "nothing", make: |_| {}, same: true },
    Change {
        name: "one byte in place, with length and time put back",
        make: |fixture| {
            let times = fs::metadata(fixture.image()).unwrap();
            change_in_place(&fixture.image(), &gzip(&layer(1)));
            let file = File::options().write(true).open(fixture.image()).unwrap();
            let times =
                fs::FileTimes::new().set_modified(times.modified().unwrap()).set_accessed(times.accessed().unwrap());
            file.set_times(times).unwrap();
            assert_eq!(file.metadata().unwrap().len(), archive(&[("", gzip(&layer(1)))]).len() as u64);
        },
        same: false,
    },
    Change {
        name: "another file moved in its place, of the same length and time",
        make: |fixture| {
            let new = fixture.folder.path().join("new");
            fs::copy(fixture.image(), &new).unwrap();
            change_in_place(&new, &gzip(&layer(1)));
            let time = fs::metadata(fixture.image()).unwrap().modified().unwrap();
            File::options().write(true).open(&new).unwrap().set_modified(time).unwrap();
            fs::rename(new, fixture.image()).unwrap();
        },
        same: false,
    },
    Change {
        name: "cut",
        make: |fixture| {
            let file = File::options().write(true).open(fixture.image()).unwrap();
            file.set_len(60_000).unwrap();
        },
        same: false,
    },
    Change {
        name: "lengthened",
        make: |fixture| {
            let mut file = File::options().append(true).open(fixture.image()).unwrap();
            file.write_all(&[0; 10_240]).unwrap();
        },
        same: true,
    },
    Change {
        name: "touched",
        make: |fixture| {
            let file = File::options().write(true).open(fixture.image()).unwrap();
            file.set_modified(SystemTime::now()).unwrap();
        },
        same: true,
    },
    Change {
        name: "copied and removed",
        make: |fixture| {
            let new = fixture.folder.path().join("new");
            fs::copy(fixture.image(), &new).unwrap();
            fs::remove_file(fixture.image()).unwrap();
            fs::rename(new, fixture.image()).unwrap();
        },
        same: true,
    },
    Change {
        name: "written anew with another layer of the same digest",
        make: |fixture| {
            let digest = sha256(&gzip(&layer(1)));
            fs::write(fixture.image(), archive(&[(&digest, gzip(&layer(2)))])).unwrap();
        },
        same: false,
    },
];

#[test]
fn no_change_of_the_file_goes_unnoticed() {
    for Change { name, make, same } in CHANGES {
        let fixture = Fixture::new();
        // The digests are the archive's word alone, so the manifest fits where the bytes do not.
        fixture.put(&archive(&[("", gzip(&layer(1)))]));
        fixture.right_look();
        mark_records(&fixture);
        assert!(is_from_record(&fixture.look()), "{name}: known while nothing changes");
        make(&fixture);
        sleep(TICK);
        let seen = fixture.look();
        assert_eq!(is_from_record(&seen), *same, "{name}");
        if !same {
            assert_eq!(seen.told, look(&plain(&fixture.image())).told, "{name}");
        }
    }
}

#[test]
fn a_layer_that_the_archive_cuts_off_is_not_the_one_that_it_begins_with() {
    let fixture = Fixture::new();
    let blob = gzip(&layer(1));
    fixture.put(&archive(&[("", blob.clone())]));
    fixture.right_look();
    let longer = archive(&[(&sha256(&blob), [&blob[..], &[b'x'; 5000]].concat())]);
    let end = longer.windows(blob.len()).position(|window| window == blob).unwrap() + blob.len();
    fixture.put(&longer[..end]);
    assert!(fixture.right_look().told.contains("Truncated"));
}

#[test]
fn a_file_changed_after_its_lists_were_read_is_noticed() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1)))]));
    fixture.right_look();
    mark_records(&fixture);
    let opened = fixture.opened(&fixture.image());
    change_in_place(&fixture.image(), &gzip(&layer(1)));
    assert!(!is_from_record(&look(&opened)));
}

#[test]
fn what_is_read_back_is_held_to_the_record() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1)))]));
    let whole = contents(&fixture.opened(&fixture.image()));
    let opened = fixture.opened(&fixture.image());
    let layers = opened.scan(&Quiet);
    change_in_place(&fixture.image(), &gzip(&layer(1)));
    let mut failed = 0;
    for (entry, whole) in layers[0].iter().zip(&whole) {
        let mut bytes = Vec::new();
        match opened.open(LayerNumber::FIRST, entry).map(|mut from| from.read_to_end(&mut bytes)) {
            Ok(Ok(_)) => assert_eq!(Some(&bytes), whole.as_ref()),
            _ => failed += 1,
        }
    }
    assert!(failed > 0, "a change is noticed");
}

#[test]
fn a_file_that_was_just_written_is_hashed_again() {
    let mut fixture = Fixture::new();
    fixture.limits.settled = Duration::from_secs(3600);
    let mut members = Members::default();
    members.file("file-0", noise(1, 3 << 20));
    fixture.put(&archive(&[("", gzip(&members.tar()))]));
    fixture.right_look();
    mark_records(&fixture);
    for _ in 0..2 {
        let second = fixture.look();
        assert!(is_from_record(&second) && second.done > 2 << 20, "{} bytes", second.done);
    }
    if has_stamps(&fixture) {
        fixture.limits.settled = Duration::ZERO;
        assert!(fixture.look().done > 2 << 20);
        assert_eq!(fixture.look().done, 0, "and has its stamp then");
    }
}

#[test]
fn a_file_in_memory_or_from_a_pipe_is_known_by_its_bytes() {
    // A compressed archive is copied to a file without a name.
    let fixture = Fixture::new();
    fixture.put(&gzip(&archive(&[("", gzip(&layer(1)))])));
    fixture.right_look();
    mark_records(&fixture);
    assert!(is_from_record(&fixture.look()));
    fixture.put(&gzip(&archive(&[(&sha256(&gzip(&layer(1))), gzip(&layer(2)))])));
    assert!(!is_from_record(&fixture.right_look()));
}

/// Stops a scan as soon as it hears of a layer's first mebibyte.
#[derive(Default)]
struct StopEarly(AtomicBool);

impl Progress for StopEarly {
    fn report(&self, event: ProgressEvent) {
        self.0.fetch_or(matches!(event, ProgressEvent::Layer { .. }), Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_scan_that_was_stopped_keeps_nothing() {
    let mut fixture = Fixture::new();
    let mut members = Members::default();
    for number in 0..4 {
        members.file(&format!("file-{number}"), noise(number, 1 << 20));
    }
    fixture.put(&archive(&[("", gzip(&members.tar()))]));
    let stopped = fixture.opened(&fixture.image()).scan(&StopEarly::default());
    assert!(!stopped[0].complete && !stopped[0].is_empty() && fixture.records().is_empty());
    fixture.limits.settled = Duration::from_secs(3600);
    fixture.right_look();
    assert_eq!(fixture.records().len(), 1);
    // Nor is a layer taken for known whose bytes were hashed in part.
    mark_records(&fixture);
    assert!(!fixture.opened(&fixture.image()).scan(&StopEarly::default())[0].complete);
    assert!(is_from_record(&fixture.look()));
}

#[test]
fn what_is_broken_plain_or_small_is_not_kept() {
    let mut fixture = Fixture::new();
    let whole = gzip(&layer(1));
    fixture.put(&archive(&[("", whole[..whole.len() / 2].to_vec()), ("", layer(2))]));
    fixture.right_look();
    fixture.limits.smallest_blob = whole.len() as u64 + 1;
    fixture.put(&archive(&[("", whole.clone())]));
    fixture.right_look();
    assert!(fixture.records().is_empty());
    fixture.limits.smallest_blob -= 1;
    fixture.right_look();
    assert_eq!(fixture.records().len(), 1);
}

#[test]
fn another_build_believes_nothing_of_it() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1)))]));
    fixture.right_look();
    mark_records(&fixture);
    let other = LayerCache::new(fixture.kept(), "another build".to_owned()).with_limits(fixture.limits);
    let opened = plain(&fixture.image()).with_cache(Some(Arc::new(other)));
    assert!(!is_from_record(&look(&opened)));
    assert!(!is_from_record(&fixture.look()), "it was written over");
}

#[test]
fn a_broken_record_is_written_over() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1)))]));
    fixture.right_look();
    let path = fixture.records().remove(0);
    let whole = fs::read(&path).unwrap();
    for broken in [&whole[..whole.len() / 2], b"", &[0xff; 4096]] {
        fs::write(&path, broken).unwrap();
        fixture.right_look();
        assert!(fs::read(&path).unwrap().len() >= whole.len());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_silence() {
    let fixture = Fixture::new();
    fixture.put(&archive(&[("", gzip(&layer(1)))]));
    fs::write(fixture.kept(), "a file stands there").unwrap();
    fixture.right_look();
    fs::remove_file(fixture.kept()).unwrap();
    fixture.right_look();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let set = |mode| fs::set_permissions(fixture.kept(), fs::Permissions::from_mode(mode)).unwrap();
        for path in fixture.records() {
            fs::remove_file(path).unwrap();
        }
        set(0o500);
        fixture.right_look();
        set(0o000);
        fixture.right_look();
        set(0o700);
    }
}

#[test]
fn no_more_is_kept_than_may_be() {
    let mut fixture = Fixture::new();
    fixture.limits.all = 2 * 4096;
    for seed in 0..5 {
        fixture.put(&archive(&[("", gzip(&layer(seed)))]));
        fixture.right_look();
        assert_eq!(fixture.records().len() as u64, (seed + 1).min(2));
    }
    mark_records(&fixture);
    assert!(is_from_record(&fixture.look()), "the last one is there");
}

#[test]
fn an_archive_without_digests_is_known_by_its_diff_ids_or_its_place() {
    for diff_ids in [vec![format!("sha256:{}", sha256(&layer(1)))], Vec::new()] {
        let by_place = diff_ids.is_empty();
        let fixture = Fixture::new();
        let mut members = Members::default();
        members.file("layer.tar.gz", gzip(&layer(1)));
        members.json("config.json", &json!({"os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}));
        members.json(
            "manifest.json",
            &json!([{"Config": "config.json", "RepoTags": ["a:1"], "Layers": ["layer.tar.gz"]}]),
        );
        fixture.put(&members.tar());
        fixture.right_look();
        if by_place && !has_stamps(&fixture) {
            assert!(fixture.records().is_empty());
            continue;
        }
        mark_records(&fixture);
        assert!(is_from_record(&fixture.look()));
        File::options().write(true).open(fixture.image()).unwrap().set_modified(SystemTime::now()).unwrap();
        assert!(is_from_record(&fixture.look()), "touched, and found by its bytes");
        change_in_place(&fixture.image(), &gzip(&layer(1)));
        fixture.right_look();
    }
}
