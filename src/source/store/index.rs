//! The index of an outer tar: one walk over its headers, then every member by name and place.
//!
//! Names and members are packed as in a layer, so that a tar of a million members costs tens of megabytes.

use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::image::{EntryKind, EntryPath};
use crate::source::blob::Blob;
use crate::source::tar::{Fault, Member, Sought, Walker};
use crate::source::watched::Watched;

use super::Found;
use super::links::{HOPS, target_of_hard_link, target_of_symlink};

/// A place in the tar, and the member's name and link target in the heap of names.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    len: u64,
    name_at: u32,
    name_len: u32,
    link_len: u32,
    kind: EntryKind,
    cut: bool,
    /// Whether the header spells the name as it is kept, and no member before it has the same.
    plain: bool,
}

/// Every member of a tar.
#[derive(Debug)]
pub(in crate::source) struct TarIndex {
    file: Arc<Watched>,
    places: Vec<Place>,
    names: Vec<u8>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Names that stand more than once; the last one counts.
    pub(in crate::source) repeated: Vec<EntryPath>,
    /// The tar ends here, in the middle of something.
    pub(in crate::source) truncated_at: Option<u64>,
    /// Where the walk ended.
    ends_at: u64,
    /// Whether anything marks its end.
    pub(in crate::source) has_end_marker: bool,
    /// The tar is broken behind its readable part, how.
    pub(in crate::source) broken: Option<String>,
}

/// Repeated names beyond so many are not all told.
const REPEATED_MOST: usize = 32;

impl TarIndex {
    /// Walks a tar. Cancelling ends it with [`io::ErrorKind::Interrupted`].
    pub(in crate::source) fn read(file: Arc<Watched>, len: u64, cancelled: &dyn Fn() -> bool) -> io::Result<Self> {
        let blob = Blob::of_file(Arc::clone(&file), 0, len);
        let mut index = Self {
            file,
            places: Vec::new(),
            names: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            repeated: Vec::new(),
            truncated_at: None,
            ends_at: 0,
            has_end_marker: false,
            broken: None,
        };
        let mut walker = Walker::new(Sought::new(&blob));
        let mut member = Member::default();
        loop {
            if index.places.len().is_multiple_of(1024) && cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let fault = match walker.next(&mut member) {
                Ok(false) => break,
                Ok(true) => {
                    let (there, fault) = walker.content(None);
                    if !index.add(&member, there) {
                        index.broken = Some("more names than this program is willing to hold".to_owned());
                        break;
                    }
                    fault
                }
                Err(fault) => Some(fault),
            };
            match fault {
                None => {}
                Some(Fault::Read(error)) => return Err(error),
                Some(Fault::Truncated { at }) => {
                    index.truncated_at = Some(at);
                    break;
                }
                Some(broken @ Fault::Broken { .. }) => {
                    index.broken = Some(broken.to_string());
                    break;
                }
            }
        }
        blob.check()?;
        (index.ends_at, index.has_end_marker) = (walker.position(), walker.has_end_marker());
        Ok(index)
    }

    /// Says whether there was room.
    fn add(&mut self, member: &Member, there: u64) -> bool {
        let path = EntryPath::normalise(&member.name).path;
        let name = path.as_bytes();
        let link: &[u8] = if is_link(member.kind) { &member.link } else { b"" };
        let (Ok(name_at), Ok(name_len), Ok(link_len), Ok(number)) = (
            u32::try_from(self.names.len()),
            u32::try_from(name.len()),
            u32::try_from(link.len()),
            u32::try_from(self.places.len()),
        ) else {
            return false;
        };
        self.names.extend_from_slice(name);
        self.names.extend_from_slice(link);
        self.places.push(Place {
            offset: member.data_offset,
            len: there,
            name_at,
            name_len,
            link_len,
            kind: member.kind,
            cut: there < member.stored,
            plain: name == &*member.name,
        });
        let hash = self.hasher.hash_one(name);
        let (places, names) = (&self.places, &self.names);
        let known = self.table.find_mut(hash, |&other| name_of(names, &places[other as usize]) == name);
        if let Some(known) = known {
            let both_files = places[*known as usize].kind == EntryKind::File && member.kind == EntryKind::File;
            *known = number;
            self.places[number as usize].plain = false;
            // What is named by its content may well be there twice.
            if both_files && !name.starts_with(b"blobs/") && self.repeated.len() < REPEATED_MOST {
                self.repeated.push(path);
            }
        } else {
            let hasher = &self.hasher;
            self.table.insert_unique(hash, number, |&other| hasher.hash_one(name_of(names, &places[other as usize])));
        }
        true
    }

    fn place(&self, name: &[u8]) -> Option<&Place> {
        let hash = self.hasher.hash_one(name);
        let number = self.table.find(hash, |&other| name_of(&self.names, &self.places[other as usize]) == name)?;
        Some(&self.places[*number as usize])
    }

    /// Where the tar ends too early, or may do so since nothing marks its end.
    pub(in crate::source) fn cut_at(&self) -> Option<u64> {
        let ends_well = self.broken.is_none() && self.has_end_marker;
        self.truncated_at.or_else(|| (!ends_well).then_some(self.ends_at))
    }

    /// A member by name, links followed inside the archive.
    pub(in crate::source) fn find(&self, name: &EntryPath) -> Found {
        let mut name = name.clone();
        for hop in 0..=HOPS {
            let Some(place) = self.place(name.as_bytes()) else {
                return if hop == 0 {
                    Found::Absent
                } else {
                    Found::Refused("a link to nothing in the archive".to_owned())
                };
            };
            let link = &self.names[place.name_at as usize + place.name_len as usize..][..place.link_len as usize];
            let target = match place.kind {
                EntryKind::File => {
                    let blob = Blob::of_file(Arc::clone(&self.file), place.offset, place.len).cut(place.cut);
                    return Found::Blob(blob, name.as_bytes().to_vec());
                }
                EntryKind::Symlink => target_of_symlink(&name, link),
                EntryKind::HardLink => target_of_hard_link(link),
                other => return Found::Refused(format!("a {} and no file", other.name())),
            };
            match target {
                Some(target) => name = target,
                None => return Found::Refused("a link that leaves the archive".to_owned()),
            }
        }
        // Loops end here as well.
        Found::Refused(format!("a chain of more than {HOPS} links"))
    }

    /// Whether a name is that of one file alone, spelt like this in its header: what every tar finds by it.
    pub(in crate::source) fn is_plain(&self, name: &[u8]) -> bool {
        self.place(name).is_some_and(|place| place.plain && place.kind == EntryKind::File)
    }

    /// The names of the files, each once, and of the links that may lead to one.
    pub(in crate::source) fn members(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .places
            .iter()
            .filter(|place| place.kind == EntryKind::File || is_link(place.kind))
            .filter_map(|place| std::str::from_utf8(name_of(&self.names, place)).ok())
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The names of the members, the first so many.
    pub(in crate::source) fn names(&self, at_most: usize) -> Vec<String> {
        self.places
            .iter()
            .take(at_most)
            .map(|place| String::from_utf8_lossy(name_of(&self.names, place)).into_owned())
            .collect()
    }
}

fn is_link(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Symlink | EntryKind::HardLink)
}

fn name_of<'a>(names: &'a [u8], place: &Place) -> &'a [u8] {
    &names[place.name_at as usize..][..place.name_len as usize]
}
