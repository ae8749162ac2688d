//! Real archives truncated or damaged: no gate passes on what is left, unless what is missing is nobody's.
//!
//! `tests/cuts/matrix` does the same to every member of every archive through the program.

use std::collections::HashSet;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::testing::archive::Scratch;
use crate::testing::gates::{FAILED, Gates, PASSED, gates};
use serde_json::Value;

const BLOCK: usize = 512;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
    }
}

/// A member of an archive: its name, its headers, and the bytes that it stores.
struct Member {
    name: String,
    header: Range<usize>,
    data: Range<usize>,
    is_file: bool,
}

/// What another reader finds in an archive.
struct Original {
    path: PathBuf,
    bytes: Vec<u8>,
    members: Vec<Member>,
    /// Members that a list names, or a document that a list names, and so on; under the name of what links lead to.
    referenced: HashSet<String>,
}

impl Original {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("readable");
        let (mut members, mut links) = (Vec::new(), Vec::new());
        for entry in tar::Archive::new(bytes.as_slice()).entries().expect("a tar") {
            let entry = entry.expect("a sound one");
            let at = |position: u64| usize::try_from(position).expect("small");
            let name = entry.path().expect("a name").to_string_lossy().into_owned();
            if let Some(target) = entry.link_name().expect("a name") {
                let target = target.to_string_lossy();
                let target = target.strip_prefix("../").unwrap_or(&target).to_owned();
                links.push((name.clone(), target));
            }
            let data = at(entry.raw_file_position())..at(entry.raw_file_position() + entry.size());
            let is_file = entry.header().entry_type().is_file();
            members.push(Member { name, header: at(entry.raw_header_position())..data.start, data, is_file });
        }
        let mut original = Self { path: path.to_owned(), bytes, members, referenced: HashSet::new() };
        let mut ahead: Vec<String> = ["manifest.json", "index.json"].map(str::to_owned).into();
        while let Some(name) = ahead.pop() {
            if !original.referenced.insert(name.clone()) {
                continue;
            }
            ahead.extend(links.iter().filter(|(from, _)| *from == name).map(|(_, to)| to.clone()));
            if let Some(document) = original.document(&name) {
                names_in(&document, &mut ahead);
            }
        }
        original
    }

    fn document(&self, name: &str) -> Option<Value> {
        let member = self.members.iter().find(|member| member.name == name)?;
        let bytes = &self.bytes[member.data.clone()];
        bytes.first().filter(|first| b"[{".contains(first)).and_then(|_| serde_json::from_slice(bytes).ok())
    }

    /// Whether a cut takes nothing that anything refers to. A list is not referred to, so where it is gone as a whole
    /// the other may serve.
    fn spares_what_is_referenced(&self, at: usize) -> bool {
        let lost = |member: &&Member| member.data.end > at || member.header.start >= at;
        let is_list = |name: &str| name == "manifest.json" || name == "index.json";
        let mut lost = self.members.iter().filter(lost).filter(|member| self.referenced.contains(&member.name));
        let has_list = self.members.iter().any(|member| is_list(&member.name) && member.data.end <= at);
        has_list && lost.all(|member| is_list(&member.name) && member.header.end > at)
    }

    /// Where nothing but padding and the mark of the end come.
    fn end(&self) -> usize {
        self.members.iter().map(|member| member.data.end).max().unwrap_or(0)
    }

    fn must(&self, at: usize, found: Gates, how: &str) {
        let what = format!("{} cut at {at} of {}, {how}", self.path.display(), self.bytes.len());
        if at > self.end().next_multiple_of(BLOCK) {
            assert_eq!(found, PASSED, "{what}: padding alone");
        } else if !self.spares_what_is_referenced(at) {
            assert!(matches!(found, Gates::Refused | FAILED), "{what}: {found:?}");
        }
    }
}

/// Every member that a document names: by itself, or by a digest.
fn names_in(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::String(text) => {
            found.push(text.clone());
            found.extend(text.strip_prefix("sha256:").map(|hex| format!("blobs/sha256/{hex}")));
        }
        Value::Array(items) => items.iter().for_each(|item| names_in(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| names_in(value, found)),
        _ => {}
    }
}

fn archives() -> Vec<Original> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images");
    let all = std::fs::read_dir(folder).expect("archives are in the project");
    let mut paths: Vec<_> = all.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|extension| extension == "tar") && !path.ends_with("lessons.rootfs.tar")
    });
    paths.sort();
    assert!(paths.len() >= 12, "{paths:?}");
    paths.iter().map(|path| Original::read(path)).collect()
}

/// Some places between members, some inside headers, and some anywhere.
fn cuts(original: &Original, random: &mut Random) -> Vec<usize> {
    let mut cuts = Vec::new();
    for _ in 0..4 {
        let member = &original.members[random.below(original.members.len())];
        cuts.extend([member.header.start, member.data.end.next_multiple_of(BLOCK)]);
        cuts.push(member.header.start + 1 + random.below(BLOCK - 1));
        cuts.push(random.below(original.bytes.len()));
    }
    // The lists come last: what is cut behind the layers is what opens.
    let last = original.members.len().saturating_sub(4);
    for member in &original.members[last..] {
        cuts.extend([member.header.start, member.data.start, usize::midpoint(member.data.start, member.data.end)]);
    }
    cuts.extend([original.end(), original.end().next_multiple_of(BLOCK) + 1, original.bytes.len() - 1]);
    cuts
}

