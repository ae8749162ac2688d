//! Reading a file returns what was stored, for every compression and position in the layer.

use std::io::Write;
use std::thread;

use proptest::test_runner::TestRng;
use rand::Numbers;
use twox_hash::XxHash3_128;

use super::*;

/// Numbers that are the same in every run.
mod rand {
    use super::TestRng;
    use proptest::prelude::Rng;

    pub(super) struct Numbers(TestRng);

    impl Numbers {
        pub(super) fn of(seed: u8) -> Self {
            Self(TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[seed; 32]))
        }

        pub(super) fn below(&mut self, limit: usize) -> usize {
            usize::try_from(self.0.next_u64() % limit as u64).expect("below a usize")
        }

        pub(super) fn fill(&mut self, bytes: &mut [u8]) {
            self.0.fill_bytes(bytes);
        }
    }
}

const SPACING: u64 = 64 << 10;
const MOST: usize = 2 << 20;

/// Text, noise, zeros and copies of what came before, in turn.
fn plain(numbers: &mut Numbers, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let run = 1 + numbers.below(60_000);
        let start = bytes.len();
        bytes.resize(start + run, 0);
        match numbers.below(4) {
            0 => numbers.fill(&mut bytes[start..]),
            1 => {
                bytes[start..].iter_mut().for_each(|byte| *byte = b'a' + u8::try_from(numbers.below(12)).expect("few"));
            }
            2 if start > 0 => {
                let back = 1 + numbers.below(start.min(40_000));
                for at in start..bytes.len() {
                    bytes[at] = bytes[at - back];
                }
            }
            _ => {}
        }
    }
    bytes.truncate(len);
    bytes
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("to memory")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

/// Many members of any length, empty ones among them.
fn members(numbers: &mut Numbers, mut bytes: &[u8], longest: usize, pack: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut packed = Vec::new();
    while !bytes.is_empty() {
        let (member, rest) = bytes.split_at(numbers.below(longest).min(bytes.len()));
        packed.extend(pack(member));
        bytes = rest;
    }
    packed
}

/// One layer, packed in every way that there is.
fn packings(numbers: &mut Numbers, bytes: &[u8]) -> Vec<(&'static str, Compression, Vec<u8>)> {
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    vec![
        ("gzip", Compression::Gzip, gzip(bytes, 6)),
        ("gzip, fast", Compression::Gzip, gzip(bytes, 1)),
        ("gzip, stored", Compression::Gzip, gzip(bytes, 0)),
        ("gzip of many members", Compression::Gzip, members(numbers, bytes, 9_000, &|part| gzip(part, 6))),
        ("gzip of long members", Compression::Gzip, members(numbers, bytes, 500_000, &|part| gzip(part, 9))),
        ("zstd", Compression::Zstd, zstd(bytes)),
        (
            "zstd of many frames",
            Compression::Zstd,
            members(numbers, bytes, 9_000, &|part| [&zstd(part), &skippable[..]].concat()),
        ),
        ("xz", Compression::Xz, xz(bytes)),
        ("xz of several streams", Compression::Xz, members(numbers, bytes, 500_000, &xz)),
        ("bzip2", Compression::Bzip2, bzip2(bytes)),
    ]
}

fn bounded(layers: usize) -> Resume {
    Resume { checkpoints: Arc::new(Checkpoints::bounded(layers, SPACING, MOST)), parked: Mutex::new(None) }
}

/// Reads a layer to its end, as a scan does.
fn scan(resume: &Resume, blob: &Blob, compression: Compression) {
    let recorder = Some(resume.recorder(0));
    let mut decompressor =
        Decompressor::resume(blob.reader(), compression, &Checkpoint::default(), recorder).expect("starts");
    io::copy(&mut decompressor, &mut io::sink()).expect("whole");
}

fn file(at: usize, bytes: &[u8]) -> ReadRange {
    let (at, len) = (at as u64, bytes.len() as u64);
    ReadRange { layer: 0, at, len, hash: Some(XxHash3_128::oneshot(bytes)), sparse: None }
}

