//! Small images with file contents, for tests of lint rules.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{Junk, JunkLook, JunkRule, JunkText, find_junk};
use crate::analysis::Severity;
use crate::image::{
    Compression, Contents, Entries, EntryKind, EntryRef, HistoryEntry, Image, Layer, LayerNumber, NewEntry, Quiet,
    ReadError, pair_history,
};
use crate::union::Union;

/// A file of a layer.
pub(super) enum TestFile<'a> {
    /// Path, mode and content.
    File(&'a str, u32, Vec<u8>),
    /// Path and target.
    Link(&'a str, &'a str),
    /// Path and target.
    HardLink(&'a str, &'a str),
}

pub(super) fn file(path: &str, content: impl Into<Vec<u8>>) -> TestFile<'_> {
    TestFile::File(path, 0o644, content.into())
}

pub(super) fn program(path: &str, content: impl Into<Vec<u8>>) -> TestFile<'_> {
    TestFile::File(path, 0o755, content.into())
}

/// An image whose contents are in memory.
pub(super) struct Fixture {
    pub(super) image: Image,
    union: Union,
    contents: Vec<Vec<u8>>,
    kept: Mutex<HashMap<(LayerNumber, String), Vec<u8>>>,
    /// How often a file was opened.
    pub(super) read: AtomicUsize,
}

impl Contents for Fixture {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(self.open_near(layer, entry, 0)?.1)
    }

    fn open_near<'a>(
        &'a self,
        layer: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let content = &self.contents[usize::try_from(entry.data_offset()).expect("small")];
        if content == b"unreadable" {
            return Err(ReadError::NoBlob { layer, why: "it is a test".to_owned() });
        }
        // Starts a little before the offset, like a compressed layer.
        let begin = offset.saturating_sub(3);
        Ok((begin, Box::new(&content[usize::try_from(begin).expect("small").min(content.len())..])))
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        let mut bytes = Vec::new();
        self.open(layer, entry)?.read_to_end(&mut bytes).expect("memory");
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Ok(hasher.finish().into())
    }

    fn recall(&self, layer: LayerNumber, question: &str, _: bool) -> Option<Vec<u8>> {
        self.kept.lock().expect("lock").get(&(layer, question.to_owned())).cloned()
    }

    fn keep(&self, layer: LayerNumber, question: &str, _: bool, answer: &[u8]) {
        self.kept.lock().expect("lock").insert((layer, question.to_owned()), answer.to_vec());
    }
}

impl Fixture {
    /// An image of these layers, lowest first, each with its instruction. Every second layer is compressed.
    pub(super) fn new(layers: Vec<(&str, Vec<TestFile<'_>>)>) -> Self {
        let mut contents = Vec::new();
        let (mut image, mut listings, mut history) = (Image::default(), Vec::new(), Vec::new());
        for (created_by, made) in layers {
            let mut entries = Entries::new();
            for one in made {
                let new = match &one {
                    TestFile::File(name, mode, content) => {
                        let size = content.len() as u64;
                        contents.push(content.clone());
                        let data_offset = contents.len() as u64 - 1;
                        let name = name.as_bytes();
                        NewEntry { name, mode: *mode, size, stored: size, data_offset, ..NewEntry::default() }
                    }
                    TestFile::Link(name, target) => link(name, target, EntryKind::Symlink),
                    TestFile::HardLink(name, target) => link(name, target, EntryKind::HardLink),
                };
                entries.push(new).expect("room");
            }
            let packed = image.layers.len() % 2 == 1;
            let compression = Some(if packed { Compression::Gzip } else { Compression::None });
            image.layers.push(Layer { compression, ..Layer::default() });
            listings.push(Arc::new(entries));
            history.push(HistoryEntry { created_by: created_by.to_owned(), ..HistoryEntry::default() });
        }
        (image.steps, _) = pair_history(history, &mut image.layers);
        let union = Union::build(listings);
        Self { image, union, contents, kept: Mutex::default(), read: AtomicUsize::new(0) }
    }

    pub(super) fn search(&self, rules: &[JunkRule]) -> Junk {
        let rules: Vec<_> = rules.iter().cloned().map(Arc::new).collect();
        find_junk(&self.image, &self.union, self, &rules, &Quiet)
    }

    /// The hits, one per line: rule, place, bytes, files, the first sample, the note.
    pub(super) fn lines(&self, rules: &[JunkRule]) -> Vec<String> {
        let line = |hit: &super::JunkHit| {
            let sample = hit
                .samples
                .first()
                .map_or(String::new(), |path| format!(" {}", String::from_utf8_lossy(path.as_bytes())));
            let place = match hit.place {
                super::JunkPlace::Layer { layer, live } => {
                    format!("layer {layer}{}", if live { "" } else { ", hidden" })
                }
                super::JunkPlace::Step(number) => format!("step {number}"),
                super::JunkPlace::Image => "image".to_owned(),
            };
            let note = if hit.note.is_empty() { String::new() } else { format!(" ({})", hit.note) };
            format!("{}: {place}, {} B, {} files{sample}{note}", hit.rule.text.id, hit.bytes, hit.files)
        };
        self.search(rules).hits.iter().map(line).collect()
    }
}

fn link<'a>(name: &'a str, target: &'a str, kind: EntryKind) -> NewEntry<'a> {
    NewEntry { name: name.as_bytes(), kind, mode: 0o777, link_target: target.as_bytes(), ..NewEntry::default() }
}

/// A rule with this look; its id is the name of the look.
pub(super) fn looking(look: JunkLook, more: impl FnOnce(&mut JunkText)) -> JunkRule {
    let mut text = JunkText { id: look.name().to_owned(), look, ..JunkText::default() };
    more(&mut text);
    JunkRule::new(text, Severity::Low).expect("a rule")
}

/// A section: its name, type and content.
pub(super) type Sections<'a> = [(&'a str, u32, Vec<u8>)];

