//! The index of an outer tar: one walk over its headers, then every member by name and place.
//!
//! Names and members are packed as in a layer, so that a tar of a million members costs tens of megabytes.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::image::{Cancelled, EntryKind, EntryPath, Progress};
use crate::source::blob::Blob;
use crate::source::tar::{Doubt, Member, SeekableInput, TarError, Walker};
use crate::source::watched::Watched;

use super::Lookup;
use super::links::{HOPS, target_of_hard_link, target_of_symlink};

/// A place in the tar, and the member's name and link target in the heap of names.
#[derive(Clone, Copy, Debug)]
struct MemberRecord {
    offset: u64,
    len: u64,
    name_at: u32,
    name_len: u32,
    link_len: u32,
    kind: EntryKind,
    cut: bool,
    /// Whether the header spells the name as it is kept, and no member before it has the same.
    plain: bool,
    holes: Sparseness,
}

/// What is known about a member that may be sparse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sparseness {
    /// It is stored whole.
    None,
    /// Its map is kept.
    Mapped,
    /// Its map makes no sense, and no engine reads it.
    Malformed,
    /// It is more holes than this program is willing to read.
    TooMany,
}

/// A member whose holes are not stored.
#[derive(Debug)]
struct Sparse {
    size: u64,
    /// The stored parts, as offset and length in the file.
    map: Box<[(u64, u64)]>,
}

/// Every member of a tar.
#[derive(Debug)]
pub(in crate::source) struct TarIndex {
    file: Arc<Watched>,
    records: Vec<MemberRecord>,
    names: Vec<u8>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    sparse: HashMap<u32, Sparse>,
    sparse_parts: usize,
    /// Names that stand more than once; the last one counts.
    pub(in crate::source) repeated: Vec<EntryPath>,
    /// The tar ends here, in the middle of something.
    pub(in crate::source) truncated_at: Option<u64>,
    /// Where the walk ended.
    ends_at: u64,
    /// Whether anything marks its end.
    pub(in crate::source) has_end_marker: bool,
    /// How the tar is broken after its readable part.
    pub(in crate::source) broken: Option<String>,
    /// Bytes after its end, from the first on that is not zero.
    pub(in crate::source) trailing: u64,
}

/// The limit on repeated names that are reported.
const REPEATED_MOST: usize = 32;
/// More members than this are not listed: no archive of images has a tenth as many, and each takes memory, while a
/// compressed header takes next to nothing.
const MEMBERS_MOST: usize = 1_000_000;
/// Bytes of names and link targets that are kept: a thousand for each of the most members that there may be would be
/// more than all else together.
const NAMES_MOST: usize = 128 << 20;
/// Parts of sparse members that are kept, all members together: 16 bytes each.
const SPARSE_PARTS_MOST: usize = 1 << 20;
/// A sparse member may be this many times as large as its stored bytes, the ratio of gzip for zeros, plus this
/// constant: a member of 2⁶² zeros would be hashed for ever.
const HOLES_RATIO: u64 = 1_032;
const HOLES_FREE: u64 = 64 << 20;

