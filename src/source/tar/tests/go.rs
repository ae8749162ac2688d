//! Random tars, and how Go's `archive/tar` reads them: every engine reads layers with it, so it decides what a header
//! means. `tests/go-tar` makes both; `LAYERSCOPE_GO_TARS` names a file of others.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::image::{EntryKind, sha256};
use crate::source::blob::Blob;
use crate::source::content::Holes;
use crate::source::tar::doubt::Doubts;

use super::{Doubt, Member, SeekableInput, StreamInput, TarError, Walk, Walker, drive};

/// How our answer may differ from Go's, and why. Each is reported by a finding, or is a matter of form.
const DIFFERENCES: &[(Difference, &str)] = &[
    (Difference::GoesOn, "Go ends at a malformed number, record or map; we show the entry without it, with a finding"),
    (Difference::Contiguous, "Go hands type 7 on and engines refuse it; we show the file that it is, with a finding"),
    (Difference::UnknownType, "Go hands unknown types on and engines refuse them; we show their name, with a finding"),
    (Difference::Global, "Go hands global headers on and engines disagree about them; we count them, with a finding"),
    (Difference::Rest, "Go shows a sparse file and then refuses the bytes that its map has no place for; a finding"),
    (Difference::NoData, "Go shows a sparse file until its data ends; we show what is stored, with a finding"),
    (
        Difference::HalfMarker,
        "Go ends with an error inside the zeros after the last entry; we say that a marker is missing",
    ),
    (Difference::Announced, "Go passes over extended headers that no entry follows; for us the tar is cut off there"),
    (
        Difference::Size,
        "Go takes a size within 512 of 2⁶³ and misses its bytes; we end there, the layer incomplete either way",
    ),
    (Difference::Content, "Go gives sizes to links and folders; there is no content, so we say 0"),
    (Difference::Device, "Go takes any device number; those that no system has are left out, with a finding"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    GoesOn,
    Contiguous,
    UnknownType,
    Global,
    Rest,
    NoData,
    HalfMarker,
    Announced,
    Size,
    Content,
    Device,
}

/// Bytes of a content that the generator hashes.
const CONTENT_MOST: u64 = 1 << 16;

/// A tar and the lines about it.
struct Case {
    seed: String,
    tar: Vec<u8>,
    entries: Vec<Entry>,
    end: String,
}

/// Go's reading of an entry.
#[derive(Debug)]
struct Entry {
    flag: u8,
    name: Vec<u8>,
    size: i64,
    mode: i64,
    owner: (i64, i64),
    mtime: (i64, u32),
    link: Vec<u8>,
    device: (i64, i64),
    xattrs: String,
    content: String,
    how: String,
}

#[test]
fn headers_mean_what_go_says_they_mean() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go-tar/recorded.gz");
    let path = std::env::var_os("LAYERSCOPE_GO_TARS").map_or(recorded, PathBuf::from);
    let cases = cases(&path);
    assert!(cases.len() >= 500, "only {} tars", cases.len());
    let mut seen = BTreeMap::new();
    let mut faults = Vec::new();
    for case in &cases {
        if let Err(why) = compare(case, &mut seen) {
            faults.push(format!("seed {}: {why}", case.seed));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} differ:\n{}",
        faults.len(),
        cases.len(),
        faults[..faults.len().min(20)].join("\n")
    );
    for (difference, why) in DIFFERENCES {
        assert!(seen.contains_key(difference), "never met: {why}");
    }
    assert_eq!(seen.len(), DIFFERENCES.len());
}

fn cases(path: &Path) -> Vec<Case> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).expect("the recorded tars");
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).expect("gzip");
    let mut rest = bytes.as_slice();
    let mut cases: Vec<Case> = Vec::new();
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("tar"), Some(seed)) => {
                let length = words.next().expect("a length").parse().expect("a number");
                let (tar, after) = rest.split_at(length);
                rest = &after[1..];
                cases.push(Case { seed: seed.to_owned(), tar: tar.to_vec(), entries: Vec::new(), end: String::new() });
            }
            (Some("entry"), Some(flag)) => {
                let entry = entry(flag, &words.collect::<Vec<_>>());
                cases.last_mut().expect("a tar comes first").entries.push(entry);
            }
            (Some("end"), Some(how)) => how.clone_into(&mut cases.last_mut().expect("a tar comes first").end),
            _ => panic!("no such line: {line}"),
        }
    }
    cases
}