const NEEDED: u32 = 0x6fff_fffe;
const DEFINED: u32 = 0x6fff_fffd;

/// An ELF file: a header, the sections, their table, and a segment for `.interp` if there is one. The last section
/// contains the names of sections; tables of versions refer to `.dynstr`.
pub(super) fn elf(wide: bool, big: bool, kind: u16, sections: &Sections<'_>) -> Vec<u8> {
    let number = |value: u64, len: usize| {
        let mut bytes = value.to_le_bytes()[..len].to_vec();
        if big {
            bytes.reverse();
        }
        bytes
    };
    let long = |value: u64| number(value, if wide { 8 } else { 4 });
    let header_len = if wide { 64 } else { 52 };
    let names_of_versions = sections.iter().position(|(name, ..)| *name == ".dynstr").unwrap_or(0) as u64;
    let mut names = b"\0".to_vec();
    let (mut content, mut table, mut segments) = (Vec::new(), Vec::new(), Vec::new());
    let name_section = (".shstrtab", 3, Vec::new());
    for (name, sort, bytes) in sections.iter().chain([&name_section]) {
        let name_at = names.len() as u64;
        names.extend_from_slice(name.as_bytes());
        names.push(0);
        let bytes = if *name == ".shstrtab" { &names } else { bytes };
        let (at, len) = ((header_len + content.len()) as u64, bytes.len() as u64);
        if *sort != 8 {
            content.extend_from_slice(bytes);
        }
        let link = if matches!(*sort, NEEDED | DEFINED) { names_of_versions } else { 0 };
        let mut entry = [number(name_at, 4), number(u64::from(*sort), 4)].concat();
        entry.extend([long(0), long(0), long(at), long(len), number(link, 4)].concat());
        entry.resize(if wide { 64 } else { 40 }, 0);
        table.extend(entry);
        if *name == ".interp" {
            segments = number(3, 4);
            segments.resize(if wide { 8 } else { 4 }, 0);
            segments.extend([long(at), long(0), long(0), long(len)].concat());
            segments.resize(if wide { 56 } else { 32 }, 0);
        }
    }
    let (sections_at, count) = ((header_len + content.len()) as u64, sections.len() as u64 + 1);
    let segments_at = sections_at + table.len() as u64;
    let mut made = vec![0x7f, b'E', b'L', b'F', if wide { 2 } else { 1 }, if big { 2 } else { 1 }, 1];
    made.resize(16, 0);
    made.extend([number(u64::from(kind), 2), number(62, 2), number(1, 4)].concat());
    made.extend([long(0), long(segments_at), long(sections_at), number(0, 4)].concat());
    let segment = if wide { 56 } else { 32 };
    let has_segment = u64::from(!segments.is_empty());
    let sizes = [header_len as u64, segment, has_segment, if wide { 64 } else { 40 }, count, count - 1];
    made.extend(sizes.iter().flat_map(|&size| number(size, 2)));
    made.extend([content, table, segments].concat());
    made
}

/// The loader and libraries of a test program.
#[derive(Clone, Default)]
pub(super) struct Linked<'a> {
    pub(super) loader: Option<&'a str>,
    /// Libraries, each with a version that it must define, and whether that is optional (weak).
    pub(super) needs: Vec<(&'a str, &'a str, bool)>,
    pub(super) defines: Vec<&'a str>,
}

impl Linked<'_> {
    pub(super) fn made(&self) -> Vec<u8> {
        let mut names = b"\0".to_vec();
        let mut name = |text: &str| {
            let at = u32::try_from(names.len()).expect("small").to_le_bytes();
            names.extend_from_slice(text.as_bytes());
            names.push(0);
            at
        };
        let next = |at: usize, len: usize, size: u32| if at + 1 < len { size.to_le_bytes() } else { [0; 4] };
        let mut needed = Vec::new();
        for (at, (library, version, weak)) in self.needs.iter().enumerate() {
            needed.extend([&[1, 0, 1, 0][..], &name(library), &16_u32.to_le_bytes()].concat());
            needed.extend(next(at, self.needs.len(), 32));
            needed.extend([&[0, 0, 0, 0, if *weak { 2 } else { 0 }, 0, 0, 0][..], &name(version), &[0; 4]].concat());
        }
        let mut defined = Vec::new();
        for (at, version) in self.defines.iter().enumerate() {
            defined.extend([&[1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0][..], &20_u32.to_le_bytes()].concat());
            defined.extend([next(at, self.defines.len(), 28), name(version), [0; 4]].concat());
        }
        let mut sections = vec![("", 0, Vec::new()), (".dynstr", 3, names)];
        sections.extend(self.loader.map(|path| (".interp", 1, [path.as_bytes(), b"\0"].concat())));
        sections.push((".gnu.version_r", NEEDED, needed));
        sections.push((".gnu.version_d", DEFINED, defined));
        elf(true, false, 3, &sections)
    }
}