/// A place in a layer, the end and the empty file there included.
fn somewhere(numbers: &mut Numbers, len: usize) -> std::ops::Range<usize> {
    let at = numbers.below(len + 1);
    let longest = if numbers.below(8) == 0 { 300_000 } else { 5_000 };
    at..at + numbers.below(longest).min(len - at)
}

/// How much is decompressed before a file is reached.
fn skipped(resume: &Resume, blob: &Blob, compression: Compression, range: &ReadRange) -> u64 {
    let near = resume.nearest(blob, compression, range).expect("starts");
    let skipped = range.at - near.plain;
    *resume.parked.lock().expect("alone") = Some(near);
    skipped
}

#[test]
fn files_are_read_back_from_any_place_in_any_order() {
    let mut numbers = Numbers::of(1);
    let bytes = plain(&mut numbers, 1_000_000);
    for (name, compression, packed) in packings(&mut numbers, &bytes) {
        let blob = Blob::of_memory(packed);
        for scanned in [true, false] {
            let resume = bounded(1);
            if scanned {
                scan(&resume, &blob, compression);
            }
            for _ in 0..40 {
                let place = somewhere(&mut numbers, bytes.len());
                let mut stored =
                    resume.open(&blob, compression, file(place.start, &bytes[place.clone()])).expect("opens");
                // Some read only the beginning of a file.
                let some = if numbers.below(4) == 0 { numbers.below(place.len() + 1) } else { place.len() };
                let mut found = vec![0; some];
                let read = stored.read_exact(&mut found);
                assert!(read.is_ok(), "{name}: {place:?}: {read:?}");
                assert!(found == bytes[place.start..place.start + some], "{name}: {place:?}, scanned {scanned}");
                assert!(some < place.len() || stored.read(&mut [0]).expect("at its end") == 0, "{name}: {place:?}");
            }
            assert!(resume.checkpoints.held().1 <= MOST, "{name}");
        }
    }
}

#[test]
fn several_threads_read_one_layer() {
    let bytes = plain(&mut Numbers::of(2), 2_000_000);
    let blob = Blob::of_memory(gzip(&bytes, 6));
    let resume = bounded(1);
    thread::scope(|scope| {
        for seed in 0..4 {
            let (bytes, blob, resume) = (&bytes, &blob, &resume);
            scope.spawn(move || {
                let mut numbers = Numbers::of(10 + seed);
                for _ in 0..40 {
                    let place = somewhere(&mut numbers, bytes.len());
                    let range = file(place.start, &bytes[place.clone()]);
                    let mut found = Vec::new();
                    let mut stored = resume.open(blob, Compression::Gzip, range).expect("opens");
                    stored.read_to_end(&mut found).expect("whole");
                    assert!(found == bytes[place]);
                }
            });
        }
    });
}

#[test]
fn a_file_far_into_a_layer_costs_no_more_than_the_way_from_the_point_before_it() {
    let mut numbers = Numbers::of(3);
    let bytes = plain(&mut numbers, 2_000_000);
    // The output of one decoder call lies between where a checkpoint is due and where it is taken.
    let grain = 8 << 10;
    for (name, compression, packed) in packings(&mut numbers, &bytes) {
        let most = match name {
            "gzip" | "gzip, fast" | "gzip, stored" | "gzip of long members" => SPACING + grain,
            "gzip of many members" | "zstd of many frames" => 9_000 + SPACING / 64,
            "xz of several streams" => 500_000,
            _ => continue,
        };
        let blob = Blob::of_memory(packed);
        let resume = bounded(1);
        scan(&resume, &blob, compression);
        assert_eq!(resume.checkpoints.spacing(), SPACING, "there is room for all points");
        for _ in 0..50 {
            let at = numbers.below(bytes.len() - 100);
            *resume.parked.lock().expect("alone") = None;
            let skipped = skipped(&resume, &blob, compression, &file(at, &bytes[at..at + 100]));
            assert!(skipped <= most, "{name}: {skipped} bytes before {at}");
        }
    }
}

