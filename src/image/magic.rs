//! The bytes that files of a format begin with, where more than one part of the program looks for them.

pub(crate) const GZIP: &[u8] = b"\x1f\x8b";
pub(crate) const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
pub(crate) const XZ: &[u8] = b"\xfd7zXZ\0";
pub(crate) const BZIP2: &[u8] = b"BZh";
/// A zip that begins with a member.
pub(crate) const ZIP: &[u8] = b"PK\x03\x04";
/// Every record of a zip; an empty one has no member.
pub(crate) const ZIP_RECORD: &[u8] = b"PK";
pub(crate) const SEVEN_ZIP: &[u8] = b"7z\xbc\xaf\x27\x1c";
pub(crate) const ELF: &[u8] = b"\x7fELF";
/// What a tar has at byte 257, unless it is older than POSIX.
pub(crate) const USTAR: &[u8] = b"ustar";

/// Whether the next frame of a zstd stream begins here, be it one to skip.
pub(crate) fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(ZSTD) || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}
