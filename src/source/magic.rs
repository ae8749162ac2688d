//! What bytes look like, told from the first of them: suffixes and media types are wrong too often.

use crate::image::Compression;

use super::tar::{BLOCK, Block, checksum_is_right};

/// How much of a beginning is looked at; an ISO says what it is at byte 32769.
pub(super) const HEAD: usize = 33 << 10;

/// How a blob is packed; [`Compression::None`] for whatever else it is. Bytes of no known packing may still be no tar.
pub(super) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Compression::Bzip2,
        _ => Compression::None,
    }
}

/// Whether a tar can begin like this: with a header, with zeros, or with nothing at all.
pub(super) fn is_tar(head: &[u8]) -> bool {
    match head.get(..BLOCK).and_then(|block| <&Block>::try_from(block).ok()) {
        Some(block) => checksum_is_right(block) || block.iter().all(|&byte| byte == 0),
        None => head.iter().all(|&byte| byte == 0),
    }
}

/// A name for what is no tar, with its article.
pub(super) fn describe(head: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let known: [(usize, &[u8], &str); 15] = [
        (32, b"SIF_MAGIC", "an Apptainer image (SIF)"),
        (0, b"hsqs", "a squashfs file system"),
        (1024, &[0xe2, 0xe1, 0xf5, 0xe0], "an EROFS file system"),
        (32769, b"CD001", "an ISO 9660 file system"),
        (1080, &[0x53, 0xef], "an ext file system"),
        (0, b"QFI\xfb", "a QEMU disk image"),
        (0, b"PK\x03\x04", "a zip archive"),
        (0, b"\x04\x22\x4d\x18", "an lz4 stream"),
        (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (0, b"!<arch>\n", "a Debian package or a static library"),
        (0, b"\xed\xab\xee\xdb", "an RPM package"),
        (0, b"\x7fELF", "a program (ELF)"),
        (0, b"\0asm", "a WebAssembly module"),
        (0, b"%PDF", "a PDF document"),
        (0, b"#!", "a script"),
    ];
    if let Some((_, _, name)) = known.iter().find(|(offset, magic, _)| at(*offset, magic)) {
        return name;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => "a JSON document",
        Some(b'<') => "an HTML or XML page",
        Some(_) if std::str::from_utf8(&text[..text.len().min(64)]).is_ok() => "a text file",
        _ => "no archive of any known kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_layers_of_every_size_are_tars() {
        for size in [0, 512, 1024, 10240] {
            assert!(is_tar(&vec![0; size]), "{size}");
        }
        assert!(!is_tar(b"foo"));
    }

    #[test]
    fn a_file_is_called_what_it_looks_like() {
        let mut iso = vec![0; HEAD];
        iso[32769..32774].copy_from_slice(b"CD001");
        assert_eq!(describe(&iso), "an ISO 9660 file system");
        assert_eq!(describe(b" {\"a\": 1}"), "a JSON document");
        assert_eq!(describe(b"hello"), "a text file");
        assert_eq!(describe(&[0x80, 0xff]), "no archive of any known kind");
    }
}
