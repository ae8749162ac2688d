//! Exports of engines without their layers.

use std::path::PathBuf;

use crate::source::remembered::{ExportKey, ExportRecord};

use super::facts::read_named;
use super::{LayerCache, eviction};

const MAGIC: &[u8; 12] = b"lscopeex\x01\0\0\0";
/// The limit on the bytes of one record.
const MOST: usize = 40 << 20;

impl LayerCache {
    /// The export that an engine made when it was asked for this.
    pub(in crate::source) fn export(&self, key: &ExportKey) -> Option<ExportRecord> {
        if !self.is_private() {
            return None;
        }
        let (name, path) = self.export_place(key);
        let record: ExportRecord = postcard::from_bytes(&read_named(&path, MAGIC, &name, MOST)?).ok()?;
        record.is_sound().then_some(record)
    }

    /// Keeps an export.
    pub(in crate::source) fn keep_export(&self, key: &ExportKey, record: &ExportRecord) {
        if !self.is_private() {
            return;
        }
        let (name, path) = self.export_place(key);
        if let Ok(bytes) = postcard::to_io(record, Vec::new()) {
            self.write_named(&path, MAGIC, &name, &bytes, MOST);
            self.evict();
        }
    }

    fn export_place(&self, key: &ExportKey) -> (blake3::Hash, PathBuf) {
        let mut name = blake3::Hasher::new();
        for part in ["export", &self.build, key.id.as_str(), &key.request] {
            name.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let name = name.finalize();
        (name, self.folder.join(eviction::export_name(&name)))
    }
}
