use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use crate::image::{
    Compression, Digest, Entries, EntryKind, EntryPath, Finding, FindingKind, Layer, LayerNumber, Mtime, NewEntry,
    Quiet, Xattr,
};
use crate::source::blob::Blob;
use crate::source::digests::MemberDigests;
use crate::source::layers::LayerBlob;
use crate::source::resume::Resume;
use crate::source::scan;
use crate::source::tar::tests::build::Tar;
use crate::source::watched::Watched;

use super::record::{CacheRecord, ChecksummedWriter, RecordHeader, write};
use super::{LayerCache, eviction};

const LAYER: LayerNumber = LayerNumber::FIRST;

fn head(build: &str) -> RecordHeader {
    RecordHeader {
        build: build.to_owned(),
        hash: [7; 32],
        len: 1 << 20,
        compression: Compression::Gzip,
        fingerprints: Vec::new(),
    }
}

/// All that anyone can ask of a layer.
fn told(entries: &Entries) -> String {
    use std::fmt::Write;
    let mut all = format!("{} {} {:?}\n", entries.complete, entries.tar_bytes, entries.findings);
    for e in entries.iter() {
        let (times, owner, sizes) = (e.mtime(), (e.uid(), e.gid()), (e.size(), e.stored(), e.data_offset()));
        let what = (e.path(), e.name(), e.kind(), e.mode(), e.link_target(), e.escaped(), e.content_hash());
        writeln!(all, "{what:?} {times:?} {owner:?} {sizes:?} {:?} {:?} {:?}", e.rdev(), e.xattrs(), e.sparse_map())
            .expect("memory");
    }
    all
}

/// A layer with one of everything.
fn varied() -> Entries {
    let mut entries = Entries::new();
    let xattr: Xattr = (Box::from(*b"security.capability"), Box::from(*b"\x01\0\0\x02"));
    let all = [
        NewEntry { name: b"./", kind: EntryKind::Dir, ..NewEntry::default() },
        NewEntry { name: b"usr/bin/\xff\xfe", size: 5, stored: 5, data_offset: 512, ..NewEntry::default() },
        NewEntry { name: b"../up", kind: EntryKind::Symlink, link_target: b"/etc/x", ..NewEntry::default() },
        NewEntry { name: b"odd", uid: -1, gid: 1 << 40, kind: EntryKind::Unknown(b'Z'), ..NewEntry::default() },
        NewEntry { name: b"dev/null", kind: EntryKind::Char, rdev: Some((1, 3)), ..NewEntry::default() },
        NewEntry {
            name: b"cap",
            xattrs: vec![xattr],
            mtime: Mtime { seconds: -9, nanoseconds: 5 },
            ..NewEntry::default()
        },
        NewEntry {
            name: b"sparse",
            size: 99,
            stored: 4,
            sparse: Some(Box::new([(7, 4), (99, 0)])),
            ..NewEntry::default()
        },
    ];
    for new in all {
        let index = entries.push(new).expect("room");
        if index.0 % 2 == 1 {
            entries.set_hash(index, u128::MAX - u128::from(index.0));
        }
    }
    let path = EntryPath::normalise(b"usr/bin/\xff\xfe").path;
    entries.findings.push(Finding::of_path(FindingKind::BadEntry, LAYER, path, "a doubt".to_owned()));
    entries.findings.push(Finding::of_layer(FindingKind::TrailingData, LAYER, "another".to_owned()));
    entries.tar_bytes = 10_240;
    entries
}

fn written(folder: &Path, head: &RecordHeader, entries: &Entries) -> Vec<u8> {
    let path = folder.join("record");
    let mut file = File::create(&path).expect("a file");
    write(head, entries, ChecksummedWriter::new(&mut file, 1 << 20)).expect("room");
    fs::read(path).expect("a record")
}

fn read(folder: &Path, bytes: &[u8]) -> Option<CacheRecord> {
    let path = folder.join("read");
    fs::write(&path, bytes).expect("a file");
    CacheRecord::read(&eviction::open(&path).expect("a file"), 1 << 20)
}

