//! The layers of real archives, as the `tar` crate reads them. It reads wrongly what FORMATS of layers hold in the worst
//! case, but not what these engines wrote.

use std::io::Read;
use std::path::Path;

use crate::image::{Compression, EntryKind};
use crate::source::magic;
use crate::source::unpack::Decompressor;

use super::walk;

#[test]
fn the_layers_of_real_archives_are_what_another_reader_sees() {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images");
    let mut layers = 0;
    for file in std::fs::read_dir(images).expect("the folder of test images") {
        let path = file.expect("readable").path();
        if path.extension().is_none_or(|suffix| suffix != "tar") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("readable");
        compare(&bytes);
        for member in tar::Archive::new(bytes.as_slice()).entries().expect("a tar") {
            let mut packed = Vec::new();
            member.expect("a member").read_to_end(&mut packed).expect("whole");
            let compression = Compression::detect(&packed);
            let mut layer = Vec::new();
            Decompressor::new(packed.as_slice(), compression).expect("starts").read_to_end(&mut layer).expect("whole");
            if magic::is_tar(&layer) && (compression != Compression::None || layer.len() > 512) {
                compare(&layer);
                layers += 1;
            }
        }
    }
    assert!(layers > 100, "only {layers} layers were found");
}

fn compare(layer: &[u8]) {
    let seen = walk(layer);
    assert!(seen.fault.is_none(), "{:?}", seen.fault);
    let mut ours = seen.entries.iter();
    for theirs in tar::Archive::new(layer).entries().expect("a tar") {
        let mut theirs = theirs.expect("an entry");
        let (member, content) = ours.next().expect("as many entries");
        assert_eq!(member.name, *theirs.path_bytes());
        let header = theirs.header().clone();
        assert_eq!(u64::try_from(member.uid), Ok(header.uid().expect("a number")));
        assert_eq!(u64::try_from(member.mtime.seconds), Ok(header.mtime().expect("a number")));
        assert_eq!(member.mode, header.mode().expect("a number") & 0o7777);
        if member.kind == EntryKind::File {
            let mut bytes = Vec::new();
            theirs.read_to_end(&mut bytes).expect("whole");
            assert_eq!((member.size, content), (theirs.size(), &bytes));
        } else {
            assert_eq!(member.link, theirs.link_name_bytes().unwrap_or_default().into_owned());
        }
    }
    assert!(ours.next().is_none(), "no more entries than the other reader sees");
}
