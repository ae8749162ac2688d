//! Streams of many members, streams with trailing bytes, streams that end early.

use std::io::{self, Read, Write};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("to memory")
}

fn skippable(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short");
    [&[0x5a, 0x2a, 0x4d, 0x18][..], &length.to_le_bytes(), bytes].concat()
}

/// Gives one byte at a time, so that every edge is between two reads.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = buffer.len().min(1);
        self.0.read(&mut buffer[..few])
    }
}

fn unpacked(packed: &[u8], compression: Compression) -> (io::Result<Vec<u8>>, bool) {
    let read_all = |mut stream: Decompressor<Box<dyn Read + '_>>| {
        let mut bytes = Vec::new();
        let result = stream.read_to_end(&mut bytes);
        (result.map(|_| bytes), stream.has_trailing_data())
    };
    let whole: Box<dyn Read> = Box::new(packed);
    let drops: Box<dyn Read> = Box::new(Drops(packed));
    let a = read_all(Decompressor::new(whole, compression).expect("starts"));
    let b = read_all(Decompressor::new(drops, compression).expect("starts"));
    assert_eq!((a.0.as_ref().ok(), a.1), (b.0.as_ref().ok(), b.1), "the edges of the input must not matter");
    a
}

type Packer = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(Compression, Packer); 4] =
    [(Compression::Gzip, gzip), (Compression::Zstd, zstd), (Compression::Xz, xz), (Compression::Bzip2, bzip2)];

#[test]
fn every_member_is_read_also_behind_an_empty_one() {
    for (compression, pack) in PACKERS {
        let packed = [pack(b"one "), pack(b""), pack(b"two "), pack(&vec![b'x'; 300_000])].concat();
        let (bytes, trailing) = unpacked(&packed, compression);
        let bytes = bytes.expect("whole");
        assert_eq!((&bytes[..8], bytes.len(), trailing), (&b"one two "[..], 300_008, false), "{compression:?}");
    }
}

#[test]
fn a_wrong_checksum_is_the_reason_however_the_stream_is_read() {
    let mut packed = gzip(&vec![b'x'; 100_000]);
    let at = packed.len() - 8;
    packed[at] ^= 1;
    for size in [1000, 64 << 10, 1 << 20] {
        let mut stream = Decompressor::new(packed.as_slice(), Compression::Gzip).expect("a header");
        let mut buffer = vec![0; size];
        let fault = std::iter::repeat_with(|| stream.read(&mut buffer)).find_map(Result::err).expect("a fault");
        assert!(fault.to_string().contains("incorrect data check"), "{size}: {fault}");
    }
}

#[test]
fn skippable_frames_are_skipped_wherever_they_stand() {
    let packed = [skippable(b"toc"), zstd(b"a"), skippable(b""), zstd(b"b"), skippable(&vec![7; 100_000])].concat();
    let (bytes, trailing) = unpacked(&packed, Compression::Zstd);
    assert_eq!((bytes.expect("whole").as_slice(), trailing), (&b"ab"[..], false));
}

#[test]
fn what_stands_behind_the_last_member_is_noted_and_no_error() {
    for (compression, pack) in PACKERS {
        let (bytes, trailing) = unpacked(&[pack(b"all of it"), b"junk".to_vec()].concat(), compression);
        assert_eq!((bytes.expect("whole").as_slice(), trailing), (&b"all of it"[..], true), "{compression:?}");
    }
    let (bytes, trailing) = unpacked(&[xz(b"padded"), vec![0; 8], xz(b"!")].concat(), Compression::Xz);
    assert_eq!((bytes.expect("whole").as_slice(), trailing), (&b"padded!"[..], false));
}

#[test]
fn a_stream_that_ends_early_is_an_error() {
    for (compression, pack) in PACKERS {
        let packed = pack(b"something that is long enough to be cut in the middle");
        let (bytes, _) = unpacked(&packed[..packed.len() - 6], compression);
        let kind = bytes.expect_err("cut").kind();
        assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{compression:?}");
    }
}

#[test]
fn a_zstd_window_beyond_reason_is_refused() {
    // A frame header that asks for 2³¹ bytes of window, then an empty last block.
    let packed = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3, 0x01, 0x00, 0x00];
    let (bytes, _) = unpacked(&packed, Compression::Zstd);
    assert!(bytes.is_err());
}
