//! Permission bits as people read them.

use crate::image::EntryKind;

/// `drwxr-xr-x`, with setuid, setgid and sticky in their places; a hard link begins with `h`, as `tar -t` has it.
pub(super) fn letters(kind: EntryKind, mode: u16) -> String {
    let mut text = String::with_capacity(10);
    text.push(match kind {
        EntryKind::File => '-',
        EntryKind::Dir => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::HardLink => 'h',
        EntryKind::Char => 'c',
        EntryKind::Block => 'b',
        EntryKind::Fifo => 'p',
        EntryKind::Unknown(_) => '?',
    });
    for (shift, special, with, without) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => with,
            (true, false) => without,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_bits_stand_where_ls_has_them() {
        assert_eq!(letters(EntryKind::Dir, 0o1777), "drwxrwxrwt");
        assert_eq!(letters(EntryKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!(letters(EntryKind::File, 0o6644), "-rwSr-Sr--");
        assert_eq!(letters(EntryKind::Symlink, 0o777), "lrwxrwxrwx");
    }
}