fn line(text: &[u8]) -> (&str, &[u8]) {
    let end = text.iter().position(|&byte| byte == b'\n').expect("lines end");
    (std::str::from_utf8(&text[..end]).expect("ASCII"), &text[end + 1..])
}

fn entry(flag: &str, words: &[&str]) -> Entry {
    let number = |at: usize| words[at].parse::<i64>().expect("a number");
    let text = |at: usize| {
        let digits = words[at].as_bytes().chunks(2);
        let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"));
        bytes.skip(1).collect::<Vec<u8>>()
    };
    Entry {
        flag: flag.parse().expect("a byte"),
        name: text(0),
        size: number(1),
        mode: number(2),
        owner: (number(3), number(4)),
        mtime: (number(5), u32::try_from(number(6)).expect("nanoseconds")),
        link: text(7),
        device: (number(8), number(9)),
        xattrs: words[10].to_owned(),
        content: words[11].to_owned(),
        how: words[12].to_owned(),
    }
}

type Seen = BTreeMap<Difference, usize>;

fn compare(case: &Case, seen: &mut Seen) -> Result<(), String> {
    let mut walker = Walker::new(StreamInput::new(case.tar.as_slice()));
    let ours = drive(&mut walker, true);
    let globals = (walker.global_headers(), walker.malformed_globals());
    let blob = Blob::of_memory(case.tar.clone());
    let sought = drive(&mut Walker::new(SeekableInput::new(&blob)), false);
    if sought.shapes() != ours.shapes() || fault_of(&sought) != fault_of(&ours) {
        return Err("sought and streamed differ".to_owned());
    }
    let mut note = |difference| *seen.entry(difference).or_insert(0) += 1;
    let mut rest = ours.entries.iter();
    for theirs in &case.entries {
        if theirs.flag == b'g' {
            note(Difference::Global);
            continue;
        }
        let Some((member, content)) = rest.next() else {
            // Of a file that is one hole, Go reads the whole content before it notices a size that no disk can hold.
            let goes_no_further =
                theirs.how != "whole" || case.entries.last().is_some_and(|last| std::ptr::eq(last, theirs));
            if goes_no_further && fault_of(&ours).is_some_and(|fault| fault.ends_with("an impossible size")) {
                note(Difference::Size);
                return Ok(());
            }
            return Err(format!("we do not have {theirs:?}, but {:?}", ours.fault));
        };
        differ(theirs, member, content, &mut note).map_err(|what| format!("{what} of {theirs:?}\n  is {member:?}"))?;
    }
    let shown = case.entries.iter().filter(|entry| entry.flag == b'g').count();
    if globals.0 < shown {
        return Err(format!("{globals:?} global headers"));
    }
    let refused = rest.next().map(|(member, _)| member);
    let last = case.entries.last().map_or("whole", |entry| &entry.how);
    match (case.end.as_str(), &ours.fault) {
        ("eof", None) if refused.is_none() => Ok(()),
        ("eof", Some(TarError::Truncated { at })) if refused.is_none() && *at == case.tar.len() as u64 => {
            note(Difference::Announced);
            Ok(())
        }
        ("eof", _) => Err(format!("Go has no more; we have {refused:?} and end with {:?}", ours.fault)),
        ("unreferenced" | "missing", _) if last != "whole" => Ok(()),
        // Go ends here, and so do we.
        (_, Some(_)) if refused.is_none() => Ok(()),
        ("header", _) if globals.1 > 0 => {
            note(Difference::Global);
            Ok(())
        }
        ("cut", None) if refused.is_none() => {
            note(Difference::HalfMarker);
            Ok(())
        }
        ("header" | "long" | "cut", _) if refused.is_some_and(|member| member.doubts != Doubts::default()) => {
            note(Difference::GoesOn);
            Ok(())
        }
        (end, fault) => Err(format!("Go ends with {end}; we have {refused:?} and end with {fault:?}")),
    }
}

