//! Paths that are longer than any engine can make, shortened so that two of them never become one.

use crate::image::{EntryKind, EntryPath, PATH_MOST};

use super::doubt::Doubt;
use super::member::Member;

/// Hexadecimal digits of the hash that ends a shortened path: 128 bits, for which no two paths are known to collide.
const DIGITS: usize = 32;

/// Shortens a text that is too long, and reports it.
pub(super) fn bound(member: &mut Member) {
    if member.name.len() > PATH_MOST && shorten_path(&mut member.name) {
        member.doubts.add(Doubt::LongPath);
    }
    if member.link.len() > PATH_MOST {
        let is_shortened = match member.kind {
            // The name of another member, which is shortened in the same way.
            EntryKind::HardLink => shorten_path(&mut member.link),
            EntryKind::Symlink => {
                member.link = shortened(&member.link);
                true
            }
            _ => false,
        };
        if is_shortened {
            member.doubts.add(Doubt::LongTarget);
        }
    }
}

/// Spells a path without detours, and shortens it if it is long even so.
fn shorten_path(raw: &mut Vec<u8>) -> bool {
    let normal = EntryPath::normalise(raw);
    let path = normal.path.as_bytes();
    let is_long = path.len() > PATH_MOST;
    // What was kept is small, and so is what it is kept in.
    *raw = if normal.escaped { b"../".to_vec() } else { Vec::new() };
    if is_long {
        raw.extend_from_slice(&shortened(path));
    } else {
        raw.extend_from_slice(path);
    }
    is_long
}

/// The beginning, `~`, and a hash of the whole.
fn shortened(text: &[u8]) -> Vec<u8> {
    let hash = blake3::hash(text).to_hex();
    let mut short = text[..PATH_MOST - DIGITS - 1].to_vec();
    short.push(b'~');
    short.extend_from_slice(&hash.as_bytes()[..DIGITS]);
    short
}
