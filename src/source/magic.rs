//! What bytes are, judged by the first of them: suffixes and media types are wrong too often.

use crate::image::magic::{ELF, SEVEN_ZIP, USTAR, ZIP};

use super::tar::{BLOCK, Block, checksum_is_right};

/// How many of the first bytes are inspected; an ISO has its signature at byte 32769.
pub(super) const HEAD: usize = 33 << 10;

/// Whether a tar can begin like this: with a header, with zeros, or empty.
pub(super) fn is_tar(head: &[u8]) -> bool {
    match head.get(..BLOCK).and_then(|block| <&Block>::try_from(block).ok()) {
        Some(block) => {
            checksum_is_right(block) || block.iter().all(|&byte| byte == 0) && known(head, &AFTER_ZEROS).is_none()
        }
        None => head.iter().all(|&byte| byte == 0),
    }
}

/// A magic number: its offset, its bytes, and the name of the format.
type Magic = (usize, &'static [u8], &'static str);

/// File systems leave their beginning to a boot loader: zeros, as in a tar of nothing.
const AFTER_ZEROS: [Magic; 7] = [
    (512, b"EFI PART", "a disk image"),
    (1024, &[0xe2, 0xe1, 0xf5, 0xe0], "an EROFS file system"),
    (1024, &[0x10, 0x20, 0xf5, 0xf2], "an F2FS file system"),
    (1080, &[0x53, 0xef], "an ext file system"),
    (4086, b"SWAPSPACE2", "a swap partition"),
    (32769, b"CD001", "an ISO 9660 file system"),
    (32769, b"BEA01", "a UDF file system"),
];

fn known(head: &[u8], magics: &[Magic]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    magics.iter().find(|(offset, magic, _)| at(*offset, magic)).map(|(_, _, name)| *name)
}

/// A name for other formats than tar, with its article.
pub(super) fn describe(head: &[u8]) -> &'static str {
    const AT_ONCE: [Magic; 16] = [
        (32, b"SIF_MAGIC", "an Apptainer image (SIF)"),
        (0, b"hsqs", "a squashfs file system"),
        (0, b"QFI\xfb", "a QEMU disk image"),
        (0, ZIP, "a zip archive"),
        (0, b"\x04\x22\x4d\x18", "an lz4 stream"),
        (0, SEVEN_ZIP, "a 7-Zip archive"),
        (0, b"Rar!\x1a\x07", "a RAR archive"),
        (0, b"LZIP\x01", "an lzip stream"),
        (0, &[0x1f, 0x9d], "a stream of compress (.Z)"),
        (0, b"version https://git-lfs.github.com/spec/", GIT_LFS),
        (0, b"!<arch>\n", "a Debian package or a static library"),
        (0, b"\xed\xab\xee\xdb", "an RPM package"),
        (0, ELF, "a program (ELF)"),
        (0, b"\0asm", "a WebAssembly module"),
        (0, b"%PDF", "a PDF document"),
        (0, b"#!", "a script"),
    ];
    if let Some(name) = known(head, &AT_ONCE).or_else(|| known(head, &AFTER_ZEROS)) {
        return name;
    }
    if is_redirected_by_powershell(head) {
        return "text that PowerShell's `>` wrote";
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => "a JSON document",
        Some(b'<') => "an HTML or XML page",
        Some(_) if is_text(&text[..text.len().min(64)]) => "a text file",
        _ => UNKNOWN,
    }
}

/// What has no name here.
pub(super) const UNKNOWN: &str = "not an archive of any known kind";

/// The text that a checkout has in place of a large file.
pub(super) const GIT_LFS: &str = "a Git LFS pointer";

/// UTF-8, perhaps cut in the middle of a character, without the control characters that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !bytes.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// Whether bytes went through PowerShell's `>`, which writes them as text: UTF-16 before version 6, and UTF-8 with a
/// byte order mark in some profiles, recognised by the magic that every tar has at byte 257.
fn is_redirected_by_powershell(head: &[u8]) -> bool {
    let has_magic = |text: &[u8]| text.windows(USTAR.len()).take(1024).any(|part| part == USTAR);
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0xef, 0xbb, 0xbf, text @ ..] => has_magic(text),
        _ => false,
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
    fn a_file_system_that_begins_with_zeros_is_no_empty_tar() {
        for (offset, magic, name) in AFTER_ZEROS {
            let mut head = vec![0; HEAD];
            head[offset..offset + magic.len()].copy_from_slice(magic);
            assert!(!is_tar(&head), "{name}");
            assert_eq!(describe(&head), name);
        }
    }

    #[test]
    fn a_file_is_called_what_it_looks_like() {
        assert_eq!(describe(b" {\"a\": 1}"), "a JSON document");
        assert_eq!(describe(b"hello"), "a text file");
        assert_eq!(describe(&"日本語".repeat(30).as_bytes()[..200]), "a text file");
        assert_eq!(describe(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"), GIT_LFS);
        assert_eq!(describe(b"Rar!\x1a\x07\x01\x00"), "a RAR archive");
        assert_eq!(describe(b"not\x00text\x01"), "not an archive of any known kind");
        assert_eq!(describe(b"\xff\xfea\0"), "text that PowerShell's `>` wrote");
        assert_eq!(describe(&[0x80, 0xff]), "not an archive of any known kind");
    }
}