#[test]
fn a_layer_comes_back_as_it_was_kept() {
    let folder = TempDir::new().expect("a folder");
    for entries in [varied(), Entries::new()] {
        let record = read(folder.path(), &written(folder.path(), &head("1"), &entries)).expect("a record");
        assert_eq!(record.head(), &head("1"));
        assert_eq!(told(&record.entries(LAYER).expect("sound")), told(&entries));
    }
}

#[test]
fn a_layer_with_a_digest_that_was_computed_is_not_parsed_if_its_record_is_there() {
    let folder = TempDir::new().expect("a folder");
    let layer = |content: &[u8]| {
        let tar = Tar::default().file("in the tar", content).end().0;
        let mut file = tempfile::tempfile().expect("a file");
        io::Write::write_all(&mut file, &tar).expect("room");
        let (watched, len) = (Watched::private(file), tar.len() as u64);
        watched.set_digests(MemberDigests::new([((0, len), Digest::of(&tar))]));
        let blob = Some(Blob::of_file(Arc::new(watched), 0, len));
        LayerBlob { blob, name: Vec::new(), compression: Compression::None, is_read_elsewhere: false }
    };
    let read = |build: &str, blob: &LayerBlob| {
        let cache = LayerCache::new(folder.path().join("layers"), build.to_owned());
        let had = cache.has(blob);
        let blobs = std::slice::from_ref(blob);
        let all = scan::all(&[Layer::default()], blobs, &Resume::new(1), Some(&cache), &Quiet);
        (had, told(&all[0]))
    };
    let one = layer(b"one");
    let (had, first) = read("1", &one);
    assert!(!had && first.contains("in the tar"), "{first}");
    assert_eq!(read("1", &one), (true, first.clone()));
    // A record with other entries shows that the tar is not looked at.
    let cache = LayerCache::new(folder.path().join("layers"), "1".to_owned());
    cache.place(&Layer::default(), &one).expect("a place").keep_verified(&varied());
    assert_eq!(read("1", &one), (true, told(&varied())));
    assert!(!read("1", &layer(b"two")).0, "another layer of the same size");
    assert_eq!(read("2", &one), (false, first), "another build");
}

#[test]
fn doubts_are_about_the_layer_that_it_is_now() {
    let folder = TempDir::new().expect("a folder");
    let record = read(folder.path(), &written(folder.path(), &head("1"), &varied())).expect("a record");
    let fifth = LayerNumber::from_index(4);
    let findings = record.entries(fifth).expect("sound").findings;
    assert!(findings.len() == 2 && findings.iter().all(|finding| finding.layer == Some(fifth)), "{findings:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_layer_comes_back_as_it_was_kept(
        names in prop::collection::vec(prop::collection::vec(prop::sample::select(&b"ab./\xff"[..]), 0..12), 0..20),
        numbers in prop::collection::vec(any::<(u64, u64, i64, i64, i64, u32, u128)>(), 20),
    ) {
        let mut entries = Entries::new();
        for (name, &(size, stored, uid, gid, seconds, mode, hash)) in names.iter().zip(&numbers) {
            let mtime = Mtime { seconds, nanoseconds: mode % 1_000_000_000 };
            let new = NewEntry { name, size, stored, uid, gid, mtime, mode, link_target: name, ..NewEntry::default() };
            let index = entries.push(new).expect("room");
            if mode % 3 > 0 {
                entries.set_hash(index, hash);
            }
        }
        let folder = TempDir::new().expect("a folder");
        let record = read(folder.path(), &written(folder.path(), &head("1"), &entries)).expect("a record");
        prop_assert_eq!(told(&record.entries(LAYER).expect("sound")), told(&entries));
    }

    /// Even with a correct checksum, nothing in a record can do harm.
    #[test]
    fn no_entries_are_so_broken_that_they_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = postcard::to_stdvec(&varied().packed()).expect("memory");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(packed) = postcard::from_bytes(&bytes)
            && let Some(entries) = Entries::of_packed(packed, LAYER)
        {
            told(&entries);
            for dir in 1..u32::try_from(entries.dir_count()).expect("few") {
                prop_assert!(entries.dir(dir).0 < dir && !entries.name_at(entries.dir_name_place(dir)).is_empty());
            }
        }
    }
}