#[test]
fn no_gate_passes_an_archive_that_was_cut_short() {
    let scratch = Scratch::new();
    let mut random = Random(11);
    for original in archives() {
        assert_eq!(gates(&original.path), PASSED, "{}", original.path.display());
        for at in cuts(&original, &mut random) {
            let path = scratch.file("cut.tar", &original.bytes[..at]);
            original.must(at, gates(&path), "from a file");
        }
    }
}

/// Gives bytes to whoever opens the path, as `<(docker save app)` does.
#[cfg(target_os = "linux")]
fn through_a_pipe(bytes: &[u8]) -> Gates {
    use std::os::fd::AsRawFd;
    // The program reads it once and the gates read it twice, so each gets its own.
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let bytes = bytes.to_vec();
    let path = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
    let feeding = std::thread::spawn(move || {
        // Whoever refuses it does not read it to its end.
        let _ = writer.write_all(&bytes);
    });
    let found = gates(&path);
    drop(reader);
    feeding.join().expect("it does not panic");
    found
}

#[test]
#[cfg(target_os = "linux")]
fn no_gate_passes_a_pipe_that_ended_early() {
    let mut random = Random(12);
    for original in archives() {
        for at in cuts(&original, &mut random).into_iter().step_by(5) {
            original.must(at, through_a_pipe(&original.bytes[..at]), "from a pipe");
        }
    }
}

type Packer = fn(&[u8]) -> Vec<u8>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("to memory")
}

#[test]
fn no_gate_passes_a_compressed_archive_that_was_cut_or_damaged() {
    let scratch = Scratch::new();
    let mut random = Random(13);
    let packers: [Packer; 2] = [gzip, zstd];
    for (number, original) in archives().iter().enumerate() {
        let packed = packers[number % 2](&original.bytes);
        let tail = packed.len() - 1 - random.below(64);
        for at in [random.below(packed.len()), random.below(packed.len()), tail, packed.len() - 1] {
            let found = gates(&scratch.file("cut.tar.packed", &packed[..at]));
            let what = format!("{} packed, cut at {at} of {}", original.path.display(), packed.len());
            assert!(matches!(found, Gates::Refused | FAILED), "{what}: {found:?}");
        }
        // A tar that was cut and then packed is a whole stream of half an archive.
        for at in cuts(original, &mut random).into_iter().step_by(7) {
            let found = gates(&scratch.file("cut.tar.packed", &packers[number % 2](&original.bytes[..at])));
            original.must(at, found, "then packed");
        }
    }
}

#[test]
fn damage_fails_verify_and_where_a_header_covers_it_check_too() {
    let scratch = Scratch::new();
    let mut random = Random(14);
    for original in archives() {
        for _ in 0..4 {
            let member = &original.members[random.below(original.members.len())];
            // The sum itself may be spelt in several ways.
            let at = member.header.end - BLOCK + random.below(148);
            let mut damaged = original.bytes.clone();
            damaged[at] ^= 1 << random.below(8);
            let found = gates(&scratch.file("damaged.tar", &damaged));
            assert!(
                matches!(found, Gates::Refused | FAILED),
                "{}, header byte {at}: {found:?}",
                original.path.display()
            );
        }
        let files = original.members.iter().filter(|member| {
            let is_document = member.name.ends_with("json") && !member.name.starts_with("blobs/");
            member.is_file && !member.data.is_empty() && !is_document && original.referenced.contains(&member.name)
        });
        let files: Vec<_> = files.collect();
        for _ in 0..4 {
            let member = files[random.below(files.len())];
            let mut damaged = original.bytes.clone();
            let at = member.data.start + random.below(member.data.len());
            damaged[at] ^= 1 << random.below(8);
            let found = gates(&scratch.file("damaged.tar", &damaged));
            let is_noticed = matches!(found, Gates::Refused | Gates::Opened { verify: false, .. });
            assert!(is_noticed, "{}, byte {at} of {}: {found:?}", original.path.display(), member.name);
        }
    }
}

fn copy(from: &Path, to: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    std::fs::create_dir_all(to).expect("a scratch folder");
    for entry in std::fs::read_dir(from).expect("readable") {
        let from = entry.expect("readable").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            files.extend(copy(&from, &to));
        } else {
            std::fs::copy(&from, &to).expect("room");
            files.push(to);
        }
    }
    files
}

#[test]
fn no_gate_passes_a_folder_with_a_file_that_is_short_or_gone() {
    let mut random = Random(15);
    for name in ["skopeo-oci", "skopeo-oci-zstdchunked"] {
        let scratch = Scratch::new();
        let folder = scratch.path().join(name);
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name);
        let mut files = copy(&from, &folder);
        files.retain(|file| !file.ends_with("oci-layout"));
        assert_eq!(gates(&folder), PASSED);
        for file in files {
            let whole = std::fs::read(&file).expect("readable");
            for at in [0, random.below(whole.len()), whole.len() - 1] {
                std::fs::write(&file, &whole[..at]).expect("room");
                let found = gates(&folder);
                let what = format!("{} cut at {at} of {}", file.display(), whole.len());
                // An index may end in a line feed that no JSON needs.
                if at + 1 < whole.len() || !file.ends_with("index.json") {
                    assert!(matches!(found, Gates::Refused | FAILED), "{what}: {found:?}");
                }
            }
            std::fs::remove_file(&file).expect("it was there");
            assert!(matches!(gates(&folder), Gates::Refused | FAILED), "without {}", file.display());
            std::fs::write(&file, &whole).expect("room");
        }
    }
}
