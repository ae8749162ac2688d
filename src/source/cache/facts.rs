//! Answers to questions about a layer, such as in which files a search has found something.
//!
//! ```text
//! magic 8 │ format 4 │ XXH3-128 of everything that follows, 16 │ name of the record, 32 │ answer
//! ```
//!
//! What an archive claims of a layer, its digest, is a part of the name only. What proves that an answer is about the same
//! bytes is either the question, if it has a hash of every file that the answer is about, or the fingerprint of a file
//! that was left alone since long before the image was opened.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use twox_hash::XxHash3_128;

use crate::image::Layer;
use crate::source::layers::LayerBlob;

use super::fingerprint::Fingerprint;
use super::{LayerCache, eviction};

const MAGIC: &[u8; 12] = b"lscopefa\x01\0\0\0";
const SUM: usize = size_of::<u128>();
const NAME: usize = 32;
/// The limit on the bytes of one record.
const MOST: usize = 1 << 20;

/// The place of one answer.
pub(in crate::source) struct FactsSlot<'a> {
    cache: &'a LayerCache,
    name: blake3::Hash,
    path: PathBuf,
}

impl LayerCache {
    /// The place of the answer to a question about a layer. `opened` is when the image was; `is_exact` says whether the
    /// question has the content of every file.
    pub(in crate::source) fn facts<'a>(
        &'a self,
        layer: &Layer,
        blob: &LayerBlob,
        opened: SystemTime,
        question: &str,
        is_exact: bool,
    ) -> Option<FactsSlot<'a>> {
        let bytes = blob.blob.as_ref().filter(|bytes| !bytes.is_cut())?;
        if !self.is_private() {
            return None;
        }
        let mut name = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            name.update(&(part.len() as u64).to_le_bytes()).update(part);
        };
        add(b"facts");
        add(self.build.as_bytes());
        add(layer.digest.as_ref().map_or("", |digest| digest.as_str()).as_bytes());
        add(layer.diff_id.as_ref().map_or("", |id| id.as_str()).as_bytes());
        add(&bytes.len().to_le_bytes());
        if !is_exact {
            let known = Fingerprint::read(bytes)?;
            if !known.is_settled(opened, self.limits.settled) {
                return None;
            }
            add(&postcard::to_io(&known, Vec::new()).ok()?);
        }
        add(question.as_bytes());
        let name = name.finalize();
        Some(FactsSlot { cache: self, name, path: self.folder.join(eviction::facts_name(&name)) })
    }
}

impl FactsSlot<'_> {
    /// The answer; `None` if there is none, or what is there is not one.
    pub(in crate::source) fn read(&self) -> Option<Vec<u8>> {
        read_named(&self.path, MAGIC, &self.name, MOST)
    }

    /// Keeps an answer, if there is room for it.
    pub(in crate::source) fn write(&self, answer: &[u8]) {
        self.cache.write_named(&self.path, MAGIC, &self.name, answer, MOST);
    }
}

/// The content of a record that has a name in it; `None` if there is none, or what is there is not one.
pub(super) fn read_named(path: &Path, magic: &[u8; 12], name: &blake3::Hash, at_most: usize) -> Option<Vec<u8>> {
    let file = eviction::open(path)?;
    let mut bytes = Vec::new();
    (&file).take(at_most as u64 + 1).read_to_end(&mut bytes).ok()?;
    let rest = bytes.strip_prefix(magic).filter(|_| bytes.len() <= at_most)?;
    let (sum, body) = rest.split_at_checked(SUM)?;
    let (is_named, content) = body.split_at_checked(NAME)?;
    if sum != XxHash3_128::oneshot(body).to_le_bytes() || is_named != name.as_bytes() {
        return None;
    }
    // Used last is thrown away last. Where that cannot be noted, it goes sooner.
    let _ = file.set_modified(SystemTime::now());
    Some(content.to_vec())
}

impl LayerCache {
    /// Writes a record that has a name in it, if there is room for it.
    pub(super) fn write_named(
        &self,
        path: &Path,
        magic: &[u8; 12],
        name: &blake3::Hash,
        content: &[u8],
        at_most: usize,
    ) {
        let body = [name.as_bytes(), content].concat();
        if magic.len() + SUM + body.len() > at_most {
            return;
        }
        let written = eviction::new_file(&self.folder).and_then(|mut new| {
            let sum = XxHash3_128::oneshot(&body).to_le_bytes();
            new.write_all(&[magic, &sum[..], &body].concat()).ok()?;
            new.persist(path).ok()
        });
        if written.is_some() {
            self.wrote();
        }
    }
}