#[test]
fn a_record_that_is_cut_or_lengthened_is_none() {
    let folder = TempDir::new().expect("a folder");
    let whole = written(folder.path(), &head("1"), &varied());
    for len in 0..whole.len() {
        assert!(read(folder.path(), &whole[..len]).is_none(), "cut to {len}");
    }
    assert!(read(folder.path(), &[&whole[..], b"\0"].concat()).is_none());
}

#[test]
fn a_record_with_one_other_byte_is_none() {
    let folder = TempDir::new().expect("a folder");
    let whole = written(folder.path(), &head("1"), &varied());
    for at in 0..whole.len() {
        for flip in [1, 0x80, 0xff] {
            let mut broken = whole.clone();
            broken[at] ^= flip;
            assert!(read(folder.path(), &broken).is_none(), "byte {at}");
        }
    }
}

#[test]
fn a_record_longer_than_allowed_is_neither_written_nor_read() {
    let folder = TempDir::new().expect("a folder");
    let whole = written(folder.path(), &head("1"), &varied());
    let mut file = tempfile::tempfile().expect("a file");
    let least = whole.len() as u64;
    assert!(write(&head("1"), &varied(), ChecksummedWriter::new(&mut file, least - 1)).is_none());
    let file = File::open(folder.path().join("record")).expect("a record");
    assert!(CacheRecord::read(&file, least).is_some() && CacheRecord::read(&file, least - 1).is_none());
}

#[test]
fn a_copy_under_another_head_holds_the_same() {
    let folder = TempDir::new().expect("a folder");
    let record = read(folder.path(), &written(folder.path(), &head("1"), &varied())).expect("a record");
    let path = folder.path().join("copy");
    let mut file = File::create(&path).expect("a file");
    record.copy(&head("2"), ChecksummedWriter::new(&mut file, 1 << 20)).expect("room");
    let copy = CacheRecord::read(&eviction::open(&path).expect("a file"), 1 << 20).expect("a record");
    assert_eq!(copy.head(), &head("2"));
    assert_eq!(told(&copy.entries(LAYER).expect("sound")), told(&varied()));
}

#[test]
fn of_two_writers_one_wins_and_a_reader_sees_either_whole() {
    let folder = TempDir::new().expect("a folder");
    let place = folder.path().join("deep/er").join(eviction::name(&blake3::hash(b"x")));
    let (done, few, many) = (AtomicBool::new(false), Entries::new(), varied());
    let put = |build: &str, entries: &Entries| {
        let mut new = eviction::new_file(place.parent().expect("below a folder")).expect("a file");
        write(&head(build), entries, ChecksummedWriter::new(new.as_file_mut(), 1 << 20)).expect("room");
        new.persist(&place).expect("moved");
    };
    put("few", &few);
    thread::scope(|scope| {
        let writers = [("few", &few), ("many", &many)]
            .map(|(build, entries)| scope.spawn(move || (0..300).for_each(|_| put(build, entries))));
        let reader = scope.spawn(|| {
            let mut seen = [0, 0];
            while !done.load(Ordering::Relaxed) {
                let record = CacheRecord::read(&eviction::open(&place).expect("it is there"), 1 << 20).expect("whole");
                let (count, is_many) = (record.entries(LAYER).expect("sound").len(), record.head().build == "many");
                assert_eq!(count, if is_many { many.len() } else { 0 });
                seen[usize::from(is_many)] += 1;
            }
            seen
        });
        for writer in writers {
            writer.join().expect("no panic");
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().expect("no panic").iter().sum::<usize>() > 0);
    });
    assert_eq!(fs::read_dir(place.parent().expect("a folder")).expect("a folder").count(), 1, "nothing is left over");
}

