//! Descriptors (image-spec `descriptor.md`): what a document says about a blob, and how to get the blob.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::image::{Digest, MediaType, Platform};

use super::blob::Blob;
use super::json::Walk;
use super::store::{Lookup, Store, hashes_to};

/// A descriptor, as far as it is valid.
#[derive(Clone, Debug, Default)]
pub(super) struct Descriptor {
    pub(super) media_type: MediaType,
    /// `None` if the text is not a digest, which is never used to look anything up.
    pub(super) digest: Option<Digest>,
    /// The text, which tells it from others even if it is not a digest.
    pub(super) digest_text: String,
    pub(super) size: Option<u64>,
    pub(super) data: String,
    pub(super) platform: Option<Platform>,
    pub(super) artifact_type: MediaType,
    pub(super) urls: bool,
    annotations: Value,
}

impl Descriptor {
    pub(super) fn new(value: &Value) -> Self {
        let digest_text = value.text("digest").to_owned();
        Self {
            media_type: MediaType::new(value.text("mediaType")),
            digest: digest_text.parse().ok(),
            digest_text,
            size: value.size("size"),
            data: value.text("data").to_owned(),
            platform: platform(value.field("platform")),
            artifact_type: MediaType::new(value.text("artifactType")),
            urls: !value.field("urls").items().is_empty(),
            annotations: value.field("annotations").clone(),
        }
    }

    /// A descriptor that embeds its blob.
    pub(super) fn embedding(digest: &Digest, bytes: &[u8]) -> Self {
        Self {
            digest: Some(digest.clone()),
            digest_text: digest.to_string(),
            data: BASE64_STANDARD.encode(bytes),
            ..Self::default()
        }
    }

    /// The digest, or what a message may quote of a text that is not one.
    pub(super) fn quoted_digest(&self) -> String {
        match self.digest_text.parse::<Digest>() {
            Ok(digest) => digest.to_string(),
            Err(error) => error.quoted,
        }
    }

    pub(super) fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// All annotations.
    pub(super) fn annotations(&self) -> Vec<(String, String)> {
        annotations(&self.annotations)
    }

    /// The blob: from the archive, else from the descriptor itself if that is the content which its digest names.
    pub(super) fn find(&self, store: &Store) -> Lookup {
        let Some(digest) = &self.digest else {
            return Lookup::Refused(format!("`{}` is not a digest", self.quoted_digest()));
        };
        match store.find_digest(digest) {
            Lookup::Absent if !self.data.is_empty() => match self.embedded(digest) {
                Some(bytes) => Lookup::Blob(Blob::of_memory(bytes), digest.as_str().as_bytes().to_vec()),
                None => Lookup::Refused("its `data` is not what its digest says".to_owned()),
            },
            found => found,
        }
    }

    fn embedded(&self, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(&self.data).ok()?;
        matches!(hashes_to(bytes.as_slice(), digest), Ok(Some(true))).then_some(bytes)
    }
}

/// More annotations, and longer ones, are not kept.
const ANNOTATIONS_MOST: usize = 1_000;
const ANNOTATION_BYTES_MOST: usize = 64 << 10;

/// The annotations of a document or a descriptor.
pub(super) fn annotations(value: &Value) -> Vec<(String, String)> {
    let fields = value.as_object().into_iter().flatten().take(ANNOTATIONS_MOST);
    let texts = fields.filter_map(|(key, value)| Some((key, value.as_str()?)));
    let kept = texts.filter(|(key, text)| key.len() + text.len() <= ANNOTATION_BYTES_MOST);
    kept.map(|(key, text)| (key.clone(), text.to_owned())).collect()
}

/// A longer text is not part of a platform.
const PLATFORM_BYTES_MOST: usize = 255;

/// A platform object, unless it is empty.
pub(super) fn platform(value: &Value) -> Option<Platform> {
    let part = |key| Some(value.text(key)).filter(|text| text.len() <= PLATFORM_BYTES_MOST).unwrap_or_default();
    let (os, architecture) = (part("os"), part("architecture"));
    (!os.is_empty() || !architecture.is_empty())
        .then(|| Platform::new(os, architecture, part("variant")).with_os_version(part("os.version")))
}