#[test]
fn files_in_the_order_in_which_they_are_stored_cost_one_pass() {
    let mut numbers = Numbers::of(4);
    let bytes = plain(&mut numbers, 300_000);
    for (name, compression, packed) in packings(&mut numbers, &bytes) {
        let blob = Blob::of_memory(packed);
        let resume = bounded(1);
        let mut decoded = 0;
        for at in (0..bytes.len() - 512).step_by(1024) {
            let part = &bytes[at..at + 512];
            decoded += skipped(&resume, &blob, compression, &file(at, part)) + 512;
            let mut found = Vec::new();
            let mut stored = resume.open(&blob, compression, file(at, part)).expect("opens");
            stored.read_to_end(&mut found).expect("whole");
            assert!(found == part, "{name}: {at}");
        }
        assert!(decoded <= bytes.len() as u64, "{name}: {decoded} bytes");
    }
}

#[test]
fn the_memory_for_points_is_bounded_however_large_the_layer() {
    let blob = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::copy(&mut io::repeat(0).take(200 << 20), &mut encoder).expect("to memory");
        Blob::of_memory(encoder.finish().expect("to memory"))
    };
    let resume = bounded(1);
    scan(&resume, &blob, Compression::Gzip);
    let (count, held) = resume.checkpoints.held();
    let spacing = resume.checkpoints.spacing();
    assert!(held <= MOST, "{count} points, {held} bytes");
    assert!(spacing > SPACING && count >= 16, "{count} points every {spacing} bytes");
    for at in (0..200 << 20).step_by(7_654_321) {
        *resume.parked.lock().expect("alone") = None;
        let skipped = skipped(&resume, &blob, Compression::Gzip, &file(at, &[0; 100]));
        assert!(skipped <= 2 * spacing, "{skipped} bytes before {at}");
    }
}

#[test]
fn layers_share_the_memory_for_points_and_keep_their_own() {
    let mut numbers = Numbers::of(5);
    let layers: Vec<_> = (0..3).map(|_| plain(&mut numbers, 1_500_000)).collect();
    let blobs: Vec<_> = layers.iter().map(|bytes| Blob::of_memory(gzip(bytes, 6))).collect();
    let resume = bounded(layers.len());
    for _ in 0..40 {
        let layer = numbers.below(layers.len());
        let place = somewhere(&mut numbers, layers[layer].len());
        let range = ReadRange { layer, ..file(place.start, &layers[layer][place.clone()]) };
        let mut found = Vec::new();
        let mut stored = resume.open(&blobs[layer], Compression::Gzip, range).expect("opens");
        stored.read_to_end(&mut found).expect("whole");
        assert!(found == layers[layer][place]);
    }
    assert!(resume.checkpoints.held().1 <= MOST);
}

#[test]
fn a_layer_that_was_changed_behind_our_back_gives_errors_and_never_other_bytes() {
    let mut numbers = Numbers::of(6);
    let bytes = plain(&mut numbers, 300_000);
    for (name, compression, packed) in packings(&mut numbers, &bytes) {
        let mut refused = 0;
        for _ in 0..10 {
            let resume = bounded(1);
            scan(&resume, &Blob::of_memory(packed.clone()), compression);
            let mut other = packed.clone();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(other.len());
                numbers.fill(&mut other[at..=at]);
            }
            if numbers.below(3) == 0 {
                other.truncate(numbers.below(packed.len()));
            }
            let blob = Blob::of_memory(other);
            for _ in 0..8 {
                let place = somewhere(&mut numbers, bytes.len());
                let mut found = Vec::new();
                let range = file(place.start, &bytes[place.clone()]);
                let result = resume.open(&blob, compression, range).and_then(|mut stored| {
                    super::super::content::ExactReader::new(&mut stored, place.len() as u64).read_to_end(&mut found)
                });
                match result {
                    Ok(_) => assert!(found == bytes[place.clone()], "{name}: {place:?}"),
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > 0, "{name}: changes were made");
    }
}