fn aged(path: &Path, len: u64, age: Duration) {
    let file = File::create(path).expect("a file");
    file.set_len(len).expect("room");
    file.set_modified(SystemTime::now() - age).expect("a time");
}

#[test]
fn what_was_of_no_use_for_longest_goes_first_and_what_is_not_ours_stays() {
    let folder = TempDir::new().expect("a folder");
    let name = |number: u8| eviction::name(&blake3::hash(&[number]));
    let hour = Duration::from_secs(3600);
    for number in 0..6_u8 {
        aged(&folder.path().join(name(number)), 4096, hour * (10 - u32::from(number)));
    }
    let foreign = ["notes.txt", "ab.layer", ".new-file", "x.tmp", &name(9).replace(".layer", ".other")];
    for name in foreign {
        aged(&folder.path().join(name), 1 << 20, hour * 1000);
    }
    fs::create_dir(folder.path().join(name(7))).expect("a folder of that name");
    aged(&folder.path().join(".new-abandoned.tmp"), 10, hour * 2);
    aged(&folder.path().join(".new-underway.tmp"), 10, hour / 2);

    eviction::evict(folder.path(), 3 * 4096);
    let is_there = |name: &str| folder.path().join(name).exists();
    let left: Vec<_> = (0..6).filter(|&number| is_there(&name(number))).collect();
    assert_eq!(left, [3, 4, 5]);
    assert!(foreign.iter().all(|name| is_there(name)) && is_there(&name(7)));
    assert!(!is_there(".new-abandoned.tmp") && is_there(".new-underway.tmp"));

    eviction::evict(folder.path(), 3 * 4096 - 1);
    assert!(!is_there(&name(3)) && is_there(&name(4)), "the last byte counts");
    eviction::evict(&folder.path().join("nowhere"), 0);
}

#[test]
fn small_records_count_as_what_they_take_on_a_disk() {
    let folder = TempDir::new().expect("a folder");
    for number in 0..10_u8 {
        aged(&folder.path().join(eviction::name(&blake3::hash(&[number]))), 1, Duration::from_secs(u64::from(number)));
    }
    eviction::evict(folder.path(), 5 * 4096);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 5);
}

#[cfg(unix)]
#[test]
fn the_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let outer = TempDir::new().expect("a folder");
    let folder = outer.path().join("layerscope/layers");
    drop(eviction::new_file(&folder).expect("a file"));
    assert_eq!(fs::metadata(folder).expect("a folder").permissions().mode() & 0o777, 0o700);
}

#[cfg(unix)]
#[test]
fn what_others_may_write_to_is_neither_believed_nor_added_to() {
    use std::os::unix::fs::PermissionsExt;
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    let outer = TempDir::new().expect("a folder");
    let (above, folder) = (outer.path().join("layerscope"), outer.path().join("layerscope/layers"));
    assert!(eviction::is_private(&folder), "it is yet to be made");
    fs::create_dir_all(&folder).expect("room");
    let record = folder.join("record");
    fs::write(&record, "x").expect("room");
    for (path, mode, believed) in [(&folder, 0o777, false), (&folder, 0o770, false), (&folder, 0o755, true)] {
        allow(path, mode);
        assert_eq!(
            (eviction::is_private(&folder), eviction::new_file(&folder).is_some()),
            (believed, believed),
            "{mode:o}"
        );
    }
    allow(&above, 0o777);
    assert!(!eviction::is_private(&folder), "another folder could be put in its place");
    allow(&above, 0o755);
    for (mode, believed) in [(0o666, false), (0o664, false), (0o644, true)] {
        allow(&record, mode);
        assert_eq!(eviction::open(&record).is_some(), believed, "{mode:o}");
    }
    // Only the superuser can give a file away.
    if std::os::unix::fs::chown(&record, Some(65_534), None).is_ok() {
        assert!(eviction::open(&record).is_none());
        std::os::unix::fs::chown(&folder, Some(65_534), None).expect("as the record");
        assert!(!eviction::is_private(&folder));
    }
}