impl TarIndex {
    /// Walks a tar.
    pub(in crate::source) fn read(file: Arc<Watched>, len: u64, progress: &dyn Progress) -> io::Result<Self> {
        let blob = Blob::of_file(Arc::clone(&file), 0, len);
        let mut index = Self {
            file,
            records: Vec::new(),
            names: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            sparse: HashMap::new(),
            sparse_parts: 0,
            repeated: Vec::new(),
            truncated_at: None,
            ends_at: 0,
            has_end_marker: false,
            broken: None,
            trailing: 0,
        };
        let mut walker = Walker::new(SeekableInput::new(&blob));
        let mut member = Member::default();
        loop {
            if index.records.len().is_multiple_of(1024) {
                Cancelled::check(progress)?;
            }
            let fault = match walker.next(&mut member) {
                Ok(false) => break,
                Ok(true) => {
                    let (there, fault) = walker.content(None);
                    if !index.add(&mut member, there) {
                        index.broken = Some("it has too many members, or names that are too long".to_owned());
                        break;
                    }
                    fault
                }
                Err(fault) => Some(fault),
            };
            match fault {
                None => {}
                // The file became shorter since it was opened.
                Some(TarError::Read(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    index.truncated_at = Some(walker.position());
                    break;
                }
                Some(TarError::Read(error)) => return Err(error),
                Some(TarError::Truncated { at }) => {
                    index.truncated_at = Some(at);
                    break;
                }
                Some(broken @ TarError::Broken { .. }) => {
                    index.broken = Some(broken.to_string());
                    break;
                }
            }
        }
        (index.ends_at, index.has_end_marker) = (walker.position(), walker.has_end_marker());
        if index.truncated_at.is_none() && index.broken.is_none() {
            index.end(&mut walker, progress)?;
        }
        blob.check()?;
        Ok(index)
    }

    /// Looks at what comes after the last member.
    fn end(&mut self, walker: &mut Walker<SeekableInput<'_>>, progress: &dyn Progress) -> io::Result<()> {
        self.trailing = match walker.rest(&|_| Cancelled::check(progress)) {
            Ok(rest) => rest.bytes,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.truncated_at = Some(self.ends_at);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Keeps the map of a sparse member.
    fn add_sparse(&mut self, number: u32, member: &mut Member) -> Sparseness {
        if member.doubts.has(Doubt::SparseMap) {
            return Sparseness::Malformed;
        }
        let Some(map) = member.sparse.take() else { return Sparseness::None };
        if member.size > member.stored.saturating_mul(HOLES_RATIO).saturating_add(HOLES_FREE)
            || self.sparse_parts + map.len() > SPARSE_PARTS_MOST
        {
            return Sparseness::TooMany;
        }
        self.sparse_parts += map.len();
        self.sparse.insert(number, Sparse { size: member.size, map });
        Sparseness::Mapped
    }

    /// Returns whether there was room.
    fn add(&mut self, member: &mut Member, there: u64) -> bool {
        let path = EntryPath::normalise(&member.name).path;
        let name = path.as_bytes();
        if !is_link(member.kind) {
            member.link.clear();
        }
        let link = member.link.len();
        if self.records.len() >= MEMBERS_MOST || self.names.len() + name.len() + link > NAMES_MOST {
            return false;
        }
        let (Ok(name_at), Ok(name_len), Ok(link_len), Ok(number)) = (
            u32::try_from(self.names.len()),
            u32::try_from(name.len()),
            u32::try_from(link),
            u32::try_from(self.records.len()),
        ) else {
            return false;
        };
        self.names.extend_from_slice(name);
        self.names.extend_from_slice(&member.link);
        let holes = self.add_sparse(number, member);
        self.records.push(MemberRecord {
            offset: member.data_offset,
            len: there,
            name_at,
            name_len,
            link_len,
            kind: member.kind,
            cut: there < member.stored,
            plain: name == &*member.name,
            holes,
        });
        let hash = self.hasher.hash_one(name);
        let (records, names) = (&self.records, &self.names);
        let known = self.table.find_mut(hash, |&other| name_of(names, &records[other as usize]) == name);
        if let Some(known) = known {
            let both_files = records[*known as usize].kind == EntryKind::File && member.kind == EntryKind::File;
            *known = number;
            self.records[number as usize].plain = false;
            // A member that is named by its content may be there twice.
            if both_files && !name.starts_with(b"blobs/") && self.repeated.len() < REPEATED_MOST {
                self.repeated.push(path);
            }
        } else {
            let hasher = &self.hasher;
            self.table.insert_unique(hash, number, |&other| hasher.hash_one(name_of(names, &records[other as usize])));
        }
        true
    }

    fn place(&self, name: &[u8]) -> Option<(u32, &MemberRecord)> {
        let hash = self.hasher.hash_one(name);
        let number = *self.table.find(hash, |&other| name_of(&self.names, &self.records[other as usize]) == name)?;
        Some((number, &self.records[number as usize]))
    }

    /// The bytes of a file, its holes as zeros.
    fn blob(&self, number: u32, place: &MemberRecord) -> Result<Blob, &'static str> {
        let file = Arc::clone(&self.file);
        match (place.holes, self.sparse.get(&number)) {
            (Sparseness::Mapped, Some(sparse)) => {
                Ok(Blob::of_sparse_file(file, place.offset, &sparse.map, sparse.size))
            }
            (Sparseness::None | Sparseness::Mapped, _) => Ok(Blob::of_file(file, place.offset, place.len)),
            (Sparseness::Malformed, _) => Err("a sparse file with an invalid map"),
            (Sparseness::TooMany, _) => Err("a sparse file of almost only holes, which is too large to read"),
        }
    }

    /// The tar itself.
    pub(in crate::source) fn file(&self) -> &Arc<Watched> {
        &self.file
    }

    /// Where the tar ends too early, or may do so since nothing marks its end.
    pub(in crate::source) fn cut_at(&self) -> Option<u64> {
        let ends_well = self.broken.is_none() && self.has_end_marker;
        self.truncated_at.or_else(|| (!ends_well).then_some(self.ends_at))
    }

    /// A member by name, links followed inside the archive.
    pub(in crate::source) fn find(&self, name: &EntryPath) -> Lookup {
        let mut name = name.clone();
        for hop in 0..=HOPS {
            let Some((number, place)) = self.place(name.as_bytes()) else {
                return if hop == 0 {
                    Lookup::Absent
                } else {
                    Lookup::Refused("a link to nothing in the archive".to_owned())
                };
            };
            let link = &self.names[place.name_at as usize + place.name_len as usize..][..place.link_len as usize];
            let target = match place.kind {
                EntryKind::File => {
                    return match self.blob(number, place) {
                        Ok(blob) => Lookup::Blob(blob.cut(place.cut), name.as_bytes().to_vec()),
                        Err(why) => Lookup::Refused(why.to_owned()),
                    };
                }
                EntryKind::Symlink => target_of_symlink(&name, link),
                EntryKind::HardLink => target_of_hard_link(link),
                other => return Lookup::Refused(format!("a {}, not a file", other.name())),
            };
            match target {
                Some(target) => name = target,
                None => return Lookup::Refused("a link that leaves the archive".to_owned()),
            }
        }
        // Loops end here as well.
        Lookup::Refused(format!("a chain of more than {HOPS} links"))
    }

    /// Whether a name is that of only one file, spelt like this in its header: what every tar finds by it.
    pub(in crate::source) fn is_plain(&self, name: &[u8]) -> bool {
        self.place(name).is_some_and(|(_, place)| place.plain && place.kind == EntryKind::File)
    }

    /// The names of the files, each once, and of the links that may lead to one.
    pub(in crate::source) fn members(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .records
            .iter()
            .filter(|place| place.kind == EntryKind::File || is_link(place.kind))
            .filter_map(|place| std::str::from_utf8(name_of(&self.names, place)).ok())
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The names of the members, up to a limit.
    pub(in crate::source) fn names(&self, at_most: usize) -> Vec<String> {
        self.records
            .iter()
            .take(at_most)
            .map(|place| String::from_utf8_lossy(name_of(&self.names, place)).into_owned())
            .collect()
    }
}

fn is_link(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Symlink | EntryKind::HardLink)
}

fn name_of<'a>(names: &'a [u8], place: &MemberRecord) -> &'a [u8] {
    &names[place.name_at as usize..][..place.name_len as usize]
}
