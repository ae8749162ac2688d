//! The contents of an archive inside an image: tars, compressed or not, with the readers for layers, and zips with
//! their own directory. Archives in images are as hostile as images: members, names and bytes read are bounded.

mod bounded;
mod zip;

use std::io::Read;

use crate::image::magic::ZIP_RECORD;
use crate::image::{
    Compression, Contents, EntryKind, EntryRef, LayerNumber, ListedMember, Listing, Progress, RawEntry, ReadError,
};

use super::opened::OpenedImage;
use super::tar::{BLOCK, Block, Member, StreamInput, TarError, Walker, checksum_is_right};
use super::unpack::Decompressor;
use bounded::BoundedReader;

/// The limit on bytes of names.
const MOST_NAMES: usize = 2 << 20;
/// The limit on decompressed bytes that are read.
const MOST_BYTES: u64 = 8 << 30;

/// A stored file that can be read at any offset.
pub(super) struct StoredFile<'a> {
    pub(super) image: &'a OpenedImage,
    pub(super) layer: LayerNumber,
    pub(super) entry: EntryRef<'a>,
    pub(super) progress: &'a dyn Progress,
}

impl<'a> StoredFile<'a> {
    /// Its bytes from an offset on.
    fn from(&self, offset: u64) -> Result<BoundedReader<'a>, ReadError> {
        let (begin, reader) = self.image.open_near(self.layer, self.entry, offset)?;
        let mut reader = BoundedReader::new(reader, MOST_BYTES, self.progress);
        let io = |source| ReadError::Io { layer: self.layer, source };
        std::io::copy(&mut reader.by_ref().take(offset - begin), &mut std::io::sink()).map_err(io)?;
        Ok(reader)
    }

    /// At most this many bytes from an offset on.
    fn bytes(&self, offset: u64, at_most: u64) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let io = |source| ReadError::Io { layer: self.layer, source };
        self.from(offset)?.take(at_most).read_to_end(&mut bytes).map_err(io)?;
        Ok(bytes)
    }
}

/// Collects members until there are too many.
struct MemberCollector {
    at_most: usize,
    names: usize,
    listing: Listing,
}

impl MemberCollector {
    fn new(format: String, at_most: usize) -> Self {
        Self { at_most, names: 0, listing: Listing { format, ..Listing::default() } }
    }

    /// Adds one, and returns whether there was room for it.
    fn push(&mut self, member: ListedMember) -> bool {
        self.names += member.name.len() + member.link.len();
        let room = self.listing.members.len() < self.at_most && self.names <= MOST_NAMES;
        if room {
            self.listing.members.push(member);
        } else {
            self.listing.cut = Some(format!("only the first {} are listed", self.listing.members.len()));
        }
        room
    }
}

pub(super) fn members(
    image: &OpenedImage,
    layer: LayerNumber,
    entry: EntryRef<'_>,
    at_most: usize,
    progress: &dyn Progress,
) -> Result<Option<Listing>, ReadError> {
    if entry.kind() != EntryKind::File {
        return Ok(None);
    }
    let inside = StoredFile { image, layer, entry, progress };
    let head = inside.bytes(0, BLOCK as u64)?;
    let block = <&Block>::try_from(head.as_slice());
    match Compression::detect(&head) {
        Compression::None if block.is_ok_and(checksum_is_right) => Ok(tar(inside.from(0)?, "tar".to_owned(), at_most)),
        Compression::None if head.starts_with(ZIP_RECORD) => zip::members(&inside, at_most),
        Compression::None => Ok(None),
        packed => {
            let decompressor = Decompressor::new(inside.from(0)?, packed);
            let decompressor = decompressor.map_err(|source| ReadError::Io { layer, source })?;
            let decompressor = BoundedReader::new(Box::new(decompressor), MOST_BYTES, progress);
            Ok(tar(decompressor, format!("tar in {}", packed.name()), at_most))
        }
    }
}

/// Reads a tar; what is not a tar has not even a first member.
fn tar(reader: impl Read, format: String, at_most: usize) -> Option<Listing> {
    let mut walker = Walker::new(StreamInput::new(reader));
    let mut member = Member::default();
    let mut members = MemberCollector::new(format, at_most);
    loop {
        match walker.next(&mut member) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) if members.listing.members.is_empty() => return None,
            Err(fault) => {
                members.listing.cut = Some(fault.to_string());
                break;
            }
        }
        if !members.push(listed(&member)) {
            break;
        }
    }
    (!members.listing.members.is_empty()).then_some(members.listing)
}

fn listed(member: &Member) -> ListedMember {
    ListedMember {
        name: member.name.clone(),
        link: member.link.clone(),
        kind: member.kind,
        mode: u16::try_from(member.mode & 0o7777).ok(),
        size: member.size,
        mtime: Some(member.mtime.seconds),
    }
}

/// Passes on the entries of a layer's tar, one by one.
pub(super) fn raw_entries(
    image: &OpenedImage,
    layer: LayerNumber,
    progress: &dyn Progress,
    each: &mut dyn FnMut(RawEntry) -> bool,
) -> Result<(), ReadError> {
    let reader = BoundedReader::new(image.layer_tar(layer)?, u64::MAX, progress);
    let mut walker = Walker::new(StreamInput::new(reader)).with_keys();
    let mut member = Member::default();
    let ended = |fault: TarError| ReadError::Io { layer, source: std::io::Error::other(fault.to_string()) };
    while walker.next(&mut member).map_err(ended)? {
        let pax = std::mem::take(&mut member.pax_keys);
        if !each(RawEntry { member: listed(&member), owner: (member.uid, member.gid), pax }) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Cancel;

    fn packed(names: &[&str]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for name in names {
            let mut header = tar::Header::new_gnu();
            header.set_size(3);
            header.set_mode(0o640);
            header.set_mtime(1_700_000_000);
            builder.append_data(&mut header, name, &b"abc"[..]).expect("room");
        }
        builder.into_inner().expect("room")
    }

    #[test]
    fn a_tar_is_listed_and_a_cut_one_as_far_as_it_goes() {
        let bytes = packed(&["a", "dir/b"]);
        let listing = super::tar(&bytes[..], "tar".to_owned(), 10).expect("a tar");
        assert_eq!(listing.members.iter().map(|member| &member.name[..]).collect::<Vec<_>>(), [&b"a"[..], b"dir/b"]);
        assert_eq!((listing.members[0].mode, listing.members[0].size, listing.cut), (Some(0o640), 3, None));
        let listing = super::tar(&bytes[..1100], "tar".to_owned(), 10).expect("a tar");
        assert!(listing.members.len() == 1 && listing.cut.is_some(), "{listing:?}");
        let listing = super::tar(&bytes[..], "tar".to_owned(), 1).expect("a tar");
        assert!(listing.members.len() == 1 && listing.cut.is_some(), "{listing:?}");
    }

    #[test]
    fn what_is_no_tar_is_none() {
        assert_eq!(super::tar(&b"hello"[..], String::new(), 10), None);
        assert_eq!(super::tar(&[0; 2048][..], String::new(), 10), None);
        assert_eq!(super::tar(&[b'x'; 2048][..], String::new(), 10), None);
    }

    #[test]
    fn whoever_gives_up_is_heard() {
        let bytes = packed(&["a", "b"]);
        let cancel = Cancel::default();
        cancel.cancel();
        let reader = BoundedReader::new(Box::new(std::io::Cursor::new(bytes)), 1 << 20, &cancel);
        assert_eq!(super::tar(reader, "tar".to_owned(), 10), None);
    }
}
