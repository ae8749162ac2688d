//! Docker's classic store with its `overlay2` driver.
//!
//! ```text
//! image/overlay2/imagedb/content/sha256/ID     the configuration
//! image/overlay2/layerdb/sha256/CHAIN/         of every layer: diff, cache-id, tar-split.json.gz
//! overlay2/CACHE/diff                          the contents
//! ```
//!
//! A chain ID names a layer together with all layers below it (image-spec `config.md`, *Layer `ChainID`*).

use std::path::Path;
use std::sync::Arc;

use crate::image::{DiffId, Digest, ImageSource};
use crate::source::archive::Archive;
use crate::source::split::SplitLayer;

use super::{Parts, StorageError, diff_ids, document};

/// Opens an image of the store in a root folder by its ID. Names are not read from the store: the engine knows them.
///
/// # Errors
/// If the store lacks the image or a part of it, or cannot be read.
pub fn docker_image(root: &Path, id: &Digest, names: &[String], source: ImageSource) -> Result<Archive, StorageError> {
    let database = root.join("image/overlay2");
    let file = database.join("imagedb/content").join(id.algorithm()).join(id.encoded());
    let config = document(&file)?;
    if Digest::of(&config) != *id {
        return Err(StorageError::Document { file, why: "it does not hash to its name".to_owned() });
    }
    let ids = diff_ids(&config, &file)?;
    let mut chain: Option<Digest> = None;
    let mut layers = Vec::with_capacity(ids.len());
    for diff in ids {
        let next = match &chain {
            None => diff.0.clone(),
            Some(below) => Digest::of(format!("{below} {}", diff.as_str()).as_bytes()),
        };
        let opened = layer(root, &database, &diff, &next)?;
        layers.push((diff, opened));
        chain = Some(next);
    }
    let parts = Parts { names: names.to_vec(), config, layers };
    let what = format!("`{}` in the store of Docker", source.reference.escape_debug());
    Archive::in_place(parts.archive(what), source)
        .map_err(|error| StorageError::Document { file: root.to_owned(), why: error.to_string() })
}

fn layer(root: &Path, database: &Path, diff: &DiffId, chain: &Digest) -> Result<Arc<SplitLayer>, StorageError> {
    let folder = database.join("layerdb").join(chain.algorithm()).join(chain.encoded());
    let text = |name: &str| -> Result<String, StorageError> {
        let bytes = document(&folder.join(name))?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    if text("diff")? != diff.as_str() {
        return Err(StorageError::Document { file: folder, why: "it is another layer".to_owned() });
    }
    let cache = text("cache-id")?;
    if cache.is_empty() || !cache.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(StorageError::Document { file: folder, why: "its cache ID is malformed".to_owned() });
    }
    let split = folder.join("tar-split.json.gz");
    let contents = root.join("overlay2").join(cache).join("diff");
    // The file `size` has the sum of the files' sizes, not the length of the tar.
    let opened = SplitLayer::open(&split, &contents, None);
    opened.map(Arc::new).map_err(|source| StorageError::Io { file: split, source })
}