fn fault_of(walk: &Walk) -> Option<String> {
    walk.fault.as_ref().map(TarError::to_string)
}

/// What differs in an entry that both have.
fn differ(
    theirs: &Entry,
    ours: &Member,
    content: &[u8],
    note: &mut impl FnMut(Difference),
) -> Result<(), &'static str> {
    let same = |same: bool, what| if same { Ok(()) } else { Err(what) };
    same(ours.name == theirs.name, "the name")?;
    same(i64::from(ours.mode) == theirs.mode & 0o7777, "the mode")?;
    same((ours.uid, ours.gid) == theirs.owner, "the owner")?;
    same((ours.mtime.seconds, ours.mtime.nanoseconds) == theirs.mtime, "the time")?;
    let is_link = matches!(ours.kind, EntryKind::Symlink | EntryKind::HardLink);
    same(!is_link || ours.link == theirs.link, "the link target")?;
    let hex = |bytes: &[u8]| crate::image::Digest::encode(bytes);
    let xattrs: Vec<String> = ours.xattrs.iter().map(|(name, value)| format!("{}={}", hex(name), hex(value))).collect();
    let mut xattrs = xattrs;
    xattrs.sort();
    same(format!("[{}]", xattrs.join(",")) == theirs.xattrs, "the attributes")?;
    let mut doubts: Vec<Doubt> = ours.doubts.iter().collect();
    if matches!(ours.kind, EntryKind::Char | EntryKind::Block) {
        let numbers = ours.rdev.map(|(major, minor)| (i64::from(major), i64::from(minor)));
        if doubts.contains(&Doubt::Device) {
            note(Difference::Device);
            doubts.retain(|&doubt| doubt != Doubt::Device);
        } else {
            same(numbers == Some(theirs.device), "the device")?;
        }
    }
    match (theirs.flag, ours.kind) {
        (b'0' | b'S', EntryKind::File)
        | (b'1', EntryKind::HardLink)
        | (b'2', EntryKind::Symlink)
        | (b'3', EntryKind::Char)
        | (b'4', EntryKind::Block)
        | (b'5', EntryKind::Dir)
        | (b'6', EntryKind::Fifo) => {}
        (b'7', EntryKind::File) if ours.contiguous => note(Difference::Contiguous),
        (flag, EntryKind::Unknown(same)) if flag == same => note(Difference::UnknownType),
        _ => return Err("the type"),
    }
    if matches!(theirs.flag, b'1'..=b'6') {
        if theirs.size != 0 {
            note(Difference::Content);
        }
        return same(ours.size == 0 && content.is_empty() && doubts.is_empty(), "the content of nothing");
    }
    match theirs.how.as_str() {
        // Only the data before the end of the hashed part was asked for.
        "whole" if theirs.size > CONTENT_MOST.cast_signed() && doubts == [Doubt::SparseMap] => {
            note(Difference::NoData);
            return Ok(());
        }
        "missing" => {
            note(Difference::NoData);
            return same(doubts == [Doubt::SparseMap], "the warning");
        }
        "cut" if doubts == [Doubt::SparseMap] => {
            note(Difference::NoData);
            return Ok(());
        }
        "cut" => same(doubts.is_empty() || doubts == [Doubt::SparseRest], "the warnings of a cut file")?,
        "unreferenced" => {
            note(Difference::Rest);
            same(doubts == [Doubt::SparseRest], "the warning")?;
        }
        // The generator did not see what is after the hashed part.
        _ if ours.size > CONTENT_MOST => {
            doubts.retain(|&doubt| !matches!(doubt, Doubt::SparseRest));
            same(doubts.is_empty(), "the warnings")?;
        }
        _ => same(doubts.is_empty(), "the warnings")?,
    }
    same(u64::try_from(theirs.size) == Ok(ours.size), "the size")?;
    let mut bytes = Vec::new();
    let mut read =
        Holes::new(content, ours.sparse.as_deref().unwrap_or(&[(0, u64::MAX)]), ours.size).take(CONTENT_MOST);
    let cut = read.read_to_end(&mut bytes).is_err();
    same(cut == (theirs.how == "cut"), "the end of the content")?;
    same(hex(&sha256(&bytes)) == theirs.content, "the content")
}
