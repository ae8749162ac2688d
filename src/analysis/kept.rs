//! Questions about files of a layer whose answers are kept between runs.

use crate::image::{EntryRef, Hasher};
use crate::union::{Union, VersionId};

/// Everything that an answer about some files of one layer depends on, as a hash; and whether that includes the content
/// of each file. `about` says what is asked: it changes with the meaning of the answer.
pub(crate) fn question(union: &Union, about: &[&[u8]], files: &[VersionId]) -> Option<(String, bool)> {
    let mut hasher = Hasher::new("sha256")?;
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(&(about.len() as u64).to_le_bytes());
    for part in about {
        add(part);
    }
    let mut is_exact = true;
    for &id in files {
        let version = union.version(id);
        let content = version.entry().and_then(EntryRef::content_hash);
        is_exact &= content.is_some();
        add(version.path().as_bytes());
        add(&version.size().to_le_bytes());
        add(&content.unwrap_or_default().to_le_bytes());
    }
    Some((hasher.finish(), is_exact))
}

/// Files by their layers, in ascending order. Layers without any are left out.
pub(crate) fn by_layer(union: &Union, files: Vec<VersionId>) -> Vec<Vec<VersionId>> {
    let mut layers: Vec<Vec<VersionId>> = union.layer_numbers().map(|_| Vec::new()).collect();
    for id in files {
        if let Some(files) = layers.get_mut(union.version(id).layer().index()) {
            files.push(id);
        }
    }
    layers.retain(|files| !files.is_empty());
    for files in &mut layers {
        files.sort_unstable();
    }
    layers
}
