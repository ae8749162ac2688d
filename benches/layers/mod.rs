//! Layers made in memory.

use std::sync::Arc;

use layerscope::image::{Entries, EntryKind, NewEntry};

/// So many files in the lowest layer, a hundred to a folder; each further layer stores every fiftieth of them again and
/// whites out as many others.
pub fn layers(files: usize, count: usize) -> Vec<Arc<Entries>> {
    (0..count)
        .map(|number| {
            let mut entries = Entries::new();
            let mut push = |name: String, kind: EntryKind, size: u64| {
                entries
                    .push(NewEntry { name: name.as_bytes(), kind, size, stored: size, ..NewEntry::default() })
                    .expect("room for a benchmark");
            };
            for file in 0..files {
                let folder = file / 100;
                if number == 0 && file % 100 == 0 {
                    push(format!("srv/app/folder-{folder}"), EntryKind::Dir, 0);
                }
                if number == 0 || file % 50 == number {
                    push(format!("srv/app/folder-{folder}/file-{file}.txt"), EntryKind::File, 100 + number as u64);
                } else if file % 50 == number + 25 {
                    push(format!("srv/app/folder-{folder}/.wh.file-{file}.txt"), EntryKind::File, 0);
                }
            }
            entries.shrink();
            Arc::new(entries)
        })
        .collect()
}
